//! Pairs of which one ends the other.

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{
    AccountRisk, DayRoll, Kill, NewOrder, NewOrderExtra, NewOrderWide, Replace, StateChange, Timer,
};
use pinion_types::{
    AccountId, ClOrdId, InstrumentId, KillAction, MassScope, Nanos, Qty, RejectCode, Scope,
    StpMode, TimeInForce, TradingState,
};

use crate::legs::{OCO, counts, desk, legs, limit_leg, linked, stop_leg, trade};
use crate::support::{Desk, cash_account, check, deposit, lines, mark, no_risk, px, refusal};

const LIMIT: (u64, u8, u8) = (7, OCO, 1);
const STOP: (u64, u8, u8) = (7, OCO, 2);

/// A pair of account 1: it sells 10 at 105, or stops at 95.
fn pair(desk: &mut Desk) {
    check(&limit_leg(desk, 1, Sell, (105, 10), LIMIT), &["1 accepted 1 10 @ 105"]);
    check(&stop_leg(desk, 1, Sell, (95, 0, 10), STOP), &["1 accepted 2 10 @ 85 stop 95"]);
}

fn done(desk: &mut Desk, state: TradingState) -> Vec<String> {
    let body =
        StateChange { instrument: InstrumentId(1), state: state.into(), ..StateChange::default() };
    lines(&desk.control(&body))
}

#[test]
fn one_of_a_pair_counts() {
    let mut desk = desk();
    pair(&mut desk);
    assert_eq!(counts(&desk, 1), (0, 10, 2));
    assert_eq!(legs(&desk), [(1, 105, OCO, 1), (2, 95, OCO, 2)]);
    let account = desk.engine.account(AccountId(1)).expect("an account");
    assert_eq!((account.open_orders, account.open_notional), (2, i128::from(px(1_050).0)));
}

#[test]
fn the_first_trade_of_the_limit_ends_the_stop() {
    let mut desk = desk();
    pair(&mut desk);
    let events = desk.enter(4, Buy, 105, 3);
    let expected = [
        "2 accepted 2 3 @ 105",
        "1 trade 1 3 @ 105 left 7 maker",
        "2 trade 2 3 @ 105 left 0 taker",
        "1 canceled 2 10 linked",
    ];
    check(&events, &expected);
    // The limit stays in a group that nobody joins any more.
    assert_eq!(legs(&desk), [(1, 105, OCO, 1)]);
    let events = stop_leg(&mut desk, 1, Sell, (95, 0, 10), STOP);
    assert_eq!(refusal(&events), RejectCode::LinkGone);
    let events = limit_leg(&mut desk, 1, Sell, (105, 10), LIMIT);
    assert_eq!(refusal(&events), RejectCode::LinkGone);
}

#[test]
fn the_mate_ends_before_stops_are_elected() {
    let mut desk = desk();
    pair(&mut desk);
    desk.stop(2, Buy, (105, 106), 1);
    let events = desk.enter(4, Buy, 105, 10);
    let expected = [
        "2 accepted 2 10 @ 105",
        "1 trade 1 10 @ 105 left 0 maker",
        "2 trade 2 10 @ 105 left 0 taker",
        "1 canceled 2 10 linked",
        "1 restated 3 to 3 1 @ 106 left 1 stop 105",
    ];
    check(&events, &expected);
    assert!(legs(&desk).is_empty());
}

#[test]
fn a_stop_that_is_elected_ends_the_limit_first_and_counts_then() {
    let mut desk = desk();
    pair(&mut desk);
    desk.enter(5, Buy, 94, 4);
    desk.enter(5, Sell, 95, 1);
    let events = desk.enter(4, Buy, 95, 1);
    let expected = [
        "2 accepted 2 1 @ 95",
        "3 trade 3 1 @ 95 left 0 maker",
        "2 trade 2 1 @ 95 left 0 taker",
        "1 canceled 1 10 linked",
        "1 restated 2 to 2 10 @ 84 left 10 stop 95",
        "3 trade 2 4 @ 94 left 0 maker",
        "1 trade 2 4 @ 94 left 6 taker",
        "1 canceled 2 6 market",
    ];
    check(&events, &expected);
    assert_eq!(counts(&desk, 1), (0, 0, 0));
}

