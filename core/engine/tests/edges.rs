//! The last value that passes and the first that does not; and what neither grows nor asks for
//! more passes where a limit was cut below what works.

mod support;

use pinion_types::command::{
    AccountRisk, Genesis, InstrumentDef, LimitsSet, Mark, NewOrder, account_flags, instrument_flags,
};
use pinion_types::{
    AccountId, Event, EventRef, InstrumentId, MarkKind, Nanos, Qty, RejectCode, Scope, Side,
};
use support::{
    Desk, check, deposit, genesis, instrument, mark, no_risk, px, refusal, taken, unlimited,
};

use Side::{Buy, Sell};

fn cut(desk: &mut Desk, scope: Scope, id: u32, change: impl Fn(&mut LimitsSet)) {
    let mut body = unlimited(scope, id);
    change(&mut body);
    desk.done(&body);
}

#[test]
fn a_replace_that_asks_for_no_more_passes_below_what_works() {
    for scope in [Scope::Firm, Scope::Account] {
        let mut desk = Desk::new();
        desk.enter(1, Buy, 100, 10);
        desk.enter(1, Buy, 100, 10);
        let first = desk.last_id(1);
        cut(&mut desk, scope, 1, |it| {
            it.open_orders_max = 1;
            it.open_notional_max = 1;
            it.long_max = 5;
            it.gross_max = 1;
        });
        check(&desk.replace(1, first, 99, 10), &["1 replaced 2 to 3 10 @ 99 left 10 back"]);
        assert_eq!(
            refusal(&desk.replace(1, desk.last_id(1), 100, 10)),
            RejectCode::OpenNotionalLimit
        );
    }
}

#[test]
fn the_same_quantity_passes_a_position_limit_at_another_price() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 100, 10);
    cut(&mut desk, Scope::Account, 1, |it| it.long_max = 5);
    let id = desk.last_id(1);
    taken(&desk.replace(1, id, 101, 10));
    let id = desk.last_id(1);
    assert_eq!(refusal(&desk.replace(1, id, 101, 11)), RejectCode::LongLimit);
}

#[test]
fn a_gross_limit_is_reached_and_not_passed() {
    // 10 at 100, in 1e-4.
    let most = 10 * 100 * 10_000;
    for (scope, least) in [(Scope::Firm, most), (Scope::Account, most)] {
        let mut desk = Desk::new();
        cut(&mut desk, scope, 1, |it| it.gross_max = least);
        taken(&desk.enter(1, Buy, 100, 10));
        assert_eq!(refusal(&desk.enter(1, Buy, 1, 1)), RejectCode::GrossLimit);
        let mut desk = Desk::new();
        cut(&mut desk, scope, 1, |it| it.gross_max = least - 1);
        assert_eq!(refusal(&desk.enter(1, Buy, 100, 10)), RejectCode::GrossLimit);
    }
}

#[test]
fn times_are_good_up_to_their_last_nanosecond() {
    let mut desk = Desk::with(&Genesis { sending_time_window_ns: 2_000_000_000, ..genesis() });
    let mut at = |sent: u64, valid_until: u64| {
        let order = desk.limit(Buy, 100, 1);
        let (sending_time, valid_until) = (Nanos(sent), Nanos(valid_until));
        let events = desk.send(1, &NewOrder { sending_time, valid_until, ..order });
        match events.last().and_then(Event::view) {
            Some(EventRef::Rejected(it)) => it.code.0,
            _ => 0,
        }
    };
    let now = support::START.0 + 6;
    assert_eq!(at(now + 1_000_000_000, 0), 0);
    assert_eq!(at(now + 1_000_000_001, 0), 501);
    assert_eq!(at(now - 2_000_000_000, 0), 0);
    assert_eq!(at(now - 2_000_000_001, 0), 502);
    assert_eq!(at(now, now), 0);
    assert_eq!(at(now, now - 1), 503);
}

#[test]
fn flattening_sends_the_largest_order_of_whole_lots() {
    let mut desk = Desk::new();
    desk.done(&InstrumentDef { lot: Qty(10), qty_max: Qty(75), ..instrument(1) });
    desk.done(&deposit(1, 10_000));
    let risk = AccountRisk { daily_loss_bps: 600, flags: account_flags::FLATTEN, ..no_risk(1) };
    desk.done(&risk);
    for qty in [70, 30] {
        desk.enter(5, Sell, 50, qty);
        desk.enter(1, Buy, 50, qty);
    }
    desk.done(&mark(1, 50));
    for _ in 0..2 {
        desk.enter(5, Buy, 43, 70);
    }
    let events = desk.control(&mark(1, 44));
    let sent = events.iter().find_map(|event| match event.view() {
        Some(EventRef::Accepted(it)) => Some(it.qty.0),
        _ => None,
    });
    assert_eq!((sent, desk.position(1)), (Some(70), 30));
}

#[test]
fn equity_counts_a_price_below_zero() {
    let mut desk = Desk::new();
    let flags = instrument_flags::PX_MAY_BE_NEGATIVE;
    desk.done(&InstrumentDef { flags, ..instrument(1) });
    desk.enter(1, Buy, 100, 10);
    desk.enter(5, Sell, 100, 10);
    let mark = Mark {
        instrument: InstrumentId(1),
        kind: MarkKind::Mark.into(),
        px: px(-5),
        ..Mark::default()
    };
    desk.done(&mark);
    let equity = |id| desk.engine.account(AccountId(id)).expect("an account").equity;
    assert_eq!(equity(1), i128::from(px(-1_050).0));
    assert_eq!(equity(5), i128::from(px(1_050).0));
}
