//! One step of an order's life, in sentences.

use pinion_engine::OrderView;
use pinion_types::event::{Accepted, CancelRejected, Rejected, Replaced, Trade, TradeCorrected};
use pinion_types::text::{Fields, Shown};
use pinion_types::{
    ClOrdId, CommandRef, CxlRejResponseTo, Event, EventRef, Liquidity, OrdStatus, OrderId, Px,
};

use super::{Before, Step, reasons};
use crate::scenario::Output;

/// Orders ahead that are named; the others are counted.
const NAMED: usize = 3;

/// The order that an event is about, and its owner's id for it from then on.
pub(super) fn ids(event: &Event) -> Option<(OrderId, ClOrdId)> {
    match event.view()? {
        EventRef::Accepted(it) => Some((it.order_id, it.cl_ord_id)),
        EventRef::Trade(it) => Some((it.order_id, it.cl_ord_id)),
        EventRef::Canceled(it) => Some((it.order_id, it.orig_cl_ord_id)),
        EventRef::Replaced(it) => Some((it.order_id, it.cl_ord_id)),
        _ => None,
    }
}

/// What a step did to the order, a sentence or two for each event.
pub(super) fn tell(step: &Step, order: OrderId) -> Vec<String> {
    let mut told = vec![cause(step, order)];
    for event in step.about.iter().map(|&place| &step.outputs[place].event) {
        match event.view() {
            Some(EventRef::Accepted(it)) => told.extend(accepted(step, it)),
            Some(EventRef::Rejected(it)) => told.extend(rejected(step, it)),
            Some(EventRef::Trade(it)) => told.extend(traded(step, it)),
            Some(EventRef::TradeCorrected(it)) => told.push(corrected(it)),
            Some(EventRef::Replaced(it)) => told.push(replaced(step, it)),
            Some(EventRef::Canceled(it)) => {
                let (why, rest) = (reasons::canceled(it.reason), reasons::rest(it));
                told.push(format!("Canceled: {why}; {rest}."));
            }
            Some(EventRef::CancelRejected(it)) => told.push(refused(it)),
            _ => {}
        }
    }
    told
}

/// Who said what.
fn cause(step: &Step, order: OrderId) -> String {
    let header = step.input.command.header();
    let kind = step.input.command.kind().map_or("a command", |kind| kind.name());
    match step.input.command.view() {
        Some(CommandRef::NewOrder(it)) if step.input.seq.0 != order.0 => {
            let side = it.side.get().map_or("?", |side| side.name());
            let px = if it.px == Px(0) { String::new() } else { format!(" @ {}", it.px) };
            format!(
                "Session {}, account {}, sends order {}: {side} {}{px}.",
                header.session, it.account, step.input.seq, it.qty
            )
        }
        Some(CommandRef::Timer(_)) => "The time has come that was waited for.".to_owned(),
        _ if header.session.0 != 0 => format!("Session {} sends `{kind}`.", header.session),
        view => match view.and_then(|view| reason(view.body())) {
            Some(reason) => format!("An operator sends `{kind}`: {reason}."),
            None => format!("The venue takes `{kind}`."),
        },
    }
}

/// Why an operator did something, in the operator's words.
fn reason(body: &dyn Fields) -> Option<String> {
    let mut said = None;
    body.fields(&mut |name, value| {
        if name == "reason" && !value.absent() {
            said = Some(Shown(value).to_string().trim_matches('"').to_owned());
        }
    });
    said
}

/// The order as it was asked for.
fn asked(step: &Step) -> Option<String> {
    let (order, stop) = match step.input.command.view()? {
        CommandRef::NewOrder(it) => (it, None),
        CommandRef::NewOrderWide(it) => {
            (&it.order, Some(it.extra.stop_px).filter(|&px| px != Px(0)))
        }
        _ => return None,
    };
    let symbol = step.before.as_ref().map_or_else(
        || format!("instrument {}", order.instrument),
        |before| before.instrument.definition.symbol.as_str().to_owned(),
    );
    let px = if order.px == Px(0) { String::new() } else { format!(" @ {}", order.px) };
    let stop = stop.map_or_else(String::new, |px| format!(", trigger {px}"));
    Some(format!(
        "{} {} {symbol}{px}{stop}, {}, {}, for account {}",
        order.side.get().map_or("?", |side| side.name()),
        order.qty,
        order.ord_type.get().map_or("?", |it| it.name()),
        order.time_in_force.get().map_or("?", |it| it.name()),
        order.account
    ))
}

/// The market as it was.
fn market(before: &Before) -> String {
    let side =
        |px: Px, qty: u64| if qty == 0 { "none".to_owned() } else { format!("{qty} @ {px}") };
    let known =
        |what: &str, px: Option<Px>| px.map_or(String::new(), |px| format!(", {what} {px}"));
    let top = &before.top;
    format!(
        "The instrument was {}; best bid {}, best offer {}{}{}; the account's position {}.",
        before.instrument.state.name(),
        side(top.bid_px, top.bid_qty.0),
        side(top.ask_px, top.ask_qty.0),
        known("last trade", before.instrument.last),
        known("reference", before.instrument.reference),
        before.position
    )
}

