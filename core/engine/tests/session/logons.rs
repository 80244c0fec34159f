//! Negotiate and Establish, refusal by refusal.

use pinion_types::codes::{EstablishmentReject as Est, FlowType, NegotiationReject as Neg};
use pinion_types::command::{Establish, Negotiate};
use pinion_types::{
    CancelOnDisconnect, ConnectionId, EventRef, FirmId, MsgSeqNum, Nanos, RejectCode, SessionId,
    SessionRole, SessionVerId, SourceId, TerminationCode,
};

use crate::house::{
    FIRM, GATEWAY, House, S, START, account, definition, establish_refused, gap, genesis, gone,
    goodbye, is_accepted, negotiate_refused, only,
};
use pinion_engine::session::{Link, Route, Sessions};

#[test]
fn a_logon_says_everything_back() {
    let mut house = House::new(&definition());
    let hello = house.hello(42);
    let seen = house.send(0, &hello);
    let event = only(&seen);
    assert_eq!((event.header().session, event.header().msg_seq_num), (SessionId(1), 0));
    let Some(EventRef::Negotiated(body)) = event.view() else { panic!("{event:?}") };
    assert_eq!(body.session_ver_id, SessionVerId(42));
    assert_eq!(body.request_timestamp, hello.timestamp);
    assert_eq!((body.connection, body.source), (ConnectionId(1), GATEWAY));
    assert_eq!((body.firm, body.client_flow), (FIRM, FlowType::Idempotent.into()));

    let resume = Establish { cod_window_ms: 99_999, ..house.resume(42, 1) };
    let event = only(&house.send(0, &resume));
    let Some(EventRef::Established(body)) = event.view() else { panic!("{event:?}") };
    assert_eq!(body.session_ver_id, SessionVerId(42));
    assert_eq!(body.request_timestamp, resume.timestamp);
    assert_eq!((body.next_seq_no, body.last_incoming_seq_no), (1, 0));
    assert_eq!((body.connection, body.source), (ConnectionId(1), GATEWAY));
    assert_eq!((body.keep_alive_ms, body.last_cl_ord_id.0), (5_000, 0));
    assert_eq!((body.rate_per_second, body.rate_burst), (1_000, 1_000));
    assert_eq!((body.cancel_rate_per_second, body.cancel_rate_burst), (2_000, 2_000));
    // The grace is cut to what the session may have, the type is the session's own.
    assert_eq!(body.cod_window_ms, 10_000);
    assert_eq!(body.cod_type, CancelOnDisconnect::OnDisconnect.into());
}

/// Every way to spoil a Negotiate that would pass, its code, and the version told.
#[test]
fn negotiate_is_refused_for_the_first_reason_that_holds() {
    type Spoil = fn(&mut Negotiate);
    let cases: &[(Spoil, Neg, u64)] = &[
        (|it| it.refused = Neg::Credentials.into(), Neg::Credentials, 0),
        (|it| it.refused = Neg::VersionNotSupported.into(), Neg::VersionNotSupported, 0),
        (|it| it.refused = Neg::SystemUnavailable.into(), Neg::SystemUnavailable, 0),
        (|it| it.refused = Neg::SessionBlocked.into(), Neg::SessionBlocked, 0),
        (|it| it.timestamp.0 += 5 * S + 1, Neg::InvalidTimestamp, 9),
        (|it| it.timestamp.0 -= 5 * S + 1, Neg::InvalidTimestamp, 9),
        (|it| it.firm = FirmId(8), Neg::InvalidFirm, 9),
        (|it| it.firm = FirmId(0), Neg::InvalidFirm, 9),
        (|it| it.client_flow = FlowType::None.into(), Neg::FlowTypeNotSupported, 9),
        (|it| it.client_flow = FlowType::Recoverable.into(), Neg::FlowTypeNotSupported, 9),
        (|it| it.client_flow = FlowType::Unsequenced.into(), Neg::FlowTypeNotSupported, 9),
        (|it| it.client_flow.0 = 0, Neg::FlowTypeNotSupported, 9),
        (|it| it.client_flow.0 = 200, Neg::FlowTypeNotSupported, 9),
        (|it| it.session_ver_id.0 = 9, Neg::InvalidSessionVerId, 9),
        (|it| it.session_ver_id.0 = 8, Neg::InvalidSessionVerId, 9),
        (|it| it.session_ver_id.0 = 0, Neg::InvalidSessionVerId, 9),
    ];
    let mut house = House::new(&definition());
    house.log_on(9);
    house.order(1);
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    house.wait(20 * S);
    house.timer();
    for (index, &(spoil, code, version)) in cases.iter().enumerate() {
        let mut hello = house.hello(10);
        // Whatever comes later in the order is wrong as well.
        for &(later, other, _) in &cases[index..] {
            if other != code {
                later(&mut hello);
            }
        }
        spoil(&mut hello);
        let before = house.one().clone();
        assert_eq!(negotiate_refused(&house.send(0, &hello)), (Some(code), version), "{index}");
        let after = house.one();
        assert_eq!(after.version(), before.version());
        assert_eq!(after.link(), Link::Free);
        assert_eq!(after.last_incoming(), MsgSeqNum(1));
    }
    let hello = house.hello(10);
    assert!(is_accepted(&house.send(0, &hello)));
}

