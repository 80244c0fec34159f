//! Hidden orders (rule O12): where they begin at each level, behind all that show.

use alloc::boxed::Box;

use crate::book::PAGE_LEVELS;

/// By level, its first hidden order.
pub(crate) struct Hidden {
    /// Slots from 1, 0 where none is hidden: never touched where no hidden order stood.
    first: Box<[u32]>,
}

impl Hidden {
    /// Nobody is hidden.
    pub(crate) fn new(pages_max: u32) -> Self {
        let levels = pages_max as usize * PAGE_LEVELS;
        Hidden { first: alloc::vec![0; levels].into_boxed_slice() }
    }

    /// The first hidden order of a level, where there is one.
    pub(crate) fn first(&self, level: u32) -> Option<u32> {
        self.first[level as usize].checked_sub(1)
    }

    /// Another order is the first hidden one of a level, or none is.
    pub(crate) fn begin(&mut self, level: u32, slot: Option<u32>) {
        // There are 2^23 slots at most.
        self.first[level as usize] = slot.map_or(0, |slot| slot + 1);
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.first)
    }
}
