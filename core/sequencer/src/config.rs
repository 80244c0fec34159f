//! What a core is told. Plain values: files are read and checked by the `pinion` tool.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pinion_engine::LOGIC_VERSION;
use pinion_ipc::Wait;
use pinion_ipc::handover::TEXT_MAX;
use pinion_journal::{Disk, Idle, Options, Storage};
use pinion_types::{SCHEMA_HASH, command::Genesis};

use crate::day::{Days, FixedDays};

/// When an acknowledged order counts as safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// It survives the death of every process.
    #[default]
    Process,
    /// It survives a loss of power.
    Power,
}

impl Durability {
    /// The number in a handover: 1 or 2.
    #[must_use]
    pub const fn code(self) -> u64 {
        match self {
            Durability::Process => 1,
            Durability::Power => 2,
        }
    }
}

/// Where a log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// Its directory on disk.
    pub dir: PathBuf,
    /// The directory of its segments in memory: on tmpfs, and this log's alone.
    pub hot_dir: PathBuf,
}

/// One of the two logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// Where it is.
    pub place: LogPlace,
    /// Bytes of a segment: a multiple of 4096, 16 KiB to 1 GiB.
    pub segment_len: usize,
    /// Segments kept ready ahead of the one written to.
    pub spare_segments: usize,
}

impl LogConfig {
    /// Segments of 64 MiB with four spares.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, hot_dir: impl Into<PathBuf>) -> LogConfig {
        let place = LogPlace { dir: dir.into(), hot_dir: hot_dir.into() };
        LogConfig { place, segment_len: 64 << 20, spare_segments: 4 }
    }

    /// What the journal crate wants to know.
    pub(crate) fn options(&self, kind: u16, genesis: &Genesis, config: &CoreConfig) -> Options {
        let mut options = Options::new(&self.place.dir, &self.place.hot_dir, kind);
        options.segment_len = self.segment_len;
        options.spare_segments = self.spare_segments;
        options.schema_hash = SCHEMA_HASH;
        options.logic_version = LOGIC_VERSION;
        options.venue = genesis.venue;
        options.sync = config.durability == Durability::Power;
        options.lock_memory = config.lock_memory;
        options.storage = Arc::clone(&config.storage);
        options
    }
}

/// Processors that threads stay on; `None` for any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// The hot thread.
    pub hot: Option<usize>,
    /// The one that writes to disk.
    pub journal: Option<usize>,
    /// The one that readies segments.
    pub preparer: Option<usize>,
    /// The one that keeps the time.
    pub timekeeper: Option<usize>,
    /// The one that hands out rings.
    pub control: Option<usize>,
}

/// Everything a core is told.
pub struct CoreConfig {
    /// The input journal.
    pub inputs: LogConfig,
    /// The event log.
    pub events: LogConfig,
    /// When an acknowledged order counts as safe.
    pub durability: Durability,
    /// Whether hot segments are locked in memory, where the system allows it.
    pub lock_memory: bool,
    /// Where gateways attach; at most 107 bytes.
    pub socket: PathBuf,
    /// Where threads run.
    pub pins: Pins,
    /// What the hot thread does when there is nothing to do.
    pub wait: Wait,
    /// What the journal thread does when there is nothing to do; `None` looks again after 200
    /// microseconds, and after 20 where acknowledgements wait for it.
    pub journal_idle: Option<Idle>,
    /// Gateways that may be attached at once; their numbers are below it. At most 64.
    pub gateways_max: u16,
    /// Lines of 64 bytes in each gateway's ring, a power of two.
    pub ring_lines: usize,
    /// Commands of the control socket that may wait at once.
    pub control_commands_max: usize,
    /// Commands taken from one ring before the next one has its turn.
    pub commands_per_turn: usize,
    /// How long the core takes nothing at all, because a log is behind, before it refuses orders
    /// and lets cancels use the reserve. Where no segment can be made it does not wait.
    pub hold: Duration,
    /// How long a record may wait for room in a log before the core halts.
    pub patience: Duration,
    /// The calendar.
    pub days: Box<dyn Days>,
    /// The disk of both logs.
    pub storage: Arc<dyn Storage>,
}

impl CoreConfig {
    /// A core whose logs are below `dir` and `hot_dir` and whose socket is in `hot_dir`, with
    /// defaults for everything else: nothing pinned, yielding, four gateways, days of UTC.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, hot_dir: impl Into<PathBuf>) -> CoreConfig {
        let (dir, hot_dir) = (dir.into(), hot_dir.into());
        CoreConfig {
            inputs: LogConfig::new(dir.join("journal"), hot_dir.join("journal")),
            events: LogConfig::new(dir.join("events"), hot_dir.join("events")),
            durability: Durability::Process,
            lock_memory: false,
            socket: hot_dir.join("core.sock"),
            pins: Pins::default(),
            wait: Wait::Yield,
            journal_idle: None,
            gateways_max: 4,
            ring_lines: 16_384,
            control_commands_max: 64,
            commands_per_turn: 32,
            hold: Duration::from_secs(1),
            patience: Duration::from_secs(5),
            days: Box::new(FixedDays::default()),
            storage: Arc::new(Disk),
        }
    }

    pub(crate) fn journal_idle(&self) -> Idle {
        self.journal_idle.unwrap_or(match self.durability {
            Durability::Process => Idle::Park(Duration::from_micros(200)),
            Durability::Power => Idle::Park(Duration::from_micros(20)),
        })
    }

    /// Values that cannot be, before anything is touched.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.gateways_max > 64 {
            return Err("more than 64 gateways");
        }
        if !pinion_ipc::ring::is_capacity(self.ring_lines) {
            return Err("ring lines are no power of two of at least 64");
        }
        if !(1..=1 << 16).contains(&self.control_commands_max) {
            return Err("control commands waiting are not from 1 to 65,536");
        }
        if !(1..=1 << 16).contains(&self.commands_per_turn) {
            return Err("commands per turn are not from 1 to 65,536");
        }
        // Gateways are told where the log is, on two lines of one packet.
        let place = &self.events.place;
        let is_plain = |path: &PathBuf| path.to_str().is_some_and(|text| !text.contains('\n'));
        let len = place.dir.as_os_str().len() + place.hot_dir.as_os_str().len() + 1;
        if !is_plain(&place.dir) || !is_plain(&place.hot_dir) || len > TEXT_MAX {
            return Err("directories of the event log are too long or hold odd characters");
        }
        Ok(())
    }
}
