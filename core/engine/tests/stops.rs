//! Stops: what waits, what elects it, and what becomes of it then.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{
    DayRoll, InstrumentDef, InstrumentRules, LimitsSet, NewOrder, NewOrderExtra, NewOrderWide,
    Replace, StateChange, Timer, instrument_flags,
};
use pinion_types::{
    AccountId, ClOrdId, Event, InstrumentId, MassScope, Nanos, OrdStatus, OrdType, Px, Qty,
    RejectCode, Scope, TimeInForce, TradingState,
};
use support::{Desk, check, instrument, lines, px, refusal, unlimited};

/// A venue whose last trade in instrument 1 was at 100, by accounts 5 and 4, with nothing left.
fn desk() -> Desk {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    desk
}

/// One lot between accounts 5 and 4.
fn trade(desk: &mut Desk, whole: i64) -> Vec<Event> {
    desk.enter(5, Sell, whole, 1);
    desk.enter(4, Buy, whole, 1)
}

/// Ids and triggers of the stops that wait.
fn waiting(desk: &Desk) -> Vec<(u64, i64)> {
    let stops = desk.engine.stops(InstrumentId(1));
    stops.map(|it| (it.cl_ord_id.0, it.stop_px.0 / px(1).0)).collect()
}

#[test]
fn a_stop_waits_and_counts() {
    let mut desk = desk();
    check(&desk.stop(1, Buy, (105, 0), 3), &["1 accepted 1 3 @ 115 stop 105"]);
    check(&desk.stop(1, Sell, (95, 93), 2), &["1 accepted 2 2 @ 93 stop 95"]);
    assert_eq!(waiting(&desk), [(1, 105), (2, 95)]);
    assert!(desk.book(Buy).is_empty() && desk.book(Sell).is_empty(), "nobody sees it");
    let position = desk.engine.position(AccountId(1), InstrumentId(1)).expect("a position");
    assert_eq!((position.buys, position.sells, position.open_orders), (Qty(3), Qty(2), 2));
    let views: Vec<_> = desk.engine.stops(InstrumentId(1)).collect();
    assert!(views.iter().all(|it| it.ord_status == OrdStatus::Suspended));
}

#[test]
fn one_elected_stop_touches_no_other() {
    let mut desk = desk();
    desk.stop(1, Buy, (105, 0), 3);
    desk.stop(1, Buy, (106, 0), 3);
    desk.stop(1, Sell, (95, 0), 3);
    desk.enter(5, Sell, 107, 4);
    let before: Vec<_> = desk.engine.stops(InstrumentId(1)).skip(1).collect();
    // Only what trades at its price, or through it, is elected.
    let events = trade(&mut desk, 105);
    let expected = [
        "2 accepted 2 1 @ 105",
        "3 trade 3 1 @ 105 left 0 maker",
        "2 trade 2 1 @ 105 left 0 taker",
        "1 restated 1 to 1 3 @ 117 left 3 stop 105",
        "3 trade 2 3 @ 107 left 1 maker",
        "1 trade 1 3 @ 107 left 0 taker",
        "1 restated 2 to 2 3 @ 117 left 3 stop 106",
        "3 trade 2 1 @ 107 left 0 maker",
        "1 trade 2 1 @ 107 left 2 taker",
        "1 canceled 2 2 market",
    ];
    check(&events, &expected);
    assert_eq!(desk.engine.stops(InstrumentId(1)).collect::<Vec<_>>(), before[1..]);
}

#[test]
fn the_stop_nearest_to_the_last_trade_is_first_and_then_the_oldest() {
    let mut desk = desk();
    for (account, trigger) in [(1, 104), (2, 102), (1, 102), (2, 101)] {
        desk.stop(account, Buy, (trigger, 101), 1);
    }
    desk.enter(5, Sell, 103, 1);
    let events = desk.enter(4, Buy, 103, 1);
    let restated: Vec<_> =
        lines(&events).into_iter().filter(|it| it.contains("restated")).collect();
    let order: Vec<_> = restated.iter().map(|it| it.split(' ').nth(2).unwrap_or("")).collect();
    assert_eq!(order, ["2", "3", "4"]);
    // They are limits now, in the order of their election.
    let ids: Vec<_> = desk.book(Buy).into_iter().map(|(id, ..)| id).collect();
    assert_eq!(ids, [2, 3, 4]);
    assert_eq!(waiting(&desk), [(1, 104)]);
}

