//! Connections at the core's socket: unknown, observing, or a gateway with a ring.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use pinion_ipc::Error;
use pinion_ipc::handover::{Peer, Request};
use pinion_types::SourceId;

use crate::ROLE_LEAVING;

/// Connections that may be open without having said who they are.
const UNKNOWN_MAX: usize = 16;

/// Observers at once.
const OBSERVERS_MAX: usize = 64;

/// Longest silence after connecting.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// What a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It has not said.
    Unknown {
        /// Since when.
        since: Instant,
    },
    /// It reads the status.
    Observer,
    /// It has a ring.
    Attached(SourceId),
    /// It had a ring; the hot thread still has it.
    Leaving(SourceId),
}

/// One connection.
struct Connection {
    /// `None` once it is closed and only its ring is waited for.
    peer: Option<Peer>,
    stage: Stage,
}

/// What happened at a connection.
pub(super) enum Happened {
    /// It says who it is.
    Asked(Request),
    /// A gateway is gone, or said something it should not; no reason where it took its leave.
    Left(SourceId, Option<Error>),
}

/// All connections.
#[derive(Default)]
pub(super) struct Peers {
    connections: Vec<Connection>,
}

impl Peers {
    /// Takes a new connection; too many unknown ones, and it is closed again.
    pub fn add(&mut self, peer: Peer) {
        let is_unknown = |it: &&Connection| matches!(it.stage, Stage::Unknown { .. });
        if self.connections.iter().filter(is_unknown).count() >= UNKNOWN_MAX {
            tracing::warn!(pid = peer.pid(), "too many silent connections: closed");
            return;
        }
        let stage = Stage::Unknown { since: Instant::now() };
        self.connections.push(Connection { peer: Some(peer), stage });
    }

    /// Descriptors to wait for.
    pub fn fds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.connections.iter().filter_map(|it| it.peer.as_ref()).map(AsFd::as_fd)
    }

    /// Looks at every connection once; what happened, with its index, last first, so that indexes
    /// stay good while they are worked through in order.
    pub fn look(&mut self) -> Vec<(usize, Happened)> {
        let mut happened = Vec::new();
        for index in (0..self.connections.len()).rev() {
            let connection = &mut self.connections[index];
            let Some(peer) = &connection.peer else { continue };
            match (connection.stage, peer.request()) {
                (Stage::Unknown { since }, Ok(None)) if since.elapsed() > SILENCE_MAX => {
                    self.connections.swap_remove(index);
                }
                (_, Ok(None)) => {}
                (Stage::Unknown { .. }, Ok(Some(request))) => {
                    happened.push((index, Happened::Asked(request)));
                }
                (Stage::Attached(source), heard) => {
                    connection.peer = None;
                    connection.stage = Stage::Leaving(source);
                    let why = match heard {
                        Ok(Some(request)) if request.role == ROLE_LEAVING => None,
                        Ok(_) => Some(Error::Garbled),
                        Err(error) => Some(error),
                    };
                    happened.push((index, Happened::Left(source, why)));
                }
                (Stage::Unknown { .. } | Stage::Observer, _) => {
                    self.connections.swap_remove(index);
                }
                (Stage::Leaving(_), _) => connection.peer = None,
            }
        }
        happened
    }

    /// The connection at `index`.
    pub fn peer(&self, index: usize) -> Option<&Peer> {
        self.connections.get(index).and_then(|it| it.peer.as_ref())
    }

    /// Notes what the connection at `index` has become.
    pub fn set(&mut self, index: usize, stage: Stage) {
        if let Some(connection) = self.connections.get_mut(index) {
            connection.stage = stage;
        }
    }

    /// Closes the connection at `index`.
    pub fn close(&mut self, index: usize) {
        if index < self.connections.len() {
            self.connections.swap_remove(index);
        }
    }

    /// True where a ring of that source is polled, or was and is not back yet.
    pub fn has(&self, source: SourceId) -> bool {
        self.connections.iter().any(|it| match it.stage {
            Stage::Attached(id) | Stage::Leaving(id) => id == source,
            Stage::Unknown { .. } | Stage::Observer => false,
        })
    }

    /// The ring of that source is back: the connection, if it is still open, is closed.
    pub fn retire(&mut self, source: SourceId) {
        self.connections.retain(|it| match it.stage {
            Stage::Attached(id) | Stage::Leaving(id) => id != source,
            Stage::Unknown { .. } | Stage::Observer => true,
        });
    }

    /// True where no more observers are served.
    pub fn is_crowded(&self) -> bool {
        self.connections.iter().filter(|it| it.stage == Stage::Observer).count() >= OBSERVERS_MAX
    }
}
