//! Moments that sessions and orders wait for: a binary heap that knows where each stands in it.
//!
//! At most one deadline each. The earliest is read in O(1), set and removed in O(log n); of equal
//! moments the lower rank comes first, so the order never depends on history.

use alloc::vec::Vec;

use pinion_types::{Nanos, RejectCode};

/// Not in the heap.
const NOWHERE: u32 = u32::MAX;

/// The moment, the rank among equal moments, and whose it is.
pub(crate) type Deadline = (Nanos, u64, u32);

/// Deadlines by index.
pub(crate) struct Deadlines {
    /// A heap with the earliest first; never longer than `places`. Ranks differ, so an index never
    /// decides.
    heap: Vec<Deadline>,
    /// Where in the heap each index stands.
    places: Vec<u32>,
}

impl Deadlines {
    /// No deadline for any of `count` indexes.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where there is no memory for that many.
    pub(crate) fn new(count: u32) -> Result<Self, RejectCode> {
        let len = count as usize;
        let (mut heap, mut places) = (Vec::new(), Vec::new());
        heap.try_reserve_exact(len).map_err(|_| RejectCode::BadValue)?;
        places.try_reserve_exact(len).map_err(|_| RejectCode::BadValue)?;
        places.resize(len, NOWHERE);
        Ok(Deadlines { heap, places })
    }

    /// The earliest.
    pub(crate) fn first(&self) -> Option<Deadline> {
        self.heap.first().copied()
    }

    /// Sets the deadline of `owner`, in place of one it may have.
    pub(crate) fn set(&mut self, owner: u32, rank: u64, due: Nanos) {
        self.remove(owner);
        assert!(self.heap.len() < self.places.len(), "one deadline each");
        self.heap.push((due, rank, owner));
        self.rise(self.heap.len() - 1);
    }

    /// Takes the deadline of `owner` away and gives it, where there is one.
    pub(crate) fn remove(&mut self, owner: u32) -> Option<Deadline> {
        let place = core::mem::replace(&mut self.places[owner as usize], NOWHERE);
        if place == NOWHERE {
            return None;
        }
        let index = place as usize;
        let removed = self.heap.swap_remove(index);
        assert!(removed.2 == owner, "places point at their owners");
        if index < self.heap.len() {
            self.rise(index);
            self.sink(self.places[self.heap[index].2 as usize] as usize);
        }
        Some(removed)
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

    /// Writes down where the entry at `index` stands; the heap is shorter than 2^32.
    fn note(&mut self, index: usize) {
        let owner = self.heap[index].2;
        self.places[owner as usize] = index as u32;
    }

    /// When the deadline of `owner` is.
    pub(crate) fn of(&self, owner: u32) -> Option<Nanos> {
        let place = *self.places.get(owner as usize)?;
        self.heap.get(place as usize).map(|entry| entry.0)
    }

    /// Every deadline, in no order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Deadline> {
        self.heap.iter()
    }

    /// True where heap order and places hold; O(n).
    pub(crate) fn is_sound(&self) -> bool {
        let in_order = (1..self.heap.len()).all(|index| {
            let parent = (index - 1) / 2;
            self.heap[parent] < self.heap[index]
        });
        let placed = self
            .heap
            .iter()
            .enumerate()
            .all(|(index, entry)| self.places[entry.2 as usize] as usize == index);
        let count = self.places.iter().filter(|&&place| place != NOWHERE).count();
        in_order && placed && count == self.heap.len()
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        self.heap.capacity() * size_of::<Deadline>() + self.places.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadline, Deadlines, Nanos};
    use crate::digest::mix;
    use std::collections::BTreeSet;

    /// A sorted set is the oracle: after any sets and removals both name the same first.
    #[test]
    fn the_first_is_the_earliest_then_the_lowest_rank() {
        let seed = 0x64_75_65;
        std::println!("SEED={seed}");
        let mut heap = Deadlines::new(12).expect("room for twelve");
        let mut set = BTreeSet::new();
        for step in 0..20_000 {
            let dice = mix(seed + step);
            let owner = (dice % 12) as u32;
            let known = set.iter().find(|entry: &&Deadline| entry.2 == owner).copied();
            set.retain(|entry| entry.2 != owner);
            // Few moments, so that many are equal; more removals at times, so that it runs empty.
            if dice >> 8 & 7 < (step >> 9 & 7) {
                assert_eq!(heap.remove(owner), known);
            } else {
                // Ranks against the order of owners, and then in the order of setting.
                let rank = if step < 10_000 { 99 - u64::from(owner) } else { step };
                let due = Nanos(dice >> 16 & 15);
                heap.set(owner, rank, due);
                set.insert((due, rank, owner));
            }
            assert!(heap.is_sound());
            assert_eq!(heap.first(), set.first().copied());
            assert_eq!(heap.iter().len(), set.len());
            assert_eq!(heap.of(owner).is_some(), set.iter().any(|entry| entry.2 == owner));
        }
    }
}
