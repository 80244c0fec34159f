//! Negotiate and Establish: the first refusal in this order is the one reported.
//!
//! ```text
//! Negotiate: what the gateway found; session known; timestamp; firm; flow; connection; version
//! Establish: what the gateway found; session known; timestamp; something negotiated; version;
//!            connection; keep-alive; next number
//! ```
//! What is refused changes nothing, with one exception: the timestamp of an authentic logon counts
//! whatever came of it, so that no copy of it can be sent again when it would be accepted.

use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::command::{CommandHeader, Establish, Negotiate};
use pinion_types::event::{
    EstablishRefused, Established, NegotiateRefused, Negotiated, NotApplied,
};
use pinion_types::text::Spare;
use pinion_types::{Event, Nanos, SessionId, SessionVerId, SourceId};

use super::Emit;
use super::state::{Link, Route, Session};
use super::table::Sessions;

impl Sessions {
    /// A client begins a version: numbers of both directions begin at 1, ClOrdIDs go on.
    ///
    /// Emits `Negotiated` or `NegotiateRefused`. [`Sessions::take_due`] has been drained.
    pub fn negotiate(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        body: &Negotiate,
        out: &mut impl Emit,
    ) {
        let id = header.session;
        if body.refused.0 != 0 {
            // Nothing is known of who asks, so nothing is said.
            let refusal = refuse_negotiate(header, body, SessionVerId(0));
            out.emit(&Event::new(id, 0, &NegotiateRefused { code: body.refused, ..refusal }));
            return;
        }
        let route = Route { source: header.source, connection: body.connection };
        let accepted = self.negotiable(now, id, route, body);
        let version = self.get(id).map_or(SessionVerId(0), Session::version);
        self.note_logon(now, id, body.timestamp);
        if let Err(code) = accepted {
            let refusal = refuse_negotiate(header, body, version);
            out.emit(&Event::new(id, 0, &NegotiateRefused { code: code.into(), ..refusal }));
            return;
        }
        self.edit(id, |session| {
            session.version = body.session_ver_id;
            session.link = Link::Negotiated(route);
            session.counters.last_in = 0;
            session.counters.last_out = 0;
        });
        let negotiated = Negotiated {
            session_ver_id: body.session_ver_id,
            request_timestamp: body.timestamp,
            connection: body.connection,
            firm: body.firm,
            source: header.source,
            client_flow: body.client_flow,
            spare: [0; 5],
            spare2: Spare([0; 6]),
        };
        out.emit(&Event::new(id, 0, &negotiated));
    }

    /// Why a Negotiate is refused, if it is. Changes nothing.
    fn negotiable(
        &self,
        now: Nanos,
        id: SessionId,
        route: Route,
        body: &Negotiate,
    ) -> Result<(), NegotiationReject> {
        let session = self.get(id).ok_or(NegotiationReject::InvalidSessionId)?;
        if !self.is_timely(now, session, body.timestamp) {
            return Err(NegotiationReject::InvalidTimestamp);
        }
        if body.firm != session.firm() {
            return Err(NegotiationReject::InvalidFirm);
        }
        if body.client_flow.get() != Some(session.definition.client_flow()) {
            return Err(NegotiationReject::FlowTypeNotSupported);
        }
        match session.link {
            Link::Negotiated(held) | Link::Established(held) if held == route => {
                return Err(NegotiationReject::AlreadyNegotiated);
            }
            Link::Established(_) => return Err(NegotiationReject::DuplicateConnection),
            // Whoever negotiated and never established keeps nobody out.
            Link::Negotiated(_) | Link::Free => {}
        }
        if body.session_ver_id <= session.version {
            return Err(NegotiationReject::InvalidSessionVerId);
        }
        Ok(())
    }

    /// A client binds its connection to the last version, whichever connection negotiated it.
    ///
    /// Emits `Established`, and `NotApplied` where the client's next number leaves a gap, or
    /// `EstablishRefused`. A grace that still runs is over: the orders stay.
    /// [`Sessions::take_due`] has been drained.
    pub fn establish(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        body: &Establish,
        out: &mut impl Emit,
    ) {
        let id = header.session;
        if body.refused.0 != 0 {
            let refusal = refuse_establish(header, body, 0);
            out.emit(&Event::new(id, 0, &EstablishRefused { code: body.refused, ..refusal }));
            return;
        }
        let route = Route { source: header.source, connection: body.connection };
        let accepted = self.establishable(now, id, route, body);
        self.note_logon(now, id, body.timestamp);
        if let Err((code, last_incoming)) = accepted {
            let refusal = refuse_establish(header, body, last_incoming);
            out.emit(&Event::new(id, 0, &EstablishRefused { code: code.into(), ..refusal }));
            return;
        }
        self.edit(id, |session| session.bind(route, body));
        self.deadlines.remove(id.0 - 1);
        if let Some(session) = self.get(id) {
            out.emit(&Event::new(id, 0, &established(session, header.source, body)));
        }
        self.skip_to(header, body.next_seq_no, out);
    }

