//! Closed sets of values. Where FIX has a code for it, that is the byte; 0 is always "absent".

code! {
    /// Side of an order (FIX 54).
    Side / RawSide {
        /// Buy.
        Buy = b'1' "buy",
        /// Sell what is held.
        Sell = b'2' "sell",
        /// Sell short.
        SellShort = b'5' "sell-short",
        /// Sell short, exempt from the short-sale price rule.
        SellShortExempt = b'6' "sell-short-exempt",
    }
}

impl Side {
    /// True for the buying side; every other value sells.
    #[must_use]
    pub const fn is_buy(self) -> bool {
        matches!(self, Side::Buy)
    }
}

code! {
    /// Type of an order (FIX 40).
    OrdType / RawOrdType {
        /// Market, protected by a price (rule O2).
        Market = b'1' "market",
        /// Limit (rule O1).
        Limit = b'2' "limit",
        /// Stop: becomes a market order with protection when elected (rule O8).
        Stop = b'3' "stop",
        /// Stop-limit: becomes a limit order when elected (rule O8).
        StopLimit = b'4' "stop-limit",
        /// Market-to-limit: the rest becomes a limit at the price of the trade (rule O3).
        MarketToLimit = b'K' "market-to-limit",
        /// Pegged (rule O12).
        Pegged = b'P' "pegged",
    }
}

code! {
    /// How long an order lives (FIX 59, rule O4).
    TimeInForce / RawTimeInForce {
        /// Until the session's close.
        Day = b'0' "day",
        /// Until canceled.
        GoodTillCancel = b'1' "gtc",
        /// In the opening auction only.
        AtTheOpening = b'2' "opening",
        /// What does not trade at once is canceled.
        ImmediateOrCancel = b'3' "ioc",
        /// All at once or nothing.
        FillOrKill = b'4' "fok",
        /// Until a moment (FIX 126).
        GoodTillDate = b'6' "gtd",
        /// In the closing auction only.
        AtTheClose = b'7' "closing",
    }
}

code! {
    /// Execution instruction (FIX 18 in meaning, own values; rule O6).
    ExecInst / RawExecInst {
        /// Post-only: refused where any part would match.
        PostOnlyReject = 1 "post-only",
        /// Post-only: repriced one tick from the best opposite price instead of matching.
        PostOnlySlide = 2 "post-only-slide",
    }
}

code! {
    /// Self-trade prevention, decided by the taker (rule O9); absent takes the account's default.
    StpMode / RawStpMode {
        /// Own orders may trade with each other.
        None = 1 "none",
        /// The taker's rest is canceled.
        CancelNewest = 2 "cancel-newest",
        /// The maker is canceled, the taker goes on.
        CancelOldest = 3 "cancel-oldest",
        /// Both are canceled.
        CancelBoth = 4 "cancel-both",
        /// Both shrink by the smaller of the two; the smaller is gone.
        Decrement = 5 "decrement",
    }
}

code! {
    /// What a lost session means for one order; absent takes the session's default.
    OrderCod / RawOrderCod {
        /// Cancel it.
        Cancel = 1 "cancel",
        /// Keep it.
        Keep = 2 "keep",
    }
}

code! {
    /// Which ends of a session cancel its orders (FIXP profile, Establish).
    CancelOnDisconnect / RawCancelOnDisconnect {
        /// A lost connection.
        OnDisconnect = 1 "disconnect",
        /// A Terminate.
        OnTerminate = 2 "terminate",
        /// Either.
        OnDisconnectOrTerminate = 3 "both",
        /// Neither.
        Never = 4 "never",
    }
}

code! {
    /// State of an order (FIX 39).
    OrdStatus / RawOrdStatus {
        /// Working, nothing filled.
        New = b'0' "new",
        /// Working, partly filled.
        PartiallyFilled = b'1' "partially-filled",
        /// Done, all filled.
        Filled = b'2' "filled",
        /// Done, canceled.
        Canceled = b'4' "canceled",
        /// Never worked.
        Rejected = b'8' "rejected",
        /// A stop that waits for its trigger, a closing order for its auction.
        Suspended = b'9' "suspended",
        /// Done by its time in force.
        Expired = b'C' "expired",
    }
}

