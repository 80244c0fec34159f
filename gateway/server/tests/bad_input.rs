//! What a client may send that no honest client sends: each gets the answer the protocol names,
//! and nothing panics.

mod pair;
mod seeded;

use pair::{KEEP_ALIVE_MS, Pair, frame, order};
use pinion_gateway::config::SessionLimits;
use pinion_gateway::session::Input;
use pinion_types::command::{RAW_MAX, Undecodable};
use pinion_types::{CommandRef, OrdType, RejectCode, TerminationCode};
use pinion_wire::admin::KillSwitchRequest;
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderStatusRequest,
};
use pinion_wire::session::{Establish, Negotiate};
use pinion_wire::{Inbound, Message, OVERHEAD, Outbound, Rule, Template};
use proptest::prelude::{any, proptest};
use seeded::seeded;

const AT_LENGTH: usize = 0;
const AT_ENCODING: usize = 4;
const AT_BLOCK: usize = 6;
const AT_TEMPLATE: usize = 8;
const AT_SCHEMA: usize = 10;
const AT_VERSION: usize = 12;

/// What a session that is established answers to these bytes, and the commands it gives.
fn answer(bytes: &[u8]) -> (Vec<Outbound>, Pair) {
    let mut pair = Pair::established();
    pair.send_bytes(bytes);
    (pair.receive(), pair)
}

/// The end that these bytes come to.
fn end(bytes: &[u8]) -> TerminationCode {
    let (received, mut pair) = answer(bytes);
    let [Outbound::Terminate(m)] = received[..] else { panic!("{received:?}") };
    assert!(pair.shut, "it closes");
    // The session goes as lost, and what was sent is kept as a dead letter.
    let kinds: Vec<_> = pair.commands.iter().filter_map(|command| command.view()).collect();
    assert!(
        matches!(kinds[..], [CommandRef::Undecodable(_), CommandRef::Disconnect(_)]),
        "{kinds:?}"
    );
    assert_eq!(pair.commands[0].header().src_seq, 0);
    assert_eq!(pair.commands[0].header().session, pair::SESSION);
    pair.finish();
    m.code.get().expect("a code")
}

