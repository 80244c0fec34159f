//! Cash of accounts by currency, what the venue earned in fees, and what came from outside.

use alloc::boxed::Box;

use pinion_types::text::Chars;

use crate::book::NONE;
use crate::digest::{Kind, sum, weight, words};

/// Currencies at most.
pub(crate) const CURRENCIES_MAX: usize = 32;

/// Cash of one account in one currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cash {
    /// In 1e-8.
    pub(crate) amount: i128,
    /// What working orders of a cash account hold of it, in 1e-8.
    pub(crate) held: i128,
    pub(crate) account: u32,
    pub(crate) currency: u32,
    /// The account's next currency.
    pub(crate) next: u32,
}

/// One currency: sums over everybody.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Currency {
    pub(crate) name: Chars<4>,
    /// Fees the venue has, in 1e-8.
    pub(crate) fees: i128,
    /// What was paid in less what was paid out.
    pub(crate) moved: i128,
}

/// All the money there is.
pub(crate) struct CashBook {
    slots: Box<[Cash]>,
    count: u32,
    pub(crate) currencies: [Currency; CURRENCIES_MAX],
    currency_count: u32,
}

impl Cash {
    /// What it adds to the state hash.
    #[inline]
    pub(crate) fn hash(&self) -> u64 {
        let id = u64::from(self.account + 1) << 8 | u64::from(self.currency);
        weight(Kind::Cash, id).wrapping_mul(sum(words(self.amount)))
    }
}

impl Currency {
    /// What it adds to the state hash.
    #[inline]
    pub(crate) fn hash(&self) -> u64 {
        let [fees_low, fees_high] = words(self.fees);
        let [moved_low, moved_high] = words(self.moved);
        let id = u64::from(u32::from_le_bytes(self.name.0));
        weight(Kind::Fees, id).wrapping_mul(sum([fees_low, fees_high, moved_low, moved_high]))
    }
}

impl CashBook {
    /// Room for `count` amounts.
    pub(crate) fn new(count: u32) -> Self {
        let cash = Cash { amount: 0, held: 0, account: NONE, currency: 0, next: NONE };
        let currency = Currency { name: Chars([0; 4]), fees: 0, moved: 0 };
        CashBook {
            slots: alloc::vec![cash; count as usize].into_boxed_slice(),
            count: 0,
            currencies: [currency; CURRENCIES_MAX],
            currency_count: 0,
        }
    }

    #[inline]
    pub(crate) fn at(&self, slot: u32) -> &Cash {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut Cash {
        &mut self.slots[slot as usize]
    }

    pub(crate) fn currency_mut(&mut self, currency: u32) -> &mut Currency {
        &mut self.currencies[currency as usize]
    }

    /// The currency with this name.
    pub(crate) fn currency(&self, name: Chars<4>) -> Option<u32> {
        (0..self.currency_count).find(|&index| self.currencies[index as usize].name == name)
    }

    /// The currency with this name, made where it is new; `None` where there is no room.
    pub(crate) fn make_currency(&mut self, name: Chars<4>) -> Option<u32> {
        if let Some(known) = self.currency(name) {
            return Some(known);
        }
        let place = self.currencies.get_mut(self.currency_count as usize)?;
        place.name = name;
        self.currency_count += 1;
        Some(self.currency_count - 1)
    }

    /// True where no more currency can be made.
    pub(crate) fn currencies_are_full(&self) -> bool {
        self.currency_count as usize == CURRENCIES_MAX
    }

    /// Amounts that can still be made.
    pub(crate) fn room(&self) -> usize {
        self.slots.len() - self.count as usize
    }

    pub(crate) fn is_full(&self) -> bool {
        self.count as usize == self.slots.len()
    }

    /// The amount in a currency on the list that begins at `head`.
    pub(crate) fn find(&self, head: u32, currency: u32) -> Option<u32> {
        self.of(head).find(|&slot| self.at(slot).currency == currency)
    }

    /// The amounts on the list that begins at `head`.
    pub(crate) fn of(&self, head: u32) -> impl Iterator<Item = u32> {
        let first = (head != NONE).then_some(head);
        core::iter::successors(first, |&slot| {
            let next = self.at(slot).next;
            (next != NONE).then_some(next)
        })
    }

    /// Adds an amount of 0 in front of the list `head`; `None` where there is no room.
    pub(crate) fn insert(&mut self, head: &mut u32, account: u32, currency: u32) -> Option<u32> {
        if self.is_full() {
            return None;
        }
        let slot = self.count;
        self.count += 1;
        self.slots[slot as usize] = Cash { amount: 0, held: 0, account, currency, next: *head };
        *head = slot;
        Some(slot)
    }

    /// Every amount.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Cash> {
        self.slots[..self.count as usize].iter()
    }

    /// Every currency.
    pub(crate) fn all_currencies(&self) -> &[Currency] {
        &self.currencies[..self.currency_count as usize]
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&self.currencies)
    }
}
