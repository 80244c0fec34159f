//! Numbers at the ends of their ranges: whatever an operator defines and whatever clients send, the
//! arithmetic refuses before it could overflow, and says so.
#![forbid(unsafe_code)]

mod support;

use pinion_types::codes::{KillAction, MarkKind, MassScope, Scope, TradingState};
use pinion_types::command::{
    AccountDef, AccountRisk, CashMove, InstrumentDef, Kill, LimitsSet, Mark, NewOrder, RoomChange,
    StateChange, instrument_flags,
};
use pinion_types::text::Chars;
use pinion_types::units::PX_ONE;
use pinion_types::{
    AccountId, Amount, Event, EventKind, EventRef, InstrumentId, OrdType, Px, Qty, RejectCode, Side,
};
use support::{
    Desk, account, cash_account, instrument, mark, no_risk, refusal, session_of, unlimited,
};

use Side::{Buy, Sell};

/// Lots so large, and a unit of price worth so much, that one lot at one tick is 2^61.
const LOT: u64 = 1 << 25;

/// Highest price of the [`whale`] that the arithmetic takes.
const HIGHEST: i64 = 1 << 50;

fn whale(id: u32) -> InstrumentDef {
    let multiplier = Px(PX_ONE << 36);
    let minor_digits = 8;
    InstrumentDef { tick: Px(1), lot: Qty(LOT), multiplier, minor_digits, ..instrument(id) }
}

/// One whale for an account.
fn enter(desk: &mut Desk, account: u32, side: Side, px: i64, id: u32) -> Vec<Event> {
    let session = session_of(account);
    let cl_ord_id = desk.id(session);
    let order = desk.limit(side, 1, 1);
    let order = NewOrder {
        cl_ord_id,
        px: Px(px),
        qty: Qty(LOT),
        account: AccountId(account),
        instrument: InstrumentId(id),
        ..order
    };
    desk.send(session, &order)
}

fn fees(events: &[Event]) -> Vec<i128> {
    let fee = |event: &Event| match event.view() {
        Some(EventRef::Trade(it)) => Some(it.fee.get()),
        _ => None,
    };
    events.iter().filter_map(fee).collect()
}

fn cash(account: u32, amount: i128) -> CashMove {
    let (account, amount) = (AccountId(account), Amount::from(amount));
    CashMove { account, currency: Chars::new("USD"), amount, ..CashMove::default() }
}

/// The dearest trade there is, at the highest fee: the product of both does not fit 128 bits.
#[test]
fn the_dearest_trade_pays_its_whole_value() {
    let mut desk = Desk::new();
    desk.done(&whale(3));
    desk.done(&AccountDef { maker_fee: -1_000_000, ..account(1, 1) });
    desk.done(&AccountDef { taker_fee: 1_000_000, ..account(5, 2) });
    enter(&mut desk, 1, Sell, HIGHEST, 3);
    let value = 1 << 111;
    assert_eq!(fees(&enter(&mut desk, 5, Buy, HIGHEST, 3)), [-value, value]);
}

/// Cash that trades brought near the end of its range stops every instrument of the account, not
/// the one that was traded alone; cash that is paid out frees them all.
#[test]
fn cash_near_the_end_of_its_range_stops_the_whole_account() {
    let mut desk = Desk::new();
    desk.done(&whale(3));
    desk.done(&whale(4));
    desk.enter(1, Buy, 1, 1);
    desk.done(&cash(1, (1 << 120) - 1));
    enter(&mut desk, 5, Buy, HIGHEST, 3);
    enter(&mut desk, 1, Sell, HIGHEST, 3);
    for id in [3, 4] {
        let code = refusal(&enter(&mut desk, 1, Sell, 1, id));
        assert_eq!(code, RejectCode::ArithmeticOverflow, "instrument {id}");
    }
    assert_eq!(refusal(&desk.enter(1, Sell, 2, 1)), RejectCode::ArithmeticOverflow);
    assert_eq!(desk.engine.overflow_count(), 3);
    desk.done(&cash(1, -(1 << 112)));
    assert!(matches!(desk.enter(1, Sell, 2, 1)[0].view(), Some(EventRef::Accepted(_))));
    // A payment alone can bring it there, too.
    desk.done(&cash(2, -(1 << 120)));
    assert!(matches!(desk.enter(2, Sell, 2, 1)[0].view(), Some(EventRef::Accepted(_))));
    desk.done(&cash(2, 1 << 119));
}

