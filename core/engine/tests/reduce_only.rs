//! Reduce-only orders: never more than closes what the account has.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{
    NewOrder, NewOrderExtra, NewOrderWide, Replace, StateChange, order_flags,
};
use pinion_types::{
    AccountId, Event, InstrumentId, OrdType, Px, Qty, RejectCode, Side, TimeInForce, TradingState,
};
use support::{Desk, check, lines, px, refusal, session_of, taken};

const REDUCE: u8 = order_flags::REDUCE_ONLY;

/// A venue where account 1 has so much, bought or sold at 100 from account 5.
fn desk_with(quantity: i64) -> Desk {
    let mut desk = Desk::new();
    let (own, other) = if quantity > 0 { (Buy, Sell) } else { (Sell, Buy) };
    desk.enter(5, other, 100, quantity.unsigned_abs());
    desk.enter(1, own, 100, quantity.unsigned_abs());
    assert_eq!(desk.position(1), quantity);
    desk
}

/// Enters a limit order of account 1 that may only reduce.
fn reduce(desk: &mut Desk, side: Side, whole: i64, qty: u64) -> Vec<Event> {
    let order = NewOrder { flags: REDUCE, ..desk.order_of(1, side, whole, qty) };
    desk.send(1, &order)
}

fn reducing_stop(desk: &mut Desk, side: Side, trigger: i64, qty: u64) -> Vec<Event> {
    let wide = desk.stop_of(1, side, (trigger, trigger), qty);
    let order = NewOrder { flags: REDUCE, ..wide.order };
    desk.send(1, &NewOrderWide { order, ..wide })
}

fn enter_state(desk: &mut Desk, state: TradingState) -> Vec<Event> {
    let instrument = InstrumentId(1);
    desk.control(&StateChange { instrument, state: state.into(), ..StateChange::default() })
}

#[test]
fn an_order_fits_beside_the_others_of_its_kind() {
    let mut desk = desk_with(10);
    assert_eq!(refusal(&reduce(&mut desk, Buy, 90, 1)), RejectCode::ReduceOnly);
    assert_eq!(refusal(&reduce(&mut desk, Sell, 110, 11)), RejectCode::ReduceOnly);
    taken(&reduce(&mut desk, Sell, 110, 4));
    // One that waits counts; one that is not of the kind does not.
    taken(&reducing_stop(&mut desk, Sell, 90, 4));
    desk.enter(1, Sell, 110, 5);
    assert_eq!(refusal(&reduce(&mut desk, Sell, 110, 3)), RejectCode::ReduceOnly);
    taken(&reduce(&mut desk, Sell, 110, 2));
    // A replace is asked where it grows.
    let id = desk.last_id(1);
    assert_eq!(refusal(&desk.replace(1, id, 110, 3)), RejectCode::ReduceOnly);
    taken(&desk.replace(1, id, 111, 2));
    taken(&desk.replace(1, desk.last_id(1), 111, 1));
    taken(&desk.replace(1, desk.last_id(1), 111, 2));
    // Another account has nothing to reduce.
    let body = desk.replacement(1, desk.last_id(1), 111, 1);
    let body = Replace { account: AccountId(2), ..body };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::ReduceOnly);
    let mut desk = Desk::new();
    assert_eq!(refusal(&reduce(&mut desk, Sell, 110, 1)), RejectCode::ReduceOnly);
}

#[test]
fn a_position_that_shrinks_leaves_the_oldest_what_fits() {
    let mut desk = desk_with(10);
    taken(&reduce(&mut desk, Sell, 110, 3));
    taken(&reducing_stop(&mut desk, Sell, 90, 3));
    taken(&reduce(&mut desk, Sell, 109, 4));
    let events = desk.enter(1, Sell, 100, 5);
    assert_eq!(events.len(), 1, "nothing moved yet");
    let events = desk.enter(5, Buy, 100, 5);
    let expected = [
        "3 accepted 2 5 @ 100",
        "1 trade 5 5 @ 100 left 0 maker",
        "3 trade 2 5 @ 100 left 0 taker",
        "1 restated 3 to 3 2 @ 90 left 2 stop 90",
        "1 canceled 4 4 close-only",
    ];
    check(&events, &expected);
    // Turned, none of them stays.
    desk.enter(1, Sell, 100, 7);
    let events = desk.enter(5, Buy, 100, 7);
    let expected = ["1 canceled 2 3 close-only", "1 canceled 3 2 close-only"];
    assert_eq!(lines(&events)[3..], expected);
    assert_eq!((desk.position(1), desk.engine.order_count()), (-2, 0));
    // From the other side.
    taken(&reduce(&mut desk, Buy, 90, 2));
    desk.enter(5, Sell, 100, 1);
    let events = desk.enter(1, Buy, 100, 1);
    assert_eq!(lines(&events)[3..], ["1 restated 7 to 7 1 @ 90 left 1"]);
}

