//! The naive model of the session rules: every rule where it is said, nothing shared, nothing kept
//! that could be computed, no number that could overflow. It may never be clever.

use pinion_types::codes::{
    CancelOnDisconnect as Cod, EstablishmentReject as Est, FlowType, LimitId,
    NegotiationReject as Neg, RawTerminationCode,
};
use pinion_types::command::{
    CommandHeader, Disconnect, Establish, Negotiate, SequenceNotice, SessionDef, Terminate,
    Undecodable,
};
use pinion_types::event::{
    BusinessRejected, DeadLetter, Dropped, EstablishRefused, Established, KindOf, NegotiateRefused,
    Negotiated, NotApplied, Terminated,
};
use pinion_types::{
    ClOrdId, Command, CommandRef, ConnectionId, Event, RejectCode, SessionId, SessionVerId,
    SourceId, TerminationCode,
};
use std::collections::BTreeMap;

use crate::house::{MS, Seen};
use crate::one::One;
use pinion_engine::session::CodScope;

/// All of them.
pub struct Model {
    pub sessions: BTreeMap<u32, One>,
    window: u128,
    seen: Vec<Seen>,
}

impl Model {
    pub fn new(defs: &[(u32, SessionDef)], window: u64, now: u64) -> Self {
        let sessions = defs.iter().map(|(id, def)| (*id, One::new(*def, now))).collect();
        Model { sessions, window: u128::from(window), seen: Vec::new() }
    }

    pub fn apply(&mut self, now: u64, command: &Command) -> Vec<Seen> {
        self.seen.clear();
        let header = *command.header();
        match command.view().expect("a known kind") {
            CommandRef::Negotiate(body) => {
                self.expire(now);
                self.negotiate(now, &header, body);
            }
            CommandRef::Establish(body) => {
                self.expire(now);
                self.establish(now, &header, body);
            }
            CommandRef::Terminate(body) => self.terminate(now, &header, body),
            CommandRef::Disconnect(body) => self.disconnect(now, &header, body),
            CommandRef::SequenceNotice(body) => self.notice(now, &header, body),
            CommandRef::SourceUp(body) => {
                self.lose(now, body.about, TerminationCode::GatewayDown.into());
            }
            CommandRef::SourceDown(body) => {
                let down = TerminationCode::GatewayDown.into();
                self.lose(now, body.about, if body.code.0 == 0 { down } else { body.code });
            }
            CommandRef::Timer(_) => self.expire(now),
            CommandRef::DayRoll(_) => {}
            CommandRef::Undecodable(body) => self.undecodable(now, &header, body),
            CommandRef::NewOrder(body) => {
                let refused = BusinessRejected {
                    ref_id: body.cl_ord_id.0,
                    ref_template: 100,
                    received_time: body.received_time,
                    ..BusinessRejected::default()
                };
                if self.arrives(now, &header) && self.passes(now, &header, refused) {
                    self.seen.push(Seen::Applies);
                }
            }
            CommandRef::Cancel(_) => {
                if self.arrives(now, &header) {
                    self.seen.push(Seen::Applies);
                }
            }
            other => panic!("the model does not know {other:?}"),
        }
        self.seen.clone()
    }

    fn say<B: KindOf>(&mut self, session: SessionId, number: u64, body: &B) {
        self.seen.push(Seen::Event(Event::new(session, number, body)));
    }

    /// Says something the client can ask for again.
    fn report<B: KindOf>(&mut self, session: SessionId, body: &B) {
        let one = self.sessions.get_mut(&session.0).expect("it speaks");
        let number = one.next;
        one.next += 1;
        self.say(session, number, body);
    }

    fn expire(&mut self, now: u64) {
        let mut due: Vec<(u128, u32, CodScope)> = self
            .sessions
            .iter()
            .filter_map(|(id, one)| one.due.map(|(due, scope)| (due, *id, scope)))
            .filter(|&(due, _, _)| due <= u128::from(now))
            .collect();
        due.sort_unstable();
        for (_, id, scope) in due {
            self.sessions.get_mut(&id).expect("it waited").due = None;
            self.seen.push(Seen::Cancels(SessionId(id), scope));
        }
    }

