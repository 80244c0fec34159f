//! The timetable: states that come by themselves, at their moment and not before.

mod support;

use pinion_types::codes::RawTradingState;
use pinion_types::command::{
    Genesis, InstrumentDef, NewOrder, NewOrderExtra, NewOrderWide, Schedule, StateChange, Timer,
};
use pinion_types::text::{Chars, Spare};
use pinion_types::{
    Event, EventRef, InstrumentId, Nanos, RejectCode, Side, TimeInForce, TradingState,
};
use support::{Desk, check};

use TradingState::{Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PreOpen};

const S: u64 = 1_000_000_000;

fn at(desk: &Desk, instrument: u32, state: TradingState, seconds: u64) -> Schedule {
    Schedule {
        request_id: 9,
        instrument: InstrumentId(instrument),
        state: state.into(),
        at: Nanos(desk.now.0 + seconds * S),
        actor: Chars::new("calendar"),
        reason: Chars::new("session"),
        ..Schedule::default()
    }
}

fn plan(desk: &mut Desk, instrument: u32, state: TradingState, seconds: u64) {
    let body = at(desk, instrument, state, seconds);
    check(&desk.control(&body), &["done 0 code 0"]);
}

fn timer(desk: &mut Desk) -> Vec<Event> {
    desk.control(&Timer { due: desk.now, ..Timer::default() })
}

#[test]
fn a_state_comes_at_its_moment() {
    let mut desk = Desk::new();
    plan(&mut desk, 1, Halted, 20);
    plan(&mut desk, 1, PreOpen, 10);
    let moments: Vec<_> = desk.engine.schedule().map(|it| (it.due.0 - desk.now.0) / S).collect();
    assert_eq!(moments.iter().sum::<u64>(), 30);
    assert_eq!(desk.engine.next_due(), Some(Nanos(desk.now.0 + 10 * S)));
    desk.now.0 += 10 * S - 1;
    assert!(timer(&mut desk).is_empty());
    desk.now.0 += 1;
    let events = timer(&mut desk);
    check(&events, &["state 1 pre-open"]);
    let Some(EventRef::StateChanged(changed)) = events[0].view() else { panic!("a change") };
    assert_eq!((changed.actor.as_str(), changed.reason.as_str()), ("calendar", "session"));
    // Late is as good: everything that is due, by its moment.
    plan(&mut desk, 1, Continuous, 9);
    desk.now.0 += 60 * S;
    check(&timer(&mut desk), &["state 1 continuous", "state 1 halted"]);
    assert_eq!((desk.engine.next_due(), desk.engine.schedule().count()), (None, 0));
}

#[test]
fn equal_moments_come_as_they_were_planned() {
    let mut desk = Desk::new();
    for state in [PreOpen, OpeningAuction, Continuous, Halted] {
        plan(&mut desk, 0, state, 5);
    }
    desk.now.0 += 5 * S;
    let wanted: Vec<String> = [PreOpen, OpeningAuction, Continuous, Halted]
        .iter()
        .flat_map(|state| (1..=2).map(move |id| format!("state {id} {state}")))
        .collect();
    assert_eq!(support::lines(&timer(&mut desk)), wanted);
}

#[test]
fn what_is_not_to_come_is_now() {
    let mut desk = Desk::new();
    desk.enter(4, Side::Buy, 100, 1);
    let past = Schedule { at: desk.now, random_ms: 60_000, ..at(&desk, 0, PreOpen, 0) };
    check(&desk.control(&past), &["state 1 pre-open", "state 2 pre-open", "done 0 code 0"]);
    let past = Schedule { at: Nanos(0), ..at(&desk, 1, Closed, 0) };
    check(&desk.control(&past), &["2 canceled 1 1 expired", "state 1 closed", "done 0 code 0"]);
    assert_eq!(desk.engine.next_due(), None);
}

