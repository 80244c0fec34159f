//! Self-trade prevention: the taker's instruction, order by order, by group.

mod support;

use pinion_types::command::{AccountDef, NewOrder};
use pinion_types::{RejectCode, Side, StpMode, TimeInForce};
use support::{Desk, account, check, refusal};

use Side::{Buy, Sell};

/// Offers of account 4 (1 @ 100) and account 1 (3 @ 100, 2 @ 101), in this order.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.enter(4, Sell, 100, 1);
    desk.enter(1, Sell, 100, 3);
    desk.enter(1, Sell, 101, 2);
    desk
}

fn buy(desk: &mut Desk, mode: StpMode, whole: i64, qty: u64) -> NewOrder {
    NewOrder { stp_mode: mode.into(), ..desk.limit(Buy, whole, qty) }
}

const FIRST: [&str; 2] = ["2 trade 1 1 @ 100 left 0 maker", "1 trade 3 1 @ 100 left 4 taker"];

#[test]
fn none_trades_with_itself() {
    let mut desk = desk();
    let order = buy(&mut desk, StpMode::None, 100, 4);
    check(
        &desk.send(1, &order),
        &[
            "1 accepted 3 4 @ 100",
            "2 trade 1 1 @ 100 left 0 maker",
            "1 trade 3 1 @ 100 left 3 taker",
            "1 trade 1 3 @ 100 left 0 maker",
            "1 trade 3 3 @ 100 left 0 taker",
        ],
    );
    assert_eq!(desk.position(1), 1);
}

#[test]
fn cancel_newest_cancels_the_rest_of_the_taker_and_earlier_fills_stand() {
    let mut desk = desk();
    let order = buy(&mut desk, StpMode::CancelNewest, 101, 5);
    let events = desk.send(1, &order);
    check(&events, &["1 accepted 3 5 @ 101", FIRST[0], FIRST[1], "1 canceled 3 4 self-trade"]);
    assert_eq!(desk.book(Sell), [(1, 100, 3), (2, 101, 2)]);
}

#[test]
fn cancel_oldest_cancels_the_makers_and_goes_on() {
    let mut desk = desk();
    let order = buy(&mut desk, StpMode::CancelOldest, 100, 5);
    let events = desk.send(1, &order);
    check(&events, &["1 accepted 3 5 @ 100", FIRST[0], FIRST[1], "1 canceled 1 3 self-trade"]);
    assert_eq!((desk.book(Sell), desk.book(Buy)), (vec![(2, 101, 2)], vec![(3, 100, 4)]));
}

#[test]
fn cancel_both_cancels_both() {
    let mut desk = desk();
    let order = buy(&mut desk, StpMode::CancelBoth, 100, 5);
    let events = desk.send(1, &order);
    let last = ["1 canceled 1 3 self-trade", "1 canceled 3 4 self-trade"];
    check(&events, &["1 accepted 3 5 @ 100", FIRST[0], FIRST[1], last[0], last[1]]);
    assert_eq!((desk.book(Sell), desk.book(Buy)), (vec![(2, 101, 2)], vec![]));
}

#[test]
fn decrement_shrinks_both_by_the_smaller() {
    let mut desk = desk();
    let order = buy(&mut desk, StpMode::Decrement, 101, 5);
    check(
        &desk.send(1, &order),
        &[
            "1 accepted 3 5 @ 101",
            FIRST[0],
            FIRST[1],
            "1 canceled 1 0 prevented 3 self-trade",
            "1 restated 3 to 3 5 @ 101 left 1",
            "1 restated 2 to 2 2 @ 101 left 1",
            "1 canceled 3 0 prevented 4 self-trade",
        ],
    );
    assert_eq!(desk.book(Sell), [(2, 101, 1)]);
    let equal = buy(&mut desk, StpMode::Decrement, 101, 1);
    check(
        &desk.send(1, &equal),
        &[
            "1 accepted 4 1 @ 101",
            "1 canceled 2 0 prevented 2 self-trade",
            "1 canceled 4 0 prevented 1 self-trade",
        ],
    );
}

#[test]
fn the_accounts_default_holds_where_the_order_names_none() {
    let mut desk = desk();
    desk.done(&AccountDef { stp_mode: StpMode::CancelNewest.into(), ..account(1, 1) });
    let order = desk.limit(Buy, 100, 5);
    assert_eq!(desk.send(1, &order).len(), 4);
    // The taker decides: the maker's default is nobody's business.
    check(
        &desk.enter(5, Buy, 100, 1)[1..],
        &["1 trade 1 1 @ 100 left 2 maker", "3 trade 1 1 @ 100 left 0 taker"],
    );
}

#[test]
fn a_group_joins_accounts_of_one_firm() {
    let mut desk = Desk::new();
    for id in [1, 4] {
        desk.done(&AccountDef { stp_group: 7, ..account(id, 1) });
    }
    desk.enter(4, Sell, 100, 1);
    let order = buy(&mut desk, StpMode::CancelNewest, 100, 1);
    check(&desk.send(1, &order), &["1 accepted 1 1 @ 100", "1 canceled 1 1 self-trade"]);
    // Account 2 is not in the group, but may name it.
    let order = NewOrder {
        account: pinion_types::AccountId(2),
        ..buy(&mut desk, StpMode::CancelNewest, 100, 1)
    };
    let named = NewOrder { stp_group: 7, cl_ord_id: desk.id(1), ..order };
    check(&desk.send(1, &named)[1..], &["1 canceled 3 1 self-trade"]);
    let unknown = NewOrder { stp_group: 8, cl_ord_id: desk.id(1), ..order };
    assert_eq!(refusal(&desk.send(1, &unknown)), RejectCode::UnregisteredStpGroup);
    let own = NewOrder { cl_ord_id: desk.id(1), ..order };
    assert_eq!(desk.send(1, &own).len(), 3, "its own group is its own");
}

#[test]
fn all_or_nothing_counts_what_prevention_leaves() {
    let fok = |desk: &mut Desk, mode, qty| NewOrder {
        time_in_force: TimeInForce::FillOrKill.into(),
        ..buy(desk, mode, 101, qty)
    };
    for (mode, qty, fills) in [
        (StpMode::None, 6, true),
        (StpMode::CancelNewest, 1, true),
        (StpMode::CancelNewest, 2, false),
        (StpMode::CancelOldest, 1, true),
        (StpMode::CancelOldest, 2, false),
        (StpMode::CancelBoth, 2, false),
        (StpMode::Decrement, 2, false),
    ] {
        let mut desk = desk();
        let order = fok(&mut desk, mode, qty);
        let events = desk.send(1, &order);
        if fills {
            assert!(events.len() >= 3, "{mode} {qty}");
        } else {
            check(&events[1..], &[&format!("1 canceled 3 {qty} fok")]);
            assert_eq!(desk.engine.order_count(), 3, "{mode}: nothing was prevented either");
        }
    }
    let mut desk = desk();
    desk.enter(5, Sell, 101, 9);
    let order = fok(&mut desk, StpMode::CancelOldest, 10);
    let events = desk.send(1, &order);
    assert_eq!(events.len(), 1 + 2 + 2 + 2, "own orders are passed over");
    assert_eq!(desk.engine.order_count(), 0);
}
