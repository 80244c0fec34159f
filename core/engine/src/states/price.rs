//! The price at which a crossed book trades as one: a pure function of two ladders.

use crate::book::{Ladder, Pages};

/// What a crossed book would trade at one price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crossing {
    pub(crate) tick: i64,
    /// Quantity that trades: the largest there is.
    pub(crate) volume: u64,
    /// Bids at or above the price less offers at or below it.
    pub(crate) surplus: i64,
}

/// Both sides of a book.
#[derive(Clone, Copy)]
pub(crate) struct Book<'a> {
    pub(crate) bids: &'a Ladder,
    pub(crate) asks: &'a Ladder,
    pub(crate) pages: &'a Pages,
}

/// Where the largest volume trades, and who stands next to it.
#[derive(Clone, Copy)]
struct Middle {
    volume: u64,
    /// Lowest and highest price at which all of it trades.
    low: i64,
    high: i64,
    /// Best bid below the highest, best offer above the lowest.
    next_bid: Option<i64>,
    next_ask: Option<i64>,
}

impl Book<'_> {
    /// The price, or `None` where nobody would trade. `reference` is the last trade, else the
    /// settlement. O(levels that cross).
    ///
    /// The volume is largest from the lowest price at which the offers suffice to the highest at
    /// which the bids do, and nowhere else. Between the two every further bid adds to the surplus
    /// of the bids as the price falls, every further offer to that of the offers as it rises: the
    /// least surplus, and of it the price that the rules prefer, is at one of five prices, the two
    /// ends, the next bid, the next offer and the reference.
    pub(crate) fn crossing(&self, reference: Option<i64>) -> Option<Crossing> {
        let middle = self.middle()?;
        let ticks =
            [Some(middle.low), Some(middle.high), middle.next_bid, middle.next_ask, reference];
        let is_within = |tick: i64| tick >= middle.low && tick <= middle.high;
        let at = |tick: i64| Crossing { tick, volume: middle.volume, surplus: self.surplus(tick) };
        let all = ticks.map(|tick| tick.filter(|&tick| is_within(tick)).map(at));
        let size = |it: &Crossing| it.surplus.unsigned_abs();
        let least = all.iter().flatten().map(size).min()?;
        let best = || all.into_iter().flatten().filter(|it| size(it) == least);
        if best().all(|it| it.surplus > 0) {
            best().max_by_key(|it| it.tick)
        } else if best().all(|it| it.surplus < 0) {
            best().min_by_key(|it| it.tick)
        } else {
            let far = |tick: i64| reference.map_or(0, |reference| reference.abs_diff(tick));
            // The nearest, of equal ones the higher.
            best().max_by_key(|it| (core::cmp::Reverse(far(it.tick)), it.tick))
        }
    }

    /// Best bids against best offers, as far as they cross.
    fn middle(&self) -> Option<Middle> {
        let whole = |(tick, level): (i64, crate::book::Level)| (tick, level.quantity);
        let (mut bids, mut asks) = (self.bids.levels(self.pages), self.asks.levels(self.pages));
        let (mut bid, mut ask) = (bids.next().map(whole), asks.next().map(whole));
        let mut middle: Option<Middle> = None;
        while let (Some((high, bid_left)), Some((low, ask_left))) = (bid, ask) {
            if high < low {
                break;
            }
            let qty = bid_left.min(ask_left);
            // At most 2^23 orders of at most 2^40 each.
            let volume = middle.map_or(0, |it| it.volume) + qty;
            middle = Some(Middle { volume, low, high, next_bid: None, next_ask: None });
            bid =
                if bid_left > qty { Some((high, bid_left - qty)) } else { bids.next().map(whole) };
            ask = if ask_left > qty { Some((low, ask_left - qty)) } else { asks.next().map(whole) };
        }
        let mut middle = middle?;
        let below = |tick: i64| tick < middle.high;
        let above = |tick: i64| tick > middle.low;
        let next_bid = bid.map(|(tick, _)| tick).filter(|&tick| below(tick));
        let next_ask = ask.map(|(tick, _)| tick).filter(|&tick| above(tick));
        (middle.next_bid, middle.next_ask) = (next_bid, next_ask);
        Some(middle)
    }

    /// Bids at or above a price less offers at or below it; each at most 2^63 - 1.
    fn surplus(&self, tick: i64) -> i64 {
        let reach = |side: &Ladder| -> u64 {
            let levels = side.levels(self.pages);
            let within = levels.take_while(|(it, _)| side.rank(*it) <= side.rank(tick));
            within.map(|(_, level)| level.quantity).sum()
        };
        reach(self.bids) as i64 - reach(self.asks) as i64
    }
}