#[test]
fn the_state_it_has_is_no_change() {
    let mut desk = Desk::new();
    plan(&mut desk, 1, Continuous, 1);
    desk.now.0 += S;
    assert!(timer(&mut desk).is_empty());
    assert_eq!(desk.engine.schedule().count(), 0);
}

#[test]
fn a_day_runs_by_itself() {
    let mut desk = Desk::new();
    let states = [
        (Closed, 1),
        (PreOpen, 10),
        (OpeningAuction, 20),
        (Continuous, 30),
        (ClosingAuction, 40),
        (Closed, 50),
    ];
    for (state, seconds) in states {
        plan(&mut desk, 1, state, seconds);
    }
    let start = desk.now.0;
    let mut told = Vec::new();
    while let Some(due) = desk.engine.next_due() {
        desk.now = due;
        told.extend(support::lines(&timer(&mut desk)));
        match (due.0 - start) / S {
            10 => {
                desk.enter(4, Side::Buy, 101, 5);
                desk.enter(5, Side::Sell, 100, 5);
            }
            20 => assert!(desk.enter(5, Side::Sell, 100, 1).len() == 2, "the price moves"),
            40 => assert_eq!(desk.enter(4, Side::Buy, 100, 1).len(), 2),
            _ => {}
        }
    }
    assert_eq!(
        told,
        [
            "state 1 closed",
            "state 1 pre-open",
            "state 1 opening-auction",
            "auction 1 opening-auction 5 @ 101 surplus 0",
            "2 trade 1 5 @ 100 left 0 auction",
            "3 trade 1 5 @ 100 left 0 auction",
            "state 1 continuous",
            "state 1 closing-auction",
            "2 trade 2 1 @ 100 left 0 auction",
            "3 trade 2 1 @ 100 left 0 auction",
            "state 1 closed",
        ]
    );
}

#[test]
fn chance_is_drawn_for_each_instrument_and_from_the_seed() {
    let mut dues = Vec::new();
    for seed in 1..=8 {
        let mut desk = Desk::with(&Genesis { seed, ..support::genesis() });
        let body = Schedule { random_ms: 3, ..at(&desk, 0, PreOpen, 5) };
        desk.done(&body);
        let mut each: Vec<_> = desk.engine.schedule().collect();
        each.sort_unstable_by_key(|it| it.instrument.0);
        for it in each {
            let by = it.due.0 - body.at.0;
            assert!(by <= 3_000_000 && by.is_multiple_of(1_000_000), "{by}");
            dues.push(by / 1_000_000);
        }
    }
    assert!((0..=3).all(|ms| dues.contains(&ms)), "both ends are drawn: {dues:?}");
    assert!(dues.chunks(2).any(|pair| pair[0] != pair[1]), "each has its own: {dues:?}");
}

#[test]
fn what_is_wrong_is_refused_and_plans_nothing() {
    let mut desk = Desk::new();
    let good = at(&desk, 1, Halted, 5);
    let cases = [
        (Schedule { state: Default::default(), random_ms: 1, ..good }, RejectCode::BadValue),
        (Schedule { state: RawTradingState(9), ..good }, RejectCode::BadValue),
        (
            Schedule { state: Default::default(), instrument: InstrumentId(3), ..good },
            RejectCode::UnknownTarget,
        ),
        (Schedule { spare: [0, 1, 0], ..good }, RejectCode::BadValue),
        (Schedule { spare2: 1, ..good }, RejectCode::BadValue),
        (Schedule { spare3: Spare([1, 0, 0, 0, 0, 0]), ..good }, RejectCode::BadValue),
        (Schedule { instrument: InstrumentId(3), ..good }, RejectCode::UnknownTarget),
        (Schedule { instrument: InstrumentId(900), ..good }, RejectCode::UnknownTarget),
    ];
    for (body, code) in cases {
        assert_eq!(desk.refused(&body), code.code());
    }
    assert_eq!(desk.engine.schedule().count(), 0);
}

