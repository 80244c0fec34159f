//! Orders that are done, remembered for "too late" until another takes their place.

use alloc::boxed::Box;

use crate::digest::mix;

/// A direct-mapped table of words: a younger order with the same place replaces an older one.
///
/// Ids rise, and neighboring ids stand side by side: orders that end together write one line.
pub(crate) struct Closed {
    words: Box<[u64]>,
    mask: u64,
}

/// What a word adds to the state hash where it stands.
const fn word_hash(place: usize, word: u64) -> u64 {
    word.wrapping_mul((place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
}

impl Closed {
    /// Room for `count` orders, rounded up to a power of two; 0 remembers nobody.
    pub(crate) fn new(count: u32) -> Self {
        let len = if count == 0 { 0 } else { (count as usize).next_power_of_two() };
        let mut words = alloc::vec![0; len].into_boxed_slice();
        // Zeroed memory comes from the system page by page, when it is first written: that would be
        // under an order, and takes longer than the order. So it is written here, by a store of
        // what the compiler cannot know to be there already.
        words.fill(core::hint::black_box(0));
        Closed { words, mask: (len as u64).wrapping_sub(1) }
    }

    /// Remembers `word` for the order whose key is `key`; gives what the state hash gains.
    #[inline]
    pub(crate) fn remember(&mut self, key: u64, word: u64) -> u64 {
        let place = (key & self.mask) as usize;
        let Some(old) = self.words.get_mut(place) else { return 0 };
        let before = core::mem::replace(old, word);
        word_hash(place, word.wrapping_sub(before))
    }

    /// The word that stands where that of `key` would; 0 for none.
    pub(crate) fn word(&self, key: u64) -> u64 {
        self.words.get((key & self.mask) as usize).copied().unwrap_or(0)
    }

    /// What the table adds to the state hash; O(n).
    pub(crate) fn hash(&self) -> u64 {
        self.words
            .iter()
            .enumerate()
            .fold(0, |hash: u64, (place, &word)| hash.wrapping_add(word_hash(place, word)))
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.words)
    }
}

/// The word of a client's id: the id moved by a distance that is the session's own.
///
/// Two sessions' ids are taken for one another once in 2^64, and then an order that is unknown is
/// called too late: the answer to a cancel of nothing.
pub(crate) const fn cl_ord_id_word(session: u32, cl_ord_id: u64) -> u64 {
    mix(session as u64).wrapping_add(cl_ord_id)
}

/// The word of a venue's id and its account: 32 bits of the id that its place does not tell, and
/// the account from 1.
pub(crate) const fn order_id_word(order_id: u64, account: u32) -> u64 {
    order_id << 32 | (account as u64 + 1)
}