/// The code and tag with which a message is refused.
fn refusal(bytes: &[u8]) -> (RejectCode, u16) {
    let (received, pair) = answer(bytes);
    let [Outbound::BusinessMessageReject(m)] = received[..] else { panic!("{received:?}") };
    assert_eq!(m.ref_seq_num, 1, "its number is consumed");
    assert_eq!(pair.session.bound_session(), Some(pair::SESSION), "it goes on");
    (m.code.get().expect("a code"), m.ref_tag)
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

#[test]
fn frames_of_impossible_length_end_the_connection() {
    for length in [0, 1, 5, 6, 13, 4_097, 65_536, 1 << 31, u32::MAX] {
        let mut bytes = frame(&order(1));
        put(&mut bytes, AT_LENGTH, &length.to_le_bytes());
        assert_eq!(end(&bytes), TerminationCode::InvalidFraming, "length {length}");
        // Four bytes are enough to know.
        assert_eq!(end(&bytes[..4]), TerminationCode::InvalidFraming, "length {length}");
    }
}

#[test]
fn other_encodings_end_the_connection() {
    for encoding in [0, 0x50EB, 0xEB51, 0x5BE0, u16::MAX] {
        let mut bytes = frame(&order(1));
        put(&mut bytes, AT_ENCODING, &encoding.to_le_bytes());
        assert_eq!(end(&bytes), TerminationCode::InvalidFraming, "encoding {encoding:#x}");
    }
}

#[test]
fn other_schemas_and_templates_end_the_connection() {
    for schema in [0, 1, u16::MAX] {
        let mut bytes = frame(&order(1));
        put(&mut bytes, AT_SCHEMA, &schema.to_le_bytes());
        assert_eq!(end(&bytes), TerminationCode::UnrecognizedMessage, "schema {schema}");
    }
    let mut bytes = frame(&order(1));
    put(&mut bytes, AT_VERSION, &[0, 0]);
    assert_eq!(end(&bytes), TerminationCode::UnrecognizedMessage, "version 0 never was");
    let known = |id: u16| Inbound::TEMPLATES.iter().any(|template| template.id == id);
    for template in (0..=u16::MAX).filter(|&id| !known(id)).step_by(97).chain([2, 3, 5, 200, 202]) {
        let mut bytes = frame(&order(1));
        put(&mut bytes, AT_TEMPLATE, &template.to_le_bytes());
        assert_eq!(end(&bytes), TerminationCode::UnrecognizedMessage, "template {template}");
    }
}

#[test]
fn blocks_of_another_length_end_the_connection() {
    let whole = frame(&order(1));
    for len in (OVERHEAD..whole.len()).chain([whole.len() + 1, whole.len() + 8, 4_096]) {
        let mut bytes = whole.clone();
        bytes.resize(len, 0);
        put(&mut bytes, AT_LENGTH, &u32::try_from(len).expect("short").to_le_bytes());
        let block = u16::try_from(len - OVERHEAD).expect("short");
        put(&mut bytes, AT_BLOCK, &block.to_le_bytes());
        assert_eq!(end(&bytes), TerminationCode::DecodingError, "block {block}");
    }
    // A header that says something else than the frame is long.
    for block in [0, 1, 151, 153, u16::MAX] {
        let mut bytes = whole.clone();
        put(&mut bytes, AT_BLOCK, &block.to_le_bytes());
        assert_eq!(end(&bytes), TerminationCode::DecodingError, "block {block}");
    }
}

#[test]
fn a_newer_version_may_append_fields() {
    let mut bytes = frame(&order(1));
    bytes.extend([7; 8]);
    let length = u32::try_from(bytes.len()).expect("short");
    put(&mut bytes, AT_LENGTH, &length.to_le_bytes());
    let block = u16::try_from(bytes.len() - OVERHEAD).expect("short");
    put(&mut bytes, AT_BLOCK, &block.to_le_bytes());
    put(&mut bytes, AT_VERSION, &2_u16.to_le_bytes());
    let (received, _) = answer(&bytes);
    assert!(matches!(received[..], [Outbound::ExecutionReportNew(_)]), "{received:?}");
}

#[test]
fn faulty_session_messages_end_the_connection() {
    let pair = Pair::established();
    let mut sequence = pair.sequence(0);
    assert_eq!(end(&frame(&sequence)), TerminationCode::DecodingError, "no number");
    sequence = pair.sequence(1);
    sequence.reserved4 = 1;
    assert_eq!(end(&frame(&sequence)), TerminationCode::DecodingError, "reserved");
    sequence = pair.sequence(1);
    sequence.keep_alive_lapsed = pinion_wire::Flag(2);
    assert_eq!(end(&frame(&sequence)), TerminationCode::DecodingError, "no boolean");
    let mut goodbye = pair.goodbye();
    goodbye.code = pinion_types::codes::RawTerminationCode(0);
    assert_eq!(end(&frame(&goodbye)), TerminationCode::DecodingError, "no code");
}

#[test]
fn what_is_faulty_before_the_logon_never_reaches_the_core() {
    let mut order_without_number = order(1);
    order_without_number.msg_seq_num = 0;
    let mut unknown = frame(&order(1));
    put(&mut unknown, AT_TEMPLATE, &[9, 9]);
    let mut negotiate = Pair::new().negotiate();
    negotiate.reserved1 = 1;
    for (bytes, code) in [
        (vec![0; 64], TerminationCode::InvalidFraming),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), TerminationCode::InvalidFraming),
        (unknown, TerminationCode::UnrecognizedMessage),
        (frame(&order_without_number), TerminationCode::DecodingError),
        (frame(&negotiate), TerminationCode::DecodingError),
        (frame(&Negotiate::default()), TerminationCode::DecodingError),
        (frame(&Establish::default()), TerminationCode::DecodingError),
        (
            frame(&NewOrderSingle { side: 0x33.into_raw(), ..order(1) }),
            TerminationCode::NotNegotiated,
        ),
    ] {
        let mut pair = Pair::new();
        pair.send_bytes(&bytes);
        assert_eq!(pair.terminated(), code);
        assert!(pair.commands.is_empty());
        pair.finish();
    }
}

trait IntoRaw {
    fn into_raw(self) -> pinion_types::codes::RawSide;
}

impl IntoRaw for u8 {
    fn into_raw(self) -> pinion_types::codes::RawSide {
        pinion_types::codes::RawSide(self)
    }
}

