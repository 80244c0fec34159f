//! Between wire and core: field by field, byte by byte, the same every time.

mod seeded;

use std::fmt::Write as _;
use std::path::PathBuf;

use pinion_gateway::logged::Logged;
use pinion_gateway::translate::{Frame, report, request};
use pinion_types::command::{UNLIMITED, order_flags};
use pinion_types::event::{
    Accepted, BusinessRejected, CancelRejected, KindOf, OrderStatus, PositionReport, Rejected,
    Replaced, SecurityDefinition, Trade, TradeCorrected,
};
use pinion_types::text::Fields;
use pinion_types::{
    AccountId, Amount, ClOrdId, Command, CommandKind, CommandRef, Event, EventKind, InstrumentId,
    MassScope, Nanos, OrdType, OrderId, Px, Qty, RejectCode, Seq, SessionId, Side, SideFilter,
    TimeInForce,
};
use pinion_wire::report::ExecutionReportNew;
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderMassStatusRequest, OrderStatusRequest, PositionRequest, SecurityListRequest,
};
use pinion_wire::{
    CorrectionType, Flag, Inbound, LinkKind, LinkLeg, Message, OVERHEAD, OffsetKind, Outbound,
    PegMove,
};
use proptest::prelude::{any, proptest};
use seeded::seeded;

const SESSION: SessionId = SessionId(7);

/// The kinds that are messages of their session.
const NUMBERED: [EventKind; 13] = [
    EventKind::Accepted,
    EventKind::Rejected,
    EventKind::Trade,
    EventKind::Canceled,
    EventKind::Replaced,
    EventKind::CancelRejected,
    EventKind::MassCanceled,
    EventKind::OrderStatus,
    EventKind::BusinessRejected,
    EventKind::SecurityDefinition,
    EventKind::PositionReport,
    EventKind::NotApplied,
    EventKind::TradeCorrected,
];

fn logged(event: Event) -> Logged {
    Logged { seq: Seq(0x0102_0304), time: Nanos(0x0506_0708), cause: Seq(9), event }
}

fn of<B: KindOf>(body: &B) -> Outbound {
    let mut frame = Frame::new();
    assert!(report::encode(&logged(Event::new(SESSION, 3, body)), false, &mut frame));
    decode(&frame)
}

fn decode(frame: &Frame) -> Outbound {
    let cut = pinion_wire::split(frame.bytes()).expect("a frame").expect("whole");
    assert_eq!(cut.bytes.len(), frame.bytes().len());
    Outbound::decode(&cut).expect("a message of the venue")
}

/// An event whose every field has another value: its bytes count up.
fn counting(kind: EventKind) -> Event {
    let mut event = Event::zeroed(kind);
    let mut bytes = event.bytes().to_vec();
    for (value, byte) in (1_u8..).zip(bytes.iter_mut().skip(16)) {
        *byte = value;
    }
    event = Event::from_bytes(&bytes).expect("the same kind");
    let header = pinion_types::EventHeader { session: SESSION, msg_seq_num: 3, ..*event.header() };
    event.set_header(&header);
    event
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes it");
        text
    })
}

/// Compares with a committed file; `UPDATE=1` writes it anew.
fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).expect("written");
    }
    let expected = std::fs::read_to_string(&path).expect("a golden file; UPDATE=1 writes it");
    for (line, expected) in text.lines().zip(expected.lines()) {
        assert_eq!(line, expected, "{name}");
    }
    assert_eq!(text.lines().count(), expected.lines().count(), "{name}");
}

#[test]
fn every_numbered_event_has_its_golden_message() {
    let mut text = String::new();
    for kind in NUMBERED {
        let mut frame = Frame::new();
        assert!(report::encode(&logged(counting(kind)), false, &mut frame), "{kind:?}");
        writeln!(text, "{} {}", kind.name(), hex(frame.bytes())).expect("a string takes it");
    }
    golden("reports.txt", &text);
}

#[test]
fn other_events_are_no_messages() {
    for &kind in EventKind::ALL {
        let mut frame = Frame::new();
        let is_numbered = NUMBERED.contains(&kind);
        assert_eq!(report::encode(&logged(counting(kind)), false, &mut frame), is_numbered);
        let event = Event::zeroed(kind);
        assert!(!report::encode(&logged(event), false, &mut frame), "{kind:?} without a number");
    }
}

