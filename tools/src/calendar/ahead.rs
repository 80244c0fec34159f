//! Keeps a running venue's timetable full: the rest of the day and the next one are always told.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pinion_sequencer::{Commander, Days};
use pinion_types::{Command, Nanos};

use super::{Calendar, Timetable};
use crate::config::Config;
use crate::days::ZonedDays;

/// How often to look whether a day has begun, or room has come for more.
const LOOK: Duration = Duration::from_secs(10);

/// Commands given at one go, so that whoever looks can do other things in between.
const COMMANDS_MAX: usize = 32;

/// How long the venue may take to answer one.
const PATIENCE: Duration = Duration::from_secs(5);

/// A timetable and the days it is kept for.
pub(crate) struct Ahead {
    timetable: Timetable,
    days: ZonedDays,
    next_look: Instant,
}

impl Ahead {
    /// Of a venue that was told nothing yet.
    ///
    /// # Errors
    /// A sentence about what cannot be read in the configuration.
    pub fn new(config: &Config) -> Result<Self, String> {
        let timetable = Timetable::new(Calendar::new(&config.venue)?);
        let days = ZonedDays::new(&config.core.day)?;
        Ok(Ahead { timetable, days, next_look: Instant::now() })
    }

    /// Takes note of a command that the venue was given.
    pub fn note(&mut self, command: &Command) {
        self.timetable.note(command);
    }

    /// What the venue has to be told now.
    pub fn missing(&self) -> Vec<Command> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Nanos(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX));
        let (_, next_day) = self.days.at(now);
        let (_, day_after) = self.days.at(next_day);
        self.timetable.missing(now, day_after)
    }

    /// Tells the venue what has come into view since the last time. What is not answered is told
    /// again: a state that an instrument is in already changes nothing.
    pub fn look(&mut self, commander: &Commander) {
        if Instant::now() < self.next_look {
            return;
        }
        let missing = self.missing();
        for command in missing.iter().take(COMMANDS_MAX) {
            match commander.request(command, PATIENCE) {
                Ok(answer) => {
                    if let Some(code) = answer.done.code.get() {
                        tracing::error!(?command, "the calendar is refused: {}", code.text());
                    }
                    self.note(command);
                }
                Err(error) => {
                    tracing::warn!(%error, "the calendar cannot be told; it is tried again");
                    self.next_look = Instant::now() + LOOK;
                    return;
                }
            }
        }
        if missing.len() <= COMMANDS_MAX {
            self.next_look = Instant::now() + LOOK;
        }
    }
}
