//! Producers that come, go, die, lie and starve each other; and what the venue makes of it.

mod common;

use common::{Gateway, House, PATIENCE, Random, SESSIONS, ask, commands, events, start};
use pinion_ipc::handover::{Link, Request};
use pinion_ipc::{Access, Expected, Kind, Region, StatusView};
use pinion_sequencer::{Core, Metric, ROLE_GATEWAY, ROLE_OBSERVER, Snapshot};
use pinion_types::codes::Side;
use pinion_types::command::{Kill, SourceDown, Timer, Undecodable};
use pinion_types::{
    Command, CommandKind, CommandRef, EventKind, SCHEMA_HASH, SessionId, SourceId, TerminationCode,
};

fn metric(core: &Core, metric: Metric) -> u64 {
    core.status().counter(metric.index())
}

fn wait_for(core: &Core, what: Metric, value: u64) {
    while metric(core, what) < value {
        assert!(matches!(core.status().state(), Some((pinion_ipc::State::Live, 0))));
        std::thread::yield_now();
    }
}

/// Journaled ends of a source, with their reasons.
fn downs(house: &House, source: SourceId) -> Vec<SourceDown> {
    let is_down = |command: &Command| match command.view() {
        Some(CommandRef::SourceDown(body)) if body.about == source => Some(*body),
        _ => None,
    };
    commands(house.path()).iter().filter_map(is_down).collect()
}

#[test]
fn a_gateway_that_dies_is_taken_to_its_last_word_and_replaced() {
    let house = House::new();
    let core = house.start();
    let mut first = Gateway::attach(&house.socket(), 0);
    first.log_on(1);
    for _ in 0..20 {
        first.order(1, Side::Buy, 9_000, 1);
    }
    drop(first);
    let mut second = Gateway::attach(&house.socket(), 0);
    assert_eq!(second.source, SourceId(2));
    second.log_on(1);
    second.order(1, Side::Buy, 9_001, 1);
    second.settle(2 + 20 + 3);
    core.stop().unwrap();
    let about: Vec<CommandKind> = commands(house.path())
        .iter()
        .filter_map(Command::kind)
        .filter(|kind| matches!(kind, CommandKind::SourceUp | CommandKind::SourceDown))
        .collect();
    use CommandKind::{SourceDown, SourceUp};
    assert_eq!(about, [SourceUp, SourceDown, SourceUp, SourceDown]);
    let codes: Vec<_> = downs(&house, SourceId(2)).iter().map(|it| it.code.get()).collect();
    assert_eq!(codes, [Some(TerminationCode::GatewayDown), Some(TerminationCode::Shutdown)]);
    let count = |kind| events(house.path()).iter().filter(|it| it.1.kind() == Some(kind)).count();
    assert_eq!(count(EventKind::Accepted), 21, "everything in the ring was taken");
    assert_eq!(count(EventKind::Canceled), 21, "and canceled with its session");
}

#[test]
fn what_a_producer_may_not_say_ends_it_and_nobody_else() {
    let timer = Command::new(SessionId(0), 0, &Timer::default());
    let down = SourceDown { about: SourceId(3), ..SourceDown::default() };
    let down = Command::new(SessionId(0), 0, &down);
    let kill = Command::new(SessionId(0), 0, &Kill::default());
    let whole = Command::new(SessionId(1), 0, &Undecodable::default());
    let words = whole.words().len();
    let cases: [&[u64]; 6] = [
        timer.words(),
        down.words(),
        kill.words(),
        &whole.words()[..words - 1],
        &[0xff; 12],
        &[0; 79],
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let house = House::new();
        let core = house.start();
        let mut honest = Gateway::attach(&house.socket(), 1);
        let mut liar = Gateway::attach(&house.socket(), 0);
        honest.log_on(2);
        liar.log_on(1);
        liar.order(1, Side::Buy, 9_000, 1);
        liar.ring.send(case).unwrap();
        liar.order(1, Side::Buy, 9_000, 1);
        wait_for(&core, Metric::SourcesCorrupt, 1);
        honest.order(2, Side::Buy, 9_000, 1);
        honest.settle(3 + 3);
        core.stop().unwrap();
        assert_eq!(downs(&house, SourceId(2)).len(), 1, "case {number}");
        assert!(liar.link.is_closed());
        let accepted = events(house.path());
        let accepted = accepted.iter().filter(|it| it.1.kind() == Some(EventKind::Accepted));
        assert_eq!(accepted.count(), 2, "case {number}");
        let journaled = commands(house.path());
        let own = |it: &&Command| it.header().source == SourceId(2);
        assert_eq!(journaled.iter().filter(own).count(), 3, "case {number}");
    }
}

