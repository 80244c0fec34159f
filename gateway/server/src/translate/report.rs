//! Application messages of the venue, each from one event and its place in the log alone: sent
//! again, every byte is the same but possResend.

use pinion_types::command::{instrument_flags, order_flags};
use pinion_types::event as core;
use pinion_types::event::EventRef;
use pinion_types::reject::{OrdRejReason, RawRejectCode};
use pinion_types::text::Chars;
use pinion_types::{Amount, RejectCode};
use pinion_wire::answer;
use pinion_wire::head::Head;
use pinion_wire::report as wire;
use pinion_wire::session::NotApplied;
use pinion_wire::{CorrectionType, Flag, Money};

use super::Frame;
use crate::logged::Logged;

/// Writes the message of an event into `frame`; false where the event is none of its session's
/// numbered messages.
///
/// SendingTime is the moment the command was sequenced, like TransactTime: a clock of the gateway
/// would make the second copy differ from the first.
#[must_use]
pub fn encode(logged: &Logged, poss_resend: bool, frame: &mut Frame) -> bool {
    let header = logged.event.header();
    if header.msg_seq_num == 0 || !encode_body(logged, frame) {
        return false;
    }
    let head = Head {
        msg_seq_num: header.msg_seq_num,
        sending_time: logged.time,
        transact_time: logged.time,
        exec_id: logged.seq,
        session: header.session,
        poss_resend: Flag::from(poss_resend),
        ..Head::default()
    };
    head.stamp(frame.bytes_mut())
}

fn encode_body(logged: &Logged, frame: &mut Frame) -> bool {
    let Some(view) = logged.event.view() else { return false };
    match view {
        EventRef::Accepted(event) => frame.set(&accepted(event)),
        EventRef::Rejected(event) => frame.set(&rejected(event)),
        EventRef::Trade(event) => frame.set(&trade(event)),
        EventRef::Canceled(event) => frame.set(&canceled(event)),
        EventRef::Replaced(event) => frame.set(&replaced(event)),
        EventRef::CancelRejected(event) => frame.set(&cancel_rejected(event)),
        EventRef::MassCanceled(event) => frame.set(&mass_canceled(event)),
        EventRef::OrderStatus(event) => frame.set(&order_status(event)),
        EventRef::BusinessRejected(event) => frame.set(&business_rejected(event)),
        EventRef::SecurityDefinition(event) => frame.set(&security_definition(event)),
        EventRef::PositionReport(event) => frame.set(&position(event)),
        EventRef::NotApplied(event) => frame.set(&not_applied(event)),
        EventRef::TradeCorrected(event) => frame.set(&trade_corrected(event)),
        EventRef::Negotiated(_)
        | EventRef::NegotiateRefused(_)
        | EventRef::Established(_)
        | EventRef::EstablishRefused(_)
        | EventRef::Terminated(_)
        | EventRef::StateChanged(_)
        | EventRef::ControlDone(_)
        | EventRef::LimitsChanged(_)
        | EventRef::AccountRiskChanged(_)
        | EventRef::PermissionChanged(_)
        | EventRef::DeadLetter(_)
        | EventRef::Dropped(_)
        | EventRef::AuctionIndicative(_)
        | EventRef::AccountAlert(_) => return false,
    }
    true
}

fn accepted(event: &core::Accepted) -> wire::ExecutionReportNew {
    wire::ExecutionReportNew {
        cl_ord_id: event.cl_ord_id,
        order_id: event.order_id,
        user_data: event.user_data,
        px: event.px,
        qty: event.qty,
        leaves_qty: event.qty,
        display_qty: event.display_qty,
        stop_px: event.stop_px,
        received_time: event.received_time,
        instrument: event.instrument,
        account: event.account,
        side: event.side,
        ord_type: event.ord_type,
        time_in_force: event.time_in_force,
        exec_inst: event.exec_inst,
        stp_mode: event.stp_mode,
        ord_status: event.ord_status,
        reduce_only: Flag::from(event.flags & order_flags::REDUCE_ONLY != 0),
        hidden: Flag::from(event.flags & order_flags::HIDDEN != 0),
        ..wire::ExecutionReportNew::default()
    }
}

