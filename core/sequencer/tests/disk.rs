//! A disk that fails, fills up or hangs under a living core: cancels pass as long as there is room,
//! then it halts, says why, and everything is found whole afterwards.

mod common;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use common::{Gateway, House, PATIENCE, commands, events, limits, start};
use pinion_ipc::State;
use pinion_journal::{Access, Disk, Storage, StorageFile};
use pinion_sequencer::{CommandError, Core, Durability, Error, HaltReason, Metric};
use pinion_types::codes::{KillAction, Scope, Side};
use pinion_types::command::{Kill, Release};
use pinion_types::{ClOrdId, Command, CommandRef, EventRef, RejectCode, SessionId};
use rustix::io::Errno;

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Fault {
    Nothing,
    /// Writes fail.
    Write,
    /// Syncs fail.
    Sync,
    /// No room for another file.
    Full,
    /// Mounted read-only: no file can be made, and what is open cannot be written.
    ReadOnly,
    /// Writes do not come back.
    Stalled,
}

/// The real disk until something is wrong with it.
#[derive(Clone)]
struct Faulty(Arc<AtomicU8>);

struct FaultyFile(Box<dyn StorageFile>, Faulty);

impl Faulty {
    fn new() -> Faulty {
        Faulty(Arc::new(AtomicU8::new(Fault::Nothing as u8)))
    }
    fn set(&self, fault: Fault) {
        self.0.store(fault as u8, Ordering::Release);
    }
    fn is(&self, fault: Fault) -> bool {
        self.0.load(Ordering::Acquire) == fault as u8
    }
    fn refuse(&self, fault: Fault, errno: Errno) -> io::Result<()> {
        if self.is(fault) { Err(errno.into()) } else { Ok(()) }
    }
}

impl Storage for Faulty {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        Disk.create_dir(dir)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        Disk.list(dir)
    }
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StorageFile>> {
        if matches!(access, Access::Create { .. }) {
            self.refuse(Fault::ReadOnly, Errno::ROFS)?;
        }
        Ok(Box::new(FaultyFile(Disk.open(path, access)?, self.clone())))
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

impl StorageFile for FaultyFile {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(bytes, offset)
    }
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        while self.1.is(Fault::Stalled) {
            std::thread::yield_now();
        }
        self.1.refuse(Fault::Write, Errno::IO)?;
        self.1.refuse(Fault::ReadOnly, Errno::ROFS)?;
        self.0.write_at(bytes, offset)
    }
    fn allocate(&self, len: u64) -> io::Result<()> {
        self.1.refuse(Fault::Full, Errno::NOSPC)?;
        self.0.allocate(len)
    }
    fn sync(&self) -> io::Result<()> {
        self.1.refuse(Fault::Sync, Errno::IO)?;
        self.0.sync()
    }
    fn forget_cached(&self) {
        self.0.forget_cached();
    }
}

/// A core on a disk that can go wrong, and a session that is logged on.
fn desk(durability: Durability, hold: Duration) -> (House, Faulty, Core, Gateway) {
    let (house, disk) = (House::new(), Faulty::new());
    let mut config = house.config();
    config.storage = Arc::new(disk.clone());
    config.durability = durability;
    config.hold = hold;
    // Nobody who only waits for the processor may be taken for a full disk.
    config.patience = PATIENCE;
    let core = start(config).unwrap();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    gateway.log_on(1);
    (house, disk, core, gateway)
}

/// Mends the disk where a test fails, so that what waits for it ends.
struct Mend(Faulty);

impl Drop for Mend {
    fn drop(&mut self) {
        self.0.set(Fault::Nothing);
    }
}

fn is_short(core: &Core) -> bool {
    core.status().counter(Metric::LogsShort.index()) == 1
}

fn wait_for(mut what: impl FnMut() -> bool) {
    while !what() {
        std::thread::yield_now();
    }
}

fn breaks(fault: Fault, durability: Durability) {
    let (house, disk, core, mut gateway) = desk(durability, PATIENCE);
    gateway.order(1, Side::Buy, 9_000, 1);
    gateway.settle(3);
    disk.set(fault);
    gateway.order(1, Side::Buy, 9_001, 1);
    wait_for(|| matches!(core.status().state(), Some((State::Halted, _))));
    let snapshot = core.commander().snapshot();
    let why = snapshot.halted.unwrap();
    assert!(matches!(why, HaltReason::InputsFailed | HaltReason::EventsFailed), "{fault:?} {why}");
    let command = Command::new(SessionId(0), 0, &limits(Scope::Account, 1));
    let refused = core.commander().request(&command, PATIENCE);
    assert!(matches!(refused, Err(CommandError::Halted(Some(reason))) if reason == why));
    let beat = core.status().heartbeat();
    wait_for(|| core.status().heartbeat() != beat);
    let stopped = core.stop();
    assert!(matches!(stopped, Err(Error::Inputs(_))), "{stopped:?}");
    let core = house.start();
    assert!(core.recovery().replayed >= snapshot.input);
    assert!(core.recovery().compared >= snapshot.event.0);
    core.stop().unwrap();
}

#[test]
fn a_core_whose_disk_breaks_halts_and_keeps_everything() {
    for durability in [Durability::Process, Durability::Power] {
        for fault in [Fault::Write, Fault::ReadOnly, Fault::Sync] {
            breaks(fault, durability);
        }
    }
}