/// Sets every field of every request to what its rule forbids, one at a time.
#[test]
fn every_field_of_every_request_is_judged() {
    let cancel = OrderCancelRequest {
        msg_seq_num: 1,
        sending_time: pinion_types::Nanos(1),
        cl_ord_id: pinion_types::ClOrdId(2),
        orig_cl_ord_id: pinion_types::ClOrdId(1),
        side: pinion_types::Side::Buy.into(),
        ..OrderCancelRequest::default()
    };
    let replace = OrderCancelReplaceRequest {
        msg_seq_num: 1,
        sending_time: pinion_types::Nanos(1),
        cl_ord_id: pinion_types::ClOrdId(2),
        orig_cl_ord_id: pinion_types::ClOrdId(1),
        side: pinion_types::Side::Buy.into(),
        ..OrderCancelReplaceRequest::default()
    };
    let mass_cancel = OrderMassCancelRequest {
        msg_seq_num: 1,
        sending_time: pinion_types::Nanos(1),
        cl_ord_id: pinion_types::ClOrdId(2),
        scope: pinion_types::MassScope::Session.into(),
        ..OrderMassCancelRequest::default()
    };
    let judged = judge(&order(1)) + judge(&cancel) + judge(&replace) + judge(&mass_cancel);
    assert!(judged > 40, "{judged} faults");
}

fn judge<M: Message>(message: &M) -> usize {
    let template = Template::of::<M>();
    let mut judged = 0;
    for field in template.fields.iter().filter(|field| field.tag != 34) {
        let mut bytes = frame(message);
        let place = OVERHEAD + field.offset..OVERHEAD + field.offset + field.len;
        let coded = field.len == 1 && field.rule != Rule::Zero;
        let expected = match field.rule {
            Rule::Zero => {
                bytes[place.start] = 1;
                RejectCode::ReservedNotZero
            }
            Rule::Required if !coded => {
                bytes[place].fill(0);
                RejectCode::RequiredFieldMissing
            }
            _ if coded => {
                bytes[place.start] = 0xfe;
                RejectCode::UnknownEnumValue
            }
            Rule::Required | Rule::Optional => continue,
        };
        assert_eq!(refusal(&bytes), (expected, field.tag), "{} {}", M::NAME, field.name);
        judged += 1;
    }
    judged
}

#[test]
fn fields_that_do_not_apply_must_be_zero() {
    let market = NewOrderSingle { ord_type: OrdType::Market.into(), ..order(1) };
    assert_eq!(refusal(&frame(&market)), (RejectCode::ReservedNotZero, 44));
    let limit = NewOrderSingle { expire_time: pinion_types::Nanos(9), ..order(1) };
    assert_eq!(refusal(&frame(&limit)), (RejectCode::ReservedNotZero, 126));
    let status = OrderStatusRequest {
        msg_seq_num: 1,
        sending_time: pinion_types::Nanos(1),
        ..OrderStatusRequest::default()
    };
    assert_eq!(refusal(&frame(&status)), (RejectCode::RequiredFieldMissing, 11));
}

#[test]
fn a_message_without_a_number_ends_the_connection() {
    let mut nameless = order(1);
    nameless.msg_seq_num = 0;
    assert_eq!(end(&frame(&nameless)), TerminationCode::DecodingError);
}

#[test]
fn requests_of_operators_do_not_come_this_way() {
    let kill = KillSwitchRequest {
        msg_seq_num: 1,
        sending_time: pinion_types::Nanos(1),
        request_id: 77,
        scope: pinion_types::Scope::Global.into(),
        action: pinion_wire::KillRequest::BlockAndCancel.into(),
        reason: pinion_types::text::Chars::new("because"),
        ..KillSwitchRequest::default()
    };
    assert_eq!(refusal(&frame(&kill)), (RejectCode::RoleForbids, 0));
}

#[test]
fn a_refused_message_is_kept_whole_or_cut_and_says_so() {
    let mut bad = order(1);
    bad.reserved5 = 5;
    let bytes = frame(&bad);
    let (_, pair) = answer(&bytes);
    let kept = undecodable(&pair);
    assert_eq!(usize::from(kept.raw_len), bytes.len());
    assert_eq!(&kept.raw[..bytes.len()], bytes);
    assert_eq!((kept.ref_id, kept.ref_template, kept.ref_tag), (1, 100, 9005));

    let mut long = vec![0; 4_096];
    put(&mut long, 0, &frame(&order(1)));
    put(&mut long, AT_LENGTH, &4_096_u32.to_le_bytes());
    let (_, pair) = answer(&long);
    let kept = undecodable(&pair);
    assert_eq!((usize::from(kept.raw_len), kept.full_len), (RAW_MAX, 4_096));
}

