//! Allocation at a price (rule O11) beside everything else: prevention, fill-or-kill, stops, the
//! execution range, cash, and what operators may say.

mod support;

use pinion_types::command::{
    Allocation, AllocationAlgorithm as By, InstrumentRules, MakerShare, NewOrder, NewOrderExtra,
    NewOrderWide, RawAllocationAlgorithm, order_flags,
};

use pinion_types::{AccountId, InstrumentId, OrdType, Px, Qty, Side, StpMode, TimeInForce};
use support::shares::{by, made, maker};
use support::{Desk, cash_account, check, deposit};

use Side::{Buy, Sell};

/// Bids at 97: of account 4 (10), account 1 (20, 30), account 4 (40).
fn desk() -> Desk {
    let mut desk = Desk::sharing(&by(By::ProRata), &[]);
    for (account, qty) in [(4, 10), (1, 20), (1, 30), (4, 40)] {
        desk.enter(account, Buy, 97, qty);
    }
    desk
}

fn sell(desk: &mut Desk, mode: StpMode, qty: u64) -> NewOrder {
    NewOrder { stp_mode: mode.into(), ..desk.order_of(1, Sell, 97, qty) }
}

#[test]
fn prevention_meets_every_own_order_of_the_price_before_anybody_trades() {
    let mut venue = desk();
    let order = sell(&mut venue, StpMode::CancelOldest, 25);
    check(
        &venue.send(1, &order),
        &[
            "1 accepted 3 25 @ 97",
            "1 canceled 1 20 self-trade",
            "1 canceled 2 30 self-trade",
            "2 trade 1 5 @ 97 left 5 maker",
            "1 trade 3 5 @ 97 left 20 taker",
            "2 trade 2 20 @ 97 left 20 maker",
            "1 trade 3 20 @ 97 left 0 taker",
        ],
    );
    let mut venue = desk();
    let order = sell(&mut venue, StpMode::CancelNewest, 25);
    check(&venue.send(1, &order), &["1 accepted 3 25 @ 97", "1 canceled 3 25 self-trade"]);
    let mut venue = desk();
    let order = sell(&mut venue, StpMode::CancelBoth, 25);
    check(
        &venue.send(1, &order),
        &["1 accepted 3 25 @ 97", "1 canceled 1 20 self-trade", "1 canceled 3 25 self-trade"],
    );
    let mut venue = desk();
    let order = sell(&mut venue, StpMode::None, 50);
    assert_eq!(made(&venue.send(1, &order)), [(1, 5), (1, 10), (2, 15), (2, 20)]);
}

#[test]
fn decrement_goes_on_until_one_side_is_gone() {
    let mut venue = desk();
    let order = sell(&mut venue, StpMode::Decrement, 25);
    check(
        &venue.send(1, &order),
        &[
            "1 accepted 3 25 @ 97",
            "1 canceled 1 0 prevented 20 self-trade",
            "1 restated 3 to 3 25 @ 97 left 5",
            "1 restated 2 to 2 30 @ 97 left 25",
            "1 canceled 3 0 prevented 25 self-trade",
        ],
    );
    let mut venue = desk();
    let order = sell(&mut venue, StpMode::Decrement, 60);
    // 50 are prevented, 10 over 10 + 40.
    assert_eq!(made(&venue.send(1, &order)), [(1, 2), (2, 8)]);
}

#[test]
fn prevention_may_leave_nothing_of_a_price() {
    let mut desk = Desk::sharing(&by(By::ProRata), &[]);
    desk.enter(1, Buy, 98, 5);
    desk.enter(4, Buy, 97, 5);
    desk.enter(4, Buy, 97, 15);
    let order = sell(&mut desk, StpMode::CancelOldest, 8);
    assert_eq!(made(&desk.send(1, &order)), [(1, 2), (2, 6)]);
}

fn all_or_nothing(desk: &mut Desk, mode: StpMode, qty: u64) -> bool {
    let order = NewOrder { time_in_force: TimeInForce::FillOrKill.into(), ..sell(desk, mode, qty) };
    let events = desk.send(1, &order);
    let traded: u64 = made(&events).iter().map(|it| it.1).sum();
    assert!(traded == 0 || traded == qty, "all or nothing");
    traded > 0
}

#[test]
fn all_or_nothing_knows_what_prevention_leaves_of_a_price() {
    let with_better = || {
        let mut venue = desk();
        venue.enter(4, Buy, 98, 5);
        venue
    };
    use StpMode::{CancelBoth, CancelNewest, CancelOldest, Decrement, None};
    for mode in [CancelNewest, CancelBoth, Decrement] {
        // By time account 4 would come first, but everybody at 97 could trade.
        assert!(!all_or_nothing(&mut with_better(), mode, 6), "{mode}");
        assert!(all_or_nothing(&mut with_better(), mode, 5), "{mode}");
    }
    assert!(all_or_nothing(&mut with_better(), CancelOldest, 55));
    assert!(!all_or_nothing(&mut with_better(), CancelOldest, 56));
    assert!(all_or_nothing(&mut with_better(), None, 105));
    assert!(!all_or_nothing(&mut with_better(), None, 106));
}

