//! Which connection's deadline is next.
//!
//! A deadline that moves later leaves its old entry where it is: when that one comes up, the
//! connection is asked again. So the many bytes that keep a connection alive cost nothing here, and
//! there is one entry a connection as a rule.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Tick;

/// Deadlines by connection.
#[derive(Debug, Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<(Tick, u32)>>,
}

impl Timers {
    /// Connection `id` is to be asked at `due`.
    pub fn push(&mut self, due: Tick, id: u32) {
        self.heap.push(Reverse((due, id)));
    }

    /// The earliest entry where it is due by `now`, taken out.
    pub fn pop_due(&mut self, now: Tick) -> Option<(Tick, u32)> {
        let Reverse((due, _)) = self.heap.peek()?;
        if *due > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }
}
