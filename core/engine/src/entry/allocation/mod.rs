//! Matching where a price is not shared by time alone (rule O11): whoever stands at a price takes
//! part, in the steps of the instrument's algorithm.

mod shares;
mod top;

pub(crate) use shares::Shares;

use pinion_types::{CancelReason, StpMode};

use crate::book::{Ladder, NONE};
use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::orders::Order;
use crate::tables::{Steps, extras, side_index};

impl Engine {
    /// Trades with the opposite side as far as `limit`, price by price.
    pub(super) fn cross_shared<S: Sink>(
        &mut self,
        taker: &mut Order,
        limit: i64,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let index = side_index(!taker.is_buy());
        while taker.leaves > 0 {
            let side = &self.instruments[taker.instrument as usize].sides[index];
            let level = side.within(side.rank(limit))?;
            let tick = self.orders.at(Ladder::head(&self.pages, level)).tick;
            if let Some(reason) = self.prevent_level(level, taker, out) {
                return Some(reason);
            }
            if let Some(reason) = self.take_level(tick, taker, out) {
                return Some(reason);
            }
        }
        None
    }

    /// Prevention at a price, where everybody could trade: own orders are met one after another
    /// before anybody trades. Gives why the taker stops, if it does.
    fn prevent_level<S: Sink>(
        &mut self,
        level: u32,
        taker: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        if !self.may_meet_itself(taker) {
            return None;
        }
        let mut slot = Ladder::head(&self.pages, level);
        while slot != NONE && taker.leaves > 0 {
            let order = self.orders.at(slot);
            let next = order.next;
            if self.is_own(order, taker)
                && let Some(reason) = self.prevent(slot, taker, out)
            {
                return Some(reason);
            }
            slot = next;
        }
        None
    }

    /// Trades with a price until it is gone or the taker has nothing left; gives why it stops, if
    /// it does. Every round ends the taker, the tranche of each order there, or what one may trade.
    fn take_level<S: Sink>(
        &mut self,
        tick: i64,
        taker: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let mut steps = self.sharings[taker.instrument as usize].steps();
        while taker.leaves > 0 {
            let Some(level) = self.level_at(tick, taker) else { break };
            let shows_nothing = self.orders.at(Ladder::head(&self.pages, level)).is_hidden();
            if shows_nothing || taker.leaves >= Ladder::quantity(&self.pages, level) {
                return self.take_by_time(tick, taker, out);
            }
            self.share(level, &steps, taker);
            if let Some(reason) = self.fill_shares(tick, taker, out) {
                return Some(reason);
            }
            steps.has_top = false;
        }
        None
    }

    /// The best level opposite, where it is still at a price.
    fn level_at(&self, tick: i64, taker: &Order) -> Option<u32> {
        let side = &self.instruments[taker.instrument as usize].sides[side_index(!taker.is_buy())];
        side.within(side.rank(tick))
    }

    /// A price goes by time: everybody there is filled whole, tranche after tranche, or nobody
    /// shows anything.
    fn take_by_time<S: Sink>(
        &mut self,
        tick: i64,
        taker: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        while taker.leaves > 0 {
            let Some(level) = self.level_at(tick, taker) else { break };
            let slot = Ladder::head(&self.pages, level);
            if let Some(reason) = self.meet_noted(slot, tick, u64::MAX, taker, out) {
                return Some(reason);
            }
        }
        None
    }

    /// Trades with a maker, `most` at most, and notes the price where anything traded.
    fn meet_noted<S: Sink>(
        &mut self,
        slot: u32,
        tick: i64,
        most: u64,
        taker: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let cum = taker.cum;
        let stopped = self.meet_up_to(slot, taker, most, out);
        if taker.cum != cum {
            self.note_trade(taker.instrument, tick);
        }
        stopped
    }

