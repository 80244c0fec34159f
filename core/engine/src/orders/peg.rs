//! A floating peg's row: what it follows, and how far from it (rule O12).

/// A peg, as it follows the best prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peg {
    /// Kind of what it follows.
    pub(crate) kind: u32,
    /// Added to what it follows, in the instrument's ticks.
    pub(crate) offset: i32,
    /// Its worst price, where it has one.
    pub(crate) cap: Option<i64>,
    /// How often the book moved it.
    pub(crate) told: u32,
}

impl Peg {
    /// What of it decides anything.
    pub(crate) const fn words(self) -> [u64; 3] {
        let (has, cap) = match self.cap {
            Some(tick) => (1, tick as u64),
            None => (0, 0),
        };
        let follows = (self.kind as u64) << 32 | self.offset as u32 as u64;
        [follows, cap, (self.told as u64) << 1 | has]
    }
}
