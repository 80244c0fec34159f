//! The reading end of a ring.

use super::{Corrupt, WORDS_MAX, lines_of, tag};
use crate::copy::{FIRST_WORDS, load_first, load_line, load_some};
use crate::cursor::{Cursor, CursorView};
use crate::sync::{AtomicU64, Ordering};
use crate::words::{LINE_WORDS, Words};

/// Lines that are given back at once at most while more wait: half of a first-level cache.
const WORTH_MAX: u64 = 256;

/// The reading end of a ring. Never blocks, never allocates, never believes the producer.
#[derive(Debug)]
pub struct Consumer {
    memory: Words,
    tail_cursor: CursorView,
    head_cursor: Cursor,
    mask: u64,
    /// Lines taken.
    head: u64,
    /// Lines released to the producer.
    released: u64,
    /// Last position read from the producer: it has written every line below.
    tail: u64,
    /// Lines that are given back while more wait.
    worth: u64,
    corrupt: Option<Corrupt>,
}

impl Consumer {
    /// The reading end over fresh memory: lines zeroed, both positions 0.
    ///
    /// # Panics
    /// Where `memory` is not a power of two of whole lines.
    #[must_use]
    pub fn new(memory: Words, tail_cursor: CursorView, head_cursor: Cursor) -> Consumer {
        let lines = memory.len() / LINE_WORDS;
        assert!(lines.is_power_of_two());
        assert_eq!(memory.len() % LINE_WORDS, 0);
        Consumer {
            memory,
            tail_cursor,
            head_cursor,
            mask: lines as u64 - 1,
            head: 0,
            released: 0,
            tail: 0,
            worth: (lines as u64 / 8).clamp(1, WORTH_MAX),
            corrupt: None,
        }
    }

    /// Lines of the ring.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.mask + 1
    }

    /// Lines published and not yet taken; asks the producer.
    ///
    /// # Errors
    /// [`Corrupt`] where its answer cannot be; every later call says the same.
    pub fn waiting(&mut self) -> Result<u64, Corrupt> {
        self.refresh()?;
        Ok(self.tail.wrapping_sub(self.head))
    }

    /// Takes the next message: copies it into `into` and returns its length in words.
    ///
    /// `None` where nothing is published. The lines stay taken until [`Consumer::release`] gives
    /// them back to the producer. Having a message tells you: position and length were as they
    /// must be, and nobody can change it any more; nothing about its words. What `into` holds
    /// behind the message is not defined.
    ///
    /// # Errors
    /// [`Corrupt`] where the producer broke the contract, a message longer than `into` included;
    /// every later call says the same.
    #[inline]
    pub fn poll(&mut self, into: &mut [u64]) -> Result<Option<usize>, Corrupt> {
        if self.head == self.tail {
            self.refresh()?;
            if self.head == self.tail {
                return Ok(None);
            }
        }
        let first = self.line(self.head);
        // Read once: the producer may change it while we look.
        let claimed = first[0].load(Ordering::Relaxed);
        let words = (claimed & 0xff) as usize;
        if claimed != tag(self.head, words) {
            return Err(self.fail(Corrupt::Tag { at: self.head, tag: claimed }));
        }
        let lines = lines_of(words) as u64;
        let fits = words >= 1 && words <= WORDS_MAX.min(into.len());
        if !fits || lines > self.tail.wrapping_sub(self.head) {
            return Err(self.fail(Corrupt::Length { at: self.head, words: words as u64 }));
        }
        self.copy(into, words);
        self.head = self.head.wrapping_add(lines);
        Ok(Some(words))
    }

    /// Gives lines taken so far back to the producer: one store for any number of messages.
    ///
    /// All of them where nothing more is known to wait; else once they are worth it, so that a
    /// producer that waits for room gets more than a message's at a time and does not ask for
    /// every one.
    #[inline]
    pub fn release(&mut self) {
        let taken = self.head.wrapping_sub(self.released);
        if taken > 0 && (self.head == self.tail || taken >= self.worth) {
            self.released = self.head;
            // Release: pairs with the Acquire in `Producer::refresh`; our reads are done by then.
            self.head_cursor.publish(self.head);
        }
    }

    /// Asks the producer how far it is.
    #[inline]
    fn refresh(&mut self) -> Result<(), Corrupt> {
        if let Some(corrupt) = self.corrupt {
            return Err(corrupt);
        }
        // Acquire: pairs with the Release in `Producer::publish`; the lines below are written.
        let tail = self.tail_cursor.get();
        let ahead = tail.wrapping_sub(self.head);
        if ahead > self.capacity() || ahead < self.tail.wrapping_sub(self.head) {
            return Err(self.fail(Corrupt::Tail { head: self.head, tail }));
        }
        self.tail = tail;
        Ok(())
    }

    /// Remembers the fault and forgets what was waiting, so that it is all that comes from here on.
    #[cold]
    fn fail(&mut self, corrupt: Corrupt) -> Corrupt {
        self.corrupt = Some(corrupt);
        self.tail = self.head;
        corrupt
    }

    #[inline]
    fn line(&self, position: u64) -> &[AtomicU64; LINE_WORDS] {
        self.memory.line((position & self.mask) as usize)
    }

    /// Copies `words` words; where `into` has room the last line is copied whole.
    #[inline]
    fn copy(&self, into: &mut [u64], words: usize) {
        let [_, from_first @ ..] = self.line(self.head);
        let Some((first, rest)) = into.split_first_chunk_mut::<FIRST_WORDS>() else {
            return load_some(&mut into[..words], from_first);
        };
        load_first(first, from_first);
        let (lines, rest) = rest.as_chunks_mut::<LINE_WORDS>();
        let mut position = self.head;
        let mut left = words.saturating_sub(FIRST_WORDS);
        for line in lines {
            if left == 0 {
                return;
            }
            position = position.wrapping_add(1);
            load_line(line, self.line(position));
            left = left.saturating_sub(LINE_WORDS);
        }
        if left > 0 {
            load_some(&mut rest[..left], self.line(position.wrapping_add(1)));
        }
    }
}
