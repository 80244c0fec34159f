//! Minimum quantity: so much of a new order trades at once, or nothing of it.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::codes::RawExecInst;
use pinion_types::command::{
    InstrumentDef, InstrumentRules, Mark, NewOrder, NewOrderExtra, NewOrderWide, Replace,
    StateChange,
};
use pinion_types::{
    ExecInst, InstrumentId, MarkKind, OrdType, Px, Qty, RejectCode, StpMode, TimeInForce,
    TradingState,
};
use support::{Desk, check, px, refusal};

/// The same order, asking for so much at once.
fn least(order: NewOrder, min_qty: u64) -> NewOrderWide {
    let extra = NewOrderExtra { min_qty: Qty(min_qty), ..NewOrderExtra::default() };
    NewOrderWide { order, extra }
}

#[test]
fn less_than_the_minimum_is_nothing() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 3);
    desk.enter(5, Sell, 101, 4);
    let order = desk.limit(Buy, 100, 10);
    check(&desk.send(1, &least(order, 4)), &["1 accepted 1 10 @ 100", "1 canceled 1 10 fok"]);
    // Nobody there at all.
    let order = desk.limit(Buy, 99, 10);
    check(&desk.send(1, &least(order, 1)), &["1 accepted 2 10 @ 99", "1 canceled 2 10 fok"]);
    assert_eq!(desk.book(Sell), [(1, 100, 3), (2, 101, 4)]);
    let order = desk.limit(Buy, 101, 10);
    let events = desk.send(1, &least(order, 7));
    let expected = [
        "1 accepted 3 10 @ 101",
        "3 trade 1 3 @ 100 left 0 maker",
        "1 trade 3 3 @ 100 left 7 taker",
        "3 trade 2 4 @ 101 left 0 maker",
        "1 trade 3 4 @ 101 left 3 taker",
    ];
    check(&events, &expected);
    // What rests asks for nothing any more.
    assert_eq!(desk.book(Buy), [(3, 101, 3)]);
    desk.enter(5, Sell, 101, 1);
    assert_eq!(desk.book(Buy), [(3, 101, 2)]);
}

#[test]
fn immediate_and_market_orders_ask_too() {
    let mut desk = Desk::new();
    desk.done(&Mark {
        instrument: InstrumentId(1),
        kind: MarkKind::Settlement.into(),
        px: px(100),
        ..Mark::default()
    });
    let order = NewOrder {
        px: Px(0),
        ord_type: OrdType::Market.into(),
        protection_ticks: 3,
        ..desk.limit(Buy, 0, 5)
    };
    desk.enter(5, Sell, 100, 4);
    let events = desk.send(1, &least(order, 5));
    check(&events, &["1 accepted 1 5 @ 103", "1 canceled 1 5 fok"]);
    let order = NewOrder { cl_ord_id: desk.id(1), ..order };
    let events = desk.send(1, &least(order, 4));
    let trades = ["3 trade 1 4 @ 100 left 0 maker", "1 trade 2 4 @ 100 left 1 taker"];
    check(&events[1..3], &trades);
    check(&events[3..], &["1 canceled 2 1 market"]);
    // An empty side is an empty side.
    let order = NewOrder { cl_ord_id: desk.id(1), ..order };
    let events = desk.send(1, &least(order, 1));
    check(&events, &["1 accepted 3 5 @ 103", "1 canceled 3 5 no-liquidity"]);
    // Immediate or cancel: the rest goes as it would.
    desk.enter(5, Sell, 100, 4);
    let order = NewOrder {
        time_in_force: TimeInForce::ImmediateOrCancel.into(),
        ..desk.limit(Buy, 100, 9)
    };
    let events = desk.send(1, &least(order, 2));
    check(&events[3..], &["1 canceled 4 5 ioc"]);
    // A market-to-limit order sees the best level alone.
    desk.enter(5, Sell, 100, 4);
    desk.enter(5, Sell, 101, 4);
    let order =
        NewOrder { px: Px(0), ord_type: OrdType::MarketToLimit.into(), ..desk.limit(Buy, 0, 9) };
    let events = desk.send(1, &least(order, 5));
    check(&events, &["1 accepted 5 9 @ 100", "1 canceled 5 9 fok"]);
}

