//! What operators and configuration say: who trades, what, within which limits.

use crate::codes::{
    RawAccountKind, RawCancelOnDisconnect, RawKillAction, RawMarkKind, RawScope, RawSessionRole,
    RawStpMode, RawTradingState,
};
use crate::text::{Chars, Spare};
use crate::units::{AccountId, Amount, FirmId, InstrumentId, Px, Qty};

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
        /// Why.
        reason: Chars<40>,
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
        /// Zero.
        spare2: Spare<1>,
        /// Who says so.
        actor: Chars<16>,
        /// Zero.
        spare3: Spare<1>,
    }
}

body! {
    /// Defines or changes an account. It can do nothing until its limits are set.
    AccountDef(144) {
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
        /// Why.
        reason: Chars<48>,
        /// Zero.
        spare2: Spare<5>,
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
        /// Why.
        reason: Chars<48>,
        /// Zero.
        spare2: Spare<3>,
    }
}

body! {
    /// Allows or forbids the session in the header an account.
    SessionAccount(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which account.
        account: AccountId,
        /// 1 allows, 0 forbids.
        allowed: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
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
        /// Why.
        reason: Chars<48>,
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
        /// Why: where the price comes from.
        reason: Chars<40>,
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
        reason: Chars<48>,
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
