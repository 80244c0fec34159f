//! A small record that one thread rewrites and any number read without waiting.
//!
//! ```text
//! word 0    version: odd while the writer is at work
//! word 1..  the record
//! ```

use crate::sync::{Ordering, fence};
use crate::words::{Words, WordsMut};

/// The writing end of a record of `N` words.
#[derive(Debug)]
pub struct SeqWriter<const N: usize> {
    words: WordsMut,
    version: u64,
}

impl<const N: usize> SeqWriter<N> {
    /// The record in the first `N + 1` words of `words`, which must be zero.
    ///
    /// # Panics
    /// Where `words` is shorter.
    #[must_use]
    pub fn new(words: &WordsMut) -> Self {
        SeqWriter { words: words.part(0, N + 1), version: 0 }
    }

    /// A record on the heap, all zero.
    #[must_use]
    pub fn heap() -> Self {
        SeqWriter::new(&WordsMut::heap(N + 1))
    }

    /// A reading end.
    #[must_use]
    pub fn reader(&self) -> SeqReader<N> {
        SeqReader { words: self.words.view() }
    }

    /// Replaces the record.
    pub fn write(&mut self, record: &[u64; N]) {
        self.words.store(0, self.version.wrapping_add(1));
        // Release fence: a reader that sees any word stored below also sees the odd version. Pairs
        // with the Acquire fence before the second look at the version.
        fence(Ordering::Release);
        for (index, &word) in record.iter().enumerate() {
            self.words.store(index + 1, word);
        }
        self.version = self.version.wrapping_add(2);
        // Release: pairs with the first look at the version.
        self.words.store_release(0, self.version);
    }
}

/// A reading end of a record of `N` words.
#[derive(Clone, Debug)]
pub struct SeqReader<const N: usize> {
    words: Words,
}

impl<const N: usize> SeqReader<N> {
    /// The record in the first `N + 1` words of `words`.
    ///
    /// # Panics
    /// Where `words` is shorter.
    #[must_use]
    pub fn new(words: &Words) -> Self {
        SeqReader { words: words.part(0, N + 1) }
    }

    /// The version of the record: another one means another record.
    #[inline]
    #[must_use]
    pub fn version(&self) -> u64 {
        self.words.load(0)
    }

    /// The record and its version; `None` where the writer was at work meanwhile.
    ///
    /// Never waits: a caller that cannot do without keeps its last copy.
    #[inline]
    #[must_use]
    pub fn try_read(&self) -> Option<(u64, [u64; N])> {
        let version = self.words.load_acquire(0);
        if version % 2 == 1 {
            return None;
        }
        let record = core::array::from_fn(|index| self.words.load(index + 1));
        // Acquire fence: pairs with the Release fence in `write`.
        fence(Ordering::Acquire);
        (self.words.load(0) == version).then_some((version, record))
    }
}