    fn negotiate(&mut self, now: u64, header: &CommandHeader, body: &Negotiate) {
        let mut current = 0;
        let mut code = body.refused;
        if code.0 == 0 {
            code.0 = self.negotiation(now, header, body).map_or(0, |code| code.code());
            current = self.sessions.get(&header.session.0).map_or(0, |one| one.version);
        }
        if code.0 != 0 {
            let refused = NegotiateRefused {
                session_ver_id: body.session_ver_id,
                current_session_ver_id: SessionVerId(current),
                request_timestamp: body.timestamp,
                connection: body.connection,
                source: header.source,
                code,
                ..NegotiateRefused::default()
            };
            self.say(header.session, 0, &refused);
            return;
        }
        let one = self.sessions.get_mut(&header.session.0).expect("it is known");
        one.version = body.session_ver_id.0;
        one.negotiated = Some((header.source, body.connection));
        one.expected = 1;
        one.next = 1;
        let negotiated = Negotiated {
            session_ver_id: body.session_ver_id,
            request_timestamp: body.timestamp,
            connection: body.connection,
            firm: body.firm,
            source: header.source,
            client_flow: body.client_flow,
            ..Negotiated::default()
        };
        self.say(header.session, 0, &negotiated);
    }

    fn negotiation(&mut self, now: u64, header: &CommandHeader, body: &Negotiate) -> Option<Neg> {
        let window = self.window;
        let Some(one) = self.sessions.get_mut(&header.session.0) else {
            return Some(Neg::InvalidSessionId);
        };
        if !one.logon(now, body.timestamp.0, window) {
            return Some(Neg::InvalidTimestamp);
        }
        if body.firm != one.def.firm {
            return Some(Neg::InvalidFirm);
        }
        if body.client_flow != FlowType::Idempotent.into() {
            return Some(Neg::FlowTypeNotSupported);
        }
        let from = Some((header.source, body.connection));
        if one.negotiated == from || one.established == from {
            return Some(Neg::AlreadyNegotiated);
        }
        if one.established.is_some() {
            return Some(Neg::DuplicateConnection);
        }
        (body.session_ver_id.0 <= one.version).then_some(Neg::InvalidSessionVerId)
    }

    fn establish(&mut self, now: u64, header: &CommandHeader, body: &Establish) {
        let mut last = 0;
        let mut code = body.refused;
        if code.0 == 0
            && let Some((found, told)) = self.establishment(now, header, body)
        {
            code = found.into();
            last = told;
        }
        if code.0 != 0 {
            let refused = EstablishRefused {
                session_ver_id: body.session_ver_id,
                last_incoming_seq_no: last,
                request_timestamp: body.timestamp,
                connection: body.connection,
                source: header.source,
                code,
                ..EstablishRefused::default()
            };
            self.say(header.session, 0, &refused);
            return;
        }
        let one = self.sessions.get_mut(&header.session.0).expect("it is known");
        one.negotiated = None;
        one.established = Some((header.source, body.connection));
        one.due = None;
        one.throttled = 0;
        one.cod = body.cod_type.get().or(one.def.cod_type.get()).expect("a type");
        one.window_ms = u64::from(body.cod_window_ms.min(one.def.cod_window_ms_max));
        let established = Established {
            session_ver_id: body.session_ver_id,
            request_timestamp: body.timestamp,
            next_seq_no: one.next,
            last_incoming_seq_no: (one.expected - 1) as u64,
            connection: body.connection,
            keep_alive_ms: body.keep_alive_ms,
            rate_per_second: one.def.rate_per_second,
            rate_burst: one.def.rate_burst,
            cancel_rate_per_second: one.def.cancel_rate_per_second,
            cancel_rate_burst: one.def.cancel_rate_burst,
            cod_window_ms: one.window_ms as u32,
            source: header.source,
            cod_type: one.cod.into(),
            last_cl_ord_id: ClOrdId(0),
            ..Established::default()
        };
        self.say(header.session, 0, &established);
        self.goes_on_at(header.session, body.next_seq_no);
    }

