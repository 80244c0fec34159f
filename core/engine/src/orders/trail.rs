//! A trailing stop's row: what it trails, and how far behind (rule O12).

/// A trailing stop that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trail {
    /// Kind of its offset: ticks, or 1/100 of a percent.
    pub(crate) kind: u32,
    /// How far behind the extreme its trigger is; above 0.
    pub(crate) offset: i32,
    /// Price from which it trails, where that is not every price.
    pub(crate) activation: Option<i64>,
    /// Highest trade of a sell, lowest of a buy, since it trails; nothing before.
    pub(crate) extreme: Option<i64>,
    /// Protection that it named, in ticks.
    pub(crate) protection_ticks: u32,
}

impl Trail {
    /// What it trails after trades between these prices.
    pub(crate) fn after(&self, is_buy: bool, low: i64, high: i64) -> Option<i64> {
        let best = if is_buy { low } else { high };
        match (self.extreme, self.activation) {
            (Some(extreme), _) if is_buy => Some(extreme.min(best)),
            (Some(extreme), _) => Some(extreme.max(best)),
            (None, Some(from)) if is_buy && best > from || !is_buy && best < from => None,
            (None, _) => Some(best),
        }
    }

    /// What of it decides anything.
    pub(crate) const fn words(self) -> [u64; 5] {
        const fn word(price: Option<i64>) -> [u64; 2] {
            match price {
                Some(tick) => [1, tick as u64],
                None => [0, 0],
            }
        }
        let (activation, extreme) = (word(self.activation), word(self.extreme));
        let has = activation[0] << 1 | extreme[0];
        // Above 0, below 2^31.
        let offset = (self.kind as u64) << 32 | self.offset as u64;
        [offset, has, activation[1], extreme[1], self.protection_ticks as u64]
    }
}
