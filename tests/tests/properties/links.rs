//! Linked orders: of two that cancel each other one trades, and what closes an entry is never there
//! before it.

use std::collections::{BTreeMap, BTreeSet};

use pinion_engine::OrderView;
use pinion_tests::random::Stream;
use pinion_types::event::Trade;
use pinion_types::{CommandRef, EventRef};

use crate::lives::{Business, Life, Turn, seeds};
use crate::money::trade_of;
use crate::orders::order_of;

/// Puts a sentence to lives in which many orders are linked.
fn linked_lives(count: u64, see: &mut dyn FnMut(&Turn<'_>)) {
    for seed in seeds(count) {
        let mut life = Life::new(Stream::linked(seed));
        (0..1_500).for_each(|_| life.step(see));
    }
}

/// The pairs that stand: the limit order, and the stop beside it.
fn pairs(it: &Business) -> Vec<(OrderView, OrderView)> {
    let leg = |leg: u8| {
        let orders = it.orders.values().filter(move |it| (it.link_kind, it.link_leg) == (1, leg));
        orders.map(|it| ((it.session.0, it.link_id), *it)).collect::<BTreeMap<_, _>>()
    };
    let (first, second) = (leg(1), leg(2));
    let both = |(key, stop): (&(u32, u64), &OrderView)| Some((*first.get(key)?, *stop));
    second.iter().filter_map(both).collect()
}

fn trades_of<'a>(turn: &Turn<'a>, order: &OrderView) -> Vec<&'a Trade> {
    let trades = turn.events.iter().filter_map(trade_of);
    trades.filter(|it| it.order_id == order.order_id).collect()
}

#[test]
fn one_of_two_linked_orders_never_outlives_a_trade_of_the_other() {
    let (mut by_limit, mut by_stop) = (0, 0);
    linked_lives(60, &mut |turn| {
        for (limit, stop) in pairs(turn.before) {
            let traded = [&limit, &stop].map(|it| !trades_of(turn, it).is_empty());
            assert_ne!(traded, [true; 2], "{limit:?} and {stop:?} in {:?}", turn.events);
            by_limit += usize::from(traded[0]);
            by_stop += usize::from(traded[1]);
            let left = [&limit, &stop].map(|it| turn.after.orders.get(&it.order_id.0));
            assert!(!traded[0] || left[1].is_none(), "{stop:?} outlives {limit:?}");
            assert!(!traded[1] || left[0].is_none(), "{limit:?} outlives {stop:?}");
        }
    });
    assert!(by_limit > 60 && by_stop > 15, "{by_limit} limit orders, {by_stop} stops");
}

#[test]
fn of_two_linked_orders_none_ends_alone() {
    let mut count = 0;
    linked_lives(60, &mut |turn| {
        for (limit, stop) in pairs(turn.before) {
            let left = [&limit, &stop].map(|it| turn.after.orders.get(&it.order_id.0));
            let traded = [&limit, &stop].map(|it| !trades_of(turn, it).is_empty());
            // An elected stop goes on by itself, and so does a limit order that has traded.
            let elected = left[1].is_some_and(|it| it.link_kind == 0);
            if traded == [false; 2] && !elected {
                assert_eq!(left[0].is_some(), left[1].is_some(), "{limit:?} and {stop:?}");
                count += usize::from(left[0].is_none());
            }
        }
        let alone = turn.after.orders.values().filter(|it| (it.link_kind, it.link_leg) == (1, 2));
        assert_eq!(alone.count(), pairs(turn.after).len(), "a stop without its limit order");
    });
    assert!(count > 100, "pairs that ended together: {count}");
}

/// Exits and the entries they belong to, as their clients sent them.
#[derive(Default)]
struct Brackets {
    /// Which entry an exit waits for; 0 before it has come.
    entries: BTreeMap<u64, u64>,
    /// What entries have traded.
    traded: BTreeMap<u64, u64>,
    /// Exits that have started.
    started: BTreeSet<u64>,
}

impl Brackets {
    fn see_order(&mut self, turn: &Turn<'_>) {
        let Some(CommandRef::NewOrderWide(body)) = turn.command.view() else { return };
        let (session, extra) = (turn.command.header().session, &body.extra);
        let accepted = turn.events.iter().find_map(|event| match event.view() {
            Some(EventRef::Accepted(it)) => Some(it),
            _ => None,
        });
        let Some(it) = accepted else { return };
        match (extra.link_kind, extra.link_leg) {
            (2, 1) => {
                let waits = turn.before.orders.values().filter(|order| {
                    order.session == session
                        && (order.link_id, order.link_kind) == (extra.link_id, 2)
                });
                self.entries.extend(waits.map(|order| (order.order_id.0, it.order_id.0)));
                self.traded.insert(it.order_id.0, 0);
            }
            (2, _) => drop(self.entries.insert(it.order_id.0, 0)),
            _ => {}
        }
    }
}

#[test]
fn a_stop_loss_never_stands_without_its_entry_having_traded() {
    let (mut starts, mut trades) = (0, 0);
    for seed in seeds(60) {
        let mut it = Brackets::default();
        let mut life = Life::new(Stream::linked(seed));
        for _ in 0..1_500 {
            life.step(&mut |turn| {
                it.see_order(turn);
                for event in turn.events {
                    let Some(id) = order_of(event) else { continue };
                    if let (Some(sum), Some(trade)) = (it.traded.get_mut(&id), trade_of(event)) {
                        *sum = trade.cum_qty.0;
                    }
                    trades += usize::from(it.started.contains(&id) && trade_of(event).is_some());
                    let Some(entry) = it.entries.get(&id) else { continue };
                    let had = it.traded.get(entry).copied().unwrap_or(0);
                    match event.view() {
                        Some(EventRef::Replaced(told)) if told.restated == 1 => {
                            assert!(0 < had && told.qty.0 <= had, "{told:?} after {had}");
                            it.entries.remove(&id);
                            it.started.insert(id);
                            starts += 1;
                        }
                        Some(EventRef::Trade(told)) => panic!("{told:?} before its entry's end"),
                        _ => {}
                    }
                }
            });
        }
    }
    assert!(starts > 150 && trades > 40, "{starts} starts, {trades} trades");
}

#[test]
fn what_can_never_trade_beside_another_counts_once() {
    let mut idle = 0;
    linked_lives(30, &mut |turn| {
        let counts = |it: &&OrderView| it.link_leg < 2;
        for position in turn.after.positions.values() {
            let own = turn.after.orders.values().filter(|it| {
                (it.account, it.instrument) == (position.account, position.instrument)
            });
            let (counted, others): (Vec<&OrderView>, Vec<&OrderView>) = own.partition(counts);
            let sum = |buys: bool| -> u64 {
                let side = counted.iter().filter(|it| it.side.is_buy() == buys);
                side.map(|it| it.leaves.0).sum()
            };
            assert_eq!([position.buys.0, position.sells.0], [sum(true), sum(false)]);
            idle += others.len();
        }
    });
    assert!(idle > 1_000, "orders that count with another: {idle}");
}
