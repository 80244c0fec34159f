//! Hidden orders: nothing of them shows, and at their price they stand behind all that shows.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::codes::RawExecInst;
use pinion_types::command::{
    NewOrder, NewOrderExtra, NewOrderWide, OrderStatusRequest, Replace, StateChange, order_flags,
};
use pinion_types::{
    ClOrdId, Event, EventRef, ExecInst, InstrumentId, OrdType, Px, Qty, RejectCode, Side, StpMode,
    TimeInForce, TradingState,
};
use support::{Desk, check, lines, px, refusal, session_of, taken};

/// Enters a hidden limit order of the day.
fn hide(desk: &mut Desk, account: u32, side: Side, whole: i64, qty: u64) -> Vec<Event> {
    let order = desk.order_of(account, side, whole, qty);
    let order = NewOrder { flags: order_flags::HIDDEN, ..order };
    let events = desk.send(session_of(account), &order);
    taken(&events);
    events
}

fn shown(desk: &Desk, side: Side) -> Vec<(i64, u64)> {
    let depth = desk.engine.depth(InstrumentId(1), side);
    depth.map(|(level, qty)| (level.0 / px(1).0, qty.0)).collect()
}

/// Ids and what they have left, in order of priority.
fn queue(desk: &Desk, side: Side) -> Vec<(u64, u64)> {
    desk.engine.book(InstrumentId(1), side).map(|it| (it.cl_ord_id.0, it.leaves.0)).collect()
}

#[test]
fn who_shows_stands_before_who_hides() {
    let mut desk = Desk::new();
    hide(&mut desk, 1, Sell, 100, 3);
    hide(&mut desk, 1, Sell, 100, 4);
    assert_eq!(shown(&desk, Sell), []);
    let top = desk.engine.top_of_book(InstrumentId(1)).expect("the instrument is there");
    assert_eq!((top.ask_px, top.ask_qty), (Px(0), Qty(0)));
    desk.enter(1, Sell, 100, 5);
    desk.enter(1, Sell, 101, 1);
    hide(&mut desk, 1, Sell, 99, 1);
    assert_eq!(queue(&desk, Sell), [(5, 1), (3, 5), (1, 3), (2, 4), (4, 1)]);
    assert_eq!(shown(&desk, Sell), [(100, 5), (101, 1)]);
    // Price comes first: the hidden one in front trades, and is told to its owner alone.
    let events = desk.enter(5, Buy, 100, 10);
    let expected = [
        "3 accepted 1 10 @ 100",
        "1 trade 5 1 @ 99 left 0 maker",
        "3 trade 1 1 @ 99 left 9 taker",
        "1 trade 3 5 @ 100 left 0 maker",
        "3 trade 1 5 @ 100 left 4 taker",
        "1 trade 1 3 @ 100 left 0 maker",
        "3 trade 1 3 @ 100 left 1 taker",
        "1 trade 2 1 @ 100 left 3 maker",
        "3 trade 1 1 @ 100 left 0 taker",
    ];
    check(&events, &expected);
    // A part of it traded: it hides still, and younger ones that show stand before it.
    desk.enter(1, Sell, 100, 6);
    assert_eq!(queue(&desk, Sell), [(6, 6), (2, 3), (4, 1)]);
    assert_eq!(shown(&desk, Sell), [(100, 6), (101, 1)]);
}

#[test]
fn a_fresh_tranche_stands_before_who_hides() {
    let mut desk = Desk::new();
    desk.show(1, Sell, 100, (6, 2));
    hide(&mut desk, 1, Sell, 100, 2);
    desk.enter(1, Sell, 100, 1);
    desk.enter(5, Buy, 100, 2);
    assert_eq!(queue(&desk, Sell), [(3, 1), (1, 4), (2, 2)]);
    assert_eq!(shown(&desk, Sell), [(100, 3)]);
    desk.enter(5, Buy, 100, 5);
    assert_eq!(queue(&desk, Sell), [(2, 2)]);
    assert_eq!(shown(&desk, Sell), []);
}

