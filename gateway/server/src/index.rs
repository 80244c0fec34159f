//! Where in the event log a session's messages are, so that any of them can be sent again.
//!
//! Only every `stride`-th message has its place kept; the ones between are found by reading on from
//! there. A mark is 40 bytes, so a million messages cost 1.2 MiB at the default stride of 32. Where
//! the marks run out, every other one is given up and the stride doubles: memory is bounded,
//! nothing becomes unreachable, finding takes longer.

use std::collections::HashMap;

use pinion_journal::Position;
use pinion_types::SessionId;

/// Place of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    number: u64,
    place: Position,
}

/// One session's current version.
#[derive(Debug, Default)]
struct Track {
    marks: Vec<Mark>,
    next: u64,
}

/// The places of every session's messages.
#[derive(Debug)]
pub struct Index {
    tracks: HashMap<SessionId, Track>,
    stride: u64,
    marks: usize,
    marks_max: usize,
}

impl Index {
    /// An index that keeps every `stride`-th message, at most `marks_max` altogether.
    #[must_use]
    pub fn new(stride: u64, marks_max: usize) -> Self {
        Index {
            tracks: HashMap::new(),
            stride: stride.max(1),
            marks: 0,
            marks_max: marks_max.max(1_024),
        }
    }

    /// A new version of `session` began: its numbers start over.
    pub fn begin(&mut self, session: SessionId) {
        if let Some(track) = self.tracks.remove(&session) {
            self.marks = self.marks.saturating_sub(track.marks.len());
        }
    }

    /// Message `number` of `session` stands at `place`. Places come in rising order.
    pub fn note(&mut self, session: SessionId, number: u64, place: Position) {
        let track = self.tracks.entry(session).or_default();
        let due = number.wrapping_sub(1).is_multiple_of(self.stride) || number != track.next;
        track.next = number.saturating_add(1);
        if due {
            track.marks.push(Mark { number, place });
            self.marks = self.marks.saturating_add(1);
            if self.marks > self.marks_max {
                self.thin();
            }
        }
    }

    /// Where to begin reading for message `number` of `session`: at it, or before it with only
    /// earlier messages of the session between. `None` where the log no longer has it.
    #[must_use]
    pub fn find(&self, session: SessionId, number: u64) -> Option<Position> {
        let track = self.tracks.get(&session)?;
        if number >= track.next {
            return None;
        }
        let after = track.marks.partition_point(|mark| mark.number <= number);
        Some(track.marks.get(after.checked_sub(1)?)?.place)
    }

    /// Places kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.marks
    }

    /// True where nothing was noted yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks == 0
    }

    /// Forgets everything, to be built again from the log's start.
    pub fn clear(&mut self) {
        self.tracks.clear();
        self.marks = 0;
    }

    /// Halves the marks of every session, again until half of the room is free; a session's first
    /// mark always stays.
    fn thin(&mut self) {
        while self.marks > self.marks_max / 2 && self.marks > self.tracks.len() {
            self.stride = self.stride.saturating_mul(2);
            self.marks = 0;
            for track in self.tracks.values_mut() {
                track.thin(self.stride);
                self.marks = self.marks.saturating_add(track.marks.len());
            }
        }
        // One mark a session is the least there can be, and sessions are bounded by the venue.
        self.marks_max = self.marks_max.max(self.marks.saturating_mul(2));
    }
}

impl Track {
    fn thin(&mut self, stride: u64) {
        let first = self.marks.first().map_or(0, |mark| mark.number);
        self.marks.retain(|mark| {
            mark.number == first || mark.number.wrapping_sub(1).is_multiple_of(stride)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, Position};
    use pinion_types::SessionId;

    const ALICE: SessionId = SessionId(1);
    const BOB: SessionId = SessionId(2);

    fn at(seq: u64) -> Position {
        Position { seq, segment_no: 1, offset: 64 * seq, chain_crc: 0 }
    }

    #[test]
    fn a_place_is_at_or_before_the_message() {
        let mut index = Index::new(4, 1 << 20);
        for number in 1..=100 {
            index.note(ALICE, number, at(number * 10));
        }
        for number in 1..=100 {
            let place = index.find(ALICE, number).expect("noted").seq;
            assert!(place <= number * 10, "{number} is before {place}");
            assert!(place > (number - 1) / 4 * 40, "{number} is far from {place}");
        }
        assert_eq!(index.find(ALICE, 101), None);
        assert_eq!(index.find(BOB, 1), None);
    }

    #[test]
    fn a_new_version_forgets_the_old_one() {
        let mut index = Index::new(4, 1 << 20);
        index.note(ALICE, 1, at(5));
        index.note(BOB, 1, at(6));
        index.begin(ALICE);
        assert_eq!(index.find(ALICE, 1), None);
        assert_eq!(index.find(BOB, 1), Some(at(6)));
        index.note(ALICE, 1, at(9));
        assert_eq!(index.find(ALICE, 1), Some(at(9)));
        assert_eq!(index.len(), 2);
    }

    #[test]
    fn a_log_that_begins_late_has_what_it_has() {
        let mut index = Index::new(32, 1 << 20);
        index.note(ALICE, 1_000, at(7));
        index.note(ALICE, 1_001, at(8));
        assert_eq!(index.find(ALICE, 999), None);
        assert_eq!(index.find(ALICE, 1_001), Some(at(7)));
    }

    #[test]
    fn full_memory_doubles_the_stride_and_loses_nothing() {
        let mut index = Index::new(1, 1_024);
        for number in 1..=100_000 {
            index.note(ALICE, number, at(number));
        }
        assert!(index.len() <= 1_024, "{} marks", index.len());
        for number in [1, 2, 500, 99_999, 100_000] {
            assert!(index.find(ALICE, number).expect("noted").seq <= number);
        }
    }
}
