//! Orders that are done, remembered for "too late" until another takes their place.

use alloc::boxed::Box;

use crate::digest::{Kind, mix, sum, weight};

/// One remembered order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// The id; 0 for nobody.
    id: u64,
    /// Whose: a session's id or an account's index.
    owner: u32,
    spare: u32,
}

const EMPTY: Entry = Entry { id: 0, owner: 0, spare: 0 };

/// A direct-mapped table: a younger order with the same place replaces an older one.
pub(crate) struct Closed {
    entries: Box<[Entry]>,
    mask: u64,
    seed: u64,
}

impl Entry {
    fn hash(self, place: usize, seed: u64) -> u64 {
        let weight = weight(Kind::Closed, place as u64 ^ seed);
        weight.wrapping_mul(sum([self.id, u64::from(self.owner)]))
    }
}

impl Closed {
    /// Room for `count` orders, rounded up to a power of two; 0 remembers nobody.
    pub(crate) fn new(count: u32, seed: u64) -> Self {
        let len = if count == 0 { 0 } else { (count as usize).next_power_of_two() };
        let entries = alloc::vec![EMPTY; len].into_boxed_slice();
        Closed { entries, mask: (len as u64).wrapping_sub(1), seed: mix(seed) }
    }

    /// Neighboring ids stand side by side, because ids rise and their orders end together. `key`
    /// tells apart whose ids they are; 0 where they are the venue's.
    fn place(&self, key: u32, id: u64) -> usize {
        let group = (id >> 3).wrapping_add(u64::from(key) << 40).wrapping_add(self.seed);
        (((mix(group) << 3) | (id & 7)) & self.mask) as usize
    }

    /// Remembers an order; gives what the state hash gains.
    #[inline]
    pub(crate) fn remember(&mut self, key: u32, id: u64, owner: u32) -> u64 {
        let place = self.place(key, id);
        let Some(entry) = self.entries.get_mut(place) else { return 0 };
        let before = entry.hash(place, self.seed);
        *entry = Entry { id, owner, spare: 0 };
        entry.hash(place, self.seed).wrapping_sub(before)
    }

    /// Whose the order is, where it is remembered.
    pub(crate) fn owner(&self, key: u32, id: u64) -> Option<u32> {
        let entry = self.entries.get(self.place(key, id))?;
        (entry.id == id && id != 0).then_some(entry.owner)
    }

    /// What the table adds to the state hash; O(n).
    pub(crate) fn hash(&self) -> u64 {
        self.entries
            .iter()
            .enumerate()
            .fold(0, |hash: u64, (place, entry)| hash.wrapping_add(entry.hash(place, self.seed)))
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.entries)
    }
}
