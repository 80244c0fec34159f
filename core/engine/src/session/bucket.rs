//! The token bucket of rule R11: exact, on the time of commands.

use pinion_types::Nanos;

use super::limits::Rate;

/// What one message costs: the level counts in units of 1e-9 message, so that a rate a second
/// gains exactly `rate` units a nanosecond and nothing is ever rounded.
const COST: u64 = 1_000_000_000;

/// How many messages may still pass, to the billionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Units of 1e-9 message, at most the burst.
    level: u64,
    /// When the level was right.
    at: Nanos,
}

/// Level of a full bucket; a burst of 32 bits times 1e9 fits 64.
const fn capacity(rate: Rate) -> u64 {
    rate.burst as u64 * COST
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub const fn full(rate: Rate, now: Nanos) -> Self {
        Bucket { level: capacity(rate), at: now }
    }

    /// Adds what the time since the last call is worth; time that stands or goes back adds nothing.
    #[inline(always)]
    pub fn refill(&mut self, rate: Rate, now: Nanos) {
        let elapsed = now.0.saturating_sub(self.at.0);
        // 64 bits times 32 bits fits 128.
        let gained = u128::from(elapsed) * u128::from(rate.per_second);
        let full = capacity(rate);
        let room = full.saturating_sub(self.level);
        self.level = if gained < u128::from(room) { self.level + gained as u64 } else { full };
        self.at = self.at.max(now);
        assert!(self.level <= capacity(rate), "a bucket holds its burst at most");
    }

    /// Takes one message at `now`; false where less than one is left, which takes nothing.
    #[inline(always)]
    #[must_use]
    pub fn take(&mut self, rate: Rate, now: Nanos) -> bool {
        self.refill(rate, now);
        match self.level.checked_sub(COST) {
            Some(level) => {
                self.level = level;
                true
            }
            None => false,
        }
    }

    /// Goes on under another rate: what was gained so far is kept, up to the new burst.
    pub fn change(&mut self, from: Rate, to: Rate, now: Nanos) {
        self.refill(from, now);
        self.level = self.level.min(capacity(to));
    }

    /// Whole messages left when the level was last right.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.level / COST
    }

    /// Level in units of 1e-9 message, and the moment it is of.
    pub(crate) const fn words(&self) -> [u64; 2] {
        [self.level, self.at.0]
    }

    /// True where the level is within the rate's burst.
    pub(crate) const fn fits(&self, rate: Rate) -> bool {
        self.level <= capacity(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Nanos, Rate};

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_message_an_interval() {
        let rate = Rate { per_second: 3, burst: 2 };
        let mut bucket = Bucket::full(rate, Nanos(1000));
        assert!(bucket.take(rate, Nanos(1000)));
        assert!(bucket.take(rate, Nanos(1000)));
        assert!(!bucket.take(rate, Nanos(1000)));
        // A third of a second is 333,333,333.33 ns: one nanosecond decides.
        assert!(!bucket.take(rate, Nanos(333_334_333)));
        assert!(bucket.take(rate, Nanos(333_334_334)));
        // The two billionths gained too much count for the next: exactly 666,666,667 in all.
        assert!(!bucket.take(rate, Nanos(666_667_666)));
        assert!(bucket.take(rate, Nanos(666_667_667)));
        assert!(!bucket.take(rate, Nanos(1_000_000_999)));
        assert!(bucket.take(rate, Nanos(1_000_001_000)));
    }

    #[test]
    fn refilling_in_steps_equals_refilling_at_once() {
        let rate = Rate { per_second: 7_777_777, burst: 1000 };
        let mut steps = Bucket { level: 0, at: Nanos(0) };
        for moment in 0..=50_000 {
            steps.refill(rate, Nanos(moment));
        }
        let mut once = Bucket { level: 0, at: Nanos(0) };
        once.refill(rate, Nanos(50_000));
        assert_eq!(steps, once);
        assert_eq!(once.words()[0], 7_777_777 * 50_000);
    }

    #[test]
    fn the_ends_of_the_ranges_overflow_nothing() {
        let rate = Rate { per_second: u32::MAX, burst: u32::MAX };
        let mut bucket = Bucket::full(rate, Nanos(0));
        assert!(bucket.take(rate, Nanos(u64::MAX)));
        bucket.refill(rate, Nanos(u64::MAX));
        assert_eq!(bucket.left(), u64::from(u32::MAX) - 1);
        // Time that went back is time that stood.
        bucket.refill(rate, Nanos(0));
        assert_eq!(bucket.words()[1], u64::MAX);
        let none = Rate { per_second: 0, burst: 0 };
        let mut empty = Bucket::full(none, Nanos(0));
        assert!(!empty.take(none, Nanos(u64::MAX)));
        let no_burst = Rate { per_second: u32::MAX, burst: 0 };
        assert!(!Bucket::full(no_burst, Nanos(0)).take(no_burst, Nanos(u64::MAX)));
    }

    #[test]
    fn another_rate_keeps_what_was_gained() {
        let slow = Rate { per_second: 1, burst: 10 };
        let mut bucket = Bucket { level: 0, at: Nanos(0) };
        bucket.change(slow, Rate { per_second: 1, burst: 2 }, Nanos(1_500_000_000));
        assert_eq!(bucket.words(), [1_500_000_000, 1_500_000_000]);
        bucket.change(slow, Rate { per_second: 1, burst: 2 }, Nanos(9_000_000_000));
        assert_eq!(bucket.left(), 2);
    }
}
