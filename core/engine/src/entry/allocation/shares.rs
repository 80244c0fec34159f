//! What each order of a level gets of an incoming one, step by step (rule O11).

use alloc::boxed::Box;

/// Orders of one level, the oldest first, and what they are to get.
pub(crate) struct Shares {
    slots: Box<[u32]>,
    /// What each shows and is not given yet.
    open: Box<[u64]>,
    given: Box<[u64]>,
    count: usize,
    /// What the incoming order has left to give.
    left: u64,
}

impl Shares {
    /// Room for every order that there can be. Never touched where every price goes by time.
    pub(crate) fn new(orders_max: u32) -> Self {
        let len = orders_max as usize;
        Shares {
            slots: alloc::vec![0; len].into_boxed_slice(),
            open: alloc::vec![0; len].into_boxed_slice(),
            given: alloc::vec![0; len].into_boxed_slice(),
            count: 0,
            left: 0,
        }
    }

    /// No orders, and so much to give.
    pub(super) fn begin(&mut self, left: u64) {
        (self.count, self.left) = (0, left);
    }

    /// The next younger order, and what it shows.
    pub(super) fn push(&mut self, slot: u32, shown: u64) {
        let place = self.count;
        (self.slots[place], self.open[place], self.given[place]) = (slot, shown, 0);
        self.count += 1;
    }

    pub(super) const fn count(&self) -> usize {
        self.count
    }

    pub(super) const fn left(&self) -> u64 {
        self.left
    }

    pub(super) fn slot(&self, place: usize) -> u32 {
        self.slots[place]
    }

    pub(super) fn given(&self, place: usize) -> u64 {
        self.given[place]
    }

    /// Gives an order `most`, or as much as it shows; says how much.
    pub(super) fn give(&mut self, place: usize, most: u64) -> u64 {
        let qty = most.min(self.open[place]).min(self.left);
        self.open[place] -= qty;
        self.given[place] += qty;
        self.left -= qty;
        qty
    }

    /// Gives `most` by time.
    pub(super) fn by_time(&mut self, most: u64) {
        let mut most = most;
        for place in 0..self.count {
            if most == 0 {
                return;
            }
            most -= self.give(place, most);
        }
    }

    /// Gives each its part of what is left, by what it shows and is not given yet, in whole lots;
    /// nothing where that is below `least`.
    pub(super) fn pro_rata(&mut self, least: u64, lot: u64) {
        let all: u64 = self.open[..self.count].iter().sum();
        let (left, divisor) = (u128::from(self.left), u128::from(all) * u128::from(lot));
        if divisor == 0 {
            return;
        }
        for place in 0..self.count {
            // Orders are below 2^40: no part is larger than what comes in.
            let lots = (left * u128::from(self.open[place]) / divisor) as u64;
            let share = lots * lot;
            if share >= least {
                self.give(place, share);
            }
        }
    }

    /// Gives a lot to each that got nothing, the largest first, of equal ones the oldest.
    /// `ranks` has room for all of them.
    pub(super) fn level(&mut self, lot: u64, ranks: &mut [(u64, u32)]) {
        let mut count = 0;
        for place in 0..self.count {
            if self.given[place] == 0 && self.open[place] > 0 {
                // Fewer orders than 2^23.
                ranks[count] = (u64::MAX - self.open[place], place as u32);
                count += 1;
            }
        }
        ranks[..count].sort_unstable();
        for &(_, place) in &ranks[..count] {
            if self.left == 0 {
                return;
            }
            self.give(place as usize, lot);
        }
    }

    /// Whether everything that shows is given.
    pub(super) fn is_used_up(&self) -> bool {
        self.open[..self.count].iter().all(|&open| open == 0)
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.open) + size_of_val(&*self.given)
    }
}