fn rejected(event: &core::Rejected) -> wire::ExecutionReportReject {
    wire::ExecutionReportReject {
        cl_ord_id: event.cl_ord_id,
        user_data: event.user_data,
        ref_seq_num: event.ref_seq_num,
        limit: event.limit,
        current: event.current,
        would_be: event.would_be,
        received_time: event.received_time,
        instrument: event.instrument,
        account: event.account,
        scope_id: event.scope_id,
        code: event.code,
        ord_rej_reason: ord_rej_reason(event.code),
        side: event.side,
        limit_id: event.limit_id,
        scope: event.scope,
        text: text(event.code),
        ..wire::ExecutionReportReject::default()
    }
}

fn trade(event: &core::Trade) -> wire::ExecutionReportTrade {
    let (fee_units, fee_fraction) = money(event.fee);
    wire::ExecutionReportTrade {
        cl_ord_id: event.cl_ord_id,
        order_id: event.order_id,
        trade_id: event.trade_id,
        user_data: event.user_data,
        last_px: event.last_px,
        last_qty: event.last_qty,
        cum_qty: event.cum_qty,
        leaves_qty: event.leaves_qty,
        fee_units,
        fee_fraction,
        position: event.position,
        instrument: event.instrument,
        account: event.account,
        side: event.side,
        ord_status: event.ord_status,
        liquidity: event.liquidity,
        ..wire::ExecutionReportTrade::default()
    }
}

fn trade_corrected(event: &core::TradeCorrected) -> wire::ExecutionReportTradeCorrect {
    let (fee_back_units, fee_back_fraction) = money(event.fee_back);
    let (fee_units, fee_fraction) = money(event.fee);
    let exec_type = match event.is_adjusted {
        0 => CorrectionType::Canceled,
        _ => CorrectionType::Corrected,
    };
    wire::ExecutionReportTradeCorrect {
        trade_id: event.trade_id,
        last_px: event.px,
        last_qty: event.qty,
        new_px: event.new_px,
        fee_back_units,
        fee_back_fraction,
        fee_units,
        fee_fraction,
        position: event.position,
        instrument: event.instrument,
        account: event.account,
        side: event.side,
        exec_type: exec_type.into(),
        ..wire::ExecutionReportTradeCorrect::default()
    }
}

fn canceled(event: &core::Canceled) -> wire::ExecutionReportCanceled {
    wire::ExecutionReportCanceled {
        cl_ord_id: event.cl_ord_id,
        orig_cl_ord_id: event.orig_cl_ord_id,
        order_id: event.order_id,
        user_data: event.user_data,
        cum_qty: event.cum_qty,
        canceled_qty: event.canceled_qty,
        prevented_qty: event.prevented_qty,
        received_time: event.received_time,
        instrument: event.instrument,
        account: event.account,
        side: event.side,
        reason: event.reason,
        ord_status: event.ord_status,
        ..wire::ExecutionReportCanceled::default()
    }
}

fn replaced(event: &core::Replaced) -> wire::ExecutionReportReplaced {
    wire::ExecutionReportReplaced {
        cl_ord_id: event.cl_ord_id,
        orig_cl_ord_id: event.orig_cl_ord_id,
        order_id: event.order_id,
        user_data: event.user_data,
        px: event.px,
        qty: event.qty,
        leaves_qty: event.leaves_qty,
        cum_qty: event.cum_qty,
        display_qty: event.display_qty,
        stop_px: event.stop_px,
        prevented_qty: event.prevented_qty,
        received_time: event.received_time,
        instrument: event.instrument,
        account: event.account,
        side: event.side,
        ord_status: event.ord_status,
        priority_lost: Flag::from(event.priority_lost != 0),
        time_in_force: event.time_in_force,
        restated: Flag::from(event.restated != 0),
        ..wire::ExecutionReportReplaced::default()
    }
}

fn cancel_rejected(event: &core::CancelRejected) -> wire::OrderCancelReject {
    wire::OrderCancelReject {
        cl_ord_id: event.cl_ord_id,
        orig_cl_ord_id: event.orig_cl_ord_id,
        order_id: event.order_id,
        ref_seq_num: event.ref_seq_num,
        limit: event.limit,
        current: event.current,
        would_be: event.would_be,
        instrument: event.instrument,
        account: event.account,
        scope_id: event.scope_id,
        code: event.code,
        cxl_rej_reason: event.code.get().map_or(OTHER, RejectCode::cxl_rej_reason),
        response_to: event.response_to,
        limit_id: event.limit_id,
        scope: event.scope,
        text: text(event.code),
        ..wire::OrderCancelReject::default()
    }
}

