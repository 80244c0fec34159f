//! A venue with two firms, three trading sessions and two instruments, spoken to by commands.

use pinion_engine::{Engine, Sink};
use pinion_types::codes::{
    AccountKind, CancelOnDisconnect, FlowType, KillAction, OrdType, OrderCod, Scope, SessionRole,
    Side, StpMode, TimeInForce, TradingState,
};
use pinion_types::command::{
    AccountDef, Cancel, Disconnect, Establish, FirmDef, Genesis, InstrumentDef, Kill, KindOf,
    LimitsSet, Negotiate, NewOrder, Release, SessionAccount, SessionDef, Terminate, Timer,
    UNLIMITED, UNLIMITED_32,
};
use pinion_types::{
    AccountId, ClOrdId, Command, ConnectionId, Event, EventKind, EventRef, FirmId, InstrumentId,
    Nanos, OrderId, Px, Qty, Seq, SessionId, SessionVerId, SourceId, TerminationCode,
};

/// One second.
pub const S: u64 = 1_000_000_000;
/// One millisecond.
pub const MS: u64 = 1_000_000;
/// When the desk opens.
pub const START: u64 = 1_767_607_200 * S;
/// One unit of currency.
pub const ONE: i64 = 100_000_000;
/// The gateway of sessions 1 and 2.
pub const GATEWAY: SourceId = SourceId(2);
/// The gateway of session 3.
pub const OTHER_GATEWAY: SourceId = SourceId(3);

struct Log(Vec<Event>);

impl Sink for Log {
    fn emit(&mut self, event: &Event) {
        self.0.push(*event);
    }
}

/// The venue, its clock, and every command it was given.
pub struct Desk {
    pub engine: Engine,
    pub now: u64,
    seq: u64,
    /// Next MsgSeqNum and ClOrdID of each session.
    next: [(u64, u64); 8],
    versions: [u64; 8],
    commands: Vec<(u64, Command)>,
    log: Log,
}

/// What the venue begins with.
pub fn genesis() -> Genesis {
    Genesis {
        venue: *b"session-orders-1",
        seed: 7,
        logic_version: 1,
        instruments_max: 256,
        firms_max: 4,
        accounts_max: 256,
        sessions_max: 6,
        orders_max: 1_024,
        positions_max: 256,
        pages_max: 256,
        closed_orders_max: 256,
        hash_interval: 1_000,
        sending_time_ahead_ns: S,
        sending_time_window_ns: 0,
        logon_window_ns: 5 * S,
        ..Genesis::default()
    }
}

/// A trading session of a firm that is not throttled within a test.
pub fn trader(firm: u32) -> SessionDef {
    SessionDef {
        firm: FirmId(firm),
        cod_window_ms_max: 60_000,
        keep_alive_ms_min: 1_000,
        keep_alive_ms_max: 60_000,
        rate_per_second: 1_000,
        rate_burst: 1_000,
        cancel_rate_per_second: 1_000,
        cancel_rate_burst: 1_000,
        throttle_logout: 5,
        role: SessionRole::Trader.into(),
        cod_type: CancelOnDisconnect::OnDisconnect.into(),
        ..SessionDef::default()
    }
}

/// Limits without limit.
pub fn unlimited(scope: Scope, id: u32) -> LimitsSet {
    LimitsSet {
        scope: scope.into(),
        id,
        open_orders_max: UNLIMITED_32,
        order_qty_max: UNLIMITED,
        order_notional_max: UNLIMITED,
        long_max: UNLIMITED,
        short_max: UNLIMITED,
        gross_max: UNLIMITED,
        open_notional_max: UNLIMITED,
        collar_bps: UNLIMITED_32,
        ..LimitsSet::default()
    }
}

/// An instrument with a tick of 0.01 and a lot of 1, trading.
pub fn instrument(id: u32) -> InstrumentDef {
    InstrumentDef {
        instrument: InstrumentId(id),
        tick: Px(ONE / 100),
        lot: Qty(1),
        multiplier: Px(ONE),
        protection_ticks: 100,
        minor_digits: 2,
        currency: pinion_types::text::Chars::new("USD"),
        state: TradingState::Continuous.into(),
        ..InstrumentDef::default()
    }
}

impl Desk {
    /// Sessions 1 (accounts 1, 2), 2 (accounts 2, 3) of firm 1 and 3 (account 4) of firm 2, each
    /// logged on: 1 and 2 by one gateway, 3 by another.
    pub fn open() -> Self {
        Desk::open_with(&trader(1))
    }

