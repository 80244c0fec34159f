//! Limits: counted at accept, named by level, and the way out is always open.

mod support;

use pinion_types::command::{InstrumentDef, LimitsSet, Mark, NewOrder};
use pinion_types::event::Rejected;
use pinion_types::{
    AccountId, ClOrdId, Event, EventRef, InstrumentId, LimitId, MarkKind, RejectCode, Scope, Side,
    TimeInForce,
};
use support::{Desk, account, check, instrument, px, refusal, unlimited};

use Side::{Buy, Sell};

fn rejected(events: &[Event]) -> Rejected {
    match events.last().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => *it,
        other => panic!("a refusal, not {other:?}"),
    }
}

/// Checks a refusal: code, limit, level, and the three numbers.
#[track_caller]
fn names(events: &[Event], code: RejectCode, id: LimitId, at: (Scope, u32), numbers: [i64; 3]) {
    let it = rejected(events);
    assert_eq!((it.code.get(), it.limit_id.get()), (Some(code), Some(id)));
    assert_eq!((it.scope.get(), it.scope_id), (Some(at.0), at.1));
    assert_eq!([it.limit, it.current, it.would_be], numbers);
}

fn limits(desk: &mut Desk, scope: Scope, id: u32, change: impl Fn(&mut LimitsSet)) {
    let mut body = unlimited(scope, id);
    change(&mut body);
    desk.done(&body);
}

#[test]
fn a_new_account_can_do_nothing_until_limits_are_set() {
    let mut desk = Desk::new();
    desk.done(&account(6, 2));
    desk.allow(3, 6);
    let refused = desk.enter(6, Buy, 100, 1);
    names(&refused, RejectCode::OrderQtyLimit, LimitId::OrderQty, (Scope::Account, 6), [0, 0, 1]);
    desk.done(&unlimited(Scope::Account, 6));
    check(&desk.enter(6, Buy, 100, 1), &["3 accepted 2 1 @ 100"]);
}

#[test]
fn the_tightest_level_binds_and_is_named() {
    let mut desk = Desk::new();
    limits(&mut desk, Scope::Firm, 1, |it| it.order_qty_max = 30);
    limits(&mut desk, Scope::Account, 1, |it| it.order_qty_max = 20);
    limits(&mut desk, Scope::Account, 1, |it| {
        it.instrument = InstrumentId(1);
        it.order_qty_max = 10;
    });
    let (code, id) = (RejectCode::OrderQtyLimit, LimitId::OrderQty);
    names(&desk.enter(1, Buy, 100, 11), code, id, (Scope::Account, 1), [10, 0, 11]);
    limits(&mut desk, Scope::Account, 1, |it| it.instrument = InstrumentId(1));
    names(&desk.enter(1, Buy, 100, 21), code, id, (Scope::Account, 1), [20, 0, 21]);
    desk.done(&unlimited(Scope::Account, 1));
    names(&desk.enter(1, Buy, 100, 31), code, id, (Scope::Firm, 1), [30, 0, 31]);
    desk.done(&unlimited(Scope::Firm, 1));
    desk.done(&InstrumentDef { qty_max: pinion_types::Qty(40), ..instrument(1) });
    let (code, id) = (RejectCode::QtyAboveMax, LimitId::QtyMax);
    names(&desk.enter(1, Buy, 100, 41), code, id, (Scope::Instrument, 1), [40, 41, 41]);
}

#[test]
fn values_are_counted_in_money() {
    let mut desk = Desk::new();
    limits(&mut desk, Scope::Account, 1, |it| it.order_notional_max = 10_000_000);
    desk.enter(1, Buy, 100, 10);
    let refused = desk.enter(1, Buy, 101, 10);
    let id = LimitId::OrderNotional;
    let at = (Scope::Account, 1);
    names(&refused, RejectCode::OrderNotionalLimit, id, at, [10_000_000, 0, 10_100_000]);
    limits(&mut desk, Scope::Account, 1, |it| it.open_notional_max = 15_000_000);
    let refused = desk.enter(1, Buy, 100, 6);
    let id = LimitId::OpenNotional;
    let numbers = [15_000_000, 10_000_000, 16_000_000];
    names(&refused, RejectCode::OpenNotionalLimit, id, at, numbers);
    assert_eq!(desk.enter(1, Buy, 100, 5).len(), 1);
}

#[test]
fn open_orders_are_counted_at_every_level() {
    let mut desk = Desk::new();
    limits(&mut desk, Scope::Firm, 1, |it| it.open_orders_max = 3);
    limits(&mut desk, Scope::Account, 1, |it| it.open_orders_max = 2);
    desk.enter(1, Buy, 100, 1);
    desk.enter(4, Buy, 100, 1);
    desk.enter(1, Buy, 100, 1);
    let (code, id) = (RejectCode::OpenOrdersLimit, LimitId::OpenOrders);
    // Both levels are full: the higher is named.
    names(&desk.enter(1, Buy, 100, 1), code, id, (Scope::Firm, 1), [3, 3, 4]);
    names(&desk.enter(4, Buy, 100, 1), code, id, (Scope::Firm, 1), [3, 3, 4]);
    desk.cancel(2, ClOrdId(1));
    names(&desk.enter(1, Buy, 100, 1), code, id, (Scope::Account, 1), [2, 2, 3]);
    assert_eq!(desk.enter(4, Buy, 100, 1).len(), 1);
}

