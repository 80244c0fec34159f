//! What the tests of this crate share: a small venue, a producer that acts like a gateway, logs
//! read back.
#![allow(dead_code, reason = "each test uses a part")]

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pinion_ipc::handover::{Link, Reply, Request};
use pinion_ipc::{Producer, PushError, StatusView};
use pinion_journal::Reader;
use pinion_sequencer::{
    Core, CoreConfig, EVENT_KIND, Error, Given, INPUT_KIND, LogPlace, ROLE_GATEWAY,
};
use pinion_types::codes::{
    AccountKind, CancelOnDisconnect, FlowType, MarkKind, Scope, SessionRole, Side, StpMode,
    TradingState,
};
use pinion_types::command::{
    AccountDef, Cancel, Establish, FirmDef, Genesis, InstrumentDef, LimitsSet, Mark, Negotiate,
    NewOrder, SessionAccount, SessionDef, UNLIMITED, UNLIMITED_32,
};
use pinion_types::text::Chars;
use pinion_types::units::PX_ONE;
use pinion_types::{
    AccountId, ClOrdId, Command, ConnectionId, Event, FirmId, InstrumentId, Nanos, OrdType, Px,
    Qty, SCHEMA_HASH, Seq, SessionId, SessionVerId, SourceId, TimeInForce,
};
use tempfile::TempDir;

/// Longest wait for anything in a test. Only a bug reaches it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Sessions of the venue, each with its own account.
pub const SESSIONS: u32 = 4;

/// A venue in a temporary place.
pub struct House {
    pub root: TempDir,
}

impl House {
    pub fn new() -> House {
        House { root: TempDir::new().expect("a temporary directory") }
    }

    pub fn path(&self) -> &Path {
        self.root.path()
    }

    pub fn config(&self) -> CoreConfig {
        config(self.path())
    }

    pub fn start(&self) -> Core {
        start(self.config()).expect("the core starts")
    }

    pub fn socket(&self) -> PathBuf {
        self.config().socket
    }
}

/// Tiny segments, so that edges are met often.
pub fn config(root: &Path) -> CoreConfig {
    let mut config = CoreConfig::new(root.join("data"), root.join("run"));
    for log in [&mut config.inputs, &mut config.events] {
        log.segment_len = 64 * 1024;
        log.spare_segments = 3;
    }
    config.ring_lines = 64;
    config
}

pub fn start(config: CoreConfig) -> Result<Core, Error> {
    Core::start(config, &mut Given::new(founding()), &mut |_| ())
}

pub fn genesis() -> Genesis {
    Genesis {
        venue: *b"a venue of tests",
        seed: 7,
        logic_version: 1,
        instruments_max: 4,
        firms_max: 4,
        accounts_max: 8,
        sessions_max: 8,
        orders_max: 4_096,
        positions_max: 64,
        pages_max: 256,
        closed_orders_max: 64,
        hash_interval: 64,
        logon_window_ns: 3_600_000_000_000,
        ..Genesis::default()
    }
}

/// Everything a venue of four traders in one instrument is told.
pub fn founding() -> Vec<Command> {
    let none = SessionId(0);
    let mut commands = vec![
        Command::new(none, 0, &genesis()),
        Command::new(none, 0, &FirmDef { firm: FirmId(1), ..FirmDef::default() }),
        Command::new(none, 0, &instrument()),
        Command::new(none, 0, &settlement(100)),
        Command::new(none, 0, &limits(Scope::Firm, 1)),
    ];
    for id in 1..=SESSIONS {
        let account = AccountDef {
            account: AccountId(id),
            firm: FirmId(1),
            kind: AccountKind::Margin.into(),
            stp_mode: StpMode::CancelNewest.into(),
            ..AccountDef::default()
        };
        commands.push(Command::new(none, 0, &account));
        commands.push(Command::new(none, 0, &limits(Scope::Account, id)));
        commands.push(Command::new(SessionId(id), 0, &session()));
        let allowed =
            SessionAccount { account: AccountId(id), allowed: 1, ..SessionAccount::default() };
        commands.push(Command::new(SessionId(id), 0, &allowed));
    }
    commands
}

