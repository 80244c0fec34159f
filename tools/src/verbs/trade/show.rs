//! Messages of the venue in a person's words.

use pinion_types::reject::RawRejectCode;
use pinion_types::{Amount, InstrumentId, Px, Qty, RejectCode};
use pinion_wire::report::ExecutionReportTradeCorrect;
use pinion_wire::{CorrectionType, Money, Outbound};

use super::desk::Desk;

/// One line, or none where there is nothing to tell.
pub(super) fn text(message: &Outbound, desk: &Desk) -> Option<String> {
    order(message, desk).or_else(|| refusal(message)).or_else(|| answer(message, desk))
}

fn order(message: &Outbound, desk: &Desk) -> Option<String> {
    Some(match message {
        Outbound::ExecutionReportNew(one) => format!(
            "#{} accepted: {} {} {} @ {} {}{}, order {}",
            one.cl_ord_id,
            word(one.side.get().map(|side| side.name())),
            one.qty,
            desk.symbol(one.instrument),
            one.px,
            word(one.time_in_force.get().map(|tif| tif.name())),
            rare(one.display_qty, one.stop_px),
            one.order_id
        ),
        Outbound::ExecutionReportTrade(one) => {
            let fee = money(one.fee_units, one.fee_fraction);
            let what = if one.fee_units < 0 || one.fee_fraction < 0 { "rebate" } else { "fee" };
            format!(
                "#{} traded: {} {} {} @ {}, {} left, position {}, {what} {}, trade {}",
                one.cl_ord_id,
                if one.side.get().is_some_and(|side| side.is_buy()) { "bought" } else { "sold" },
                one.last_qty,
                desk.symbol(one.instrument),
                one.last_px,
                one.leaves_qty,
                one.position,
                fee.trim_start_matches('-'),
                one.trade_id
            )
        }
        Outbound::ExecutionReportCanceled(one) => format!(
            "#{} canceled: {} of {} ({})",
            if one.orig_cl_ord_id.0 == 0 { one.cl_ord_id } else { one.orig_cl_ord_id },
            one.canceled_qty,
            desk.symbol(one.instrument),
            word(one.reason.get().map(|reason| reason.name()))
        ),
        Outbound::ExecutionReportReplaced(one) if one.restated.0 != 0 => format!(
            "#{} {}: {} {} {} @ {}, {} left",
            one.cl_ord_id,
            if one.stop_px == Px(0) { "restated" } else { "elected" },
            word(one.side.get().map(|side| side.name())),
            one.qty,
            desk.symbol(one.instrument),
            one.px,
            one.leaves_qty
        ),
        Outbound::ExecutionReportReplaced(one) => format!(
            "#{} is now #{}: {} {} {} @ {}{}, {} left{}",
            one.orig_cl_ord_id,
            one.cl_ord_id,
            word(one.side.get().map(|side| side.name())),
            one.qty,
            desk.symbol(one.instrument),
            one.px,
            rare(one.display_qty, one.stop_px),
            one.leaves_qty,
            if one.priority_lost.0 == 0 { ", place kept" } else { ", at the back" }
        ),
        _ => return None,
    })
}

fn refusal(message: &Outbound) -> Option<String> {
    Some(match message {
        Outbound::ExecutionReportReject(one) => {
            let limit = match one.limit_id.get() {
                Some(limit) => {
                    format!(" ({} {}, would be {})", limit.name(), one.limit, one.would_be)
                }
                None => String::new(),
            };
            format!("#{} refused: {}{limit}", one.cl_ord_id, why(one.code))
        }
        Outbound::OrderCancelReject(one) => format!(
            "#{} stays as it is: {} refused: {}",
            one.orig_cl_ord_id,
            word(one.response_to.get().map(|to| to.name())),
            why(one.code)
        ),
        Outbound::OrderMassCancelReport(one) if one.code.0 == 0 => {
            let orders = if one.affected_count == 1 { "order" } else { "orders" };
            format!("{} {orders} canceled", one.affected_count)
        }
        Outbound::OrderMassCancelReport(one) => format!("nothing canceled: {}", why(one.code)),
        Outbound::BusinessMessageReject(one) => {
            let tag = if one.ref_tag == 0 {
                String::new()
            } else {
                format!(" (field with tag {})", one.ref_tag)
            };
            format!("message {} refused: {}{tag}", one.ref_seq_num, why(one.code))
        }
        _ => return None,
    })
}

