//! Shared memory between processes that do not trust each other, and nothing of ours.
//!
//! The core creates every [`Region`] as a sealed, anonymous memory file and hands it over a Unix
//! socket ([`handover`]): there is no name to go stale and no length a peer could change. Every
//! byte of a region is read and written through atomics ([`Words`]), copied once and then checked,
//! so that a peer that dies, lags or scribbles costs its own messages and nothing else.
//!
//! ```text
//!  written by the producer       by the consumer             by the core
//! +---------------------------+ +-------------------------+ +--------------------------+
//! | header, ready last  4 KiB | | header            4 KiB | | header             4 KiB |
//! +---------------------------+ +-------------------------+ +--------------------------+
//! | lines of 64 B, a power of | | head, own 128 B   4 KiB | | status, 128 B a writer   |
//! | two of them               | +-------------------------+ +--------------------------+
//! +---------------------------+
//! ```
//!
//! Whoever only reads a region maps it read-only, and the seal `FUTURE_WRITE` keeps it so.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod sync;

mod words;

mod copy;

pub mod ring;

mod cursor;

mod seqlock;

mod wait;

#[cfg(not(loom))]
mod error;

#[cfg(not(loom))]
mod header;

#[cfg(not(loom))]
mod region;

#[cfg(not(loom))]
mod channel;

#[cfg(not(loom))]
mod status;

#[cfg(not(loom))]
pub mod socket;

#[cfg(not(loom))]
pub mod handover;

pub use cursor::{Cursor, CursorView};
pub use ring::{Consumer, Corrupt, Producer, PushError};
pub use seqlock::{SeqReader, SeqWriter};
pub use wait::Wait;
pub use words::{Words, WordsMut};

#[cfg(not(loom))]
pub use channel::{Channel, attach, create};
#[cfg(not(loom))]
pub use error::Error;
#[cfg(not(loom))]
pub use header::{ABI_VERSION, Header, Kind};
#[cfg(not(loom))]
pub use region::{Access, Expected, Region, RegionSpec, start_of};
#[cfg(not(loom))]
pub use status::{COUNTERS_MAX, Counter, State, Status, StatusView};
