//! The orders a command means, collected into fixed memory and put in order of age.

use pinion_types::AccountId;

use crate::book::NONE;
use crate::orders::{Order, Orders};
use crate::tables::{Account, Positions};

/// Working orders that were asked for so far.
pub(crate) struct Gather<'a> {
    accounts: &'a [Account],
    positions: &'a Positions,
    orders: &'a Orders,
    /// Order ids and slots; as many as there can be orders.
    found: &'a mut [(u64, u32)],
    count: usize,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(
        accounts: &'a [Account],
        positions: &'a Positions,
        orders: &'a Orders,
        found: &'a mut [(u64, u32)],
    ) -> Self {
        Gather { accounts, positions, orders, found, count: 0 }
    }

    fn take(&mut self, slot: u32, order: &Order) {
        self.found[self.count] = (order.order_id, slot);
        self.count += 1;
    }

    /// Every working order of the venue.
    pub(crate) fn all(&mut self, keep: impl Fn(&Order) -> bool) {
        for (slot, order) in self.orders.iter() {
            if keep(order) {
                self.take(slot, order);
            }
        }
    }

    /// The orders of one session, whose first is in `head`.
    pub(crate) fn list(&mut self, head: u32, keep: impl Fn(&Order) -> bool) {
        let mut slot = head;
        while slot != NONE {
            let order = self.orders.at(slot);
            if keep(order) {
                self.take(slot, order);
            }
            slot = order.session_next;
        }
    }

    /// The orders of one account.
    pub(crate) fn account(&mut self, account: AccountId, keep: impl Fn(&Order) -> bool + Copy) {
        let place = self.accounts.get(account.0.wrapping_sub(1) as usize);
        let mut position = place.map_or(NONE, |it| it.positions);
        while position != NONE {
            self.position(position, keep);
            position = self.positions.at(position).next_of_account;
        }
    }

    /// The orders of one account that do more than reduce what it has: those of the other side that
    /// fit it stay, the oldest first.
    pub(crate) fn increasing(&mut self, account: AccountId) {
        let place = self.accounts.get(account.0.wrapping_sub(1) as usize);
        let mut slot = place.map_or(NONE, |it| it.positions);
        while slot != NONE {
            let begin = self.count;
            // Who counts as an order alone follows another one.
            self.position(slot, |order| !order.is_uncounted());
            self.found[begin..self.count].sort_unstable();
            let position = self.positions.at(slot);
            let mut room = position.quantity.unsigned_abs();
            let mut end = begin;
            for index in begin..self.count {
                let order = self.orders.at(self.found[index].1);
                let reduces = room > 0 && order.is_buy() == (position.quantity < 0);
                if reduces && order.leaves <= room {
                    room -= order.leaves;
                } else {
                    self.found[end] = self.found[index];
                    end += 1;
                }
            }
            self.count = end;
            slot = position.next_of_account;
        }
    }

    /// The orders of all accounts of the firm with this index.
    pub(crate) fn firm(&mut self, firm: u32) {
        for account in self.accounts {
            if account.is_defined && account.firm == firm {
                self.account(account.definition.account, |_| true);
            }
        }
    }

    /// The orders in one instrument, whose first position is in `head`.
    pub(crate) fn instrument(&mut self, head: u32, keep: impl Fn(&Order) -> bool + Copy) {
        let mut position = head;
        while position != NONE {
            self.position(position, keep);
            position = self.positions.at(position).next_of_instrument;
        }
    }

    /// The orders of one account in one instrument.
    pub(crate) fn position(&mut self, position: u32, keep: impl Fn(&Order) -> bool) {
        let mut slot = self.positions.at(position).load.first;
        while slot != NONE {
            let order = self.orders.at(slot);
            if keep(order) {
                self.take(slot, order);
            }
            slot = order.position_next;
        }
    }

    /// Puts them in order of age; gives how many there are.
    pub(crate) fn sort(self) -> usize {
        self.found[..self.count].sort_unstable();
        self.count
    }
}
