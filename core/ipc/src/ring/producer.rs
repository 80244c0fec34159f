//! The writing end of a ring.

use core::fmt;

use super::{Corrupt, WORDS_MAX, lines_of, tag};
use crate::copy::{BODY_WORDS, store_body, store_part};
use crate::cursor::CursorView;
use crate::sync::{AtomicU64, Ordering};
use crate::words::{LINE_WORDS, Lines, WordsMut};

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
    lines: Lines,
    head_cursor: CursorView,
    capacity: u64,
    /// Lines written.
    tail: u64,
    /// Lines published.
    published: u64,
    /// Tag of the first message that is written and not published; 0 where there is none.
    held_back: u64,
    /// Last position read from the consumer: it has released every line below.
    head: u64,
    corrupt: Option<Corrupt>,
}

impl Producer {
    /// The writing end over fresh memory: lines zeroed, position 0.
    ///
    /// # Panics
    /// Where `memory` is not a power of two of whole lines.
    #[must_use]
    pub fn new(memory: WordsMut, head_cursor: CursorView) -> Producer {
        let lines = Lines::new(memory.view());
        let capacity = lines.count();
        Producer {
            lines,
            head_cursor,
            capacity,
            tail: 0,
            published: 0,
            held_back: 0,
            head: 0,
            corrupt: None,
        }
    }

    /// Lines of the ring.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.capacity
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
        let lines = self.reserve(words.len())?;
        self.write(words);
        let tag = tag(self.tail, words.len());
        if self.held_back == 0 {
            // What comes behind it is not looked at before it is there.
            self.held_back = tag;
        } else {
            self.show(self.tail, tag);
        }
        self.tail = self.tail.wrapping_add(lines);
        Ok(())
    }

    /// Shows the consumer everything pushed so far: one store for any number of messages.
    #[inline]
    pub fn publish(&mut self) {
        if self.held_back != 0 {
            self.show(self.published, self.held_back);
            self.held_back = 0;
            self.published = self.tail;
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

    /// Makes sure that there is room for that many words, and gives the lines they take.
    #[inline]
    fn reserve(&mut self, words: usize) -> Result<u64, PushError> {
        if words == 0 || words > WORDS_MAX {
            return Err(PushError::Length);
        }
        let lines = lines_of(words) as u64;
        let free = self.capacity().wrapping_sub(self.used());
        if lines > free {
            self.refresh(lines)?;
        }
        Ok(lines)
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
        // What is written and not published cannot have been taken.
        if self.published.wrapping_sub(head) > self.published.wrapping_sub(self.head) {
            let corrupt = Corrupt::Head { tail: self.published, head };
            self.corrupt = Some(corrupt);
            // No free line from here on, so that every later push comes back to this answer.
            self.head = self.tail.wrapping_sub(self.capacity());
            return Err(PushError::Corrupt(corrupt));
        }
        self.head = head;
        let free = self.capacity().wrapping_sub(self.used());
        if lines <= free { Ok(()) } else { Err(PushError::Full) }
    }

    /// Stores the tag of the message at `position`: all of it is written.
    #[inline]
    fn show(&self, position: u64, tag: u64) {
        let [first, ..] = self.lines.at(position);
        // Release: pairs with the Acquire in `Consumer::poll`.
        first.store(tag, Ordering::Release);
    }

    /// Writes everything but the tag, and the line that it goes into last: the consumer looks at
    /// that one again and again, and would take it away in between. Lines are not prefetched for
    /// writing: `cargo bench --bench ring` has less than half the rate with it.
    #[inline]
    fn write(&self, words: &[u64]) {
        let (first, rest) = words.split_at(words.len().min(BODY_WORDS));
        let mut position = self.tail;
        for part in rest.chunks(BODY_WORDS) {
            position = position.wrapping_add(1);
            store(self.lines.at(position), part);
        }
        store(self.lines.at(self.tail), first);
    }
}

#[inline]
fn store(to: &[AtomicU64; LINE_WORDS], from: &[u64]) {
    match from.first_chunk::<BODY_WORDS>() {
        Some(from) => store_body(to, from),
        None => {
            let [_, body @ ..] = to;
            store_part(body, from);
        }
    }
}
