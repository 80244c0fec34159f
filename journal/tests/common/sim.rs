//! A disk in memory that knows what a power loss would keep, and that fails when it is told to.
//!
//! What is written stays pending until it is synced; a crash keeps any part of what is pending,
//! sector by sector. Names stay pending until their directory is synced; a crash keeps the first of
//! them, as a journaling file system does.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use pinion_journal::{Access, Storage, StorageFile};

use super::mix;

const SECTOR: usize = 512;

#[derive(Clone, Default)]
struct Inode {
    durable: Vec<u8>,
    current: Vec<u8>,
    /// Writes since the last sync, in order.
    pending: Vec<(usize, Vec<u8>)>,
}

#[derive(Clone)]
enum NameChange {
    Link(PathBuf, usize),
    Unlink(PathBuf),
}

#[derive(Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<NameChange>,
    calls: u64,
    crash_at: Option<u64>,
    fail: Option<(Call, u64, rustix::io::Errno)>,
    keeps_failing: bool,
    failed: bool,
    lying: bool,
}

/// Calls that change something, as they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Write,
    Sync,
    Allocate,
    Name,
}

/// What a crash keeps of what is pending.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    Nothing,
    All,
    Some(u64),
}

#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

impl SimDisk {
    pub fn new() -> SimDisk {
        SimDisk::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test thread died")
    }

    /// From the call of that number on, nothing works any more.
    pub fn crash_at(&self, call: u64) {
        self.lock().crash_at = Some(call);
    }

    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// The `nth` call of that kind from now on fails; the ones after it say that all is well, as a
    /// kernel does, and lose what they are told to keep.
    pub fn fail(&self, call: Call, nth: u64, errno: rustix::io::Errno) {
        self.lock().fail = Some((call, nth, errno));
    }

    /// Every call of that kind from now on fails.
    pub fn fail_always(&self, call: Call, errno: rustix::io::Errno) {
        let mut state = self.lock();
        state.fail = Some((call, 0, errno));
        state.keeps_failing = true;
    }

    pub fn has_failed(&self) -> bool {
        self.lock().failed
    }

    /// Names there are, as the running system sees them.
    pub fn names(&self) -> Vec<PathBuf> {
        self.lock().names.keys().cloned().collect()
    }

    pub fn bytes(&self, path: &Path) -> Vec<u8> {
        let state = self.lock();
        state.inodes[state.names[path]].current.clone()
    }

    pub fn set_bytes(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.lock();
        let inode = state.names[path];
        state.inodes[inode] = Inode { durable: bytes.clone(), current: bytes, pending: Vec::new() };
    }

    /// The disk that is found after the machine started again.
    pub fn after_power_loss(&self, keep: Keep) -> SimDisk {
        let state = self.lock();
        let mut names = state.durable_names.clone();
        let mut seed = match keep {
            Keep::Some(seed) => mix(seed),
            Keep::Nothing | Keep::All => 0,
        };
        let mut draw = || {
            seed = mix(seed);
            match keep {
                Keep::Nothing => false,
                Keep::All => true,
                Keep::Some(_) => seed.is_multiple_of(2),
            }
        };
        for change in &state.pending_names {
            if !draw() {
                break;
            }
            apply(&mut names, change);
        }
        let mut inodes: Vec<Inode> = state
            .inodes
            .iter()
            .map(|inode| {
                let mut bytes = inode.durable.clone();
                for (offset, written) in &inode.pending {
                    for (index, sector) in written.chunks(SECTOR).enumerate() {
                        if draw() {
                            put(&mut bytes, offset + index * SECTOR, sector);
                        }
                    }
                }
                Inode { durable: bytes.clone(), current: bytes, pending: Vec::new() }
            })
            .collect();
        // The machine started again: what the log says of its start is of another one.
        for (_, inode) in names.iter().filter(|(path, _)| path.ends_with("boot")) {
            let bytes = b"an earlier start of the machine".to_vec();
            inodes[*inode] = Inode { durable: bytes.clone(), current: bytes, pending: Vec::new() };
        }
        let state = State { inodes, durable_names: names.clone(), names, ..State::default() };
        SimDisk { state: Arc::new(Mutex::new(state)) }
    }

