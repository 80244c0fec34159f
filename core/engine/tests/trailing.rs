//! Trailing stops: triggers that follow the trades at a distance.

mod support;

use pinion_types::Side::{self, Buy, Sell};
use pinion_types::command::{
    InstrumentDef, InstrumentRules, Mark, NewOrder, NewOrderExtra, NewOrderWide, Replace,
    StateChange, TickBand, order_flags,
};
use pinion_types::{
    ClOrdId, Event, InstrumentId, MarkKind, OrdType, Px, Qty, RejectCode, StpMode, TradingState,
};
use support::{Desk, check, lines, px, refusal, taken};

const TICKS: u32 = 8;
const BPS: u32 = 9;

/// A trade of 1 between accounts 4 and 5.
fn trade(desk: &mut Desk, whole: i64) -> Vec<Event> {
    taken(&desk.enter(5, Sell, whole, 1));
    desk.enter(4, Buy, whole, 1)
}

/// What [`trail`] sends for account 1.
fn trail_of(desk: &mut Desk, side: Side, offset: (u32, i32), activation: i64) -> NewOrderWide {
    let order = desk.order_of(1, side, 0, 10);
    let order = NewOrder { ord_type: OrdType::Stop.into(), ..order };
    let extra = NewOrderExtra {
        offset_kind: offset.0,
        offset_ticks: offset.1,
        activation_px: px(activation),
        ..NewOrderExtra::default()
    };
    NewOrderWide { order, extra }
}

/// Enters a stop of account 1 that trails, from a price on or from now.
fn trail(desk: &mut Desk, side: Side, offset: (u32, i32), activation: i64) -> Vec<Event> {
    let body = trail_of(desk, side, offset, activation);
    desk.send(1, &body)
}

/// Triggers of the stops that wait, buys first.
fn triggers(desk: &Desk) -> Vec<i64> {
    desk.engine.stops(InstrumentId(1)).map(|it| it.stop_px.0 / px(1).0).collect()
}

fn enter_state(desk: &mut Desk, state: TradingState) -> Vec<Event> {
    let instrument = InstrumentId(1);
    desk.control(&StateChange { instrument, state: state.into(), ..StateChange::default() })
}

#[test]
fn a_trigger_follows_the_best_trade_and_never_comes_back() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    check(&trail(&mut desk, Sell, (TICKS, 5), 0), &["1 accepted 1 10 @ 85 stop 95"]);
    check(&trail(&mut desk, Buy, (TICKS, 5), 0), &["1 accepted 2 10 @ 115 stop 105"]);
    assert_eq!(triggers(&desk), [105, 95]);
    for (whole, now) in [(103, [105, 98]), (101, [105, 98]), (99, [104, 98]), (102, [104, 98])] {
        trade(&mut desk, whole);
        assert_eq!(triggers(&desk), now, "after a trade at {whole}");
    }
    // The price turns: the one behind is elected at its trigger.
    taken(&desk.enter(4, Buy, 97, 10));
    check(
        &trade(&mut desk, 98),
        &[
            "2 accepted 7 1 @ 98",
            "3 trade 6 1 @ 98 left 0 maker",
            "2 trade 7 1 @ 98 left 0 taker",
            "1 restated 1 to 1 10 @ 87 left 10 stop 98",
            "2 trade 6 10 @ 97 left 0 maker",
            "1 trade 1 10 @ 97 left 0 taker",
        ],
    );
    assert_eq!(triggers(&desk), [102]);
}

#[test]
fn who_ends_with_another_without_a_trade_is_no_trade() {
    let mut desk = Desk::new();
    let body = trail_of(&mut desk, Sell, (TICKS, 5), 0);
    let order = NewOrder { ord_type: OrdType::StopLimit.into(), px: px(90), ..body.order };
    check(&desk.send(1, &NewOrderWide { order, ..body }), &["1 accepted 1 10 @ 90"]);
    let linked = |link_leg, stop_px| NewOrderExtra {
        link_id: 7,
        link_kind: 1,
        link_leg,
        stop_px,
        ..NewOrderExtra::default()
    };
    let order = desk.order_of(1, Sell, 101, 2);
    taken(&desk.send(1, &NewOrderWide { order, extra: linked(1, px(0)) }));
    let order = desk.order_of(1, Sell, 80, 2);
    let order = NewOrder { ord_type: OrdType::StopLimit.into(), ..order };
    taken(&desk.send(1, &NewOrderWide { order, extra: linked(2, px(85)) }));
    let order = desk.order_of(1, Buy, 101, 1);
    let order = NewOrder { stp_mode: StpMode::CancelOldest.into(), ..order };
    check(
        &desk.send(1, &order),
        &["1 accepted 4 1 @ 101", "1 canceled 2 2 self-trade", "1 canceled 3 2 linked"],
    );
    assert!(triggers(&desk).is_empty());
    desk.engine.check().unwrap();
    trade(&mut desk, 101);
    assert_eq!(triggers(&desk), [96]);
}

