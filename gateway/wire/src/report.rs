//! Execution reports, templates 200 to 205 and 213: what became of an order, and of a trade.

use crate::codes::{Flag, RawCorrectionType};
use pinion_types::codes::{
    RawCancelReason, RawCxlRejResponseTo, RawExecInst, RawLimitId, RawLiquidity, RawOrdStatus,
    RawOrdType, RawScope, RawSide, RawStpMode, RawTimeInForce,
};
use pinion_types::reject::RawRejectCode;
use pinion_types::text::Chars;
use pinion_types::units::{AccountId, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty, TradeId};

report! {
    /// An order was accepted. Trades of the same order follow.
    ExecutionReportNew = 200, 144, "8" {
        /// Client's id of the order.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Venue's id of the order.
        order_id: OrderId = 37 "orderId" OrderId Required,
        /// Echoed.
        user_data: u64 = 5149 "userData" UserData Optional,
        /// Price it works at: limit, protection or slid price.
        px: Px = 44 "price" Price Optional,
        /// Quantity.
        qty: Qty = 38 "orderQty" Qty Required,
        /// Still working.
        leaves_qty: Qty = 151 "leavesQty" Qty Optional,
        /// Shown quantity; 0 for all.
        display_qty: Qty = 1138 "displayQty" Qty Optional,
        /// Trigger; 0 for none.
        stop_px: Px = 99 "stopPx" Price Optional,
        /// When the gateway read the message; 0 where nobody asked.
        received_time: Nanos = 35544 "receivedTime" UtcNanos Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Side.
        side: RawSide = 54 "side" Side Required,
        /// Type.
        ord_type: RawOrdType = 40 "ordType" OrdType Required,
        /// Time in force.
        time_in_force: RawTimeInForce = 59 "timeInForce" TimeInForce Required,
        /// Post-only; 0 for not.
        exec_inst: RawExecInst = 18 "execInst" ExecInst Optional,
        /// Self-trade prevention in force.
        stp_mode: RawStpMode = 35539 "stpMode" StpMode Optional,
        /// State of the order.
        ord_status: RawOrdStatus = 39 "ordStatus" OrdStatus Required,
        /// May only reduce the account's position.
        reduce_only: Flag = 35558 "reduceOnly" BooleanType Optional,
        /// Not shown in market data.
        hidden: Flag = 35559 "hidden" BooleanType Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

report! {
    /// An order was refused; nothing changed but that its clOrdId is used.
    ExecutionReportReject = 201, 184, "8" {
        /// Client's id of the order.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Echoed.
        user_data: u64 = 5149 "userData" UserData Optional,
        /// Number of the message it answers.
        ref_seq_num: u64 = 45 "refSeqNum" SeqNo Optional,
        /// The limit, in the unit of limitId.
        limit: i64 = 35563 "limitValue" LimitValue Optional,
        /// What counts against it now.
        current: i64 = 35564 "currentValue" LimitValue Optional,
        /// What would count with this request.
        would_be: i64 = 35565 "wouldBeValue" LimitValue Optional,
        /// When the gateway read the message; 0 where nobody asked.
        received_time: Nanos = 35544 "receivedTime" UtcNanos Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Firm, account, session or instrument whose limit bound; 0 where none.
        scope_id: u32 = 35606 "targetId" TargetId Optional,
        /// Why, by the venue's own number.
        code: RawRejectCode = 35562 "rejectCode" RejectCode Required,
        /// Why, by FIX's number.
        ord_rej_reason: u16 = 103 "ordRejReason" ReasonCode Required,
        /// Side.
        side: RawSide = 54 "side" Side Required,
        /// Which limit; 0 where none.
        limit_id: RawLimitId = 35566 "limitId" LimitId Optional,
        /// Level of the limit that bound; 0 where none.
        scope: RawScope = 35609 "scope" Scope Optional,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Zero.
        reserved4: u32 = 9004 "reserved4" ReservedU32 Zero,
        /// For people.
        text: Chars<48> = 58 "text" Text48 Optional,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}

report! {
    /// A fill. Who traded on the other side is not told.
    ExecutionReportTrade = 202, 160, "8" {
        /// Client's id of the order.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Venue's id of the order.
        order_id: OrderId = 37 "orderId" OrderId Required,
        /// Shared by both sides.
        trade_id: TradeId = 1003 "tradeId" TradeId Required,
        /// Echoed.
        user_data: u64 = 5149 "userData" UserData Optional,
        /// Price of the fill: the maker's.
        last_px: Px = 31 "lastPx" Price Optional,
        /// Quantity of the fill.
        last_qty: Qty = 32 "lastQty" Qty Required,
        /// Filled so far.
        cum_qty: Qty = 14 "cumQty" Qty Optional,
        /// Still working.
        leaves_qty: Qty = 151 "leavesQty" Qty Optional,
        /// Fee charged, negative for a rebate, whole units.
        fee_units: i64 = 35568 "feeUnits" MoneyUnits Optional,
        /// Fee charged, negative for a rebate, the rest in 1e-8, of the same sign.
        fee_fraction: i64 = 35569 "feeFraction" MoneyFraction Optional,
        /// Account's position in the instrument after it, signed.
        position: i64 = 35561 "position" SignedQty Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Side.
        side: RawSide = 54 "side" Side Required,
        /// State of the order.
        ord_status: RawOrdStatus = 39 "ordStatus" OrdStatus Required,
        /// Maker or taker.
        liquidity: RawLiquidity = 851 "liquidityInd" LiquidityInd Required,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Zero.
        reserved4: u32 = 9004 "reserved4" ReservedU32 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}

report! {
    /// An order left the book, asked for or not.
    ExecutionReportCanceled = 203, 136, "8" {
        /// Id of the request, or of the order where nobody asked.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Client's id of the order.
        orig_cl_ord_id: ClOrdId = 41 "origClOrdId" ClOrdId Optional,
        /// Venue's id of the order.
        order_id: OrderId = 37 "orderId" OrderId Required,
        /// Echoed.
        user_data: u64 = 5149 "userData" UserData Optional,
        /// Filled so far.
        cum_qty: Qty = 14 "cumQty" Qty Optional,
        /// Canceled by this event.
        canceled_qty: Qty = 84 "canceledQty" Qty Optional,
        /// Taken away by self-trade prevention so far.
        prevented_qty: Qty = 35567 "preventedQty" Qty Optional,
        /// When the gateway read the message; 0 where nobody asked.
        received_time: Nanos = 35544 "receivedTime" UtcNanos Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Side.
        side: RawSide = 54 "side" Side Required,
        /// Why.
        reason: RawCancelReason = 378 "cancelReason" CancelReason Required,
        /// State of the order.
        ord_status: RawOrdStatus = 39 "ordStatus" OrdStatus Required,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Zero.
        reserved4: u32 = 9004 "reserved4" ReservedU32 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}

report! {
    /// An order was changed, by its owner or restated by the venue.
    ExecutionReportReplaced = 204, 168, "8" {
        /// Id of the request, the order's from now on.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Client's id of the order before.
        orig_cl_ord_id: ClOrdId = 41 "origClOrdId" ClOrdId Optional,
        /// Venue's id of the order.
        order_id: OrderId = 37 "orderId" OrderId Required,
        /// Echoed.
        user_data: u64 = 5149 "userData" UserData Optional,
        /// Price.
        px: Px = 44 "price" Price Optional,
        /// Total quantity.
        qty: Qty = 38 "orderQty" Qty Optional,
        /// Still working.
        leaves_qty: Qty = 151 "leavesQty" Qty Optional,
        /// Filled so far.
        cum_qty: Qty = 14 "cumQty" Qty Optional,
        /// Shown quantity; 0 for all.
        display_qty: Qty = 1138 "displayQty" Qty Optional,
        /// Trigger; 0 for none.
        stop_px: Px = 99 "stopPx" Price Optional,
        /// Taken away by self-trade prevention so far.
        prevented_qty: Qty = 35567 "preventedQty" Qty Optional,
        /// When the gateway read the message; 0 where nobody asked.
        received_time: Nanos = 35544 "receivedTime" UtcNanos Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Side.
        side: RawSide = 54 "side" Side Required,
        /// State of the order.
        ord_status: RawOrdStatus = 39 "ordStatus" OrdStatus Required,
        /// Set where it went to the back of its level.
        priority_lost: Flag = 638 "priorityLost" BooleanType Optional,
        /// Time in force.
        time_in_force: RawTimeInForce = 59 "timeInForce" TimeInForce Required,
        /// Set where nobody asked: self-trade prevention took from it, or a stop was elected.
        restated: Flag = 35570 "restated" BooleanType Optional,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Zero.
        reserved4: u16 = 9004 "reserved4" ReservedU16 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}

report! {
    /// A cancel or replace was refused; the order is as it was.
    OrderCancelReject = 205, 184, "9" {
        /// Id of the request.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Client's id of the order, as asked.
        orig_cl_ord_id: ClOrdId = 41 "origClOrdId" ClOrdId Optional,
        /// Venue's id of the order, as asked.
        order_id: OrderId = 37 "orderId" OrderId Optional,
        /// Number of the message it answers.
        ref_seq_num: u64 = 45 "refSeqNum" SeqNo Optional,
        /// The limit, in the unit of limitId.
        limit: i64 = 35563 "limitValue" LimitValue Optional,
        /// What counts against it now.
        current: i64 = 35564 "currentValue" LimitValue Optional,
        /// What would count with this request.
        would_be: i64 = 35565 "wouldBeValue" LimitValue Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account; 0 where the order is not known.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Firm, account, session or instrument whose limit bound; 0 where none.
        scope_id: u32 = 35606 "targetId" TargetId Optional,
        /// Why, by the venue's own number.
        code: RawRejectCode = 35562 "rejectCode" RejectCode Required,
        /// Why, by FIX's number; 0 is too late.
        cxl_rej_reason: u16 = 102 "cxlRejReason" ReasonCode Optional,
        /// Which request it answers.
        response_to: RawCxlRejResponseTo = 434 "responseTo" CxlRejResponseTo Required,
        /// Which limit; 0 where none.
        limit_id: RawLimitId = 35566 "limitId" LimitId Optional,
        /// Level of the limit that bound; 0 where none.
        scope: RawScope = 35609 "scope" Scope Optional,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Zero.
        reserved4: u32 = 9004 "reserved4" ReservedU32 Zero,
        /// For people.
        text: Chars<48> = 58 "text" Text48 Optional,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}

report! {
    /// A trade was busted, or stands at another price; its order is as it was.
    ExecutionReportTradeCorrect = 213, 144, "8" {
        /// Which trade, as both sides were told it.
        trade_id: TradeId = 1003 "tradeId" TradeId Required,
        /// Price of the trade as it was.
        last_px: Px = 31 "lastPx" Price Optional,
        /// Its quantity.
        last_qty: Qty = 32 "lastQty" Qty Required,
        /// Price it stands at; 0 where it does not stand.
        new_px: Px = 35614 "newPx" Price Optional,
        /// Fee of the trade, which is given back, whole units.
        fee_back_units: i64 = 35612 "feeBackUnits" MoneyUnits Optional,
        /// Fee of the trade, which is given back, the rest in 1e-8, of the same sign.
        fee_back_fraction: i64 = 35613 "feeBackFraction" MoneyFraction Optional,
        /// Fee charged for the new price, negative for a rebate, whole units.
        fee_units: i64 = 35568 "feeUnits" MoneyUnits Optional,
        /// Fee charged for the new price, negative for a rebate, the rest in 1e-8, of the same
        /// sign.
        fee_fraction: i64 = 35569 "feeFraction" MoneyFraction Optional,
        /// Account's position in the instrument after it, signed.
        position: i64 = 35561 "position" SignedQty Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Side of the trade.
        side: RawSide = 54 "side" Side Required,
        /// What became of it.
        exec_type: RawCorrectionType = 150 "execType" CorrectionType Required,
        /// Zero.
        reserved3: u16 = 9003 "reserved3" ReservedU16 Zero,
        /// Zero.
        reserved4: u32 = 9004 "reserved4" ReservedU32 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}
