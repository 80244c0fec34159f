//! Days and timers: what the clock makes the core say.

mod common;

use common::{Gateway, House, commands, events, start};
use pinion_sequencer::{Core, CoreConfig, Days, Given, Metric};
use pinion_types::codes::{CancelOnDisconnect, CancelReason, FlowType, Side, TradingState};
use pinion_types::command::{Establish, Negotiate, Schedule, SessionDef, StateChange};
use pinion_types::{
    Command, CommandKind, CommandRef, ConnectionId, EventKind, EventRef, FirmId, InstrumentId,
    Nanos, SessionId, SessionVerId,
};

/// Days of a fiftieth of a second.
struct Hasty;

const HASTY_NS: u64 = 20_000_000;

impl Days for Hasty {
    fn at(&self, now: Nanos) -> (u32, Nanos) {
        let day = now.0 / HASTY_NS;
        (u32::try_from(day % (1 << 32)).unwrap(), Nanos((day + 1) * HASTY_NS))
    }
}

#[test]
fn days_begin_once_and_in_order() {
    let house = House::new();
    let mut config = house.config();
    config.days = Box::new(Hasty);
    let core = start(config).unwrap();
    let (begun, _) = core.status().published();
    while core.status().published().0 < begun + 5 {
        std::thread::yield_now();
    }
    core.stop().unwrap();
    let days: Vec<u32> = commands(house.path())
        .iter()
        .filter_map(|it| match it.view() {
            Some(CommandRef::DayRoll(body)) => Some(body.day),
            _ => None,
        })
        .collect();
    assert!(days.len() >= 5, "{days:?}");
    assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "{days:?}");
    // A start on a day that was begun already says nothing more.
    let mut config = house.config();
    struct Same(u32);
    impl Days for Same {
        fn at(&self, _now: Nanos) -> (u32, Nanos) {
            (self.0, Nanos(u64::MAX))
        }
    }
    config.days = Box::new(Same(*days.last().unwrap()));
    let before = commands(house.path()).len();
    start(config).unwrap().stop().unwrap();
    let rest = &commands(house.path())[before..];
    assert!(rest.iter().all(|it| it.kind() == Some(CommandKind::StateHash)), "{rest:?}");
}

#[test]
fn a_grace_that_is_over_cancels_what_it_spared() {
    let house = House::new();
    let core = house.start();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    let now = Nanos(common::now());
    let (session, connection) = (SessionId(1), ConnectionId(1));
    let negotiate = Negotiate {
        session_ver_id: SessionVerId(now.0),
        timestamp: now,
        connection,
        firm: FirmId(1),
        client_flow: FlowType::Idempotent.into(),
        ..Negotiate::default()
    };
    gateway.send(&Command::new(session, 0, &negotiate));
    let establish = Establish {
        session_ver_id: SessionVerId(now.0),
        timestamp: Nanos(now.0 + 1),
        connection,
        next_seq_no: 1,
        keep_alive_ms: 1_000,
        cod_window_ms: 30,
        cod_type: CancelOnDisconnect::OnDisconnectOrTerminate.into(),
        ..Establish::default()
    };
    gateway.send(&Command::new(session, 0, &establish));
    gateway.order(1, Side::Buy, 9_000, 1);
    gateway.settle(3);
    drop(gateway);
    while core.status().counter(Metric::Timers.index()) == 0 {
        std::thread::yield_now();
    }
    let stopped = core.stop().unwrap();
    assert_eq!(stopped.halted, None);
    let journaled = commands(house.path());
    let timer = journaled.iter().position(|it| it.kind() == Some(CommandKind::Timer)).unwrap();
    let log = events(house.path());
    let (cause, _) = log.iter().find(|it| it.1.kind() == Some(EventKind::Canceled)).unwrap();
    assert_eq!(cause.0, timer as u64 + 1);
    let down = journaled.iter().position(|it| it.kind() == Some(CommandKind::SourceDown));
    assert!(down.unwrap() < timer);
}