#[test]
fn hidden_tranches_and_own_orders_count_as_for_fill_or_kill() {
    let mut desk = Desk::new();
    desk.show(5, Sell, 100, (9, 2));
    let order = desk.limit(Buy, 100, 10);
    let events = desk.send(1, &least(order, 9));
    assert_eq!(events.len(), 11, "five tranches");
    // An own order first: it is skipped, or ends the count.
    desk.cancel(1, pinion_types::ClOrdId(1));
    desk.enter(1, Sell, 100, 5);
    desk.enter(5, Sell, 100, 5);
    for (mode, passes) in [
        (StpMode::CancelNewest, false),
        (StpMode::CancelBoth, false),
        (StpMode::Decrement, false),
        (StpMode::CancelOldest, true),
    ] {
        let order = NewOrder { stp_mode: mode.into(), ..desk.limit(Buy, 100, 10) };
        let events = desk.send(1, &least(order, 5));
        let is_canceled = support::lines(&events)[1].ends_with(" 10 fok");
        assert_eq!(is_canceled, !passes, "{mode}");
    }
    assert_eq!(desk.position(1), 14);
}

#[test]
fn the_execution_range_is_not_broken_by_who_asks_for_more() {
    let mut desk = Desk::new();
    desk.done(&InstrumentRules {
        instrument: InstrumentId(1),
        range_bps: 100,
        window_ms: 1_000,
        auction_ms: 1_000,
        ..InstrumentRules::default()
    });
    desk.enter(5, Sell, 100, 1);
    desk.enter(1, Buy, 100, 1);
    desk.enter(5, Sell, 101, 2);
    desk.enter(5, Sell, 102, 8);
    let order = desk.limit(Buy, 102, 10);
    let events = desk.send(1, &least(order, 3));
    check(&events, &["1 accepted 2 10 @ 102", "1 canceled 2 10 fok"]);
    assert!(desk.engine.volatility_end(InstrumentId(1)).is_none());
    let order = desk.limit(Buy, 102, 10);
    let events = desk.send(1, &least(order, 2));
    let last = support::lines(&events);
    assert_eq!(last[3..], ["1 canceled 3 8 execution-range", "state 1 opening-auction"]);
}

#[test]
fn a_minimum_fits_its_order() {
    let mut desk = Desk::new();
    let lots = InstrumentDef { lot: Qty(5), ..support::instrument(2) };
    desk.done(&lots);
    let in_lots = |desk: &mut Desk, qty, min_qty| {
        let order = NewOrder { instrument: InstrumentId(2), ..desk.limit(Buy, 100, qty) };
        refusal(&desk.send(1, &least(order, min_qty)))
    };
    assert_eq!(in_lots(&mut desk, 10, 7), RejectCode::MinQty);
    assert_eq!(in_lots(&mut desk, 10, 15), RejectCode::MinQty);
    // A group that nobody has comes first, a quantity that is none later.
    let order = NewOrder { stp_group: 9, ..desk.limit(Buy, 100, 10) };
    assert_eq!(refusal(&desk.send(1, &least(order, 11))), RejectCode::UnregisteredStpGroup);
    assert_eq!(in_lots(&mut desk, 12, 10), RejectCode::BadLot);
}

#[test]
fn what_waits_or_kills_asks_for_no_minimum() {
    let mut desk = Desk::new();
    let order = desk.limit(Buy, 100, 10);
    let fok = NewOrder { time_in_force: TimeInForce::FillOrKill.into(), ..order };
    assert_eq!(refusal(&desk.send(1, &least(fok, 5))), RejectCode::IllegalTypeAndTif);
    let exec_inst = RawExecInst::from(ExecInst::PostOnlySlide);
    let post = NewOrder { exec_inst, ..desk.limit(Buy, 100, 10) };
    assert_eq!(refusal(&desk.send(1, &least(post, 5))), RejectCode::IllegalTypeAndTif);
    let stop = desk.stop_of(1, Buy, (105, 105), 10);
    let extra = NewOrderExtra { min_qty: Qty(5), ..stop.extra };
    let stop = NewOrderWide { extra, ..stop };
    assert_eq!(refusal(&desk.send(1, &stop)), RejectCode::IllegalTypeAndTif);
    desk.enter(1, Buy, 100, 10);
    let body = Replace { min_qty: Qty(5), ..desk.replacement(1, desk.last_id(1), 100, 10) };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::NotSupported);
    // Where orders collect, nothing trades at once.
    desk.done(&StateChange {
        instrument: InstrumentId(1),
        state: TradingState::OpeningAuction.into(),
        ..StateChange::default()
    });
    let order = desk.limit(Buy, 100, 10);
    assert_eq!(refusal(&desk.send(1, &least(order, 5))), RejectCode::StateForbids);
}
