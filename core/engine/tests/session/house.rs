//! A house of sessions, driven the way the engine drives it.

use pinion_types::codes::{
    EstablishmentReject, FlowType, NegotiationReject, RawTerminationCode, SessionRole,
};
use pinion_types::command::{
    Cancel, Disconnect, Establish, Genesis, KindOf, Negotiate, NewOrder, SequenceNotice,
    SessionAccount, SessionDef, SourceDown, SourceUp, Terminate, Undecodable,
};
use pinion_types::{
    AccountId, CancelOnDisconnect, Command, CommandKind, CommandRef, ConnectionId, Event, EventRef,
    FirmId, Nanos, RejectCode, SessionId, SessionVerId, SourceId, TerminationCode,
};

use pinion_engine::session::{Admission, CodScope, Ended, Inbound, Session, Sessions};

/// One second.
pub const S: u64 = 1_000_000_000;
/// One millisecond.
pub const MS: u64 = 1_000_000;
/// When every house begins.
pub const START: u64 = 1_767_607_200 * S;
/// The gateway most tests speak through.
pub const GATEWAY: SourceId = SourceId(2);
/// The firm of every session.
pub const FIRM: FirmId = FirmId(7);

/// What a command led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// An event.
    Event(Event),
    /// The engine was told to cancel.
    Cancels(SessionId, CodScope),
    /// The engine was told to apply the message.
    Applies,
}

/// Sessions 1 to `sessions_max`, and a clock.
pub struct House {
    pub sessions: Sessions,
    pub now: u64,
    seen: Vec<Seen>,
}

/// A definition with which everything goes.
pub fn definition() -> SessionDef {
    SessionDef {
        firm: FIRM,
        cod_window_ms_max: 10_000,
        keep_alive_ms_min: 1_000,
        keep_alive_ms_max: 60_000,
        rate_per_second: 1_000,
        rate_burst: 1_000,
        cancel_rate_per_second: 2_000,
        cancel_rate_burst: 2_000,
        throttle_logout: 3,
        role: SessionRole::Trader.into(),
        cod_type: CancelOnDisconnect::OnDisconnect.into(),
        ..SessionDef::default()
    }
}

/// Bytes for four sessions and a hundred accounts, logons within five seconds.
pub fn genesis() -> Genesis {
    Genesis { sessions_max: 4, accounts_max: 100, logon_window_ns: 5 * S, ..Genesis::default() }
}

impl House {
    /// Sessions 1 to 3 as `definition` says, 4 not defined.
    pub fn new(definition: &SessionDef) -> Self {
        let sessions = Sessions::new(&genesis()).expect("a small house");
        let mut house = House { sessions, now: START, seen: Vec::new() };
        for id in 1..=3 {
            let defined = house.sessions.define(Nanos(START), SessionId(id), definition);
            assert_eq!(defined, Ok(()));
        }
        house
    }

    /// Applies a command of session 1 from the gateway.
    pub fn send<B: KindOf>(&mut self, src_seq: u64, body: &B) -> Vec<Seen> {
        self.send_from(GATEWAY, 1, src_seq, body)
    }

    /// Applies a command of any session from any producer.
    pub fn send_from<B: KindOf>(
        &mut self,
        source: SourceId,
        session: u32,
        src_seq: u64,
        body: &B,
    ) -> Vec<Seen> {
        let mut command = Command::new(SessionId(session), src_seq, body);
        command.set_source(source);
        self.apply(&command)
    }

    /// Applies any command the session layer knows, as the engine does, and checks everything.
    pub fn apply(&mut self, command: &Command) -> Vec<Seen> {
        self.seen.clear();
        let view = command.view().expect("a known kind");
        self.dispatch(command, view);
        assert_eq!(self.sessions.check(), Ok(()), "after {command:?}");
        self.seen.clone()
    }

