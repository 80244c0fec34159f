//! Signs of life and patience, in virtual time.

use crate::peer::{credentials, established, negotiated, report};
use pinion_client::{End, Now, Options, Session, Update};
use pinion_types::Nanos;
use pinion_wire::session::Sequence;
use pinion_wire::{FRAME_MAX, Flag, Inbound, Message, encode, split};

const MS: u64 = 1_000_000;

fn at(ms: u64) -> Now {
    Now { tick: ms * MS, utc: Nanos(1_700_000_000_000_000_000 + ms * MS) }
}

fn options() -> Options {
    Options { keep_alive_ms: 1_000, reply_timeout_ms: 3_000, ..Options::default() }
}

/// What the session has written since the last time.
pub fn said(session: &mut Session) -> Vec<Inbound> {
    let bytes = session.outgoing().to_vec();
    session.written(bytes.len());
    let mut messages = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some(frame) = split(rest).expect("frames") {
        messages.push(Inbound::decode(&frame).expect("a message"));
        rest = &rest[frame.bytes.len()..];
    }
    assert!(rest.is_empty(), "whole frames only");
    messages
}

/// Hands the session a message.
pub fn hears<M: Message>(session: &mut Session, now: Now, message: &M) {
    let mut bytes = [0; FRAME_MAX];
    let len = encode(message, &mut bytes).expect("room");
    session.feed(now, &bytes[..len]);
}

/// A session that was logged on at 0 ms.
pub fn logged_on(options: Options) -> Session {
    let mut session = Session::new(credentials(), options);
    session.begin(at(0));
    let Inbound::Negotiate(asked) = said(&mut session)[0] else { panic!("Negotiate") };
    hears(&mut session, at(0), &negotiated(&asked));
    assert_eq!(session.poll(at(0)), None);
    let Inbound::Establish(asked) = said(&mut session)[0] else { panic!("Establish") };
    hears(&mut session, at(0), &established(&asked, 1, 0));
    assert!(matches!(session.poll(at(0)), Some(Update::Established(_))));
    session
}

fn sequence(lapsed: bool) -> Inbound {
    let keep_alive_lapsed = Flag::from(lapsed);
    Sequence { next_seq_no: 1, keep_alive_lapsed, ..Sequence::default() }.into()
}

#[test]
fn it_speaks_before_its_interval_is_over() {
    let mut session = logged_on(options());
    assert_eq!(session.next_deadline(), 875 * MS);
    assert_eq!(session.poll(at(874)), None);
    assert_eq!(said(&mut session), []);
    assert_eq!(session.poll(at(875)), None);
    assert_eq!(said(&mut session), [sequence(false)]);
    hears(&mut session, at(900), &report(1, false));
    assert!(session.poll(at(900)).is_some());
    assert_eq!(session.next_deadline(), 1_750 * MS);
}

#[test]
fn a_silent_venue_is_asked_and_then_left() {
    let mut session = logged_on(options());
    session.poll(at(875));
    said(&mut session);
    assert_eq!(session.poll(at(1_000)), None);
    assert_eq!(said(&mut session), [sequence(true)]);
    assert_eq!(session.poll(at(1_875)), None);
    assert_eq!(said(&mut session), [sequence(false)]);
    assert_eq!(session.poll(at(2_000)), Some(Update::Ended(End::Silent)));
    assert!(matches!(said(&mut session)[..], [Inbound::Terminate(_)]));
    assert_eq!(session.next_deadline(), u64::MAX);
}

#[test]
fn any_byte_is_a_sign_of_life() {
    let mut session = logged_on(options());
    session.poll(at(1_000));
    session.feed(at(1_900), &[86]);
    assert_eq!(session.poll(at(2_000)), None);
    assert!(session.is_established());
}

#[test]
fn a_venue_that_asks_is_answered() {
    let mut session = logged_on(options());
    let Inbound::Sequence(asking) = sequence(true) else { panic!("Sequence") };
    hears(&mut session, at(10), &asking);
    assert_eq!(session.poll(at(10)), None);
    assert_eq!(said(&mut session), [sequence(false)]);
}

#[test]
fn answers_that_do_not_come_end_it() {
    let mut session = Session::new(credentials(), options());
    session.begin(at(0));
    assert_eq!(session.poll(at(2_999)), None);
    assert_eq!(session.poll(at(3_000)), Some(Update::Ended(End::Unanswered)));
    let mut session = logged_on(Options { keep_alive_ms: 60_000, ..options() });
    hears(&mut session, at(10), &report(2, false));
    assert_eq!(session.poll(at(10)), None);
    assert!(matches!(said(&mut session)[..], [Inbound::RetransmitRequest(_)]));
    assert_eq!(session.poll(at(3_009)), None);
    assert_eq!(session.poll(at(3_010)), Some(Update::Ended(End::Unanswered)));
    let mut session = logged_on(options());
    session.terminate(at(10));
    assert_eq!(session.poll(at(3_010)), Some(Update::Ended(End::Unanswered)));
}

#[test]
fn bytes_may_come_one_by_one() {
    let mut session = logged_on(options());
    let mut bytes = [0; FRAME_MAX];
    let first = encode(&report(1, false), &mut bytes).expect("room");
    let len = first + encode(&report(2, false), &mut bytes[first..]).expect("room");
    let mut numbers = Vec::new();
    for byte in &bytes[..len] {
        session.feed(at(1), &[*byte]);
        while let Some(Update::Message(message)) = session.poll(at(1)) {
            numbers.push(message.head().expect("numbered").msg_seq_num);
        }
    }
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn a_newer_venue_may_say_what_this_build_does_not_know() {
    let mut session = logged_on(options());
    let mut bytes = [0; FRAME_MAX];
    let len = encode(&report(1, false), &mut bytes).expect("room");
    bytes[8..10].copy_from_slice(&299_u16.to_le_bytes());
    bytes[12..14].copy_from_slice(&2_u16.to_le_bytes());
    session.feed(at(1), &bytes[..len]);
    hears(&mut session, at(1), &report(2, false));
    match session.poll(at(1)) {
        Some(Update::Message(message)) => assert_eq!(message.head().unwrap().msg_seq_num, 2),
        other => panic!("{other:?}"),
    }
    bytes[12..14].copy_from_slice(&1_u16.to_le_bytes());
    session.feed(at(1), &bytes[..len]);
    assert_eq!(session.poll(at(1)), Some(Update::Ended(End::Garbled)), "of this version it is");
}
