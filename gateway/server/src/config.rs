//! Everything a gateway can be told. Plain values: files are read and checked by the `pinion` tool.

use std::net::SocketAddr;
use std::path::PathBuf;

use pinion_types::SessionId;

/// Largest frame in either direction, in bytes; fixed by the protocol.
pub const FRAME_LEN_MAX: usize = 4096;

/// What the thread does when there is nothing to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    /// Looks again at once. Needs a processor of its own.
    Spin,
    /// Gives the processor away, and blocks for at most a millisecond while nothing is outstanding.
    #[default]
    Yield,
}

/// Where one session's key is. A session may have several while keys are rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    /// The session.
    pub session: SessionId,
    /// Name of the key, 1 to 20 printable ASCII characters.
    pub access_key_id: String,
    /// The file: owner's alone (mode 0600 or less), see [`crate::keys`].
    pub path: PathBuf,
}

/// Limits of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Time from accept to Negotiate or Establish, and from Negotiate to Establish, in ms.
    /// Default 2,000.
    pub logon_timeout_ms: u32,
    /// Negotiate and Establish messages in the life of one connection. Default 8.
    pub logon_messages_max: u32,
    /// Time a frame may stay incomplete after its first byte, in ms. Default 5,000.
    pub frame_timeout_ms: u32,
    /// Time for the core's answer to a Terminate and for the last bytes to leave, in ms.
    /// Default 1,000.
    pub linger_timeout_ms: u32,
    /// Bytes read from the socket and not yet decoded, at least [`FRAME_LEN_MAX`]. Default 16 KiB.
    pub receive_buffer_len: usize,
    /// Bytes waiting for a peer that does not read; one more and it is disconnected.
    /// Default 1 MiB.
    pub send_queue_len_max: usize,
    /// Messages a retransmission request may ask for. Default 1,000.
    pub retransmit_count_max: u32,
    /// Messages sent again before live traffic has its turn. Default 64.
    pub retransmit_batch_max: u32,
}

impl Default for SessionLimits {
    fn default() -> Self {
        SessionLimits {
            logon_timeout_ms: 2_000,
            logon_messages_max: 8,
            frame_timeout_ms: 5_000,
            linger_timeout_ms: 1_000,
            receive_buffer_len: 16 << 10,
            send_queue_len_max: 1 << 20,
            retransmit_count_max: 1_000,
            retransmit_batch_max: 64,
        }
    }
}

/// Limits that protect the gateway from whoever can reach its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessLimits {
    /// Connections at once. Default 10,000.
    pub connections_max: usize,
    /// Connections at once from one address (one /64 for IPv6). Default 10,000.
    pub connections_per_address_max: u32,
    /// Connections accepted a second; more wait in the backlog. Default 2,000.
    pub accept_per_second: u32,
    /// Failed logons of one address within the window that lock it out. Default 10.
    pub failures_max: u32,
    /// The window, and how long an address stays locked out, in ms. Default 60,000.
    pub lockout_ms: u32,
    /// Addresses remembered. Default 16,384.
    pub addresses_max: usize,
}

impl Default for AccessLimits {
    fn default() -> Self {
        AccessLimits {
            connections_max: 10_000,
            connections_per_address_max: 10_000,
            accept_per_second: 2_000,
            failures_max: 10,
            lockout_ms: 60_000,
            addresses_max: 16_384,
        }
    }
}

/// How much the one thread does before it looks elsewhere, and what retransmission may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnLimits {
    /// Bytes read from one connection in one turn. Default 16 KiB.
    pub read_len_max: usize,
    /// Events taken from the log in one turn. Default 1,024.
    pub events_max: usize,
    /// Events looked at for one retransmission in one turn. Default 2,048.
    pub replay_events_max: usize,
    /// Retransmissions answered at once; the others wait their turn. Default 64.
    pub replays_max: usize,
    /// Every how many messages of a session its place in the log is kept. Default 32.
    pub index_stride: u64,
    /// Places kept altogether, 40 bytes each; where they run out, the stride doubles.
    /// Default 4,194,304.
    pub index_marks_max: usize,
}

impl Default for TurnLimits {
    fn default() -> Self {
        TurnLimits {
            read_len_max: 16 << 10,
            events_max: 1_024,
            replay_events_max: 2_048,
            replays_max: 64,
            index_stride: 32,
            index_marks_max: 4 << 20,
        }
    }
}

/// Which acknowledgements may leave the gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Once the core published the event: survives the death of every process.
    #[default]
    Process,
    /// Once the command that caused it is on disk: survives loss of power.
    Power,
}

/// A gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its number; its source id is this plus 2.
    pub gateway: u16,
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The core's socket for attaching.
    pub core_socket: PathBuf,
    /// What it does when idle.
    pub wait: Wait,
    /// Processor to stay on; none for any.
    pub cpu: Option<usize>,
    /// The sessions' keys.
    pub keys: Vec<KeyFile>,
    /// Limits of each connection.
    pub session: SessionLimits,
    /// Limits of the port.
    pub access: AccessLimits,
    /// Limits of a turn.
    pub turn: TurnLimits,
}

impl Config {
    /// A gateway on any free port of loopback, with the defaults and no keys.
    #[must_use]
    pub fn new(core_socket: PathBuf) -> Self {
        Config {
            gateway: 0,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            core_socket,
            wait: Wait::default(),
            cpu: None,
            keys: Vec::new(),
            session: SessionLimits::default(),
            access: AccessLimits::default(),
            turn: TurnLimits::default(),
        }
    }
}
