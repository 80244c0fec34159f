//! A venue's life: begun from nothing, traded on, stopped, found again, told more.

mod common;

use common::{
    Gateway, House, PATIENCE, Random, SESSIONS, commands, events, founding, genesis, limits, start,
};
use pinion_ipc::State;
use pinion_sequencer::{Configuration, Core, Error, Given, Metric, ReplayPlan, Side, replay};
use pinion_types::codes::{KillAction, RawScope, Scope};
use pinion_types::command::{FirmDef, Genesis, Kill};
use pinion_types::text::Chars;
use pinion_types::{
    Command, CommandKind, CommandRef, EventKind, FirmId, RejectCode, Seq, SessionId, SourceId,
};

fn kinds(root: &std::path::Path) -> Vec<CommandKind> {
    commands(root).iter().filter_map(Command::kind).collect()
}

#[test]
fn a_venue_begins_with_what_it_is_told() {
    let house = House::new();
    let core = house.start();
    assert!(core.recovery().created);
    assert_eq!(core.recovery().configured, founding().len() as u64);
    assert!(core.recovery().refused.is_empty(), "{:?}", core.recovery().refused);
    assert_eq!(core.status().state(), Some((State::Live, 0)));
    let stopped = core.stop().unwrap();
    assert_eq!(stopped.last.state, Some(State::Stopped));
    assert_eq!(stopped.halted, None);
    let commands = commands(house.path());
    for (journaled, told) in commands.iter().zip(founding()) {
        assert_eq!(*journaled, told);
    }
    let rest: Vec<_> = commands[founding().len()..].iter().filter_map(Command::kind).collect();
    assert_eq!(rest, [CommandKind::DayRoll, CommandKind::StateHash]);
    assert!(!house.socket().exists(), "an orderly end leaves no socket");
}

#[test]
fn a_venue_that_traded_is_found_again_as_it_was() {
    let house = House::new();
    let core = house.start();
    let mut gateway = Gateway::attach(&house.socket(), 1);
    assert_eq!(gateway.source, SourceId(3));
    (1..=SESSIONS).for_each(|session| gateway.log_on(session));
    gateway.trade(&mut Random::seeded(11), 3_000);
    gateway.settle(3_000 + 2 * u64::from(SESSIONS));
    assert!(core.is_running());
    let hashed = core.commander().snapshot().metrics[Metric::StateHashes.index()];
    assert_eq!(hashed, (Metric::StateHashes, core.status().published().0 / 64));
    let stopped = core.stop().unwrap();
    assert!(gateway.link.is_closed());
    let before = events(house.path());
    let count = |kind| before.iter().filter(|(_, event)| event.kind() == Some(kind)).count();
    assert_eq!(count(EventKind::Established), SESSIONS as usize);
    assert!(count(EventKind::Trade) > 1_000);
    assert!(count(EventKind::Canceled) > 0, "orders of sessions that ended are canceled");
    assert_eq!(count(EventKind::Terminated), SESSIONS as usize);
    let journaled = kinds(house.path());
    let hashes = journaled.iter().filter(|&&kind| kind == CommandKind::StateHash).count();
    assert!(hashes > 3_000 / 64);
    assert_eq!(journaled.last(), Some(&CommandKind::StateHash));

    let core = house.start();
    let recovery = core.recovery();
    assert!(!recovery.created);
    assert_eq!(recovery.state_hash, stopped.state_hash);
    assert_eq!(recovery.replayed.0, journaled.len() as u64);
    assert_eq!((recovery.compared, recovery.appended), (before.len() as u64, 0));
    assert_eq!(recovery.hashes, hashes as u64);
    assert_eq!(recovery.configured, 0);
    let again = core.stop().unwrap();
    assert_eq!(again.state_hash, stopped.state_hash);
    assert_eq!(events(house.path()), before);
}

#[test]
fn replay_gives_the_same_events_and_the_same_state() {
    let house = House::new();
    let core = house.start();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    (1..=SESSIONS).for_each(|session| gateway.log_on(session));
    gateway.trade(&mut Random::seeded(12), 2_000);
    gateway.settle(2_000);
    let place = house.config();
    let plan = ReplayPlan {
        inputs: (place.inputs.place.dir.clone(), Some(place.inputs.place.hot_dir.clone())),
        events: Some((place.events.place.dir.clone(), Some(place.events.place.hot_dir.clone()))),
        to: None,
    };
    // While the venue lives, then after it ended, whole and in part.
    let live = replay(&plan, &mut ()).unwrap().summary;
    assert!(live.commands > 2_000 && live.compared > 0 && live.hashes > 0);
    let stopped = core.stop().unwrap();
    let whole = replay(&plan, &mut ()).unwrap();
    assert_eq!(whole.summary.state_hash, stopped.state_hash);
    assert_eq!(whole.summary.compared, whole.summary.events);
    let engine = whole.engine.unwrap();
    assert_eq!(engine.full_state_hash(), stopped.state_hash);
    assert_eq!(engine.check(), Ok(()));
    let part = replay(&ReplayPlan { to: Some(Seq(500)), ..plan.clone() }, &mut ()).unwrap();
    assert_eq!(part.summary.last_seq, Seq(500));
    assert!(part.summary.events < whole.summary.events);
    assert_eq!(part.summary.by_kind.values().sum::<u64>(), 500);
}

