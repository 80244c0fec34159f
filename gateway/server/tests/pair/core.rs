//! A core that answers every command with the events the real one would, without deciding much.

use std::collections::BTreeMap;

use pinion_gateway::logged::Logged;
use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::command::{Establish, Negotiate, SequenceNotice, Undecodable};
use pinion_types::event::{
    Accepted, BusinessRejected, DeadLetter, Dropped, EstablishRefused, Established, KindOf,
    NegotiateRefused, Negotiated, NotApplied, Terminated,
};
use pinion_types::{
    ClOrdId, Command, CommandHeader, CommandRef, ConnectionId, Event, Nanos, OrdStatus, OrderId,
    Seq, SessionId, SessionVerId, SourceId, TerminationCode,
};

struct State {
    version: SessionVerId,
    expected_in: u64,
    next_out: u64,
    bound: Option<ConnectionId>,
}

impl Default for State {
    fn default() -> Self {
        State { version: SessionVerId(0), expected_in: 1, next_out: 1, bound: None }
    }
}

#[derive(Default)]
pub struct FakeCore {
    pub log: Vec<Logged>,
    commands: u64,
    sessions: BTreeMap<u32, State>,
    now: Nanos,
}

/// Whose commands these are; the gateway under test has number 0.
pub const SOURCE: SourceId = SourceId(2);

impl FakeCore {
    pub fn new() -> Self {
        FakeCore::default()
    }

    /// Applies one command and gives its events.
    pub fn apply(&mut self, command: &Command, now: Nanos) -> Vec<Logged> {
        self.commands += 1;
        self.now = now;
        let fresh = self.log.len();
        let header = *command.header();
        match command.view().expect("a known kind") {
            CommandRef::Negotiate(m) => self.negotiate(header.session, m),
            CommandRef::Establish(m) => self.establish(header.session, m),
            CommandRef::Terminate(m) => {
                self.end(header.session, m.connection, TerminationCode::Finished, m.by_client);
            }
            CommandRef::Disconnect(m) => {
                let code = m.code.get().expect("a code");
                self.end(header.session, m.connection, code, 1);
            }
            CommandRef::SequenceNotice(m) => self.sequence(header.session, m),
            CommandRef::Undecodable(m) => self.undecodable(&header, m),
            CommandRef::NewOrder(m) => self.accept(&header, m.cl_ord_id),
            CommandRef::NewOrderWide(m) => self.accept(&header, m.order.cl_ord_id),
            CommandRef::Cancel(m) => self.accept(&header, m.cl_ord_id),
            CommandRef::Replace(m) => self.accept(&header, m.cl_ord_id),
            CommandRef::MassCancel(m) => self.accept(&header, m.cl_ord_id),
            CommandRef::OrderStatusRequest(m) => self.accept(&header, ClOrdId(m.request_id)),
            CommandRef::MassStatusRequest(m) => self.accept(&header, ClOrdId(m.request_id)),
            CommandRef::SecurityListRequest(m) => self.accept(&header, ClOrdId(m.request_id)),
            CommandRef::PositionRequest(m) => self.accept(&header, ClOrdId(m.request_id)),
            other => panic!("no such command in these tests: {other:?}"),
        }
        self.log[fresh..].to_vec()
    }

    /// An event out of the blue: a fill of a resting order, say.
    pub fn happens<B: KindOf>(&mut self, session: SessionId, body: &B) -> Logged {
        self.number(session, body);
        *self.log.last().expect("just logged")
    }

    /// Messages of a session from `from` on.
    pub fn numbered(&self, session: SessionId, from: u64, count: u32) -> Vec<Logged> {
        let wanted = from..from + u64::from(count);
        let is_wanted = |logged: &&Logged| {
            let header = logged.event.header();
            header.session == session && wanted.contains(&header.msg_seq_num)
        };
        self.log.iter().filter(is_wanted).copied().collect()
    }

    /// Whatever was bound is not any more: the producer began anew.
    pub fn unbind_all(&mut self) {
        for state in self.sessions.values_mut() {
            state.bound = None;
        }
    }

    fn state(&mut self, session: SessionId) -> &mut State {
        self.sessions.entry(session.0).or_default()
    }

    fn negotiate(&mut self, session: SessionId, m: &Negotiate) {
        let state = self.state(session);
        let current_session_ver_id = state.version;
        let refused = match m.refused.get() {
            Some(refused) => Some((refused, SessionVerId(0))),
            None if state.bound == Some(m.connection) => {
                Some((NegotiationReject::AlreadyNegotiated, current_session_ver_id))
            }
            None if state.bound.is_some() => {
                Some((NegotiationReject::DuplicateConnection, current_session_ver_id))
            }
            None if m.session_ver_id <= state.version => {
                Some((NegotiationReject::InvalidSessionVerId, current_session_ver_id))
            }
            None => None,
        };
        if let Some((code, current_session_ver_id)) = refused {
            let body = NegotiateRefused {
                session_ver_id: m.session_ver_id,
                current_session_ver_id,
                request_timestamp: m.timestamp,
                connection: m.connection,
                source: SOURCE,
                code: code.into(),
                ..NegotiateRefused::default()
            };
            return self.emit(session, 0, &body);
        }
        *state = State { version: m.session_ver_id, ..State::default() };
        let body = Negotiated {
            session_ver_id: m.session_ver_id,
            request_timestamp: m.timestamp,
            connection: m.connection,
            firm: m.firm,
            source: SOURCE,
            client_flow: m.client_flow,
            ..Negotiated::default()
        };
        self.emit(session, 0, &body);
    }

