//! Allocation at a price (rule O11): each algorithm by examples, CME's own where there are such.

mod support;

use pinion_types::command::{Allocation, AllocationAlgorithm as By, InstrumentDef};
use pinion_types::{Qty, Side};
use support::shares::{by, made};
use support::{Desk, instrument};

use Side::{Buy, Sell};

/// Bids at one price, the oldest first, by accounts 1 to 3; what each gets of a sell of `incoming`
/// by another account, in the order of the trades, and how many lots that leaves there.
#[track_caller]
fn check(desk: Desk, bids: &[(u32, u64)], incoming: u64, expected: &[(u64, u64)]) {
    let mut desk = desk;
    for &(account, qty) in bids {
        desk.enter(account, Buy, 97, qty);
    }
    let all: u64 = bids.iter().map(|it| it.1).sum();
    assert!(incoming < all, "or everybody is filled");
    assert_eq!(made(&desk.enter(5, Sell, 97, incoming)), expected);
    let left: u64 = desk.book(Buy).iter().map(|it| it.2).sum();
    assert_eq!(left + incoming, all);
}

/// The same where all are of account 1.
#[track_caller]
fn check_plain(rules: &Allocation, bids: &[u64], incoming: u64, expected: &[(u64, u64)]) {
    let bids: Vec<_> = bids.iter().map(|&qty| (1, qty)).collect();
    check(Desk::sharing(rules, &[]), &bids, incoming, expected);
}

fn pro_rata_of(algorithm: By, least: u64) -> Allocation {
    Allocation { pro_rata_min: Qty(least), ..by(algorithm) }
}

#[test]
fn top_then_pro_rata_from_two_lots_on_as_cme_announced_it_in_2005() {
    // 60 to sell: TOP 10; of 50, over 150: 1 (none, below 2), 6, 16, 25; the 3 left to the oldest.
    let rules = pro_rata_of(By::TopProRata, 2);
    let filled = [(1, 10), (2, 3), (3, 6), (4, 16), (5, 25)];
    check_plain(&rules, &[10, 5, 20, 50, 75], 60, &filled);
}

#[test]
fn pro_rata_from_two_lots_on_as_in_cmes_description_of_the_step() {
    // 50 over 403: 0, 1 (none), 7, 0, 3, 37; the 3 left to the oldest.
    let rules = pro_rata_of(By::ProRata, 2);
    check_plain(&rules, &[5, 9, 57, 4, 28, 300], 50, &[(1, 3), (3, 7), (5, 3), (6, 37)]);
}

#[test]
fn pro_rata_as_in_the_parts_of_cmes_complex_match() {
    let top = pro_rata_of(By::TopProRata, 2);
    let filled = [(1, 100), (2, 44), (3, 63), (4, 84)];
    check_plain(&top, &[100, 200, 300, 400], 291, &filled);
    check_plain(&top, &[10, 40, 20, 30], 21, &[(1, 10), (2, 6), (3, 2), (4, 3)]);
    // Without a TOP order.
    let plain = pro_rata_of(By::ProRata, 2);
    let filled = [(1, 12), (2, 5), (3, 15), (4, 10)];
    check_plain(&plain, &[50, 25, 75, 50], 42, &filled);
}

#[test]
fn thresholds_of_corn_options() {
    // TOP from 10 on and up to 100, pro-rata from 1 on: of 200, TOP 100; of 100, over 50 + 8 + 160:
    // 22, 3, 73; the 2 left to the oldest.
    let rules =
        Allocation { top_min: Qty(10), top_max: Qty(100), ..pro_rata_of(By::ThresholdProRata, 1) };
    check_plain(&rules, &[150, 8, 160], 200, &[(1, 124), (2, 3), (3, 73)]);
    // Whoever betters the market with less than 10 is not TOP: of 100, over 9 + 8 + 160: 5, 4, 90.
    check_plain(&rules, &[9, 8, 160], 100, &[(1, 6), (2, 4), (3, 90)]);
    // TOP takes all where that is not more than it may.
    check_plain(&rules, &[150, 8, 160], 100, &[(1, 100)]);
}

