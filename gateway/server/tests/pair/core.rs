//! A core that answers every command with the events the real one would, without deciding much.

use pinion_gateway::logged::Logged;
use pinion_types::codes::NegotiationReject;
use pinion_types::event::{
    Accepted, BusinessRejected, DeadLetter, Dropped, EstablishRefused, Established, KindOf,
    NegotiateRefused, Negotiated, NotApplied, Terminated,
};
use pinion_types::{
    ClOrdId, Command, CommandRef, Event, Nanos, OrdStatus, OrderId, Seq, SessionId, SessionVerId,
    SourceId, TerminationCode,
};

pub struct FakeCore {
    pub log: Vec<Logged>,
    commands: u64,
    version: SessionVerId,
    expected_in: u64,
    next_out: u64,
    fresh: usize,
}

impl FakeCore {
    pub fn new() -> Self {
        FakeCore {
            log: Vec::new(),
            commands: 0,
            version: SessionVerId(0),
            expected_in: 1,
            next_out: 1,
            fresh: 0,
        }
    }

    /// Applies one command and gives its events.
    pub fn apply(&mut self, command: &Command, now: Nanos) -> Vec<Logged> {
        self.commands += 1;
        self.fresh = self.log.len();
        let (session, number) = (command.header().session, command.header().src_seq);
        match command.view().expect("a known kind") {
            CommandRef::Negotiate(m) if m.refused.0 != 0 => {
                let body = NegotiateRefused {
                    session_ver_id: m.session_ver_id,
                    request_timestamp: m.timestamp,
                    connection: m.connection,
                    code: m.refused,
                    ..NegotiateRefused::default()
                };
                self.emit(session, now, 0, &body);
            }
            CommandRef::Negotiate(m) if m.session_ver_id <= self.version => {
                let body = NegotiateRefused {
                    session_ver_id: m.session_ver_id,
                    current_session_ver_id: self.version,
                    request_timestamp: m.timestamp,
                    connection: m.connection,
                    code: NegotiationReject::InvalidSessionVerId.into(),
                    ..NegotiateRefused::default()
                };
                self.emit(session, now, 0, &body);
            }
            CommandRef::Negotiate(m) => {
                (self.version, self.expected_in, self.next_out) = (m.session_ver_id, 1, 1);
                let body = Negotiated {
                    session_ver_id: m.session_ver_id,
                    request_timestamp: m.timestamp,
                    connection: m.connection,
                    firm: m.firm,
                    source: SourceId(2),
                    client_flow: m.client_flow,
                    ..Negotiated::default()
                };
                self.emit(session, now, 0, &body);
            }
            CommandRef::Establish(m) => self.establish(session, now, m),
            CommandRef::Terminate(m) => {
                self.end(session, now, TerminationCode::Finished, m.by_client);
            }
            CommandRef::Disconnect(m) => {
                let code = m.code.get().expect("a code");
                self.end(session, now, code, 1);
            }
            CommandRef::SequenceNotice(m) if m.next_seq_no < self.expected_in => {
                self.end(session, now, TerminationCode::InvalidSequence, 0);
            }
            CommandRef::SequenceNotice(m) => self.expect(session, now, m.next_seq_no),
            CommandRef::Undecodable(m) => {
                if number > 0 && self.arrive(session, now, number) {
                    let body = BusinessRejected {
                        ref_seq_num: number,
                        ref_id: m.ref_id,
                        ref_template: m.ref_template,
                        ref_tag: m.ref_tag,
                        code: m.code,
                        ..BusinessRejected::default()
                    };
                    self.number(session, now, &body);
                }
                let body = DeadLetter { code: m.code, full_len: m.full_len, ..Default::default() };
                self.emit(session, now, 0, &body);
            }
            CommandRef::NewOrder(m) => self.accept(session, now, number, m.cl_ord_id),
            CommandRef::NewOrderWide(m) => self.accept(session, now, number, m.order.cl_ord_id),
            other => panic!("no such command in these tests: {other:?}"),
        }
        self.log[self.fresh..].to_vec()
    }

    /// An event out of the blue: a fill of a resting order, say.
    pub fn happens<B: KindOf>(&mut self, session: SessionId, body: &B) -> Logged {
        self.number(session, Nanos(99), body);
        *self.log.last().expect("just logged")
    }

    /// The session's messages from `from` on.
    pub fn numbered(&self, from: u64, count: u32) -> Vec<Logged> {
        let number = |logged: &&Logged| logged.event.header().msg_seq_num;
        let wanted = from..from + u64::from(count);
        self.log.iter().filter(|logged| wanted.contains(&number(logged))).copied().collect()
    }

    fn establish(&mut self, session: SessionId, now: Nanos, m: &pinion_types::command::Establish) {
        if m.refused.0 != 0 {
            let body = EstablishRefused {
                session_ver_id: m.session_ver_id,
                request_timestamp: m.timestamp,
                connection: m.connection,
                code: m.refused,
                ..EstablishRefused::default()
            };
            return self.emit(session, now, 0, &body);
        }
        let body = Established {
            session_ver_id: m.session_ver_id,
            request_timestamp: m.timestamp,
            next_seq_no: self.next_out,
            last_incoming_seq_no: self.expected_in - 1,
            connection: m.connection,
            keep_alive_ms: m.keep_alive_ms,
            source: SourceId(2),
            ..Established::default()
        };
        self.emit(session, now, 0, &body);
        self.expect(session, now, m.next_seq_no);
    }

    fn accept(&mut self, session: SessionId, now: Nanos, number: u64, cl_ord_id: ClOrdId) {
        if self.arrive(session, now, number) {
            let body = Accepted {
                cl_ord_id,
                order_id: OrderId(self.commands),
                ord_status: OrdStatus::New.into(),
                ..Accepted::default()
            };
            self.number(session, now, &body);
        }
    }

    fn arrive(&mut self, session: SessionId, now: Nanos, number: u64) -> bool {
        if number < self.expected_in {
            self.emit(session, now, 0, &Dropped { src_seq: number, ..Dropped::default() });
            return false;
        }
        self.expect(session, now, number);
        self.expected_in = number.saturating_add(1);
        true
    }

    fn expect(&mut self, session: SessionId, now: Nanos, next: u64) {
        if next > self.expected_in {
            let body = NotApplied {
                from_seq_no: self.expected_in,
                count: next - self.expected_in,
                ..NotApplied::default()
            };
            self.number(session, now, &body);
            self.expected_in = next;
        }
    }

    fn end(&mut self, session: SessionId, now: Nanos, code: TerminationCode, by_client: u8) {
        let body = Terminated {
            session_ver_id: self.version,
            next_seq_no: self.next_out,
            code: code.into(),
            by_client,
            ..Terminated::default()
        };
        self.emit(session, now, 0, &body);
    }

    fn number<B: KindOf>(&mut self, session: SessionId, now: Nanos, body: &B) {
        let number = self.next_out;
        self.next_out += 1;
        self.emit(session, now, number, body);
    }

    fn emit<B: KindOf>(&mut self, session: SessionId, now: Nanos, number: u64, body: &B) {
        let seq = Seq(self.log.len() as u64 + 1);
        let event = Event::new(session, number, body);
        self.log.push(Logged { seq, time: now, cause: Seq(self.commands), event });
    }
}
