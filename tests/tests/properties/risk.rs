//! Risk: a limit binds whoever would go beyond it, lets through whoever comes back, and what was
//! held for an order is free again when the order is gone.

use std::collections::BTreeMap;

use pinion_engine::OrderView;
use pinion_tests::random::{Rng, Stream};
use pinion_tests::venue::{self, control};
use pinion_types::codes::{KillAction, OrdType, Scope, Side, TimeInForce, TradingState};
use pinion_types::command::{
    Cancel, Kill, LimitsSet, NewOrder, NewOrderWide, UNLIMITED, UNLIMITED_32,
};
use pinion_types::event::Rejected;
use pinion_types::{
    AccountId, ClOrdId, Event, EventKind, EventRef, Px, Qty, RejectCode, SessionId,
};

use crate::lives::{Business, Life, Turn, all_lives, seeds};

const POSITION_LIMITS: [RejectCode; 3] =
    [RejectCode::LongLimit, RejectCode::ShortLimit, RejectCode::GrossLimit];

/// Nothing more of any position is allowed; everything else is.
fn no_more(account: u32) -> LimitsSet {
    LimitsSet {
        long_max: 0,
        short_max: 0,
        gross_max: 0,
        ..venue::unlimited(Scope::Account, account)
    }
}

/// An account that has a position, now and then.
fn holder(life: &Life, rng: &mut Rng) -> Option<u32> {
    let held = life.business().positions.values().filter(|it| it.quantity != 0);
    let all: Vec<u32> = held.map(|it| it.account.0).collect();
    (!all.is_empty() && rng.chance(4)).then(|| rng.pick(&all))
}

/// What the side of an order that was refused would be at worst with it.
fn worst_of(before: &Business, it: &Rejected, qty: u64) -> Option<i128> {
    Some(before.worst(it.account, it.instrument, it.side.get()?, qty))
}

#[test]
fn a_reducing_order_passes_over_a_limit() {
    let (mut passed, mut refused) = (0, 0);
    for seed in seeds(60) {
        let (mut life, mut rng) = (Life::new(Stream::busy(seed)), Rng::new(seed));
        for _ in 0..1_500 {
            if let Some(account) = holder(&life, &mut rng) {
                life.say(&control(&no_more(account)), &mut |_| ());
            } else if rng.chance(2) {
                let account = rng.small(1, 6);
                let wide = venue::unlimited(Scope::Account, account);
                life.say(&control(&wide), &mut |_| ());
            }
            life.step(&mut |turn| match turn.events.last().and_then(Event::view) {
                Some(EventRef::Rejected(it)) => {
                    let is_one = it.code.get().is_some_and(|code| POSITION_LIMITS.contains(&code));
                    let qty = turn.command.body::<NewOrder>().map(|order| order.qty.0);
                    if let Some(worst) =
                        qty.filter(|_| is_one).and_then(|q| worst_of(turn.before, it, q))
                    {
                        assert!(worst > 0, "{it:?} only reduces");
                        refused += 1;
                    }
                }
                _ => passed += reduces_over_a_limit(turn),
            });
        }
    }
    assert!(passed > 100 && refused > 200, "{passed} passed, {refused} refused");
}

/// 1 where an order came that only reduces a position which is over its account's limit.
fn reduces_over_a_limit(turn: &Turn<'_>) -> u64 {
    let first = turn.events.iter().find_map(|event| match event.view() {
        Some(EventRef::Accepted(it)) => Some(it),
        _ => None,
    });
    let Some((it, side)) = first.and_then(|it| Some((it, it.side.get()?))) else { return 0 };
    let holds = turn.before.quantity(it.account, it.instrument) != 0;
    let worst = turn.before.worst(it.account, it.instrument, side, it.qty.0);
    u64::from(holds && worst <= 0)
}

/// Limits of accounts as they were set, without those in one instrument.
type Limits = BTreeMap<u32, LimitsSet>;

fn note_limits(limits: &mut Limits, turn: &Turn<'_>) {
    let done = |event: &Event| match event.view() {
        Some(EventRef::ControlDone(it)) => it.code.0 == 0,
        _ => false,
    };
    let Some(body) = turn.command.body::<LimitsSet>() else { return };
    let is_one = body.scope == Scope::Account.into() && body.instrument.0 == 0;
    if is_one && turn.events.iter().any(done) {
        limits.insert(body.id, *body);
    }
}

/// True where the order came beside, or before, the one that it is counted with.
fn counts_with_another(turn: &Turn<'_>) -> bool {
    turn.command.body::<NewOrderWide>().is_some_and(|it| it.extra.link_leg > 1)
}

