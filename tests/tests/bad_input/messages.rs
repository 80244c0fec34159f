//! Frames, fields and logons that are wrong.

use std::io::Write;

use pinion_tests::process::{Raw, frame, now};
use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::text::Chars;
use pinion_types::{Nanos, OrdType, RejectCode, SessionVerId, TerminationCode};
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderMassStatusRequest, OrderStatusRequest, PositionRequest, SecurityListRequest,
};
use pinion_wire::session::{Establish, Negotiate};
use pinion_wire::{Message, OVERHEAD, Outbound, Template};

use crate::house::House;

/// A frame with bytes of it changed.
fn changed<M: Message>(message: &M, at: usize, value: &[u8]) -> Vec<u8> {
    let mut bytes = frame(message);
    bytes[at..at + value.len()].copy_from_slice(value);
    bytes
}

/// A frame whose block has another length, honest about it.
fn resized<M: Message>(message: &M, change: isize) -> Vec<u8> {
    let mut bytes = frame(message);
    let len = bytes.len().checked_add_signed(change).expect("a length");
    bytes.resize(len, 0);
    bytes[..4].copy_from_slice(&u32::try_from(len).expect("short").to_le_bytes());
    bytes[6..8].copy_from_slice(&u16::try_from(len - OVERHEAD).expect("short").to_le_bytes());
    bytes
}

#[test]
fn frames_that_are_none_end_their_connection_with_the_code_of_the_ladder() {
    use TerminationCode::{DecodingError, InvalidFraming, UnrecognizedMessage};
    let mut house = House::open();
    let order = Raw::connect(house.address, 2).order();
    let cases = [
        (changed(&order, 0, &0_u32.to_le_bytes()), InvalidFraming),
        (changed(&order, 0, &13_u32.to_le_bytes()), InvalidFraming),
        (changed(&order, 0, &4_097_u32.to_le_bytes()), InvalidFraming),
        (changed(&order, 0, &u32::MAX.to_le_bytes()), InvalidFraming),
        (changed(&order, 4, &[0xeb, 0x50]), InvalidFraming),
        (changed(&order, 8, &999_u16.to_le_bytes()), UnrecognizedMessage),
        (changed(&order, 8, &200_u16.to_le_bytes()), UnrecognizedMessage),
        (changed(&order, 10, &[1, 0]), UnrecognizedMessage),
        (changed(&order, 12, &[0, 0]), UnrecognizedMessage),
        (resized(&order, -1), DecodingError),
        (resized(&order, -152), DecodingError),
        (resized(&order, 1), DecodingError),
        (changed(&order, 6, &[0, 0]), DecodingError),
        (changed(&order, OVERHEAD, &[0; 8]), DecodingError),
    ];
    for (number, (bytes, code)) in cases.iter().enumerate() {
        let mut bad = Raw::log_on(house.address, 2);
        bad.stream.write_all(bytes).expect("it reads");
        assert_eq!(bad.terminated(), *code, "case {number} on a session");
        // Before a logon nothing but framing, schema and length counts, and it ends as well.
        let mut stranger = Raw::connect(house.address, 2);
        stranger.stream.write_all(bytes).expect("it reads");
        let code = stranger.terminated();
        assert!(
            [DecodingError, InvalidFraming, UnrecognizedMessage, TerminationCode::NotNegotiated]
                .contains(&code),
            "case {number} of a stranger: {code}"
        );
        house.goes_on();
    }
    house.close();
}

#[test]
fn an_order_before_its_session_is_told_what_is_missing() {
    let mut house = House::open();
    let mut stranger = Raw::connect(house.address, 2);
    let order = stranger.order();
    stranger.send(&order);
    assert_eq!(stranger.terminated(), TerminationCode::NotNegotiated);
    let mut half = Raw::connect(house.address, 2);
    half.send(&half.negotiate());
    assert!(matches!(half.answer(), Outbound::NegotiationResponse(_)));
    half.send(&order);
    assert_eq!(half.terminated(), TerminationCode::NotEstablished);
    house.goes_on();
    house.close();
}

/// Every byte of every field at both ends of its range: an answer each, and never a silence.
#[test]
fn every_field_at_both_ends_is_answered() {
    let mut house = House::open();
    let mut count = 0;
    count += sweep::<NewOrderSingle>(&house);
    count += sweep::<OrderCancelReplaceRequest>(&house);
    count += sweep::<OrderCancelRequest>(&house);
    count += sweep::<OrderMassCancelRequest>(&house);
    count += sweep::<OrderStatusRequest>(&house);
    count += sweep::<OrderMassStatusRequest>(&house);
    count += sweep::<SecurityListRequest>(&house);
    count += sweep::<PositionRequest>(&house);
    assert!(count > 150, "{count} messages");
    house.goes_on();
    house.close();
}

