//! The machine, in one line, and where threads run.

use std::fmt;
use std::fs;
use std::sync::OnceLock;

use core_affinity::CoreId;
use tempfile::TempDir;

/// What a figure was measured on.
#[derive(Clone, Debug)]
pub struct Machine {
    model: String,
    cores: usize,
    kernel: String,
    load: String,
}

impl Machine {
    /// This machine, now.
    #[must_use]
    pub fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let info = read("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.and_then(|rest| rest.split_once(':')).map_or("unknown", |(_, name)| name);
        Machine {
            model: model.trim().to_owned(),
            cores: cores().len().max(1),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "),
        }
    }

    /// Cores this process may use.
    #[must_use]
    pub const fn cores(&self) -> usize {
        self.cores
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { model, cores, kernel, load } = self;
        write!(f, "machine: {model}, {cores} cores, Linux {kernel}, load {load}")
    }
}

/// The cores this process may use, as they were before any thread was pinned: a thread that is
/// pinned sees its own core only, and so do those it starts.
fn cores() -> &'static [CoreId] {
    static CORES: OnceLock<Vec<CoreId>> = OnceLock::new();
    CORES.get_or_init(|| core_affinity::get_core_ids().unwrap_or_default())
}

/// Keeps the calling thread on the core at `index` of those the process may use. False where there
/// is no such core or the system does not allow it: the scheduler decides then.
pub fn stay(index: usize) -> bool {
    cores().get(index).is_some_and(|core| core_affinity::set_for_current(*core))
}

/// [`stay`], and says so.
pub fn pin(name: &str, index: usize) {
    if stay(index) {
        println!("thread: {name} on core {index}");
    } else {
        println!("thread: {name} is not pinned");
    }
}

/// Nanoseconds that the calling thread has been on a processor, to the scheduler's tick; what
/// others took from it is not in it. 0 where the system does not tell.
#[must_use]
pub fn cpu_ns() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0)
}

/// A directory on disk and one in shared memory, both gone when dropped.
///
/// # Panics
/// Where there is no room for either.
#[must_use]
pub fn scratch() -> (TempDir, TempDir) {
    let hot = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
    (TempDir::new().expect("a directory"), hot.expect("a directory"))
}