    fn dispatch(&mut self, command: &Command, view: CommandRef<'_>) {
        let (now, header) = (Nanos(self.now), *command.header());
        let mut events = Vec::new();
        let mut out = |event: &Event| events.push(Seen::Event(*event));
        let mut ended = None;
        let mut applies = false;
        match view {
            CommandRef::Negotiate(body) => {
                self.expire();
                self.sessions.negotiate(now, &header, body, &mut out);
            }
            CommandRef::Establish(body) => {
                self.expire();
                self.sessions.establish(now, &header, body, &mut out);
            }
            CommandRef::Terminate(body) => ended = self.sessions.terminate(now, &header, body),
            CommandRef::Disconnect(body) => ended = self.sessions.disconnect(now, &header, body),
            CommandRef::SequenceNotice(body) => {
                ended = self.sessions.sequence_notice(now, &header, body, &mut out);
            }
            CommandRef::SourceUp(body) => self.lose(body.about, RawTerminationCode(0)),
            CommandRef::SourceDown(body) => self.lose(body.about, body.code),
            CommandRef::Timer(_) => self.expire(),
            CommandRef::DayRoll(_) => self.sessions.day_roll(),
            CommandRef::Undecodable(body) => {
                match self.sessions.undecodable(now, &header, body, &mut out) {
                    Admission::Apply => panic!("what could not be decoded cannot be applied"),
                    Admission::Done => {}
                    Admission::Ended(end) => ended = Some(end),
                }
            }
            other => {
                let inbound = Inbound::of(other).expect("an application message");
                match self.sessions.admit(now, &header, &inbound, &mut out) {
                    Admission::Apply => applies = true,
                    Admission::Done => {}
                    Admission::Ended(end) => ended = Some(end),
                }
            }
        }
        self.seen.append(&mut events);
        if applies {
            self.seen.push(Seen::Applies);
        }
        if let Some(ended) = ended {
            self.settle(&ended);
        }
    }

    fn settle(&mut self, ended: &Ended) {
        if let Some(scope) = ended.cancels {
            self.seen.push(Seen::Cancels(ended.session, scope));
        }
        let seen = &mut self.seen;
        self.sessions.farewell(ended, &mut |event: &Event| seen.push(Seen::Event(*event)));
    }

    fn lose(&mut self, source: SourceId, code: RawTerminationCode) {
        let mut after = SessionId(0);
        while let Some(ended) = self.sessions.lose_next(Nanos(self.now), source, code, after) {
            after = ended.session;
            self.settle(&ended);
        }
    }

    fn expire(&mut self) {
        while let Some(due) = self.sessions.take_due(Nanos(self.now)) {
            self.seen.push(Seen::Cancels(due.session, due.cancels));
        }
    }

    /// Session 1.
    pub fn one(&self) -> &Session {
        self.sessions.get(SessionId(1)).expect("session 1 is defined")
    }

    /// Lets `nanos` pass.
    pub fn wait(&mut self, nanos: u64) {
        self.now += nanos;
    }

    /// A Negotiate that is right now; every call is a nanosecond later.
    pub fn hello(&mut self, version: u64) -> Negotiate {
        self.now += 1;
        Negotiate {
            session_ver_id: SessionVerId(version),
            timestamp: Nanos(self.now),
            connection: ConnectionId(1),
            firm: FIRM,
            client_flow: FlowType::Idempotent.into(),
            ..Negotiate::default()
        }
    }

    /// An Establish that is right now; every call is a nanosecond later.
    pub fn resume(&mut self, version: u64, next_seq_no: u64) -> Establish {
        self.now += 1;
        Establish {
            session_ver_id: SessionVerId(version),
            timestamp: Nanos(self.now),
            next_seq_no,
            connection: ConnectionId(1),
            keep_alive_ms: 5_000,
            ..Establish::default()
        }
    }

    /// Session 1 negotiates and establishes version `version` on connection 1.
    pub fn log_on(&mut self, version: u64) {
        let hello = self.hello(version);
        self.send(0, &hello);
        let resume = self.resume(version, 1);
        self.send(0, &resume);
        assert!(self.one().is_established());
    }

    /// What an order of this number leads to.
    pub fn order(&mut self, src_seq: u64) -> Vec<Seen> {
        self.send(src_seq, &NewOrder::default())
    }

