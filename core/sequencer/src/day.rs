//! When a trading day ends and which one begins.

use pinion_types::Nanos;

const SECOND: u64 = 1_000_000_000;
const DAY_S: i64 = 86_400;

/// The calendar of a venue: every moment belongs to one trading day, and days only rise.
///
/// Asked by threads that may take their time; the hot thread is told the next moment beforehand.
pub trait Days: Send {
    /// The trading day of `now`, in days since the epoch, and the moment the next one begins.
    fn at(&self, now: Nanos) -> (u32, Nanos);
}

/// Days of 24 hours that begin at one time of a fixed offset from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedDays {
    /// Seconds that the venue's clocks are ahead of UTC; negative west of it.
    pub zone_offset_s: i32,
    /// Second of the local day at which the trading day of that date begins; negative where it
    /// begins the evening before.
    pub roll_s: i32,
}

impl Days for FixedDays {
    fn at(&self, now: Nanos) -> (u32, Nanos) {
        let shift = i64::from(self.zone_offset_s) - i64::from(self.roll_s);
        let second = i64::try_from(now.0 / SECOND).unwrap_or(i64::MAX / 2);
        let day = second.saturating_add(shift).div_euclid(DAY_S);
        let ends = (day + 1).saturating_mul(DAY_S).saturating_sub(shift);
        let ends = u64::try_from(ends).unwrap_or(0).saturating_mul(SECOND);
        (u32::try_from(day).unwrap_or(0), Nanos(ends))
    }
}

#[cfg(test)]
mod tests {
    use super::{Days, FixedDays, SECOND};
    use pinion_types::Nanos;

    #[test]
    fn days_begin_when_they_should() {
        let check = |zone_offset_s, roll_s, second: u64, day, ends: u64| {
            let days = FixedDays { zone_offset_s, roll_s };
            let moment = Nanos(second * SECOND);
            assert_eq!(days.at(moment), (day, Nanos(ends * SECOND)), "{days:?} at {second}");
        };
        check(0, 0, 0, 0, 86_400);
        check(0, 0, 86_399, 0, 86_400);
        check(0, 0, 86_400, 1, 172_800);
        // New York in winter, 17:00 the evening before.
        let evening = 86_400 * 10 + 22 * 3_600;
        check(-5 * 3_600, -7 * 3_600, evening - 1, 10, evening);
        check(-5 * 3_600, -7 * 3_600, evening, 11, evening + 86_400);
        check(14 * 3_600, 0, 86_400 * 3 + 10 * 3_600, 4, 86_400 * 4 + 10 * 3_600);
    }

    #[test]
    fn every_moment_has_a_day_that_ends_later() {
        let days = FixedDays { zone_offset_s: 3_600, roll_s: 61 };
        for moment in [0, 1, SECOND, u64::MAX / 4] {
            let (day, ends) = days.at(Nanos(moment));
            assert!(ends.0 > moment);
            assert_eq!(days.at(ends).0, day + 1);
            assert_eq!(days.at(Nanos(ends.0 - 1)).0, day);
        }
        assert!(days.at(Nanos(u64::MAX)).0 > 0);
    }
}
