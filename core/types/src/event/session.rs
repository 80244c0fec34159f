//! Answers of the session layer, which carry no number.

use crate::codes::{
    RawCancelOnDisconnect, RawEstablishmentReject, RawFlowType, RawNegotiationReject,
    RawTerminationCode,
};
use crate::text::Spare;
use crate::units::{ClOrdId, ConnectionId, FirmId, Nanos, SessionVerId, SourceId};

body! {
    /// Negotiate accepted (SBE template 2).
    Negotiated(80) {
        /// Version.
        session_ver_id: SessionVerId,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Where the request came from.
        connection: ConnectionId,
        /// Firm.
        firm: FirmId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Flow agreed.
        client_flow: RawFlowType,
        /// Zero.
        spare: [u8; 5],
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// Negotiate refused (SBE template 3).
    NegotiateRefused(80) {
        /// Version asked for.
        session_ver_id: SessionVerId,
        /// Last accepted version.
        current_session_ver_id: SessionVerId,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Where the request came from.
        connection: ConnectionId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Why.
        code: RawNegotiationReject,
        /// Zero.
        spare: u8,
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// Establish accepted (SBE template 5).
    Established(144) {
        /// Version.
        session_ver_id: SessionVerId,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Number of the venue's next message.
        next_seq_no: u64,
        /// Number of the client's last message the venue has.
        last_incoming_seq_no: u64,
        /// Where the request came from.
        connection: ConnectionId,
        /// Keep-alive, in ms.
        keep_alive_ms: u32,
        /// Orders and replaces a second.
        rate_per_second: u32,
        /// Orders and replaces at once.
        rate_burst: u32,
        /// Cancels a second.
        cancel_rate_per_second: u32,
        /// Cancels at once.
        cancel_rate_burst: u32,
        /// Grace before orders are canceled, in ms.
        cod_window_ms: u32,
        /// Producer the connection belongs to.
        source: SourceId,
        /// When orders are canceled.
        cod_type: RawCancelOnDisconnect,
        /// Zero.
        spare: u8,
        /// Highest ClOrdID of the session's day.
        last_cl_ord_id: ClOrdId,
        /// Zero.
        spare2: Spare<9>,
    }
}

body! {
    /// Establish refused (SBE template 6).
    EstablishRefused(80) {
        /// Version asked for.
        session_ver_id: SessionVerId,
        /// Number of the client's last message the venue has; 0 where that is not its business.
        last_incoming_seq_no: u64,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Where the request came from.
        connection: ConnectionId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Why.
        code: RawEstablishmentReject,
        /// Zero.
        spare: u8,
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// A session is no longer bound to its connection (SBE template 7 goes out where it stands).
    Terminated(80) {
        /// Version.
        session_ver_id: SessionVerId,
        /// Number the venue's next message will have.
        next_seq_no: u64,
        /// Number of the client's last message the venue has.
        last_incoming_seq_no: u64,
        /// Which connection.
        connection: ConnectionId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Why.
        code: RawTerminationCode,
        /// 1 where the client asked for it or is gone.
        by_client: u8,
        /// Zero.
        spare: Spare<6>,
    }
}
