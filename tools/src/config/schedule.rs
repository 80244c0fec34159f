//! Schedules: in which state an instrument is, by the week, the holidays and the half days.

use pinion_types::TradingState;
use serde::{Deserialize, Serialize};

use super::word;

/// A timetable that instruments follow by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Its name, at most 16 characters.
    pub name: String,
    /// Time zone of every time and date in it, by its name in the IANA database.
    pub zone: String,
    /// What happens on which days of the week.
    pub sessions: Vec<WeeklyChange>,
    /// Days on which nothing happens.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
    /// Days that have changes of their own, in place of the week's.
    #[serde(default)]
    pub half_days: Vec<HalfDay>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// A change of state that comes back every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyChange {
    /// On which days.
    pub days: Vec<Weekday>,
    /// Local time, `HH:MM` or `HH:MM:SS`.
    pub time: String,
    /// To which state.
    #[serde(with = "word::trading_state")]
    pub state: TradingState,
    /// Longest random time added to it, in ms.
    #[serde(default)]
    pub random_ms: u32,
}

/// A day without a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Local date, `YYYY-MM-DD`.
    pub date: String,
    /// What for, at most 48 characters.
    pub name: String,
}

/// A day with a session of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HalfDay {
    /// Local date, `YYYY-MM-DD`.
    pub date: String,
    /// What for, at most 48 characters.
    pub name: String,
    /// What happens on it.
    pub sessions: Vec<DayChange>,
}

/// A change of state on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayChange {
    /// Local time, `HH:MM` or `HH:MM:SS`.
    pub time: String,
    /// To which state.
    #[serde(with = "word::trading_state")]
    pub state: TradingState,
    /// Longest random time added to it, in ms.
    #[serde(default)]
    pub random_ms: u32,
}
