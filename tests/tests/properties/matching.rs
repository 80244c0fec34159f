//! Matching: who trades first, at which price, and when nothing trades at all.

use std::collections::{BTreeMap, BTreeSet};

use pinion_types::codes::{Liquidity, StpMode, TradingState};
use pinion_types::command::{AllocationAlgorithm, NewOrder};
use pinion_types::{AccountId, EventKind, EventRef, InstrumentId, Px};

use crate::ledger::{Entry, Slip, all_entries};
use crate::lives::{Turn, all_lives};

#[test]
fn nobody_trades_through_a_better_price() {
    let mut deep = 0;
    all_entries(100, 1_500, &mut |_, ledger, entry| {
        let Entry::Traded(slip, trade) = entry else { return };
        if trade.liquidity == Liquidity::Removed.into() {
            return;
        }
        let first = ledger.who_is_before(slip).filter(|first| first.px != slip.px);
        assert!(first.is_none(), "{slip:?} trades before {first:?}");
        let behind = |it: &&Slip| it.instrument == slip.instrument && it.side == slip.side;
        deep += u64::from(ledger.slips.values().filter(behind).any(|it| it.px != slip.px));
    });
    assert!(deep > 2_000, "trades with other prices behind: {deep}");
}

#[test]
fn earlier_orders_at_a_price_trade_first() {
    let (mut continuous, mut auction, mut shared) = (0, 0, 0);
    all_entries(160, 1_500, &mut |turn, ledger, entry| {
        let Entry::Traded(slip, trade) = entry else { return };
        if trade.liquidity == Liquidity::Removed.into() {
            return;
        }
        // Where a price is shared, more than one takes part.
        let algorithm = turn.engine.allocation(InstrumentId(slip.instrument));
        let by_time = [0, AllocationAlgorithm::Fifo.code()];
        if trade.liquidity == Liquidity::Added.into()
            && algorithm.is_some_and(|it| !by_time.contains(&it.algorithm.0))
        {
            shared += 1;
            return;
        }
        let first = ledger.who_is_before(slip).filter(|first| first.px == slip.px);
        assert!(first.is_none(), "{slip:?} trades before {first:?}");
        let beside = |it: &&Slip| {
            let at = (it.instrument, it.side, it.px);
            at == (slip.instrument, slip.side, slip.px) && !it.waits
        };
        if ledger.slips.values().filter(beside).count() > 1 {
            let calls = trade.liquidity == Liquidity::Auction.into();
            *(if calls { &mut auction } else { &mut continuous }) += 1;
        }
    });
    assert!(continuous > 120 && auction > 100, "{continuous} and {auction} with others beside");
    assert!(shared > 500, "trades where a price is shared: {shared}");
}

#[test]
fn an_auction_trades_at_one_price() {
    let mut auctions = 0;
    all_lives(100, 1_500, &mut |turn| {
        let mut prices: BTreeMap<u32, Px> = BTreeMap::new();
        for event in turn.events {
            match event.view() {
                Some(EventRef::Trade(it)) if it.liquidity == Liquidity::Auction.into() => {
                    let px = *prices.entry(it.instrument.0).or_insert(it.last_px);
                    assert_eq!(px, it.last_px, "one auction of {:?}", it.instrument);
                }
                Some(EventRef::StateChanged(it)) => {
                    auctions += u64::from(prices.remove(&it.instrument.0).is_some());
                }
                _ => {}
            }
        }
        assert!(prices.is_empty(), "an auction trades when it ends: {prices:?}");
    });
    assert!(auctions > 100, "auctions that traded: {auctions}");
}

/// What two sides would trade at a price, from the orders alone.
fn volume(turn: &Turn<'_>, instrument: u32, px: Px) -> u64 {
    let all = turn.before.orders.values();
    let (mut buys, mut sells) = (0, 0);
    for it in all.filter(|it| it.instrument.0 == instrument && it.stop_px.0 == 0) {
        match it.side.is_buy() {
            true if it.px >= px => buys += it.leaves.0,
            false if it.px <= px => sells += it.leaves.0,
            _ => {}
        }
    }
    buys.min(sells)
}

#[test]
fn an_auction_trades_the_most_that_any_price_could() {
    let mut auctions = 0;
    all_lives(250, 1_500, &mut |turn| {
        let changed = turn.events.iter().filter_map(|event| match event.view() {
            Some(EventRef::StateChanged(it)) => Some(it),
            _ => None,
        });
        for it in changed {
            let (from, to) = (it.from.get(), it.to.get());
            let auction = [TradingState::OpeningAuction, TradingState::ClosingAuction];
            let ends = from.is_some_and(|from| auction.contains(&from)) && from != to;
            let uncrosses = to == Some(TradingState::Continuous)
                || (from == Some(TradingState::ClosingAuction)
                    && to == Some(TradingState::PostClose));
            // Orders that expire or are elected by the same command are another matter.
            let id = it.instrument.0;
            let first = turn.before.instruments.get(&id).map(|it| it.state) == from;
            let stands = |order: u64| {
                let queues = [true, false].map(|buys| turn.before.queues.get(&(id, buys)));
                queues.into_iter().flatten().any(|ids| ids.contains(&order))
            };
            let mut own = turn.before.orders.values().filter(|it| it.instrument.0 == id);
            let waits = own.any(|it| !stands(it.order_id.0));
            let cancels = turn.events.iter().any(|it| it.kind() == Some(EventKind::Canceled));
            if !ends || !uncrosses || !first || waits || cancels {
                continue;
            }
            let own = turn.before.orders.values().filter(|it| it.instrument.0 == id);
            let most = own.map(|it| volume(turn, id, it.px)).max().unwrap_or(0);
            let traded: u64 = turn
                .events
                .iter()
                .filter_map(|event| match event.view() {
                    Some(EventRef::Trade(it)) if it.instrument.0 == id => {
                        Some(it).filter(|it| it.liquidity == Liquidity::Auction.into())
                    }
                    _ => None,
                })
                .map(|it| it.last_qty.0)
                .sum();
            // Both sides of each trade are told.
            assert_eq!(traded, 2 * most, "{it:?}");
            auctions += u64::from(most > 0);
        }
    });
    assert!(auctions > 10, "auctions that traded: {auctions}");
}

