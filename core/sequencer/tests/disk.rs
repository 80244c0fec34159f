//! A disk that fails under a living core: it halts, says why, and is found whole afterwards.

mod common;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::{Gateway, House, PATIENCE, limits, start};
use pinion_ipc::State;
use pinion_journal::{Access, Disk, Storage, StorageFile};
use pinion_sequencer::{CommandError, Error, HaltReason};
use pinion_types::codes::{Scope, Side};
use pinion_types::{Command, SessionId};

/// The real disk until it breaks.
struct Breaking(Arc<AtomicBool>);

struct BreakingFile(Box<dyn StorageFile>, Arc<AtomicBool>);

fn broken() -> io::Error {
    io::Error::other("the disk broke")
}

impl Storage for Breaking {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        Disk.create_dir(dir)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        Disk.list(dir)
    }
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StorageFile>> {
        Ok(Box::new(BreakingFile(Disk.open(path, access)?, Arc::clone(&self.0))))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        Disk.sync_dir(dir)
    }
}

impl StorageFile for BreakingFile {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(bytes, offset)
    }
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.1.load(Ordering::Acquire) {
            return Err(broken());
        }
        self.0.write_at(bytes, offset)
    }
    fn allocate(&self, len: u64) -> io::Result<()> {
        self.0.allocate(len)
    }
    fn sync(&self) -> io::Result<()> {
        self.0.sync()
    }
    fn forget_cached(&self) {
        self.0.forget_cached();
    }
}

#[test]
fn a_core_whose_disk_breaks_halts_and_keeps_everything() {
    let house = House::new();
    let breaks = Arc::new(AtomicBool::new(false));
    let mut config = house.config();
    config.storage = Arc::new(Breaking(Arc::clone(&breaks)));
    let core = start(config).unwrap();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    gateway.log_on(1);
    gateway.order(1, Side::Buy, 9_000, 1);
    gateway.settle(3);
    breaks.store(true, Ordering::Release);
    gateway.order(1, Side::Buy, 9_001, 1);
    while !matches!(core.status().state(), Some((State::Halted, _))) {
        std::thread::yield_now();
    }
    let snapshot = core.commander().snapshot();
    assert_eq!(snapshot.halted, Some(HaltReason::InputsFailed));
    let command = Command::new(SessionId(0), 0, &limits(Scope::Account, 1));
    let refused = core.commander().request(&command, PATIENCE);
    assert!(matches!(refused, Err(CommandError::Halted(Some(HaltReason::InputsFailed)))));
    let beat = core.status().heartbeat();
    while core.status().heartbeat() == beat {
        std::thread::yield_now();
    }
    let stopped = core.stop();
    assert!(matches!(stopped, Err(Error::Inputs(_))), "{stopped:?}");
    let core = house.start();
    assert!(core.recovery().replayed >= snapshot.input);
    assert!(core.recovery().compared >= snapshot.event.0);
    core.stop().unwrap();
}
