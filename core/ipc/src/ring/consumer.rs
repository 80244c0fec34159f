//! The reading end of a ring.

use super::{Corrupt, WORDS_MAX, tag};
use crate::copy::{BODY_WORDS, fetch_two, load_body, load_part};
use crate::cursor::Cursor;
use crate::sync::Ordering;
use crate::words::{Lines, Words};

/// Lines that are given back at once at most while more wait: half of a first-level cache.
const WORTH_MAX: u64 = 256;

/// How many lines ahead are fetched while one message follows the other.
const AHEAD: u64 = 16;

/// The reading end of a ring. Never blocks, never allocates, never believes the producer.
#[derive(Debug)]
pub struct Consumer {
    lines: Lines,
    head_cursor: Cursor,
    /// Most words of a message.
    words_max: usize,
    /// Lines taken.
    head: u64,
    /// Lines released to the producer.
    released: u64,
    /// Lines that are given back while more wait.
    worth: u64,
    /// How far ahead of a message lines are fetched; 0 where the last look found nothing: the
    /// producer is then about to write there.
    ahead: u64,
    corrupt: Option<Corrupt>,
}

impl Consumer {
    /// The reading end over fresh memory: lines zeroed, position 0.
    ///
    /// # Panics
    /// Where `memory` is not a power of two of whole lines.
    #[must_use]
    pub fn new(memory: Words, head_cursor: Cursor) -> Consumer {
        let lines = Lines::new(memory);
        let count = lines.count();
        Consumer {
            lines,
            head_cursor,
            words_max: WORDS_MAX.min(count as usize * BODY_WORDS),
            head: 0,
            released: 0,
            worth: (count / 8).clamp(1, WORTH_MAX),
            ahead: 0,
            corrupt: None,
        }
    }

    /// Lines of the ring.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.lines.count()
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
        // Read before the tag: behind an acquire the compiler would read them again.
        let Consumer { head, ahead, words_max, .. } = *self;
        let (first, second) = (self.lines.at(head), self.lines.at(head.wrapping_add(1)));
        let soon = self.lines.at(head.wrapping_add(ahead));
        // Acquire: pairs with the Release in `Producer::show`; the whole message is written, and
        // those published with it. Read once: the producer may change it while we look.
        let claimed = first[0].load(Ordering::Acquire);
        // What is above the position in the tag of a message that begins here: its length.
        let words = claimed.wrapping_sub(tag(head, 0)) as usize;
        if words.wrapping_sub(1) >= words_max.min(into.len()) {
            return self.nothing(claimed);
        }
        fetch_two(soon);
        // Most messages by hand, so that nothing is asked twice.
        let (parts, _) = into.as_chunks_mut::<BODY_WORDS>();
        let lines = match parts {
            [one, ..] if words <= BODY_WORDS => {
                load_body(one, first);
                1
            }
            [one, two, ..] if words <= 2 * BODY_WORDS => {
                load_body(one, first);
                load_body(two, second);
                2
            }
            _ => self.copy(into, words),
        };
        self.head = head.wrapping_add(lines);
        self.ahead = AHEAD;
        Ok(Some(words))
    }

    /// Gives lines taken so far back to the producer: one store for any number of messages.
    ///
    /// All of them where the last look found nothing more; else once they are worth it, so that a
    /// producer that waits for room gets more than a message's at a time and does not ask for
    /// every one.
    #[inline]
    pub fn release(&mut self) {
        let taken = self.head.wrapping_sub(self.released);
        if taken > 0 && (self.ahead == 0 || taken >= self.worth) {
            self.released = self.head;
            // Release: pairs with the Acquire in `Producer::refresh`; our reads are done by then.
            self.head_cursor.publish(self.head);
        }
    }

    /// What a line says in which no message of ours begins: what it said before, or a lie.
    #[inline]
    fn nothing(&mut self, claimed: u64) -> Result<Option<usize>, Corrupt> {
        if let Some(corrupt) = self.corrupt {
            return Err(corrupt);
        }
        self.ahead = 0;
        let words = claimed & 0xff;
        if words != 0 && claimed == tag(self.head, words as usize) {
            return Err(self.fail(Corrupt::Length { at: self.head, words }));
        }
        if claimed != 0 && !self.is_old(claimed) {
            return Err(self.fail(Corrupt::Tag { at: self.head, tag: claimed }));
        }
        Ok(None)
    }

    /// Whether a message that began in this line laps ago had this tag: all that an honest producer
    /// leaves there. Whoever writes anything else is not slow, and would be waited for in vain.
    #[inline]
    fn is_old(&self, claimed: u64) -> bool {
        let (at, words) = (claimed >> 8, (claimed & 0xff) as usize);
        let is_here = (at ^ self.head) & (self.lines.count() - 1) == 0;
        at < self.head && is_here && words != 0 && words <= self.words_max
    }

    /// Remembers the first fault, so that it is all that comes from here on.
    #[cold]
    fn fail(&mut self, corrupt: Corrupt) -> Corrupt {
        self.words_max = 0;
        *self.corrupt.get_or_insert(corrupt)
    }

    /// Copies `words` words and gives the lines they took; where `into` has room the last line is
    /// copied whole.
    #[inline]
    fn copy(&self, into: &mut [u64], words: usize) -> u64 {
        let (parts, rest) = into.as_chunks_mut::<BODY_WORDS>();
        let (mut lines, mut left) = (0, words);
        for part in parts {
            load_body(part, self.lines.at(self.head.wrapping_add(lines)));
            lines += 1;
            if left <= BODY_WORDS {
                return lines;
            }
            left -= BODY_WORDS;
        }
        let [_, body @ ..] = self.lines.at(self.head.wrapping_add(lines));
        load_part(&mut rest[..left], body);
        lines + 1
    }
}
