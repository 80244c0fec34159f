//! Dated orders: when they end, what `next_due` says, and which ends are refused.

mod support;

use pinion_types::command::{NewOrder, NewOrderExtra, NewOrderWide, Replace, Timer};
use pinion_types::{ClOrdId, Event, Nanos, RejectCode, Side, TimeInForce};
use support::{Desk, check, refusal};

use Side::{Buy, Sell};

/// An order of account 1 that ends so many ns from now.
fn dated(desk: &mut Desk, side: Side, whole: i64, ahead: u64) -> NewOrderWide {
    let expire_time = Nanos(desk.now.0 + ahead);
    NewOrderWide {
        order: NewOrder {
            time_in_force: TimeInForce::GoodTillDate.into(),
            ..desk.limit(side, whole, 1)
        },
        extra: NewOrderExtra { expire_time, ..NewOrderExtra::default() },
    }
}

fn timer(desk: &mut Desk) -> Vec<Event> {
    desk.control(&Timer::default())
}

#[test]
fn orders_end_when_the_timer_comes() {
    let mut desk = Desk::new();
    let begin = desk.now;
    assert_eq!(desk.engine.next_due(), None);
    for ahead in [300, 200, 200, 400] {
        let order = dated(&mut desk, Buy, 90, ahead);
        desk.send(1, &order);
    }
    assert_eq!(desk.engine.next_due(), Some(Nanos(begin.0 + 200)));
    desk.now = Nanos(begin.0 + 199);
    assert!(timer(&mut desk).is_empty());
    desk.now = Nanos(begin.0 + 300);
    let ended = ["1 canceled 2 1 expired", "1 canceled 3 1 expired", "1 canceled 1 1 expired"];
    check(&timer(&mut desk), &ended);
    assert_eq!(desk.engine.next_due(), Some(Nanos(begin.0 + 400)));
    // Who was filled does not end again.
    desk.enter(5, Sell, 90, 1);
    assert_eq!(desk.engine.next_due(), None);
}

#[test]
fn a_replace_moves_the_end_or_takes_it_away() {
    let mut desk = Desk::new();
    let begin = desk.now;
    let order = dated(&mut desk, Buy, 90, 200);
    desk.send(1, &order);
    let later =
        Replace { expire_time: Nanos(begin.0 + 500), ..desk.replacement(1, ClOrdId(1), 91, 1) };
    check(&desk.send(1, &later), &["1 replaced 1 to 2 1 @ 91 left 1 back"]);
    assert_eq!(desk.engine.next_due(), Some(Nanos(begin.0 + 500)));
    desk.replace(1, ClOrdId(2), 92, 1);
    assert_eq!(desk.engine.next_due(), Some(Nanos(begin.0 + 500)));
    let undated = Replace {
        time_in_force: TimeInForce::Day.into(),
        ..desk.replacement(1, ClOrdId(3), 92, 1)
    };
    desk.send(1, &undated);
    assert_eq!(desk.engine.next_due(), None);
}

#[test]
fn an_end_is_in_the_future_and_of_a_dated_order() {
    let mut desk = Desk::new();
    let now = dated(&mut desk, Buy, 90, 0);
    assert_eq!(refusal(&desk.send(1, &now)), RejectCode::ExpireTimePassed);
    let mut of_day = dated(&mut desk, Buy, 90, 100);
    of_day.order.time_in_force = TimeInForce::Day.into();
    assert_eq!(refusal(&desk.send(1, &of_day)), RejectCode::ReservedNotZero);
    desk.enter(1, Buy, 90, 1);
    let orig = desk.last_id(1);
    let asked = Replace { expire_time: Nanos(u64::MAX), ..desk.replacement(1, orig, 90, 1) };
    assert_eq!(refusal(&desk.send(1, &asked)), RejectCode::ReservedNotZero);
    let unsaid = Replace {
        time_in_force: TimeInForce::GoodTillDate.into(),
        ..desk.replacement(1, orig, 90, 1)
    };
    assert_eq!(refusal(&desk.send(1, &unsaid)), RejectCode::ExpireTimePassed);
}