/// A payment alone brings an account there, whatever it traded before.
#[test]
fn a_payment_alone_stops_and_frees() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 1, 1);
    desk.done(&cash(1, 1 << 120));
    assert_eq!(refusal(&desk.enter(1, Buy, 1, 1)), RejectCode::ArithmeticOverflow);
    desk.done(&cash(1, -1));
    assert!(matches!(desk.enter(1, Buy, 1, 1)[0].view(), Some(EventRef::Accepted(_))));
}

/// What is held, margins and losses at the ends of the range: refused, or counted to the last unit.
#[test]
fn what_is_held_at_the_end_of_its_range_is_exact() {
    let mut desk = Desk::new();
    desk.done(&whale(3));
    desk.done(&unlimited(Scope::Global, 0));
    let level = LimitsSet { open_notional_max: u64::MAX - 1, ..unlimited(Scope::Session, 1) };
    desk.done(&level);
    desk.done(&AccountDef { taker_fee: 1_000_000, ..cash_account(1, 1) });
    desk.done(&cash(1, (1 << 120) - 1));
    let risk = AccountRisk { daily_loss_bps: 10_000, drawdown_max: 0, ..no_risk(5) };
    desk.done(&risk);
    // A session's limit of money is far below one whale.
    assert_eq!(refusal(&enter(&mut desk, 1, Buy, HIGHEST, 3)), RejectCode::OpenNotionalLimit);
    desk.done(&unlimited(Scope::Session, 1));
    let usd = Chars::new("USD");
    let held = |desk: &Desk| desk.engine.held_of(AccountId(1), usd);
    for count in 1..=4 {
        enter(&mut desk, 1, Buy, HIGHEST, 3);
        assert_eq!(held(&desk), count << 112, "a whale and its whole fee");
    }
    enter(&mut desk, 5, Sell, HIGHEST, 3);
    assert_eq!(held(&desk), 3 << 112);
    let body = Mark { kind: MarkKind::Mark.into(), px: Px(HIGHEST), ..mark(3, 1) };
    desk.done(&body);
    // It was paid for the whale; what it is short of counts as far as a position can.
    let equity = desk.engine.account(AccountId(5)).map(|it| it.equity);
    assert_eq!(equity, Some((1 << 111) - (1 << 96)));
    desk.mass_cancel(1, MassScope::Account, 1);
    assert_eq!(held(&desk), 0);
}

/// What the venue earns is a sum over everybody: it stops growing before it could overflow.
#[test]
fn fees_of_the_venue_stop_before_they_overflow() {
    let mut desk = Desk::new();
    desk.checks = false;
    desk.done(&whale(3));
    for (id, firm) in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2)] {
        let fees = AccountDef { maker_fee: 1_000_000, taker_fee: 1_000_000, ..account(id, firm) };
        desk.done(&fees);
    }
    let mut stopped = 0;
    for turn in 0..700_u32 {
        // Who is stopped by its own money is paid; positions of both sides stay small.
        let sides = if turn.is_multiple_of(2) { [Sell, Buy] } else { [Buy, Sell] };
        let accounts = [turn / 2 % 4 + 1, 5];
        for (account, side) in accounts.into_iter().zip(sides) {
            let events = enter(&mut desk, account, side, HIGHEST, 3);
            if matches!(events[0].view(), Some(EventRef::Rejected(_))) {
                assert_eq!(refusal(&events), RejectCode::ArithmeticOverflow);
                stopped += 1;
            }
        }
    }
    assert!(stopped > 0, "someone is near the end");
    desk.engine.check().expect("everything holds");
    let (_, earned, _) = desk.engine.currencies().next().expect("a currency");
    let near = (1 << 120)..(1 << 120) + (1 << 113);
    assert!(near.contains(&earned), "{earned}");
}