#[test]
fn orders_in_the_middle_come_and_go() {
    let mut desk = Desk::new();
    for _ in 0..3 {
        hide(&mut desk, 1, Buy, 100, 1);
    }
    desk.enter(1, Buy, 100, 1);
    desk.cancel(1, ClOrdId(1));
    assert_eq!(queue(&desk, Buy), [(4, 1), (2, 1), (3, 1)]);
    desk.enter(1, Buy, 100, 1);
    assert_eq!(queue(&desk, Buy), [(4, 1), (6, 1), (2, 1), (3, 1)]);
    for id in [2, 4, 3, 6] {
        desk.cancel(1, ClOrdId(id));
    }
    // The level is used again by those that show, and by those that do not.
    desk.enter(1, Buy, 100, 1);
    hide(&mut desk, 1, Buy, 100, 1);
    desk.enter(1, Buy, 100, 1);
    assert_eq!(queue(&desk, Buy), [(11, 1), (13, 1), (12, 1)]);
}

#[test]
fn a_replace_keeps_what_hides_hidden() {
    let mut desk = Desk::new();
    hide(&mut desk, 1, Sell, 100, 5);
    hide(&mut desk, 1, Sell, 100, 5);
    // Less of the same keeps its place; more goes behind.
    check(&desk.replace(1, ClOrdId(1), 100, 4), &["1 replaced 1 to 3 4 @ 100 left 4"]);
    assert_eq!(queue(&desk, Sell), [(3, 4), (2, 5)]);
    check(&desk.replace(1, ClOrdId(3), 100, 6), &["1 replaced 3 to 4 6 @ 100 left 6 back"]);
    desk.enter(1, Sell, 100, 1);
    assert_eq!(queue(&desk, Sell), [(5, 1), (2, 5), (4, 6)]);
    assert_eq!(shown(&desk, Sell), [(100, 1)]);
    let body = Replace { display_qty: Qty(2), ..desk.replacement(1, ClOrdId(4), 100, 6) };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::IllegalTypeAndTif);
    for flags in [order_flags::HIDDEN, order_flags::REDUCE_ONLY] {
        let body = Replace { flags, ..desk.replacement(1, ClOrdId(4), 100, 6) };
        assert_eq!(refusal(&desk.send(1, &body)), RejectCode::ReservedNotZero);
    }
    let flags = order_flags::POSS_RESEND;
    let body = Replace { flags, ..desk.replacement(1, ClOrdId(4), 101, 6) };
    taken(&desk.send(1, &body));
    assert_eq!(shown(&desk, Sell), [(100, 1)]);
    let request = OrderStatusRequest { cl_ord_id: desk.last_id(1), ..Default::default() };
    let events = desk.send(1, &request);
    let Some(EventRef::OrderStatus(status)) = events[0].view() else { panic!("a status") };
    assert_eq!((status.leaves_qty, status.display_qty), (Qty(6), Qty(0)));
}

#[test]
fn whoever_asks_for_the_best_price_meets_who_hides() {
    let mut desk = Desk::new();
    hide(&mut desk, 1, Sell, 100, 3);
    let with = |desk: &mut Desk, exec_inst: ExecInst, flags| {
        let order = desk.order_of(5, Buy, 100, 2);
        desk.send(3, &NewOrder { exec_inst: exec_inst.into(), flags, ..order })
    };
    let events = with(&mut desk, ExecInst::PostOnlyReject, 0);
    assert_eq!(refusal(&events), RejectCode::PostOnlyWouldMatch);
    let events = with(&mut desk, ExecInst::PostOnlySlide, order_flags::HIDDEN);
    check(&events, &["3 accepted 2 2 @ 99"]);
    // Protection and market-to-limit begin there; fill-or-kill counts it.
    let order = desk.order_of(5, Buy, 0, 1);
    let ord_type = OrdType::MarketToLimit.into();
    let events = desk.send(3, &NewOrder { px: Px(0), ord_type, ..order });
    assert_eq!(lines(&events)[0], "3 accepted 3 1 @ 100");
    let order = desk.order_of(5, Buy, 0, 1);
    let (ord_type, protection_ticks) = (OrdType::Market.into(), 1);
    let events = desk.send(3, &NewOrder { px: Px(0), ord_type, protection_ticks, ..order });
    assert_eq!(lines(&events)[0], "3 accepted 4 1 @ 101");
    let order = desk.order_of(5, Buy, 100, 2);
    let time_in_force = TimeInForce::FillOrKill.into();
    let events = desk.send(3, &NewOrder { time_in_force, ..order });
    check(&events, &["3 accepted 5 2 @ 100", "3 canceled 5 2 fok"]);
}

