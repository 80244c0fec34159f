//! From the sessions to their sockets: one write a connection and turn.

use std::io::{self, Write};

use super::Server;
use crate::session::Input;
use crate::time::Now;

impl Server {
    /// Remembers that the connection may have something to write.
    pub(super) fn mark_dirty(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let waits = connection.writable && !connection.session.unsent().is_empty();
        if waits && !connection.in_dirty {
            connection.in_dirty = true;
            self.dirty.push(key);
        }
    }

    /// Writes what waits.
    pub(super) fn write(&mut self, now: Now) -> bool {
        let dirty = core::mem::take(&mut self.dirty);
        for &key in &dirty {
            if let Some(connection) = self.connections.get_mut(key) {
                connection.in_dirty = false;
                self.write_one(key, now);
            }
        }
        let busy = !dirty.is_empty();
        if self.dirty.is_empty() {
            // The list's memory is kept for the next turn.
            self.dirty = dirty;
            self.dirty.clear();
        }
        busy
    }

    fn write_one(&mut self, key: usize, now: Now) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let unsent = connection.session.unsent();
        if !connection.writable || unsent.is_empty() {
            return;
        }
        let input = match connection.stream.write(unsent) {
            Ok(len) => {
                // A short write means that the socket is full; it will be told when it is not.
                connection.writable = len == unsent.len();
                self.world.counters.bytes_out.add(u64::try_from(len).unwrap_or(0));
                Input::Sent(len)
            }
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock => {
                    connection.writable = false;
                    return;
                }
                io::ErrorKind::Interrupted => return self.mark_dirty(key),
                _ => Input::Lost,
            },
        };
        self.input(key, now, input);
    }
}
