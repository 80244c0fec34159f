//! Events: every output of the venue, as fixed layouts of little-endian words.
//!
//! ```text
//! EventHeader, 16 B                     body
//! +------+-------+----------+---------+-------------+---------------------+
//! | kind | flags | reserved | session | msg_seq_num | by kind: 80, 144 B  |
//! | u8   | u8    | u16      | u32     | u64         |                     |
//! +------+-------+----------+---------+-------------+---------------------+
//! 0      1       2          4         8             16
//! ```
//! Its place in the log (which is its ExecID), its time and the command that caused it stand in
//! the log's record header. An event with `msg_seq_num` above 0 is an application message of its
//! session and can be asked for again by that number.

use crate::codes::{
    RawCancelOnDisconnect, RawCancelReason, RawCxlRejResponseTo, RawEstablishmentReject,
    RawExecInst, RawFlowType, RawLimitId, RawLiquidity, RawMassScope, RawNegotiationReject,
    RawOrdStatus, RawOrdType, RawScope, RawSide, RawSideFilter, RawStpMode, RawTerminationCode,
    RawTimeInForce, RawTradingState,
};
use crate::reject::RawRejectCode;
use crate::text::{Body, Chars, Spare};
use crate::units::{
    AccountId, Amount, ClOrdId, ConnectionId, FirmId, InstrumentId, Nanos, OrderId, Px, Qty,
    SessionId, SessionVerId, SourceId, TradeId,
};

/// Bytes of [`EventHeader`].
pub const HEADER_LEN: usize = 16;

/// Words of the largest event.
pub const WORDS_MAX: usize = 20;

body! {
    /// What every event begins with.
    EventHeader(16) {
        /// [`EventKind`] as a number.
        kind: u8,
        /// Zero.
        flags: u8,
        /// Zero.
        reserved: u16,
        /// The session it is for; 0 for none.
        session: SessionId,
        /// Its number within the session version (FIX 34); 0 where it is not an application message.
        msg_seq_num: u64,
    }
}

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
    /// One side of a trade (SBE template 202): the maker's event first, the taker's next.
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
        /// 1 where nobody asked: self-trade prevention decremented it, or a slide repriced it.
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
        /// Answers to this request altogether (FIX 911); 0 where there is nothing.
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
        /// Answers to this request altogether (FIX 911); 0 where there is nothing.
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
        /// Answers to this request altogether; 0 where there is nothing.
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

