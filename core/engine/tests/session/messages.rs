//! Numbers of application messages: in order, ahead, behind, and from whom.

use pinion_types::command::{
    Cancel, MassCancel, MassStatusRequest, NewOrder, NewOrderWide, OrderStatusRequest,
    PositionRequest, Replace, SecurityListRequest, SequenceNotice,
};
use pinion_types::{
    ClOrdId, Command, CommandKind, ConnectionId, EventRef, LimitId, MsgSeqNum, RejectCode,
    SessionId, SourceId, TerminationCode,
};

use crate::house::{
    GATEWAY, House, Seen, definition, gap, gone, is_dropped, noise, notice, only, terminated,
};
use pinion_engine::session::{CodScope, Inbound, Lane};

#[test]
fn messages_in_order_apply_and_those_ahead_name_the_gap() {
    let mut house = House::new(&definition());
    house.log_on(1);
    assert_eq!(house.order(1), [Seen::Applies]);
    assert_eq!(house.order(2), [Seen::Applies]);
    let seen = house.order(10);
    assert_eq!(gap(&seen[0]), Some((3, 7)));
    assert_eq!(seen[1..], [Seen::Applies]);
    let Seen::Event(event) = seen[0] else { panic!("{seen:?}") };
    assert_eq!(event.header().msg_seq_num, 1, "NotApplied is an application message");
    assert_eq!(house.cancel(11), [Seen::Applies]);
    assert_eq!(house.one().last_incoming(), MsgSeqNum(11));
}

#[test]
fn messages_behind_are_dropped_and_change_nothing_but_the_bucket() {
    let mut house = House::new(&definition());
    house.log_on(1);
    house.order(5);
    for number in [5, 4, 1, 0] {
        let before = house.one().clone();
        let seen = house.order(number);
        assert_eq!(house.one().orders_bucket().left(), before.orders_bucket().left() - 1);
        let event = only(&seen);
        let Some(EventRef::Dropped(body)) = event.view() else { panic!("{event:?}") };
        assert_eq!((body.src_seq, body.expected_seq), (number, 6));
        assert_eq!(body.command, CommandKind::NewOrder.code());
        assert_eq!((event.header().session, event.header().msg_seq_num), (SessionId(1), 0));
        let after = house.one();
        assert_eq!(after.expected(), before.expected());
        assert_eq!(after.last_cl_ord_id(), before.last_cl_ord_id());
        assert_eq!(after.throttled_count(), 0);
    }
}

#[test]
fn only_an_established_session_on_its_source_is_heard() {
    let mut house = House::new(&definition());
    assert!(is_dropped(&house.order(1)));
    let hello = house.hello(1);
    house.send(0, &hello);
    assert!(is_dropped(&house.order(1)), "negotiated is not established");
    let resume = house.resume(1, 1);
    house.send(0, &resume);
    assert!(is_dropped(&house.send_from(SourceId(3), 1, 1, &NewOrder::default())));
    assert!(is_dropped(&house.send_from(GATEWAY, 2, 1, &NewOrder::default())));
    for unknown in [0, 4, 99, u32::MAX] {
        let event = only(&house.send_from(GATEWAY, unknown, 1, &NewOrder::default()));
        let Some(EventRef::Dropped(body)) = event.view() else { panic!("{event:?}") };
        assert_eq!(body.expected_seq, 0);
    }
    assert_eq!(house.order(1), [Seen::Applies]);
    let _ = house.send(0, &gone(1, TerminationCode::Disconnected));
    assert!(is_dropped(&house.order(2)));
    assert_eq!(house.one().expected(), MsgSeqNum(2));
}

