//! What operators say of an instrument's guards and timetable, and of an account's risk and rights.

use crate::codes::RawTradingState;
use crate::text::{Chars, Spare};
use crate::units::{AccountId, InstrumentId, Nanos, Px};

body! {
    /// Sets an instrument's guards and margins (rules O7, O8, R9, R22, section 2). 0 is "off"
    /// unless a field says otherwise.
    InstrumentRules(144) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which instrument.
        instrument: InstrumentId,
        /// Stops that one command may elect before the instrument halts (O8), at most 10,000; 0
        /// for 1,000.
        elections_max: u32,
        /// Tranches of an iceberg at most (O7), at most 10,000; 0 for 1,000.
        tranches_max: u32,
        /// Smallest shown part of an iceberg, in 1/100 of a percent of its quantity (O7).
        display_min_bps: u32,
        /// Width of the execution range around the moving reference, in 1/100 of a percent.
        range_bps: u32,
        /// Time the moving reference looks back, in ms; 0 takes the last trade.
        window_ms: u32,
        /// How long the auction lasts that a fill outside the range begins, in ms; 0 for none.
        auction_ms: u32,
        /// Longest random time added to it, in ms.
        auction_random_ms: u32,
        /// Age at which a mark is stale (R22), in ms.
        mark_age_ms: u32,
        /// Initial margin (R9), in 1/100 of a percent of the position's value.
        margin_initial_bps: u32,
        /// Maintenance margin, in the same unit; not above the initial one.
        margin_maintenance_bps: u32,
        /// Zero.
        flags: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
        /// Zero.
        spare: Spare<3>,
    }
}

body! {
    /// Adds a band to an instrument's tick table (rule O10), or removes all of them.
    TickBand(80) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which instrument.
        instrument: InstrumentId,
        /// Zero.
        spare: u32,
        /// Prices from here on, counted without their sign; above the last band's.
        from_px: Px,
        /// Are multiples of this, which is one of the instrument's tick; 0 removes all bands.
        tick: Px,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<32>,
    }
}

body! {
    /// A trading state that is to come (rules, section 2).
    Schedule(144) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which instrument; 0 for every one that is defined.
        instrument: InstrumentId,
        /// To which state; 0 takes back what waits for this instrument and moment.
        state: RawTradingState,
        /// Zero.
        spare: [u8; 3],
        /// When; not in the future means at once. To take back: 0 for whatever moment.
        at: Nanos,
        /// Longest random time added to it, in ms.
        random_ms: u32,
        /// Zero.
        spare2: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
        /// Zero.
        spare3: Spare<6>,
    }
}

/// Flags of [`AccountRisk`].
pub mod account_flags {
    /// Positions are closed by the venue when a loss limit is reached (R16, R17).
    pub const FLATTEN: u32 = 1;
    /// Every flag that has a meaning.
    pub const ALL: u32 = FLATTEN;
}

body! {
    /// Sets an account's loss limits and rates (R11, R16, R17). All ones is "unlimited".
    AccountRisk(144) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which account.
        account: AccountId,
        /// [`account_flags`].
        flags: u32,
        /// Loss of the day that makes it close-only (R16), money in 1e-4.
        daily_loss_max: u64,
        /// Drawdown from the day's peak that makes it close-only (R17), money in 1e-4.
        drawdown_max: u64,
        /// Loss of the day in 1/100 of a percent of the equity it began with (R16).
        daily_loss_bps: u32,
        /// Orders and replaces a second.
        rate_per_second: u32,
        /// Orders and replaces at once; all ones for no bucket.
        rate_burst: u32,
        /// Cancels a second.
        cancel_rate_per_second: u32,
        /// Cancels at once; all ones for no bucket.
        cancel_rate_burst: u32,
        /// Zero.
        spare: u32,
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
        /// Zero.
        spare2: Spare<3>,
    }
}

/// Bits of [`AccountPermission`]: sides.
pub mod side_bits {
    /// Buy.
    pub const BUY: u8 = 1;
    /// Sell.
    pub const SELL: u8 = 2;
    /// Sell short.
    pub const SHORT: u8 = 4;
    /// Sell short, exempt.
    pub const SHORT_EXEMPT: u8 = 8;
    /// Every bit that has a meaning.
    pub const ALL: u8 = BUY | SELL | SHORT | SHORT_EXEMPT;
}

/// Bits of [`AccountPermission`]: types of orders.
pub mod type_bits {
    /// Market.
    pub const MARKET: u8 = 1;
    /// Limit.
    pub const LIMIT: u8 = 2;
    /// Stop.
    pub const STOP: u8 = 4;
    /// Stop-limit.
    pub const STOP_LIMIT: u8 = 8;
    /// Market-to-limit.
    pub const MARKET_TO_LIMIT: u8 = 16;
    /// Pegged.
    pub const PEGGED: u8 = 32;
    /// Every bit that has a meaning.
    pub const ALL: u8 = MARKET | LIMIT | STOP | STOP_LIMIT | MARKET_TO_LIMIT | PEGGED;
}

body! {
    /// Says which sides and types an account may trade (R18). Without: all but the short marks.
    AccountPermission(144) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which account.
        account: AccountId,
        /// In which instrument; 0 for all. An instrument's own word wins over the one for all.
        instrument: InstrumentId,
        /// [`side_bits`].
        sides: u8,
        /// [`type_bits`].
        types: u8,
        /// Zero.
        spare: [u8; 6],
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<48>,
        /// Zero.
        spare2: Spare<7>,
    }
}
