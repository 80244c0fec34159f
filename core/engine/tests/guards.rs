//! Guards of an instrument and bands of its ticks: what is taken, what is refused, what they do.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{InstrumentDef, InstrumentRules, Mark, NewOrder, Replace, TickBand};
use pinion_types::text::Spare;
use pinion_types::{
    ClOrdId, ExecInst, InstrumentId, MarkKind, OrdType, Px, RejectCode, TimeInForce,
};
use support::{Desk, check, instrument, px, refusal};

fn band(from: i64, tick: i64) -> TickBand {
    TickBand {
        instrument: InstrumentId(1),
        from_px: px(from),
        tick: px(tick),
        ..TickBand::default()
    }
}

fn rules() -> InstrumentRules {
    InstrumentRules { instrument: InstrumentId(1), ..InstrumentRules::default() }
}

#[test]
fn guards_are_kept_as_they_were_set() {
    let mut desk = Desk::new();
    let set = InstrumentRules {
        elections_max: 7,
        tranches_max: 9,
        display_min_bps: 10_000,
        range_bps: 200,
        window_ms: 60_000,
        auction_ms: 5_000,
        auction_random_ms: 1_000,
        mark_age_ms: 10_000,
        margin_initial_bps: 1_000_000,
        margin_maintenance_bps: 500,
        ..rules()
    };
    let before = desk.engine.state_hash();
    desk.done(&set);
    assert_ne!(desk.engine.state_hash(), before, "guards decide");
    assert_eq!(desk.engine.instrument(InstrumentId(1)).map(|it| it.rules), Some(set));
    let again = desk.engine.state_hash();
    desk.done(&rules());
    desk.done(&set);
    assert_eq!(desk.engine.state_hash(), again);
}

#[test]
fn guards_out_of_range_change_nothing() {
    let mut desk = Desk::new();
    let before = desk.engine.state_hash();
    for bad in [
        InstrumentRules { display_min_bps: 10_001, ..rules() },
        InstrumentRules { range_bps: 1_000_001, ..rules() },
        InstrumentRules { margin_initial_bps: 1_000_001, ..rules() },
        InstrumentRules { margin_maintenance_bps: 1, ..rules() },
        InstrumentRules { elections_max: 10_001, ..rules() },
        InstrumentRules { tranches_max: 10_001, ..rules() },
        InstrumentRules { flags: 1, ..rules() },
        InstrumentRules { spare: Spare([0, 0, 1]), ..rules() },
    ] {
        assert_eq!(desk.refused(&bad), RejectCode::BadValue.code(), "{bad:?}");
    }
    for instrument in [0, 3, 9] {
        let nowhere = InstrumentRules { instrument: InstrumentId(instrument), ..rules() };
        assert_eq!(desk.refused(&nowhere), RejectCode::UnknownTarget.code());
    }
    assert_eq!(desk.engine.state_hash(), before);
}

#[test]
fn a_price_is_a_multiple_of_its_bands_tick() {
    let mut desk = Desk::new();
    desk.done(&band(100, 5));
    desk.done(&band(1_000, 10));
    for (whole, code) in [(99, 0), (100, 0), (103, 1101), (995, 0), (1_005, 1101), (1_010, 0)] {
        let order = desk.limit(Buy, whole, 1);
        let events = desk.send(1, &order);
        if code == 0 {
            assert_eq!(events.len(), 1, "{whole}");
        } else {
            assert_eq!(refusal(&events).code(), code, "{whole}");
        }
        let orig = desk.last_id(1);
        desk.cancel(1, orig);
    }
    // A replace asks the same.
    desk.enter(1, Buy, 90, 1);
    let orig = desk.last_id(1);
    assert_eq!(refusal(&desk.replace(1, orig, 104, 1)), RejectCode::BadTick);
    // Without bands the instrument's own tick holds again.
    desk.done(&band(0, 0));
    assert_eq!(desk.engine.tick_bands(InstrumentId(1)).count(), 0);
    assert_eq!(desk.replace(1, orig, 104, 1).len(), 1);
}

