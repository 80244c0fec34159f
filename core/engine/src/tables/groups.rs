//! Self-trade groups that accounts of a firm are defined with.

use alloc::boxed::Box;

use crate::digest::mix;

/// One group of one firm and how many accounts name it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    group: u32,
    firm: u32,
    accounts: u32,
}

const EMPTY: Entry = Entry { group: 0, firm: 0, accounts: 0 };

/// A fixed set of pairs: at most half full, because every account names one group at most and a
/// pair that nobody names any more is taken over by the next that probes past it.
pub(crate) struct Groups {
    entries: Box<[Entry]>,
}

impl Groups {
    pub(crate) fn new(accounts_max: u32) -> Self {
        let len = (accounts_max.max(8) as usize * 2).next_power_of_two();
        Groups { entries: alloc::vec![EMPTY; len].into_boxed_slice() }
    }

    fn place(&self, firm: u32, group: u32) -> Option<usize> {
        let mask = self.entries.len() - 1;
        let home = mix(u64::from(firm) << 32 | u64::from(group)) as usize;
        (0..self.entries.len())
            .map(|step| home.wrapping_add(step) & mask)
            .take_while(|&place| self.entries[place].group != 0)
            .find(|&place| {
                let entry = self.entries[place];
                entry.group == group && entry.firm == firm
            })
    }

    /// True where an account of the firm is defined with the group.
    pub(crate) fn has(&self, firm: u32, group: u32) -> bool {
        self.place(firm, group).is_some_and(|place| self.entries[place].accounts > 0)
    }

    /// An account names the group.
    pub(crate) fn add(&mut self, firm: u32, group: u32) {
        let mask = self.entries.len() - 1;
        let place = self.place(firm, group).or_else(|| {
            let home = mix(u64::from(firm) << 32 | u64::from(group)) as usize;
            (0..self.entries.len())
                .map(|step| home.wrapping_add(step) & mask)
                .find(|&place| self.entries[place].accounts == 0)
        });
        if let Some(place) = place {
            let accounts = self.entries[place].accounts + 1;
            self.entries[place] = Entry { group, firm, accounts };
        }
    }

    /// An account names it no more.
    pub(crate) fn remove(&mut self, firm: u32, group: u32) {
        if let Some(place) = self.place(firm, group) {
            self.entries[place].accounts -= 1;
        }
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.entries)
    }
}
