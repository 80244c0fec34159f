//! Sending: numbers, ids, and the answers as they come.

use crate::peer::{credentials, options, report, venue};
use pinion_client::{Client, End, Error};
use pinion_types::codes::MassScope;
use pinion_types::{ClOrdId, OrdType, Px, Qty, Side, TerminationCode, TimeInForce};
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderMassStatusRequest, OrderStatusRequest, PositionRequest, SecurityListRequest,
};
use pinion_wire::session::Terminate;
use pinion_wire::{Inbound, Outbound};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// A limit order; its id is left to the client.
pub fn order() -> NewOrderSingle {
    NewOrderSingle {
        px: Px(100),
        qty: Qty(1),
        side: Side::Buy.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::Day.into(),
        ..NewOrderSingle::default()
    }
}

#[test]
fn requests_are_numbered_and_identified() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        let templates: Vec<u16> = (0..8)
            .map(|index| {
                let message = peer.read();
                let head = message.head().expect("a request");
                assert_eq!(head.msg_seq_num, index + 1);
                assert!(head.sending_time.0 > 0);
                let ids = [101, 5_000, 5_001, 5_002, 5, 6, 7, 77];
                assert_eq!(head.ref_id, ids[usize::try_from(index).unwrap()]);
                message.template()
            })
            .collect();
        assert_eq!(templates, [100, 101, 102, 103, 104, 105, 106, 107]);
        peer.report(1);
        peer.goodbye();
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    assert_eq!(client.send(&order()).expect("sent").id, 101, "above the day's highest");
    let replace = OrderCancelReplaceRequest {
        cl_ord_id: ClOrdId(5_000),
        orig_cl_ord_id: ClOrdId(101),
        px: Px(101),
        qty: Qty(1),
        side: Side::Buy.into(),
        ..OrderCancelReplaceRequest::default()
    };
    assert_eq!(client.send(&replace).expect("sent").id, 5_000, "the caller's own");
    let side = Side::Buy.into();
    let orig_cl_ord_id = ClOrdId(5_000);
    let cancel = OrderCancelRequest { orig_cl_ord_id, side, ..OrderCancelRequest::default() };
    assert_eq!(client.send(&cancel).expect("sent").id, 5_001, "above that");
    let scope = MassScope::All.into();
    let all = OrderMassCancelRequest { scope, ..OrderMassCancelRequest::default() };
    assert_eq!(client.send(&all).expect("sent").id, 5_002);
    let cl_ord_id = ClOrdId(101);
    let status = OrderStatusRequest { cl_ord_id, ..OrderStatusRequest::default() };
    let receipt = client.send(&status).expect("sent");
    assert_eq!((receipt.id, receipt.msg_seq_num), (5, 5), "questions take their number");
    client.send(&OrderMassStatusRequest::default()).expect("sent");
    client.send(&SecurityListRequest::default()).expect("sent");
    client.send(&PositionRequest { request_id: 77, ..Default::default() }).expect("sent");
    let answer = client.receive(LONG).expect("connected");
    assert_eq!(answer, Some(Outbound::ExecutionReportNew(report(1, false))));
    client.terminate(LONG).expect("an answer");
    assert!(matches!(client.send(&order()), Err(Error::NotEstablished)));
    peer.join().expect("the script");
}

#[test]
fn what_came_before_the_end_is_given_out_before_it() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        peer.read();
        for number in 1..=50 {
            peer.report(number);
        }
        peer.say(&Terminate { code: TerminationCode::EndOfDay.into(), ..Terminate::default() });
        assert!(matches!(peer.read(), Inbound::Terminate(_)), "answered in kind");
        assert!(peer.read_or_end().is_none());
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    client.send(&order()).expect("sent");
    for number in 1..=50 {
        let message = client.receive(LONG).expect("connected").expect("a message");
        assert_eq!(message.head().expect("numbered").msg_seq_num, number);
    }
    match client.receive(LONG) {
        Err(Error::Ended(end)) => assert_eq!(end.termination(), Some(TerminationCode::EndOfDay)),
        other => panic!("{other:?}"),
    }
    drop(client);
    peer.join().expect("the script");
}

#[test]
fn a_venue_that_is_gone_is_noticed_by_reading_and_by_writing() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        peer.report(1);
        peer.hang_up();
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    peer.join().expect("the script");
    // Whether a write fails depends on when the reset arrives; reading tells in any case.
    while client.send(&order()).is_ok() && client.session().position().next_out < 1_000 {}
    loop {
        match client.receive(LONG) {
            Ok(Some(message)) => assert_eq!(message.head().expect("numbered").msg_seq_num, 1),
            Err(Error::Ended(End::Lost)) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(client.send(&order()), Err(Error::NotEstablished)));
}

#[test]
fn a_nonblocking_client_returns_at_once() {
    let (address, peer) = venue(|peer| {
        peer.log_on();
        assert!(matches!(peer.read(), Inbound::NewOrderSingle(_)));
        peer.report(1);
        peer.goodbye();
    });
    let mut client = Client::connect(address, credentials(), options()).expect("logged on");
    client.set_nonblocking(true).expect("a socket");
    assert_eq!(client.receive(LONG).expect("connected"), None, "nothing is there");
    client.send(&order()).expect("sent");
    let message = loop {
        if let Some(message) = client.receive(Duration::ZERO).expect("connected") {
            break message;
        }
        std::thread::yield_now();
    };
    assert_eq!(message.head().expect("numbered").msg_seq_num, 1);
    client.set_nonblocking(false).expect("a socket");
    client.terminate(LONG).expect("an answer");
    peer.join().expect("the script");
}
