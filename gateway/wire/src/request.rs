//! What a trader asks for, templates 100 to 107.

use crate::applicable;
use crate::codes::{Flag, RawLinkKind, RawLinkLeg, RawOffsetKind, RawPegMove};
use pinion_types::codes::{
    RawExecInst, RawMassScope, RawOrdType, RawOrderCod, RawSide, RawSideFilter, RawStpMode,
    RawTimeInForce,
};
use pinion_types::units::{AccountId, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty};

message! {
    /// A new order.
    NewOrderSingle = 100, 152, "D" => applicable::new_order {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Client's id: above every earlier one of the session's day.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Limit price of limit, stop-limit and pegged orders, else 0.
        px: Px = 44 "price" Price Optional,
        /// Quantity.
        qty: Qty = 38 "orderQty" Qty Optional,
        /// Echoed in every report about the order.
        user_data: u64 = 5149 "userData" UserData Optional,
        /// Refused when sequenced later than this; 0 for never.
        valid_until: Nanos = 62 "validUntil" UtcNanos Optional,
        /// Trigger of stop and stop-limit orders, else 0.
        stop_px: Px = 99 "stopPx" Price Optional,
        /// Shown quantity of an iceberg; 0 shows all.
        display_qty: Qty = 1138 "displayQty" Qty Optional,
        /// Quantity that must fill at once; 0 for none.
        min_qty: Qty = 110 "minQty" Qty Optional,
        /// End of a good-till-date order, else 0.
        expire_time: Nanos = 126 "expireTime" UtcNanos Optional,
        /// Group of linked orders; 0 for none.
        link_id: u64 = 583 "linkId" LinkId Optional,
        /// Instrument.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Account.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Self-trade group; 0 for the account's own.
        stp_group: u32 = 2362 "stpGroup" StpGroup Optional,
        /// Protection of market and stop orders in ticks; 0 for the instrument's. Else 0.
        protection_ticks: u32 = 35556 "protectionTicks" Ticks Optional,
        /// Offset of pegged and trailing orders, in the unit of offsetKind. Else 0.
        offset_ticks: i32 = 211 "offsetTicks" SignedTicks Optional,
        /// Zero.
        reserved1: u32 = 9001 "reserved1" ReservedU32 Zero,
        /// Side.
        side: RawSide = 54 "side" Side Required,
        /// Type.
        ord_type: RawOrdType = 40 "ordType" OrdType Required,
        /// Time in force.
        time_in_force: RawTimeInForce = 59 "timeInForce" TimeInForce Required,
        /// Post-only.
        exec_inst: RawExecInst = 18 "execInst" ExecInst Optional,
        /// Self-trade prevention; 0 for the account's default.
        stp_mode: RawStpMode = 35539 "stpMode" StpMode Optional,
        /// What the loss of the session means for it; 0 for the session's default.
        cod: RawOrderCod = 35557 "orderCod" OrderCod Optional,
        /// What the offset is measured from: pegged and trailing orders.
        offset_kind: RawOffsetKind = 1094 "offsetKind" OffsetKind Optional,
        /// May only reduce the account's position.
        reduce_only: Flag = 35558 "reduceOnly" BooleanType Optional,
        /// Not shown in market data.
        hidden: Flag = 35559 "hidden" BooleanType Optional,
        /// The client may have sent it before.
        poss_resend: Flag = 97 "possResend" BooleanType Optional,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// How the orders of the group depend on one another; 0 without linkId.
        link_kind: RawLinkKind = 1385 "linkKind" LinkKind Optional,
        /// The order's part in its group; 0 without linkId.
        link_leg: RawLinkLeg = 35584 "linkLeg" LinkLeg Optional,
        /// Whether the price of a pegged order moves. Else 0.
        peg_move: RawPegMove = 835 "pegMove" PegMove Optional,
        /// Zero.
        reserved3: u8 = 9003 "reserved3" ReservedU8 Zero,
        /// Price from which a trailing stop trails; 0 for at once. Else 0.
        activation_px: Px = 35585 "activationPx" Price Optional,
        /// Zero.
        reserved5: u64 = 9005 "reserved5" ReservedU64 Zero,
    }
}

