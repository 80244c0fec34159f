//! Buffers that start and end on 4096 bytes, as writing past the page cache wants them.

use bytemuck::{Pod, Zeroable};

/// Bytes of a block: the unit of writing to disk.
pub(crate) const BLOCK_LEN: usize = 4096;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(4096))]
struct Block([u8; BLOCK_LEN]);

/// A buffer of whole blocks, zero at first.
pub(crate) struct Blocks(Vec<Block>);

impl Blocks {
    /// A buffer of at least `len` bytes.
    pub(crate) fn with_len(len: usize) -> Blocks {
        Blocks(vec![Block([0; BLOCK_LEN]); len.div_ceil(BLOCK_LEN)])
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        bytemuck::must_cast_slice(&self.0)
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::must_cast_slice_mut(&mut self.0)
    }

    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        bytemuck::must_cast_slice_mut(&mut self.0)
    }
}

/// The start of the block that `offset` is in.
pub(crate) const fn block_floor(offset: usize) -> usize {
    offset / BLOCK_LEN * BLOCK_LEN
}

/// The end of the last block that a range up to `offset` touches.
pub(crate) const fn block_ceil(offset: usize) -> usize {
    offset.next_multiple_of(BLOCK_LEN)
}
