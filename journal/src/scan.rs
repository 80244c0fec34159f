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

#[cfg(test)]
mod tests {
    use super::{Cursor, Rules, Step, Stop};
    use crate::commit;
    use crate::error::Reason;
    use crate::header::SEGMENT_HEADER_LEN;
    use crate::record::{Link, MARKER_COMMIT, RECORD_LEN_MAX, lead, slot_len};
    use crate::sync::AtomicU64;

    const SEGMENT_LEN: usize = 16 * 1024;
    const RULES: Rules = Rules { segment_len: SEGMENT_LEN, salt: 0xabcd_ef01, verify: true };

    fn start() -> Cursor {
        Cursor::start(5, 77)
    }

    /// A segment in memory with records of these lengths in words, as a writer stores them.
    fn segment(payloads: &[usize], sealed: bool) -> Vec<u8> {
        let words: Vec<AtomicU64> = (0..SEGMENT_LEN / 8).map(|_| AtomicU64::new(0)).collect();
        let mut cursor = start();
        for &count in payloads {
            let payload = vec![cursor.seq << 32; count];
            cursor = store(&words, cursor, (32 + count * 8) as u32, &payload);
        }
        if sealed {
            store(&words, cursor, MARKER_COMMIT, &[]);
        }
        let mut copy = vec![0; words.len()];
        commit::copy(&words, &mut copy);
        bytemuck::cast_slice(&copy).to_vec()
    }

    fn store(words: &[AtomicU64], at: Cursor, commit: u32, payload: &[u64]) -> Cursor {
        let len = 32 + payload.len() * 8;
        let slot = &words[at.offset / 8..(at.offset + len) / 8];
        commit::store_body(slot, at.seq, 1000 + at.seq, at.seq / 2, payload);
        let mut copy = vec![0; slot.len()];
        commit::copy(slot, &mut copy);
        let link = Link { salt: RULES.salt, prev: at.crc };
        let crc = link.crc(commit, &bytemuck::cast_slice(&copy)[8..]);
        commit::publish(&slot[0], lead(commit, crc));
        Cursor { offset: at.offset + slot_len(len), seq: at.seq + 1, crc }
    }

    #[test]
    fn a_walk_passes_what_was_stored_and_stops_where_it_ends() {
        let bytes = segment(&[1, 4, 12, 76, 508], false);
        let walk = RULES.walk(&bytes, start(), bytes.len());
        assert_eq!((walk.stop, walk.records, walk.cursor.seq), (Stop::Blank, 5, 10));
        assert_eq!((walk.last_time, walk.hint), (1009, 4));
        assert_eq!(walk.cursor.offset, SEGMENT_HEADER_LEN + 64 + 64 + 128 + 640 + 4096);
        let sealed = segment(&[4, 4], true);
        let walk = RULES.walk(&sealed, start(), sealed.len());
        assert_eq!((walk.stop, walk.records, walk.cursor.seq), (Stop::Sealed, 2, 7));
        let half = RULES.walk(&sealed, start(), SEGMENT_HEADER_LEN + 64);
        assert_eq!((half.stop, half.records), (Stop::Reached, 1));
    }

    #[test]
    fn a_record_that_reaches_over_the_end_is_refused() {
        let bytes = segment(&[12], false);
        for len in (0..128).step_by(8) {
            let rest = &bytes[SEGMENT_HEADER_LEN..SEGMENT_HEADER_LEN + len];
            assert!(matches!(RULES.step(rest, start()), Step::Bad(Reason::Overrun)));
        }
        // Room for the end marker must be left.
        let rules = Rules { segment_len: SEGMENT_HEADER_LEN + 128 + 63, ..RULES };
        let rest = &bytes[SEGMENT_HEADER_LEN..];
        assert!(matches!(rules.step(rest, start()), Step::Bad(Reason::Overrun)));
        let far = Cursor { offset: usize::MAX - 5, ..start() };
        assert!(matches!(RULES.step(rest, far), Step::Bad(Reason::Overrun)));
    }

    #[test]
    fn numbers_are_checked_even_when_checksums_are_not() {
        let bytes = segment(&[4], false);
        let rest = &bytes[SEGMENT_HEADER_LEN..];
        let rules = Rules { verify: false, ..RULES };
        assert!(matches!(rules.step(rest, start()), Step::Record { .. }));
        let other = Cursor { seq: 6, ..start() };
        assert!(matches!(rules.step(rest, other), Step::Bad(Reason::Sequence(5))));
        let other = Cursor { crc: 78, ..start() };
        assert!(matches!(rules.step(rest, other), Step::Record { .. }));
        assert!(matches!(RULES.step(rest, other), Step::Bad(Reason::Checksum)));
    }

    #[test]
    fn every_lead_word_is_read_without_harm() {
        let bytes = segment(&[4, 4, 4], false);
        let mut rest = bytes[SEGMENT_HEADER_LEN..SEGMENT_HEADER_LEN + 2 * RECORD_LEN_MAX].to_vec();
        // Miri takes its time.
        let step = if cfg!(miri) { 64 } else { 1 };
        let commits = (0..=2 * RECORD_LEN_MAX as u32 + 64).step_by(step).chain([
            MARKER_COMMIT,
            MARKER_COMMIT + 8,
            u32::MAX,
            1 << 31,
            i32::MAX as u32,
        ]);
        for commit in commits {
            rest[..4].copy_from_slice(&commit.to_le_bytes());
            let step = RULES.step(&rest, start());
            match commit {
                0 => assert!(matches!(step, Step::Blank)),
                64 => assert!(matches!(step, Step::Record { .. })),
                _ => assert!(matches!(step, Step::Bad(_)), "{commit:#x}: {step:?}"),
            }
        }
    }

    #[test]
    fn debris_tells_a_torn_record_from_a_bad_one_before_good_ones() {
        let whole = segment(&[4, 4, 12, 4, 4], false);
        assert_eq!(RULES.walk(&whole, start(), SEGMENT_LEN).cursor.seq, 10);
        // Broken at the second record: two lines on, good ones follow.
        let mut bytes = whole.clone();
        bytes[SEGMENT_HEADER_LEN + 64 + 40] ^= 4;
        let walk = RULES.walk(&bytes, start(), SEGMENT_LEN);
        assert_eq!((walk.stop, walk.cursor.seq), (Stop::Bad(Reason::Checksum), 6));
        let debris = RULES.debris(&bytes, walk.cursor);
        assert_eq!((debris.records, debris.hint), (3, 4));
        assert_eq!(debris.end, SEGMENT_HEADER_LEN + 6 * 64);
        // Broken at the last: nothing follows.
        let mut bytes = whole;
        bytes[SEGMENT_HEADER_LEN + 5 * 64 + 63] ^= 4;
        let walk = RULES.walk(&bytes, start(), SEGMENT_LEN);
        assert_eq!(walk.cursor.seq, 9);
        let debris = RULES.debris(&bytes, walk.cursor);
        assert_eq!((debris.records, debris.last_good), (0, None));
    }
}
