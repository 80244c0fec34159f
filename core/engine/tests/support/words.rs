//! Events in words.

use pinion_types::event::{AccountAlert, AccountRiskChanged, AuctionIndicative, TradeCorrected};
use pinion_types::units::PX_ONE;
use pinion_types::{Event, EventRef, Px, Qty, SessionId};

/// Events in one line each: what a test compares.
#[must_use]
pub fn lines(events: &[Event]) -> Vec<String> {
    events.iter().map(line).collect()
}

fn line(event: &Event) -> String {
    let session = event.header().session;
    let px = |px: Px| px.0 / PX_ONE;
    let rare = |display: Qty, stop_px: Px| {
        let shows = if display.0 == 0 { String::new() } else { format!(" show {display}") };
        let stops = if stop_px.0 == 0 { String::new() } else { format!(" stop {}", px(stop_px)) };
        shows + &stops
    };
    match event.view() {
        Some(EventRef::Accepted(it)) => {
            let rare = rare(it.display_qty, it.stop_px);
            format!("{session} accepted {} {} @ {}{rare}", it.cl_ord_id, it.qty, px(it.px))
        }
        Some(EventRef::Rejected(it)) => {
            format!("{session} rejected {} {}", it.cl_ord_id, it.code.0)
        }
        Some(EventRef::Trade(it)) => format!(
            "{session} trade {} {} @ {} left {} {}",
            it.cl_ord_id,
            it.last_qty,
            px(it.last_px),
            it.leaves_qty,
            match it.liquidity.0 {
                1 => "maker",
                2 => "taker",
                _ => "auction",
            },
        ),
        Some(EventRef::Canceled(it)) => {
            let reason = it.reason.get().map_or("?", |reason| reason.name());
            let prevented = match it.prevented_qty.0 {
                0 => String::new(),
                qty => format!(" prevented {qty}"),
            };
            let (id, orig) = (it.cl_ord_id, it.orig_cl_ord_id);
            let by = if id == orig { String::new() } else { format!(" by {id}") };
            format!("{session} canceled {orig}{by} {}{prevented} {reason}", it.canceled_qty)
        }
        Some(EventRef::Replaced(it)) => format!(
            "{session} {} {} to {} {} @ {} left {}{}{}",
            if it.restated == 1 { "restated" } else { "replaced" },
            it.orig_cl_ord_id,
            it.cl_ord_id,
            it.qty,
            px(it.px),
            it.leaves_qty,
            if it.priority_lost == 1 { " back" } else { "" },
            rare(it.display_qty, it.stop_px),
        ),
        Some(EventRef::CancelRejected(it)) => {
            format!("{session} refused {} {}", it.cl_ord_id, it.code.0)
        }
        Some(EventRef::MassCanceled(it)) => {
            format!(
                "{session} mass-canceled {} {} code {}",
                it.cl_ord_id, it.affected_count, it.code.0
            )
        }
        Some(EventRef::ControlDone(it)) => format!("done {} code {}", it.affected_count, it.code.0),
        Some(EventRef::AccountRiskChanged(it)) => risk(it),
        Some(EventRef::TradeCorrected(it)) => corrected(session, it),
        Some(EventRef::StateChanged(it)) => {
            format!("state {} {}", it.instrument, it.to.get().map_or("?", |state| state.name()))
        }
        Some(EventRef::AuctionIndicative(it)) => indicative(it),
        Some(EventRef::AccountAlert(it)) => alert(it),
        Some(view) => format!("{session} {view:?}"),
        None => "?".into(),
    }
}

fn risk(it: &AccountRiskChanged) -> String {
    let loss = |loss: u64| if loss == u64::MAX { "none".into() } else { loss.to_string() };
    let (new, old) = (loss(it.daily_loss_max), loss(it.old_daily_loss_max));
    format!("loss of {} now {new}, was {old}", it.account)
}

fn corrected(session: SessionId, it: &TradeCorrected) -> String {
    let px = |px: Px| px.0 / PX_ONE;
    let side = it.side.get().map_or("?", |side| side.name());
    let what = match it.is_adjusted {
        0 => "busted".into(),
        _ => format!("adjusted to {}", px(it.new_px)),
    };
    let (account, qty, position) = (it.account, it.qty, it.position);
    format!("{session} {account} {side} {qty} @ {} {what} has {position}", px(it.px))
}

fn alert(it: &AccountAlert) -> String {
    let limit = it.limit_id.get().map_or("?", |limit| limit.name());
    let closes = if it.is_close_only == 1 { " close-only" } else { "" };
    let (account, percent) = (it.account, it.percent);
    format!("alert {account} {limit} {percent} % {} of {}{closes}", it.current, it.limit)
}

fn indicative(it: &AuctionIndicative) -> String {
    let state = it.state.get().map_or("?", |state| state.name());
    let told = match (it.volume.0, it.surplus.0, it.surplus_side.get()) {
        (0, 0, None) => "0".into(),
        (volume, surplus, side) => {
            let side = side.map_or(String::new(), |side| format!(" {side}"));
            format!("{volume} @ {} surplus {surplus}{side}", it.px.0 / PX_ONE)
        }
    };
    format!("auction {} {state} {told}", it.instrument)
}
