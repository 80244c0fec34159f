//! How much memory a venue holds, table by table.

use crate::engine::Engine;

/// Bytes of each table: fixed when the venue begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Slots of orders, 128 bytes each.
    pub orders: usize,
    /// Both indexes of order ids, when dated orders end, where stops wait, who is linked, and who
    /// follows.
    pub order_indexes: usize,
    /// Closed orders that are remembered.
    pub closed_orders: usize,
    /// Pages of price levels, the nodes above them, what icebergs show, and who is hidden.
    pub pages: usize,
    /// Positions and their index.
    pub positions: usize,
    /// Accounts, what few of them have, groups and cash.
    pub accounts: usize,
    /// Instruments, how they share a price, and the states they are to come to.
    pub instruments: usize,
    /// Firms.
    pub firms: usize,
    /// Sessions.
    pub sessions: usize,
    /// Room to sort in, and trades that were corrected.
    pub scratch: usize,
}

impl Memory {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.orders
            + self.order_indexes
            + self.closed_orders
            + self.pages
            + self.positions
            + self.accounts
            + self.instruments
            + self.firms
            + self.sessions
            + self.scratch
    }
}

impl Engine {
    /// Bytes of each table.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let [orders, order_indexes, closed_orders] = self.orders.memory_len();
        Memory {
            orders,
            order_indexes: order_indexes
                + self.expiries.memory_len()
                + self.stops.memory_len()
                + self.specials.memory_len()
                + self.followers.memory_len()
                + self.links.memory_len(),
            closed_orders,
            pages: self.pages.memory_len() + self.tranches.memory_len() + self.hidden.memory_len(),
            positions: self.positions.memory_len(),
            accounts: size_of_val(&*self.accounts)
                + size_of_val(&*self.ledgers)
                + self.touched.capacity() * size_of::<u32>()
                + self.groups.memory_len()
                + self.cash.memory_len(),
            instruments: size_of_val(&*self.instruments)
                + size_of_val(&*self.sharings)
                + self.timetable.memory_len()
                + self.aftermath.memory_len(),
            firms: size_of_val(&*self.firms),
            sessions: self.sessions.memory_len()
                + size_of_val(&*self.session_orders)
                + size_of_val(&*self.session_blocks)
                + self.levels.memory_len(),
            scratch: size_of_val(&*self.scratch)
                + self.shares.memory_len()
                + self.corrected.memory_len(),
        }
    }
}
