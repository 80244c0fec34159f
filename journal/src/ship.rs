//! The journal thread's work on one log: hot segments to disk, in order, in groups.
//!
//! What is written is exactly what was published, up to a block of zeros; what was written is never
//! called durable before the disk has said so; and after the first thing that failed, nothing is
//! written, synced or called durable any more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use crate::block::{BLOCK_LEN, Blocks, block_ceil, block_floor};
use crate::commit;
use crate::error::Reason;
use crate::header::{Parsed, SEGMENT_HEADER_LEN};
use crate::record::{Commit, MARKER_LEN, slot_len};
use crate::scan::{Cursor, Rules, Step};
use crate::segment::Segment;
use crate::shared::Status;
use crate::storage::StorageFile;
use crate::sync::Ordering;
use crate::watermark::Watermark;

/// Longest group, in bytes: what a power loss can tear at most when groups are synced.
pub(crate) const GROUP_LEN_MAX: usize = 1 << 20;

/// Most bytes written before a sync when syncs are lazy.
pub(crate) const LAZY_LEN_MAX: usize = 8 << 20;

/// Shortest time between syncs of the watermark itself, and how many times longer than such a sync
/// that time is on slow disks: it must not hold up the records.
const MARK_PAUSE: Duration = Duration::from_millis(10);
const MARK_SHARE: u32 = 32;

/// Called on the journal thread with the last durable seq, each time that it rises.
pub type OnDurable = Box<dyn FnMut(u64) + Send>;

/// Gives the highest `aux` that may be written to disk now; it never falls.
pub type Limit = Box<dyn Fn() -> u64 + Send>;

/// The word of a record that holds its `aux`.
const AUX_WORD: usize = 3;

/// What one turn of work came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There was something to do.
    Worked,
    /// There was nothing to do.
    Idle,
    /// Something failed earlier; nothing will be done any more.
    Poisoned,
}

/// A disk segment that is ready to be written.
pub(crate) struct DiskSegment {
    pub no: u64,
    pub file: Box<dyn StorageFile>,
}

/// What the preparer hands over, in order of segments.
pub(crate) enum Prepared {
    Hot(Arc<Segment>),
    Disk(DiskSegment),
}

/// Where the journal thread begins.
pub(crate) struct Start {
    /// From the segment that is to be written to disk next, to the one that the writer writes.
    pub hot: VecDeque<Arc<Segment>>,
    /// The disk segment of the first of them.
    pub disk: DiskSegment,
    /// End of what is good on disk in that segment; offset 0 when not even the header is there.
    pub cursor: Cursor,
    pub salt: u32,
}

pub(crate) struct Shipper {
    sync: bool,
    lazy_sync: Duration,
    status: Status,
    on_durable: Option<OnDurable>,
    limit: Option<Limit>,
    prepared: Receiver<Prepared>,
    spent: Sender<Arc<Segment>>,
    hot: VecDeque<Arc<Segment>>,
    disk_ready: VecDeque<DiskSegment>,
    disk: Option<DiskSegment>,
    cursor: Cursor,
    salt: u32,
    begun: bool,
    buffer: Blocks,
    unsynced: usize,
    unsynced_since: Option<Instant>,
    watermark: Watermark,
    mark_synced: Instant,
    mark_pause: Duration,
    mark_dirty: bool,
    wants_segments: bool,
}

/// Why the work cannot go on.
pub(crate) struct Fault(String);

impl Shipper {
    pub(crate) fn new(
        start: Start,
        durability: (bool, Duration),
        watermark: Watermark,
        status: Status,
        prepared: Receiver<Prepared>,
        spent: Sender<Arc<Segment>>,
    ) -> Shipper {
        Shipper {
            sync: durability.0,
            lazy_sync: durability.1,
            status,
            on_durable: None,
            limit: None,
            prepared,
            spent,
            hot: start.hot,
            disk_ready: VecDeque::new(),
            disk: Some(start.disk),
            begun: start.cursor.offset > 0,
            cursor: start.cursor,
            salt: start.salt,
            buffer: Blocks::with_len(GROUP_LEN_MAX + 4 * BLOCK_LEN),
            unsynced: 0,
            unsynced_since: None,
            watermark,
            mark_synced: Instant::now(),
            mark_pause: MARK_PAUSE,
            mark_dirty: false,
            wants_segments: false,
        }
    }

    /// Whether a segment was given up since this was last asked.
    pub(crate) fn wants_segments(&mut self) -> bool {
        std::mem::take(&mut self.wants_segments)
    }

    pub(crate) fn set_on_durable(&mut self, on_durable: OnDurable) {
        self.on_durable = Some(on_durable);
    }

    pub(crate) fn set_limit(&mut self, limit: Limit) {
        self.limit = Some(limit);
    }

