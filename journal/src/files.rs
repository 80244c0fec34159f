//! Names of files, the lock, and the mark that tells one start of the machine from another.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::storage::{Access, Storage};

const DISK: &str = "seg";
const HOT: &str = "hot";

/// Added to a disk segment's name until it is whole.
pub(crate) const UNFINISHED: &str = "new";

/// The disk segment of that number.
pub(crate) fn disk_path(dir: &Path, segment_no: u64) -> PathBuf {
    dir.join(format!("{segment_no:010}.{DISK}"))
}

/// The hot segment of that number.
pub(crate) fn hot_path(dir: &Path, segment_no: u64) -> PathBuf {
    dir.join(format!("{segment_no:010}.{HOT}"))
}

/// Numbers of the disk segments among names, rising.
pub(crate) fn disk_numbers(names: &[String]) -> Vec<u64> {
    numbers(names, DISK)
}

/// Numbers of the hot segments among names, rising.
pub(crate) fn hot_numbers(names: &[String]) -> Vec<u64> {
    numbers(names, HOT)
}

fn numbers(names: &[String], extension: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = names
        .iter()
        .filter_map(|name| {
            let (digits, rest) = name.split_once('.')?;
            let segment_no = digits.parse().ok()?;
            // Only the one spelling of a number names a segment.
            let spelled = format!("{segment_no:010}");
            (rest == extension && digits == spelled && segment_no > 0).then_some(segment_no)
        })
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Holds a directory for one writer, until dropped or until the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that was just forked holds the file too, until it becomes
        // another program. When unlocking fails, closing is left.
        let _ = self.file.unlock();
    }
}

impl Lock {
    pub(crate) fn take(dir: &Path) -> Result<Lock, Error> {
        let path = dir.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(Error::io("opening the lock", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::Locked { path }),
            Err(std::fs::TryLockError::Error(source)) => {
                Err(Error::Io { doing: "locking", path, source })
            }
        }
    }
}

impl Lock {
    /// Whether a writer holds the directory; changes nothing.
    pub(crate) fn probe(dir: &Path) -> Result<(), Error> {
        let path = dir.join("lock");
        let Ok(file) = File::open(&path) else { return Ok(()) };
        match file.try_lock_shared() {
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::Locked { path }),
            Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(()),
        }
    }
}

/// The mark of the start of the machine that the log was last written in.
///
/// Within one start nothing that was written is torn but what a killed process was writing; and hot
/// segments of an earlier start are no evidence, since whatever kept them did so without order.
pub(crate) struct BootMark {
    path: PathBuf,
    now: String,
}

impl BootMark {
    pub(crate) fn of(dir: &Path) -> BootMark {
        // Where the system does not say, every start looks like the same one: then hot segments are
        // believed as far as their checksums go, and nothing that is followed counts as torn.
        let now = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        BootMark { path: dir.join("boot"), now }
    }

    /// Whether the log was last written since the machine started; so, too, when there is no mark,
    /// which is the stricter reading.
    pub(crate) fn is_current(&self, storage: &dyn Storage) -> bool {
        match self.read(storage) {
            Some(then) => then == self.now,
            None => true,
        }
    }

    fn read(&self, storage: &dyn Storage) -> Option<String> {
        let mut bytes = [0; 64];
        let file = storage.open(&self.path, Access::Read).ok()?;
        let read = file.read_at(&mut bytes, 0).ok()?;
        Some(String::from_utf8_lossy(bytes.get(..read)?).into_owned())
    }

    /// Leaves the mark of this start.
    pub(crate) fn set(&self, storage: &dyn Storage) -> Result<(), Error> {
        if self.read(storage).as_ref() == Some(&self.now) {
            return Ok(());
        }
        let unfinished = self.path.with_extension(UNFINISHED);
        // One that is left over from a crash; when it is not there, so much the better.
        let _ = storage.remove(&unfinished);
        let dir = self.path.parent().unwrap_or(&self.path);
        storage
            .open(&unfinished, Access::Create { direct: false })
            .and_then(|file| {
                file.write_at(self.now.as_bytes(), 0)?;
                file.sync()
            })
            .and_then(|()| storage.rename(&unfinished, &self.path))
            .and_then(|()| storage.sync_dir(dir))
            .map_err(Error::io("writing", &self.path))
    }
}

/// Names of the files in a directory of the real file system; none when it is not there.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<String>> {
    match std::fs::read_dir(dir) {
        Ok(entries) => {
            let mut names = Vec::new();
            for entry in entries {
                // A name that is not text is none of ours.
                names.extend(entry?.file_name().into_string());
            }
            Ok(names)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