#[test]
fn an_elected_stop_limit_is_linked_no_more() {
    let mut desk = desk();
    limit_leg(&mut desk, 1, Buy, (95, 5), LIMIT);
    stop_leg(&mut desk, 1, Buy, (104, 103, 5), STOP);
    let events = trade(&mut desk, 104);
    let expected = [
        "2 accepted 2 1 @ 104",
        "3 trade 2 1 @ 104 left 0 maker",
        "2 trade 2 1 @ 104 left 0 taker",
        "1 canceled 1 5 linked",
        "1 restated 2 to 2 5 @ 103 left 5 stop 104",
    ];
    check(&events, &expected);
    assert!(legs(&desk).is_empty());
    assert_eq!(counts(&desk, 1), (5, 0, 1));
    // The id is free.
    limit_leg(&mut desk, 1, Buy, (95, 5), LIMIT);
    assert_eq!(legs(&desk).len(), 1);
}

#[test]
fn any_cancel_ends_both() {
    for first in [1, 2] {
        let mut desk = desk();
        pair(&mut desk);
        let events = desk.cancel(1, ClOrdId(first));
        let asked = format!("1 canceled {first} by 3 10 request");
        check(&events, &[&asked, &format!("1 canceled {} 10 linked", 3 - first)]);
        assert!(legs(&desk).is_empty());
    }
}

#[test]
fn a_list_skips_who_went_as_a_mate_and_counts_it() {
    let mut desk = desk();
    pair(&mut desk);
    let events = desk.mass_cancel(1, MassScope::Session, 0);
    let expected = [
        "1 canceled 1 by 3 10 mass-cancel",
        "1 canceled 2 10 linked",
        "1 mass-canceled 3 2 code 0",
    ];
    check(&events, &expected);
    pair_again(&mut desk, 4);
    let kill = Kill {
        scope: Scope::Account.into(),
        action: KillAction::BlockAndCancel.into(),
        id: 1,
        ..Kill::default()
    };
    let expected = ["1 canceled 4 10 kill", "1 canceled 5 10 linked", "done 2 code 0"];
    check(&desk.control(&kill), &expected);
}

fn pair_again(desk: &mut Desk, first: u64) {
    limit_leg(desk, 1, Sell, (105, 10), LIMIT);
    stop_leg(desk, 1, Sell, (95, 0, 10), STOP);
    assert_eq!(legs(desk)[0].0, first);
}

#[test]
fn an_end_of_its_own_takes_the_mate_along() {
    let mut desk = desk();
    let order = desk.order_of(1, Sell, 105, 10);
    let order = NewOrder { time_in_force: TimeInForce::GoodTillDate.into(), ..order };
    let expire_time = Nanos(desk.now.0 + 5);
    let extra = NewOrderExtra { expire_time, ..NewOrderExtra::default() };
    desk.send(1, &linked(NewOrderWide { order, extra }, LIMIT));
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), STOP);
    desk.now.0 += 9;
    let expected = ["1 canceled 1 10 expired", "1 canceled 2 10 linked"];
    check(&desk.control(&Timer::default()), &expected);
    // The day ends one, and by that the other, which would have stayed.
    let order = desk.order_of(1, Sell, 105, 10);
    let order = NewOrder { time_in_force: TimeInForce::GoodTillCancel.into(), ..order };
    desk.send(1, &linked(NewOrderWide { order, ..NewOrderWide::default() }, LIMIT));
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), STOP);
    let roll = DayRoll { day: 30_000, ..DayRoll::default() };
    let events = lines(&desk.control(&roll));
    assert_eq!(events[..2], ["1 canceled 4 10 expired", "1 canceled 3 10 linked"]);
}

