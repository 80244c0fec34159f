//! Commands: every input of the venue, as fixed layouts of little-endian words.
//!
//! ```text
//! CommandHeader, 16 B                  body
//! +------+---------+--------+---------+---------+------------------------------+
//! | kind | version | source | session | src_seq | by kind: 16, 80, 144, 592 B  |
//! | u8   | u8      | u16    | u32     | u64     |                              |
//! +------+---------+--------+---------+---------+------------------------------+
//! 0      1         2        4         8         16
//! ```

use crate::codes::{
    RawAccountKind, RawCancelOnDisconnect, RawExecInst, RawFlowType, RawKillAction, RawMarkKind,
    RawMassScope, RawNegotiationReject, RawOrdType, RawOrderCod, RawScope, RawSessionRole, RawSide,
    RawSideFilter, RawStpMode, RawTerminationCode, RawTimeInForce, RawTradingState,
};
use crate::reject::RawRejectCode;
use crate::text::{Body, Chars, Spare};
use crate::units::{
    AccountId, Amount, ClOrdId, ConnectionId, FirmId, InstrumentId, Nanos, OrderId, Px, Qty, Seq,
    SessionId, SessionVerId, SourceId,
};

/// Bytes of [`CommandHeader`].
pub const HEADER_LEN: usize = 16;

/// Words of the largest command.
pub const WORDS_MAX: usize = 76;

