//! The line through counter and clock.

use pinion_types::Nanos;

/// UTC as a function of the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The counter when it was made.
    pub ticks: u64,
    /// UTC at that moment.
    pub utc: Nanos,
    /// Nanoseconds a tick, in units of 2^-32.
    pub rate: u64,
    /// How far off it may have been then, in nanoseconds.
    pub error_ns: u64,
}

impl Mapping {
    /// UTC when the counter shows `ticks`; a counter behind the mapping gives the mapping's time.
    #[inline]
    #[must_use]
    pub fn at(&self, ticks: u64) -> Nanos {
        let ahead = u128::from(ticks.saturating_sub(self.ticks));
        let ns = (ahead * u128::from(self.rate)) >> 32;
        Nanos(self.utc.0.saturating_add(u64::try_from(ns).unwrap_or(u64::MAX)))
    }

    pub(super) fn words(&self) -> [u64; 4] {
        [self.ticks, self.utc.0, self.rate, self.error_ns]
    }

    pub(super) fn from_words([ticks, utc, rate, error_ns]: [u64; 4]) -> Mapping {
        Mapping { ticks, utc: Nanos(utc), rate, error_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::Mapping;
    use pinion_types::Nanos;

    #[test]
    fn time_follows_the_line() {
        let mapping = Mapping { ticks: 1_000, utc: Nanos(50), rate: 1 << 31, error_ns: 0 };
        assert_eq!(mapping.at(1_000), Nanos(50));
        assert_eq!(mapping.at(1_100), Nanos(100));
        assert_eq!(mapping.at(900), Nanos(50));
        assert_eq!(mapping.at(u64::MAX).0, 50 + (u64::MAX - 1_000) / 2);
        let fast = Mapping { rate: u64::MAX, ..mapping };
        assert_eq!(fast.at(u64::MAX), Nanos(u64::MAX));
    }
}
