//! Execution reports: what became of orders.

use crate::codes::{
    RawCancelReason, RawCxlRejResponseTo, RawExecInst, RawLimitId, RawLiquidity, RawMassScope,
    RawOrdStatus, RawOrdType, RawScope, RawSide, RawSideFilter, RawStpMode, RawTimeInForce,
};
use crate::reject::RawRejectCode;
use crate::text::Spare;
use crate::units::{AccountId, Amount, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty, TradeId};

body! {
    /// An order was accepted (SBE template 200). Its leaves are its quantity.
    Accepted(80) {
        /// Client's id (FIX 11).
        cl_ord_id: ClOrdId,
        /// Venue's id (FIX 37).
        order_id: OrderId,
        /// Echoed.
        user_data: u64,
        /// Price it works at: limit, protection or slid price.
        px: Px,
        /// Quantity (FIX 38).
        qty: Qty,
        /// Shown quantity (FIX 1138); 0 for all.
        display_qty: Qty,
        /// Trigger (FIX 99).
        stop_px: Px,
        /// When the gateway read the order.
        received_time: Nanos,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Account (FIX 1).
        account: AccountId,
        /// Side (FIX 54).
        side: RawSide,
        /// Type (FIX 40).
        ord_type: RawOrdType,
        /// Time in force (FIX 59).
        time_in_force: RawTimeInForce,
        /// Post-only (FIX 18).
        exec_inst: RawExecInst,
        /// Self-trade prevention in force.
        stp_mode: RawStpMode,
        /// State (FIX 39): new, or suspended for a stop.
        ord_status: RawOrdStatus,
        /// Flags of the order.
        flags: u8,
        /// Zero.
        spare: u8,
    }
}

body! {
    /// An order was refused (SBE template 201).
    Rejected(80) {
        /// Client's id (FIX 11).
        cl_ord_id: ClOrdId,
        /// Echoed.
        user_data: u64,
        /// MsgSeqNum of the order.
        ref_seq_num: u64,
        /// The limit, in the unit of `limit_id`.
        limit: i64,
        /// What counts against it now.
        current: i64,
        /// What would count with this order.
        would_be: i64,
        /// When the gateway read the order.
        received_time: Nanos,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Account (FIX 1).
        account: AccountId,
        /// Firm, account, session or instrument whose limit bound; 0 where none.
        scope_id: u32,
        /// Why.
        code: RawRejectCode,
        /// Side (FIX 54), as sent.
        side: RawSide,
        /// Which limit; 0 where none.
        limit_id: RawLimitId,
        /// Level of the limit that bound; 0 where none.
        scope: RawScope,
        /// Zero.
        spare: [u8; 7],
    }
}

body! {
    /// One side of a trade (SBE template 202): the maker's event first, the taker's next; in an
    /// auction the buyer's first.
    Trade(144) {
        /// Client's id (FIX 11).
        cl_ord_id: ClOrdId,
        /// Venue's id (FIX 37).
        order_id: OrderId,
        /// Shared by both sides (FIX 1003).
        trade_id: TradeId,
        /// Echoed.
        user_data: u64,
        /// Price (FIX 31), always the maker's.
        last_px: Px,
        /// Quantity (FIX 32).
        last_qty: Qty,
        /// Filled so far (FIX 14).
        cum_qty: Qty,
        /// Still working (FIX 151).
        leaves_qty: Qty,
        /// Fee charged; negative is a rebate.
        fee: Amount,
        /// The account's position in the instrument after it, signed.
        position: i64,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Account (FIX 1).
        account: AccountId,
        /// Side (FIX 54).
        side: RawSide,
        /// State (FIX 39).
        ord_status: RawOrdStatus,
        /// Maker or taker (FIX 851).
        liquidity: RawLiquidity,
        /// Zero.
        spare: [u8; 5],
        /// Zero.
        spare2: Spare<5>,
    }
}

