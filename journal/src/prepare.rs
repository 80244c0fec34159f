//! The preparer's work on one log: segments made ready before they are needed, and put away after.
//!
//! The hot thread neither maps nor unmaps: it takes mapped segments from one ring and gives used
//! ones back through another. A hot segment is removed when the journal thread is done with it,
//! which means that all of it is durable; memory is bounded by `1 + spare_segments` segments a log.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use crate::block::Blocks;
use crate::error::Error;
use crate::files::{UNFINISHED, disk_path, hot_path};
use crate::map::Map;
use crate::options::Options;
use crate::segment::Segment;
use crate::shared::Status;
use crate::ship::{DiskSegment, Prepared, Progress};
use crate::storage::{Access, Storage, StorageFile};

/// Disk segments kept ready besides the one written to.
const DISK_AHEAD: u64 = 2;

/// Bytes of zeros written at a time, so that the journal thread's writes come between.
const ZEROS_LEN: usize = 256 * 1024;

/// Bytes of zeros written between syncs: what the journal thread's next sync has to carry at most.
const ZEROS_UNSYNCED_MAX: usize = 4 << 20;

pub(crate) struct Preparer {
    options: Options,
    status: Status,
    spares: rtrb::Producer<Arc<Segment>>,
    retired: rtrb::Consumer<Arc<Segment>>,
    prepared: Sender<Prepared>,
    spent: Receiver<Arc<Segment>>,
    next_hot: u64,
    live: usize,
    next_disk: u64,
    shipped: u64,
    /// Disk segments found at opening, which only want to be handed over.
    found: u64,
}

/// The other ends of the preparer's channels.
pub(crate) struct PreparerEnds {
    pub spares: rtrb::Producer<Arc<Segment>>,
    pub retired: rtrb::Consumer<Arc<Segment>>,
    pub prepared: Sender<Prepared>,
    pub spent: Receiver<Arc<Segment>>,
}

/// Where the preparer begins.
pub(crate) struct Begin {
    /// Number of the segment that the journal thread writes.
    pub shipping: u64,
    /// Hot segments from there on to the one that the writer writes.
    pub live: usize,
    /// Highest number of a blank disk segment that is there already; 0 for none.
    pub found: u64,
}

impl Preparer {
    pub(crate) fn new(
        options: Options,
        status: Status,
        ends: PreparerEnds,
        begin: &Begin,
    ) -> Preparer {
        Preparer {
            options,
            status,
            spares: ends.spares,
            retired: ends.retired,
            prepared: ends.prepared,
            spent: ends.spent,
            next_hot: begin.shipping + begin.live as u64,
            live: begin.live,
            next_disk: begin.shipping + 1,
            shipped: begin.shipping,
            found: begin.found,
        }
    }

    /// Prepares or puts away one segment, if there is one.
    pub(crate) fn step(&mut self) -> Progress {
        self.put_away();
        match self.prepare() {
            Ok(progress) => {
                self.status.warn(None);
                progress
            }
            Err(error) => {
                // Not a fault yet: what is prepared already can be used up, and the cause may go.
                self.status.warn(Some(error.to_string()));
                Progress::Idle
            }
        }
    }

    fn put_away(&mut self) {
        while let Ok(segment) = self.retired.pop() {
            drop(segment);
        }
        while let Ok(segment) = self.spent.try_recv() {
            self.shipped = segment.no + 1;
            self.live -= 1;
            // A hot segment that stays behind wastes memory until the log is opened again.
            let _ = std::fs::remove_file(&segment.path);
        }
    }

    fn prepare(&mut self) -> Result<Progress, Error> {
        let urgent = self.next_disk <= self.shipped;
        if urgent || (self.hot_is_complete() && self.next_disk <= self.shipped + DISK_AHEAD) {
            self.prepare_disk(urgent)?;
            return Ok(Progress::Worked);
        }
        if !self.hot_is_complete() {
            self.prepare_hot()?;
            return Ok(Progress::Worked);
        }
        Ok(Progress::Idle)
    }

    fn hot_is_complete(&self) -> bool {
        self.live > self.options.spare_segments
    }

    pub(crate) fn prepare_hot(&mut self) -> Result<(), Error> {
        let segment = create_hot(&self.options, self.next_hot)?;
        self.next_hot += 1;
        self.live += 1;
        // The journal thread may be gone already; then nobody writes either.
        let _ = self.prepared.send(Prepared::Hot(Arc::clone(&segment)));
        if self.spares.push(segment).is_err() {
            unreachable!("the ring has room for every segment there can be");
        }
        Ok(())
    }

