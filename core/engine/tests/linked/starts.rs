//! Where and when exits start, and where they end instead.

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{
    AccountRisk, DayRoll, Disconnect, InstrumentRules, NewOrder, NewOrderWide, RoomChange,
    StateChange,
};
use pinion_types::{
    ClOrdId, Command, ConnectionId, InstrumentId, OrdType, SessionId, TimeInForce, TradingState,
};

use crate::legs::{
    BRACKET, ENTRY, LOSS, OCO, PROFIT, desk, entry, exits, legs, limit_leg, linked, stop_leg, trade,
};
use crate::support::{Desk, GATEWAY, lines, mark, no_risk, px};

fn into(desk: &mut Desk, state: TradingState) -> Vec<String> {
    let instrument = InstrumentId(1);
    let state = state.into();
    lines(&desk.control(&StateChange { instrument, state, ..StateChange::default() }))
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
