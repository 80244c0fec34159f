//! Price, time, and what becomes of the rest.

mod support;

use pinion_types::command::{InstrumentDef, Mark, NewOrder, instrument_flags};
use pinion_types::{
    EventRef, ExecInst, InstrumentId, MarkKind, OrdType, Px, RejectCode, Side, TimeInForce,
};
use support::{Desk, check, instrument, px, refusal};

use Side::{Buy, Sell};

#[test]
fn best_price_first_then_the_oldest_at_the_makers_price() {
    let mut desk = Desk::new();
    check(&desk.enter(1, Sell, 101, 5), &["1 accepted 1 5 @ 101"]);
    check(&desk.enter(4, Sell, 100, 3), &["2 accepted 1 3 @ 100"]);
    check(&desk.enter(1, Sell, 100, 4), &["1 accepted 2 4 @ 100"]);
    check(
        &desk.enter(5, Buy, 101, 9),
        &[
            "3 accepted 1 9 @ 101",
            "2 trade 1 3 @ 100 left 0 maker",
            "3 trade 1 3 @ 100 left 6 taker",
            "1 trade 2 4 @ 100 left 0 maker",
            "3 trade 1 4 @ 100 left 2 taker",
            "1 trade 1 2 @ 101 left 3 maker",
            "3 trade 1 2 @ 101 left 0 taker",
        ],
    );
    assert_eq!(desk.book(Sell), [(1, 101, 3)]);
    assert_eq!((desk.position(1), desk.position(4), desk.position(5)), (-6, -3, 9));
}

#[test]
fn the_rest_of_a_limit_order_rests() {
    let mut desk = Desk::new();
    desk.enter(1, Sell, 100, 5);
    desk.enter(5, Buy, 100, 8);
    assert_eq!(desk.book(Buy), [(1, 100, 3)]);
    assert_eq!(desk.book(Sell), []);
}

fn immediate(desk: &mut Desk, time_in_force: TimeInForce, whole: i64, qty: u64) -> NewOrder {
    NewOrder { time_in_force: time_in_force.into(), ..desk.limit(Buy, whole, qty) }
}

#[test]
fn the_rest_of_an_immediate_order_is_canceled() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 5);
    let order = immediate(&mut desk, TimeInForce::ImmediateOrCancel, 100, 8);
    check(
        &desk.send(1, &order),
        &[
            "1 accepted 1 8 @ 100",
            "3 trade 1 5 @ 100 left 0 maker",
            "1 trade 1 5 @ 100 left 3 taker",
            "1 canceled 1 3 ioc",
        ],
    );
    let order = immediate(&mut desk, TimeInForce::ImmediateOrCancel, 100, 8);
    check(&desk.send(1, &order), &["1 accepted 2 8 @ 100", "1 canceled 2 8 ioc"]);
}

#[test]
fn all_or_nothing_is_decided_before_any_fill() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 5);
    desk.enter(5, Sell, 101, 5);
    let order = immediate(&mut desk, TimeInForce::FillOrKill, 100, 6);
    check(&desk.send(1, &order), &["1 accepted 1 6 @ 100", "1 canceled 1 6 fok"]);
    let order = immediate(&mut desk, TimeInForce::FillOrKill, 101, 10);
    assert_eq!(desk.send(1, &order).len(), 5);
    assert_eq!(desk.book(Sell), []);
}

#[test]
fn a_market_order_ends_at_its_protection() {
    let mut desk = Desk::new();
    let market = |desk: &mut Desk, qty| NewOrder {
        ord_type: OrdType::Market.into(),
        px: Px(0),
        ..desk.limit(Buy, 0, qty)
    };
    desk.enter(5, Sell, 100, 1);
    let order = market(&mut desk, 1);
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::NoReferencePx);
    let settlement = Mark {
        instrument: InstrumentId(1),
        kind: MarkKind::Settlement.into(),
        px: px(100),
        ..Mark::default()
    };
    desk.done(&settlement);
    desk.enter(5, Sell, 110, 2);
    desk.enter(5, Sell, 111, 2);
    let order = market(&mut desk, 10);
    check(
        &desk.send(1, &order),
        &[
            "1 accepted 2 10 @ 110",
            "3 trade 1 1 @ 100 left 0 maker",
            "1 trade 2 1 @ 100 left 9 taker",
            "3 trade 2 2 @ 110 left 0 maker",
            "1 trade 2 2 @ 110 left 7 taker",
            "1 canceled 2 7 market",
        ],
    );
    let order = NewOrder { protection_ticks: 3, ..market(&mut desk, 3) };
    let events = desk.send(1, &order);
    check(&events[..1], &["1 accepted 3 3 @ 114"]);
    let order = market(&mut desk, 3);
    check(&desk.send(1, &order), &["1 accepted 4 3 @ 121", "1 canceled 4 3 no-liquidity"]);
}

