//! What a client asks, as a command.

use pinion_types::command::{
    Cancel, MassCancel, MassStatusRequest, NewOrder, NewOrderExtra, NewOrderWide, RAW_MAX, Replace,
    SecurityListRequest, Undecodable, order_flags,
};
use pinion_types::command::{OrderStatusRequest, PositionRequest};
use pinion_types::{Command, Nanos, RejectCode, SessionId};
use pinion_wire::request as wire;
use pinion_wire::{DecodeError, Flag, Frame, Inbound, RequestHead};

/// True for session messages and for what [`command`] carries: the other requests, those of
/// operators, come through the control socket alone.
#[must_use]
pub fn is_served(message: &Inbound) -> bool {
    match message {
        Inbound::Negotiate(_)
        | Inbound::Establish(_)
        | Inbound::Terminate(_)
        | Inbound::Sequence(_)
        | Inbound::RetransmitRequest(_)
        | Inbound::NewOrderSingle(_)
        | Inbound::OrderCancelReplaceRequest(_)
        | Inbound::OrderCancelRequest(_)
        | Inbound::OrderMassCancelRequest(_)
        | Inbound::OrderStatusRequest(_)
        | Inbound::OrderMassStatusRequest(_)
        | Inbound::SecurityListRequest(_)
        | Inbound::PositionRequest(_) => true,
        Inbound::RiskLimitUpdateRequest(_)
        | Inbound::KillSwitchRequest(_)
        | Inbound::InstrumentStateRequest(_) => false,
    }
}

/// The command that carries a trader's request, read at `received_time`; `None` for messages that
/// are none.
#[must_use]
pub fn command(session: SessionId, message: &Inbound, received_time: Nanos) -> Option<Command> {
    let time = received_time;
    Some(match message {
        Inbound::NewOrderSingle(m) => new_order(session, m, time),
        Inbound::OrderCancelReplaceRequest(m) => {
            Command::new(session, m.msg_seq_num, &replace(m, time))
        }
        Inbound::OrderCancelRequest(m) => Command::new(session, m.msg_seq_num, &cancel(m, time)),
        Inbound::OrderMassCancelRequest(m) => {
            Command::new(session, m.msg_seq_num, &mass_cancel(m, time))
        }
        Inbound::OrderStatusRequest(m) => {
            Command::new(session, m.msg_seq_num, &order_status(m, time))
        }
        Inbound::OrderMassStatusRequest(m) => {
            Command::new(session, m.msg_seq_num, &mass_status(m, time))
        }
        Inbound::SecurityListRequest(m) => {
            Command::new(session, m.msg_seq_num, &security_list(m, time))
        }
        Inbound::PositionRequest(m) => Command::new(session, m.msg_seq_num, &position(m, time)),
        Inbound::Negotiate(_)
        | Inbound::Establish(_)
        | Inbound::Terminate(_)
        | Inbound::Sequence(_)
        | Inbound::RetransmitRequest(_)
        | Inbound::RiskLimitUpdateRequest(_)
        | Inbound::KillSwitchRequest(_)
        | Inbound::InstrumentStateRequest(_) => return None,
    })
}

/// The command that keeps a frame that does not decode. With `number` above 0 the core answers it
/// like any message of that number.
#[must_use]
pub fn undecodable(
    session: SessionId,
    number: u64,
    frame: &Frame<'_>,
    fault: DecodeError,
    received_time: Nanos,
) -> Command {
    let body = Undecodable {
        received_time,
        ref_id: RequestHead::of(frame).map_or(0, |head| head.ref_id),
        ref_template: frame.template,
        ref_tag: fault.tag,
        code: fault.code.into(),
        ..raw(frame.bytes)
    };
    Command::new(session, number, &body)
}

/// The command that keeps bytes in which no frame could be found.
#[must_use]
pub fn unframed(session: SessionId, bytes: &[u8], received_time: Nanos) -> Command {
    let code = RejectCode::BlockTooShort.into();
    Command::new(session, 0, &Undecodable { received_time, code, ..raw(bytes) })
}

fn raw(bytes: &[u8]) -> Undecodable {
    let mut body = Undecodable::default();
    let kept = bytes.get(..RAW_MAX).unwrap_or(bytes);
    for (to, from) in body.raw.iter_mut().zip(kept) {
        *to = *from;
    }
    body.raw_len = u16::try_from(kept.len()).unwrap_or(u16::MAX);
    body.full_len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    body
}

