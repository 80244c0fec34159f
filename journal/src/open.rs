//! Opening a log for writing: recovery, and the two ends that come out of it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::SystemTime;

use crate::block::{Blocks, block_ceil, block_floor};
use crate::error::Error;
use crate::files::{BootMark, Lock, UNFINISHED, disk_path, hot_path};
use crate::header::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::hot::{HotLog, HotSearch};
use crate::options::Options;
use crate::prepare::{Begin, Pace, Preparer, PreparerEnds, create_disk, create_hot};
use crate::report::{Recovered, TornTail};
use crate::scan::Cursor;
use crate::segment::Segment;
use crate::service::Drain;
use crate::shared::Status;
use crate::ship::{DiskSegment, Shipper, Start};
use crate::storage::Access;
use crate::survey::{Owner, Survey, Tail};
use crate::sync::Ordering;
use crate::watermark::{Mark, Watermark};
use crate::writer::{Headers, Writer, WriterEnds};

/// A log that is open for writing.
pub struct Log {
    /// The hot thread's end.
    pub writer: Writer,
    /// The background work: give it to a [`crate::Service`].
    pub drain: Drain,
    /// What was there.
    pub recovered: Recovered,
}

/// Opens a log for writing: recovers what is there, or begins a new one.
///
/// A tail that a crash tore is cut off and told in [`Log::recovered`]; anything worse is an error
/// with its place. After that the writer goes on where the log ended.
///
/// # Errors
/// Everything of [`Error`] but `TooOld` and `Absent`.
pub fn open(options: Options) -> Result<Log, Error> {
    options.check()?;
    let (dir, hot_dir) = (options.dir.clone(), options.hot_dir.clone());
    options.storage.create_dir(&dir).map_err(Error::io("creating", &dir))?;
    for dir in [&dir, &hot_dir] {
        std::fs::create_dir_all(dir).map_err(Error::io("creating", dir))?;
    }
    let locks = Arc::from([Lock::take(&dir)?, Lock::take(&hot_dir)?]);
    let template = options.template()?;
    let opening = Opening { options: &options, template };
    let found = opening.recover()?;
    opening.assemble(found, locks)
}

struct Opening<'a> {
    options: &'a Options,
    /// The header of the segments to come.
    template: SegmentHeader,
}

/// What recovery came to.
struct Found {
    recovered: Recovered,
    /// From the segment that is written to disk next, to the writer's.
    hot: VecDeque<Arc<Segment>>,
    /// The header of the writer's segment.
    header: SegmentHeader,
    /// Where the writer goes on.
    writing: Cursor,
    /// Where the journal thread goes on, and with which salt.
    shipping: Cursor,
    shipping_salt: u32,
    mark: Mark,
    /// Highest number of a blank disk segment that is there; 0 for none.
    blank: u64,
}