body! {
    /// Negotiate accepted (SBE template 2).
    Negotiated(80) {
        /// Version.
        session_ver_id: SessionVerId,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Where the request came from.
        connection: ConnectionId,
        /// Firm.
        firm: FirmId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Flow agreed.
        client_flow: RawFlowType,
        /// Zero.
        spare: [u8; 5],
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// Negotiate refused (SBE template 3).
    NegotiateRefused(80) {
        /// Version asked for.
        session_ver_id: SessionVerId,
        /// Last accepted version.
        current_session_ver_id: SessionVerId,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Where the request came from.
        connection: ConnectionId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Why.
        code: RawNegotiationReject,
        /// Zero.
        spare: u8,
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// Establish accepted (SBE template 5).
    Established(144) {
        /// Version.
        session_ver_id: SessionVerId,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Number of the venue's next message.
        next_seq_no: u64,
        /// Number of the client's last message the venue has.
        last_incoming_seq_no: u64,
        /// Where the request came from.
        connection: ConnectionId,
        /// Keep-alive, in ms.
        keep_alive_ms: u32,
        /// Orders and replaces a second.
        rate_per_second: u32,
        /// Orders and replaces at once.
        rate_burst: u32,
        /// Cancels a second.
        cancel_rate_per_second: u32,
        /// Cancels at once.
        cancel_rate_burst: u32,
        /// Grace before orders are canceled, in ms.
        cod_window_ms: u32,
        /// Producer the connection belongs to.
        source: SourceId,
        /// When orders are canceled.
        cod_type: RawCancelOnDisconnect,
        /// Zero.
        spare: u8,
        /// Highest ClOrdID of the session's day.
        last_cl_ord_id: ClOrdId,
        /// Zero.
        spare2: Spare<9>,
    }
}

body! {
    /// Establish refused (SBE template 6).
    EstablishRefused(80) {
        /// Version asked for.
        session_ver_id: SessionVerId,
        /// Number of the client's last message the venue has; 0 where that is not its business.
        last_incoming_seq_no: u64,
        /// Timestamp of the request.
        request_timestamp: Nanos,
        /// Where the request came from.
        connection: ConnectionId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Why.
        code: RawEstablishmentReject,
        /// Zero.
        spare: u8,
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// A session is no longer bound to its connection (SBE template 7 goes out where it stands).
    Terminated(80) {
        /// Version.
        session_ver_id: SessionVerId,
        /// Number the venue's next message will have.
        next_seq_no: u64,
        /// Number of the client's last message the venue has.
        last_incoming_seq_no: u64,
        /// Which connection.
        connection: ConnectionId,
        /// Producer the connection belongs to.
        source: SourceId,
        /// Why.
        code: RawTerminationCode,
        /// 1 where the client asked for it or is gone.
        by_client: u8,
        /// Zero.
        spare: Spare<6>,
    }
}

body! {
    /// An instrument's trading state changed.
    StateChanged(80) {
        /// Which instrument.
        instrument: InstrumentId,
        /// From.
        from: RawTradingState,
        /// To.
        to: RawTradingState,
        /// Zero.
        spare: [u8; 2],
        /// Who said so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<32>,
        /// Zero.
        spare2: Spare<3>,
    }
}

body! {
    /// A control command is done, or refused (`ctl`).
    ControlDone(80) {
        /// The request's id.
        request_id: u64,
        /// Orders canceled by it.
        affected_count: u64,
        /// Why nothing was done; 0 where it was.
        code: RawRejectCode,
        /// Kind of the command.
        command: u8,
        /// Level it held for.
        scope: RawScope,
        /// Firm, account, session or instrument.
        id: u32,
        /// Who said so.
        actor: Chars<16>,
        /// Zero.
        spare: Spare<5>,
    }
}

body! {
    /// A message was kept as a dead letter; its bytes stand in the command that caused this.
    DeadLetter(80) {
        /// MsgSeqNum of the message; 0 where unreadable.
        ref_seq_num: u64,
        /// When the gateway read it.
        received_time: Nanos,
        /// Its template; 0 where unreadable.
        ref_template: u16,
        /// Why.
        code: RawRejectCode,
        /// Bytes the message had.
        full_len: u32,
        /// Zero.
        spare: Spare<7>,
    }
}

body! {
    /// A message below the expected number was dropped (FIXP: silently, but counted).
    Dropped(80) {
        /// Its number.
        src_seq: u64,
        /// The number expected.
        expected_seq: u64,
        /// Kind of the command.
        command: u8,
        /// Zero.
        spare: [u8; 7],
        /// Zero.
        spare2: Spare<7>,
    }
}

kinds! {
    /// What an event is. Numbers are never reused; new kinds are appended.
    EventKind, EventRef, Event, words 20 {
        /// Order accepted.
        Accepted = 1 "accepted",
        /// Order refused.
        Rejected = 2 "rejected",
        /// One side of a trade.
        Trade = 3 "trade",
        /// Order gone.
        Canceled = 4 "canceled",
        /// Order changed.
        Replaced = 5 "replaced",
        /// Cancel or replace refused.
        CancelRejected = 6 "cancel-rejected",
        /// Mass cancel done.
        MassCanceled = 7 "mass-canceled",
        /// Order status.
        OrderStatus = 8 "order-status",
        /// Message refused.
        BusinessRejected = 9 "business-rejected",
        /// Instrument.
        SecurityDefinition = 10 "security-definition",
        /// Position.
        PositionReport = 11 "position-report",
        /// Gap in what the client sent.
        NotApplied = 12 "not-applied",
        /// Negotiate accepted.
        Negotiated = 32 "negotiated",
        /// Negotiate refused.
        NegotiateRefused = 33 "negotiate-refused",
        /// Establish accepted.
        Established = 34 "established",
        /// Establish refused.
        EstablishRefused = 35 "establish-refused",
        /// Session unbound.
        Terminated = 36 "terminated",
        /// Trading state.
        StateChanged = 64 "state-changed",
        /// Control command done.
        ControlDone = 65 "control-done",
        /// Dead letter.
        DeadLetter = 66 "dead-letter",
        /// Old message dropped.
        Dropped = 67 "dropped",
    }
}

/// Connects a body to its kind.
pub trait KindOf: Body {
    /// The kind whose body this is.
    const KIND: EventKind;
}

/// One event: header and body in a buffer that fits every kind.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Event {
    words: [u64; WORDS_MAX],
}

impl Event {
    /// An event of the body's kind for `session`, numbered `msg_seq_num` (0: not numbered).
    #[must_use]
    pub fn new<B: KindOf>(session: SessionId, msg_seq_num: u64, body: &B) -> Self {
        let mut event = Event { words: [0; WORDS_MAX] };
        event.set_header(&EventHeader {
            kind: B::KIND.code(),
            flags: 0,
            reserved: 0,
            session,
            msg_seq_num,
        });
        let bytes = bytemuck::bytes_of(body);
        event.bytes_mut()[HEADER_LEN..HEADER_LEN + bytes.len()].copy_from_slice(bytes);
        event
    }

    /// An event of `kind` whose every other field is zero.
    #[must_use]
    pub fn zeroed(kind: EventKind) -> Self {
        let mut event = Event { words: [0; WORDS_MAX] };
        event.set_header(&EventHeader { kind: kind.code(), ..EventHeader::default() });
        event
    }

    /// Reads a record's bytes; `None` unless the kind is known and the length is that kind's.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let kind = bytes.first().and_then(|&code| EventKind::from_code(code))?;
        if kind.record_len() != bytes.len() {
            return None;
        }
        let mut event = Event { words: [0; WORDS_MAX] };
        event.bytes_mut()[..bytes.len()].copy_from_slice(bytes);
        Some(event)
    }

    /// The header.
    #[must_use]
    pub fn header(&self) -> &EventHeader {
        bytemuck::from_bytes(&bytemuck::must_cast_slice::<u64, u8>(&self.words)[..HEADER_LEN])
    }

    /// Replaces the header.
    pub fn set_header(&mut self, header: &EventHeader) {
        self.bytes_mut()[..HEADER_LEN].copy_from_slice(bytemuck::bytes_of(header));
    }

    /// The kind, where the number is one.
    #[must_use]
    pub fn kind(&self) -> Option<EventKind> {
        EventKind::from_code(self.header().kind)
    }

    /// Header and body; empty where the kind is unknown.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let len = self.kind().map_or(0, EventKind::record_len);
        &bytemuck::must_cast_slice::<u64, u8>(&self.words)[..len]
    }

    /// Header and body as words; empty where the kind is unknown.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        let len = self.kind().map_or(0, EventKind::record_len);
        &self.words[..len / 8]
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::must_cast_slice_mut(&mut self.words)
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Event {}

impl core::fmt::Debug for Event {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Event").field("header", self.header()).field("body", &self.view()).finish()
    }
}