    /// Says what each order of a level gets, which have more together than comes in. Who shows
    /// nothing stands behind, and gets something when nobody shows anything.
    fn share(&mut self, level: u32, steps: &Steps, taker: &Order) {
        let sharing = &self.sharings[taker.instrument as usize];
        let lot = self.instruments[taker.instrument as usize].lot.divisor();
        let top = if steps.has_top { sharing.top(side_index(!taker.is_buy())) } else { 0 };
        self.shares.begin(taker.leaves);
        let mut top_place = None;
        let mut slot = Ladder::head(&self.pages, level);
        while slot != NONE {
            let order = self.orders.at(slot);
            if order.is_hidden() {
                break;
            }
            if order.order_id == top {
                top_place = Some(self.shares.count());
            }
            let is_part = order.is_iceberg();
            let shown = if is_part { self.tranches.at(slot).shown } else { order.leaves };
            self.shares.push(slot, shown);
            slot = order.next;
        }
        if let Some(place) = top_place {
            let most = sharing.rules().top_max.0;
            self.shares.give(place, if most == 0 { u64::MAX } else { most });
        }
        if steps.has_makers {
            self.share_with_makers(top_place, taker.instrument, lot);
        }
        let rules = self.sharings[taker.instrument as usize].rules();
        if steps.is_pro_rata {
            let by_time = percent_of(self.shares.left(), steps.fifo_percent, lot);
            self.shares.by_time(by_time);
            self.shares.pro_rata(rules.pro_rata_min.0, lot);
        }
        if steps.is_leveled {
            self.shares.level(lot, &mut self.scratch);
        }
        self.shares.by_time(u64::MAX);
        assert!(self.shares.left() == 0 || self.shares.is_used_up(), "all that shows is given");
    }

    /// Gives market makers their parts of what the TOP order left; what it got counts for its
    /// account.
    fn share_with_makers(&mut self, top_place: Option<usize>, instrument: u32, lot: u64) {
        let sharing = &self.sharings[instrument as usize];
        let account = |shares: &Shares, place| self.orders.at(shares.slot(place)).account;
        let top = top_place.map(|place| (account(&self.shares, place), self.shares.given(place)));
        let all = self.shares.left();
        for maker in sharing.makers() {
            let own = top.filter(|it| it.0 == maker.account).map_or(0, |it| it.1);
            let mut part = percent_of(all, maker.percent, lot).saturating_sub(own);
            for place in 0..self.shares.count() {
                if part == 0 {
                    break;
                }
                if account(&self.shares, place) == maker.account {
                    part -= self.shares.give(place, part);
                }
            }
        }
    }

    /// Trades what each order gets: one trade each, the oldest first. What an order may not take
    /// goes round again.
    fn fill_shares<S: Sink>(
        &mut self,
        tick: i64,
        taker: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        for place in 0..self.shares.count() {
            let (slot, qty) = (self.shares.slot(place), self.shares.given(place));
            if qty > 0
                && let Some(reason) = self.meet_noted(slot, tick, qty, taker, out)
            {
                return Some(reason);
            }
        }
        None
    }

    /// Whether so much of an order can be filled as far as `limit`. A price where prevention would
    /// keep it from trading, in whole or in part, ends the count.
    #[cold]
    pub(super) fn can_fill_shared(&self, taker: &Order, limit: i64, qty: u64) -> bool {
        let instrument = &self.instruments[taker.instrument as usize];
        let side = &instrument.sides[side_index(!taker.is_buy())];
        let limit = side.rank(limit);
        let within = side.levels(&self.pages).take_while(|(tick, _)| side.rank(*tick) <= limit);
        let prevents = self.may_meet_itself(taker);
        let passes = taker.traits.stp_mode == StpMode::CancelOldest;
        let asks = prevents || instrument.extras & extras::UNCOMMON != 0;
        let mut missing = qty;
        for (_, level) in within {
            let mut sure = if asks { 0 } else { level.quantity };
            let mut slot = if asks { level.head } else { NONE };
            while slot != NONE {
                let order = self.orders.at(slot);
                if !prevents || !self.is_own(order, taker) {
                    sure += self.sure_of(order);
                } else if !passes {
                    return false;
                }
                slot = order.next;
            }
            missing = missing.saturating_sub(sure);
            if missing == 0 {
                return true;
            }
        }
        false
    }
}

/// So many percent of a quantity, in whole lots.
const fn percent_of(qty: u64, percent: u32, lot: u64) -> u64 {
    // A quantity is below 2^40.
    let part = qty * percent as u64 / 100;
    part - part % lot
}
