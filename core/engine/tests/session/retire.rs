//! Ends of sessions and what they mean for orders: every type by every end, with and without grace.

use pinion_types::codes::OrderCod;
use pinion_types::command::{Establish, SessionDef, SourceDown, Terminate};
use pinion_types::{
    CancelOnDisconnect, ConnectionId, Event, EventRef, Nanos, SessionId, SourceId, TerminationCode,
    TimeInForce,
};

use crate::house::{
    GATEWAY, House, MS, Seen, definition, down, gone, goodbye, is_accepted, notice, only,
    terminated, up,
};
use pinion_engine::session::{CodScope, Link};

/// How a test ends session 1.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Own,
    Faulty(TerminationCode),
    Lost(TerminationCode),
    BadSequence,
    WrongVersion,
    GatewayDown,
    GatewayUp,
    Throttle,
}

/// Every way, its code, and whether there is nothing to send.
const WAYS: &[(Way, TerminationCode, bool)] = &[
    (Way::Own, TerminationCode::Finished, true),
    (Way::Faulty(TerminationCode::InvalidFraming), TerminationCode::InvalidFraming, true),
    (Way::Lost(TerminationCode::Disconnected), TerminationCode::Disconnected, true),
    (Way::Lost(TerminationCode::KeepaliveLapsed), TerminationCode::KeepaliveLapsed, true),
    (Way::Lost(TerminationCode::SlowConsumer), TerminationCode::SlowConsumer, true),
    (Way::BadSequence, TerminationCode::InvalidSequence, false),
    (Way::WrongVersion, TerminationCode::InvalidSessionVerId, false),
    (Way::GatewayDown, TerminationCode::GatewayDown, true),
    (Way::GatewayUp, TerminationCode::GatewayDown, true),
    (Way::Throttle, TerminationCode::Throttle, false),
];

/// A house whose session 1 is established with this type and grace.
fn house(cod_type: CancelOnDisconnect, window_ms: u32) -> House {
    let slow = SessionDef { rate_per_second: 0, rate_burst: 0, throttle_logout: 0, ..definition() };
    let mut house = House::new(&slow);
    let hello = house.hello(1);
    house.send(0, &hello);
    let resume =
        Establish { cod_type: cod_type.into(), cod_window_ms: window_ms, ..house.resume(1, 1) };
    assert!(is_accepted(&house.send(0, &resume)));
    house
}

fn leave(house: &mut House, way: Way) -> Vec<Seen> {
    match way {
        Way::Own => house.send(0, &goodbye(1)),
        Way::Faulty(code) => {
            house.send(0, &Terminate { by_client: 0, code: code.into(), ..goodbye(1) })
        }
        Way::Lost(code) => house.send(0, &gone(1, code)),
        Way::BadSequence => house.send(0, &notice(1, 0)),
        Way::WrongVersion => house.send(0, &goodbye(2)),
        Way::GatewayDown => house.send_from(SourceId(0), 0, 0, &down(GATEWAY)),
        Way::GatewayUp => house.send_from(SourceId(0), 0, 0, &up(GATEWAY)),
        Way::Throttle => house.order(1).split_off(1),
    }
}

/// The table of the module's head, written out once more.
fn expected(cod_type: CancelOnDisconnect, own: bool) -> Option<CodScope> {
    match (cod_type, own) {
        (CancelOnDisconnect::OnDisconnect, true) => None,
        (CancelOnDisconnect::OnDisconnect, false) => Some(CodScope::DayAndFlagged),
        (CancelOnDisconnect::OnTerminate, true) => Some(CodScope::DayAndFlagged),
        (CancelOnDisconnect::OnTerminate, false) => Some(CodScope::Flagged),
        (CancelOnDisconnect::OnDisconnectOrTerminate, _) => Some(CodScope::DayAndFlagged),
        (CancelOnDisconnect::Never, true) => None,
        (CancelOnDisconnect::Never, false) => Some(CodScope::Flagged),
    }
}

#[test]
fn every_type_by_every_end_without_grace() {
    for &cod_type in CancelOnDisconnect::ALL {
        for &(way, code, silent) in WAYS {
            let mut house = house(cod_type, 0);
            let seen = leave(&mut house, way);
            let cancels =
                expected(cod_type, way == Way::Own).map(|scope| Seen::Cancels(SessionId(1), scope));
            let (last, before) = seen.split_last().expect("at least the farewell");
            assert_eq!(before, cancels.as_slice(), "{cod_type} {way:?}");
            assert_eq!(terminated(last), Some((code, silent)), "{cod_type} {way:?}");
            assert_eq!(house.one().link(), Link::Free);
            assert_eq!(house.sessions.next_due(), None);
        }
    }
}

