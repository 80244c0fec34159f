//! The disk as the journal thread and recovery see it: a few calls, so that a test can stand in for
//! it, fail at the n-th call, or keep what a power loss would have kept.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Advice, FallocateFlags, OFlags};

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For reading.
    Read,
    /// For reading and writing; it must be there.
    Write {
        /// Past the page cache: buffers, offsets and lengths are then multiples of 4096.
        direct: bool,
    },
    /// For reading and writing; it must not be there yet.
    Create {
        /// As in [`Access::Write`].
        direct: bool,
    },
}

/// A directory tree that keeps what was synced.
pub trait Storage: Send + Sync {
    /// Creates a directory with those above it; fine when it is there.
    ///
    /// # Errors
    /// What the system refuses.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;

    /// Names of the files in a directory, in any order.
    ///
    /// # Errors
    /// What the system refuses.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;

    /// Opens a file.
    ///
    /// # Errors
    /// What the system refuses.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StorageFile>>;

    /// Gives a file another name, atomically, replacing what had it.
    ///
    /// # Errors
    /// What the system refuses.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the system refuses.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes names in a directory durable.
    ///
    /// # Errors
    /// What the system refuses.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
}

/// An open file.
pub trait StorageFile: Send {
    /// Bytes of the file.
    ///
    /// # Errors
    /// What the system refuses.
    fn size(&self) -> io::Result<u64>;

    /// Reads from an offset; fewer bytes than asked for only at the end of the file.
    ///
    /// # Errors
    /// What the system refuses.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at an offset.
    ///
    /// # Errors
    /// What the system refuses.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Takes the room for `len` bytes, which read as zeros.
    ///
    /// # Errors
    /// What the system refuses: above all, that the disk is full.
    fn allocate(&self, len: u64) -> io::Result<()>;

    /// Makes everything written durable.
    ///
    /// # Errors
    /// What the system refuses. Never call it again then: the next call may say that all is well
    /// when nothing is.
    fn sync(&self) -> io::Result<()>;

    /// Drops what is cached of the file, so that the next read asks the device.
    fn forget_cached(&self);
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Storage for Disk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        std::fs::create_dir_all(dir)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            // A name that is not text is none of ours.
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StorageFile>> {
        let (mut options, direct) = (OpenOptions::new(), access.is_direct());
        options.read(true).mode(0o600);
        match access {
            Access::Read => {}
            Access::Write { .. } => {
                options.write(true);
            }
            Access::Create { .. } => {
                options.write(true).create_new(true);
            }
        }
        if !direct {
            return Ok(Box::new(DiskFile(options.open(path)?)));
        }
        let mut past_cache = options.clone();
        past_cache.custom_flags(OFlags::DIRECT.bits().cast_signed());
        match past_cache.open(path) {
            Ok(file) => Ok(Box::new(DiskFile(file))),
            // Some file systems have no way past the cache; the file may have been created.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                let file = options.create_new(false).create(access.creates()).open(path)?;
                Ok(Box::new(DiskFile(file)))
            }
            Err(error) => Err(error),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        File::open(dir)?.sync_all()
    }
}

impl Access {
    fn is_direct(self) -> bool {
        match self {
            Access::Read => false,
            Access::Write { direct } | Access::Create { direct } => direct,
        }
    }

    fn creates(self) -> bool {
        matches!(self, Access::Create { .. })
    }
}

struct DiskFile(File);

impl StorageFile for DiskFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, mut bytes: &mut [u8], mut offset: u64) -> io::Result<usize> {
        let mut total = 0usize;
        while !bytes.is_empty() {
            let count = match self.0.read_at(bytes, offset) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            bytes = bytes.get_mut(count..).unwrap_or_default();
            offset = offset.saturating_add(count as u64);
            total = total.saturating_add(count);
        }
        Ok(total)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(&self.0, FallocateFlags::empty(), 0, len)?)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn forget_cached(&self) {
        // Advice: when it is not taken, a read is merely served from the cache.
        let _ = rustix::fs::fadvise(&self.0, 0, None, Advice::DontNeed);
    }
}
