//! A sliding piece of a disk segment in private memory.
//!
//! Read, not mapped: a file that shrinks or a disk that fails is then an error and not a signal,
//! and nobody changes the bytes between their check and their use.

use std::io;

use crate::block::Blocks;
use crate::record::RECORD_LEN_MAX;
use crate::storage::StorageFile;

/// Bytes read at first, and after the end of the data was met.
const FIRST_LEN: usize = 16 * 1024;

/// Bytes read at a time once reading goes on.
const FULL_LEN: usize = 512 * 1024;

pub(crate) struct Window {
    file: Box<dyn StorageFile>,
    segment_len: usize,
    blocks: Blocks,
    /// Offset in the file of the first byte held.
    base: usize,
    /// Bytes held.
    held: usize,
    /// Bytes to read next time.
    next_len: usize,
    /// Whether the cache may hold what the file no longer says.
    stale: bool,
}

impl Window {
    pub(crate) fn new(file: Box<dyn StorageFile>, segment_len: usize) -> Window {
        Window {
            file,
            segment_len,
            blocks: Blocks::with_len(FULL_LEN),
            base: 0,
            held: 0,
            next_len: FIRST_LEN,
            stale: false,
        }
    }

    pub(crate) fn segment_len(&self) -> usize {
        self.segment_len
    }

    /// Whether a record at `offset` is held whole, or up to the end of the segment.
    #[inline]
    pub(crate) fn covers(&self, offset: usize) -> bool {
        let end = self.base.saturating_add(self.held);
        let needed = offset.saturating_add(RECORD_LEN_MAX).min(self.segment_len);
        offset >= self.base && needed <= end
    }

    /// The bytes held from `offset` on.
    #[inline]
    pub(crate) fn at(&self, offset: usize) -> &[u8] {
        let held = self.blocks.bytes().get(..self.held).unwrap_or_default();
        offset.checked_sub(self.base).and_then(|start| held.get(start..)).unwrap_or_default()
    }

    /// Reads from `offset` on.
    pub(crate) fn fill(&mut self, offset: usize) -> io::Result<()> {
        if self.stale {
            self.file.forget_cached();
            self.stale = false;
        }
        let len = self.next_len.min(self.segment_len.saturating_sub(offset));
        let buffer = self.blocks.bytes_mut().get_mut(..len).unwrap_or_default();
        self.held = 0;
        let read = self.file.read_at(buffer, offset as u64)?;
        self.base = offset;
        self.held = read;
        self.next_len = self.next_len.saturating_mul(4).min(FULL_LEN);
        Ok(())
    }

    /// Drops what is held: there may be more by now.
    pub(crate) fn forget(&mut self) {
        self.held = 0;
        self.next_len = FIRST_LEN;
        self.stale = true;
    }
}

const _: () = assert!(FIRST_LEN >= RECORD_LEN_MAX);
