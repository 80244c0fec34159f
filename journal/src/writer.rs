//! The hot thread's end of a log: plain stores into memory that was prepared for it.

use std::fmt;
use std::sync::Arc;

use crate::checksum;
use crate::commit;
use crate::files::Lock;
use crate::header::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::record::{
    Link, MARKER_COMMIT, MARKER_LEN, RECORD_ALIGN, RECORD_HEADER_LEN, RECORD_LEN_MAX, lead,
};
use crate::scan::Cursor;
use crate::segment::Segment;
use crate::shared::Status;

/// No hot segment is ready: the disk is too far behind. Nothing was written; try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no segment is ready to be written")
    }
}

impl std::error::Error for Full {}

/// Appends records. One a log; it never makes a system call, allocates, locks or waits.
pub struct Writer {
    segment: Arc<Segment>,
    /// Word of the segment where the next record begins.
    at: usize,
    /// Words that records may use: all but the end marker's.
    end: usize,
    next_seq: u64,
    link: Link,
    header: SegmentHeader,
    spares: rtrb::Consumer<Arc<Segment>>,
    retired: rtrb::Producer<Arc<Segment>>,
    status: Status,
    /// Nobody else writes while this one can.
    _locks: Arc<[Lock]>,
}

impl Writer {
    pub(crate) fn new(
        segment: Arc<Segment>,
        cursor: Cursor,
        headers: Headers,
        ends: WriterEnds,
    ) -> Writer {
        assert!(cursor.offset.is_multiple_of(RECORD_ALIGN));
        assert!(cursor.offset + MARKER_LEN <= segment.len());
        Writer {
            at: cursor.offset / 8,
            end: (segment.len() - MARKER_LEN) / 8,
            next_seq: cursor.seq,
            link: Link { salt: headers.current_salt, prev: cursor.crc },
            header: headers.next,
            segment,
            spares: ends.spares,
            retired: ends.retired,
            status: ends.status,
            _locks: ends.locks,
        }
    }

    /// Appends one record and gives its seq.
    ///
    /// `time` is nanoseconds, `aux` what the caller likes; both come back with the record.
    ///
    /// # Errors
    /// [`Full`] when the segment is used up and no other is ready. Nothing was written.
    ///
    /// # Panics
    /// When the payload is empty or the record would be longer than [`RECORD_LEN_MAX`].
    #[inline]
    pub fn append(&mut self, time: u64, aux: u64, payload: &[u64]) -> Result<u64, Full> {
        const WORDS_MAX: usize = (RECORD_LEN_MAX - RECORD_HEADER_LEN) / 8;
        assert!(!payload.is_empty() && payload.len() <= WORDS_MAX, "payload of a wrong length");
        let words = commit::HEADER_WORDS + payload.len();
        let slot = words.next_multiple_of(RECORD_ALIGN / 8);
        if self.at + slot > self.end {
            self.roll(time)?;
        }
        let seq = self.next_seq;
        let length = (words * 8) as u32;
        let crc = checksum::append(self.link.begin(length), [seq, time, aux], payload);
        let target = &self.segment.words()[self.at..self.at + words];
        commit::store_body(target, seq, time, aux, payload);
        commit::publish(&target[0], lead(length, crc));
        self.link.prev = crc;
        self.at += slot;
        self.next_seq = seq + 1;
        Ok(seq)
    }

    /// Seq of the next record.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Bytes of records, each rounded up to whole lines, that can be appended before [`Full`] is
    /// possible, whatever their lengths.
    pub fn headroom(&self) -> usize {
        // At each turn to a next segment up to a record's length is left unused.
        let spare = self.segment.len() - SEGMENT_HEADER_LEN - MARKER_LEN - RECORD_LEN_MAX;
        (self.end - self.at) * 8 + self.spares.slots() * spare
    }

    /// The rolling checksum after the last record. It depends on the log's salt, so it tells two
    /// histories of one log apart, not two logs.
    pub fn chain_crc(&self) -> u32 {
        self.link.prev
    }

    /// Seq of the last durable record: what goes into `aux` of a log whose options say so.
    #[inline]
    pub fn durable(&self) -> u64 {
        self.status.durable()
    }

    /// Whether writing to disk failed for good; then it is time to stop.
    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.status.is_poisoned()
    }

    /// Whether no new segment can be prepared now, for want of disk or memory: what is ready is all
    /// there is until that changes.
    #[inline]
    pub fn is_starved(&self) -> bool {
        self.status.is_starved()
    }

    /// A handle to what the other threads report.
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Ends the segment and goes on in the next one.
    #[cold]
    pub(crate) fn roll(&mut self, time: u64) -> Result<(), Full> {
        let Ok(next) = self.spares.pop() else {
            return Err(Full);
        };
        assert_eq!(next.no, self.segment.no + 1);
        let crc = checksum::append(self.link.begin(MARKER_COMMIT), [self.next_seq, time, 0], &[]);
        let target = &self.segment.words()[self.at..self.at + commit::HEADER_WORDS];
        commit::store_body(target, self.next_seq, time, 0, &[]);
        commit::publish(&target[0], lead(MARKER_COMMIT, crc));

        self.header.segment_no = next.no;
        self.header.first_seq = self.next_seq;
        self.header.prev_tail_crc = crc;
        self.header.created_ns = time;
        self.header.seal();
        next.begin(&self.header);
        self.link = Link { salt: self.header.salt(), prev: crc };
        self.at = SEGMENT_HEADER_LEN / 8;
        self.end = (next.len() - MARKER_LEN) / 8;
        let old = std::mem::replace(&mut self.segment, next);
        if let Err(rtrb::PushError::Full(old)) = self.retired.push(old) {
            // The ring has room for every segment there can be. Were it full all the same, leaking
            // a mapping is better than unmapping it on this thread.
            std::mem::forget(old);
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.status.set_writer_gone();
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("segment_no", &self.segment.no)
            .field("next_seq", &self.next_seq)
            .finish_non_exhaustive()
    }
}

/// What a writer shares with the other threads.
pub(crate) struct WriterEnds {
    pub spares: rtrb::Consumer<Arc<Segment>>,
    pub retired: rtrb::Producer<Arc<Segment>>,
    pub status: Status,
    pub locks: Arc<[Lock]>,
}

/// The salt of the segment that is being written, and the header that the next ones get.
pub(crate) struct Headers {
    pub current_salt: u32,
    pub next: SegmentHeader,
}