#[test]
fn market_makers_then_time() {
    // 40 % of 100 for account 2, by time: 25 and 15; the rest to the oldest.
    let bids = [(1, 50), (2, 25), (1, 30), (2, 40)];
    let desk = || Desk::sharing(&by(By::MakerFifo), &[(2, 40)]);
    check(desk(), &bids, 100, &[(1, 50), (2, 25), (3, 10), (4, 15)]);
    // 40 % of 9 is 3.
    check(desk(), &bids, 9, &[(1, 6), (2, 3)]);
    // 40 % of 2 is none.
    check(desk(), &bids, 2, &[(1, 2)]);
    // Who shows less than the part gives the rest to time.
    check(desk(), &[(1, 50), (2, 5), (1, 30)], 50, &[(1, 45), (2, 5)]);
}

#[test]
fn top_then_market_makers_then_time() {
    let desk = || Desk::sharing(&by(By::TopMakerFifo), &[(2, 40), (3, 10)]);
    // TOP 20; of 80: 32 and 8; 40 by time.
    let bids = [(1, 20), (1, 30), (2, 60), (3, 60), (1, 60)];
    check(desk(), &bids, 100, &[(1, 20), (2, 30), (3, 42), (4, 8)]);
    // The market maker's own TOP order counts: 20, of 80 it has 32, 12 are missing.
    let bids = [(2, 20), (1, 90), (2, 60)];
    check(desk(), &bids, 100, &[(1, 20), (2, 68), (3, 12)]);
    // More than its part already.
    check(desk(), &bids, 30, &[(1, 20), (2, 10)]);
}

#[test]
fn top_then_market_makers_then_pro_rata() {
    // As 10-year note options: TOP up to 100; of 150, 30 % to account 2: 45; of 105, over 200, 15
    // and 115: 63, 4, 36; the 2 left to the oldest.
    let rules =
        Allocation { top_min: Qty(10), top_max: Qty(100), ..pro_rata_of(By::TopMakerProRata, 1) };
    let desk = Desk::sharing(&rules, &[(2, 30)]);
    check(desk, &[(1, 300), (1, 15), (2, 160)], 250, &[(1, 165), (2, 4), (3, 81)]);
}

#[test]
fn a_split_between_time_and_size() {
    // 40 % of 100 by time: 30 and 10; of 60, over 0 + 40 + 60 + 100: 0, 12, 18, 30.
    let rules = Allocation { fifo_percent: 40, ..by(By::Configurable) };
    let no_top = Allocation { top_min: Qty(1_000), ..rules };
    let filled = [(1, 30), (2, 22), (3, 18), (4, 30)];
    check_plain(&no_top, &[30, 50, 60, 100], 100, &filled);
    // With TOP: 30 first; 28 of 70 by time; of 42, over 22 + 60 + 100: 5, 13, 23; 1 by time.
    let filled = [(1, 30), (2, 34), (3, 13), (4, 23)];
    check_plain(&rules, &[30, 50, 60, 100], 100, &filled);
    // All by time, and nothing of it.
    let fifo = Allocation { fifo_percent: 100, ..no_top };
    check_plain(&fifo, &[30, 50, 60, 100], 100, &[(1, 30), (2, 50), (3, 20)]);
    let pro_rata = Allocation { fifo_percent: 0, ..no_top };
    check_plain(&pro_rata, &[30, 50, 20], 50, &[(1, 15), (2, 25), (3, 10)]);
}

#[test]
fn a_split_behind_top_and_market_makers() {
    // TOP 10; of 90, 20 % to account 2: 18; of 72, half by time: 36, all from the second; of 36,
    // over 14 + 22 + 60: 5, 8, 22; 1 by time.
    let rules = Allocation { fifo_percent: 50, ..by(By::Configurable) };
    let desk = Desk::sharing(&rules, &[(2, 20)]);
    let bids = [(1, 10), (1, 50), (2, 40), (1, 60)];
    check(desk, &bids, 100, &[(1, 10), (2, 42), (3, 26), (4, 22)]);
}

