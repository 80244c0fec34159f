//! Logging on and off, as section "session rules" of the protocol has it.

mod pair;

use pair::{KEEP_ALIVE_MS, Pair, SESSION, VERSION, order};
use pinion_gateway::session::Input;
use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::text::Chars;
use pinion_types::{CommandKind, CommandRef, SessionId, TerminationCode};
use pinion_wire::Outbound;
use pinion_wire::auth::sign;
use pinion_wire::session::{Establish, Negotiate};

fn kinds(pair: &Pair) -> Vec<CommandKind> {
    pair.commands.iter().filter_map(|command| command.kind()).collect()
}

#[test]
fn a_client_logs_on_trades_and_says_goodbye() {
    let mut pair = Pair::new();
    pair.send(&pair.negotiate());
    let [Outbound::NegotiationResponse(response)] = pair.receive()[..] else { panic!() };
    assert_eq!(response.session_ver_id, VERSION);
    assert_eq!(response.session, SESSION);
    pair.send(&pair.establish());
    let [Outbound::EstablishmentAck(ack)] = pair.receive()[..] else { panic!() };
    assert_eq!((ack.next_seq_no, ack.last_incoming_seq_no), (1, 0));
    assert_eq!(ack.keep_alive_ms, KEEP_ALIVE_MS);

    let order = pair.order();
    pair.send(&order);
    let [Outbound::ExecutionReportNew(report)] = pair.receive()[..] else { panic!() };
    assert_eq!((report.msg_seq_num, report.cl_ord_id), (1, order.cl_ord_id));
    assert!(!report.poss_resend.is_set());

    pair.send(&pair.goodbye());
    assert_eq!(pair.terminated(), TerminationCode::Finished);
    assert!(pair.shut);
    assert_eq!(pair.finish(), TerminationCode::Finished);
    use CommandKind::{Establish, Negotiate, NewOrder, Terminate};
    assert_eq!(kinds(&pair), [Negotiate, Establish, NewOrder, Terminate]);
}

#[test]
fn establish_alone_resumes_and_what_was_sent_stays_sent() {
    let mut first = Pair::established();
    let order = first.order();
    first.send(&order);
    first.finish();
    let mut pair = Pair::new();
    std::mem::swap(&mut pair.core, &mut first.core);
    let mut message = Establish { next_seq_no: 2, ..pair.establish() };
    sign(&mut message, &pair::SECRET);
    pair.send(&message);
    let [Outbound::EstablishmentAck(ack)] = pair.receive()[..] else { panic!() };
    assert_eq!((ack.next_seq_no, ack.last_incoming_seq_no), (2, 1));
    // An event of before is the client's to ask for.
    let old = pair.core.numbered(SESSION, 1, 1)[0];
    pair.input(Input::Event(&old));
    assert_eq!(pair.receive(), []);
    pair.send(&pair::order(2));
    let [Outbound::ExecutionReportNew(report)] = pair.receive()[..] else { panic!() };
    assert_eq!(report.msg_seq_num, 2);
}

#[test]
fn wrong_signatures_are_refused_journaled_and_closed() {
    for (session, key, secret) in [
        (SESSION, "alice-1", [1; 32]),
        (SESSION, "alice-2", pair::SECRET),
        (SessionId(9), "alice-1", pair::SECRET),
        (SessionId(8), "alice-1", pair::SECRET),
    ] {
        let mut pair = Pair::new();
        let mut message = Negotiate { session, access_key_id: Chars::new(key), ..pair.negotiate() };
        sign(&mut message, &secret);
        pair.send(&message);
        let [Outbound::NegotiationReject(reject)] = pair.receive()[..] else { panic!("{key}") };
        assert_eq!(reject.code.get(), Some(NegotiationReject::Credentials));
        assert_eq!(reject.current_session_ver_id.0, 0, "nothing is revealed");
        let CommandRef::Negotiate(command) = pair.commands[0].view().expect("known") else {
            panic!()
        };
        assert_eq!(command.refused.get(), Some(NegotiationReject::Credentials));
        assert_eq!(pair.logon_failures, 1);
        assert!(pair.shut);
        assert_eq!(pair.finish(), TerminationCode::NotNegotiated);
        assert_eq!(kinds(&pair), [CommandKind::Negotiate], "nothing to unbind");
    }
}

