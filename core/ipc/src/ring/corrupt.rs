//! What a peer did that no honest peer does.

use core::fmt;

/// Proof that the other end of a ring broke its contract: the ring is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Corrupt {
    /// The consumer's position went back, or beyond what was produced.
    Head {
        /// Our position, in lines.
        tail: u64,
        /// What the consumer published.
        head: u64,
    },
    /// A line where the next message should begin carries neither its tag nor that of one that
    /// began there before.
    Tag {
        /// Our position, in lines.
        at: u64,
        /// What stood there.
        tag: u64,
    },
    /// A message of more words than the reader takes or the ring holds.
    Length {
        /// Our position, in lines.
        at: u64,
        /// Words it claims to have.
        words: u64,
    },
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Corrupt::Head { tail, head } => {
                write!(f, "consumer position {head} does not fit producer position {tail}")
            }
            Corrupt::Tag { at, tag } => write!(f, "line {at} has tag {tag:#018x}"),
            Corrupt::Length { at, words } => {
                write!(f, "message at line {at} claims {words} words")
            }
        }
    }
}

impl std::error::Error for Corrupt {}