#[test]
fn leveling_gives_a_lot_to_the_largest_of_those_who_got_nothing() {
    let rules = Allocation {
        leveling: 1,
        pro_rata_min: Qty(2),
        top_min: Qty(1_000),
        ..by(By::Configurable)
    };
    // 20 over 200: 0, 1 (none), 1 (none), 0, 1 (none), 16; 4 left: to the largest of the five.
    let bids = [5, 10, 11, 4, 10, 160];
    check_plain(&rules, &bids, 20, &[(1, 1), (2, 1), (3, 1), (5, 1), (6, 16)]);
    // 3 left only, of 15: the last two of 10 and 11, then the older of 10.
    let bids = [5, 10, 11, 4, 10, 160];
    check_plain(&rules, &bids, 15, &[(2, 1), (3, 1), (5, 1), (6, 12)]);
    // Without it the oldest gets what is left.
    let plain = Allocation { leveling: 0, ..rules };
    check_plain(&plain, &bids, 20, &[(1, 4), (6, 16)]);
    // Of equal ones the oldest: 3 over 40 are none, all to leveling.
    check_plain(&rules, &[10, 10, 10, 10], 3, &[(1, 1), (2, 1), (3, 1)]);
    // What leveling leaves goes by time.
    check_plain(&rules, &[10, 10], 3, &[(1, 2), (2, 1)]);
}

#[test]
fn everything_is_counted_in_lots() {
    let lots = InstrumentDef { lot: Qty(10), ..instrument(1) };
    let mut desk = Desk::new();
    desk.done(&InstrumentDef { instrument: pinion_types::InstrumentId(3), ..lots });
    // Instrument 1 has positions of nobody yet: its lot may change.
    desk.done(&lots);
    desk.done(&pro_rata_of(By::ProRata, 20));
    // 500 over 1500 of 50, 200, 500, 750: 10 (none), 60, 160, 250; 30 to the oldest.
    let bids = [(1, 50), (1, 200), (1, 500), (1, 750)];
    check(desk, &bids, 500, &[(1, 30), (2, 60), (3, 160), (4, 250)]);
}

#[test]
fn fifo_is_what_an_instrument_has_that_says_nothing() {
    let filled = [(1, 10), (2, 5), (3, 20), (4, 25)];
    check_plain(&by(By::Fifo), &[10, 5, 20, 50, 75], 60, &filled);
    let desk = Desk::sharing(&by(By::Fifo), &[(2, 100)]);
    check(desk, &[(1, 10), (2, 10)], 10, &[(1, 10)]);
}

#[test]
fn who_takes_everything_takes_it_by_time() {
    let mut desk = Desk::sharing(&by(By::TopProRata), &[]);
    desk.enter(1, Buy, 97, 5);
    desk.show(1, Buy, 97, (9, 4));
    desk.enter(1, Buy, 97, 6);
    // 20 is all that is there: tranche after tranche.
    let filled = [(1, 5), (2, 4), (3, 6), (2, 4), (2, 1)];
    assert_eq!(made(&desk.enter(5, Sell, 97, 21)), filled);
    assert_eq!(desk.book(Sell), [(1, 97, 1)]);
}

#[test]
fn only_what_shows_takes_part() {
    let mut desk = Desk::sharing(&by(By::ProRata), &[]);
    desk.show(1, Buy, 97, (100, 10));
    desk.enter(1, Buy, 97, 30);
    // 20 over 10 + 30: 5 and 15.
    assert_eq!(made(&desk.enter(5, Sell, 97, 20)), [(1, 5), (2, 15)]);
    // 25 over 5 + 15 is more than shows: both are gone, a tranche of 10 came after, 5 of it go.
    assert_eq!(made(&desk.enter(5, Sell, 97, 25)), [(1, 5), (2, 15), (1, 5)]);
    assert_eq!(desk.book(Buy), [(1, 97, 85)]);
}

#[test]
fn each_price_is_shared_by_itself_the_best_first() {
    let mut desk = Desk::sharing(&by(By::TopProRata), &[]);
    desk.enter(1, Buy, 96, 10);
    desk.enter(1, Buy, 96, 30);
    desk.enter(1, Buy, 97, 10);
    desk.enter(1, Buy, 97, 10);
    // The third is TOP of the side, at 97 and nowhere else; all of 97 goes by time. Then 20 over
    // 40.
    let filled = [(3, 10), (4, 10), (1, 5), (2, 15)];
    assert_eq!(made(&desk.enter(5, Sell, 96, 40)), filled);
}