body! {
    /// What every command begins with.
    CommandHeader(16) {
        /// [`CommandKind`] as a number.
        kind: u8,
        /// Version of the body's layout: 0.
        version: u8,
        /// Who produced it; set by the sequencer from the ring it came from.
        source: SourceId,
        /// The session it belongs to; 0 for none.
        session: SessionId,
        /// MsgSeqNum of the client's message (FIX 34), or the producer's own number; 0 for none.
        src_seq: u64,
    }
}

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
        /// Zero.
        spare2: Spare<2>,
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
        self.extra.visit(out);
    }
    fn set(&mut self, name: &str, value: &str) -> Result<(), crate::text::TextError> {
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
        /// Zero.
        spare2: Spare<4>,
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

body! {
    /// A client begins a version of its session (SBE template 1), credentials checked.
    Negotiate(80) {
        /// Version offered.
        session_ver_id: SessionVerId,
        /// Client's clock.
        timestamp: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Where it came from.
        connection: ConnectionId,
        /// Firm claimed.
        firm: FirmId,
        /// Flow wished for.
        client_flow: RawFlowType,
        /// What the gateway found wrong (credentials, version); 0 for nothing.
        refused: RawNegotiationReject,
        /// Zero.
        spare: [u8; 6],
        /// Zero.
        spare2: Spare<5>,
    }
}

body! {
    /// A client binds its connection to the negotiated version (SBE template 4).
    Establish(80) {
        /// Version negotiated.
        session_ver_id: SessionVerId,
        /// Client's clock.
        timestamp: Nanos,
        /// When the gateway read it.
        received_time: Nanos,
        /// Number of the client's next message.
        next_seq_no: u64,
        /// Where it came from.
        connection: ConnectionId,
        /// Interval of both sides' keep-alive, in ms.
        keep_alive_ms: u32,
        /// Grace before orders are canceled, in ms.
        cod_window_ms: u32,
        /// When to cancel.
        cod_type: RawCancelOnDisconnect,
        /// What the gateway found wrong, a `RawEstablishmentReject`; 0 for nothing.
        refused: crate::codes::RawEstablishmentReject,
        /// Zero.
        spare: [u8; 2],
        /// Zero.
        spare2: Spare<4>,
    }
}

body! {
    /// A client's Terminate (SBE template 7), or one the gateway sends for a fault it found.
    Terminate(80) {
        /// Version meant.
        session_ver_id: SessionVerId,
        /// When the gateway read it.
        received_time: Nanos,
        /// Where it came from.
        connection: ConnectionId,
        /// Why.
        code: RawTerminationCode,
        /// 1 where the client asked, 0 where the gateway found a fault.
        by_client: u8,
        /// Zero.
        spare: [u8; 2],
        /// Zero.
        spare2: Spare<7>,
    }
}

body! {
    /// A transport is gone without Terminate.
    Disconnect(80) {
        /// Version that was bound to it.
        session_ver_id: SessionVerId,
        /// When the gateway noticed.
        received_time: Nanos,
        /// Which one.
        connection: ConnectionId,
        /// Why.
        code: RawTerminationCode,
        /// Zero.
        spare: [u8; 3],
        /// Zero.
        spare2: Spare<7>,
    }
}

body! {
    /// A client's Sequence (SBE template 8) that names another number than the gateway expects.
    SequenceNotice(80) {
        /// Version bound to the connection.
        session_ver_id: SessionVerId,
        /// When the gateway read it.
        received_time: Nanos,
        /// Number of the client's next message.
        next_seq_no: u64,
        /// Where it came from.
        connection: ConnectionId,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<6>,
    }
}

/// Most bytes of a refused message that are kept.
pub const RAW_MAX: usize = 512;

body! {
    /// A message the gateway could not decode: consumes its number, kept as a dead letter.
    Undecodable(592) {
        /// When the gateway read it.
        received_time: Nanos,
        /// The request's own id where it could be read; 0 else.
        ref_id: u64,
        /// Its template; 0 where unreadable.
        ref_template: u16,
        /// Number of the offending field (FIX tag); 0 where none.
        ref_tag: u16,
        /// Why, a code of step 4.
        code: RawRejectCode,
        /// Bytes in `raw`, at most 512.
        raw_len: u16,
        /// Bytes the message had.
        full_len: u32,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<6>,
        /// The message's first bytes.
        raw: [u8; 512],
    }
}

body! {
    /// First command of a venue: who it is and how much it holds. Everything else grows within.
    Genesis(144) {
        /// Random name of this venue's history.
        venue: [u8; 16],
        /// Seed of everything random.
        seed: u64,
        /// Version of the rules these commands mean.
        logic_version: u32,
        /// Instruments at most; ids are 1 to this.
        instruments_max: u32,
        /// Firms at most.
        firms_max: u32,
        /// Accounts at most.
        accounts_max: u32,
        /// Sessions at most.
        sessions_max: u32,
        /// Working orders at most.
        orders_max: u32,
        /// Positions (account and instrument) at most.
        positions_max: u32,
        /// Pages of 64 price levels at most, all instruments and sides together.
        pages_max: u32,
        /// Closed orders remembered for "too late to cancel".
        closed_orders_max: u32,
        /// Commands between two state hashes.
        hash_interval: u32,
        /// SendingTime may be this much ahead, in ns.
        sending_time_ahead_ns: u64,
        /// SendingTime may be this old, in ns; 0 switches the check off.
        sending_time_window_ns: u64,
        /// Largest difference of a logon's timestamp, in ns.
        logon_window_ns: u64,
        /// Zero.
        spare: Spare<7>,
    }
}

body! {
    /// Defines or changes a member firm.
    FirmDef(80) {
        /// Which.
        firm: FirmId,
        /// Zero.
        spare: u32,
        /// Its name.
        name: Chars<16>,
        /// Who says so.
        actor: Chars<16>,
        /// Zero.
        spare2: Spare<5>,
    }
}

/// Flags of [`InstrumentDef`].
pub mod instrument_flags {
    /// The rest of a market order rests at its protection price instead of being canceled.
    pub const MARKET_RESTS: u8 = 1;
    /// Prices of zero and below are allowed.
    pub const PX_MAY_BE_NEGATIVE: u8 = 2;
    /// Every flag that has a meaning.
    pub const ALL: u8 = MARKET_RESTS | PX_MAY_BE_NEGATIVE;
}

body! {
    /// Defines or changes an instrument. 0 switches a filter off (rule O10).
    InstrumentDef(144) {
        /// Name shown to people (FIX 55).
        symbol: Chars<16>,
        /// ISO 4217 code.
        currency: Chars<4>,
        /// Which.
        instrument: InstrumentId,
        /// Tick (FIX 969), above 0.
        tick: Px,
        /// Lot (FIX 1231), above 0.
        lot: Qty,
        /// Smallest order; 0 for one lot.
        qty_min: Qty,
        /// Largest order; 0 for none.
        qty_max: Qty,
        /// Lowest price; 0 for none.
        px_min: Px,
        /// Highest price; 0 for none.
        px_max: Px,
        /// Money (1e-8) one unit of price and quantity is worth; 1.0 is 100,000,000.
        ///
        /// tick x lot x multiplier must be whole in units of 1e-8 of the currency.
        multiplier: Px,
        /// Smallest order value, money in 1e-4; 0 for none.
        notional_min: u64,
        /// Largest order value, money in 1e-4; 0 for none.
        notional_max: u64,
        /// Protection of market orders, in ticks.
        protection_ticks: u32,
        /// Width of the collar in ticks; 0 for none.
        collar_ticks: u32,
        /// Width of the collar in 1/100 of a percent of the reference; the larger width holds.
        collar_bps: u32,
        /// State it starts in when new.
        state: RawTradingState,
        /// [`instrument_flags`].
        flags: u8,
        /// Decimal places of the currency's minor unit, 0 to 8: fees are rounded to it.
        minor_digits: u8,
        /// Zero.
        spare: u8,
        /// Allocation algorithm; 0 is FIFO.
        algorithm: u32,
        /// Zero.
        spare2: u32,
        /// Zero.
        spare3: Spare<3>,
    }
}

body! {
    /// Defines or changes an account. It can do nothing until its limits are set.
    AccountDef(80) {
        /// Which.
        account: AccountId,
        /// Whose.
        firm: FirmId,
        /// Self-trade group; 0 for one of its own.
        stp_group: u32,
        /// Fee for makers, in 1e-6 of the value; negative is a rebate.
        maker_fee: i32,
        /// Fee for takers, in 1e-6 of the value; negative is a rebate.
        taker_fee: i32,
        /// Cash or margin.
        kind: RawAccountKind,
        /// Self-trade prevention where the order names none.
        stp_mode: RawStpMode,
        /// Zero.
        spare: [u8; 2],
        /// Its name.
        name: Chars<16>,
        /// Who says so.
        actor: Chars<16>,
        /// Zero.
        spare2: Spare<3>,
    }
}

body! {
    /// Defines or changes the session in the header.
    SessionDef(144) {
        /// Its firm.
        firm: FirmId,
        /// Grace of cancel-on-disconnect at most, in ms.
        cod_window_ms_max: u32,
        /// Shortest keep-alive interval, in ms.
        keep_alive_ms_min: u32,
        /// Longest keep-alive interval, in ms.
        keep_alive_ms_max: u32,
        /// Orders and replaces a second.
        rate_per_second: u32,
        /// Orders and replaces at once.
        rate_burst: u32,
        /// Cancels a second.
        cancel_rate_per_second: u32,
        /// Cancels at once.
        cancel_rate_burst: u32,
        /// Refused messages in a row of one bucket's size that end the session.
        throttle_logout: u32,
        /// What it may do.
        role: RawSessionRole,
        /// Cancel-on-disconnect of DAY orders where Establish names none.
        cod_type: RawCancelOnDisconnect,
        /// Zero.
        spare: [u8; 2],
        /// Its name.
        name: Chars<16>,
        /// Who says so.
        actor: Chars<16>,
        /// Zero.
        spare2: Spare<9>,
    }
}

body! {
    /// Allows or forbids the session in the header an account.
    SessionAccount(16) {
        /// Which account.
        account: AccountId,
        /// 1 allows, 0 forbids.
        allowed: u32,
        /// Zero.
        spare: Spare<1>,
    }
}

body! {
    /// Sets the limits of a firm, an account, or an account in one instrument. 0 allows nothing;
    /// all ones is "unlimited" (rules, section 3, rule 4).
    LimitsSet(144) {
        /// Echoed in the answer.
        request_id: u64,
        /// Firm, account; others are refused.
        scope: RawScope,
        /// Zero.
        spare: [u8; 3],
        /// The firm's or the account's id.
        id: u32,
        /// Only in this instrument; 0 for all together.
        instrument: InstrumentId,
        /// Open orders (R6); all ones for unlimited.
        open_orders_max: u32,
        /// Order quantity (R1).
        order_qty_max: u64,
        /// Order value (R2), money in 1e-4.
        order_notional_max: u64,
        /// Longest worst-case position (R4), quantity.
        long_max: u64,
        /// Shortest worst-case position (R4), quantity.
        short_max: u64,
        /// Gross value (R5), money in 1e-4.
        gross_max: u64,
        /// Open value (R7), money in 1e-4.
        open_notional_max: u64,
        /// Collar, tighter than the instrument's, in 1/100 of a percent; all ones for none.
        collar_bps: u32,
        /// Zero.
        spare2: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Zero.
        spare3: Spare<6>,
    }
}

/// Limit value "unlimited" in [`LimitsSet`].
pub const UNLIMITED: u64 = u64::MAX;

/// [`UNLIMITED`] where the limit is 32 bits wide.
pub const UNLIMITED_32: u32 = u32::MAX;

body! {
    /// Moves cash into (positive) or out of an account.
    CashMove(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which account.
        account: AccountId,
        /// ISO 4217 code.
        currency: Chars<4>,
        /// How much, in 1e-8.
        amount: Amount,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<32>,
    }
}

body! {
    /// Gives an instrument a price from outside.
    Mark(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which instrument.
        instrument: InstrumentId,
        /// What it is.
        kind: RawMarkKind,
        /// Zero.
        spare: [u8; 3],
        /// The price.
        px: Px,
        /// Who says so.
        actor: Chars<16>,
        /// Zero.
        spare2: Spare<5>,
    }
}

body! {
    /// Changes an instrument's trading state by hand.
    StateChange(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which instrument; 0 for all.
        instrument: InstrumentId,
        /// To which state.
        state: RawTradingState,
        /// Zero.
        spare: [u8; 3],
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<32>,
        /// Zero.
        spare2: Spare<2>,
    }
}

body! {
    /// Blocks, and cancels where asked (rule R20). Stays through restarts.
    Kill(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// At which level.
        scope: RawScope,
        /// Block, or block and cancel.
        action: RawKillAction,
        /// Zero.
        spare: [u8; 2],
        /// Firm, account, session or instrument; 0 for global.
        id: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
    }
}

body! {
    /// Releases a block. Brings no order back.
    Release(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// At which level.
        scope: RawScope,
        /// Zero.
        spare: [u8; 3],
        /// Firm, account, session or instrument; 0 for global.
        id: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
    }
}

body! {
    /// A new trading day: ClOrdID days begin, DAY orders of yesterday end.
    DayRoll(16) {
        /// Days since the Unix epoch in the venue's zone.
        day: u32,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<1>,
    }
}

body! {
    /// Time passed a moment the engine waits for.
    Timer(16) {
        /// The moment it waited for.
        due: Nanos,
        /// Zero.
        spare: Spare<1>,
    }
}

body! {
    /// A producer began, anew after a crash too: whatever was bound to it is disconnected.
    SourceUp(16) {
        /// Which.
        about: SourceId,
        /// Zero.
        spare: [u8; 6],
        /// Process id, for people.
        pid: u64,
    }
}

body! {
    /// A producer is gone: its sessions are disconnected.
    SourceDown(16) {
        /// Which.
        about: SourceId,
        /// Why, a `TerminationCode`; 0 is gateway down.
        code: RawTerminationCode,
        /// Zero.
        spare: [u8; 5],
        /// Zero.
        spare2: Spare<1>,
    }
}

body! {
    /// Not an input: what the state hashed to after the command before it. Replay compares.
    StateHash(16) {
        /// The state hash.
        hash: u64,
        /// Events emitted so far.
        events: Seq,
    }
}

kinds! {
    /// What a command is. Numbers are never reused; new kinds are appended.
    CommandKind, CommandRef, Command, words 76 {
        /// New order, short form.
        NewOrder = 1 "new",
        /// New order with every field.
        NewOrderWide = 2 "new-wide",
        /// Replace.
        Replace = 3 "replace",
        /// Cancel.
        Cancel = 4 "cancel",
        /// Mass cancel.
        MassCancel = 5 "mass-cancel",
        /// Order status request.
        OrderStatusRequest = 6 "order-status-request",
        /// Mass status request.
        MassStatusRequest = 7 "mass-status-request",
        /// Security list request.
        SecurityListRequest = 8 "security-list-request",
        /// Position request.
        PositionRequest = 9 "position-request",
        /// Negotiate.
        Negotiate = 32 "negotiate",
        /// Establish.
        Establish = 33 "establish",
        /// Terminate.
        Terminate = 34 "terminate",
        /// Transport lost.
        Disconnect = 35 "disconnect",
        /// Sequence that differs.
        SequenceNotice = 36 "sequence",
        /// Message that could not be decoded.
        Undecodable = 37 "undecodable",
        /// Producer began.
        SourceUp = 40 "source-up",
        /// Producer gone.
        SourceDown = 41 "source-down",
        /// First command.
        Genesis = 64 "genesis",
        /// Firm.
        FirmDef = 65 "firm",
        /// Instrument.
        InstrumentDef = 66 "instrument",
        /// Account.
        AccountDef = 67 "account",
        /// Session.
        SessionDef = 68 "session",
        /// Account of a session.
        SessionAccount = 69 "session-account",
        /// Limits.
        LimitsSet = 70 "limits",
        /// Cash movement.
        CashMove = 71 "cash",
        /// Price from outside.
        Mark = 72 "mark",
        /// Trading state.
        StateChange = 73 "state",
        /// Kill switch.
        Kill = 74 "kill",
        /// Release of a block.
        Release = 75 "release",
        /// New day.
        DayRoll = 96 "day-roll",
        /// Time.
        Timer = 97 "timer",
        /// State hash.
        StateHash = 98 "state-hash",
    }
}

/// Connects a body to its kind.
pub trait KindOf: Body {
    /// The kind whose body this is.
    const KIND: CommandKind;
}

/// One command: header and body in a buffer that fits every kind.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Command {
    words: [u64; WORDS_MAX],
}

