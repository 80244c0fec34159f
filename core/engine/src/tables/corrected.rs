//! Trades of the day that were busted or adjusted: none of them twice.

use alloc::boxed::Box;

use crate::digest::{Kind, weight};

/// Corrections of one day at most.
pub(crate) const CORRECTIONS_MAX: usize = 4_096;

/// Ids of trades that were corrected since the day began, in order.
pub(crate) struct Corrected {
    ids: Box<[u64]>,
    count: usize,
    /// Sum of what every id adds to the state hash.
    hash: u64,
}

impl Corrected {
    /// None yet.
    pub(crate) fn new() -> Self {
        Corrected { ids: alloc::vec![0; CORRECTIONS_MAX].into_boxed_slice(), count: 0, hash: 0 }
    }

    pub(crate) fn contains(&self, trade_id: u64) -> bool {
        self.ids[..self.count].binary_search(&trade_id).is_ok()
    }

    pub(crate) const fn is_full(&self) -> bool {
        self.count == self.ids.len()
    }

    /// Notes a trade that is not there.
    pub(crate) fn insert(&mut self, trade_id: u64) {
        assert!(!self.is_full(), "room is checked before");
        let place = self.ids[..self.count].partition_point(|&id| id < trade_id);
        assert!(place == self.count || self.ids[place] != trade_id, "no trade stands there twice");
        self.ids.copy_within(place..self.count, place + 1);
        self.ids[place] = trade_id;
        self.count += 1;
        self.hash = self.hash.wrapping_add(weight(Kind::Corrected, trade_id));
    }

    /// A day begins.
    pub(crate) fn clear(&mut self) {
        (self.count, self.hash) = (0, 0);
    }

    /// What it adds to the state hash.
    pub(crate) const fn hash(&self) -> u64 {
        self.hash
    }

    /// The same from scratch.
    pub(crate) fn full_hash(&self) -> u64 {
        let add = |sum: u64, &id: &u64| sum.wrapping_add(weight(Kind::Corrected, id));
        self.ids[..self.count].iter().fold(0, add)
    }

    /// Whether each stands there once, and was told after `began` and not after `told` events.
    pub(crate) fn is_sound(&self, began: u64, told: u64) -> bool {
        let ids = &self.ids[..self.count];
        ids.is_sorted_by(|one, other| one < other) && ids.iter().all(|&id| id > began && id <= told)
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.ids)
    }
}
