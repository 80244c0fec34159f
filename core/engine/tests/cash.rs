//! Accounts that pay in full: what is held, what may be sold, and that nothing is left behind.

mod support;

use pinion_types::command::{
    AccountDef, AccountPermission, InstrumentDef, NewOrder, side_bits, type_bits,
};
use pinion_types::event::Rejected;
use pinion_types::text::Chars;
use pinion_types::{
    AccountId, ClOrdId, Event, EventRef, InstrumentId, LimitId, MassScope, OrdType, RejectCode,
    Scope, Side, TimeInForce,
};
use support::{
    Desk, account, cash_account, check, deposit, instrument, px, refusal, taken, unlimited,
};

use Side::{Buy, Sell, SellShort};

/// Account 1 pays in full and has 1,000; its maker's fee is 1 %, its taker's 2 %.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.done(&AccountDef { maker_fee: 10_000, taker_fee: 20_000, ..cash_account(1, 1) });
    desk.done(&deposit(1, 1_000));
    desk
}

fn rejected(events: &[Event]) -> Rejected {
    match events.last().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => *it,
        other => panic!("a refusal, not {other:?}"),
    }
}

/// Code, limit and the three numbers of a refusal at the level of account 1.
#[track_caller]
fn names(events: &[Event], code: RejectCode, id: LimitId, numbers: [i64; 3]) {
    let it = rejected(events);
    assert_eq!((it.code.get(), it.limit_id.get()), (Some(code), Some(id)));
    assert_eq!((it.scope.get(), it.scope_id), (Some(Scope::Account), 1));
    assert_eq!([it.limit, it.current, it.would_be], numbers);
}

fn short(desk: &mut Desk, account: u32, qty: u64) -> Vec<Event> {
    let order = NewOrder { account: AccountId(account), ..desk.limit(SellShort, 100, qty) };
    desk.send(1, &order)
}

fn may_short(account: u32) -> AccountPermission {
    AccountPermission {
        account: AccountId(account),
        sides: side_bits::ALL,
        types: type_bits::ALL,
        ..AccountPermission::default()
    }
}

#[test]
fn a_buy_needs_its_value_and_the_worst_fee() {
    let mut desk = desk();
    let (code, id) = (RejectCode::BuyingPower, LimitId::BuyingPower);
    // 10 at 99 and 2 % of it.
    names(&desk.enter(1, Buy, 99, 10), code, id, [10_000_000, 0, 10_098_000]);
    taken(&desk.enter(1, Buy, 98, 10));
    assert_eq!(desk.cash(1), (10_000_000, 9_996_000));
    names(&desk.enter(1, Buy, 1, 1), code, id, [10_000_000, 9_996_000, 10_006_200]);
}

#[test]
fn held_cash_is_released_to_the_last_unit() {
    let mut desk = desk();
    desk.enter(1, Buy, 33, 7);
    desk.enter(1, Buy, 31, 11);
    // Partly filled in pieces, shrunk, moved, canceled: every way out.
    desk.enter(5, Sell, 33, 3);
    desk.enter(5, Sell, 33, 1);
    desk.replace(1, ClOrdId(1), 33, 6);
    desk.replace(1, ClOrdId(2), 29, 10);
    desk.replace(1, ClOrdId(4), 30, 12);
    let (cash, held) = desk.cash(1);
    // Four bought at 33 with 1 %: 99 + 0.99, 33 + 0.33.
    assert_eq!(cash, 10_000_000 - 1_333_200);
    assert_eq!(held, (2 * 33 + 12 * 30) * 10_200);
    desk.enter(5, Sell, 33, 2);
    desk.cancel(1, ClOrdId(5));
    assert_eq!(desk.cash(1).1, 0);
    assert_eq!(desk.book(Buy), []);
    // All of it is there again: 1,000 less 6 x 33 and the fees of three fills.
    let free = 10_000_000 - 1_333_200 - 666_600;
    assert_eq!(desk.cash(1).0, free);
}

#[test]
fn every_end_of_an_order_gives_back_what_it_held() {
    for end in 0..4 {
        let mut desk = desk();
        desk.enter(1, Buy, 50, 10);
        assert_eq!(desk.cash(1).1, 5_100_000);
        match end {
            0 => drop(desk.mass_cancel(1, MassScope::All, 0)),
            1 => {
                drop(desk.control(&pinion_types::command::DayRoll { day: 9, ..Default::default() }))
            }
            2 => drop(desk.replace(1, ClOrdId(1), 50, 10_000_000)),
            _ => drop(desk.enter(5, Sell, 50, 10)),
        }
        let held = if end == 2 { 5_100_000 } else { 0 };
        assert_eq!(desk.cash(1).1, held, "a refused replace holds as before");
    }
}

