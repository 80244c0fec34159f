//! Between the wire and the core: messages become commands, events become messages. Field by
//! field, without judgment: what decides anything is on either side of this.

pub mod request;

pub mod reply;

pub mod report;

use pinion_wire::{BLOCK_MAX, Message, OVERHEAD};

/// One message of the venue, ready to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    bytes: [u8; OVERHEAD + BLOCK_MAX],
    len: usize,
}

impl Frame {
    /// A frame of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Frame { bytes: [0; OVERHEAD + BLOCK_MAX], len: 0 }
    }

    /// A frame of `message`.
    #[must_use]
    pub fn of<M: Message>(message: &M) -> Self {
        let mut frame = Frame::new();
        frame.set(message);
        frame
    }

    /// The frame's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(..self.len).unwrap_or_default()
    }

    fn set<M: Message>(&mut self, message: &M) {
        const { assert!(size_of::<M>() <= BLOCK_MAX) };
        // The buffer fits every message, so the length is never missing.
        self.len = pinion_wire::encode(message, &mut self.bytes).unwrap_or(0);
    }
}

impl Default for Frame {
    fn default() -> Self {
        Frame::new()
    }
}