#[test]
fn an_elected_stop_is_shared_as_it_comes_in() {
    let mut desk = desk();
    desk.enter(5, Buy, 98, 1);
    desk.stop(5, Sell, (98, 97), 50);
    let events = desk.enter(1, Sell, 98, 1);
    // Half of 100 for each.
    assert_eq!(made(&events)[1..], [(1, 5), (1, 10), (2, 15), (2, 20)]);
}

#[test]
fn shared_trades_elect_stops_and_move_the_range() {
    let mut desk = desk();
    desk.stop(5, Sell, (97, 90), 7);
    assert_eq!(made(&desk.enter(5, Sell, 97, 10)).len(), 4 + 4);
    let rules =
        InstrumentRules { instrument: InstrumentId(1), range_bps: 100, ..Default::default() };
    desk.done(&rules);
    desk.enter(4, Buy, 95, 50);
    // Within 1 % of 97 are the 83 at 97.
    let events = desk.enter(5, Sell, 90, 100);
    assert_eq!(made(&events).iter().map(|it| it.1).sum::<u64>(), 83);
    check(&events[events.len() - 1..], &["3 canceled 3 17 execution-range"]);
}

#[test]
fn a_market_order_is_shared_price_by_price_up_to_its_protection() {
    let mut desk = desk();
    for qty in [10, 10, 20] {
        desk.enter(4, Buy, 96, qty);
    }
    desk.enter(4, Buy, 95, 100);
    desk.enter(1, Sell, 97, 1);
    let market = NewOrder {
        ord_type: OrdType::Market.into(),
        px: Px(0),
        protection_ticks: 1,
        ..desk.order_of(5, Sell, 0, 119)
    };
    // 99 at 97 by time; 20 over 40 at 96.
    let events = desk.send(3, &market);
    assert_eq!(made(&events)[4..], [(3, 5), (4, 5), (5, 10)]);
    let market = NewOrder { cl_ord_id: desk.id(3), ..market };
    let events = desk.send(3, &market);
    assert_eq!(made(&events), [(3, 5), (4, 5), (5, 10), (6, 99)]);
}

#[test]
fn what_working_buys_hold_comes_back_with_every_part() {
    let mut desk = Desk::sharing(&by(By::ProRata), &[]);
    desk.done(&cash_account(1, 1));
    desk.done(&deposit(1, 10_000));
    desk.enter(1, Buy, 97, 10);
    desk.enter(1, Buy, 97, 30);
    assert_eq!(desk.cash(1), (10_000 * 10_000, 40 * 97 * 10_000));
    assert_eq!(made(&desk.enter(5, Sell, 97, 20)), [(1, 5), (2, 15)]);
    assert_eq!(desk.cash(1), ((10_000 - 20 * 97) * 10_000, 20 * 97 * 10_000));
}

#[test]
fn what_operators_may_say() {
    let mut desk = Desk::sharing(&by(By::Configurable), &[]);
    let good = Allocation { fifo_percent: 100, leveling: 1, ..by(By::Configurable) };
    assert_eq!(desk.refused(&good), 0);
    assert_eq!(desk.engine.allocation(InstrumentId(1)), Some(good));
    let nowhere = Allocation { instrument: InstrumentId(3), ..good };
    assert_eq!(desk.refused(&nowhere), 1901);
    let bad = [
        Allocation { algorithm: RawAllocationAlgorithm(b'X'), ..good },
        Allocation { algorithm: RawAllocationAlgorithm(0), ..good },
        Allocation { fifo_percent: 101, ..good },
        Allocation { leveling: 2, ..good },
        Allocation { spare: [0, 1], ..good },
        Allocation { spare2: 1, ..good },
    ];
    for body in bad {
        assert_eq!(desk.refused(&body), 1902, "{body:?}");
    }
    assert_eq!(desk.engine.allocation(InstrumentId(1)), Some(good));
    assert_eq!(desk.refused(&MakerShare { instrument: InstrumentId(3), ..maker(9, 101) }), 1901);
    assert_eq!(desk.refused(&maker(9, 101)), 1901);
    assert_eq!(desk.refused(&maker(1, 101)), 1902);
    for (account, percent) in [(1, 40), (2, 30), (3, 20)] {
        assert_eq!(desk.refused(&maker(account, percent)), 0);
    }
    assert_eq!(desk.refused(&maker(4, 11)), 1902, "more than a whole");
    assert_eq!(desk.refused(&maker(4, 10)), 0);
    assert_eq!(desk.refused(&maker(5, 1)), 1903);
    assert_eq!(desk.refused(&maker(5, 0)), 0, "what is not there is taken back");
    assert_eq!(desk.refused(&maker(1, 41)), 1902);
    assert_eq!(desk.refused(&maker(1, 5)), 0);
    assert_eq!(desk.refused(&maker(2, 0)), 0);
    assert_eq!(desk.refused(&maker(5, 65)), 0);
    let makers: Vec<_> = desk.engine.makers(InstrumentId(1)).collect();
    let wanted = [(1, 5), (3, 20), (4, 10), (5, 65)].map(|(id, part)| (AccountId(id), part));
    assert_eq!(makers, wanted);
}