#[test]
fn a_part_of_the_price_is_rounded_away() {
    let mut desk = Desk::new();
    trade(&mut desk, 103);
    trail(&mut desk, Sell, (BPS, 250), 0);
    trail(&mut desk, Buy, (BPS, 250), 0);
    // 2.575 behind is 3 behind.
    assert_eq!(triggers(&desk), [106, 100]);
    trail(&mut desk, Sell, (BPS, 9_999), 0);
    assert_eq!(triggers(&desk), [106, 1, 100]);
}

#[test]
fn before_any_trade_there_is_nothing_to_trail() {
    let mut desk = Desk::new();
    assert_eq!(refusal(&trail(&mut desk, Sell, (TICKS, 5), 0)), RejectCode::NoReferencePx);
    // A limit is a price of its own, a settlement one to count at.
    let body = trail_of(&mut desk, Sell, (TICKS, 5), 0);
    let order = NewOrder { ord_type: OrdType::StopLimit.into(), px: px(90), ..body.order };
    check(&desk.send(1, &NewOrderWide { order, ..body }), &["1 accepted 2 10 @ 90"]);
    desk.done(&Mark { kind: MarkKind::Settlement.into(), ..support::mark(1, 100) });
    check(&trail(&mut desk, Sell, (TICKS, 5), 0), &["1 accepted 3 10 @ 90"]);
    assert!(triggers(&desk).is_empty());
    trade(&mut desk, 70);
    assert_eq!(triggers(&desk), [65, 65]);
    // What it counts at stays.
    let stops = desk.engine.stops(InstrumentId(1)).map(|it| it.px).collect::<Vec<_>>();
    assert_eq!(stops, [px(90), px(90)]);
}

#[test]
fn an_activation_price_is_waited_for() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    check(&trail(&mut desk, Sell, (TICKS, 5), 110), &["1 accepted 1 10 @ 90"]);
    check(&trail(&mut desk, Buy, (TICKS, 5), 90), &["1 accepted 2 10 @ 110"]);
    trade(&mut desk, 109);
    trade(&mut desk, 91);
    assert!(triggers(&desk).is_empty());
    // At it is beyond it.
    trade(&mut desk, 110);
    assert_eq!(triggers(&desk), [105]);
    trade(&mut desk, 108);
    assert_eq!(triggers(&desk), [105]);
    trade(&mut desk, 106);
    check(&trail(&mut desk, Buy, (TICKS, 5), 106), &["1 accepted 3 10 @ 121 stop 111"]);
    assert_eq!(triggers(&desk), [111, 105]);
}

#[test]
fn one_sweep_moves_a_trigger_and_its_last_price_elects() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    trail(&mut desk, Buy, (TICKS, 3), 0);
    trail(&mut desk, Sell, (TICKS, 3), 0);
    for whole in [104, 109] {
        taken(&desk.enter(5, Sell, whole, 1));
    }
    taken(&desk.enter(5, Sell, 120, 20));
    let events = desk.enter(4, Buy, 109, 2);
    let told = lines(&events);
    // The buy was reached by the sweep, and what it paid itself is seen as well.
    assert_eq!(told[5], "1 restated 1 to 1 10 @ 130 left 10 stop 103", "{told:?}");
    assert_eq!(triggers(&desk), [117]);
}

#[test]
fn a_moved_trigger_is_elected_by_the_last_trade_alone() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    trail(&mut desk, Sell, (TICKS, 4), 0);
    let stop = desk.stop(4, Sell, (106, 0), 2);
    assert_eq!(refusal(&stop), RejectCode::WouldTrigger);
    // A buy stop lifts the price to 112, a sell stop then gives at 101: through 108.
    taken(&desk.stop(4, Buy, (105, 112), 3));
    taken(&desk.enter(5, Sell, 105, 1));
    taken(&desk.enter(5, Sell, 112, 3));
    taken(&desk.enter(4, Buy, 99, 20));
    let events = desk.enter(4, Buy, 105, 1);
    assert_eq!(triggers(&desk), [108], "{:?}", lines(&events));
    // From 112 the price falls to 108 in two steps of one order: elected.
    taken(&desk.enter(4, Buy, 110, 1));
    taken(&desk.enter(4, Buy, 108, 1));
    let told = lines(&desk.enter(5, Sell, 108, 2));
    assert!(told.iter().any(|it| it.starts_with("1 restated 1")), "{told:?}");
    assert!(triggers(&desk).is_empty());
}

