//! Hashing of session state that can be undone: sums of mixed words, and weighted counters.

/// The finalizer of SplitMix64: every bit of the input moves every bit of the output.
pub(super) const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

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

/// Odd factors of the counters that change with every message: multiplying by an odd number loses
/// nothing, so one changed counter always changes the sum.
pub(super) const FACTORS: [u64; 9] = {
    let mut factors = [0; 9];
    let mut index = 0;
    while index < factors.len() {
        factors[index] = mix(0x7365_7373_696f_6e00 + index as u64) | 1;
        index += 1;
    }
    factors
};
