//! What was sent, as it was sent, until the venue is known to have it.

use super::FRAME_LEN;
use std::collections::VecDeque;

/// A frame of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentFrame {
    number: u64,
    len: usize,
    bytes: [u8; FRAME_LEN],
}

impl SentFrame {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// The last frames sent, oldest first.
#[derive(Debug)]
pub(super) struct Sent {
    frames: VecDeque<SentFrame>,
    count_max: usize,
    /// Number of the newest frame that was forgotten for want of room.
    forgotten: u64,
}

impl Sent {
    pub(super) fn new(count_max: usize) -> Self {
        Sent { frames: VecDeque::new(), count_max, forgotten: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.forgotten = 0;
    }

    pub(super) fn push(&mut self, number: u64, frame: &[u8]) {
        if self.frames.len() >= self.count_max {
            self.forgotten = self.frames.pop_front().map_or(number, |oldest| oldest.number);
        }
        let mut bytes = [0; FRAME_LEN];
        if let (Some(to), true) = (bytes.get_mut(..frame.len()), self.count_max > 0) {
            to.copy_from_slice(frame);
            self.frames.push_back(SentFrame { number, len: frame.len(), bytes });
        }
    }

    /// Takes out every frame above `applied`, and says how many more there were.
    pub(super) fn take_above(&mut self, applied: u64) -> (Vec<SentFrame>, u64) {
        let forgotten = self.forgotten.saturating_sub(applied);
        self.forgotten = 0;
        let frames = self.frames.drain(..).filter(|frame| frame.number > applied);
        (frames.collect(), forgotten)
    }
}
