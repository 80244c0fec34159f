//! A connection lost and a session resumed: nothing twice, nothing missing.

use crate::peer::{credentials, options, venue};
use crate::requests::order;
use pinion_client::{Client, End, Error, Options, Session};
use pinion_types::codes::EstablishmentReject;
use pinion_wire::request::OrderMassStatusRequest;
use pinion_wire::{Inbound, Outbound};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

fn number(message: &Outbound) -> u64 {
    message.head().expect("numbered").msg_seq_num
}

#[test]
fn what_was_not_applied_is_sent_again_and_what_was_missed_is_asked_for() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        let ids: Vec<u64> = (0..4).map(|_| peer.read().head().expect("a request").ref_id).collect();
        assert_eq!(ids, [101, 102, 103, 4]);
        peer.report(1);
        peer.hang_up();
        // Of four requests the venue has two, and it has sent three messages.
        let asked = peer.resume(4, 2);
        assert_eq!(asked.next_seq_no, 5, "numbers are never used again");
        match peer.read() {
            Inbound::NewOrderSingle(order) => {
                assert_eq!((order.msg_seq_num, order.cl_ord_id.0), (5, 103));
                assert!(order.poss_resend.is_set());
            }
            other => panic!("{other:?}"),
        }
        match peer.read() {
            Inbound::OrderMassStatusRequest(m) => assert_eq!((m.msg_seq_num, m.request_id), (6, 4)),
            other => panic!("{other:?}"),
        }
        let asked = peer.retransmit_request();
        assert_eq!((asked.from_seq_no, asked.count), (2, 2));
        peer.report(4);
        peer.retransmit(&asked, 2, 2);
        assert_eq!(peer.read().head().expect("a request").ref_id, 104);
        peer.goodbye();
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    for _ in 0..3 {
        client.send(&order()).expect("sent");
    }
    client.send(&OrderMassStatusRequest::default()).expect("sent");
    assert_eq!(number(&client.receive(LONG).expect("connected").expect("a message")), 1);
    assert!(matches!(client.receive(LONG), Err(Error::Ended(End::Lost))));
    let ack = client.reconnect(address, LONG).expect("resumed");
    assert_eq!((ack.next_seq_no, ack.last_incoming_seq_no), (4, 2));
    assert_eq!((client.session().resent_count(), client.session().forgotten_count()), (2, 0));
    for want in 2..=4 {
        assert_eq!(number(&client.receive(LONG).expect("connected").expect("a message")), want);
    }
    assert_eq!(client.send(&order()).expect("sent").id, 104);
    client.terminate(LONG).expect("an answer");
    peer.join().expect("the script");
}

#[test]
fn a_request_written_to_a_dead_connection_goes_out_after_the_next_logon() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        peer.hang_up();
        let asked = peer.resume(1, 0);
        let sent = asked.next_seq_no - 1;
        for index in 0..sent {
            let head = peer.read().head().expect("a request");
            assert_eq!((head.msg_seq_num, head.ref_id), (sent + 1 + index, 101 + index));
        }
        peer.goodbye();
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    while client.send(&order()).is_ok() && client.session().position().next_out < 100 {}
    let sent = client.session().position().next_out - 1;
    client.reconnect(address, LONG).expect("resumed");
    assert_eq!(client.session().resent_count(), sent);
    client.terminate(LONG).expect("an answer");
    peer.join().expect("the script");
}

#[test]
fn only_so_much_is_kept_and_what_is_not_is_counted() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        for _ in 0..5 {
            peer.read();
        }
        peer.hang_up();
        peer.resume(1, 1);
        let ids: Vec<u64> = (0..2).map(|_| peer.read().head().expect("a request").ref_id).collect();
        assert_eq!(ids, [104, 105]);
        peer.goodbye();
    });
    let few = Options { sent_max: 2, ..options() };
    let mut client = Client::connect(address, credentials(), few).expect("logged on");
    for _ in 0..5 {
        client.send(&order()).expect("sent");
    }
    assert!(matches!(client.receive(LONG), Err(Error::Ended(End::Lost))));
    client.reconnect(address, LONG).expect("resumed");
    assert_eq!((client.session().resent_count(), client.session().forgotten_count()), (2, 2));
    client.terminate(LONG).expect("an answer");
    peer.join().expect("the script");
}

