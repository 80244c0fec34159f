//! The execution range: what would trade too far away does not, and an auction follows.

mod support;

use pinion_types::command::{
    AccountDef, AccountRisk, InstrumentRules, Mark, NewOrder, StateChange, Timer, account_flags,
};
use pinion_types::units::PX_ONE;
use pinion_types::{
    AccountId, ClOrdId, Event, EventRef, InstrumentId, MarkKind, MassScope, Nanos, Side, StpMode,
    TimeInForce, TradingState,
};
use support::{Desk, check, px};

use Side::{Buy, Sell};

const MS: u64 = 1_000_000;

/// A range of 5 % around the mean of the last 800 ms, then an auction of a second.
fn rules() -> InstrumentRules {
    InstrumentRules {
        instrument: InstrumentId(1),
        range_bps: 500,
        window_ms: 800,
        auction_ms: 1_000,
        ..InstrumentRules::default()
    }
}

fn guarded(body: InstrumentRules) -> Desk {
    let mut desk = Desk::new();
    desk.done(&body);
    desk
}

/// One lot at a price, between accounts 4 and 5.
fn trade(desk: &mut Desk, whole: i64) {
    desk.enter(5, Sell, whole, 1);
    let events = desk.enter(4, Buy, whole, 1);
    assert_eq!(events.len(), 3, "{:?}", support::lines(&events));
}

fn timer(desk: &mut Desk) -> Vec<Event> {
    desk.control(&Timer { due: desk.now, ..Timer::default() })
}

fn immediate(desk: &mut Desk, time_in_force: TimeInForce, whole: i64, qty: u64) -> Vec<Event> {
    let order = NewOrder { time_in_force: time_in_force.into(), ..desk.limit(Buy, whole, qty) };
    desk.send(1, &order)
}

#[test]
fn a_fill_outside_the_range_does_not_happen_and_an_auction_follows() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    for whole in [104, 105, 106, 107] {
        desk.enter(5, Sell, whole, 2);
    }
    let events = desk.enter(1, Buy, 107, 10);
    check(
        &events,
        &[
            "1 accepted 1 10 @ 107",
            "3 trade 2 2 @ 104 left 0 maker",
            "1 trade 1 2 @ 104 left 8 taker",
            "3 trade 3 2 @ 105 left 0 maker",
            "1 trade 1 2 @ 105 left 6 taker",
            "1 canceled 1 6 execution-range",
            "state 1 opening-auction",
        ],
    );
    let Some(EventRef::StateChanged(changed)) = events[6].view() else { panic!("a change") };
    assert_eq!((changed.actor.as_str(), changed.reason.as_str()), ("venue", "volatility"));
    assert_eq!(desk.engine.next_due(), Some(Nanos(desk.now.0 + 1_000 * MS)));
    // Whoever waits now sets the price.
    let told = "auction 1 opening-auction 2 @ 106 surplus 1 buy";
    check(&desk.enter(1, Buy, 106, 3), &["1 accepted 2 3 @ 106", told]);
    desk.now.0 += 1_000 * MS - 1;
    assert!(timer(&mut desk).is_empty(), "not a nanosecond before");
    desk.now.0 += 1;
    let events = timer(&mut desk);
    check(
        &events,
        &[
            "1 trade 2 2 @ 106 left 1 auction",
            "3 trade 4 2 @ 106 left 0 auction",
            "state 1 continuous",
        ],
    );
    let Some(EventRef::StateChanged(changed)) = events[2].view() else { panic!("a change") };
    assert_eq!((changed.actor.as_str(), changed.reason.as_str()), ("venue", "volatility"));
    assert_eq!(desk.engine.next_due(), None);
    // The price of the auction is where the reference begins anew: 5 % of 106.5 reach to 111.
    for session in [1, 3] {
        desk.mass_cancel(session, MassScope::All, 0);
    }
    trade(&mut desk, 107);
    desk.enter(5, Sell, 112, 1);
    check(
        &desk.enter(1, Buy, 112, 1),
        &["1 accepted 4 1 @ 112", "1 canceled 4 1 execution-range", "state 1 opening-auction"],
    );
}

