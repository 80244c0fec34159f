//! A ring between two processes: two regions, each written by one side alone.

use std::os::fd::OwnedFd;

use crate::cursor::{Cursor, CursorView};
use crate::error::Error;
use crate::header::{HEADER_LEN, Kind};
use crate::region::{Access, Expected, Region, RegionSpec};
use crate::ring::{Consumer, Producer, is_capacity};
use crate::words::{LINE_WORDS, WORD_LEN};

/// Bytes of a line.
const LINE_LEN: usize = LINE_WORDS * WORD_LEN;

/// A new ring as its consumer made it: the reading end, and what the producer must be handed.
#[derive(Debug)]
pub struct Channel {
    /// The reading end.
    pub consumer: Consumer,
    /// Lines: the producer writes.
    pub ring: Region,
    /// Head: the producer reads.
    pub head: Region,
}

/// Makes a ring of `lines` lines for messages whose layouts hash to `layout`.
///
/// # Errors
/// [`Error::Capacity`] where `lines` is no power of two of at least 64; those of
/// [`Region::create`].
pub fn create(lines: usize, layout: u64, epoch: u64) -> Result<Channel, Error> {
    if !is_capacity(lines) {
        return Err(Error::Capacity(lines));
    }
    let ring = Region::create(&RegionSpec {
        name: "pinion-ring",
        kind: Kind::Ring,
        layout,
        body_len: lines * LINE_LEN,
        access: Access::ReadWrite,
        epoch,
    })?;
    let head = Region::create(&RegionSpec {
        name: "pinion-ring-head",
        kind: Kind::RingHead,
        layout,
        body_len: HEADER_LEN,
        access: Access::ReadOnly,
        epoch,
    })?;
    let own = head.body_mut().ok_or(Error::NotSealed)?;
    let memory = ring.body().part(0, lines * LINE_WORDS);
    let consumer = Consumer::new(memory, Cursor::new(&own));
    Ok(Channel { consumer, ring, head })
}

/// The writing end of a ring whose two regions were handed over.
///
/// The regions must be fresh: a ring serves one producer once. Both ends keep their mappings when
/// the descriptors are closed.
///
/// # Errors
/// Those of [`Region::attach`]; [`Error::Capacity`] where the length is no ring's.
pub fn attach(ring: OwnedFd, head: OwnedFd, layout: u64) -> Result<Producer, Error> {
    let access = Access::ReadWrite;
    let ring = Region::attach(ring, &Expected { kind: Kind::Ring, layout, access })?;
    let access = Access::ReadOnly;
    let head = Region::attach(head, &Expected { kind: Kind::RingHead, layout, access })?;
    let body = ring.body_mut().ok_or(Error::NotSealed)?;
    let lines = body.len() / LINE_WORDS;
    if !is_capacity(lines) || body.len() != lines * LINE_WORDS {
        return Err(Error::Capacity(lines));
    }
    Ok(Producer::new(body, CursorView::new(&head.body())))
}
