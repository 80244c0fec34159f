//! Gaps in what the venue sends: asked for, one request at a time, given out in order.

use crate::peer::{Peer, credentials, options, venue};
use pinion_client::{Client, End, Error, Options};
use pinion_wire::RetransmitReject;
use pinion_wire::session as wire;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// Logs on, receives these numbers in order, and says goodbye.
fn receives(
    options: Options,
    last: u64,
    script: impl FnOnce(&mut Peer) + Send + 'static,
) -> Client {
    let (address, peer) = venue(move |peer| {
        peer.log_on();
        script(peer);
        peer.goodbye();
    });
    let mut client = Client::connect(address, credentials(), options).expect("logged on");
    for number in 1..=last {
        let message = client.receive(LONG).expect("connected").expect("a message");
        assert_eq!(message.head().expect("numbered").msg_seq_num, number);
    }
    assert!(!client.session().is_recovering());
    assert_eq!(client.terminate(LONG).expect("an answer"), []);
    peer.join().expect("the script");
    client
}

#[test]
fn a_gap_is_filled_before_what_came_after_it() {
    let client = receives(options(), 5, |peer| {
        peer.report(1);
        peer.report(4);
        let asked = peer.retransmit_request();
        assert_eq!((asked.from_seq_no, asked.count), (2, 2));
        // Live messages between request and answer wait their turn.
        peer.report(5);
        peer.retransmit(&asked, 2, 2);
        peer.sequence(6);
    });
    assert_eq!(client.session().retransmit_request_count(), 1);
    assert_eq!(client.session().duplicate_count(), 0);
}

#[test]
fn long_gaps_take_one_request_after_the_other() {
    let client = receives(options(), 2_501, |peer| {
        peer.report(2_501);
        for (from, count) in [(1, 1_000), (1_001, 1_000), (2_001, 500)] {
            let asked = peer.retransmit_request();
            assert_eq!((asked.from_seq_no, asked.count), (from, count));
            peer.retransmit(&asked, from, count);
        }
    });
    assert_eq!(client.session().retransmit_request_count(), 3);
}

#[test]
fn the_venue_may_send_fewer_than_asked_for() {
    receives(options(), 10, |peer| {
        peer.sequence(11);
        for (from, wanted, given) in [(1, 10, 3), (4, 7, 3), (7, 4, 4)] {
            let asked = peer.retransmit_request();
            assert_eq!((asked.from_seq_no, asked.count), (from, wanted));
            peer.retransmit(&asked, from, given);
        }
    });
}

#[test]
fn what_does_not_fit_while_waiting_is_asked_for_again() {
    let client = receives(Options { held_max: 2, ..options() }, 6, |peer| {
        for number in 2..=6 {
            peer.report(number);
        }
        let asked = peer.retransmit_request();
        assert_eq!((asked.from_seq_no, asked.count), (1, 1));
        peer.retransmit(&asked, 1, 1);
        let asked = peer.retransmit_request();
        assert_eq!((asked.from_seq_no, asked.count), (4, 3));
        peer.retransmit(&asked, 4, 3);
    });
    assert_eq!(client.session().retransmit_request_count(), 2);
}

#[test]
fn each_message_is_given_out_once() {
    let client = receives(options(), 4, |peer| {
        for number in [1, 1, 2, 4, 4] {
            peer.report(number);
        }
        let asked = peer.retransmit_request();
        assert_eq!((asked.from_seq_no, asked.count), (3, 1));
        peer.report(2);
        peer.retransmit(&asked, 3, 1);
    });
    assert_eq!(client.session().duplicate_count(), 3);
}

#[test]
fn a_refused_request_ends_the_client() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        peer.report(2);
        let asked = peer.retransmit_request();
        peer.say(&wire::RetransmitReject {
            session_ver_id: asked.session_ver_id,
            session: asked.session,
            code: RetransmitReject::OutOfRange.into(),
            ..wire::RetransmitReject::default()
        });
        assert!(matches!(peer.read(), pinion_wire::Inbound::Terminate(_)));
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    match client.receive(LONG) {
        Err(Error::Ended(End::RetransmitRejected(code))) => {
            assert_eq!(code, Some(RetransmitReject::OutOfRange));
        }
        other => panic!("{other:?}"),
    }
    peer.join().expect("the script");
}
