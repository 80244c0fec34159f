//! Accounts that post margin: the worst side of every position against what the account is worth.

mod support;

use pinion_types::command::{InstrumentRules, Mark, NewOrder};
use pinion_types::event::Rejected;
use pinion_types::{
    AccountId, ClOrdId, Event, EventRef, InstrumentId, LimitId, MarkKind, RejectCode, Scope, Side,
};
use support::{Desk, cash_account, deposit, mark, px, refusal, taken};

use Side::{Buy, Sell};

fn rules(instrument: u32, margin_initial_bps: u32) -> InstrumentRules {
    InstrumentRules {
        instrument: InstrumentId(instrument),
        margin_initial_bps,
        ..InstrumentRules::default()
    }
}

/// A tenth of the value in instrument 1, whose mark is 100; accounts 1 and 5 have 1,000.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.done(&rules(1, 1_000));
    desk.done(&mark(1, 100));
    desk.done(&deposit(1, 1_000));
    desk.done(&deposit(5, 1_000));
    desk
}

fn rejected(events: &[Event]) -> Rejected {
    match events.last().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => *it,
        other => panic!("a refusal, not {other:?}"),
    }
}

#[track_caller]
fn names(events: &[Event], numbers: [i64; 3]) {
    let it = rejected(events);
    assert_eq!(
        (it.code.get(), it.limit_id.get()),
        (Some(RejectCode::Margin), Some(LimitId::Margin))
    );
    assert_eq!((it.scope.get(), it.scope_id), (Some(Scope::Account), 1));
    assert_eq!([it.limit, it.current, it.would_be], numbers);
}

fn in_2(desk: &mut Desk, side: Side, whole: i64, qty: u64) -> Vec<Event> {
    let order = NewOrder { instrument: InstrumentId(2), ..desk.limit(side, whole, qty) };
    desk.send(1, &order)
}

#[test]
fn the_worse_side_needs_its_margin() {
    let mut desk = desk();
    taken(&desk.enter(1, Buy, 90, 60));
    // The other side is not the worse one yet; the price of an order does not matter.
    taken(&desk.enter(1, Sell, 110, 60));
    taken(&desk.enter(1, Sell, 500, 40));
    names(&desk.enter(1, Sell, 110, 1), [10_000_000, 10_000_000, 10_100_000]);
    taken(&desk.enter(1, Buy, 90, 40));
    names(&desk.enter(1, Buy, 1, 1), [10_000_000, 10_000_000, 10_100_000]);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(1), 90, 61)), RejectCode::Margin);
    taken(&desk.replace(1, ClOrdId(1), 90, 59));
    let view = desk.engine.account(AccountId(1)).expect("an account");
    assert_eq!(view.margin, 1_000 * 100_000_000);
}

#[test]
fn an_order_that_needs_no_more_margin_passes_without_equity() {
    let mut desk = desk();
    desk.enter(5, Sell, 100, 100);
    desk.enter(1, Buy, 100, 100);
    // 100 at 40 less the 10,000 paid and the 1,000 there were: minus 5,000.
    desk.done(&mark(1, 40));
    let equity = desk.engine.account(AccountId(1)).map(|it| it.equity);
    assert_eq!(equity, Some(-5_000 * 100_000_000));
    assert_eq!(refusal(&desk.enter(1, Buy, 1, 1)), RejectCode::Margin);
    taken(&desk.enter(1, Sell, 50, 100));
    taken(&desk.enter(1, Sell, 50, 100));
    // From 100 long to 101 short is more.
    assert_eq!(refusal(&desk.enter(1, Sell, 50, 1)), RejectCode::Margin);
}

#[test]
fn gains_count_and_so_do_positions_elsewhere() {
    let mut desk = desk();
    desk.done(&rules(2, 2_000));
    desk.done(&mark(2, 10));
    taken(&in_2(&mut desk, Buy, 10, 250));
    names(&desk.enter(1, Buy, 100, 51), [10_000_000, 5_000_000, 10_100_000]);
    taken(&desk.enter(1, Buy, 100, 50));
    desk.enter(5, Sell, 100, 50);
    // 50 gained 10 each: 500 more, and 50 more of margin.
    desk.done(&mark(1, 110));
    names(&desk.enter(1, Buy, 1, 41), [15_000_000, 10_500_000, 15_010_000]);
    taken(&desk.enter(1, Buy, 1, 40));
    desk.done(&rules(2, 0));
    taken(&desk.enter(1, Buy, 1, 40));
    assert_eq!(desk.engine.account(AccountId(1)).map(|it| it.margin), Some(1_430 * 100_000_000));
}