/// A configuration that changed since the venue was begun.
struct Changed(u64);

impl Configuration for Changed {
    fn note(&mut self, _command: &Command) {
        self.0 += 1;
    }

    fn missing(&mut self) -> Vec<Command> {
        let renamed = FirmDef { firm: FirmId(1), name: Chars::new("new"), ..FirmDef::default() };
        let unknown = FirmDef { firm: FirmId(99), ..FirmDef::default() };
        vec![Command::new(SessionId(0), 0, &renamed), Command::new(SessionId(0), 0, &unknown)]
    }
}

#[test]
fn a_changed_configuration_is_told_and_refusals_are_named() {
    let house = House::new();
    let seen = house.start().stop().unwrap().last.input.0;
    let mut changed = Changed(0);
    let core = Core::start(house.config(), &mut changed, &mut |_| ()).unwrap();
    let recovery = core.recovery();
    assert_eq!(changed.0, seen);
    assert_eq!(recovery.configured, 2);
    let [(command, code)] = recovery.refused[..] else { panic!("{:?}", recovery.refused) };
    assert!(matches!(command.view(), Some(CommandRef::FirmDef(body)) if body.firm.0 == 99));
    assert_ne!(code.code(), 0);
    core.stop().unwrap();
}

#[test]
fn nothing_to_begin_with_is_an_error_that_leaves_nothing() {
    let house = House::new();
    let begin = |commands| {
        Core::start(house.config(), &mut Given::new(commands), &mut |_| ()).map(drop).unwrap_err()
    };
    assert!(matches!(begin(Vec::new()), Error::NoGenesis));
    assert!(matches!(begin(founding()[1..].to_vec()), Error::NoGenesis));
    let impossible = Genesis { accounts_max: 0, ..genesis() };
    let error = begin(vec![Command::new(SessionId(0), 0, &impossible)]);
    assert!(matches!(error, Error::Genesis(RejectCode::BadValue)), "{error}");
    assert!(!house.path().join("data/journal").exists());
    house.start().stop().unwrap();
}

#[test]
fn operators_are_answered() {
    let house = House::new();
    let mut config = house.config();
    config.durability = pinion_sequencer::Durability::Power;
    let core = start(config).unwrap();
    let commander = core.commander();
    let kill = |request_id, scope: RawScope, id| Kill {
        request_id,
        scope,
        action: KillAction::Block.into(),
        id,
        actor: Chars::new("test"),
        ..Kill::default()
    };
    let command = Command::new(SessionId(0), 0, &kill(77, Scope::Account.into(), 1));
    let answer = commander.request(&command, PATIENCE).unwrap();
    assert_eq!((answer.done.request_id, answer.done.code.0), (77, 0));
    assert!(commander.snapshot().durable_input >= answer.seq, "answers are durable");
    let command = Command::new(SessionId(0), 0, &kill(78, Scope::Account.into(), 999));
    let answer = commander.request(&command, PATIENCE).unwrap();
    assert_eq!(answer.done.code.get(), Some(RejectCode::UnknownTarget));
    // One without a number of its own.
    let command = Command::new(SessionId(0), 0, &common::instrument());
    assert_eq!(commander.request(&command, PATIENCE).unwrap().done.code.0, 0);
    let command = Command::new(SessionId(0), 0, &limits(Scope::Account, 2));
    assert_eq!(commander.request(&command, PATIENCE).unwrap().done.code.0, 0);
    let forbidden = Command::new(SessionId(0), 0, &genesis());
    assert!(commander.request(&forbidden, PATIENCE).is_err());
    let metric = |metric: Metric| commander.snapshot().metrics[metric.index()].1;
    assert_eq!(metric(Metric::ControlCommands), 4);
    core.stop().unwrap();
    assert!(commander.request(&command, PATIENCE).is_err(), "nobody answers any more");
    let last = commands(house.path());
    let own = last.iter().filter(|it| it.header().source == SourceId(1)).count();
    assert_eq!(own, 4);
}

#[test]
fn sides_of_a_difference_can_be_shown() {
    let side = Side { time: pinion_types::Nanos(3), cause: Seq(2), event: None };
    assert_eq!(side.to_string(), "at 3 by input 2: unknown bytes");
}
