//! Throttles: what passes, what is refused, and what ends the session.

use pinion_types::command::{MassCancel, Replace, SecurityListRequest, SessionDef};
use pinion_types::{EventRef, LimitId, RejectCode, SessionId, TerminationCode};

use crate::house::{
    House, S, Seen, definition, gap, is_accepted, is_dropped, noise, notice, terminated,
};
use pinion_engine::session::CodScope;

/// Two messages at once, one a second; three cancels at once, two a second; two are borne.
fn slow() -> SessionDef {
    SessionDef {
        rate_per_second: 1,
        rate_burst: 2,
        cancel_rate_per_second: 2,
        cancel_rate_burst: 3,
        throttle_logout: 2,
        ..definition()
    }
}

/// True where all that was seen is a refusal for the rate.
fn is_throttled(seen: &[Seen]) -> bool {
    match seen {
        [Seen::Event(event)] => match event.view() {
            Some(EventRef::BusinessRejected(body)) => {
                assert_eq!(event.header().session, SessionId(1));
                assert!(event.header().msg_seq_num > 0);
                assert_eq!((body.limit_id, body.limit), (LimitId::Rate.into(), 2));
                body.code.get() == Some(RejectCode::Throttled)
            }
            _ => false,
        },
        _ => false,
    }
}

#[test]
fn a_message_over_the_rate_is_refused_and_its_number_consumed() {
    let mut house = House::new(&slow());
    house.log_on(1);
    let begun = house.now;
    assert_eq!(house.order(1), [Seen::Applies]);
    assert_eq!(house.send(2, &Replace::default()), [Seen::Applies]);
    assert!(is_throttled(&house.send(3, &SecurityListRequest::default())));
    assert_eq!(house.one().expected().0, 4);
    assert_eq!(house.one().throttled_count(), 1);
    house.now = begun + S - 1;
    assert!(is_throttled(&house.order(4)));
    house.now = begun + S;
    assert_eq!(house.order(5), [Seen::Applies]);
    assert_eq!(house.one().throttled_count(), 0);
}

/// Whoever says the same again and again fills the journal as fast as one who says new things.
#[test]
fn old_numbers_count_and_end_the_session() {
    let mut house = House::new(&slow());
    house.log_on(1);
    assert_eq!(house.order(1), [Seen::Applies]);
    assert!(is_dropped(&house.order(1)), "the second of two");
    assert!(is_dropped(&house.cancel(1)), "one is borne");
    assert!(is_dropped(&house.send(1, &noise(RejectCode::UnknownEnumValue))), "two are borne");
    assert_eq!(house.one().throttled_count(), 2);
    let seen = house.order(1);
    assert!(is_dropped(&seen[..1]));
    assert_eq!(seen[1], Seen::Cancels(SessionId(1), CodScope::DayAndFlagged));
    assert_eq!(terminated(&seen[2]), Some((TerminationCode::Throttle, false)));
}

#[test]
fn a_sequence_that_runs_ahead_counts_like_a_message() {
    let mut house = House::new(&slow());
    house.log_on(1);
    for number in [10, 20, 30, 40] {
        let seen = house.send(0, &notice(1, number));
        assert!(gap(&seen[0]).is_some_and(|(_, count)| count >= 9), "{number}: {seen:?}");
    }
    let seen = house.send(0, &notice(1, 50));
    assert_eq!(terminated(seen.last().expect("an end")), Some((TerminationCode::Throttle, false)));
}

#[test]
fn a_gap_is_named_before_the_refusal() {
    let mut house = House::new(&slow());
    house.log_on(1);
    house.order(1);
    house.order(2);
    let seen = house.order(5);
    assert_eq!(gap(&seen[0]), Some((3, 2)));
    assert!(is_throttled(&seen[1..]));
}

#[test]
fn one_refusal_too_many_ends_the_session_at_once() {
    let mut house = House::new(&SessionDef { cod_window_ms_max: 60_000, ..slow() });
    let hello = house.hello(1);
    house.send(0, &hello);
    let mut resume = house.resume(1, 1);
    resume.cod_window_ms = 60_000;
    assert!(is_accepted(&house.send(0, &resume)));
    for number in 1..=2 {
        assert_eq!(house.order(number), [Seen::Applies]);
    }
    for number in 3..=4 {
        assert!(is_throttled(&house.order(number)));
    }
    let seen = house.order(5);
    assert!(is_throttled(&seen[..1]), "the last one is answered too");
    // The grace is for those who lost their line.
    assert_eq!(seen[1], Seen::Cancels(SessionId(1), CodScope::DayAndFlagged));
    assert_eq!(terminated(&seen[2]), Some((TerminationCode::Throttle, false)));
    assert_eq!(house.sessions.next_due(), None);
    // The bucket is as empty for the next connection, but it may bear as much again.
    let resume = house.resume(1, 6);
    assert!(is_accepted(&house.send(0, &resume)));
    assert!(is_throttled(&house.order(6)));
    assert!(is_throttled(&house.order(7)));
    house.wait(S);
    assert_eq!(house.order(8), [Seen::Applies]);
}

#[test]
fn a_message_that_passes_forgives_those_before_it_but_a_cancel_does_not() {
    let mut house = House::new(&slow());
    house.log_on(1);
    house.order(1);
    house.order(2);
    let mut number = 3;
    for _ in 0..5 {
        assert!(is_throttled(&house.order(number)));
        assert!(is_throttled(&house.order(number + 1)));
        house.wait(S);
        assert_eq!(house.order(number + 2), [Seen::Applies]);
        number += 3;
    }
    assert!(is_throttled(&house.order(number)));
    assert!(is_throttled(&house.order(number + 1)));
    assert_eq!(house.cancel(number + 2), [Seen::Applies]);
    assert_eq!(terminated(&house.order(number + 3)[2]), Some((TerminationCode::Throttle, false)));
}

#[test]
fn cancels_are_counted_and_never_refused() {
    let mut house = House::new(&slow());
    house.log_on(1);
    for number in 1..=3 {
        assert_eq!(house.cancel(number), [Seen::Applies]);
        assert_eq!(house.one().cancels_over_count(), 0);
    }
    for number in 4..=20 {
        assert_eq!(house.send(number, &MassCancel::default()), [Seen::Applies]);
        assert_eq!(house.one().cancels_over_count(), number - 3);
    }
    assert_eq!(house.one().throttled_count(), 0);
    // They took nothing from the bucket of orders.
    assert_eq!(house.order(21), [Seen::Applies]);
    house.wait(S / 2);
    assert_eq!(house.cancel(22), [Seen::Applies]);
    assert_eq!(house.one().cancels_over_count(), 17);
}

#[test]
fn a_session_that_bears_nothing_ends_with_the_first() {
    let mut house = House::new(&SessionDef { throttle_logout: 0, rate_burst: 0, ..slow() });
    house.log_on(1);
    let seen = house.order(1);
    assert_eq!(terminated(&seen[2]), Some((TerminationCode::Throttle, false)));
}

#[test]
fn a_lower_threshold_counts_from_the_next_message() {
    let mut house = House::new(&SessionDef { throttle_logout: 5, ..slow() });
    house.log_on(1);
    for number in 1..=6 {
        house.order(number);
    }
    assert_eq!(house.one().throttled_count(), 4);
    let now = pinion_types::Nanos(house.now);
    assert_eq!(house.sessions.define(now, SessionId(1), &slow()), Ok(()));
    assert_eq!(house.one().throttled_count(), 2);
    assert_eq!(house.sessions.check(), Ok(()));
    assert_eq!(terminated(&house.order(7)[2]), Some((TerminationCode::Throttle, false)));
}