#[test]
fn a_close_ends_both_before_it_is_told() {
    let mut desk = desk();
    pair(&mut desk);
    let expected =
        ["1 canceled 1 10 expired", "1 canceled 2 10 linked", "state 1 closed", "done 0 code 0"];
    assert_eq!(done(&mut desk, TradingState::Closed), expected);
}

#[test]
fn self_trade_prevention_ends_the_mate_when_the_matching_is_over() {
    for mode in [StpMode::CancelOldest, StpMode::Decrement] {
        let mut desk = desk();
        pair(&mut desk);
        desk.enter(4, Sell, 106, 5);
        let order = desk.order_of(1, Buy, 106, 12);
        let events = desk.send(1, &NewOrder { stp_mode: mode.into(), ..order });
        let told = lines(&events);
        assert!(told[1].starts_with("1 canceled 1 "), "{told:?}");
        // After the trades of the one that came in.
        let place = told.iter().position(|it| it == "1 canceled 2 10 linked").expect("it ends");
        let last = told.iter().rposition(|it| it.contains("trade")).expect("a trade");
        assert!(place > last, "{told:?}");
    }
}

#[test]
fn decrement_leaves_the_stop_as_it_is() {
    let mut desk = desk();
    pair(&mut desk);
    let order = desk.order_of(1, Buy, 106, 4);
    desk.send(1, &NewOrder { stp_mode: StpMode::Decrement.into(), ..order });
    assert_eq!(legs(&desk), [(1, 105, OCO, 1), (2, 95, OCO, 2)]);
    let stop = desk.engine.stops(InstrumentId(1)).next().expect("the stop");
    assert_eq!((stop.leaves, stop.cum), (Qty(10), Qty(0)));
}

#[test]
fn several_pairs_end_in_the_order_of_their_trades() {
    let mut desk = desk();
    for (link, whole) in [(1, 106), (2, 105)] {
        limit_leg(&mut desk, 1, Sell, (whole, 2), (link, OCO, 1));
        stop_leg(&mut desk, 1, Sell, (95, 0, 2), (link, OCO, 2));
    }
    let events = lines(&desk.enter(4, Buy, 106, 3));
    assert_eq!(events[5..], ["1 canceled 4 2 linked", "1 canceled 2 2 linked"]);
}