    /// The same, session 1 defined as said.
    pub fn open_with(first: &SessionDef) -> Self {
        let mut desk = Desk {
            engine: Engine::new(&genesis()).expect("a small venue"),
            now: START,
            seq: 1,
            next: [(1, 1); 8],
            versions: [0; 8],
            commands: Vec::new(),
            log: Log(Vec::new()),
        };
        for firm in 1..=2 {
            desk.control(&FirmDef { firm: FirmId(firm), ..FirmDef::default() });
            desk.control(&unlimited(Scope::Firm, firm));
        }
        desk.control(&instrument(1));
        desk.control(&instrument(2));
        for account in 1..=4 {
            desk.control(&AccountDef {
                account: AccountId(account),
                firm: FirmId(if account == 4 { 2 } else { 1 }),
                kind: AccountKind::Margin.into(),
                stp_mode: StpMode::None.into(),
                ..AccountDef::default()
            });
            desk.control(&unlimited(Scope::Account, account));
        }
        for (session, def) in [(1, *first), (2, trader(1)), (3, trader(2))] {
            desk.configure(session, &def);
        }
        for (session, account) in [(1, 1), (1, 2), (2, 2), (2, 3), (3, 4)] {
            let account = AccountId(account);
            let allowed = SessionAccount { account, allowed: 1, ..SessionAccount::default() };
            desk.configure(session, &allowed);
        }
        for session in 1..=3 {
            assert!(desk.log_on(session, 1).len() == 2, "session {session} logs on");
        }
        desk
    }

    /// Applies any command now, checks everything that can be checked, gives what followed.
    pub fn apply(&mut self, command: &Command) -> Vec<Event> {
        self.seq += 1;
        self.log.0.clear();
        let before = self.engine.events();
        self.engine.apply(Seq(self.seq), Nanos(self.now), command, &mut self.log);
        self.commands.push((self.now, *command));
        assert_eq!(self.engine.check(), Ok(()), "after {command:?}");
        assert_eq!(self.engine.state_hash(), self.engine.full_state_hash(), "after {command:?}");
        assert_eq!(self.engine.events().0, before.0 + self.log.0.len() as u64);
        self.log.0.clone()
    }

    /// A command of the control socket.
    pub fn control<B: KindOf>(&mut self, body: &B) -> Vec<Event> {
        self.send(SourceId(1), 0, 0, body)
    }

    /// A command of the control socket about a session.
    pub fn configure<B: KindOf>(&mut self, session: u32, body: &B) -> Vec<Event> {
        self.send(SourceId(1), session, 0, body)
    }

    /// A command of the session's gateway that is not an application message.
    pub fn logon<B: KindOf>(&mut self, session: u32, body: &B) -> Vec<Event> {
        self.send(gateway(session), session, 0, body)
    }

    /// An application message with the session's next number.
    pub fn message<B: KindOf>(&mut self, session: u32, body: &B) -> Vec<Event> {
        let number = self.take_number(session);
        self.send(gateway(session), session, number, body)
    }

    /// Any command.
    pub fn send<B: KindOf>(
        &mut self,
        source: SourceId,
        session: u32,
        src_seq: u64,
        body: &B,
    ) -> Vec<Event> {
        let mut command = Command::new(SessionId(session), src_seq, body);
        command.set_source(source);
        self.apply(&command)
    }

    /// Negotiates and establishes a version with the session's own cancel-on-disconnect.
    pub fn log_on(&mut self, session: u32, version: u64) -> Vec<Event> {
        let mut events = self.negotiate(session, version);
        let establish = self.establish(session, version, 1);
        events.extend(self.logon(session, &establish));
        events
    }

    /// Begins a version; both directions count from 1.
    pub fn negotiate(&mut self, session: u32, version: u64) -> Vec<Event> {
        self.now += 1;
        let negotiate = Negotiate {
            session_ver_id: SessionVerId(version),
            timestamp: Nanos(self.now),
            connection: ConnectionId(session),
            firm: FirmId(if session == 3 { 2 } else { 1 }),
            client_flow: FlowType::Idempotent.into(),
            ..Negotiate::default()
        };
        let events = self.logon(session, &negotiate);
        if let [event] = events[..]
            && event.kind() == Some(EventKind::Negotiated)
        {
            self.versions[session as usize] = version;
            self.next[session as usize].0 = 1;
        }
        events
    }

    /// An Establish that is right now.
    pub fn establish(&mut self, session: u32, version: u64, next_seq_no: u64) -> Establish {
        self.now += 1;
        Establish {
            session_ver_id: SessionVerId(version),
            timestamp: Nanos(self.now),
            next_seq_no,
            connection: ConnectionId(session),
            keep_alive_ms: 5_000,
            ..Establish::default()
        }
    }

    /// Takes the number of the session's next message.
    pub fn take_number(&mut self, session: u32) -> u64 {
        let next = &mut self.next[session as usize].0;
        *next += 1;
        *next - 1
    }

