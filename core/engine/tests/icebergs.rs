//! Icebergs: what shows, what trades, who is next in line.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{InstrumentRules, NewOrder, NewOrderExtra, NewOrderWide, Replace};
use pinion_types::{
    ClOrdId, ExecInst, InstrumentId, OrdType, Px, Qty, RejectCode, Side, StpMode, TimeInForce,
};
use support::{Desk, check, px, refusal};

fn shown(desk: &Desk, side: Side) -> Vec<(i64, u64)> {
    let depth = desk.engine.depth(InstrumentId(1), side);
    depth.map(|(level, qty)| (level.0 / px(1).0, qty.0)).collect()
}

/// Ids, what is left, what shows.
fn queue(desk: &Desk, side: Side) -> Vec<(u64, u64, u64)> {
    let orders = desk.engine.book(InstrumentId(1), side);
    orders.map(|it| (it.cl_ord_id.0, it.leaves.0, it.shown.0)).collect()
}

#[test]
fn an_icebergs_next_tranche_goes_behind() {
    let mut desk = Desk::new();
    check(&desk.show(1, Sell, 100, (25, 10)), &["1 accepted 1 25 @ 100 show 10"]);
    desk.enter(1, Sell, 100, 5);
    assert_eq!(shown(&desk, Sell), [(100, 15)]);
    // The first tranche is gone, and nothing is said of the next one.
    let events = desk.enter(5, Buy, 100, 12);
    let expected = [
        "3 accepted 1 12 @ 100",
        "1 trade 1 10 @ 100 left 15 maker",
        "3 trade 1 10 @ 100 left 2 taker",
        "1 trade 2 2 @ 100 left 3 maker",
        "3 trade 1 2 @ 100 left 0 taker",
    ];
    check(&events, &expected);
    assert_eq!(queue(&desk, Sell), [(2, 3, 3), (1, 15, 10)]);
    assert_eq!(shown(&desk, Sell), [(100, 13)]);
    // A part of a tranche keeps its place; the last tranche is what is left.
    desk.enter(5, Buy, 100, 7);
    assert_eq!(queue(&desk, Sell), [(1, 11, 6)]);
    desk.enter(5, Buy, 100, 6);
    assert_eq!(queue(&desk, Sell), [(1, 5, 5)]);
    desk.enter(5, Buy, 100, 9);
    assert_eq!((shown(&desk, Sell), shown(&desk, Buy)), (vec![], vec![(100, 4)]));
}

#[test]
fn two_icebergs_take_turns() {
    let mut desk = Desk::new();
    desk.show(1, Sell, 100, (6, 2));
    desk.show(1, Sell, 100, (6, 2));
    let events = desk.enter(5, Buy, 100, 7);
    let makers: Vec<_> =
        support::lines(&events).into_iter().filter(|it| it.contains("maker")).collect();
    assert_eq!(
        makers,
        [
            "1 trade 1 2 @ 100 left 4 maker",
            "1 trade 2 2 @ 100 left 4 maker",
            "1 trade 1 2 @ 100 left 2 maker",
            "1 trade 2 1 @ 100 left 3 maker",
        ]
    );
    assert_eq!(queue(&desk, Sell), [(2, 3, 1), (1, 2, 2)]);
}

#[test]
fn an_iceberg_that_takes_trades_whole() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 12);
    let events = desk.show(1, Buy, 100, (20, 5));
    assert_eq!(support::lines(&events)[1], "3 trade 1 12 @ 100 left 0 maker");
    assert_eq!(queue(&desk, Buy), [(1, 8, 5)]);
    let top = desk.engine.top_of_book(InstrumentId(1)).expect("the instrument is there");
    assert_eq!(top.bid_qty, Qty(5));
}

#[test]
fn a_fill_or_kill_order_counts_what_is_hidden() {
    let mut desk = Desk::new();
    desk.show(1, Sell, 100, (20, 5));
    let order = |desk: &mut Desk, qty| {
        let order = desk.order_of(5, Buy, 100, qty);
        let time_in_force = TimeInForce::FillOrKill.into();
        desk.send(3, &NewOrder { time_in_force, ..order })
    };
    assert_eq!(order(&mut desk, 21).len(), 2, "accepted and canceled");
    assert_eq!(order(&mut desk, 20).len(), 1 + 4 * 2, "four tranches");
}

#[test]
fn what_an_iceberg_must_be() {
    let mut desk = Desk::new();
    let rules = InstrumentRules {
        instrument: InstrumentId(1),
        tranches_max: 4,
        display_min_bps: 2_500,
        ..InstrumentRules::default()
    };
    desk.done(&rules);
    for (shape, code) in [
        ((10, 11), Some(RejectCode::DisplayQty)),
        ((41, 10), Some(RejectCode::DisplayQty)),
        ((40, 10), None),
        ((10, 10), None),
    ] {
        let events = desk.show(1, Buy, 90, shape);
        match code {
            Some(code) => assert_eq!(refusal(&events), code, "{shape:?}"),
            None => assert_eq!(events.len(), 1, "{shape:?}"),
        }
    }
    desk.done(&InstrumentRules { tranches_max: 3, display_min_bps: 0, ..rules });
    assert_eq!(refusal(&desk.show(1, Buy, 90, (40, 10))), RejectCode::DisplayQty);
    // Without a word of the instrument a thousand tranches are the most.
    desk.done(&InstrumentRules { tranches_max: 0, display_min_bps: 0, ..rules });
    assert_eq!(refusal(&desk.show(1, Buy, 90, (1_001, 1))), RejectCode::DisplayQty);
    assert_eq!(desk.show(1, Buy, 90, (1_000, 1)).len(), 1);
    // Who does not rest, or has no price of its own, shows nothing.
    let bad = |desk: &mut Desk, ord_type: OrdType, time_in_force: TimeInForce| {
        let order = desk.order_of(1, Buy, 90, 10);
        let (ord_type, time_in_force) = (ord_type.into(), time_in_force.into());
        let whole = if ord_type == OrdType::Limit.into() { order.px } else { Px(0) };
        let order = NewOrder { px: whole, ord_type, time_in_force, ..order };
        let extra = NewOrderExtra { display_qty: Qty(5), ..NewOrderExtra::default() };
        refusal(&desk.send(1, &NewOrderWide { order, extra }))
    };
    for (ord_type, time_in_force) in [
        (OrdType::Limit, TimeInForce::ImmediateOrCancel),
        (OrdType::Limit, TimeInForce::FillOrKill),
        (OrdType::Market, TimeInForce::Day),
        (OrdType::MarketToLimit, TimeInForce::Day),
    ] {
        assert_eq!(bad(&mut desk, ord_type, time_in_force), RejectCode::IllegalTypeAndTif);
    }
}