pub fn instrument() -> InstrumentDef {
    InstrumentDef {
        symbol: Chars::new("TEST"),
        currency: Chars::new("USD"),
        instrument: InstrumentId(1),
        tick: Px(PX_ONE / 100),
        lot: Qty(1),
        multiplier: Px(PX_ONE),
        protection_ticks: 100,
        state: TradingState::Continuous.into(),
        minor_digits: 2,
        ..InstrumentDef::default()
    }
}

pub fn settlement(px: i64) -> Mark {
    Mark {
        request_id: 0,
        instrument: InstrumentId(1),
        kind: MarkKind::Settlement.into(),
        px: Px(px * PX_ONE),
        ..Mark::default()
    }
}

pub fn limits(scope: Scope, id: u32) -> LimitsSet {
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

fn session() -> SessionDef {
    SessionDef {
        firm: FirmId(1),
        keep_alive_ms_min: 100,
        keep_alive_ms_max: 60_000,
        cod_window_ms_max: 60_000,
        rate_per_second: 1_000_000,
        rate_burst: 1_000_000,
        cancel_rate_per_second: 1_000_000,
        cancel_rate_burst: 1_000_000,
        throttle_logout: 1_000,
        role: SessionRole::Trader.into(),
        cod_type: CancelOnDisconnect::OnDisconnectOrTerminate.into(),
        ..SessionDef::default()
    }
}

/// What a gateway would do, without sockets of its own.
pub struct Gateway {
    pub link: Link,
    pub ring: Producer,
    pub status: StatusView,
    pub source: SourceId,
    next: [u64; SESSIONS as usize + 1],
    cl_ord_id: u64,
}

/// Asks the core for a ring.
pub fn ask(socket: &Path, request: &Request) -> (Link, Reply, Vec<OwnedFd>) {
    Link::open(socket, request, PATIENCE).expect("the core answers")
}

impl Gateway {
    pub fn attach(socket: &Path, number: u32) -> Gateway {
        let request = Request { role: ROLE_GATEWAY, number, layout: SCHEMA_HASH };
        loop {
            let (link, reply, fds) = ask(socket, &request);
            if reply.code != 0 {
                // The ring of the one before is not given back yet.
                std::thread::yield_now();
                continue;
            }
            let [ring, head, status] = <[_; 3]>::try_from(fds).expect("three descriptors");
            return Gateway {
                link,
                ring: pinion_ipc::attach(ring, head, SCHEMA_HASH).expect("a ring"),
                status: StatusView::attach(status, SCHEMA_HASH).expect("a status"),
                source: SourceId(u16::try_from(reply.numbers[0]).expect("a source")),
                next: [1; SESSIONS as usize + 1],
                cl_ord_id: 0,
            };
        }
    }

    /// Writes a command and shows it, waiting for room.
    pub fn send(&mut self, command: &Command) {
        loop {
            match self.ring.send(command.words()) {
                Ok(()) => return,
                Err(PushError::Full) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Negotiates and establishes the session, at a version above every one before.
    pub fn log_on(&mut self, session: u32) {
        let now = Nanos(now());
        let (session_ver_id, connection) = (SessionVerId(now.0), ConnectionId(session));
        let negotiate = Negotiate {
            session_ver_id,
            timestamp: now,
            connection,
            firm: FirmId(1),
            client_flow: FlowType::Idempotent.into(),
            ..Negotiate::default()
        };
        self.send(&Command::new(SessionId(session), 0, &negotiate));
        let establish = Establish {
            session_ver_id,
            timestamp: Nanos(now.0 + 1),
            connection,
            next_seq_no: 1,
            keep_alive_ms: 1_000,
            ..Establish::default()
        };
        self.send(&Command::new(SessionId(session), 0, &establish));
        self.next[session as usize] = 1;
    }

    /// Sends an order of the session; ids rise by themselves.
    pub fn order(&mut self, session: u32, side: Side, px: i64, qty: u64) {
        let command = self.make(session, side, px, qty);
        self.send(&command);
    }

    /// An order of the session as its gateway would write it.
    pub fn make(&mut self, session: u32, side: Side, px: i64, qty: u64) -> Command {
        self.cl_ord_id = (self.cl_ord_id + 1).max(now());
        let number = &mut self.next[session as usize];
        let src_seq = *number;
        *number += 1;
        let order = NewOrder {
            cl_ord_id: ClOrdId(self.cl_ord_id),
            px: Px(px * PX_ONE / 100),
            qty: Qty(qty),
            account: AccountId(session),
            instrument: InstrumentId(1),
            side: side.into(),
            ord_type: OrdType::Limit.into(),
            time_in_force: TimeInForce::Day.into(),
            ..NewOrder::default()
        };
        Command::new(SessionId(session), src_seq, &order)
    }

    /// Cancels the session's order `orig`, which need not be there.
    pub fn cancel(&mut self, session: u32, orig: ClOrdId) {
        let command = self.make_cancel(session, orig);
        self.send(&command);
    }

    /// A cancel as the session's gateway would write it.
    pub fn make_cancel(&mut self, session: u32, orig: ClOrdId) -> Command {
        self.cl_ord_id = (self.cl_ord_id + 1).max(now());
        let number = &mut self.next[session as usize];
        let src_seq = *number;
        *number += 1;
        let cancel = Cancel {
            cl_ord_id: ClOrdId(self.cl_ord_id),
            orig_cl_ord_id: orig,
            ..Cancel::default()
        };
        Command::new(SessionId(session), src_seq, &cancel)
    }

    /// The id of the last message.
    pub fn last_id(&self) -> ClOrdId {
        ClOrdId(self.cl_ord_id)
    }

    /// Orders that follow from a seed: prices that cross now and then.
    pub fn trade(&mut self, random: &mut Random, count: u64) {
        for _ in 0..count {
            let session = 1 + random.below(u64::from(SESSIONS)) as u32;
            let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
            let px = 9_990 + random.below(20) as i64;
            self.order(session, side, px, 1 + random.below(9));
        }
    }

    /// Waits until the core has taken everything that was sent.
    pub fn settle(&self, commands: u64) {
        while self.status.counter(pinion_sequencer::Metric::RingCommands.index()) < commands {
            std::thread::yield_now();
        }
    }
}

/// Nanoseconds since the epoch.
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.expect("a clock").as_nanos()).expect("this century")
}

/// Numbers that follow from a seed.
pub struct Random(pub u64);

impl Random {
    /// Prints the seed.
    pub fn seeded(seed: u64) -> Random {
        println!("SEED={seed}");
        Random(seed)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % end
    }
}

/// A record of a log: seq, time, aux, payload.
pub type Line = (u64, u64, u64, Vec<u8>);

/// Everything in a log.
pub fn lines(place: &LogPlace, kind: u16) -> Vec<Line> {
    let mut reader =
        Reader::open(&place.dir, Some(&place.hot_dir), kind, 1).expect("the log opens");
    let mut lines = Vec::new();
    while let Some(record) = reader.next().expect("a good record") {
        lines.push((record.seq, record.time, record.aux, record.payload.to_vec()));
    }
    lines
}

/// Every command of a venue's journal.
pub fn commands(root: &Path) -> Vec<Command> {
    let lines = lines(&config(root).inputs.place, INPUT_KIND);
    lines.iter().map(|line| Command::from_bytes(&line.3).expect("a command")).collect()
}

/// Every event of a venue's log, with its cause.
pub fn events(root: &Path) -> Vec<(Seq, Event)> {
    let lines = lines(&config(root).events.place, EVENT_KIND);
    lines.iter().map(|line| (Seq(line.2), Event::from_bytes(&line.3).expect("an event"))).collect()
}

/// Copies a directory tree.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_tree(&path, &target);
        } else if path.is_file() {
            std::fs::copy(&path, target).expect("a copy");
        }
    }
}