#[test]
fn margin_needs_a_price_from_outside() {
    let mut desk = Desk::new();
    desk.done(&rules(1, 1_000));
    desk.done(&deposit(1, 1_000));
    // A trade between two who post none is not one.
    desk.done(&cash_account(2, 1));
    desk.done(&cash_account(5, 2));
    assert_eq!(refusal(&desk.enter(1, Buy, 100, 1)), RejectCode::NoReferencePx);
    desk.done(&Mark { kind: MarkKind::Settlement.into(), ..mark(1, 50) });
    taken(&desk.enter(1, Buy, 100, 200));
    assert_eq!(refusal(&desk.enter(1, Buy, 100, 1)), RejectCode::Margin);
    // The mark comes before the settlement.
    desk.done(&mark(1, 40));
    taken(&desk.enter(1, Buy, 100, 50));
    desk.done(&Mark { kind: MarkKind::Settlement.into(), ..mark(1, 1) });
    assert_eq!(refusal(&desk.enter(1, Buy, 100, 1)), RejectCode::Margin);
}

#[test]
fn margin_is_rounded_up() {
    let mut desk = Desk::new();
    desk.done(&rules(1, 1));
    desk.done(&mark(1, 1));
    desk.done(&pinion_types::command::CashMove {
        amount: pinion_types::Amount::from(10_000),
        ..deposit(1, 1)
    });
    taken(&desk.enter(1, Buy, 1, 1));
    names(&desk.enter(1, Buy, 1, 1), [1, 1, 2]);
}

#[test]
fn an_instrument_without_margin_is_free() {
    let mut desk = desk();
    taken(&in_2(&mut desk, Buy, 1_000, 1_000_000));
    taken(&desk.enter(1, Buy, 100, 100));
    assert_eq!(refusal(&desk.enter(1, Buy, 100, 1)), RejectCode::Margin);
}

#[test]
fn a_stale_mark_stops_what_increases() {
    let mut desk = Desk::new();
    desk.done(&InstrumentRules { mark_age_ms: 1_000, ..rules(1, 0) });
    let refused = desk.enter(1, Buy, 100, 1);
    let it = rejected(&refused);
    assert_eq!(
        (it.code.get(), it.limit_id.get()),
        (Some(RejectCode::StaleMark), Some(LimitId::Time))
    );
    assert_eq!((it.scope.get(), it.scope_id), (Some(Scope::Instrument), 1));
    assert_eq!(it.limit, 1_000_000_000);
    desk.done(&mark(1, 100));
    desk.now.0 += 1_000_000_000;
    taken(&desk.enter(1, Buy, 100, 10));
    desk.enter(5, Sell, 100, 10);
    desk.now.0 += 1;
    let it = rejected(&desk.enter(1, Buy, 100, 1));
    assert_eq!([it.limit, it.current, it.would_be], [1_000_000_000, 1_000_000_001, 1_000_000_001]);
    // The way out needs no mark.
    taken(&desk.enter(1, Sell, 100, 10));
    assert_eq!(refusal(&desk.enter(1, Sell, 100, 1)), RejectCode::StaleMark);
    // Nor does an account that pays in full; the collar comes before, limits come after.
    desk.done(&cash_account(2, 1));
    desk.done(&deposit(2, 1_000));
    taken(&desk.enter(2, Buy, 90, 1));
    desk.done(&mark(1, 100));
    taken(&desk.enter(1, Sell, 100, 1));
}

#[test]
fn the_largest_margin_overflows_nothing() {
    use pinion_types::command::InstrumentDef;
    use pinion_types::units::PX_ONE;
    use pinion_types::{Px, Qty};
    let mut desk = Desk::new();
    let whale = InstrumentDef {
        tick: Px(1),
        lot: Qty(1 << 25),
        multiplier: Px(PX_ONE << 36),
        minor_digits: 8,
        ..support::instrument(3)
    };
    desk.done(&whale);
    desk.done(&rules(3, 1_000_000));
    desk.done(&Mark { px: Px(1 << 50), ..mark(3, 1) });
    let order = NewOrder {
        instrument: InstrumentId(3),
        px: Px(1 << 50),
        qty: Qty(1 << 25),
        ..desk.limit(Buy, 1, 1)
    };
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::Margin);
    assert_eq!(px(1).0, PX_ONE);
}
