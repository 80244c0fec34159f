//! The duty cycle turned by hand.

use std::time::Duration;

use pinion_ipc::{Producer, State, Status, StatusView, Wait, ring};
use pinion_journal::{Drain, Progress, Reader};
use pinion_types::command::{Genesis, Kill, NewOrder};
use pinion_types::{Command, Event, EventKind, SCHEMA_HASH, SessionId, SourceId};
use tempfile::TempDir;

use super::turn::Turn;
use super::{Ends, Hot, HotLimits, Notice, Request};
use crate::boot::boot;
use crate::clock::Timekeeper;
use crate::{CoreConfig, EVENT_KIND, Given, HaltReason, LogPlace, Metric};

const PER_TURN: usize = 4;

struct House {
    _root: TempDir,
    events: LogPlace,
    _timekeeper: Timekeeper,
    hot: Hot,
    drains: [Drain; 2],
    status: StatusView,
    control: rtrb::Producer<Command>,
    requests: rtrb::Producer<Request>,
    notices: rtrb::Consumer<Notice>,
}

/// Longer than any test.
const HOLD: Duration = Duration::from_secs(3_600);

fn house() -> House {
    house_of(3, HOLD)
}

fn house_of(sources_max: usize, hold: Duration) -> House {
    let root = TempDir::new().unwrap();
    let mut config = CoreConfig::new(root.path().join("data"), root.path().join("run"));
    for log in [&mut config.inputs, &mut config.events] {
        log.segment_len = 16 * 1024;
        log.spare_segments = 2;
    }
    let genesis = Genesis {
        instruments_max: 1,
        firms_max: 1,
        accounts_max: 1,
        sessions_max: 8,
        orders_max: 8,
        positions_max: 8,
        pages_max: 8,
        closed_orders_max: 8,
        ..Genesis::default()
    };
    let mut given = Given::new(vec![Command::new(SessionId(0), 0, &genesis)]);
    let status = Status::create(SCHEMA_HASH, 1).unwrap();
    let timekeeper = Timekeeper::new(&status);
    let mut clock = timekeeper.clock();
    let booted = boot(&config, &mut clock, &mut given, &mut |_| ()).unwrap();
    let limits = HotLimits {
        wait: Wait::Yield,
        commands_per_turn: PER_TURN,
        sources_max,
        hold,
        patience: Duration::ZERO,
    };
    let (control, control_end) = rtrb::RingBuffer::new(8);
    let (requests, requests_end) = rtrb::RingBuffer::new(8);
    let (notices_end, notices) = rtrb::RingBuffer::new(8);
    let ends = Ends { control: control_end, requests: requests_end, notices: notices_end };
    let view = status.view();
    let drains = [booted.input_drain, booted.event_drain];
    let hot = Hot::new(booted.pipeline, clock, status, limits, ends, booted.next_day);
    House {
        _root: root,
        events: config.events.place,
        _timekeeper: timekeeper,
        hot,
        drains,
        status: view,
        control,
        requests,
        notices,
    }
}

impl House {
    fn attach(&mut self, source: u16) -> Producer {
        let (producer, consumer) = ring::heap(1_024);
        let request = Request::Attach { source: SourceId(source), pid: 1, ring: consumer };
        self.requests.push(request).map_err(|_| ()).unwrap();
        producer
    }

    fn taken(&self) -> u64 {
        self.status.counter(Metric::RingCommands.index())
    }

    /// Kinds of the events so far.
    fn kinds(&self) -> Vec<EventKind> {
        let LogPlace { dir, hot_dir } = &self.events;
        let mut reader = Reader::open(dir, Some(hot_dir), EVENT_KIND, 1).unwrap();
        let mut kinds = Vec::new();
        while let Some(record) = reader.next().unwrap() {
            kinds.push(Event::from_bytes(record.payload).and_then(|event| event.kind()).unwrap());
        }
        kinds
    }

    fn pump(&mut self) {
        while self.drains.iter_mut().any(|drain| drain.step() == Progress::Worked) {}
    }
}

fn order() -> Command {
    Command::new(SessionId(1), 1, &NewOrder::default())
}

fn fill(producer: &mut Producer, count: usize) {
    for _ in 0..count {
        producer.push(order().words()).unwrap();
    }
    producer.publish();
}

#[test]
fn each_ring_has_its_share_of_every_turn() {
    let mut house = house();
    let mut rings: Vec<Producer> = (2..5).map(|source| house.attach(source)).collect();
    assert_eq!(house.hot.turn(), Turn::Worked);
    let mut counts = [20, 3, 20];
    for (ring, count) in rings.iter_mut().zip(counts) {
        fill(ring, count);
    }
    while counts.iter().any(|&count| count > 0) {
        let before = house.taken();
        assert_eq!(house.hot.turn(), Turn::Worked);
        let mut share = 0;
        for count in &mut counts {
            let taken = (*count).min(PER_TURN);
            *count -= taken;
            share += taken as u64;
        }
        assert_eq!(house.taken() - before, share);
    }
    assert_eq!(house.hot.turn(), Turn::Idle);
    // Events are visible with their causes.
    let (input, event) = house.status.published();
    assert_eq!(event, 43, "each order of an unknown session is dropped: one event");
    assert!(input > 43);
}