#[test]
fn a_venue_that_has_not_noticed_is_asked_again() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        peer.refuse(EstablishmentReject::DuplicateConnection);
        peer.accept();
        peer.hang_up();
        peer.resume(1, 0);
        peer.goodbye();
        peer.refuse(EstablishmentReject::InvalidSessionVerId);
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    client.reconnect(address, LONG).expect("resumed at the third attempt");
    client.terminate(LONG).expect("an answer");
    match client.reconnect(address, LONG) {
        Err(Error::Ended(End::EstablishmentRejected(reject))) => {
            assert_eq!(reject.code.get(), Some(EstablishmentReject::InvalidSessionVerId));
        }
        other => panic!("time does not heal that: {other:?}"),
    }
    peer.join().expect("the script");
}

#[test]
fn another_process_goes_on_where_one_stopped() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        peer.read();
        peer.report(1);
        peer.report(2);
        assert!(peer.read_or_end().is_none(), "gone without a word");
        let asked = peer.resume(4, 1);
        assert_eq!(asked.next_seq_no, 2);
        let asked = peer.retransmit_request();
        assert_eq!((asked.from_seq_no, asked.count), (2, 2));
        peer.retransmit(&asked, 2, 2);
        assert_eq!(peer.read().head().expect("a request").ref_id, 102);
        peer.goodbye();
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    client.send(&order()).expect("sent");
    assert_eq!(number(&client.receive(LONG).expect("connected").expect("a message")), 1);
    let position = client.detach().position();
    assert_eq!((position.next_out, position.next_in), (2, 2));
    let session = Session::resuming(credentials(), options(), position);
    let mut client = Client::attach(address, session).map_err(|(_, error)| error).expect("resumed");
    for want in 2..=3 {
        assert_eq!(number(&client.receive(LONG).expect("connected").expect("a message")), want);
    }
    assert_eq!(client.send(&order()).expect("sent").id, 102);
    client.terminate(LONG).expect("an answer");
    peer.join().expect("the script");
}

#[test]
fn a_venue_that_lost_what_it_had_told_is_found_out() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        for number in 1..=3 {
            peer.report(number);
        }
        assert!(peer.read_or_end().is_none());
        peer.resume(3, 0);
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    for want in 1..=3 {
        assert_eq!(number(&client.receive(LONG).expect("connected").expect("a message")), want);
    }
    match client.reconnect(address, LONG) {
        Err(Error::Ended(End::WentBack { expected, next_seq_no })) => {
            assert_eq!((expected, next_seq_no), (4, 3));
        }
        other => panic!("{other:?}"),
    }
    peer.join().expect("the script");
}

/// What stood behind a gap that was filled just before the connection went is told after it.
#[test]
fn a_message_that_waited_is_given_out_after_the_next_logon() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        peer.report(1);
        peer.report(3);
        let asked = peer.retransmit_request();
        assert_eq!((asked.from_seq_no, asked.count), (2, 1));
        peer.retransmit(&asked, 2, 1);
        peer.hang_up();
        assert_eq!(peer.resume(4, 0).next_seq_no, 1);
        peer.goodbye();
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    for want in 1..=2 {
        assert_eq!(number(&client.receive(LONG).expect("connected").expect("a message")), want);
    }
    client.reconnect(address, LONG).expect("resumed");
    assert_eq!(number(&client.receive(LONG).expect("connected").expect("a message")), 3);
    client.terminate(LONG).expect("an answer");
    peer.join().expect("the script");
}