#[test]
fn an_order_that_shows_all_is_no_iceberg() {
    let mut desk = Desk::new();
    check(&desk.show(1, Buy, 90, (10, 10)), &["1 accepted 1 10 @ 90"]);
    assert_eq!(queue(&desk, Buy), [(1, 10, 10)]);
}

#[test]
fn a_decrease_keeps_tranche_and_place() {
    let mut desk = Desk::new();
    desk.show(1, Sell, 100, (30, 10));
    desk.enter(1, Sell, 100, 1);
    desk.enter(5, Buy, 100, 4);
    let replace = |desk: &mut Desk, orig: u64, qty, display| {
        let body = desk.replacement(1, ClOrdId(orig), 100, qty);
        desk.send(1, &Replace { display_qty: Qty(display), ..body })
    };
    check(&replace(&mut desk, 1, 24, 0), &["1 replaced 1 to 3 24 @ 100 left 20 show 10"]);
    assert_eq!(queue(&desk, Sell), [(3, 20, 6), (2, 1, 1)]);
    // The same display said again changes nothing.
    check(&replace(&mut desk, 3, 20, 10), &["1 replaced 3 to 4 20 @ 100 left 16 show 10"]);
    // So small that all of it shows: no iceberg any more, and first in line still.
    check(&replace(&mut desk, 4, 9, 0), &["1 replaced 4 to 5 9 @ 100 left 5"]);
    assert_eq!(queue(&desk, Sell), [(5, 5, 5), (2, 1, 1)]);
    // Another display goes behind, also of an order that had none.
    check(&replace(&mut desk, 5, 9, 3), &["1 replaced 5 to 6 9 @ 100 left 5 back show 3"]);
    check(&replace(&mut desk, 2, 9, 3), &["1 replaced 2 to 7 9 @ 100 left 9 back show 3"]);
    assert_eq!(queue(&desk, Sell), [(6, 5, 3), (7, 9, 3)]);
    check(&replace(&mut desk, 6, 9, 4), &["1 replaced 6 to 8 9 @ 100 left 5 back show 4"]);
    assert_eq!(queue(&desk, Sell), [(7, 9, 3), (8, 5, 4)]);
    // All of it named: it shows all.
    check(&replace(&mut desk, 8, 9, 9), &["1 replaced 8 to 9 9 @ 100 left 5 back"]);
    assert_eq!(refusal(&replace(&mut desk, 9, 9, 10)), RejectCode::DisplayQty);
    assert_eq!(queue(&desk, Sell), [(7, 9, 3), (9, 5, 5)]);
}

#[test]
fn self_trade_prevention_looks_at_all_of_an_iceberg() {
    let mut desk = Desk::new();
    desk.show(1, Sell, 100, (20, 5));
    let order = desk.order_of(1, Buy, 100, 17);
    let stp_mode = StpMode::Decrement.into();
    let events = desk.send(1, &NewOrder { stp_mode, ..order });
    let expected = [
        "1 accepted 2 17 @ 100",
        "1 restated 1 to 1 20 @ 100 left 3 show 5",
        "1 canceled 2 0 prevented 17 self-trade",
    ];
    check(&events, &expected);
    assert_eq!(queue(&desk, Sell), [(1, 3, 3)]);
    // An iceberg that shrinks itself rests with a fresh tranche.
    let order = desk.order_of(1, Buy, 100, 17);
    let order = NewOrder { stp_mode, ..order };
    let extra = NewOrderExtra { display_qty: Qty(6), ..NewOrderExtra::default() };
    desk.send(1, &NewOrderWide { order, extra });
    assert_eq!(queue(&desk, Buy), [(3, 14, 6)]);
}

#[test]
fn an_iceberg_may_be_post_only_and_goes_as_others_do() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 1);
    let order = desk.order_of(1, Buy, 105, 9);
    let exec_inst = ExecInst::PostOnlySlide.into();
    let order = NewOrder { exec_inst, ..order };
    let extra = NewOrderExtra { display_qty: Qty(3), ..NewOrderExtra::default() };
    let events = desk.send(1, &NewOrderWide { order, extra });
    check(&events, &["1 accepted 1 9 @ 99 show 3"]);
    let orig = desk.last_id(1);
    check(&desk.cancel(1, orig), &["1 canceled 1 by 2 9 request"]);
    assert!(shown(&desk, Buy).is_empty());
}
