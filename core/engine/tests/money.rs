//! Cash, fees and profit: exact, and nothing of it is lost.

mod support;

use pinion_types::command::{AccountDef, CashMove, InstrumentDef};
use pinion_types::text::{Chars, Spare};
use pinion_types::{AccountId, Amount, EventRef, InstrumentId, Px, Qty, RejectCode, Side};
use support::{Desk, account, instrument, px};

use Side::{Buy, Sell};

/// One unit of currency.
const ONE: i128 = 100_000_000;

fn usd() -> Chars<4> {
    Chars::new("USD")
}

/// Accounts 1 and 5 with fees: makers are paid 0.25 %, takers pay 0.15 %.
fn desk() -> Desk {
    let mut desk = Desk::new();
    for (id, firm) in [(1, 1), (5, 2)] {
        desk.done(&AccountDef { maker_fee: -2_500, taker_fee: 1_500, ..account(id, firm) });
    }
    desk
}

fn cash(desk: &Desk, account: u32) -> i128 {
    desk.engine.cash_of(AccountId(account), usd())
}

#[test]
fn a_trade_moves_its_value_and_fees_are_rounded_half_to_even() {
    let mut desk = desk();
    // 0.15 % of 10 is 0.015: 0.02, the even cent; -0.25 % of 10 is -0.025: -0.02.
    desk.enter(1, Sell, 10, 1);
    let events = desk.enter(5, Buy, 10, 1);
    let fees: Vec<i128> = events
        .iter()
        .filter_map(|event| match event.view() {
            Some(EventRef::Trade(it)) => Some(it.fee.get()),
            _ => None,
        })
        .collect();
    assert_eq!(fees, [-2_000_000, 2_000_000]);
    assert_eq!(cash(&desk, 1), 10 * ONE + 2_000_000);
    assert_eq!(cash(&desk, 5), -10 * ONE - 2_000_000);
    // 0.15 % of 30 is 0.045: 0.04; -0.25 % of 30 is -0.075: -0.08.
    desk.enter(1, Sell, 30, 1);
    desk.enter(5, Buy, 30, 1);
    let venue = desk.engine.currencies().next().expect("a currency");
    assert_eq!(venue, (usd(), -8_000_000 + 4_000_000, 0));
}

#[test]
fn profit_is_by_average_cost() {
    let mut desk = Desk::new();
    for (whole, side) in [(100, Buy), (110, Buy), (120, Sell), (130, Sell), (90, Sell)] {
        let other = if side == Buy { Sell } else { Buy };
        desk.enter(5, other, whole, 2);
        desk.enter(1, side, whole, 2);
    }
    let position = desk.engine.position(AccountId(1), InstrumentId(1)).expect("a position");
    // Bought 2 @ 100 and 2 @ 110, sold 2 @ 120 and 2 @ 130: 4 x 105 became 500.
    assert_eq!((position.quantity, position.realized), (-2, 80 * ONE));
    assert_eq!(position.open_cost, -180 * ONE, "then sold 2 @ 90 that it did not have");
    let other = desk.engine.position(AccountId(5), InstrumentId(1)).expect("a position");
    assert_eq!((other.quantity, other.realized), (2, -80 * ONE));
    assert_eq!(cash(&desk, 1) + cash(&desk, 5), 0);
}

#[test]
fn one_trade_may_turn_a_position() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 3);
    desk.enter(1, Buy, 100, 3);
    desk.enter(5, Buy, 110, 5);
    desk.enter(1, Sell, 110, 5);
    let position = desk.engine.position(AccountId(1), InstrumentId(1)).expect("a position");
    assert_eq!((position.quantity, position.realized), (-2, 30 * ONE));
    assert_eq!(position.open_cost, -220 * ONE);
}

#[test]
fn the_multiplier_and_the_lot_are_exact() {
    let mut desk = Desk::new();
    let future =
        InstrumentDef { tick: Px(25_000_000), lot: Qty(2), multiplier: px(50), ..instrument(3) };
    desk.done(&future);
    for (account, side) in [(5, Sell), (1, Buy)] {
        let session = support::session_of(account);
        let order = pinion_types::command::NewOrder {
            cl_ord_id: desk.id(session),
            account: AccountId(account),
            instrument: InstrumentId(3),
            px: Px(450_025_000_000),
            qty: Qty(4),
            side: side.into(),
            ..template(&mut desk)
        };
        assert!(!desk.send(session, &order).is_empty());
    }
    assert_eq!(cash(&desk, 5), 450_025 * ONE / 100 * 4 * 50);
}

fn template(desk: &mut Desk) -> pinion_types::command::NewOrder {
    let mut order = desk.limit(Buy, 1, 1);
    order.cl_ord_id = pinion_types::ClOrdId(0);
    order
}

#[test]
fn a_definition_whose_values_would_not_be_whole_is_refused() {
    let mut desk = Desk::new();
    let refused = RejectCode::BadValue.code();
    let fine = InstrumentDef { tick: Px(1), multiplier: Px(50_000_000), ..instrument(3) };
    assert_eq!(desk.refused(&fine), refused, "half a unit a tick");
    assert_eq!(desk.refused(&InstrumentDef { lot: Qty(2), ..fine }), 0);
    let none = InstrumentDef { tick: Px(0), ..instrument(4) };
    assert_eq!(desk.refused(&none), refused);
    assert_eq!(desk.refused(&InstrumentDef { lot: Qty(0), ..instrument(4) }), refused);
    assert_eq!(desk.refused(&InstrumentDef { multiplier: Px(0), ..instrument(4) }), refused);
    assert_eq!(desk.refused(&InstrumentDef { minor_digits: 9, ..instrument(4) }), refused);
    assert_eq!(desk.refused(&InstrumentDef { spare2: Spare([1]), ..instrument(4) }), refused);
    assert_eq!(desk.refused(&InstrumentDef { currency: Chars::new(""), ..instrument(4) }), refused);
}

#[test]
fn what_a_position_was_made_of_stays() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 100, 1);
    let refused = RejectCode::BadValue.code();
    assert_eq!(desk.refused(&InstrumentDef { lot: Qty(2), ..instrument(1) }), refused);
    assert_eq!(desk.refused(&InstrumentDef { tick: px(2), ..instrument(1) }), refused);
    assert_eq!(desk.refused(&InstrumentDef { qty_max: Qty(9), ..instrument(1) }), 0);
    assert_eq!(desk.refused(&AccountDef { ..account(1, 2) }), refused, "an account keeps its firm");
}

#[test]
fn cash_comes_and_goes() {
    let mut desk = Desk::new();
    let body = |amount: i128| CashMove {
        account: AccountId(1),
        currency: usd(),
        amount: Amount::from(amount),
        ..CashMove::default()
    };
    desk.done(&body(5 * ONE));
    desk.done(&body(-7 * ONE));
    assert_eq!(cash(&desk, 1), -2 * ONE);
    assert_eq!(desk.refused(&body(0)), RejectCode::BadValue.code());
    let nobody = CashMove { account: AccountId(9), ..body(1) };
    assert_eq!(desk.refused(&nobody), RejectCode::UnknownTarget.code());
    let yen = CashMove { currency: Chars::new("JPY"), ..body(1) };
    assert_eq!(desk.refused(&yen), RejectCode::UnknownTarget.code());
    assert_eq!(desk.refused(&body(i128::MAX)), RejectCode::ArithmeticOverflow.code());
    assert_eq!(desk.engine.overflow_count(), 1);
}