#[test]
fn the_rest_of_a_market_order_may_rest_at_its_protection() {
    let mut desk = Desk::new();
    let resting = InstrumentDef { flags: instrument_flags::MARKET_RESTS, ..instrument(1) };
    desk.done(&resting);
    desk.enter(1, Sell, 100, 1);
    desk.enter(5, Buy, 100, 1);
    desk.enter(5, Sell, 102, 1);
    let order = NewOrder {
        ord_type: OrdType::Market.into(),
        px: Px(0),
        protection_ticks: 2,
        ..desk.limit(Buy, 0, 4)
    };
    let events = desk.send(1, &order);
    assert_eq!(events.len(), 3);
    assert_eq!(desk.book(Buy), [(2, 104, 3)]);
}

#[test]
fn prices_may_be_as_far_apart_as_they_can() {
    let mut desk = Desk::new();
    let wide = InstrumentDef {
        tick: Px(1),
        multiplier: px(1),
        flags: instrument_flags::PX_MAY_BE_NEGATIVE,
        ..instrument(3)
    };
    desk.done(&wide);
    let far = i64::MAX - 1;
    let ticks = [0, 1, -1, 64, 63, -64, -65, 1 << 20, -(1 << 40), far, -far, 1 << 62, 5];
    for tick in ticks {
        let order =
            NewOrder { px: Px(tick), instrument: InstrumentId(3), ..desk.limit(Sell, 0, 1) };
        assert_eq!(desk.send(1, &order).len(), 1, "{tick}");
    }
    let mut sorted = ticks.to_vec();
    sorted.sort_unstable();
    let depth: Vec<i64> = desk.engine.depth(InstrumentId(3), Sell).map(|(px, _)| px.0).collect();
    assert_eq!(depth, sorted);
    let sweep = NewOrder {
        px: Px(far),
        instrument: InstrumentId(3),
        ..desk.limit(Buy, 0, ticks.len() as u64)
    };
    let events = desk.send(1, &sweep);
    assert_eq!(events.len(), 1 + 2 * ticks.len());
    assert_eq!(desk.engine.pages_used(), 0);
}

fn post_only(desk: &mut Desk, mode: ExecInst, side: Side, whole: i64) -> NewOrder {
    NewOrder { exec_inst: mode.into(), ..desk.limit(side, whole, 1) }
}

#[test]
fn a_post_only_order_matches_nobody() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 5);
    let order = post_only(&mut desk, ExecInst::PostOnlyReject, Buy, 100);
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::PostOnlyWouldMatch);
    let order = post_only(&mut desk, ExecInst::PostOnlyReject, Buy, 99);
    check(&desk.send(1, &order), &["1 accepted 2 1 @ 99"]);
    // One that slides stands behind the best opposite price, also after a replace.
    let order = post_only(&mut desk, ExecInst::PostOnlySlide, Sell, 90);
    let told = desk.send(1, &order);
    assert!(matches!(told[0].view(), Some(EventRef::Accepted(it)) if it.px.0 > px(99).0));
    assert_eq!(desk.position(1), 0);
}

#[test]
fn a_market_to_limit_order_trades_at_the_best_price_alone() {
    let mut desk = Desk::new();
    let kind = MarkKind::Settlement.into();
    desk.done(&Mark { instrument: InstrumentId(1), kind, px: px(100), ..Mark::default() });
    let order = |desk: &mut Desk, qty| NewOrder {
        ord_type: OrdType::MarketToLimit.into(),
        px: Px(0),
        ..desk.limit(Buy, 0, qty)
    };
    let nobody = order(&mut desk, 1);
    assert_eq!(refusal(&desk.send(1, &nobody)), RejectCode::NoLiquidity);
    desk.enter(5, Sell, 100, 5);
    desk.enter(5, Sell, 101, 5);
    let most = order(&mut desk, 8);
    check(
        &desk.send(1, &most),
        &[
            "1 accepted 2 8 @ 100",
            "3 trade 1 5 @ 100 left 0 maker",
            "1 trade 2 5 @ 100 left 3 taker",
        ],
    );
    assert_eq!(desk.book(Buy), [(2, 100, 3)]);
}
