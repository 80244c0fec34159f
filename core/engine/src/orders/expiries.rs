//! The ends of dated orders, earliest first; of equal ends the older order comes first.
//!
//! Only GTD orders are here, so that every other order pays one comparison.

use pinion_types::{Nanos, RejectCode};

use crate::deadlines::Deadlines;
use crate::digest::mix;

/// Ends of orders, by slot.
pub(crate) struct Expiries {
    ends: Deadlines,
}

impl Expiries {
    /// No end for any of `orders_max` orders.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where there is no memory for that many.
    pub(crate) fn new(orders_max: u32) -> Result<Self, RejectCode> {
        Ok(Expiries { ends: Deadlines::new(orders_max)? })
    }

    /// The earliest moment.
    pub(crate) fn next_due(&self) -> Option<Nanos> {
        self.ends.first().map(|end| end.0)
    }

    /// The slot of the order that ends first, where that is due by `now`.
    pub(crate) fn first_due(&self, now: Nanos) -> Option<u32> {
        self.ends.first().filter(|end| end.0 <= now).map(|end| end.2)
    }

    /// When the order in a slot ends.
    pub(crate) fn of(&self, slot: u32) -> Option<Nanos> {
        self.ends.of(slot)
    }

    /// Adds the end of the order in a slot; gives what the state hash gains.
    #[inline(never)]
    pub(crate) fn insert(&mut self, slot: u32, order_id: u64, due: Nanos) -> u64 {
        assert!(self.ends.of(slot).is_none(), "an order ends once");
        self.ends.set(slot, order_id, due);
        end_hash(order_id, due)
    }

    /// Takes the end of the order in a slot out; gives what the state hash loses.
    ///
    /// # Panics
    /// Where the order has no end: the caller took another for dated.
    #[inline(never)]
    pub(crate) fn remove(&mut self, slot: u32) -> u64 {
        let (due, order_id, _) = self.ends.remove(slot).expect("a dated order has an end");
        end_hash(order_id, due)
    }

    /// Orders that end.
    pub(crate) fn count(&self) -> usize {
        self.ends.iter().len()
    }

    /// What the ends add to the state hash; O(n).
    pub(crate) fn hash(&self) -> u64 {
        let each = self.ends.iter().map(|&(due, order_id, _)| end_hash(order_id, due));
        each.fold(0, u64::wrapping_add)
    }

    /// True where the heap of ends holds; O(n).
    pub(crate) fn is_sound(&self) -> bool {
        self.ends.is_sound()
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        self.ends.memory_len()
    }
}

/// What the end of an order adds to the state hash.
const fn end_hash(order_id: u64, due: Nanos) -> u64 {
    (mix(order_id ^ 0x6578_7069_7265) | 1).wrapping_mul(mix(due.0))
}