    /// One group, if there is one.
    pub(crate) fn step(&mut self) -> Progress {
        if self.status.is_poisoned() {
            return Progress::Poisoned;
        }
        match self.work() {
            Ok(progress) => progress,
            Err(Fault(reason)) => {
                self.status.poison(&reason);
                Progress::Poisoned
            }
        }
    }

    /// Everything that was published, synced, whatever the mode.
    pub(crate) fn finish(&mut self) -> Progress {
        loop {
            match self.step() {
                Progress::Worked => {}
                Progress::Poisoned => return Progress::Poisoned,
                Progress::Idle => break,
            }
        }
        let done = self.settle().and_then(|()| self.sync_mark());
        match done {
            Ok(()) => Progress::Idle,
            Err(Fault(reason)) => {
                self.status.poison(&reason);
                Progress::Poisoned
            }
        }
    }

    /// Whether everything the writer published is on disk.
    pub(crate) fn is_behind(&self) -> bool {
        self.hot.len() > 1 && self.hot.get(1).is_some_and(|next| is_begun(next))
            || self.hot.front().is_some_and(|front| self.end_of_group(front).is_some())
    }

    /// Whether the next record is published and must not be written yet.
    pub(crate) fn is_held(&self) -> bool {
        let Some(limit) = &self.limit else { return false };
        self.hot.front().filter(|_| self.begun).is_some_and(|segment| {
            let at = self.cursor.offset.max(SEGMENT_HEADER_LEN) / 8;
            let Some(record) = segment.words().get(at..=at + AUX_WORD) else { return false };
            matches!(Commit::of_lead(commit::peek(&record[0])), Commit::Record(_))
                && record[AUX_WORD].load(Ordering::Relaxed) > limit()
        })
    }

    fn work(&mut self) -> Result<Progress, Fault> {
        while let Ok(prepared) = self.prepared.try_recv() {
            match prepared {
                Prepared::Hot(segment) => self.hot.push_back(segment),
                Prepared::Disk(disk) => self.disk_ready.push_back(disk),
            }
        }
        let Some(segment) = self.hot.front().map(Arc::clone) else {
            return Ok(Progress::Idle);
        };
        if !self.begun && !self.begin(&segment)? {
            return self.rest();
        }
        let Some((end, sealed)) = self.end_of_group(&segment) else {
            return self.rest();
        };
        if !self.take_disk(segment.no) {
            return self.rest();
        }
        self.write_group(&segment, end)?;
        if self.sync || sealed || self.is_lazy_sync_due() {
            self.settle()?;
        }
        if sealed {
            self.turn_over();
        }
        Ok(Progress::Worked)
    }

    /// What is done when nothing was published.
    fn rest(&mut self) -> Result<Progress, Fault> {
        if self.unsynced > 0 && self.is_lazy_sync_due() {
            self.settle()?;
            return Ok(Progress::Worked);
        }
        if self.is_mark_due() && self.unsynced == 0 {
            self.sync_mark()?;
            return Ok(Progress::Worked);
        }
        Ok(Progress::Idle)
    }

    /// Checks the header of a segment that the writer may have begun.
    fn begin(&mut self, segment: &Segment) -> Result<bool, Fault> {
        let header = match segment.header() {
            Parsed::Blank => return Ok(false),
            Parsed::Header(header) => header,
            Parsed::Version(_) => return Err(self.fault(segment, Reason::Magic)),
            Parsed::Bad(reason) => return Err(self.fault(segment, reason)),
        };
        let continues = header.segment_no == segment.no
            && header.first_seq == self.cursor.seq
            && header.prev_tail_crc == self.cursor.crc;
        if !continues {
            return Err(self.fault(segment, Reason::Chain));
        }
        self.salt = header.salt();
        self.begun = true;
        Ok(true)
    }

    /// Takes the disk segment of that number, if it is ready.
    fn take_disk(&mut self, segment_no: u64) -> bool {
        if self.disk.is_none() {
            self.disk = self.disk_ready.pop_front();
        }
        self.disk.as_ref().is_some_and(|disk| {
            assert_eq!(disk.no, segment_no);
            true
        })
    }

    /// How far the published records reach from the cursor on, and whether the marker is there;
    /// `None` when there is nothing new.
    fn end_of_group(&self, segment: &Segment) -> Option<(usize, bool)> {
        let words = segment.words();
        let limit = self.limit.as_ref().map_or(u64::MAX, |limit| limit());
        // A header that is not on disk yet is news in itself.
        let begin = self.cursor.offset.max(SEGMENT_HEADER_LEN);
        let mut offset = begin;
        while offset - begin < GROUP_LEN_MAX && offset + MARKER_LEN <= words.len() * 8 {
            match Commit::of_lead(commit::peek(&words[offset / 8])) {
                Commit::Blank => break,
                Commit::Marker => return Some((offset + MARKER_LEN, true)),
                Commit::Record(_)
                    if words[offset / 8 + AUX_WORD].load(Ordering::Relaxed) > limit =>
                {
                    break;
                }
                Commit::Record(len) => offset += slot_len(len),
                // Found again, and named, when the group is checked.
                Commit::Impossible(_) => offset += MARKER_LEN,
            }
        }
        (self.begun && offset > self.cursor.offset).then_some((offset, false))
    }

