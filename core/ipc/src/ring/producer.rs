//! The writing end of a ring.

use core::fmt;

use super::{Corrupt, WORDS_MAX, lines_of, tag};
use crate::copy::{FIRST_WORDS, store_first, store_line, store_some};
use crate::cursor::{Cursor, CursorView};
use crate::sync::Ordering;
use crate::words::{LINE_WORDS, WordsMut};

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushError {
    /// The consumer has not made room yet.
    Full,
    /// No words, more than 79, or more than the ring can ever hold.
    Length,
    /// The consumer broke the contract; every later push says the same.
    Corrupt(Corrupt),
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PushError::Full => f.write_str("ring is full"),
            PushError::Length => f.write_str("message length out of range"),
            PushError::Corrupt(corrupt) => corrupt.fmt(f),
        }
    }
}

impl std::error::Error for PushError {}

/// The writing end of a ring. Never blocks, never allocates.
#[derive(Debug)]
pub struct Producer {
    memory: WordsMut,
    tail_cursor: Cursor,
    head_cursor: CursorView,
    mask: u64,
    /// Lines written.
    tail: u64,
    /// Lines published.
    published: u64,
    /// Last position read from the consumer: it has released every line below.
    head: u64,
    corrupt: Option<Corrupt>,
}

impl Producer {
    /// The writing end over fresh memory: lines zeroed, both positions 0.
    ///
    /// # Panics
    /// Where `memory` is not a power of two of whole lines.
    #[must_use]
    pub fn new(memory: WordsMut, tail_cursor: Cursor, head_cursor: CursorView) -> Producer {
        let lines = memory.len() / LINE_WORDS;
        assert!(lines.is_power_of_two());
        assert_eq!(memory.len() % LINE_WORDS, 0);
        Producer {
            memory,
            tail_cursor,
            head_cursor,
            mask: lines as u64 - 1,
            tail: 0,
            published: 0,
            head: 0,
            corrupt: None,
        }
    }

    /// Lines of the ring.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.mask + 1
    }

    /// Lines that are written and not yet released, as far as known without asking the consumer.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.tail.wrapping_sub(self.head)
    }

    /// True where the consumer has given back every line published; asks it. Where the consumer
    /// publishes its answers before it gives lines back, they are all there then.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.head_cursor.get() == self.published
    }

    /// Writes one message behind those before; the consumer sees it after [`Producer::publish`].
    ///
    /// # Errors
    /// [`PushError`]; the message was not written then.
    #[inline]
    pub fn push(&mut self, words: &[u64]) -> Result<(), PushError> {
        if words.is_empty() || words.len() > WORDS_MAX {
            return Err(PushError::Length);
        }
        let lines = lines_of(words.len());
        self.reserve(lines as u64)?;
        self.write(words);
        self.tail = self.tail.wrapping_add(lines as u64);
        Ok(())
    }

    /// Shows the consumer everything pushed so far: one store for any number of messages.
    #[inline]
    pub fn publish(&mut self) {
        if self.published != self.tail {
            self.published = self.tail;
            self.tail_cursor.publish(self.tail);
        }
    }

    /// [`Producer::push`] and [`Producer::publish`].
    ///
    /// # Errors
    /// As [`Producer::push`].
    #[inline]
    pub fn send(&mut self, words: &[u64]) -> Result<(), PushError> {
        self.push(words)?;
        self.publish();
        Ok(())
    }

    /// Makes sure that `lines` lines are free.
    #[inline]
    fn reserve(&mut self, lines: u64) -> Result<(), PushError> {
        let free = self.capacity().wrapping_sub(self.used());
        if lines <= free { Ok(()) } else { self.refresh(lines) }
    }

    /// Asks the consumer how far it is.
    #[cold]
    fn refresh(&mut self, lines: u64) -> Result<(), PushError> {
        if let Some(corrupt) = self.corrupt {
            return Err(PushError::Corrupt(corrupt));
        }
        if lines > self.capacity() {
            return Err(PushError::Length);
        }
        let head = self.head_cursor.get();
        if self.tail.wrapping_sub(head) > self.used() {
            let corrupt = Corrupt::Head { tail: self.tail, head };
            self.corrupt = Some(corrupt);
            // No free line from here on, so that every later push comes back to this answer.
            self.head = self.tail.wrapping_sub(self.capacity());
            return Err(PushError::Corrupt(corrupt));
        }
        self.head = head;
        let free = self.capacity().wrapping_sub(self.used());
        if lines <= free { Ok(()) } else { Err(PushError::Full) }
    }

    #[inline]
    fn write(&self, words: &[u64]) {
        let line = |position: u64| self.memory.line((position & self.mask) as usize);
        // Lines are not prefetched for writing: `cargo bench --bench ring` is slower with it.
        let [to_tag, to_first @ ..] = line(self.tail);
        to_tag.store(tag(self.tail, words.len()), Ordering::Relaxed);
        let Some((first, rest)) = words.split_first_chunk::<FIRST_WORDS>() else {
            return store_some(to_first, words);
        };
        store_first(to_first, first);
        let (lines, rest) = rest.as_chunks::<LINE_WORDS>();
        let mut position = self.tail;
        for from in lines {
            position = position.wrapping_add(1);
            store_line(line(position), from);
        }
        if !rest.is_empty() {
            store_some(line(position.wrapping_add(1)), rest);
        }
    }
}
