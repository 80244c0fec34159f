//! An order: what refuses it changes nothing, what is reported of it adds up, and it never gets
//! what it did not ask for.

use std::collections::BTreeSet;

use pinion_types::codes::{Liquidity, TimeInForce};
use pinion_types::{CommandKind, Event, EventRef};

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

#[test]
fn a_rejected_order_changes_nothing() {
    let mut count = 0;
    all_lives(100, 1_500, &mut |turn| {
        let Some(EventRef::Rejected(it)) = turn.events.last().and_then(Event::view) else { return };
        assert_eq!(turn.before, turn.after, "{it:?}");
        count += 1;
    });
    assert!(count > 5_000, "rejected orders: {count}");
}

#[test]
fn a_failed_replace_changes_nothing() {
    let (mut replaces, mut cancels) = (0, 0);
    all_lives(100, 1_500, &mut |turn| {
        let last = turn.events.last().and_then(Event::view);
        let Some(EventRef::CancelRejected(it)) = last else { return };
        assert_eq!(turn.before, turn.after, "{it:?}");
        match turn.command.kind() {
            Some(CommandKind::Replace) => replaces += 1,
            _ => cancels += 1,
        }
    });
    assert!(replaces > 1_000 && cancels > 500, "{replaces} replaces, {cancels} cancels");
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
