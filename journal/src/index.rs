//! A sparse index of where records are, gathered while reading, so that going back is cheap.

use crate::scan::Cursor;

/// Most places remembered: 32 bytes each.
const PLACES_MAX: usize = 1 << 15;

/// Places of every n-th record passed, n doubling as the log grows.
pub(crate) struct Index {
    places: Vec<(u64, Cursor)>,
    /// A power of two, so that asking costs no division.
    stride: u64,
}

impl Default for Index {
    fn default() -> Index {
        Index { places: Vec::new(), stride: 1024 }
    }
}

impl Index {
    /// Notes a record that is being passed.
    #[inline]
    pub(crate) fn pass(&mut self, segment_no: u64, cursor: Cursor) {
        if cursor.seq & self.stride.wrapping_sub(1) == 0 {
            self.note(segment_no, cursor);
        }
    }

    fn note(&mut self, segment_no: u64, cursor: Cursor) {
        // Only what is beyond the last place: what lies before is known as densely already.
        if self.places.last().is_some_and(|&(_, last)| last.seq >= cursor.seq) {
            return;
        }
        if self.places.len() == PLACES_MAX {
            self.stride = self.stride.saturating_mul(2);
            let stride = self.stride;
            self.places.retain(|&(_, cursor)| cursor.seq.is_multiple_of(stride));
            if !cursor.seq.is_multiple_of(stride) {
                return;
            }
        }
        self.places.push((segment_no, cursor));
    }

    /// The last known place at or before a record.
    pub(crate) fn before(&self, seq: u64) -> Option<(u64, Cursor)> {
        let after = self.places.partition_point(|(_, cursor)| cursor.seq <= seq);
        self.places.get(after.checked_sub(1)?).copied()
    }
}