#[test]
fn every_type_by_every_end_with_grace() {
    for &cod_type in CancelOnDisconnect::ALL {
        for &(way, code, silent) in WAYS {
            let mut house = house(cod_type, 2_000);
            let ended = house.now;
            let seen = leave(&mut house, way);
            assert_eq!(terminated(&seen[seen.len() - 1]), Some((code, silent)));
            let scope = expected(cod_type, way == Way::Own);
            if way == Way::Throttle {
                assert_eq!(seen.len(), 2, "the throttle gives no grace");
                assert_eq!(house.sessions.next_due(), None);
                continue;
            }
            assert_eq!(seen.len(), 1, "{cod_type} {way:?}");
            let due = scope.map(|_| Nanos(ended + 2_000 * MS));
            assert_eq!(house.sessions.next_due(), due);
            assert_eq!(house.one().cod_due(), due);
            house.now = ended + 2_000 * MS - 1;
            assert!(house.timer().is_empty());
            house.wait(1);
            let cancels = scope.map(|scope| Seen::Cancels(SessionId(1), scope));
            assert_eq!(house.timer(), cancels.as_slice(), "{cod_type} {way:?}");
            assert!(house.timer().is_empty(), "once");
        }
    }
}

#[test]
fn coming_back_inside_the_grace_keeps_the_orders() {
    let mut house = house(CancelOnDisconnect::OnDisconnect, 2_000);
    let ended = house.now;
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    house.now = ended + 2_000 * MS - 3;
    // Negotiate alone proves nothing yet, and a refused Establish neither.
    let hello = house.hello(2);
    assert!(is_accepted(&house.send(0, &hello)));
    assert!(house.sessions.next_due().is_some());
    let refused = Establish { keep_alive_ms: 0, ..house.resume(2, 1) };
    house.now -= 1;
    assert!(house.send(0, &refused).len() == 1 && house.sessions.next_due().is_some());
    let resume = Establish { timestamp: Nanos(house.now + 5), ..house.resume(2, 1) };
    house.now = ended + 2_000 * MS - 1;
    assert!(is_accepted(&house.send(0, &resume)));
    assert_eq!(house.sessions.next_due(), None);
    house.wait(10_000 * MS);
    assert!(house.timer().is_empty());
}

/// The grace ends by the clock of commands: a timer that comes late gives no more of it.
#[test]
fn coming_back_at_the_end_of_the_grace_is_too_late() {
    let mut house = house(CancelOnDisconnect::OnDisconnect, 2_000);
    let ended = house.now;
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    house.now = ended + 2_000 * MS - 1;
    let resume = house.resume(1, 1);
    assert_eq!(house.now, ended + 2_000 * MS);
    let seen = house.send(0, &resume);
    assert_eq!(seen[0], Seen::Cancels(SessionId(1), CodScope::DayAndFlagged));
    assert!(is_accepted(&seen[1..]));
}

#[test]
fn graces_of_several_sessions_end_in_their_order() {
    let mut house = House::new(&definition());
    for (id, window) in [(1, 3_000), (2, 1_000), (3, 1_000)] {
        let connection = ConnectionId(id);
        let hello = pinion_types::command::Negotiate { connection, ..house.hello(1) };
        house.send_from(GATEWAY, id, 0, &hello);
        let resume = Establish { connection, cod_window_ms: window, ..house.resume(1, 1) };
        assert!(is_accepted(&house.send_from(GATEWAY, id, 0, &resume)));
    }
    let seen = house.send_from(SourceId(0), 0, 0, &down(GATEWAY));
    let sessions: Vec<u32> = seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Event(event) => Some(event.header().session.0),
            _ => None,
        })
        .collect();
    assert_eq!(sessions, [1, 2, 3], "in order of ids");
    house.wait(3_000 * MS);
    let day = CodScope::DayAndFlagged;
    let cancels = [2, 3, 1].map(|id| Seen::Cancels(SessionId(id), day));
    assert_eq!(house.timer(), cancels, "in order of time, then of ids");
}

#[test]
fn a_producer_takes_only_its_own_sessions_with_it() {
    let mut house = house(CancelOnDisconnect::OnDisconnect, 0);
    let (other, connection) = (SourceId(3), ConnectionId(1));
    let hello = house.hello(1);
    house.send_from(other, 2, 0, &hello);
    let resume = house.resume(1, 1);
    house.send_from(other, 2, 0, &resume);
    let hello = house.hello(1);
    house.send_from(GATEWAY, 3, 0, &hello);
    assert!(house.send_from(SourceId(0), 0, 0, &down(SourceId(9))).is_empty());
    let code = TerminationCode::Shutdown.into();
    let seen = house.send_from(SourceId(0), 0, 0, &SourceDown { code, ..down(GATEWAY) });
    assert_eq!(seen[0], Seen::Cancels(SessionId(1), CodScope::DayAndFlagged));
    assert_eq!(terminated(&seen[1]), Some((TerminationCode::Shutdown, true)));
    // Session 3 only negotiated: unbound without cancels.
    assert_eq!(terminated(&seen[2]), Some((TerminationCode::Shutdown, true)));
    assert_eq!(seen.len(), 3);
    let held = house.sessions.get(SessionId(2)).map(|session| session.link());
    let route = pinion_engine::session::Route { source: other, connection };
    assert_eq!(held, Some(Link::Established(route)));
    assert!(house.send_from(SourceId(0), 0, 0, &down(GATEWAY)).is_empty(), "once");
}