/// The same for Establish, with the number told: none until the version is the right one.
#[test]
fn establish_is_refused_for_the_first_reason_that_holds() {
    type Spoil = fn(&mut Establish);
    let cases: &[(Spoil, Est, u64)] = &[
        (|it| it.refused = Est::Credentials.into(), Est::Credentials, 0),
        (|it| it.refused = Est::VersionNotSupported.into(), Est::VersionNotSupported, 0),
        (|it| it.refused = Est::SessionBlocked.into(), Est::SessionBlocked, 0),
        (|it| it.timestamp.0 += 5 * S + 1, Est::InvalidTimestamp, 0),
        (|it| it.timestamp.0 -= 5 * S + 1, Est::InvalidTimestamp, 0),
        (|it| it.session_ver_id.0 = 8, Est::InvalidSessionVerId, 0),
        (|it| it.session_ver_id.0 = 10, Est::InvalidSessionVerId, 0),
        (|it| it.keep_alive_ms = 999, Est::KeepaliveInterval, 5),
        (|it| it.keep_alive_ms = 60_001, Est::KeepaliveInterval, 5),
        (|it| it.next_seq_no = 5, Est::InvalidNextSeqNo, 5),
        (|it| it.next_seq_no = 0, Est::InvalidNextSeqNo, 5),
    ];
    let mut house = House::new(&definition());
    house.log_on(9);
    for number in 1..=5 {
        house.order(number);
    }
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    for (index, &(spoil, code, last_incoming)) in cases.iter().enumerate() {
        let mut resume = house.resume(9, 6);
        for &(later, other, _) in &cases[index..] {
            if other != code {
                later(&mut resume);
            }
        }
        spoil(&mut resume);
        let told = establish_refused(&house.send(0, &resume));
        assert_eq!(told, (Some(code), last_incoming), "{index}");
        assert_eq!(house.one().link(), Link::Free);
        assert_eq!(house.one().last_incoming(), MsgSeqNum(5));
    }
    let resume = house.resume(9, 6);
    assert!(is_accepted(&house.send(0, &resume)));
    // The ends of the range of the keep-alive interval are within it.
    for keep_alive_ms in [1_000, 60_000] {
        let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
        let resume = Establish { keep_alive_ms, ..house.resume(9, 6) };
        assert!(is_accepted(&house.send(0, &resume)));
        assert_eq!(house.one().keep_alive_ms(), keep_alive_ms);
    }
}

#[test]
fn sessions_that_do_not_exist_log_on_nowhere() {
    let mut house = House::new(&definition());
    for id in [0, 4, 5, u32::MAX] {
        let hello = house.hello(1);
        let told = negotiate_refused(&house.send_from(GATEWAY, id, 0, &hello));
        assert_eq!(told, (Some(Neg::InvalidSessionId), 0));
        let resume = house.resume(1, 1);
        let told = establish_refused(&house.send_from(GATEWAY, id, 0, &resume));
        assert_eq!(told, (Some(Est::InvalidSessionId), 0));
    }
    let resume = house.resume(1, 1);
    assert_eq!(establish_refused(&house.send(0, &resume)), (Some(Est::Unnegotiated), 0));
    let resume = house.resume(0, 1);
    assert_eq!(establish_refused(&house.send(0, &resume)), (Some(Est::Unnegotiated), 0));
}