#[test]
fn a_stop_that_the_last_trade_would_elect_is_refused() {
    let mut desk = desk();
    for (side, trigger) in [(Buy, 100), (Buy, 99), (Sell, 100), (Sell, 101)] {
        let events = desk.stop(1, side, (trigger, trigger), 1);
        assert_eq!(refusal(&events), RejectCode::WouldTrigger, "{side:?} {trigger}");
    }
    // Without a trade nothing would.
    let mut desk = Desk::new();
    assert_eq!(desk.stop(1, Buy, (1, 1), 1).len(), 1);
}

#[test]
fn a_cascade_goes_on_and_ends() {
    let mut desk = desk();
    for trigger in [99, 98, 97] {
        desk.stop(1, Sell, (trigger, trigger - 1), 2);
        desk.enter(5, Buy, trigger - 1, 2);
    }
    desk.enter(5, Buy, 99, 1);
    let events = desk.enter(4, Sell, 99, 1);
    let trades = lines(&events).iter().filter(|it| it.contains("taker")).count();
    assert_eq!(trades, 4, "{:?}", lines(&events));
    assert_eq!((waiting(&desk).len(), desk.position(1)), (0, -6));
}

#[test]
fn too_many_elections_halt_the_instrument() {
    let mut desk = desk();
    let rules = InstrumentRules {
        instrument: InstrumentId(1),
        elections_max: 2,
        ..InstrumentRules::default()
    };
    desk.done(&rules);
    for _ in 0..2 {
        desk.stop(1, Buy, (101, 90), 1);
    }
    let events = trade(&mut desk, 101);
    assert_eq!(events.len(), 5, "as many as may be: {:?}", lines(&events));
    for _ in 0..3 {
        desk.stop(1, Buy, (102, 90), 1);
    }
    let events = trade(&mut desk, 102);
    assert_eq!(lines(&events)[5..], ["state 1 halted"]);
    assert_eq!(waiting(&desk), [(5, 102)], "who was not elected waits on");
    assert_eq!(desk.book(Buy).len(), 4);
    assert_eq!(refusal(&desk.stop(1, Buy, (110, 0), 1)), RejectCode::StateForbids);
    // Where trading goes on, the last trade elects it.
    let go = StateChange {
        instrument: InstrumentId(1),
        state: TradingState::Continuous.into(),
        ..StateChange::default()
    };
    desk.control(&go);
    assert!(waiting(&desk).is_empty());
}

#[test]
fn an_elected_stop_that_fails_risk_is_canceled() {
    let mut desk = desk();
    desk.stop(1, Buy, (105, 106), 5);
    let mut limits: LimitsSet = unlimited(Scope::Account, 1);
    limits.long_max = 4;
    desk.done(&limits);
    let events = trade(&mut desk, 105);
    let last = &lines(&events)[3..];
    assert_eq!(last, ["1 restated 1 to 1 5 @ 106 left 5 stop 105", "1 canceled 1 5 risk"]);
    // The collar is asked then, not at entry.
    desk.done(&unlimited(Scope::Account, 1));
    desk.done(&InstrumentDef { collar_ticks: 5, ..instrument(1) });
    assert_eq!(desk.stop(1, Buy, (107, 120), 1).len(), 1);
    let events = trade(&mut desk, 107);
    assert!(lines(&events)[4].ends_with("risk"), "{:?}", lines(&events));
}

#[test]
fn an_elected_stop_does_not_count_against_itself() {
    let mut desk = desk();
    let mut limits: LimitsSet = unlimited(Scope::Account, 1);
    limits.long_max = 5;
    limits.open_orders_max = 1;
    limits.open_notional_max = 5 * 106 * 10_000;
    desk.done(&limits);
    desk.stop(1, Buy, (105, 106), 5);
    trade(&mut desk, 105);
    assert_eq!(desk.book(Buy), [(1, 106, 5)]);
}

