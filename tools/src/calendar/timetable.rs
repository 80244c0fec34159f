//! What a venue was told of its calendar, and what it still has to be told.
//!
//! The journal knows what was told: a command of the configuration for each change ahead. Whatever
//! the calendar says and was not told is told; what was told, has not come and is not said any more
//! is taken back. So a restart tells nothing twice, and a changed file replaces what waits.

use std::collections::BTreeMap;

use pinion_types::command::Schedule;
use pinion_types::text::Chars;
use pinion_types::{Command, CommandRef, InstrumentId, Nanos, SessionId};

use super::{Calendar, Change};

/// Who the commands come from.
const ACTOR: &str = "config";

/// Changes that wait for their time at most, told by the calendar; the engine has room for 4,096,
/// so that operators find some too.
pub(crate) const WAITING_MAX: usize = 3_584;

/// A day in ns.
const DAY_NS: u64 = 86_400_000_000_000;

/// An instrument and a moment.
type Key = (u32, u64);

/// A state's code and a random time in ms.
type Said = (u8, u32);

/// A calendar beside what was told of it.
#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    calendar: Calendar,
    told: BTreeMap<Key, Said>,
    /// The venue was there at least until then, in ns: what was due has come.
    lived_until: u64,
}

impl Timetable {
    /// Of a venue that was told nothing yet.
    pub fn new(calendar: Calendar) -> Self {
        Timetable { calendar, told: BTreeMap::new(), lived_until: 0 }
    }

    /// Takes note of a command that the venue was given.
    pub fn note(&mut self, command: &Command) {
        let body = match command.view() {
            Some(CommandRef::Schedule(body)) => body,
            Some(CommandRef::Timer(body)) => return self.live_until(body.due.0),
            // A day begins at most one day before its date in UTC.
            Some(CommandRef::DayRoll(body)) => {
                return self.live_until(u64::from(body.day.saturating_sub(1)) * DAY_NS);
            }
            _ => return,
        };
        if body.actor.as_str() != ACTOR {
            return;
        }
        let key = (body.instrument.0, body.at.0);
        if body.state.0 == 0 {
            self.told.remove(&key);
        } else {
            self.told.insert(key, (body.state.0, body.random_ms));
        }
    }

    fn live_until(&mut self, moment: u64) {
        self.lived_until = self.lived_until.max(moment);
    }

    /// What the venue has to be told at `now`, so that it knows every change up to `until`: what no
    /// longer holds is taken back first, then each instrument gets the state it should be in where
    /// that has not been said, then come the changes ahead, the nearest first, as far as there is
    /// room.
    pub fn missing(&self, now: Nanos, until: Nanos) -> Vec<Command> {
        let changes = self.calendar.between(now, until);
        let wanted: BTreeMap<Key, Said> = changes.iter().map(|it| (key_of(it), said(it))).collect();
        // What lies beyond the horizon was told with another one, and is judged when it comes near.
        let ahead = self.told.iter().filter(|((_, at), _)| *at > now.0 && *at <= until.0);
        let wrong = ahead.filter(|(key, told)| wanted.get(*key) != Some(*told));
        let mut over: Vec<Key> = wrong.map(|(key, _)| *key).collect();
        let mut states = Vec::new();
        for change in self.calendar.current(now) {
            let mut told = self.told.range((change.instrument.0, 0)..=(change.instrument.0, now.0));
            if told.clone().next_back().is_none_or(|((_, at), _)| *at < change.at.0) {
                // What came due while nobody was there must not come behind it.
                let waits = |(key, (_, random_ms)): &(&Key, &Said)| {
                    key.1.saturating_add(u64::from(*random_ms) * 1_000_000) >= self.lived_until
                };
                over.extend(told.by_ref().filter(waits).map(|(key, _)| *key));
                states.push(command(&Change { random_ms: 0, ..change }));
            }
        }
        let waits = self.told.keys().filter(|key| key.1 > now.0 && !over.contains(key)).count();
        let news = changes.iter().filter(|it| self.told.get(&key_of(it)) != Some(&said(it)));
        let news = news.take(WAITING_MAX.saturating_sub(waits)).map(command);
        over.into_iter().map(taken_back).chain(states).chain(news).collect()
    }
}

fn key_of(change: &Change) -> Key {
    (change.instrument.0, change.at.0)
}

fn said(change: &Change) -> Said {
    (change.state, change.random_ms)
}

fn command(change: &Change) -> Command {
    let body = Schedule {
        instrument: change.instrument,
        state: pinion_types::codes::RawTradingState(change.state),
        at: change.at,
        random_ms: change.random_ms,
        actor: Chars::new(ACTOR),
        reason: Chars::new(&change.schedule),
        ..Schedule::default()
    };
    Command::new(SessionId(0), 0, &body)
}

/// Without a state: whatever waits for that moment does not come.
fn taken_back((instrument, at): (u32, u64)) -> Command {
    let body = Schedule {
        instrument: InstrumentId(instrument),
        at: Nanos(at),
        actor: Chars::new(ACTOR),
        reason: Chars::new("not in the calendar any more"),
        ..Schedule::default()
    };
    Command::new(SessionId(0), 0, &body)
}
