//! What the hot directory adds to the disk: the records that a killed process left in memory.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::block::Blocks;
use crate::commit;
use crate::error::{Error, Reason};
use crate::files::{self, hot_numbers, hot_path};
use crate::header::{Parsed, SegmentHeader};
use crate::map::Map;
use crate::record::RECORD_LEN_MAX;
use crate::report::TornTail;
use crate::scan::{Cursor, Rules, Stop};
use crate::segment::Segment;
use crate::survey::{Owner, Tail, corrupt};
use crate::sync::Ordering;

/// The hot segments that continue the disk, and where they end.
pub(crate) struct HotLog {
    /// From the first that the disk does not have whole to the last that was begun.
    pub segments: VecDeque<Arc<Segment>>,
    /// The header of the last.
    pub header: Box<SegmentHeader>,
    pub cursor: Cursor,
    pub sealed: bool,
    pub last_time: u64,
    pub torn: Option<TornTail>,
}

/// How the hot directory is read.
pub(crate) struct HotSearch<'a> {
    pub hot_dir: &'a Path,
    pub owner: Owner,
    pub lock_memory: bool,
    /// Whether a torn record is cut off in memory, and maps are opened for writing.
    pub repair: bool,
}

impl HotSearch<'_> {
    /// Numbers of all hot segments, rising.
    pub(crate) fn numbers(&self) -> Result<Vec<u64>, Error> {
        let names = files::list(self.hot_dir).map_err(Error::io("listing", self.hot_dir))?;
        Ok(hot_numbers(&names))
    }

    /// The first hot segment that was begun.
    pub(crate) fn first_begun(&self) -> Result<Option<u64>, Error> {
        for no in self.numbers()? {
            if let Some(segment) = self.map(no)?
                && !matches!(segment.header(), Parsed::Blank)
            {
                return Ok(Some(no));
            }
        }
        Ok(None)
    }

    /// Walks the hot segments from where the disk ends; `None` when they add nothing.
    pub(crate) fn walk(&mut self, tail: &Tail) -> Result<Option<HotLog>, Error> {
        let first = if tail.sealed { tail.header.segment_no + 1 } else { tail.header.segment_no };
        let mut found: Option<HotLog> = None;
        let mut no = first;
        while let Some(segment) = self.map(no)? {
            let before = found.as_ref();
            if before.is_some_and(|log| !log.sealed) {
                break;
            }
            let next = match segment.header() {
                Parsed::Blank => break,
                Parsed::Version(found) => {
                    return Err(Error::Version { path: segment.path.clone(), found });
                }
                Parsed::Bad(reason) => {
                    let seq = before.map_or(tail.cursor.seq, |log| log.cursor.seq);
                    return Err(corrupt(&segment.path, 0, seq, reason));
                }
                Parsed::Header(header) => {
                    let cursor = before.map_or(tail.cursor, |log| log.cursor);
                    self.segment(&segment, header, tail, cursor)?
                }
            };
            let mut segments = found.map(|log| log.segments).unwrap_or_default();
            segments.push_back(Arc::new(segment));
            found = Some(HotLog { segments, ..next });
            no += 1;
        }
        self.nothing_begun_from(no, tail, found.as_ref())?;
        Ok(found)
    }

    /// A begun segment behind the end would mean that what lies between is gone.
    fn nothing_begun_from(
        &self,
        no: u64,
        tail: &Tail,
        found: Option<&HotLog>,
    ) -> Result<(), Error> {
        for later in self.numbers()?.into_iter().filter(|&later| later >= no) {
            let Some(segment) = self.map(later)? else { continue };
            if matches!(segment.header(), Parsed::Blank) {
                continue;
            }
            return Err(match found {
                Some(log) if later == no => corrupt(
                    &hot_path(self.hot_dir, no - 1),
                    log.cursor.offset as u64,
                    log.cursor.seq,
                    Reason::Unfinished,
                ),
                _ => Error::Missing {
                    dir: self.hot_dir.to_owned(),
                    segment_no: no,
                    seq: found.map_or(tail.cursor.seq, |log| log.cursor.seq),
                },
            });
        }
        Ok(())
    }

    fn map(&self, no: u64) -> Result<Option<Segment>, Error> {
        let path = hot_path(self.hot_dir, no);
        let mapped = if self.repair {
            Map::open_for_writing(&path, self.lock_memory)
        } else {
            Map::open_for_reading(&path)
        };
        match mapped {
            Ok(map) => Ok(Some(Segment { no, path, map })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // A process that was killed while it prepared a segment.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
            Err(error) => Err(Error::io("mapping", path)(error)),
        }
    }

    /// Walks one segment; `from` is where the log came to before it.
    fn segment(
        &mut self,
        segment: &Segment,
        header: Box<SegmentHeader>,
        tail: &Tail,
        from: Cursor,
    ) -> Result<HotLog, Error> {
        let path = &segment.path;
        self.owner.check(&header, path)?;
        if header.segment_no != segment.no || header.segment_len != segment.len() as u64 {
            return Err(corrupt(path, 0, from.seq, Reason::HeaderPlace));
        }
        let is_on_disk = tail.header.segment_no == segment.no;
        if is_on_disk && bytemuck::bytes_of(&*header) != bytemuck::bytes_of(&*tail.header) {
            return Err(corrupt(path, 0, header.first_seq, Reason::Differs));
        }
        if !is_on_disk && (header.first_seq != from.seq || header.prev_tail_crc != from.crc) {
            return Err(corrupt(path, 0, from.seq, Reason::Chain));
        }
        let mut copy = Blocks::with_len(segment.len());
        commit::copy(segment.words(), &mut copy.words_mut()[..segment.words().len()]);
        let bytes = copy.bytes();
        let rules = Rules { segment_len: segment.len(), salt: header.salt(), verify: true };
        let start = Cursor::start(header.first_seq, header.prev_tail_crc);
        let mut walk = rules.walk(bytes, start, bytes.len());
        if is_on_disk {
            // Up to where the disk ends the copies must be one chain.
            let common = rules.walk(bytes, start, from.offset);
            if common.cursor != from {
                let (offset, seq) = (common.cursor.offset as u64, common.cursor.seq);
                return Err(corrupt(path, offset, seq, Reason::Differs));
            }
        }
        if walk.records == 0 {
            walk.last_time = tail.last_time;
        }
        let torn = self.torn(segment, &rules, bytes, walk.cursor, walk.stop)?;
        Ok(HotLog {
            segments: VecDeque::new(),
            header,
            cursor: walk.cursor,
            sealed: walk.stop == Stop::Sealed,
            last_time: walk.last_time,
            torn,
        })
    }

    /// What a killed writer left of its last record: a body whose lead word was never stored.
    fn torn(
        &self,
        segment: &Segment,
        rules: &Rules,
        bytes: &[u8],
        cursor: Cursor,
        stop: Stop,
    ) -> Result<Option<TornTail>, Error> {
        let damage = |reason| corrupt(&segment.path, cursor.offset as u64, cursor.seq, reason);
        if let Stop::Bad(reason) = stop {
            return Err(damage(reason));
        }
        let debris = rules.debris(bytes, cursor);
        if debris.end == 0 {
            return Ok(None);
        }
        let len = debris.end.saturating_sub(cursor.offset);
        if stop == Stop::Sealed || debris.last_good.is_some() || len > RECORD_LEN_MAX {
            return Err(damage(Reason::Trailing));
        }
        if self.repair {
            for word in &segment.words()[cursor.offset / 8..debris.end / 8] {
                word.store(0, Ordering::Relaxed);
            }
        }
        Ok(Some(TornTail {
            path: segment.path.clone(),
            offset: cursor.offset as u64,
            seq: cursor.seq,
            bytes: len as u64,
            records: 0,
            reason: Reason::Trailing,
        }))
    }
}