    /// The disk that is found after the process was killed: the system lost nothing.
    pub fn after_kill(&self) -> SimDisk {
        let state = self.lock();
        let state = State {
            inodes: state.inodes.clone(),
            names: state.names.clone(),
            durable_names: state.durable_names.clone(),
            pending_names: state.pending_names.clone(),
            ..State::default()
        };
        SimDisk { state: Arc::new(Mutex::new(state)) }
    }
}

impl State {
    /// Counts a call that changes something, and lets it fail if it is its turn.
    fn count(&mut self, call: Call) -> io::Result<()> {
        if self.crash_at.is_some_and(|at| self.calls >= at) {
            return Err(io::Error::other("the power is out"));
        }
        self.calls += 1;
        if let Some((which, nth, errno)) = &mut self.fail
            && *which == call
        {
            if *nth == 0 {
                let errno = *errno;
                if !self.keeps_failing {
                    self.fail = None;
                }
                self.failed = true;
                self.lying = true;
                return Err(errno.into());
            }
            *nth -= 1;
        }
        Ok(())
    }
}

fn apply(names: &mut BTreeMap<PathBuf, usize>, change: &NameChange) {
    match change {
        NameChange::Link(path, inode) => {
            names.insert(path.clone(), *inode);
        }
        NameChange::Unlink(path) => {
            names.remove(path);
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, written: &[u8]) {
    let end = offset + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(written);
}

impl Storage for SimDisk {
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let state = self.lock();
        let inside = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StorageFile>> {
        let mut state = self.lock();
        let known = state.names.get(path).copied();
        let inode = match (access, known) {
            (Access::Create { .. }, Some(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Access::Create { .. }, None) => {
                state.count(Call::Name)?;
                let inode = state.inodes.len();
                state.inodes.push(Inode::default());
                state.names.insert(path.to_owned(), inode);
                state.pending_names.push(NameChange::Link(path.to_owned(), inode));
                inode
            }
            (Access::Read | Access::Write { .. }, Some(inode)) => inode,
            (Access::Read | Access::Write { .. }, None) => {
                return Err(io::ErrorKind::NotFound.into());
            }
        };
        Ok(Box::new(SimFile { disk: self.clone(), inode }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.count(Call::Name)?;
        let inode = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), inode);
        state.pending_names.push(NameChange::Unlink(from.to_owned()));
        state.pending_names.push(NameChange::Link(to.to_owned(), inode));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        if !state.names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.count(Call::Name)?;
        state.names.remove(path);
        state.pending_names.push(NameChange::Unlink(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.count(Call::Sync)?;
        let changes = std::mem::take(&mut state.pending_names);
        for change in &changes {
            apply(&mut state.durable_names, change);
        }
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    inode: usize,
}

impl StorageFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.disk.lock().inodes[self.inode].current.len() as u64)
    }

    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.lock();
        let current = &state.inodes[self.inode].current;
        let start = (offset as usize).min(current.len());
        let end = (start + bytes.len()).min(current.len());
        bytes[..end - start].copy_from_slice(&current[start..end]);
        Ok(end - start)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.count(Call::Write)?;
        let inode = &mut state.inodes[self.inode];
        put(&mut inode.current, offset as usize, bytes);
        inode.pending.push((offset as usize, bytes.to_vec()));
        Ok(())
    }

    fn allocate(&self, len: u64) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.count(Call::Allocate)?;
        let inode = &mut state.inodes[self.inode];
        inode.current.resize(len as usize, 0);
        inode.pending.push((len as usize, Vec::new()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.count(Call::Sync)?;
        let lying = state.lying;
        let inode = &mut state.inodes[self.inode];
        inode.pending.clear();
        if !lying {
            inode.durable = inode.current.clone();
        }
        Ok(())
    }

    fn forget_cached(&self) {}
}
