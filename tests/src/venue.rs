//! A venue for tests and benches: what it begins with, and one client's way to speak to it.

use pinion_types::codes::{
    AccountKind, CancelOnDisconnect, FlowType, OrdType, Scope, SessionRole, Side, StpMode,
    TimeInForce, TradingState,
};
use pinion_types::command::{
    AccountDef, Cancel, Establish, FirmDef, Genesis, InstrumentDef, KindOf, LimitsSet, Negotiate,
    NewOrder, Replace, SessionAccount, SessionDef, UNLIMITED, UNLIMITED_32,
};
use pinion_types::text::Chars;
use pinion_types::{
    AccountId, ClOrdId, Command, ConnectionId, Event, FirmId, InstrumentId, Nanos, OrderId, Px,
    Qty, Seq, SessionId, SessionVerId, SourceId,
};

/// Something that applies commands: the engine or the model.
pub trait Venue {
    /// Applies one command and gives what followed from it.
    fn apply(&mut self, seq: Seq, now: Nanos, command: &Command) -> &[Event];
}

/// The moment tests begin: 2026-01-05T10:00:00Z.
pub const START: Nanos = Nanos(1_767_607_200_000_000_000);

/// The producer that every command of a [`Client`] comes from.
pub const SOURCE: SourceId = SourceId(2);

/// A genesis with room for a benchmark tape.
#[must_use]
pub fn genesis() -> Genesis {
    Genesis {
        venue: *b"pinion-test-0001",
        seed: 1,
        logic_version: 1,
        instruments_max: 16,
        firms_max: 16,
        accounts_max: 1_024,
        sessions_max: 64,
        orders_max: 65_536,
        positions_max: 16_384,
        pages_max: 8_192,
        closed_orders_max: 65_536,
        hash_interval: 1_000,
        sending_time_ahead_ns: 1_000_000_000,
        sending_time_window_ns: 0,
        logon_window_ns: 5_000_000_000,
        ..Genesis::default()
    }
}

/// An instrument that trades at once: tick and lot as given, every filter off.
#[must_use]
pub fn instrument(id: u32, tick: Px, lot: Qty) -> InstrumentDef {
    InstrumentDef {
        symbol: Chars::new("TEST"),
        currency: Chars::new("USD"),
        instrument: InstrumentId(id),
        tick,
        lot,
        multiplier: Px(pinion_types::units::PX_ONE),
        protection_ticks: 100,
        state: TradingState::Continuous.into(),
        minor_digits: 2,
        ..InstrumentDef::default()
    }
}

/// Limits that allow everything.
#[must_use]
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
        actor: Chars::new("test"),
        ..LimitsSet::default()
    }
}

/// A margin account of firm 1 that trades with itself when it meets itself.
#[must_use]
pub fn account(id: u32) -> AccountDef {
    AccountDef {
        account: AccountId(id),
        firm: FirmId(1),
        kind: AccountKind::Margin.into(),
        stp_mode: StpMode::None.into(),
        actor: Chars::new("test"),
        ..AccountDef::default()
    }
}

/// A trader's session of firm 1 without a rate that it could reach.
#[must_use]
pub fn session() -> SessionDef {
    SessionDef {
        firm: FirmId(1),
        cod_window_ms_max: 60_000,
        keep_alive_ms_min: 1_000,
        keep_alive_ms_max: 60_000,
        rate_per_second: UNLIMITED_32,
        rate_burst: UNLIMITED_32,
        cancel_rate_per_second: UNLIMITED_32,
        cancel_rate_burst: UNLIMITED_32,
        throttle_logout: UNLIMITED_32,
        role: SessionRole::Trader.into(),
        cod_type: CancelOnDisconnect::Never.into(),
        actor: Chars::new("test"),
        ..SessionDef::default()
    }
}

/// A command of the control socket.
#[must_use]
pub fn control<B: KindOf>(body: &B) -> Command {
    let mut command = Command::new(SessionId(0), 0, body);
    command.set_source(SourceId(1));
    command
}

