//! A venue in memory: commands in, events out, everything checked after each.
#![allow(dead_code, reason = "each test file takes what it needs")]

use pinion_engine::{Engine, Sink};
use pinion_types::codes::{FlowType, RawOrdType, RawTimeInForce};
use pinion_types::command::{
    Cancel, Establish, FirmDef, Genesis, KindOf, MassCancel, Negotiate, NewOrder, Replace,
    SessionAccount,
};
use pinion_types::text::Chars;
use pinion_types::units::PX_ONE;
use pinion_types::{
    AccountId, ClOrdId, Command, ConnectionId, Event, EventKind, EventRef, FirmId, InstrumentId,
    MassScope, Nanos, OrdType, OrderId, Px, Qty, RejectCode, Scope, Seq, SessionId, SessionVerId,
    Side, SourceId, TimeInForce,
};

mod defs;
pub mod dice;
mod rare;
pub mod risk_dice;
pub mod shares;
mod words;

#[allow(unused_imports, reason = "each test file takes what it needs")]
pub use defs::{
    account, cash_account, deposit, genesis, instrument, mark, no_risk, session, unlimited,
};
pub use words::lines;

/// The moment tests begin.
pub const START: Nanos = Nanos(1_767_607_200_000_000_000);
/// The gateway every message comes from.
pub const GATEWAY: SourceId = SourceId(2);

/// Keeps every event.
#[derive(Default)]
pub struct Log(pub Vec<Event>);

impl Sink for Log {
    fn emit(&mut self, event: &Event) {
        self.0.push(*event);
    }
}

/// A whole price.
#[must_use]
pub fn px(whole: i64) -> Px {
    Px(whole * PX_ONE)
}

/// A venue and the clients that are logged on.
pub struct Desk {
    pub engine: Engine,
    pub now: Nanos,
    seq: u64,
    numbers: [u64; 16],
    ids: [u64; 16],
    /// Whether everything is checked after every command.
    pub checks: bool,
    /// What was applied, what followed and the hash after it, where that is kept.
    record: Option<Record>,
}

/// Commands and their times, events, and the state hash after each command.
pub type Record = (Vec<(Nanos, Command)>, Vec<Event>, Vec<u64>);

impl Desk {
    /// A venue with nothing defined.
    #[must_use]
    pub fn bare(genesis: &Genesis) -> Self {
        let engine = Engine::new(genesis).expect("the capacities are in range");
        Desk {
            engine,
            now: START,
            seq: 0,
            numbers: [0; 16],
            ids: [0; 16],
            checks: true,
            record: None,
        }
    }

    /// Firms 1 and 2; instruments 1 and 2; accounts 1 to 4 of firm 1 and 5 of firm 2, all without
    /// limits; sessions 1 (accounts 1 to 3) and 2 (account 4) of firm 1, 3 of firm 2, logged on.
    #[must_use]
    pub fn new() -> Self {
        Desk::with(&genesis())
    }

    /// The same with other capacities.
    #[must_use]
    pub fn with(genesis: &Genesis) -> Self {
        Desk::bare(genesis).furnished()
    }

    /// The same, keeping a record from the first command.
    #[must_use]
    pub fn recording(genesis: &Genesis) -> Self {
        let mut desk = Desk::bare(genesis);
        desk.record = Some(Record::default());
        desk.furnished()
    }

    /// The record so far.
    #[must_use]
    pub fn record(self) -> Record {
        self.record.unwrap_or_default()
    }