#[test]
fn a_taker_pays_and_holds_nothing() {
    let mut desk = desk();
    desk.enter(5, Sell, 90, 4);
    check(
        &desk.enter(1, Buy, 95, 10),
        &["1 accepted 1 10 @ 95", "3 trade 1 4 @ 90 left 0 maker", "1 trade 1 4 @ 90 left 6 taker"],
    );
    // 360 and 2 % are paid, 570 and 2 % held.
    assert_eq!(desk.cash(1), (10_000_000 - 3_672_000, 5_814_000));
}

#[test]
fn only_what_is_held_may_be_sold() {
    let mut desk = desk();
    let (code, id) = (RejectCode::Holding, LimitId::Holding);
    names(&desk.enter(1, Sell, 100, 1), code, id, [0, 0, 1]);
    desk.enter(1, Buy, 50, 10);
    desk.enter(5, Sell, 50, 8);
    taken(&desk.enter(1, Sell, 100, 5));
    names(&desk.enter(1, Sell, 100, 4), code, id, [8, 5, 9]);
    // Another's order may be larger by what is left, not by more.
    assert_eq!(refusal(&desk.replace(1, ClOrdId(3), 100, 9)), code);
    taken(&desk.replace(1, ClOrdId(3), 100, 8));
    assert_eq!(refusal(&desk.enter(1, Sell, 99, 1)), code);
    taken(&desk.replace(1, ClOrdId(6), 100, 7));
    taken(&desk.enter(1, Sell, 99, 1));
    desk.enter(5, Buy, 99, 1);
    assert_eq!(desk.position(1), 7);
}

#[test]
fn a_replace_asks_for_the_difference() {
    let mut desk = desk();
    desk.enter(1, Buy, 98, 10);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(1), 99, 10)), RejectCode::BuyingPower);
    assert_eq!(desk.cash(1).1, 9_996_000, "the order is as it was");
    taken(&desk.replace(1, ClOrdId(1), 97, 10));
    assert_eq!(desk.cash(1).1, 9_894_000);
    taken(&desk.replace(1, ClOrdId(3), 98, 10));
    // To an account without a cent: all of it is asked there.
    desk.done(&cash_account(2, 1));
    let body = pinion_types::command::Replace {
        account: AccountId(2),
        ..desk.replacement(1, ClOrdId(4), 97, 10)
    };
    assert_eq!(refusal(&desk.send(1, &body)), RejectCode::BuyingPower);
    desk.done(&deposit(2, 970));
    let body = pinion_types::command::Replace {
        account: AccountId(2),
        ..desk.replacement(1, ClOrdId(4), 97, 10)
    };
    taken(&desk.send(1, &body));
    assert_eq!((desk.cash(1).1, desk.cash(2).1), (0, 9_700_000));
}

#[test]
fn cash_in_one_currency_buys_nothing_in_another() {
    let mut desk = desk();
    desk.done(&InstrumentDef { currency: Chars::new("EUR"), ..instrument(3) });
    let order = NewOrder { instrument: InstrumentId(3), ..desk.limit(Buy, 1, 1) };
    names(&desk.send(1, &order), RejectCode::BuyingPower, LimitId::BuyingPower, [0, 0, 10_200]);
}

#[test]
fn a_market_order_needs_cash_for_its_protection_price() {
    let mut desk = desk();
    desk.enter(5, Sell, 90, 100);
    desk.enter(2, Buy, 90, 1);
    let market = |desk: &mut Desk, qty| NewOrder {
        px: px(0),
        ord_type: OrdType::Market.into(),
        time_in_force: TimeInForce::ImmediateOrCancel.into(),
        ..desk.limit(Buy, 0, qty)
    };
    // 90 and ten ticks: 100 a piece, and 2 %.
    let order = market(&mut desk, 10);
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::BuyingPower);
    let order = market(&mut desk, 9);
    assert_eq!(desk.send(1, &order).len(), 3);
    assert_eq!(desk.cash(1), (10_000_000 - 8_262_000, 0));
}

