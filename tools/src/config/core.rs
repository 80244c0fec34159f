//! `core.toml`: the core process.

use serde::{Deserialize, Serialize};

use super::number::Pin;

/// Everything the core process can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoreConfig {
    /// Where its threads run.
    pub threads: CoreThreads,
    /// How much it holds.
    pub capacity: Capacity,
    /// The input journal.
    pub journal: LogConfig,
    /// The event log.
    pub event_log: LogConfig,
    /// When an order counts as safe.
    pub durability: DurabilityConfig,
    /// Ways in.
    pub rings: Rings,
    /// When a trading day begins.
    pub day: Day,
    /// Who may command.
    pub control: Control,
}

/// What a thread does when there is nothing to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Idle {
    /// Spins where the machine has a processor for each spinning thread, else yields.
    #[default]
    Auto,
    /// Looks again at once.
    Spin,
    /// Gives the processor away in between.
    Yield,
}

/// Threads of the core process and their processors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoreThreads {
    /// The hot thread.
    pub hot: Pin,
    /// The one that writes to disk.
    pub journal: Pin,
    /// The one that readies segments.
    pub preparer: Pin,
    /// The one that keeps the time.
    pub timekeeper: Pin,
    /// The one that answers the sockets.
    pub control: Pin,
    /// What the hot thread does when idle.
    pub idle: Idle,
    /// What the journal thread does when idle.
    pub journal_idle: JournalIdle,
    /// Holds the memory of the hot thread in place.
    pub lock_memory: bool,
}

/// What the journal thread does when there is nothing to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JournalIdle {
    /// Sleeps a moment: 200 microseconds, and 20 under durability `power`.
    #[default]
    Park,
    /// Gives the processor away and looks again.
    Yield,
    /// Looks again at once.
    Spin,
}

/// Tables of the engine, fixed when a venue begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capacity {
    /// Instruments.
    pub instruments_max: u32,
    /// Firms.
    pub firms_max: u32,
    /// Accounts.
    pub accounts_max: u32,
    /// Sessions.
    pub sessions_max: u32,
    /// Working orders.
    pub orders_max: u32,
    /// Positions.
    pub positions_max: u32,
    /// Pages of 64 price levels.
    pub pages_max: u32,
    /// Closed orders remembered for "too late to cancel".
    pub closed_orders_max: u32,
}

impl Default for Capacity {
    fn default() -> Self {
        Capacity {
            instruments_max: 1_024,
            firms_max: 64,
            accounts_max: 4_096,
            sessions_max: 1_024,
            orders_max: 262_144,
            positions_max: 65_536,
            pages_max: 16_384,
            closed_orders_max: 65_536,
        }
    }
}

/// Segments of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// Size of a segment.
    pub segment_size_mib: u32,
    /// Segments kept ready ahead of the writer.
    pub spare_segments: u32,
}

impl Default for LogConfig {
    fn default() -> Self {
        LogConfig { segment_size_mib: 16, spare_segments: 2 }
    }
}

/// Names of durability (`replicated` is not offered).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Survives the death of every process.
    #[default]
    Process,
    /// Survives the loss of power.
    Power,
}

impl Durability {
    /// The word in files and output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Durability::Process => "process",
            Durability::Power => "power",
        }
    }
}

/// When an order counts as safe.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DurabilityConfig {
    /// What an acknowledged order survives.
    pub mode: Durability,
}

/// Rings into the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rings {
    /// Gateways that may attach at once.
    pub gateways_max: u16,
    /// Lines of 64 bytes in each gateway's ring, a power of two.
    pub gateway_ring_lines: u32,
    /// Commands of the control socket waiting at once.
    pub control_commands_max: u32,
}

impl Default for Rings {
    fn default() -> Self {
        Rings { gateways_max: 4, gateway_ring_lines: 16_384, control_commands_max: 64 }
    }
}

/// When a trading day begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Day {
    /// Time zone, by its name in the IANA database.
    pub zone: String,
    /// Local time of the roll, `HH:MM`.
    pub roll_time: String,
}

impl Default for Day {
    fn default() -> Self {
        Day { zone: "UTC".to_owned(), roll_time: "00:00".to_owned() }
    }
}

/// Who may command over the control socket, besides the user the core runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// User ids that may kill.
    pub risk_uids: Vec<u32>,
    /// User ids that may release.
    pub market_ops_uids: Vec<u32>,
    /// User ids that may do everything.
    pub admin_uids: Vec<u32>,
}

impl Control {
    /// True where others than the owner may command.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        !(self.risk_uids.is_empty()
            && self.market_ops_uids.is_empty()
            && self.admin_uids.is_empty())
    }
}
