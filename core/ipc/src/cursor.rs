//! Published positions: one number, one writer, on a pair of lines of its own.

use crate::words::{Words, WordsMut};

/// Words of a cursor: 128 bytes, so that no prefetched neighbor line is shared with another.
pub const CURSOR_WORDS: usize = 16;

/// The writing end of a published position.
#[derive(Debug)]
pub struct Cursor(WordsMut);

impl Cursor {
    /// The cursor in the first word of `words`.
    ///
    /// # Panics
    /// Where `words` is shorter than 128 bytes.
    #[must_use]
    pub fn new(words: &WordsMut) -> Cursor {
        Cursor(words.part(0, CURSOR_WORDS))
    }

    /// A cursor on the heap, at 0.
    #[must_use]
    pub fn heap() -> Cursor {
        Cursor(WordsMut::heap(CURSOR_WORDS))
    }

    /// A reading end.
    #[must_use]
    pub fn view(&self) -> CursorView {
        CursorView(self.0.view())
    }

    /// Moves the position to `value`.
    ///
    /// Release: pairs with the Acquire in [`CursorView::get`].
    #[inline]
    pub fn publish(&self, value: u64) {
        self.0.store_release(0, value);
    }
}

/// A reading end of a published position.
#[derive(Clone, Debug)]
pub struct CursorView(Words);

impl CursorView {
    /// The cursor in the first word of `words`.
    ///
    /// # Panics
    /// Where `words` is shorter than 128 bytes.
    #[must_use]
    pub fn new(words: &Words) -> CursorView {
        CursorView(words.part(0, CURSOR_WORDS))
    }

    /// The position; what its writer wrote before is seen afterwards.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load_acquire(0)
    }
}
