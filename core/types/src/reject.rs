//! Refusals, declared in the order in which they are checked (rules, section 5). Never renumbered.

/// FIX's word for a refused order (tag 103).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum OrdRejReason {
    /// Unknown symbol.
    UnknownSymbol = 1,
    /// Exchange closed.
    ExchangeClosed = 2,
    /// Order exceeds limit.
    OrderExceedsLimit = 3,
    /// Too late to enter.
    TooLateToEnter = 4,
    /// Duplicate order.
    DuplicateOrder = 6,
    /// Stale order.
    StaleOrder = 8,
    /// Unsupported order characteristic.
    UnsupportedOrderCharacteristic = 11,
    /// Incorrect quantity.
    IncorrectQuantity = 13,
    /// Unknown account.
    UnknownAccount = 15,
    /// Invalid price increment.
    InvalidPriceIncrement = 18,
    /// Other.
    Other = 99,
}

macro_rules! rejects {
    (
        $( $(#[$meta:meta])* $name:ident = $number:literal $reason:ident $text:literal ),* $(,)?
    ) => {
        /// Why an order or a request is refused.
        ///
        /// The hundreds are the step of validation (rules, section 5), so the numbers rise in the
        /// order of checking; the first failure is the one reported. 18xx answer cancels.
        #[repr(u16)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RejectCode { $( $(#[$meta])* $name = $number ),* }

        impl RejectCode {
            /// Every code, in the order of checking.
            pub const ALL: &'static [RejectCode] = &[ $( RejectCode::$name ),* ];

            /// The code with this number.
            #[must_use]
            pub const fn from_code(code: u16) -> Option<Self> {
                match code { $( $number => Some(RejectCode::$name), )* _ => None }
            }

            /// The number on the wire and in records.
            #[must_use]
            pub const fn code(self) -> u16 {
                self as u16
            }

            /// FIX's reason (tag 103).
            #[must_use]
            pub const fn ord_rej_reason(self) -> OrdRejReason {
                match self { $( RejectCode::$name => OrdRejReason::$reason ),* }
            }

            /// One phrase for people, at most 48 characters.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $( RejectCode::$name => $text ),* }
            }
        }

        $( const _: () = assert!($text.len() <= 48); )*
    };
}

rejects! {
    /// The session's bucket is empty (R11).
    Throttled = 301 Other "rate limit of the session exceeded",
    /// The account's bucket is empty (R11).
    AccountThrottled = 302 Other "rate limit of the account exceeded",
    /// A template the venue does not serve.
    UnknownTemplate = 401 Other "unknown template",
    /// A block shorter than its version's.
    BlockTooShort = 402 Other "block too short",
    /// A byte that is none of the enum's values.
    UnknownEnumValue = 403 UnsupportedOrderCharacteristic "value not in the enumeration",
    /// A required field is zero.
    RequiredFieldMissing = 404 Other "required field missing",
    /// Reserved or inapplicable field is not zero.
    ReservedNotZero = 405 Other "reserved or inapplicable field not zero",
    /// A schema or version that is not served.
    SchemaNotSupported = 406 Other "schema id or version not supported",
    /// SendingTime ahead of the venue's clock (R21).
    SendingTimeAhead = 501 StaleOrder "SendingTime is in the future",
    /// SendingTime older than the window (R21).
    SendingTimeStale = 502 StaleOrder "SendingTime is too old",
    /// ValidUntil has passed (R21).
    ValidUntilPassed = 503 StaleOrder "ValidUntil has passed",
    /// The session's role does not allow it.
    RoleForbids = 601 Other "not permitted for this session",
    /// Not an account of this session.
    UnknownAccount = 602 UnknownAccount "unknown account",
    /// The account may not trade this side or type (R18).
    PermissionForbids = 603 Other "side or type not permitted for the account",
    /// The venue is stopped (R20).
    BlockedGlobal = 701 Other "the venue is blocked",
    /// The firm is stopped (R20).
    BlockedFirm = 702 Other "the firm is blocked",
    /// The account is stopped (R20).
    BlockedAccount = 703 Other "the account is blocked",
    /// The session is stopped (R20).
    BlockedSession = 704 Other "the session is blocked",
    /// The instrument is stopped (R20).
    BlockedInstrument = 705 Other "the instrument is blocked",
    /// The journal or the event log is nearly full: what is left serves cancels (section 4).
    NoRoom = 706 Other "logs short of room: only cancels pass",
    /// No such instrument.
    UnknownInstrument = 801 UnknownSymbol "unknown instrument",
    /// The instrument's state forbids it.
    StateForbids = 802 ExchangeClosed "not allowed in this trading state",
    /// An opening or a closing order whose auction is over (O12).
    TooLateToEnter = 803 TooLateToEnter "the order's auction is over",
    /// Not above the session's last ClOrdID (R10).
    DuplicateClOrdId = 901 DuplicateOrder "ClOrdID not above the last one",
    /// Type and time in force do not go together.
    IllegalTypeAndTif = 1001 UnsupportedOrderCharacteristic "order type and time in force conflict",
    /// A type, instruction or field the venue does not offer.
    NotSupported = 1002 UnsupportedOrderCharacteristic "order characteristic not supported",
    /// ExpireTime is not in the future.
    ExpireTimePassed = 1003 Other "ExpireTime is not in the future",
    /// DisplayQty does not fit the order.
    DisplayQty = 1004 UnsupportedOrderCharacteristic "DisplayQty does not fit the order",
    /// The self-trade group is not registered.
    UnregisteredStpGroup = 1005 UnsupportedOrderCharacteristic "self-trade group not registered",
    /// A minimum quantity that is no multiple of the lot, or above the order's (O12).
    MinQty = 1006 IncorrectQuantity "MinQty does not fit the order",
    /// No such group of linked orders, or one that takes no such leg (O12).
    LinkGone = 1007 UnsupportedOrderCharacteristic "no linked group open to this leg",
    /// A leg that does not fit the others of its group (O12).
    LinkMismatch = 1008 UnsupportedOrderCharacteristic "leg does not fit its linked group",
    /// An offset, its kind, its movement or an activation price that the order cannot have (O12).
    PegOrTrail = 1009 UnsupportedOrderCharacteristic "peg or trail does not fit the order",
    /// Price is not a multiple of the tick.
    BadTick = 1101 InvalidPriceIncrement "price is not a multiple of the tick",
    /// Price below the instrument's minimum.
    PxBelowMin = 1102 InvalidPriceIncrement "price below the minimum",
    /// Price above the instrument's maximum.
    PxAboveMax = 1103 InvalidPriceIncrement "price above the maximum",
    /// Quantity is zero or not a multiple of the lot.
    BadLot = 1104 IncorrectQuantity "quantity is not a multiple of the lot",
    /// Quantity below the instrument's minimum.
    QtyBelowMin = 1105 IncorrectQuantity "quantity below the minimum",
    /// Quantity above the instrument's maximum.
    QtyAboveMax = 1106 IncorrectQuantity "quantity above the maximum",
    /// Value below the instrument's minimum.
    NotionalBelowMin = 1107 OrderExceedsLimit "order value below the minimum",
    /// Value above the instrument's maximum.
    NotionalAboveMax = 1108 OrderExceedsLimit "order value above the maximum",
    /// No reference price for a market order.
    NoReferencePx = 1201 Other "no reference price",
    /// Outside the collar (R3).
    Collar = 1202 Other "price outside the collar",
    /// The mark is older than it may be (R22).
    StaleMark = 1203 Other "the instrument's mark is too old",
    /// Above the largest order (R1).
    OrderQtyLimit = 1301 OrderExceedsLimit "order quantity limit",
    /// Above the largest order value (R2).
    OrderNotionalLimit = 1302 OrderExceedsLimit "order value limit",
    /// Too many open orders (R6).
    OpenOrdersLimit = 1303 OrderExceedsLimit "open orders limit",
    /// Too much open value (R7).
    OpenNotionalLimit = 1304 OrderExceedsLimit "open value limit",
    /// Worst-case long position (R4).
    LongLimit = 1401 OrderExceedsLimit "long position limit",
    /// Worst-case short position (R4).
    ShortLimit = 1402 OrderExceedsLimit "short position limit",
    /// Gross position and order value (R5).
    GrossLimit = 1403 OrderExceedsLimit "gross position limit",
    /// Not enough free cash (R8).
    BuyingPower = 1501 OrderExceedsLimit "not enough free cash",
    /// Not enough free holding (R8).
    Holding = 1502 OrderExceedsLimit "not enough free holding",
    /// Not enough margin (R9).
    Margin = 1503 OrderExceedsLimit "not enough margin",
    /// A short mark on what is held (R18).
    ShortMark = 1504 Other "short mark does not fit the holding",
    /// The account may only reduce (R16, R17).
    CloseOnly = 1601 Other "the account is close-only",
    /// A reduce-only order beyond what its account could still close (O12).
    ReduceOnly = 1602 Other "reduce-only order would not reduce",
    /// A post-only order would match (O6).
    PostOnlyWouldMatch = 1701 Other "post-only order would match",
    /// A market-to-limit order met an empty side (O3).
    NoLiquidity = 1702 Other "no opposite order",
    /// A stop would trigger at once (O8).
    WouldTrigger = 1703 Other "stop would trigger at once",
    /// The venue holds as many orders as it can.
    OrderCapacity = 1704 Other "the venue holds as many orders as it can",
    /// The venue holds as many positions as it can.
    PositionCapacity = 1705 Other "the venue holds as many positions as it can",
    /// The venue holds as many price levels as it can.
    LevelCapacity = 1706 Other "the venue holds as many levels as it can",
    /// A product would not fit 128 bits, or a sum 64.
    ArithmeticOverflow = 1707 Other "arithmetic would overflow",
    /// No such order of this session's.
    UnknownOrder = 1801 Other "unknown order",
    /// The order is done.
    TooLateToCancel = 1802 Other "too late: the order is done",
    /// The request names another instrument, account or side than the order has.
    OrderMismatch = 1803 Other "request does not match the order",
    /// The control request names nothing the venue has.
    UnknownTarget = 1901 Other "no such target",
    /// The control request carries a value out of range.
    BadValue = 1902 Other "value out of range",
    /// The definition's table is full.
    TableFull = 1903 Other "table is full",
    /// The trade was busted or adjusted before.
    TradeBusted = 1904 Other "trade was corrected before",
}

impl RejectCode {
    /// Step of the order of validation, 3 to 17; 18 for cancels, 19 for control requests.
    #[must_use]
    pub const fn step(self) -> u16 {
        self.code() / 100
    }

    /// FIX's word for a refused cancel or replace (tag 102).
    #[must_use]
    pub const fn cxl_rej_reason(self) -> u16 {
        match self {
            RejectCode::TooLateToCancel => 0,
            RejectCode::UnknownOrder => 1,
            RejectCode::DuplicateClOrdId => 6,
            RejectCode::BadTick => 18,
            _ => 99,
        }
    }

    /// FIX's word for a refused message (tag 380).
    #[must_use]
    pub const fn business_reject_reason(self) -> u16 {
        match self {
            RejectCode::UnknownTemplate | RejectCode::SchemaNotSupported => 3,
            RejectCode::RequiredFieldMissing => 5,
            RejectCode::RoleForbids => 6,
            RejectCode::UnknownInstrument => 2,
            RejectCode::Throttled | RejectCode::AccountThrottled => 8,
            _ => 0,
        }
    }
}

/// Two bytes that claim to be a [`RejectCode`]; 0 is absent.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
pub struct RawRejectCode(pub u16);

impl RawRejectCode {
    /// The code, if the number is one.
    #[must_use]
    pub const fn get(self) -> Option<RejectCode> {
        RejectCode::from_code(self.0)
    }
}

impl From<RejectCode> for RawRejectCode {
    fn from(code: RejectCode) -> Self {
        RawRejectCode(code.code())
    }
}

impl crate::text::Text for RawRejectCode {
    fn is_absent(&self) -> bool {
        self.0 == 0
    }
    fn write(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(&self.0, f)
    }
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(RawRejectCode)
    }
}

#[cfg(test)]
mod tests {
    use super::RejectCode;

    #[test]
    fn codes_rise_in_the_order_of_checking() {
        for pair in RejectCode::ALL.windows(2) {
            assert!(pair[0] < pair[1], "{:?} is declared before {:?}", pair[0], pair[1]);
        }
    }
}