#[test]
fn nothing_trades_in_a_market_that_is_not_open() {
    let (mut crossed, mut auctions, mut changes) = (BTreeMap::new(), 0, 0);
    all_lives(100, 1_500, &mut |turn| {
        let states = turn.before.instruments.iter().map(|(id, it)| (*id, it.state));
        let mut states: BTreeMap<u32, TradingState> = states.collect();
        for (id, state) in states.iter().filter(|(_, it)| **it != TradingState::Continuous) {
            let collects = is_crossed(turn, *id) && turn.command.body::<NewOrder>().is_some();
            *crossed.entry(state.code()).or_insert(0) += u64::from(collects);
        }
        // Those whose auction has traded, and that are to say which state they enter by that.
        let mut uncrossed = BTreeSet::new();
        for event in turn.events {
            match event.view() {
                Some(EventRef::Trade(it)) => {
                    let (id, state) = (it.instrument.0, states[&it.instrument.0]);
                    if it.liquidity == Liquidity::Auction.into() {
                        uncrossed.insert(id);
                    } else {
                        let is_open = state == TradingState::Continuous;
                        assert!(is_open, "{it:?} while the market is {state:?}");
                        assert!(!uncrossed.contains(&id), "{it:?} before the market is open");
                    }
                }
                Some(EventRef::StateChanged(it)) => {
                    let to = it.to.get().expect("a state");
                    let from = states.insert(it.instrument.0, to);
                    assert_eq!(from, it.from.get(), "{it:?}");
                    let closes = from == Some(TradingState::ClosingAuction)
                        && matches!(to, TradingState::PostClose | TradingState::Closed);
                    let may = closes || to == TradingState::Continuous;
                    let traded = uncrossed.remove(&it.instrument.0);
                    assert!(may || !traded, "{it:?} by an auction");
                    auctions += u64::from(traded);
                    changes += u64::from(!may);
                }
                _ => {}
            }
        }
        assert!(uncrossed.is_empty(), "an auction trades when it ends: {uncrossed:?}");
    });
    for state in [
        TradingState::PreOpen,
        TradingState::OpeningAuction,
        TradingState::ClosingAuction,
        TradingState::Halted,
    ] {
        let count = crossed.get(&state.code()).copied().unwrap_or(0);
        assert!(count > 50, "orders beside a crossed book, {state}: {count}");
    }
    assert!(auctions > 100 && changes > 500, "{auctions} auctions, {changes} other changes");
}

/// Whether somebody would trade if the market were open.
fn is_crossed(turn: &Turn<'_>, instrument: u32) -> bool {
    let best = |buys: bool| {
        let queue = turn.after.queues.get(&(instrument, buys))?;
        turn.after.orders.get(queue.first()?).map(|it| it.px)
    };
    best(true).zip(best(false)).is_some_and(|(bid, offer)| bid >= offer)
}

#[test]
fn own_orders_meet_only_where_the_taker_allows_it() {
    let (mut maker, mut met, mut allowed) = (None, 0, 0);
    all_entries(100, 1_500, &mut |turn, _, entry| {
        let Entry::Traded(slip, trade) = entry else { return };
        match trade.liquidity.get() {
            Some(Liquidity::Added) => maker = Some(*slip),
            Some(Liquidity::Removed) => {
                let maker: Slip = maker.take().expect("the maker is told first");
                if !slip.is_as_entered || !maker.is_as_entered {
                    return;
                }
                let own = owner(turn, slip) == owner(turn, &maker);
                assert!(!own || slip.stp_mode == StpMode::None, "{slip:?} meets {maker:?}");
                allowed += u64::from(own);
                met += 1;
            }
            _ => {}
        }
    });
    assert!(met > 4_000 && allowed > 100, "{met} trades, {allowed} of who allows it");
}

/// Firm and group of an order, as the two are defined when nobody defines an account anew: the
/// group it named, else its account's, else the account itself.
fn owner(turn: &Turn<'_>, slip: &Slip) -> (u32, u32, u32) {
    let account = turn.engine.account(AccountId(slip.account)).expect("an account").definition;
    let own = if account.stp_group == 0 { (0, slip.account) } else { (account.stp_group, 0) };
    let (group, alone) = if slip.group == 0 { own } else { (slip.group, 0) };
    (account.firm.0, group, alone)
}
