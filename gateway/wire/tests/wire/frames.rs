//! Bytes from outside: cut anywhere, longer, shorter, newer, or noise.

use crate::samples::{Sample, samples};
use pinion_types::{RejectCode, TerminationCode};
use pinion_wire::{DecodeError, FRAME_MAX, FrameError, Inbound, Outbound, RequestHead, split};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::RngSeed;
use std::hash::{BuildHasher, RandomState};

fn sample(name: &str) -> &'static Sample {
    samples().iter().find(|sample| sample.name == name).expect("a sample")
}

fn decoded(bytes: &[u8]) -> Result<Inbound, DecodeError> {
    Inbound::decode(&split(bytes).expect("a frame").expect("a whole one"))
}

/// The sample with a block `change` bytes longer or shorter, in a version of the schema.
fn resized(name: &str, change: i32, version: u16) -> Vec<u8> {
    let mut frame = sample(name).frame.clone();
    let len = i32::try_from(frame.len()).unwrap() + change;
    frame.resize(usize::try_from(len).unwrap(), 0x77);
    frame[..4].copy_from_slice(&len.cast_unsigned().to_le_bytes());
    frame[6..8].copy_from_slice(&u16::try_from(len - 14).unwrap().to_le_bytes());
    frame[12..14].copy_from_slice(&version.to_le_bytes());
    frame
}

#[test]
fn a_frame_is_found_wherever_the_stream_is_cut() {
    let mut stream = sample("NewOrderSingle").frame.clone();
    let first = stream.len();
    stream.extend(&sample("OrderCancelRequest").frame);
    for cut in 0..first {
        assert_eq!(split(&stream[..cut]), Ok(None), "{cut} bytes");
    }
    for cut in first..=stream.len() {
        let frame = split(&stream[..cut]).expect("a frame").expect("a whole one");
        assert_eq!((frame.bytes.len(), frame.template), (first, 100));
    }
    assert_eq!(split(&stream[first..]).expect("a frame").expect("whole").template, 102);
}

#[test]
fn lengths_and_encodings_that_cannot_be_end_the_stream() {
    for length in [0, 13, 4097, 0x8000_0000, u32::MAX] {
        let bytes = length.to_le_bytes();
        assert_eq!(split(&bytes), Err(FrameError::Length(length)), "known by its length alone");
    }
    for length in [14, 4096_u32] {
        assert_eq!(split(&length.to_le_bytes()), Ok(None), "{length} is a length");
    }
    let mut frame = sample("Sequence").frame.clone();
    frame[4..6].copy_from_slice(&[0xEB, 0x50]);
    let error = split(&frame[..6]).expect_err("big-endian");
    assert_eq!(error, FrameError::EncodingType(0x50EB));
    assert_eq!(error.termination(), TerminationCode::InvalidFraming);
}

#[test]
fn blocks_have_the_length_of_their_version() {
    let short = Err(DecodeError::new(RejectCode::BlockTooShort));
    assert!(decoded(&resized("OrderCancelRequest", 0, 1)).is_ok());
    assert_eq!(decoded(&resized("OrderCancelRequest", -8, 1)), short);
    assert_eq!(decoded(&resized("OrderCancelRequest", 8, 1)), short);
    assert_eq!(decoded(&resized("OrderCancelRequest", -1, 2)), short);
    let newer = decoded(&resized("OrderCancelRequest", 24, 2)).expect("appended fields");
    assert_eq!(newer, decoded(&sample("OrderCancelRequest").frame).expect("the same without"));
    let mut lying = sample("OrderCancelRequest").frame.clone();
    lying[6] += 1;
    assert_eq!(decoded(&lying), short, "the block length says other than the frame's");
}

#[test]
fn other_schemas_templates_and_directions_are_not_recognized() {
    let with = |at: usize, value: u16| {
        let mut frame = sample("OrderCancelRequest").frame.clone();
        frame[at..at + 2].copy_from_slice(&value.to_le_bytes());
        decoded(&frame).expect_err("refused")
    };
    let cases = [
        (8, 9999, RejectCode::UnknownTemplate),
        (8, 200, RejectCode::UnknownTemplate),
        (8, 65_000, RejectCode::UnknownTemplate),
        (10, 4242, RejectCode::SchemaNotSupported),
        (12, 0, RejectCode::SchemaNotSupported),
    ];
    for (at, value, code) in cases {
        let error = with(at, value);
        assert_eq!(error, DecodeError::new(code));
        assert_eq!(error.termination(), Some(TerminationCode::UnrecognizedMessage));
    }
}