#[test]
fn a_ring_full_of_scribble_ends_its_producer_and_nobody_else() {
    let house = House::new();
    let core = house.start();
    let mut honest = Gateway::attach(&house.socket(), 1);
    honest.log_on(1);
    let mut random = Random::seeded(0x5eed_0010);
    let rounds = 20;
    for round in 1..=rounds {
        let request = Request { role: ROLE_GATEWAY, number: 0, layout: SCHEMA_HASH };
        let (link, fds) = loop {
            let (link, reply, fds) = ask(&house.socket(), &request);
            if reply.code == 0 {
                break (link, fds);
            }
            std::thread::yield_now();
        };
        let expected =
            Expected { kind: Kind::Ring, layout: SCHEMA_HASH, access: Access::ReadWrite };
        let region = Region::attach(fds.into_iter().next().unwrap(), &expected).unwrap();
        let memory = region.body_mut().unwrap();
        while metric(&core, Metric::SourcesCorrupt) < round && !link.is_closed() {
            let at = random.below(memory.len() as u64) as usize;
            let value = random.below(1 << 31) << random.below(33);
            memory.store(at, value);
            memory.store_release(0, random.below(70));
        }
        honest.order(1, Side::Buy, 9_000, 1);
    }
    honest.settle(2 + rounds);
    assert!(!honest.link.is_closed());
    let stopped = core.stop().unwrap();
    assert_eq!(stopped.halted, None);
    let again = house.start();
    assert_eq!(again.recovery().state_hash, stopped.state_hash);
    again.stop().unwrap();
}

#[test]
fn strangers_are_told_why_not() {
    let house = House::new();
    let core = house.start();
    let code = |role, number, layout| {
        let (_link, reply, fds) = ask(&house.socket(), &Request { role, number, layout });
        assert_eq!(fds.is_empty(), reply.code != 0);
        assert!(!reply.text.is_empty());
        reply.code
    };
    let gateway = Gateway::attach(&house.socket(), 3);
    assert_eq!(code(ROLE_GATEWAY, 3, SCHEMA_HASH), 2, "taken");
    assert_eq!(code(ROLE_GATEWAY, 4, SCHEMA_HASH), 3, "number");
    assert_eq!(code(ROLE_GATEWAY, u32::MAX, SCHEMA_HASH), 3, "number");
    assert_eq!(code(9, 0, SCHEMA_HASH), 4, "role");
    assert_eq!(code(ROLE_GATEWAY, 0, SCHEMA_HASH + 1), 5, "layout");
    assert!(!gateway.link.is_closed());
    // Silence, garbage and a second word cost the connection they came on.
    let silent =
        pinion_ipc::socket::connect(&house.socket(), rustix::net::SocketType::SEQPACKET, PATIENCE);
    let mut byte = [0; 1];
    let ended = rustix::net::recv(silent.unwrap(), &mut byte[..], rustix::net::RecvFlags::empty());
    assert!(matches!(ended, Ok((_, 0)) | Err(rustix::io::Errno::CONNRESET)), "{ended:?}");
    core.stop().unwrap();
}

#[test]
fn observers_see_the_state_and_nothing_else() {
    let house = House::new();
    let core = house.start();
    let request = Request { role: ROLE_OBSERVER, number: 0, layout: SCHEMA_HASH };
    let (link, reply, fds) = Link::open(&house.socket(), &request, PATIENCE).unwrap();
    let [status] = <[_; 1]>::try_from(fds).unwrap();
    let status = StatusView::attach(status, SCHEMA_HASH).unwrap();
    let config = house.config();
    let (dir, hot_dir) = reply.text.split_once('\n').unwrap();
    assert_eq!(config.events.place.dir.to_str(), Some(dir));
    assert_eq!(config.events.place.hot_dir.to_str(), Some(hot_dir));
    let snapshot = Snapshot::of(&status);
    assert_eq!(snapshot.epoch, reply.numbers[1]);
    assert_eq!(snapshot.state, Some(pinion_ipc::State::Live));
    let beat = status.heartbeat();
    while status.heartbeat() == beat {
        std::thread::yield_now();
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !link.is_closed() {
                std::thread::yield_now();
            }
            // Whoever passes things on hears the end after the last of them.
            assert_eq!(status.state(), Some((pinion_ipc::State::Stopped, 0)));
        });
        core.stop().unwrap();
    });
}

#[test]
fn a_command_with_more_events_than_are_ready_waits_for_room() {
    let house = House::new();
    let mut config = house.config();
    config.events.segment_len = 16 * 1024;
    config.events.spare_segments = 1;
    let core = start(config).unwrap();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    (1..=SESSIONS).for_each(|session| gateway.log_on(session));
    for _ in 0..500 {
        (1..=SESSIONS).for_each(|session| gateway.order(session, Side::Buy, 9_000, 1));
    }
    gateway.settle(2_000 + 2 * u64::from(SESSIONS));
    let kill = Kill {
        request_id: 1,
        scope: pinion_types::Scope::Global.into(),
        action: pinion_types::KillAction::BlockAndCancel.into(),
        ..Kill::default()
    };
    let answer = core.commander().request(&Command::new(SessionId(0), 0, &kill), PATIENCE).unwrap();
    assert_eq!(answer.done.affected_count, 2_000);
    assert!(metric(&core, Metric::LogWaits) > 0, "256 KiB do not fit 32");
    let stopped = core.stop().unwrap();
    let again = house.start();
    assert_eq!(again.recovery().state_hash, stopped.state_hash);
    again.stop().unwrap();
}
