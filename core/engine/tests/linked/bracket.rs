//! Brackets: exits wait for what their entry trades.

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{LimitsSet, NewOrder, NewOrderExtra, NewOrderWide, Replace};
use pinion_types::{
    AccountId, ClOrdId, InstrumentId, MassScope, OrdStatus, RejectCode, Scope, StpMode, TimeInForce,
};

use crate::legs::{
    BRACKET, ENTRY, LOSS, OCO, PROFIT, counts, desk, entry, exits, legs, limit_leg, linked,
    market_leg, stop_leg, trade,
};
use crate::support::{Desk, check, lines, px, refusal, unlimited};

#[test]
fn exits_wait_and_count_as_orders_alone() {
    let mut desk = desk();
    exits(&mut desk);
    assert_eq!(counts(&desk, 1), (0, 0, 2));
    assert!(desk.engine.orders().all(|it| it.ord_status == OrdStatus::Suspended));
    assert!(desk.book(Sell).is_empty() && desk.engine.stops(InstrumentId(1)).count() == 0);
    // No price elects them, and none is asked: neither limits nor where the market is.
    trade(&mut desk, 90);
    desk.done(&LimitsSet { order_qty_max: 1, short_max: 0, ..unlimited(Scope::Account, 1) });
    check(
        &stop_leg(&mut desk, 1, Sell, (120, 0, 9), (8, BRACKET, 3)),
        &["1 accepted 3 9 @ 110 stop 120"],
    );
    assert_eq!(legs(&desk), [(1, 110, 2, 2), (2, 95, 2, 3), (3, 120, 2, 3)]);
    desk.done(&LimitsSet { open_orders_max: 3, ..unlimited(Scope::Account, 1) });
    let events = limit_leg(&mut desk, 1, Sell, (121, 9), (8, BRACKET, 2));
    assert_eq!(refusal(&events), RejectCode::OpenOrdersLimit);
}

#[test]
fn a_filled_entry_starts_both_as_a_pair() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    let events = desk.enter(4, Sell, 99, 10);
    let expected = [
        "2 accepted 2 10 @ 99",
        "1 trade 3 10 @ 99 left 0 maker",
        "2 trade 2 10 @ 99 left 0 taker",
        "1 restated 2 to 2 10 @ 85 left 10 stop 95",
        "1 restated 1 to 1 10 @ 110 left 10",
    ];
    check(&events, &expected);
    assert_eq!(legs(&desk), [(1, 110, OCO, 1), (2, 95, OCO, 2)]);
    assert_eq!(counts(&desk, 1), (0, 10, 2));
    // From now on the first of them ends the other.
    let events = lines(&desk.enter(4, Buy, 110, 1));
    assert_eq!(events[3], "1 canceled 2 10 linked");
}

#[test]
fn an_entry_that_comes_and_goes_at_once_starts_what_it_traded() {
    let mut desk = desk();
    exits(&mut desk);
    desk.enter(4, Sell, 101, 4);
    let order = desk.order_of(1, Buy, 102, 10);
    let tif = TimeInForce::ImmediateOrCancel.into();
    let order = NewOrder { time_in_force: tif, ..order };
    let wide = linked(NewOrderWide { order, ..NewOrderWide::default() }, ENTRY);
    let expected = [
        "1 accepted 3 10 @ 102",
        "2 trade 2 4 @ 101 left 0 maker",
        "1 trade 3 4 @ 101 left 6 taker",
        "1 canceled 3 6 ioc",
        "1 restated 2 to 2 4 @ 85 left 4 stop 95",
        "1 restated 1 to 1 4 @ 110 left 4",
    ];
    check(&desk.send(1, &wide), &expected);
}

#[test]
fn an_entry_without_a_trade_ends_its_exits_the_oldest_first() {
    let mut desk = desk();
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), LOSS);
    limit_leg(&mut desk, 1, Sell, (110, 10), PROFIT);
    let expected = [
        "1 accepted 3 10 @ 110",
        "1 canceled 3 10 no-liquidity",
        "1 canceled 1 10 linked",
        "1 canceled 2 10 linked",
    ];
    check(&market_leg(&mut desk, 1, Buy, 10, ENTRY), &expected);
    exits_again(&mut desk);
    limit_leg(&mut desk, 1, Buy, (99, 10), ENTRY);
    let expected =
        ["1 canceled 6 by 7 10 request", "1 canceled 4 10 linked", "1 canceled 5 10 linked"];
    check(&desk.cancel(1, ClOrdId(6)), &expected);
    assert!(legs(&desk).is_empty());
}

fn exits_again(desk: &mut Desk) {
    limit_leg(desk, 1, Sell, (110, 10), PROFIT);
    stop_leg(desk, 1, Sell, (95, 0, 10), LOSS);
}