/// Sends a message whose fields are right but for one; gives how many were sent. A question for
/// the list of instruments stands behind each: its answer closes that of the message.
fn sweep<M: Message>(house: &House) -> usize {
    let mut bad = Raw::log_on(house.address, 2);
    let template = Template::of::<M>();
    let mut count = 0;
    // MsgSeqNum is the session's affair; from behind, so that the highest ClOrdID comes last.
    for field in template.fields.iter().rev().filter(|field| field.tag != 34) {
        for fill in [0x00, 0x7f, 0x80, 0xff] {
            let order = bad.order();
            let mut bytes = match M::TEMPLATE {
                NewOrderSingle::TEMPLATE => frame(&order),
                _ => {
                    let mut bytes = frame(&M::default());
                    bytes[OVERHEAD..OVERHEAD + 24]
                        .copy_from_slice(&frame(&order)[OVERHEAD..][..24]);
                    bytes
                }
            };
            let place = OVERHEAD + field.offset..OVERHEAD + field.offset + field.len;
            bytes[place].fill(fill);
            bad.stream.write_all(&bytes).expect("it reads");
            let number = bad.next_seq;
            bad.next_seq += 1;
            let request_id = u64::MAX - number;
            bad.send(&SecurityListRequest {
                msg_seq_num: number,
                sending_time: now(),
                request_id,
                ..SecurityListRequest::default()
            });
            let mut answers = 0;
            loop {
                match bad.answer() {
                    Outbound::SecurityDefinition(one) if one.request_id == request_id => break,
                    Outbound::Terminate(goodbye) => {
                        panic!("{} {} {fill:#x}: {goodbye:?}", M::NAME, field.name)
                    }
                    _ => answers += 1,
                }
            }
            assert!(answers > 0, "no answer: {} {} {fill:#x}", M::NAME, field.name);
            count += 1;
        }
    }
    count
}

#[test]
fn faults_of_values_are_refused_by_code_and_field_and_the_session_goes_on() {
    let mut house = House::open();
    let mut bad = Raw::log_on(house.address, 2);
    let mut refused = |order: &NewOrderSingle, change: Option<(usize, u8)>| {
        let mut bytes = frame(order);
        if let Some((at, value)) = change {
            bytes[OVERHEAD + at] = value;
        }
        bad.stream.write_all(&bytes).expect("it reads");
        match bad.answer() {
            Outbound::BusinessMessageReject(one) => {
                assert_eq!(one.ref_seq_num, order.msg_seq_num);
                (one.code.get().expect("a code"), one.ref_tag)
            }
            other => panic!("{other:?}"),
        }
    };
    let mut orders = Raw::connect(house.address, 2);
    let mut order = || orders.order();
    assert_eq!(refused(&order(), Some((120, b'9'))), (RejectCode::UnknownEnumValue, 54));
    assert_eq!(refused(&order(), Some((121, 0))), (RejectCode::RequiredFieldMissing, 40));
    assert_eq!(refused(&order(), Some((116, 1))), (RejectCode::ReservedNotZero, 9001));
    let market = NewOrderSingle { ord_type: OrdType::Market.into(), ..order() };
    assert_eq!(refused(&market, None), (RejectCode::ReservedNotZero, 44));
    let expiring = NewOrderSingle { expire_time: Nanos(9), ..order() };
    assert_eq!(refused(&expiring, None), (RejectCode::ReservedNotZero, 126));
    bad.next_seq = 6;
    let right = bad.order();
    bad.send(&right);
    assert!(matches!(bad.answer(), Outbound::ExecutionReportNew(_)));
    house.goes_on();
    house.close();
}

#[test]
fn logons_are_refused_with_their_reason() {
    use EstablishmentReject as E;
    use NegotiationReject as N;
    let mut house = House::open();
    let address = house.address;
    let refused = |change: &dyn Fn(&mut Negotiate), sign: bool| {
        let mut raw = Raw::connect(address, 2);
        let mut negotiate = raw.negotiate();
        change(&mut negotiate);
        let negotiate = if sign { raw.signed(negotiate) } else { negotiate };
        raw.send(&negotiate);
        match raw.answer() {
            Outbound::NegotiationReject(reject) => reject.code.get().expect("a code"),
            other => panic!("{other:?}"),
        }
    };
    let minute = 60_000_000_000;
    assert_eq!(
        refused(&|it| it.hmac_signature = Chars::new(&"0".repeat(64)), false),
        N::Credentials
    );
    assert_eq!(refused(&|it| it.session.0 = 99, true), N::Credentials);
    assert_eq!(refused(&|it| it.access_key_id = Chars::new("k2"), true), N::Credentials);
    assert_eq!(refused(&|it| it.timestamp.0 -= minute, true), N::InvalidTimestamp);
    assert_eq!(refused(&|it| it.timestamp.0 += minute, true), N::InvalidTimestamp);
    assert_eq!(refused(&|it| it.firm.0 = 1, true), N::InvalidFirm);
    house.goes_on();

    // What was used once is used up: a logon that is overheard opens nothing.
    let mut once = Raw::connect(address, 2);
    let heard = once.negotiate();
    once.send(&heard);
    assert!(matches!(once.answer(), Outbound::NegotiationResponse(_)));
    drop(once);
    let mut thief = Raw::connect(address, 2);
    thief.send(&heard);
    assert!(matches!(thief.answer(), Outbound::NegotiationReject(_)));
    let mut late = Raw::connect(address, 2);
    late.version = heard.session_ver_id;
    let stale = late.establish();
    let stale = late.signed(Establish { timestamp: heard.timestamp, ..stale });
    late.send(&stale);
    let Outbound::EstablishmentReject(reject) = late.answer() else { panic!("a reject") };
    assert_eq!(reject.code.get(), Some(E::InvalidTimestamp));

    // A session has one connection.
    let mut double = Raw::connect(address, 1);
    double.send(&double.negotiate());
    let Outbound::NegotiationReject(reject) = double.answer() else { panic!("a reject") };
    assert_eq!(reject.code.get(), Some(N::DuplicateConnection));
    assert_ne!(reject.current_session_ver_id, SessionVerId(0));
    house.goes_on();
    house.close();
}
