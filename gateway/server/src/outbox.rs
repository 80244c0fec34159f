//! The event log as a gateway reads it: in order, no further than what the core published, and
//! under durability `power` no further than what is on disk.

use pinion_journal::Reader;
use pinion_types::event::{EventKind, EventRef};
use pinion_types::{Event, Nanos, Seq};

use crate::counters::Counters;
use crate::index::Index;

/// One event with what its place in the log says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its place, which is its ExecID (FIX 17).
    pub seq: Seq,
    /// When its command was sequenced (FIX 60).
    pub time: Nanos,
    /// The command that caused it.
    pub cause: Seq,
    /// The event.
    pub event: Event,
}

/// How far events may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Last event the core published.
    pub published: Seq,
    /// Last command that is on disk; `None` where that is not waited for.
    pub durable: Option<Seq>,
}

/// The reading end that feeds every session.
#[derive(Debug)]
pub struct Outbox {
    reader: Reader,
    index: Index,
    /// Place of the next record to be read.
    next: Seq,
    /// Read, and not yet allowed to be shown.
    held: Option<Logged>,
}

impl Outbox {
    /// Begins at the log's start with an empty index.
    #[must_use]
    pub fn new(reader: Reader, first: Seq, index: Index) -> Self {
        Outbox { reader, index, next: first, held: None }
    }

    /// The next event that may be shown; `None` where there is none now.
    ///
    /// # Errors
    /// Those of the log: it is damaged, or another program's.
    pub fn take(
        &mut self,
        gate: &Gate,
        counters: &Counters,
    ) -> Result<Option<Logged>, pinion_journal::Error> {
        while self.held.is_none() && self.next <= gate.published {
            let Some(record) = self.reader.next()? else { return Ok(None) };
            self.next = Seq(record.seq.saturating_add(1));
            self.held = logged(&record);
            match &self.held {
                Some(logged) => note(&mut self.index, logged),
                None => counters.events_unreadable.one(),
            }
        }
        let shown = |logged: &mut Logged| gate.durable.is_none_or(|durable| logged.cause <= durable);
        Ok(self.held.take_if(shown))
    }

    /// True where an event is read, or could be, that may not be shown yet or was not asked for.
    #[must_use]
    pub fn is_behind(&self, gate: &Gate) -> bool {
        self.held.is_some() || self.next <= gate.published
    }

    /// Place of the next event that was not read.
    #[must_use]
    pub fn next(&self) -> Seq {
        self.next
    }

    /// Where the sessions' messages are.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }
}
