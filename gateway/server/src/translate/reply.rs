//! Session messages of the venue: answers to a logon, signs of life, farewells.

use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::event::{EstablishRefused, Established, NegotiateRefused, Negotiated};
use pinion_types::text::Chars;
use pinion_types::{FlowType, SessionId, SessionVerId, TerminationCode};
use pinion_wire::session as wire;
use pinion_wire::{Flag, RetransmitReject};

use super::Frame;
use crate::config::Durability;

/// NegotiationResponse (2).
#[must_use]
pub fn negotiated(session: SessionId, event: &Negotiated) -> Frame {
    Frame::of(&wire::NegotiationResponse {
        session_ver_id: event.session_ver_id,
        request_timestamp: event.request_timestamp,
        session,
        firm: event.firm,
        schema_version: u32::from(pinion_wire::SCHEMA_VERSION),
        client_flow: event.client_flow,
        server_flow: FlowType::Recoverable.into(),
        ..wire::NegotiationResponse::default()
    })
}

/// NegotiationReject (3), as the core decided.
#[must_use]
pub fn negotiate_refused(session: SessionId, event: &NegotiateRefused) -> Frame {
    let text = event.code.get().map_or("", NegotiationReject::name);
    Frame::of(&wire::NegotiationReject {
        session_ver_id: event.session_ver_id,
        request_timestamp: event.request_timestamp,
        current_session_ver_id: event.current_session_ver_id,
        session,
        code: event.code,
        text: Chars::new(text),
        ..wire::NegotiationReject::default()
    })
}

/// NegotiationReject (3) where there is no core to decide.
#[must_use]
pub fn negotiate_unavailable(request: &wire::Negotiate) -> Frame {
    let code = NegotiationReject::SystemUnavailable;
    Frame::of(&wire::NegotiationReject {
        session_ver_id: request.session_ver_id,
        request_timestamp: request.timestamp,
        session: request.session,
        code: code.into(),
        text: Chars::new(code.name()),
        ..wire::NegotiationReject::default()
    })
}

/// EstablishmentAck (5).
#[must_use]
pub fn established(session: SessionId, event: &Established, durability: Durability) -> Frame {
    let durability = match durability {
        Durability::Process => pinion_wire::Durability::Process,
        Durability::Power => pinion_wire::Durability::Power,
    };
    Frame::of(&wire::EstablishmentAck {
        session_ver_id: event.session_ver_id,
        request_timestamp: event.request_timestamp,
        next_seq_no: event.next_seq_no,
        last_incoming_seq_no: event.last_incoming_seq_no,
        last_cl_ord_id: event.last_cl_ord_id,
        session,
        keep_alive_ms: event.keep_alive_ms,
        rate_per_second: event.rate_per_second,
        rate_burst: event.rate_burst,
        cancel_rate_per_second: event.cancel_rate_per_second,
        cancel_rate_burst: event.cancel_rate_burst,
        cod_window_ms: event.cod_window_ms,
        cod_type: event.cod_type,
        durability: durability.into(),
        ..wire::EstablishmentAck::default()
    })
}

/// EstablishmentReject (6), as the core decided.
#[must_use]
pub fn establish_refused(session: SessionId, event: &EstablishRefused) -> Frame {
    let text = event.code.get().map_or("", EstablishmentReject::name);
    Frame::of(&wire::EstablishmentReject {
        session_ver_id: event.session_ver_id,
        request_timestamp: event.request_timestamp,
        last_incoming_seq_no: event.last_incoming_seq_no,
        session,
        code: event.code,
        text: Chars::new(text),
        ..wire::EstablishmentReject::default()
    })
}

/// EstablishmentReject (6) where there is no core to decide.
#[must_use]
pub fn establish_unavailable(request: &wire::Establish) -> Frame {
    let code = EstablishmentReject::SystemUnavailable;
    Frame::of(&wire::EstablishmentReject {
        session_ver_id: request.session_ver_id,
        request_timestamp: request.timestamp,
        session: request.session,
        code: code.into(),
        text: Chars::new(code.name()),
        ..wire::EstablishmentReject::default()
    })
}

/// Terminate (7).
#[must_use]
pub fn terminate(session: SessionId, version: SessionVerId, code: TerminationCode) -> Frame {
    Frame::of(&wire::Terminate {
        session_ver_id: version,
        session,
        code: code.into(),
        text: Chars::new(code.name()),
        ..wire::Terminate::default()
    })
}

/// Sequence (8).
#[must_use]
pub fn sequence(next_seq_no: u64, keep_alive_lapsed: bool) -> Frame {
    Frame::of(&wire::Sequence {
        next_seq_no,
        keep_alive_lapsed: Flag::from(keep_alive_lapsed),
        ..wire::Sequence::default()
    })
}

/// Retransmission (11): `count` messages from `from` on follow.
#[must_use]
pub fn retransmission(request: &wire::RetransmitRequest, count: u32) -> Frame {
    Frame::of(&wire::Retransmission {
        session_ver_id: request.session_ver_id,
        request_timestamp: request.timestamp,
        next_seq_no: request.from_seq_no,
        count,
        session: request.session,
        ..wire::Retransmission::default()
    })
}

/// RetransmitReject (12).
#[must_use]
pub fn retransmit_reject(
    session: SessionId,
    version: SessionVerId,
    request: &wire::RetransmitRequest,
    code: RetransmitReject,
) -> Frame {
    Frame::of(&wire::RetransmitReject {
        session_ver_id: version,
        request_timestamp: request.timestamp,
        session,
        code: code.into(),
        ..wire::RetransmitReject::default()
    })
}
