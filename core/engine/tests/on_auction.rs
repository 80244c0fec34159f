//! Opening and closing orders: taken for one auction, gone when it is over.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::codes::{RawExecInst, RawTimeInForce};
use pinion_types::command::{
    DayRoll, Genesis, Mark, NewOrder, NewOrderExtra, NewOrderWide, Replace, StateChange,
    order_flags,
};
use pinion_types::{
    ClOrdId, Event, ExecInst, InstrumentId, MarkKind, OrdType, Px, Qty, RejectCode, Side,
    TimeInForce, TradingState,
};
use support::{Desk, check, lines, px, refusal, session_of, taken};

use TimeInForce::{AtTheClose, AtTheOpening};
use TradingState::{
    Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PostClose, PreOpen,
};

fn enter_state(desk: &mut Desk, state: TradingState) -> Vec<Event> {
    let instrument = InstrumentId(1);
    desk.control(&StateChange { instrument, state: state.into(), ..StateChange::default() })
}

/// A limit order for one auction.
fn at(desk: &mut Desk, tif: TimeInForce, account: u32, side: Side, whole: i64) -> Vec<Event> {
    let order = desk.order_of(account, side, whole, 5);
    desk.send(session_of(account), &NewOrder { time_in_force: tif.into(), ..order })
}

/// A market order for one auction, with protection of two.
fn market(desk: &mut Desk, tif: TimeInForce, side: Side) -> Vec<Event> {
    let order = NewOrder {
        px: Px(0),
        ord_type: OrdType::Market.into(),
        time_in_force: tif.into(),
        protection_ticks: 2,
        ..desk.order_of(1, side, 0, 5)
    };
    desk.send(1, &order)
}

fn settle(desk: &mut Desk, whole: i64) {
    desk.done(&Mark {
        instrument: InstrumentId(1),
        kind: MarkKind::Settlement.into(),
        px: px(whole),
        ..Mark::default()
    });
}

/// Ids, prices, status of every order, oldest first.
fn statuses(desk: &Desk) -> Vec<(u64, i64, String)> {
    let mut all: Vec<_> = desk.engine.orders().collect();
    all.sort_by_key(|it| it.order_id);
    all.iter()
        .map(|it| (it.cl_ord_id.0, it.px.0 / px(1).0, it.ord_status.name().to_owned()))
        .collect()
}

#[test]
fn opening_orders_trade_at_the_opening_and_end() {
    let mut desk = Desk::new();
    enter_state(&mut desk, PreOpen);
    taken(&at(&mut desk, AtTheOpening, 1, Sell, 100));
    desk.enter(1, Sell, 100, 1);
    taken(&at(&mut desk, AtTheOpening, 1, Sell, 105));
    assert_eq!(desk.book(Sell), [(1, 100, 5), (2, 100, 1), (3, 105, 5)]);
    check(&enter_state(&mut desk, OpeningAuction), &["state 1 opening-auction", "done 0 code 0"]);
    desk.enter(5, Buy, 100, 2);
    let expected = [
        "3 trade 1 2 @ 100 left 0 auction",
        "1 trade 1 2 @ 100 left 3 auction",
        "1 canceled 1 3 expired",
        "1 canceled 3 5 expired",
        "state 1 continuous",
        "done 0 code 0",
    ];
    check(&enter_state(&mut desk, Continuous), &expected);
    assert_eq!(desk.book(Sell), [(2, 100, 1)]);
}

#[test]
fn any_state_but_the_openings_ends_opening_orders() {
    for (state, last) in [
        (Halted, "state 1 halted"),
        (PostClose, "state 1 post-close"),
        (ClosingAuction, "state 1 closing-auction"),
    ] {
        let mut desk = Desk::new();
        enter_state(&mut desk, OpeningAuction);
        taken(&at(&mut desk, AtTheOpening, 1, Sell, 100));
        desk.enter(1, Sell, 100, 1);
        let events = enter_state(&mut desk, state);
        assert_eq!(lines(&events)[..2], ["1 canceled 1 5 expired", last]);
    }
    // Where the day ends as well, all go in one row.
    let mut desk = Desk::new();
    enter_state(&mut desk, OpeningAuction);
    desk.enter(1, Sell, 100, 1);
    taken(&at(&mut desk, AtTheOpening, 1, Sell, 100));
    taken(&at(&mut desk, AtTheClose, 1, Sell, 100));
    desk.enter(1, Sell, 100, 1);
    let events = enter_state(&mut desk, Closed);
    let expired = |id: u64, qty: u64| format!("1 canceled {id} {qty} expired");
    let expected = [expired(1, 1), expired(2, 5), expired(3, 5), expired(4, 1)];
    assert_eq!(lines(&events)[..4], expected);
}

