//! Pegged orders that stay where they are entered: limit orders whose price the book gives.

mod support;

use pinion_types::Side::{self, Buy, Sell};
use pinion_types::command::{
    AccountPermission, InstrumentDef, Mark, NewOrder, NewOrderExtra, NewOrderWide, StateChange,
    TickBand, order_flags, side_bits, type_bits,
};
use pinion_types::{
    AccountId, Event, EventRef, ExecInst, InstrumentId, MarkKind, OrdStatus, OrdType, Px, Qty,
    RejectCode, TimeInForce, TradingState,
};
use support::{Desk, check, instrument, px, refusal, taken};

const MID: u32 = 2;
const MARKET: u32 = 4;
const PRIMARY: u32 = 5;

/// A venue with bids at 100 and offers at 105.
fn desk() -> Desk {
    let mut desk = Desk::new();
    taken(&desk.enter(5, Buy, 100, 10));
    taken(&desk.enter(5, Sell, 105, 10));
    desk
}

/// The price that an order was accepted at.
#[track_caller]
fn accepted(events: &[Event]) -> i64 {
    match events[0].view() {
        Some(EventRef::Accepted(it)) => {
            assert_eq!(it.ord_type.get(), Some(OrdType::Limit));
            assert_eq!(it.ord_status.get(), Some(OrdStatus::New));
            it.px.0 / px(1).0
        }
        other => panic!("accepted, not {other:?}"),
    }
}

/// Enters a peg and cancels it; gives its price.
#[track_caller]
fn price(desk: &mut Desk, side: Side, follows: (u32, i32), cap: i64) -> i64 {
    let tick = accepted(&desk.fix(1, side, follows, cap, 1));
    desk.cancel(1, desk.last_id(1));
    tick
}

#[test]
fn a_price_comes_from_the_best_of_either_side_or_between() {
    let mut desk = desk();
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 0), 0), 100);
    assert_eq!(price(&mut desk, Sell, (PRIMARY, 0), 0), 105);
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 2), 0), 102);
    assert_eq!(price(&mut desk, Sell, (PRIMARY, -2), 0), 103);
    assert_eq!(price(&mut desk, Buy, (MARKET, -3), 0), 102);
    assert_eq!(price(&mut desk, Sell, (MARKET, 1), 0), 101);
    // Half a tick goes away from the other side.
    assert_eq!(price(&mut desk, Buy, (MID, 0), 0), 102);
    assert_eq!(price(&mut desk, Sell, (MID, 0), 0), 103);
    assert_eq!(price(&mut desk, Sell, (MID, 1), 0), 104);
    // No worse than the cap.
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 2), 101), 101);
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 2), 103), 102);
    assert_eq!(price(&mut desk, Sell, (PRIMARY, -2), 104), 104);
}

#[test]
fn it_may_trade_at_once_and_stays_where_it_was_entered() {
    let mut desk = desk();
    let events = desk.fix(1, Buy, (MARKET, 0), 0, 15);
    check(
        &events,
        &[
            "1 accepted 1 15 @ 105",
            "3 trade 2 10 @ 105 left 0 maker",
            "1 trade 1 10 @ 105 left 5 taker",
        ],
    );
    assert_eq!(desk.book(Buy), [(1, 105, 5), (1, 100, 10)]);
    // The best of the other side moves, the order does not; replaced, it is a limit order.
    taken(&desk.enter(5, Sell, 110, 1));
    assert_eq!(desk.book(Buy)[0], (1, 105, 5));
    check(&desk.replace(1, desk.last_id(1), 99, 15), &["1 replaced 1 to 2 15 @ 99 left 5 back"]);
}

#[test]
fn what_is_hidden_is_not_followed() {
    let mut desk = desk();
    let hidden = NewOrder { flags: order_flags::HIDDEN, ..desk.order_of(5, Buy, 102, 5) };
    taken(&desk.send(3, &hidden));
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 0), 0), 100);
    // Beside one that shows the level is.
    taken(&desk.enter(5, Buy, 102, 5));
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 0), 0), 102);
}

#[test]
fn prices_are_rounded_to_bands_and_kept_within_the_ends() {
    let mut desk = Desk::new();
    let instrument = InstrumentId(1);
    desk.done(&InstrumentDef { px_min: px(52), px_max: px(148), ..support::instrument(1) });
    let band = TickBand { instrument, from_px: px(50), tick: px(5), ..TickBand::default() };
    desk.done(&band);
    taken(&desk.enter(5, Buy, 100, 10));
    taken(&desk.enter(5, Sell, 125, 10));
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 3), 0), 100);
    assert_eq!(price(&mut desk, Buy, (PRIMARY, 7), 0), 105);
    assert_eq!(price(&mut desk, Sell, (PRIMARY, -7), 0), 120);
    assert_eq!(price(&mut desk, Sell, (MID, 0), 0), 115);
    assert_eq!(price(&mut desk, Buy, (PRIMARY, -80), 0), 55);
    assert_eq!(price(&mut desk, Sell, (PRIMARY, 80), 0), 145);
    // The end would be worse than the cap.
    let refused = desk.fix(1, Sell, (PRIMARY, 80), 145, 1);
    assert_eq!(accepted(&refused), 145);
}

