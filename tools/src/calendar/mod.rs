//! The trading calendar: from weeks, holidays and half days in a time zone to moments of UTC.
//!
//! A local time that a night does not have, because the clocks go forward in it, is as much later;
//! one that a night has twice is the first of the two.

mod timetable;

mod ahead;

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use pinion_types::{InstrumentId, Nanos, TradingState};

pub(crate) use ahead::Ahead;
pub(crate) use timetable::WAITING_MAX;

use timetable::Timetable;

use crate::config::schedule::{Schedule, Weekday};
use crate::config::venue::VenueConfig;

/// Days without any change that a schedule is followed back over, to find the state it is in.
const DAYS_BACK_MAX: usize = 400;

/// A change of state at its moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    /// When.
    pub at: Nanos,
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// To which state, as its code.
    pub state: u8,
    /// Longest random time added, in ms.
    pub random_ms: u32,
    /// The schedule that says so.
    pub schedule: String,
}

/// A change of state by the local clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Local {
    time: Time,
    state: TradingState,
    random_ms: u32,
}

/// One schedule, read.
#[derive(Clone, Debug)]
struct Plan {
    name: String,
    zone: TimeZone,
    /// By days from Monday on, each in order of time.
    week: [Vec<Local>; 7],
    /// Days that are not like their day of the week: holidays have nothing.
    special: BTreeMap<Date, Vec<Local>>,
}

/// The schedules of a venue and who follows them.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    plans: Vec<Plan>,
    /// Instruments by their numbers, and which plan each follows.
    rows: BTreeMap<u32, usize>,
}

impl Calendar {
    /// The calendar of a configuration.
    ///
    /// # Errors
    /// A sentence about the first thing that cannot be read; `check-config` says where it stands.
    pub fn new(venue: &VenueConfig) -> Result<Self, String> {
        let plans: Result<Vec<Plan>, String> = venue.schedules.iter().map(Plan::new).collect();
        let plans = plans?;
        let mut rows = BTreeMap::new();
        for instrument in venue.instruments.iter().filter(|it| !it.schedule.is_empty()) {
            let name = &instrument.schedule;
            let plan = plans.iter().position(|plan| plan.name == *name);
            let plan = plan.ok_or_else(|| format!("there is no schedule `{name}`"))?;
            rows.insert(instrument.id, plan);
        }
        Ok(Calendar { plans, rows })
    }

    /// Every change after `from` and up to `until`, in order of time, then of instruments.
    fn between(&self, from: Nanos, until: Nanos) -> Vec<Change> {
        let mut changes = Vec::new();
        for (index, plan) in self.plans.iter().enumerate() {
            let moments = plan.between(from, until);
            let rows = self.rows.iter().filter(|(_, plan)| **plan == index);
            for (&id, _) in rows {
                let of = |(at, local): &(Nanos, Local)| plan.change(*at, id, *local);
                changes.extend(moments.iter().map(of));
            }
        }
        changes.sort();
        changes
    }

    /// The last change up to `now` of every instrument that follows a schedule.
    fn current(&self, now: Nanos) -> Vec<Change> {
        let last: Vec<_> = self.plans.iter().map(|plan| plan.last(now)).collect();
        let of = |(&id, &plan): (&u32, &usize)| {
            let (at, local) = (*last.get(plan)?)?;
            Some(self.plans.get(plan)?.change(at, id, local))
        };
        self.rows.iter().filter_map(of).collect()
    }
}

impl Plan {
    fn new(schedule: &Schedule) -> Result<Self, String> {
        let zone = TimeZone::get(&schedule.zone)
            .map_err(|_| format!("no time zone `{}`", schedule.zone))?;
        let mut week: [Vec<Local>; 7] = Default::default();
        for one in &schedule.sessions {
            let local = local(&one.time, one.state, one.random_ms)?;
            for day in &one.days {
                week[index_of(*day)].push(local);
            }
        }
        let mut special = BTreeMap::new();
        for holiday in &schedule.holidays {
            special.insert(parse_date(&holiday.date)?, Vec::new());
        }
        for half in &schedule.half_days {
            let of = half.sessions.iter();
            let day: Result<Vec<Local>, String> =
                of.map(|one| local(&one.time, one.state, one.random_ms)).collect();
            special.insert(parse_date(&half.date)?, day?);
        }
        let days = week.iter_mut().chain(special.values_mut());
        days.for_each(|day| day.sort_by_key(|local| local.time));
        Ok(Plan { name: schedule.name.clone(), zone, week, special })
    }