#[test]
fn closing_orders_wait_and_join_by_age() {
    let mut desk = Desk::new();
    for whole in [100, 101, 102] {
        let events = at(&mut desk, AtTheClose, 1, Sell, whole);
        assert_eq!(lines(&events).len(), 1);
    }
    assert_eq!(desk.book(Sell), []);
    let suspended = |id, whole| (id, whole, "suspended".to_owned());
    assert_eq!(statuses(&desk), [suspended(1, 100), suspended(2, 101), suspended(3, 102)]);
    // Nobody trades with who waits; everything counts.
    check(&desk.enter(5, Buy, 103, 1), &["3 accepted 1 1 @ 103"]);
    let position = desk.engine.positions().next().expect("there is one");
    assert_eq!((position.sells, position.open_orders), (Qty(15), 3));
    desk.cancel(3, ClOrdId(1));
    // Less of the same keeps the age, another price begins anew.
    check(&desk.replace(1, ClOrdId(1), 100, 4), &["1 replaced 1 to 4 4 @ 100 left 4"]);
    check(&desk.replace(1, ClOrdId(2), 100, 5), &["1 replaced 2 to 5 5 @ 100 left 5 back"]);
    check(&desk.replace(1, ClOrdId(3), 100, 5), &["1 replaced 3 to 6 5 @ 100 left 5 back"]);
    check(&desk.replace(1, ClOrdId(5), 100, 6), &["1 replaced 5 to 7 6 @ 100 left 6 back"]);
    enter_state(&mut desk, Halted);
    assert_eq!(desk.engine.order_count(), 3);
    let expected = [
        "1 restated 4 to 4 4 @ 100 left 4",
        "1 restated 6 to 6 5 @ 100 left 5",
        "1 restated 7 to 7 6 @ 100 left 6",
        "state 1 closing-auction",
        "done 0 code 0",
    ];
    check(&enter_state(&mut desk, ClosingAuction), &expected);
    assert_eq!(desk.book(Sell), [(4, 100, 4), (6, 100, 5), (7, 100, 6)]);
    taken(&at(&mut desk, AtTheClose, 5, Buy, 101));
    let expected = [
        "3 trade 3 4 @ 100 left 1 auction",
        "1 trade 4 4 @ 100 left 0 auction",
        "3 trade 3 1 @ 100 left 0 auction",
        "1 trade 6 1 @ 100 left 4 auction",
        "1 canceled 7 6 expired",
        "1 canceled 6 4 expired",
        "state 1 post-close",
        "done 0 code 0",
    ];
    check(&enter_state(&mut desk, PostClose), &expected);
    assert_eq!(desk.engine.order_count(), 0);
}

#[test]
fn closing_orders_end_with_the_day() {
    let mut desk = Desk::new();
    taken(&at(&mut desk, AtTheClose, 1, Sell, 100));
    desk.enter(1, Sell, 100, 1);
    let events = desk.control(&DayRoll { day: 7, ..DayRoll::default() });
    assert_eq!(lines(&events)[..2], ["1 canceled 1 5 expired", "1 canceled 2 1 expired"]);
    // Without their auction.
    taken(&at(&mut desk, AtTheClose, 1, Sell, 100));
    let events = enter_state(&mut desk, PostClose);
    assert_eq!(lines(&events)[..2], ["1 canceled 3 5 expired", "state 1 post-close"]);
}

#[test]
fn market_orders_of_auctions_stand_at_the_reference() {
    let mut desk = Desk::new();
    enter_state(&mut desk, PreOpen);
    assert_eq!(refusal(&market(&mut desk, AtTheOpening, Buy)), RejectCode::NoReferencePx);
    settle(&mut desk, 100);
    // Who stands opposite says nothing here.
    desk.enter(5, Sell, 110, 1);
    check(&market(&mut desk, AtTheOpening, Buy), &["1 accepted 2 5 @ 102"]);
    check(&market(&mut desk, AtTheClose, Sell), &["1 accepted 3 5 @ 98"]);
    settle(&mut desk, 120);
    let statuses = statuses(&desk);
    let new = |id, whole| (id, whole, "new".to_owned());
    assert_eq!(statuses, [new(1, 110), new(2, 102), (3, 98, "suspended".to_owned())]);
    // Replaced at a price, it is a limit order that waits on.
    let px_of = |whole| vec![format!("1 replaced 3 to 4 5 @ {whole} left 5 back")];
    assert_eq!(lines(&desk.replace(1, ClOrdId(3), 99, 5)), px_of(99));
    let view = desk.engine.orders().find(|it| it.cl_ord_id == ClOrdId(4)).expect("it waits");
    assert_eq!((view.ord_type, view.time_in_force), (OrdType::Limit, AtTheClose));
    let expected = [
        "1 canceled 2 5 expired",
        "1 restated 4 to 4 5 @ 99 left 5",
        "state 1 closing-auction",
        "done 0 code 0",
    ];
    check(&enter_state(&mut desk, ClosingAuction), &expected);
}

