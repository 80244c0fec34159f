//! Session messages, templates 1 to 12: logon, numbers, recovery, end.

use crate::codes::{Flag, RawDurability, RawRetransmitReject};
use pinion_types::codes::{
    RawCancelOnDisconnect, RawEstablishmentReject, RawFlowType, RawNegotiationReject,
    RawTerminationCode,
};
use pinion_types::text::Chars;
use pinion_types::units::{ClOrdId, FirmId, Nanos, SessionId, SessionVerId};

message! {
    /// A client begins a version of its session: both directions count from 1.
    Negotiate = 1, 160, "" {
        /// Version offered, above the last one; the clock in microseconds is one.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Required,
        /// Client's clock, above that of its last logon.
        timestamp: Nanos = 35520 "timestamp" UtcNanos Required,
        /// Session, as configured.
        session: SessionId = 35518 "sessionId" SessionId Required,
        /// Its firm.
        firm: FirmId = 35523 "firmId" FirmId Required,
        /// Idempotent for order entry.
        client_flow: RawFlowType = 35522 "clientFlow" FlowType Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Name of the key that signs.
        access_key_id: Chars<20> = 39004 "accessKeyId" AccessKey20 Required,
        /// HMAC-SHA256 in lower-case hexadecimal.
        hmac_signature: Chars<64> = 39005 "hmacSignature" HexSig64 Required,
        /// Name of the client's program.
        client_app_name: Chars<16> = 35514 "clientAppName" App16 Optional,
        /// Version of the client's program.
        client_app_version: Chars<16> = 35515 "clientAppVersion" App16 Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// Negotiate accepted.
    NegotiationResponse = 2, 48, "" {
        /// Version.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Required,
        /// Timestamp of the request.
        request_timestamp: Nanos = 35521 "requestTimestamp" UtcNanos Required,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Required,
        /// Firm.
        firm: FirmId = 35523 "firmId" FirmId Required,
        /// Version of the schema the venue writes.
        schema_version: u32 = 35541 "schemaVersion" SchemaVersion Required,
        /// Flow agreed from the client.
        client_flow: RawFlowType = 35522 "clientFlow" FlowType Required,
        /// Flow from the venue: recoverable.
        server_flow: RawFlowType = 35524 "serverFlow" FlowType Required,
        /// Zero.
        reserved1: u16 = 9001 "reserved1" ReservedU16 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
    }
}

message! {
    /// Negotiate refused.
    NegotiationReject = 3, 96, "" {
        /// Version asked for.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Optional,
        /// Timestamp of the request.
        request_timestamp: Nanos = 35521 "requestTimestamp" UtcNanos Optional,
        /// Last accepted version: offer a higher one. 0 where the credentials were wrong.
        current_session_ver_id: SessionVerId = 35540 "currentSessionVerId" SessionVerId Optional,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Optional,
        /// Why.
        code: RawNegotiationReject = 35530 "rejectCode" NegotiationRejectCode Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// For people.
        text: Chars<48> = 58 "text" Text48 Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// A client binds its connection to the negotiated version, at first or again.
    Establish = 4, 144, "" {
        /// Version negotiated.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Required,
        /// Client's clock, above that of its last logon.
        timestamp: Nanos = 35520 "timestamp" UtcNanos Required,
        /// Number the client's next message will have.
        next_seq_no: u64 = 35526 "nextSeqNo" SeqNo Required,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Required,
        /// Interval of both sides' keep-alive, in ms.
        keep_alive_ms: u32 = 35525 "keepAliveInterval" DeltaMillis Required,
        /// Grace between the loss of the connection and the cancels, in ms.
        cod_window_ms: u32 = 35003 "codTimeoutWindow" DeltaMillis Optional,
        /// When to cancel DAY orders; 0 takes the session's default.
        cod_type: RawCancelOnDisconnect =
            35002 "cancelOnDisconnectType" CancelOnDisconnectType Optional,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Name of the key that signs.
        access_key_id: Chars<20> = 39004 "accessKeyId" AccessKey20 Required,
        /// Zero.
        reserved3: u32 = 9003 "reserved3" ReservedU32 Zero,
        /// HMAC-SHA256 in lower-case hexadecimal.
        hmac_signature: Chars<64> = 39005 "hmacSignature" HexSig64 Required,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
    }
}

message! {
    /// Establish accepted.
    EstablishmentAck = 5, 88, "" {
        /// Version.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Required,
        /// Timestamp of the request.
        request_timestamp: Nanos = 35521 "requestTimestamp" UtcNanos Required,
        /// Number of the venue's next message: what is below and not yet seen can be asked for.
        next_seq_no: u64 = 35526 "nextSeqNo" SeqNo Required,
        /// Number of the client's last message the venue has: what is above was not applied.
        last_incoming_seq_no: u64 = 35527 "lastIncomingSeqNo" SeqNo Optional,
        /// Highest ClOrdID of the session's day: the next one must be above it.
        last_cl_ord_id: ClOrdId = 35552 "lastClOrdId" ClOrdId Optional,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Required,
        /// Keep-alive, in ms.
        keep_alive_ms: u32 = 35525 "keepAliveInterval" DeltaMillis Required,
        /// Orders, replaces and requests a second.
        rate_per_second: u32 = 35550 "ratePerSecond" Count32 Optional,
        /// Orders, replaces and requests at once.
        rate_burst: u32 = 35551 "rateBurst" Count32 Optional,
        /// Cancels a second.
        cancel_rate_per_second: u32 = 35553 "cancelRatePerSecond" Count32 Optional,
        /// Cancels at once.
        cancel_rate_burst: u32 = 35554 "cancelRateBurst" Count32 Optional,
        /// Grace between the loss of the connection and the cancels, in ms.
        cod_window_ms: u32 = 35003 "codTimeoutWindow" DeltaMillis Optional,
        /// When DAY orders are canceled.
        cod_type: RawCancelOnDisconnect =
            35002 "cancelOnDisconnectType" CancelOnDisconnectType Required,
        /// What an acknowledged message survives.
        durability: RawDurability = 35555 "durability" Durability Required,
        /// Zero.
        reserved1: u16 = 9001 "reserved1" ReservedU16 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
    }
}

message! {
    /// Establish refused.
    EstablishmentReject = 6, 96, "" {
        /// Version asked for.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Optional,
        /// Timestamp of the request.
        request_timestamp: Nanos = 35521 "requestTimestamp" UtcNanos Optional,
        /// Number of the client's last message the venue has; 0 where the credentials were wrong.
        last_incoming_seq_no: u64 = 35527 "lastIncomingSeqNo" SeqNo Optional,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Optional,
        /// Why.
        code: RawEstablishmentReject = 35531 "rejectCode" EstablishmentRejectCode Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// For people.
        text: Chars<48> = 58 "text" Text48 Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// Ends the connection, not the session: Establish resumes it. The other side answers in kind.
    Terminate = 7, 80, "" {
        /// Version.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Optional,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Optional,
        /// Why.
        code: RawTerminationCode = 35532 "terminationCode" TerminationCode Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// For people.
        text: Chars<48> = 58 "text" Text48 Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// A sign of life, and the number of the sender's next message.
    Sequence = 8, 24, "" {
        /// Number the sender's next numbered message will have.
        next_seq_no: u64 = 35526 "nextSeqNo" SeqNo Required,
        /// Set where the sender has heard nothing for an interval and wants an answer.
        keep_alive_lapsed: Flag = 39016 "keepAliveLapsed" BooleanType Optional,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Zero.
        reserved3: u32 = 9003 "reserved3" ReservedU32 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

report! {
    /// Messages of the client that never came; the venue went on with those after them.
    NotApplied = 9, 72, "" {
        /// First number that is missing.
        from_seq_no: u64 = 35528 "fromSeqNo" SeqNo Required,
        /// How many.
        count: u64 = 35529 "count" SeqNo Required,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// Asks for messages again; one such request at a time.
    RetransmitRequest = 10, 48, "" {
        /// Version.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Required,
        /// Client's clock, echoed.
        timestamp: Nanos = 35520 "timestamp" UtcNanos Required,
        /// First number wanted.
        from_seq_no: u64 = 35528 "fromSeqNo" SeqNo Required,
        /// How many, at most 1,000.
        count: u32 = 35529 "count" Count32 Required,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Required,
        /// Zero.
        reserved1: u64 = 9001 "reserved1" ReservedU64 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
    }
}

message! {
    /// Announces the messages that follow again; exactly one for a request.
    Retransmission = 11, 48, "" {
        /// Version.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Required,
        /// Timestamp of the request.
        request_timestamp: Nanos = 35521 "requestTimestamp" UtcNanos Required,
        /// Number of the first one.
        next_seq_no: u64 = 35526 "nextSeqNo" SeqNo Required,
        /// How many; fewer than asked for where the venue cuts, and the client asks again.
        count: u32 = 35529 "count" Count32 Required,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Required,
        /// Zero.
        reserved1: u64 = 9001 "reserved1" ReservedU64 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
    }
}

message! {
    /// A RetransmitRequest is refused; nothing follows.
    RetransmitReject = 12, 40, "" {
        /// Version.
        session_ver_id: SessionVerId = 35519 "sessionVerId" SessionVerId Required,
        /// Timestamp of the request.
        request_timestamp: Nanos = 35521 "requestTimestamp" UtcNanos Required,
        /// Session.
        session: SessionId = 35518 "sessionId" SessionId Required,
        /// Why.
        code: RawRetransmitReject = 35534 "rejectCode" RetransmitRejectCode Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}
