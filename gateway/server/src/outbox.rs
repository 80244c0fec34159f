//! The event log as a gateway reads it: in order, no further than what the core published, and
//! under durability `power` no further than what is on disk.

use pinion_journal::{Error, Position, Reader, Record};
use pinion_types::event::EventRef;
use pinion_types::{Event, Nanos, Seq};

use crate::counters::Counters;
use crate::index::Index;
use crate::link::LogPlace;
use crate::logged::Logged;

/// How far events may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Last event the core published.
    pub published: Seq,
    /// Last command that is on disk; `None` where that is not waited for.
    pub durable: Option<Seq>,
}

impl Gate {
    /// True where an event caused by `cause` may be shown.
    #[must_use]
    pub fn admits(&self, cause: Seq) -> bool {
        self.durable.is_none_or(|durable| cause <= durable)
    }
}

/// The reading end that feeds every session.
#[derive(Debug)]
pub struct Outbox {
    place: LogPlace,
    reader: Reader,
    index: Index,
    /// Read, and not yet allowed to be shown.
    held: Option<Logged>,
}

impl Outbox {
    /// Begins at the log's start with an empty index.
    ///
    /// # Errors
    /// Those of the log.
    pub fn open(place: &LogPlace, index: Index) -> Result<Self, Error> {
        let open = |from| Reader::open(&place.dir, Some(&place.hot_dir), place.kind, from);
        let reader = match open(1) {
            // What is older was pruned: no session that is alive has a message there.
            Err(Error::TooOld { first, .. }) => open(first),
            opened => opened,
        }?;
        Ok(Outbox { place: place.clone(), reader, index, held: None })
    }

    /// The next event that may be shown; `None` where there is none now.
    ///
    /// # Errors
    /// Those of the log: it is damaged, or another program's.
    pub fn take(&mut self, gate: &Gate, counters: &Counters) -> Result<Option<Logged>, Error> {
        while self.held.is_none() {
            let position = self.reader.position();
            if position.seq > gate.published.0 {
                return Ok(None);
            }
            let Some(record) = self.reader.next()? else { return Ok(None) };
            match logged(&record) {
                Some(logged) => {
                    note(&mut self.index, &logged, position);
                    self.held = Some(logged);
                }
                None => counters.events_unreadable.one(),
            }
        }
        Ok(self.held.take_if(|logged| gate.admits(logged.cause)))
    }

    /// True where something is read or can be read that was not taken.
    #[must_use]
    pub fn is_behind(&self, gate: &Gate) -> bool {
        self.held.is_some() || self.next() <= gate.published
    }

    /// Place of the next event to be read.
    #[must_use]
    pub fn next(&self) -> Seq {
        Seq(self.reader.position().seq)
    }

    /// Where the log is.
    #[must_use]
    pub fn place(&self) -> &LogPlace {
        &self.place
    }

    /// Where the sessions' messages are.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }
}

/// The event of a record; `None` where this build does not know it.
#[must_use]
pub fn logged(record: &Record<'_>) -> Option<Logged> {
    Some(Logged {
        seq: Seq(record.seq),
        time: Nanos(record.time),
        cause: Seq(record.aux),
        event: Event::from_bytes(record.payload)?,
    })
}

fn note(index: &mut Index, logged: &Logged, position: Position) {
    let header = logged.event.header();
    if header.msg_seq_num > 0 {
        index.note(header.session, header.msg_seq_num, position);
    } else if let Some(EventRef::Negotiated(_)) = logged.event.view() {
        index.begin(header.session);
    }
}
