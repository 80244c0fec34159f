//! An order: what refuses it changes nothing, what is reported of it adds up, and it never gets
//! what it did not ask for.

use std::collections::BTreeSet;

use pinion_types::codes::{Liquidity, TimeInForce};
use pinion_types::command::Replace;
use pinion_types::event::{CancelRejected, Rejected};
use pinion_types::{Event, EventKind, EventRef, RejectCode};

use crate::ledger::{Entry, all_entries};
use crate::lives::all_lives;

/// The order a report is about.
pub fn order_of(event: &Event) -> Option<u64> {
    match event.view()? {
        EventRef::Accepted(it) => Some(it.order_id.0),
        EventRef::Trade(it) => Some(it.order_id.0),
        EventRef::Canceled(it) => Some(it.order_id.0),
        EventRef::Replaced(it) => Some(it.order_id.0),
        _ => None,
    }
}

/// What a message is told beside its answer: that others are missing before it.
const AROUND: [EventKind; 1] = [EventKind::NotApplied];

fn rejected(event: &Event) -> Option<&Rejected> {
    match event.view()? {
        EventRef::Rejected(it) => Some(it),
        _ => None,
    }
}

fn cancel_rejected(event: &Event) -> Option<&CancelRejected> {
    match event.view()? {
        EventRef::CancelRejected(it) => Some(it),
        _ => None,
    }
}

#[test]
fn a_rejected_order_changes_nothing() {
    let (mut count, mut deep) = (0, 0);
    all_lives(100, 1_500, &mut |turn| {
        let Some(it) = turn.events.iter().find_map(rejected) else { return };
        let told = turn.events.iter().filter_map(Event::kind);
        let others: Vec<EventKind> = told.filter(|kind| !AROUND.contains(kind)).collect();
        assert_eq!(others, [EventKind::Rejected], "{it:?} and something else");
        turn.changed_nothing(it);
        count += 1;
        // Whoever comes as far as to the limits has been looked at by everything.
        deep += u64::from(it.code.get() >= Some(RejectCode::Collar));
    });
    assert!(count > 5_000 && deep > 1_000, "{count} rejected orders, {deep} of them by risk");
}

#[test]
fn a_failed_replace_changes_nothing() {
    let (mut replaces, mut known, mut words, mut cancels) = (0, 0, 0, 0);
    all_lives(100, 1_500, &mut |turn| {
        let Some(it) = turn.events.iter().find_map(cancel_rejected) else { return };
        let told = turn.events.iter().filter_map(Event::kind);
        let others: Vec<EventKind> = told.filter(|kind| !AROUND.contains(kind)).collect();
        assert_eq!(others, [EventKind::CancelRejected], "{it:?} and something else");
        turn.changed_nothing(it);
        let Some(body) = turn.command.body::<Replace>() else {
            cancels += 1;
            return;
        };
        replaces += 1;
        // Only where its order works is there anything that it could have changed.
        let own = turn.before.orders.values().find(|order| {
            order.session == turn.command.header().session
                && (order.cl_ord_id == body.orig_cl_ord_id || order.order_id == body.order_id)
        });
        known += u64::from(own.is_some());
        words += u64::from(own.is_some_and(|order| order.user_data != body.user_data));
    });
    assert!(replaces > 1_000 && cancels > 500, "{replaces} replaces, {cancels} cancels");
    assert!(known > 500 && words > 100, "{known} of orders that work, {words} with another word");
}

#[test]
fn an_order_that_no_report_names_is_as_it_was() {
    let mut others = 0;
    all_lives(100, 1_500, &mut |turn| {
        let named: BTreeSet<u64> = turn.events.iter().filter_map(order_of).collect();
        for (id, order) in turn.before.orders.iter().filter(|(id, _)| !named.contains(id)) {
            assert_eq!(turn.after.orders.get(id), Some(order), "{:?}", turn.events);
            others += u64::from(!named.is_empty());
        }
        let came = turn.after.orders.keys().find(|id| !turn.before.orders.contains_key(id));
        assert!(came.is_none_or(|id| named.contains(id)), "{came:?} came without a word");
    });
    assert!(others > 50_000, "orders that stood beside another's report: {others}");
}

#[test]
fn what_is_filled_left_canceled_and_prevented_is_what_was_ordered() {
    let (mut seen, mut gone) = (0, 0);
    // Every report is held against those before it where the ledger takes it in.
    all_entries(100, 1_500, &mut |turn, ledger, entry| match entry {
        Entry::Gone(_) => gone += 1,
        Entry::Done => {
            let works = turn.after.orders.len();
            assert_eq!(ledger.slips.len(), works, "orders that work and that were told of");
            for (id, slip) in &ledger.slips {
                let order = &turn.after.orders[id];
                let is = (order.px, order.qty.0, order.cum.0, order.leaves.0, order.prevented.0);
                let told = (slip.px, slip.qty, slip.cum, slip.leaves, slip.prevented);
                assert_eq!(told, is, "{slip:?}");
                let shown = if slip.is_hidden { 0 } else { slip.shown };
                assert_eq!(shown, order.shown.0, "what shows of {slip:?}");
                seen += 1;
            }
        }
        Entry::Came(_) | Entry::Traded(..) => {}
    });
    assert!(gone > 10_000 && seen > 100_000, "{gone} orders done, {seen} looked at");
}

#[test]
fn nobody_trades_beyond_the_price_he_gave() {
    let (mut better, mut exact) = (0, 0);
    all_entries(100, 1_500, &mut |_, _, entry| {
        let Entry::Traded(slip, trade) = entry else { return };
        let (limit, px) = (slip.px, trade.last_px);
        let within = if slip.side.is_buy() { px <= limit } else { px >= limit };
        assert!(within, "{slip:?} traded at {px:?}");
        if trade.liquidity == Liquidity::Added.into() {
            assert_eq!(px, limit, "a maker trades at his own price");
        }
        *(if px == limit { &mut exact } else { &mut better }) += 1;
    });
    assert!(better > 1_000 && exact > 1_000, "{better} at a better price, {exact} at their own");
}

#[test]
fn a_fill_or_kill_order_is_filled_whole_or_not_at_all() {
    let (mut filled, mut killed) = (0, 0);
    all_entries(100, 1_500, &mut |_, _, entry| {
        let Entry::Gone(slip) = entry else { return };
        if slip.tif == TimeInForce::FillOrKill {
            assert!(slip.cum == 0 || slip.cum == slip.qty, "{slip:?}");
            *(if slip.cum == 0 { &mut killed } else { &mut filled }) += 1;
        }
    });
    assert!(filled > 100 && killed > 100, "{filled} filled, {killed} not");
}

#[test]
fn an_immediate_order_never_rests() {
    let mut count = 0;
    all_entries(100, 1_500, &mut |turn, _, entry| {
        let Entry::Came(slip) = entry else { return };
        let at_once = [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill];
        if at_once.contains(&slip.tif) {
            assert!(!turn.after.orders.contains_key(&slip.order_id), "{slip:?} rests");
            count += 1;
        }
    });
    assert!(count > 1_000, "immediate orders: {count}");
}

#[test]
fn a_post_only_order_never_takes() {
    let mut made = 0;
    all_entries(100, 1_500, &mut |_, _, entry| {
        let Entry::Traded(slip, trade) = entry else { return };
        if slip.is_post_only {
            assert!(trade.liquidity != Liquidity::Removed.into(), "{slip:?} takes");
            made += 1;
        }
    });
    assert!(made > 200, "trades of post-only orders: {made}");
}
