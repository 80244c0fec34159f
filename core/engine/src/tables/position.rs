//! Positions: one slot for each account and instrument that ever met.

use alloc::boxed::Box;

use pinion_types::RejectCode;

use super::ledger::Permit;
use super::limits::{Caps, Limits, Load};
use crate::arith::{Reciprocal, is_far, share_half_even};
use crate::book::NONE;
use crate::digest::{Kind, sum, weight, words};
use crate::orders::Index;

/// What one account has and wants in one instrument. What every order touches stands in the first
/// two lines of memory, what trades touch in the next two.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Position {
    /// P of the rules, signed.
    pub(crate) quantity: i64,
    /// B: what its buys have left.
    pub(crate) buys: u64,
    /// S: what its sells have left.
    pub(crate) sells: u64,
    pub(crate) account: u32,
    pub(crate) instrument: u32,
    pub(crate) load: Load,
    /// The tightest limits that hold here.
    pub(crate) caps: Caps,
    /// Amount of cash its trades move.
    pub(crate) cash: u32,
    /// Next position of the account.
    pub(crate) next_of_account: u32,
    /// Next position in the instrument.
    pub(crate) next_of_instrument: u32,
    /// What the open quantity cost, signed like it, in 1e-8.
    pub(crate) open_cost: i128,
    pub(crate) realized: i128,
    pub(crate) fees: i128,
    /// What it counts for in its account's gross value.
    pub(crate) gross: i128,
    /// What it counts for in its account's equity, where that is kept.
    pub(crate) worth: i128,
    /// What it counts for in its account's margin.
    pub(crate) margin: i128,
    /// What the account may trade here, where that was said for this instrument.
    pub(crate) permit: Option<Permit>,
    /// Limits set for this account in this instrument.
    pub(crate) limits: Limits,
    /// What its buys and sells that may only reduce have left.
    pub(crate) reducing: [u64; 2],
    /// The next of the positions that moved in this command, where orders may only reduce them.
    pub(crate) next_moved: u32,
    /// True while it stands among these.
    pub(crate) is_moved: bool,
}

const _: () = assert!(core::mem::offset_of!(Position, cash) == 128);

/// One side of a trade.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fill {
    pub(crate) is_buy: bool,
    pub(crate) qty: u64,
    /// Value of the trade, signed like its price, in 1e-8.
    pub(crate) notional: i128,
    /// Value of one lot at its price, signed like it.
    pub(crate) lot_value: i128,
    pub(crate) lot: Reciprocal,
    pub(crate) fee: i128,
}

impl Position {
    fn new(account: u32, instrument: u32, cash: u32, caps: Caps) -> Self {
        Position {
            quantity: 0,
            buys: 0,
            sells: 0,
            account,
            instrument,
            cash,
            next_of_account: NONE,
            next_of_instrument: NONE,
            load: Load::new(&Limits::NONE),
            caps,
            open_cost: 0,
            realized: 0,
            fees: 0,
            gross: 0,
            worth: 0,
            margin: 0,
            permit: None,
            limits: Limits::NONE,
            reducing: [0; 2],
            next_moved: NONE,
            is_moved: false,
        }
    }

    /// True where anything ever happened in it.
    pub(crate) const fn is_used(&self) -> bool {
        self.quantity != 0
            || self.load.open_orders != 0
            || self.realized != 0
            || self.fees != 0
            || self.open_cost != 0
    }

    /// True where a sum of money is so large that it may not grow any more.
    #[inline]
    pub(crate) const fn is_far(&self) -> bool {
        is_far(self.realized) | is_far(self.fees)
    }

    /// What its side has working.
    pub(crate) const fn working(&self, is_buy: bool) -> u64 {
        if is_buy { self.buys } else { self.sells }
    }

    #[inline]
    pub(crate) fn working_mut(&mut self, is_buy: bool) -> &mut u64 {
        core::hint::select_unpredictable(is_buy, &mut self.buys, &mut self.sells)
    }

    /// How much an order of a side could trade and still reduce it.
    pub(crate) const fn room(&self, is_buy: bool) -> u64 {
        if self.quantity != 0 && (self.quantity < 0) == is_buy {
            self.quantity.unsigned_abs()
        } else {
            0
        }
    }

    /// Whether what may only reduce it does no more than that.
    pub(crate) const fn fits_reducing(&self) -> bool {
        self.reducing[0] <= self.room(true) && self.reducing[1] <= self.room(false)
    }

    /// Counts a trade: quantity, cost by average, realized profit, fee.
    #[inline]
    pub(crate) fn fill(&mut self, fill: &Fill) {
        // Quantities are below 2^40, so the cut keeps them.
        let (moved, cost) = if fill.is_buy {
            (fill.qty as i64, fill.notional)
        } else {
            (-(fill.qty as i64), -fill.notional)
        };
        self.fees += fill.fee;
        let held = self.quantity.unsigned_abs();
        if self.quantity == 0 || (self.quantity > 0) == fill.is_buy {
            self.open_cost += cost;
        } else if fill.qty <= held {
            let share = share_half_even(self.open_cost, fill.qty, held);
            self.realized -= cost + share;
            self.open_cost -= share;
        } else {
            // Closes what is held and opens the rest.
            let closed = fill.lot_value * i128::from(fill.lot.div_rem(held).0);
            let closing = if fill.is_buy { closed } else { -closed };
            self.realized -= closing + self.open_cost;
            self.open_cost = cost - closing;
        }
        self.quantity += moved;
    }