/// One firm, one session, accounts 1 to `accounts` and the instruments, all without limits.
#[must_use]
pub fn setup(instruments: &[InstrumentDef], accounts: u32) -> Vec<Command> {
    let firm = FirmDef { firm: FirmId(1), name: Chars::new("FIRM"), ..FirmDef::default() };
    let mut commands = vec![control(&firm), control(&unlimited(Scope::Firm, 1))];
    commands.extend(instruments.iter().map(control));
    let mut of_session = Command::new(SessionId(1), 0, &session());
    of_session.set_source(SourceId(1));
    commands.push(of_session);
    for id in 1..=accounts {
        commands.push(control(&account(id)));
        commands.push(control(&unlimited(Scope::Account, id)));
        let allowed = SessionAccount { account: AccountId(id), allowed: 1, ..Default::default() };
        let mut command = Command::new(SessionId(1), 0, &allowed);
        command.set_source(SourceId(1));
        commands.push(command);
    }
    commands
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A new order.
    New(NewOrder),
    /// A replace.
    Replace(Replace),
    /// A cancel.
    Cancel(Cancel),
}

impl Request {
    /// The command it becomes, with the client's next number.
    #[must_use]
    pub fn command(&self, client: &mut Client) -> Command {
        match self {
            Request::New(body) => client.message(body),
            Request::Replace(body) => client.message(body),
            Request::Cancel(body) => client.message(body),
        }
    }
}

/// One session's side: numbers its messages and its orders.
#[derive(Clone, Debug)]
pub struct Client {
    /// The session.
    pub session: SessionId,
    /// The connection it speaks over.
    pub connection: ConnectionId,
    next_seq: u64,
    last_cl_ord_id: u64,
}

impl Client {
    /// A client of `session` that has not logged on.
    #[must_use]
    pub fn new(session: u32) -> Self {
        let connection = ConnectionId(session);
        Client { session: SessionId(session), connection, next_seq: 1, last_cl_ord_id: 0 }
    }

    /// The two commands that begin version `version` at `now`.
    #[must_use]
    pub fn logon(&mut self, version: u64, now: Nanos) -> [Command; 2] {
        self.next_seq = 1;
        let negotiate = Negotiate {
            session_ver_id: SessionVerId(version),
            timestamp: now,
            connection: self.connection,
            firm: FirmId(1),
            client_flow: FlowType::Idempotent.into(),
            ..Negotiate::default()
        };
        let establish = Establish {
            session_ver_id: SessionVerId(version),
            timestamp: Nanos(now.0 + 1),
            next_seq_no: 1,
            connection: self.connection,
            keep_alive_ms: 10_000,
            ..Establish::default()
        };
        [self.command(0, &negotiate), self.command(0, &establish)]
    }

    /// A message of this session with the next number.
    pub fn message<B: KindOf>(&mut self, body: &B) -> Command {
        let number = self.next_seq;
        self.next_seq += 1;
        self.command(number, body)
    }

    /// The next id of an order or request.
    pub fn next_id(&mut self) -> ClOrdId {
        self.last_cl_ord_id += 1;
        ClOrdId(self.last_cl_ord_id)
    }

    /// A limit order without further wishes.
    #[must_use]
    pub fn limit(&mut self, side: Side, px: Px, qty: Qty, tif: TimeInForce) -> NewOrder {
        NewOrder {
            cl_ord_id: self.next_id(),
            px,
            qty,
            account: AccountId(1),
            instrument: InstrumentId(1),
            side: side.into(),
            ord_type: OrdType::Limit.into(),
            time_in_force: tif.into(),
            ..NewOrder::default()
        }
    }

    /// A cancel of one of this session's orders.
    #[must_use]
    pub fn cancel(&mut self, orig: ClOrdId, side: Side) -> Cancel {
        Cancel {
            cl_ord_id: self.next_id(),
            orig_cl_ord_id: orig,
            order_id: OrderId(0),
            instrument: InstrumentId(1),
            side: side.into(),
            ..Cancel::default()
        }
    }

    /// A replace of one of this session's orders; `qty` is the total with what is filled.
    #[must_use]
    pub fn replace(&mut self, orig: ClOrdId, side: Side, px: Px, qty: Qty) -> Replace {
        Replace {
            cl_ord_id: self.next_id(),
            orig_cl_ord_id: orig,
            px,
            qty,
            account: AccountId(1),
            instrument: InstrumentId(1),
            side: side.into(),
            ..Replace::default()
        }
    }

    fn command<B: KindOf>(&self, number: u64, body: &B) -> Command {
        let mut command = Command::new(self.session, number, body);
        command.set_source(SOURCE);
        command
    }
}