code! {
    /// Which side of a trade (FIX 851).
    Liquidity / RawLiquidity {
        /// Maker.
        Added = 1 "added",
        /// Taker.
        Removed = 2 "removed",
        /// Auction.
        Auction = 3 "auction",
    }
}

code! {
    /// Why an order left the book without being filled (FIX 378 in meaning, own values).
    CancelReason / RawCancelReason {
        /// Its owner's cancel.
        ClientRequest = 1 "request",
        /// Its owner's mass cancel.
        MassCancel = 2 "mass-cancel",
        /// Its session was lost.
        CancelOnDisconnect = 3 "disconnect",
        /// Rest of an immediate-or-cancel order.
        IocRemainder = 4 "ioc",
        /// A fill-or-kill, or minimum quantity, that could not be filled.
        FokUnfilled = 5 "fok",
        /// Rest of a market order at its protection price.
        MarketRemainder = 6 "market",
        /// A market order that met an empty side.
        NoLiquidity = 7 "no-liquidity",
        /// Self-trade prevention.
        SelfTrade = 8 "self-trade",
        /// End of its time in force.
        Expired = 9 "expired",
        /// The kill switch.
        KillSwitch = 10 "kill",
        /// An operator.
        Operator = 11 "operator",
        /// The instrument's state.
        Halted = 12 "halted",
        /// A replace to no more than what was filled.
        ReplacedToFilled = 13 "replaced-to-filled",
        /// The account or the order may only reduce.
        CloseOnly = 14 "close-only",
        /// It failed risk when it was elected.
        RiskAtElection = 15 "risk",
        /// Market-maker protection.
        MakerProtection = 16 "maker-protection",
        /// A fill outside the execution range.
        ExecutionRange = 17 "execution-range",
        /// The other leg of its group.
        LinkedOrder = 18 "linked",
        /// A peg that moved with the market as often as an order may.
        Throttle = 19 "throttle",
    }
}

code! {
    /// State of an instrument (rules, section 2).
    TradingState / RawTradingState {
        /// No orders, no cancels but mass cancels.
        Closed = 1 "closed",
        /// Orders collect.
        PreOpen = 2 "pre-open",
        /// Orders collect for the opening price.
        OpeningAuction = 3 "opening-auction",
        /// Orders match as they come.
        Continuous = 4 "continuous",
        /// Only cancels.
        Halted = 5 "halted",
        /// Orders collect for the closing price.
        ClosingAuction = 6 "closing-auction",
        /// After the close.
        PostClose = 7 "post-close",
    }
}

code! {
    /// Level at which a limit, a block or a kill holds (rule R23).
    Scope / RawScope {
        /// The whole venue.
        Global = 1 "global",
        /// A member firm.
        Firm = 2 "firm",
        /// An account.
        Account = 3 "account",
        /// A session.
        Session = 4 "session",
        /// An instrument.
        Instrument = 5 "instrument",
    }
}

code! {
    /// Whose orders a mass cancel means (FIX 530 in meaning); instrument and side narrow it.
    MassScope / RawMassScope {
        /// Those this session entered.
        Session = 1 "session",
        /// Those of one account, whichever of its sessions entered them.
        Account = 2 "account",
        /// Those of every account this session may trade.
        All = 3 "all",
    }
}

code! {
    /// Side of orders a request means.
    SideFilter / RawSideFilter {
        /// Buys.
        Buy = b'1' "buy",
        /// Sells.
        Sell = b'2' "sell",
    }
}

code! {
    /// What a kill does (rule R20).
    KillAction / RawKillAction {
        /// New orders and replaces are refused.
        Block = 1 "block",
        /// The same, and working orders are canceled.
        BlockAndCancel = 2 "block-and-cancel",
    }
}

code! {
    /// Which request a cancel reject answers (FIX 434).
    CxlRejResponseTo / RawCxlRejResponseTo {
        /// Cancel.
        Cancel = b'1' "cancel",
        /// Replace.
        Replace = b'2' "replace",
    }
}

