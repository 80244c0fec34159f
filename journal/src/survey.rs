//! What is on disk: every segment walked, and where the log ends, or why nobody can say so.
//!
//! The one judgment is made in [`Survey::judge`]: what stands behind the last good record is either
//! what a crash leaves behind, or a loss.

use std::path::{Path, PathBuf};

use crate::block::Blocks;
use crate::error::{Error, Reason};
use crate::files::{BootMark, disk_numbers, disk_path};
use crate::header::{
    FLAG_AUX_IS_DURABLE, FLAG_SYNC, Parsed, SEGMENT_HEADER_LEN, SegmentHeader, segment_len_is_valid,
};
use crate::record::RECORD_LEN_MAX;
use crate::report::{Place, SegmentInfo, SegmentState, TornTail};
use crate::scan::{Cursor, Debris, Rules, Stop, Walk};
use crate::ship::{GROUP_LEN_MAX, LAZY_LEN_MAX};
use crate::storage::{Access, Storage};
use crate::watermark::{self, Mark};

/// Whose log it must be; what is `None` is taken from the first segment.
#[derive(Clone, Copy)]
pub(crate) struct Owner {
    pub kind: Option<u16>,
    pub venue: Option<[u8; 16]>,
    pub shard: Option<u32>,
    pub schema_hash: Option<u64>,
}

impl Owner {
    /// Anyone's log of that kind.
    pub(crate) fn of_kind(kind: Option<u16>) -> Owner {
        Owner { kind, venue: None, shard: None, schema_hash: None }
    }

    /// Checks a header, and takes from it what was not known.
    pub(crate) fn check(&mut self, header: &SegmentHeader, path: &Path) -> Result<(), Error> {
        let foreign = |field| Err(Error::Foreign { path: path.to_owned(), field });
        if *self.kind.get_or_insert(header.kind) != header.kind {
            return foreign("kind");
        }
        if *self.venue.get_or_insert(header.venue) != header.venue {
            return foreign("venue");
        }
        if *self.shard.get_or_insert(header.shard) != header.shard {
            return foreign("shard");
        }
        if *self.schema_hash.get_or_insert(header.schema_hash) != header.schema_hash {
            return foreign("schema");
        }
        Ok(())
    }
}

/// Where the log on disk ends.
pub(crate) struct Tail {
    pub header: Box<SegmentHeader>,
    pub cursor: Cursor,
    pub sealed: bool,
    pub last_time: u64,
}

/// What is on disk.
pub(crate) struct Survey<'a> {
    storage: &'a dyn Storage,
    dir: &'a Path,
    owner: Owner,
    mark: Mark,
    rebooted: bool,
    numbers: Vec<u64>,
    /// The segments, as far as they could be walked.
    pub infos: Vec<SegmentInfo>,
    /// The end of the log; `None` while nothing was ever written.
    pub tail: Option<Tail>,
    /// What a crash left behind the end: where, and up to which byte it is not zero.
    pub torn: Option<(TornTail, usize)>,
    /// Blank segments behind the end, with their lengths.
    pub blank: Vec<(u64, u64)>,
    pub records: u64,
}