body! {
    /// An order left the book (SBE template 203).
    Canceled(80) {
        /// Id of the request, or of the order where nobody asked (FIX 11).
        cl_ord_id: ClOrdId,
        /// Client's id of the order (FIX 41).
        orig_cl_ord_id: ClOrdId,
        /// Venue's id (FIX 37).
        order_id: OrderId,
        /// Echoed.
        user_data: u64,
        /// Filled (FIX 14).
        cum_qty: Qty,
        /// Canceled by this event (FIX 84).
        canceled_qty: Qty,
        /// Taken away by self-trade prevention so far.
        prevented_qty: Qty,
        /// When the gateway read the request; 0 where nobody asked.
        received_time: Nanos,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Account (FIX 1).
        account: AccountId,
        /// Side (FIX 54).
        side: RawSide,
        /// Why.
        reason: RawCancelReason,
        /// State (FIX 39): canceled or expired.
        ord_status: RawOrdStatus,
        /// Zero.
        spare: [u8; 5],
    }
}

body! {
    /// An order was changed (SBE template 204).
    Replaced(144) {
        /// Id of the request, the order's from now on (FIX 11).
        cl_ord_id: ClOrdId,
        /// Id before (FIX 41).
        orig_cl_ord_id: ClOrdId,
        /// Venue's id, unchanged (FIX 37).
        order_id: OrderId,
        /// Echoed.
        user_data: u64,
        /// Price.
        px: Px,
        /// Total quantity.
        qty: Qty,
        /// Still working (FIX 151).
        leaves_qty: Qty,
        /// Filled (FIX 14).
        cum_qty: Qty,
        /// Shown quantity; 0 for all.
        display_qty: Qty,
        /// Trigger.
        stop_px: Px,
        /// Taken away by self-trade prevention so far.
        prevented_qty: Qty,
        /// When the gateway read the request.
        received_time: Nanos,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Account (FIX 1).
        account: AccountId,
        /// Side (FIX 54).
        side: RawSide,
        /// State (FIX 39).
        ord_status: RawOrdStatus,
        /// 1 where it went to the back of its level (FIX 638).
        priority_lost: u8,
        /// Time in force (FIX 59).
        time_in_force: RawTimeInForce,
        /// 1 where nobody asked: self-trade prevention decremented it, or a trade elected it.
        restated: u8,
        /// Zero.
        spare: [u8; 3],
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// A cancel or replace was refused (SBE template 205); the order is as it was.
    CancelRejected(80) {
        /// Id of the request (FIX 11).
        cl_ord_id: ClOrdId,
        /// Id of the order as asked (FIX 41).
        orig_cl_ord_id: ClOrdId,
        /// Venue's id as asked; never learned from another's order.
        order_id: OrderId,
        /// MsgSeqNum of the request.
        ref_seq_num: u64,
        /// The limit, in the unit of `limit_id`.
        limit: i64,
        /// What counts against it now.
        current: i64,
        /// What would count.
        would_be: i64,
        /// Instrument (FIX 48), as asked.
        instrument: InstrumentId,
        /// Account; 0 where the order is not known.
        account: AccountId,
        /// Firm, account, session or instrument whose limit bound; 0 where none.
        scope_id: u32,
        /// Why.
        code: RawRejectCode,
        /// Cancel or replace (FIX 434).
        response_to: RawCxlRejResponseTo,
        /// Which limit; 0 where none.
        limit_id: RawLimitId,
        /// Level of the limit that bound; 0 where none.
        scope: RawScope,
        /// Zero.
        spare: [u8; 7],
    }
}

body! {
    /// A mass cancel is done (SBE template 206); the canceled orders were reported before.
    MassCanceled(80) {
        /// Id of the request (FIX 11).
        cl_ord_id: ClOrdId,
        /// MsgSeqNum of the request.
        ref_seq_num: u64,
        /// Orders canceled (FIX 533).
        affected_count: u64,
        /// When the gateway read the request.
        received_time: Nanos,
        /// Account asked for.
        account: AccountId,
        /// Instrument asked for.
        instrument: InstrumentId,
        /// Why nothing was done; 0 where it was.
        code: RawRejectCode,
        /// Scope asked for.
        scope: RawMassScope,
        /// Side asked for.
        side: RawSideFilter,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<4>,
    }
}
