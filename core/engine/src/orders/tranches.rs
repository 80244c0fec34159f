//! Icebergs (rule O7): what of an order shows, and what of a level does not.

use alloc::boxed::Box;

use crate::book::PAGE_LEVELS;
use crate::digest::{mix, sum};

/// What an iceberg shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tranche {
    /// Quantity of a fresh tranche.
    pub(crate) display: u64,
    /// What is left of the present one.
    pub(crate) shown: u64,
}

impl Tranche {
    /// What it adds to the state hash beside its order.
    pub(crate) fn hash(self, order_id: u64) -> u64 {
        (mix(order_id ^ 0x696365) | 1).wrapping_mul(sum([self.display, self.shown]))
    }
}

/// Tranches by slot of the order, and by level what its orders do not show.
pub(crate) struct Tranches {
    of_order: Box<[Tranche]>,
    /// Never touched where no iceberg stood.
    hidden: Box<[u64]>,
}

impl Tranches {
    /// Nothing is hidden.
    pub(crate) fn new(orders_max: u32, pages_max: u32) -> Self {
        Tranches {
            of_order: alloc::vec![Tranche::default(); orders_max as usize].into_boxed_slice(),
            hidden: alloc::vec![0; pages_max as usize * PAGE_LEVELS].into_boxed_slice(),
        }
    }

    /// The tranche of an iceberg.
    pub(crate) fn at(&self, slot: u32) -> Tranche {
        self.of_order[slot as usize]
    }

    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut Tranche {
        &mut self.of_order[slot as usize]
    }

    /// What the orders of a level do not show.
    pub(crate) fn hidden(&self, level: u32) -> u64 {
        self.hidden[level as usize]
    }

    pub(crate) fn hidden_mut(&mut self, level: u32) -> &mut u64 {
        &mut self.hidden[level as usize]
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.of_order) + size_of_val(&*self.hidden)
    }
}
