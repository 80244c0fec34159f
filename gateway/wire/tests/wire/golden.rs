//! The bytes of every message, kept in `tests/golden.json`: version 1 of the schema is frozen.

use crate::samples::samples;
use crate::schema::hold;
use pinion_types::codes::OrderCod;
use pinion_types::{
    AccountId, ClOrdId, InstrumentId, Nanos, OrdType, Px, Qty, Side, StpMode, TimeInForce,
};
use pinion_wire::request::NewOrderSingle;
use pinion_wire::{FRAME_MAX, Flag, Head, Inbound, Outbound, RequestHead, encode, split};
use serde_json::json;

#[test]
fn bytes_are_as_published() {
    let lines = samples().iter().map(|sample| {
        let hex: String = sample.frame.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "name": sample.name, "template": sample.template, "frame": hex,
                "values": sample.values })
        .to_string()
    });
    hold("tests/golden.json", &format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n")));
}

#[test]
fn every_sample_decodes_and_comes_back() {
    for sample in samples() {
        let frame = split(&sample.frame).expect("a frame").expect("a whole one");
        assert_eq!(frame.bytes.len(), sample.frame.len());
        let (to_venue, to_client) = (Inbound::decode(&frame), Outbound::decode(&frame));
        assert!(to_venue.is_ok() || to_client.is_ok(), "{}: {to_venue:?}", sample.name);
        let mut out = [0xAA; FRAME_MAX];
        if let Ok(message) = to_venue {
            assert_eq!(
                (message.template(), message.name()),
                (sample.template, sample.name.as_str())
            );
            let len = message.encode(&mut out).expect("room");
            assert_eq!(out[..len], sample.frame, "{}", sample.name);
            assert_eq!(message.head().is_some(), sample.template >= 100);
        }
        if let Ok(message) = to_client {
            assert_eq!(
                (message.template(), message.name()),
                (sample.template, sample.name.as_str())
            );
            let len = message.encode(&mut out).expect("room");
            assert_eq!(out[..len], sample.frame, "{}", sample.name);
            let numbered = sample.template == 9 || sample.template >= 100;
            assert_eq!(message.head().is_some(), numbered, "{}", sample.name);
            assert_eq!(message.head(), Head::of(&frame));
        }
        assert!(out[sample.frame.len()..].iter().all(|&byte| byte == 0xAA), "wrote past the end");
    }
}

/// The Rust names mean the published places: one message written by name, read by offset.
#[test]
fn names_mean_their_places() {
    let order = NewOrderSingle {
        msg_seq_num: 1,
        sending_time: Nanos(2),
        cl_ord_id: ClOrdId(3),
        px: Px(-4),
        qty: Qty(5),
        user_data: 6,
        valid_until: Nanos(7),
        stop_px: Px(8),
        display_qty: Qty(9),
        min_qty: Qty(10),
        expire_time: Nanos(11),
        link_id: 12,
        instrument: InstrumentId(13),
        account: AccountId(14),
        stp_group: 15,
        protection_ticks: 16,
        offset_ticks: -17,
        side: Side::SellShort.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::ImmediateOrCancel.into(),
        stp_mode: StpMode::Decrement.into(),
        cod: OrderCod::Keep.into(),
        hidden: Flag::TRUE,
        ..NewOrderSingle::default()
    };
    let mut out = [0; 256];
    let len = encode(&order, &mut out).expect("room");
    assert_eq!(len, 14 + 152);
    let word = |at: usize| u64::from_le_bytes(out[14 + at..14 + at + 8].try_into().unwrap());
    let words = [1, 2, 3, (-4_i64).cast_unsigned(), 5, 6, 7, 8, 9, 10, 11, 12];
    for (index, want) in words.into_iter().enumerate() {
        assert_eq!(word(index * 8), want, "word {index}");
    }
    let half = |at: usize| u32::from_le_bytes(out[14 + at..14 + at + 4].try_into().unwrap());
    let halves = [13, 14, 15, 16, (-17_i32).cast_unsigned(), 0];
    for (index, want) in halves.into_iter().enumerate() {
        assert_eq!(half(96 + index * 4), want, "half {index}");
    }
    assert_eq!(out[14 + 120..14 + 136], *b"523\0\x05\x02\0\0\x01\0\0\0\0\0\0\0");
    assert!(encode(&order, &mut [0; 165]).is_none(), "no room, nothing written");
}

/// Number and time are written into a frame that stands; nothing else changes.
#[test]
fn frames_can_be_numbered_and_stamped() {
    for sample in samples() {
        let mut frame = sample.frame.clone();
        let rest = if Inbound::TEMPLATES.iter().any(|template| template.id == sample.template) {
            assert!(RequestHead::number(&mut frame, 77, Nanos(88)));
            assert_eq!(frame[14..30], [77_u64.to_le_bytes(), 88_u64.to_le_bytes()].concat());
            30
        } else {
            let head = Head { msg_seq_num: 77, poss_resend: Flag::TRUE, ..Head::default() };
            if head.stamp(&mut frame) {
                assert_eq!(frame[14..22], 77_u64.to_le_bytes());
                assert_eq!(frame[50..54], [1, 0, 0, 0]);
            }
            54
        };
        assert_eq!(frame.get(rest..), sample.frame.get(rest..), "{}", sample.name);
        assert_eq!(frame[..14], sample.frame[..14], "{}", sample.name);
    }
    assert!(!RequestHead::number(&mut [0; 29], 1, Nanos(1)));
    assert!(!Head::default().stamp(&mut [0; 53]));
}