message! {
    /// A replace: one step, and on any failure the order stays as it was.
    OrderCancelReplaceRequest = 101, 128, "G" => applicable::replace {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Id of this request, and of the order from then on.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Id of the order; 0 where orderId is given.
        orig_cl_ord_id: ClOrdId = 41 "origClOrdId" ClOrdId Optional,
        /// Venue's id of the order; 0 where origClOrdId is given.
        order_id: OrderId = 37 "orderId" OrderId Optional,
        /// New price.
        px: Px = 44 "price" Price Optional,
        /// New total quantity, what is filled included.
        qty: Qty = 38 "orderQty" Qty Optional,
        /// New trigger of stop and stop-limit orders, else 0.
        stop_px: Px = 99 "stopPx" Price Optional,
        /// New shown quantity; 0 shows all.
        display_qty: Qty = 1138 "displayQty" Qty Optional,
        /// New end of a good-till-date order, else 0.
        expire_time: Nanos = 126 "expireTime" UtcNanos Optional,
        /// Echoed in every report from then on.
        user_data: u64 = 5149 "userData" UserData Optional,
        /// Refused when sequenced later than this; 0 for never.
        valid_until: Nanos = 62 "validUntil" UtcNanos Optional,
        /// New account; 0 keeps it.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Instrument of the order; 0 is not compared.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Side of the order.
        side: RawSide = 54 "side" Side Required,
        /// New time in force; 0 keeps it.
        time_in_force: RawTimeInForce = 59 "timeInForce" TimeInForceOrNone Optional,
        /// May only reduce the account's position.
        reduce_only: Flag = 35558 "reduceOnly" BooleanType Optional,
        /// Not shown in market data.
        hidden: Flag = 35559 "hidden" BooleanType Optional,
        /// The client may have sent it before.
        poss_resend: Flag = 97 "possResend" BooleanType Optional,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// A cancel.
    OrderCancelRequest = 102, 64, "F" => applicable::cancel {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Id of this request.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Id of the order; 0 where orderId is given.
        orig_cl_ord_id: ClOrdId = 41 "origClOrdId" ClOrdId Optional,
        /// Venue's id of the order; 0 where origClOrdId is given.
        order_id: OrderId = 37 "orderId" OrderId Optional,
        /// Instrument of the order; 0 is not compared.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Side of the order.
        side: RawSide = 54 "side" Side Required,
        /// Zero.
        reserved1: u8 = 9001 "reserved1" ReservedU8 Zero,
        /// Zero.
        reserved2: u16 = 9002 "reserved2" ReservedU16 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// A mass cancel: of the orders in scope, those of the account, instrument and side named.
    OrderMassCancelRequest = 103, 56, "q" => applicable::mass_cancel {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Id of this request.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Required,
        /// Account of scope account, else 0.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Only this instrument's; 0 for all.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Whose orders.
        scope: RawMassScope = 1374 "scope" MassScope Required,
        /// Only this side; 0 for both.
        side: RawSideFilter = 54 "side" SideFilter Optional,
        /// Zero.
        reserved1: u16 = 9001 "reserved1" ReservedU16 Zero,
        /// Zero.
        reserved2: u32 = 9002 "reserved2" ReservedU32 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
        /// Zero.
        reserved4: u64 = 9004 "reserved4" ReservedU64 Zero,
    }
}

message! {
    /// A question for one order.
    OrderStatusRequest = 104, 64, "H" => applicable::order_status {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Echoed in the answer.
        request_id: u64 = 790 "requestId" RequestId Optional,
        /// Id of the order; 0 where orderId is given.
        cl_ord_id: ClOrdId = 11 "clOrdId" ClOrdId Optional,
        /// Venue's id of the order; 0 where clOrdId is given.
        order_id: OrderId = 37 "orderId" OrderId Optional,
        /// Instrument; 0 for any.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Zero.
        reserved1: u32 = 9001 "reserved1" ReservedU32 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
    }
}

message! {
    /// A question for all working orders of the session's accounts.
    OrderMassStatusRequest = 105, 48, "AF" {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Echoed in every answer.
        request_id: u64 = 584 "requestId" RequestId Optional,
        /// Only this account's; 0 for all.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// Only this instrument's; 0 for all.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Zero.
        reserved1: u64 = 9001 "reserved1" ReservedU64 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
    }
}

message! {
    /// A question for instruments.
    SecurityListRequest = 106, 48, "x" {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Echoed in every answer.
        request_id: u64 = 320 "requestId" RequestId Optional,
        /// One instrument; 0 for all.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Zero.
        reserved1: u32 = 9001 "reserved1" ReservedU32 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
        /// Zero.
        reserved3: u64 = 9003 "reserved3" ReservedU64 Zero,
    }
}

message! {
    /// A question for positions and cash of the session's accounts.
    PositionRequest = 107, 48, "AN" {
        /// Number of this message.
        msg_seq_num: u64 = 34 "msgSeqNum" SeqNo Required,
        /// Client's clock.
        sending_time: Nanos = 52 "sendingTime" UtcNanos Required,
        /// Echoed in every answer.
        request_id: u64 = 710 "requestId" RequestId Optional,
        /// One account; 0 for all.
        account: AccountId = 1 "accountId" AccountId Optional,
        /// One instrument; 0 for all.
        instrument: InstrumentId = 48 "instrumentId" InstrumentId Optional,
        /// Zero.
        reserved1: u64 = 9001 "reserved1" ReservedU64 Zero,
        /// Zero.
        reserved2: u64 = 9002 "reserved2" ReservedU64 Zero,
    }
}
