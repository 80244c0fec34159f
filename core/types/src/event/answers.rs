//! Answers to questions, and messages refused or missing.

use crate::codes::{
    RawLimitId, RawOrdStatus, RawOrdType, RawSide, RawTimeInForce, RawTradingState,
};
use crate::reject::RawRejectCode;
use crate::text::{Chars, Spare};
use crate::units::{AccountId, Amount, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty};

/// Reports of one answer at most (mass status, instruments, positions): the rest is told to who
/// asks the same again.
pub const REPORTS_MAX: u32 = 100;

body! {
    /// State of one order (SBE template 207).
    OrderStatus(144) {
        /// The request's id.
        request_id: u64,
        /// Client's id (FIX 11).
        cl_ord_id: ClOrdId,
        /// Venue's id (FIX 37).
        order_id: OrderId,
        /// Echoed.
        user_data: u64,
        /// Price.
        px: Px,
        /// Quantity.
        qty: Qty,
        /// Still working (FIX 151).
        leaves_qty: Qty,
        /// Filled (FIX 14).
        cum_qty: Qty,
        /// Shown quantity; 0 for all.
        display_qty: Qty,
        /// Trigger.
        stop_px: Px,
        /// End of a GTD order.
        expire_time: Nanos,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Account (FIX 1).
        account: AccountId,
        /// Answers from this page on (FIX 911); 0 where there is nothing.
        report_count: u32,
        /// Place of this one, 0-based.
        report_index: u32,
        /// Side (FIX 54); 0 where not found.
        side: RawSide,
        /// Type (FIX 40).
        ord_type: RawOrdType,
        /// Time in force (FIX 59).
        time_in_force: RawTimeInForce,
        /// State (FIX 39).
        ord_status: RawOrdStatus,
        /// 1 where such an order works.
        found: u8,
        /// Zero.
        spare: [u8; 3],
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// A message was refused before it was an order (SBE template 208).
    BusinessRejected(80) {
        /// MsgSeqNum of the message (FIX 45).
        ref_seq_num: u64,
        /// Its own id where it could be read (FIX 379).
        ref_id: u64,
        /// The limit, in the unit of `limit_id`.
        limit: i64,
        /// What counts against it now.
        current: i64,
        /// When the gateway read it.
        received_time: Nanos,
        /// Its template (FIX 372).
        ref_template: u16,
        /// Offending field (FIX 371); 0 where none.
        ref_tag: u16,
        /// Why.
        code: RawRejectCode,
        /// Which limit; 0 where none.
        limit_id: RawLimitId,
        /// Zero.
        spare: u8,
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// An instrument (SBE template 209).
    SecurityDefinition(144) {
        /// The request's id.
        request_id: u64,
        /// Symbol (FIX 55).
        symbol: Chars<16>,
        /// ISO 4217 code.
        currency: Chars<4>,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Tick (FIX 969).
        tick: Px,
        /// Lot (FIX 1231).
        lot: Qty,
        /// Smallest order.
        qty_min: Qty,
        /// Largest order (FIX 1140).
        qty_max: Qty,
        /// Lowest price (FIX 1148).
        px_min: Px,
        /// Highest price (FIX 1149).
        px_max: Px,
        /// Money one unit of price and quantity is worth.
        multiplier: Px,
        /// Reference price of the collar now; 0 where there is none.
        reference_px: Px,
        /// Answers from this page on (FIX 911); 0 where there is nothing.
        report_count: u32,
        /// Place of this one, 0-based.
        report_index: u32,
        /// Trading state (FIX 326).
        state: RawTradingState,
        /// Flags of the instrument.
        flags: u8,
        /// Zero.
        spare: [u8; 6],
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// A position (SBE template 210).
    PositionReport(144) {
        /// The request's id.
        request_id: u64,
        /// Account.
        account: AccountId,
        /// Instrument; 0 where the account has no position, and cash alone is meant.
        instrument: InstrumentId,
        /// Position, signed.
        position: i64,
        /// Working buys (B of rules, section 3).
        working_buy_qty: Qty,
        /// Working sells (S).
        working_sell_qty: Qty,
        /// What the open position cost, signed like it (average cost x position).
        open_cost: Amount,
        /// Realized profit in this instrument, fees not counted.
        realized: Amount,
        /// Fees paid in this instrument.
        fees: Amount,
        /// Cash of the account in the instrument's currency, after fees.
        cash: Amount,
        /// Answers from this page on; 0 where there is nothing.
        report_count: u32,
        /// Place of this one, 0-based.
        report_index: u32,
        /// Mark; 0 where there is none.
        mark_px: Px,
        /// Zero.
        spare: Spare<3>,
    }
}

body! {
    /// Messages that never came (SBE template 9). The venue goes on with those after them.
    NotApplied(80) {
        /// First number that is missing.
        from_seq_no: u64,
        /// How many.
        count: u64,
        /// Zero.
        spare: Spare<8>,
    }
}
