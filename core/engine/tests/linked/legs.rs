//! Legs of groups, and a venue to enter them.

use pinion_types::Side::{self, Buy, Sell};
use pinion_types::command::{NewOrder, NewOrderExtra, NewOrderWide};
use pinion_types::{Event, InstrumentId, OrdType};

use crate::support::{Desk, check, px, session_of};

/// A pair of which one ends the other.
pub const OCO: u8 = 1;
/// An entry and its exits.
pub const BRACKET: u8 = 2;

/// A venue whose last trade in instrument 1 was at 100, by accounts 5 and 4, with nothing left.
#[must_use]
pub fn desk() -> Desk {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    desk
}

/// One lot between accounts 5 and 4.
pub fn trade(desk: &mut Desk, whole: i64) -> Vec<Event> {
    desk.enter(5, Sell, whole, 1);
    desk.enter(4, Buy, whole, 1)
}

/// Group, kind and leg.
pub type Place = (u64, u8, u8);

/// Says in which group an order is.
#[must_use]
pub fn linked(wide: NewOrderWide, (link_id, link_kind, link_leg): Place) -> NewOrderWide {
    let extra = NewOrderExtra { link_id, link_kind, link_leg, ..wide.extra };
    NewOrderWide { extra, ..wide }
}

/// A limit order as a leg.
pub fn limit_leg(
    desk: &mut Desk,
    account: u32,
    side: Side,
    (whole, qty): (i64, u64),
    place: Place,
) -> Vec<Event> {
    let order = desk.order_of(account, side, whole, qty);
    let wide = linked(NewOrderWide { order, ..NewOrderWide::default() }, place);
    desk.send(session_of(account), &wide)
}

/// A market order as a leg.
pub fn market_leg(desk: &mut Desk, account: u32, side: Side, qty: u64, place: Place) -> Vec<Event> {
    let order = desk.order_of(account, side, 0, qty);
    let order = NewOrder { ord_type: OrdType::Market.into(), ..order };
    let wide = linked(NewOrderWide { order, ..NewOrderWide::default() }, place);
    desk.send(session_of(account), &wide)
}

/// A stop as a leg, a stop-limit where `limit` is not 0.
pub fn stop_leg(
    desk: &mut Desk,
    account: u32,
    side: Side,
    (trigger, limit, qty): (i64, i64, u64),
    place: Place,
) -> Vec<Event> {
    let wide = desk.stop_of(account, side, (trigger, limit), qty);
    let wide = linked(wide, place);
    desk.send(session_of(account), &wide)
}

/// What B and S, and the number of orders of an account are in instrument 1.
#[must_use]
pub fn counts(desk: &Desk, account: u32) -> (u64, u64, u32) {
    let position = desk
        .engine
        .position(pinion_types::AccountId(account), InstrumentId(1))
        .expect("a position");
    (position.buys.0, position.sells.0, position.open_orders)
}

/// Ids, prices or triggers, and legs of all linked orders, by id.
#[must_use]
pub fn legs(desk: &Desk) -> Vec<(u64, i64, u8, u8)> {
    let orders = desk.engine.orders().filter(|it| it.link_id != 0);
    let price = |stop: i64, own: i64| if stop == 0 { own } else { stop } / px(1).0;
    let mut legs: Vec<_> = orders
        .map(|it| (it.cl_ord_id.0, price(it.stop_px.0, it.px.0), it.link_kind, it.link_leg))
        .collect();
    legs.sort_unstable();
    legs
}

/// The legs of the bracket that tests speak of.
pub const ENTRY: (u64, u8, u8) = (7, BRACKET, 1);
/// Its take profit.
pub const PROFIT: (u64, u8, u8) = (7, BRACKET, 2);
/// Its stop loss.
pub const LOSS: (u64, u8, u8) = (7, BRACKET, 3);

/// Exits of account 1: it sells 10 at 110, or stops at 95 (ids 1 and 2).
pub fn exits(desk: &mut Desk) {
    check(&limit_leg(desk, 1, Sell, (110, 10), PROFIT), &["1 accepted 1 10 @ 110"]);
    check(&stop_leg(desk, 1, Sell, (95, 0, 10), LOSS), &["1 accepted 2 10 @ 85 stop 95"]);
}

/// The entry, which rests (id 3).
pub fn entry(desk: &mut Desk) {
    check(&limit_leg(desk, 1, Buy, (99, 10), ENTRY), &["1 accepted 3 10 @ 99"]);
}
