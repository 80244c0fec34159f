//! TOP orders (rule O11): who is TOP, and until when.

mod support;

use pinion_types::command::{
    Allocation, AllocationAlgorithm as By, InstrumentDef, NewOrder, StateChange, instrument_flags,
};
use pinion_types::{ClOrdId, InstrumentId, OrdType, Px, Qty, Side, StpMode, TradingState};
use support::shares::{by, made};
use support::{Desk, instrument};

use Side::{Buy, Sell};

fn desk() -> Desk {
    Desk::sharing(&by(By::TopProRata), &[])
}

fn enter_state(desk: &mut Desk, state: TradingState) {
    let instrument = InstrumentId(1);
    desk.done(&StateChange { instrument, state: state.into(), ..StateChange::default() });
}

#[test]
fn the_one_that_betters_its_side_is_top_until_another_does() {
    let mut desk = desk();
    assert_eq!(desk.top(Buy), None);
    desk.enter(1, Buy, 97, 5);
    assert_eq!((desk.top(Buy), desk.top(Sell)), (Some(1), None));
    desk.enter(1, Buy, 97, 50);
    desk.enter(1, Buy, 96, 50);
    assert_eq!(desk.top(Buy), Some(1));
    desk.enter(1, Buy, 98, 50);
    desk.enter(1, Sell, 99, 50);
    assert_eq!((desk.top(Buy), desk.top(Sell)), (Some(4), Some(5)));
    // Done, and nobody inherits it: the next must better the side.
    desk.cancel(1, ClOrdId(4));
    assert_eq!(desk.top(Buy), None);
    let next = desk.last_id(1).0 + 1;
    desk.enter(1, Buy, 97, 1);
    assert_eq!(desk.top(Buy), None);
    desk.enter(1, Buy, 98, 1);
    assert_eq!(desk.top(Buy), Some(next + 1));
}

#[test]
fn a_better_one_that_is_too_small_leaves_top_where_it_is() {
    let mut desk = Desk::sharing(&Allocation { top_min: Qty(10), ..by(By::TopProRata) }, &[]);
    desk.enter(1, Buy, 97, 9);
    assert_eq!(desk.top(Buy), None);
    desk.enter(1, Buy, 98, 10);
    desk.enter(1, Buy, 99, 9);
    assert_eq!(desk.top(Buy), Some(2));
    // It is TOP again at its own price.
    desk.enter(1, Buy, 98, 40);
    assert_eq!(made(&desk.enter(5, Sell, 98, 30)), [(3, 9), (2, 10), (4, 11)]);
    assert_eq!(desk.top(Buy), None);
}

#[test]
fn what_is_left_of_it_counts_when_it_comes_to_rest() {
    let rules = Allocation { top_min: Qty(10), ..by(By::TopProRata) };
    let mut desk = Desk::sharing(&rules, &[]);
    desk.enter(5, Sell, 97, 3);
    desk.enter(1, Buy, 97, 12);
    assert_eq!((desk.top(Buy), desk.top(Sell)), (None, None));
    desk.enter(5, Sell, 98, 3);
    desk.enter(1, Buy, 98, 13);
    assert_eq!(desk.top(Buy), Some(2));
}

#[test]
fn fills_and_less_of_the_same_keep_it() {
    let mut desk = desk();
    desk.enter(1, Buy, 97, 50);
    desk.enter(1, Buy, 97, 50);
    assert_eq!(made(&desk.enter(5, Sell, 97, 20)), [(1, 20)]);
    assert_eq!(desk.top(Buy), Some(1));
    desk.replace(1, ClOrdId(1), 97, 40);
    assert_eq!(desk.top(Buy), Some(3));
    // Self-trade prevention shrinks it where it stands.
    let order = NewOrder { stp_mode: StpMode::Decrement.into(), ..desk.order_of(1, Sell, 97, 5) };
    assert_eq!(desk.send(1, &order).len(), 3);
    assert_eq!(desk.top(Buy), Some(3));
    assert_eq!(made(&desk.enter(5, Sell, 97, 15)), [(3, 15)]);
    assert_eq!(desk.top(Buy), None);
}

#[test]
fn a_replace_that_loses_the_place_loses_it() {
    let mut desk = desk();
    desk.enter(1, Buy, 97, 5);
    desk.enter(1, Buy, 97, 5);
    desk.replace(1, ClOrdId(1), 97, 6);
    assert_eq!(desk.top(Buy), None);
    // A better price is a better price.
    desk.replace(1, ClOrdId(2), 98, 5);
    assert_eq!(desk.top(Buy), Some(4));
    // Alone on its side it betters it again.
    let mut alone = desk_of_one();
    alone.replace(1, ClOrdId(1), 97, 6);
    assert_eq!(alone.top(Buy), Some(2));
}

