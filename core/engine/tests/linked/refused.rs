//! What is refused of linked orders.

use pinion_types::RejectCode::{self, IllegalTypeAndTif, LinkGone, LinkMismatch, NotSupported};
use pinion_types::Side::{Buy, Sell};
use pinion_types::codes::RawExecInst;
use pinion_types::command::{NewOrder, NewOrderExtra, NewOrderWide, order_flags};
use pinion_types::{ClOrdId, Event, InstrumentId, OrdType, Qty, Side, TimeInForce};

use crate::legs::{BRACKET, OCO, Place, desk, legs, limit_leg, linked, stop_leg};
use crate::support::{Desk, px, refusal};

fn code(events: &[Event]) -> RejectCode {
    refusal(events)
}

/// Sends a good first leg of a pair with something else in it.
fn spoiled(spoil: fn(&mut NewOrder, &mut NewOrderExtra)) -> RejectCode {
    let mut desk = desk();
    let order = desk.order_of(1, Sell, 105, 10);
    let mut wide = linked(NewOrderWide { order, ..NewOrderWide::default() }, (7, OCO, 1));
    spoil(&mut wide.order, &mut wide.extra);
    code(&desk.send(1, &wide))
}

#[test]
fn a_leg_says_its_group_its_kind_and_its_place() {
    let places: [Place; 9] = [
        (0, 1, 1),
        (0, 0, 1),
        (0, 1, 0),
        (7, 0, 0),
        (7, 1, 0),
        (7, 0, 1),
        (7, 1, 3),
        (7, 2, 4),
        (7, 3, 1),
    ];
    for place in places {
        let events = limit_leg(&mut desk(), 1, Sell, (105, 10), place);
        assert_eq!(code(&events), IllegalTypeAndTif, "{place:?}");
    }
}

#[test]
fn a_leg_asks_for_nothing_else() {
    let illegal: [fn(&mut NewOrder, &mut NewOrderExtra); 9] = [
        |order, _| order.time_in_force = TimeInForce::ImmediateOrCancel.into(),
        |order, _| order.exec_inst = RawExecInst(1),
        |order, _| order.flags = order_flags::HIDDEN,
        |order, _| order.flags = order_flags::REDUCE_ONLY,
        |_, extra| extra.display_qty = Qty(5),
        |_, extra| extra.min_qty = Qty(5),
        |_, extra| (extra.offset_ticks, extra.offset_kind) = (1, 8),
        |_, extra| extra.activation_px = px(100),
        |_, extra| extra.peg_move = 1,
    ];
    for (place, spoil) in illegal.into_iter().enumerate() {
        assert_eq!(spoiled(spoil), IllegalTypeAndTif, "{place}");
    }
    assert_eq!(spoiled(|_, extra| extra.trigger_kind = 1), NotSupported);
}

#[test]
fn a_leg_has_the_type_of_its_place() {
    for (kind, leg, is_stop) in
        [(1, 1, true), (2, 1, true), (2, 2, true), (1, 2, false), (2, 3, false)]
    {
        let events = if is_stop {
            stop_leg(&mut desk(), 1, Sell, (95, 0, 10), (7, kind, leg))
        } else {
            limit_leg(&mut desk(), 1, Sell, (105, 10), (7, kind, leg))
        };
        assert_eq!(code(&events), IllegalTypeAndTif, "{kind} {leg}");
    }
    let mut desk = desk();
    let order = desk.order_of(1, Sell, 0, 10);
    let order = NewOrder { ord_type: OrdType::Market.into(), ..order };
    let wide = linked(NewOrderWide { order, ..NewOrderWide::default() }, (7, OCO, 1));
    assert_eq!(code(&desk.send(1, &wide)), IllegalTypeAndTif);
}

#[test]
fn a_group_takes_each_leg_once_and_in_its_order() {
    let mut desk = desk();
    assert_eq!(code(&stop_leg(&mut desk, 1, Sell, (95, 0, 10), (7, OCO, 2))), LinkGone);
    assert_eq!(code(&limit_leg(&mut desk, 1, Buy, (95, 10), (7, BRACKET, 1))), LinkGone);
    limit_leg(&mut desk, 1, Sell, (105, 10), (7, OCO, 1));
    assert_eq!(code(&limit_leg(&mut desk, 1, Sell, (105, 10), (7, OCO, 1))), LinkGone);
    for leg in [2, 1] {
        let events = limit_leg(&mut desk, 1, Sell, (105, 10), (7, BRACKET, leg));
        assert_eq!(code(&events), LinkGone, "of another kind");
    }
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), (7, OCO, 2));
    assert_eq!(code(&stop_leg(&mut desk, 1, Sell, (95, 0, 10), (7, OCO, 2))), LinkGone);
    // Another session's group of that id is another one.
    assert_eq!(code(&stop_leg(&mut desk, 4, Sell, (95, 0, 10), (7, OCO, 2))), LinkGone);
    limit_leg(&mut desk, 4, Sell, (105, 10), (7, OCO, 1));
    assert_eq!(legs(&desk).len(), 3);
}

