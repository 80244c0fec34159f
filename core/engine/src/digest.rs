//! The state hash: sums of mixed words, so that one change costs one change.
//!
//! The hash of the venue is the wrapping sum of what every record adds. What changes with every
//! order adds `weight * sum(factor * word)`, where the weight is the record's own and odd: a word
//! that changes moves the sum, equal words in two records do not stand for one another, and the
//! old state need not be known to take it away. Rare records are folded through a mixer.

/// The finalizer of SplitMix64: every bit of the input moves every bit of the output.
pub(crate) const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// What tells records of different kinds apart.
#[derive(Clone, Copy)]
#[repr(u64)]
pub(crate) enum Kind {
    /// A position.
    Position = 0x706f,
    /// An amount of cash.
    Cash = 0x6361,
    /// What the venue earned.
    Fees = 0x6665,
    /// An instrument.
    Instrument = 0x696e,
    /// A price that moves with the trades.
    Reference = 0x7265,
    /// An account.
    Account = 0x6163,
    /// A firm.
    Firm = 0x6669,
    /// Limits.
    Limits = 0x6c69,
    /// A session.
    Session = 0x7365,
    /// A change of state that is to come.
    Schedule = 0x7363,
    /// A block, the day.
    Venue = 0x7665,
    /// Losses and rates of an account.
    Ledger = 0x6c65,
    /// What an account may trade.
    Permit = 0x7065,
    /// Limits of a session or the venue.
    Level = 0x6c76,
    /// When a mark was given.
    Mark = 0x6d61,
    /// How an instrument shares a price.
    Sharing = 0x7368,
    /// A trade that was corrected.
    Corrected = 0x636f,
}

/// An odd number that belongs to one record.
pub(crate) const fn weight(kind: Kind, id: u64) -> u64 {
    mix((kind as u64) << 48 ^ id) | 1
}

/// Odd factors of the words of a record.
const FACTORS: [u64; 14] = {
    let mut factors = [0; 14];
    let mut index = 0;
    while index < factors.len() {
        factors[index] = mix(0x656e_6769_6e65_0000 + index as u64) | 1;
        index += 1;
    }
    factors
};

/// Words times factors, summed up.
#[inline(always)]
pub(crate) fn sum<const N: usize>(words: [u64; N]) -> u64 {
    const { assert!(N <= FACTORS.len()) };
    let (mut sum, mut index) = (0_u64, 0);
    while index < N {
        sum = sum.wrapping_add(words[index].wrapping_mul(FACTORS[index]));
        index += 1;
    }
    sum
}

/// What the sum gains where the words change; words that do not change cost nothing, where the
/// compiler sees both.
#[inline(always)]
pub(crate) fn moved<const N: usize>(before: [u64; N], after: [u64; N]) -> u64 {
    const { assert!(N <= FACTORS.len()) };
    let (mut sum, mut index) = (0_u64, 0);
    while index < N {
        let by = after[index].wrapping_sub(before[index]);
        sum = sum.wrapping_add(by.wrapping_mul(FACTORS[index]));
        index += 1;
    }
    sum
}

/// Bytes of a rare record folded into one word.
pub(crate) fn fold(kind: Kind, id: u64, bytes: &[u8]) -> u64 {
    let mut hash = weight(kind, id);
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = mix(hash.rotate_left(23) ^ mix(u64::from_le_bytes(word).wrapping_add(1)));
    }
    hash
}

/// The two words of an amount, low first.
pub(crate) const fn words(amount: i128) -> [u64; 2] {
    // The cut to 64 bits is the point.
    [amount as u64, (amount >> 64) as u64]
}
