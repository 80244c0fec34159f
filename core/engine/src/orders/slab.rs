//! The slots of working orders, their indexes, and the lists they stand in.

use alloc::boxed::Box;

use pinion_types::RejectCode;

use super::Index;
use super::Order;
use super::closed::{Closed, cl_ord_id_word, order_id_word};
use crate::book::NONE;

/// Orders at most: 2^23 of 2^40 each still sum up within 64 bits.
const ORDERS_MAX: u32 = 1 << 23;

/// An order's place: two lines of memory.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Slot(Order);

/// Every working order.
pub(crate) struct Orders {
    slots: Box<[Slot]>,
    /// First of the slots that were used and freed.
    free: u32,
    /// Slots that were ever used.
    fresh: u32,
    count: u32,
    by_cl_ord_id: Index,
    by_order_id: Index,
    closed_cl_ord_ids: Closed,
    closed_order_ids: Closed,
}

impl Orders {
    /// Room for `orders_max` orders and a memory of `closed_max`.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where that is none or more than 2^23.
    pub(crate) fn new(orders_max: u32, closed_max: u32, seed: u64) -> Result<Self, RejectCode> {
        if orders_max == 0 || orders_max > ORDERS_MAX || closed_max > ORDERS_MAX {
            return Err(RejectCode::BadValue);
        }
        Ok(Orders {
            slots: alloc::vec![Slot(Order::FREE); orders_max as usize].into_boxed_slice(),
            free: NONE,
            fresh: 0,
            count: 0,
            by_cl_ord_id: Index::new(orders_max, seed)?,
            by_order_id: Index::new(orders_max, !seed)?,
            closed_cl_ord_ids: Closed::new(closed_max),
            closed_order_ids: Closed::new(closed_max),
        })
    }

    /// The order in a slot.
    #[inline]
    pub(crate) fn at(&self, slot: u32) -> &Order {
        &self.slots[slot as usize].0
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, slot: u32) -> &mut Order {
        &mut self.slots[slot as usize].0
    }

    /// Orders that work.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// True where no slot is left.
    pub(crate) fn is_full(&self) -> bool {
        self.count as usize == self.slots.len()
    }

    /// Takes a slot for an order with new ids, which is made where it will stand: what is written
    /// in parts is slow to be copied whole at once.
    #[inline(always)]
    pub(crate) fn insert(&mut self, make: impl FnOnce() -> Order) -> u32 {
        assert!(!self.is_full(), "capacity is checked before");
        let slot = if self.free == NONE {
            self.fresh += 1;
            self.fresh - 1
        } else {
            let slot = self.free;
            self.free = self.at(slot).next;
            slot
        };
        self.count += 1;
        let place = &mut self.slots[slot as usize].0;
        *place = make();
        let (session, cl_ord_id, order_id) = (place.session, place.cl_ord_id, place.order_id);
        self.by_cl_ord_id.insert(session, cl_ord_id, slot);
        self.by_order_id.insert(0, order_id, slot);
        slot
    }

    /// Frees the slot of an order.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: u32) {
        let order = self.at(slot);
        let (session, cl_ord_id, order_id) = (order.session, order.cl_ord_id, order.order_id);
        assert!(order_id != 0, "only an order that works can go");
        self.by_cl_ord_id.remove(session, cl_ord_id, slot);
        self.by_order_id.remove(0, order_id, slot);
        self.count -= 1;
        let free = self.free;
        let place = self.at_mut(slot);
        (place.order_id, place.next) = (0, free);
        self.free = slot;
    }

    /// Remembers an order that is done; gives what the state hash gains.
    pub(crate) fn remember(&mut self, order: &Order) -> u64 {
        let own = cl_ord_id_word(order.session, order.cl_ord_id);
        let by_client = self.closed_cl_ord_ids.remember(own, own);
        let word = order_id_word(order.order_id, order.account);
        let by_venue = self.closed_order_ids.remember(order.order_id, word);
        by_client.wrapping_add(by_venue)
    }

    /// The session's working order with this id.
    #[inline]
    pub(crate) fn by_cl_ord_id(&self, session: u32, cl_ord_id: u64) -> Option<u32> {
        self.by_cl_ord_id.find(session, cl_ord_id, |slot| {
            let order = self.at(slot);
            order.cl_ord_id == cl_ord_id && order.session == session
        })
    }

    /// The working order with this id.
    #[inline]
    pub(crate) fn by_order_id(&self, order_id: u64) -> Option<u32> {
        self.by_order_id.find(0, order_id, |slot| self.at(slot).order_id == order_id)
    }

    /// Gives a working order another id of its client.
    pub(crate) fn rename(&mut self, slot: u32, cl_ord_id: u64) {
        let (session, old) = (self.at(slot).session, self.at(slot).cl_ord_id);
        self.by_cl_ord_id.remove(session, old, slot);
        self.at_mut(slot).cl_ord_id = cl_ord_id;
        self.by_cl_ord_id.insert(session, cl_ord_id, slot);
    }

    /// Whether the session's order with this id is remembered as done.
    pub(crate) fn was_cl_ord_id(&self, session: u32, cl_ord_id: u64) -> bool {
        let own = cl_ord_id_word(session, cl_ord_id);
        self.closed_cl_ord_ids.word(own) == own
    }

    /// The account of the order with this id, where it is remembered as done.
    pub(crate) fn closed_account(&self, order_id: u64) -> Option<u32> {
        let word = self.closed_order_ids.word(order_id);
        // The lower half is the account from 1; the upper half the id's.
        let account = (word as u32).checked_sub(1)?;
        (order_id_word(order_id, account) == word).then_some(account)
    }

    /// Working orders in order of slots; O(slots ever used).
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Order)> {
        let used = &self.slots[..self.fresh as usize];
        (0..).zip(used).map(|(slot, it)| (slot, &it.0)).filter(|(_, order)| order.order_id != 0)
    }

    /// What the memory of closed orders adds to the state hash; O(n).
    pub(crate) fn closed_hash(&self) -> u64 {
        self.closed_cl_ord_ids.hash().wrapping_add(self.closed_order_ids.hash())
    }

    /// True where indexes, free list and count agree; O(n).
    pub(crate) fn is_sound(&self) -> bool {
        let count = self.count as usize;
        let (mut free, mut slot) = (0, self.free);
        while slot != NONE && free <= self.slots.len() {
            free += 1;
            slot = self.at(slot).next;
        }
        let indexed = self.iter().all(|(slot, order)| {
            self.by_cl_ord_id(order.session, order.cl_ord_id) == Some(slot)
                && self.by_order_id(order.order_id) == Some(slot)
        });
        indexed
            && self.iter().count() == count
            && self.by_cl_ord_id.count() == count
            && self.by_order_id.count() == count
            && free + count == self.fresh as usize
    }

    /// Bytes of slots, indexes and memory of closed orders.
    pub(crate) fn memory_len(&self) -> [usize; 3] {
        [
            size_of_val(&*self.slots),
            self.by_cl_ord_id.memory_len() + self.by_order_id.memory_len(),
            self.closed_cl_ord_ids.memory_len() + self.closed_order_ids.memory_len(),
        ]
    }
}
