//! What a request may hold: one fault a time, and the answer names its field.

use pinion_types::codes::{
    MassScope, OrdType, RawExecInst, RawOrdType, RawOrderCod, RawSide, RawStpMode, RawTimeInForce,
    Side, TimeInForce,
};
use pinion_types::text::Chars;
use pinion_types::{AccountId, ClOrdId, FlowType, Nanos, OrderId, Px, Qty, RejectCode};
use pinion_types::{FirmId, SessionId, SessionVerId};
use pinion_wire::codes::{
    LinkKind, LinkLeg, OffsetKind, PegMove, RawLinkKind, RawLinkLeg, RawPegMove,
};
use pinion_wire::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderStatusRequest,
};
use pinion_wire::session::Negotiate;
use pinion_wire::{DecodeError, Flag, Message};

const MISSING: RejectCode = RejectCode::RequiredFieldMissing;
const UNKNOWN: RejectCode = RejectCode::UnknownEnumValue;
const NOT_ZERO: RejectCode = RejectCode::ReservedNotZero;

fn check<M: Message>(message: M, want: Result<(), (RejectCode, u16)>) {
    let want = want.map_err(|(code, tag)| DecodeError::field(code, tag));
    assert_eq!(message.check(), want, "{message:?}");
}

fn limit() -> NewOrderSingle {
    NewOrderSingle {
        msg_seq_num: 1,
        sending_time: Nanos(1),
        cl_ord_id: ClOrdId(1),
        px: Px(1),
        qty: Qty(1),
        side: Side::Buy.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::Day.into(),
        ..NewOrderSingle::default()
    }
}

fn of_type(ord_type: OrdType) -> NewOrderSingle {
    NewOrderSingle { ord_type: ord_type.into(), px: Px(0), ..limit() }
}

#[test]
fn required_fields_and_codes_of_a_new_order() {
    check(limit(), Ok(()));
    check(NewOrderSingle { msg_seq_num: 0, ..limit() }, Err((MISSING, 34)));
    check(NewOrderSingle { sending_time: Nanos(0), ..limit() }, Err((MISSING, 52)));
    check(NewOrderSingle { cl_ord_id: ClOrdId(0), ..limit() }, Err((MISSING, 11)));
    check(NewOrderSingle { side: RawSide(0), ..limit() }, Err((MISSING, 54)));
    check(NewOrderSingle { side: RawSide(b'3'), ..limit() }, Err((UNKNOWN, 54)));
    check(NewOrderSingle { ord_type: RawOrdType(b'5'), ..limit() }, Err((UNKNOWN, 40)));
    check(NewOrderSingle { time_in_force: RawTimeInForce(b'5'), ..limit() }, Err((UNKNOWN, 59)));
    check(NewOrderSingle { exec_inst: RawExecInst(3), ..limit() }, Err((UNKNOWN, 18)));
    check(NewOrderSingle { stp_mode: RawStpMode(6), ..limit() }, Err((UNKNOWN, 35_539)));
    check(NewOrderSingle { cod: RawOrderCod(3), ..limit() }, Err((UNKNOWN, 35_557)));
    check(NewOrderSingle { hidden: Flag(2), ..limit() }, Err((UNKNOWN, 35_559)));
    check(NewOrderSingle { link_kind: RawLinkKind(3), ..limit() }, Err((UNKNOWN, 1385)));
    check(NewOrderSingle { link_leg: RawLinkLeg(4), ..limit() }, Err((UNKNOWN, 35_584)));
    check(NewOrderSingle { peg_move: RawPegMove(2), ..limit() }, Err((UNKNOWN, 835)));
    check(NewOrderSingle { reserved3: 1, ..limit() }, Err((NOT_ZERO, 9003)));
    check(NewOrderSingle { reserved5: 1, ..limit() }, Err((NOT_ZERO, 9005)));
    // What the core answers with an order's reject is no fault of the message.
    check(NewOrderSingle { qty: Qty(0), px: Px(-1), ..limit() }, Ok(()));
}

#[test]
fn fields_that_do_not_apply_are_zero() {
    for (ord_type, px, stop, protection, offset) in [
        (OrdType::Market, false, false, true, false),
        (OrdType::Limit, true, false, false, false),
        (OrdType::Stop, false, true, true, true),
        (OrdType::StopLimit, true, true, false, true),
        (OrdType::MarketToLimit, false, false, false, false),
    ] {
        let base = of_type(ord_type);
        let want = |applies, tag| if applies { Ok(()) } else { Err((NOT_ZERO, tag)) };
        check(base, Ok(()));
        check(NewOrderSingle { px: Px(1), ..base }, want(px, 44));
        check(NewOrderSingle { stop_px: Px(1), ..base }, want(stop, 99));
        check(NewOrderSingle { protection_ticks: 1, ..base }, want(protection, 35_556));
        check(NewOrderSingle { offset_ticks: -1, ..base }, want(offset, 211));
        let offset_kind = OffsetKind::TrailTicks.into();
        check(NewOrderSingle { offset_kind, ..base }, want(offset, 1094));
        check(NewOrderSingle { activation_px: Px(1), ..base }, want(stop, 35_585));
        let peg_move = PegMove::Fixed.into();
        check(NewOrderSingle { peg_move, ..base }, want(false, 835));
        // Whether a link is whole and fits the order is the core's question.
        check(NewOrderSingle { link_kind: LinkKind::OneTriggersOthers.into(), ..base }, Ok(()));
        check(NewOrderSingle { link_leg: LinkLeg::Third.into(), link_id: 7, ..base }, Ok(()));
    }
    check(of_type(OrdType::Pegged), Err((MISSING, 1094)));
    let offset_kind = OffsetKind::PegMid.into();
    let pegged = NewOrderSingle { offset_kind, px: Px(1), ..of_type(OrdType::Pegged) };
    check(pegged, Ok(()));
    check(NewOrderSingle { peg_move: PegMove::Fixed.into(), ..pegged }, Ok(()));
    check(NewOrderSingle { activation_px: Px(1), ..pegged }, Err((NOT_ZERO, 35_585)));
}

