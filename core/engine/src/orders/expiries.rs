//! The ends of dated orders: a binary heap that knows where each order's slot stands in it.
//!
//! Only GTD orders are in it, so that every other order pays one comparison. The earliest is read
//! in O(1), added and taken out in O(log n); of equal moments the older order comes first.

use alloc::vec::Vec;

use pinion_types::{Nanos, RejectCode};

use crate::digest::mix;

/// Not in the heap.
const NOWHERE: u32 = u32::MAX;

/// When an order ends: the moment, its id, its slot. Ids are unique, so slots never decide.
type Entry = (Nanos, u64, u32);

/// Ends of orders, by slot.
pub(crate) struct Expiries {
    /// The earliest first; never longer than `places`.
    heap: Vec<Entry>,
    /// Where in the heap each slot's order stands.
    places: Vec<u32>,
}

impl Expiries {
    /// No end for any of `orders_max` orders.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where there is no memory for that many.
    pub(crate) fn new(orders_max: u32) -> Result<Self, RejectCode> {
        let len = orders_max as usize;
        let (mut heap, mut places) = (Vec::new(), Vec::new());
        heap.try_reserve_exact(len).map_err(|_| RejectCode::BadValue)?;
        places.try_reserve_exact(len).map_err(|_| RejectCode::BadValue)?;
        places.resize(len, NOWHERE);
        Ok(Expiries { heap, places })
    }

    /// The earliest moment.
    pub(crate) fn next_due(&self) -> Option<Nanos> {
        self.heap.first().map(|entry| entry.0)
    }

    /// The slot of the order that ends first, where that is due by `now`.
    pub(crate) fn first_due(&self, now: Nanos) -> Option<u32> {
        self.heap.first().filter(|entry| entry.0 <= now).map(|entry| entry.2)
    }

    /// When the order in a slot ends.
    pub(crate) fn of(&self, slot: u32) -> Option<Nanos> {
        let place = *self.places.get(slot as usize)?;
        self.heap.get(place as usize).map(|entry| entry.0)
    }

    /// Adds the end of the order in a slot; gives what the state hash gains.
    #[inline(never)]
    pub(crate) fn insert(&mut self, slot: u32, order_id: u64, due: Nanos) -> u64 {
        assert!(self.places[slot as usize] == NOWHERE, "an order ends once");
        self.heap.push((due, order_id, slot));
        self.rise(self.heap.len() - 1);
        entry_hash(order_id, due)
    }

    /// Takes the end of the order in a slot out; gives what the state hash loses.
    #[inline(never)]
    pub(crate) fn remove(&mut self, slot: u32) -> u64 {
        let index = self.places[slot as usize] as usize;
        let (due, order_id, owner) = self.heap[index];
        assert!(owner == slot, "places point at their orders");
        self.places[slot as usize] = NOWHERE;
        self.heap.swap_remove(index);
        if index < self.heap.len() {
            self.rise(index);
            self.sink(self.places[self.heap[index].2 as usize] as usize);
        }
        entry_hash(order_id, due)
    }

    /// Moves the entry at `index` up while it is before its parent, and notes its place.
    fn rise(&mut self, mut index: usize) {
        while index > 0 {
            let parent = (index - 1) / 2;
            if self.heap[parent] <= self.heap[index] {
                break;
            }
            self.swap(parent, index);
            index = parent;
        }
        self.note(index);
    }

    /// Moves the entry at `index` down while a child is before it, and notes its place.
    fn sink(&mut self, mut index: usize) {
        loop {
            let (left, right) = (2 * index + 1, 2 * index + 2);
            let mut least = index;
            for child in [left, right] {
                if child < self.heap.len() && self.heap[child] < self.heap[least] {
                    least = child;
                }
            }
            if least == index {
                break;
            }
            self.swap(least, index);
            index = least;
        }
        self.note(index);
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.heap.swap(left, right);
        self.note(left);
        self.note(right);
    }

    /// Writes down where the entry at `index` stands; there are at most 2^23.
    fn note(&mut self, index: usize) {
        let slot = self.heap[index].2;
        self.places[slot as usize] = index as u32;
    }

    /// Orders that end.
    pub(crate) fn count(&self) -> usize {
        self.heap.len()
    }

    /// What the ends add to the state hash; O(n).
    pub(crate) fn hash(&self) -> u64 {
        let each = self.heap.iter().map(|&(due, order_id, _)| entry_hash(order_id, due));
        each.fold(0, u64::wrapping_add)
    }

    /// True where heap order and places hold; O(n).
    pub(crate) fn is_sound(&self) -> bool {
        let in_order =
            (1..self.heap.len()).all(|index| self.heap[(index - 1) / 2] < self.heap[index]);
        let mut entries = self.heap.iter().enumerate();
        let placed = entries.all(|(index, entry)| self.places[entry.2 as usize] as usize == index);
        let count = self.places.iter().filter(|&&place| place != NOWHERE).count();
        in_order && placed && count == self.heap.len()
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        self.heap.capacity() * size_of::<Entry>() + self.places.capacity() * size_of::<u32>()
    }
}

/// What the end of an order adds to the state hash.
const fn entry_hash(order_id: u64, due: Nanos) -> u64 {
    (mix(order_id ^ 0x6578_7069_7265) | 1).wrapping_mul(mix(due.0))
}

#[cfg(test)]
mod tests {
    use super::{Expiries, Nanos};
    use crate::digest::mix;
    use std::collections::BTreeMap;

    /// A sorted map is the oracle: after any changes both name the same first.
    #[test]
    fn the_first_is_the_earliest_then_the_oldest() {
        let seed = 0x0067_7464;
        std::println!("SEED={seed}");
        let mut heap = Expiries::new(12).expect("room for twelve");
        let (mut map, mut hash) = (BTreeMap::new(), 0_u64);
        for step in 0..20_000_u64 {
            let dice = mix(seed + step);
            let slot = (dice % 12) as u32;
            let known = map.iter().find(|entry| *entry.1 == slot).map(|entry| *entry.0);
            match known {
                Some(key) => {
                    map.remove(&key);
                    hash = hash.wrapping_sub(heap.remove(slot));
                }
                // Few moments, so that many are equal.
                None => {
                    let due = Nanos(dice >> 16 & 15);
                    map.insert((due, step), slot);
                    hash = hash.wrapping_add(heap.insert(slot, step, due));
                }
            }
            assert!(heap.is_sound());
            assert_eq!(heap.count(), map.len());
            assert_eq!(heap.hash(), hash);
            assert_eq!(heap.next_due(), map.keys().next().map(|key| key.0));
            let due = heap.first_due(Nanos(7));
            assert_eq!(due, map.iter().next().filter(|it| it.0.0.0 <= 7).map(|it| *it.1));
            assert_eq!(heap.of(slot).is_some(), map.values().any(|it| *it == slot));
        }
    }
}