#[test]
fn without_anybody_to_follow_there_is_no_price() {
    let mut desk = Desk::new();
    for follows in [(PRIMARY, 0), (MARKET, 0), (MID, 0)] {
        assert_eq!(refusal(&desk.fix(1, Buy, follows, 0, 1)), RejectCode::NoReferencePx);
    }
    taken(&desk.enter(5, Buy, 100, 10));
    assert_eq!(refusal(&desk.fix(1, Buy, (MID, 0), 0, 1)), RejectCode::NoReferencePx);
    assert_eq!(refusal(&desk.fix(1, Sell, (PRIMARY, 0), 0, 1)), RejectCode::NoReferencePx);
    // The cap and the quantity are looked at before.
    let spoiled = desk.peg_of(1, Sell, (PRIMARY, 0), 0, 0);
    let extra = NewOrderExtra { peg_move: 1, ..spoiled.extra };
    let order = NewOrder { px: Px(1), ..spoiled.order };
    assert_eq!(refusal(&desk.send(1, &NewOrderWide { order, extra })), RejectCode::BadTick);
    assert_eq!(refusal(&desk.fix(1, Sell, (PRIMARY, 0), 0, 0)), RejectCode::BadLot);
}

type Spoil = fn(&mut NewOrderWide);

#[test]
fn what_a_peg_cannot_have_is_refused() {
    let mut desk = desk();
    let bad: &[(RejectCode, Spoil)] = &[
        (RejectCode::IllegalTypeAndTif, |it| {
            it.order.time_in_force = TimeInForce::ImmediateOrCancel.into();
        }),
        (RejectCode::IllegalTypeAndTif, |it| {
            it.order.time_in_force = TimeInForce::AtTheClose.into();
        }),
        (RejectCode::IllegalTypeAndTif, |it| {
            it.order.exec_inst = ExecInst::PostOnlyReject.into();
        }),
        (RejectCode::IllegalTypeAndTif, |it| it.order.flags = order_flags::HIDDEN),
        (RejectCode::IllegalTypeAndTif, |it| it.extra.display_qty = Qty(1)),
        (RejectCode::IllegalTypeAndTif, |it| it.extra.min_qty = Qty(1)),
        (RejectCode::ReservedNotZero, |it| it.extra.stop_px = px(90)),
        (RejectCode::ReservedNotZero, |it| it.order.protection_ticks = 1),
        (RejectCode::PegOrTrail, |it| it.extra.offset_kind = 0),
        (RejectCode::PegOrTrail, |it| it.extra.offset_kind = 8),
        (RejectCode::PegOrTrail, |it| it.extra.offset_ticks = 1_000_001),
        (RejectCode::PegOrTrail, |it| it.extra.offset_ticks = i32::MIN),
        (RejectCode::PegOrTrail, |it| it.extra.activation_px = px(90)),
        (RejectCode::PegOrTrail, |it| it.extra.peg_move = 2),
        (RejectCode::PegOrTrail, |it| it.order.ord_type = OrdType::Limit.into()),
        (RejectCode::PxBelowMin, |it| it.order.px = px(-1)),
    ];
    for &(code, spoil) in bad {
        let mut wide = desk.peg_of(1, Buy, (PRIMARY, 0), 0, 2);
        wide.extra.peg_move = 1;
        spoil(&mut wide);
        assert_eq!(refusal(&desk.send(1, &wide)), code);
    }
    assert_eq!(desk.engine.order_count(), 2);
}

#[test]
fn no_price_is_pegged_where_orders_collect() {
    let mut desk = desk();
    let instrument = InstrumentId(1);
    for (state, code) in [
        (TradingState::PreOpen, RejectCode::IllegalTypeAndTif),
        (TradingState::OpeningAuction, RejectCode::IllegalTypeAndTif),
        (TradingState::ClosingAuction, RejectCode::IllegalTypeAndTif),
        (TradingState::Halted, RejectCode::StateForbids),
        (TradingState::PostClose, RejectCode::StateForbids),
    ] {
        desk.done(&StateChange { instrument, state: state.into(), ..StateChange::default() });
        assert_eq!(refusal(&desk.fix(1, Buy, (PRIMARY, 0), 0, 1)), code);
    }
}

#[test]
fn rights_collar_and_limits_hold_for_it() {
    let mut desk = desk();
    desk.done(&InstrumentDef { collar_ticks: 4, ..instrument(1) });
    desk.done(&Mark { kind: MarkKind::Settlement.into(), ..support::mark(1, 100) });
    assert_eq!(refusal(&desk.fix(1, Buy, (MARKET, 0), 0, 1)), RejectCode::Collar);
    assert_eq!(price(&mut desk, Buy, (MARKET, -1), 0), 104);
    let mut limits = support::unlimited(pinion_types::Scope::Account, 1);
    limits.order_notional_max = 1_000_000;
    desk.done(&limits);
    assert_eq!(refusal(&desk.fix(1, Buy, (PRIMARY, 1), 0, 1)), RejectCode::OrderNotionalLimit);
    taken(&desk.fix(1, Buy, (PRIMARY, 0), 0, 1));
    // Permissions ask for the type that was sent.
    let permission = AccountPermission {
        account: AccountId(1),
        sides: side_bits::BUY,
        types: type_bits::PEGGED,
        ..AccountPermission::default()
    };
    desk.done(&permission);
    taken(&desk.fix(1, Buy, (PRIMARY, 0), 0, 1));
    assert_eq!(refusal(&desk.fix(1, Sell, (PRIMARY, 0), 0, 1)), RejectCode::PermissionForbids);
}