#[test]
fn a_part_is_started_when_the_entry_is_canceled() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    // While the entry works, its exits wait, whatever it traded.
    let events = lines(&desk.enter(4, Sell, 99, 3));
    assert_eq!(events.len(), 3);
    let expected = [
        "1 canceled 3 by 4 7 request",
        "1 restated 2 to 2 3 @ 85 left 3 stop 95",
        "1 restated 1 to 1 3 @ 110 left 3",
    ];
    check(&desk.cancel(1, ClOrdId(3)), &expected);
    assert_eq!(counts(&desk, 1), (0, 3, 2));
}

#[test]
fn a_list_is_answered_before_exits_start() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 3);
    let body = pinion_types::command::MassCancel {
        cl_ord_id: desk.id(1),
        scope: MassScope::Session.into(),
        side: pinion_types::SideFilter::Buy.into(),
        ..Default::default()
    };
    let expected = [
        "1 canceled 3 by 4 7 mass-cancel",
        "1 mass-canceled 4 1 code 0",
        "1 restated 2 to 2 3 @ 85 left 3 stop 95",
        "1 restated 1 to 1 3 @ 110 left 3",
    ];
    check(&desk.send(1, &body), &expected);
}

#[test]
fn whole_lists_end_exits_before_their_entry() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 3);
    let expected = [
        "1 canceled 1 by 4 10 mass-cancel",
        "1 canceled 2 by 4 10 mass-cancel",
        "1 canceled 3 by 4 7 mass-cancel",
        "1 mass-canceled 4 3 code 0",
    ];
    check(&desk.mass_cancel(1, MassScope::Session, 0), &expected);
    assert!(legs(&desk).is_empty());
}

#[test]
fn a_stop_that_the_last_trade_reached_is_elected_and_ends_the_profit() {
    let mut desk = desk();
    exits(&mut desk);
    desk.enter(4, Sell, 94, 4);
    desk.enter(5, Buy, 93, 9);
    let events = limit_leg(&mut desk, 1, Buy, (96, 10), ENTRY);
    assert_eq!(lines(&events).len(), 3);
    let expected = [
        "1 canceled 3 by 4 6 request",
        "1 canceled 1 10 linked",
        "1 restated 2 to 2 4 @ 83 left 4 stop 95",
        "3 trade 2 4 @ 93 left 5 maker",
        "1 trade 2 4 @ 93 left 0 taker",
    ];
    check(&desk.cancel(1, ClOrdId(3)), &expected);
    assert_eq!((desk.position(1), legs(&desk).len()), (0, 0));
}

#[test]
fn exits_start_after_the_stops_of_the_trades_that_filled_the_entry() {
    let mut desk = desk();
    exits(&mut desk);
    // The entry sweeps through the trigger of its own stop, up: that is no reason to elect it.
    desk.enter(4, Sell, 94, 5);
    desk.enter(4, Sell, 101, 5);
    desk.stop(2, Buy, (101, 99), 1);
    let events = lines(&limit_leg(&mut desk, 1, Buy, (101, 10), ENTRY));
    assert_eq!(
        events[5..],
        [
            "1 restated 3 to 3 1 @ 99 left 1 stop 101",
            "1 restated 2 to 2 10 @ 85 left 10 stop 95",
            "1 restated 1 to 1 10 @ 110 left 10",
        ]
    );
    assert_eq!(legs(&desk), [(1, 110, OCO, 1), (2, 95, OCO, 2)]);
}

#[test]
fn a_profit_that_trades_at_once_ends_its_stop() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 3);
    desk.enter(5, Buy, 112, 2);
    let expected = [
        "1 canceled 3 by 4 7 request",
        "1 restated 2 to 2 3 @ 85 left 3 stop 95",
        "1 restated 1 to 1 3 @ 110 left 3",
        "3 trade 2 2 @ 112 left 0 maker",
        "1 trade 1 2 @ 112 left 1 taker",
        "1 canceled 2 3 linked",
    ];
    check(&desk.cancel(1, ClOrdId(3)), &expected);
    assert_eq!(legs(&desk), [(1, 110, OCO, 1)]);
}

#[test]
fn one_exit_starts_alone_and_is_linked_no_more() {
    let mut desk = desk();
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), LOSS);
    limit_leg(&mut desk, 1, Buy, (99, 10), ENTRY);
    desk.enter(4, Sell, 99, 10);
    assert!(legs(&desk).is_empty());
    assert_eq!(counts(&desk, 1), (0, 10, 1));
    let events = lines(&trade(&mut desk, 95));
    assert_eq!(events[3], "1 restated 1 to 1 10 @ 85 left 10 stop 95");
    // A profit alone.
    limit_leg(&mut desk, 1, Sell, (110, 10), PROFIT);
    limit_leg(&mut desk, 1, Buy, (99, 10), ENTRY);
    desk.enter(4, Sell, 99, 10);
    assert!(legs(&desk).is_empty());
    assert_eq!(desk.book(Sell), [(3, 110, 10)]);
}