#[test]
fn the_range_has_two_ends() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    // Far too good is as far: the first fill would be outside.
    desk.enter(5, Sell, 94, 1);
    desk.enter(5, Sell, 100, 1);
    check(
        &desk.enter(1, Buy, 100, 2),
        &[
            "1 accepted 1 2 @ 100",
            "1 canceled 1 2 execution-range",
            "state 1 opening-auction",
            "auction 1 opening-auction 0",
        ][..3],
    );
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.enter(4, Buy, 96, 1);
    desk.enter(4, Buy, 94, 1);
    check(
        &desk.enter(5, Sell, 94, 2),
        &[
            "3 accepted 2 2 @ 94",
            "2 trade 2 1 @ 96 left 0 maker",
            "3 trade 2 1 @ 96 left 1 taker",
            "3 canceled 2 1 execution-range",
            "state 1 opening-auction",
        ],
    );
}

#[test]
fn what_reaches_no_end_is_as_without() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.enter(5, Sell, 104, 1);
    // A price beyond the range where nobody stands there.
    check(
        &desk.enter(1, Buy, 120, 2),
        &[
            "1 accepted 1 2 @ 120",
            "3 trade 2 1 @ 104 left 0 maker",
            "1 trade 1 1 @ 104 left 1 taker",
        ],
    );
    assert_eq!(desk.book(Buy), [(1, 120, 1)]);
    // Filled before the end.
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.enter(5, Sell, 104, 1);
    desk.enter(5, Sell, 110, 1);
    check(
        &immediate(&mut desk, TimeInForce::ImmediateOrCancel, 120, 1),
        &[
            "1 accepted 1 1 @ 120",
            "3 trade 2 1 @ 104 left 0 maker",
            "1 trade 1 1 @ 104 left 0 taker",
        ],
    );
}

#[test]
fn fill_or_kill_counts_only_what_is_within() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.enter(5, Sell, 104, 1);
    desk.enter(5, Sell, 110, 1);
    let killed = immediate(&mut desk, TimeInForce::FillOrKill, 110, 2);
    check(&killed, &["1 accepted 1 2 @ 110", "1 canceled 1 2 fok"]);
    assert_eq!(immediate(&mut desk, TimeInForce::FillOrKill, 110, 1).len(), 3);
    let killed = immediate(&mut desk, TimeInForce::FillOrKill, 110, 1);
    check(&killed, &["1 accepted 3 1 @ 110", "1 canceled 3 1 fok"]);
}

#[test]
fn prevention_does_not_reach_beyond_the_range() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.enter(1, Sell, 104, 1);
    desk.enter(1, Sell, 110, 1);
    let order = NewOrder { stp_mode: StpMode::CancelOldest.into(), ..desk.limit(Buy, 110, 5) };
    check(
        &desk.send(1, &order),
        &[
            "1 accepted 3 5 @ 110",
            "1 canceled 1 1 self-trade",
            "1 canceled 3 5 execution-range",
            "state 1 opening-auction",
        ],
    );
}

#[test]
fn the_reference_is_the_mean_of_the_window_with_its_fractions() {
    let mut desk = guarded(InstrumentRules { range_bps: 100, ..rules() });
    trade(&mut desk, 100);
    trade(&mut desk, 101);
    // 100.5 plus 1.005 reaches 101, not 102; 100.5 less 1.005 is 99.495.
    desk.enter(5, Sell, 102, 1);
    assert!(support::lines(&desk.enter(1, Buy, 102, 1))[1].ends_with("execution-range"));
    let settle = |desk: &mut Desk| {
        let state = TradingState::Continuous.into();
        desk.control(&StateChange { instrument: InstrumentId(1), state, ..StateChange::default() });
    };
    desk.mass_cancel(3, MassScope::All, 0);
    settle(&mut desk);
    // The window is over: the last trade alone is the reference, 101.
    desk.now.0 += 800 * MS;
    trade(&mut desk, 102);
}

#[test]
fn without_a_window_the_last_trade_without_one_the_settlement_is_the_reference() {
    let mut desk = guarded(InstrumentRules { window_ms: 0, ..rules() });
    // Nothing known: nothing is kept within anything.
    desk.enter(5, Sell, 500, 1);
    assert_eq!(desk.enter(4, Buy, 500, 1).len(), 3);
    trade(&mut desk, 520);
    trade(&mut desk, 540);
    let mut desk = guarded(rules());
    let (instrument, kind) = (InstrumentId(1), MarkKind::Settlement.into());
    desk.control(&Mark { instrument, kind, px: px(100), ..Mark::default() });
    desk.enter(5, Sell, 106, 1);
    assert!(support::lines(&desk.enter(4, Buy, 106, 1))[1].ends_with("execution-range"));
}