/// Two days, and the moment between them.
struct Midnight(Nanos);

impl Days for Midnight {
    fn at(&self, now: Nanos) -> (u32, Nanos) {
        if now < self.0 { (1, self.0) } else { (2, Nanos(u64::MAX)) }
    }
}

/// The venue of the tests in its closing auction, which ends 10 ms before the day does; 10 ms after
/// that the next one's orders are collected. Sessions that are lost keep their orders.
fn closing(midnight: u64) -> Vec<Command> {
    let none = SessionId(0);
    let keeping = |command: Command| match command.view() {
        Some(CommandRef::SessionDef(body)) => {
            let cod_type = CancelOnDisconnect::Never.into();
            Command::new(command.header().session, 0, &SessionDef { cod_type, ..*body })
        }
        _ => command,
    };
    let mut commands: Vec<Command> = common::founding().into_iter().map(keeping).collect();
    let state = TradingState::ClosingAuction.into();
    let auction = StateChange { instrument: InstrumentId(1), state, ..StateChange::default() };
    commands.push(Command::new(none, 0, &auction));
    let plans = [
        (TradingState::PostClose, midnight - 10_000_000),
        (TradingState::PreOpen, midnight + 10_000_000),
        (TradingState::Continuous, midnight + 20_000_000),
    ];
    for (state, at) in plans {
        let (state, at) = (state.into(), Nanos(at));
        let plan = Schedule { instrument: InstrumentId(1), state, at, ..Schedule::default() };
        commands.push(Command::new(none, 0, &plan));
    }
    commands
}

/// What a venue says of trades, ends of orders and states, in a word each.
fn said(house: &House) -> Vec<String> {
    let word = |event: &pinion_types::Event| match event.view() {
        Some(EventRef::Trade(_)) => Some("trade".to_owned()),
        Some(EventRef::Canceled(it)) if it.reason == CancelReason::Expired.into() => {
            Some("expired".to_owned())
        }
        Some(EventRef::StateChanged(it)) => it.to.get().map(|to| to.to_string()),
        _ => None,
    };
    events(house.path()).iter().filter_map(|(_, event)| word(event)).collect()
}

/// A venue that was down at its close and at its next open: what was due comes day by day, so that
/// the close trades the orders of its day, and the open does not.
#[test]
fn what_was_due_while_nobody_was_there_comes_before_the_next_day() {
    let house = House::new();
    let midnight = common::now() + 2_000_000_000;
    let config = || {
        let mut config: CoreConfig = house.config();
        config.days = Box::new(Midnight(Nanos(midnight)));
        config
    };
    let founding = closing(midnight);
    let start = |config| Core::start(config, &mut Given::new(founding.clone()), &mut |_| ());
    let core = start(config()).unwrap();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    for session in [1, 2] {
        gateway.log_on(session);
    }
    gateway.order(1, Side::Buy, 10_000, 5);
    gateway.order(2, Side::Sell, 10_000, 3);
    gateway.settle(6);
    drop(gateway);
    core.stop().unwrap();
    assert!(common::now() < midnight - 10_000_000, "the machine is far too slow");
    assert_eq!(said(&house), ["closing-auction"]);
    while common::now() < midnight + 30_000_000 {
        std::thread::yield_now();
    }
    let before = commands(house.path()).len();
    let core = start(config()).unwrap();
    let recovered = core.recovery().state_hash;
    core.stop().unwrap();
    assert_ne!(recovered, 0);
    // Five bought and three sold at the close; what is left of the day ends with it.
    let close = ["closing-auction", "trade", "trade", "post-close", "expired"];
    assert_eq!(said(&house), [&close[..], &["pre-open", "continuous"]].concat());
    let kinds: Vec<_> = commands(house.path())[before..]
        .iter()
        .filter_map(Command::kind)
        .filter(|kind| !matches!(kind, CommandKind::SourceDown | CommandKind::StateHash))
        .collect();
    assert_eq!(kinds, [CommandKind::Timer, CommandKind::DayRoll, CommandKind::Timer]);
}
