//! Replayed events against the event log: what is there must be equal, byte for byte.

use pinion_journal::Reader;
use pinion_types::{Event, Nanos, Seq};

use crate::error::{Divergence, Error, Side};

/// An event log that replayed events are compared with.
pub(crate) struct Comparison {
    reader: Option<Reader>,
    /// The last event to compare.
    last: u64,
    /// Events seen.
    count: u64,
}

impl Comparison {
    /// Compares with the records of `reader` up to `last`; `None` compares nothing.
    pub fn new(reader: Option<Reader>, last: u64) -> Comparison {
        Comparison { last: if reader.is_some() { last } else { 0 }, reader, count: 0 }
    }

    /// Takes the next replayed event. True where it is in the log, false where the log has ended.
    ///
    /// # Errors
    /// [`Error::Divergence`] where the log has another one, [`Error::Events`] where it cannot be
    /// read.
    #[inline]
    pub fn take(&mut self, time: Nanos, cause: Seq, event: &Event) -> Result<bool, Error> {
        self.count += 1;
        if self.count > self.last {
            return Ok(false);
        }
        let Some(reader) = &mut self.reader else { return Ok(false) };
        let Some(record) = reader.next().map_err(Error::Events)? else {
            // Cut short since it was opened: what recovery counted must be there.
            self.last = self.count - 1;
            return Ok(false);
        };
        let equal = record.seq == self.count
            && record.time == time.0
            && record.aux == cause.0
            && record.payload == event.bytes();
        if equal {
            return Ok(true);
        }
        let logged = Side {
            time: Nanos(record.time),
            cause: Seq(record.aux),
            event: Event::from_bytes(record.payload).map(Box::new),
        };
        let replayed = Side { time, cause, event: Some(Box::new(*event)) };
        Err(Divergence::Event { seq: Seq(self.count), logged, replayed }.into())
    }

    /// Checks that the log holds no more than was replayed.
    ///
    /// # Errors
    /// [`Error::Divergence`].
    pub fn finish(&self, last_input: Seq) -> Result<(), Error> {
        if self.count < self.last {
            let (first, last) = (Seq(self.count + 1), Seq(self.last));
            return Err(Divergence::Surplus { first, last, last_input }.into());
        }
        Ok(())
    }

    /// Events that were compared.
    pub fn compared(&self) -> u64 {
        self.count.min(self.last)
    }
}