#[test]
fn a_refused_message_still_has_its_number() {
    let mut frame = sample("NewOrderSingle").frame.clone();
    frame[14 + 120] = b'9';
    assert_eq!(decoded(&frame), Err(DecodeError::field(RejectCode::UnknownEnumValue, 54)));
    let cut = split(&frame).expect("a frame").expect("whole");
    let head = RequestHead::of(&cut).expect("numbered");
    assert_eq!(head.msg_seq_num, u64::from_le_bytes(frame[14..22].try_into().unwrap()));
    assert_eq!(head.ref_id, u64::from_le_bytes(frame[30..38].try_into().unwrap()));
    let sequence = sample("Sequence").frame.clone();
    let cut = split(&sequence).expect("a frame").expect("whole");
    assert_eq!(RequestHead::of(&cut), None, "session messages have no number");
}

/// A run of `cases` from `SEED`, or from a new one, printed either way.
fn seeded(cases: u32) -> ProptestConfig {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(cases));
    println!("SEED={seed}");
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Frames that are close to real ones: right headers now and then, any block.
fn near_frames() -> impl Strategy<Value = Vec<u8>> {
    let templates: Vec<u16> = samples().iter().map(|sample| sample.template).collect();
    let template = prop_oneof![4 => prop::sample::select(templates), 1 => any::<u16>()];
    let version = prop_oneof![4 => Just(1_u16), 1 => any::<u16>()];
    let schema = prop_oneof![9 => Just(pinion_wire::SCHEMA_ID), 1 => any::<u16>()];
    let byte = prop_oneof![2 => Just(0_u8), 2 => 0x30..0x3A_u8, 1 => any::<u8>()];
    let block = prop::collection::vec(byte, 0..260);
    (template, version, schema, block, any::<bool>()).prop_map(
        |(template, version, schema, mut block, exact)| {
            let known = Inbound::TEMPLATES.iter().find(|known| known.id == template);
            if let (Some(known), true) = (known, exact) {
                block.resize(known.block_len, 0);
            }
            let len = u16::try_from(block.len()).unwrap();
            let mut frame = (u32::from(len) + 14).to_le_bytes().to_vec();
            for word in [0xEB50, len, template, schema, version] {
                frame.extend_from_slice(&word.to_le_bytes());
            }
            frame.extend(block);
            frame
        },
    )
}

proptest! {
    #![proptest_config(seeded(20_000))]

    /// Whatever decodes is what was sent: it encodes to the same bytes, newer tails left out.
    #[test]
    fn near_frames_decode_to_what_was_sent(bytes in near_frames()) {
        let frame = split(&bytes).expect("a frame").expect("a whole one");
        let _ = RequestHead::of(&frame);
        let mut out = [0; FRAME_MAX];
        if let Ok(message) = Inbound::decode(&frame) {
            let len = message.encode(&mut out).expect("room");
            assert_eq!(out[14..len], frame.block[..len - 14]);
        }
        if let Ok(message) = Outbound::decode(&frame) {
            let len = message.encode(&mut out).expect("room");
            assert_eq!(out[14..len], frame.block[..len - 14]);
            let _ = message.head();
        }
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(Some(frame)) = split(&bytes) {
            let _ = (Inbound::decode(&frame), Outbound::decode(&frame), RequestHead::of(&frame));
        }
    }

    /// One byte of a good message changed: it decodes to those bytes, or names a field.
    #[test]
    fn one_changed_byte_is_taken_or_named(
        pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), to in any::<u8>()
    ) {
        let all = samples().iter().filter(|sample| sample.template >= 100);
        let all: Vec<&Sample> = all.collect();
        let mut frame = all[pick.index(all.len())].frame.clone();
        let at = 14 + at.index(frame.len() - 14);
        frame[at] = to;
        let cut = split(&frame).expect("a frame").expect("whole");
        match Inbound::decode(&cut) {
            Ok(message) => assert_eq!(message.block(), cut.block),
            Err(error) if error.code == RejectCode::UnknownTemplate => {}
            Err(error) => {
                let known = Inbound::TEMPLATES.iter().find(|t| t.id == cut.template);
                let fields = known.expect("an inbound one").fields;
                assert!(fields.iter().any(|field| field.tag == error.tag), "{error}");
                assert_eq!(error.termination(), None);
            }
        }
    }
}