#[test]
fn positions_are_counted_at_worst() {
    let mut desk = Desk::new();
    limits(&mut desk, Scope::Account, 1, |it| {
        it.long_max = 10;
        it.short_max = 5;
    });
    desk.enter(1, Buy, 90, 6);
    desk.enter(5, Sell, 90, 4);
    // P = 4, B = 2.
    let refused = desk.enter(1, Buy, 80, 5);
    names(&refused, RejectCode::LongLimit, LimitId::Long, (Scope::Account, 1), [10, 6, 11]);
    assert_eq!(desk.enter(1, Buy, 80, 4).len(), 1);
    let refused = desk.enter(1, Sell, 100, 10);
    names(&refused, RejectCode::ShortLimit, LimitId::Short, (Scope::Account, 1), [5, -4, 6]);
    assert_eq!(desk.enter(1, Sell, 100, 9).len(), 1);
}

#[test]
fn a_reducing_order_passes_over_a_limit() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 10);
    desk.enter(1, Buy, 100, 10);
    limits(&mut desk, Scope::Account, 1, |it| {
        it.long_max = 0;
        it.short_max = 0;
        it.gross_max = 0;
    });
    assert_eq!(refusal(&desk.enter(1, Buy, 100, 1)), RejectCode::LongLimit);
    assert_eq!(desk.enter(1, Sell, 110, 10).len(), 1, "back to flat");
    assert_eq!(refusal(&desk.enter(1, Sell, 110, 1)), RejectCode::ShortLimit);
}

#[test]
fn gross_value_is_positions_at_mark_and_orders() {
    let mut desk = Desk::new();
    limits(&mut desk, Scope::Account, 1, |it| it.gross_max = 20_000_000);
    desk.enter(5, Sell, 100, 10);
    desk.enter(1, Buy, 100, 10);
    desk.enter(1, Buy, 50, 10);
    let refused = desk.enter(1, Buy, 60, 10);
    let (code, id, at) = (RejectCode::GrossLimit, LimitId::Gross, (Scope::Account, 1));
    names(&refused, code, id, at, [20_000_000, 15_000_000, 21_000_000]);
    let mark = |whole| Mark {
        instrument: InstrumentId(1),
        kind: MarkKind::Mark.into(),
        px: px(whole),
        ..Mark::default()
    };
    desk.done(&mark(80));
    assert_eq!(desk.enter(1, Buy, 60, 10).len(), 1, "13 + 6 of 20");
    desk.done(&mark(120));
    assert_eq!(desk.engine.account(AccountId(1)).map(|it| it.gross), Some(1_200 * 100_000_000));
}

#[test]
fn the_collar_looks_at_the_reference() {
    let mut desk = Desk::new();
    desk.done(&InstrumentDef { collar_ticks: 5, collar_bps: 1_000, ..instrument(1) });
    assert_eq!(desk.enter(5, Sell, 10, 1).len(), 1, "no reference, no collar");
    desk.enter(1, Buy, 10, 1);
    // Ten percent of 10 is less than five ticks.
    let (code, id) = (RejectCode::Collar, LimitId::Collar);
    let numbers = [15, 10, 16].map(|whole| px(whole).0);
    names(&desk.enter(1, Buy, 16, 1), code, id, (Scope::Instrument, 1), numbers);
    assert_eq!(desk.enter(1, Buy, 15, 1).len(), 1);
    assert_eq!(desk.enter(5, Sell, 20, 1).len(), 1, "a high offer is no danger");
    limits(&mut desk, Scope::Account, 1, |it| it.collar_bps = 2_000);
    let numbers = [12, 10, 13].map(|whole| px(whole).0);
    names(&desk.enter(1, Buy, 13, 1), code, id, (Scope::Account, 1), numbers);
    let numbers = [8, 10, 7].map(|whole| px(whole).0);
    names(&desk.enter(1, Sell, 7, 1), code, id, (Scope::Account, 1), numbers);
}

#[test]
fn limits_count_at_accept_whether_or_not_an_order_rests() {
    let mut desk = Desk::new();
    limits(&mut desk, Scope::Account, 1, |it| it.open_orders_max = 0);
    let order = NewOrder {
        time_in_force: TimeInForce::ImmediateOrCancel.into(),
        ..desk.limit(Buy, 100, 1)
    };
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::OpenOrdersLimit);
}

#[test]
fn what_is_held_is_released_to_the_last_unit() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 100, 10);
    desk.enter(5, Sell, 100, 3);
    desk.replace(1, ClOrdId(1), 100, 8);
    let account = desk.engine.account(AccountId(1)).expect("an account");
    assert_eq!((account.open_orders, account.open_notional), (1, 500 * 100_000_000));
    desk.cancel(1, ClOrdId(2));
    let account = desk.engine.account(AccountId(1)).expect("an account");
    assert_eq!((account.open_orders, account.open_notional), (0, 0));
    let position = desk.engine.position(AccountId(1), InstrumentId(1)).expect("a position");
    assert_eq!((position.quantity, position.buys.0, position.sells.0), (3, 0, 0));
}