    fn establish(&mut self, session: SessionId, m: &Establish) {
        let state = self.state(session);
        let refused = match m.refused.get() {
            Some(refused) => Some(refused),
            None if m.session_ver_id != state.version => {
                Some(EstablishmentReject::InvalidSessionVerId)
            }
            None if state.bound.is_some() => Some(EstablishmentReject::DuplicateConnection),
            None if m.next_seq_no < state.expected_in => {
                Some(EstablishmentReject::InvalidNextSeqNo)
            }
            None => None,
        };
        if let Some(code) = refused {
            let body = EstablishRefused {
                session_ver_id: m.session_ver_id,
                request_timestamp: m.timestamp,
                connection: m.connection,
                source: SOURCE,
                code: code.into(),
                ..EstablishRefused::default()
            };
            return self.emit(session, 0, &body);
        }
        state.bound = Some(m.connection);
        let body = Established {
            session_ver_id: m.session_ver_id,
            request_timestamp: m.timestamp,
            next_seq_no: state.next_out,
            last_incoming_seq_no: state.expected_in - 1,
            connection: m.connection,
            keep_alive_ms: m.keep_alive_ms,
            source: SOURCE,
            ..Established::default()
        };
        self.emit(session, 0, &body);
        self.expect(session, m.next_seq_no);
    }

    fn sequence(&mut self, session: SessionId, m: &SequenceNotice) {
        if m.next_seq_no < self.state(session).expected_in {
            self.end(session, m.connection, TerminationCode::InvalidSequence, 0);
        } else {
            self.expect(session, m.next_seq_no);
        }
    }

    fn undecodable(&mut self, header: &CommandHeader, m: &Undecodable) {
        if header.src_seq > 0 && self.arrive(header) {
            let body = BusinessRejected {
                ref_seq_num: header.src_seq,
                ref_id: m.ref_id,
                ref_template: m.ref_template,
                ref_tag: m.ref_tag,
                code: m.code,
                ..BusinessRejected::default()
            };
            self.number(header.session, &body);
        }
        let body = DeadLetter { code: m.code, full_len: m.full_len, ..DeadLetter::default() };
        self.emit(header.session, 0, &body);
    }

    fn accept(&mut self, header: &CommandHeader, cl_ord_id: ClOrdId) {
        if self.arrive(header) {
            let body = Accepted {
                cl_ord_id,
                order_id: OrderId(self.commands),
                ord_status: OrdStatus::New.into(),
                ..Accepted::default()
            };
            self.number(header.session, &body);
        }
    }

    fn arrive(&mut self, header: &CommandHeader) -> bool {
        if header.src_seq < self.state(header.session).expected_in {
            let body = Dropped { src_seq: header.src_seq, ..Dropped::default() };
            self.emit(header.session, 0, &body);
            return false;
        }
        self.expect(header.session, header.src_seq);
        self.state(header.session).expected_in = header.src_seq.saturating_add(1);
        true
    }

    fn expect(&mut self, session: SessionId, next: u64) {
        let state = self.state(session);
        let from_seq_no = state.expected_in;
        if next > from_seq_no {
            state.expected_in = next;
            let count = next - from_seq_no;
            self.number(session, &NotApplied { from_seq_no, count, ..NotApplied::default() });
        }
    }

    fn end(
        &mut self,
        session: SessionId,
        from: ConnectionId,
        code: TerminationCode,
        by_client: u8,
    ) {
        let state = self.state(session);
        if state.bound.is_some_and(|bound| bound != from) {
            return;
        }
        state.bound = None;
        let body = Terminated {
            session_ver_id: state.version,
            next_seq_no: state.next_out,
            connection: from,
            source: SOURCE,
            code: code.into(),
            by_client,
            ..Terminated::default()
        };
        self.emit(session, 0, &body);
    }

    fn number<B: KindOf>(&mut self, session: SessionId, body: &B) {
        let state = self.state(session);
        let number = state.next_out;
        state.next_out += 1;
        self.emit(session, number, body);
    }

    fn emit<B: KindOf>(&mut self, session: SessionId, number: u64, body: &B) {
        let seq = Seq(self.log.len() as u64 + 1);
        let event = Event::new(session, number, body);
        self.log.push(Logged { seq, time: self.now, cause: Seq(self.commands), event });
    }
}
