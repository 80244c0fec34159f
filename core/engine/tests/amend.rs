//! Cancel and replace: who keeps priority, what is atomic, what counts.

mod support;

use pinion_types::command::{Cancel, Replace};
use pinion_types::{
    AccountId, ClOrdId, InstrumentId, OrderId, RejectCode, Scope, Side, TimeInForce,
};
use support::{Desk, NOBODY, check, refusal, unlimited};

use Side::{Buy, Sell};

/// Three bids of account 1 at 100 (ids 1 to 3), 10 each.
fn desk() -> Desk {
    let mut desk = Desk::new();
    for _ in 0..3 {
        desk.enter(1, Buy, 100, 10);
    }
    desk
}

#[test]
fn a_cancel_takes_the_rest_and_keeps_everyone_elses_priority() {
    let mut desk = desk();
    desk.enter(5, Sell, 100, 4);
    check(&desk.cancel(1, ClOrdId(2)), &["1 canceled 2 by 4 10 request"]);
    check(&desk.cancel(1, ClOrdId(1)), &["1 canceled 1 by 5 6 request"]);
    assert_eq!(desk.book(Buy), [(3, 100, 10)]);
}

#[test]
fn less_of_the_same_keeps_priority() {
    let mut desk = desk();
    check(&desk.replace(1, ClOrdId(1), 100, 7), &["1 replaced 1 to 4 7 @ 100 left 7"]);
    assert_eq!(desk.book(Buy), [(4, 100, 7), (2, 100, 10), (3, 100, 10)]);
    check(&desk.replace(1, ClOrdId(4), 100, 7), &["1 replaced 4 to 5 7 @ 100 left 7"]);
    assert_eq!(desk.book(Buy)[0].0, 5);
}

#[test]
fn more_another_price_or_another_account_goes_to_the_back() {
    let mut desk = desk();
    check(&desk.replace(1, ClOrdId(1), 100, 11), &["1 replaced 1 to 4 11 @ 100 left 11 back"]);
    assert_eq!(desk.book(Buy), [(2, 100, 10), (3, 100, 10), (4, 100, 11)]);
    check(&desk.replace(1, ClOrdId(2), 101, 10), &["1 replaced 2 to 5 10 @ 101 left 10 back"]);
    assert_eq!(desk.book(Buy), [(5, 101, 10), (3, 100, 10), (4, 100, 11)]);
    let body = Replace { account: AccountId(2), ..desk.replacement(1, ClOrdId(3), 100, 10) };
    check(&desk.send(1, &body), &["1 replaced 3 to 6 10 @ 100 left 10 back"]);
    assert_eq!(desk.book(Buy), [(5, 101, 10), (4, 100, 11), (6, 100, 10)]);
    let position = desk.engine.position(AccountId(2), InstrumentId(1)).expect("a position");
    assert_eq!((position.buys.0, position.open_orders), (10, 1), "it counts with that account");
}

#[test]
fn quantity_is_the_total_with_what_is_filled() {
    let mut desk = desk();
    desk.enter(5, Sell, 100, 4);
    check(&desk.replace(1, ClOrdId(1), 100, 9), &["1 replaced 1 to 4 9 @ 100 left 5"]);
    check(&desk.replace(1, ClOrdId(4), 100, 4), &["1 canceled 4 by 5 5 replaced-to-filled"]);
    assert_eq!(desk.book(Buy).len(), 2);
}

#[test]
fn a_better_price_may_trade_at_once() {
    let mut desk = desk();
    desk.enter(5, Sell, 102, 4);
    check(
        &desk.replace(1, ClOrdId(3), 102, 10),
        &[
            "1 replaced 3 to 4 10 @ 102 left 10 back",
            "3 trade 1 4 @ 102 left 0 maker",
            "1 trade 4 4 @ 102 left 6 taker",
        ],
    );
    assert_eq!(desk.book(Buy)[0], (4, 102, 6));
}

/// Makes a good replace bad.
type Spoil = fn(&mut Replace);