    fn furnished(self) -> Self {
        let mut desk = self;
        for firm in 1..=2 {
            desk.done(&FirmDef { firm: FirmId(firm), ..FirmDef::default() });
        }
        for id in 1..=2 {
            desk.done(&instrument(id));
        }
        for (id, firm) in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2)] {
            desk.done(&account(id, firm));
            desk.done(&unlimited(Scope::Account, id));
        }
        for (id, firm, accounts) in [(1, 1, 1..=3), (2, 1, 4..=4), (3, 2, 5..=5)] {
            desk.define_session(id, firm);
            for account in accounts {
                desk.allow(id, account);
            }
            desk.logon(id, firm, 1);
        }
        desk
    }

    /// Defines a session.
    pub fn define_session(&mut self, id: u32, firm: u32) {
        let mut command = Command::new(SessionId(id), 0, &session(firm));
        command.set_source(SourceId(1));
        assert_eq!(self.code(&command), 0);
    }

    /// Gives a session an account.
    pub fn allow(&mut self, id: u32, account: u32) {
        let body = SessionAccount { account: AccountId(account), allowed: 1, ..Default::default() };
        let mut command = Command::new(SessionId(id), 0, &body);
        command.set_source(SourceId(1));
        assert_eq!(self.code(&command), 0);
    }

    /// Negotiates and establishes.
    pub fn logon(&mut self, id: u32, firm: u32, version: u64) {
        self.now.0 += 2;
        let negotiate = Negotiate {
            session_ver_id: SessionVerId(version),
            timestamp: Nanos(self.now.0),
            connection: ConnectionId(id),
            firm: FirmId(firm),
            client_flow: FlowType::Idempotent.into(),
            ..Negotiate::default()
        };
        let establish = Establish {
            session_ver_id: SessionVerId(version),
            timestamp: Nanos(self.now.0 + 1),
            next_seq_no: 1,
            connection: ConnectionId(id),
            keep_alive_ms: 10_000,
            ..Establish::default()
        };
        self.numbers[id as usize] = 0;
        for command in
            [Command::new(SessionId(id), 0, &negotiate), Command::new(SessionId(id), 0, &establish)]
        {
            let mut command = command;
            command.set_source(GATEWAY);
            let events = self.apply(&command);
            assert_eq!(events.len(), 1, "{events:?}");
        }
    }

    /// Applies a command and checks everything.
    pub fn apply(&mut self, command: &Command) -> Vec<Event> {
        let mut log = Log::default();
        self.seq += 1;
        let before = self.engine.events();
        self.engine.apply(Seq(self.seq), self.now, command, &mut log);
        assert_eq!(self.engine.events().0 - before.0, log.0.len() as u64);
        if let Some((commands, events, hashes)) = &mut self.record {
            commands.push((self.now, *command));
            events.extend(&log.0);
            hashes.push(self.engine.state_hash());
        }
        if self.checks
            && let Err(violation) = self.engine.check()
        {
            panic!("{violation} after {command:?}, which gave {:?}", log.0);
        }
        log.0
    }

    /// Applies a control command.
    pub fn control<B: KindOf>(&mut self, body: &B) -> Vec<Event> {
        self.apply(&steering(body))
    }

    /// The code a control command is answered with, 0 where it was done.
    pub fn code(&mut self, command: &Command) -> u16 {
        let events = self.apply(command);
        // What follows from it comes before the answer, losses are judged after it.
        let done = events.iter().find_map(|event| match event.view() {
            Some(EventRef::ControlDone(done)) => Some(done.code.0),
            _ => None,
        });
        done.unwrap_or_else(|| panic!("a control command is answered, not {:?}", lines(&events)))
    }

    /// A control command that must be done.
    pub fn done<B: KindOf>(&mut self, body: &B) {
        assert_eq!(self.refused(body), 0, "{body:?}", body = B::KIND);
    }

    /// The code of a control command.
    pub fn refused<B: KindOf>(&mut self, body: &B) -> u16 {
        self.code(&steering(body))
    }

    /// The command of a session's next message.
    pub fn message<B: KindOf>(&mut self, session: u32, body: &B) -> Command {
        self.numbers[session as usize] += 1;
        let number = self.numbers[session as usize];
        let mut command = Command::new(SessionId(session), number, body);
        command.set_source(GATEWAY);
        command
    }

    /// Sends a session's next message.
    pub fn send<B: KindOf>(&mut self, session: u32, body: &B) -> Vec<Event> {
        let command = self.message(session, body);
        self.apply(&command)
    }

    /// The next id of a session.
    pub fn id(&mut self, session: u32) -> ClOrdId {
        self.ids[session as usize] += 1;
        ClOrdId(self.ids[session as usize])
    }

    /// The last id of a session.
    #[must_use]
    pub fn last_id(&self, session: u32) -> ClOrdId {
        ClOrdId(self.ids[session as usize])
    }

    /// A limit order of session 1, account 1, instrument 1.
    pub fn limit(&mut self, side: Side, whole: i64, qty: u64) -> NewOrder {
        NewOrder {
            cl_ord_id: self.id(1),
            px: px(whole),
            qty: Qty(qty),
            account: AccountId(1),
            instrument: InstrumentId(1),
            side: side.into(),
            ord_type: RawOrdType::from(OrdType::Limit),
            time_in_force: RawTimeInForce::from(TimeInForce::Day),
            ..NewOrder::default()
        }
    }

    /// Enters a limit order of the day for an account, by its session.
    pub fn enter(&mut self, account: u32, side: Side, whole: i64, qty: u64) -> Vec<Event> {
        let session = session_of(account);
        let cl_ord_id = self.id(session);
        let order = self.limit(side, whole, qty);
        self.ids[1] -= 1;
        self.ids[session as usize] = cl_ord_id.0;
        let order = NewOrder { cl_ord_id, account: AccountId(account), ..order };
        self.send(session, &order)
    }

    /// A limit order of the day in instrument 1.
    pub fn order_of(&mut self, account: u32, side: Side, whole: i64, qty: u64) -> NewOrder {
        let cl_ord_id = self.id(session_of(account));
        NewOrder {
            cl_ord_id,
            px: px(whole),
            qty: Qty(qty),
            account: AccountId(account),
            instrument: InstrumentId(1),
            side: side.into(),
            ord_type: OrdType::Limit.into(),
            time_in_force: TimeInForce::Day.into(),
            ..NewOrder::default()
        }
    }

    /// A cancel of a session's own order.
    pub fn cancel(&mut self, session: u32, orig: ClOrdId) -> Vec<Event> {
        let body =
            Cancel { cl_ord_id: self.id(session), orig_cl_ord_id: orig, ..Cancel::default() };
        self.send(session, &body)
    }

    /// A replace of a session's own order.
    pub fn replace(&mut self, session: u32, orig: ClOrdId, whole: i64, qty: u64) -> Vec<Event> {
        let body = self.replacement(session, orig, whole, qty);
        self.send(session, &body)
    }

    /// What [`Desk::replace`] sends.
    pub fn replacement(&mut self, session: u32, orig: ClOrdId, whole: i64, qty: u64) -> Replace {
        Replace {
            cl_ord_id: self.id(session),
            orig_cl_ord_id: orig,
            px: px(whole),
            qty: Qty(qty),
            ..Replace::default()
        }
    }

    /// A mass cancel.
    pub fn mass_cancel(&mut self, session: u32, scope: MassScope, account: u32) -> Vec<Event> {
        let body = MassCancel {
            cl_ord_id: self.id(session),
            scope: scope.into(),
            account: AccountId(account),
            ..MassCancel::default()
        };
        self.send(session, &body)
    }

    /// The position of an account in instrument 1.
    #[must_use]
    pub fn position(&self, account: u32) -> i64 {
        let position = self.engine.position(AccountId(account), InstrumentId(1));
        position.map_or(0, |it| it.quantity)
    }

    /// Cash of an account, and what working buys hold of it, in units of 1e-4.
    #[must_use]
    pub fn cash(&self, account: u32) -> (i64, i64) {
        let (account, usd) = (AccountId(account), Chars::new("USD"));
        let units = |amount: i128| i64::try_from(amount / 10_000).expect("a small amount");
        (units(self.engine.cash_of(account, usd)), units(self.engine.held_of(account, usd)))
    }

    /// Bids or offers of instrument 1 as ids and what they have left, in order of priority.
    #[must_use]
    pub fn book(&self, side: Side) -> Vec<(u64, i64, u64)> {
        let orders = self.engine.book(InstrumentId(1), side);
        orders.map(|it| (it.cl_ord_id.0, it.px.0 / PX_ONE, it.leaves.0)).collect()
    }
}