#[test]
fn an_auction_that_is_over_takes_nobody() {
    let states = [PreOpen, OpeningAuction, Continuous, ClosingAuction, Halted, PostClose, Closed];
    let (late, forbids) = (Some(RejectCode::TooLateToEnter), Some(RejectCode::StateForbids));
    let opening = [None, None, late, late, forbids, forbids, forbids];
    let closing = [None, None, None, None, forbids, forbids, forbids];
    for (tif, expected) in [(AtTheOpening, opening), (AtTheClose, closing)] {
        for (state, code) in states.into_iter().zip(expected) {
            let mut desk = Desk::new();
            enter_state(&mut desk, state);
            let events = at(&mut desk, tif, 1, Buy, 100);
            match code {
                Some(code) => assert_eq!(refusal(&events), code, "{tif} in {state}"),
                None => taken(&events),
            }
        }
    }
}

#[test]
fn an_order_for_one_auction_asks_for_nothing_else() {
    let mut desk = Desk::new();
    settle(&mut desk, 100);
    let limit = desk.limit(Buy, 100, 10);
    let time_in_force = RawTimeInForce::from(AtTheClose);
    let none = NewOrderExtra::default();
    let mut illegal = |order: NewOrder, extra: NewOrderExtra| {
        let order = NewOrder { time_in_force, cl_ord_id: desk.id(1), ..order };
        let code = refusal(&desk.send(1, &NewOrderWide { order, extra }));
        assert_eq!(code, RejectCode::IllegalTypeAndTif);
    };
    let market = NewOrder { px: Px(0), ..limit };
    illegal(NewOrder { ord_type: OrdType::MarketToLimit.into(), ..market }, none);
    let stop = NewOrder { ord_type: OrdType::StopLimit.into(), ..limit };
    illegal(stop, NewOrderExtra { stop_px: px(100), ..none });
    illegal(NewOrder { ord_type: OrdType::Pegged.into(), ..limit }, none);
    illegal(NewOrder { exec_inst: RawExecInst::from(ExecInst::PostOnlySlide), ..limit }, none);
    illegal(NewOrder { flags: order_flags::HIDDEN, ..limit }, none);
    illegal(limit, NewOrderExtra { display_qty: Qty(5), ..none });
    illegal(limit, NewOrderExtra { min_qty: Qty(5), ..none });
}

#[test]
fn a_replace_leaves_the_auction_as_it_is() {
    let mut desk = Desk::new();
    taken(&at(&mut desk, AtTheClose, 1, Sell, 100));
    let id = desk.last_id(1);
    for tif in [AtTheClose, AtTheOpening, TimeInForce::Day] {
        let body = desk.replacement(1, id, 100, 5);
        let body = Replace { time_in_force: tif.into(), ..body };
        assert_eq!(refusal(&desk.send(1, &body)), RejectCode::IllegalTypeAndTif);
    }
    let body = Replace { display_qty: Qty(2), ..desk.replacement(1, id, 100, 5) };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::IllegalTypeAndTif);
    let body = Replace { stop_px: px(99), ..desk.replacement(1, id, 100, 5) };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::ReservedNotZero);
    // Nobody else becomes one.
    desk.enter(1, Sell, 100, 1);
    let body = desk.replacement(1, desk.last_id(1), 100, 1);
    let body = Replace { time_in_force: AtTheClose.into(), ..body };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::IllegalTypeAndTif);
}

#[test]
fn who_finds_no_level_does_not_join() {
    let mut desk = Desk::with(&Genesis { pages_max: 1, ..support::genesis() });
    taken(&at(&mut desk, AtTheClose, 1, Sell, 100));
    taken(&at(&mut desk, AtTheClose, 1, Sell, 1_000));
    desk.enter(1, Sell, 101, 1);
    let expected = [
        "1 restated 1 to 1 5 @ 100 left 5",
        "1 restated 2 to 2 5 @ 1000 left 5",
        "1 canceled 2 5 risk",
        "state 1 closing-auction",
        "done 0 code 0",
    ];
    check(&enter_state(&mut desk, ClosingAuction), &expected);
    assert_eq!(desk.book(Sell), [(1, 100, 5), (3, 101, 1)]);
}
