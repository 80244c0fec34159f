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

mod allocation;
mod clock;
mod control;
mod correct;
mod orders;
mod rules;
mod session;

pub use allocation::{Allocation, AllocationAlgorithm, MakerShare, RawAllocationAlgorithm};
pub use clock::{DayRoll, RoomChange, SourceDown, SourceUp, StateHash, Timer};
pub use control::{
    AccountDef, CashMove, FirmDef, Genesis, InstrumentDef, Kill, LimitsSet, Mark, Release,
    SessionAccount, SessionDef, StateChange, UNLIMITED, UNLIMITED_32, instrument_flags,
};
pub use correct::{TradeCorrect, correct_flags};
pub use orders::{
    Cancel, MassCancel, MassStatusRequest, NewOrder, NewOrderExtra, NewOrderWide,
    OrderStatusRequest, PositionRequest, Replace, SecurityListRequest, order_flags,
};
pub use rules::{
    AccountPermission, AccountRisk, InstrumentRules, Schedule, TickBand, account_flags, side_bits,
    type_bits,
};
pub use session::{
    Disconnect, Establish, Negotiate, RAW_MAX, SequenceNotice, Terminate, Undecodable,
};

use crate::text::Body;
use crate::units::{SessionId, SourceId};

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
        /// Guards and margins.
        InstrumentRules = 76 "instrument-rules",
        /// Band of a tick table.
        TickBand = 77 "tick-band",
        /// State to come.
        Schedule = 78 "schedule",
        /// Loss limits and rates.
        AccountRisk = 79 "account-risk",
        /// Sides and types.
        AccountPermission = 80 "permission",
        /// Allocation at a price.
        Allocation = 81 "allocation",
        /// Market maker's part.
        MakerShare = 82 "maker-share",
        /// Trade busted or adjusted.
        TradeCorrect = 83 "trade-correct",
        /// New day.
        DayRoll = 96 "day-roll",
        /// Time.
        Timer = 97 "timer",
        /// State hash.
        StateHash = 98 "state-hash",
        /// Room in the logs.
        RoomChange = 99 "room",
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
    #[inline]
    pub fn words_mut(&mut self) -> &mut [u64; WORDS_MAX] {
        &mut self.words
    }

    /// True where the kind is known and `len` bytes are what that kind has.
    #[inline]
    #[must_use]
    pub fn is_well_formed(&self, len: usize) -> bool {
        self.kind().is_some_and(|kind| kind.record_len() == len)
    }

    /// The header.
    #[inline]
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
    #[inline]
    #[must_use]
    pub fn kind(&self) -> Option<CommandKind> {
        CommandKind::from_code(self.header().kind)
    }

    /// The body, where the command is of that kind: one comparison, for whoever knows what comes
    /// most.
    #[inline]
    #[must_use]
    pub fn body<B: KindOf>(&self) -> Option<&B> {
        const { assert!(HEADER_LEN + size_of::<B>() <= WORDS_MAX * 8) };
        let bytes = bytemuck::must_cast_slice::<u64, u8>(&self.words);
        (self.header().kind == B::KIND.code())
            .then(|| bytemuck::from_bytes(&bytes[HEADER_LEN..HEADER_LEN + size_of::<B>()]))
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
        &self.words[..usize::from(CommandKind::WORDS[usize::from(self.words[0] as u8)])]
    }

    #[inline]
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
