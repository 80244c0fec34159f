//! The mean price of an instrument's latest trades: the reference of its execution range.
//!
//! Time is cut into eighths of the window, as the journal tells it, so that nothing has to happen
//! when a trade becomes old: its bucket is no longer among the last eight.

use fixed::types::I96F32;

use crate::digest::{Kind, sum, weight, words};

/// Parts of a window.
const BUCKETS: u64 = 8;
/// Nanoseconds of such a part, for each millisecond of the window.
const PART_NS: u64 = 1_000_000 / BUCKETS;
/// Trades of a bucket that count: so many prices below 2^63 still have a sum below 2^94 over all.
const TRADES_MAX: u32 = 1 << 28;

/// Trades of one eighth of a window.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Which eighth, counted from the epoch.
    number: u64,
    /// Of their prices, in ticks.
    sum: i128,
    count: u32,
}

const EMPTY: Bucket = Bucket { number: 0, sum: 0, count: 0 };

/// Prices of the latest trades.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moving {
    /// The bucket with number `n` stands at `n % 8`.
    buckets: [Bucket; BUCKETS as usize],
}

/// Number of the bucket of a moment, for a window that is not 0.
const fn number_at(now_ns: u64, window_ms: u32) -> u64 {
    now_ns / (window_ms as u64 * PART_NS)
}

impl Moving {
    /// No trades.
    pub(crate) const NONE: Moving = Moving { buckets: [EMPTY; BUCKETS as usize] };

    /// Counts a trade; nothing where there is no window.
    pub(crate) fn note(&mut self, now_ns: u64, window_ms: u32, tick: i64) {
        if window_ms == 0 {
            return;
        }
        let number = number_at(now_ns, window_ms);
        let bucket = &mut self.buckets[(number % BUCKETS) as usize];
        if bucket.number != number {
            *bucket = Bucket { number, ..EMPTY };
        }
        if bucket.count < TRADES_MAX {
            bucket.sum += i128::from(tick);
            bucket.count += 1;
        }
    }

    /// The mean price of the trades within the window, in ticks, rounded toward zero at 2^-32;
    /// `None` where there was none.
    pub(crate) fn mean(&self, now_ns: u64, window_ms: u32) -> Option<I96F32> {
        if window_ms == 0 {
            return None;
        }
        let number = number_at(now_ns, window_ms);
        let recent = |bucket: &&Bucket| number - bucket.number.min(number) < BUCKETS;
        let (mut sum, mut count) = (0_i128, 0_i128);
        for bucket in self.buckets.iter().filter(recent) {
            sum += bucket.sum;
            count += i128::from(bucket.count);
        }
        // Dividing by an integer cuts the last bit toward zero.
        (count > 0).then(|| I96F32::from_num(sum) / count)
    }

    /// What it adds to the state hash of the instrument with this id.
    pub(crate) fn hash(&self, id: u64) -> u64 {
        let each = (16_u64..).zip(&self.buckets).filter(|(_, bucket)| bucket.count > 0);
        each.fold(0, |hash, (place, bucket)| {
            let [low, high] = words(bucket.sum);
            let words = [bucket.number, low, high, u64::from(bucket.count)];
            let own = weight(Kind::Reference, id | place << 40);
            hash.wrapping_add(own.wrapping_mul(sum(words)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{I96F32, Moving};

    const MS: u64 = 1_000_000;

    #[test]
    fn a_mean_has_fractions_and_rounds_toward_zero() {
        let mut moving = Moving::NONE;
        assert_eq!(moving.mean(0, 8), None);
        for tick in [100, 100, 101] {
            moving.note(5 * MS, 8, tick);
        }
        let third = I96F32::from_bits((301_i128 << 32) / 3);
        assert_eq!(moving.mean(5 * MS, 8), Some(third));
        let mut below = Moving::NONE;
        for tick in [-100, -100, -101] {
            below.note(5 * MS, 8, tick);
        }
        assert_eq!(below.mean(5 * MS, 8), Some(-third), "toward zero on both sides of it");
    }

    #[test]
    fn a_trade_is_forgotten_after_the_window() {
        let mut moving = Moving::NONE;
        // A window of 8 ms: buckets of 1 ms.
        moving.note(10 * MS + 999_999, 8, 50);
        moving.note(13 * MS, 8, 70);
        assert_eq!(moving.mean(17 * MS, 8), Some(I96F32::from_num(60)));
        assert_eq!(moving.mean(18 * MS - 1, 8), Some(I96F32::from_num(60)));
        assert_eq!(moving.mean(18 * MS, 8), Some(I96F32::from_num(70)));
        assert_eq!(moving.mean(21 * MS, 8), None);
        // The same place again, for another eighth.
        moving.note(21 * MS, 8, 90);
        assert_eq!(moving.mean(21 * MS, 8), Some(I96F32::from_num(90)));
        assert_eq!(moving.mean(21 * MS, 0), None, "without a window there is no mean");
    }

    #[test]
    fn the_ends_of_the_range_of_prices_fit() {
        let mut moving = Moving::NONE;
        for _ in 0..1_000 {
            moving.note(1, 8, i64::MIN + 2);
        }
        assert_eq!(moving.mean(1, 8), Some(I96F32::from_num(i64::MIN + 2)));
    }
}