fn new_order(session: SessionId, m: &wire::NewOrderSingle, received_time: Nanos) -> Command {
    let order = NewOrder {
        cl_ord_id: m.cl_ord_id,
        px: m.px,
        qty: m.qty,
        user_data: m.user_data,
        sending_time: m.sending_time,
        received_time,
        valid_until: m.valid_until,
        account: m.account,
        instrument: m.instrument,
        stp_group: m.stp_group,
        protection_ticks: m.protection_ticks,
        side: m.side,
        ord_type: m.ord_type,
        time_in_force: m.time_in_force,
        exec_inst: m.exec_inst,
        stp_mode: m.stp_mode,
        cod: m.cod,
        flags: flags(m.reduce_only, m.hidden, m.poss_resend),
        spare: 0,
    };
    let extra = NewOrderExtra {
        stop_px: m.stop_px,
        display_qty: m.display_qty,
        min_qty: m.min_qty,
        expire_time: m.expire_time,
        offset_ticks: m.offset_ticks,
        offset_kind: u32::from(m.offset_kind.0),
        link_id: m.link_id,
        activation_px: m.activation_px,
        link_kind: m.link_kind.0,
        link_leg: m.link_leg.0,
        peg_move: m.peg_move.0,
        ..NewOrderExtra::default()
    };
    if extra == NewOrderExtra::default() {
        Command::new(session, m.msg_seq_num, &order)
    } else {
        Command::new(session, m.msg_seq_num, &NewOrderWide { order, extra })
    }
}

fn replace(m: &wire::OrderCancelReplaceRequest, received_time: Nanos) -> Replace {
    Replace {
        cl_ord_id: m.cl_ord_id,
        orig_cl_ord_id: m.orig_cl_ord_id,
        order_id: m.order_id,
        px: m.px,
        qty: m.qty,
        stop_px: m.stop_px,
        display_qty: m.display_qty,
        expire_time: m.expire_time,
        user_data: m.user_data,
        sending_time: m.sending_time,
        received_time,
        valid_until: m.valid_until,
        account: m.account,
        instrument: m.instrument,
        side: m.side,
        time_in_force: m.time_in_force,
        flags: flags(m.reduce_only, m.hidden, m.poss_resend),
        ..Replace::default()
    }
}

fn cancel(m: &wire::OrderCancelRequest, received_time: Nanos) -> Cancel {
    Cancel {
        cl_ord_id: m.cl_ord_id,
        orig_cl_ord_id: m.orig_cl_ord_id,
        order_id: m.order_id,
        sending_time: m.sending_time,
        received_time,
        instrument: m.instrument,
        side: m.side,
        ..Cancel::default()
    }
}

fn mass_cancel(m: &wire::OrderMassCancelRequest, received_time: Nanos) -> MassCancel {
    MassCancel {
        cl_ord_id: m.cl_ord_id,
        sending_time: m.sending_time,
        received_time,
        account: m.account,
        instrument: m.instrument,
        scope: m.scope,
        side: m.side,
        ..MassCancel::default()
    }
}

fn order_status(m: &wire::OrderStatusRequest, received_time: Nanos) -> OrderStatusRequest {
    OrderStatusRequest {
        request_id: m.request_id,
        cl_ord_id: m.cl_ord_id,
        order_id: m.order_id,
        sending_time: m.sending_time,
        received_time,
        instrument: m.instrument,
        ..OrderStatusRequest::default()
    }
}

fn mass_status(m: &wire::OrderMassStatusRequest, received_time: Nanos) -> MassStatusRequest {
    MassStatusRequest {
        request_id: m.request_id,
        sending_time: m.sending_time,
        received_time,
        account: m.account,
        instrument: m.instrument,
        ..MassStatusRequest::default()
    }
}

fn security_list(m: &wire::SecurityListRequest, received_time: Nanos) -> SecurityListRequest {
    SecurityListRequest {
        request_id: m.request_id,
        sending_time: m.sending_time,
        received_time,
        instrument: m.instrument,
        ..SecurityListRequest::default()
    }
}

fn position(m: &wire::PositionRequest, received_time: Nanos) -> PositionRequest {
    PositionRequest {
        request_id: m.request_id,
        sending_time: m.sending_time,
        received_time,
        account: m.account,
        instrument: m.instrument,
        ..PositionRequest::default()
    }
}

fn flags(reduce_only: Flag, hidden: Flag, poss_resend: Flag) -> u8 {
    let bit = |flag: Flag, bit: u8| if flag.is_set() { bit } else { 0 };
    bit(reduce_only, order_flags::REDUCE_ONLY)
        | bit(hidden, order_flags::HIDDEN)
        | bit(poss_resend, order_flags::POSS_RESEND)
}