#[test]
fn a_maker_trades_no_more_than_it_may() {
    let mut desk = desk_with(5);
    taken(&reduce(&mut desk, Sell, 101, 5));
    desk.enter(1, Sell, 101, 1);
    desk.enter(1, Sell, 100, 3);
    desk.enter(5, Sell, 101, 4);
    // Three are sold before its turn comes: two are left to reduce.
    let events = desk.enter(4, Buy, 101, 9);
    let expected = [
        "2 accepted 1 9 @ 101",
        "1 trade 4 3 @ 100 left 0 maker",
        "2 trade 1 3 @ 100 left 6 taker",
        "1 trade 2 2 @ 101 left 3 maker",
        "2 trade 1 2 @ 101 left 4 taker",
        "1 canceled 2 3 close-only",
        "1 trade 3 1 @ 101 left 0 maker",
        "2 trade 1 1 @ 101 left 3 taker",
        "3 trade 2 3 @ 101 left 1 maker",
        "2 trade 1 3 @ 101 left 0 taker",
    ];
    check(&events, &expected);
    assert_eq!(desk.position(1), -1);
}

#[test]
fn fill_or_kill_counts_only_what_is_sure() {
    let fok = |desk: &mut Desk, qty| {
        let order = desk.order_of(5, Buy, 101, qty);
        let time_in_force = TimeInForce::FillOrKill.into();
        let events = desk.send(3, &NewOrder { time_in_force, ..order });
        lines(&events)[1].contains("trade")
    };
    let mut desk = desk_with(5);
    taken(&reduce(&mut desk, Sell, 101, 5));
    desk.enter(4, Sell, 101, 1);
    assert!(fok(&mut desk, 6));
    let mut desk = desk_with(5);
    taken(&reduce(&mut desk, Sell, 101, 5));
    desk.enter(1, Sell, 105, 1);
    desk.enter(4, Sell, 101, 1);
    // With the other order it could be too much: it counts as nothing.
    assert!(!fok(&mut desk, 2));
    assert!(fok(&mut desk, 1));
}

#[test]
fn an_elected_order_takes_no_more_than_it_may() {
    let mut desk = desk_with(5);
    taken(&reducing_stop(&mut desk, Sell, 99, 5));
    desk.enter(1, Sell, 99, 4);
    desk.enter(4, Buy, 98, 9);
    // Four are sold at the price that elects the stop.
    let events = desk.enter(5, Buy, 99, 4);
    let elected = lines(&events);
    assert_eq!(elected[3], "1 restated 2 to 2 5 @ 99 left 5 stop 99");
    // Beyond its price nobody trades: it rests, and what is too much goes.
    assert_eq!(elected[4..], ["1 restated 2 to 2 1 @ 99 left 1"]);
    let mut desk = desk_with(5);
    taken(&reducing_stop(&mut desk, Sell, 99, 5));
    desk.enter(1, Sell, 99, 4);
    let events = desk.enter(5, Buy, 99, 6);
    let expected = [
        "3 accepted 2 6 @ 99",
        "1 trade 3 4 @ 99 left 0 maker",
        "3 trade 2 4 @ 99 left 2 taker",
        "1 restated 2 to 2 5 @ 99 left 5 stop 99",
        "3 trade 2 1 @ 99 left 1 maker",
        "1 trade 2 1 @ 99 left 4 taker",
        "1 canceled 2 4 close-only",
    ];
    check(&events, &expected);
    assert_eq!((desk.position(1), desk.book(Buy)), (0, vec![(2, 99, 1)]));
}

#[test]
fn an_uncross_trades_no_more_than_reduces() {
    let mut desk = desk_with(5);
    enter_state(&mut desk, TradingState::OpeningAuction);
    desk.enter(1, Sell, 99, 5);
    taken(&reduce(&mut desk, Sell, 100, 5));
    desk.enter(5, Sell, 101, 5);
    desk.enter(4, Buy, 102, 10);
    // Both sides of ten at 100; its second half may not trade, and what is left crosses above.
    let expected = [
        "2 trade 1 5 @ 100 left 5 auction",
        "1 trade 2 5 @ 100 left 0 auction",
        "1 canceled 3 5 close-only",
        "2 trade 1 5 @ 101 left 0 auction",
        "3 trade 2 5 @ 101 left 0 auction",
        "state 1 continuous",
        "done 0 code 0",
    ];
    check(&enter_state(&mut desk, TradingState::Continuous), &expected);
    assert_eq!((desk.position(1), desk.position(4)), (0, 10));
}