#[test]
fn a_message_sent_again_differs_in_one_byte() {
    let flag = OVERHEAD
        + ExecutionReportNew::FIELDS
            .iter()
            .find(|field| field.name == "possResend")
            .expect("the field")
            .offset;
    for kind in NUMBERED {
        let (mut first, mut again) = (Frame::new(), Frame::new());
        assert!(report::encode(&logged(counting(kind)), false, &mut first));
        assert!(report::encode(&logged(counting(kind)), true, &mut again));
        let differ: Vec<usize> =
            (0..first.bytes().len()).filter(|&at| first.bytes()[at] != again.bytes()[at]).collect();
        assert_eq!(differ, [flag], "{kind:?}");
    }
}

#[test]
fn the_head_comes_from_the_log() {
    for kind in NUMBERED {
        let mut frame = Frame::new();
        assert!(report::encode(&logged(counting(kind)), true, &mut frame));
        let head = decode(&frame).head().expect("a number");
        assert_eq!(head.msg_seq_num, 3);
        assert_eq!(head.exec_id, Seq(0x0102_0304));
        assert_eq!(head.transact_time, Nanos(0x0506_0708));
        assert_eq!(head.session, SESSION);
        assert!(head.poss_resend.is_set());
    }
}

#[test]
fn an_accepted_order_works_whole() {
    let flags = order_flags::REDUCE_ONLY | order_flags::POSS_RESEND;
    let body = Accepted { qty: Qty(70), px: Px(5), flags, ..Accepted::default() };
    let Outbound::ExecutionReportNew(m) = of(&body) else { panic!() };
    assert_eq!((m.qty, m.leaves_qty, m.px), (Qty(70), Qty(70), Px(5)));
    assert_eq!((m.reduce_only, m.hidden, m.poss_resend), (Flag::TRUE, Flag::FALSE, Flag::FALSE));
}

#[test]
fn refusals_say_why_in_numbers_and_words() {
    for &code in RejectCode::ALL {
        let body = Rejected { code: code.into(), limit: i64::MIN, ..Rejected::default() };
        let Outbound::ExecutionReportReject(m) = of(&body) else { panic!() };
        assert_eq!(m.code.get(), Some(code));
        assert_eq!(m.ord_rej_reason, code.ord_rej_reason() as u16);
        assert_eq!(m.text.as_str(), code.text());
        assert_eq!(m.limit, i64::MIN);

        let body = CancelRejected { code: code.into(), ..CancelRejected::default() };
        let Outbound::OrderCancelReject(m) = of(&body) else { panic!() };
        assert_eq!(m.cxl_rej_reason, code.cxl_rej_reason());
        assert_eq!(m.text.as_str(), code.text());

        let body = BusinessRejected { code: code.into(), ..BusinessRejected::default() };
        let Outbound::BusinessMessageReject(m) = of(&body) else { panic!() };
        assert_eq!(m.business_reject_reason, code.business_reject_reason());
        assert_eq!(m.text.as_str(), code.text());
    }
    let unknown = Rejected { code: pinion_types::reject::RawRejectCode(9), ..Rejected::default() };
    let Outbound::ExecutionReportReject(m) = of(&unknown) else { panic!() };
    assert_eq!((m.ord_rej_reason, m.text.as_str()), (99, ""));
}

#[test]
fn money_is_exact_and_flags_are_flags() {
    let fee = Amount::from(-123_456_789_012_345_678_901_i128);
    let Outbound::ExecutionReportTrade(m) = of(&Trade { fee, position: -7, ..Trade::default() })
    else {
        panic!()
    };
    assert_eq!((m.fee_units, m.fee_fraction, m.position), (-1_234_567_890_123, -45_678_901, -7));
    let corrected =
        TradeCorrected { fee_back: fee, new_px: Px(3), is_adjusted: 1, ..Default::default() };
    let Outbound::ExecutionReportTradeCorrect(m) = of(&corrected) else { panic!() };
    assert_eq!((m.fee_back_units, m.fee_back_fraction), (-1_234_567_890_123, -45_678_901));
    assert_eq!((m.fee_units, m.new_px), (0, Px(3)));
    assert_eq!(m.exec_type, CorrectionType::Corrected.into());
    let Outbound::ExecutionReportTradeCorrect(m) = of(&TradeCorrected::default()) else { panic!() };
    assert_eq!(m.exec_type, CorrectionType::Canceled.into());
    let body = Replaced { priority_lost: 1, restated: 0, ..Replaced::default() };
    let Outbound::ExecutionReportReplaced(m) = of(&body) else { panic!() };
    assert_eq!((m.priority_lost, m.restated), (Flag::TRUE, Flag::FALSE));
    let body = SecurityDefinition { flags: 2, ..SecurityDefinition::default() };
    let Outbound::SecurityDefinition(m) = of(&body) else { panic!() };
    assert_eq!((m.market_rests, m.px_may_be_negative), (Flag::FALSE, Flag::TRUE));
    let body = OrderStatus { found: 1, ..OrderStatus::default() };
    let Outbound::OrderStatusReport(m) = of(&body) else { panic!() };
    assert!(m.found.is_set());
    let cash = Amount::from(i128::from(UNLIMITED));
    let Outbound::PositionReport(m) = of(&PositionReport { cash, ..PositionReport::default() })
    else {
        panic!()
    };
    let whole = i128::from(m.cash_units) * 100_000_000 + i128::from(m.cash_fraction);
    assert_eq!(whole, cash.get());
}

