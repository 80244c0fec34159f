//! What survives a restart: a journal on disk, lived again by the sequencer's own replay.

use std::path::Path;

use pinion_engine::{Engine, Sink};
use pinion_journal::{Options, Progress};
use pinion_sequencer::{INPUT_KIND, ReplayPlan, replay};
use pinion_tests::random::{Rng, Stream};
use pinion_tests::venue::control;
use pinion_types::codes::{KillAction, OrdType, Scope, Side, TimeInForce};
use pinion_types::command::{Kill, NewOrder, Release};
use pinion_types::{ClOrdId, Command, Event, EventRef, Nanos, Qty, SCHEMA_HASH, Seq, SessionId};

use crate::lives::{Life, seeds};

/// Writes what was said as the core would have, and reads it back into another engine.
fn restart(life: &Life) -> Engine {
    let dir = tempfile::tempdir().expect("a directory");
    let [inputs, hot] = ["journal", "hot"].map(|name| dir.path().join(name));
    write(&inputs, &hot, life);
    let plan = ReplayPlan { inputs: (inputs, None), events: None, to: None };
    let replayed = replay(&plan, &mut ()).expect("a whole journal");
    let engine = replayed.engine.expect("a venue");
    assert_eq!(engine.state_hash(), life.engine().state_hash(), "the same venue");
    engine
}

fn write(dir: &Path, hot: &Path, life: &Life) {
    let genesis = *life.engine().genesis();
    let mut options = Options::new(dir, hot, INPUT_KIND);
    options.schema_hash = SCHEMA_HASH;
    options.logic_version = genesis.logic_version;
    options.venue = genesis.venue;
    options.segment_len = 1 << 20;
    let log = pinion_journal::open(options).expect("a log");
    let (mut writer, mut drain) = (log.writer, log.drain);
    let first = (Nanos(0), life.genesis());
    for (now, command) in std::iter::once(&first).chain(&life.said) {
        while writer.append(now.0, 0, command.words()).is_err() {
            assert_ne!(drain.step(), Progress::Poisoned);
        }
    }
    drop(writer);
    drain.close().expect("everything on disk");
}

struct Kept(Vec<Event>);

impl Sink for Kept {
    fn emit(&mut self, event: &Event) {
        self.0.push(*event);
    }
}

/// What becomes of a command after the restart.
fn apply(engine: &mut Engine, life: &Life, number: u64, command: &Command) -> Vec<Event> {
    let mut events = Kept(Vec::new());
    engine.apply(Seq(2 + life.said.len() as u64 + number), life.now, command, &mut events);
    events.0
}

/// An order of every session that can speak for every account and instrument that it may trade,
/// of those that the level means.
fn orders(engine: &Engine, scope: Scope, id: u32) -> Vec<(SessionId, NewOrder)> {
    let mut all = Vec::new();
    for (session, it) in engine.sessions().iter().filter(|(_, it)| it.is_established()) {
        for account in engine.sessions().accounts(session) {
            let Some(holder) = engine.account(account) else { continue };
            for instrument in engine.instruments() {
                let meant = match scope {
                    Scope::Global => true,
                    Scope::Firm => holder.definition.firm.0 == id,
                    Scope::Account => account.0 == id,
                    Scope::Session => session.0 == id,
                    Scope::Instrument => instrument.0 == id,
                };
                let px = engine.instrument(instrument).and_then(|it| it.reference);
                let order = NewOrder {
                    cl_ord_id: ClOrdId(it.last_cl_ord_id().0 + 1),
                    px: px.unwrap_or_default(),
                    qty: Qty(1),
                    account,
                    instrument,
                    side: Side::Buy.into(),
                    ord_type: OrdType::Limit.into(),
                    time_in_force: TimeInForce::Day.into(),
                    ..NewOrder::default()
                };
                all.extend(meant.then_some((session, order)));
            }
        }
    }
    all
}

/// A level of the venue, drawn.
fn level(engine: &Engine, rng: &mut Rng) -> (Scope, u32) {
    let scope = rng.pick(Scope::ALL);
    let ids: Vec<u32> = match scope {
        Scope::Global => vec![0],
        Scope::Firm => engine.firms().map(|it| it.0).collect(),
        Scope::Account => engine.accounts().map(|it| it.0).collect(),
        Scope::Session => engine.sessions().iter().map(|it| it.0.0).collect(),
        Scope::Instrument => engine.instruments().map(|it| it.0).collect(),
    };
    (scope, rng.pick(&ids))
}

#[test]
fn kill_survives_restart() {
    let (mut refused, mut passed) = (0, 0);
    for seed in seeds(150) {
        let (mut life, mut rng) = (Life::new(Stream::busy(seed)), Rng::new(seed));
        life.steps(300 + seed % 200);
        let (scope, id) = level(life.engine(), &mut rng);
        let action = rng.pick(KillAction::ALL).into();
        let kill = Kill { scope: scope.into(), id, action, ..Kill::default() };
        life.say(&control(&kill), &mut |_| ());
        let mut engine = restart(&life);
        assert!(engine.is_blocked(scope, id), "{scope:?} {id}");
        let mut number = 0;
        for (session, order) in orders(&engine, scope, id) {
            number += 1;
            let code = send(&mut engine, &life, number, session, &order);
            assert!(code.is_some(), "{order:?} passes {scope:?} {id}");
            refused += u64::from(code.is_some_and(|code| (701..=705).contains(&code)));
        }
        let release = control(&Release { scope: scope.into(), id, ..Release::default() });
        apply(&mut engine, &life, number + 1, &release);
        assert!(!engine.is_blocked(scope, id), "{scope:?} {id}");
        number += 1;
        for (session, order) in orders(&engine, scope, id) {
            number += 1;
            let code = send(&mut engine, &life, number, session, &order);
            passed += u64::from(!code.is_some_and(|code| (701..=705).contains(&code)));
        }
    }
    assert!(refused > 300 && passed > 300, "{refused} refused, {passed} passed after the release");
}

/// Sends an order with the session's next numbers; why it was refused, if it was.
fn send(
    engine: &mut Engine,
    life: &Life,
    number: u64,
    session: SessionId,
    order: &NewOrder,
) -> Option<u16> {
    let it = engine.session(session).expect("a session");
    let cl_ord_id = ClOrdId(it.last_cl_ord_id().0 + 1);
    let order = NewOrder { cl_ord_id, sending_time: life.now, ..*order };
    let mut command = Command::new(session, it.expected().0, &order);
    command.set_source(it.link().route()?.source);
    let events = apply(engine, life, number, &command);
    match events.last().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => Some(it.code.0),
        Some(EventRef::BusinessRejected(it)) => Some(it.code.0),
        _ => None,
    }
}

#[test]
fn a_restart_changes_nothing() {
    for seed in seeds(20) {
        for stream in [Stream::new(seed), Stream::busy(seed), Stream::extreme(seed)] {
            let mut life = Life::new(stream);
            life.steps(800);
            let engine = restart(&life);
            let is = crate::lives::Business::of(&engine);
            assert_eq!(&is, life.business(), "orders, money and limits");
        }
    }
}
