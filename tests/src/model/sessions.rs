//! Sessions: logons, numbers, rates, and what a lost connection cancels.

use pinion_types::codes::{
    CancelOnDisconnect, CancelReason, EstablishmentReject, FlowType, LimitId, NegotiationReject,
    OrderCod, RawTerminationCode, SessionRole, TerminationCode, TimeInForce,
};
use pinion_types::command::{
    Disconnect, Establish, Negotiate, SequenceNotice, Terminate, Undecodable,
};
use pinion_types::event::{
    BusinessRejected, DeadLetter, Dropped, EstablishRefused, Established, NegotiateRefused,
    Negotiated, NotApplied, Terminated,
};
use pinion_types::{ClOrdId, ConnectionId, Nanos, RejectCode, SessionVerId, SourceId};

use super::Model;
use super::tables::{Bucket, Link, Order, Route, Session};

/// Units of a bucket in one message.
const MESSAGE: u128 = 1_000_000_000;

/// How a session ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    OwnTerminate,
    Lost,
    Throttled,
}

impl Bucket {
    pub fn full(burst: u32, now: u64) -> Self {
        Bucket { level: u128::from(burst) * MESSAGE, at: now }
    }

    pub fn refill(&mut self, per_second: u32, burst: u32, now: u64) {
        let elapsed = u128::from(now.saturating_sub(self.at));
        let level = self.level + elapsed * u128::from(per_second);
        self.level = level.min(u128::from(burst) * MESSAGE);
        self.at = self.at.max(now);
    }

    pub fn take(&mut self, per_second: u32, burst: u32, now: u64) -> bool {
        self.refill(per_second, burst, now);
        let enough = self.level >= MESSAGE;
        if enough {
            self.level -= MESSAGE;
        }
        enough
    }
}

impl Model {
    pub(super) fn negotiate(&mut self, body: &Negotiate) {
        let route = self.route(body.connection);
        let refusal = NegotiateRefused {
            session_ver_id: body.session_ver_id,
            request_timestamp: body.timestamp,
            connection: body.connection,
            source: self.header.source,
            ..NegotiateRefused::default()
        };
        if body.refused.0 != 0 {
            let code = body.refused;
            return self.say(&NegotiateRefused { code, ..refusal });
        }
        let found = self.refuses_negotiate(route, body);
        let version = self.session().map_or(0, |session| session.version);
        self.note_logon(body.timestamp);
        if let Some(code) = found {
            let (code, current_session_ver_id) = (code.into(), SessionVerId(version));
            return self.say(&NegotiateRefused { code, current_session_ver_id, ..refusal });
        }
        let session = self.session_mut().expect("it was found");
        session.version = body.session_ver_id.0;
        session.link = Link::Negotiated(route);
        (session.last_in, session.last_out) = (0, 0);
        let source = self.header.source;
        self.say(&Negotiated {
            session_ver_id: body.session_ver_id,
            request_timestamp: body.timestamp,
            connection: body.connection,
            firm: body.firm,
            source,
            client_flow: body.client_flow,
            ..Negotiated::default()
        });
    }

    fn refuses_negotiate(&self, route: Route, body: &Negotiate) -> Option<NegotiationReject> {
        let Some(session) = self.session() else {
            return Some(NegotiationReject::InvalidSessionId);
        };
        let flow = match session.role {
            SessionRole::DropCopy => FlowType::None,
            _ => FlowType::Idempotent,
        };
        let held = session.link.route() == Some(route);
        let taken = matches!(session.link, Link::Established(_)) && !held;
        let tests = [
            (!self.is_timely(session, body.timestamp), NegotiationReject::InvalidTimestamp),
            (body.firm != session.def.firm, NegotiationReject::InvalidFirm),
            (body.client_flow.get() != Some(flow), NegotiationReject::FlowTypeNotSupported),
            (held, NegotiationReject::AlreadyNegotiated),
            (taken, NegotiationReject::DuplicateConnection),
            (body.session_ver_id.0 <= session.version, NegotiationReject::InvalidSessionVerId),
        ];
        tests.into_iter().find(|(wrong, _)| *wrong).map(|(_, code)| code)
    }

