//! A bounded queue of messages from one producer to one consumer that need not trust each other.
//!
//! Messages are 1 to 79 words in whole lines of 64 bytes, one after the other modulo the capacity:
//!
//! ```text
//!  first line of a message                                      its further lines
//! +--------------------------------+---------------------+     +---+--------------------+
//! | tag: position << 8 | len words | words 0..7          |     | 0 | words 7..14 ..     |
//! +--------------------------------+---------------------+     +---+--------------------+
//! 0                                8                    64     0   8                   64
//! ```
//!
//! Positions count lines from the ring's beginning and never wrap in practice (2^56). A message is
//! there once its tag is: whoever looks for the next one looks at the line where it will begin, and
//! the line that brings the news brings the message. The tag of the first message of a batch is
//! stored last, so a batch is seen whole or not at all. The first word of a line is never a
//! message's, so nothing that a client wrote can look like a tag.
//!
//! The consumer publishes how many lines it has given back, once a batch, and the producer reads
//! that number when it runs out of room. Both keep capacity, mask and own position in private
//! memory, so the only numbers taken from the peer are that one and the tag, and both are checked
//! before they are used.

mod consumer;
mod corrupt;
mod producer;

pub use consumer::Consumer;
pub use corrupt::Corrupt;
pub use producer::{Producer, PushError};

use crate::copy::BODY_WORDS;
use crate::cursor::Cursor;
use crate::words::{LINE_WORDS, WordsMut};

/// Most words of a message.
pub const WORDS_MAX: usize = 79;

/// Most lines of a message.
pub const MESSAGE_LINES_MAX: usize = lines_of(WORDS_MAX);

/// Lines that a message of `words` words takes.
#[must_use]
pub const fn lines_of(words: usize) -> usize {
    words.div_ceil(BODY_WORDS)
}

/// The tag of a message of `words` words at position `at`.
const fn tag(at: u64, words: usize) -> u64 {
    (at << 8) | words as u64
}

/// Fewest lines of a ring: a page. The producer learns the capacity from the region's length, which
/// is whole pages, so a shorter ring would look longer to it than to its consumer.
pub const LINES_MIN: usize = 64;

const _: () = assert!(LINES_MIN >= MESSAGE_LINES_MAX);

/// True where a ring can have `lines` lines: a power of two of whole pages.
#[must_use]
pub const fn is_capacity(lines: usize) -> bool {
    lines.is_power_of_two() && lines >= LINES_MIN && lines <= 1 << 32
}

/// A ring of `lines` lines on the heap, for two threads of one process.
///
/// # Panics
/// Where `lines` is not a power of two; one shorter than the longest message is allowed here and
/// refuses what does not fit.
#[must_use]
pub fn heap(lines: usize) -> (Producer, Consumer) {
    let memory = WordsMut::heap(lines * LINE_WORDS);
    let head = Cursor::heap();
    let head_view = head.view();
    let consumer = Consumer::new(memory.view(), head);
    (Producer::new(memory, head_view), consumer)
}
