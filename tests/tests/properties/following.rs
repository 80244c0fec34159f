//! Orders that follow prices: what a trader may rely on.

use std::collections::{BTreeMap, BTreeSet};

use pinion_tests::random::Stream;
use pinion_types::codes::{Liquidity, OrdStatus, OrdType, TradingState};
use pinion_types::{CommandRef, EventRef, Px};

use crate::lives::{Life, Turn, seeds};

/// Puts a sentence to lives in which many orders follow prices.
fn following_lives(count: u64, commands: u64, see: &mut dyn FnMut(u64, &Turn<'_>)) {
    for seed in seeds(count) {
        let mut life = Life::new(Stream::following(seed));
        (0..commands).for_each(|_| life.step(&mut |turn| see(seed, turn)));
    }
}

/// Whether a stop was entered to trail.
fn trails(turn: &Turn<'_>) -> bool {
    match turn.command.view() {
        Some(CommandRef::NewOrderWide(it)) => [8, 9].contains(&it.extra.offset_kind),
        _ => false,
    }
}

#[test]
fn a_trailing_stop_never_moves_away_from_the_market() {
    let (mut moved, mut trailing) = (0, BTreeMap::new());
    following_lives(150, 1_500, &mut |seed, turn| {
        for event in turn.events {
            match event.view() {
                Some(EventRef::Accepted(it)) if trails(turn) => {
                    let begun = it.stop_px != Px(0);
                    trailing.insert((seed, it.order_id.0), begun.then_some(it.stop_px));
                }
                // Its owner may ask for another offset; an elected one has no trigger any more.
                Some(EventRef::Replaced(it)) if trailing.contains_key(&(seed, it.order_id.0)) => {
                    let key = (seed, it.order_id.0);
                    let waits = it.ord_status == OrdStatus::Suspended.into();
                    let begun = waits && it.stop_px != Px(0);
                    trailing.insert(key, begun.then_some(it.stop_px));
                    if !waits {
                        trailing.remove(&key);
                    }
                }
                _ => {}
            }
        }
        for ((of, id), trigger) in &mut trailing {
            let Some(order) = turn.after.orders.get(id).filter(|_| *of == seed) else { continue };
            let is = order.stop_px;
            if let Some(was) = *trigger {
                let away = if order.side.is_buy() { is > was } else { is < was };
                assert!(!away, "{order:?} was at {was:?}");
                moved += u64::from(is != was);
            }
            *trigger = if is == Px(0) { *trigger } else { Some(is) };
        }
        trailing.retain(|(of, id), _| *of == seed && turn.after.orders.contains_key(id));
    });
    assert!(moved > 100, "triggers that moved: {moved}");
}

#[test]
fn a_trailing_stop_is_elected_only_by_a_trade_at_its_trigger() {
    let (mut elected, mut trailing) = (0, BTreeMap::new());
    following_lives(150, 1_500, &mut |seed, turn| {
        let mut traded: BTreeMap<u32, (Px, Px)> = BTreeMap::new();
        for event in turn.events {
            match event.view() {
                Some(EventRef::Accepted(it)) if trails(turn) => {
                    trailing.insert((seed, it.order_id.0), it.instrument.0);
                }
                Some(EventRef::Trade(it)) => {
                    let px = it.last_px;
                    let (low, high) = traded.entry(it.instrument.0).or_insert((px, px));
                    (*low, *high) = ((*low).min(px), (*high).max(px));
                }
                Some(EventRef::Replaced(it)) if it.restated == 1 => {
                    let waits = it.ord_status == OrdStatus::Suspended.into();
                    let Some(id) = trailing.get(&(seed, it.order_id.0)).filter(|_| !waits) else {
                        continue;
                    };
                    if it.stop_px == Px(0) {
                        continue;
                    }
                    // An auction elects by the price that it trades at next; a market that opens
                    // again hears of its last trade.
                    let Some((low, high)) = traded.get(id).copied() else { continue };
                    let buys = it.side.get().is_some_and(|side| side.is_buy());
                    let reached = if buys { high >= it.stop_px } else { low <= it.stop_px };
                    assert!(reached, "{it:?} of {low:?} to {high:?}");
                    elected += 1;
                    trailing.remove(&(seed, it.order_id.0));
                }
                _ => {}
            }
        }
    });
    assert!(elected > 50, "elected: {elected}");
}

#[test]
fn a_floating_peg_never_trades_as_taker() {
    let (mut pegs, mut makers) = (BTreeSet::new(), 0);
    following_lives(150, 1_500, &mut |seed, turn| {
        for event in turn.events {
            match event.view() {
                Some(EventRef::Accepted(it)) if it.ord_type == OrdType::Pegged.into() => {
                    pegs.insert((seed, it.order_id.0));
                }
                Some(EventRef::Trade(it)) if pegs.contains(&(seed, it.order_id.0)) => {
                    assert_eq!(it.liquidity.get(), Some(Liquidity::Added), "{it:?}");
                    makers += 1;
                }
                _ => {}
            }
        }
    });
    assert!(makers > 50, "trades of pegs: {makers}");
}

#[test]
fn a_floating_peg_is_never_beyond_its_cap() {
    let (mut caps, mut told) = (BTreeMap::new(), 0);
    following_lives(150, 1_500, &mut |seed, turn| {
        let cap = match turn.command.view() {
            Some(CommandRef::NewOrder(it)) => it.px,
            Some(CommandRef::NewOrderWide(it)) => it.order.px,
            Some(CommandRef::Replace(it)) => it.px,
            _ => Px(0),
        };
        for event in turn.events {
            let (id, px, side) = match event.view() {
                Some(EventRef::Accepted(it)) if it.ord_type == OrdType::Pegged.into() => {
                    caps.insert((seed, it.order_id.0), cap);
                    (it.order_id.0, it.px, it.side)
                }
                Some(EventRef::Replaced(it)) if caps.contains_key(&(seed, it.order_id.0)) => {
                    if it.restated == 0 {
                        caps.insert((seed, it.order_id.0), cap);
                    }
                    (it.order_id.0, it.px, it.side)
                }
                _ => continue,
            };
            let cap = caps[&(seed, id)];
            let buys = side.get().is_some_and(|side| side.is_buy());
            let beyond = cap != Px(0) && if buys { px > cap } else { px < cap };
            assert!(!beyond, "{px:?} with a cap of {cap:?}: {event:?}");
            told += u64::from(cap != Px(0));
        }
    });
    assert!(told > 200, "prices of pegs with a cap: {told}");
}

#[test]
fn pegs_stand_only_where_orders_match_as_they_come() {
    let (mut stands, mut waits) = (0, 0);
    following_lives(100, 1_500, &mut |_, turn| {
        for it in turn.after.orders.values().filter(|it| it.ord_type == OrdType::Pegged) {
            let key = (it.instrument.0, it.side.is_buy());
            let in_book = turn.after.queues[&key].contains(&it.order_id.0);
            let state = turn.after.instruments[&it.instrument.0].state;
            assert!(!in_book || state == TradingState::Continuous, "{it:?} while {state:?}");
            *(if in_book { &mut stands } else { &mut waits }) += 1;
        }
    });
    assert!(stands > 1_000 && waits > 500, "{stands} in the book, {waits} parked");
}
