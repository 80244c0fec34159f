//! The first page of every region: what it is, and who made it.
//!
//! ```text
//! word   what
//! 0      magic "PINIONSM"
//! 1      ABI version, low half; kind, high half
//! 2      hash of the layout of what is inside
//! 3      bytes of the whole region
//! 4      process id of the owner
//! 5      start of the owner, clock ticks since boot (with the id: which process it was)
//! 6      epoch: a random number of the owner's run
//! 8      heartbeat: counts up, or the owner's clock; its own line
//! 16     ready: magic again, stored last
//! ```

use crate::error::Error;
use crate::region::Expected;
use crate::words::{WORD_LEN, Words, WordsMut};

/// Version of every layout in this crate; regions of another are refused.
pub const ABI_VERSION: u32 = 2;

/// Bytes of the header: one page.
pub(crate) const HEADER_LEN: usize = 4096;

/// Words of the header.
pub(crate) const HEADER_WORDS: usize = HEADER_LEN / WORD_LEN;

/// What the first word and, once the rest is there, the ready word say.
pub(crate) const MAGIC: u64 = u64::from_le_bytes(*b"PINIONSM");

const AT_MAGIC: usize = 0;
const AT_ABI: usize = 1;
const AT_LAYOUT: usize = 2;
const AT_LEN: usize = 3;
const AT_PID: usize = 4;
const AT_START: usize = 5;
const AT_EPOCH: usize = 6;
pub(crate) const AT_HEARTBEAT: usize = 8;
const AT_READY: usize = 16;

/// What a region is for.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines of a ring: its producer writes.
    Ring = 1,
    /// Head of a ring: its consumer writes.
    RingHead = 2,
    /// State and positions of a process.
    Status = 3,
}

/// The header's numbers, copied out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Process that made the region.
    pub pid: u32,
    /// When that process started, in clock ticks since boot.
    pub start: u64,
    /// Random number of that process's run.
    pub epoch: u64,
}

/// Writes everything but the ready word.
pub(crate) fn write(words: &WordsMut, kind: Kind, layout: u64, len: usize, header: &Header) {
    words.store(AT_MAGIC, MAGIC);
    words.store(AT_ABI, u64::from(ABI_VERSION) | u64::from(kind as u32) << 32);
    words.store(AT_LAYOUT, layout);
    words.store(AT_LEN, len as u64);
    words.store(AT_PID, u64::from(header.pid));
    words.store(AT_START, header.start);
    words.store(AT_EPOCH, header.epoch);
}

/// Declares the region ready: pairs with the Acquire in [`read`].
pub(crate) fn publish(words: &WordsMut) {
    words.store_release(AT_READY, MAGIC);
}

/// Reads and checks a header against the length the kernel reports and what the caller expects.
pub(crate) fn read(words: &Words, len: usize, expected: &Expected) -> Result<Header, Error> {
    let ready = words.load_acquire(AT_READY);
    let magic = words.load(AT_MAGIC);
    if ready != MAGIC || magic != MAGIC {
        return Err(Error::Magic(magic));
    }
    let abi = words.load(AT_ABI);
    let (theirs, kind) = (abi as u32, (abi >> 32) as u32);
    if theirs != ABI_VERSION {
        return Err(Error::Abi { theirs, ours: ABI_VERSION });
    }
    let ours = expected.kind as u32;
    if kind != ours {
        return Err(Error::Kind { theirs: kind, ours });
    }
    let theirs = words.load(AT_LAYOUT);
    if theirs != expected.layout {
        return Err(Error::Layout { theirs, ours: expected.layout });
    }
    let stated = words.load(AT_LEN);
    if stated != len as u64 {
        return Err(Error::Length(stated));
    }
    Ok(Header {
        pid: words.load(AT_PID) as u32,
        start: words.load(AT_START),
        epoch: words.load(AT_EPOCH),
    })
}
