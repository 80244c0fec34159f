//! Brackets: exits wait for what their entry trades.

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{
    AccountRisk, DayRoll, Disconnect, InstrumentRules, LimitsSet, NewOrder, NewOrderExtra,
    NewOrderWide, Replace, RoomChange, StateChange,
};
use pinion_types::{
    AccountId, ClOrdId, Command, ConnectionId, InstrumentId, MassScope, OrdStatus, OrdType,
    RejectCode, Scope, SessionId, StpMode, TimeInForce, TradingState,
};

use crate::legs::{
    BRACKET, OCO, counts, desk, legs, limit_leg, linked, market_leg, stop_leg, trade,
};
use crate::support::{Desk, GATEWAY, check, lines, mark, no_risk, px, refusal, unlimited};

const ENTRY: (u64, u8, u8) = (7, BRACKET, 1);
const PROFIT: (u64, u8, u8) = (7, BRACKET, 2);
const LOSS: (u64, u8, u8) = (7, BRACKET, 3);

/// Exits of account 1: it sells 10 at 110, or stops at 95 (ids 1 and 2).
fn exits(desk: &mut Desk) {
    check(&limit_leg(desk, 1, Sell, (110, 10), PROFIT), &["1 accepted 1 10 @ 110"]);
    check(&stop_leg(desk, 1, Sell, (95, 0, 10), LOSS), &["1 accepted 2 10 @ 85 stop 95"]);
}

/// The entry, which rests (id 3).
fn entry(desk: &mut Desk) {
    check(&limit_leg(desk, 1, Buy, (99, 10), ENTRY), &["1 accepted 3 10 @ 99"]);
}

fn into(desk: &mut Desk, state: TradingState) -> Vec<String> {
    let instrument = InstrumentId(1);
    let state = state.into();
    lines(&desk.control(&StateChange { instrument, state, ..StateChange::default() }))
}

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
fn a_disconnect_ends_the_day_orders_and_starts_what_stays() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    for (is_stop, place) in [(false, PROFIT), (true, LOSS)] {
        let gtc = TimeInForce::GoodTillCancel.into();
        let mut wide =
            NewOrderWide { order: desk.order_of(1, Sell, 110, 10), ..NewOrderWide::default() };
        if is_stop {
            wide.order.ord_type = OrdType::Stop.into();
            wide.order.px = px(0);
            wide.extra.stop_px = px(95);
        }
        wide.order.time_in_force = gtc;
        desk.send(1, &linked(wide, place));
    }
    let order = desk.order_of(1, Buy, 99, 10);
    let order = NewOrder { cod: pinion_types::codes::OrderCod::Cancel.into(), ..order };
    desk.send(1, &linked(NewOrderWide { order, ..NewOrderWide::default() }, ENTRY));
    desk.enter(4, Sell, 99, 3);
    let body = Disconnect { connection: ConnectionId(1), ..Disconnect::default() };
    let mut command = Command::new(SessionId(1), 0, &body);
    command.set_source(GATEWAY);
    let told = lines(&desk.apply(&command));
    assert_eq!(told[0], "1 canceled 3 7 disconnect");
    assert_eq!(
        told[told.len() - 2..],
        ["1 restated 2 to 2 3 @ 85 left 3 stop 95", "1 restated 1 to 1 3 @ 110 left 3",]
    );
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
fn an_uncross_starts_exits_in_the_new_state() {
    let mut desk = desk();
    exits(&mut desk);
    into(&mut desk, TradingState::OpeningAuction);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 10);
    let told = into(&mut desk, TradingState::Continuous);
    assert_eq!(
        told[2..],
        [
            "state 1 continuous",
            "1 restated 2 to 2 10 @ 85 left 10 stop 95",
            "1 restated 1 to 1 10 @ 110 left 10",
            "done 0 code 0",
        ]
    );
}

#[test]
fn exits_stand_where_orders_collect_and_end_where_none_are_taken() {
    for (state, starts) in [
        (TradingState::PreOpen, true),
        (TradingState::ClosingAuction, true),
        (TradingState::Halted, false),
        (TradingState::PostClose, false),
    ] {
        let mut desk = desk();
        exits(&mut desk);
        entry(&mut desk);
        desk.enter(4, Sell, 99, 3);
        into(&mut desk, state);
        let told = lines(&desk.cancel(1, ClOrdId(3)));
        if starts {
            assert_eq!(legs(&desk), [(1, 110, OCO, 1), (2, 95, OCO, 2)], "{state}");
            assert_eq!(desk.book(Sell), [(1, 110, 3)]);
        } else {
            let ends = ["1 canceled 1 10 linked", "1 canceled 2 10 linked"];
            assert_eq!(told[1..], ends, "{state}");
        }
    }
}