#[test]
fn every_application_message_has_its_lane_template_and_id() {
    let (orders, cancels) = (Lane::Orders, Lane::Cancels);
    let id = ClOrdId(8);
    let order = NewOrder { cl_ord_id: id, ..NewOrder::default() };
    let wide = NewOrderWide { order, ..NewOrderWide::default() };
    let replace = Replace { cl_ord_id: id, ..Replace::default() };
    let cancel = Cancel { cl_ord_id: id, ..Cancel::default() };
    let mass = MassCancel { cl_ord_id: id, ..MassCancel::default() };
    let status = OrderStatusRequest { request_id: 8, ..OrderStatusRequest::default() };
    let all = MassStatusRequest { request_id: 8, ..MassStatusRequest::default() };
    let list = SecurityListRequest { request_id: 8, ..SecurityListRequest::default() };
    let positions = PositionRequest { request_id: 8, ..PositionRequest::default() };
    let session = SessionId(1);
    let cases = [
        (Command::new(session, 1, &order), orders, 100),
        (Command::new(session, 1, &wide), orders, 100),
        (Command::new(session, 1, &replace), orders, 101),
        (Command::new(session, 1, &cancel), cancels, 102),
        (Command::new(session, 1, &mass), cancels, 103),
        (Command::new(session, 1, &status), orders, 104),
        (Command::new(session, 1, &all), orders, 105),
        (Command::new(session, 1, &list), orders, 106),
        (Command::new(session, 1, &positions), orders, 107),
    ];
    for (command, lane, template) in cases {
        let inbound = command.view().and_then(Inbound::of).expect("an application message");
        assert_eq!((inbound.lane, inbound.template, inbound.ref_id), (lane, template, 8));
    }
    let messages = CommandKind::ALL
        .iter()
        .filter(|&&kind| Command::zeroed(kind).view().and_then(Inbound::of).is_some());
    assert_eq!(messages.count(), cases.len());
}

#[test]
fn what_could_not_be_decoded_is_counted_refused_and_kept() {
    let mut house = House::new(&definition());
    house.log_on(1);
    let seen = house.send(3, &noise(RejectCode::UnknownEnumValue));
    assert_eq!(seen.len(), 3);
    assert_eq!(gap(&seen[0]), Some((1, 2)));
    let Seen::Event(refused) = seen[1] else { panic!("{seen:?}") };
    assert_eq!(refused.header().msg_seq_num, 2);
    let Some(EventRef::BusinessRejected(body)) = refused.view() else { panic!("{seen:?}") };
    assert_eq!(body.code.get(), Some(RejectCode::UnknownEnumValue));
    assert_eq!((body.ref_seq_num, body.ref_id), (3, 77));
    assert_eq!((body.ref_template, body.ref_tag, body.limit_id.0), (100, 54, 0));
    let Seen::Event(letter) = seen[2] else { panic!("{seen:?}") };
    assert_eq!((letter.header().session, letter.header().msg_seq_num), (SessionId(1), 0));
    let Some(EventRef::DeadLetter(body)) = letter.view() else { panic!("{seen:?}") };
    assert_eq!(body.code.get(), Some(RejectCode::UnknownEnumValue));
    assert_eq!((body.ref_seq_num, body.ref_template, body.full_len), (3, 100, 110));
    // The same once more is old; the next number goes on.
    assert!(is_dropped(&house.send(3, &noise(RejectCode::UnknownEnumValue))));
    assert_eq!(house.order(4), [Seen::Applies]);
}

#[test]
fn noise_without_a_number_is_only_kept() {
    let mut house = House::new(&definition());
    house.log_on(1);
    for session in [1, 2, 0, u32::MAX] {
        let before = house.sessions.hash();
        let seen = house.send_from(GATEWAY, session, 0, &noise(RejectCode::BlockTooShort));
        assert!(matches!(only(&seen).view(), Some(EventRef::DeadLetter(_))));
        assert_eq!(house.sessions.hash(), before);
    }
    assert!(is_dropped(&house.send_from(GATEWAY, 2, 1, &noise(RejectCode::BlockTooShort))));
}

#[test]
fn noise_over_the_rate_is_refused_for_the_rate() {
    let slow = pinion_types::command::SessionDef {
        rate_per_second: 1,
        rate_burst: 1,
        throttle_logout: 1,
        ..definition()
    };
    let mut house = House::new(&slow);
    house.log_on(1);
    assert_eq!(house.order(1), [Seen::Applies]);
    let seen = house.send(2, &noise(RejectCode::RequiredFieldMissing));
    let Seen::Event(refused) = seen[0] else { panic!("{seen:?}") };
    let Some(EventRef::BusinessRejected(body)) = refused.view() else { panic!("{seen:?}") };
    assert_eq!(body.code.get(), Some(RejectCode::Throttled));
    assert_eq!((body.ref_seq_num, body.ref_id, body.ref_tag), (2, 77, 0));
    assert_eq!(body.limit_id, LimitId::Rate.into());
    let Seen::Event(letter) = seen[1] else { panic!("{seen:?}") };
    let Some(EventRef::DeadLetter(body)) = letter.view() else { panic!("{seen:?}") };
    assert_eq!(body.code.get(), Some(RejectCode::RequiredFieldMissing));
    // One too many ends the session like orders do.
    let seen = house.send(3, &noise(RejectCode::RequiredFieldMissing));
    assert_eq!(seen[2], Seen::Cancels(SessionId(1), CodScope::DayAndFlagged));
    assert_eq!(terminated(&seen[3]), Some((TerminationCode::Throttle, false)));
}