#[test]
fn the_timestamp_is_within_the_window_and_above_the_last() {
    let mut house = House::new(&definition());
    let now = house.now;
    let mut at = |timestamp: u64, version: u64| {
        let hello = Negotiate { timestamp: Nanos(timestamp), ..house.hello(version) };
        house.now = now;
        let seen = house.send(0, &hello);
        let _ = house.send(0, &goodbye(version));
        matches!(only(&seen).view(), Some(EventRef::Negotiated(_)))
    };
    assert!(!at(now - 5 * S - 1, 1));
    assert!(at(now - 5 * S, 1));
    assert!(!at(now - 5 * S, 2), "the same once more");
    assert!(at(now, 2));
    assert!(!at(now - 1, 3), "behind the last");
    assert!(at(now + 5 * S, 3));
    assert!(!at(now + 5 * S + 1, 4));
    assert!(!at(u64::MAX, 4));
    assert!(!at(0, 4));
    assert_eq!(house.one().last_logon(), Nanos(now + 5 * S));
}

/// A logon that was refused is spent: whoever recorded it cannot have it accepted later.
#[test]
fn a_refused_logon_cannot_be_sent_again() {
    let mut house = House::new(&definition());
    house.log_on(9);
    let second = Negotiate { connection: ConnectionId(2), ..house.hello(10) };
    assert_eq!(negotiate_refused(&house.send(0, &second)).0, Some(Neg::DuplicateConnection));
    let _ = house.send(0, &goodbye(9));
    assert_eq!(negotiate_refused(&house.send(0, &second)).0, Some(Neg::InvalidTimestamp));
    // One the gateway did not believe, and one out of the window, spend nothing.
    let forged = Negotiate { refused: Neg::Credentials.into(), ..house.hello(10) };
    house.send(0, &forged);
    let late = Negotiate { timestamp: Nanos(house.now + 6 * S), ..house.hello(10) };
    assert_eq!(negotiate_refused(&house.send(0, &late)).0, Some(Neg::InvalidTimestamp));
    let hello = Negotiate { timestamp: forged.timestamp, ..forged };
    let hello = Negotiate { refused: Default::default(), ..hello };
    assert!(is_accepted(&house.send(0, &hello)));
    // Negotiate and Establish share the guard.
    let resume = Establish { timestamp: hello.timestamp, ..house.resume(10, 1) };
    assert_eq!(establish_refused(&house.send(0, &resume)).0, Some(Est::InvalidTimestamp));
}

#[test]
fn an_established_session_keeps_everyone_else_out() {
    let mut house = House::new(&definition());
    house.log_on(1);
    let hello = house.hello(2);
    assert_eq!(negotiate_refused(&house.send(0, &hello)), (Some(Neg::AlreadyNegotiated), 1));
    let resume = house.resume(1, 1);
    assert_eq!(establish_refused(&house.send(0, &resume)), (Some(Est::AlreadyEstablished), 0));
    for (source, connection) in [(GATEWAY, 2), (SourceId(3), 1), (SourceId(3), 2)] {
        let connection = ConnectionId(connection);
        let hello = Negotiate { connection, ..house.hello(2) };
        let told = negotiate_refused(&house.send_from(source, 1, 0, &hello));
        assert_eq!(told, (Some(Neg::DuplicateConnection), 1));
        let resume = Establish { connection, ..house.resume(1, 1) };
        let told = establish_refused(&house.send_from(source, 1, 0, &resume));
        assert_eq!(told, (Some(Est::DuplicateConnection), 0));
    }
    let first = Route { source: GATEWAY, connection: ConnectionId(1) };
    assert_eq!(house.one().link(), Link::Established(first));
    assert_eq!(house.order(1).len(), 1);
}

/// Who negotiates and goes silent holds the session only until somebody else negotiates.
#[test]
fn a_negotiated_connection_keeps_nobody_out() {
    let mut house = House::new(&definition());
    let hello = house.hello(1);
    assert!(is_accepted(&house.send(0, &hello)));
    let again = house.hello(2);
    assert_eq!(negotiate_refused(&house.send(0, &again)), (Some(Neg::AlreadyNegotiated), 1));
    let other = Negotiate { connection: ConnectionId(2), ..house.hello(2) };
    assert!(is_accepted(&house.send(0, &other)));
    let late = house.resume(1, 1);
    assert_eq!(establish_refused(&house.send(0, &late)).0, Some(Est::InvalidSessionVerId));
    // The end of the one that was pushed aside does not touch the other.
    assert!(house.send(0, &gone(1, TerminationCode::Disconnected)).is_empty());
    let resume = Establish { connection: ConnectionId(2), ..house.resume(2, 1) };
    assert!(is_accepted(&house.send(0, &resume)));
}

