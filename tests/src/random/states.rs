//! Trading states of a random life: by hand, and by a timetable.

use pinion_types::codes::TradingState;
use pinion_types::command::{Schedule, StateChange};
use pinion_types::text::Chars;
use pinion_types::{Command, CommandRef, Event, EventRef, InstrumentId, Nanos};

use super::{Stream, plan};
use crate::venue::control;

impl Stream {
    /// The next state of an instrument, now or later.
    pub(super) fn phase(&mut self) -> Command {
        // Who does not trade shall soon trade again.
        let idle = self.instruments_in(|state| state != TradingState::Continuous);
        let named = match self.rng.chance(90) && !idle.is_empty() {
            true => self.rng.pick(&idle),
            false => self.rng.small(0, plan::INSTRUMENTS),
        };
        let state = self.states.get(&named).copied().unwrap_or(TradingState::Halted);
        let to = self.next_state(state);
        if self.rng.chance(45) { self.state(named, to) } else { self.schedule(named, to) }
    }

    fn next_state(&mut self, from: TradingState) -> TradingState {
        use TradingState::{
            Closed, ClosingAuction, Continuous, Halted, OpeningAuction, PostClose, PreOpen,
        };
        if self.rng.chance(8) {
            return self.rng.pick(TradingState::ALL);
        }
        match from {
            Closed | PostClose => self.rng.pick(&[PreOpen, OpeningAuction, Continuous, Continuous]),
            Halted => self.rng.pick(&[OpeningAuction, Continuous, Continuous, Continuous]),
            PreOpen => self.rng.pick(&[OpeningAuction, Continuous]),
            OpeningAuction => {
                self.rng.pick(&[Continuous, Continuous, Continuous, Continuous, Halted, Closed])
            }
            ClosingAuction => self.rng.pick(&[PostClose, Closed, Continuous, Halted]),
            Continuous => {
                self.rng.pick(&[OpeningAuction, ClosingAuction, PreOpen, Halted, Closed, PostClose])
            }
        }
    }

    fn state(&mut self, instrument: u32, state: TradingState) -> Command {
        let mut body = StateChange {
            request_id: self.rng.below(1_000),
            instrument: InstrumentId(instrument),
            state: state.into(),
            actor: Chars::new("clerk"),
            reason: Chars::new("drawn"),
            ..StateChange::default()
        };
        match self.rng.below(60) {
            0 => body.instrument = InstrumentId(9),
            1 => body.state.0 = 0,
            _ => {}
        }
        control(&body)
    }

    fn schedule(&mut self, instrument: u32, state: TradingState) -> Command {
        let at = match self.rng.below(10) {
            0 => self.now.0 - self.rng.below(5_000_000),
            1..=3 => self.now.0 + self.rng.below(2_000_000_000),
            // Few moments, so that some changes come together.
            4 => (self.now.0 / 1_000_000_000 + 1 + self.rng.below(2)) * 1_000_000_000,
            _ => self.now.0 + self.rng.below(20_000_000),
        };
        let mut body = Schedule {
            request_id: self.rng.below(1_000),
            instrument: InstrumentId(instrument),
            state: state.into(),
            at: Nanos(at),
            random_ms: self.rng.pick(&[0, 0, 1, 7, 400]),
            actor: Chars::new("calendar"),
            reason: Chars::new("session"),
            ..Schedule::default()
        };
        match self.rng.below(60) {
            0 => body.instrument = InstrumentId(9),
            1 => body.state.0 = 9,
            2 => body.spare2 = 1,
            3 => body.at = Nanos(u64::MAX),
            4..=7 => body = self.taken_back(body),
            _ => {}
        }
        self.dues.push(body.at.0.saturating_add(u64::from(body.random_ms) * 1_000_000));
        control(&body)
    }

    /// What waits at a moment, or whatever waits, does not come any more.
    fn taken_back(&mut self, body: Schedule) -> Schedule {
        let at = match (self.rng.chance(50), self.scheduled) {
            (true, Some((instrument, at))) => {
                return Schedule {
                    state: Default::default(),
                    instrument,
                    at,
                    random_ms: 0,
                    ..body
                };
            }
            (true, None) => body.at,
            _ => Nanos(0),
        };
        let random_ms = u32::from(self.rng.chance(10));
        Schedule { state: Default::default(), at, random_ms, ..body }
    }

    /// True where something that was scheduled may have come by now.
    pub(super) fn is_due(&mut self) -> bool {
        self.dues.iter().any(|due| *due <= self.now.0) && self.rng.chance(25)
    }

    /// Ids of the instruments in such a state.
    pub(super) fn instruments_in(&self, wanted: impl Fn(TradingState) -> bool) -> Vec<u32> {
        self.states.iter().filter(|(_, state)| wanted(**state)).map(|(&id, _)| id).collect()
    }

    /// What a command and its events say about states.
    pub(super) fn see_states(&mut self, command: &Command, events: &[Event]) {
        match command.view() {
            Some(CommandRef::Timer(_)) => self.dues.retain(|due| *due > self.now.0),
            Some(CommandRef::Schedule(body)) => self.scheduled = Some((body.instrument, body.at)),
            _ => {}
        }
        for event in events {
            if let Some(EventRef::StateChanged(body)) = event.view()
                && let Some(to) = body.to.get()
            {
                self.states.insert(body.instrument.0, to);
                if body.actor == Chars::new("venue") {
                    self.dues.push(self.now.0 + 1);
                }
            }
        }
    }
}

/// States in which orders come together without matching.
pub(super) fn is_collecting(state: TradingState) -> bool {
    use TradingState::{ClosingAuction, OpeningAuction, PreOpen};
    matches!(state, PreOpen | OpeningAuction | ClosingAuction)
}
