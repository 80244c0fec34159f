//! Limits, kill switch and trading states, templates 300 to 305: for sessions of those roles.

use crate::codes::RawKillRequest;
use pinion_types::codes::{RawScope, RawTradingState};
use pinion_types::reject::RawRejectCode;
use pinion_types::text::Chars;
use pinion_types::units::{InstrumentId, Nanos};

message! {
    /// Sets the limits of a firm, an account, or an account in one instrument. 0 allows nothing,
    /// all ones is unlimited.
    RiskLimitUpdateRequest = 300, 160, "CL" {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Echoed in the answer.
        request_id: u64 = 1666 "requestId" RequestId Optional,
        /// Order quantity.
        order_qty_max: u64 = 35600 "orderQtyMax" LimitQty Optional,
        /// Order value, money in 1e-4.
        order_notional_max: u64 = 35601 "orderNotionalMax" LimitMoney Optional,
        /// Longest worst-case position.
        long_max: u64 = 35602 "longMax" LimitQty Optional,
        /// Shortest worst-case position.
        short_max: u64 = 35603 "shortMax" LimitQty Optional,
        /// Gross value of positions and orders, money in 1e-4.
        gross_max: u64 = 35604 "grossMax" LimitMoney Optional,
        /// Open value, money in 1e-4.
        open_notional_max: u64 = 35605 "openNotionalMax" LimitMoney Optional,
        /// Firm or account.
        id: u32 = 35606 "targetId" TargetId Required,
        /// Only in this instrument; 0 for all together.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Open orders.
        open_orders_max: u32 = 35607 "openOrdersMax" Count32 Optional,
        /// Collar, tighter than the instrument's, in 1/100 of a percent; all ones for none.
        collar_bps: u32 = 35608 "collarBps" Count32 Optional,
        /// Firm or account.
        scope: RawScope = 35609 "scope" Scope Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Zero.
        reserved3: u32 = 9003 "reserved3" ReservedU32 Zero,
        /// Why, for the audit.
        reason: Chars<48> = 58 "reason" Text48 Optional,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
    }
}

report! {
    /// Limits are set, or not.
    RiskLimitReport = 301, 136, "CM" {
        /// The request's id.
        request_id: u64 = 1666 "requestId" RequestId Optional,
        /// Order quantity.
        order_qty_max: u64 = 35600 "orderQtyMax" LimitQty Optional,
        /// Order value, money in 1e-4.
        order_notional_max: u64 = 35601 "orderNotionalMax" LimitMoney Optional,
        /// Longest worst-case position.
        long_max: u64 = 35602 "longMax" LimitQty Optional,
        /// Shortest worst-case position.
        short_max: u64 = 35603 "shortMax" LimitQty Optional,
        /// Gross value of positions and orders, money in 1e-4.
        gross_max: u64 = 35604 "grossMax" LimitMoney Optional,
        /// Open value, money in 1e-4.
        open_notional_max: u64 = 35605 "openNotionalMax" LimitMoney Optional,
        /// Firm or account.
        id: u32 = 35606 "targetId" TargetId Required,
        /// Only in this instrument; 0 for all together.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Open orders.
        open_orders_max: u32 = 35607 "openOrdersMax" Count32 Optional,
        /// Collar in 1/100 of a percent; all ones for none.
        collar_bps: u32 = 35608 "collarBps" Count32 Optional,
        /// Firm or account.
        scope: RawScope = 35609 "scope" Scope Required,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Why nothing changed; 0 where it did.
        code: RawRejectCode = 35562 "rejectCode" RejectCode Optional,
        /// Zero.
        reserved4: u32 = 9004 "reserved4" ReservedU32 Zero,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
        /// Zero.
        reserved6: u64 = 9006 "reserved6" ReservedU64 Zero,
    }
}

message! {
    /// Blocks, blocks and cancels, or releases: everything, a firm, an account, a session, or an
    /// instrument.
    KillSwitchRequest = 302, 96, "" {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Echoed in the answer.
        request_id: u64 = 1666 "requestId" RequestId Optional,
        /// Firm, account, session or instrument; 0 for global.
        id: u32 = 35606 "targetId" TargetId Optional,
        /// At which level.
        scope: RawScope = 35609 "scope" Scope Required,
        /// What to do.
        action: RawKillRequest = 35610 "action" KillRequest Required,
        /// Zero.
        reserved1: u16 = 9001 "reserved1" ReservedU16 Zero,
        /// Why, for the audit.
        reason: Chars<48> = 58 "reason" Text48 Required,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
    }
}

report! {
    /// The kill switch is thrown or released, or not.
    KillSwitchReport = 303, 80, "" {
        /// The request's id.
        request_id: u64 = 1666 "requestId" RequestId Optional,
        /// Orders canceled by it.
        affected_count: u64 = 533 "affectedOrders" Count64 Optional,
        /// Firm, account, session or instrument; 0 for global.
        id: u32 = 35606 "targetId" TargetId Optional,
        /// At which level.
        scope: RawScope = 35609 "scope" Scope Required,
        /// What was done.
        action: RawKillRequest = 35610 "action" KillRequest Required,
        /// Why nothing was done; 0 where it was.
        code: RawRejectCode = 35562 "rejectCode" RejectCode Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// Changes an instrument's trading state.
    InstrumentStateRequest = 304, 96, "" {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Echoed in the answer.
        request_id: u64 = 1666 "requestId" RequestId Optional,
        /// Which instrument; 0 for all.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// To which state.
        state: RawTradingState = 326 "tradingState" TradingState Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Why, for the audit.
        reason: Chars<48> = 58 "reason" Text48 Required,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

report! {
    /// An instrument's trading state changed, or not.
    InstrumentStateReport = 305, 120, "f" {
        /// The request's id; 0 where another asked.
        request_id: u64 = 1666 "requestId" RequestId Optional,
        /// Which instrument; 0 for all.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// From.
        from: RawTradingState = 35611 "previousState" TradingState Optional,
        /// To.
        to: RawTradingState = 326 "tradingState" TradingState Optional,
        /// Why nothing changed; 0 where it did.
        code: RawRejectCode = 35562 "rejectCode" RejectCode Optional,
        /// Why it changed.
        reason: Chars<48> = 58 "reason" Text48 Optional,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}
