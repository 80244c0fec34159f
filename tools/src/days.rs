//! The trading day by a time zone's own clock, changes to and from summer time included.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use pinion_sequencer::Days;
use pinion_types::Nanos;

use crate::config::core::Day;

/// Days that begin at one local time of a zone.
///
/// A day that begins before noon has the date of its beginning, one that begins at noon or later
/// that of the next day: an evening roll opens tomorrow.
#[derive(Clone, Debug)]
pub(crate) struct ZonedDays {
    zone: TimeZone,
    roll: Time,
}

impl ZonedDays {
    /// The configured calendar.
    ///
    /// # Errors
    /// A sentence about the zone or the time.
    pub fn new(day: &Day) -> Result<Self, String> {
        let zone = TimeZone::get(&day.zone).map_err(|_| format!("no time zone `{}`", day.zone))?;
        let roll = parse_time(&day.roll_time)
            .ok_or_else(|| format!("`{}` is not a time of day like 17:30", day.roll_time))?;
        Ok(ZonedDays { zone, roll })
    }

    /// The moment at which the roll of that calendar date happens.
    fn roll_on(&self, date: Date) -> Option<Timestamp> {
        self.zone.to_timestamp(date.to_datetime(self.roll)).ok()
    }

    fn find(&self, now: Nanos) -> Option<(u32, Nanos)> {
        let now = Timestamp::from_nanosecond(i128::from(now.0)).ok()?;
        let mut date = self.zone.to_datetime(now).date();
        if now < self.roll_on(date)? {
            date = date.checked_sub(1.day()).ok()?;
        }
        let next = self.roll_on(date.checked_add(1.day()).ok()?)?;
        let begins_evening_before = self.roll.hour() >= 12;
        let named = if begins_evening_before { date.checked_add(1.day()).ok()? } else { date };
        let epoch = Date::new(1970, 1, 1).ok()?;
        let day = named.since(epoch).ok()?.get_days();
        Some((u32::try_from(day).ok()?, Nanos(u64::try_from(next.as_nanosecond()).ok()?)))
    }
}

impl Days for ZonedDays {
    fn at(&self, now: Nanos) -> (u32, Nanos) {
        // Outside the calendar's years time stands still: no day begins any more.
        self.find(now).unwrap_or((0, Nanos(u64::MAX)))
    }
}

/// Reads `HH:MM`.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::{Day, Days, ZonedDays};
    use crate::scenario::{parse_time, show_time};

    #[track_caller]
    fn check(zone: &str, roll: &str, now: &str, day: u32, ends: &str) {
        let days = ZonedDays::new(&Day { zone: zone.into(), roll_time: roll.into() });
        let now = parse_time(now).expect("a time");
        let (found, until) = days.expect("a calendar").at(now);
        assert_eq!((found, show_time(until)), (day, ends.to_owned()));
    }

    #[test]
    fn an_evening_roll_opens_tomorrow() {
        // 20,458 is 2026-01-05.
        check("UTC", "00:00", "2026-01-05T10:00:00Z", 20_458, "2026-01-06T00:00:00Z");
        let zone = "America/New_York";
        check(zone, "17:00", "2026-01-05T21:59:59Z", 20_458, "2026-01-05T22:00:00Z");
        check(zone, "17:00", "2026-01-05T22:00:00Z", 20_459, "2026-01-06T22:00:00Z");
    }

    #[test]
    fn days_have_23_or_25_hours_where_clocks_change() {
        let zone = "Europe/Berlin";
        check(zone, "00:00", "2026-03-29T00:00:00Z", 20_541, "2026-03-29T22:00:00Z");
        check(zone, "00:00", "2026-10-25T00:00:00Z", 20_751, "2026-10-25T23:00:00Z");
        // A roll at an hour that one night does not have happens where the clock goes on.
        check(zone, "02:30", "2026-03-29T00:00:00Z", 20_540, "2026-03-29T01:30:00Z");
    }

    #[test]
    fn what_is_no_calendar_is_refused() {
        for (zone, roll) in [("UTC", "24:00"), ("UTC", "7:30"), ("UTC", "x"), ("Mars", "00:00")] {
            assert!(ZonedDays::new(&Day { zone: zone.into(), roll_time: roll.into() }).is_err());
        }
    }
}