/// A position grows to its bound, the last lot included, and not by one lot beyond.
#[test]
fn a_position_stops_at_its_bound() {
    let mut desk = Desk::new();
    desk.checks = false;
    desk.done(&whale(3));
    let lots_max = 1 << 14;
    for _ in 0..lots_max {
        let sold = enter(&mut desk, 1, Sell, 1, 3);
        assert_eq!(sold[0].kind(), Some(EventKind::Accepted));
        enter(&mut desk, 5, Buy, 1, 3);
    }
    for (account, side) in [(1, Sell), (5, Buy)] {
        let position = desk.engine.position(AccountId(account), InstrumentId(3));
        let lots = position.expect("a position").quantity.unsigned_abs() / LOT;
        assert_eq!(lots, lots_max, "account {account}");
        let refused = refusal(&enter(&mut desk, account, side, 1, 3));
        assert_eq!(refused, RejectCode::ArithmeticOverflow, "account {account}");
    }
    desk.engine.check().expect("everything holds");
}

/// What an account realized in one instrument stops it there, though its cash is paid out, and
/// nowhere else.
#[test]
fn what_is_realized_near_the_end_of_its_range_stops_one_position() {
    let mut desk = Desk::new();
    desk.checks = false;
    desk.done(&whale(3));
    desk.done(&whale(4));
    for _ in 0..513 {
        enter(&mut desk, 5, Sell, 1, 3);
        enter(&mut desk, 1, Buy, 1, 3);
        enter(&mut desk, 5, Buy, HIGHEST, 3);
        enter(&mut desk, 1, Sell, HIGHEST, 3);
        desk.done(&cash(1, -(1 << 111)));
        desk.done(&cash(5, 1 << 111));
    }
    for account in [1, 5] {
        let refused = refusal(&enter(&mut desk, account, Buy, 1, 3));
        assert_eq!(refused, RejectCode::ArithmeticOverflow, "account {account}");
        let passed = enter(&mut desk, account, Buy, 1, 4);
        assert_eq!(passed[0].kind(), Some(EventKind::Accepted), "account {account}");
    }
    desk.engine.check().expect("everything holds");
}

/// A mark that was good before its instrument was worth more is forgotten, not counted wrongly.
#[test]
fn a_mark_that_a_new_definition_puts_out_of_range_is_forgotten() {
    let mut desk = Desk::new();
    let cheap = InstrumentDef { tick: Px(1), ..instrument(3) };
    desk.done(&cheap);
    for kind in [MarkKind::Mark, MarkKind::Settlement] {
        let (instrument, kind) = (InstrumentId(3), kind.into());
        desk.done(&Mark { instrument, kind, px: Px(1 << 60), ..Mark::default() });
    }
    desk.done(&InstrumentDef { qty_max: Qty(9), ..cheap });
    let reference = |desk: &Desk| desk.engine.instrument(InstrumentId(3)).map(|it| it.reference);
    assert_eq!(reference(&desk), Some(Some(Px(1 << 60))), "nothing about its worth changed");
    desk.done(&whale(3));
    assert_eq!(reference(&desk), Some(None));
    enter(&mut desk, 1, Sell, 1, 3);
    enter(&mut desk, 5, Buy, 1, 3);
    desk.engine.check().expect("gross values are what positions cost");
}

