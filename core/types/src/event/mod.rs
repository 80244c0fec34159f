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

mod answers;
mod correct;
mod orders;
mod session;
mod venue;

pub use answers::{
    BusinessRejected, NotApplied, OrderStatus, PositionReport, REPORTS_MAX, SecurityDefinition,
};
pub use correct::TradeCorrected;
pub use orders::{Accepted, CancelRejected, Canceled, MassCanceled, Rejected, Replaced, Trade};
pub use session::{EstablishRefused, Established, NegotiateRefused, Negotiated, Terminated};
pub use venue::{
    AccountAlert, AccountRiskChanged, AuctionIndicative, ControlDone, DeadLetter, Dropped,
    LimitsChanged, PermissionChanged, StateChanged,
};

use crate::text::Body;
use crate::units::SessionId;

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
        /// Its number within the session version (FIX 34); 0 where it is no application message.
        msg_seq_num: u64,
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
        /// One side of a trade taken back.
        TradeCorrected = 13 "trade-corrected",
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
        /// Auction as it stands.
        AuctionIndicative = 68 "indicative",
        /// Loss limit near or reached.
        AccountAlert = 69 "account-alert",
        /// Limits, old and new.
        LimitsChanged = 70 "limits-changed",
        /// Loss limits and rates, old and new.
        AccountRiskChanged = 71 "account-risk-changed",
        /// Permissions, old and new.
        PermissionChanged = 72 "permission-changed",
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

    /// Turns this buffer into an event of the body's kind, without clearing what lies behind it:
    /// [`Event::bytes`] and comparison never look there.
    #[inline]
    pub fn put<B: KindOf>(&mut self, session: SessionId, msg_seq_num: u64, body: B) {
        const { assert!(HEADER_LEN + size_of::<B>() <= WORDS_MAX * 8) };
        // The header at once: what is written in parts is slow to be read whole right after.
        self.words[0] = u64::from(B::KIND.code()) | u64::from(session.0) << 32;
        self.words[1] = msg_seq_num;
        let place = &mut self.bytes_mut()[HEADER_LEN..HEADER_LEN + size_of::<B>()];
        *bytemuck::from_bytes_mut(place) = body;
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
    #[inline]
    #[must_use]
    pub fn header(&self) -> &EventHeader {
        bytemuck::from_bytes(&bytemuck::must_cast_slice::<u64, u8>(&self.words)[..HEADER_LEN])
    }

    /// Replaces the header.
    #[inline]
    pub fn set_header(&mut self, header: &EventHeader) {
        self.bytes_mut()[..HEADER_LEN].copy_from_slice(bytemuck::bytes_of(header));
    }

    /// The kind, where the number is one.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> Option<EventKind> {
        EventKind::from_code(self.header().kind)
    }

    /// Header and body; empty where the kind is unknown.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        bytemuck::must_cast_slice(self.words())
    }

    /// Header and body as words; empty where the kind is unknown.
    #[inline]
    #[must_use]
    pub fn words(&self) -> &[u64] {
        // The kind is the first byte of the little-endian header.
        &self.words[..usize::from(EventKind::WORDS[usize::from(self.words[0] as u8)])]
    }

    #[inline]
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
