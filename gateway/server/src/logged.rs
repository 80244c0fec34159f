//! An event with its place in the log.

use pinion_types::{Event, Nanos, Seq};

/// One event with what the log's record says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its place, which is its ExecID (FIX 17).
    pub seq: Seq,
    /// When its command was sequenced (FIX 60).
    pub time: Nanos,
    /// The command that caused it.
    pub cause: Seq,
    /// The event.
    pub event: Event,
}
