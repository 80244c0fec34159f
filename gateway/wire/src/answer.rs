//! Answers to requests, templates 206 to 210.

use crate::codes::Flag;
use pinion_types::codes::{
    RawLimitId, RawMassScope, RawOrdStatus, RawOrdType, RawSide, RawSideFilter, RawTimeInForce,
    RawTradingState,
};
use pinion_types::reject::RawRejectCode;
use pinion_types::text::Chars;
use pinion_types::units::{AccountId, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty};

report! {
    /// A mass cancel is done; each canceled order was reported before.
    OrderMassCancelReport = 206, 104, "r" {
        /// Id of the request.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Number of the message it answers.
        ref_seq_num: u64 = 45 "refSeqNum" SeqNo Optional,
        /// Orders canceled.
        affected_count: u64 = 533 "affectedOrders" Count64 Optional,
        /// When the gateway read the message; 0 where nobody asked.
        received_time: Nanos = 35544 "receivedTime" UtcNanos Optional,
        /// Account asked for.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Instrument asked for; 0 for all.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Why nothing was done; 0 where it was.
        code: RawRejectCode = 35562 "rejectCode" RejectCode Optional,
        /// Scope asked for.
        scope: RawMassScope = 1374 "scope" MassScope Required,
        /// Side asked for; 0 for both.
        side: RawSideFilter = 54 "side" SideFilter Optional,
        /// Zero.
        reserved3: u32 = 9003 "reserved3" ReservedU32 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
    }
}