#[test]
fn an_expiry_goes_with_good_till_date() {
    for time_in_force in TimeInForce::ALL {
        let base = NewOrderSingle { time_in_force: (*time_in_force).into(), ..limit() };
        let dated = NewOrderSingle { expire_time: Nanos(9), ..base };
        if *time_in_force == TimeInForce::GoodTillDate {
            check(base, Err((MISSING, 126)));
            check(dated, Ok(()));
        } else {
            check(base, Ok(()));
            check(dated, Err((NOT_ZERO, 126)));
        }
    }
}

#[test]
fn requests_about_an_order_name_it() {
    let replace = OrderCancelReplaceRequest {
        msg_seq_num: 1,
        sending_time: Nanos(1),
        cl_ord_id: ClOrdId(2),
        order_id: OrderId(1),
        side: Side::Sell.into(),
        ..OrderCancelReplaceRequest::default()
    };
    check(replace, Ok(()));
    check(OrderCancelReplaceRequest { order_id: OrderId(0), ..replace }, Err((MISSING, 41)));
    check(OrderCancelReplaceRequest { expire_time: Nanos(1), ..replace }, Ok(()));
    let day = TimeInForce::Day.into();
    check(OrderCancelReplaceRequest { time_in_force: day, ..replace }, Ok(()));
    let dated = OrderCancelReplaceRequest { expire_time: Nanos(1), ..replace };
    check(OrderCancelReplaceRequest { time_in_force: day, ..dated }, Err((NOT_ZERO, 126)));
    let cancel = OrderCancelRequest {
        msg_seq_num: 1,
        sending_time: Nanos(1),
        cl_ord_id: ClOrdId(2),
        orig_cl_ord_id: ClOrdId(1),
        side: Side::Buy.into(),
        ..OrderCancelRequest::default()
    };
    check(cancel, Ok(()));
    check(OrderCancelRequest { orig_cl_ord_id: ClOrdId(0), ..cancel }, Err((MISSING, 41)));
    let status = OrderStatusRequest {
        msg_seq_num: 1,
        sending_time: Nanos(1),
        cl_ord_id: ClOrdId(1),
        ..OrderStatusRequest::default()
    };
    check(status, Ok(()));
    check(OrderStatusRequest { cl_ord_id: ClOrdId(0), ..status }, Err((MISSING, 11)));
}

#[test]
fn a_mass_cancel_names_an_account_with_that_scope_alone() {
    let request = |scope: MassScope, account: u32| OrderMassCancelRequest {
        msg_seq_num: 1,
        sending_time: Nanos(1),
        cl_ord_id: ClOrdId(2),
        scope: scope.into(),
        account: AccountId(account),
        ..OrderMassCancelRequest::default()
    };
    check(request(MassScope::Account, 7), Ok(()));
    check(request(MassScope::Account, 0), Err((MISSING, 1)));
    check(request(MassScope::Session, 0), Ok(()));
    check(request(MassScope::Session, 7), Err((NOT_ZERO, 1)));
    check(request(MassScope::All, 7), Err((NOT_ZERO, 1)));
}

#[test]
fn texts_are_printable_and_padded_with_zeros() {
    let logon = |name: [u8; 16]| Negotiate {
        session_ver_id: SessionVerId(1),
        timestamp: Nanos(1),
        session: SessionId(1),
        firm: FirmId(1),
        client_flow: FlowType::Idempotent.into(),
        access_key_id: Chars::new("key"),
        hmac_signature: Chars::new("00"),
        client_app_name: Chars(name),
        ..Negotiate::default()
    };
    check(logon([0; 16]), Ok(()));
    check(logon(*b"sixteen letters."), Ok(()));
    check(logon(*b"a\0b\0\0\0\0\0\0\0\0\0\0\0\0\0"), Err((UNKNOWN, 35_514)));
    check(logon(*b"new\nline\0\0\0\0\0\0\0\0"), Err((UNKNOWN, 35_514)));
    check(logon([0xFF; 16]), Err((UNKNOWN, 35_514)));
}
