//! Words of a session that change seldom, folded in order into the state hash.

use crate::digest::mix;

/// Words folded in order into one.
#[derive(Clone, Copy)]
pub(super) struct Digest(u64);

impl Digest {
    /// A digest that differs for every `seed`.
    pub(super) const fn new(seed: u64) -> Self {
        Digest(mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)))
    }

    /// The digest after one more word.
    pub(super) const fn word(self, word: u64) -> Self {
        Digest(mix(self.0.rotate_left(23) ^ mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15))))
    }

    /// The value.
    pub(super) const fn value(self) -> u64 {
        self.0
    }
}
