//! Stops and icebergs where everybody trades at one price.

mod support;

use pinion_types::command::{
    InstrumentDef, InstrumentRules, NewOrder, NewOrderExtra, NewOrderWide, StateChange,
};
use pinion_types::{Event, InstrumentId, OrdType, Px, Qty, Side, TradingState};
use support::{Desk, check, px};

use Side::{Buy, Sell};
use TradingState::{ClosingAuction, Continuous, Halted, OpeningAuction, PostClose};

fn enter(desk: &mut Desk, state: TradingState) -> Vec<Event> {
    let body =
        StateChange { instrument: InstrumentId(1), state: state.into(), ..StateChange::default() };
    desk.control(&body)
}

fn desk_in(state: TradingState) -> Desk {
    let mut desk = Desk::new();
    enter(&mut desk, state);
    desk
}

/// A stop of session 1, with a limit or without.
fn stop(desk: &mut Desk, side: Side, trigger: i64, limit: Option<i64>, qty: u64) -> Vec<Event> {
    let ord_type = if limit.is_some() { OrdType::StopLimit } else { OrdType::Stop };
    let order = NewOrder {
        ord_type: ord_type.into(),
        px: limit.map_or(Px(0), px),
        ..desk.limit(side, 1, qty)
    };
    let extra = NewOrderExtra { stop_px: px(trigger), ..NewOrderExtra::default() };
    desk.send(1, &NewOrderWide { order, extra })
}

fn iceberg(desk: &mut Desk, side: Side, whole: i64, qty: u64, display: u64) -> Vec<Event> {
    let order = desk.limit(side, whole, qty);
    let extra = NewOrderExtra { display_qty: Qty(display), ..NewOrderExtra::default() };
    desk.send(1, &NewOrderWide { order, extra })
}

#[test]
fn stops_that_the_price_reaches_trade_with_it_and_may_move_it() {
    let mut desk = desk_in(OpeningAuction);
    desk.enter(4, Buy, 101, 10);
    for (whole, qty) in [(100, 10), (102, 5)] {
        desk.enter(5, Sell, whole, qty);
    }
    // 101 elects the first, whose 12 at 103 move the price to 102, which elects the second; nobody
    // elects the third. A sell that waits for 90 stays too.
    stop(&mut desk, Buy, 99, Some(103), 12);
    stop(&mut desk, Buy, 102, Some(102), 1);
    stop(&mut desk, Buy, 103, Some(110), 5);
    stop(&mut desk, Sell, 90, Some(80), 5);
    check(
        &enter(&mut desk, Continuous),
        &[
            "1 restated 1 to 1 12 @ 103 left 12 stop 99",
            "1 restated 2 to 2 1 @ 102 left 1 stop 102",
            "1 trade 1 10 @ 102 left 2 auction",
            "3 trade 1 10 @ 102 left 0 auction",
            "1 trade 1 2 @ 102 left 0 auction",
            "3 trade 2 2 @ 102 left 3 auction",
            "1 trade 2 1 @ 102 left 0 auction",
            "3 trade 2 1 @ 102 left 2 auction",
            "state 1 continuous",
            "done 0 code 0",
        ],
    );
}

#[test]
fn the_nearest_is_elected_first_then_the_oldest() {
    let mut desk = desk_in(OpeningAuction);
    desk.enter(4, Buy, 100, 1);
    desk.enter(5, Sell, 100, 1);
    for (side, trigger) in [(Buy, 97), (Sell, 102), (Buy, 99), (Buy, 99), (Sell, 101)] {
        let limit = if side == Buy { 90 } else { 110 };
        stop(&mut desk, side, trigger, Some(limit), 1);
    }
    check(
        &enter(&mut desk, Continuous),
        &[
            "1 restated 3 to 3 1 @ 90 left 1 stop 99",
            "1 restated 4 to 4 1 @ 90 left 1 stop 99",
            "1 restated 5 to 5 1 @ 110 left 1 stop 101",
            "1 restated 2 to 2 1 @ 110 left 1 stop 102",
            "1 restated 1 to 1 1 @ 90 left 1 stop 97",
            "2 trade 1 1 @ 100 left 0 auction",
            "3 trade 1 1 @ 100 left 0 auction",
            "state 1 continuous",
            "done 0 code 0",
        ],
    );
}