#[test]
fn every_signed_field_counts() {
    let pair = Pair::new();
    let negotiate = pair.negotiate();
    let establish = pair.establish();
    let mut failed = 0;
    let mut check = |pair: &mut Pair| {
        assert_eq!(pair.logon_failures, 1);
        failed += 1;
    };
    for message in [
        Negotiate { session_ver_id: pinion_types::SessionVerId(1), ..negotiate },
        Negotiate { timestamp: pinion_types::Nanos(1), ..negotiate },
        Negotiate { session: SessionId(8), ..negotiate },
        Negotiate { firm: pinion_types::FirmId(2), ..negotiate },
        Negotiate { client_app_name: Chars::new("other"), ..negotiate },
        Negotiate { hmac_signature: Chars([b'0'; 64]), ..negotiate },
        Negotiate { hmac_signature: Chars([b'X'; 64]), ..negotiate },
    ] {
        let mut pair = Pair::new();
        pair.send(&message);
        check(&mut pair);
    }
    for message in [
        Establish { next_seq_no: 9, ..establish },
        Establish { keep_alive_ms: 9, ..establish },
        Establish { cod_window_ms: 9, ..establish },
        Establish { cod_type: pinion_types::CancelOnDisconnect::Never.into(), ..establish },
        Establish { session: SessionId(8), ..establish },
    ] {
        let mut pair = Pair::new();
        pair.send(&message);
        check(&mut pair);
    }
    assert_eq!(failed, 12);
}

#[test]
fn a_refused_version_may_be_corrected_on_the_same_connection() {
    let mut first = Pair::established();
    first.finish();
    let mut pair = Pair::new();
    std::mem::swap(&mut pair.core, &mut first.core);
    pair.send(&pair.negotiate());
    let [Outbound::NegotiationReject(reject)] = pair.receive()[..] else { panic!() };
    assert_eq!(reject.code.get(), Some(NegotiationReject::InvalidSessionVerId));
    assert_eq!(reject.current_session_ver_id, VERSION);
    let mut message =
        Negotiate { session_ver_id: pinion_types::SessionVerId(VERSION.0 + 1), ..pair.negotiate() };
    sign(&mut message, &pair::SECRET);
    pair.send(&message);
    assert!(matches!(pair.receive()[..], [Outbound::NegotiationResponse(_)]));
}

#[test]
fn one_connection_is_about_one_session() {
    let mut pair = Pair::new();
    pair.send(&pair.negotiate());
    pair.receive();
    let mut other =
        Negotiate { session: SessionId(8), access_key_id: Chars::new("bob-1"), ..pair.negotiate() };
    sign(&mut other, &pair::SECRET);
    pair.send(&other);
    let [Outbound::NegotiationReject(reject)] = pair.receive()[..] else { panic!() };
    assert_eq!(reject.code.get(), Some(NegotiationReject::AlreadyNegotiated));
    let mut other =
        Establish { session: SessionId(8), access_key_id: Chars::new("bob-1"), ..pair.establish() };
    sign(&mut other, &pair::SECRET);
    pair.send(&other);
    let [Outbound::EstablishmentReject(reject)] = pair.receive()[..] else { panic!() };
    assert_eq!(reject.code.get(), Some(EstablishmentReject::InvalidSessionId));
    pair.send(&pair.establish());
    assert!(matches!(pair.receive()[..], [Outbound::EstablishmentAck(_)]));
}

#[test]
fn a_second_logon_on_a_live_connection_is_the_cores_to_refuse() {
    let mut pair = Pair::established();
    pair.send(&pair.negotiate());
    let [Outbound::NegotiationReject(_)] = pair.receive()[..] else { panic!() };
    let order = pair.order();
    pair.send(&order);
    assert!(matches!(pair.receive()[..], [Outbound::ExecutionReportNew(_)]), "it goes on");
}

#[test]
fn who_only_ever_tries_is_sent_away() {
    let mut pair = Pair::established();
    let tries = pair.limits.logon_messages_max - 2;
    for _ in 0..tries {
        pair.send(&pair.negotiate());
        assert_eq!(pair.receive().len(), 1);
    }
    pair.send(&pair.negotiate());
    assert_eq!(pair.terminated(), TerminationCode::Throttle);
}

#[test]
fn each_step_of_the_logon_has_two_seconds() {
    let mut pair = Pair::new();
    pair.advance_ms(1_999);
    assert_eq!(pair.receive(), []);
    pair.advance_ms(1);
    assert_eq!(pair.terminated(), TerminationCode::LogonTimeout);
    assert_eq!(kinds(&pair), []);

    let mut pair = Pair::new();
    pair.advance_ms(1_000);
    pair.send(&pair.negotiate());
    pair.receive();
    pair.advance_ms(1_999);
    assert_eq!(pair.receive(), []);
    pair.advance_ms(1);
    assert_eq!(pair.terminated(), TerminationCode::LogonTimeout);
    assert_eq!(kinds(&pair), [CommandKind::Negotiate, CommandKind::Disconnect]);
}

