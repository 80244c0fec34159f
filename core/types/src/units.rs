//! Prices, quantities, money, time, sequence numbers and ids. No float, no decimal type.

use core::fmt;

/// Units of a [`Px`] in one unit of currency.
pub const PX_ONE: i64 = 100_000_000;

/// A price: signed, in units of 1e-8 of the currency (FIX 44; exponent -8 for every instrument).
///
/// Range +/-92,233,720,368. Whether it is a multiple of the instrument's tick is checked when an
/// order is admitted (rule O10). Text forms write a decimal: `100.05`.
#[repr(transparent)]
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    bytemuck::Pod,
    bytemuck::Zeroable,
)]
pub struct Px(pub i64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, self.0 < 0, u128::from(self.0.unsigned_abs()))
    }
}

impl crate::text::Text for Px {
    fn is_absent(&self) -> bool {
        self.0 == 0
    }
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
    fn parse(text: &str) -> Option<Self> {
        parse_decimal(text).and_then(|value| i64::try_from(value).ok()).map(Px)
    }
}

/// An amount of money as it stands in a record: signed 128 bits, in units of 1e-8 of the currency.
///
/// The engine counts in `i128`; this is the same number in two words, low first.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Amount {
    low: u64,
    high: i64,
}

const _: () = assert!(size_of::<Amount>() == 16);

impl Amount {
    /// The amount in units of 1e-8.
    #[must_use]
    pub const fn get(self) -> i128 {
        ((self.high as i128) << 64) | self.low as i128
    }
}

impl From<i128> for Amount {
    fn from(value: i128) -> Self {
        // The cut to 64 bits is the point: low word, then high word.
        Amount { low: value as u64, high: (value >> 64) as i64 }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(f, self.get() < 0, self.get().unsigned_abs())
    }
}

impl crate::text::Text for Amount {
    fn is_absent(&self) -> bool {
        self.get() == 0
    }
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
    fn parse(text: &str) -> Option<Self> {
        parse_decimal(text).map(Amount::from)
    }
}

/// Writes a number of units of 1e-8 as a decimal without trailing zeros.
fn write_decimal(f: &mut fmt::Formatter<'_>, negative: bool, value: u128) -> fmt::Result {
    const ONE: u128 = PX_ONE as u128;
    let (whole, mut fraction) = (value / ONE, value % ONE);
    write!(f, "{}{whole}", if negative { "-" } else { "" })?;
    if fraction == 0 {
        return Ok(());
    }
    let mut width = 8;
    while fraction % 10 == 0 {
        fraction /= 10;
        width -= 1;
    }
    write!(f, ".{fraction:0width$}")
}

/// Reads a decimal with at most eight places into units of 1e-8; `None` for anything else.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || fraction.len() > 8 {
        return None;
    }
    // Counted downwards, because the lowest value has no positive twin.
    let mut value = whole.parse::<i128>().ok()?.checked_neg()?;
    for index in 0..8 {
        let digit = fraction.as_bytes().get(index).map_or(0, |byte| byte - b'0');
        value = value.checked_mul(10)?.checked_sub(i128::from(digit))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

number! {
    /// A quantity: a count of the instrument's smallest unit (FIX 38).
    ///
    /// Orders must be a multiple of the instrument's lot and at most [`Qty::MAX`], so that sums of
    /// any number of orders that fit a machine stay within 64 bits.
    Qty(u64)
}

impl Qty {
    /// Largest quantity of one order: 2^40 - 1, about 1.1e12.
    pub const MAX: Qty = Qty((1 << 40) - 1);
    /// The explicit value "unlimited" where a limit is a quantity.
    pub const UNLIMITED: Qty = Qty(u64::MAX);
}

number! {
    /// Time: nanoseconds since the Unix epoch, UTC (FIX 60). Taken once, as a command is sequenced.
    Nanos(u64)
}

number! {
    /// Place of a command in the input journal or of an event in the event log, from 1, dense.
    Seq(u64)
}

number! {
    /// Number of a message within one direction of a session version, from 1 (FIX 34).
    MsgSeqNum(u64)
}

number! {
    /// The client's id of an order or request: rises strictly within the session's day (FIX 11).
    ClOrdId(u64)
}

number! {
    /// The venue's id of an order (FIX 37); derives from the sequence number that created it.
    OrderId(u64)
}

number! {
    /// The id both sides of a trade share (FIX 1003); derives from the event's sequence number.
    TradeId(u64)
}

number! {
    /// An instrument (FIX 48), 1 to the configured number; 0 is none or all.
    InstrumentId(u32)
}

number! {
    /// An account (FIX 1), from 1; 0 is none or all.
    AccountId(u32)
}

number! {
    /// A member firm, from 1; 0 is none or all.
    FirmId(u32)
}

number! {
    /// A session (FIXP), from 1; 0 is none.
    SessionId(u32)
}

number! {
    /// A version of a session: rises with each Negotiate. Clients take the clock in microseconds.
    SessionVerId(u64)
}

number! {
    /// A transport connection, given by the gateway that accepted it; 0 is none.
    ConnectionId(u32)
}

number! {
    /// A producer of commands: its ring. 0 is the core itself (boot, timers), 1 the control socket.
    SourceId(u16)
}