    /// What it adds to the state hash: what trades moved.
    #[inline]
    pub(crate) fn hash(&self) -> u64 {
        let [cost_low, cost_high] = words(self.open_cost);
        let [realized_low, realized_high] = words(self.realized);
        let [fees_low, fees_high] = words(self.fees);
        let words = [
            self.quantity as u64,
            cost_low,
            cost_high,
            realized_low,
            realized_high,
            fees_low,
            fees_high,
        ];
        weight(Kind::Position, self.key()).wrapping_mul(sum(words))
    }

    /// What its limits add to the state hash, and that it is there.
    pub(crate) fn limits_hash(&self) -> u64 {
        weight(Kind::Limits, self.key()).wrapping_mul(sum(self.limits.words()))
    }

    /// What its permission adds to the state hash.
    pub(crate) fn permit_hash(&self) -> u64 {
        self.permit.map_or(0, |it| weight(Kind::Permit, self.key()).wrapping_mul(it.word()))
    }

    fn key(&self) -> u64 {
        u64::from(self.account + 1) << 32 | u64::from(self.instrument)
    }
}

/// Every position.
pub(crate) struct Positions {
    slots: Box<[Position]>,
    count: u32,
    index: Index,
}

impl Positions {
    /// Room for `positions_max`.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where that is none or more than 2^27.
    pub(crate) fn new(positions_max: u32, seed: u64) -> Result<Self, RejectCode> {
        if positions_max == 0 || positions_max > 1 << 27 {
            return Err(RejectCode::BadValue);
        }
        let caps = Caps::tightest([&Limits::ZERO; 3]);
        let empty = Position::new(NONE, NONE, NONE, caps);
        Ok(Positions {
            slots: alloc::vec![empty; positions_max as usize].into_boxed_slice(),
            count: 0,
            index: Index::new(positions_max, seed)?,
        })
    }

    #[inline]
    pub(crate) fn at(&self, slot: u32) -> &Position {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut Position {
        &mut self.slots[slot as usize]
    }

    /// The slot of an account in an instrument.
    #[inline]
    pub(crate) fn find(&self, account: u32, instrument: u32) -> Option<u32> {
        self.index.find(instrument, u64::from(account), |slot| {
            let position = self.at(slot);
            position.account == account && position.instrument == instrument
        })
    }

    /// Positions that can still be made.
    pub(crate) fn room(&self) -> usize {
        self.slots.len() - self.count as usize
    }

    pub(crate) fn is_full(&self) -> bool {
        self.count as usize == self.slots.len()
    }

    /// Adds a position that is not there; the lists it stands in are the engine's.
    pub(crate) fn insert(&mut self, account: u32, instrument: u32, cash: u32, caps: Caps) -> u32 {
        assert!(!self.is_full(), "capacity is checked before");
        let slot = self.count;
        self.count += 1;
        self.slots[slot as usize] = Position::new(account, instrument, cash, caps);
        self.index.insert(instrument, u64::from(account), slot);
        slot
    }

    /// Positions in order of their making.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Position)> {
        (0..).zip(&self.slots[..self.count as usize])
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.slots) + self.index.memory_len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Caps, Fill, Limits, Position, Reciprocal};

    fn check(fills: &[(bool, u64, i128)], quantity: i64, open_cost: i128, realized: i128) {
        let caps = Caps::tightest([&Limits::NONE; 3]);
        let mut position = Position::new(0, 0, 0, caps);
        let mut paid = 0;
        for &(is_buy, qty, notional) in fills {
            let lot_value = notional / i128::from(qty);
            let lot = Reciprocal::new(1);
            position.fill(&Fill { is_buy, qty, notional, lot_value, lot, fee: 1 });
            paid += if is_buy { notional } else { -notional };
        }
        assert_eq!((position.quantity, position.open_cost), (quantity, open_cost));
        assert_eq!(position.realized, realized);
        assert_eq!(position.fees, fills.len() as i128);
        // What was paid is what is open less what was gained, to the last unit.
        assert_eq!(paid, position.open_cost - position.realized);
    }

    #[test]
    fn profit_is_by_average_cost() {
        check(&[(true, 10, 1000), (true, 10, 1200)], 20, 2200, 0);
        check(&[(true, 10, 1000), (true, 10, 1200), (false, 5, 600)], 15, 1650, 50);
        check(&[(false, 10, 1000), (true, 4, 360)], -6, -600, 40);
        check(&[(true, 2, 6), (true, 1, 4), (false, 1, 4)], 2, 7, 1);
        check(&[(true, 2, 6), (true, 1, 4), (false, 1, 4), (false, 2, 8)], 0, 0, 2);
    }

    #[test]
    fn a_trade_may_turn_a_position() {
        check(&[(true, 10, 1000), (false, 15, 1800)], -5, -600, 200);
        check(&[(false, 10, 1000), (true, 30, 2700)], 20, 1800, 100);
        // A negative price: who buys is paid.
        check(&[(true, 10, -1000), (false, 15, -1500)], -5, 500, 0);
    }
}