    fn change(&self, at: Nanos, instrument: u32, local: Local) -> Change {
        Change {
            at,
            instrument: InstrumentId(instrument),
            state: local.state.code(),
            random_ms: local.random_ms,
            schedule: self.name.clone(),
        }
    }

    /// The changes of a local date, in order of time. Of those that the clocks bring together the
    /// last one is left.
    fn on(&self, date: Date) -> Vec<(Nanos, Local)> {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        let usual = self.week.get(weekday);
        let Some(day) = self.special.get(&date).or(usual) else { return Vec::new() };
        let moment = |local: &Local| {
            let at = self.zone.to_timestamp(date.to_datetime(local.time)).ok()?;
            Some((Nanos(u64::try_from(at.as_nanosecond()).ok()?), *local))
        };
        let mut moments: Vec<(Nanos, Local)> = Vec::new();
        for next in day.iter().filter_map(moment) {
            moments.retain(|(at, _)| *at < next.0);
            moments.push(next);
        }
        moments
    }

    fn between(&self, from: Nanos, until: Nanos) -> Vec<(Nanos, Local)> {
        let (Some(first), Some(last)) = (self.date(from), self.date(until)) else {
            return Vec::new();
        };
        let days = first.series(1.day()).take_while(|date| *date <= last);
        let moments = days.flat_map(|date| self.on(date));
        moments.filter(|(at, _)| from < *at && *at <= until).collect()
    }

    fn last(&self, now: Nanos) -> Option<(Nanos, Local)> {
        let mut date = self.date(now)?;
        for _ in 0..DAYS_BACK_MAX {
            let before = self.on(date).into_iter().rev().find(|(at, _)| *at <= now);
            if before.is_some() {
                return before;
            }
            date = date.yesterday().ok()?;
        }
        None
    }

    /// The local date of a moment.
    fn date(&self, at: Nanos) -> Option<Date> {
        let at = Timestamp::from_nanosecond(i128::from(at.0)).ok()?;
        Some(self.zone.to_datetime(at).date())
    }
}

/// Days from Monday on.
pub(crate) fn index_of(day: Weekday) -> usize {
    match day {
        Weekday::Mon => 0,
        Weekday::Tue => 1,
        Weekday::Wed => 2,
        Weekday::Thu => 3,
        Weekday::Fri => 4,
        Weekday::Sat => 5,
        Weekday::Sun => 6,
    }
}

fn local(time: &str, state: TradingState, random_ms: u32) -> Result<Local, String> {
    Ok(Local { time: parse_time(time)?, state, random_ms })
}

/// Reads `HH:MM` or `HH:MM:SS`.
pub(crate) fn parse_time(text: &str) -> Result<Time, String> {
    let fail = || format!("`{text}` is not a time of day like 09:30 or 15:59:30");
    let parts: Option<Vec<i8>> = text
        .split(':')
        .map(|part| {
            let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        })
        .collect();
    match parts.as_deref() {
        Some(&[hour, minute]) => Time::new(hour, minute, 0, 0).map_err(|_| fail()),
        Some(&[hour, minute, second]) => Time::new(hour, minute, second, 0).map_err(|_| fail()),
        _ => Err(fail()),
    }
}

/// Reads `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &str) -> Result<Date, String> {
    let fail = || format!("`{text}` is not a date like 2026-12-25");
    let shaped = text.len() == 10 && text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
    if !shaped {
        return Err(fail());
    }
    text.parse().map_err(|_| fail())
}

#[cfg(test)]
mod tests;