#[test]
fn a_core_that_does_not_answer_a_logon_is_not_waited_for() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.send(&pair.establish());
    // What the client sends too early waits.
    pair.send(&order(1));
    pair.advance_ms(2_000);
    assert_eq!(pair.terminated(), TerminationCode::LogonTimeout);
    // The core may bind the session yet, so it is told that nobody is there.
    assert_eq!(kinds(&pair), [CommandKind::Establish, CommandKind::Disconnect]);
}

#[test]
fn messages_sent_right_behind_the_logon_wait_for_its_answer() {
    let mut pair = Pair::new();
    let mut bytes = pair::frame(&pair.negotiate());
    bytes.extend(pair::frame(&pair.establish()));
    bytes.extend(pair::frame(&order(1)));
    bytes.extend(pair::frame(&order(2)));
    pair.send_bytes(&bytes);
    let received = pair.receive();
    assert_eq!(received.len(), 4, "{received:?}");
    assert!(matches!(received[3], Outbound::ExecutionReportNew(m) if m.msg_seq_num == 2));
}

#[test]
fn nothing_but_a_logon_comes_first() {
    let mut pair = Pair::new();
    pair.send(&order(1));
    assert_eq!(pair.terminated(), TerminationCode::NotNegotiated);
    assert_eq!(kinds(&pair), []);

    let mut pair = Pair::new();
    pair.send(&pair.sequence(1));
    assert_eq!(pair.terminated(), TerminationCode::NotNegotiated);

    let mut pair = Pair::new();
    pair.send(&pair.negotiate());
    pair.receive();
    pair.send(&order(1));
    assert_eq!(pair.terminated(), TerminationCode::NotEstablished);
    assert_eq!(kinds(&pair), [CommandKind::Negotiate, CommandKind::Disconnect]);

    let mut pair = Pair::new();
    pair.send(&pair.goodbye());
    assert_eq!(pair.terminated(), TerminationCode::Finished);
    assert_eq!(kinds(&pair), []);
}

#[test]
fn without_a_core_logons_are_refused_until_it_is_back() {
    let mut pair = Pair::new();
    pair.core_ready = false;
    pair.send(&pair.negotiate());
    let [Outbound::NegotiationReject(reject)] = pair.receive()[..] else { panic!() };
    assert_eq!(reject.code.get(), Some(NegotiationReject::SystemUnavailable));
    pair.send(&pair.establish());
    let [Outbound::EstablishmentReject(reject)] = pair.receive()[..] else { panic!() };
    assert_eq!(reject.code.get(), Some(EstablishmentReject::SystemUnavailable));
    assert_eq!(kinds(&pair), []);
    pair.core_ready = true;
    pair.send(&pair.negotiate());
    assert!(matches!(pair.receive()[..], [Outbound::NegotiationResponse(_)]));
}

#[test]
fn a_lost_core_closes_without_a_word() {
    let mut pair = Pair::established();
    pair.input(Input::CoreLost);
    assert_eq!(pair.receive(), []);
    assert!(pair.shut);
    assert_eq!(pair.finish(), TerminationCode::GatewayDown);
    assert_eq!(kinds(&pair), []);
}

#[test]
fn a_stopping_gateway_says_so() {
    let mut pair = Pair::established();
    pair.input(Input::Shutdown);
    assert_eq!(pair.terminated(), TerminationCode::Shutdown);
    let CommandRef::Disconnect(command) = pair.commands[0].view().expect("known") else { panic!() };
    assert_eq!(command.code.get(), Some(TerminationCode::Shutdown));
}

#[test]
fn a_lost_transport_unbinds_after_what_was_sent_whole() {
    let mut pair = Pair::established();
    pair.answers = false;
    let order = pair.order();
    let mut bytes = pair::frame(&order);
    bytes.extend([1, 2, 3]);
    pair.send_bytes(&bytes);
    assert_eq!(pair.finish(), TerminationCode::Disconnected);
    assert_eq!(kinds(&pair), [CommandKind::NewOrder, CommandKind::Disconnect]);
}

#[test]
fn the_cores_own_terminate_is_passed_on() {
    let mut pair = Pair::established();
    pair.send(&pair.sequence(5));
    assert!(matches!(pair.receive()[..], [Outbound::NotApplied(m)] if m.count == 4));
    pair.send(&pair.sequence(5));
    assert_eq!(pair.receive(), [], "equal is only a sign of life");
    pair.send(&pair.sequence(4));
    assert_eq!(pair.terminated(), TerminationCode::InvalidSequence);
    assert_eq!(kinds(&pair), [CommandKind::SequenceNotice, CommandKind::SequenceNotice]);
    assert_eq!(pair.finish(), TerminationCode::InvalidSequence);
    assert_eq!(kinds(&pair).len(), 2, "the core knows");
}

