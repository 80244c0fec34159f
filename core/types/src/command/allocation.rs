//! How an incoming order is shared among the orders of a price (rule O11).

use crate::text::{Chars, Spare};
use crate::units::{AccountId, InstrumentId, Qty};

code! {
    /// Algorithm of an instrument, by CME's letter (FIX 1142, rule O11).
    AllocationAlgorithm / RawAllocationAlgorithm {
        /// By time alone.
        Fifo = b'F' "fifo",
        /// Pro-rata, the rest by time.
        ProRata = b'C' "pro-rata",
        /// TOP order first, then pro-rata, the rest by time.
        TopProRata = b'A' "top-pro-rata",
        /// TOP order, market makers, a part by time, a part pro-rata, leveling, the rest by time.
        Configurable = b'K' "configurable",
        /// TOP order and pro-rata, each within its thresholds, the rest by time.
        ThresholdProRata = b'O' "threshold-pro-rata",
        /// TOP order, market makers, pro-rata, the rest by time.
        TopMakerProRata = b'Q' "top-maker-pro-rata",
        /// TOP order, market makers, the rest by time.
        TopMakerFifo = b'S' "top-maker-fifo",
        /// Market makers, the rest by time.
        MakerFifo = b'T' "maker-fifo",
    }
}

body! {
    /// Sets how an instrument shares a price among its orders (rule O11), from the next command on.
    Allocation(144) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which instrument.
        instrument: InstrumentId,
        /// By which algorithm.
        algorithm: RawAllocationAlgorithm,
        /// 1: of those that a configurable algorithm's pro-rata gave nothing each gets a lot.
        leveling: u8,
        /// Zero.
        spare: [u8; 2],
        /// Percent of what the TOP order and market makers leave that a configurable algorithm
        /// shares by time.
        fifo_percent: u32,
        /// Zero.
        spare2: u32,
        /// A pro-rata share below this is nothing; 0 for none.
        pro_rata_min: Qty,
        /// Least quantity of an order that becomes the TOP order; 0 for none.
        top_min: Qty,
        /// Most that the TOP order gets before others; 0 for all of it.
        top_max: Qty,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
        /// Zero.
        spare3: Spare<4>,
    }
}

body! {
    /// Gives an account its part as a market maker of an instrument (rule O11), or takes it back.
    MakerShare(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which instrument.
        instrument: InstrumentId,
        /// Which account.
        account: AccountId,
        /// Percent of what the TOP order leaves; 0 takes the part back.
        percent: u32,
        /// Zero.
        spare: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<32>,
        /// Zero.
        spare2: Spare<1>,
    }
}