#[test]
fn an_uncross_ends_mates_before_the_state_changes() {
    let mut desk = desk();
    pair(&mut desk);
    done(&mut desk, TradingState::OpeningAuction);
    desk.enter(4, Buy, 105, 4);
    let told = done(&mut desk, TradingState::Continuous);
    let expected = [
        "2 trade 2 4 @ 105 left 0 auction",
        "1 trade 1 4 @ 105 left 6 auction",
        "1 canceled 2 10 linked",
        "state 1 continuous",
        "done 0 code 0",
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_auction_that_elects_the_stop_ends_the_limit() {
    let mut desk = desk();
    pair(&mut desk);
    done(&mut desk, TradingState::OpeningAuction);
    desk.enter(5, Buy, 94, 20);
    desk.enter(4, Sell, 94, 1);
    let told = done(&mut desk, TradingState::Continuous);
    assert_eq!(told[..2], ["1 canceled 1 10 linked", "1 restated 2 to 2 10 @ 85 left 10 stop 95"]);
    assert!(legs(&desk).is_empty());
    assert_eq!(desk.position(1), -10);
}

#[test]
fn a_replace_keeps_the_pair_and_may_trade() {
    let mut desk = desk();
    pair(&mut desk);
    check(&desk.replace(1, ClOrdId(1), 104, 10), &["1 replaced 1 to 3 10 @ 104 left 10 back"]);
    assert_eq!(legs(&desk), [(2, 95, OCO, 2), (3, 104, OCO, 1)]);
    let body = desk.replacement(1, ClOrdId(2), 0, 10);
    let body = Replace { stop_px: px(96), ..body };
    check(&desk.send(1, &body), &["1 replaced 2 to 4 10 @ 86 left 10 back stop 96"]);
    assert_eq!(legs(&desk), [(3, 104, OCO, 1), (4, 96, OCO, 2)]);
    assert_eq!(counts(&desk, 1), (0, 10, 2));
    desk.enter(4, Buy, 101, 2);
    let events = desk.replace(1, ClOrdId(3), 101, 10);
    let expected = [
        "1 replaced 3 to 5 10 @ 101 left 10 back",
        "2 trade 2 2 @ 101 left 0 maker",
        "1 trade 5 2 @ 101 left 8 taker",
        "1 canceled 4 10 linked",
    ];
    check(&events, &expected);
    assert_eq!(legs(&desk), [(5, 101, OCO, 1)]);
}

#[test]
fn a_replace_that_breaks_the_pair_is_refused() {
    let mut desk = desk();
    pair(&mut desk);
    // Another quantity, another account, a price beyond the other's.
    for (whole, qty, account) in [(105, 9, 0), (105, 11, 0), (105, 10, 2), (95, 10, 0)] {
        let body = desk.replacement(1, ClOrdId(1), whole, qty);
        let account = AccountId(account);
        let body = Replace { account, ..body };
        assert_eq!(refusal(&desk.send(1, &body)), RejectCode::LinkMismatch, "{whole} {qty}");
    }
    let body = desk.replacement(1, ClOrdId(2), 0, 10);
    let body = Replace { stop_px: px(105), ..body };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::LinkMismatch);
    let body = Replace { cl_ord_id: desk.id(1), stop_px: px(101), ..body };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::WouldTrigger);
    let body = Replace { cl_ord_id: desk.id(1), display_qty: Qty(2), ..body };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::IllegalTypeAndTif);
    assert_eq!(legs(&desk), [(1, 105, OCO, 1), (2, 95, OCO, 2)]);
}

#[test]
fn cash_holds_one_of_a_pair_and_asks_for_the_other_when_it_is_elected() {
    let mut desk = desk();
    desk.done(&cash_account(1, 1));
    desk.done(&deposit(1, 1_000));
    limit_leg(&mut desk, 1, Buy, (95, 10), LIMIT);
    assert_eq!(desk.cash(1).1, 9_500_000);
    // At 103 it could not be paid: asked when it is elected.
    stop_leg(&mut desk, 1, Buy, (103, 103, 10), STOP);
    assert_eq!(desk.cash(1).1, 9_500_000);
    let events = lines(&trade(&mut desk, 103));
    let expected = [
        "1 canceled 1 10 linked",
        "1 restated 2 to 2 10 @ 103 left 10 stop 103",
        "1 canceled 2 10 risk",
    ];
    assert_eq!(events[3..], expected);
    assert_eq!(desk.cash(1).1, 0);
}

#[test]
fn a_close_only_account_keeps_the_pair_that_reduces() {
    let mut desk = desk();
    desk.done(&mark(1, 100));
    desk.done(&AccountRisk { daily_loss_max: 50_000, ..no_risk(1) });
    desk.enter(5, Sell, 100, 10);
    desk.enter(1, Buy, 100, 10);
    limit_leg(&mut desk, 1, Sell, (105, 10), LIMIT);
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), STOP);
    limit_leg(&mut desk, 1, Buy, (90, 2), (8, OCO, 1));
    stop_leg(&mut desk, 1, Buy, (120, 0, 2), (8, OCO, 2));
    let told = lines(&desk.control(&mark(1, 98)));
    assert_eq!(told[told.len() - 2..], ["1 canceled 4 2 close-only", "1 canceled 5 2 linked"]);
    assert_eq!(legs(&desk).len(), 2);
}
