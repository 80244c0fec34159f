//! The hot loop and what surrounds it: boot, replay, time, ways in, ways to command.
//!
//! One thread polls the rings, stamps each command with its number and the time, journals it,
//! applies it and appends its events to the log. Everything else here exists so that this thread
//! never has to allocate, wait or ask the system:
//!
//! ```text
//!              hot thread   poll -> stamp -> journal -> apply -> log -> publish
//!   rings ──────^  ^  ^ ^
//!   control ring ──┘  │ └── mapping of the TSC to UTC, by the timekeeper thread
//!   requests ─────────┘     rings come and go, days end: by the control thread
//!   journal threads         the same bytes to disk, new segments ahead of need
//! ```
//!
//! Boot replays the journal through the same `apply`, compares the event log byte for byte and
//! extends it; a difference is an error and never repaired.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod process;

mod config;

mod configuration;

mod boot;

mod replay;

mod pipeline;

mod reserve;

mod hot;

mod clock;

mod day;

mod control;

mod metric;

mod halt;

mod error;

pub use boot::Recovery;
pub use clock::{HotClock, Mapping, Timekeeper};
pub use config::{CoreConfig, Durability, LogConfig, LogPlace, Pins};
pub use configuration::{Configuration, Given};
pub use control::{Answer, CommandError, Commander, Snapshot};
pub use day::{Days, FixedDays};
pub use error::{Divergence, Error, Side};
pub use halt::HaltReason;
pub use metric::Metric;
pub use process::{Core, Stopped};
pub use replay::{Observer, Progress, ReplayPlan, Replayed, Summary, replay};

use pinion_types::SourceId;

/// Kind of the input journal among a venue's logs: records are commands.
pub const INPUT_KIND: u16 = 1;

/// Kind of the event log among a venue's logs: records are events.
pub const EVENT_KIND: u16 = 2;

/// What a gateway calls itself when it asks for a ring.
pub const ROLE_GATEWAY: u32 = 1;

/// What a process calls itself that only wants to read the status.
pub const ROLE_OBSERVER: u32 = 2;

/// What a gateway calls itself when it ends in order; the connection follows.
pub const ROLE_LEAVING: u32 = 3;

/// The core itself: boot, timers, days.
pub const SOURCE_CORE: SourceId = SourceId(0);

/// The control socket.
pub const SOURCE_CONTROL: SourceId = SourceId(1);

/// The first gateway; the others follow by their numbers.
pub const SOURCE_GATEWAYS: SourceId = SourceId(2);