#[test]
fn a_core_does_not_start_on_a_disk_that_is_full_or_read_only() {
    for fault in [Fault::Full, Fault::ReadOnly] {
        let (house, disk) = (House::new(), Faulty::new());
        disk.set(fault);
        let mut config = house.config();
        config.storage = Arc::new(disk.clone());
        assert!(matches!(start(config), Err(Error::Inputs(_))), "{fault:?}");
        house.start().stop().unwrap();
    }
}

/// Orders are refused, cancels pass, and once the disk is well orders are taken again.
fn runs_short(fault: Fault, hold: Duration) {
    let (house, disk, core, mut gateway) = desk(Durability::Process, hold);
    let _mend = Mend(disk.clone());
    gateway.order(1, Side::Buy, 9_000, 1);
    let resting = gateway.last_id();
    gateway.order(1, Side::Buy, 8_999, 1);
    disk.set(fault);
    // What fills the logs leaves no orders: the reserve here is too small to kill hundreds.
    while !is_short(&core) {
        gateway.cancel(1, ClOrdId(1));
    }
    gateway.order(1, Side::Buy, 8_000, 1);
    gateway.cancel(1, resting);
    // Before the kill, which does not wait in the ring.
    wait_for(|| gateway.ring.is_drained());
    let kill = Kill {
        scope: Scope::Session.into(),
        id: 1,
        action: KillAction::BlockAndCancel.into(),
        ..Kill::default()
    };
    let killed = core.commander().request(&Command::new(SessionId(0), 0, &kill), PATIENCE);
    assert!(killed.is_ok(), "{killed:?}");
    let release = Release { scope: Scope::Session.into(), id: 1, ..Release::default() };
    core.commander().request(&Command::new(SessionId(0), 0, &release), PATIENCE).unwrap();
    assert!(is_short(&core), "{fault:?}");
    assert_eq!(core.commander().snapshot().halted, None);
    disk.set(Fault::Nothing);
    wait_for(|| !is_short(&core));
    gateway.order(1, Side::Buy, 7_000, 1);
    drop(gateway);
    let stopped = core.stop().unwrap();
    assert_eq!(stopped.halted, None);
    check_short(house.path());
    // A replay refuses the same orders: the event log is compared with it, and the state hash.
    let again = house.start();
    assert!(again.recovery().compared > 0);
    again.stop().unwrap();
}

fn check_short(root: &Path) {
    let changes: Vec<(usize, u8)> = commands(root)
        .iter()
        .enumerate()
        .filter_map(|(index, it)| match it.view() {
            Some(CommandRef::RoomChange(body)) => Some((index + 1, body.is_short)),
            _ => None,
        })
        .collect();
    let [(began, 1), (ended, 0)] = changes[..] else { panic!("{changes:?}") };
    let (mut refused, mut canceled, mut taken_again) = (0, 0, 0);
    for (cause, event) in events(root) {
        let is_within = (began as u64..ended as u64).contains(&cause.0);
        match event.view() {
            Some(EventRef::Accepted(_)) if is_within => panic!("an order is accepted"),
            Some(EventRef::Accepted(_)) => taken_again += u64::from(cause.0 > ended as u64),
            Some(EventRef::Rejected(body)) => {
                assert!(is_within);
                assert_eq!(body.code.get(), Some(RejectCode::NoRoom));
                refused += 1;
            }
            Some(EventRef::Canceled(_)) if is_within => canceled += 1,
            _ => {}
        }
    }
    assert!(refused >= 1);
    assert!(canceled > 1, "the one that is asked for, and those that are killed");
    assert_eq!(taken_again, 1);
}

#[test]
fn on_a_full_disk_cancels_pass_and_orders_do_not() {
    // What cannot be made is not waited for.
    runs_short(Fault::Full, PATIENCE);
}

#[test]
fn behind_a_disk_that_does_not_answer_cancels_pass_and_orders_do_not() {
    runs_short(Fault::Stalled, Duration::from_millis(20));
}

#[test]
fn when_the_reserve_is_used_up_the_core_halts_and_says_why() {
    let (house, disk) = (House::new(), Faulty::new());
    let mut config = house.config();
    config.storage = Arc::new(disk.clone());
    config.patience = Duration::from_millis(20);
    let core = start(config).unwrap();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    gateway.log_on(1);
    disk.set(Fault::Full);
    let mut cancels = 0;
    while !matches!(core.status().state(), Some((State::Halted, _))) {
        // The ring of a core that halted takes no more than it holds.
        let command = gateway.make_cancel(1, ClOrdId(1));
        while gateway.ring.send(command.words()).is_err() {
            if matches!(core.status().state(), Some((State::Halted, _))) {
                break;
            }
            std::thread::yield_now();
        }
        cancels += u64::from(is_short(&core));
    }
    assert!(cancels > 0, "the reserve was used");
    let snapshot = core.commander().snapshot();
    let why = snapshot.halted.unwrap();
    assert!(matches!(why, HaltReason::InputsFull | HaltReason::EventsFull), "{why}");
    assert!(why.to_string().contains("full"), "{why}");
    disk.set(Fault::Nothing);
    core.stop().unwrap();
    let core = house.start();
    assert_eq!(core.recovery().replayed, snapshot.input);
    // The run after finds room, and says so before anything else is taken.
    wait_for(|| !is_short(&core));
    core.stop().unwrap();
}