    pub(super) fn establish(&mut self, body: &Establish) {
        let route = self.route(body.connection);
        let refusal = EstablishRefused {
            session_ver_id: body.session_ver_id,
            request_timestamp: body.timestamp,
            connection: body.connection,
            source: self.header.source,
            ..EstablishRefused::default()
        };
        if body.refused.0 != 0 {
            let code = body.refused;
            return self.say(&EstablishRefused { code, ..refusal });
        }
        let found = self.refuses_establish(route, body);
        self.note_logon(body.timestamp);
        if let Some((code, last_incoming_seq_no)) = found {
            let code = code.into();
            return self.say(&EstablishRefused { code, last_incoming_seq_no, ..refusal });
        }
        let source = self.header.source;
        let session = self.session_mut().expect("it was found");
        session.link = Link::Established(route);
        session.cod_type = body.cod_type.get().unwrap_or(session.def.cod_type.get().expect("read"));
        session.cod_window_ms = body.cod_window_ms.min(session.def.cod_window_ms_max);
        session.throttled = 0;
        session.due = None;
        let established = Established {
            session_ver_id: SessionVerId(session.version),
            request_timestamp: body.timestamp,
            next_seq_no: session.last_out.saturating_add(1),
            last_incoming_seq_no: session.last_in,
            connection: body.connection,
            keep_alive_ms: body.keep_alive_ms,
            rate_per_second: session.def.rate_per_second,
            rate_burst: session.def.rate_burst,
            cancel_rate_per_second: session.def.cancel_rate_per_second,
            cancel_rate_burst: session.def.cancel_rate_burst,
            cod_window_ms: session.cod_window_ms,
            source,
            cod_type: session.cod_type.into(),
            last_cl_ord_id: ClOrdId(session.cl_ord_id),
            ..Established::default()
        };
        self.say(&established);
        self.skip_to(body.next_seq_no);
    }

    fn refuses_establish(
        &self,
        route: Route,
        body: &Establish,
    ) -> Option<(EstablishmentReject, u64)> {
        let Some(session) = self.session() else {
            return Some((EstablishmentReject::InvalidSessionId, 0));
        };
        let last_in = session.last_in;
        let established = matches!(session.link, Link::Established(_));
        let held = session.link.route() == Some(route);
        let (min, max) = (session.def.keep_alive_ms_min, session.def.keep_alive_ms_max);
        let other_version = body.session_ver_id.0 != session.version;
        let tests = [
            (!self.is_timely(session, body.timestamp), EstablishmentReject::InvalidTimestamp, 0),
            (session.version == 0, EstablishmentReject::Unnegotiated, 0),
            (other_version, EstablishmentReject::InvalidSessionVerId, 0),
            (established && held, EstablishmentReject::AlreadyEstablished, last_in),
            (established && !held, EstablishmentReject::DuplicateConnection, last_in),
            (
                body.keep_alive_ms < min || body.keep_alive_ms > max,
                EstablishmentReject::KeepaliveInterval,
                last_in,
            ),
            (body.next_seq_no <= last_in, EstablishmentReject::InvalidNextSeqNo, last_in),
        ];
        tests.into_iter().find(|(wrong, ..)| *wrong).map(|(_, code, last)| (code, last))
    }

    fn is_timely(&self, session: &Session, timestamp: Nanos) -> bool {
        timestamp.0.abs_diff(self.now) <= self.genesis.logon_window_ns
            && timestamp.0 > session.last_logon
    }

    /// An authentic timestamp inside the window counts whatever came of the logon.
    fn note_logon(&mut self, timestamp: Nanos) {
        let timely = self.session().is_some_and(|session| self.is_timely(session, timestamp));
        if timely {
            self.session_mut().expect("it was found").last_logon = timestamp.0;
        }
    }

    /// Goes on at the client's number, and says what is missing before it.
    fn skip_to(&mut self, next: u64) {
        let session = self.session_mut().expect("it is established");
        let (from_seq_no, count) = (session.last_in + 1, next - 1 - session.last_in);
        if count > 0 {
            session.last_in = next - 1;
            self.tell(
                self.header.session.0,
                &NotApplied { from_seq_no, count, ..Default::default() },
            );
        }
    }

    /// Steps 2 and 3: true where the message goes on.
    pub(super) fn admit(&mut self, template: u16, ref_id: u64, received_time: Nanos) -> bool {
        if !self.arrive() {
            return false;
        }
        if template == 102 || template == 103 || self.pass() {
            return true;
        }
        let refused = BusinessRejected {
            ref_id,
            received_time,
            ref_template: template,
            ..BusinessRejected::default()
        };
        if self.throttle(refused) {
            self.end(
                self.header.session.0,
                End::Throttled,
                TerminationCode::Throttle.into(),
                false,
            );
        }
        false
    }