#[test]
fn a_stop_without_a_limit_stands_at_its_protection_and_stays() {
    let mut desk = desk_in(OpeningAuction);
    desk.enter(4, Buy, 100, 4);
    desk.enter(5, Sell, 100, 6);
    stop(&mut desk, Buy, 98, None, 7);
    check(
        &enter(&mut desk, Continuous),
        &[
            "1 restated 1 to 1 7 @ 108 left 7 stop 98",
            "1 trade 1 6 @ 108 left 1 auction",
            "3 trade 1 6 @ 108 left 0 auction",
            "state 1 continuous",
            "done 0 code 0",
        ],
    );
    assert_eq!(desk.book(Buy), [(1, 108, 1), (1, 100, 4)]);
}

#[test]
fn no_price_elects_nobody_and_only_continuous_trading_asks() {
    let mut desk = desk_in(OpeningAuction);
    desk.enter(4, Buy, 99, 4);
    desk.enter(5, Sell, 100, 6);
    stop(&mut desk, Buy, 90, None, 5);
    check(&enter(&mut desk, Continuous), &["state 1 continuous", "done 0 code 0"]);
    let mut desk = desk_in(ClosingAuction);
    desk.enter(4, Buy, 100, 4);
    desk.enter(5, Sell, 100, 4);
    stop(&mut desk, Buy, 90, None, 5);
    check(
        &enter(&mut desk, PostClose),
        &[
            "2 trade 1 4 @ 100 left 0 auction",
            "3 trade 1 4 @ 100 left 0 auction",
            "state 1 post-close",
            "done 0 code 0",
        ],
    );
    // The price is the last trade: whom it reached is elected where trading goes on.
    check(
        &enter(&mut desk, Continuous),
        &[
            "state 1 continuous",
            "1 restated 1 to 1 5 @ 110 left 5 stop 90",
            "1 canceled 1 5 market",
            "done 0 code 0",
        ],
    );
}

#[test]
fn who_fails_by_the_auctions_price_is_canceled() {
    let mut desk = Desk::new();
    desk.done(&InstrumentDef { collar_ticks: 3, ..support::instrument(1) });
    enter(&mut desk, OpeningAuction);
    desk.enter(4, Buy, 100, 4);
    desk.enter(5, Sell, 100, 4);
    stop(&mut desk, Buy, 99, Some(104), 5);
    stop(&mut desk, Buy, 98, Some(103), 5);
    check(
        &enter(&mut desk, Continuous),
        &[
            "1 restated 1 to 1 5 @ 104 left 5 stop 99",
            "1 canceled 1 5 risk",
            "1 restated 2 to 2 5 @ 103 left 5 stop 98",
            "1 trade 2 4 @ 103 left 1 auction",
            "3 trade 1 4 @ 103 left 0 auction",
            "state 1 continuous",
            "done 0 code 0",
        ],
    );
}

#[test]
fn more_than_a_command_may_elect_halts_after_the_uncross() {
    let mut desk = Desk::new();
    let instrument = InstrumentId(1);
    desk.done(&InstrumentRules { instrument, elections_max: 2, ..InstrumentRules::default() });
    enter(&mut desk, OpeningAuction);
    desk.enter(4, Buy, 100, 1);
    desk.enter(5, Sell, 100, 1);
    for trigger in [97, 98, 99] {
        stop(&mut desk, Buy, trigger, Some(90), 1);
    }
    let events = enter(&mut desk, Continuous);
    check(
        &events,
        &[
            "1 restated 3 to 3 1 @ 90 left 1 stop 99",
            "1 restated 2 to 2 1 @ 90 left 1 stop 98",
            "2 trade 1 1 @ 100 left 0 auction",
            "3 trade 1 1 @ 100 left 0 auction",
            "state 1 continuous",
            "state 1 halted",
            "done 0 code 0",
        ],
    );
    let view = desk.engine.instrument(InstrumentId(1));
    assert_eq!(view.map(|it| it.state), Some(Halted));
}

