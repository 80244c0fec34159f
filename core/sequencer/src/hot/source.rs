//! One ring that is polled.

use pinion_ipc::Consumer;
use pinion_types::{Command, SourceId};

use super::accept::is_gateway;

/// What a poll found.
pub(super) enum Polled {
    /// A command, in the buffer.
    Command,
    /// Nothing.
    Nothing,
    /// Something no honest producer writes.
    Corrupt,
}

/// One ring that is polled.
pub(super) struct Source {
    pub id: SourceId,
    ring: Consumer,
    /// Once the producer is gone: most commands still taken, so that one that writes on all the
    /// same cannot stay.
    left: Option<u64>,
}

impl Source {
    pub fn new(id: SourceId, ring: Consumer) -> Source {
        Source { id, ring, left: None }
    }

    /// From now on only what fits the ring once is taken.
    pub fn close(&mut self) {
        self.left.get_or_insert(self.ring.capacity());
    }

    /// Takes the next command into `buffer`, stamped with its source.
    #[inline]
    pub fn poll(&mut self, buffer: &mut Command) -> Polled {
        if self.left == Some(0) {
            return Polled::Nothing;
        }
        match self.ring.poll(buffer.words_mut()) {
            Ok(None) => {
                self.left = self.left.map(|_| 0);
                Polled::Nothing
            }
            Err(_) => Polled::Corrupt,
            Ok(Some(words)) => {
                let is_ours =
                    buffer.is_well_formed(words * 8) && buffer.kind().is_some_and(is_gateway);
                if !is_ours {
                    return Polled::Corrupt;
                }
                buffer.set_source(self.id);
                self.left = self.left.map(|left| left - 1);
                Polled::Command
            }
        }
    }

    /// True once the producer is known to be gone.
    pub fn is_closed(&self) -> bool {
        self.left.is_some()
    }

    /// True once everything is taken of a producer that is gone.
    pub fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    /// Gives the lines taken back to the producer.
    #[inline]
    pub fn release(&mut self) {
        self.ring.release();
    }

    pub fn into_ring(self) -> Consumer {
        self.ring
    }
}