/// Every field of a client's request that the command has as well, by name.
fn check<M: Message + Into<Inbound>>(message: M, kind: CommandKind) -> Command {
    let time = Nanos(0xfeed);
    let inbound = message.into();
    let frame = {
        let mut bytes = vec![0; pinion_wire::FRAME_MAX];
        let len = inbound.encode(&mut bytes).expect("a frame");
        bytes.truncate(len);
        bytes
    };
    let cut = pinion_wire::split(&frame).expect("a frame").expect("whole");
    assert_eq!(Inbound::decode(&cut), Ok(inbound), "the sample is one the venue takes");
    let command = request::command(SESSION, &inbound, time).expect("served");
    assert_eq!(command.kind(), Some(kind));
    assert_eq!(command.header().session, SESSION);
    assert_eq!(command.header().src_seq, 11);
    let body: &dyn Fields = command.view().expect("known").body();
    body.fields(&mut |name, value| {
        if name == "received_time" {
            let shown = pinion_types::text::Shown(value).to_string();
            assert_eq!(shown, time.to_string());
        }
    });
    command
}

fn new_order() -> NewOrderSingle {
    NewOrderSingle {
        msg_seq_num: 11,
        sending_time: Nanos(12),
        cl_ord_id: ClOrdId(13),
        px: Px(-14),
        qty: Qty(15),
        user_data: 16,
        valid_until: Nanos(17),
        instrument: InstrumentId(18),
        account: AccountId(19),
        stp_group: 20,
        side: Side::Sell.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::Day.into(),
        exec_inst: pinion_types::ExecInst::PostOnlyReject.into(),
        stp_mode: pinion_types::StpMode::CancelOldest.into(),
        cod: pinion_types::codes::OrderCod::Keep.into(),
        reduce_only: Flag::TRUE,
        hidden: Flag::TRUE,
        poss_resend: Flag::TRUE,
        ..NewOrderSingle::default()
    }
}

#[test]
fn every_request_has_its_golden_command() {
    let mut text = String::new();
    for command in orders().into_iter().chain(questions()) {
        let kind = command.kind().expect("known").name();
        writeln!(text, "{kind} {}", hex(command.bytes())).expect("a string takes it");
    }
    golden("commands.txt", &text);
}

fn orders() -> Vec<Command> {
    let wide = NewOrderSingle {
        stop_px: Px(21),
        display_qty: Qty(22),
        min_qty: Qty(23),
        expire_time: Nanos(24),
        link_id: 25,
        link_kind: LinkKind::OneTriggersOthers.into(),
        link_leg: LinkLeg::Third.into(),
        activation_px: Px(28),
        offset_ticks: -26,
        offset_kind: OffsetKind::TrailTicks.into(),
        px: Px(0),
        protection_ticks: 27,
        ord_type: OrdType::Stop.into(),
        time_in_force: TimeInForce::GoodTillDate.into(),
        ..new_order()
    };
    let replace = OrderCancelReplaceRequest {
        msg_seq_num: 11,
        sending_time: Nanos(12),
        cl_ord_id: ClOrdId(13),
        orig_cl_ord_id: ClOrdId(14),
        order_id: OrderId(15),
        px: Px(16),
        qty: Qty(17),
        stop_px: Px(18),
        display_qty: Qty(19),
        expire_time: Nanos(20),
        user_data: 21,
        valid_until: Nanos(22),
        account: AccountId(23),
        instrument: InstrumentId(24),
        side: Side::Buy.into(),
        time_in_force: TimeInForce::GoodTillDate.into(),
        reduce_only: Flag::TRUE,
        ..OrderCancelReplaceRequest::default()
    };
    vec![
        check(new_order(), CommandKind::NewOrder),
        check(wide, CommandKind::NewOrderWide),
        check(replace, CommandKind::Replace),
    ]
}