#[test]
fn a_stop_that_starts_where_orders_collect_is_elected_when_trading_goes_on() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 3);
    trade(&mut desk, 100);
    desk.enter(5, Buy, 94, 1);
    into(&mut desk, TradingState::ClosingAuction);
    desk.enter(4, Sell, 90, 9);
    desk.cancel(1, ClOrdId(3));
    assert_eq!(legs(&desk).len(), 2);
    let told = into(&mut desk, TradingState::Continuous);
    assert!(told.contains(&"1 canceled 1 3 linked".to_string()), "{told:?}");
}

#[test]
fn exits_end_while_the_logs_are_short_of_room() {
    let mut desk = desk();
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 3);
    let short = RoomChange { is_short: 1, ..RoomChange::default() };
    desk.apply(&Command::new(SessionId(0), 0, &short));
    let told = lines(&desk.cancel(1, ClOrdId(3)));
    assert_eq!(told[1..], ["1 canceled 1 10 linked", "1 canceled 2 10 linked"]);
}

#[test]
fn starts_count_as_elections_and_halt_when_there_are_too_many() {
    let mut desk = desk();
    desk.done(&InstrumentRules {
        instrument: InstrumentId(1),
        elections_max: 1,
        ..InstrumentRules::default()
    });
    for link in [1, 2] {
        limit_leg(&mut desk, 1, Sell, (110, 2), (link, BRACKET, 2));
        stop_leg(&mut desk, 1, Sell, (95, 0, 2), (link, BRACKET, 3));
        limit_leg(&mut desk, 1, Buy, (99, 2), (link, BRACKET, 1));
    }
    let told = lines(&desk.enter(4, Sell, 99, 4));
    assert_eq!(
        told[5..],
        [
            "1 restated 2 to 2 2 @ 85 left 2 stop 95",
            "1 restated 1 to 1 2 @ 110 left 2",
            "state 1 halted",
            "1 canceled 4 2 linked",
            "1 canceled 5 2 linked",
        ]
    );
}

#[test]
fn a_broken_range_starts_exits_in_its_auction() {
    let mut desk = desk();
    desk.done(&InstrumentRules {
        instrument: InstrumentId(1),
        range_bps: 200,
        auction_ms: 10,
        ..InstrumentRules::default()
    });
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(5, Buy, 90, 9);
    // The last of it would trade too far away.
    let told = lines(&desk.enter(4, Sell, 90, 12));
    let state = told.iter().position(|it| it == "state 1 opening-auction").expect("an auction");
    assert_eq!(
        told[state + 1..state + 3],
        ["1 restated 2 to 2 10 @ 85 left 10 stop 95", "1 restated 1 to 1 10 @ 110 left 10",]
    );
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

#[test]
fn the_end_of_the_day_starts_what_outlives_it() {
    let mut desk = desk();
    let order = desk.order_of(1, Sell, 110, 10);
    let order = NewOrder { time_in_force: TimeInForce::GoodTillCancel.into(), ..order };
    desk.send(1, &linked(NewOrderWide { order, ..NewOrderWide::default() }, PROFIT));
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), LOSS);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 3);
    let told = lines(&desk.control(&DayRoll { day: 30_000, ..DayRoll::default() }));
    let own: Vec<_> = told.iter().filter(|it| it.starts_with("1 ")).collect();
    assert_eq!(
        own,
        ["1 canceled 2 10 expired", "1 canceled 3 7 expired", "1 restated 1 to 1 3 @ 110 left 3",]
    );
}

#[test]
fn a_close_only_account_starts_what_reduces() {
    let mut desk = desk();
    desk.done(&mark(1, 99));
    desk.done(&AccountRisk { daily_loss_max: 50_000, ..no_risk(1) });
    exits(&mut desk);
    entry(&mut desk);
    desk.enter(4, Sell, 99, 8);
    let told = lines(&desk.control(&mark(1, 98)));
    let place = told.iter().position(|it| it == "1 canceled 3 2 close-only").expect("the entry");
    assert_eq!(
        told[place + 1..],
        ["1 restated 2 to 2 8 @ 85 left 8 stop 95", "1 restated 1 to 1 8 @ 110 left 8",]
    );
}
