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
        /// 1 where a kill or a release found the block set.
        was_blocked: u8,
        /// Zero.
        spare: [u8; 7],
        /// Zero.
        spare2: Spare<4>,
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

body! {
    /// Limits are others now (rules, section 3, rule 5); who and why stand in the command.
    LimitsChanged(144) {
        /// The request's id.
        request_id: u64,
        /// Level.
        scope: RawScope,
        /// Zero.
        spare: [u8; 3],
        /// Firm, account or session; 0 for the venue.
        id: u32,
        /// Only in this instrument; 0 for all together.
        instrument: InstrumentId,
        /// Zero.
        spare2: u32,
        /// Open orders (R6) from now on.
        open_orders_max: u32,
        /// Collar from now on.
        collar_bps: u32,
        /// Open orders before.
        old_open_orders_max: u32,
        /// Collar before.
        old_collar_bps: u32,
        /// Order quantity (R1) from now on.
        order_qty_max: u64,
        /// Order value (R2) from now on.
        order_notional_max: u64,
        /// Longest position (R4) from now on.
        long_max: u64,
        /// Shortest position (R4) from now on.
        short_max: u64,
        /// Gross value (R5) from now on.
        gross_max: u64,
        /// Open value (R7) from now on.
        open_notional_max: u64,
        /// Order quantity before.
        old_order_qty_max: u64,
        /// Order value before.
        old_order_notional_max: u64,
        /// Longest position before.
        old_long_max: u64,
        /// Shortest position before.
        old_short_max: u64,
        /// Gross value before.
        old_gross_max: u64,
        /// Open value before.
        old_open_notional_max: u64,
        /// Zero.
        spare3: Spare<1>,
    }
}

body! {
    /// An account's loss limits and rates are others now; who and why stand in the command.
    AccountRiskChanged(144) {
        /// The request's id.
        request_id: u64,
        /// Which account.
        account: AccountId,
        /// Flags from now on.
        flags: u32,
        /// Loss of the day (R16) from now on.
        daily_loss_max: u64,
        /// Drawdown (R17) from now on.
        drawdown_max: u64,
        /// Loss of the day before.
        old_daily_loss_max: u64,
        /// Drawdown before.
        old_drawdown_max: u64,
        /// Loss of the day in 1/100 of a percent from now on.
        daily_loss_bps: u32,
        /// Orders and replaces a second from now on.
        rate_per_second: u32,
        /// Orders and replaces at once from now on.
        rate_burst: u32,
        /// Cancels a second from now on.
        cancel_rate_per_second: u32,
        /// Cancels at once from now on.
        cancel_rate_burst: u32,
        /// Flags before.
        old_flags: u32,
        /// Loss of the day in 1/100 of a percent before.
        old_daily_loss_bps: u32,
        /// Orders and replaces a second before.
        old_rate_per_second: u32,
        /// Orders and replaces at once before.
        old_rate_burst: u32,
        /// Cancels a second before.
        old_cancel_rate_per_second: u32,
        /// Cancels at once before.
        old_cancel_rate_burst: u32,
        /// Zero.
        spare: u32,
        /// Zero.
        spare2: Spare<6>,
    }
}

body! {
    /// What an account may trade is different now (R18); who and why stand in the command.
    PermissionChanged(80) {
        /// The request's id.
        request_id: u64,
        /// Which account.
        account: AccountId,
        /// In which instrument; 0 for all.
        instrument: InstrumentId,
        /// Sides from now on.
        sides: u8,
        /// Types from now on.
        types: u8,
        /// Sides before.
        old_sides: u8,
        /// Types before.
        old_types: u8,
        /// 1 where something was said before; else the old ones are 0.
        was_set: u8,
        /// Zero.
        spare: [u8; 3],
        /// Zero.
        spare2: Spare<7>,
    }
}