impl<'a> Survey<'a> {
    /// Lists what there is; nothing is walked yet.
    pub(crate) fn begin(
        storage: &'a dyn Storage,
        dir: &'a Path,
        owner: Owner,
    ) -> Result<Survey<'a>, Error> {
        let names = storage.list(dir).map_err(Error::io("listing", dir))?;
        Ok(Survey {
            storage,
            dir,
            owner,
            mark: Mark::default(),
            rebooted: !BootMark::of(dir).is_current(storage),
            numbers: disk_numbers(&names),
            infos: Vec::new(),
            tail: None,
            torn: None,
            blank: Vec::new(),
            records: 0,
        })
    }

    pub(crate) fn is_rebooted(&self) -> bool {
        self.rebooted
    }

    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }

    /// Walks everything. With `settle`, what may be written but not durable is made durable first,
    /// and read from the device.
    pub(crate) fn walk(&mut self, settle: bool) -> Result<(), Error> {
        let heads = self.heads()?;
        let last_begun = heads.iter().rposition(|head| !matches!(head, Parsed::Blank));
        let mut buffer = Blocks::with_len(0);
        for (index, head) in heads.into_iter().enumerate() {
            let no = self.numbers[index];
            let path = disk_path(self.dir, no);
            let next = index as u64 + 1;
            if no != next {
                let seq = self.tail.as_ref().map_or(1, |tail| tail.cursor.seq);
                return Err(Error::Missing { dir: self.dir.to_owned(), segment_no: next, seq });
            }
            let is_last = last_begun.is_none_or(|last| index >= last);
            let len = self.load(&path, &mut buffer, settle && is_last)?;
            let bytes = buffer.bytes().get(..len).unwrap_or_default();
            match head {
                Parsed::Version(found) => return Err(Error::Version { path, found }),
                Parsed::Header(header) => self.segment(&path, header, bytes, is_last)?,
                Parsed::Blank => self.headless(no, &path, bytes, Reason::NoHeader, is_last)?,
                Parsed::Bad(reason) => self.headless(no, &path, bytes, reason, is_last)?,
            }
        }
        self.nothing_is_lost_behind()
    }

    /// The headers of all segments.
    fn heads(&mut self) -> Result<Vec<Parsed>, Error> {
        let mut heads = Vec::new();
        let mut bytes = [0; SEGMENT_HEADER_LEN];
        for &no in &self.numbers {
            let path = disk_path(self.dir, no);
            let file =
                self.storage.open(&path, Access::Read).map_err(Error::io("opening", &path))?;
            let read = file.read_at(&mut bytes, 0).map_err(Error::io("reading", &path))?;
            heads.push(SegmentHeader::parse(bytes.get(..read).unwrap_or_default()));
        }
        self.mark = watermark::read(self.storage, self.dir, &self.owner)?;
        Ok(heads)
    }

    fn load(&self, path: &Path, buffer: &mut Blocks, settle: bool) -> Result<usize, Error> {
        let access = if settle { Access::Write { direct: false } } else { Access::Read };
        let file = self.storage.open(path, access).map_err(Error::io("opening", path))?;
        if settle {
            // After a failed sync the cache says what the disk does not.
            file.sync().map_err(Error::io("syncing", path))?;
            file.forget_cached();
        }
        let len = file.size().map_err(Error::io("measuring", path))?;
        if !segment_len_is_valid(len) {
            return Err(corrupt(path, 0, self.next_seq(), Reason::Short));
        }
        let len = usize::try_from(len).unwrap_or_default();
        if buffer.bytes().len() < len {
            *buffer = Blocks::with_len(len);
        }
        let bytes = buffer.bytes_mut().get_mut(..len).unwrap_or_default();
        let read = file.read_at(bytes, 0).map_err(Error::io("reading", path))?;
        if read < len {
            return Err(corrupt(path, read as u64, self.next_seq(), Reason::Short));
        }
        Ok(len)
    }

    fn next_seq(&self) -> u64 {
        self.tail.as_ref().map_or(1, |tail| tail.cursor.seq)
    }

    /// A segment with a good header.
    fn segment(
        &mut self,
        path: &Path,
        header: Box<SegmentHeader>,
        bytes: &[u8],
        is_last: bool,
    ) -> Result<(), Error> {
        let expected = self.next_seq();
        let no = self.infos.len() as u64 + 1;
        if header.segment_no != no || header.segment_len != bytes.len() as u64 {
            return Err(corrupt(path, 0, expected, Reason::HeaderPlace));
        }
        self.owner.check(&header, path)?;
        let prev_crc = self.tail.as_ref().map_or(0, |tail| tail.cursor.crc);
        if header.first_seq != expected || header.prev_tail_crc != prev_crc {
            return Err(corrupt(path, 0, expected, Reason::Chain));
        }
        let rules = Rules { segment_len: bytes.len(), salt: header.salt(), verify: true };
        let start = Cursor::start(header.first_seq, header.prev_tail_crc);
        let walk = rules.walk(bytes, start, bytes.len());
        self.records = self.records.saturating_add(walk.records);
        self.note(path, &header, &walk);
        let sealed = walk.stop == Stop::Sealed;
        let debris = rules.debris(bytes, walk.cursor);
        if sealed && debris.end > 0 {
            return Err(corrupt(
                path,
                walk.cursor.offset as u64,
                walk.cursor.seq,
                Reason::Trailing,
            ));
        }
        if !sealed && !is_last {
            let reason = match walk.stop {
                Stop::Bad(reason) => reason,
                Stop::Blank | Stop::Reached | Stop::Sealed => Reason::Unfinished,
            };
            return Err(corrupt(path, walk.cursor.offset as u64, walk.cursor.seq, reason));
        }
        let reason = match walk.stop {
            Stop::Bad(reason) => Some(reason),
            Stop::Blank | Stop::Reached | Stop::Sealed => None,
        };
        if !sealed && (reason.is_some() || debris.end > 0) {
            let reason = reason.unwrap_or(Reason::Trailing);
            self.judge(path, &header, &walk, &debris, reason)?;
        }
        let last_time = match walk.records {
            0 => self.tail.as_ref().map_or(0, |tail| tail.last_time),
            _ => walk.last_time,
        };
        if header.flags & FLAG_AUX_IS_DURABLE != 0 {
            self.mark.durable = self.mark.durable.max(walk.hint);
        }
        self.tail = Some(Tail { header, cursor: walk.cursor, sealed, last_time });
        Ok(())
    }

    /// A segment without a good header: a blank one, or one whose first group was torn.
    fn headless(
        &mut self,
        no: u64,
        path: &Path,
        bytes: &[u8],
        reason: Reason,
        is_last: bool,
    ) -> Result<(), Error> {
        let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        let (seq, offset) = (self.next_seq(), 0);
        if end == 0 && is_last {
            self.infos.push(SegmentInfo::blank(no, path, Place::Disk, bytes.len() as u64));
            self.blank.push((no, bytes.len() as u64));
            return Ok(());
        }
        let follows_sealed =
            self.tail.as_ref().is_some_and(|tail| tail.sealed) && self.blank.is_empty();
        if self.mark.durable >= seq {
            return Err(lost(path, offset, seq, self.mark.durable));
        }
        let may_be_torn = follows_sealed && is_last && end <= torn_len_max(false, self.rebooted);
        if !may_be_torn {
            return Err(corrupt(path, offset, seq, reason));
        }
        let torn =
            TornTail { path: path.to_owned(), offset, seq, bytes: end as u64, records: 0, reason };
        self.torn = Some((torn, end));
        self.infos.push(SegmentInfo::blank(no, path, Place::Disk, bytes.len() as u64));
        self.blank.push((no, bytes.len() as u64));
        Ok(())
    }

    /// Decides whether what stands behind the last good record is a torn tail.
    ///
    /// It is one only if nothing says that the record at the break was ever durable, and it is no
    /// longer than what was written since the last sync. Good records behind the break are left
    /// within that length by a power loss, since a disk keeps what it likes of what was not synced;
    /// without one, the system kept everything in order and they mean damage.
    fn judge(
        &mut self,
        path: &Path,
        header: &SegmentHeader,
        walk: &Walk,
        debris: &Debris,
        reason: Reason,
    ) -> Result<(), Error> {
        let hints = header.flags & FLAG_AUX_IS_DURABLE != 0;
        let hint = if hints { walk.hint.max(debris.hint) } else { 0 };
        let durable = self.mark.durable.max(hint);
        let (offset, seq) = (walk.cursor.offset as u64, walk.cursor.seq);
        let followed = debris.last_good.is_some();
        if durable >= seq {
            return Err(if followed {
                corrupt(path, offset, seq, reason)
            } else {
                lost(path, offset, seq, durable)
            });
        }
        if followed && !self.rebooted {
            return Err(corrupt(path, offset, seq, Reason::Followed));
        }
        let len = debris.end.saturating_sub(walk.cursor.offset);
        if len > torn_len_max(header.flags & FLAG_SYNC != 0, self.rebooted) {
            return Err(corrupt(path, offset, seq, reason));
        }
        let torn = TornTail {
            path: path.to_owned(),
            offset,
            seq,
            bytes: len as u64,
            records: debris.records,
            reason,
        };
        self.torn = Some((torn, debris.end));
        Ok(())
    }

    fn nothing_is_lost_behind(&self) -> Result<(), Error> {
        match &self.tail {
            Some(tail) if self.mark.durable >= tail.cursor.seq => {
                let path = disk_path(self.dir, tail.header.segment_no);
                Err(lost(&path, tail.cursor.offset as u64, tail.cursor.seq, self.mark.durable))
            }
            None if self.mark.durable > 0 => {
                Err(Error::Missing { dir: self.dir.to_owned(), segment_no: 1, seq: 1 })
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, path: &Path, header: &SegmentHeader, walk: &Walk) {
        let state = match walk.stop {
            Stop::Sealed => SegmentState::Sealed,
            Stop::Blank | Stop::Reached | Stop::Bad(_) => SegmentState::Open,
        };
        self.infos.push(SegmentInfo {
            segment_no: header.segment_no,
            path: path.to_owned(),
            place: Place::Disk,
            state,
            segment_len: header.segment_len,
            first_seq: header.first_seq,
            records: walk.records,
            data_len: walk.cursor.offset as u64,
            last_time: walk.last_time,
            header: Some(Box::new(*header)),
        });
    }
}

/// Longest piece that a crash can leave torn.
fn torn_len_max(sync: bool, rebooted: bool) -> usize {
    // One group, with the record and the block that it may end and begin in. Without syncs between
    // groups, a power loss can tear everything since the last one.
    let group = GROUP_LEN_MAX + 2 * RECORD_LEN_MAX + 2 * SEGMENT_HEADER_LEN;
    if rebooted && !sync { LAZY_LEN_MAX + group } else { group }
}

pub(crate) fn corrupt(path: &Path, offset: u64, seq: u64, reason: Reason) -> Error {
    Error::Corrupt { path: PathBuf::from(path), offset, seq, reason }
}

fn lost(path: &Path, offset: u64, from: u64, to: u64) -> Error {
    Error::Lost { path: PathBuf::from(path), offset, from, to }
}