    /// What a cancel of this number leads to.
    pub fn cancel(&mut self, src_seq: u64) -> Vec<Seen> {
        self.send(src_seq, &Cancel::default())
    }

    /// What a timer leads to now.
    pub fn timer(&mut self) -> Vec<Seen> {
        self.apply(&Command::zeroed(CommandKind::Timer))
    }
}

/// A client's Terminate of connection 1.
pub fn goodbye(version: u64) -> Terminate {
    Terminate {
        session_ver_id: SessionVerId(version),
        connection: ConnectionId(1),
        code: TerminationCode::Finished.into(),
        by_client: 1,
        ..Terminate::default()
    }
}

/// A lost connection.
pub fn gone(connection: u32, code: TerminationCode) -> Disconnect {
    Disconnect { connection: ConnectionId(connection), code: code.into(), ..Disconnect::default() }
}

/// A Sequence of connection 1.
pub fn notice(version: u64, next_seq_no: u64) -> SequenceNotice {
    SequenceNotice {
        session_ver_id: SessionVerId(version),
        next_seq_no,
        connection: ConnectionId(1),
        ..SequenceNotice::default()
    }
}

/// A message that says nothing.
pub fn noise(code: RejectCode) -> Undecodable {
    Undecodable {
        ref_id: 77,
        ref_template: 100,
        ref_tag: 54,
        code: code.into(),
        full_len: 110,
        raw_len: 110,
        ..Undecodable::default()
    }
}

/// A producer that is gone.
pub fn down(about: SourceId) -> SourceDown {
    SourceDown { about, ..SourceDown::default() }
}

/// A producer that began.
pub fn up(about: SourceId) -> SourceUp {
    SourceUp { about, ..SourceUp::default() }
}

/// One account of a session.
pub fn account(id: u32, allowed: u32) -> SessionAccount {
    SessionAccount { account: AccountId(id), allowed, ..SessionAccount::default() }
}

/// The one event there is.
pub fn only(seen: &[Seen]) -> Event {
    match seen {
        [Seen::Event(event)] => *event,
        other => panic!("one event, not {other:?}"),
    }
}

/// Why the one event refuses a Negotiate, and the version it tells.
pub fn negotiate_refused(seen: &[Seen]) -> (Option<NegotiationReject>, u64) {
    match only(seen).view() {
        Some(EventRef::NegotiateRefused(body)) => (body.code.get(), body.current_session_ver_id.0),
        other => panic!("a refusal, not {other:?}"),
    }
}

/// Why the one event refuses an Establish, and the number it tells.
pub fn establish_refused(seen: &[Seen]) -> (Option<EstablishmentReject>, u64) {
    match only(seen).view() {
        Some(EventRef::EstablishRefused(body)) => (body.code.get(), body.last_incoming_seq_no),
        other => panic!("a refusal, not {other:?}"),
    }
}

/// True where the one event says the session is negotiated, or established.
pub fn is_accepted(seen: &[Seen]) -> bool {
    matches!(only(seen).view(), Some(EventRef::Negotiated(_) | EventRef::Established(_)))
}

/// First missing number and count of the event, where it is a NotApplied.
pub fn gap(seen: &Seen) -> Option<(u64, u64)> {
    match seen {
        Seen::Event(event) => match event.view() {
            Some(EventRef::NotApplied(body)) => Some((body.from_seq_no, body.count)),
            _ => None,
        },
        _ => None,
    }
}

/// Code and whether nothing is to be sent, where the event is a Terminated.
pub fn terminated(seen: &Seen) -> Option<(TerminationCode, bool)> {
    match seen {
        Seen::Event(event) => match event.view() {
            Some(EventRef::Terminated(body)) => Some((body.code.get()?, body.by_client == 1)),
            _ => None,
        },
        _ => None,
    }
}

/// True where the event is a Dropped.
pub fn is_dropped(seen: &[Seen]) -> bool {
    matches!(only(seen).view(), Some(EventRef::Dropped(_)))
}