    fn establishment(
        &mut self,
        now: u64,
        header: &CommandHeader,
        body: &Establish,
    ) -> Option<(Est, u64)> {
        let window = self.window;
        let Some(one) = self.sessions.get_mut(&header.session.0) else {
            return Some((Est::InvalidSessionId, 0));
        };
        if !one.logon(now, body.timestamp.0, window) {
            return Some((Est::InvalidTimestamp, 0));
        }
        if one.version == 0 {
            return Some((Est::Unnegotiated, 0));
        }
        if body.session_ver_id.0 != one.version {
            return Some((Est::InvalidSessionVerId, 0));
        }
        let last = (one.expected - 1) as u64;
        if one.established == Some((header.source, body.connection)) {
            return Some((Est::AlreadyEstablished, last));
        }
        if one.established.is_some() {
            return Some((Est::DuplicateConnection, last));
        }
        let (min, max) = (one.def.keep_alive_ms_min, one.def.keep_alive_ms_max);
        if body.keep_alive_ms < min || body.keep_alive_ms > max {
            return Some((Est::KeepaliveInterval, last));
        }
        (u128::from(body.next_seq_no) < one.expected).then_some((Est::InvalidNextSeqNo, last))
    }

    fn goes_on_at(&mut self, session: SessionId, number: u64) {
        let one = self.sessions.get_mut(&session.0).expect("it speaks");
        let (from, to) = (one.expected, u128::from(number));
        if to > from {
            one.expected = to;
            let missing = NotApplied {
                from_seq_no: from as u64,
                count: (to - from) as u64,
                ..NotApplied::default()
            };
            self.report(session, &missing);
        }
    }

    fn ends(
        &mut self,
        now: u64,
        session: SessionId,
        own: bool,
        code: RawTerminationCode,
        silent: bool,
    ) {
        let one = self.sessions.get_mut(&session.0).expect("it is known");
        let (source, connection) = one.established.or(one.negotiated).expect("it was bound");
        let was_established = one.established.is_some();
        one.negotiated = None;
        one.established = None;
        one.throttled = 0;
        let throttled = code.get() == Some(TerminationCode::Throttle) && !silent;
        let day = match one.cod {
            Cod::OnDisconnect => !own,
            Cod::OnTerminate => own,
            Cod::OnDisconnectOrTerminate => true,
            Cod::Never => false,
        };
        let scope = match (day, own) {
            (true, _) => Some(CodScope::DayAndFlagged),
            (false, true) => None,
            (false, false) => Some(CodScope::Flagged),
        };
        if let Some(scope) = scope.filter(|_| was_established) {
            if one.window_ms > 0 && !throttled {
                one.due = Some((u128::from(now) + u128::from(one.window_ms * MS), scope));
            } else {
                self.seen.push(Seen::Cancels(session, scope));
            }
        }
        let one = &self.sessions[&session.0];
        let terminated = Terminated {
            session_ver_id: SessionVerId(one.version),
            next_seq_no: one.next,
            last_incoming_seq_no: (one.expected - 1) as u64,
            connection,
            source,
            code,
            by_client: u8::from(silent),
            ..Terminated::default()
        };
        self.say(session, 0, &terminated);
    }

    fn is_held(&self, header: &CommandHeader, connection: ConnectionId) -> bool {
        let from = Some((header.source, connection));
        self.sessions
            .get(&header.session.0)
            .is_some_and(|one| one.negotiated == from || one.established == from)
    }

    fn terminate(&mut self, now: u64, header: &CommandHeader, body: &Terminate) {
        if !self.is_held(header, body.connection) {
            return;
        }
        if body.by_client == 1 {
            let version = self.sessions[&header.session.0].version;
            if body.session_ver_id.0 == version {
                self.ends(now, header.session, true, body.code, true);
            } else {
                let code = TerminationCode::InvalidSessionVerId.into();
                self.ends(now, header.session, false, code, false);
            }
        } else {
            self.ends(now, header.session, false, body.code, true);
        }
    }

    fn disconnect(&mut self, now: u64, header: &CommandHeader, body: &Disconnect) {
        if self.is_held(header, body.connection) {
            self.ends(now, header.session, false, body.code, true);
        }
    }

