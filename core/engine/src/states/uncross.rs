//! The uncross: whatever is crossed trades at one price, best and oldest first on both sides.

use pinion_types::{CancelReason, Liquidity};

use crate::book::Ladder;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::entry::{Election, Trade};
use crate::orders::{Order, Traded};
use crate::tables::{Moving, extras};

impl Engine {
    /// Elects the stops that the price of the uncross reaches, which may move it, until it reaches
    /// no more or the command has elected as many as it may.
    pub(super) fn elect_by_auction<S: Sink>(
        &mut self,
        cx: &Context,
        index: u32,
        out: &mut Out<'_, S>,
    ) {
        let mut is_stable = self.stops.is_empty(index);
        while !is_stable {
            let Some(crossing) = self.crossing(index) else { return };
            // Their collar stands around the price they are elected by, which is not traded yet.
            let last = self.instruments[index as usize].last;
            self.suppose_last(index, Some(crossing.tick));
            is_stable = self.elect_at(cx, index, crossing.tick, out);
            self.suppose_last(index, last);
        }
    }

    /// Puts the stops that a price reaches into the book; true where there was none, or where no
    /// more may be elected.
    fn elect_at<S: Sink>(
        &mut self,
        cx: &Context,
        index: u32,
        tick: i64,
        out: &mut Out<'_, S>,
    ) -> bool {
        let traded = Traded { instrument: index, low: tick, high: tick };
        let mut is_stable = true;
        while let Some(slot) = self.next_elected(&traded) {
            if !self.may_elect(cx, index) {
                return true;
            }
            is_stable = false;
            let begun = self.begin(cx, slot, Election::Auction, out);
            if let Some((mut order, expire_time)) = begun {
                self.rest(&mut order, expire_time, out.events().0);
            }
        }
        is_stable
    }

    /// Looks at an instrument as if it had traded last at another price; the caller takes it back.
    fn suppose_last(&mut self, index: u32, last: Option<i64>) {
        let instrument = &mut self.instruments[index as usize];
        instrument.last = last;
        instrument.renew_collar();
    }

    /// Trades what is crossed at the price of the largest volume. Where an order that may only
    /// reduce was canceled by that, what is left may be crossed still, and trades at a price of its
    /// own. Every step ends an order or what it may trade, so the orders of the venue bound it.
    pub(super) fn uncross<S: Sink>(&mut self, index: u32, out: &mut Out<'_, S>) {
        let mut is_first = true;
        while let Some(crossing) = self.crossing(index) {
            let mut left = crossing.volume;
            while left > 0 {
                let [bids, asks] = &self.instruments[index as usize].sides;
                let bid = bids.within(bids.rank(crossing.tick));
                let ask = asks.within(asks.rank(crossing.tick));
                let (Some(bid), Some(ask)) = (bid, ask) else { break };
                let slots = [Ladder::head(&self.pages, bid), Ladder::head(&self.pages, ask)];
                let Some(qty) = self.both_trade(slots, out) else { continue };
                if core::mem::replace(&mut is_first, false) {
                    self.forget_moving(index);
                }
                self.trade_both(slots, crossing.tick, qty, out);
                left -= qty;
            }
        }
    }

    /// How much two orders that rest trade. `None` where one of them may not at all, and is
    /// canceled: the bid is asked first.
    fn both_trade<S: Sink>(&mut self, slots: [u32; 2], out: &mut Out<'_, S>) -> Option<u64> {
        let mut qty = u64::MAX;
        for slot in slots {
            let order = self.orders.at(slot);
            let most = order.leaves.min(self.room_of(order));
            if most == 0 {
                self.cancel_alone(slot, CancelReason::CloseOnly, None, out);
                return None;
            }
            qty = qty.min(most);
        }
        Some(qty)
    }

    /// Fills two orders that rest.
    fn trade_both<S: Sink>(&mut self, slots: [u32; 2], tick: i64, qty: u64, out: &mut Out<'_, S>) {
        let [buyer, seller] = slots.map(|slot| self.fill_standing(slot, qty));
        let index = buyer.instrument;
        let trade = Trade::new(&self.instruments[index as usize], index, tick, qty);
        let rate = |order: &Order| self.accounts[order.account as usize].maker_fee;
        let rates = [rate(&buyer), rate(&seller)];
        let bought = self.settle(&buyer, &trade, rates[0]);
        let sold = self.settle(&seller, &trade, rates[1]);
        self.move_reference(index, tick);
        self.note_trade(index, tick);
        let trade_id = out.events().0 + 1;
        self.report_trade(&buyer, trade_id, (tick, qty), bought, Liquidity::Auction, out);
        self.report_trade(&seller, trade_id, (tick, qty), sold, Liquidity::Auction, out);
    }

    /// Takes a fill out of a resting order, which keeps its place or is done.
    fn fill_standing(&mut self, slot: u32, qty: u64) -> Order {
        let (mut order, link) = (*self.orders.at(slot), self.link_of(slot));
        let hidden = self.hidden_of(slot);
        self.hash = self.hash.wrapping_sub(order.hash);
        self.release(&order, qty, u32::from(qty == order.leaves));
        Ladder::shrink(&mut self.pages, order.level, qty);
        order.leaves -= qty;
        order.cum += qty;
        order.hash = order.fresh_hash();
        let place = self.orders.at_mut(slot);
        (place.leaves, place.cum, place.hash) = (order.leaves, order.cum, order.hash);
        if order.is_iceberg() {
            let display = self.tranches.at(slot).display;
            self.show(slot, hidden, display.min(order.leaves));
        }
        if order.leaves > 0 {
            self.hash = self.hash.wrapping_add(order.hash);
        } else {
            self.detach(slot);
            let gained = self.orders.remember(&order);
            self.hash = self.hash.wrapping_add(gained);
        }
        if let Some(link) = link {
            self.note_leg(&order, link, order.leaves == 0);
        }
        order
    }

    /// The price of an auction is where the moving reference begins anew.
    fn forget_moving(&mut self, index: u32) {
        let instrument = &mut self.instruments[index as usize];
        if instrument.extras & extras::RANGE != 0 {
            let before = instrument.moving_hash();
            instrument.moving = Moving::NONE;
            let moved = instrument.moving_hash().wrapping_sub(before);
            self.hash = self.hash.wrapping_add(moved);
        }
    }
}
