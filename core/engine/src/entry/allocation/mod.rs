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
use crate::tables::{Steps, side_index};

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
            self.take_level(tick, taker, out);
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

    /// Trades with a price until it is gone or the taker has nothing left. Every round ends the
    /// taker, or the tranche of each order there.
    fn take_level<S: Sink>(&mut self, tick: i64, taker: &mut Order, out: &mut Out<'_, S>) {
        let mut steps = self.sharings[taker.instrument as usize].steps();
        while taker.leaves > 0 {
            let Some(level) = self.level_at(tick, taker) else { return };
            if taker.leaves >= Ladder::quantity(&self.pages, level) {
                return self.take_by_time(tick, taker, out);
            }
            self.share(level, &steps, taker);
            self.fill_shares(tick, taker, out);
            steps.has_top = false;
        }
    }

    /// The best level opposite, where it is still at a price.
    fn level_at(&self, tick: i64, taker: &Order) -> Option<u32> {
        let side = &self.instruments[taker.instrument as usize].sides[side_index(!taker.is_buy())];
        side.within(side.rank(tick))
    }

    /// Everybody at a price is filled whole, hidden parts too: the oldest first, tranche after
    /// tranche.
    fn take_by_time<S: Sink>(&mut self, tick: i64, taker: &mut Order, out: &mut Out<'_, S>) {
        while taker.leaves > 0 {
            let Some(level) = self.level_at(tick, taker) else { return };
            let slot = Ladder::head(&self.pages, level);
            self.note_trade(taker.instrument, tick);
            self.meet(slot, taker, out);
        }
    }

    /// Says what each order of a level gets, who has more together than comes in.
    fn share(&mut self, level: u32, steps: &Steps, taker: &Order) {
        let sharing = &self.sharings[taker.instrument as usize];
        let lot = self.instruments[taker.instrument as usize].lot.divisor();
        let top = if steps.has_top { sharing.top(side_index(!taker.is_buy())) } else { 0 };
        self.shares.begin(taker.leaves);
        let mut top_place = None;
        let mut slot = Ladder::head(&self.pages, level);
        while slot != NONE {
            let order = self.orders.at(slot);
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

    /// Trades what each order gets: one trade each, the oldest first.
    fn fill_shares<S: Sink>(&mut self, tick: i64, taker: &mut Order, out: &mut Out<'_, S>) {
        for place in 0..self.shares.count() {
            let (slot, qty) = (self.shares.slot(place), self.shares.given(place));
            if qty > 0 {
                self.note_trade(taker.instrument, tick);
                self.trade_part(slot, taker, qty, out);
            }
        }
    }

    /// Whether a fill-or-kill order can be filled whole as far as `limit`. A price where prevention
    /// would keep it from trading, in whole or in part, ends the count.
    #[cold]
    pub(super) fn can_fill_shared(&self, taker: &Order, limit: i64) -> bool {
        let side = &self.instruments[taker.instrument as usize].sides[side_index(!taker.is_buy())];
        let limit = side.rank(limit);
        let within = side.levels(&self.pages).take_while(|(tick, _)| side.rank(*tick) <= limit);
        let meets = self.may_meet_itself(taker);
        let passes = taker.traits.stp_mode == StpMode::CancelOldest;
        let mut missing = taker.leaves;
        for (_, level) in within {
            let mut slot = if meets { level.head } else { NONE };
            let mut own = 0;
            while slot != NONE {
                let order = self.orders.at(slot);
                if self.is_own(order, taker) {
                    own += order.leaves;
                }
                slot = order.next;
            }
            if own > 0 && !passes {
                return false;
            }
            missing = missing.saturating_sub(level.quantity - own);
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
