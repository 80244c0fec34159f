//! Sending again: what, how much, in which order, and what is refused.

mod pair;

use pair::{KEEP_ALIVE_MS, Pair, SESSION, frame, order};
use pinion_gateway::config::SessionLimits;
use pinion_gateway::session::{Input, Output};
use pinion_types::event::Canceled;
use pinion_types::{ClOrdId, SessionId, TerminationCode};
use pinion_wire::session::RetransmitRequest;
use pinion_wire::{Flag, Message, Outbound, RetransmitReject};

/// A session that was sent `count` reports.
fn with_reports(count: u64, limits: SessionLimits) -> Pair {
    let mut pair = Pair::established_with(limits);
    for _ in 0..count {
        let order = pair.order();
        pair.send(&order);
    }
    assert_eq!(pair.receive().len() as u64, count);
    pair
}

/// Number and possResend of each message; Sequence as 0.
fn numbers(messages: &[Outbound]) -> Vec<(u64, bool)> {
    let number = |message: &Outbound| match message {
        Outbound::Sequence(m) => (0, m.next_seq_no == 0),
        other => other
            .head()
            .map_or((u64::MAX, false), |head| (head.msg_seq_num, head.poss_resend.is_set())),
    };
    messages.iter().map(number).collect()
}

#[test]
fn what_is_asked_for_comes_again_to_the_byte_but_the_flag() {
    let mut pair = Pair::established();
    let mut first = Vec::new();
    for _ in 0..5 {
        let order = pair.order();
        pair.send(&order);
        first.push(std::mem::take(&mut pair.inbox));
    }
    pair.advance_ms(KEEP_ALIVE_MS / 2);
    pair.send(&pair.retransmit(2, 3));
    let bytes = std::mem::take(&mut pair.inbox);
    let (received, _) = pair::messages(&bytes);
    let Outbound::Retransmission(m) = received[0] else { panic!("{received:?}") };
    assert_eq!((m.next_seq_no, m.count), (2, 3));
    assert_eq!(numbers(&received[1..]), [(2, true), (3, true), (4, true), (0, false)]);
    let flag = pinion_wire::OVERHEAD
        + pinion_wire::report::ExecutionReportNew::FIELDS
            .iter()
            .find(|field| field.name == "possResend")
            .expect("the field")
            .offset;
    let skipped = frame(&m).len();
    let mut again = &bytes[skipped..];
    for copy in &first[1..4] {
        let mut copy = copy.clone();
        copy[flag] = Flag::TRUE.0;
        assert_eq!(again[..copy.len()], copy);
        again = &again[copy.len()..];
    }
}