#[test]
fn the_best_trade_of_a_command_moves_and_the_last_elects() {
    for (qty, elects) in [(2, false), (3, true)] {
        let mut desk = Desk::new();
        trade(&mut desk, 100);
        trail(&mut desk, Sell, (TICKS, 5), 0);
        for whole in [110, 106, 104] {
            taken(&desk.enter(4, Buy, whole, 1));
        }
        let told = lines(&desk.enter(5, Sell, 104, qty));
        assert_eq!(told.iter().any(|it| it.starts_with("1 restated 1")), elects, "{told:?}");
        assert_eq!(triggers(&desk).is_empty(), elects);
    }
}

#[test]
fn a_closing_uncross_is_seen_as_well() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    trail(&mut desk, Sell, (TICKS, 5), 0);
    enter_state(&mut desk, TradingState::ClosingAuction);
    taken(&desk.enter(5, Sell, 108, 3));
    taken(&desk.enter(4, Buy, 108, 3));
    enter_state(&mut desk, TradingState::PostClose);
    assert_eq!(triggers(&desk), [103]);
    // An opening auction below elects it where trading begins.
    enter_state(&mut desk, TradingState::OpeningAuction);
    taken(&desk.enter(5, Sell, 102, 3));
    taken(&desk.enter(4, Buy, 102, 13));
    let told = lines(&enter_state(&mut desk, TradingState::Continuous));
    assert_eq!(told[0], "1 restated 1 to 1 10 @ 93 left 10 stop 103");
    assert!(triggers(&desk).is_empty());
}

#[test]
fn a_broken_range_keeps_what_was_seen() {
    let mut desk = Desk::new();
    let instrument = InstrumentId(1);
    trade(&mut desk, 100);
    desk.done(&InstrumentRules {
        instrument,
        range_bps: 500,
        window_ms: 8_000,
        auction_ms: 1_000,
        ..InstrumentRules::default()
    });
    trail(&mut desk, Sell, (TICKS, 5), 0);
    for whole in [104, 110] {
        taken(&desk.enter(5, Sell, whole, 1));
    }
    let told = lines(&desk.enter(4, Buy, 110, 2));
    assert!(told.contains(&"state 1 opening-auction".to_owned()), "{told:?}");
    assert_eq!(triggers(&desk), [99]);
}

#[test]
fn bands_and_ends_hold_for_triggers() {
    let mut desk = Desk::new();
    let instrument = InstrumentId(1);
    trade(&mut desk, 100);
    let band = TickBand { instrument, from_px: px(50), tick: px(5), ..TickBand::default() };
    desk.done(&band);
    desk.done(&InstrumentDef { px_min: px(90), px_max: px(120), ..support::instrument(1) });
    for (side, offset) in [(Sell, 3), (Buy, 3), (Sell, 90), (Buy, 90)] {
        taken(&trail(&mut desk, side, (TICKS, offset), 0));
    }
    assert_eq!(triggers(&desk), [105, 120, 90, 95]);
    // No price is left behind the lowest.
    trade(&mut desk, 90);
    assert_eq!(refusal(&trail(&mut desk, Sell, (TICKS, 1), 0)), RejectCode::WouldTrigger);
    let odd = trail_of(&mut desk, Sell, (TICKS, 1), 93);
    assert_eq!(refusal(&desk.send(1, &odd)), RejectCode::BadTick);
}

#[test]
fn a_replace_changes_the_offset_and_keeps_what_is_trailed() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    trail(&mut desk, Sell, (TICKS, 10), 0);
    trade(&mut desk, 110);
    trade(&mut desk, 104);
    let replace = |desk: &mut Desk, qty: u64, kind: u32, offset: i32| {
        let orig = desk.last_id(1);
        let body = desk.replacement(1, orig, 0, qty);
        desk.send(1, &Replace { offset_kind: kind, offset_ticks: offset, ..body })
    };
    check(&replace(&mut desk, 8, 0, 0), &["1 replaced 1 to 2 8 @ 80 left 8 stop 100"]);
    check(&replace(&mut desk, 8, TICKS, 7), &["1 replaced 2 to 3 8 @ 93 left 8 back stop 103"]);
    check(&replace(&mut desk, 8, BPS, 1_000), &["1 replaced 3 to 4 8 @ 89 left 8 back stop 99"]);
    assert_eq!(refusal(&replace(&mut desk, 8, TICKS, 6)), RejectCode::WouldTrigger);
}