    /// Checks and writes what was published up to `end`.
    fn write_group(&mut self, segment: &Segment, end: usize) -> Result<(), Fault> {
        let start = block_floor(self.cursor.offset);
        let ceiling = block_ceil(end).min(segment.len());
        let count = ceiling - start;
        let words = &mut self.buffer.words_mut()[..count / 8];
        let (data, rest) = words.split_at_mut((end - start) / 8);
        commit::copy(&segment.words()[start / 8..end / 8], data);
        rest.fill(0);
        self.check_group(segment, start, end)?;
        let Some(disk) = &self.disk else { unreachable!("the disk segment was taken") };
        let bytes = &self.buffer.bytes()[..count];
        disk.file.write_at(bytes, start as u64).map_err(|error| {
            Fault(format!("writing disk segment {} at byte {start}: {error}", disk.no))
        })?;
        self.status.count_bytes(count);
        self.unsynced += count;
        self.unsynced_since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Walks the chain over the group before it is written: what is wrong in memory must not become
    /// wrong on disk.
    fn check_group(&mut self, segment: &Segment, start: usize, end: usize) -> Result<(), Fault> {
        let rules = Rules { segment_len: segment.len(), salt: self.salt, verify: true };
        self.cursor.offset = self.cursor.offset.max(SEGMENT_HEADER_LEN);
        while self.cursor.offset < end {
            let rest = &self.buffer.bytes()[self.cursor.offset - start..];
            match rules.step(rest, self.cursor) {
                Step::Record { next, .. } | Step::Marker { next } => self.cursor = next,
                Step::Blank => return Err(self.fault(segment, Reason::Length(0))),
                Step::Bad(reason) => return Err(self.fault(segment, reason)),
            }
        }
        Ok(())
    }

    fn is_lazy_sync_due(&self) -> bool {
        !self.sync
            && (self.unsynced >= LAZY_LEN_MAX
                || self.unsynced_since.is_some_and(|since| since.elapsed() >= self.lazy_sync))
    }

    /// Syncs what was written, notes it in the watermark, and publishes it.
    fn settle(&mut self) -> Result<(), Fault> {
        if self.unsynced == 0 {
            return Ok(());
        }
        let Some(disk) = &self.disk else { unreachable!("written to a disk segment") };
        disk.file
            .sync()
            .map_err(|error| Fault(format!("syncing disk segment {}: {error}", disk.no)))?;
        self.status.count_sync();
        self.unsynced = 0;
        self.unsynced_since = None;
        let durable = self.cursor.seq - 1;
        if durable == self.status.durable() {
            return Ok(());
        }
        // Before anyone hears of it: whoever crashes after hearing finds the mark.
        self.watermark
            .write(durable, disk.no)
            .map_err(|error| Fault(format!("writing the watermark: {error}")))?;
        self.mark_dirty = true;
        self.status.publish_durable(durable);
        if let Some(on_durable) = &mut self.on_durable {
            on_durable(durable);
        }
        if self.is_mark_due() { self.sync_mark() } else { Ok(()) }
    }

    fn is_mark_due(&self) -> bool {
        self.mark_dirty && self.mark_synced.elapsed() >= self.mark_pause
    }

    fn sync_mark(&mut self) -> Result<(), Fault> {
        if self.mark_dirty {
            let began = Instant::now();
            self.watermark
                .sync()
                .map_err(|error| Fault(format!("syncing the watermark: {error}")))?;
            self.mark_dirty = false;
            self.mark_synced = Instant::now();
            self.mark_pause = MARK_PAUSE.max(began.elapsed().saturating_mul(MARK_SHARE));
        }
        Ok(())
    }

    /// Gives up a segment that is whole and durable, and turns to the next.
    fn turn_over(&mut self) {
        self.disk = None;
        self.begun = false;
        self.cursor.offset = 0;
        if let Some(segment) = self.hot.pop_front() {
            // A preparer that is gone has no use for it; then it is unmapped here.
            let _ = self.spent.send(segment);
            self.wants_segments = true;
        }
    }

    fn fault(&self, segment: &Segment, reason: Reason) -> Fault {
        Fault(format!(
            "{}: wrong in memory at byte {}, seq {}: {reason}",
            segment.path.display(),
            self.cursor.offset,
            self.cursor.seq
        ))
    }
}

fn is_begun(segment: &Segment) -> bool {
    segment.words().first().is_some_and(|first| commit::peek(first) != 0)
}