#[test]
fn exits_come_once_each_and_before_their_entry() {
    let mut desk = desk();
    limit_leg(&mut desk, 1, Sell, (110, 10), (7, BRACKET, 2));
    assert_eq!(code(&limit_leg(&mut desk, 1, Sell, (111, 10), (7, BRACKET, 2))), LinkGone);
    assert_eq!(code(&stop_leg(&mut desk, 1, Sell, (95, 0, 10), (7, OCO, 2))), LinkGone);
    limit_leg(&mut desk, 1, Buy, (90, 10), (7, BRACKET, 1));
    assert_eq!(code(&stop_leg(&mut desk, 1, Sell, (95, 0, 10), (7, BRACKET, 3))), LinkGone);
    assert_eq!(code(&limit_leg(&mut desk, 1, Buy, (90, 10), (7, BRACKET, 1))), LinkGone);
    assert_eq!(legs(&desk), [(1, 110, 2, 2), (4, 90, 2, 1)]);
}

/// A stop that does not fit a pair's limit order: account, side, trigger and quantity.
fn stop_beside(account: u32, side: Side, trigger: i64, qty: u64) -> RejectCode {
    let mut desk = desk();
    limit_leg(&mut desk, 1, Sell, (105, 10), (7, OCO, 1));
    code(&stop_leg(&mut desk, account, side, (trigger, 0, qty), (7, OCO, 2)))
}

#[test]
fn a_leg_fits_its_group() {
    assert_eq!(stop_beside(2, Sell, 95, 10), LinkMismatch);
    assert_eq!(stop_beside(1, Buy, 115, 10), LinkMismatch);
    assert_eq!(stop_beside(1, Sell, 95, 9), LinkMismatch);
    assert_eq!(stop_beside(1, Sell, 105, 10), LinkMismatch);
    assert_eq!(stop_beside(1, Sell, 100, 10), RejectCode::WouldTrigger);
    let mut desk = desk();
    limit_leg(&mut desk, 1, Sell, (105, 10), (7, OCO, 1));
    let wide = desk.stop_of(1, Sell, (95, 0), 10);
    let order = NewOrder { instrument: InstrumentId(2), ..wide.order };
    let wide = linked(NewOrderWide { order, ..wide }, (7, OCO, 2));
    assert_eq!(code(&desk.send(1, &wide)), LinkMismatch);
}

#[test]
fn an_entry_fits_its_exits_and_exits_each_other() {
    let mut desk = desk();
    stop_leg(&mut desk, 1, Sell, (95, 0, 10), (7, BRACKET, 3));
    for (account, side, whole, qty) in
        [(2, Sell, 110, 10), (1, Buy, 110, 10), (1, Sell, 95, 10), (1, Sell, 110, 9)]
    {
        let events = limit_leg(&mut desk, account, side, (whole, qty), (7, BRACKET, 2));
        assert_eq!(code(&events), LinkMismatch, "{account} {side:?} {whole} {qty}");
    }
    for (account, side, qty) in [(2, Buy, 10), (1, Sell, 10), (1, Buy, 9)] {
        let events = limit_leg(&mut desk, account, side, (99, qty), (7, BRACKET, 1));
        assert_eq!(code(&events), LinkMismatch, "{account} {side:?} {qty}");
    }
    // Buys the other way round.
    stop_leg(&mut desk, 1, Buy, (105, 0, 10), (8, BRACKET, 3));
    let events = limit_leg(&mut desk, 1, Buy, (105, 10), (8, BRACKET, 2));
    assert_eq!(code(&events), LinkMismatch);
    limit_leg(&mut desk, 1, Buy, (104, 10), (8, BRACKET, 2));
    assert_eq!(legs(&desk).len(), 3);
}

#[test]
fn a_traded_limit_takes_no_stop() {
    let mut desk = desk();
    limit_leg(&mut desk, 1, Sell, (105, 10), (7, OCO, 1));
    desk.enter(4, Buy, 105, 1);
    assert_eq!(code(&stop_leg(&mut desk, 1, Sell, (95, 0, 10), (7, OCO, 2))), LinkGone);
    desk.cancel(1, ClOrdId(1));
    assert_eq!(legs(&desk), []);
}

#[test]
fn prices_and_quantities_of_exits_are_the_instruments() {
    let mut desk: Desk = desk();
    let order = desk.order_of(1, Sell, 110, 10);
    let order = NewOrder { px: pinion_types::Px(px(110).0 + 1), ..order };
    let wide = linked(NewOrderWide { order, ..NewOrderWide::default() }, (7, BRACKET, 2));
    assert_eq!(code(&desk.send(1, &wide)), RejectCode::BadTick);
    let events = limit_leg(&mut desk, 1, Sell, (110, 0), (7, BRACKET, 2));
    assert_eq!(code(&events), RejectCode::BadLot);
    assert_eq!(
        code(&limit_leg(&mut desk, 1, Sell, (-1, 5), (7, BRACKET, 2))),
        RejectCode::PxBelowMin
    );
}