#[test]
fn nobody_goes_beyond_the_limits_of_his_account() {
    let (mut limits, mut near, mut orders) = (Limits::new(), 0, 0);
    all_lives(100, 1_500, &mut |turn| {
        if turn.before.accounts.is_empty() {
            limits.clear();
        }
        note_limits(&mut limits, turn);
        for event in turn.events {
            let Some(EventRef::Accepted(it)) = event.view() else { continue };
            if event.header().session == SessionId(0) {
                // The venue's own, which closes what is there.
                continue;
            }
            let Some(own) = limits.get(&it.account.0) else {
                panic!("{it:?} of an account that was never given a limit");
            };
            let open = turn.before.accounts[&it.account.0].open_orders;
            assert!(open < own.open_orders_max, "{it:?} beside {open}");
            if counts_with_another(turn) {
                continue;
            }
            let side = it.side.get().expect("a side");
            let worst = turn.before.worst(it.account, it.instrument, side, it.qty.0);
            let most = if side.is_buy() { own.long_max } else { own.short_max };
            assert!(worst <= 0 || worst <= i128::from(most), "{it:?}: {worst} of {most}");
            assert!(it.qty.0 <= own.order_qty_max, "{it:?} of {}", own.order_qty_max);
            near += u64::from(most < 400);
            orders += 1;
        }
    });
    assert!(orders > 10_000 && near > 500, "{orders} orders, {near} of them near a limit");
}

/// Nothing that only a working order could hold.
#[track_caller]
fn nothing_is_held(business: &Business) {
    assert_eq!(business.orders.len(), 0);
    for (of, (_, held)) in &business.cash {
        assert_eq!(*held, 0, "held of {of:?}");
    }
    for it in business.positions.values() {
        let working = (it.buys.0, it.sells.0, it.open_orders, it.open_notional);
        assert_eq!(working, (0, 0, 0, 0), "{it:?}");
    }
    for (id, it) in &business.accounts {
        assert_eq!((it.open_orders, it.open_notional), (0, 0), "account {id}");
    }
}

#[test]
fn what_is_held_is_released_exactly() {
    let (mut orders, mut held) = (0, 0);
    for seed in seeds(150) {
        for stream in [Stream::new(seed), Stream::busy(seed)] {
            let mut life = Life::new(stream);
            life.steps(300 + 4 * (seed % 100));
            orders += life.business().orders.len();
            held += life.business().cash.values().filter(|(_, held)| *held != 0).count();
            let action = KillAction::BlockAndCancel.into();
            let kill = Kill { scope: Scope::Global.into(), action, ..Kill::default() };
            life.say(&control(&kill), &mut |_| ());
            nothing_is_held(life.business());
        }
    }
    assert!(orders > 1_000 && held > 100, "{orders} orders ended, {held} times cash was held");
}

/// An order of a session that can speak, near the last price.
fn some_order(life: &Life, rng: &mut Rng) -> Option<(SessionId, NewOrder)> {
    let engine = life.engine();
    let all = engine.sessions().iter().filter(|(_, it)| it.is_established());
    let sessions: Vec<SessionId> = all.map(|(id, _)| id).collect();
    let open = life.business().instruments.values().filter(|it| {
        it.state == TradingState::Continuous
            && it.definition.px_min.0 <= 0
            && it.reference.is_some()
    });
    let open: Vec<_> = open.collect();
    if sessions.is_empty() || open.is_empty() {
        return None;
    }
    let (session, instrument) = (rng.pick(&sessions), rng.pick(&open));
    let accounts: Vec<AccountId> = engine.sessions().accounts(session).collect();
    if accounts.is_empty() {
        return None;
    }
    let def = &instrument.definition;
    let side = rng.pick(&[Side::Buy, Side::Sell]);
    let away = if side.is_buy() { -rng.between(1, 30) } else { rng.between(1, 30) };
    let last_id = engine.session(session)?.last_cl_ord_id().0;
    let order = NewOrder {
        cl_ord_id: ClOrdId(last_id + 1),
        sending_time: life.now,
        px: Px(instrument.reference?.0 + away * def.tick.0),
        qty: Qty(def.lot.0 * (1 + rng.below(9))),
        account: rng.pick(&accounts),
        instrument: def.instrument,
        side: side.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::GoodTillCancel.into(),
        ..NewOrder::default()
    };
    Some((session, order))
}