#[test]
fn without_a_time_for_it_there_is_no_auction() {
    let mut desk = guarded(InstrumentRules { auction_ms: 0, auction_random_ms: 9, ..rules() });
    trade(&mut desk, 100);
    desk.enter(5, Sell, 110, 1);
    check(&desk.enter(1, Buy, 110, 1), &["1 accepted 1 1 @ 110", "1 canceled 1 1 execution-range"]);
    trade(&mut desk, 101);
    assert_eq!(desk.engine.next_due(), None);
}

#[test]
fn another_change_of_state_ends_the_auctions_end() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.enter(5, Sell, 110, 1);
    desk.enter(1, Buy, 110, 1);
    assert!(desk.engine.volatility_end(InstrumentId(1)).is_some());
    let change = |desk: &mut Desk, state: TradingState| {
        desk.control(&StateChange {
            instrument: InstrumentId(1),
            state: state.into(),
            ..StateChange::default()
        })
    };
    // To the state it has: nothing happens.
    check(&change(&mut desk, TradingState::OpeningAuction), &["done 0 code 0"]);
    assert!(desk.engine.volatility_end(InstrumentId(1)).is_some());
    change(&mut desk, TradingState::Halted);
    assert_eq!(desk.engine.volatility_end(InstrumentId(1)), None);
    desk.now.0 += 5_000 * MS;
    assert!(timer(&mut desk).is_empty());
}

#[test]
fn the_end_is_drawn_from_the_seed() {
    let mut ends = Vec::new();
    for seed in 1..=20 {
        let genesis = pinion_types::command::Genesis { seed, ..support::genesis() };
        let mut desk = Desk::with(&genesis);
        desk.done(&InstrumentRules { auction_random_ms: 500, ..rules() });
        trade(&mut desk, 100);
        desk.enter(5, Sell, 110, 1);
        desk.enter(1, Buy, 110, 1);
        let end = desk.engine.volatility_end(InstrumentId(1)).map_or(0, |end| end.0);
        let by = (end - desk.now.0) / MS;
        assert!((1_000..=1_500).contains(&by), "{by}");
        assert!((end - desk.now.0).is_multiple_of(MS));
        ends.push(by);
    }
    ends.sort_unstable();
    ends.dedup();
    assert!(ends.len() > 10, "{ends:?}");
}

#[test]
fn a_replace_that_trades_is_kept_within_too() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.enter(5, Sell, 110, 1);
    desk.enter(1, Buy, 90, 1);
    check(
        &desk.replace(1, ClOrdId(1), 110, 1),
        &[
            "1 replaced 1 to 2 1 @ 110 left 1 back",
            "1 canceled 2 1 execution-range",
            "state 1 opening-auction",
        ],
    );
    assert_eq!(desk.engine.order_count(), 1);
    assert_eq!(desk.book(Sell)[0].1 * PX_ONE, 110 * PX_ONE);
}

#[test]
fn a_stop_that_was_traded_through_is_elected_where_trading_goes_on() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.stop(1, Buy, (103, 120), 2);
    for whole in [102, 104, 110] {
        desk.enter(5, Sell, whole, 1);
    }
    check(
        &desk.enter(4, Buy, 110, 3)[5..],
        &["2 canceled 2 1 execution-range", "state 1 opening-auction"],
    );
    desk.now.0 += 1_000 * MS;
    check(
        &timer(&mut desk),
        &[
            "state 1 continuous",
            "1 restated 1 to 1 2 @ 120 left 2 stop 103",
            "1 canceled 1 2 execution-range",
            "state 1 opening-auction",
        ],
    );
}

#[test]
fn the_venue_flattens_nobody_where_the_range_is_broken() {
    let mut desk = guarded(rules());
    trade(&mut desk, 100);
    desk.done(&AccountRisk {
        account: AccountId(1),
        flags: account_flags::FLATTEN,
        daily_loss_max: 1,
        drawdown_max: u64::MAX,
        daily_loss_bps: u32::MAX,
        rate_burst: u32::MAX,
        cancel_rate_burst: u32::MAX,
        ..AccountRisk::default()
    });
    desk.done(&AccountDef { taker_fee: 1_000, ..support::account(1, 1) });
    desk.enter(5, Sell, 101, 1);
    desk.enter(5, Sell, 110, 1);
    desk.enter(4, Buy, 99, 5);
    // Its fee alone is a loss too many, and its order meets the end of the range.
    let lines = support::lines(&desk.enter(1, Buy, 110, 2));
    assert!(lines.iter().any(|line| line.contains("100")), "it is judged: {lines:?}");
    assert_eq!(lines.iter().filter(|line| line.contains("trade")).count(), 2, "{lines:?}");
    assert_eq!(desk.position(1), 1, "what it bought before is left");
}
