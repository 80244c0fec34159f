//! Open addressing from keys to slots: fixed size, at most half full, deletion without traces.
//! It has what the direct table of an [`Index`](super::Index) has no place for.

use alloc::boxed::Box;

use pinion_types::RejectCode;

use crate::book::NONE;
use crate::digest::mix;

/// A slot, and the place its key would stand if it were alone.
#[derive(Clone, Copy, Debug)]
struct Entry {
    home: u32,
    slot: u32,
}

const EMPTY: Entry = Entry { home: 0, slot: NONE };

/// Slots by key; the keys stand in the slots themselves.
pub(super) struct Overflow {
    entries: Box<[Entry]>,
    mask: u32,
    /// Odd, from the venue's seed.
    factor: u64,
    /// Leaves as many bits as there are groups of places.
    shift: u32,
}

impl Overflow {
    /// Room for `count` keys, at most half full.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where that is more than 2^29.
    pub(super) fn new(count: u32, seed: u64) -> Result<Self, RejectCode> {
        if count > 1 << 29 {
            return Err(RejectCode::BadValue);
        }
        let len = (count.max(64) * 2).next_power_of_two();
        let shift = 64 - (len / 64).trailing_zeros();
        let entries = alloc::vec![EMPTY; len as usize].into_boxed_slice();
        Ok(Overflow { entries, mask: len - 1, factor: mix(mix(seed)) | 1, shift })
    }

    /// Home of a key of two parts. Sixty-four neighboring ids stand side by side, because ids rise
    /// and memory is fetched ahead in order; everything else of the key is mixed with the venue's
    /// seed, so that neither a client's choice of ids nor old orders in a row make long runs.
    #[inline]
    pub(super) fn home(&self, owner: u32, id: u64) -> u32 {
        let group = (id >> 6).wrapping_add(u64::from(owner) << 40);
        // The highest bits of a product with a secret odd number: all of the group moves them.
        let place = (group.wrapping_mul(self.factor) >> self.shift) as u32;
        place << 6 | (id as u32 & 63)
    }

    /// The slot with this home for which `is_key` holds.
    #[inline]
    pub(super) fn find(&self, home: u32, is_key: impl Fn(u32) -> bool) -> Option<u32> {
        let mut place = home;
        // Half of the entries are empty, so this ends; mostly where someone stands nearer to his
        // home than the key would.
        loop {
            let entry = self.entries[(place & self.mask) as usize];
            let is_past = self.distance(entry, place) < place.wrapping_sub(home);
            if entry.slot == NONE || is_past {
                return None;
            }
            if entry.home == home && is_key(entry.slot) {
                return Some(entry.slot);
            }
            place = place.wrapping_add(1);
        }
    }

    /// Adds a slot whose key is new.
    ///
    /// Whoever stands farther from home keeps the place, so entries stand in the order of their
    /// homes: a removal ends at the first that stands at its own.
    #[inline]
    pub(super) fn insert(&mut self, home: u32, slot: u32) {
        let mut place = home & self.mask;
        let mut new = Entry { home, slot };
        while self.entries[place as usize].slot != NONE {
            let standing = self.entries[place as usize];
            if self.distance(standing, place) < self.distance(new, place) {
                self.entries[place as usize] = new;
                new = standing;
            }
            place = place.wrapping_add(1) & self.mask;
        }
        self.entries[place as usize] = new;
    }

    /// Takes a slot out, and closes the gap so that no probe needs to pass it.
    ///
    /// Ids that follow each other stand side by side, each at home: the gap closes at once.
    #[inline]
    pub(super) fn remove(&mut self, home: u32, slot: u32) {
        let mut gap = home & self.mask;
        while self.entries[gap as usize].slot != slot {
            assert!(self.entries[gap as usize].slot != NONE, "what is removed is there");
            gap = gap.wrapping_add(1) & self.mask;
        }
        loop {
            let place = gap.wrapping_add(1) & self.mask;
            let entry = self.entries[place as usize];
            if entry.slot == NONE || self.distance(entry, place) == 0 {
                break;
            }
            self.entries[gap as usize] = entry;
            gap = place;
        }
        self.entries[gap as usize] = EMPTY;
    }

    /// How far from its home an entry stands, or would stand.
    #[inline]
    const fn distance(&self, entry: Entry, place: u32) -> u32 {
        place.wrapping_sub(entry.home) & self.mask
    }

    /// Entries in use; O(n).
    pub(super) fn count(&self) -> usize {
        self.entries.iter().filter(|entry| entry.slot != NONE).count()
    }

    /// Bytes held.
    pub(super) fn memory_len(&self) -> usize {
        size_of_val(&*self.entries)
    }
}

#[cfg(test)]
mod tests {
    use super::{Overflow, mix};
    use std::collections::HashMap;
    use std::vec::Vec;

    #[test]
    fn keys_are_found_after_any_deletions() {
        let seed = 7_u64;
        std::println!("SEED={seed}");
        let mut index = Overflow::new(64, seed).ok().filter(|it| it.mask == 127).expect("an index");
        let mut keys: Vec<Option<(u32, u64)>> = std::vec![None; 64];
        let mut model: HashMap<(u32, u64), u32> = HashMap::new();
        let mut word = seed;
        for _ in 0..100_000 {
            word = mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15));
            // Few keys, so that they meet again; in strides, so that they collide.
            let key = ((word >> 8) as u32 % 3, (word >> 16) % 40 * (1 << ((word >> 32) % 3 * 20)));
            let home = index.home(key.0, key.1);
            let found = index.find(home, |slot| keys[slot as usize] == Some(key));
            assert_eq!(found, model.get(&key).copied());
            match found {
                Some(slot) => {
                    index.remove(home, slot);
                    keys[slot as usize] = None;
                    model.remove(&key);
                }
                None => {
                    if let Some(slot) = keys.iter().position(Option::is_none) {
                        keys[slot] = Some(key);
                        index.insert(home, slot as u32);
                        model.insert(key, slot as u32);
                    }
                }
            }
            assert_eq!(index.count(), model.len());
        }
    }
}