#[test]
fn ends_of_connections_that_are_not_the_sessions_change_nothing() {
    let mut house = house(CancelOnDisconnect::OnDisconnectOrTerminate, 0);
    let before = house.sessions.hash();
    let lost = TerminationCode::Disconnected;
    assert!(house.send(0, &gone(2, lost)).is_empty());
    assert!(house.send_from(SourceId(3), 1, 0, &gone(1, lost)).is_empty());
    assert!(house.send_from(GATEWAY, 2, 0, &gone(1, lost)).is_empty());
    assert!(house.send_from(GATEWAY, 0, 0, &gone(1, lost)).is_empty());
    let foreign = Terminate { connection: ConnectionId(2), ..goodbye(1) };
    assert!(house.send(0, &foreign).is_empty());
    assert!(house.send_from(SourceId(3), 1, 0, &goodbye(1)).is_empty());
    assert!(house.send_from(GATEWAY, 99, 0, &goodbye(1)).is_empty());
    assert_eq!(house.sessions.hash(), before);
    assert!(house.one().is_established());
}

#[test]
fn a_negotiated_connection_ends_without_cancels() {
    for own in [true, false] {
        let mut house = House::new(&SessionDef {
            cod_type: CancelOnDisconnect::OnDisconnectOrTerminate.into(),
            ..definition()
        });
        let hello = house.hello(1);
        house.send(0, &hello);
        let seen = match own {
            true => house.send(0, &goodbye(1)),
            false => house.send(0, &gone(1, TerminationCode::LogonTimeout)),
        };
        assert_eq!(seen.len(), 1);
        assert!(terminated(&seen[0]).is_some());
        assert_eq!(house.one().link(), Link::Free);
    }
}

#[test]
fn a_grace_goes_on_while_somebody_only_negotiates() {
    let mut house = house(CancelOnDisconnect::OnDisconnect, 2_000);
    let ended = house.now;
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    let hello = house.hello(2);
    house.send(0, &hello);
    let seen = house.send(0, &gone(1, TerminationCode::LogonTimeout));
    assert_eq!(seen.len(), 1);
    assert_eq!(house.sessions.next_due(), Some(Nanos(ended + 2_000 * MS)));
    house.now = ended + 2_000 * MS;
    assert_eq!(house.timer(), [Seen::Cancels(SessionId(1), CodScope::DayAndFlagged)]);
}

/// The cancels come before the farewell, whose number is the one after theirs.
#[test]
fn the_farewell_counts_the_cancels() {
    let mut house = house(CancelOnDisconnect::OnDisconnect, 0);
    let lost = gone(1, TerminationCode::Disconnected);
    let mut command = pinion_types::Command::new(SessionId(1), 0, &lost);
    command.set_source(GATEWAY);
    let now = Nanos(house.now);
    let ended = house.sessions.disconnect(now, command.header(), &lost).expect("an end");
    for number in 1..=3 {
        assert_eq!(house.sessions.next_msg_seq_num(SessionId(1)).0, number);
    }
    let mut events = Vec::new();
    house.sessions.farewell(&ended, &mut |event: &Event| events.push(Seen::Event(*event)));
    let event = only(&events);
    let Some(EventRef::Terminated(body)) = event.view() else { panic!("{event:?}") };
    assert_eq!((body.next_seq_no, body.last_incoming_seq_no), (4, 0));
    assert_eq!((body.connection, body.source), (ConnectionId(1), GATEWAY));
    assert_eq!(event.header().msg_seq_num, 0);
}

#[test]
fn a_deadline_past_the_end_of_time_overflows_nothing() {
    let mut house = house(CancelOnDisconnect::OnDisconnect, 2_000);
    house.now = u64::MAX - 1;
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    assert_eq!(house.sessions.next_due(), Some(Nanos(u64::MAX)));
    assert!(house.timer().is_empty());
    house.now = u64::MAX;
    assert_eq!(house.timer().len(), 1);
}

#[test]
fn orders_are_covered_by_their_flag_first_and_their_time_in_force_next() {
    let (keep, cancel) = (Some(OrderCod::Keep), Some(OrderCod::Cancel));
    for &time_in_force in TimeInForce::ALL {
        let lasts =
            matches!(time_in_force, TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate);
        assert!(CodScope::Flagged.covers(time_in_force, cancel));
        assert!(CodScope::DayAndFlagged.covers(time_in_force, cancel));
        assert!(!CodScope::Flagged.covers(time_in_force, keep));
        assert!(!CodScope::DayAndFlagged.covers(time_in_force, keep));
        assert!(!CodScope::Flagged.covers(time_in_force, None));
        assert_eq!(CodScope::DayAndFlagged.covers(time_in_force, None), !lasts);
    }
}