impl Opening<'_> {
    fn recover(&self) -> Result<Found, Error> {
        let options = self.options;
        let owner = Owner {
            kind: Some(options.kind),
            venue: Some(options.venue),
            shard: Some(options.shard),
            schema_hash: Some(options.schema_hash),
        };
        let mut survey = Survey::begin(options.storage.as_ref(), &options.dir, owner)?;
        survey.walk(true)?;
        let mut search = HotSearch {
            hot_dir: &options.hot_dir,
            owner,
            lock_memory: options.lock_memory,
            repair: true,
        };
        let Some(tail) = survey.tail.take() else {
            return self.begin(&search);
        };
        if survey.is_rebooted() {
            remove_hot(&options.hot_dir, &search.numbers()?, |_| true)?;
        }
        let hot = search.walk(&tail)?;
        let mut torn = self.cut(&survey)?;
        BootMark::of(&options.dir).set(options.storage.as_ref())?;
        let first = if tail.sealed { tail.header.segment_no + 1 } else { tail.header.segment_no };
        let last = hot.as_ref().map_or(0, |log| log.header.segment_no);
        remove_hot(&options.hot_dir, &search.numbers()?, |no| no < first || no > last)?;
        torn.extend(hot.as_ref().and_then(|log| log.torn.clone()));
        let blank = self.keep_blank(&survey, first)?;
        let mark = survey.mark();
        self.join(&tail, hot, torn, (mark, blank))
    }

    /// Begins a log where there is none.
    fn begin(&self, search: &HotSearch<'_>) -> Result<Found, Error> {
        let options = self.options;
        if let Some(no) = search.first_begun()? {
            return Err(Error::StaleHot { path: hot_path(&options.hot_dir, no) });
        }
        remove_hot(&options.hot_dir, &search.numbers()?, |_| true)?;
        self.remove_blank(1)?;
        let header = self.header(1, 1, 0, now_ns());
        drop(create_disk(options, 1, bytemuck::bytes_of(&header), Pace::Full)?);
        BootMark::of(&options.dir).set(options.storage.as_ref())?;
        let segment = create_hot(options, 1)?;
        segment.begin(&header);
        let cursor = Cursor::start(1, 0);
        let recovered = Recovered {
            created: true,
            last_seq: 0,
            last_time: 0,
            durable_seq: 0,
            segments: 1,
            tail_crc: 0,
            torn: Vec::new(),
        };
        Ok(Found {
            recovered,
            hot: VecDeque::from([segment]),
            shipping_salt: header.salt(),
            header,
            writing: cursor,
            shipping: cursor,
            mark: Mark::default(),
            blank: 0,
        })
    }

    /// Puts disk and hot segments together.
    fn join(
        &self,
        tail: &Tail,
        hot: Option<HotLog>,
        torn: Vec<TornTail>,
        (mark, blank): (Mark, u64),
    ) -> Result<Found, Error> {
        let mut shipping = tail.cursor;
        if tail.sealed {
            shipping.offset = 0;
        }
        let (mut segments, mut header, mut writing, mut sealed, last_time) = match hot {
            Some(log) => (log.segments, *log.header, log.cursor, log.sealed, log.last_time),
            None => (VecDeque::new(), *tail.header, tail.cursor, tail.sealed, tail.last_time),
        };
        if segments.is_empty() && !sealed {
            segments.push_back(self.rebuild(tail)?);
        }
        let recovered = Recovered {
            created: false,
            last_seq: writing.seq - 1,
            last_time,
            durable_seq: tail.cursor.seq - 1,
            segments: header.segment_no,
            tail_crc: writing.crc,
            torn,
        };
        if sealed {
            header = self.header(header.segment_no + 1, writing.seq, writing.crc, now_ns());
            let segment = create_hot(self.options, header.segment_no)?;
            segment.begin(&header);
            segments.push_back(segment);
            writing = Cursor::start(writing.seq, writing.crc);
            sealed = false;
        }
        assert!(!sealed);
        Ok(Found {
            recovered,
            hot: segments,
            header,
            writing,
            shipping,
            shipping_salt: tail.header.salt(),
            mark,
            blank,
        })
    }

    /// Makes the hot copy of the last disk segment.
    fn rebuild(&self, tail: &Tail) -> Result<Arc<Segment>, Error> {
        let options = self.options;
        let no = tail.header.segment_no;
        let len = usize::try_from(tail.header.segment_len).unwrap_or_default();
        let same_len = Options { segment_len: len, ..options.clone() };
        let path = disk_path(&options.dir, no);
        let mut copy = Blocks::with_len(tail.cursor.offset);
        let bytes = copy.bytes_mut();
        let file =
            options.storage.open(&path, Access::Read).map_err(Error::io("opening", &path))?;
        file.read_at(bytes, 0).map_err(Error::io("reading", &path))?;
        let segment = create_hot(&same_len, no)?;
        let records = SEGMENT_HEADER_LEN / 8..tail.cursor.offset / 8;
        let source = &copy.words_mut()[records.clone()];
        for (word, &value) in segment.words()[records].iter().zip(source) {
            word.store(value, Ordering::Relaxed);
        }
        segment.begin(&tail.header);
        Ok(segment)
    }

    /// Writes zeros over what a crash tore.
    fn cut(&self, survey: &Survey<'_>) -> Result<Vec<TornTail>, Error> {
        let Some((torn, end)) = &survey.torn else {
            return Ok(Vec::new());
        };
        let path = &torn.path;
        let offset = usize::try_from(torn.offset).unwrap_or_default();
        let (start, ceiling) = (block_floor(offset), block_ceil(*end));
        let mut blocks = Blocks::with_len(ceiling - start);
        let file = self
            .options
            .storage
            .open(path, Access::Write { direct: false })
            .map_err(Error::io("opening", path))?;
        let bytes = &mut blocks.bytes_mut()[..ceiling - start];
        file.read_at(bytes, start as u64).map_err(Error::io("reading", path))?;
        bytes[offset - start..].fill(0);
        file.write_at(bytes, start as u64).map_err(Error::io("writing", path))?;
        file.sync().map_err(Error::io("syncing", path))?;
        Ok(vec![torn.clone()])
    }

    /// Keeps the blank disk segments that fit and removes the others; gives the highest kept.
    fn keep_blank(&self, survey: &Survey<'_>, shipping: u64) -> Result<u64, Error> {
        let fits = survey.blank.iter().all(|&(_, len)| len == self.options.segment_len as u64);
        if !fits {
            let from = survey.blank.first().map_or(shipping, |&(no, _)| no);
            self.remove_blank(from)?;
            return Ok(0);
        }
        self.remove_unfinished()?;
        Ok(survey.blank.last().map_or(0, |&(no, _)| no))
    }

    fn remove_blank(&self, from: u64) -> Result<(), Error> {
        let storage = self.options.storage.as_ref();
        let dir = &self.options.dir;
        let names = storage.list(dir).map_err(Error::io("listing", dir))?;
        for no in crate::files::disk_numbers(&names).into_iter().rev().filter(|&no| no >= from) {
            let path = disk_path(dir, no);
            storage.remove(&path).map_err(Error::io("removing", &path))?;
        }
        self.remove_unfinished()
    }

    /// Removes what a crash left half-made.
    fn remove_unfinished(&self) -> Result<(), Error> {
        let storage = self.options.storage.as_ref();
        let dir = &self.options.dir;
        let names = storage.list(dir).map_err(Error::io("listing", dir))?;
        for name in names.iter().filter(|name| name.ends_with(&format!(".{UNFINISHED}"))) {
            let path = dir.join(name);
            storage.remove(&path).map_err(Error::io("removing", &path))?;
        }
        Ok(())
    }

    fn header(&self, no: u64, first_seq: u64, prev_tail_crc: u32, now: u64) -> SegmentHeader {
        let mut header = self.template;
        header.segment_no = no;
        header.first_seq = first_seq;
        header.prev_tail_crc = prev_tail_crc;
        header.created_ns = now;
        header.seal();
        header
    }

    /// Ties writer, journal thread and preparer together.
    fn assemble(&self, found: Found, locks: Arc<[Lock]>) -> Result<Log, Error> {
        let options = self.options;
        let storage = options.storage.as_ref();
        let status = Status::new(found.recovered.durable_seq);
        let watermark = Watermark::open(storage, &options.dir, &found.header, found.mark)?;
        // Every segment there can be, and the one to cut to.
        let room = options.spare_segments + found.hot.len() + 2;
        let (spares, spares_out) = rtrb::RingBuffer::new(room);
        let (retired_in, retired) = rtrb::RingBuffer::new(room);
        let (prepared, prepared_out) = mpsc::channel();
        let (spent_in, spent) = mpsc::channel();
        let Some((first, last)) = found.hot.front().zip(found.hot.back()) else {
            unreachable!("there is a segment to write");
        };
        let shipping_no = first.no;
        let writer_segment = Arc::clone(last);
        let disk = self.shipping_disk(shipping_no)?;
        let begin = Begin { shipping: shipping_no, live: found.hot.len(), found: found.blank };
        let ends = PreparerEnds { spares, retired, prepared, spent };
        let mut preparer = Preparer::new(options.clone(), status.clone(), ends, &begin);
        let start =
            Start { hot: found.hot, disk, cursor: found.shipping, salt: found.shipping_salt };
        let durability = (options.sync, options.lazy_sync);
        let shipper =
            Shipper::new(start, durability, watermark, status.clone(), prepared_out, spent_in);
        let headers = Headers { current_salt: found.header.salt(), next: self.template };
        let ends = WriterEnds {
            spares: spares_out,
            retired: retired_in,
            status: status.clone(),
            locks: Arc::clone(&locks),
        };
        let mut writer = Writer::new(writer_segment, found.writing, headers, ends);
        if differs(&found.header, &self.template) {
            preparer.prepare_hot()?;
            if writer.roll(now_ns()).is_err() {
                unreachable!("a segment was prepared");
            }
        }
        let drain = Drain::new(shipper, preparer, status, locks);
        Ok(Log { writer, drain, recovered: found.recovered })
    }

    /// The disk segment that is written next.
    fn shipping_disk(&self, no: u64) -> Result<DiskSegment, Error> {
        let options = self.options;
        let path = disk_path(&options.dir, no);
        let is_there = options
            .storage
            .list(&options.dir)
            .map_err(Error::io("listing", &options.dir))
            .map(|names| crate::files::disk_numbers(&names).contains(&no))?;
        let file = if is_there {
            let access = Access::Write { direct: options.sync };
            options.storage.open(&path, access).map_err(Error::io("opening", &path))?
        } else {
            create_disk(options, no, &[], Pace::Full)?
        };
        Ok(DiskSegment { no, file })
    }
}

/// Whether what is written from now on belongs in a segment of its own.
fn differs(current: &SegmentHeader, next: &SegmentHeader) -> bool {
    current.flags != next.flags
        || current.epoch != next.epoch
        || current.logic_version != next.logic_version
        || current.config_hash != next.config_hash
        || current.segment_len != next.segment_len
}

fn remove_hot(
    hot_dir: &Path,
    numbers: &[u64],
    unwanted: impl Fn(u64) -> bool,
) -> Result<(), Error> {
    for &no in numbers.iter().filter(|&&no| unwanted(no)) {
        let path = hot_path(hot_dir, no);
        std::fs::remove_file(&path).map_err(Error::io("removing", &path))?;
    }
    Ok(())
}

fn now_ns() -> u64 {
    // A clock before 1970 gives 0; one past 2554 the end of the range.
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