#[test]
fn the_timetable_is_full_at_4096_and_empties_again() {
    let mut desk = Desk::new();
    desk.checks = false;
    for seconds in 1..=4_095 {
        plan(&mut desk, 1, Halted, seconds);
    }
    // One is left, and two would be needed.
    let both = at(&desk, 0, Halted, 1);
    assert_eq!(desk.refused(&both), RejectCode::TableFull.code());
    assert_eq!(desk.engine.schedule().count(), 4_095);
    plan(&mut desk, 2, Halted, 5);
    let one = at(&desk, 1, Halted, 1);
    assert_eq!(desk.refused(&one), RejectCode::TableFull.code());
    // What happens at once needs no room.
    let now = Schedule { at: desk.now, ..at(&desk, 0, PreOpen, 1) };
    assert_eq!(desk.refused(&now), 0);
    desk.checks = true;
    desk.now.0 += 2 * S;
    check(&timer(&mut desk), &["state 1 halted"]);
    plan(&mut desk, 1, Halted, 1);
    plan(&mut desk, 1, Halted, 1);
    let one = at(&desk, 1, Halted, 1);
    assert_eq!(desk.refused(&one), RejectCode::TableFull.code());
}

#[test]
fn what_was_planned_is_taken_back() {
    let mut desk = Desk::new();
    let nothing = RawTradingState::default();
    for (instrument, seconds) in [(1, 5), (1, 5), (1, 6), (2, 5)] {
        let body = Schedule { random_ms: 20, ..at(&desk, instrument, Halted, seconds) };
        desk.done(&body);
    }
    let back = |desk: &Desk, instrument, seconds| Schedule {
        state: nothing,
        ..at(desk, instrument, Halted, seconds)
    };
    // By the moment that was asked for, whatever chance added.
    let body = back(&desk, 1, 7);
    check(&desk.control(&body), &["done 0 code 0"]);
    let body = back(&desk, 1, 5);
    check(&desk.control(&body), &["done 2 code 0"]);
    let left: Vec<_> = desk.engine.schedule().map(|it| it.instrument.0).collect();
    assert_eq!(left.iter().sum::<u32>(), 3);
    let body = Schedule { at: Nanos(0), ..back(&desk, 0, 0) };
    check(&desk.control(&body), &["done 2 code 0"]);
    assert_eq!(desk.engine.next_due(), None);
    // Their places are free again.
    plan(&mut desk, 0, PreOpen, 1);
    desk.now.0 += S;
    check(&timer(&mut desk), &["state 1 pre-open", "state 2 pre-open"]);
}

#[test]
fn dated_orders_end_before_the_states_of_the_same_moment() {
    let mut desk = Desk::new();
    let change = StateChange {
        instrument: InstrumentId(1),
        state: OpeningAuction.into(),
        ..StateChange::default()
    };
    desk.control(&change);
    let ends = desk.now.0 + S;
    let dated = NewOrder {
        time_in_force: TimeInForce::GoodTillDate.into(),
        ..desk.limit(Side::Buy, 100, 1)
    };
    let extra = NewOrderExtra { expire_time: Nanos(ends), ..NewOrderExtra::default() };
    desk.send(1, &NewOrderWide { order: dated, extra });
    desk.enter(5, Side::Sell, 100, 1);
    plan(&mut desk, 1, Continuous, 1);
    desk.now.0 += S;
    check(&timer(&mut desk), &["1 canceled 1 1 expired", "state 1 continuous"]);
}

#[test]
fn all_means_those_that_are_defined_now() {
    let mut desk = Desk::new();
    plan(&mut desk, 0, PreOpen, 1);
    desk.done(&InstrumentDef { state: Halted.into(), ..support::instrument(3) });
    desk.now.0 += S;
    check(&timer(&mut desk), &["state 1 pre-open", "state 2 pre-open"]);
}