#[test]
fn a_failed_replace_changes_nothing() {
    let mut desk = desk();
    let mut limits = unlimited(Scope::Account, 1);
    limits.order_qty_max = 10;
    desk.done(&limits);
    let book = desk.book(Buy);
    let position = desk.engine.position(AccountId(1), InstrumentId(1));
    let bad: [(RejectCode, Spoil); 9] = [
        (RejectCode::UnknownOrder, |it| it.orig_cl_ord_id = ClOrdId(99)),
        (RejectCode::OrderMismatch, |it| it.instrument = InstrumentId(2)),
        (RejectCode::OrderMismatch, |it| it.side = Sell.into()),
        (RejectCode::UnknownAccount, |it| it.account = AccountId(5)),
        (RejectCode::BadTick, |it| it.px.0 += 1),
        (RejectCode::BadLot, |it| it.qty.0 = 0),
        (RejectCode::OrderQtyLimit, |it| it.qty.0 = 11),
        (RejectCode::IllegalTypeAndTif, |it| {
            it.time_in_force = TimeInForce::ImmediateOrCancel.into();
        }),
        (RejectCode::NotSupported, |it| it.min_qty.0 = 5),
    ];
    for (code, spoil) in bad {
        let mut body = desk.replacement(1, ClOrdId(1), 100, 10);
        spoil(&mut body);
        assert_eq!(refusal(&desk.send(1, &body)), code);
    }
    assert_eq!(desk.book(Buy), book);
    assert_eq!(desk.engine.position(AccountId(1), InstrumentId(1)), position);
}

#[test]
fn a_replace_counts_the_increase_alone() {
    let mut desk = desk();
    let mut limits = unlimited(Scope::Account, 1);
    limits.long_max = 35;
    limits.open_notional_max = 3_500 * 10_000;
    limits.open_orders_max = 3;
    desk.done(&limits);
    assert_eq!(desk.replace(1, ClOrdId(1), 100, 15).len(), 1);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(4), 100, 16)), RejectCode::OpenNotionalLimit);
    limits.open_notional_max = 3_600 * 10_000;
    desk.done(&limits);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(4), 100, 16)), RejectCode::LongLimit);
    // A limit cut cancels nothing, and whoever shrinks passes.
    limits.long_max = 1;
    limits.order_qty_max = 1;
    desk.done(&limits);
    check(&desk.replace(1, ClOrdId(4), 100, 12)[..], &["1 replaced 4 to 7 12 @ 100 left 12"]);
}

#[test]
fn ids_rise_whatever_they_are_used_for() {
    let mut desk = desk();
    let reused = Cancel { cl_ord_id: ClOrdId(3), orig_cl_ord_id: ClOrdId(1), ..Cancel::default() };
    assert_eq!(refusal(&desk.send(1, &reused)), RejectCode::DuplicateClOrdId);
    assert_eq!(refusal(&desk.cancel(1, ClOrdId(77))), RejectCode::UnknownOrder);
    // The refused cancel has used its id up.
    let next = Cancel { cl_ord_id: ClOrdId(4), ..reused };
    assert_eq!(refusal(&desk.send(1, &next)), RejectCode::DuplicateClOrdId);
    check(&desk.cancel(1, ClOrdId(1)), &["1 canceled 1 by 5 10 request"]);
    assert_eq!(refusal(&desk.cancel(1, ClOrdId(1))), RejectCode::TooLateToCancel);
}

#[test]
fn an_id_that_was_replaced_is_no_order_any_more() {
    let mut desk = desk();
    desk.replace(1, ClOrdId(1), 100, 9);
    assert_eq!(refusal(&desk.cancel(1, ClOrdId(1))), RejectCode::UnknownOrder);
    check(&desk.cancel(1, ClOrdId(4)), &["1 canceled 4 by 6 9 request"]);
}

#[test]
fn an_order_is_found_by_the_venues_id_too() {
    let mut desk = desk();
    let order = desk.engine.book(InstrumentId(1), Buy).next().expect("an order");
    let by_id =
        |desk: &mut Desk, id| Cancel { cl_ord_id: desk.id(1), order_id: id, ..Cancel::default() };
    let body = by_id(&mut desk, NOBODY);
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::UnknownOrder);
    let body = by_id(&mut desk, order.order_id);
    check(&desk.send(1, &body), &["1 canceled 1 by 5 10 request"]);
    let body = by_id(&mut desk, order.order_id);
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::TooLateToCancel);
    let nothing = by_id(&mut desk, OrderId(0));
    assert_eq!(refusal(&desk.send(1, &nothing)), RejectCode::RequiredFieldMissing);
}
