//! `gateway.toml`: a gateway process.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::core::Idle;
use super::number::Pin;

/// Everything a gateway process can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// Its ports.
    pub listen: Listen,
    /// Where its thread runs.
    pub threads: GatewayThreads,
    /// Limits of one connection.
    pub session: ConnectionLimits,
    /// Limits of the port.
    pub access: AccessLimits,
    /// Limits of one turn of the thread.
    pub turn: TurnLimits,
}

/// Where a gateway is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Listen {
    /// Its number among the gateways of the core, from 0.
    pub number: u16,
    /// Address and port of order entry.
    pub order_entry: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        Listen { number: 0, order_entry: SocketAddr::from(([127, 0, 0, 1], 4100)) }
    }
}

/// The gateway's thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayThreads {
    /// Its processor.
    pub io: Pin,
    /// What it does when idle.
    pub idle: Idle,
}

/// Limits of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionLimits {
    /// From accept to logon.
    pub logon_timeout_ms: u32,
    /// Logon messages in the life of a connection.
    pub logon_messages_max: u32,
    /// Time a frame may stay incomplete.
    pub frame_timeout_ms: u32,
    /// Time for the last bytes to leave.
    pub linger_timeout_ms: u32,
    /// Bytes read and not yet decoded.
    pub receive_buffer_kib: u32,
    /// Bytes waiting for a peer that does not read.
    pub send_queue_kib_max: u32,
    /// Messages a retransmission request may ask for.
    pub retransmit_count_max: u32,
    /// Messages sent again before live traffic has its turn.
    pub retransmit_batch_max: u32,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        ConnectionLimits {
            logon_timeout_ms: 2_000,
            logon_messages_max: 8,
            frame_timeout_ms: 5_000,
            linger_timeout_ms: 1_000,
            receive_buffer_kib: 16,
            send_queue_kib_max: 1_024,
            retransmit_count_max: 1_000,
            retransmit_batch_max: 64,
        }
    }
}

/// Limits that protect the gateway from whoever can reach its port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessLimits {
    /// Connections at once.
    pub connections_max: u32,
    /// Connections at once from one address.
    pub connections_per_address_max: u32,
    /// Connections accepted a second.
    pub accept_per_second: u32,
    /// Failed logons of an address that lock it out.
    pub failures_max: u32,
    /// How long it stays locked out.
    pub lockout_ms: u32,
    /// Addresses remembered.
    pub addresses_max: u32,
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

/// How much the thread does before it looks elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnLimits {
    /// Bytes read from one connection.
    pub read_kib_max: u32,
    /// Events taken from the log.
    pub events_max: u32,
    /// Events looked at for one retransmission.
    pub replay_events_max: u32,
    /// Retransmissions answered at once.
    pub replays_max: u32,
    /// Every how many messages of a session its place in the log is kept.
    pub index_stride: u32,
    /// Places kept altogether.
    pub index_marks_max: u32,
}

impl Default for TurnLimits {
    fn default() -> Self {
        TurnLimits {
            read_kib_max: 16,
            events_max: 1_024,
            replay_events_max: 2_048,
            replays_max: 64,
            index_stride: 32,
            index_marks_max: 4_194_304,
        }
    }
}
