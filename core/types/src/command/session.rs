//! What the gateway tells of sessions and of messages it could not read.

use crate::codes::{
    RawCancelOnDisconnect, RawEstablishmentReject, RawFlowType, RawNegotiationReject,
    RawTerminationCode,
};
use crate::reject::RawRejectCode;
use crate::text::Spare;
use crate::units::{ConnectionId, FirmId, Nanos, SessionVerId};

body! {
    /// A client begins a version of its session (SBE template 1), credentials checked.
    Negotiate(80) {
        /// Version offered.
        session_ver_id: SessionVerId,
        /// Client's clock.
        timestamp: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Where it came from.
        connection: ConnectionId,
        /// Firm claimed.
        firm: FirmId,
        /// Flow wished for.
        client_flow: RawFlowType,
        /// What the gateway found wrong (credentials, version); 0 for nothing.
        refused: RawNegotiationReject,
        /// Zero.
        spare: [u8; 6],
        /// Zero.
        spare2: Spare<5>,
    }
}

body! {
    /// A client binds its connection to the negotiated version (SBE template 4).
    Establish(80) {
        /// Version negotiated.
        session_ver_id: SessionVerId,
        /// Client's clock.
        timestamp: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Number of the client's next message.
        next_seq_no: u64,
        /// Where it came from.
        connection: ConnectionId,
        /// Interval of both sides' keep-alive, in ms.
        keep_alive_ms: u32,
        /// Grace before orders are canceled, in ms.
        cod_window_ms: u32,
        /// When to cancel.
        cod_type: RawCancelOnDisconnect,
        /// What the gateway found wrong, a `RawEstablishmentReject`; 0 for nothing.
        refused: RawEstablishmentReject,
        /// Zero.
        spare: [u8; 2],
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// A client's Terminate (SBE template 7), or one the gateway sends for a fault it found.
    Terminate(80) {
        /// Version meant.
        session_ver_id: SessionVerId,
        /// When the gateway read it.
        received_time: Nanos,
        /// Where it came from.
        connection: ConnectionId,
        /// Why.
        code: RawTerminationCode,
        /// 1 where the client asked, 0 where the gateway found a fault.
        by_client: u8,
        /// Zero.
        spare: [u8; 2],
        /// Zero.
        spare2: Spare<7>,
    }
}

body! {
    /// A transport is gone without Terminate.
    Disconnect(80) {
        /// Version that was bound to it.
        session_ver_id: SessionVerId,
        /// When the gateway noticed.
        received_time: Nanos,
        /// Which one.
        connection: ConnectionId,
        /// Why.
        code: RawTerminationCode,
        /// Zero.
        spare: [u8; 3],
        /// Zero.
        spare2: Spare<7>,
    }
}

body! {
    /// A client's Sequence (SBE template 8) that names another number than the gateway expects.
    SequenceNotice(80) {
        /// Version bound to the connection.
        session_ver_id: SessionVerId,
        /// When the gateway read it.
        received_time: Nanos,
        /// Number of the client's next message.
        next_seq_no: u64,
        /// Where it came from.
        connection: ConnectionId,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<6>,
    }
}

/// Most bytes of a refused message that are kept.
pub const RAW_MAX: usize = 512;

body! {
    /// A message the gateway could not decode: consumes its number, kept as a dead letter.
    Undecodable(592) {
        /// When the gateway read it.
        received_time: Nanos,
        /// The request's own id where it could be read; 0 else.
        ref_id: u64,
        /// Its template; 0 where unreadable.
        ref_template: u16,
        /// Number of the offending field (FIX tag); 0 where none.
        ref_tag: u16,
        /// Why, a code of step 4.
        code: RawRejectCode,
        /// Bytes in `raw`, at most 512.
        raw_len: u16,
        /// Bytes the message had.
        full_len: u32,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<6>,
        /// The message's first bytes.
        raw: [u8; 512],
    }
}