    /// The session's last version.
    pub fn version(&self, session: u32) -> u64 {
        self.versions[session as usize]
    }

    /// Number of the session's next message.
    pub fn next_seq_no(&self, session: u32) -> u64 {
        self.next[session as usize].0
    }

    /// The session's next ClOrdID.
    pub fn id(&mut self, session: u32) -> ClOrdId {
        let next = &mut self.next[session as usize].1;
        let id = *next;
        *next += 1;
        ClOrdId(id)
    }

    /// A limit order of `qty` at `px` hundredths, in instrument 1, for the session's first account.
    pub fn limit(&mut self, session: u32, side: Side, px: i64, qty: u64) -> NewOrder {
        NewOrder {
            cl_ord_id: self.id(session),
            px: Px(px * ONE / 100),
            qty: Qty(qty),
            account: AccountId(match session {
                1 => 1,
                2 => 2,
                _ => 4,
            }),
            instrument: InstrumentId(1),
            side: side.into(),
            ord_type: OrdType::Limit.into(),
            time_in_force: TimeInForce::Day.into(),
            ..NewOrder::default()
        }
    }

    /// Enters an order that must rest, and gives its ids.
    pub fn rest(&mut self, session: u32, order: &NewOrder) -> (ClOrdId, OrderId) {
        let events = self.message(session, order);
        match events[..] {
            [event] => match event.view() {
                Some(EventRef::Accepted(body)) => (body.cl_ord_id, body.order_id),
                other => panic!("accepted, not {other:?}"),
            },
            _ => panic!("one event, not {events:?}"),
        }
    }

    /// Enters a resting buy with a time in force and a flag.
    pub fn buy(
        &mut self,
        session: u32,
        time_in_force: TimeInForce,
        cod: Option<OrderCod>,
    ) -> (ClOrdId, OrderId) {
        let order = NewOrder {
            time_in_force: time_in_force.into(),
            cod: cod.map(Into::into).unwrap_or_default(),
            ..self.limit(session, Side::Buy, 9_000, 10)
        };
        self.rest(session, &order)
    }

    /// A cancel by the session's own id of the order.
    pub fn cancel_of(&mut self, session: u32, order: ClOrdId) -> Cancel {
        Cancel {
            cl_ord_id: self.id(session),
            orig_cl_ord_id: order,
            instrument: InstrumentId(1),
            side: Side::Buy.into(),
            ..Cancel::default()
        }
    }

    /// The session's line is lost.
    pub fn lose(&mut self, session: u32) -> Vec<Event> {
        let disconnect = Disconnect {
            connection: ConnectionId(session),
            code: TerminationCode::Disconnected.into(),
            ..Disconnect::default()
        };
        self.logon(session, &disconnect)
    }

    /// The client says goodbye.
    pub fn leave(&mut self, session: u32, version: u64) -> Vec<Event> {
        let terminate = Terminate {
            session_ver_id: SessionVerId(version),
            connection: ConnectionId(session),
            code: TerminationCode::Finished.into(),
            by_client: 1,
            ..Terminate::default()
        };
        self.logon(session, &terminate)
    }

    /// Time passes to the moment the engine waits for, which the sequencer tells it.
    pub fn timer(&mut self) -> Vec<Event> {
        let due = self.engine.next_due().expect("something is due");
        self.now = self.now.max(due.0);
        self.send(SourceId(0), 0, 0, &Timer { due, ..Timer::default() })
    }

    /// Blocks, and cancels where asked.
    pub fn kill(&mut self, scope: Scope, id: u32, action: KillAction) -> Vec<Event> {
        let (scope, action) = (scope.into(), action.into());
        self.control(&Kill { request_id: 5, scope, action, id, ..Kill::default() })
    }

    /// Releases a block.
    pub fn release(&mut self, scope: Scope, id: u32) -> Vec<Event> {
        let scope = scope.into();
        self.control(&Release { request_id: 6, scope, id, ..Release::default() })
    }
}

impl Drop for Desk {
    /// Whatever a test did, doing it again gives the same state.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut again = Engine::new(&genesis()).expect("a small venue");
        let mut log = Log(Vec::new());
        for (index, (now, command)) in self.commands.iter().enumerate() {
            again.apply(Seq(index as u64 + 2), Nanos(*now), command, &mut log);
        }
        assert_eq!(again.state_hash(), self.engine.state_hash(), "replay differs");
        assert_eq!(again.events(), self.engine.events(), "replay differs");
    }
}

/// The gateway of a session.
pub fn gateway(session: u32) -> SourceId {
    if session == 3 { OTHER_GATEWAY } else { GATEWAY }
}
