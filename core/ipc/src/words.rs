//! Views of shared memory as 64-bit atomics: the only way this crate touches a peer's bytes.
//!
//! No reference to plain data ever points into shared memory, so a peer that writes at the wrong
//! moment causes a wrong number, never undefined behavior. The memory behind a view is a mapping
//! or, in tests, under Miri and under loom, the heap.

use core::fmt;
use core::ptr::NonNull;

use crate::sync::{AtomicU64, Ordering, fence};

/// Words of one line.
pub const LINE_WORDS: usize = 8;

/// Bytes of one word.
#[cfg(not(loom))]
pub const WORD_LEN: usize = 8;

/// Heap memory, aligned like a cursor: 128 bytes, two lines.
#[repr(C, align(128))]
struct Block([AtomicU64; 16]);

/// What keeps the memory of a view alive.
enum Keep {
    Heap(Box<[Block]>),
    #[cfg(not(loom))]
    Mapped(memmap2::MmapRaw),
}

/// A view of words that others may write: read only.
///
/// Cloning gives a second view of the same memory, which lives as long as its last view.
#[derive(Clone)]
pub struct Words {
    base: NonNull<AtomicU64>,
    len: usize,
    keep: std::sync::Arc<Keep>,
}

// SAFETY: the memory is reached through atomics alone and `keep` outlives every use of `base`.
unsafe impl Send for Words {}
// SAFETY: as for `Send`; shared use is what atomics are for.
unsafe impl Sync for Words {}

impl Words {
    /// The first `len` words of a mapping. `None` where the mapping is shorter or not aligned.
    #[cfg(not(loom))]
    pub(crate) fn mapped(map: memmap2::MmapRaw, len: usize) -> Option<Words> {
        let base = NonNull::new(map.as_mut_ptr().cast::<AtomicU64>())?;
        let fits = len.checked_mul(WORD_LEN).is_some_and(|bytes| bytes <= map.len());
        if !fits || !base.is_aligned() {
            return None;
        }
        Some(Words { base, len, keep: std::sync::Arc::new(Keep::Mapped(map)) })
    }

    /// Number of words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where the view holds no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The words `first..first + count`.
    ///
    /// # Panics
    /// Where they are not all inside this view.
    #[must_use]
    pub fn part(&self, first: usize, count: usize) -> Words {
        assert!(first <= self.len);
        assert!(count <= self.len - first);
        // SAFETY: `first <= len`, so the result is in the memory `keep` holds or one past its end.
        let base = unsafe { self.base.add(first) };
        Words { base, len: count, keep: self.keep.clone() }
    }

    /// The word at `index`, relaxed.
    ///
    /// # Panics
    /// Where `index` is not inside.
    #[inline]
    #[must_use]
    pub fn load(&self, index: usize) -> u64 {
        self.at(index).load(Ordering::Relaxed)
    }

    /// The word at `index`; what its writer wrote before a release of it is seen afterwards.
    ///
    /// A relaxed load and a fence: read-only mappings allow nothing stronger than a plain load.
    ///
    /// # Panics
    /// Where `index` is not inside.
    #[inline]
    #[must_use]
    pub fn load_acquire(&self, index: usize) -> u64 {
        let value = self.at(index).load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        value
    }

    #[inline]
    pub(crate) fn at(&self, index: usize) -> &AtomicU64 {
        assert!(index < self.len);
        // SAFETY: `index < len`, so the word lies in the memory `keep` holds.
        let word = unsafe { self.base.add(index) };
        // SAFETY: aligned, initialized (zeroed by the kernel or by `heap`), alive while `self` is,
        // and never reached but as an atomic.
        unsafe { word.as_ref() }
    }
}

/// Lines of a ring by position: a view of a power of two of them.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    words: Words,
    /// Number of lines less one; as many are in `words`.
    mask: u64,
}

impl Lines {
    /// All of `words`, which others may write.
    ///
    /// # Panics
    /// Where they are not a power of two of whole lines.
    pub(crate) fn new(words: Words) -> Lines {
        let count = words.len() / LINE_WORDS;
        assert!(count.is_power_of_two());
        assert_eq!(words.len() % LINE_WORDS, 0);
        Lines { words, mask: count as u64 - 1 }
    }

    /// Number of lines.
    pub(crate) fn count(&self) -> u64 {
        self.mask.wrapping_add(1)
    }

    /// The line at `position`, modulo the number of lines.
    #[inline]
    pub(crate) fn at(&self, position: u64) -> &[AtomicU64; LINE_WORDS] {
        let first = self.words.base.cast::<[AtomicU64; LINE_WORDS]>();
        // SAFETY: at most `mask`, so the whole line lies in the memory `words` keeps.
        let line = unsafe { first.add((position & self.mask) as usize) };
        // SAFETY: as in `Words::at`, for eight words in a row.
        unsafe { line.as_ref() }
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &*self.keep {
            Keep::Heap(blocks) => ("heap", blocks.len() * size_of::<Block>()),
            #[cfg(not(loom))]
            Keep::Mapped(map) => ("mapped", map.len()),
        };
        f.debug_struct("Words").field("len", &self.len).field("of", &kind).finish()
    }
}

/// A view of words that this side writes.
#[derive(Clone, Debug)]
pub struct WordsMut(Words);

impl WordsMut {
    /// `len` zeroed words on the heap, aligned to 128 bytes.
    #[must_use]
    pub fn heap(len: usize) -> WordsMut {
        let block = |_| Block(core::array::from_fn(|_| AtomicU64::new(0)));
        let blocks: Box<[Block]> = (0..len.div_ceil(16)).map(block).collect();
        let keep = std::sync::Arc::new(Keep::Heap(blocks));
        let base = match &*keep {
            Keep::Heap(blocks) => NonNull::from(&**blocks).cast::<AtomicU64>(),
            #[cfg(not(loom))]
            Keep::Mapped(_) => NonNull::dangling(),
        };
        WordsMut(Words { base, len, keep })
    }

    /// Declares a view writable.
    ///
    /// # Safety
    /// The memory must be mapped writable: a store to read-only memory ends the process.
    #[cfg(not(loom))]
    pub(crate) unsafe fn from_writable(words: Words) -> WordsMut {
        WordsMut(words)
    }

    /// The words `first..first + count`.
    ///
    /// # Panics
    /// Where they are not all inside this view.
    #[must_use]
    pub fn part(&self, first: usize, count: usize) -> WordsMut {
        WordsMut(self.0.part(first, count))
    }

    /// The same words, for reading.
    #[must_use]
    pub fn view(&self) -> Words {
        self.0.clone()
    }

    /// Stores `value` at `index`, relaxed.
    ///
    /// # Panics
    /// Where `index` is not inside.
    #[inline]
    pub fn store(&self, index: usize, value: u64) {
        self.0.at(index).store(value, Ordering::Relaxed);
    }

    /// Stores `value` at `index` after everything this thread wrote before.
    ///
    /// Release: pairs with the fence in [`Words::load_acquire`].
    ///
    /// # Panics
    /// Where `index` is not inside.
    #[inline]
    pub fn store_release(&self, index: usize, value: u64) {
        self.0.at(index).store(value, Ordering::Release);
    }

    /// Adds to the word at `index`, wrapping, relaxed.
    ///
    /// # Panics
    /// Where `index` is not inside.
    #[inline]
    pub fn add(&self, index: usize, value: u64) {
        self.0.at(index).fetch_add(value, Ordering::Relaxed);
    }
}

impl core::ops::Deref for WordsMut {
    type Target = Words;

    fn deref(&self) -> &Words {
        &self.0
    }
}