#[test]
fn quantities_are_counted_in_lots_and_another_lot_forgets_them() {
    let mut desk = Desk::sharing(&by(By::ProRata), &[]);
    let lots =
        |lot| pinion_types::command::InstrumentDef { lot: Qty(lot), ..support::instrument(1) };
    desk.done(&lots(10));
    let bodies = |qty: u64| {
        let qty = Qty(qty);
        let plain = by(By::ThresholdProRata);
        [
            Allocation { pro_rata_min: qty, ..plain },
            Allocation { top_min: qty, ..plain },
            Allocation { top_max: qty, ..plain },
        ]
    };
    for body in bodies(15) {
        assert_eq!(desk.refused(&body), 1902);
    }
    for body in bodies(20) {
        desk.done(&body);
        desk.done(&lots(10));
        assert_eq!(desk.engine.allocation(InstrumentId(1)), Some(body));
        desk.done(&lots(20));
        let forgotten = by(By::ThresholdProRata);
        assert_eq!(desk.engine.allocation(InstrumentId(1)), Some(forgotten));
        desk.done(&lots(10));
    }
}

#[test]
fn it_holds_from_the_next_command_on_and_for_one_instrument() {
    let mut desk = desk();
    assert_eq!(made(&desk.enter(5, Sell, 97, 10)).len(), 4);
    desk.done(&by(By::Fifo));
    assert_eq!(made(&desk.enter(5, Sell, 97, 10)), [(1, 9), (1, 1)]);
    desk.done(&by(By::MakerFifo));
    desk.done(&maker(4, 50));
    assert_eq!(made(&desk.enter(5, Sell, 97, 20)), [(1, 10), (2, 10)]);
    desk.done(&maker(4, 0));
    assert_eq!(made(&desk.enter(5, Sell, 97, 10)), [(1, 7), (2, 3)]);
}

#[test]
fn hidden_orders_wait_until_nobody_shows_anything() {
    let mut desk = Desk::sharing(&by(By::TopProRata), &[]);
    let hidden = |desk: &mut Desk, whole, qty| {
        let order = desk.order_of(1, Buy, whole, qty);
        let order = NewOrder { flags: order_flags::HIDDEN, ..order };
        desk.send(1, &order);
    };
    hidden(&mut desk, 98, 100);
    assert_eq!(desk.top(Buy), None, "who shows nothing is not TOP");
    desk.enter(1, Buy, 98, 10);
    assert_eq!(desk.top(Buy), None, "and is the best all the same");
    hidden(&mut desk, 98, 100);
    desk.show(1, Buy, 98, (30, 10));
    desk.enter(1, Buy, 98, 20);
    // 20 over 10 + 10 + 20.
    assert_eq!(made(&desk.enter(5, Sell, 98, 20)), [(2, 5), (4, 5), (5, 10)]);
    // 20 show, then 10 and 10 of the iceberg, then the hidden ones by time.
    let filled = [(2, 5), (4, 5), (5, 10), (4, 10), (4, 10), (1, 100), (3, 10)];
    assert_eq!(made(&desk.enter(5, Sell, 98, 150)), filled);
}

#[test]
fn a_minimum_counts_prices_as_all_or_nothing_does() {
    let minimum = |mode, min_qty| {
        let mut desk = desk();
        desk.enter(4, Buy, 98, 5);
        let order = NewOrder {
            time_in_force: TimeInForce::ImmediateOrCancel.into(),
            ..sell(&mut desk, mode, 60)
        };
        let extra = NewOrderExtra { min_qty: Qty(min_qty), ..NewOrderExtra::default() };
        made(&desk.send(1, &NewOrderWide { order, extra })).iter().map(|it| it.1).sum::<u64>()
    };
    assert_eq!(minimum(StpMode::CancelNewest, 5), 5);
    assert_eq!(minimum(StpMode::CancelNewest, 6), 0);
    assert_eq!(minimum(StpMode::CancelOldest, 55), 55);
    assert_eq!(minimum(StpMode::CancelOldest, 56), 0);
}

#[test]
fn what_a_maker_may_not_take_goes_round_again() {
    let mut desk = Desk::sharing(&by(By::ProRata), &[]);
    // Account 1 is short 12, by a trade at 97 with account 4.
    desk.enter(4, Buy, 97, 12);
    desk.enter(1, Sell, 97, 12);
    let order = desk.order_of(1, Buy, 97, 12);
    desk.send(1, &NewOrder { flags: order_flags::REDUCE_ONLY, ..order });
    desk.enter(1, Buy, 97, 8);
    desk.enter(4, Buy, 97, 20);
    desk.enter(1, Buy, 98, 7);
    // 7 at 98 leave 5 to reduce. Of 20 over 40 it were 6: it takes 5; the last one goes round
    // again, where it may not trade any more and is canceled, then over 4 + 10.
    let events = desk.enter(5, Sell, 97, 27);
    assert_eq!(made(&events), [(4, 7), (2, 5), (3, 4), (2, 10), (3, 1)]);
}
