//! Reading a log while it is written, from another process or this one.
//!
//! A reader follows the hot segments by their commit words, without a system call, and falls to the
//! disk for what is no longer hot. It knows files by name only, so it survives a restart of the
//! writer. It trusts nothing that it reads: records are copied out of shared memory first and
//! checked then.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::commit;
use crate::error::{Error, Reason};
use crate::index::Index;
use crate::locate::{Found, Locator};
use crate::map::Map;
use crate::record::{Commit, RECORD_LEN_MAX, slot_len};
use crate::scan::{Cursor, Rules, Step};
use crate::segment::read_header;
use crate::storage::{Disk, Storage};
use crate::survey::{Owner, corrupt};
use crate::window::Window;

/// How long a reader at the end of the data waits before it looks whether its file was replaced.
const LOOK: Duration = Duration::from_millis(10);

/// Records that are rather passed over than looked for by the headers of segments.
const NEAR: u64 = 1 << 16;

const COPY_WORDS: usize = RECORD_LEN_MAX / 8;

/// One record, as it was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number.
    pub seq: u64,
    /// The time that was given with it, in nanoseconds.
    pub time: u64,
    /// What else was given with it.
    pub aux: u64,
    /// Its payload: a multiple of 8 bytes, at an address that is one too.
    pub payload: &'a [u8],
}

/// A place between two records, at which reading can go on later, in another process too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Seq of the next record.
    pub seq: u64,
    /// The segment it is or will be in, unless that ends before it.
    pub segment_no: u64,
    /// Its offset there, in bytes.
    pub offset: u64,
    /// Checksum of the record before, which the next one must continue.
    pub chain_crc: u32,
}

/// Reads records in order and waits for none.
pub struct Reader {
    locator: Locator,
    owner: Owner,
    verify: bool,
    place: Place,
    segment_no: u64,
    /// Where the next record is; its offset is meaningless while no segment is open.
    cursor: Cursor,
    /// Records below are passed over.
    from_seq: u64,
    copy: Box<[u64; COPY_WORDS]>,
    index: Index,
    looked: Instant,
}

/// Where the current segment is read.
enum Place {
    /// Nowhere yet; true when the segment is entered at its start.
    Closed { at_start: bool },
    /// In memory; prepared, and its header not stored yet.
    Prepared(Map),
    /// In memory.
    Hot(Map, Rules),
    /// On disk.
    Disk(Box<Window>, Rules),
}

/// Where a record's bytes are, once they were checked.
enum Spot {
    Copy { len: usize },
    Window { offset: usize, len: usize },
}

enum Turn {
    /// A record.
    Record { seq: u64, time: u64, aux: u64, spot: Spot },
    /// Something changed; look again.
    Again,
    /// Nothing more yet.
    Nothing,
}

impl Reader {
    /// Opens a log for reading, from the record `from_seq` on; it may not have been written yet.
    ///
    /// Without `hot_dir` only what is on disk is seen.
    ///
    /// # Errors
    /// [`Error::Absent`] when there is no log yet, [`Error::TooOld`] when it begins later, and what
    /// the segments at the place turn out to be.
    pub fn open(
        dir: &Path,
        hot_dir: Option<&Path>,
        kind: u16,
        from_seq: u64,
    ) -> Result<Reader, Error> {
        Reader::open_in(Arc::new(Disk), dir, hot_dir, kind, from_seq)
    }