#[test]
fn a_short_sale_needs_the_mark_and_the_permission() {
    let mut desk = desk();
    assert_eq!(refusal(&short(&mut desk, 1, 5)), RejectCode::PermissionForbids);
    desk.done(&may_short(1));
    desk.enter(1, Buy, 50, 10);
    desk.enter(5, Sell, 50, 4);
    let (code, id) = (RejectCode::ShortMark, LimitId::Holding);
    names(&short(&mut desk, 1, 4), code, id, [4, 0, 4]);
    taken(&short(&mut desk, 1, 5));
    assert_eq!(refusal(&desk.enter(1, Sell, 100, 5)), RejectCode::Holding);
    // Who posts margin marks as he likes, where he may.
    desk.done(&may_short(2));
    taken(&short(&mut desk, 2, 5));
    assert_eq!(refusal(&short(&mut desk, 3, 5)), RejectCode::PermissionForbids);
}

#[test]
fn other_fees_and_another_kind_hold_anew() {
    let mut desk = desk();
    desk.enter(1, Buy, 50, 10);
    desk.done(&AccountDef { maker_fee: -10_000, taker_fee: -20_000, ..cash_account(1, 1) });
    assert_eq!(desk.cash(1).1, 5_000_000, "a rebate is no fee");
    desk.done(&account(1, 1));
    assert_eq!(desk.cash(1).1, 0);
    taken(&desk.enter(1, Buy, 99, 1_000));
    desk.done(&cash_account(1, 1));
    assert_eq!(desk.cash(1).1, 5_000_000 + 990_000_000);
    // Over its cash it may do less, not more.
    taken(&desk.replace(1, ClOrdId(2), 98, 1_000));
    assert_eq!(refusal(&desk.enter(1, Buy, 1, 1)), RejectCode::BuyingPower);
}

#[test]
fn below_zero_the_fee_alone_is_held() {
    use pinion_types::command::instrument_flags::PX_MAY_BE_NEGATIVE;
    let mut desk = desk();
    desk.done(&InstrumentDef { flags: PX_MAY_BE_NEGATIVE, ..instrument(1) });
    taken(&desk.enter(1, Buy, -50, 10));
    assert_eq!(desk.cash(1).1, 100_000);
    desk.enter(5, Sell, -50, 10);
    // Who buys below zero is paid.
    assert_eq!(desk.cash(1), (10_000_000 + 5_000_000 - 50_000, 0));
}

#[test]
fn a_sale_below_zero_needs_what_it_costs() {
    use pinion_types::command::instrument_flags::PX_MAY_BE_NEGATIVE;
    let mut desk = desk();
    desk.done(&InstrumentDef { flags: PX_MAY_BE_NEGATIVE, ..instrument(1) });
    desk.enter(1, Buy, 1, 30);
    desk.enter(5, Sell, 1, 30);
    // 30 and 1 % of it are paid.
    assert_eq!(desk.cash(1), (9_697_000, 0));
    let (code, id) = (RejectCode::BuyingPower, LimitId::BuyingPower);
    names(&desk.enter(1, Sell, -96, 10), code, id, [9_697_000, 0, 9_792_000]);
    taken(&desk.enter(1, Sell, -90, 10));
    assert_eq!(desk.cash(1).1, 9_180_000);
    // At or above zero a sale costs nothing, below it another one too much.
    taken(&desk.enter(1, Sell, 0, 10));
    names(&desk.enter(1, Sell, -6, 10), code, id, [9_697_000, 9_180_000, 9_792_000]);
    // A price that falls asks for more, one that rises gives back, without any more quantity.
    assert_eq!(refusal(&desk.replace(1, ClOrdId(3), -96, 10)), code);
    taken(&desk.replace(1, ClOrdId(3), -91, 10));
    assert_eq!(desk.cash(1).1, 9_282_000);
    taken(&desk.replace(1, ClOrdId(7), -50, 10));
    assert_eq!(desk.cash(1).1, 5_100_000);
    // In pieces: what is left is held to the last unit.
    desk.enter(5, Buy, -50, 3);
    assert_eq!(desk.cash(1), (9_697_000 - 1_515_000, 3_570_000));
    desk.cancel(1, ClOrdId(8));
    assert_eq!(desk.cash(1).1, 0);
}

#[test]
fn limits_come_before_cash() {
    let mut desk = desk();
    desk.done(&pinion_types::command::LimitsSet { long_max: 5, ..unlimited(Scope::Account, 1) });
    assert_eq!(refusal(&desk.enter(1, Buy, 1_000, 6)), RejectCode::LongLimit);
    assert_eq!(refusal(&desk.enter(1, Buy, 1_000, 5)), RejectCode::BuyingPower);
}