    pub(super) fn undecodable(&mut self, body: &Undecodable) {
        let numbered = self.header.src_seq > 0;
        if numbered && !self.arrive() {
            return;
        }
        let mut ends = false;
        if numbered {
            let refused = BusinessRejected {
                ref_id: body.ref_id,
                received_time: body.received_time,
                ref_template: body.ref_template,
                ..BusinessRejected::default()
            };
            if self.pass() {
                let (ref_tag, code) = (body.ref_tag, body.code);
                let ref_seq_num = self.header.src_seq;
                let refused = BusinessRejected { ref_seq_num, ref_tag, code, ..refused };
                self.tell(self.header.session.0, &refused);
            } else {
                ends = self.throttle(refused);
            }
        }
        self.say(&DeadLetter {
            ref_seq_num: self.header.src_seq,
            received_time: body.received_time,
            ref_template: body.ref_template,
            code: body.code,
            full_len: body.full_len,
            ..DeadLetter::default()
        });
        if ends {
            self.end(
                self.header.session.0,
                End::Throttled,
                TerminationCode::Throttle.into(),
                false,
            );
        }
    }

    /// Consumes the message's number; false where it is dropped.
    fn arrive(&mut self) -> bool {
        let (number, source) = (self.header.src_seq, self.header.source.0);
        let session = self.session();
        let speaks = session.is_some_and(
            |session| matches!(session.link, Link::Established(route) if route.0 == source),
        );
        let last_in = session.map_or(0, |session| session.last_in);
        if !speaks || number <= last_in {
            let expected_seq = if session.is_some() { last_in.saturating_add(1) } else { 0 };
            let (src_seq, command) = (number, self.header.kind);
            self.say(&Dropped { src_seq, expected_seq, command, ..Dropped::default() });
            if speaks {
                self.charge();
            }
            return false;
        }
        self.skip_to(number);
        self.session_mut().expect("it speaks").last_in = number;
        true
    }

    /// What has no answer of its own costs a message all the same.
    fn charge(&mut self) {
        let (now, id) = (self.now, self.header.session.0);
        let session = self.session_mut().expect("it speaks");
        let (per_second, burst) = (session.def.rate_per_second, session.def.rate_burst);
        if session.bucket.take(per_second, burst, now) {
            return;
        }
        if session.throttled < session.def.throttle_logout {
            session.throttled += 1;
        } else {
            self.end(id, End::Throttled, TerminationCode::Throttle.into(), false);
        }
    }

    /// Takes a message from the bucket.
    fn pass(&mut self) -> bool {
        let now = self.now;
        let session = self.session_mut().expect("it speaks");
        let (per_second, burst) = (session.def.rate_per_second, session.def.rate_burst);
        let passed = session.bucket.take(per_second, burst, now);
        if passed {
            session.throttled = 0;
        }
        passed
    }

    /// Refuses a message over the rate; true where it was one too many.
    fn throttle(&mut self, refused: BusinessRejected) -> bool {
        let session = self.session().expect("it speaks");
        let burst = i64::from(session.def.rate_burst);
        let (throttled, borne) = (session.throttled, session.def.throttle_logout);
        let refused = BusinessRejected {
            ref_seq_num: self.header.src_seq,
            code: RejectCode::Throttled.into(),
            limit: burst,
            current: burst,
            limit_id: LimitId::Rate.into(),
            ..refused
        };
        self.tell(self.header.session.0, &refused);
        if throttled < borne {
            self.session_mut().expect("it speaks").throttled += 1;
        }
        throttled >= borne
    }

    pub(super) fn terminate(&mut self, body: &Terminate) {
        let Some(version) = self.version_held(body.connection) else { return };
        let id = self.header.session.0;
        if body.by_client != 1 {
            self.end(id, End::Lost, body.code, true);
        } else if body.session_ver_id.0 != version {
            self.end(id, End::Lost, TerminationCode::InvalidSessionVerId.into(), false);
        } else {
            self.end(id, End::OwnTerminate, body.code, true);
        }
    }

    pub(super) fn disconnect(&mut self, body: &Disconnect) {
        if self.version_held(body.connection).is_some() {
            self.end(self.header.session.0, End::Lost, body.code, true);
        }
    }

