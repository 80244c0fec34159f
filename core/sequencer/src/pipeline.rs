//! The one way anything changes: journal, apply, log. Boot and the hot loop share it.

use pinion_engine::{Engine, Sink};
use pinion_journal::{Full, Writer};
use pinion_types::command::StateHash;
use pinion_types::{Command, Event, Nanos, Seq, SessionId};

use crate::halt::HaltReason;
use crate::reserve::Reserves;

/// What is done when a log has no room in the middle of a command, which cannot be put off.
pub(crate) trait Relief {
    /// Gives the threads behind the log a moment; an error gives up.
    fn relieve(&mut self, log: &Writer) -> Result<(), Full>;
}

/// The engine between its two logs.
pub(crate) struct Pipeline {
    engine: Engine,
    inputs: Writer,
    events: Writer,
    /// Time of the last command.
    time: Nanos,
    /// Inputs between two state hashes; 0 for none.
    hash_interval: u64,
    /// Whether the last record is a state hash.
    is_hashed: bool,
    /// State hashes journaled.
    hashes: u64,
    reserves: Reserves,
}

impl Pipeline {
    /// An engine that stands where its journal ends.
    ///
    /// # Panics
    /// Where the event log is behind the engine: boot did not do its work.
    pub fn new(
        engine: Engine,
        (inputs, events): (Writer, Writer),
        time: Nanos,
        reserves: Reserves,
    ) -> Pipeline {
        assert_eq!(engine.events().0 + 1, events.next_seq());
        let hash_interval = u64::from(engine.genesis().hash_interval);
        Pipeline {
            engine,
            inputs,
            events,
            time,
            hash_interval,
            is_hashed: false,
            hashes: 0,
            reserves,
        }
    }

    /// The first command of a venue, which made its engine.
    pub fn begin<R: Relief>(
        engine: Engine,
        (mut inputs, events): (Writer, Writer),
        now: Nanos,
        reserves: Reserves,
        relief: &mut R,
    ) -> Result<Pipeline, HaltReason> {
        let command = Command::new(SessionId(0), 0, engine.genesis());
        append(&mut inputs, now, 0, command.words(), relief)
            .map_err(|Full| HaltReason::InputsFull)?;
        Ok(Pipeline::new(engine, (inputs, events), now, reserves))
    }

    /// Sequences one command: its place in the journal and its time are given here and never
    /// change. A time below the last one is taken for that one.
    ///
    /// # Errors
    /// Why the core must halt; what was journaled is applied again by the next boot.
    #[inline]
    pub fn sequence<R: Relief>(
        &mut self,
        now: Nanos,
        command: &Command,
        relief: &mut R,
    ) -> Result<Seq, HaltReason> {
        self.time = self.time.max(now);
        let seq = self.journal(command, relief)?;
        let mut sink = LogSink {
            events: &mut self.events,
            relief,
            time: self.time,
            cause: seq,
            is_full: false,
        };
        self.engine.apply(seq, self.time, command, &mut sink);
        if sink.is_full {
            return Err(HaltReason::EventsFull);
        }
        if self.engine.events().0 + 1 != self.events.next_seq() {
            return Err(HaltReason::EventCount);
        }
        self.is_hashed = false;
        if self.hash_interval > 0 && seq.0.is_multiple_of(self.hash_interval) {
            self.hash(relief)?;
        }
        Ok(seq)
    }

    /// Journals what the state hashes to, unless nothing happened since that was done.
    pub fn hash<R: Relief>(&mut self, relief: &mut R) -> Result<(), HaltReason> {
        if self.is_hashed {
            return Ok(());
        }
        let hash = StateHash { hash: self.engine.state_hash(), events: self.engine.events() };
        self.journal(&Command::new(SessionId(0), 0, &hash), relief)?;
        self.is_hashed = true;
        self.hashes += 1;
        Ok(())
    }

    /// State hashes journaled since boot.
    pub fn hashes(&self) -> u64 {
        self.hashes
    }

    fn journal<R: Relief>(&mut self, command: &Command, relief: &mut R) -> Result<Seq, HaltReason> {
        let durable = self.inputs.durable();
        append(&mut self.inputs, self.time, durable, command.words(), relief)
            .map(Seq)
            .map_err(|Full| HaltReason::InputsFull)
    }

    /// How many commands, `most` at most, surely fit the input journal, whatever they are; 0 where
    /// the event log has too little room as well. What the reserves hold is room only while the
    /// engine knows that the logs are short.
    #[inline]
    pub fn room(&self, most: usize) -> usize {
        let Reserves { inputs, events } =
            if self.engine.is_short() { Reserves::LAST } else { self.reserves };
        if self.events.headroom() < events {
            return 0;
        }
        let free = self.inputs.headroom().saturating_sub(inputs);
        if free >= (most + INPUTS_LAST) * INPUT_LEN_MAX {
            return most;
        }
        (free / INPUT_LEN_MAX).saturating_sub(INPUTS_LAST)
    }

    /// Whether there is so much room again that it does not run short at once.
    pub fn is_replenished(&self) -> bool {
        self.inputs.headroom() >= 2 * self.reserves.inputs
            && self.events.headroom() >= 2 * self.reserves.events
    }

    /// Whether no new segment can be prepared, for want of disk or memory.
    pub fn is_starved(&self) -> bool {
        self.inputs.is_starved() || self.events.is_starved()
    }

    /// Bytes ready in the log that has less.
    pub fn headroom(&self) -> usize {
        self.inputs.headroom().min(self.events.headroom())
    }

    /// Which log it is that leaves no room.
    pub fn fullest(&self) -> HaltReason {
        if self.events.headroom() < Reserves::LAST.events {
            HaltReason::EventsFull
        } else {
            HaltReason::InputsFull
        }
    }

    /// Why the disk makes going on pointless, if it does.
    pub fn fault(&self) -> Option<HaltReason> {
        if self.inputs.is_poisoned() {
            return Some(HaltReason::InputsFailed);
        }
        self.events.is_poisoned().then_some(HaltReason::EventsFailed)
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Time of the last command.
    pub fn time(&self) -> Nanos {
        self.time
    }

    /// The last input and the last event.
    pub fn position(&self) -> (u64, u64) {
        (self.inputs.next_seq() - 1, self.events.next_seq() - 1)
    }
}

/// Commands for which the input journal keeps room: state hash, rings that go, the last hash.
const INPUTS_LAST: usize = 4;

/// Most bytes of a command in the input journal.
const INPUT_LEN_MAX: usize = 704;

#[inline]
fn append<R: Relief>(
    log: &mut Writer,
    time: Nanos,
    aux: u64,
    words: &[u64],
    relief: &mut R,
) -> Result<u64, Full> {
    loop {
        match log.append(time.0, aux, words) {
            Ok(seq) => return Ok(seq),
            Err(Full) => relief.relieve(log)?,
        }
    }
}

/// Appends the events of one command to the log.
struct LogSink<'a, R> {
    events: &'a mut Writer,
    relief: &'a mut R,
    time: Nanos,
    cause: Seq,
    is_full: bool,
}

impl<R: Relief> Sink for LogSink<'_, R> {
    #[inline]
    fn emit(&mut self, event: &Event) {
        // After the first event that found no room the rest must not get in either: the log
        // is the engine's events without a gap.
        if !self.is_full {
            let (time, cause) = (self.time, self.cause.0);
            self.is_full = append(self.events, time, cause, event.words(), self.relief).is_err();
        }
    }
}