code! {
    /// Kind of account (rules R8, R9).
    AccountKind / RawAccountKind {
        /// Pays in full from cash and delivers from holdings.
        Cash = 1 "cash",
        /// Posts margin.
        Margin = 2 "margin",
    }
}

code! {
    /// What a session may do.
    SessionRole / RawSessionRole {
        /// Enter orders for its accounts.
        Trader = 1 "trader",
        /// Read copies of reports.
        DropCopy = 2 "drop-copy",
        /// Set limits and blocks.
        Risk = 3 "risk",
        /// Change states of instruments.
        MarketOps = 4 "market-ops",
        /// Read everything.
        Auditor = 5 "auditor",
        /// Everything.
        Admin = 6 "admin",
    }
}

code! {
    /// What a price given from outside is.
    MarkKind / RawMarkKind {
        /// Values positions.
        Mark = 1 "mark",
        /// Yesterday's settlement, the last resort of the collar's reference.
        Settlement = 2 "settlement",
    }
}

code! {
    /// Direction of a message flow (FIXP).
    FlowType / RawFlowType {
        /// Exactly once.
        Recoverable = 1 "recoverable",
        /// As it comes.
        Unsequenced = 2 "unsequenced",
        /// At most once.
        Idempotent = 3 "idempotent",
        /// Nothing flows.
        None = 4 "none",
    }
}

code! {
    /// Which limit a refusal names; the unit of its three values follows from it.
    LimitId / RawLimitId {
        /// Instrument's tick, price.
        Tick = 1 "tick",
        /// Instrument's lowest price.
        PxMin = 2 "px-min",
        /// Instrument's highest price.
        PxMax = 3 "px-max",
        /// Instrument's lot, quantity.
        Lot = 4 "lot",
        /// Instrument's smallest order, quantity.
        QtyMin = 5 "qty-min",
        /// Instrument's largest order, quantity.
        QtyMax = 6 "qty-max",
        /// Instrument's smallest order value, money (1e-4).
        NotionalMin = 7 "notional-min",
        /// Instrument's largest order value, money (1e-4).
        NotionalMax = 8 "notional-max",
        /// Collar around the reference (R3), price.
        Collar = 9 "collar",
        /// Largest order (R1), quantity.
        OrderQty = 10 "order-qty",
        /// Largest order value (R2), money (1e-4).
        OrderNotional = 11 "order-notional",
        /// Open orders (R6), count.
        OpenOrders = 12 "open-orders",
        /// Open value (R7), money (1e-4).
        OpenNotional = 13 "open-notional",
        /// Longest worst-case position (R4), quantity.
        Long = 14 "long",
        /// Shortest worst-case position (R4), quantity.
        Short = 15 "short",
        /// Gross value of positions and orders (R5), money (1e-4).
        Gross = 16 "gross",
        /// Free cash (R8), money (1e-4).
        BuyingPower = 17 "buying-power",
        /// Free holding (R8), quantity.
        Holding = 18 "holding",
        /// Margin (R9), money (1e-4).
        Margin = 19 "margin",
        /// Messages in the bucket (R11), count.
        Rate = 20 "rate",
        /// Cancels in their bucket (R11), count.
        CancelRate = 21 "cancel-rate",
        /// Time window, nanoseconds.
        Time = 22 "time",
        /// Highest ClOrdID of the session's day (R10), id.
        ClOrdId = 23 "cl-ord-id",
        /// Orders the venue can hold, count.
        OrdersMax = 24 "orders-max",
        /// Positions the venue can hold, count.
        PositionsMax = 25 "positions-max",
        /// Loss of the day (R16), money (1e-4).
        DailyLoss = 26 "daily-loss",
        /// Drawdown (R17), money (1e-4).
        Drawdown = 27 "drawdown",
        /// Price levels the venue can hold, count.
        LevelsMax = 28 "levels-max",
    }
}

