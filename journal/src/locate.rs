//! Finding a segment of a log by its number or by a record in it: hot first, then on disk.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::commit;
use crate::error::Error;
use crate::files::{self, disk_numbers, hot_numbers};
use crate::header::{Parsed, SEGMENT_HEADER_LEN, SegmentHeader, segment_len_is_valid};
use crate::map::Map;
use crate::scan::Cursor;
use crate::segment::read_header;
use crate::storage::{Access, Storage};
use crate::survey::{Owner, corrupt};
use crate::watermark;
use crate::window::Window;

/// Where a log's segments are.
pub(crate) struct Locator {
    pub storage: Arc<dyn Storage>,
    pub dir: PathBuf,
    pub hot_dir: Option<PathBuf>,
}

/// A segment that was looked for.
pub(crate) enum Found {
    /// It was not begun.
    Nothing,
    /// In memory, and not begun.
    Prepared(Map),
    /// In memory.
    Hot(Map),
    /// On disk, with what its header is.
    Disk(Box<Window>, Parsed),
}

impl Locator {
    pub(crate) fn disk_path(&self, segment_no: u64) -> PathBuf {
        files::disk_path(&self.dir, segment_no)
    }

    pub(crate) fn hot_path(&self, segment_no: u64) -> PathBuf {
        files::hot_path(self.hot_dir.as_deref().unwrap_or(&self.dir), segment_no)
    }

    /// Whether there is a hot segment of that number.
    pub(crate) fn is_hot(&self, segment_no: u64) -> bool {
        self.hot_dir.is_some() && self.hot_path(segment_no).exists()
    }

    /// The last seq that the watermark says was durable.
    pub(crate) fn durable(&self, owner: &Owner) -> Result<u64, Error> {
        watermark::read(self.storage.as_ref(), &self.dir, owner).map(|mark| mark.durable)
    }

    /// Opens a segment.
    ///
    /// A hot segment is removed only when all of it is on disk, so what is not hot is there.
    pub(crate) fn open(&self, segment_no: u64) -> Result<Found, Error> {
        let map = self.map(segment_no)?;
        if let Some(map) = map {
            let begun = map.words().first().is_some_and(|word| commit::peek(word) != 0);
            if begun {
                return Ok(Found::Hot(map));
            }
            // It may be the copy of a segment that the disk has, still being made.
            return Ok(match self.open_disk(segment_no)? {
                Found::Nothing => Found::Prepared(map),
                found => found,
            });
        }
        self.open_disk(segment_no)
    }

    fn map(&self, segment_no: u64) -> Result<Option<Map>, Error> {
        if self.hot_dir.is_none() {
            return Ok(None);
        }
        let path = self.hot_path(segment_no);
        match Map::open_for_reading(&path) {
            Ok(map) => Ok(Some(map)),
            // Not there, or being made.
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(Error::io("mapping", path)(error)),
        }
    }

    fn open_disk(&self, segment_no: u64) -> Result<Found, Error> {
        let path = self.disk_path(segment_no);
        let file = match self.storage.open(&path, Access::Read) {
            Ok(file) => file,
            Err(error) if is_absence(&error) => return Ok(Found::Nothing),
            Err(error) => return Err(Error::io("opening", path)(error)),
        };
        let len = file.size().map_err(Error::io("measuring", &path))?;
        let mut head = [0; SEGMENT_HEADER_LEN];
        let read = file.read_at(&mut head, 0).map_err(Error::io("reading", &path))?;
        let parsed = SegmentHeader::parse(head.get(..read).unwrap_or_default());
        if matches!(parsed, Parsed::Blank) {
            // The next look must ask the disk again.
            file.forget_cached();
            return Ok(Found::Nothing);
        }
        if !segment_len_is_valid(len) {
            return Err(corrupt(&path, 0, 0, crate::error::Reason::Short));
        }
        let segment_len = usize::try_from(len).unwrap_or_default();
        Ok(Found::Disk(Box::new(Window::new(file, segment_len)), parsed))
    }

    /// The segment that has a record, or will have it, and where its chain begins.
    pub(crate) fn segment_of(&self, seq: u64) -> Result<(u64, Cursor), Error> {
        let names = self.storage.list(&self.dir).or_else(absent_is_empty);
        let mut numbers = disk_numbers(&names.map_err(Error::io("listing", &self.dir))?);
        if let Some(hot_dir) = &self.hot_dir {
            numbers
                .extend(hot_numbers(&files::list(hot_dir).map_err(Error::io("listing", hot_dir))?));
        }
        numbers.sort_unstable();
        numbers.dedup();
        // The last one that was begun and does not begin after the record.
        let mut first = None;
        let (mut low, mut high) = (0, numbers.len());
        let mut best = None;
        while low < high {
            let middle = low.midpoint(high);
            let Some(&no) = numbers.get(middle) else { break };
            match self.start_of(no)? {
                Some(start) if start.seq <= seq => {
                    best = Some((no, start));
                    low = middle.saturating_add(1);
                }
                Some(start) => {
                    first = Some(start.seq);
                    high = middle;
                }
                None => high = middle,
            }
        }
        match (best, first) {
            (Some((no, start)), _) => Ok((no, Cursor { offset: 0, ..start })),
            (None, Some(first)) => Err(Error::TooOld { asked: seq, first }),
            (None, None) => Err(Error::Absent { dir: self.dir.clone() }),
        }
    }

    /// Where the chain of a segment begins; `None` when it was not begun.
    fn start_of(&self, segment_no: u64) -> Result<Option<Cursor>, Error> {
        let (parsed, path) = match self.open(segment_no)? {
            Found::Nothing | Found::Prepared(_) => return Ok(None),
            Found::Hot(map) => (read_header(map.words()), self.hot_path(segment_no)),
            Found::Disk(_, parsed) => (parsed, self.disk_path(segment_no)),
        };
        let header = good(parsed, &path, 0)?;
        Ok(Some(Cursor::start(header.first_seq, header.prev_tail_crc)))
    }
}

/// The header, or what is wrong with it.
pub(crate) fn good(parsed: Parsed, path: &Path, seq: u64) -> Result<Box<SegmentHeader>, Error> {
    match parsed {
        Parsed::Header(header) => Ok(header),
        Parsed::Blank => Err(corrupt(path, 0, seq, crate::error::Reason::NoHeader)),
        Parsed::Version(found) => Err(Error::Version { path: path.to_owned(), found }),
        Parsed::Bad(reason) => Err(corrupt(path, 0, seq, reason)),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData)
}

fn absent_is_empty(error: io::Error) -> io::Result<Vec<String>> {
    if error.kind() == io::ErrorKind::NotFound { Ok(Vec::new()) } else { Err(error) }
}
