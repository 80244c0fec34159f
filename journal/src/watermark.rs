//! The watermark: how far the log was durable, kept apart from the log, so that recovery can tell a
//! torn tail from lost records.
//!
//! Two slots of 4096 bytes, written in turn; a torn write of one leaves the other.
//!
//! | offset | bytes | field | what |
//! |---|---|---|---|
//! | 0 | 8 | `magic` | `PINIONW1` |
//! | 8 | 8 | `turn` | counts writes; the higher slot is the newer |
//! | 16 | 8 | `durable` | seq of the last durable record |
//! | 24 | 8 | `segment_no` | the segment it is in |
//! | 32 | 16 | `venue` | as in the segments |
//! | 48 | 2 | `kind` | as in the segments |
//! | 50 | 10 | `pad` | 0 |
//! | 60 | 4 | `crc` | CRC-32C of bytes 0 to 59 |

use std::io;
use std::mem::{offset_of, size_of};
use std::path::{Path, PathBuf};

use bytemuck::{Pod, Zeroable};

use crate::block::BLOCK_LEN;
use crate::error::Error;
use crate::header::SegmentHeader;
use crate::storage::{Access, Storage, StorageFile};
use crate::survey::Owner;

const MAGIC: [u8; 8] = *b"PINIONW1";

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Slot {
    magic: [u8; 8],
    turn: u64,
    durable: u64,
    segment_no: u64,
    venue: [u8; 16],
    kind: u16,
    pad: [u8; 10],
    crc: u32,
}

const SLOT_LEN: usize = size_of::<Slot>();
const _: () = assert!(SLOT_LEN == 64);
const _: () = assert!(offset_of!(Slot, crc) == 60);

impl Slot {
    fn crc(&self) -> u32 {
        crc32c::crc32c(&bytemuck::bytes_of(self)[..SLOT_LEN - 4])
    }

    fn is_whole(&self) -> bool {
        self.magic == MAGIC && self.crc == self.crc()
    }
}

/// The watermark's file, kept open by the journal thread.
pub(crate) struct Watermark {
    file: Box<dyn StorageFile>,
    slot: Slot,
}

/// What a directory's watermark says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub durable: u64,
    turn: u64,
}

/// Where the watermark of a log is.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join("watermark")
}

/// Reads the watermark; zero when there is none, and when it is of another log than the owner's.
pub(crate) fn read(storage: &dyn Storage, dir: &Path, owner: &Owner) -> Result<Mark, Error> {
    let path = path(dir);
    let file = match storage.open(&path, Access::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Mark::default()),
        Err(error) => return Err(Error::io("opening", path)(error)),
    };
    let mut bytes = vec![0; 2 * BLOCK_LEN];
    file.read_at(&mut bytes, 0).map_err(Error::io("reading", &path))?;
    let newest = bytes
        .chunks_exact(BLOCK_LEN)
        .filter_map(|block| block.first_chunk::<SLOT_LEN>())
        .map(|raw| bytemuck::must_cast::<[u8; SLOT_LEN], Slot>(*raw))
        .filter(|slot| slot.is_whole())
        .filter(|slot| owner.kind.is_none_or(|kind| slot.kind == kind))
        .filter(|slot| owner.venue.is_none_or(|venue| slot.venue == venue))
        .max_by_key(|slot| slot.turn);
    Ok(newest.map_or_else(Mark::default, |slot| Mark { durable: slot.durable, turn: slot.turn }))
}

impl Watermark {
    /// Opens the watermark for writing, creating it when it is not there.
    pub(crate) fn open(
        storage: &dyn Storage,
        dir: &Path,
        header: &SegmentHeader,
        mark: Mark,
    ) -> Result<Watermark, Error> {
        let path = path(dir);
        let access = Access::Write { direct: false };
        let file = match storage.open(&path, access) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Watermark::create(storage, dir, &path)?
            }
            Err(error) => return Err(Error::io("opening", path)(error)),
        };
        let slot = Slot {
            magic: MAGIC,
            turn: mark.turn,
            durable: mark.durable,
            venue: header.venue,
            kind: header.kind,
            ..Slot::zeroed()
        };
        Ok(Watermark { file, slot })
    }

    fn create(
        storage: &dyn Storage,
        dir: &Path,
        path: &Path,
    ) -> Result<Box<dyn StorageFile>, Error> {
        let file = storage
            .open(path, Access::Create { direct: false })
            .map_err(Error::io("creating", path))?;
        file.write_at(&[0; 2 * BLOCK_LEN], 0).map_err(Error::io("writing", path))?;
        file.sync().map_err(Error::io("syncing", path))?;
        storage.sync_dir(dir).map_err(Error::io("syncing", dir))?;
        Ok(file)
    }

    /// Writes that everything up to `durable` is; the caller has just synced it.
    pub(crate) fn write(&mut self, durable: u64, segment_no: u64) -> io::Result<()> {
        assert!(durable >= self.slot.durable);
        self.slot.turn = self.slot.turn.wrapping_add(1);
        self.slot.durable = durable;
        self.slot.segment_no = segment_no;
        self.slot.crc = self.slot.crc();
        let offset = self.slot.turn % 2 * BLOCK_LEN as u64;
        self.file.write_at(bytemuck::bytes_of(&self.slot), offset)
    }

    /// Makes what was written durable itself.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }
}