#[test]
fn the_gateway_counts_what_it_forwards() {
    let mut pair = Pair::established();
    let sent = [order(1), order(2)];
    for order in &sent {
        pair.send(order);
    }
    pair.send(&order(9));
    let received = pair.receive();
    assert!(matches!(received[2], Outbound::NotApplied(m) if (m.from_seq_no, m.count) == (3, 6)));
    pair.send(&pair.sequence(10));
    assert_eq!(pair.receive(), []);
    pair.send(&order(4));
    pair.send(&pair.sequence(10));
    assert_eq!(pair.receive(), [], "a duplicate is dropped in silence and counts nothing");
}

#[test]
fn a_goodbye_for_another_session_is_a_fault() {
    let mut pair = Pair::established();
    let mut goodbye = pair.goodbye();
    goodbye.session = SessionId(8);
    pair.send(&goodbye);
    assert_eq!(pair.terminated(), TerminationCode::InvalidSessionId);
    assert_eq!(kinds(&pair), [CommandKind::Disconnect]);
}

#[test]
fn keep_alive_goes_both_ways() {
    let mut pair = Pair::established();
    // The venue speaks before its interval is over, asks after one of silence, ends after two.
    pair.advance_ms(KEEP_ALIVE_MS - 1);
    assert!(matches!(pair.receive()[..], [Outbound::Sequence(m)] if !m.keep_alive_lapsed.is_set()));
    pair.advance_ms(1);
    assert!(matches!(pair.receive()[..], [Outbound::Sequence(m)] if m.keep_alive_lapsed.is_set()));
    pair.advance_ms(KEEP_ALIVE_MS - 1);
    pair.receive();
    pair.advance_ms(1);
    assert_eq!(pair.terminated(), TerminationCode::KeepaliveLapsed);
    let CommandRef::Disconnect(command) = pair.commands[0].view().expect("known") else { panic!() };
    assert_eq!(command.code.get(), Some(TerminationCode::KeepaliveLapsed));
}

#[test]
fn any_byte_is_a_sign_of_life() {
    let mut pair = Pair::established();
    let bytes = pair::frame(&order(1));
    for chunk in bytes.chunks(40) {
        pair.advance_ms(KEEP_ALIVE_MS - 1);
        pair.send_bytes(chunk);
    }
    let received = pair.receive();
    assert!(matches!(received.last(), Some(Outbound::ExecutionReportNew(_))), "{received:?}");
}

#[test]
fn a_question_for_life_is_answered() {
    let mut pair = Pair::established();
    let mut sequence = pair.sequence(1);
    sequence.keep_alive_lapsed = true.into();
    pair.send(&sequence);
    let [Outbound::Sequence(answer)] = pair.receive()[..] else { panic!() };
    assert_eq!(answer.next_seq_no, 1);
    assert!(!answer.keep_alive_lapsed.is_set());
}

#[test]
fn a_peer_that_stays_after_the_farewell_is_left() {
    let mut pair = Pair::established();
    pair.reads = false;
    pair.input(Input::Shutdown);
    assert_eq!(pair.closed, None);
    pair.advance_ms(pair.limits.linger_timeout_ms - 1);
    assert_eq!(pair.closed, None);
    pair.advance_ms(1);
    assert_eq!(pair.closed, Some(TerminationCode::Shutdown));
}

#[test]
fn a_core_that_does_not_answer_a_goodbye_is_not_waited_for() {
    let mut pair = Pair::established();
    pair.answers = false;
    pair.send(&pair.goodbye());
    assert_eq!(pair.receive(), []);
    pair.advance_ms(pair.limits.linger_timeout_ms);
    assert_eq!(pair.terminated(), TerminationCode::Finished);
    assert_eq!(kinds(&pair), [CommandKind::Terminate]);
}

#[test]
fn events_still_reach_a_client_that_said_goodbye() {
    let mut pair = Pair::established();
    pair.answers = false;
    pair.send(&pair.goodbye());
    let canceled = pinion_types::event::Canceled {
        cl_ord_id: pinion_types::ClOrdId(1),
        ..pinion_types::event::Canceled::default()
    };
    let logged = pair.core.happens(SESSION, &canceled);
    pair.input(Input::Event(&logged));
    assert!(matches!(pair.receive()[..], [Outbound::ExecutionReportCanceled(_)]));
}
