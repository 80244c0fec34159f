//! The way to the core: its ring, its status, its event log.
//!
//! A gateway asks at the core's socket and is handed descriptors:
//!
//! ```text
//! request   role 1 (gateway), number of the gateway, layout = SCHEMA_HASH
//! reply     numbers: source id | epoch | kind of the event log | 1 process, 2 power | zero
//!           text:    directory of the event log, newline, its hot directory
//!           descriptors: ring (writable), its head, status (both read-only)
//! ```
//! The connection stays open: its end is the core's. Attaching may wait, so a thread of its own
//! does it; the thread that serves sockets never waits for the core.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use pinion_ipc::handover::{Link, Request};
use pinion_ipc::{Access, Expected, Kind, Producer, PushError, Region, State, StatusView};
use pinion_types::{Command, SCHEMA_HASH, Seq, SourceId};

use crate::config::Durability;
use crate::outbox::Gate;

/// What a gateway calls itself in a request.
pub const ROLE_GATEWAY: u32 = 1;

/// What a gateway calls itself when it ends in order.
pub const ROLE_LEAVING: u32 = 3;

/// Longest wait for one step of the core's answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// Why the core could not be attached.
#[derive(Debug)]
pub enum Error {
    /// Sockets or shared memory.
    Ipc(pinion_ipc::Error),
    /// The core said no.
    Refused {
        /// Its number for the reason.
        code: u32,
        /// Its words.
        text: String,
    },
    /// The answer makes no sense.
    Reply(&'static str),
    /// The event log.
    Log(pinion_journal::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Ipc(error) => write!(f, "{error}"),
            Error::Refused { code, text } => write!(f, "the core refused ({code}): {text}"),
            Error::Reply(what) => write!(f, "the core's answer has no {what}"),
            Error::Log(error) => write!(f, "event log: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<pinion_ipc::Error> for Error {
    fn from(error: pinion_ipc::Error) -> Self {
        Error::Ipc(error)
    }
}

impl From<pinion_journal::Error> for Error {
    fn from(error: pinion_journal::Error) -> Self {
        Error::Log(error)
    }
}

/// Where the event log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// Its directory on disk.
    pub dir: PathBuf,
    /// The directory of its segments in memory.
    pub hot_dir: PathBuf,
    /// Its kind among the venue's logs.
    pub kind: u16,
}

/// An attached core.
#[derive(Debug)]
pub struct Core {
    link: Link,
    ring: Producer,
    /// The ring once more, for the heartbeat in its header.
    region: Region,
    status: StatusView,
    /// A command the ring had no room for.
    parked: Option<Command>,
    source: SourceId,
    log: LogPlace,
    durability: Durability,
}

/// The core broke the contract of its ring, or its command does not fit: it is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken(pub PushError);

impl Core {
    /// Asks the core at `path` for the ring of gateway `number`.
    ///
    /// # Errors
    /// [`Error`].
    pub fn attach(path: &Path, number: u16) -> Result<Core, Error> {
        let request =
            Request { role: ROLE_GATEWAY, number: u32::from(number), layout: SCHEMA_HASH };
        let (link, reply, fds) = Link::open(path, &request, ANSWER_TIMEOUT)?;
        if reply.code != 0 {
            return Err(Error::Refused { code: reply.code, text: reply.text });
        }
        let [source, _epoch, kind, durability, _] = reply.numbers;
        let (dir, hot_dir) = reply.text.split_once('\n').ok_or(Error::Reply("directories"))?;
        let log = LogPlace {
            dir: PathBuf::from(dir),
            hot_dir: PathBuf::from(hot_dir),
            kind: u16::try_from(kind).map_err(|_| Error::Reply("kind of log"))?,
        };
        let fds: [OwnedFd; 3] = fds.try_into().map_err(|_| Error::Reply("three descriptors"))?;
        let [ring, head, status] = fds;
        let again = ring.try_clone().map_err(|_| Error::Reply("descriptor to copy"))?;
        let expected =
            Expected { kind: Kind::Ring, layout: SCHEMA_HASH, access: Access::ReadWrite };
        Ok(Core {
            link,
            region: Region::attach(again, &expected)?,
            ring: pinion_ipc::attach(ring, head, SCHEMA_HASH)?,
            status: StatusView::attach(status, SCHEMA_HASH)?,
            parked: None,
            source: SourceId(u16::try_from(source).map_err(|_| Error::Reply("source id"))?),
            log,
            durability: if durability == 2 { Durability::Power } else { Durability::Process },
        })
    }

    /// Writes a command into the ring, or parks it where there is no room. Ask
    /// [`Core::has_room`] first: one command can be parked.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn push(&mut self, command: &Command) -> Result<(), Broken> {
        match self.ring.push(command.words()) {
            Ok(()) => Ok(()),
            Err(PushError::Full) => {
                debug_assert!(self.parked.is_none(), "has_room was not asked");
                self.parked = Some(*command);
                Ok(())
            }
            Err(error) => Err(Broken(error)),
        }
    }

    /// True where the next command may come; writes the parked one first.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn has_room(&mut self) -> Result<bool, Broken> {
        let Some(command) = &self.parked else { return Ok(true) };
        match self.ring.push(command.words()) {
            Ok(()) => {
                self.parked = None;
                Ok(true)
            }
            Err(PushError::Full) => Ok(false),
            Err(error) => Err(Broken(error)),
        }
    }

    /// True while a command waits for room.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        self.parked.is_some()
    }

    /// True while the core owes answers to commands it was shown: it publishes them before it gives
    /// the ring's room back.
    #[must_use]
    pub fn owes(&self) -> bool {
        !self.ring.is_drained()
    }

    /// Shows the core what was pushed.
    pub fn publish(&mut self) {
        self.ring.publish();
    }

    /// How far events may be shown.
    #[must_use]
    pub fn gate(&self) -> Gate {
        let durable = match self.durability {
            Durability::Process => None,
            Durability::Power => Some(Seq(self.status.durable_input())),
        };
        Gate { published: Seq(self.status.published_event()), durable }
    }

    /// What the core is doing and, where it halted, why.
    #[must_use]
    pub fn state(&self) -> Option<(State, u64)> {
        self.status.state()
    }

    /// Takes leave of the core: this gateway ends, and nothing went wrong.
    pub fn leave(&self) {
        let request =
            Request { role: ROLE_LEAVING, number: u32::from(self.source.0), layout: SCHEMA_HASH };
        // A core that does not hear it finds the connection closed.
        let _unheard = self.link.tell(&request);
    }

    /// True once the core's process is gone.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.link.is_closed()
    }

    /// Shows whoever looks at the ring that this gateway goes round.
    pub fn beat(&self, value: u64) {
        // The region was attached writable, so this never says no.
        let _written = self.region.beat(value);
    }

    /// The id of this gateway's commands.
    #[must_use]
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// Where the event log is.
    #[must_use]
    pub fn log(&self) -> &LogPlace {
        &self.log
    }

    /// Which acknowledgements may leave.
    #[must_use]
    pub fn durability(&self) -> Durability {
        self.durability
    }
}

impl AsFd for Core {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.link.as_fd()
    }
}