#[test]
fn an_exit_that_ends_leaves_the_other() {
    let mut desk = desk();
    exits(&mut desk);
    check(&desk.cancel(1, ClOrdId(1)), &["1 canceled 1 by 3 10 request"]);
    assert_eq!(legs(&desk), [(2, 95, 2, 3)]);
    limit_leg(&mut desk, 1, Buy, (99, 10), ENTRY);
    check(&desk.cancel(1, ClOrdId(2)), &["1 canceled 2 by 5 10 request"]);
    // The entry is alone, and its group is closed.
    let events = limit_leg(&mut desk, 1, Sell, (110, 10), PROFIT);
    assert_eq!(refusal(&events), RejectCode::LinkGone);
    check(
        &desk.enter(4, Sell, 99, 10)[1..],
        &["1 trade 4 10 @ 99 left 0 maker", "2 trade 2 10 @ 99 left 0 taker"],
    );
    limit_leg(&mut desk, 1, Sell, (110, 10), PROFIT);
    assert_eq!(legs(&desk).len(), 1);
}

#[test]
fn a_refused_profit_leaves_the_stop_which_counts_then() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.done(&LimitsSet { order_notional_max: 10_000_000 - 1, ..unlimited(Scope::Account, 1) });
    let events = lines(&desk.enter(4, Sell, 99, 10));
    let expected = [
        "1 restated 2 to 2 10 @ 85 left 10 stop 95",
        "1 restated 1 to 1 10 @ 110 left 10",
        "1 canceled 1 10 risk",
    ];
    assert_eq!(events[3..], expected);
    assert!(legs(&desk).is_empty());
    assert_eq!(counts(&desk, 1), (0, 10, 1));
    assert_eq!(desk.engine.stops(InstrumentId(1)).count(), 1);
}

#[test]
fn both_may_be_refused() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.done(&LimitsSet { order_qty_max: 9, ..unlimited(Scope::Account, 1) });
    let events = lines(&desk.enter(4, Sell, 99, 10));
    let expected = [
        "1 restated 2 to 2 10 @ 85 left 10 stop 95",
        "1 restated 1 to 1 10 @ 110 left 10",
        "1 canceled 1 10 risk",
        "1 canceled 2 10 risk",
    ];
    assert_eq!(events[3..], expected);
    assert_eq!(counts(&desk, 1), (0, 0, 0));
}

#[test]
fn a_replaced_entry_trades_and_starts() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(4, Sell, 101, 10);
    for qty in [9, 11] {
        let events = desk.replace(1, ClOrdId(3), 99, qty);
        assert_eq!(refusal(&events), RejectCode::LinkMismatch);
    }
    let events = lines(&desk.replace(1, ClOrdId(3), 101, 10));
    assert_eq!(
        events[3..],
        ["1 restated 2 to 2 10 @ 85 left 10 stop 95", "1 restated 1 to 1 10 @ 110 left 10",]
    );
}

#[test]
fn waiting_exits_are_replaced_and_wait_on() {
    let mut desk = desk();
    exits(&mut desk);
    check(&desk.replace(1, ClOrdId(1), 120, 10), &["1 replaced 1 to 3 10 @ 120 left 10 back"]);
    let body = Replace { stop_px: px(119), ..desk.replacement(1, ClOrdId(2), 0, 10) };
    check(&desk.send(1, &body), &["1 replaced 2 to 4 10 @ 109 left 10 back stop 119"]);
    assert_eq!(legs(&desk), [(3, 120, 2, 2), (4, 119, 2, 3)]);
    assert_eq!(counts(&desk, 1), (0, 0, 2));
    let body = Replace { stop_px: px(120), ..desk.replacement(1, ClOrdId(4), 0, 10) };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::LinkMismatch);
    let body = Replace { account: AccountId(2), ..desk.replacement(1, ClOrdId(3), 121, 10) };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::LinkMismatch);
    // Nothing else: it keeps its age.
    let body = desk.replacement(1, ClOrdId(4), 0, 10);
    check(&desk.send(1, &body), &["1 replaced 4 to 7 10 @ 109 left 10 stop 119"]);
}

#[test]
fn prevention_that_takes_the_entry_ends_or_starts_its_exits() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    let order = desk.order_of(1, Sell, 99, 10);
    let order = NewOrder { stp_mode: StpMode::Decrement.into(), ..order };
    let told = lines(&desk.send(1, &order));
    assert_eq!(told[3..], ["1 canceled 1 10 linked", "1 canceled 2 10 linked"]);
    // The taker is the entry.
    let mut desk = self::desk();
    exits(&mut desk);
    desk.enter(4, Sell, 98, 2);
    desk.enter(1, Sell, 99, 20);
    let order = desk.order_of(1, Buy, 99, 10);
    let order = NewOrder { stp_mode: StpMode::CancelNewest.into(), ..order };
    let wide = linked(NewOrderWide { order, extra: NewOrderExtra::default() }, ENTRY);
    let told = lines(&desk.send(1, &wide));
    assert_eq!(
        told[3..],
        [
            "1 canceled 4 8 self-trade",
            "1 restated 2 to 2 2 @ 85 left 2 stop 95",
            "1 restated 1 to 1 2 @ 110 left 2",
        ]
    );
}