code! {
    /// Why a session ends (FIXP profile, Terminate; `DisconnectReason` of a lost transport).
    TerminationCode / RawTerminationCode {
        /// The peer is done.
        Finished = 1 "finished",
        /// Nothing was negotiated.
        NotNegotiated = 2 "not-negotiated",
        /// Nothing was established.
        NotEstablished = 3 "not-established",
        /// The session is blocked.
        SessionBlocked = 4 "session-blocked",
        /// Two keep-alive intervals of silence.
        KeepaliveLapsed = 5 "keep-alive-lapsed",
        /// Another session's id.
        InvalidSessionId = 6 "invalid-session-id",
        /// Another version.
        InvalidSessionVerId = 7 "invalid-session-ver-id",
        /// A sequence number below the expected one in Sequence.
        InvalidSequence = 8 "invalid-sequence",
        /// A length or encoding type that is not ours.
        InvalidFraming = 9 "invalid-framing",
        /// A block that is too short, or a value that cannot be read.
        DecodingError = 10 "decoding-error",
        /// A template that is not ours.
        UnrecognizedMessage = 11 "unrecognized-message",
        /// The peer does not read.
        SlowConsumer = 12 "slow-consumer",
        /// Far above the allowed rate.
        Throttle = 13 "throttle",
        /// End of the day.
        EndOfDay = 14 "end-of-day",
        /// The venue stops.
        Shutdown = 15 "shutdown",
        /// The transport was lost.
        Disconnected = 16 "disconnected",
        /// A retransmission beyond what was sent.
        RequestOutOfBounds = 17 "request-out-of-bounds",
        /// A second retransmission request while one is answered.
        RequestInProgress = 18 "request-in-progress",
        /// Not logged on in time.
        LogonTimeout = 19 "logon-timeout",
        /// The gateway is gone.
        GatewayDown = 20 "gateway-down",
    }
}

code! {
    /// Why a Negotiate is refused (FIXP profile).
    NegotiationReject / RawNegotiationReject {
        /// Wrong key or signature.
        Credentials = 1 "credentials",
        /// A flow that is not offered.
        FlowTypeNotSupported = 2 "flow-type",
        /// This connection has negotiated.
        AlreadyNegotiated = 3 "already-negotiated",
        /// The session is blocked.
        SessionBlocked = 4 "session-blocked",
        /// No such session.
        InvalidSessionId = 5 "invalid-session-id",
        /// Not above the last version.
        InvalidSessionVerId = 6 "invalid-session-ver-id",
        /// Outside the window, or not above the last one.
        InvalidTimestamp = 7 "invalid-timestamp",
        /// Not the session's firm.
        InvalidFirm = 8 "invalid-firm",
        /// The session has a connection.
        DuplicateConnection = 9 "duplicate-connection",
        /// A schema version that is not served.
        VersionNotSupported = 10 "version",
        /// The venue is not ready.
        SystemUnavailable = 11 "unavailable",
    }
}

code! {
    /// Why an Establish is refused (FIXP profile).
    EstablishmentReject / RawEstablishmentReject {
        /// Wrong key or signature.
        Credentials = 1 "credentials",
        /// No Negotiate came before.
        Unnegotiated = 2 "unnegotiated",
        /// This connection is established.
        AlreadyEstablished = 3 "already-established",
        /// The session is blocked.
        SessionBlocked = 4 "session-blocked",
        /// No such session.
        InvalidSessionId = 5 "invalid-session-id",
        /// Not the negotiated version.
        InvalidSessionVerId = 6 "invalid-session-ver-id",
        /// Outside the window, or not above the last one.
        InvalidTimestamp = 7 "invalid-timestamp",
        /// Outside the allowed range.
        KeepaliveInterval = 8 "keep-alive",
        /// Below what the venue expects.
        InvalidNextSeqNo = 9 "next-seq-no",
        /// The session has a connection.
        DuplicateConnection = 10 "duplicate-connection",
        /// A schema version that is not served.
        VersionNotSupported = 11 "version",
        /// The venue is not ready.
        SystemUnavailable = 12 "unavailable",
    }
}