fn mass_canceled(event: &core::MassCanceled) -> answer::OrderMassCancelReport {
    answer::OrderMassCancelReport {
        cl_ord_id: event.cl_ord_id,
        ref_seq_num: event.ref_seq_num,
        affected_count: event.affected_count,
        received_time: event.received_time,
        account: event.account,
        instrument: event.instrument,
        code: event.code,
        scope: event.scope,
        side: event.side,
        ..answer::OrderMassCancelReport::default()
    }
}

fn order_status(event: &core::OrderStatus) -> answer::OrderStatusReport {
    answer::OrderStatusReport {
        request_id: event.request_id,
        cl_ord_id: event.cl_ord_id,
        order_id: event.order_id,
        user_data: event.user_data,
        px: event.px,
        qty: event.qty,
        leaves_qty: event.leaves_qty,
        cum_qty: event.cum_qty,
        display_qty: event.display_qty,
        stop_px: event.stop_px,
        expire_time: event.expire_time,
        instrument: event.instrument,
        account: event.account,
        report_count: event.report_count,
        report_index: event.report_index,
        side: event.side,
        ord_type: event.ord_type,
        time_in_force: event.time_in_force,
        ord_status: event.ord_status,
        found: Flag::from(event.found != 0),
        ..answer::OrderStatusReport::default()
    }
}

fn business_rejected(event: &core::BusinessRejected) -> answer::BusinessMessageReject {
    answer::BusinessMessageReject {
        ref_seq_num: event.ref_seq_num,
        ref_id: event.ref_id,
        limit: event.limit,
        current: event.current,
        received_time: event.received_time,
        ref_template: event.ref_template,
        ref_tag: event.ref_tag,
        code: event.code,
        business_reject_reason: event.code.get().map_or(0, RejectCode::business_reject_reason),
        limit_id: event.limit_id,
        text: text(event.code),
        ..answer::BusinessMessageReject::default()
    }
}

fn security_definition(event: &core::SecurityDefinition) -> answer::SecurityDefinition {
    answer::SecurityDefinition {
        request_id: event.request_id,
        tick: event.tick,
        lot: event.lot,
        qty_min: event.qty_min,
        qty_max: event.qty_max,
        px_min: event.px_min,
        px_max: event.px_max,
        multiplier: event.multiplier,
        reference_px: event.reference_px,
        instrument: event.instrument,
        report_count: event.report_count,
        report_index: event.report_index,
        currency: event.currency,
        state: event.state,
        market_rests: Flag::from(event.flags & instrument_flags::MARKET_RESTS != 0),
        px_may_be_negative: Flag::from(event.flags & instrument_flags::PX_MAY_BE_NEGATIVE != 0),
        symbol: event.symbol,
        ..answer::SecurityDefinition::default()
    }
}

fn position(event: &core::PositionReport) -> answer::PositionReport {
    let (open_cost_units, open_cost_fraction) = money(event.open_cost);
    let (realized_units, realized_fraction) = money(event.realized);
    let (fees_units, fees_fraction) = money(event.fees);
    let (cash_units, cash_fraction) = money(event.cash);
    answer::PositionReport {
        request_id: event.request_id,
        position: event.position,
        working_buy_qty: event.working_buy_qty,
        working_sell_qty: event.working_sell_qty,
        open_cost_units,
        open_cost_fraction,
        realized_units,
        realized_fraction,
        fees_units,
        fees_fraction,
        cash_units,
        cash_fraction,
        mark_px: event.mark_px,
        account: event.account,
        instrument: event.instrument,
        report_count: event.report_count,
        report_index: event.report_index,
        ..answer::PositionReport::default()
    }
}

fn not_applied(event: &core::NotApplied) -> NotApplied {
    NotApplied { from_seq_no: event.from_seq_no, count: event.count, ..NotApplied::default() }
}

/// FIX's "other", for codes this build has no word for.
const OTHER: u16 = 99;

fn ord_rej_reason(code: RawRejectCode) -> u16 {
    // The enum is FIX's numbers by its declaration, so this is a lookup and no cut.
    let number = |reason: OrdRejReason| reason as u16;
    code.get().map_or(OTHER, |code| number(code.ord_rej_reason()))
}

fn text(code: RawRejectCode) -> Chars<48> {
    Chars::new(code.get().map_or("", RejectCode::text))
}

fn money(amount: Amount) -> (i64, i64) {
    let Money { units, fraction } = Money::from(amount);
    (units, fraction)
}