fn desk_of_one() -> Desk {
    let mut desk = desk();
    desk.enter(1, Buy, 97, 5);
    desk
}

#[test]
fn the_next_tranche_is_not_top() {
    let mut desk = desk();
    desk.show(1, Buy, 97, (30, 10));
    desk.enter(1, Buy, 97, 30);
    // TOP shows 10: it gets no more than that.
    assert_eq!(made(&desk.enter(5, Sell, 97, 7)), [(1, 7)]);
    assert_eq!(desk.top(Buy), Some(1));
    assert_eq!(made(&desk.enter(5, Sell, 97, 13)), [(1, 3), (2, 10)]);
    assert_eq!(desk.top(Buy), None);
    // 20 and a tranche of 10: pro-rata.
    assert_eq!(made(&desk.enter(5, Sell, 97, 6)), [(2, 4), (1, 2)]);
}

#[test]
fn top_is_first_once_for_a_taker_and_a_price() {
    let mut desk = Desk::sharing(&Allocation { top_max: Qty(4), ..by(By::TopProRata) }, &[]);
    desk.enter(1, Buy, 97, 10);
    desk.show(1, Buy, 97, (50, 5));
    // TOP 4; of 16, over 6 + 5: all. A tranche of 5 came after: 5, and another: pro-rata with none.
    let filled = [(1, 10), (2, 5), (2, 5)];
    assert_eq!(made(&desk.enter(5, Sell, 97, 20)), filled);
}

#[test]
fn another_state_ends_it_and_auctions_make_none() {
    for state in [TradingState::Halted, TradingState::PreOpen, TradingState::OpeningAuction] {
        let mut desk = desk_of_one();
        enter_state(&mut desk, state);
        assert_eq!(desk.top(Buy), None);
        if state != TradingState::Halted {
            desk.enter(1, Buy, 98, 5);
        }
        enter_state(&mut desk, TradingState::Continuous);
        assert_eq!(desk.top(Buy), None);
        desk.enter(1, Buy, 99, 5);
        assert!(desk.top(Buy).is_some());
    }
}

#[test]
fn a_word_about_the_algorithm_ends_it() {
    let mut desk = desk_of_one();
    assert_eq!(desk.refused(&Allocation { leveling: 2, ..by(By::TopProRata) }), 1902);
    assert_eq!(desk.top(Buy), Some(1));
    desk.done(&by(By::TopProRata));
    assert_eq!(desk.top(Buy), None);
    desk.enter(1, Buy, 98, 5);
    assert_eq!(desk.top(Buy), Some(2));
    // An algorithm without the step knows none.
    desk.done(&by(By::ProRata));
    desk.enter(1, Buy, 99, 5);
    assert_eq!(desk.top(Buy), None);
    desk.done(&by(By::TopMakerFifo));
    assert_eq!(desk.top(Buy), None);
}

#[test]
fn what_is_elected_or_rests_at_its_protection_may_be_top() {
    let mut desk = desk();
    let resting = InstrumentDef { flags: instrument_flags::MARKET_RESTS, ..instrument(1) };
    desk.done(&resting);
    desk.stop(1, Buy, (97, 99), 5);
    assert_eq!(desk.top(Buy), None, "who waits stands nowhere");
    desk.enter(1, Sell, 97, 5);
    desk.enter(5, Buy, 97, 6);
    // What the taker left is at 97, the elected one bettered that.
    assert_eq!(desk.top(Buy), Some(1));
    desk.enter(5, Sell, 100, 1);
    let market = NewOrder {
        ord_type: OrdType::Market.into(),
        px: Px(0),
        protection_ticks: 1,
        ..desk.order_of(1, Buy, 0, 4)
    };
    desk.send(1, &market);
    assert_eq!(desk.book(Buy)[0], (3, 101, 3));
    assert_eq!(desk.top(Buy), Some(3));
}

#[test]
fn every_way_out_of_the_book_ends_it() {
    let mut desk = desk_of_one();
    desk.mass_cancel(1, pinion_types::MassScope::Session, 0);
    assert_eq!(desk.top(Buy), None);
    let mut desk = desk_of_one();
    let order = NewOrder { stp_mode: StpMode::CancelBoth.into(), ..desk.order_of(1, Sell, 97, 5) };
    desk.send(1, &order);
    assert_eq!((desk.top(Buy), desk.top(Sell)), (None, None));
    let mut desk = desk_of_one();
    let body = pinion_types::command::DayRoll { day: 1, ..Default::default() };
    desk.control(&body);
    assert_eq!(desk.top(Buy), None);
}