fn undecodable(pair: &Pair) -> Undecodable {
    match pair.commands[0].view() {
        Some(CommandRef::Undecodable(kept)) => *kept,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_byte_a_second_neither_logs_on_nor_stalls() {
    let mut pair = Pair::new();
    let bytes = frame(&pair.negotiate());
    for byte in bytes.chunks(1).take(3) {
        pair.send_bytes(byte);
        pair.advance_ms(1_000);
    }
    assert_eq!(pair.terminated(), TerminationCode::LogonTimeout);

    let mut pair = Pair::established();
    for byte in frame(&order(1)).chunks(1).take(6) {
        pair.send_bytes(byte);
        pair.advance_ms(KEEP_ALIVE_MS - 1);
    }
    let received = pair.receive();
    let Some(Outbound::Terminate(m)) = received.last() else { panic!("{received:?}") };
    assert_eq!(m.code.get(), Some(TerminationCode::InvalidFraming));
}

#[test]
fn any_cut_of_the_stream_reads_the_same() {
    let mut bytes = Vec::new();
    for number in 1..=20 {
        bytes.extend(frame(&order(number)));
    }
    for cut in [1, 2, 3, 5, 7, 13, 14, 15, 100, 165, 166, 167, 1_000, 4_096] {
        let mut pair = Pair::established();
        for chunk in bytes.chunks(cut) {
            pair.send_bytes(chunk);
        }
        assert_eq!(pair.receive().len(), 20, "cut {cut}");
        assert_eq!(pair.commands.len(), 20, "cut {cut}");
    }
}

#[test]
fn a_peer_that_does_not_read_is_disconnected() {
    let limits = SessionLimits { send_queue_len_max: 4_096, ..SessionLimits::default() };
    let mut pair = Pair::established_with(limits);
    pair.reads = false;
    for number in 1..=100 {
        if pair.shut || pair.session.bound_session().is_none() {
            break;
        }
        pair.send(&order(number));
    }
    assert!(pair.session.bound_session().is_none(), "it is not bound any more");
    assert!(pair.session.unsent().len() <= 4_096 + 200, "{} wait", pair.session.unsent().len());
    assert_eq!(pair.counters.slow_consumers.get(), 1);
    // Reading at last it gets what waited, whole, and why it ended.
    pair.reads = true;
    pair.drive();
    let received = pair.receive();
    let Some(Outbound::Terminate(m)) = received.last() else { panic!("{received:?}") };
    assert_eq!(m.code.get(), Some(TerminationCode::SlowConsumer));
    let Some(CommandRef::Disconnect(command)) = pair.commands.last().and_then(|c| c.view()) else {
        panic!()
    };
    assert_eq!(command.code.get(), Some(TerminationCode::SlowConsumer));
}

#[test]
fn a_session_stops_reading_what_it_may_not_decode_yet() {
    let mut pair = Pair::new();
    pair.answers = false;
    pair.send(&pair.negotiate());
    while pair.session.wants_bytes() {
        let len = pair.session.receive_space().len();
        assert!(len <= pair.limits.receive_buffer_len);
        pair.input(Input::Received(len));
    }
    assert!(pair.session.receive_space().is_empty());
}

fn random_session(bytes: &[u8], cut: usize, pair: &mut Pair) {
    for chunk in bytes.chunks(cut.max(1)) {
        pair.send_bytes(chunk);
    }
    pair.advance_ms(10_000);
    pair.advance_ms(10_000);
    if pair.closed.is_none() {
        pair.finish();
    }
    assert!(pair.closed.is_some());
}

proptest! {
    #![proptest_config(seeded(256))]

    #[test]
    fn random_bytes_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..6_000), cut in 1_usize..5_000
    ) {
        random_session(&bytes, cut, &mut Pair::new());
        random_session(&bytes, cut, &mut Pair::established());
    }

    #[test]
    fn damaged_messages_never_panic(
        which in any::<usize>(),
        damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..6),
        blocks in proptest::collection::vec(any::<u8>(), 0..400),
        cut in 1_usize..400,
    ) {
        let template = Inbound::TEMPLATES[which % Inbound::TEMPLATES.len()];
        let mut bytes = frame(&order(1));
        bytes.resize(OVERHEAD + template.block_len, 0);
        let length = u32::try_from(bytes.len()).expect("short");
        put(&mut bytes, AT_LENGTH, &length.to_le_bytes());
        let block = u16::try_from(template.block_len).expect("short");
        put(&mut bytes, AT_BLOCK, &block.to_le_bytes());
        put(&mut bytes, AT_TEMPLATE, &template.id.to_le_bytes());
        for (to, from) in bytes[OVERHEAD..].iter_mut().zip(&blocks) {
            *to = *from;
        }
        let len = bytes.len();
        for (at, value) in damage {
            bytes[at % len] = value;
        }
        let twice = [bytes.clone(), bytes].concat();
        random_session(&twice, cut, &mut Pair::new());
        random_session(&twice, cut, &mut Pair::established());
    }
}