    pub(super) fn sequence_notice(&mut self, body: &SequenceNotice) {
        let Some(version) = self.version_held(body.connection) else { return };
        let id = self.header.session.0;
        let session = &self.sessions[&id];
        if !matches!(session.link, Link::Established(_)) {
            return;
        }
        if body.session_ver_id.0 != version {
            self.end(id, End::Lost, TerminationCode::InvalidSessionVerId.into(), false);
        } else if body.next_seq_no <= session.last_in {
            self.end(id, End::Lost, TerminationCode::InvalidSequence.into(), false);
        } else {
            self.skip_to(body.next_seq_no);
            self.charge();
        }
    }

    /// Every session of a producer is lost, in order of ids.
    pub(super) fn source_lost(&mut self, source: SourceId, code: RawTerminationCode) {
        let code = if code.0 == 0 { TerminationCode::GatewayDown.into() } else { code };
        let lost: Vec<u32> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.link.route().is_some_and(|route| route.0 == source.0))
            .map(|(&id, _)| id)
            .collect();
        for id in lost {
            self.end(id, End::Lost, code, true);
        }
    }

    /// Cancels what every grace that is over covers: earliest first, then the lowest session.
    pub(super) fn graces(&mut self, until: u64) {
        loop {
            let over = self.sessions.iter().filter_map(|(&id, session)| {
                let (due, day) = session.due.filter(|(due, _)| *due <= until)?;
                Some((due, id, day))
            });
            let Some((_, id, day)) = over.min() else { return };
            self.sessions.get_mut(&id).expect("it was found").due = None;
            self.cancel_lost(id, day);
        }
    }

    /// Unbinds a session, cancels what is to be canceled at once, and says so.
    fn end(&mut self, id: u32, end: End, code: RawTerminationCode, by_client: bool) {
        let now = self.now;
        let session = self.sessions.get_mut(&id).expect("it was found");
        let (source, connection) = session.link.route().expect("it has a connection");
        let established = matches!(session.link, Link::Established(_));
        let scope = if established { covered(session.cod_type, end) } else { None };
        session.link = Link::Free;
        session.throttled = 0;
        session.cuts = Default::default();
        let grace = u64::from(session.cod_window_ms) * 1_000_000;
        if let Some(day) = scope {
            if grace > 0 && end != End::Throttled {
                session.due = Some((now.saturating_add(grace), day));
            } else {
                self.cancel_lost(id, day);
            }
        }
        let session = &self.sessions[&id];
        let terminated = Terminated {
            session_ver_id: SessionVerId(session.version),
            next_seq_no: session.last_out.saturating_add(1),
            last_incoming_seq_no: session.last_in,
            connection: ConnectionId(connection),
            source: SourceId(source),
            code,
            by_client: u8::from(by_client),
            ..Terminated::default()
        };
        self.say_of(id, &terminated);
    }

    /// Cancels a lost session's orders: those flagged, and those of the day where `day`.
    fn cancel_lost(&mut self, id: u32, day: bool) {
        let covers = |order: &Order| match (order.cod, order.tif) {
            (Some(OrderCod::Cancel), _) => true,
            (Some(OrderCod::Keep), _) => false,
            (None, TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate) => false,
            (None, _) => day,
        };
        self.cancel_where(CancelReason::CancelOnDisconnect, |order| {
            order.session == id && covers(order)
        });
    }

    /// The version of the header's session where this connection holds it.
    fn version_held(&self, connection: ConnectionId) -> Option<u64> {
        let route = self.route(connection);
        let session = self.session()?;
        (session.link.route() == Some(route)).then_some(session.version)
    }

    fn route(&self, connection: ConnectionId) -> Route {
        (self.header.source.0, connection.0)
    }

    /// The session of the header.
    pub(super) fn session(&self) -> Option<&Session> {
        self.sessions.get(&self.header.session.0)
    }

    pub(super) fn session_mut(&mut self) -> Option<&mut Session> {
        self.sessions.get_mut(&self.header.session.0)
    }
}

/// Whether an end cancels nothing, flagged orders, or those and the ones of the day.
fn covered(cod_type: CancelOnDisconnect, end: End) -> Option<bool> {
    use CancelOnDisconnect::{Never, OnDisconnect, OnDisconnectOrTerminate, OnTerminate};
    match (end == End::OwnTerminate, cod_type) {
        (false, OnDisconnect | OnDisconnectOrTerminate) => Some(true),
        (false, OnTerminate | Never) => Some(false),
        (true, OnTerminate | OnDisconnectOrTerminate) => Some(true),
        (true, OnDisconnect | Never) => None,
    }
}
