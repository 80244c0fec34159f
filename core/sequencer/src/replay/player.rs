//! Applies journaled records and keeps what boot wants to know about them.

use std::collections::BTreeSet;

use pinion_engine::{Engine, Sink};
use pinion_journal::Record;
use pinion_types::{Command, CommandKind, CommandRef, Nanos, Seq, SourceId};

use crate::error::{Divergence, Error};

/// Where replayed events go.
pub(crate) trait Outlet: Sink {
    /// The command whose events come next; `time` and `seq` are its record's, `before` is the
    /// engine it is about to be applied to.
    fn begin(&mut self, seq: Seq, time: Nanos, command: &Command, before: Option<&Engine>);

    /// What went wrong with the events since [`Outlet::begin`], if anything did.
    fn end(&mut self) -> Result<(), Error>;
}

/// An engine that follows a journal.
pub(crate) struct Player {
    /// What the first record makes.
    engine: Option<Engine>,
    command: Command,
    seq: Seq,
    time: Nanos,
    hashes: u64,
    sources: BTreeSet<SourceId>,
}

impl Player {
    pub fn new() -> Player {
        Player {
            engine: None,
            command: Command::buffer(),
            seq: Seq(0),
            time: Nanos(0),
            hashes: 0,
            sources: BTreeSet::new(),
        }
    }

    /// Applies one record.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Genesis`], [`Error::Divergence`], and those of the outlet.
    pub fn apply<O: Outlet>(&mut self, record: &Record<'_>, outlet: &mut O) -> Result<(), Error> {
        let seq = Seq(record.seq);
        // Numbers are dense and time never falls: what the sequencer promises, replay checks.
        let in_place = seq.0 == self.seq.0 + 1 && record.time >= self.time.0;
        if !in_place || !self.command.copy_from(record.payload) {
            return Err(Error::Unreadable { seq });
        }
        self.seq = seq;
        self.time = Nanos(record.time);
        outlet.begin(seq, self.time, &self.command, self.engine.as_ref());
        match (&mut self.engine, self.command.view()) {
            (None, Some(CommandRef::Genesis(genesis))) => {
                self.engine = Some(Engine::new(genesis).map_err(Error::Genesis)?);
            }
            (None, _) | (Some(_), None) => return Err(Error::Unreadable { seq }),
            (Some(engine), Some(CommandRef::StateHash(stated))) => {
                let journaled = (stated.hash, stated.events);
                let replayed = (engine.state_hash(), engine.events());
                if journaled != replayed {
                    return Err(Divergence::State { seq, journaled, replayed }.into());
                }
                self.hashes += 1;
            }
            (Some(engine), Some(view)) => {
                match view {
                    CommandRef::SourceUp(body) => {
                        self.sources.insert(body.about);
                    }
                    CommandRef::SourceDown(body) => {
                        self.sources.remove(&body.about);
                    }
                    _ => {}
                }
                engine.apply(seq, self.time, &self.command, outlet);
            }
        }
        outlet.end()
    }

    /// The engine, once there is one.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }

    /// Gives the engine away.
    pub fn into_engine(self) -> Option<Engine> {
        self.engine
    }

    /// The last record applied.
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Its time.
    pub fn time(&self) -> Nanos {
        self.time
    }

    /// Its kind.
    pub fn kind(&self) -> Option<CommandKind> {
        self.command.kind()
    }

    /// State hashes compared.
    pub fn hashes(&self) -> u64 {
        self.hashes
    }

    /// Producers that began and did not go.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> + '_ {
        self.sources.iter().copied()
    }
}