#[test]
fn the_rest_of_a_stop_is_canceled_or_rests_as_the_instrument_says() {
    let mut desk = desk();
    desk.stop(1, Buy, (105, 0), 5);
    let events = trade(&mut desk, 105);
    assert_eq!(lines(&events)[4..], ["1 canceled 1 5 market"]);
    let definition = instrument(1);
    let flags = definition.flags | instrument_flags::MARKET_RESTS;
    desk.done(&InstrumentDef { flags, ..definition });
    desk.stop(1, Buy, (106, 0), 5);
    trade(&mut desk, 106);
    assert_eq!(desk.book(Buy), [(2, 116, 5)]);
}

#[test]
fn a_tighter_protection_is_the_orders_own() {
    let mut desk = desk();
    let body = desk.stop_of(1, Buy, (105, 0), 5);
    let order = NewOrder { protection_ticks: 2, ..body.order };
    check(&desk.send(1, &NewOrderWide { order, ..body }), &["1 accepted 1 5 @ 107 stop 105"]);
    desk.enter(5, Sell, 106, 1);
    desk.enter(5, Sell, 109, 9);
    let events = trade(&mut desk, 105);
    // From the best offer on, two ticks.
    assert_eq!(lines(&events)[3], "1 restated 1 to 1 5 @ 108 left 5 stop 105");
    assert_eq!(desk.position(1), 1);
}

/// What is wrong with a stop.
type Spoil = fn(&mut NewOrderWide);

#[test]
fn what_a_stop_must_be() {
    let mut desk = desk();
    let bad = |desk: &mut Desk, spoil: Spoil| {
        let mut body = desk.stop_of(1, Buy, (105, 106), 5);
        spoil(&mut body);
        refusal(&desk.send(1, &body))
    };
    let cases: [(RejectCode, Spoil); 11] = [
        (RejectCode::RequiredFieldMissing, |it| it.extra.stop_px = Px(0)),
        (RejectCode::ReservedNotZero, |it| it.order.protection_ticks = 1),
        (RejectCode::ReservedNotZero, |it| it.order.ord_type = OrdType::Limit.into()),
        (RejectCode::ReservedNotZero, |it| it.order.ord_type = OrdType::Stop.into()),
        (RejectCode::NotSupported, |it| it.extra.trigger_kind = 1),
        (RejectCode::IllegalTypeAndTif, |it| {
            it.order.time_in_force = TimeInForce::ImmediateOrCancel.into();
        }),
        (RejectCode::IllegalTypeAndTif, |it| it.extra.display_qty = Qty(1)),
        (RejectCode::IllegalTypeAndTif, |it| it.order.exec_inst.0 = 1),
        (RejectCode::BadTick, |it| it.extra.stop_px.0 += 1),
        (RejectCode::PxBelowMin, |it| it.extra.stop_px = px(-1)),
        (RejectCode::PxBelowMin, |it| it.order.px = px(0)),
    ];
    for (index, (code, spoil)) in cases.into_iter().enumerate() {
        assert_eq!(bad(&mut desk, spoil), code, "case {index}");
    }
    // A narrow order has no trigger.
    let order = desk.order_of(1, Buy, 106, 5);
    let ord_type = OrdType::StopLimit.into();
    let narrow = NewOrder { ord_type, ..order };
    assert_eq!(refusal(&desk.send(1, &narrow)), RejectCode::RequiredFieldMissing);
    assert!(waiting(&desk).is_empty());
}