#[test]
fn what_operators_say_comes_before_what_waits_in_the_rings() {
    let mut house = house();
    let mut ring = house.attach(2);
    house.hot.turn();
    let before = house.kinds().len();
    fill(&mut ring, PER_TURN);
    house.control.push(Command::new(SessionId(0), 0, &Kill::default())).unwrap();
    assert_eq!(house.hot.turn(), Turn::Worked);
    let kinds = house.kinds();
    assert_eq!(kinds[before], EventKind::ControlDone);
    assert_eq!(kinds[before + 1..], [EventKind::Dropped; PER_TURN]);
}

#[test]
fn a_ring_too_many_is_given_back() {
    let mut house = house();
    let rings: Vec<Producer> = (2..6).map(|source| house.attach(source)).collect();
    house.hot.turn();
    let Ok(Notice::Retired { source, is_corrupt: false, .. }) = house.notices.pop() else {
        panic!("no notice")
    };
    assert_eq!(source, SourceId(5));
    assert_eq!(house.status.counter(Metric::Sources.index()), 3);
    drop(rings);
}

#[test]
fn without_room_nothing_is_taken_and_with_room_everything() {
    let mut house = house();
    let mut ring = house.attach(2);
    house.hot.turn();
    fill(&mut ring, 1_000 / 2 - 10);
    while house.hot.turn() == Turn::Worked {}
    let taken = house.taken();
    assert!(taken > 0 && taken < 490, "{taken}");
    assert_eq!(house.status.state(), Some((State::Booting, 0)), "not halted");
    assert_eq!(house.hot.turn(), Turn::Idle);
    assert_eq!(house.taken(), taken);
    assert!(house.status.counter(Metric::Backpressure.index()) >= 2);
    while house.taken() < 490 {
        house.pump();
        // Lazy syncs of the input log are due in real time only; events wait for them.
        std::thread::yield_now();
        house.hot.turn();
    }
    assert_eq!(house.status.counter(Metric::LogWaits.index()), 0);
}

#[test]
fn short_of_room_is_said_then_the_reserve_is_used_up_then_it_halts() {
    let mut house = house_of(3, Duration::ZERO);
    let mut ring = house.attach(2);
    house.hot.turn();
    fill(&mut ring, 490);
    let is_short = |house: &House| house.status.counter(Metric::LogsShort.index()) == 1;
    while !is_short(&house) {
        assert_ne!(house.hot.turn(), Turn::Ended);
    }
    let (taken, said) = (house.taken(), house.status.published().0);
    assert!(taken > 0, "it begins with room");
    while house.status.state() == Some((State::Booting, 0)) {
        house.hot.turn();
    }
    assert!(house.taken() > taken, "the reserve serves what cancels");
    assert!(house.status.published().0 > said);
    let (state, reason) = house.status.state().unwrap();
    assert_eq!(state, State::Halted);
    let full = [HaltReason::InputsFull.code(), HaltReason::EventsFull.code()];
    assert!(full.contains(&reason), "{reason}");
}

#[test]
fn with_room_again_orders_are_taken_again() {
    let mut house = house_of(3, Duration::ZERO);
    let mut ring = house.attach(2);
    house.hot.turn();
    fill(&mut ring, 490);
    let is_short = |house: &House| house.status.counter(Metric::LogsShort.index()) == 1;
    while !is_short(&house) {
        house.hot.turn();
    }
    while is_short(&house) || house.taken() < 490 {
        house.pump();
        std::thread::yield_now();
        house.hot.turn();
    }
    assert_eq!(house.status.state(), Some((State::Booting, 0)), "not halted");
}

#[test]
fn a_log_that_stays_full_in_the_middle_of_a_command_halts_the_core() {
    let mut house = house_of(1_000, HOLD);
    let mut ring = house.attach(2);
    house.hot.turn();
    fill(&mut ring, 490);
    while house.hot.turn() == Turn::Worked {}
    // Rings that come are journaled whatever room is left, and nothing replenishes it here.
    let mut rings = Vec::new();
    for source in 3..900 {
        rings.push(house.attach(source));
        house.hot.turn();
    }
    assert_eq!(house.status.state(), Some((State::Halted, HaltReason::InputsFull.code())));
    let published = house.status.published();
    house.control.push(Command::new(SessionId(0), 0, &Kill::default())).unwrap();
    house.pump();
    house.hot.turn();
    assert_eq!(house.status.published(), published, "a halted core applies nothing");
    house.requests.push(Request::Stop).map_err(|_| ()).unwrap();
    assert_eq!(house.hot.turn(), Turn::Ended);
}
