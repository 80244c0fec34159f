//! Peers that are slow, deaf, gone, too many, or too insistent.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use pinion_tests::process::{Raw, frame};
use pinion_types::codes::NegotiationReject;
use pinion_types::{RejectCode, TerminationCode};
use pinion_wire::Outbound;

use crate::house::{House, descriptors, resident};

/// Sends one byte each time nothing came for a while, until something comes.
fn drip(raw: &mut Raw, bytes: &[u8]) {
    raw.stream.set_read_timeout(Some(Duration::from_millis(50))).expect("ours");
    let mut peeked = [0];
    for byte in bytes.iter().cycle() {
        match raw.stream.peek(&mut peeked) {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
        raw.stream.write_all(&[*byte]).expect("it reads");
    }
    raw.stream.set_read_timeout(Some(Duration::from_secs(60))).expect("ours");
}

#[test]
fn who_comes_a_byte_at_a_time_or_not_at_all_is_given_up() {
    let mut house = House::open();
    let mut silent = Raw::connect(house.address, 2);
    assert_eq!(silent.terminated(), TerminationCode::LogonTimeout);

    let mut slow = Raw::connect(house.address, 2);
    let negotiate = frame(&slow.negotiate());
    drip(&mut slow, &negotiate);
    assert_eq!(slow.terminated(), TerminationCode::LogonTimeout);

    let mut half = Raw::connect(house.address, 2);
    half.send(&half.negotiate());
    assert!(matches!(half.answer(), Outbound::NegotiationResponse(_)));
    assert_eq!(half.terminated(), TerminationCode::LogonTimeout);

    let mut bound = Raw::log_on(house.address, 2);
    let order = frame(&bound.order());
    drip(&mut bound, &order);
    assert_eq!(bound.terminated(), TerminationCode::InvalidFraming);
    house.goes_on();
    house.close();
}

/// A host that is gone says nothing: it is asked, then given up, and its session is free.
#[test]
fn a_session_that_falls_silent_is_asked_and_given_up() {
    let mut house = House::open();
    let mut gone = Raw::connect(house.address, 2);
    gone.keep_alive_ms = 1_000;
    gone.begin();
    let mut asked = false;
    let goodbye = loop {
        match gone.receive().expect("a goodbye") {
            Outbound::Sequence(one) => asked |= one.keep_alive_lapsed.is_set(),
            other => break other,
        }
    };
    assert!(asked);
    let Outbound::Terminate(goodbye) = goodbye else { panic!("{goodbye:?}") };
    assert_eq!(goodbye.code.get(), Some(TerminationCode::KeepaliveLapsed));
    let _again = Raw::log_on(house.address, 2);
    house.goes_on();
    house.close();
}

/// Sends half an order and goes: with a reset, with an end, or with an end of one side only.
#[test]
fn who_goes_in_the_middle_of_a_frame_leaves_a_free_session() {
    let mut house = House::open();
    for round in 0..30 {
        let mut bad = Raw::log_on(house.address, 2);
        let order = bad.order();
        bad.send(&order);
        assert!(matches!(bad.answer(), Outbound::ExecutionReportNew(_)));
        let order = frame(&bad.order());
        bad.stream.write_all(&order[..order.len() / 2]).expect("it reads");
        match round % 3 {
            0 => {
                let now = Some(Duration::ZERO);
                rustix::net::sockopt::set_socket_linger(&bad.stream, now).expect("ours");
                drop(bad);
            }
            1 => drop(bad),
            _ => {
                bad.stream.shutdown(Shutdown::Write).expect("ours");
                while bad.receive().is_some() {}
            }
        }
        house.goes_on();
    }
    house.close();
}

#[test]
fn who_does_not_read_is_cut_off_and_may_come_back() {
    let mut house = House::open();
    let mut deaf = Raw::log_on(house.address, 2);
    // It ends when the venue has had enough.
    loop {
        let order = frame(&deaf.order());
        if deaf.stream.write_all(&order).is_err() {
            break;
        }
        if deaf.next_seq.is_multiple_of(1_000) {
            house.goes_on();
        }
    }
    house.goes_on();
    let mut again = Raw::log_on(house.address, 2);
    let order = again.order();
    again.send(&order);
    assert!(matches!(again.answer(), Outbound::ExecutionReportNew(_)));
    house.close();
}

/// Numbers below the expected one are dropped, and counted: whoever repeats itself is logged out.
#[test]
fn who_repeats_old_numbers_is_logged_out() {
    let mut house = House::open();
    let mut parrot = Raw::log_on(house.address, 3);
    let order = parrot.order();
    parrot.send(&order);
    // Session 3 has no account: refused, and its number used.
    let Outbound::ExecutionReportReject(reject) = parrot.answer() else { panic!("a reject") };
    assert_eq!(reject.code.get(), Some(RejectCode::UnknownAccount));
    let again = frame(&order).repeat(100);
    parrot.stream.write_all(&again).expect("it reads");
    assert_eq!(parrot.terminated(), TerminationCode::Throttle);
    // It may come back, with nothing in its bucket.
    let _again = Raw::log_on(house.address, 3);
    house.goes_on();
    house.close();
}

/// Over its rate a session is told so, each time, and then logged out.
#[test]
fn who_goes_on_over_its_rate_is_told_and_logged_out() {
    let mut house = House::open();
    let mut eager = Raw::log_on(house.address, 3);
    let orders: Vec<u8> = (0..100).flat_map(|_| frame(&eager.order())).collect();
    eager.stream.write_all(&orders).expect("it reads");
    let (mut refused, mut throttled) = (0, 0);
    let goodbye = loop {
        match eager.answer() {
            Outbound::ExecutionReportReject(_) => refused += 1,
            Outbound::BusinessMessageReject(one) => {
                assert_eq!(one.code.get(), Some(RejectCode::Throttled));
                throttled += 1;
            }
            other => break other,
        }
    };
    let Outbound::Terminate(goodbye) = goodbye else { panic!("{goodbye:?}") };
    assert_eq!(goodbye.code.get(), Some(TerminationCode::Throttle));
    assert!(refused >= 5 && throttled >= 3, "{refused} passed, {throttled} did not");
    house.goes_on();
    house.close();
}

/// One round of everything that ends badly.
fn misbehave(house: &House) {
    let mut cut = Raw::connect(house.address, 2);
    cut.stream.write_all(&[0; 64]).expect("it reads");
    assert_eq!(cut.terminated(), TerminationCode::InvalidFraming);
    let mut forged = Raw::connect(house.address, 2);
    let mut negotiate = forged.negotiate();
    negotiate.hmac_signature = pinion_types::text::Chars::new(&"0".repeat(64));
    forged.send(&negotiate);
    let Outbound::NegotiationReject(reject) = forged.answer() else { panic!("a reject") };
    assert_eq!(reject.code.get(), Some(NegotiationReject::Credentials));
    assert_eq!(forged.receive(), None);
    let mut bound = Raw::log_on(house.address, 2);
    let order = frame(&bound.order());
    bound.stream.write_all(&order[..100]).expect("it reads");
    let now = Some(Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(&bound.stream, now).expect("ours");
    drop(bound);
    drop(Raw::connect(house.address, 2));
}

#[test]
fn nothing_is_left_of_a_thousand_bad_connections() {
    let mut house = House::open();
    house.goes_on();
    let processes = [house.gateway(), house.core()];
    let before = processes.each_ref().map(|process| descriptors(process));
    for _ in 0..100 {
        misbehave(&house);
    }
    let memory = processes.each_ref().map(|process| resident(process));
    for _ in 0..250 {
        misbehave(&house);
    }
    house.goes_on();
    for (process, wanted) in processes.iter().zip(before) {
        // What its peer closed is closed here a turn later.
        while descriptors(process) > wanted {
            thread::yield_now();
        }
    }
    let after = processes.each_ref().map(|process| resident(process));
    for (before, after) in memory.iter().zip(after) {
        // A thousand connections whose buffers stay would be 16 MiB at least.
        assert!(after < before + 2_048, "KiB: {memory:?}, then {after:?}");
    }
    house.close();
}

/// A second gateway of the same number is refused by the core and serves nobody; the first one
/// does not notice.
#[test]
fn a_second_gateway_is_told_that_there_is_one() {
    let mut house = House::open();
    let config = house.config.to_str().expect("plain").to_owned();
    let data = house.venue.data().to_owned();
    let arguments = ["gateway", "--data", &data, "--config", &config, "--listen", "127.0.0.1:0"];
    let mut command = house.venue.program.command(&arguments);
    command.env("PINION_LOG", "warn").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut second = command.spawn().expect("a process begins");
    let mut said = BufReader::new(second.stderr.take().expect("it was asked for"));
    let mut line = String::new();
    while !line.contains("a gateway of this number is attached") {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("text"), 0, "it ended");
    }
    house.goes_on();
    second.kill().expect("it lives");
    second.wait().expect("it ends");
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("text");
    house.goes_on();
    house.close();
}