/// A band is for prices that come, not for those that are there.
#[test]
fn an_order_that_works_keeps_its_price_under_a_later_band() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 103, 5);
    assert_eq!(desk.stop(1, Sell, (97, 96), 5).len(), 1);
    desk.done(&band(90, 5));
    check(&desk.replace(1, ClOrdId(1), 103, 4), &["1 replaced 1 to 3 4 @ 103 left 4"]);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(3), 102, 4)), RejectCode::BadTick);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(3), 104, 4)), RejectCode::BadTick);
    let stop = |desk: &mut Desk, orig, (trigger, limit): (i64, i64), qty| {
        let body = desk.replacement(1, ClOrdId(orig), limit, qty);
        desk.send(1, &Replace { stop_px: px(trigger), ..body })
    };
    // Trigger and limit are prices of their own.
    check(&stop(&mut desk, 2, (97, 96), 4), &["1 replaced 2 to 6 4 @ 96 left 4 stop 97"]);
    assert_eq!(refusal(&stop(&mut desk, 6, (97, 94), 4)), RejectCode::BadTick);
    assert_eq!(refusal(&stop(&mut desk, 6, (98, 96), 4)), RejectCode::BadTick);
    check(&stop(&mut desk, 6, (95, 96), 4), &["1 replaced 6 to 9 4 @ 96 left 4 back stop 95"]);
    // The range of prices holds for every replace.
    desk.done(&InstrumentDef { px_max: px(102), ..instrument(1) });
    assert_eq!(refusal(&desk.replace(1, ClOrdId(3), 103, 3)), RejectCode::PxAboveMax);
}

#[test]
fn bands_rise_and_are_at_most_eight() {
    let mut desk = Desk::new();
    let bad = RejectCode::BadValue.code();
    let half = TickBand { tick: Px(px(1).0 / 2), ..band(10, 1) };
    for refused in
        [band(-1, 5), band(10, -5), half, band(5, 0), TickBand { spare: 1, ..band(1, 1) }]
    {
        assert_eq!(desk.refused(&refused), bad, "{refused:?}");
    }
    let nowhere = TickBand { instrument: InstrumentId(3), ..band(1, 1) };
    assert_eq!(desk.refused(&nowhere), RejectCode::UnknownTarget.code());
    for from in 1..=8 {
        desk.done(&band(from * 10, 2));
        assert_eq!(desk.refused(&band(from * 10, 4)), bad, "a band begins above the last");
    }
    assert_eq!(desk.refused(&band(1_000, 2)), RejectCode::TableFull.code());
    let bands: Vec<_> = desk.engine.tick_bands(InstrumentId(1)).collect();
    assert_eq!(bands.len(), 8);
    assert_eq!(bands[7], (px(80), px(2)));
    // Another tick has prices of its own.
    let other = InstrumentDef { tick: px(4), ..instrument(1) };
    desk.done(&other);
    assert_eq!(desk.engine.tick_bands(InstrumentId(1)).count(), 0);
}

#[test]
fn a_sliding_order_goes_one_tick_of_its_band_behind() {
    let mut desk = Desk::new();
    desk.done(&band(100, 5));
    desk.enter(5, Sell, 100, 1);
    let slide = |desk: &mut Desk, side, whole| {
        let exec_inst = ExecInst::PostOnlySlide.into();
        let order = NewOrder { exec_inst, ..desk.limit(side, whole, 1) };
        desk.send(1, &order)
    };
    let events = slide(&mut desk, Buy, 120);
    check(&events, &["1 accepted 1 1 @ 99"]);
    // Sells slide upward, over the edge of the band.
    let events = slide(&mut desk, Sell, 50);
    check(&events, &["1 accepted 2 1 @ 100"]);
}

#[test]
fn protection_ends_at_a_price_of_its_band() {
    let mut desk = Desk::new();
    desk.done(&band(100, 7));
    let settlement = Mark {
        px: px(100),
        instrument: InstrumentId(1),
        kind: MarkKind::Settlement.into(),
        ..Mark::default()
    };
    desk.done(&settlement);
    desk.enter(5, Sell, 105, 1);
    let market = |desk: &mut Desk, side| {
        let order = desk.limit(side, 0, 5);
        let order = NewOrder {
            px: px(0),
            ord_type: OrdType::Market.into(),
            time_in_force: TimeInForce::ImmediateOrCancel.into(),
            ..order
        };
        desk.send(1, &order)
    };
    // 105 and ten ticks would be 115; the band has 112.
    let events = market(&mut desk, Buy);
    assert!(support::lines(&events)[0].ends_with("@ 112"), "{:?}", support::lines(&events));
}
