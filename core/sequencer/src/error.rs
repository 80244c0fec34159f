//! Why a core cannot start, or a journal cannot be replayed.

use core::fmt;
use std::io;

use pinion_types::{Event, Nanos, RejectCode, Seq};

use crate::halt::HaltReason;

/// An event as one side of a comparison has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The time of its record.
    pub time: Nanos,
    /// The command that caused it.
    pub cause: Seq,
    /// The event; `None` where the record is of no kind this build knows.
    pub event: Option<Box<Event>>,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.event {
            Some(event) => write!(f, "at {} by input {}: {event:?}", self.time, self.cause),
            None => write!(f, "at {} by input {}: unknown bytes", self.time, self.cause),
        }
    }
}

/// The first place where a replay came out otherwise than what was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Divergence {
    /// An event is another one than in the log.
    Event {
        /// Its number.
        seq: Seq,
        /// What the log has.
        logged: Side,
        /// What the replay gave.
        replayed: Side,
    },
    /// The log holds events that no journaled command causes.
    Surplus {
        /// The first of them.
        first: Seq,
        /// The last.
        last: Seq,
        /// The last journaled command.
        last_input: Seq,
    },
    /// The state is another than the journal says it was.
    State {
        /// The record that says so.
        seq: Seq,
        /// State hash and number of events journaled.
        journaled: (u64, Seq),
        /// State hash and number of events of the replay.
        replayed: (u64, Seq),
    },
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Divergence::Event { seq, logged, replayed } => {
                write!(f, "event {seq}: the log has {logged}; replay gives {replayed}")
            }
            Divergence::Surplus { first, last, last_input } => write!(
                f,
                "events {first} to {last} are in the log, but the journal ends with input \
                 {last_input}, which does not cause them"
            ),
            Divergence::State { seq, journaled, replayed } => write!(
                f,
                "state before input {seq}: the journal has {:#018x} after {} events, replay gives \
                 {:#018x} after {}",
                journaled.0, journaled.1, replayed.0, replayed.1
            ),
        }
    }
}

/// Why a core cannot start or a journal cannot be replayed.
#[derive(Debug)]
pub enum Error {
    /// The input journal.
    Inputs(pinion_journal::Error),
    /// The event log.
    Events(pinion_journal::Error),
    /// Nothing says what venue to begin: the configuration's first command is no genesis.
    NoGenesis,
    /// The genesis asks for a venue that cannot be.
    Genesis(RejectCode),
    /// A record that is whole, but no command this build knows, or out of place.
    Unreadable {
        /// The record.
        seq: Seq,
    },
    /// The replay came out otherwise than what was recorded.
    Divergence(Box<Divergence>),
    /// The core stopped itself while it booted.
    Halted(HaltReason),
    /// Sockets or shared memory.
    Ipc(pinion_ipc::Error),
    /// A value of the configuration that cannot be.
    Config(&'static str),
    /// The system refused a thread, randomness or a descriptor.
    System {
        /// What was being done.
        what: &'static str,
        /// Its answer.
        source: io::Error,
    },
    /// A thread of the core panicked.
    Panicked(&'static str),
}

impl Error {
    /// Names what was being done when the system refused.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |source| Error::System { what, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Inputs(error) => write!(f, "input journal: {error}"),
            Error::Events(error) => write!(f, "event log: {error}"),
            Error::NoGenesis => f.write_str("there is no journal and no genesis to begin one with"),
            Error::Genesis(code) => write!(f, "genesis refused: {}", code.text()),
            Error::Unreadable { seq } => write!(
                f,
                "input {seq}: the record is whole, but no command this program can take there"
            ),
            Error::Divergence(divergence) => write!(f, "replay diverged: {divergence}"),
            Error::Halted(reason) => write!(f, "halted: {reason}"),
            Error::Ipc(error) => write!(f, "{error}"),
            Error::Config(what) => write!(f, "configuration: {what}"),
            Error::System { what, source } => write!(f, "{what}: {source}"),
            Error::Panicked(thread) => write!(f, "thread {thread} panicked"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Inputs(error) | Error::Events(error) => Some(error),
            Error::Ipc(error) => Some(error),
            Error::System { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<pinion_ipc::Error> for Error {
    fn from(error: pinion_ipc::Error) -> Self {
        Error::Ipc(error)
    }
}

impl From<Divergence> for Error {
    fn from(divergence: Divergence) -> Self {
        Error::Divergence(Box::new(divergence))
    }
}
