//! A sealed, anonymous memory file: made by one process, handed to another by descriptor.
//!
//! The seals are what makes mapping a stranger's file safe: it can neither shrink (which would
//! answer our loads with SIGBUS) nor grow, and a region that only its creator writes carries
//! `FUTURE_WRITE` besides, so that nobody it is handed to can map it for writing. The file has no
//! name: the kernel frees it with the last descriptor and mapping, however its processes end.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use memmap2::{MmapOptions, MmapRaw};
use rustix::fs::{FallocateFlags, MemfdFlags, SealFlags};
use rustix::io::Errno;

use crate::error::Error;
use crate::header::{self, HEADER_LEN, HEADER_WORDS, Header, Kind};
use crate::words::{WORD_LEN, Words, WordsMut};

/// Largest region: 4 GiB.
const LEN_MAX: u64 = 1 << 32;

/// Seals of every region.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

/// Who writes a region besides its creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody: others map it for reading, and a seal holds them to it.
    ReadOnly,
    /// The process it is handed to.
    ReadWrite,
}

/// What a new region is.
#[derive(Clone, Copy, Debug)]
pub struct RegionSpec {
    /// Shown in `/proc/PID/maps`.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// Hash of the layout of what is inside.
    pub layout: u64,
    /// Bytes behind the header; rounded up to whole pages.
    pub body_len: usize,
    /// Who else writes it.
    pub access: Access,
    /// Random number of this process's run.
    pub epoch: u64,
}

/// What a region that was handed over must be.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// What it is for.
    pub kind: Kind,
    /// Hash of the layout of what is inside.
    pub layout: u64,
    /// How it is mapped.
    pub access: Access,
}

/// A mapped region. Views of its body keep the mapping alive when the region is gone.
#[derive(Debug)]
pub struct Region {
    fd: OwnedFd,
    words: Words,
    writable: Option<WordsMut>,
    header: Header,
}

impl Region {
    /// Makes a region: memory reserved, zeroed and mapped, seals set, header ready.
    ///
    /// # Errors
    /// [`Error::System`] where memory or descriptors are short, [`Error::Length`] above 4 GiB.
    pub fn create(spec: &RegionSpec) -> Result<Region, Error> {
        let len = spec.body_len.checked_next_multiple_of(HEADER_LEN);
        let len = len.and_then(|len| len.checked_add(HEADER_LEN)).unwrap_or(usize::MAX);
        if len as u64 > LEN_MAX {
            return Err(Error::Length(spec.body_len as u64));
        }
        let fd = memory_file(spec.name)?;
        rustix::fs::fallocate(&fd, FallocateFlags::empty(), 0, len as u64)
            .map_err(Error::system("reserve shared memory"))?;
        let words = map(&fd, len, Access::ReadWrite)?;
        // SAFETY: `map` was asked for a writable mapping.
        let writable = unsafe { WordsMut::from_writable(words.clone()) };
        for page in 0..len / HEADER_LEN {
            writable.store(page * HEADER_WORDS, 0);
        }
        let own = match spec.access {
            Access::ReadOnly => SEALS | SealFlags::FUTURE_WRITE,
            Access::ReadWrite => SEALS,
        };
        rustix::fs::fcntl_add_seals(&fd, own).map_err(Error::system("seal shared memory"))?;
        let pid = std::process::id();
        let header = Header { pid, start: start_of(pid).unwrap_or(0), epoch: spec.epoch };
        header::write(&writable, spec.kind, spec.layout, len, &header);
        header::publish(&writable);
        Ok(Region { fd, words, writable: Some(writable), header })
    }

    /// Maps a region another process made. Nothing it does afterwards can make a load fail.
    ///
    /// # Errors
    /// Every variant but those of sockets: the descriptor is no sealed memory file, its length, or
    /// its header are not what is expected.
    pub fn attach(fd: OwnedFd, expected: &Expected) -> Result<Region, Error> {
        let seals = match rustix::fs::fcntl_get_seals(&fd) {
            Err(Errno::INVAL) => return Err(Error::NotSealed),
            seals => seals.map_err(Error::system("read seals"))?,
        };
        let needed = SealFlags::SHRINK | SealFlags::GROW;
        if !seals.contains(needed) {
            return Err(Error::NotSealed);
        }
        let stat = rustix::fs::fstat(&fd).map_err(Error::system("stat shared memory"))?;
        let stated = u64::try_from(stat.st_size).unwrap_or(0);
        let page = HEADER_LEN as u64;
        if stated < 2 * page || stated > LEN_MAX || !stated.is_multiple_of(page) {
            return Err(Error::Length(stated));
        }
        let len = usize::try_from(stated).map_err(|_| Error::Length(stated))?;
        let words = map(&fd, len, expected.access)?;
        let header = header::read(&words, len, expected)?;
        let writable = match expected.access {
            Access::ReadOnly => None,
            // SAFETY: `map` was asked for a writable mapping.
            Access::ReadWrite => Some(unsafe { WordsMut::from_writable(words.clone()) }),
        };
        Ok(Region { fd, words, writable, header })
    }

    /// Who made it.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// Everything behind the header, for reading.
    #[must_use]
    pub fn body(&self) -> Words {
        self.words.part(HEADER_WORDS, self.words.len() - HEADER_WORDS)
    }

    /// Everything behind the header, for writing; `None` where it is mapped read-only.
    #[must_use]
    pub fn body_mut(&self) -> Option<WordsMut> {
        let words = self.writable.as_ref()?;
        Some(words.part(HEADER_WORDS, words.len() - HEADER_WORDS))
    }

    /// The heartbeat in the header, as its owner left it.
    #[must_use]
    pub fn heartbeat(&self) -> u64 {
        self.words.load(header::AT_HEARTBEAT)
    }

    /// Sets the heartbeat; false where the region is mapped read-only.
    pub fn beat(&self, value: u64) -> bool {
        self.writable.as_ref().map(|words| words.store(header::AT_HEARTBEAT, value)).is_some()
    }

    /// A descriptor to hand over.
    ///
    /// # Errors
    /// [`Error::System`] where the process has no descriptor left.
    pub fn share(&self) -> Result<OwnedFd, Error> {
        rustix::io::fcntl_dupfd_cloexec(&self.fd, 0).map_err(Error::system("copy a descriptor"))
    }
}

impl AsFd for Region {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn memory_file(name: &'static str) -> Result<OwnedFd, Error> {
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Kernels before 6.3 do not know NOEXEC_SEAL; they also never ask for it.
    match rustix::fs::memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => rustix::fs::memfd_create(name, flags),
        made => made,
    }
    .map_err(Error::system("create shared memory"))
}

fn map(fd: &OwnedFd, len: usize, access: Access) -> Result<Words, Error> {
    let mut options = MmapOptions::new();
    options.len(len).populate();
    let map: std::io::Result<MmapRaw> = match access {
        Access::ReadOnly => options.map_raw_read_only(fd),
        Access::ReadWrite => options.map_raw(fd),
    };
    let map = map.map_err(|error| Error::System {
        what: "map shared memory",
        errno: Errno::from_io_error(&error).unwrap_or(Errno::INVAL),
    })?;
    Words::mapped(map, len / WORD_LEN).ok_or(Error::Length(len as u64))
}

/// When process `pid` started, in clock ticks since boot; `None` where there is none.
///
/// With the process id it names a process for good: ids are used again, start times with them not.
#[must_use]
pub fn start_of(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may itself hold spaces and parentheses: fields count from its end.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}
