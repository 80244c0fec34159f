//! What a client asks of the book: orders, changes, cancels and questions.

use crate::codes::{
    RawExecInst, RawMassScope, RawOrdType, RawOrderCod, RawSide, RawSideFilter, RawStpMode,
    RawTimeInForce,
};
use crate::text::{Body, Spare};
use crate::units::{AccountId, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty};

/// Flags of [`NewOrder`] and [`Replace`].
pub mod order_flags {
    /// May only reduce the account's position (rule O12).
    pub const REDUCE_ONLY: u8 = 1;
    /// Not shown in market data (rule O12).
    pub const HIDDEN: u8 = 2;
    /// The client says it may have sent this before (FIX 97).
    pub const POSS_RESEND: u8 = 4;
    /// Every flag that has a meaning.
    pub const ALL: u8 = REDUCE_ONLY | HIDDEN | POSS_RESEND;
}

body! {
    /// A new order without stop, display, minimum and expiry (SBE template 100).
    NewOrder(80) {
        /// Client's id (FIX 11).
        cl_ord_id: ClOrdId,
        /// Limit price (FIX 44); 0 for market types.
        px: Px,
        /// Quantity (FIX 38).
        qty: Qty,
        /// Echoed in every report.
        user_data: u64,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Refused when sequenced later than this (FIX 62); 0 for never.
        valid_until: Nanos,
        /// Account (FIX 1).
        account: AccountId,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Self-trade group (FIX 2362); 0 for the account's own.
        stp_group: u32,
        /// Protection of a market order in ticks, tighter than the instrument's; 0 for that one.
        protection_ticks: u32,
        /// Side (FIX 54).
        side: RawSide,
        /// Type (FIX 40).
        ord_type: RawOrdType,
        /// Time in force (FIX 59).
        time_in_force: RawTimeInForce,
        /// Post-only (FIX 18).
        exec_inst: RawExecInst,
        /// Self-trade prevention; 0 for the account's default.
        stp_mode: RawStpMode,
        /// Cancel on disconnect; 0 for the session's default.
        cod: RawOrderCod,
        /// [`order_flags`].
        flags: u8,
        /// Zero.
        spare: u8,
    }
}

body! {
    /// What a wide new order adds to [`NewOrder`].
    NewOrderExtra(64) {
        /// Trigger (FIX 99).
        stop_px: Px,
        /// Shown quantity (FIX 1138).
        display_qty: Qty,
        /// Quantity that must fill at once (FIX 110).
        min_qty: Qty,
        /// End of a GTD order (FIX 126).
        expire_time: Nanos,
        /// Trailing or peg offset, in ticks.
        offset_ticks: i32,
        /// Kind of peg or trailing offset.
        offset_kind: u32,
        /// Group of linked orders.
        link_id: u64,
        /// Price from which a trailing stop begins to trail; 0 for at once.
        activation_px: Px,
        /// How the orders of the group depend on each other (FIX 1385); 0 for none.
        link_kind: u8,
        /// The order's part in its group: what opens, takes the profit or stops the loss.
        link_leg: u8,
        /// Whether a peg stays where it was entered or floats (FIX 835).
        peg_move: u8,
        /// What elects a stop (FIX 1100); 0 for the last trade.
        trigger_kind: u8,
        /// Zero.
        spare: [u8; 4],
    }
}

/// A new order with every field (SBE template 100).
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct NewOrderWide {
    /// What every new order has.
    pub order: NewOrder,
    /// The rest.
    pub extra: NewOrderExtra,
}

const _: () = assert!(size_of::<NewOrderWide>() == 144);

