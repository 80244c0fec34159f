//! The moments sessions wait for: a binary heap that knows where each session stands in it.
//!
//! At most one deadline a session. The earliest is read in O(1), set and removed in O(log n); of
//! equal moments the lower session comes first, so the order never depends on history.

use alloc::vec::Vec;

use pinion_types::{Nanos, RejectCode};

/// Not in the heap.
const NOWHERE: u32 = u32::MAX;

/// Deadlines of sessions, by index.
pub(super) struct Deadlines {
    /// Moment and session, a heap with the earliest first; never longer than `places`.
    heap: Vec<(Nanos, u32)>,
    /// Where in the heap each session stands.
    places: Vec<u32>,
}

impl Deadlines {
    /// No deadline for any of `sessions_max` sessions.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where there is no memory for that many.
    pub(super) fn new(sessions_max: u32) -> Result<Self, RejectCode> {
        let len = sessions_max as usize;
        let (mut heap, mut places) = (Vec::new(), Vec::new());
        heap.try_reserve_exact(len).map_err(|_| RejectCode::BadValue)?;
        places.try_reserve_exact(len).map_err(|_| RejectCode::BadValue)?;
        places.resize(len, NOWHERE);
        Ok(Deadlines { heap, places })
    }

    /// The earliest moment and its session.
    pub(super) fn first(&self) -> Option<(Nanos, u32)> {
        self.heap.first().copied()
    }

    /// Sets the session's deadline, in place of one it may have.
    pub(super) fn set(&mut self, session: u32, due: Nanos) {
        self.remove(session);
        assert!(self.heap.len() < self.places.len(), "one deadline a session");
        self.heap.push((due, session));
        self.rise(self.heap.len() - 1);
    }

    /// Takes the session's deadline away, where it has one.
    pub(super) fn remove(&mut self, session: u32) {
        let place = self.places[session as usize];
        if place == NOWHERE {
            return;
        }
        self.places[session as usize] = NOWHERE;
        let index = place as usize;
        assert!(self.heap[index].1 == session, "places point at their sessions");
        self.heap.swap_remove(index);
        if index < self.heap.len() {
            self.rise(index);
            self.sink(self.places[self.heap[index].1 as usize] as usize);
        }
    }

    /// Moves the entry at `index` up while it is before its parent, and notes its place.
    fn rise(&mut self, mut index: usize) {
        while index > 0 {
            let parent = (index - 1) / 2;
            if self.heap[parent] <= self.heap[index] {
                break;
            }
            self.swap(parent, index);
            index = parent;
        }
        self.note(index);
    }

    /// Moves the entry at `index` down while a child is before it, and notes its place.
    fn sink(&mut self, mut index: usize) {
        loop {
            let (left, right) = (2 * index + 1, 2 * index + 2);
            let mut least = index;
            for child in [left, right] {
                if child < self.heap.len() && self.heap[child] < self.heap[least] {
                    least = child;
                }
            }
            if least == index {
                break;
            }
            self.swap(least, index);
            index = least;
        }
        self.note(index);
    }

    fn swap(&mut self, left: usize, right: usize) {
        self.heap.swap(left, right);
        self.note(left);
        self.note(right);
    }

    /// Writes down where the entry at `index` stands; the heap is shorter than 2^32.
    fn note(&mut self, index: usize) {
        let session = self.heap[index].1;
        self.places[session as usize] = index as u32;
    }

    /// The session's deadline.
    pub(super) fn of(&self, session: u32) -> Option<Nanos> {
        let place = *self.places.get(session as usize)?;
        self.heap.get(place as usize).map(|entry| entry.0)
    }

    /// True where heap order and places hold; O(n).
    pub(super) fn is_sound(&self) -> bool {
        let in_order = (1..self.heap.len()).all(|index| {
            let parent = (index - 1) / 2;
            self.heap[parent] < self.heap[index]
        });
        let placed = self
            .heap
            .iter()
            .enumerate()
            .all(|(index, entry)| self.places[entry.1 as usize] as usize == index);
        let count = self.places.iter().filter(|&&place| place != NOWHERE).count();
        in_order && placed && count == self.heap.len()
    }

    /// Bytes held.
    pub(super) fn memory_len(&self) -> usize {
        self.heap.capacity() * size_of::<(Nanos, u32)>() + self.places.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadlines, Nanos};
    use crate::digest::mix;
    use std::collections::BTreeSet;

    /// A sorted set is the oracle: after any sets and removals both name the same first.
    #[test]
    fn the_first_is_the_earliest_then_the_lowest() {
        let seed = 0x64_75_65;
        std::println!("SEED={seed}");
        let mut heap = Deadlines::new(12).expect("room for twelve");
        let mut set = BTreeSet::new();
        for step in 0..20_000 {
            let dice = mix(seed + step);
            let session = (dice % 12) as u32;
            set.retain(|&(_, other)| other != session);
            // Few moments, so that many are equal; more removals at times, so that it runs empty.
            if dice >> 8 & 7 < (step >> 9 & 7) {
                heap.remove(session);
            } else {
                let due = Nanos(dice >> 16 & 15);
                heap.set(session, due);
                set.insert((due, session));
            }
            assert!(heap.is_sound());
            assert_eq!(heap.first(), set.first().copied());
            assert_eq!(heap.of(session).is_some(), set.iter().any(|entry| entry.1 == session));
        }
    }
}
