//! Stops: a trade at the trigger elects one, and one is not another.

use std::collections::BTreeSet;

use pinion_types::codes::{Liquidity, OrdStatus};
use pinion_types::event::{Replaced, Trade};
use pinion_types::{EventRef, OrdType};

use crate::lives::{Turn, all_lives};
use crate::money::trade_of;
use crate::orders::order_of;

/// Stops that a command elected, each with its place among the events.
fn elected<'a>(turn: &Turn<'a>) -> Vec<(usize, &'a Replaced)> {
    let told = turn.events.iter().enumerate();
    let all = told.filter_map(|(place, event)| match event.view() {
        Some(EventRef::Replaced(it)) => Some((place, it)),
        _ => None,
    });
    let waited = |id| turn.before.orders.get(&id).is_some_and(|it| it.stop_px.0 != 0);
    all.filter(|(_, it)| waited(it.order_id.0) && it.ord_status != OrdStatus::Suspended.into())
        .collect()
}

#[test]
fn one_elected_stop_touches_no_other() {
    let (mut elections, mut others) = (0, 0);
    all_lives(130, 1_500, &mut |turn| {
        let all = elected(turn);
        if all.is_empty() {
            return;
        }
        elections += 1;
        let named: BTreeSet<u64> = turn.events.iter().filter_map(order_of).collect();
        for (instrument, ids) in &turn.before.waiting {
            let rest: Vec<u64> = ids.iter().copied().filter(|id| !named.contains(id)).collect();
            for id in &rest {
                let (was, is) = (&turn.before.orders[id], turn.after.orders.get(id));
                assert_eq!(is, Some(was), "elected: {all:?}");
            }
            let stays: Vec<u64> = turn.after.waiting[instrument]
                .iter()
                .copied()
                .filter(|id| rest.contains(id))
                .collect();
            assert_eq!(stays, rest, "the others wait in the order they waited in");
            others += rest.len();
        }
    });
    assert!(elections > 500 && others > 800, "{elections} elections, {others} others");
}

#[test]
fn a_stop_is_elected_only_by_a_trade_at_its_trigger() {
    let mut count = 0;
    all_lives(100, 1_500, &mut |turn| {
        for (place, it) in elected(turn) {
            let stop = &turn.before.orders[&it.order_id.0];
            assert!(matches!(stop.ord_type, OrdType::Stop | OrdType::StopLimit), "{stop:?}");
            // An auction elects by the price it is about to trade at.
            let own = |trade: &Trade| trade.instrument == it.instrument;
            if turn.events.iter().filter_map(trade_of).any(|it| own(it) && is_auction(it)) {
                continue;
            }
            // A market that opens again hears of its last trade.
            let last = turn.before.instruments[&it.instrument.0].last;
            let traded = turn.events[..place].iter().filter_map(trade_of).filter(|it| own(it));
            let mut prices = traded.map(|it| it.last_px).chain(last);
            let reached = match stop.side.is_buy() {
                true => prices.any(|px| px >= stop.stop_px),
                false => prices.any(|px| px <= stop.stop_px),
            };
            assert!(reached, "{stop:?} is elected by {:?}", turn.events);
            count += 1;
        }
    });
    assert!(count > 300, "elected: {count}");
}

fn is_auction(trade: &Trade) -> bool {
    trade.liquidity == Liquidity::Auction.into()
}