    /// Why an Establish is refused, if it is, with the last number the client may know of.
    fn establishable(
        &self,
        now: Nanos,
        id: SessionId,
        route: Route,
        body: &Establish,
    ) -> Result<(), (EstablishmentReject, u64)> {
        let session = self.get(id).ok_or((EstablishmentReject::InvalidSessionId, 0))?;
        if !self.is_timely(now, session, body.timestamp) {
            return Err((EstablishmentReject::InvalidTimestamp, 0));
        }
        if session.version == SessionVerId(0) {
            return Err((EstablishmentReject::Unnegotiated, 0));
        }
        if body.session_ver_id != session.version {
            return Err((EstablishmentReject::InvalidSessionVerId, 0));
        }
        let last_incoming = session.counters.last_in;
        match session.link {
            Link::Established(held) if held == route => {
                return Err((EstablishmentReject::AlreadyEstablished, last_incoming));
            }
            Link::Established(_) => {
                return Err((EstablishmentReject::DuplicateConnection, last_incoming));
            }
            Link::Negotiated(_) | Link::Free => {}
        }
        let range = session.definition.keep_alive_ms_min..=session.definition.keep_alive_ms_max;
        if !range.contains(&body.keep_alive_ms) {
            return Err((EstablishmentReject::KeepaliveInterval, last_incoming));
        }
        if body.next_seq_no <= last_incoming {
            return Err((EstablishmentReject::InvalidNextSeqNo, last_incoming));
        }
        Ok(())
    }

    /// Goes on at the client's `next_seq_no`, and says what is missing before it.
    pub(super) fn skip_to(
        &mut self,
        header: &CommandHeader,
        next_seq_no: u64,
        out: &mut impl Emit,
    ) {
        let Some(before) = next_seq_no.checked_sub(1) else {
            return;
        };
        let missing = self.count(header.session, |counters| {
            let from_seq_no = counters.last_in.checked_add(1)?;
            let count = before.checked_sub(counters.last_in).filter(|&count| count > 0)?;
            counters.last_in = before;
            Some(NotApplied { from_seq_no, count, spare: Spare([0; 8]) })
        });
        if let Some(missing) = missing.flatten() {
            self.emit_numbered(header, &missing, out);
        }
    }

    /// True where the timestamp is within the window around `now` and above every one before it.
    fn is_timely(&self, now: Nanos, session: &Session, timestamp: Nanos) -> bool {
        timestamp.0.abs_diff(now.0) <= self.logon_window_ns && timestamp > session.last_logon
    }

    /// Remembers the timestamp of an authentic logon. One outside the window is not remembered:
    /// a clock that was wrong once must not keep its session out.
    fn note_logon(&mut self, now: Nanos, id: SessionId, timestamp: Nanos) {
        let timely = self.get(id).is_some_and(|session| self.is_timely(now, session, timestamp));
        if timely {
            self.edit(id, |session| session.last_logon = timestamp);
        }
    }
}

impl Session {
    /// Takes the connection and what the client wishes, within what the session is allowed.
    fn bind(&mut self, route: Route, body: &Establish) {
        assert!(!self.is_established(), "one connection a session");
        self.link = Link::Established(route);
        self.keep_alive_ms = body.keep_alive_ms;
        // A byte that is no type counts as none named: the gateway has refused it before.
        self.cod_type = body.cod_type.get().unwrap_or(self.definition.cod_type);
        self.cod_window_ms = body.cod_window_ms.min(self.definition.cod_window_ms_max);
        self.counters.throttled = 0;
        self.due = None;
    }
}

fn refuse_negotiate(
    header: &CommandHeader,
    body: &Negotiate,
    current_session_ver_id: SessionVerId,
) -> NegotiateRefused {
    NegotiateRefused {
        session_ver_id: body.session_ver_id,
        current_session_ver_id,
        request_timestamp: body.timestamp,
        connection: body.connection,
        source: header.source,
        ..NegotiateRefused::default()
    }
}

fn refuse_establish(
    header: &CommandHeader,
    body: &Establish,
    last_incoming_seq_no: u64,
) -> EstablishRefused {
    EstablishRefused {
        session_ver_id: body.session_ver_id,
        last_incoming_seq_no,
        request_timestamp: body.timestamp,
        connection: body.connection,
        source: header.source,
        ..EstablishRefused::default()
    }
}

fn established(session: &Session, source: SourceId, body: &Establish) -> Established {
    Established {
        session_ver_id: session.version,
        request_timestamp: body.timestamp,
        next_seq_no: session.next_outgoing().0,
        last_incoming_seq_no: session.counters.last_in,
        connection: body.connection,
        keep_alive_ms: session.keep_alive_ms,
        rate_per_second: session.definition.orders.per_second,
        rate_burst: session.definition.orders.burst,
        cancel_rate_per_second: session.definition.cancels.per_second,
        cancel_rate_burst: session.definition.cancels.burst,
        cod_window_ms: session.cod_window_ms,
        source,
        cod_type: session.cod_type.into(),
        spare: 0,
        last_cl_ord_id: session.last_cl_ord_id(),
        spare2: Spare([0; 9]),
    }
}
