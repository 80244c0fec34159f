//! Floating pegs (rule O12): where the best prices moved, their prices follow when the command is
//! done. They never trade by that.

use pinion_types::event::Replaced;
use pinion_types::{CancelReason, RejectCode, SessionId, TradingState};

use super::rules::Priced;
use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::entry::Increase;
use crate::orders::{Follower, Order, Peg, Special, rare};
use crate::states::Quotes;
use crate::tables::watch;

/// How often the book may move one order.
const TOLD_MAX: u32 = 10_000;

impl Engine {
    /// The best prices of an instrument that pegs look at: those they follow, those they keep away
    /// from.
    pub(crate) fn quotes(&self, index: u32) -> Quotes {
        let sides = &self.instruments[index as usize].sides;
        [self.followed(index), [sides[0].best_tick(), sides[1].best_tick()]]
    }

    /// The price of a floating peg as the book stands: it meets nobody, whoever that is.
    pub(crate) fn floating_px(&self, index: u32, is_buy: bool, peg: &Peg) -> Option<i64> {
        self.floating_beside(index, is_buy, peg, self.followed(index))
    }

    /// The same beside such prices to follow.
    fn floating_beside(
        &self,
        index: u32,
        is_buy: bool,
        peg: &Peg,
        followed: [Option<i64>; 2],
    ) -> Option<i64> {
        let instrument = &self.instruments[index as usize];
        let wanted = instrument.peg_px(is_buy, peg, followed)?;
        let best = instrument.sides[crate::tables::side_index(!is_buy)].best_tick();
        let Some(best) = best else { return Some(wanted) };
        let behind = instrument.behind(is_buy, best)?;
        let tick = if is_buy { wanted.min(behind) } else { wanted.max(behind) };
        let (low, high) = instrument.ends();
        (tick >= low && tick <= high).then_some(tick)
    }

    /// Lets the pegs of every instrument follow whose best prices moved.
    pub(crate) fn follow_books<S: Sink>(&mut self, out: &mut Out<'_, S>) {
        while !self.is_short
            && let Some(index) = self.aftermath.take_pegged()
        {
            if !self.is_in(index, TradingState::Continuous) {
                continue;
            }
            if self.aftermath.seen(index) != Some(self.quotes(index)) {
                self.follow_book(index, out);
                self.aftermath.see(index, self.quotes(index));
            }
        }
    }

    /// There is room again in the logs: what waited for that follows.
    pub(crate) fn recall_pegs(&mut self) {
        for index in 0..self.instruments.len() as u32 {
            if self.followers.has(index, Follower::Peg) {
                self.aftermath.forget_seen(index);
            }
        }
    }

    /// Lets the pegs of an instrument follow, the oldest first.
    fn follow_book<S: Sink>(&mut self, index: u32, out: &mut Out<'_, S>) {
        let followed = self.followed(index);
        for place in 0..self.gather_pegs(index) {
            let (_, slot) = self.scratch[place];
            let order = *self.orders.at(slot);
            let Special::Floating(peg) = self.specials.at(slot) else { continue };
            let tick = self.floating_beside(index, order.is_buy(), &peg, followed);
            let stands = !order.waits();
            if tick == stands.then_some(order.tick) {
                continue;
            }
            let fits = tick.map_or(Ok(()), |tick| self.check_moved(slot, tick));
            if fits.is_err() {
                self.cancel_working(slot, CancelReason::RiskAtElection, None, out);
            } else if peg.told >= TOLD_MAX {
                self.cancel_working(slot, CancelReason::Throttle, None, out);
            } else {
                let row = Special::Floating(Peg { told: peg.told + 1, ..peg });
                let gained = self.specials.set(slot, order.order_id, row);
                self.hash = self.hash.wrapping_add(gained);
                self.move_peg(slot, tick, out);
            }
        }
    }

    /// Puts the floating pegs of an instrument into the scratch, the oldest first; gives how many.
    fn gather_pegs(&mut self, index: u32) -> usize {
        let mut count = 0;
        for slot in self.followers.iter(index, Follower::Peg) {
            self.scratch[count] = (self.orders.at(slot).order_id, slot);
            count += 1;
        }
        self.scratch[..count].sort_unstable();
        count
    }

    /// Steps 12 to 17 of a price that the book gives: as if its owner had replaced it so.
    fn check_moved(&self, slot: u32, tick: i64) -> Result<(), RejectCode> {
        let order = self.orders.at(slot);
        let instrument = &self.instruments[order.instrument as usize];
        let notional = instrument.notional(tick, order.qty).abs();
        let priced = Priced { tick, qty: order.qty, notional };
        let own = self.increase_of(slot, order.account, order.position, &priced, order.leaves);
        let increase = Increase { collar_tick: Some(tick), ..own };
        let parties = self.parties(&increase);
        self.check_risk(self.now, &parties, &increase)?;
        self.check_places(&increase, Some(tick))?;
        parties.check_headroom(increase.qty, self.fees_in(instrument))
    }

    /// Puts a floating peg to the back of another price, or of none, and says so.
    fn move_peg<S: Sink>(&mut self, slot: u32, tick: Option<i64>, out: &mut Out<'_, S>) {
        let old = *self.orders.at(slot);
        self.hash = self.hash.wrapping_sub(old.hash);
        if !old.waits() {
            self.count_uncommon(slot, -1);
            self.step_out(slot);
            self.note_book(old.instrument);
            self.lose_top(&old);
        }
        let order = self.orders.at_mut(slot);
        if let Some(tick) = tick {
            order.tick = tick;
            order.traits.rare &= !rare::PENDING;
        } else {
            order.traits.rare |= rare::PENDING;
        }
        let order = *order;
        self.move_value(&old, &order);
        let restated = Replaced { restated: 1, ..self.replaced(&order) };
        self.tell(SessionId(order.session), restated, out);
        let place = self.orders.at_mut(slot);
        place.priority = out.events().0;
        place.hash = place.fresh_hash();
        self.hash = self.hash.wrapping_add(place.hash);
        if !order.waits() {
            self.line_up(slot);
            self.count_uncommon(slot, 1);
            self.note_book(order.instrument);
            self.note_top(slot);
        }
    }

    /// An order counts at another price.
    fn move_value(&mut self, old: &Order, new: &Order) {
        if old.tick == new.tick {
            return;
        }
        let moved = self.open_notional(new, new.leaves) - self.open_notional(old, old.leaves);
        let position = self.positions.at_mut(old.position);
        let account = &mut self.accounts[old.account as usize];
        let firm = &mut self.firms[account.firm as usize];
        for load in [&mut position.load, &mut account.load, &mut firm.load] {
            load.open_notional += moved;
        }
        if (account.watch | self.watch) & watch::HELD != 0 {
            self.move_hold(old, old.leaves, 0, 0);
            self.move_hold(new, 0, new.leaves, 0);
        }
    }

    /// Trading as it comes ends: floating pegs leave the book, the oldest first, and wait.
    pub(crate) fn park_pegs<S: Sink>(&mut self, index: u32, out: &mut Out<'_, S>) {
        if self.followers.head(index, Follower::Peg) == NONE {
            return;
        }
        for place in 0..self.gather_pegs(index) {
            let (_, slot) = self.scratch[place];
            if !self.orders.at(slot).waits() {
                self.move_peg(slot, None, out);
            }
        }
    }
}
