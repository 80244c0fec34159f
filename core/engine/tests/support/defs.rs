//! Definitions to begin with: everything is allowed, nothing is free of checks.

use pinion_types::codes::{CancelOnDisconnect, SessionRole};
use pinion_types::command::{
    AccountDef, AccountRisk, CashMove, Genesis, InstrumentDef, LimitsSet, Mark, SessionDef,
    UNLIMITED, UNLIMITED_32,
};
use pinion_types::text::Chars;
use pinion_types::{
    AccountId, AccountKind, Amount, FirmId, InstrumentId, MarkKind, Qty, Scope, StpMode,
    TradingState,
};

use super::px;

/// A small venue.
#[must_use]
pub fn genesis() -> Genesis {
    Genesis {
        venue: *b"pinion-test-0002",
        seed: 7,
        logic_version: 1,
        instruments_max: 8,
        firms_max: 4,
        accounts_max: 16,
        sessions_max: 8,
        orders_max: 256,
        positions_max: 64,
        pages_max: 64,
        closed_orders_max: 256,
        hash_interval: 1_000,
        sending_time_ahead_ns: 1_000_000_000,
        sending_time_window_ns: 0,
        logon_window_ns: 5_000_000_000,
        ..Genesis::default()
    }
}

/// An instrument with tick 1.00 and lot 1, every filter off.
#[must_use]
pub fn instrument(id: u32) -> InstrumentDef {
    InstrumentDef {
        symbol: Chars::new("TEST"),
        currency: Chars::new("USD"),
        instrument: InstrumentId(id),
        tick: px(1),
        lot: Qty(1),
        multiplier: px(1),
        protection_ticks: 10,
        state: TradingState::Continuous.into(),
        minor_digits: 2,
        ..InstrumentDef::default()
    }
}

/// An account of a firm.
#[must_use]
pub fn account(id: u32, firm: u32) -> AccountDef {
    AccountDef {
        account: AccountId(id),
        firm: FirmId(firm),
        kind: AccountKind::Margin.into(),
        stp_mode: StpMode::None.into(),
        ..AccountDef::default()
    }
}

/// Limits that allow everything.
#[must_use]
pub fn unlimited(scope: Scope, id: u32) -> LimitsSet {
    LimitsSet {
        request_id: 1,
        scope: scope.into(),
        id,
        open_orders_max: UNLIMITED_32,
        order_qty_max: UNLIMITED,
        order_notional_max: UNLIMITED,
        long_max: UNLIMITED,
        short_max: UNLIMITED,
        gross_max: UNLIMITED,
        open_notional_max: UNLIMITED,
        collar_bps: UNLIMITED_32,
        ..LimitsSet::default()
    }
}

/// The same account, one that pays in full.
#[must_use]
pub fn cash_account(id: u32, firm: u32) -> AccountDef {
    AccountDef { kind: AccountKind::Cash.into(), ..account(id, firm) }
}

/// No loss limit and no rate of an account.
#[must_use]
pub fn no_risk(id: u32) -> AccountRisk {
    AccountRisk {
        request_id: 1,
        account: AccountId(id),
        daily_loss_max: UNLIMITED,
        drawdown_max: UNLIMITED,
        daily_loss_bps: UNLIMITED_32,
        rate_burst: UNLIMITED_32,
        cancel_rate_burst: UNLIMITED_32,
        ..AccountRisk::default()
    }
}

/// A mark of an instrument.
#[must_use]
pub fn mark(instrument: u32, whole: i64) -> Mark {
    Mark {
        instrument: InstrumentId(instrument),
        kind: MarkKind::Mark.into(),
        px: px(whole),
        ..Mark::default()
    }
}

/// So much of the currency into an account, or out of it.
#[must_use]
pub fn deposit(account: u32, whole: i64) -> CashMove {
    let amount = Amount::from(i128::from(px(whole).0));
    let account = AccountId(account);
    CashMove { account, currency: Chars::new("USD"), amount, ..CashMove::default() }
}

/// A trader's session of a firm that no rate stops.
#[must_use]
pub fn session(firm: u32) -> SessionDef {
    SessionDef {
        firm: FirmId(firm),
        cod_window_ms_max: 60_000,
        keep_alive_ms_min: 1_000,
        keep_alive_ms_max: 60_000,
        rate_per_second: UNLIMITED_32,
        rate_burst: UNLIMITED_32,
        cancel_rate_per_second: UNLIMITED_32,
        cancel_rate_burst: UNLIMITED_32,
        throttle_logout: UNLIMITED_32,
        role: SessionRole::Trader.into(),
        cod_type: CancelOnDisconnect::Never.into(),
        ..SessionDef::default()
    }
}