#[test]
fn an_order_that_came_and_went_leaves_nothing_behind() {
    let (mut count, mut held) = (0, 0);
    for seed in seeds(150) {
        let (mut life, mut rng) = (Life::new(Stream::busy(seed)), Rng::new(seed));
        life.steps(300 + 4 * (seed % 100));
        for _ in 0..20 {
            let Some((session, order)) = some_order(&life, &mut rng) else { break };
            let before = life.business().clone();
            let events = life.hear(&life.message(session, &order));
            if !events.iter().all(|event| event.kind() == Some(EventKind::Accepted)) {
                continue;
            }
            held += u64::from(holds(life.business()) != holds(&before));
            let cancel = Cancel {
                cl_ord_id: ClOrdId(order.cl_ord_id.0 + 1),
                orig_cl_ord_id: order.cl_ord_id,
                sending_time: life.now,
                ..Cancel::default()
            };
            life.say(&life.message(session, &cancel), &mut |_| ());
            assert_eq!(life.business(), &before, "after {order:?}");
            count += 1;
        }
    }
    assert!(count > 300 && held > 50, "{count} orders, {held} of them held cash");
}

fn holds(business: &Business) -> i128 {
    business.cash.values().map(|(_, held)| held).sum()
}

/// Orders that count at a level that refused one more; none where it names no such level.
fn of_level<'a>(turn: &'a Turn<'_>, it: &'a Rejected) -> Option<Vec<&'a OrderView>> {
    let scope = it.scope.get()?;
    let firm_of = |account: AccountId| turn.before.accounts[&account.0].definition.firm.0;
    let all = turn.before.orders.values();
    let own = all.filter(|order| match scope {
        Scope::Global => true,
        Scope::Firm => firm_of(order.account) == it.scope_id,
        Scope::Account => order.account.0 == it.scope_id,
        Scope::Session => order.session.0 == it.scope_id,
        Scope::Instrument => false,
    });
    Some(own.collect())
}

#[test]
fn a_refusal_tells_what_works_as_it_is() {
    let mut counts: BTreeMap<(u16, u8), u64> = BTreeMap::new();
    for seed in seeds(60) {
        let (mut life, mut rng) = (Life::new(Stream::busy(seed)), Rng::new(seed));
        for _ in 0..1_500 {
            if rng.chance(2) {
                let (scope, id) = rng.pick(&[
                    (Scope::Global, 0),
                    (Scope::Firm, 1),
                    (Scope::Firm, 2),
                    (Scope::Account, 1),
                    (Scope::Account, 2),
                    (Scope::Session, 1),
                    (Scope::Session, 2),
                ]);
                let few = rng.small(0, 12);
                let (orders, value) = rng.pick(&[(few, UNLIMITED), (UNLIMITED_32, 0)]);
                let limits = LimitsSet {
                    open_orders_max: orders,
                    open_notional_max: value,
                    ..venue::unlimited(scope, id)
                };
                life.say(&control(&limits), &mut |_| ());
            }
            life.step(&mut |turn| {
                let Some(EventRef::Rejected(it)) = turn.events.last().and_then(Event::view) else {
                    return;
                };
                let Some(own) = of_level(turn, it) else { return };
                // An account may have the same limit in one instrument beside that of all.
                let here = own.iter().filter(|order| order.instrument == it.instrument);
                let here: Vec<&OrderView> = here.copied().collect();
                let is = match it.code.get() {
                    Some(RejectCode::OpenOrdersLimit) => {
                        [own.len() as i128, here.len() as i128].map(Some)
                    }
                    Some(RejectCode::OpenNotionalLimit) => {
                        [&own, &here].map(|all| value_of(turn, all))
                    }
                    _ => return,
                };
                let narrow = it.scope == Scope::Account.into();
                let said = Some(i128::from(it.current));
                assert!(said == is[0] || narrow && said == is[1], "{it:?}, but {is:?} works");
                *counts.entry((it.code.0, it.scope.0)).or_insert(0) += u64::from(it.current > 0);
            });
        }
    }
    let often = counts.values().filter(|count| **count > 20).count();
    assert!(often >= 8, "two limits of four levels: {counts:?}");
}

/// What orders are worth at their prices, in 1e-4, rounded down.
fn value_of(turn: &Turn<'_>, orders: &[&OrderView]) -> Option<i128> {
    // Who may never trade beside another counts with that one.
    let counted = orders.iter().filter(|order| order.link_leg < 2);
    let values = counted.map(|order| {
        let multiplier = turn.before.instruments[&order.instrument.0].definition.multiplier;
        let product = i128::from(order.px.0).checked_mul(i128::from(order.leaves.0))?;
        Some((product.checked_mul(i128::from(multiplier.0))? / 100_000_000).abs())
    });
    values.sum::<Option<i128>>().map(|value| value.div_euclid(10_000))
}
