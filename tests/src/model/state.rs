//! What a venue holds, in words that the engine can be put in too.

use std::collections::BTreeMap;

/// A working order at its place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The venue's id.
    pub order_id: u64,
    /// Whose.
    pub session: u32,
    /// The client's id.
    pub cl_ord_id: u64,
    /// Account.
    pub account: u32,
    /// Price, in 1e-8.
    pub px: i64,
    /// What still works.
    pub leaves: u64,
    /// What of it others see.
    pub shown: u64,
    /// What is filled.
    pub cum: u64,
    /// What self-trade prevention took away.
    pub prevented: u64,
    /// The trigger it waits for; 0 for none.
    pub stop_px: i64,
    /// Group of linked orders, its kind, and the leg; zeros for none.
    pub link: (u64, u8, u8),
}

/// Books, positions and money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Orders by instrument and side (true buys), in the order in which they would trade.
    pub books: BTreeMap<(u32, bool), Vec<Queued>>,
    /// Orders that wait, for a trigger or an auction, by instrument, oldest first.
    pub waiting: BTreeMap<u32, Vec<Queued>>,
    /// The order that bettered a side, by instrument and side (true buys), where that is known.
    pub tops: BTreeMap<(u32, bool), u64>,
    /// Quantity, open cost, realized profit and fees by account and instrument.
    pub positions: BTreeMap<(u32, u32), [i128; 4]>,
    /// Cash by account and currency, in 1e-8.
    pub cash: BTreeMap<(u32, [u8; 4]), i128>,
    /// Fees the venue has and cash that came from outside, by currency, in 1e-8.
    pub fees: BTreeMap<[u8; 4], (i128, i128)>,
}