type Spoil = fn(&mut NewOrderWide);

#[test]
fn what_a_trailing_stop_cannot_have_is_refused() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    let bad: &[(RejectCode, Spoil)] = &[
        (RejectCode::PegOrTrail, |it| it.extra.offset_kind = 5),
        (RejectCode::PegOrTrail, |it| it.extra.offset_ticks = 0),
        (RejectCode::PegOrTrail, |it| it.extra.offset_ticks = -1),
        (RejectCode::PegOrTrail, |it| it.extra.offset_ticks = 1_000_001),
        (RejectCode::PegOrTrail, |it| {
            (it.extra.offset_kind, it.extra.offset_ticks) = (BPS, 10_000)
        }),
        (RejectCode::PegOrTrail, |it| it.extra.stop_px = px(90)),
        (RejectCode::PegOrTrail, |it| it.extra.peg_move = 1),
        (RejectCode::RequiredFieldMissing, |it| it.extra.offset_kind = 0),
        (RejectCode::IllegalTypeAndTif, |it| it.order.flags = order_flags::HIDDEN),
        (RejectCode::IllegalTypeAndTif, |it| it.extra.display_qty = Qty(1)),
        (RejectCode::IllegalTypeAndTif, |it| it.extra.min_qty = Qty(1)),
        (RejectCode::PxBelowMin, |it| it.extra.activation_px = px(-1)),
        (RejectCode::BadTick, |it| it.extra.activation_px = Px(1)),
    ];
    for &(code, spoil) in bad {
        let mut body = trail_of(&mut desk, Sell, (TICKS, 5), 0);
        spoil(&mut body);
        assert_eq!(refusal(&desk.send(1, &body)), code);
    }
    assert_eq!(desk.engine.order_count(), 0);
    // Nor may it get it later.
    taken(&trail(&mut desk, Sell, (TICKS, 5), 0));
    let bad: &[fn(&mut Replace)] = &[
        |it| it.stop_px = px(90),
        |it| it.activation_px = px(90),
        |it| it.offset_ticks = 5,
        |it| (it.offset_kind, it.offset_ticks) = (5, 1),
    ];
    for spoil in bad {
        let mut body = desk.replacement(1, ClOrdId(14), 0, 10);
        spoil(&mut body);
        assert_eq!(refusal(&desk.send(1, &body)), RejectCode::PegOrTrail);
    }
}

#[test]
fn an_instrument_has_a_thousand_at_most() {
    let genesis = pinion_types::command::Genesis {
        orders_max: 2_000,
        closed_orders_max: 16,
        ..support::genesis()
    };
    let mut desk = Desk::with(&genesis);
    trade(&mut desk, 100);
    desk.checks = false;
    for _ in 0..1_000 {
        taken(&trail(&mut desk, Sell, (TICKS, 5), 0));
    }
    desk.engine.check().expect("everything holds");
    assert_eq!(refusal(&trail(&mut desk, Sell, (TICKS, 5), 0)), RejectCode::OrderCapacity);
    taken(&desk.stop(1, Sell, (90, 0), 1));
    desk.cancel(1, ClOrdId(1_000));
    taken(&trail(&mut desk, Sell, (TICKS, 5), 0));
    // They all move, and are all elected.
    trade(&mut desk, 101);
    assert!(triggers(&desk)[1..].iter().all(|&it| it == 96));
}

#[test]
fn reducing_ones_trail_too() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 10);
    desk.enter(1, Buy, 100, 10);
    let body = trail_of(&mut desk, Sell, (TICKS, 5), 0);
    let order = NewOrder { flags: order_flags::REDUCE_ONLY, ..body.order };
    taken(&desk.send(1, &NewOrderWide { order, ..body }));
    // The position shrinks, and the order with it.
    desk.enter(5, Buy, 102, 4);
    let told = lines(&desk.enter(1, Sell, 102, 4));
    assert!(told.contains(&"1 restated 2 to 2 6 @ 85 left 6 stop 97".to_owned()), "{told:?}");
}