    fn notice(&mut self, now: u64, header: &CommandHeader, body: &SequenceNotice) {
        let Some(one) = self.sessions.get(&header.session.0) else { return };
        if one.established != Some((header.source, body.connection)) {
            return;
        }
        if body.session_ver_id.0 != one.version {
            let code = TerminationCode::InvalidSessionVerId.into();
            self.ends(now, header.session, false, code, false);
        } else if u128::from(body.next_seq_no) < one.expected {
            let code = TerminationCode::InvalidSequence.into();
            self.ends(now, header.session, false, code, false);
        } else {
            self.goes_on_at(header.session, body.next_seq_no);
            self.charges(now, header.session);
        }
    }

    /// What is heard and not answered costs as much as what is.
    fn charges(&mut self, now: u64, id: SessionId) {
        let one = self.sessions.get_mut(&id.0).expect("it speaks");
        if one.orders.passes(&one.def, now) {
            return;
        }
        one.throttled += 1;
        if one.throttled > u64::from(one.def.throttle_logout) {
            self.ends(now, id, false, TerminationCode::Throttle.into(), false);
        }
    }

    fn lose(&mut self, now: u64, source: SourceId, code: RawTerminationCode) {
        let on = |held: Option<(SourceId, ConnectionId)>| held.is_some_and(|it| it.0 == source);
        let lost: Vec<u32> = self
            .sessions
            .iter()
            .filter(|(_, one)| on(one.negotiated) || on(one.established))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.ends(now, SessionId(id), false, code, true);
        }
    }

    fn arrives(&mut self, now: u64, header: &CommandHeader) -> bool {
        let one = self.sessions.get(&header.session.0);
        let speaks = one
            .is_some_and(|one| one.established.is_some_and(|(source, _)| source == header.source));
        let expected = one.map_or(0, |one| one.expected);
        if !speaks || u128::from(header.src_seq) < expected {
            let dropped = Dropped {
                src_seq: header.src_seq,
                expected_seq: u64::try_from(expected).unwrap_or(u64::MAX),
                command: header.kind,
                ..Dropped::default()
            };
            self.say(header.session, 0, &dropped);
            if speaks {
                self.charges(now, header.session);
            }
            return false;
        }
        self.goes_on_at(header.session, header.src_seq);
        let one = self.sessions.get_mut(&header.session.0).expect("it speaks");
        one.expected += 1;
        true
    }

    fn passes(&mut self, now: u64, header: &CommandHeader, refused: BusinessRejected) -> bool {
        let one = self.sessions.get_mut(&header.session.0).expect("it speaks");
        if one.orders.passes(&one.def, now) {
            one.throttled = 0;
            return true;
        }
        one.throttled += 1;
        let too_many = one.throttled > u64::from(one.def.throttle_logout);
        let burst = i64::from(one.def.rate_burst);
        let refused = BusinessRejected {
            ref_seq_num: header.src_seq,
            ref_tag: 0,
            code: RejectCode::Throttled.into(),
            limit_id: LimitId::Rate.into(),
            limit: burst,
            current: burst,
            ..refused
        };
        self.report(header.session, &refused);
        if too_many {
            let code = TerminationCode::Throttle.into();
            self.ends(now, header.session, false, code, false);
        }
        false
    }

    fn undecodable(&mut self, now: u64, header: &CommandHeader, body: &Undecodable) {
        if header.src_seq > 0 && !self.arrives(now, header) {
            return;
        }
        let letter = DeadLetter {
            ref_seq_num: header.src_seq,
            received_time: body.received_time,
            ref_template: body.ref_template,
            code: body.code,
            full_len: body.full_len,
            ..DeadLetter::default()
        };
        if header.src_seq == 0 {
            self.say(header.session, 0, &letter);
            return;
        }
        let refused = BusinessRejected {
            ref_seq_num: header.src_seq,
            ref_id: body.ref_id,
            received_time: body.received_time,
            ref_template: body.ref_template,
            ref_tag: body.ref_tag,
            code: body.code,
            ..BusinessRejected::default()
        };
        let before = self.seen.len();
        if self.passes(now, header, refused) {
            self.report(header.session, &refused);
        }
        // The letter stands behind the refusal, before what an end brings.
        let place = (before + 1).min(self.seen.len());
        self.seen.insert(place, Seen::Event(Event::new(header.session, 0, &letter)));
    }
}