impl Command {
    /// A command of the body's kind from `session` with the producer's number `src_seq`.
    #[must_use]
    pub fn new<B: KindOf>(session: SessionId, src_seq: u64, body: &B) -> Self {
        let mut command = Command { words: [0; WORDS_MAX] };
        command.set_header(&CommandHeader {
            kind: B::KIND.code(),
            version: 0,
            source: SourceId(0),
            session,
            src_seq,
        });
        let bytes = bytemuck::bytes_of(body);
        command.bytes_mut()[HEADER_LEN..HEADER_LEN + bytes.len()].copy_from_slice(bytes);
        command
    }

    /// A command of `kind` whose every other field is zero.
    #[must_use]
    pub fn zeroed(kind: CommandKind) -> Self {
        let mut command = Command { words: [0; WORDS_MAX] };
        command.set_header(&CommandHeader { kind: kind.code(), ..CommandHeader::default() });
        command
    }

    /// An empty buffer to copy records into; its kind is unknown.
    #[must_use]
    pub const fn buffer() -> Self {
        Command { words: [0; WORDS_MAX] }
    }

    /// Reads a record's bytes; `None` unless the kind is known and the length is that kind's.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut command = Command::buffer();
        command.copy_from(bytes).then_some(command)
    }

    /// Like [`Command::from_bytes`] into this buffer; false, and unknown, where it does not fit.
    pub fn copy_from(&mut self, bytes: &[u8]) -> bool {
        let kind = bytes.first().and_then(|&code| CommandKind::from_code(code));
        self.words[0] = 0;
        match kind {
            Some(kind) if kind.record_len() == bytes.len() => {
                self.bytes_mut()[..bytes.len()].copy_from_slice(bytes);
                true
            }
            _ => false,
        }
    }

    /// The words, for a ring to copy into; check with [`Command::is_well_formed`] afterwards.
    pub fn words_mut(&mut self) -> &mut [u64; WORDS_MAX] {
        &mut self.words
    }

    /// True where the kind is known and `len` bytes are what that kind has.
    #[must_use]
    pub fn is_well_formed(&self, len: usize) -> bool {
        self.kind().is_some_and(|kind| kind.record_len() == len)
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &CommandHeader {
        bytemuck::from_bytes(&bytemuck::must_cast_slice::<u64, u8>(&self.words)[..HEADER_LEN])
    }

    /// Replaces the header.
    pub fn set_header(&mut self, header: &CommandHeader) {
        self.bytes_mut()[..HEADER_LEN].copy_from_slice(bytemuck::bytes_of(header));
    }

    /// Sets who produced it.
    pub fn set_source(&mut self, source: SourceId) {
        let header = CommandHeader { source, ..*self.header() };
        self.set_header(&header);
    }

    /// The kind, where the number is one.
    #[must_use]
    pub fn kind(&self) -> Option<CommandKind> {
        CommandKind::from_code(self.header().kind)
    }

    /// Header and body; empty where the kind is unknown.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let len = self.kind().map_or(0, CommandKind::record_len);
        &bytemuck::must_cast_slice::<u64, u8>(&self.words)[..len]
    }

    /// Header and body as words; empty where the kind is unknown.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        let len = self.kind().map_or(0, CommandKind::record_len);
        &self.words[..len / 8]
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::must_cast_slice_mut(&mut self.words)
    }
}

impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Command {}

impl core::fmt::Debug for Command {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Command")
            .field("header", self.header())
            .field("body", &self.view())
            .finish()
    }
}