#[test]
fn live_messages_have_their_turn_between_batches() {
    let mut pair = with_reports(200, SessionLimits::default());
    pair.send_bytes(&[]);
    // Driven by hand, so that something can happen between two batches.
    let request = pair.retransmit(1, 150);
    let context = Pair::context(&pair.limits, &pair.keys, &pair.counters, true);
    let bytes = frame(&request);
    pair.session.receive_space()[..bytes.len()].copy_from_slice(&bytes);
    pair.session.handle_input(&context, pair.now, Input::Received(bytes.len()));
    let mut batches = Vec::new();
    loop {
        match pair.session.poll_output(&context, pair.now) {
            Output::Resend { session, from, count } => {
                assert_eq!(session, SESSION);
                batches.push((from.0, count));
                let batch = pair.core.numbered(session, from.0, count);
                let (before, after) = batch.split_at(batch.len() / 2);
                for logged in before {
                    pair.session.handle_input(&context, pair.now, Input::Resent(logged));
                }
                let body = Canceled { cl_ord_id: ClOrdId(1), ..Canceled::default() };
                let live = pair.core.happens(SESSION, &body);
                pair.session.handle_input(&context, pair.now, Input::Event(&live));
                for logged in after {
                    pair.session.handle_input(&context, pair.now, Input::Resent(logged));
                }
            }
            Output::Wait(_) => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(batches, [(1, 64), (65, 64), (129, 22)]);
    pair.drive();
    let received = pair.receive();
    assert!(matches!(received[0], Outbound::Retransmission(_)));
    let again: Vec<u64> =
        numbers(&received).into_iter().filter(|&(_, again)| again).map(|(n, _)| n).collect();
    assert_eq!(again, (1..=150).collect::<Vec<_>>());
    let live: Vec<u64> = numbers(&received[1..])
        .into_iter()
        .filter(|&(number, again)| number > 0 && !again)
        .map(|(number, _)| number)
        .collect();
    assert_eq!(live, [201, 202, 203]);
    // A Sequence stands between what is sent again and what is live, and names the live one.
    for pair in received.windows(2) {
        let (before, after) = (numbers(&pair[..1])[0], numbers(&pair[1..])[0]);
        assert!(!(before.1 && after.0 > 0 && !after.1), "{before:?} then {after:?}");
        if let (Outbound::Sequence(m), (number, false)) = (&pair[0], after) {
            assert!(number == 0 || number == m.next_seq_no);
        }
    }
}

#[test]
fn requests_out_of_bounds_are_violations() {
    for (from, count) in [(6, 1), (5, 2), (1, 6), (u64::MAX, 1), (u64::MAX, 1_000), (1_000, 1)] {
        let mut pair = with_reports(5, SessionLimits::default());
        pair.send(&pair.retransmit(from, count));
        assert_eq!(pair.terminated(), TerminationCode::RequestOutOfBounds, "{from} {count}");
    }
    let mut pair = with_reports(5, SessionLimits::default());
    pair.send(&pair.retransmit(5, 1));
    assert_eq!(numbers(&pair.receive()[1..]), [(5, true), (0, false)]);
}

#[test]
fn requests_the_venue_does_not_answer_are_refused_and_nothing_else() {
    let mut pair = with_reports(5, SessionLimits::default());
    let good = pair.retransmit(1, 1);
    for (request, code) in [
        (RetransmitRequest { count: 0, ..good }, RetransmitReject::InvalidCount),
        (RetransmitRequest { from_seq_no: 0, ..good }, RetransmitReject::OutOfRange),
        (RetransmitRequest { count: 1_001, ..good }, RetransmitReject::RequestLimitExceeded),
        (RetransmitRequest { session: SessionId(8), ..good }, RetransmitReject::InvalidSession),
        (
            RetransmitRequest { session_ver_id: pinion_types::SessionVerId(1), ..good },
            RetransmitReject::InvalidSession,
        ),
    ] {
        pair.send(&request);
        let [Outbound::RetransmitReject(m)] = pair.receive()[..] else { panic!("{code:?}") };
        assert_eq!(m.code.get(), Some(code));
        assert_eq!(m.request_timestamp, good.timestamp);
    }
    pair.send(&good);
    assert_eq!(pair.receive().len(), 3);
    assert_eq!(pair.counters.retransmit_rejects.get(), 5);
}

#[test]
fn a_second_request_while_one_is_answered_is_a_violation() {
    let limits = SessionLimits { send_queue_len_max: 64 << 10, ..SessionLimits::default() };
    let mut pair = with_reports(300, limits);
    pair.reads = false;
    pair.send(&pair.retransmit(1, 300));
    pair.send(&pair.retransmit(1, 1));
    pair.reads = true;
    pair.drive();
    let received = pair.receive();
    let [.., Outbound::RetransmitReject(reject), Outbound::Terminate(end)] = received[..] else {
        panic!("{:?}", received.last())
    };
    assert_eq!(reject.code.get(), Some(RetransmitReject::InProgress));
    assert_eq!(end.code.get(), Some(TerminationCode::RequestInProgress));
}

#[test]
fn a_slow_reader_catches_up_without_being_thrown_out() {
    let limits = SessionLimits { send_queue_len_max: 48 << 10, ..SessionLimits::default() };
    let mut pair = with_reports(1_000, limits);
    pair.reads = false;
    pair.send(&pair.retransmit(1, 1_000));
    let waiting = pair.session.unsent().len();
    assert!(waiting > 10 << 10 && waiting <= 48 << 10, "{waiting}");
    pair.reads = true;
    pair.drive();
    let received = pair.receive();
    let again = numbers(&received).into_iter().filter(|&(_, again)| again).count();
    assert_eq!(again, 1_000);
    assert_eq!(pair.counters.slow_consumers.get(), 0);
    // And the next thousand at once.
    pair.send(&pair.retransmit(1, 1_000));
    assert_eq!(pair.receive().len(), 1 + 1_000 + 1_000_usize.div_ceil(64));
}

#[test]
fn a_log_that_cannot_be_read_ends_the_request() {
    let mut pair = with_reports(5, SessionLimits::default());
    let request = frame(&pair.retransmit(1, 5));
    let context = Pair::context(&pair.limits, &pair.keys, &pair.counters, true);
    pair.session.receive_space()[..request.len()].copy_from_slice(&request);
    pair.session.handle_input(&context, pair.now, Input::Received(request.len()));
    assert!(matches!(
        pair.session.poll_output(&context, pair.now),
        Output::Resend { count: 5, .. }
    ));
    pair.input(Input::ResendFailed);
    let received = pair.receive();
    assert!(matches!(received[..], [Outbound::Retransmission(_), Outbound::Terminate(_)]));
    assert_eq!(order(1).msg_seq_num, 1);
}