#[test]
fn the_last_version_resumes_on_a_new_connection_where_it_stopped() {
    let mut house = House::new(&definition());
    house.log_on(5);
    for number in 1..=3 {
        house.order(number);
        let _ = house.sessions.next_msg_seq_num(SessionId(1));
    }
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    let resume = Establish { connection: ConnectionId(9), ..house.resume(5, 4) };
    let event = only(&house.send_from(SourceId(3), 1, 0, &resume));
    let Some(EventRef::Established(body)) = event.view() else { panic!("{event:?}") };
    assert_eq!((body.next_seq_no, body.last_incoming_seq_no), (4, 3));
    assert_eq!((body.source, body.connection), (SourceId(3), ConnectionId(9)));
    // Establish with a number ahead is accepted; what is missing is said, with a number.
    let _ = house.send_from(SourceId(3), 1, 0, &gone(9, TerminationCode::Disconnected));
    let resume = house.resume(5, 11);
    let seen = house.send(0, &resume);
    assert_eq!(seen.len(), 2);
    assert!(is_accepted(&seen[..1]));
    assert_eq!(gap(&seen[1]), Some((4, 7)));
    assert_eq!(house.one().expected(), MsgSeqNum(11));
    assert_eq!(house.one().next_outgoing(), MsgSeqNum(5));
}

#[test]
fn a_new_version_begins_both_directions_but_not_the_day() {
    let mut house = House::new(&definition());
    house.log_on(5);
    house.order(1);
    let _ = house.sessions.next_msg_seq_num(SessionId(1));
    assert_eq!(house.sessions.raise_cl_ord_id(SessionId(1), pinion_types::ClOrdId(70)), Ok(()));
    let _ = house.send(0, &goodbye(5));
    let hello = house.hello(6);
    house.send(0, &hello);
    let resume = house.resume(6, 1);
    let event = only(&house.send(0, &resume));
    let Some(EventRef::Established(body)) = event.view() else { panic!("{event:?}") };
    assert_eq!((body.next_seq_no, body.last_incoming_seq_no), (1, 0));
    assert_eq!(body.last_cl_ord_id.0, 70);
}

#[test]
fn versions_and_numbers_at_the_end_of_their_range() {
    let mut house = House::new(&definition());
    let hello = house.hello(u64::MAX);
    assert!(is_accepted(&house.send(0, &hello)));
    let resume = house.resume(u64::MAX, u64::MAX);
    let seen = house.send(0, &resume);
    assert_eq!(gap(&seen[1]), Some((1, u64::MAX - 1)));
    assert_eq!(house.order(u64::MAX).len(), 1);
    assert_eq!(house.one().last_incoming(), MsgSeqNum(u64::MAX));
    assert_eq!(house.one().expected(), MsgSeqNum(u64::MAX));
    assert!(crate::house::is_dropped(&house.order(u64::MAX)));
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    let hello = house.hello(u64::MAX);
    assert_eq!(negotiate_refused(&house.send(0, &hello)).0, Some(Neg::InvalidSessionVerId));
    let resume = house.resume(u64::MAX, u64::MAX);
    let told = establish_refused(&house.send(0, &resume));
    assert_eq!(told, (Some(Est::InvalidNextSeqNo), u64::MAX));
}

#[test]
fn a_drop_copy_says_nothing_and_everyone_else_speaks_once() {
    for &role in SessionRole::ALL {
        let mut house =
            House::new(&pinion_types::command::SessionDef { role: role.into(), ..definition() });
        for &flow in FlowType::ALL {
            let hello = Negotiate { client_flow: flow.into(), ..house.hello(1) };
            let accepted =
                matches!(only(&house.send(0, &hello)).view(), Some(EventRef::Negotiated(_)));
            let wanted = match role {
                SessionRole::DropCopy => FlowType::None,
                _ => FlowType::Idempotent,
            };
            assert_eq!(accepted, flow == wanted, "{role} {flow}");
        }
    }
}

#[test]
fn definitions_out_of_range_change_nothing() {
    use pinion_types::command::SessionDef;
    let mut house = House::new(&definition());
    let mut define =
        |id: u32, body: SessionDef| house.sessions.define(Nanos(START), SessionId(id), &body);
    let bad = Err(RejectCode::BadValue);
    assert_eq!(define(0, definition()), Err(RejectCode::UnknownTarget));
    assert_eq!(define(5, definition()), Err(RejectCode::TableFull));
    assert_eq!(define(u32::MAX, definition()), Err(RejectCode::TableFull));
    assert_eq!(define(4, SessionDef { role: Default::default(), ..definition() }), bad);
    assert_eq!(define(1, SessionDef { cod_type: Default::default(), ..definition() }), bad);
    assert_eq!(define(1, SessionDef { keep_alive_ms_min: 0, ..definition() }), bad);
    assert_eq!(define(1, SessionDef { keep_alive_ms_min: 60_001, ..definition() }), bad);
    assert_eq!(define(1, SessionDef { firm: FirmId(8), ..definition() }), bad);
    assert_eq!(define(4, SessionDef { keep_alive_ms_min: 60_000, ..definition() }), Ok(()));
    assert!(house.sessions.get(SessionId(4)).is_some());
    assert_eq!(house.sessions.check(), Ok(()));
}