fn questions() -> Vec<Command> {
    let cancel = OrderCancelRequest {
        msg_seq_num: 11,
        sending_time: Nanos(12),
        cl_ord_id: ClOrdId(13),
        orig_cl_ord_id: ClOrdId(14),
        order_id: OrderId(15),
        instrument: InstrumentId(16),
        side: Side::SellShort.into(),
        ..OrderCancelRequest::default()
    };
    let mass_cancel = OrderMassCancelRequest {
        msg_seq_num: 11,
        sending_time: Nanos(12),
        cl_ord_id: ClOrdId(13),
        account: AccountId(14),
        instrument: InstrumentId(15),
        scope: MassScope::Account.into(),
        side: SideFilter::Sell.into(),
        ..OrderMassCancelRequest::default()
    };
    let order_status = OrderStatusRequest {
        msg_seq_num: 11,
        sending_time: Nanos(12),
        request_id: 13,
        cl_ord_id: ClOrdId(14),
        order_id: OrderId(15),
        instrument: InstrumentId(16),
        ..OrderStatusRequest::default()
    };
    let (msg_seq_num, sending_time, request_id) = (11, Nanos(12), 13);
    let (account, instrument) = (AccountId(14), InstrumentId(15));
    let mass_status = OrderMassStatusRequest {
        msg_seq_num,
        sending_time,
        request_id,
        account,
        instrument,
        ..OrderMassStatusRequest::default()
    };
    let list = SecurityListRequest {
        msg_seq_num,
        sending_time,
        request_id,
        instrument,
        ..SecurityListRequest::default()
    };
    let position = PositionRequest {
        msg_seq_num,
        sending_time,
        request_id,
        account,
        instrument,
        ..PositionRequest::default()
    };
    vec![
        check(cancel, CommandKind::Cancel),
        check(mass_cancel, CommandKind::MassCancel),
        check(order_status, CommandKind::OrderStatusRequest),
        check(mass_status, CommandKind::MassStatusRequest),
        check(list, CommandKind::SecurityListRequest),
        check(position, CommandKind::PositionRequest),
    ]
}

#[test]
fn one_field_more_makes_a_wide_order() {
    let wide = [
        NewOrderSingle { display_qty: Qty(1), ..new_order() },
        NewOrderSingle { min_qty: Qty(1), ..new_order() },
        NewOrderSingle { link_id: 1, ..new_order() },
        NewOrderSingle { link_kind: LinkKind::OneCancelsTheOther.into(), ..new_order() },
        NewOrderSingle { link_leg: LinkLeg::Second.into(), ..new_order() },
        NewOrderSingle {
            peg_move: PegMove::Fixed.into(),
            offset_kind: OffsetKind::PegMid.into(),
            ord_type: OrdType::Pegged.into(),
            ..new_order()
        },
        NewOrderSingle { activation_px: Px(1), ord_type: OrdType::StopLimit.into(), ..new_order() },
    ];
    for order in wide {
        let command = check(order, CommandKind::NewOrderWide);
        let Some(CommandRef::NewOrderWide(body)) = command.view() else { panic!() };
        assert_eq!((body.order.px, body.order.qty), (order.px, order.qty));
        assert_eq!(body.order.flags, order_flags::ALL);
        assert_eq!(body.extra.display_qty, order.display_qty);
        assert_eq!(body.extra.min_qty, order.min_qty);
        let extra = &body.extra;
        assert_eq!((extra.link_id, extra.activation_px), (order.link_id, order.activation_px));
        let bytes = (order.link_kind.0, order.link_leg.0, order.peg_move.0);
        assert_eq!((extra.link_kind, extra.link_leg, extra.peg_move), bytes);
    }
}

proptest! {
    #![proptest_config(seeded(512))]

    #[test]
    fn any_event_of_any_bytes_is_a_frame_or_nothing(
        which in 0..EventKind::ALL.len(),
        bytes in proptest::collection::vec(any::<u8>(), 144),
        number in 0_u64..3,
    ) {
        let kind = EventKind::ALL[which];
        let mut whole = Event::zeroed(kind).bytes().to_vec();
        for (to, from) in whole.iter_mut().skip(16).zip(&bytes) {
            *to = *from;
        }
        let mut event = Event::from_bytes(&whole).expect("the same kind");
        let header = pinion_types::EventHeader { msg_seq_num: number, ..*event.header() };
        event.set_header(&header);
        let mut frame = Frame::new();
        if report::encode(&logged(event), false, &mut frame) {
            let message = decode(&frame);
            let mut again = vec![0; pinion_wire::FRAME_MAX];
            let len = message.encode(&mut again).expect("a frame");
            assert_eq!(&again[..len], frame.bytes());
            assert_eq!(message.head().map(|head| head.msg_seq_num), Some(number));
        }
    }
}

/// A new kind of message is not forgotten here.
#[test]
fn every_numbered_kind_is_listed() {
    let below_sessions = EventKind::ALL.iter().filter(|kind| kind.code() < 32).count();
    assert_eq!(below_sessions, NUMBERED.len(), "kinds below 32 are messages of their session");
}
