//! One socket and its session.

use std::net::IpAddr;

use mio::net::TcpStream;

use crate::session::Session;
use crate::time::Tick;

/// One connection as the server keeps it.
#[derive(Debug)]
pub struct Connection {
    /// The socket.
    pub stream: TcpStream,
    /// The peer.
    pub address: IpAddr,
    /// Its protocol.
    pub session: Session,
    /// Bytes may wait in the socket.
    pub readable: bool,
    /// The peer closed its side, or the socket failed: read to the end.
    pub read_closed: bool,
    /// The socket may take bytes.
    pub writable: bool,
    /// It stands in the list of those to be read.
    pub in_readable: bool,
    /// It stands in the list of those to be written.
    pub in_dirty: bool,
    /// It waits for room in the ring.
    pub is_stalled: bool,
    /// What the session said last of when it wants to be asked.
    pub wait: Tick,
    /// Its earliest entry in the timers.
    pub timer_at: Tick,
}

impl Connection {
    /// A connection that was just accepted.
    #[must_use]
    pub fn new(stream: TcpStream, address: IpAddr, session: Session) -> Self {
        Connection {
            stream,
            address,
            session,
            readable: false,
            read_closed: false,
            writable: true,
            in_readable: false,
            in_dirty: false,
            is_stalled: false,
            wait: Tick::NEVER,
            timer_at: Tick::NEVER,
        }
    }
}