#[test]
fn a_definition_that_changes_leaves_the_session_where_it_is() {
    let mut house = House::new(&definition());
    house.log_on(3);
    house.order(1);
    let changed = pinion_types::command::SessionDef {
        rate_burst: 2,
        cod_type: CancelOnDisconnect::Never.into(),
        ..definition()
    };
    assert_eq!(house.sessions.define(Nanos(house.now), SessionId(1), &changed), Ok(()));
    assert_eq!(house.sessions.check(), Ok(()));
    let one = house.one();
    assert!(one.is_established());
    assert_eq!((one.firm(), one.last_incoming()), (FIRM, MsgSeqNum(1)));
    assert_eq!(one.orders_bucket().left(), 2);
    // What Establish agreed holds until the next one.
    assert_eq!(one.cod_type(), CancelOnDisconnect::OnDisconnect);
    assert_eq!(house.sessions.hash(), house.sessions.full_hash());
}

#[test]
fn accounts_are_allowed_one_by_one() {
    let mut house = House::new(&definition());
    let sessions = &mut house.sessions;
    let empty = sessions.hash();
    let one = SessionId(1);
    let id = pinion_types::AccountId;
    assert_eq!(sessions.set_account(one, &account(100, 1)), Ok(()));
    assert_eq!(sessions.set_account(one, &account(3, 1)), Ok(()));
    assert_eq!(sessions.set_account(SessionId(2), &account(3, 1)), Ok(()));
    assert!(sessions.may_trade(one, id(3)) && sessions.may_trade(one, id(100)));
    assert!(!sessions.may_trade(one, id(4)) && !sessions.may_trade(SessionId(2), id(100)));
    assert!(!sessions.may_trade(SessionId(0), id(3)) && !sessions.may_trade(SessionId(9), id(3)));
    assert!(sessions.accounts(one).eq([id(3), id(100)]));
    assert_eq!(sessions.accounts(SessionId(0)).count(), 0);
    assert_eq!(sessions.accounts(SessionId(u32::MAX)).count(), 0);
    assert_eq!(sessions.check(), Ok(()));
    let unknown = Err(RejectCode::UnknownTarget);
    assert_eq!(sessions.set_account(SessionId(4), &account(3, 1)), unknown);
    assert_eq!(sessions.set_account(SessionId(0), &account(3, 1)), unknown);
    assert_eq!(sessions.set_account(one, &account(0, 1)), unknown);
    assert_eq!(sessions.set_account(one, &account(101, 1)), unknown);
    assert_eq!(sessions.set_account(one, &account(3, 2)), Err(RejectCode::BadValue));
    for session in [1, 2] {
        assert_eq!(sessions.set_account(SessionId(session), &account(3, 0)), Ok(()));
        assert_eq!(sessions.set_account(SessionId(session), &account(100, 0)), Ok(()));
    }
    assert_eq!(sessions.hash(), empty);
}

#[test]
fn a_house_too_large_is_refused() {
    let too_many = |sessions_max, accounts_max| {
        let genesis = pinion_types::command::Genesis { sessions_max, accounts_max, ..genesis() };
        Sessions::new(&genesis).err()
    };
    assert_eq!(too_many(u32::MAX, u32::MAX), Some(RejectCode::BadValue));
    assert_eq!(too_many(u32::MAX, 1), Some(RejectCode::BadValue));
    assert_eq!(too_many(1 << 20, 1 << 20), Some(RejectCode::BadValue));
    assert_eq!(too_many(0, 0), None);
    // A five-thousand-session house with a thousand accounts: 1.6 MB of states, 0.6 of pairs.
    let large =
        pinion_types::command::Genesis { sessions_max: 5_000, accounts_max: 1_000, ..genesis() };
    let held = Sessions::new(&large).map(|sessions| sessions.memory_len());
    assert!(held.is_ok_and(|len| len > 0 && len < 5_000 * (320 + 128 + 20)));
}
