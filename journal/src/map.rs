//! A file in memory, seen as words. The one place of this crate with unsafe code.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use memmap2::{Advice, MmapOptions, MmapRaw};
use rustix::fs::FallocateFlags;

use crate::header::segment_len_is_valid;
use crate::sync::AtomicU64;

/// A mapped segment.
///
/// Having a `Map` tells you: the file was whole pages long when it was mapped, and its words can be
/// loaded. Only a map from [`Map::create`] or [`Map::open_for_writing`] may be stored to.
pub(crate) struct Map {
    raw: MmapRaw,
    file: File,
}

impl Map {
    /// Creates a file of zeros with its memory reserved, mapped and touched.
    ///
    /// # Errors
    /// What the system refuses: above all, that the memory is not there (`ENOSPC`). Nothing is left
    /// behind then.
    pub(crate) fn create(path: &Path, len: usize, lock: bool) -> io::Result<Map> {
        let file =
            OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        let made = Map::reserve(&file, len).and_then(|()| Map::write(file, len, lock));
        if made.is_err() {
            // The error that is returned says more than a failure to clean up after it.
            let _ = std::fs::remove_file(path);
        }
        made
    }

    /// Maps an existing file for the writer that goes on in it.
    pub(crate) fn open_for_writing(path: &Path, lock: bool) -> io::Result<Map> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let len = checked_len(&file)?;
        // A file with holes would fault, or kill the process when memory is short.
        Map::reserve(&file, len)?;
        Map::write(file, len, lock)
    }

    /// Maps an existing file for a reader.
    pub(crate) fn open_for_reading(path: &Path) -> io::Result<Map> {
        let file = File::open(path)?;
        let len = checked_len(&file)?;
        let raw = MmapOptions::new().len(len).map_raw_read_only(&file)?;
        Ok(Map { raw, file })
    }

    fn reserve(file: &File, len: usize) -> io::Result<()> {
        Ok(rustix::fs::fallocate(file, FallocateFlags::empty(), 0, len as u64)?)
    }

    fn write(file: File, len: usize, lock: bool) -> io::Result<Map> {
        let raw = MmapOptions::new().len(len).map_raw(&file)?;
        // Touch every page for writing now, so that the hot thread never faults. A kernel older
        // than 5.14 refuses; faults then cost time and nothing else.
        let _ = raw.advise(Advice::PopulateWrite);
        if lock {
            // Without the privilege the memory is merely not locked: there is no swap on a machine
            // that was set up for this.
            let _ = raw.lock();
        }
        Ok(Map { raw, file })
    }

    /// The whole mapping.
    #[inline]
    pub(crate) fn words(&self) -> &[AtomicU64] {
        let start = self.raw.as_ptr().cast::<AtomicU64>();
        let count = self.raw.len() / size_of::<AtomicU64>();
        // SAFETY: the mapping is page-aligned, `count` words long, and lives as long as `self`.
        // Every access of this process goes through these atomics. A mapping for reading is only
        // loaded from, with loads of machine words, which read-only memory allows.
        unsafe { std::slice::from_raw_parts(start, count) }
    }

    /// Whether the file has no name any more: removed, or replaced by another.
    pub(crate) fn is_orphaned(&self) -> bool {
        self.file.metadata().is_ok_and(|meta| meta.nlink() == 0)
    }
}

fn checked_len(file: &File) -> io::Result<usize> {
    let len = file.metadata()?.len();
    if !segment_len_is_valid(len) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no segment has that length"));
    }
    usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))
}