#[test]
fn a_sequence_ahead_is_a_gap_and_one_behind_ends_the_session() {
    let mut house = House::new(&definition());
    house.log_on(1);
    house.order(1);
    assert!(house.send(0, &notice(1, 2)).is_empty(), "what is expected says nothing");
    let seen = house.send(0, &notice(1, 9));
    assert_eq!(seen.len(), 1);
    assert_eq!(gap(&seen[0]), Some((2, 7)));
    assert_eq!(house.one().expected(), MsgSeqNum(9));
    // Of a connection that is not the session's it says nothing.
    let foreign = SequenceNotice { connection: ConnectionId(2), ..notice(1, 3) };
    assert!(house.send(0, &foreign).is_empty());
    assert!(house.send_from(SourceId(3), 1, 0, &notice(1, 3)).is_empty());
    assert!(house.send_from(GATEWAY, 99, 0, &notice(1, 3)).is_empty());
    let seen = house.send(0, &notice(1, 8));
    assert_eq!(seen[0], Seen::Cancels(SessionId(1), CodScope::DayAndFlagged));
    assert_eq!(terminated(&seen[1]), Some((TerminationCode::InvalidSequence, false)));
    assert!(house.send(0, &notice(1, 8)).is_empty(), "gone is gone");
}

#[test]
fn a_sequence_of_another_version_or_of_nothing_ends_the_session() {
    for (version, next, code) in [
        (2, 2, TerminationCode::InvalidSessionVerId),
        (0, 2, TerminationCode::InvalidSessionVerId),
        (1, 0, TerminationCode::InvalidSequence),
    ] {
        let mut house = House::new(&definition());
        house.log_on(1);
        house.order(1);
        let seen = house.send(0, &notice(version, next));
        assert_eq!(terminated(&seen[1]), Some((code, false)));
    }
    let mut house = House::new(&definition());
    let hello = house.hello(1);
    house.send(0, &hello);
    assert!(house.send(0, &notice(1, 9)).is_empty(), "negotiated is not established");
}

#[test]
fn numbers_of_the_venue_and_of_clients_ids_only_rise() {
    let mut house = House::new(&definition());
    let sessions = &mut house.sessions;
    let one = SessionId(1);
    assert_eq!(sessions.next_msg_seq_num(one), MsgSeqNum(1));
    assert_eq!(sessions.next_msg_seq_num(one), MsgSeqNum(2));
    assert_eq!(sessions.next_msg_seq_num(SessionId(2)), MsgSeqNum(1));
    for unknown in [0, 4, 99] {
        assert_eq!(sessions.next_msg_seq_num(SessionId(unknown)), MsgSeqNum(0));
        assert!(sessions.raise_cl_ord_id(SessionId(unknown), ClOrdId(1)).is_err());
    }
    assert_eq!(sessions.raise_cl_ord_id(one, ClOrdId(0)), Err(ClOrdId(0)));
    assert_eq!(sessions.raise_cl_ord_id(one, ClOrdId(5)), Ok(()));
    assert_eq!(sessions.raise_cl_ord_id(one, ClOrdId(5)), Err(ClOrdId(5)));
    assert_eq!(sessions.raise_cl_ord_id(one, ClOrdId(4)), Err(ClOrdId(5)));
    assert_eq!(sessions.raise_cl_ord_id(one, ClOrdId(u64::MAX)), Ok(()));
    assert_eq!(sessions.raise_cl_ord_id(one, ClOrdId(u64::MAX)), Err(ClOrdId(u64::MAX)));
    assert_eq!(sessions.check(), Ok(()));
    // A new day begins the ids again, and nothing else.
    sessions.day_roll();
    assert_eq!(sessions.raise_cl_ord_id(one, ClOrdId(5)), Ok(()));
    assert_eq!(sessions.next_msg_seq_num(one), MsgSeqNum(3));
    assert_eq!(sessions.check(), Ok(()));
}
