//! What working orders and positions of few accounts hold: cash (R8), margin (R9), equity, and
//! places in the counts of sessions and of the venue (R23). The others pay one test.

use crate::book::NONE;
use crate::engine::Engine;
use crate::orders::Order;
use crate::tables::{equity_of, watch};

impl Engine {
    /// What an order holds moves with what it has left; `orders` is how many more there are.
    /// Quantities of its position have moved already.
    #[cold]
    #[inline(never)]
    pub(super) fn move_hold(&mut self, order: &Order, from: u64, to: u64, orders: i32) {
        // Who counts as an order alone holds nothing.
        let (from, to) = if order.is_uncounted() { (0, 0) } else { (from, to) };
        if self.watch & watch::HELD != 0 {
            let moved = self.open_notional(order, to) - self.open_notional(order, from);
            self.levels.count(order.session, orders, moved);
        }
        let account = &self.accounts[order.account as usize];
        if account.watch & watch::HELD == 0 {
            return;
        }
        if !account.is_cash() {
            self.renew_margin(order.position);
        } else {
            let instrument = &self.instruments[order.instrument as usize];
            // An order without anything left has a value of 0, and a fee of 0.
            let hold = |leaves| instrument.hold(account, order.is_buy(), order.tick, leaves);
            let moved = hold(to) - hold(from);
            let cash = self.positions.at(order.position).cash;
            self.cash.at_mut(cash).held += moved;
        }
    }

    /// Counts the margin of a position again.
    pub(crate) fn renew_margin(&mut self, slot: u32) {
        let position = self.positions.at_mut(slot);
        let instrument = &self.instruments[position.instrument as usize];
        let margin = instrument.margin(position.largest(true, 0));
        let ledger = &mut self.ledgers[position.account as usize];
        ledger.margin += margin - position.margin;
        position.margin = margin;
    }

    /// A position, its price or its account's cash moved, where the account's worth is kept.
    #[cold]
    #[inline(never)]
    pub(super) fn renew_worth(&mut self, slot: u32) {
        let position = self.positions.at_mut(slot);
        let worth = self.instruments[position.instrument as usize].worth(position);
        let account = position.account;
        let ledger = &mut self.ledgers[account as usize];
        ledger.worth += worth - position.worth;
        position.worth = worth;
        let place = &self.accounts[account as usize];
        if place.watch & watch::HELD != 0 && !place.is_cash() {
            self.renew_margin(slot);
        }
        self.touch(account);
    }

    /// An account is to be judged at the end of the command, where it has loss limits.
    pub(crate) fn touch(&mut self, account: u32) {
        let ledger = &mut self.ledgers[account as usize];
        if ledger.is_watched() && !ledger.is_touched {
            ledger.is_touched = true;
            // Each account stands there once, and there is room for all.
            self.touched.push(core::cmp::Reverse(account));
        }
    }

    /// Finds out again what an account has that most have not, and what it holds by that. For
    /// changes of its definition, its limits, or margins in an instrument; O(its orders).
    pub(crate) fn renew_watch(&mut self, account: u32) {
        let place = &self.accounts[account as usize];
        let ledger = &self.ledgers[account as usize];
        let is_cash = place.is_defined && place.is_cash();
        let needs_margin =
            |slot: u32| self.instruments[self.positions.at(slot).instrument as usize].has_margin();
        let posts = !is_cash && self.positions_of(account).any(needs_margin);
        let set = |bits: u8, has: bool| if has { bits } else { 0 };
        let has_rates = ledger.order_rate().is_some() || ledger.cancel_rate().is_some();
        let has_rights = ledger.permit.is_some() || ledger.has_permits;
        let bits = set(watch::CHECKED | watch::HELD, is_cash)
            | set(watch::HELD | watch::WORTH, posts)
            | set(watch::WORTH, ledger.is_watched())
            | set(watch::CHECKED, ledger.close_only != 0)
            | set(watch::REDUCES, ledger.reducing != 0)
            | set(watch::LINKED, ledger.linked != 0)
            | set(watch::ASKED, has_rates || has_rights);
        self.accounts[account as usize].watch = bits;
        self.renew_holds(account);
    }

    /// Counts everything an account holds from scratch.
    fn renew_holds(&mut self, account: u32) {
        let bits = self.accounts[account as usize].watch;
        let is_cash = self.accounts[account as usize].is_cash();
        let mut cash = self.accounts[account as usize].cash;
        while cash != NONE {
            let amount = self.cash.at_mut(cash);
            (amount.held, cash) = (0, amount.next);
        }
        let ledger = &mut self.ledgers[account as usize];
        (ledger.worth, ledger.margin) = (0, 0);
        let mut slot = self.accounts[account as usize].positions;
        while slot != NONE {
            let held = if is_cash { self.fresh_hold(slot) } else { 0 };
            let position = self.positions.at_mut(slot);
            let instrument = &self.instruments[position.instrument as usize];
            let has = |bit: u8, value: i128| if bits & bit != 0 { value } else { 0 };
            let margin = if is_cash { 0 } else { instrument.margin(position.largest(true, 0)) };
            position.margin = has(watch::HELD, margin);
            position.worth = has(watch::WORTH, instrument.worth(position));
            self.cash.at_mut(position.cash).held += held;
            let ledger = &mut self.ledgers[account as usize];
            ledger.margin += position.margin;
            ledger.worth += position.worth;
            slot = position.next_of_account;
        }
    }

    /// What the orders of a position of a cash account hold, from scratch.
    pub(crate) fn fresh_hold(&self, slot: u32) -> i128 {
        let position = self.positions.at(slot);
        let account = &self.accounts[position.account as usize];
        let instrument = &self.instruments[position.instrument as usize];
        let first = Some(position.load.first).filter(|&first| first != NONE);
        let orders = core::iter::successors(first, |&slot| {
            Some(self.orders.at(slot).position_next).filter(|&next| next != NONE)
        });
        let orders = orders.map(|slot| self.orders.at(slot));
        orders.map(|it| instrument.hold(account, it.is_buy(), it.tick, it.counted())).sum()
    }

    /// Cash of an account in all currencies, as numbers, and its positions at their marks.
    pub(crate) fn equity(&self, account: u32) -> i128 {
        let place = &self.accounts[account as usize];
        let cash = self.cash.of(place.cash).map(|slot| equity_of(self.cash.at(slot).amount));
        let cash: i128 = cash.sum();
        if place.watch & watch::WORTH != 0 {
            return cash + self.ledgers[account as usize].worth;
        }
        cash + self.fresh_worth(account)
    }

    /// What the positions of an account are worth, from scratch.
    pub(crate) fn fresh_worth(&self, account: u32) -> i128 {
        let worth = |slot: u32| {
            let position = self.positions.at(slot);
            self.instruments[position.instrument as usize].worth(position)
        };
        self.positions_of(account).map(worth).sum()
    }

    /// Slots of the positions of an account.
    pub(crate) fn positions_of(&self, account: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.accounts[account as usize].positions;
        core::iter::successors((first != NONE).then_some(first), |&slot| {
            Some(self.positions.at(slot).next_of_account).filter(|&next| next != NONE)
        })
    }

    /// Counts orders by session and for the whole venue anew, where one of these has a limit.
    pub(crate) fn renew_levels(&mut self) {
        self.watch = if self.levels.has_any() { watch::CHECKED | watch::HELD } else { 0 };
        self.levels.clear();
        if self.watch == 0 {
            return;
        }
        for (_, order) in self.orders.iter() {
            let notional = self.open_notional(order, order.counted());
            self.levels.count(order.session, 1, notional);
        }
    }
}
