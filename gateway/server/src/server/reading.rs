//! From the socket to the ring.

use std::io::{self, Read};

use super::Server;
use crate::session::{Input, Output};
use crate::time::Now;

impl Server {
    pub(super) fn mark_readable(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if !connection.in_readable {
            connection.in_readable = true;
            self.readable.push_back(key);
        }
    }

    /// Reads each connection that has something, once; whoever has more waits for the next turn.
    pub(super) fn read(&mut self, now: Now) -> bool {
        let mut busy = false;
        for _ in 0..self.readable.len() {
            if !self.ring_has_room(now) {
                return busy;
            }
            let Some(key) = self.readable.pop_front() else { return busy };
            if let Some(connection) = self.connections.get_mut(key) {
                connection.in_readable = false;
                self.read_one(key, now);
                busy = true;
            }
        }
        busy
    }

    fn read_one(&mut self, key: usize, now: Now) {
        let read_len_max = self.config.turn.read_len_max;
        let Some(connection) = self.connections.get_mut(key) else { return };
        if connection.is_stalled || !connection.readable || !connection.session.wants_bytes() {
            return;
        }
        let space = connection.session.receive_space();
        let room = space.len().min(read_len_max);
        let Some(space) = space.get_mut(..room) else { return };
        let input = match connection.stream.read(space) {
            Ok(0) => Input::Lost,
            Ok(len) => {
                // A short read means that the socket was empty then; what comes later is told.
                connection.readable = len == room || connection.read_closed;
                self.world.counters.bytes_in.add(u64::try_from(len).unwrap_or(0));
                Input::Received(len)
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => {
                    connection.readable = false;
                    return;
                }
                io::ErrorKind::Interrupted => return self.mark_readable(key),
                _ => Input::Lost,
            },
        };
        if matches!(input, Input::Lost) {
            connection.readable = false;
        }
        self.input(key, now, input);
    }

    /// Does what the session says until it rests, or until the ring has no room.
    pub(super) fn drain(&mut self, key: usize, now: Now) {
        loop {
            if !self.ring_has_room(now) {
                return self.stall(key);
            }
            let Some(connection) = self.connections.get_mut(key) else { return };
            match connection.session.poll_output(&self.world.context(), now) {
                Output::Command(command) => {
                    let Some(core) = &mut self.core else { continue };
                    if let Err(broken) = core.push(command) {
                        return self.core_broken(now, broken);
                    }
                }
                Output::LogonFailed => {
                    let address = connection.address;
                    self.logon_failed(address, now);
                }
                Output::Resend { session, from, count } => {
                    self.begin_replay(key, session, from.0, count, now);
                }
                Output::Shutdown => self.shut(key),
                Output::Close(code) => return self.remove(key, code),
                Output::Wait(wait) => {
                    connection.wait = wait;
                    let more = connection.readable && connection.session.wants_bytes();
                    if more {
                        self.mark_readable(key);
                    }
                    self.mark_dirty(key);
                    return self.schedule(key);
                }
            }
        }
    }

    /// Goes on with those that waited for room in the ring.
    pub(super) fn resume_stalled(&mut self, now: Now) -> bool {
        let mut busy = false;
        for _ in 0..self.stalled.len() {
            if !self.ring_has_room(now) {
                self.world.counters.ring_full.one();
                return busy;
            }
            let Some(key) = self.stalled.pop_front() else { return busy };
            if let Some(connection) = self.connections.get_mut(key) {
                connection.is_stalled = false;
                self.drain(key, now);
                busy = true;
            }
        }
        busy
    }

    fn stall(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if !connection.is_stalled {
            connection.is_stalled = true;
            self.stalled.push_back(key);
        }
        self.mark_dirty(key);
    }

    fn logon_failed(&mut self, address: std::net::IpAddr, now: Now) {
        if self.access.failed(address, now.tick) {
            self.world.counters.lockouts.one();
            tracing::warn!(%address, "locked out after failed logons");
        }
    }

    /// True where a command can be taken: there is room, or no core that could want it.
    fn ring_has_room(&mut self, now: Now) -> bool {
        match self.core.as_mut().map_or(Ok(true), crate::link::Core::has_room) {
            Ok(has_room) => has_room,
            Err(broken) => {
                self.core_broken(now, broken);
                true
            }
        }
    }
}
