//! What the venue says of itself, to operators and auditors.

use crate::codes::{RawLimitId, RawScope, RawSideFilter, RawTradingState};
use crate::reject::RawRejectCode;
use crate::text::{Chars, Spare};
use crate::units::{AccountId, InstrumentId, Nanos, Px, Qty};

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
        reason: Chars<48>,
        /// Zero.
        spare2: Spare<1>,
    }
}

body! {
    /// A control command is done, or refused (`ctl`).
    ControlDone(80) {
        /// The request's id.
        request_id: u64,
        /// Orders canceled by it, or planned states taken back.
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

body! {
    /// What an auction would trade now; told as it changes (rules, section 2).
    AuctionIndicative(80) {
        /// Which instrument.
        instrument: InstrumentId,
        /// Its state.
        state: RawTradingState,
        /// Side that would be left over; 0 for neither.
        surplus_side: RawSideFilter,
        /// Zero.
        spare: [u8; 2],
        /// The price; 0 where nothing would trade.
        px: Px,
        /// Quantity that would trade.
        volume: Qty,
        /// Quantity that would be left over at this price.
        surplus: Qty,
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// An account came near a loss limit, or reached it (R16, R17).
    AccountAlert(80) {
        /// Which account.
        account: AccountId,
        /// Daily loss or drawdown.
        limit_id: RawLimitId,
        /// 1 where the account is close-only by it.
        is_close_only: u8,
        /// How near, in percent of the limit: 70, 80 or 100.
        percent: u16,
        /// The loss, money in 1e-4.
        current: i64,
        /// The limit, money in 1e-4.
        limit: i64,
        /// Zero.
        spare: Spare<7>,
    }
}
