//! Cancels and kills: they always pass, and end exactly what they name.

use pinion_engine::{Engine, OrderView};
use pinion_tests::random::{Rng, Stream};
use pinion_tests::venue::control;
use pinion_types::codes::{
    CancelReason, KillAction, MassScope, RawCancelOnDisconnect, RawSessionRole, Scope, SessionRole,
    TradingState,
};
use pinion_types::command::{
    AccountRisk, Cancel, Kill, MassCancel, RoomChange, SessionDef, StateChange, UNLIMITED,
    UNLIMITED_32,
};
use pinion_types::{
    AccountId, ClOrdId, Command, Event, EventKind, EventRef, InstrumentId, SessionId, Side,
    SourceId,
};

use crate::lives::{Life, Turn, all_lives, seeds};

/// Everything that could stand in the way of an order, at once.
fn block_everything(life: &mut Life) {
    let mut levels = vec![(Scope::Global, 0)];
    let engine = life.engine();
    levels.extend(engine.firms().map(|it| (Scope::Firm, it.0)));
    levels.extend(engine.accounts().map(|it| (Scope::Account, it.0)));
    levels.extend(engine.sessions().iter().map(|(id, _)| (Scope::Session, id.0)));
    levels.extend(engine.instruments().map(|it| (Scope::Instrument, it.0)));
    let mut commands = Vec::new();
    for (scope, id) in levels {
        let action = KillAction::Block.into();
        commands.push(control(&Kill { scope: scope.into(), id, action, ..Kill::default() }));
    }
    for account in engine.accounts() {
        let risk = AccountRisk {
            account,
            daily_loss_max: UNLIMITED,
            drawdown_max: UNLIMITED,
            daily_loss_bps: UNLIMITED_32,
            ..AccountRisk::default()
        };
        commands.push(control(&risk));
    }
    commands.push(control(&RoomChange { is_short: 1, ..RoomChange::default() }));
    let state = TradingState::Halted.into();
    commands.push(control(&StateChange { state, ..StateChange::default() }));
    for command in commands {
        life.say(&command, &mut |_| ());
    }
    assert!(life.engine().is_short() && life.engine().is_blocked(Scope::Global, 0));
}

/// A trader's session that may say one thing a second.
fn throttle(life: &mut Life, session: SessionId) {
    let it = life.engine().session(session).expect("a session");
    let def = SessionDef {
        firm: it.firm(),
        rate_per_second: 1,
        rate_burst: 1,
        cancel_rate_per_second: 1,
        cancel_rate_burst: 1,
        keep_alive_ms_min: 1,
        keep_alive_ms_max: 60_000,
        role: RawSessionRole::from(SessionRole::Trader),
        cod_type: RawCancelOnDisconnect(4),
        ..SessionDef::default()
    };
    let mut command = Command::new(session, 0, &def);
    command.set_source(SourceId(1));
    life.say(&command, &mut |_| ());
}

/// Working orders of sessions that can speak.
fn speakers(engine: &Engine) -> Vec<OrderView> {
    let speaks = |it: &OrderView| {
        let session = engine.session(it.session);
        session.is_some_and(|it| it.is_established() && it.role() == SessionRole::Trader)
    };
    let mut all: Vec<OrderView> = engine.orders().filter(speaks).collect();
    all.sort_by_key(|it| it.order_id.0);
    all
}

#[test]
fn cancel_is_never_blocked() {
    let (mut canceled, mut masses) = (0, 0);
    for seed in seeds(150) {
        let (mut life, mut rng) = (Life::new(Stream::busy(seed)), Rng::new(seed));
        life.steps(300 + 4 * (seed % 100));
        let sessions: Vec<SessionId> = life.engine().sessions().iter().map(|it| it.0).collect();
        sessions.iter().for_each(|&session| throttle(&mut life, session));
        block_everything(&mut life);
        while let Some(&order) = speakers(life.engine()).first() {
            let last = life.engine().session(order.session).expect("a session").last_cl_ord_id();
            let (cl_ord_id, sending_time) = (ClOrdId(last.0 + 1), life.now);
            if rng.chance(10) {
                let scope = MassScope::Session.into();
                let body = MassCancel { cl_ord_id, sending_time, scope, ..MassCancel::default() };
                let events = life.hear(&life.message(order.session, &body));
                let Some(EventRef::MassCanceled(it)) = events.last().and_then(Event::view) else {
                    panic!("{events:?}")
                };
                assert_eq!(it.code.0, 0, "{it:?}");
                masses += 1;
                continue;
            }
            let orig_cl_ord_id = order.cl_ord_id;
            let body = Cancel { cl_ord_id, orig_cl_ord_id, sending_time, ..Cancel::default() };
            let events = life.hear(&life.message(order.session, &body));
            let Some(EventRef::Canceled(it)) = events.first().and_then(Event::view) else {
                panic!("{order:?}: {events:?}")
            };
            assert_eq!(it.order_id, order.order_id);
            canceled += 1;
        }
    }
    assert!(canceled > 500 && masses > 20, "{canceled} canceled, {masses} mass cancels");
}