#[test]
fn every_type_and_time_in_force_may_only_reduce() {
    let mut desk = desk_with(50);
    desk.enter(5, Buy, 99, 30);
    let base = NewOrder { flags: REDUCE, ..desk.limit(Sell, 99, 5) };
    let next = |desk: &mut Desk, order: NewOrder| NewOrder { cl_ord_id: desk.id(1), ..order };
    for tif in [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill, TimeInForce::AtTheClose] {
        let order = next(&mut desk, NewOrder { time_in_force: tif.into(), ..base });
        taken(&desk.send(1, &order));
    }
    for ord_type in [OrdType::Market, OrdType::MarketToLimit] {
        let order = NewOrder { ord_type: ord_type.into(), px: Px(0), ..base };
        let order = next(&mut desk, order);
        taken(&desk.send(1, &order));
    }
    let hidden = NewOrder { flags: REDUCE | order_flags::HIDDEN, px: px(120), ..base };
    let order = next(&mut desk, hidden);
    taken(&desk.send(1, &order));
    let extra = NewOrderExtra { display_qty: Qty(2), ..NewOrderExtra::default() };
    let order = next(&mut desk, NewOrder { px: px(120), ..base });
    taken(&desk.send(1, &NewOrderWide { order, extra }));
    let extra = NewOrderExtra { min_qty: Qty(2), ..NewOrderExtra::default() };
    let order = next(&mut desk, base);
    taken(&desk.send(1, &NewOrderWide { order, extra }));
    assert_eq!(desk.position(1), 25);
    // Sixteen are sold by another order: nine are left to the closing one, the hidden one and the
    // iceberg, by age.
    desk.enter(4, Buy, 98, 16);
    let events = desk.enter(1, Sell, 98, 16);
    let trimmed = lines(&events);
    let trimmed: Vec<_> = trimmed.iter().filter(|it| !it.contains("trade")).collect();
    assert_eq!(trimmed.len(), 3, "{trimmed:?}");
    assert_eq!(desk.position(1), 9);
    let left: u64 =
        desk.engine.orders().filter(|it| it.flags & REDUCE != 0).map(|it| it.leaves.0).sum();
    assert_eq!(left, 9);
}

#[test]
fn accounts_follow_one_another_and_instruments_too() {
    let mut desk = Desk::new();
    let enter = |desk: &mut Desk, account: u32, instrument: u32, side: Side, flags: u8| {
        let order = desk.order_of(account, side, 100, 4);
        let instrument = InstrumentId(instrument);
        let order = NewOrder { instrument, flags, ..order };
        desk.send(session_of(account), &order)
    };
    for (account, instrument) in [(2, 2), (2, 1), (1, 2)] {
        taken(&enter(&mut desk, 5, instrument, Sell, 0));
        taken(&enter(&mut desk, account, instrument, Buy, 0));
        let order = desk.order_of(account, Sell, 110, 4);
        let instrument = InstrumentId(instrument);
        taken(&desk.send(1, &NewOrder { instrument, flags: REDUCE, ..order }));
    }
    // All three are sold in one command: an uncross of both instruments.
    desk.control(&StateChange {
        state: TradingState::OpeningAuction.into(),
        ..StateChange::default()
    });
    for (account, instrument) in [(2, 2), (2, 1), (1, 2)] {
        taken(&enter(&mut desk, account, instrument, Sell, 0));
        taken(&enter(&mut desk, 5, instrument, Buy, 0));
    }
    let events = desk
        .control(&StateChange { state: TradingState::Continuous.into(), ..StateChange::default() });
    let all = lines(&events);
    let canceled: Vec<_> = all.iter().filter(|it| it.contains("close-only")).collect();
    assert_eq!(
        canceled,
        ["1 canceled 6 4 close-only", "1 canceled 4 4 close-only", "1 canceled 2 4 close-only"]
    );
    // After the answer, as losses are.
    assert!(all[all.len() - 4].starts_with("done"), "{all:?}");
}

#[test]
fn a_tranche_is_cut_to_what_reduces() {
    let mut desk = desk_with(5);
    let order = NewOrder { flags: REDUCE, ..desk.order_of(1, Sell, 101, 5) };
    let extra = NewOrderExtra { display_qty: Qty(4), ..NewOrderExtra::default() };
    taken(&desk.send(1, &NewOrderWide { order, extra }));
    desk.enter(1, Sell, 100, 3);
    let expected = [
        "3 accepted 2 9 @ 101",
        "1 trade 3 3 @ 100 left 0 maker",
        "3 trade 2 3 @ 100 left 6 taker",
        "1 trade 2 2 @ 101 left 3 maker",
        "3 trade 2 2 @ 101 left 4 taker",
        "1 canceled 2 3 close-only",
    ];
    check(&desk.enter(5, Buy, 101, 9), &expected);
    assert_eq!(desk.position(1), 0);
}