report! {
    /// State of one order, or that there is none.
    OrderStatusReport = 207, 168, "8" {
        /// The request's id.
        request_id: u64 = 790 "requestId" RequestId Optional,
        /// Client's id of the order.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Optional,
        /// Venue's id of the order.
        order_id: OrderId = 37 "orderId" OrderId Optional,
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
        /// End of a good-till-date order; 0 else.
        expire_time: Nanos = 126 "expireTime" UtcNanos Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Answers to this request altogether; 0 where there is nothing.
        report_count: u32 = 911 "totNumReports" Count32 Optional,
        /// Place of this one, 0-based.
        report_index: u32 = 912 "reportIndex" Count32 Optional,
        /// Side; 0 where not found.
        side: RawSide = 54 "side" SideOrNone Optional,
        /// Type; 0 where not found.
        ord_type: RawOrdType = 40 "ordType" OrdTypeOrNone Optional,
        /// Time in force; 0 where not found.
        time_in_force: RawTimeInForce = 59 "timeInForce" TimeInForceOrNone Optional,
        /// State; 0 where not found.
        ord_status: RawOrdStatus = 39 "ordStatus" OrdStatusOrNone Optional,
        /// Set where such an order works.
        found: Flag = 35560 "found" BooleanType Optional,
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
    /// A message was refused before it was an order. Its number is used.
    BusinessMessageReject = 208, 160, "j" {
        /// Number of the message it answers.
        ref_seq_num: u64 = 45 "refSeqNum" SeqNo Optional,
        /// The message's own id where it could be read.
        ref_id: u64 = 379 "refId" RequestId Optional,
        /// The limit, in the unit of limitId.
        limit: i64 = 35563 "limitValue" LimitValue Optional,
        /// What counts against it now.
        current: i64 = 35564 "currentValue" LimitValue Optional,
        /// When the gateway read the message; 0 where nobody asked.
        received_time: Nanos = 35544 "receivedTime" UtcNanos Optional,
        /// Template of the message.
        ref_template: u16 = 372 "refTemplateId" RefTemplate Optional,
        /// Tag of the field; 0 where none.
        ref_tag: u16 = 371 "refTagId" RefTag Optional,
        /// Why, by the venue's own number.
        code: RawRejectCode = 35562 "rejectCode" RejectCode Required,
        /// Why, by FIX's number.
        business_reject_reason: u16 = 380 "businessRejectReason" ReasonCode Optional,
        /// Which limit; 0 where none.
        limit_id: RawLimitId = 35566 "limitId" LimitId Optional,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Zero.
        reserved4: u16 = 9004 "reserved4" ReservedU16 Zero,
        /// Zero.
        reserved5: u32 = 9005 "reserved5" ReservedU32 Zero,
        /// For people.
        text: Chars<48> = 58 "text" Text48 Optional,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
        /// Zero.
        reserved7: u64 = 9007 "reserved7" ReservedU64 Zero,
    }
}

report! {
    /// An instrument.
    SecurityDefinition = 209, 168, "d" {
        /// The request's id.
        request_id: u64 = 320 "requestId" RequestId Optional,
        /// Tick.
        tick: Px = 969 "tickSize" Price Optional,
        /// Lot.
        lot: Qty = 1231 "lotSize" Qty Optional,
        /// Smallest order.
        qty_min: Qty = 562 "minOrderQty" Qty Optional,
        /// Largest order; 0 for none.
        qty_max: Qty = 1140 "maxOrderQty" Qty Optional,
        /// Lowest price; 0 for none.
        px_min: Px = 1148 "lowLimitPx" Price Optional,
        /// Highest price; 0 for none.
        px_max: Px = 1149 "highLimitPx" Price Optional,
        /// Money one unit of price and quantity is worth.
        multiplier: Px = 231 "multiplier" Price Optional,
        /// Reference price of the collar now; 0 for none.
        reference_px: Px = 1150 "referencePx" Price Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Answers to this request altogether; 0 where there is nothing.
        report_count: u32 = 911 "totNumReports" Count32 Optional,
        /// Place of this one, 0-based.
        report_index: u32 = 912 "reportIndex" Count32 Optional,
        /// ISO 4217 code.
        currency: Chars<4> = 15 "currency" Currency4 Optional,
        /// Trading state; 0 where there is no instrument.
        state: RawTradingState = 326 "tradingState" TradingState Optional,
        /// The rest of a market order rests at its protection price.
        market_rests: Flag = 35571 "marketRests" BooleanType Optional,
        /// Prices of zero and below are allowed.
        px_may_be_negative: Flag = 35572 "pxMayBeNegative" BooleanType Optional,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Zero.
        reserved4: u32 = 9004 "reserved4" ReservedU32 Zero,
        /// Symbol.
        symbol: Chars<16> = 55 "symbol" Symbol16 Optional,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}

report! {
    /// A position of an account, and the account's cash.
    PositionReport = 210, 176, "AP" {
        /// The request's id.
        request_id: u64 = 710 "requestId" RequestId Optional,
        /// Position, signed.
        position: i64 = 35561 "position" SignedQty Optional,
        /// Working buys.
        working_buy_qty: Qty = 35573 "workingBuyQty" Qty Optional,
        /// Working sells.
        working_sell_qty: Qty = 35574 "workingSellQty" Qty Optional,
        /// What the open position cost, whole units.
        open_cost_units: i64 = 35575 "openCostUnits" MoneyUnits Optional,
        /// What the open position cost, the rest in 1e-8, of the same sign.
        open_cost_fraction: i64 = 35576 "openCostFraction" MoneyFraction Optional,
        /// Realized profit, fees not counted, whole units.
        realized_units: i64 = 35577 "realizedUnits" MoneyUnits Optional,
        /// Realized profit, fees not counted, the rest in 1e-8, of the same sign.
        realized_fraction: i64 = 35578 "realizedFraction" MoneyFraction Optional,
        /// Fees paid, whole units.
        fees_units: i64 = 35579 "feesUnits" MoneyUnits Optional,
        /// Fees paid, the rest in 1e-8, of the same sign.
        fees_fraction: i64 = 35580 "feesFraction" MoneyFraction Optional,
        /// Cash of the account in the instrument's currency, whole units.
        cash_units: i64 = 35581 "cashUnits" MoneyUnits Optional,
        /// Cash of the account in the instrument's currency, the rest in 1e-8, of the same sign.
        cash_fraction: i64 = 35582 "cashFraction" MoneyFraction Optional,
        /// Mark; 0 where there is none.
        mark_px: Px = 35583 "markPx" Price Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Instrument; 0 where cash alone is meant.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Answers to this request altogether; 0 where there is nothing.
        report_count: u32 = 911 "totNumReports" Count32 Optional,
        /// Place of this one, 0-based.
        report_index: u32 = 912 "reportIndex" Count32 Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}
