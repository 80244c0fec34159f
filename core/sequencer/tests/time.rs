//! Days and timers: what the clock makes the core say.

mod common;

use common::{Gateway, House, commands, events, start};
use pinion_sequencer::{Days, Metric};
use pinion_types::codes::{CancelOnDisconnect, FlowType, Side};
use pinion_types::command::{Establish, Negotiate};
use pinion_types::{
    Command, CommandKind, CommandRef, ConnectionId, EventKind, FirmId, Nanos, SessionId,
    SessionVerId,
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
