//! Rows of special orders, and orders that count as orders alone (rule O12).

use crate::engine::Engine;
use crate::orders::{Follower, Link, Order, Special, rare};
use crate::tables::watch;

impl Engine {
    /// The link of the order in a slot, where it is linked.
    pub(crate) fn link_of(&self, slot: u32) -> Option<Link> {
        if self.orders.at(slot).is_special() { self.specials.at(slot).link() } else { None }
    }

    /// A special order comes to stand or wait: its row is what the order in hand has.
    pub(super) fn begin_special(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        let mut row = self.rare.special;
        if let Special::Linked(link) = &mut row {
            // Where it waits among the stops, these know its trigger.
            let starts = !order.is_suspended();
            link.trigger = if starts { self.rare.trigger } else { 0 };
            link.protection_ticks = if starts { self.rare.protection_ticks } else { 0 };
            self.links.join(order.session, *link, slot);
            self.ledgers[order.account as usize].linked += 1;
            self.accounts[order.account as usize].watch |= watch::LINKED;
        }
        if let Some(kind) = row.follower() {
            self.followers.join(order.instrument, kind, slot);
            self.renew_pegs(order.instrument, kind, 1);
        }
        let gained = self.specials.set(slot, order.order_id, row);
        self.hash = self.hash.wrapping_add(gained);
        if order.is_uncounted() {
            self.count_out(&order);
        }
    }

    /// A special order is special no more, or gone.
    pub(super) fn end_special(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        if let Some(link) = self.specials.at(slot).link() {
            self.links.leave(order.session, link);
            let ledger = &mut self.ledgers[order.account as usize];
            ledger.linked -= 1;
            if ledger.linked == 0 {
                self.accounts[order.account as usize].watch &= !watch::LINKED;
            }
        }
        if let Some(kind) = self.specials.at(slot).follower() {
            self.followers.leave(order.instrument, kind, slot);
            self.renew_pegs(order.instrument, kind, -1);
        }
        let gained = self.specials.set(slot, order.order_id, Special::None);
        self.hash = self.hash.wrapping_add(gained);
    }

    /// One floating peg more, or one less: its instrument's book is followed while there is any.
    fn renew_pegs(&mut self, index: u32, kind: Follower, more: i32) {
        if kind == Follower::Peg {
            let instrument = &mut self.instruments[index as usize];
            instrument.pegs = instrument.pegs.wrapping_add_signed(more);
            instrument.renew_extras();
            self.aftermath.note_pegged(index);
        }
    }

    /// Takes what an order has left out of the sums; it stays an order.
    fn count_out(&mut self, order: &Order) {
        let notional = self.open_notional(order, order.leaves);
        let position = self.positions.at_mut(order.position);
        *position.working_mut(order.is_buy()) -= order.leaves;
        let account = &mut self.accounts[order.account as usize];
        let firm = &mut self.firms[account.firm as usize];
        for load in [&mut position.load, &mut account.load, &mut firm.load] {
            load.open_notional -= notional;
        }
    }

    /// An order that counted as an order alone counts with what it has left from now on.
    pub(super) fn count_in(&mut self, slot: u32) {
        let order = self.orders.at_mut(slot);
        order.traits.rare &= !rare::UNCOUNTED;
        let moved = order.fresh_hash().wrapping_sub(order.hash);
        order.hash = order.hash.wrapping_add(moved);
        self.hash = self.hash.wrapping_add(moved);
        let order = *order;
        let notional = self.open_notional(&order, order.leaves);
        let position = self.positions.at_mut(order.position);
        *position.working_mut(order.is_buy()) += order.leaves;
        let account = &mut self.accounts[order.account as usize];
        let firm = &mut self.firms[account.firm as usize];
        for load in [&mut position.load, &mut account.load, &mut firm.load] {
            load.open_notional += notional;
        }
        if (account.watch | self.watch) & watch::HELD != 0 {
            self.move_hold(&order, 0, order.leaves, 0);
        }
    }

    /// Takes a working order out of everything, whatever it counts in; gives it as it was.
    pub(crate) fn take_out(&mut self, slot: u32) -> Order {
        let rare = self.orders.at(slot).traits.rare;
        if self.orders.at(slot).is_uncounted() {
            self.count_in(slot);
        }
        let mut order = self.withdraw(slot);
        order.traits.rare = rare;
        order
    }
}