/// A command of the control socket.
#[must_use]
pub fn steering<B: KindOf>(body: &B) -> Command {
    let mut command = Command::new(SessionId(0), 0, body);
    command.set_source(SourceId(1));
    command
}

/// The session that enters orders of an account.
#[must_use]
pub fn session_of(account: u32) -> u32 {
    match account {
        1..=3 => 1,
        4 => 2,
        _ => 3,
    }
}

/// Compares events with what was expected.
#[track_caller]
pub fn check(events: &[Event], expected: &[&str]) {
    assert_eq!(lines(events), expected);
}

/// Checks that an order was accepted, or replaced.
#[track_caller]
pub fn taken(events: &[Event]) {
    let kind = events.first().and_then(Event::kind);
    let is_taken = matches!(kind, Some(EventKind::Accepted | EventKind::Replaced));
    assert!(is_taken, "accepted, not {:?}", lines(events));
}

/// The code of the only event, which is a refusal.
#[track_caller]
pub fn refusal(events: &[Event]) -> RejectCode {
    let code = match events.last().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => it.code.get(),
        Some(EventRef::CancelRejected(it)) => it.code.get(),
        Some(EventRef::MassCanceled(it)) => it.code.get(),
        Some(EventRef::BusinessRejected(it)) => it.code.get(),
        _ => None,
    };
    code.unwrap_or_else(|| panic!("a refusal, not {:?}", lines(events)))
}

/// An order id nobody has.
pub const NOBODY: OrderId = OrderId(1 << 60);