#[test]
fn a_stop_is_changed_and_canceled_like_others() {
    let mut desk = desk();
    desk.stop(1, Buy, (105, 106), 5);
    desk.stop(1, Buy, (105, 0), 5);
    let replace = |desk: &mut Desk, orig, (trigger, limit): (i64, i64), qty| {
        let body = desk.replacement(1, ClOrdId(orig), limit, qty);
        desk.send(1, &Replace { stop_px: px(trigger), ..body })
    };
    // Less of the same keeps its place among those at its trigger.
    let events = replace(&mut desk, 1, (0, 106), 4);
    check(&events, &["1 replaced 1 to 3 4 @ 106 left 4 stop 105"]);
    assert_eq!(waiting(&desk), [(3, 105), (2, 105)]);
    let events = replace(&mut desk, 3, (105, 107), 4);
    check(&events, &["1 replaced 3 to 4 4 @ 107 left 4 back stop 105"]);
    assert_eq!(waiting(&desk), [(2, 105), (4, 105)]);
    // The price of a stop is not the client's.
    assert_eq!(refusal(&replace(&mut desk, 2, (0, 110), 5)), RejectCode::ReservedNotZero);
    let events = replace(&mut desk, 2, (110, 0), 5);
    check(&events, &["1 replaced 2 to 6 5 @ 120 left 5 back stop 110"]);
    assert_eq!(refusal(&replace(&mut desk, 6, (100, 0), 5)), RejectCode::WouldTrigger);
    assert_eq!(refusal(&replace(&mut desk, 6, (110, 0), 0)), RejectCode::BadLot);
    let body = Replace { display_qty: Qty(1), ..desk.replacement(1, ClOrdId(6), 0, 5) };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::IllegalTypeAndTif);
    check(&desk.cancel(1, ClOrdId(6)), &["1 canceled 6 by 10 5 request"]);
    check(&desk.mass_cancel(1, MassScope::Session, 0)[..1], &["1 canceled 4 by 11 4 mass-cancel"]);
    assert_eq!(desk.engine.order_count(), 0);
    // Who waits for nothing has no trigger.
    desk.enter(1, Buy, 90, 1);
    let orig = desk.last_id(1).0;
    assert_eq!(refusal(&replace(&mut desk, orig, (95, 90), 1)), RejectCode::ReservedNotZero);
}

#[test]
fn a_stop_ends_with_its_day_and_at_its_date() {
    let mut desk = desk();
    desk.stop(1, Buy, (105, 106), 5);
    let body = desk.stop_of(1, Buy, (105, 106), 6);
    let end = Nanos(desk.now.0 + 10);
    let order = NewOrder { time_in_force: TimeInForce::GoodTillDate.into(), ..body.order };
    let extra = NewOrderExtra { expire_time: end, ..body.extra };
    desk.send(1, &NewOrderWide { order, extra });
    check(&desk.control(&DayRoll { day: 1, ..DayRoll::default() }), &["1 canceled 1 5 expired"]);
    assert_eq!(desk.engine.next_due(), Some(end));
    desk.now = end;
    check(&desk.control(&Timer::default()), &["1 canceled 2 6 expired"]);
    assert!(waiting(&desk).is_empty());
}

#[test]
fn an_elected_order_of_a_date_still_ends() {
    let mut desk = desk();
    let body = desk.stop_of(1, Buy, (105, 103), 6);
    let end = Nanos(desk.now.0 + 10);
    let order = NewOrder { time_in_force: TimeInForce::GoodTillDate.into(), ..body.order };
    let extra = NewOrderExtra { expire_time: end, ..body.extra };
    desk.send(1, &NewOrderWide { order, extra });
    trade(&mut desk, 105);
    assert_eq!(desk.book(Buy), [(1, 103, 6)]);
    desk.now = end;
    check(&desk.control(&Timer::default()), &["1 canceled 1 6 expired"]);
}

#[test]
fn a_replace_that_trades_elects_too() {
    let mut desk = desk();
    desk.stop(1, Buy, (105, 90), 1);
    desk.enter(5, Sell, 105, 1);
    desk.enter(4, Buy, 99, 1);
    let orig = desk.last_id(2);
    desk.replace(2, orig, 105, 1);
    assert_eq!(desk.book(Buy), [(1, 90, 1)]);
}

#[test]
fn trades_elsewhere_elect_nobody() {
    let mut desk = desk();
    desk.stop(1, Buy, (105, 90), 1);
    for (account, side) in [(5, Sell), (4, Buy)] {
        let order = desk.order_of(account, side, 110, 1);
        let order = NewOrder { instrument: InstrumentId(2), ..order };
        desk.send(support::session_of(account), &order);
    }
    assert_eq!(waiting(&desk), [(1, 105)]);
}