fn answer(message: &Outbound, desk: &Desk) -> Option<String> {
    Some(match message {
        Outbound::OrderStatusReport(one) if one.found.0 != 0 => format!(
            "#{}: {} {} {} @ {}{}, {} left, {} {}, order {}",
            one.cl_ord_id,
            word(one.side.get().map(|side| side.name())),
            one.qty,
            desk.symbol(one.instrument),
            one.px,
            rare(one.display_qty, one.stop_px),
            one.leaves_qty,
            word(one.ord_status.get().map(|status| status.name())),
            word(one.time_in_force.get().map(|tif| tif.name())),
            one.order_id
        ),
        Outbound::OrderStatusReport(one) if one.cl_ord_id.0 != 0 => {
            format!("#{}: no such order works", one.cl_ord_id)
        }
        Outbound::OrderStatusReport(_) => "no working orders".to_owned(),
        Outbound::SecurityDefinition(one) if one.report_count == 0 => "no instruments".to_owned(),
        Outbound::SecurityDefinition(one) => format!(
            "{}: tick {}, lot {}, {}, {}, reference {}",
            one.symbol,
            one.tick,
            one.lot,
            one.currency,
            word(one.state.get().map(|state| state.name())),
            if one.reference_px == Px(0) {
                "none".to_owned()
            } else {
                one.reference_px.to_string()
            }
        ),
        Outbound::PositionReport(one) if one.report_count == 0 => "no accounts".to_owned(),
        Outbound::PositionReport(one) => {
            let cash = money(one.cash_units, one.cash_fraction);
            if one.instrument == InstrumentId(0) {
                return Some(format!("account {}: cash {cash}", one.account));
            }
            format!(
                "account {}: {} {}, working {} to buy, {} to sell, realized {}, fees {}, \
                 cash {cash}",
                one.account,
                one.position,
                desk.symbol(one.instrument),
                one.working_buy_qty,
                one.working_sell_qty,
                money(one.realized_units, one.realized_fraction),
                money(one.fees_units, one.fees_fraction)
            )
        }
        Outbound::ExecutionReportTradeCorrect(one) => corrected(one, desk),
        Outbound::NotApplied(one) => {
            format!("{} messages from {} on never came", one.count, one.from_seq_no)
        }
        _ => return None,
    })
}

fn corrected(one: &ExecutionReportTradeCorrect, desk: &Desk) -> String {
    let back = money(one.fee_back_units, one.fee_back_fraction);
    let what = match one.exec_type.get() {
        Some(CorrectionType::Corrected) => {
            let fee = money(one.fee_units, one.fee_fraction);
            format!("stands at {}, fee {fee} instead of {back}", one.new_px)
        }
        Some(CorrectionType::Canceled) => format!("does not stand, fee {back} given back"),
        None => "is corrected".to_owned(),
    };
    format!(
        "trade {}: {} {} {} @ {} {what}, position {}",
        one.trade_id,
        if one.side.get().is_some_and(|side| side.is_buy()) { "bought" } else { "sold" },
        one.last_qty,
        desk.symbol(one.instrument),
        one.last_px,
        one.position
    )
}

/// What an order shows, and what it waits for.
fn rare(display: Qty, stop_px: Px) -> String {
    let shows = if display == Qty(0) { String::new() } else { format!(", showing {display}") };
    let waits = if stop_px == Px(0) { String::new() } else { format!(", waits for {stop_px}") };
    shows + &waits
}

fn word(word: Option<&'static str>) -> &'static str {
    word.unwrap_or("?")
}

fn why(code: RawRejectCode) -> String {
    let text = code.get().map_or("an unknown reason", RejectCode::text);
    format!("{text} [{}]", code.0)
}

fn money(units: i64, fraction: i64) -> String {
    Amount::from(Money { units, fraction }).to_string()
}