    fn prepare_disk(&mut self, urgent: bool) -> Result<(), Error> {
        let no = self.next_disk;
        let path = disk_path(&self.options.dir, no);
        let storage = self.options.storage.as_ref();
        let file = if no <= self.found {
            let access = Access::Write { direct: self.options.sync };
            storage.open(&path, access).map_err(Error::io("opening", &path))?
        } else {
            create_disk(&self.options, no, &[], if urgent { Pace::Full } else { Pace::Half })?
        };
        self.next_disk += 1;
        // As above.
        let _ = self.prepared.send(Prepared::Disk(DiskSegment { no, file }));
        Ok(())
    }

    /// Takes back what the hot thread gave up, and removes every hot segment from `from` on: they
    /// are all on disk, or never begun.
    pub(crate) fn remove_hot(&mut self, from: u64) {
        self.put_away();
        for no in from..self.next_hot {
            // As above.
            let _ = std::fs::remove_file(hot_path(&self.options.hot_dir, no));
        }
    }

    pub(crate) fn shipped(&self) -> u64 {
        self.shipped
    }
}

/// How fast zeros are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As fast as the disk takes them: someone waits.
    Full,
    /// Half of the time, so that the other half is the journal thread's.
    Half,
}

/// Creates a hot segment: memory taken, mapped, touched.
pub(crate) fn create_hot(options: &Options, no: u64) -> Result<Arc<Segment>, Error> {
    let path = hot_path(&options.hot_dir, no);
    let map = Map::create(&path, options.segment_len, options.lock_memory)
        .map_err(Error::io("creating hot segment", &path))?;
    Ok(Arc::new(Segment { no, path, map }))
}

/// Creates a disk segment that begins with `head` and is zero after it, under its name only when it
/// is whole and durable.
pub(crate) fn create_disk(
    options: &Options,
    no: u64,
    head: &[u8],
    pace: Pace,
) -> Result<Box<dyn StorageFile>, Error> {
    let path = disk_path(&options.dir, no);
    let unfinished = path.with_extension(UNFINISHED);
    let storage = options.storage.as_ref();
    let made = fill_disk(options, &unfinished, head, pace)
        .map_err(Error::io("creating disk segment", &unfinished))
        .and_then(|file| {
            name_disk(storage, &unfinished, &path)?;
            Ok(file)
        });
    if made.is_err() {
        // The error that is returned says more than a failure to clean up after it.
        let _ = storage.remove(&unfinished);
    }
    made
}

fn name_disk(storage: &dyn Storage, from: &PathBuf, to: &Path) -> Result<(), Error> {
    storage.rename(from, to).map_err(Error::io("naming", from))?;
    let dir = to.parent().unwrap_or(to);
    storage.sync_dir(dir).map_err(Error::io("syncing", dir))
}

fn fill_disk(
    options: &Options,
    path: &Path,
    head: &[u8],
    pace: Pace,
) -> io::Result<Box<dyn StorageFile>> {
    let len = options.segment_len;
    let file = options.storage.open(path, Access::Create { direct: options.sync })?;
    file.allocate(len as u64)?;
    let mut chunk = Blocks::with_len(ZEROS_LEN);
    chunk.bytes_mut()[..head.len()].copy_from_slice(head);
    // Room that was taken but never written makes every later sync a change of the file's map,
    // twice as slow; so where syncs matter, zeros are really written.
    let end = if options.sync { len } else { head.len() };
    for offset in (0..end).step_by(ZEROS_LEN) {
        let began = Instant::now();
        let bytes = &mut chunk.bytes_mut()[..ZEROS_LEN.min(end - offset)];
        file.write_at(bytes, offset as u64)?;
        bytes.fill(0);
        if pace == Pace::Half {
            if offset > 0 && offset.is_multiple_of(ZEROS_UNSYNCED_MAX) {
                file.sync()?;
            }
            rest(began.elapsed());
        }
    }
    file.sync()?;
    Ok(file)
}

/// Lets the disk to others for a while; it may be cut short.
fn rest(time: Duration) {
    std::thread::park_timeout(time.min(Duration::from_millis(20)));
}
