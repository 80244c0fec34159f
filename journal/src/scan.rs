//! Walking the chain of records over plain bytes: one step, a whole segment, and what lies after a
//! break.
//!
//! Nothing here trusts a length, an offset or a number: bytes in, a verdict out.

use crate::error::Reason;
use crate::header::SEGMENT_HEADER_LEN;
use crate::record::{
    Commit, Link, MARKER_COMMIT, MARKER_LEN, RECORD_ALIGN, RECORD_HEADER_LEN, RecordHeader,
    slot_len,
};

/// Where a chain stands: what the next record must be and continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Offset of the next record in its segment.
    pub offset: usize,
    /// Its seq.
    pub seq: u64,
    /// Checksum of the record before.
    pub crc: u32,
}

impl Cursor {
    /// The start of a segment's records.
    pub(crate) fn start(first_seq: u64, prev_tail_crc: u32) -> Cursor {
        Cursor { offset: SEGMENT_HEADER_LEN, seq: first_seq, crc: prev_tail_crc }
    }
}

/// What stands at a cursor.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// A record, and the cursor after it.
    Record { header: RecordHeader, payload: &'a [u8], next: Cursor },
    /// The end of the segment; the cursor carries the chain into the next one.
    Marker { next: Cursor },
    /// Nothing was written here.
    Blank,
    /// What no writer writes.
    Bad(Reason),
}

/// How a record is to be checked, and against what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Bytes of the segment.
    pub segment_len: usize,
    /// Salt of the segment's checksums.
    pub salt: u32,
    /// Whether checksums are computed.
    pub verify: bool,
}

impl Rules {
    /// Reads what stands at `cursor`; `rest` are the segment's bytes from there on, at least as
    /// many as the record has.
    #[inline]
    pub(crate) fn step<'a>(&self, rest: &'a [u8], cursor: Cursor) -> Step<'a> {
        let Some(head) = rest.first_chunk::<RECORD_HEADER_LEN>() else {
            return Step::Bad(Reason::Overrun);
        };
        let header: RecordHeader = bytemuck::must_cast(*head);
        let (len, marker) = match Commit::of(header.commit) {
            Commit::Blank => return Step::Blank,
            Commit::Record(len) => (len, false),
            Commit::Marker => (RECORD_HEADER_LEN, true),
            Commit::Impossible(commit) => return Step::Bad(Reason::Length(commit)),
        };
        // A record leaves room for the end marker behind it.
        let reserve = if marker { 0 } else { MARKER_LEN };
        let slot = slot_len(len);
        let end = cursor.offset.saturating_add(slot);
        if end.saturating_add(reserve) > self.segment_len {
            return Step::Bad(Reason::Overrun);
        }
        let (Some(covered), Some(payload), Some(padding)) =
            (rest.get(8..len), rest.get(RECORD_HEADER_LEN..len), rest.get(len..slot))
        else {
            return Step::Bad(Reason::Overrun);
        };
        if self.verify {
            let link = Link { salt: self.salt, prev: cursor.crc };
            if link.crc(header.commit, covered) != header.crc {
                return Step::Bad(Reason::Checksum);
            }
            if padding.iter().any(|&byte| byte != 0) {
                return Step::Bad(Reason::Padding);
            }
        }
        if header.seq != cursor.seq {
            return Step::Bad(Reason::Sequence(header.seq));
        }
        if marker {
            return Step::Marker { next: Cursor { offset: end, seq: cursor.seq, crc: header.crc } };
        }
        let seq = cursor.seq.wrapping_add(1);
        Step::Record { header, payload, next: Cursor { offset: end, seq, crc: header.crc } }
    }

    /// Walks a whole segment from `from` until it ends, breaks, or reaches byte `until`.
    pub(crate) fn walk(&self, bytes: &[u8], from: Cursor, until: usize) -> Walk {
        let mut walk =
            Walk { cursor: from, stop: Stop::Reached, last_time: 0, hint: 0, records: 0 };
        while walk.cursor.offset < until {
            let rest = bytes.get(walk.cursor.offset..).unwrap_or_default();
            match self.step(rest, walk.cursor) {
                Step::Record { header, next, .. } => {
                    walk.cursor = next;
                    walk.records = walk.records.saturating_add(1);
                    walk.last_time = header.time;
                    walk.hint = walk.hint.max(header.aux);
                }
                Step::Marker { next } => {
                    walk.cursor = next;
                    walk.stop = Stop::Sealed;
                    return walk;
                }
                Step::Blank => {
                    walk.stop = Stop::Blank;
                    return walk;
                }
                Step::Bad(reason) => {
                    walk.stop = Stop::Bad(reason);
                    return walk;
                }
            }
        }
        walk
    }

    /// Looks at everything from `offset` on for what was written there.
    ///
    /// A record cannot be checked alone, since its checksum continues the one before; so a record
    /// counts as good when the record before it, whatever it is, carries a checksum that the good
    /// one continues.
    pub(crate) fn debris(&self, bytes: &[u8], cursor: Cursor) -> Debris {
        let mut debris = Debris::default();
        let tail = bytes.get(cursor.offset..).unwrap_or_default();
        for (index, line) in tail.chunks(RECORD_ALIGN).enumerate() {
            if line.iter().all(|&byte| byte == 0) {
                continue;
            }
            let at = cursor.offset.saturating_add(index.saturating_mul(RECORD_ALIGN));
            debris.end = at.saturating_add(RECORD_ALIGN);
            if let Some((header, offset)) = self.good_after(bytes, at, cursor.seq) {
                debris.records = debris.records.saturating_add(1);
                debris.hint = debris.hint.max(header.aux);
                debris.last_good = Some(offset);
            }
        }
        debris
    }

    /// A good record right behind whatever stands at `at`, with a later seq than `seq`.
    fn good_after(&self, bytes: &[u8], at: usize, seq: u64) -> Option<(RecordHeader, usize)> {
        let head = bytes.get(at..)?.first_chunk::<RECORD_HEADER_LEN>()?;
        let before: RecordHeader = bytemuck::must_cast(*head);
        let Commit::Record(len) = Commit::of(before.commit) else {
            return None;
        };
        let offset = at.checked_add(slot_len(len))?;
        let next_seq = before.seq.checked_add(1)?;
        let rest = bytes.get(offset..)?;
        let rules = Rules { verify: true, ..*self };
        match rules.step(rest, Cursor { offset, seq: next_seq, crc: before.crc }) {
            Step::Record { header, .. } if header.seq > seq => Some((header, offset)),
            _ => None,
        }
    }
}

/// How far a walk came and why it stopped.
#[derive(Debug)]
pub(crate) struct Walk {
    /// Behind the last good record, or behind the end marker.
    pub cursor: Cursor,
    pub stop: Stop,
    /// Good records passed.
    pub records: u64,
    /// Time of the last of them.
    pub last_time: u64,
    /// Highest `aux` of them.
    pub hint: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It came to the byte it was told.
    Reached,
    /// At an end marker.
    Sealed,
    /// Where nothing was written yet.
    Blank,
    /// At what no writer writes.
    Bad(Reason),
}

/// What lies behind a break.
#[derive(Debug, Default)]
pub(crate) struct Debris {
    /// Behind the last line that is not zero; 0 when all are.
    pub end: usize,
    /// Good records seen.
    pub records: u64,
    /// Highest `aux` of them.
    pub hint: u64,
    /// Offset of the last of them.
    pub last_good: Option<usize>,
}

const _: () = assert!(MARKER_COMMIT as usize > RECORD_HEADER_LEN);