#[test]
fn stops_are_taken_where_orders_collect_and_tell_nothing() {
    let mut desk = desk_in(OpeningAuction);
    desk.enter(4, Buy, 100, 1);
    assert_eq!(stop(&mut desk, Buy, 110, None, 5).len(), 1);
    let id = desk.last_id(1);
    assert_eq!(desk.cancel(1, id).len(), 1);
}

#[test]
fn a_broken_range_ends_elections() {
    let mut desk = Desk::new();
    let instrument = InstrumentId(1);
    desk.done(&InstrumentRules {
        instrument,
        range_bps: 300,
        auction_ms: 5,
        ..InstrumentRules::default()
    });
    desk.enter(5, Sell, 100, 1);
    desk.enter(4, Buy, 100, 1);
    for whole in [102, 106] {
        desk.enter(5, Sell, whole, 1);
    }
    stop(&mut desk, Buy, 102, None, 5);
    stop(&mut desk, Buy, 102, None, 5);
    check(
        &desk.enter(4, Buy, 102, 1),
        &[
            "2 accepted 2 1 @ 102",
            "3 trade 2 1 @ 102 left 0 maker",
            "2 trade 2 1 @ 102 left 0 taker",
            "1 restated 1 to 1 5 @ 116 left 5 stop 102",
            "1 canceled 1 5 execution-range",
            "state 1 opening-auction",
        ],
    );
    assert_eq!(desk.engine.order_count(), 2, "the offer and the stop that still waits");
}

#[test]
fn an_iceberg_trades_whole_and_shows_a_fresh_part_where_it_stood() {
    let mut desk = desk_in(OpeningAuction);
    iceberg(&mut desk, Sell, 100, 10, 2);
    desk.enter(5, Sell, 100, 3);
    desk.enter(4, Buy, 100, 7);
    check(
        &enter(&mut desk, Continuous),
        &[
            "2 trade 1 7 @ 100 left 0 auction",
            "1 trade 1 7 @ 100 left 3 auction",
            "state 1 continuous",
            "done 0 code 0",
        ],
    );
    let top = desk.engine.top_of_book(InstrumentId(1)).expect("an instrument");
    assert_eq!(top.ask_qty, Qty(5), "2 of 3 show, and the 3 behind");
    // It is still before the other, which came later.
    check(
        &desk.enter(4, Buy, 100, 1),
        &[
            "2 accepted 2 1 @ 100",
            "1 trade 1 1 @ 100 left 2 maker",
            "2 trade 2 1 @ 100 left 0 taker",
        ],
    );
    // Filled whole, with more hidden than shown.
    let mut desk = desk_in(OpeningAuction);
    iceberg(&mut desk, Sell, 100, 10, 2);
    desk.enter(5, Sell, 100, 3);
    desk.enter(4, Buy, 100, 12);
    enter(&mut desk, Continuous);
    assert_eq!(desk.book(Sell), [(1, 100, 1)]);
}

#[test]
fn an_auction_counts_what_icebergs_hide() {
    let mut desk = desk_in(OpeningAuction);
    iceberg(&mut desk, Sell, 100, 10, 2);
    let told = "auction 1 opening-auction 7 @ 100 surplus 3 sell";
    check(&desk.enter(4, Buy, 100, 7), &["2 accepted 1 7 @ 100", told]);
    let id = desk.last_id(1);
    let told = "auction 1 opening-auction 7 @ 100 surplus 1 sell";
    let replaced = desk.replace(1, id, 100, 8);
    assert_eq!(support::lines(&replaced)[1], told);
}