fn accepted(step: &Step, it: &Accepted) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(asked(step).map(|asked| format!("It asks: {asked}.")));
    told.extend(step.before.as_ref().map(market));
    let waits = it.ord_status.get() == Some(OrdStatus::Suspended);
    let how = if waits { ", and waits outside the book" } else { "" };
    told.push(format!("Accepted as order {} at {}{how}.", it.order_id, it.px));
    let trades = step.outputs.iter().filter(|output| {
        matches!(output.event.view(), Some(EventRef::Trade(trade)) if trade.order_id == it.order_id)
    });
    if let (0, false, Some(before)) = (trades.count(), waits, &step.before) {
        let buys = it.side.get().is_some_and(|side| side.is_buy());
        let ahead = before
            .ahead
            .iter()
            .filter(|other| if buys { other.px >= it.px } else { other.px <= it.px });
        told.push(line(&ahead.copied().collect::<Vec<_>>(), "when it came"));
    }
    told
}

fn rejected(step: &Step, it: &Rejected) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(asked(step).map(|asked| format!("It asks: {asked}.")));
    told.extend(step.before.as_ref().map(market));
    told.push(format!("Refused with {}{}.", reasons::code(it.code), reasons::limit(it)));
    told
}

fn traded(step: &Step, it: &Trade) -> Vec<String> {
    let is_other = |output: &&Output| {
        matches!(output.event.view(), Some(EventRef::Trade(other))
            if other.trade_id == it.trade_id && other.order_id != it.order_id)
    };
    let other = step.outputs.iter().find(is_other).and_then(|output| ids(&output.event));
    let with = other.map_or_else(|| "itself".to_owned(), |(id, _)| format!("order {id}"));
    let why = match it.liquidity.get() {
        Some(Liquidity::Added) => "the price is its own, as it stood first",
        Some(Liquidity::Removed) => "the price is that of the order that stood there",
        Some(Liquidity::Auction) => "the price is that of the auction, the same for all",
        None => "",
    };
    let mut told = vec![format!(
        "Trade {}: {} @ {} with {with}; {why}. {} left, the account's position is {}, fee {}.",
        it.trade_id, it.last_qty, it.last_px, it.leaves_qty, it.position, it.fee
    )];
    let adds = it.liquidity.get() == Some(Liquidity::Added);
    if let (true, Some(before)) = (adds, step.before.as_ref().filter(|it| it.own.is_some())) {
        told.push(line(&before.ahead, "before this command"));
    }
    told
}

/// Who stood ahead, and when.
fn line(ahead: &[OrderView], when: &str) -> String {
    if ahead.is_empty() {
        return format!("Nobody stood ahead of it {when}.");
    }
    let named: Vec<String> = ahead
        .iter()
        .take(NAMED)
        .map(|it| format!("order {} ({} @ {})", it.order_id, it.leaves, it.px))
        .collect();
    let qty: u128 = ahead.iter().map(|it| u128::from(it.leaves.0)).sum();
    let more = match ahead.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (count, named) = (ahead.len(), named.join(", "));
    let orders = if count == 1 { "order" } else { "orders" };
    format!("{count} {orders} with {qty} stood ahead of it {when}: {named}{more}.")
}

fn replaced(step: &Step, it: &Replaced) -> String {
    let now = format!("{} @ {}, {} left", it.qty, it.px, it.leaves_qty);
    let was = step.before.as_ref().and_then(|before| before.own.as_ref());
    let was = was.map_or_else(String::new, |was| format!(" (it was {} @ {})", was.qty, was.px));
    let place = if it.priority_lost == 0 {
        "it keeps its place"
    } else {
        "it stands behind all others of that price"
    };
    match it.restated {
        0 => format!("Its owner changes it to {now}{was}; {place}."),
        _ => {
            let status = it.ord_status.get().map_or("?", |it| it.name());
            format!("The venue restates it: {now}, {status}{was}.")
        }
    }
}

fn corrected(it: &TradeCorrected) -> String {
    let TradeCorrected { trade_id, qty, px, new_px, fee_back, fee, position, .. } = it;
    let now = match it.is_adjusted {
        0 => format!("is busted: {qty} @ {px} and its fee {fee_back} are taken back"),
        _ => format!("stands at {new_px} instead of {px}, its fee is {fee} instead of {fee_back}"),
    };
    format!("Trade {trade_id} {now}; the account's position is {position}, the order as it was.")
}

fn refused(it: &CancelRejected) -> String {
    let what = match it.response_to.get() {
        Some(CxlRejResponseTo::Replace) => "replace",
        _ => "cancel",
    };
    format!("A {what} of it is refused with {}.", reasons::code(it.code))
}