/// After it nothing of `is_meant` works, everything else is as it was, and the count is right.
#[track_caller]
fn ends_exactly(turn: &Turn<'_>, count: u64, is_meant: impl Fn(&OrderView) -> bool) -> u64 {
    let all = turn.before.orders.values();
    let (meant, others): (Vec<&OrderView>, Vec<&OrderView>) = all.partition(|it| is_meant(it));
    assert_eq!(count, meant.len() as u64, "what was told");
    let told = turn.events.iter().filter_map(|event| match event.view() {
        Some(EventRef::Canceled(it)) => Some((it.order_id, it.reason)),
        _ => None,
    });
    // What is linked with one that ends has ended already, or ends with it.
    let asked = [CancelReason::KillSwitch, CancelReason::MassCancel].map(Some);
    let (told, mates): (Vec<_>, Vec<_>) = told.partition(|(_, it)| asked.contains(&it.get()));
    let mates: Vec<_> = mates.into_iter().map(|(id, _)| id).collect();
    let ids = meant.iter().map(|it| it.order_id).filter(|id| !mates.contains(id));
    let ids: Vec<_> = ids.collect();
    let told: Vec<_> = told.into_iter().map(|(id, _)| id).collect();
    assert_eq!(told, ids, "each is told once, the oldest first");
    assert!(mates.iter().all(|id| turn.before.orders[&id.0].link_kind != 0), "{mates:?}");
    // Exits that start may trade with anybody.
    let trades = turn.events.iter().any(|event| event.kind() == Some(EventKind::Trade));
    for it in others.into_iter().filter(|it| it.link_kind == 0 && !trades) {
        assert_eq!(turn.after.orders.get(&it.order_id.0), Some(it));
    }
    meant.len() as u64
}

#[test]
fn a_kill_cancels_exactly_what_it_names() {
    let mut ended = 0;
    all_lives(100, 1_500, &mut |turn| {
        let done = turn.events.iter().find_map(|event| match event.view() {
            Some(EventRef::ControlDone(it)) if it.code.0 == 0 => Some(it),
            _ => None,
        });
        let Some((kill, done)) = turn.command.body::<Kill>().zip(done) else { return };
        let counts = kill.action == KillAction::BlockAndCancel.into();
        let scope = kill.scope.get().expect("a level");
        assert!(turn.engine.is_blocked(scope, kill.id), "{kill:?}");
        ended += ends_exactly(turn, done.affected_count, |order| {
            let firm = turn.before.accounts[&order.account.0].definition.firm;
            let meant = match scope {
                Scope::Global => true,
                Scope::Firm => firm.0 == kill.id,
                Scope::Account => order.account.0 == kill.id,
                Scope::Session => order.session.0 == kill.id,
                Scope::Instrument => order.instrument.0 == kill.id,
            };
            counts && meant
        });
    });
    assert!(ended > 50, "orders that kills ended: {ended}");
}

#[test]
fn a_mass_cancel_cancels_exactly_what_it_names() {
    let mut ended = 0;
    all_lives(100, 1_500, &mut |turn| {
        let done = turn.events.iter().find_map(|event| match event.view() {
            Some(EventRef::MassCanceled(it)) if it.code.0 == 0 => {
                Some((event.header().session, it))
            }
            _ => None,
        });
        let Some((asked, (session, done))) = turn.command.body::<MassCancel>().zip(done) else {
            return;
        };
        ended += ends_exactly(turn, done.affected_count, |order| {
            let own = match asked.scope.get().expect("a scope") {
                MassScope::Session => order.session == session,
                MassScope::Account => order.account == asked.account,
                MassScope::All => turn.engine.sessions().may_trade(session, order.account),
            };
            let side = |side: Side| if side.is_buy() { b'1' } else { b'2' };
            own && [AccountId(0), order.account].contains(&asked.account)
                && [InstrumentId(0), order.instrument].contains(&asked.instrument)
                && [0, side(order.side)].contains(&asked.side.0)
        });
    });
    assert!(ended > 500, "orders that mass cancels ended: {ended}");
}

#[test]
fn nobody_learns_of_an_order_that_is_not_his() {
    let mut reports = 0;
    all_lives(100, 1_500, &mut |turn| {
        for event in turn.events.iter().filter(|it| it.kind() == Some(EventKind::OrderStatus)) {
            let Some(EventRef::OrderStatus(it)) = event.view() else { continue };
            if it.found == 1 {
                let session = event.header().session;
                let entered = turn.after.orders[&it.order_id.0].session == session;
                let allowed = turn.engine.sessions().may_trade(session, it.account);
                assert!(entered || allowed, "{it:?}");
                reports += 1;
            }
        }
    });
    assert!(reports > 300, "orders that were told: {reports}");
}
