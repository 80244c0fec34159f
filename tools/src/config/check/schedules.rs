//! Schedules: zones, times and dates that exist, each once, and what fits the engine.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Check, codes};
use crate::calendar::{WAITING_MAX, index_of, parse_date, parse_time};
use crate::config::schedule::{DayChange, Schedule, WeeklyChange};
use crate::nearest::nearest;

pub(super) fn check(check: &mut Check<'_>) {
    let venue = check.loaded.config.venue.clone();
    let mut names = HashSet::new();
    for (index, one) in venue.schedules.iter().enumerate() {
        let path = format!("venue.schedules.{index}");
        if let Err(message) = codes::name(&one.name) {
            check.error(&format!("{path}.name"), message);
        } else if !names.insert(one.name.as_str()) {
            check.error(&format!("{path}.name"), format!("schedule `{}` stands twice", one.name));
        }
        schedule(check, &path, one);
    }
    let mut followers = 0;
    for (index, one) in venue.instruments.iter().enumerate() {
        if one.schedule.is_empty() {
            continue;
        }
        followers += 1;
        if !names.contains(one.schedule.as_str()) {
            let near = match nearest(&one.schedule, names.iter().copied()) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            let message = format!("there is no schedule `{}`{near}", one.schedule);
            check.error(&format!("venue.instruments.{index}.schedule"), message);
        }
    }
    if followers > WAITING_MAX {
        let message = format!(
            "{followers} instruments follow schedules; at most {WAITING_MAX} can, since so many \
             changes of state may wait at once"
        );
        check.error("venue.schedules", message);
    }
}

fn schedule(check: &mut Check<'_>, path: &str, one: &Schedule) {
    if TimeZone::get(&one.zone).is_err() {
        let message = format!(
            "no time zone `{}`; zones have names of the IANA database, like \"Europe/Berlin\"",
            one.zone
        );
        check.error(&format!("{path}.zone"), message);
    }
    if one.sessions.is_empty() {
        check.error(&format!("{path}.sessions"), "a schedule has at least one change of state");
    }
    week(check, path, &one.sessions);
    let mut dates = HashSet::new();
    for (index, holiday) in one.holidays.iter().enumerate() {
        let path = format!("{path}.holidays.{index}");
        day(check, &path, &holiday.date, &holiday.name, &mut dates);
    }
    for (index, half) in one.half_days.iter().enumerate() {
        let path = format!("{path}.half_days.{index}");
        day(check, &path, &half.date, &half.name, &mut dates);
        if half.sessions.is_empty() {
            let message = "a half day has changes of its own; without any it is a holiday";
            check.error(&format!("{path}.sessions"), message);
        }
        let of = |change: &DayChange| (change.time.clone(), change.random_ms);
        times(check, &format!("{path}.sessions"), half.sessions.iter().map(of));
    }
}

/// Each time once a day, and no random time that reaches the change behind it.
fn week(check: &mut Check<'_>, path: &str, sessions: &[WeeklyChange]) {
    for (index, one) in sessions.iter().enumerate() {
        let path = format!("{path}.sessions.{index}");
        let different: HashSet<_> = one.days.iter().map(|day| index_of(*day)).collect();
        if one.days.is_empty() {
            check.error(&format!("{path}.days"), "names at least one day, like [\"mon\", \"fri\"]");
        } else if different.len() < one.days.len() {
            check.error(&format!("{path}.days"), "names a day twice");
        }
    }
    let mut told = HashSet::new();
    for weekday in 0..7 {
        let on = |one: &&WeeklyChange| one.days.iter().any(|day| index_of(*day) == weekday);
        let of = |one: &WeeklyChange| {
            // A day that does not have the change keeps its place, so that errors name the line.
            if on(&one) { (one.time.clone(), one.random_ms) } else { (String::new(), 0) }
        };
        for (index, key, message) in wrong_times(sessions.iter().map(of)) {
            if told.insert((index, key)) {
                check.error(&format!("{path}.sessions.{index}.{key}"), message);
            }
        }
    }
}

fn times(check: &mut Check<'_>, path: &str, day: impl Iterator<Item = (String, u32)>) {
    for (index, key, message) in wrong_times(day) {
        check.error(&format!("{path}.{index}.{key}"), message);
    }
}

/// What is wrong with the times of one day: which change, which of its keys, and why. An empty text
/// is no change of this day.
fn wrong_times(day: impl Iterator<Item = (String, u32)>) -> Vec<(usize, &'static str, String)> {
    let mut wrong = Vec::new();
    let mut known: BTreeMap<Time, (usize, u32)> = BTreeMap::new();
    for (index, (text, random_ms)) in day.enumerate().filter(|(_, (text, _))| !text.is_empty()) {
        match parse_time(&text) {
            Err(message) => wrong.push((index, "time", message)),
            Ok(time) if known.contains_key(&time) => {
                wrong.push((index, "time", format!("there are two changes at {text} of one day")));
            }
            Ok(time) => {
                known.insert(time, (index, random_ms));
            }
        }
    }
    for ((time, (index, random_ms)), next) in known.iter().zip(known.keys().skip(1)) {
        let apart = time.duration_until(*next).as_millis();
        if i128::from(*random_ms) >= apart {
            let message = format!("reaches the next change, which is {apart} ms later");
            wrong.push((*index, "random_ms", message));
        }
    }
    wrong
}

/// A date that exists and stands once.
fn day(
    check: &mut Check<'_>,
    path: &str,
    date: &str,
    name: &str,
    dates: &mut HashSet<jiff::civil::Date>,
) {
    match parse_date(date) {
        Err(message) => check.error(&format!("{path}.date"), message),
        Ok(found) if !dates.insert(found) => {
            check.error(&format!("{path}.date"), format!("{date} stands twice in this schedule"));
        }
        Ok(_) => {}
    }
    if name.is_empty() || name.len() > 48 {
        check.error(&format!("{path}.name"), "says what the day is, in at most 48 characters");
    }
}