impl Body for NewOrderWide {
    const LAYOUT: &'static str = "NewOrderWide144|NewOrder|NewOrderExtra";
    fn visit(&self, out: &mut dyn FnMut(&'static str, &dyn crate::text::Written)) {
        self.order.visit(out);
        // Both parts have spare bytes: in text the names of the whole differ.
        let named = |name| if name == "spare" { "spare2" } else { name };
        self.extra.visit(&mut |name, value| out(named(name), value));
    }
    fn set(&mut self, name: &str, value: &str) -> Result<(), crate::text::TextError> {
        if name == "spare2" {
            return self.extra.set("spare", value);
        }
        match self.order.set(name, value) {
            Err(crate::text::TextError::UnknownField) => self.extra.set(name, value),
            done => done,
        }
    }
}

body! {
    /// A replace (SBE template 101): quantity is the total including what is filled.
    Replace(144) {
        /// Id of this request (FIX 11), and of the order from then on.
        cl_ord_id: ClOrdId,
        /// Id of the order (FIX 41); 0 where `order_id` is given.
        orig_cl_ord_id: ClOrdId,
        /// Venue's id of the order (FIX 37); 0 where `orig_cl_ord_id` is given.
        order_id: OrderId,
        /// New price (FIX 44).
        px: Px,
        /// New total quantity (FIX 38).
        qty: Qty,
        /// New trigger (FIX 99).
        stop_px: Px,
        /// New shown quantity (FIX 1138).
        display_qty: Qty,
        /// New end (FIX 126).
        expire_time: Nanos,
        /// Echoed in every report from then on.
        user_data: u64,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Refused when sequenced later than this; 0 for never.
        valid_until: Nanos,
        /// New account (FIX 1).
        account: AccountId,
        /// Instrument of the order (FIX 48).
        instrument: InstrumentId,
        /// Side of the order (FIX 54).
        side: RawSide,
        /// New time in force (FIX 59); 0 keeps it.
        time_in_force: RawTimeInForce,
        /// [`order_flags`].
        flags: u8,
        /// Zero.
        spare: [u8; 5],
        /// New quantity that must fill at once (FIX 110).
        min_qty: Qty,
        /// New price from which a trailing stop begins to trail.
        activation_px: Px,
        /// New trailing or peg offset, in ticks.
        offset_ticks: i32,
        /// Kind of peg or trailing offset.
        offset_kind: u32,
        /// New protection in ticks; 0 for the instrument's.
        protection_ticks: u32,
        /// Zero.
        spare2: u32,
    }
}

body! {
    /// A cancel (SBE template 102).
    Cancel(80) {
        /// Id of this request (FIX 11).
        cl_ord_id: ClOrdId,
        /// Id of the order (FIX 41); 0 where `order_id` is given.
        orig_cl_ord_id: ClOrdId,
        /// Venue's id of the order (FIX 37); 0 where `orig_cl_ord_id` is given.
        order_id: OrderId,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Instrument of the order (FIX 48).
        instrument: InstrumentId,
        /// Side of the order (FIX 54).
        side: RawSide,
        /// Zero.
        spare: [u8; 3],
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// A mass cancel (SBE template 103).
    MassCancel(80) {
        /// Id of this request (FIX 11).
        cl_ord_id: ClOrdId,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Only this account's; required for scope account, else 0.
        account: AccountId,
        /// Only this instrument's; 0 for all.
        instrument: InstrumentId,
        /// Whose orders.
        scope: RawMassScope,
        /// Only this side; 0 for both.
        side: RawSideFilter,
        /// Zero.
        spare: [u8; 6],
        /// Zero.
        spare2: Spare<5>,
    }
}

body! {
    /// A question for one order (SBE template 104).
    OrderStatusRequest(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// Id of the order (FIX 11); 0 where `order_id` is given.
        cl_ord_id: ClOrdId,
        /// Venue's id (FIX 37); 0 where `cl_ord_id` is given.
        order_id: OrderId,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Instrument (FIX 48); 0 for any.
        instrument: InstrumentId,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// A question for all working orders of the session's accounts (SBE template 105).
    MassStatusRequest(80) {
        /// Echoed in every answer.
        request_id: u64,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Only this account's; 0 for all.
        account: AccountId,
        /// Only this instrument's; 0 for all.
        instrument: InstrumentId,
        /// Zero.
        spare: Spare<6>,
    }
}

body! {
    /// A question for instruments (SBE template 106).
    SecurityListRequest(80) {
        /// Echoed in every answer.
        request_id: u64,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// One instrument; 0 for all.
        instrument: InstrumentId,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// A question for positions of the session's accounts (SBE template 107).
    PositionRequest(80) {
        /// Echoed in every answer.
        request_id: u64,
        /// Client's SendingTime (FIX 52).
        sending_time: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// One account; 0 for all.
        account: AccountId,
        /// One instrument; 0 for all.
        instrument: InstrumentId,
        /// Zero.
        spare: Spare<6>,
    }
}