/// The protection of a market order ends where prices do: on a tick, not beyond 64 bits.
#[test]
fn protection_ends_where_prices_do() {
    let mut desk = Desk::new();
    let tick = 1 << 40;
    let coarse = InstrumentDef { tick: Px(tick), protection_ticks: u32::MAX, ..instrument(3) };
    desk.done(&InstrumentDef { flags: instrument_flags::PX_MAY_BE_NEGATIVE, ..coarse });
    let (instrument, kind) = (InstrumentId(3), MarkKind::Settlement.into());
    desk.done(&Mark { instrument, kind, px: Px(tick), ..Mark::default() });
    for (side, highest) in [(Buy, true), (Sell, false)] {
        let order = NewOrder {
            px: Px(0),
            instrument,
            ord_type: OrdType::Market.into(),
            ..desk.limit(side, 0, 1)
        };
        let events = desk.send(1, &order);
        let Some(EventRef::Accepted(it)) = events[0].view() else { panic!("{events:?}") };
        let end = (i64::MAX - 1) / tick * tick;
        assert_eq!(it.px, Px(if highest { end } else { -end }));
    }
}

/// An operator's cash never takes the room that a position will need.
#[test]
fn cash_leaves_positions_their_room() {
    let genesis =
        pinion_types::command::Genesis { accounts_max: 5, positions_max: 2, ..support::genesis() };
    let mut desk = Desk::with(&genesis);
    let euro = InstrumentDef { currency: Chars::new("EUR"), ..instrument(3) };
    desk.done(&euro);
    for id in 1..=5 {
        desk.done(&cash(id, 1));
    }
    let more = CashMove { currency: Chars::new("EUR"), ..cash(1, 1) };
    assert_eq!(desk.refused(&more), RejectCode::TableFull.code());
    for account in [1, 5] {
        let order = NewOrder { instrument: InstrumentId(3), ..desk.limit(Buy, 1, 1) };
        let session = session_of(account);
        let order = NewOrder { cl_ord_id: desk.id(session), account: AccountId(account), ..order };
        let events = desk.send(session, &order);
        assert!(matches!(events[0].view(), Some(EventRef::Accepted(_))), "{events:?}");
    }
    desk.done(&more);
}

/// Whatever stops an order stops no cancel: kills at every level, limits of nothing, money near the
/// end of its range, logs without room, a halt.
#[test]
fn whatever_stops_an_order_a_cancel_passes() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 1, 1);
    let resting: Vec<_> = (0..2)
        .map(|_| {
            desk.enter(1, Buy, 1, 1);
            desk.last_id(1)
        })
        .collect();
    for (scope, id) in [(Scope::Firm, 1), (Scope::Account, 1)] {
        desk.done(&LimitsSet { scope: scope.into(), id, ..LimitsSet::default() });
    }
    desk.done(&cash(1, 1 << 120));
    desk.apply(&support::steering(&RoomChange { is_short: 1, ..RoomChange::default() }));
    for (scope, id) in [
        (Scope::Global, 0),
        (Scope::Firm, 1),
        (Scope::Account, 1),
        (Scope::Session, 1),
        (Scope::Instrument, 1),
    ] {
        let (scope, action) = (scope.into(), KillAction::Block.into());
        desk.done(&Kill { scope, id, action, ..Kill::default() });
    }
    desk.apply(&support::steering(&StateChange {
        state: TradingState::Halted.into(),
        ..StateChange::default()
    }));
    assert_eq!(refusal(&desk.enter(1, Buy, 1, 1)), RejectCode::BlockedGlobal);
    assert_eq!(refusal(&desk.replace(1, resting[0], 1, 2)), RejectCode::BlockedGlobal);
    let events = desk.cancel(1, resting[0]);
    assert!(matches!(events[..], [event] if event.kind() == Some(EventKind::Canceled)));
    let events = desk.mass_cancel(1, MassScope::Session, 0);
    let kinds: Vec<_> = events.iter().filter_map(Event::kind).collect();
    assert_eq!(kinds, [EventKind::Canceled, EventKind::Canceled, EventKind::MassCanceled]);
}