#[test]
fn prevention_reaches_who_hides_last() {
    let mut desk = Desk::new();
    hide(&mut desk, 1, Sell, 100, 3);
    desk.enter(5, Sell, 100, 2);
    let order = NewOrder { stp_mode: StpMode::Decrement.into(), ..desk.limit(Buy, 100, 4) };
    let events = desk.send(1, &order);
    let expected = [
        "1 accepted 2 4 @ 100",
        "3 trade 1 2 @ 100 left 0 maker",
        "1 trade 2 2 @ 100 left 2 taker",
        "1 restated 1 to 1 3 @ 100 left 1",
        "1 canceled 2 0 prevented 2 self-trade",
    ];
    check(&events, &expected);
}

#[test]
fn an_auction_trades_who_shows_first() {
    let mut desk = Desk::new();
    let state = |desk: &mut Desk, state: TradingState| {
        let instrument = InstrumentId(1);
        desk.control(&StateChange { instrument, state: state.into(), ..StateChange::default() })
    };
    state(&mut desk, TradingState::OpeningAuction);
    hide(&mut desk, 1, Sell, 100, 3);
    desk.enter(1, Sell, 100, 2);
    let events = desk.enter(5, Buy, 100, 4);
    assert_eq!(lines(&events)[1], "auction 1 opening-auction 4 @ 100 surplus 1 sell");
    let events = state(&mut desk, TradingState::Continuous);
    let expected = [
        "3 trade 1 2 @ 100 left 2 auction",
        "1 trade 2 2 @ 100 left 0 auction",
        "3 trade 1 2 @ 100 left 0 auction",
        "1 trade 1 2 @ 100 left 1 auction",
    ];
    check(&events[..4], &expected);
    assert_eq!((queue(&desk, Sell), shown(&desk, Sell)), (vec![(1, 1)], vec![]));
}

#[test]
fn only_limit_orders_that_rest_hide() {
    let mut desk = Desk::new();
    let flags = order_flags::HIDDEN;
    let illegal = |desk: &mut Desk, order: NewOrder, extra: NewOrderExtra| {
        let order = NewOrder { flags, cl_ord_id: desk.id(1), ..order };
        let code = refusal(&desk.send(1, &NewOrderWide { order, extra }));
        assert_eq!(code, RejectCode::IllegalTypeAndTif);
    };
    let limit = desk.limit(Buy, 100, 10);
    let none = NewOrderExtra::default();
    for time_in_force in [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill] {
        illegal(&mut desk, NewOrder { time_in_force: time_in_force.into(), ..limit }, none);
    }
    for ord_type in [OrdType::Market, OrdType::MarketToLimit] {
        illegal(&mut desk, NewOrder { ord_type: ord_type.into(), px: Px(0), ..limit }, none);
    }
    illegal(&mut desk, limit, NewOrderExtra { display_qty: Qty(2), ..none });
    let stop = desk.stop_of(1, Buy, (105, 105), 10);
    illegal(&mut desk, stop.order, stop.extra);
    let exec_inst = RawExecInst::from(ExecInst::PostOnlyReject);
    let cl_ord_id = desk.id(1);
    taken(&desk.send(1, &NewOrder { flags, exec_inst, cl_ord_id, ..limit }));
}
