//! From ids to slots: a direct table for ids that rise, and an overflow for who finds his place
//! taken.

use alloc::boxed::Box;

use pinion_types::RejectCode;

use super::overflow::Overflow;
use crate::book::NONE;
use crate::digest::mix;

/// Slots by key; the keys stand in the slots themselves.
///
/// Ids rise, so that neighbors stand side by side and memory is fetched ahead in order. Who comes
/// where somebody older still stands goes to the overflow, which no choice of ids makes slow.
pub(crate) struct Index {
    direct: Box<[u32]>,
    mask: u64,
    /// Odd, from the venue's seed: how far apart two owners begin.
    stride: u64,
    overflow: Overflow,
    overflow_count: u32,
}

impl Index {
    /// Room for `count` keys.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where that is more than 2^29.
    pub(crate) fn new(count: u32, seed: u64) -> Result<Self, RejectCode> {
        let overflow = Overflow::new(count, seed)?;
        // Checked by the overflow: at most 2^30 places of four bytes.
        let len = (count.max(64) as usize * 2).next_power_of_two();
        Ok(Index {
            direct: alloc::vec![NONE; len].into_boxed_slice(),
            mask: len as u64 - 1,
            stride: mix(!seed) | 1,
            overflow,
            overflow_count: 0,
        })
    }

    #[inline(always)]
    const fn place(&self, owner: u32, id: u64) -> usize {
        (id.wrapping_add(self.stride.wrapping_mul(owner as u64)) & self.mask) as usize
    }

    /// The slot of a key of two parts, for which `is_key` holds.
    #[inline(always)]
    pub(crate) fn find(&self, owner: u32, id: u64, is_key: impl Fn(u32) -> bool) -> Option<u32> {
        let slot = self.direct[self.place(owner, id)];
        if slot != NONE && is_key(slot) {
            return Some(slot);
        }
        if self.overflow_count == 0 {
            return None;
        }
        self.overflow.find(self.overflow.home(owner, id), is_key)
    }

    /// Adds a slot whose key is new.
    #[inline(always)]
    pub(crate) fn insert(&mut self, owner: u32, id: u64, slot: u32) {
        let place = self.place(owner, id);
        if self.direct[place] == NONE {
            self.direct[place] = slot;
        } else {
            self.overflow.insert(self.overflow.home(owner, id), slot);
            self.overflow_count += 1;
        }
    }

    /// Takes a slot out that is there.
    #[inline(always)]
    pub(crate) fn remove(&mut self, owner: u32, id: u64, slot: u32) {
        let place = self.place(owner, id);
        if self.direct[place] == slot {
            self.direct[place] = NONE;
        } else {
            self.overflow.remove(self.overflow.home(owner, id), slot);
            self.overflow_count -= 1;
        }
    }

    /// Entries in use; O(n).
    pub(crate) fn count(&self) -> usize {
        self.direct.iter().filter(|&&slot| slot != NONE).count() + self.overflow.count()
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.direct) + self.overflow.memory_len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, mix};
    use std::collections::HashMap;
    use std::vec::Vec;

    #[test]
    fn keys_are_found_after_any_deletions() {
        let seed = 7_u64;
        std::println!("SEED={seed}");
        let mut index = Index::new(64, seed).ok().filter(|it| it.mask == 127).expect("an index");
        let mut keys: Vec<Option<(u32, u64)>> = std::vec![None; 64];
        let mut model: HashMap<(u32, u64), u32> = HashMap::new();
        let (mut word, mut most) = (seed, 0);
        for _ in 0..100_000 {
            word = mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15));
            // Few keys, so that they meet again; in strides of the table, so that they collide.
            let key = ((word >> 8) as u32 % 3, (word >> 16) % 40 * (1 << ((word >> 32) % 3 * 20)));
            let found = index.find(key.0, key.1, |slot| keys[slot as usize] == Some(key));
            assert_eq!(found, model.get(&key).copied());
            match found {
                Some(slot) => {
                    index.remove(key.0, key.1, slot);
                    keys[slot as usize] = None;
                    model.remove(&key);
                }
                None => {
                    if let Some(slot) = keys.iter().position(Option::is_none) {
                        keys[slot] = Some(key);
                        index.insert(key.0, key.1, slot as u32);
                        model.insert(key, slot as u32);
                    }
                }
            }
            most = most.max(index.overflow_count);
            assert_eq!(index.count(), model.len());
            assert_eq!(index.overflow_count as usize, index.overflow.count());
        }
        assert!(most > 8, "the overflow had its share: {most}");
    }
}