    /// Opens a log whose disk is another than the file system.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_in(
        storage: Arc<dyn Storage>,
        dir: &Path,
        hot_dir: Option<&Path>,
        kind: u16,
        from_seq: u64,
    ) -> Result<Reader, Error> {
        let locator = Locator { storage, dir: dir.to_owned(), hot_dir: hot_dir.map(PathBuf::from) };
        let mut reader = Reader {
            locator,
            owner: Owner::of_kind(Some(kind)),
            verify: true,
            place: Place::Closed { at_start: true },
            segment_no: 0,
            cursor: Cursor { offset: 0, seq: 0, crc: 0 },
            from_seq: 0,
            copy: Box::new([0; COPY_WORDS]),
            index: Index::default(),
            looked: Instant::now(),
        };
        reader.seek(from_seq)?;
        Ok(reader)
    }

    /// Goes on at a position that [`Reader::position`] gave.
    ///
    /// # Errors
    /// As [`Reader::open`]; that the log went another way since shows at the next record, as
    /// [`Error::Corrupt`].
    pub fn resume(
        dir: &Path,
        hot_dir: Option<&Path>,
        kind: u16,
        position: Position,
    ) -> Result<Reader, Error> {
        Reader::resume_in(Arc::new(Disk), dir, hot_dir, kind, position)
    }

    /// Goes on in a log whose disk is another than the file system.
    ///
    /// # Errors
    /// As [`Reader::resume`].
    pub fn resume_in(
        storage: Arc<dyn Storage>,
        dir: &Path,
        hot_dir: Option<&Path>,
        kind: u16,
        position: Position,
    ) -> Result<Reader, Error> {
        let mut reader = Reader::open_in(storage, dir, hot_dir, kind, position.seq)?;
        let offset = usize::try_from(position.offset).unwrap_or(usize::MAX);
        reader.enter(
            position.segment_no,
            Cursor { offset, seq: position.seq, crc: position.chain_crc },
        );
        reader.from_seq = position.seq;
        Ok(reader)
    }

    /// Whether checksums are computed, as they are unless told otherwise. Numbers and lengths are
    /// always checked.
    pub fn set_verify(&mut self, verify: bool) {
        self.verify = verify;
        match &mut self.place {
            Place::Hot(_, rules) | Place::Disk(_, rules) => rules.verify = verify,
            Place::Closed { .. } | Place::Prepared(_) => {}
        }
    }

    /// Goes to another record, earlier or later; it may not have been written yet.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn seek(&mut self, seq: u64) -> Result<(), Error> {
        let seq = seq.max(1);
        let here = (self.segment_no > 0 && self.cursor.seq <= seq).then_some(self.cursor.seq);
        let known = self.index.before(seq);
        let known_seq = known.map(|(_, cursor)| cursor.seq);
        let near = here.max(known_seq);
        let is_near = near.is_some_and(|near| seq.saturating_sub(near) <= NEAR);
        if !is_near {
            let (segment_no, cursor) = self.locator.segment_of(seq)?;
            if near.is_none_or(|near| near < cursor.seq) {
                self.from_seq = seq;
                self.enter(segment_no, cursor);
                return Ok(());
            }
        }
        self.from_seq = seq;
        if let Some((segment_no, cursor)) = known.filter(|_| here < known_seq) {
            self.enter(segment_no, cursor);
        }
        Ok(())
    }

    /// The next record, if there is one.
    ///
    /// # Errors
    /// What stands there when it is no record that the log's writer wrote. The reader stays where
    /// it is.
    #[expect(clippy::should_implement_trait, reason = "a record borrows the reader")]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, Error> {
        loop {
            match self.turn()? {
                Turn::Again => {}
                Turn::Nothing => return Ok(None),
                Turn::Record { seq, .. } if seq < self.from_seq => {}
                Turn::Record { seq, time, aux, spot } => {
                    let payload = self.payload(&spot);
                    return Ok(Some(Record { seq, time, aux, payload }));
                }
            }
        }
    }

    /// Where the next record is or will be.
    pub fn position(&self) -> Position {
        Position {
            seq: self.cursor.seq,
            segment_no: self.segment_no,
            offset: match self.place {
                Place::Closed { at_start: true } | Place::Prepared(_) => 0,
                _ => self.cursor.offset as u64,
            },
            chain_crc: self.cursor.crc,
        }
    }

    fn payload(&self, spot: &Spot) -> &[u8] {
        let bytes = match (spot, &self.place) {
            (Spot::Window { offset, len }, Place::Disk(window, _)) => {
                window.at(*offset).get(..*len)
            }
            (Spot::Copy { len }, _) => {
                bytemuck::must_cast_slice::<u64, u8>(&*self.copy).get(..*len)
            }
            (Spot::Window { .. }, _) => None,
        };
        bytes.and_then(|bytes| bytes.get(crate::record::RECORD_HEADER_LEN..)).unwrap_or_default()
    }

    /// Turns to a place in a segment, which is opened at the next look.
    fn enter(&mut self, segment_no: u64, cursor: Cursor) {
        self.segment_no = segment_no;
        self.cursor = cursor;
        self.place = Place::Closed { at_start: cursor.offset == 0 };
    }

    fn turn(&mut self) -> Result<Turn, Error> {
        match &mut self.place {
            Place::Closed { .. } => self.open_segment(),
            Place::Prepared(map) => {
                if map.words().first().is_some_and(|word| commit::peek(word) == 0) {
                    return Ok(self.nothing());
                }
                self.place = Place::Closed { at_start: true };
                Ok(Turn::Again)
            }
            Place::Hot(map, rules) => {
                let words = map.words().get(self.cursor.offset / 8..).unwrap_or_default();
                let Some(lead) = words.first() else {
                    return Err(self.damage(Reason::Overrun));
                };
                let len = match Commit::of_lead(commit::peek(lead)) {
                    Commit::Blank => return Ok(self.nothing()),
                    Commit::Marker => slot_len(commit::HEADER_WORDS * 8),
                    Commit::Record(len) => slot_len(len),
                    Commit::Impossible(commit) => {
                        return Err(self.damage(Reason::Length(commit)));
                    }
                };
                let (Some(from), Some(to)) = (words.get(..len / 8), self.copy.get_mut(..len / 8))
                else {
                    return Err(self.damage(Reason::Overrun));
                };
                commit::copy(from, to);
                let step = rules.step(bytemuck::must_cast_slice(to), self.cursor);
                let taken = Taken::of(&step);
                self.take(taken, None)
            }
            Place::Disk(window, rules) => {
                if !window.covers(self.cursor.offset)
                    && let Err(source) = window.fill(self.cursor.offset)
                {
                    let path = self.locator.disk_path(self.segment_no);
                    return Err(Error::Io { doing: "reading", path, source });
                }
                let offset = self.cursor.offset;
                let step = rules.step(window.at(offset), self.cursor);
                let taken = Taken::of(&step);
                self.take(taken, Some(offset))
            }
        }
    }

    #[inline]
    fn take(&mut self, taken: Taken, window: Option<usize>) -> Result<Turn, Error> {
        match taken {
            Taken::Record { time, aux, len, next } => {
                let seq = self.cursor.seq;
                self.index.pass(self.segment_no, self.cursor);
                self.cursor = next;
                let spot = match window {
                    Some(offset) => Spot::Window { offset, len },
                    None => Spot::Copy { len },
                };
                Ok(Turn::Record { seq, time, aux, spot })
            }
            Taken::Marker { next } => {
                let segment_no = self.segment_no.saturating_add(1);
                self.enter(segment_no, Cursor { offset: 0, ..next });
                Ok(Turn::Again)
            }
            Taken::Blank => Ok(self.nothing()),
            Taken::Bad(reason) if window.is_some() => self.doubt(reason),
            Taken::Bad(reason) => Err(self.damage(reason)),
        }
    }

    /// Something bad on disk: damage when it was durable. Otherwise it is being written, or a crash
    /// tore it, and there is nothing yet.
    fn doubt(&mut self, reason: Reason) -> Result<Turn, Error> {
        let durable = self.locator.durable(&self.owner)?;
        if durable >= self.cursor.seq {
            return Err(self.damage(reason));
        }
        Ok(self.nothing())
    }

    /// At the end of the data: looks now and then whether it goes on elsewhere.
    fn nothing(&mut self) -> Turn {
        if let Place::Disk(window, _) = &mut self.place {
            window.forget();
        }
        if self.looked.elapsed() < LOOK {
            return Turn::Nothing;
        }
        self.looked = Instant::now();
        let moved = match &self.place {
            Place::Prepared(map) | Place::Hot(map, _) => map.is_orphaned(),
            Place::Disk(..) => self.locator.is_hot(self.segment_no),
            Place::Closed { .. } => false,
        };
        if moved {
            let at_start = matches!(self.place, Place::Prepared(_));
            self.place = Place::Closed { at_start };
            return Turn::Again;
        }
        Turn::Nothing
    }

    fn open_segment(&mut self) -> Result<Turn, Error> {
        let Place::Closed { at_start } = self.place else { return Ok(Turn::Again) };
        let (header, place) = match self.locator.open(self.segment_no)? {
            Found::Nothing => return Ok(Turn::Nothing),
            Found::Prepared(map) => {
                if !at_start {
                    return Err(self.damage(Reason::NoHeader));
                }
                self.place = Place::Prepared(map);
                return Ok(self.nothing());
            }
            Found::Hot(map) => (read_header(map.words()), Err(map)),
            Found::Disk(window, parsed) => (parsed, Ok(window)),
        };
        let path = match &place {
            Err(_) => self.locator.hot_path(self.segment_no),
            Ok(_) => self.locator.disk_path(self.segment_no),
        };
        let header = crate::locate::good(header, &path, self.cursor.seq)?;
        self.owner.check(&header, &path)?;
        if header.segment_no != self.segment_no {
            return Err(corrupt(&path, 0, self.cursor.seq, Reason::HeaderPlace));
        }
        let continues = if at_start {
            header.first_seq == self.cursor.seq && header.prev_tail_crc == self.cursor.crc
        } else {
            header.first_seq <= self.cursor.seq
        };
        if !continues {
            return Err(corrupt(&path, 0, self.cursor.seq, Reason::Chain));
        }
        if at_start {
            self.cursor = Cursor::start(header.first_seq, header.prev_tail_crc);
        }
        let segment_len = match &place {
            Err(map) => map.words().len().saturating_mul(8),
            Ok(window) => window.segment_len(),
        };
        if header.segment_len != segment_len as u64 {
            return Err(corrupt(&path, 0, self.cursor.seq, Reason::HeaderPlace));
        }
        let rules = Rules { segment_len, salt: header.salt(), verify: self.verify };
        self.place = match place {
            Err(map) => Place::Hot(map, rules),
            Ok(window) => Place::Disk(window, rules),
        };
        Ok(Turn::Again)
    }

    fn damage(&self, reason: Reason) -> Error {
        let path = match &self.place {
            Place::Disk(..) => self.locator.disk_path(self.segment_no),
            _ => self.locator.hot_path(self.segment_no),
        };
        corrupt(&path, self.cursor.offset as u64, self.cursor.seq, reason)
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("position", &self.position()).finish_non_exhaustive()
    }
}

/// A step without the borrow.
enum Taken {
    Record { time: u64, aux: u64, len: usize, next: Cursor },
    Marker { next: Cursor },
    Blank,
    Bad(Reason),
}

impl Taken {
    #[inline]
    fn of(step: &Step<'_>) -> Taken {
        match *step {
            Step::Record { header, payload, next } => Taken::Record {
                time: header.time,
                aux: header.aux,
                len: payload.len().saturating_add(crate::record::RECORD_HEADER_LEN),
                next,
            },
            Step::Marker { next } => Taken::Marker { next },
            Step::Blank => Taken::Blank,
            Step::Bad(reason) => Taken::Bad(reason),
        }
    }
}
