//! Coming and going.

use std::io;
use std::net::Shutdown;

use mio::net::TcpStream;
use mio::{Interest, Token};
use pinion_types::{ConnectionId, TerminationCode};

use super::{Connection, Server};
use crate::access::Refusal;
use crate::session::Session;
use crate::time::Now;

/// Connections accepted in one turn.
const ACCEPTS_MAX: usize = 64;

/// Pause after the system refused a connection, for want of descriptors say, in ms.
const PAUSE_MS: u32 = 100;

impl Server {
    /// Lets in who knocks, as fast as the limits allow.
    pub(super) fn accept(&mut self, now: Now) -> bool {
        if !self.knocking || now.tick < self.accept_again_at {
            return false;
        }
        let mut busy = false;
        for _ in 0..ACCEPTS_MAX {
            let Some(listener) = &self.listener else { return busy };
            if !self.access.may_accept(now.tick) {
                return busy;
            }
            match listener.accept() {
                Ok((stream, address)) => {
                    busy = true;
                    self.enter(stream, address.ip(), now);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.knocking = false;
                    return busy;
                }
                Err(error) if is_peers(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot accept");
                    self.accept_again_at = now.tick.after_ms(PAUSE_MS);
                    return busy;
                }
            }
        }
        busy
    }

    fn enter(&mut self, mut stream: TcpStream, address: std::net::IpAddr, now: Now) {
        match self.access.enter(address, now.tick) {
            Ok(()) => {}
            Err(Refusal::TooMany) => {
                self.world.counters.refused_connections.one();
                tracing::info!(%address, "too many connections");
                return;
            }
            Err(Refusal::LockedOut) => {
                self.world.counters.refused_locked.one();
                tracing::info!(%address, "locked out");
                return;
            }
        }
        let id = self.fresh_id();
        let key = self.connections.vacant_key();
        let interest = Interest::READABLE | Interest::WRITABLE;
        let watched = self.poll.registry().register(&mut stream, Token(key), interest);
        if let Err(error) = watched.and_then(|()| stream.set_nodelay(true)) {
            tracing::warn!(%address, %error, "cannot serve a connection");
            self.access.leave(address);
            return;
        }
        let session = Session::new(&self.world.limits, id, now);
        self.connections.insert(Connection::new(stream, address, session));
        self.by_id.insert(id.0, key);
        self.world.counters.accepted.one();
        tracing::debug!(%address, connection = id.0, "accepted");
        self.drain(key, now);
    }

    /// Closes a connection and forgets it.
    pub(super) fn remove(&mut self, key: usize, code: TerminationCode) {
        let Some(mut connection) = self.connections.try_remove(key) else { return };
        let id = connection.session.connection();
        tracing::debug!(connection = id.0, %code, "closed");
        self.by_id.remove(&id.0);
        let session = connection.session.session();
        if self.routes.get(&session) == Some(&key) {
            self.routes.remove(&session);
        }
        self.replays.cancel(key);
        self.access.leave(connection.address);
        // Closing the socket takes it out of the poll as well.
        let _gone = self.poll.registry().deregister(&mut connection.stream);
        self.world.counters.closed.one();
    }

    /// Closes the sending side: the peer reads what was written and then an end.
    pub(super) fn shut(&mut self, key: usize) {
        if let Some(connection) = self.connections.get(key) {
            // A peer that is gone already needs no end.
            let _gone = connection.stream.shutdown(Shutdown::Write);
        }
    }

    fn fresh_id(&mut self) -> ConnectionId {
        loop {
            self.next_id = self.next_id.wrapping_add(1);
            if self.next_id != 0 && !self.by_id.contains_key(&self.next_id) {
                return ConnectionId(self.next_id);
            }
        }
    }
}

/// True where the connection failed before it was accepted, which is its peer's affair.
fn is_peers(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted)
}
