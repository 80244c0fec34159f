//! What was, beside what is.

use pinion_types::Scope;
use pinion_types::command::{AccountRisk, LimitsSet, UNLIMITED, UNLIMITED_32};
use pinion_types::event::{AccountRiskChanged, LimitsChanged};

use crate::venue::unlimited;

/// Without limits before, nothing was limited.
pub(super) fn limits_changed(new: &LimitsSet, old: Option<LimitsSet>) -> LimitsChanged {
    let old = old.unwrap_or_else(|| unlimited(Scope::Account, 0));
    LimitsChanged {
        request_id: new.request_id,
        scope: new.scope,
        id: new.id,
        instrument: new.instrument,
        open_orders_max: new.open_orders_max,
        old_open_orders_max: old.open_orders_max,
        order_qty_max: new.order_qty_max,
        old_order_qty_max: old.order_qty_max,
        order_notional_max: new.order_notional_max,
        old_order_notional_max: old.order_notional_max,
        long_max: new.long_max,
        old_long_max: old.long_max,
        short_max: new.short_max,
        old_short_max: old.short_max,
        gross_max: new.gross_max,
        old_gross_max: old.gross_max,
        open_notional_max: new.open_notional_max,
        old_open_notional_max: old.open_notional_max,
        collar_bps: new.collar_bps,
        old_collar_bps: old.collar_bps,
        ..LimitsChanged::default()
    }
}

/// Without limits before, nothing was limited.
pub(super) fn risk_changed(new: &AccountRisk, old: Option<AccountRisk>) -> AccountRiskChanged {
    let old = old.unwrap_or(AccountRisk {
        daily_loss_max: UNLIMITED,
        daily_loss_bps: UNLIMITED_32,
        drawdown_max: UNLIMITED,
        rate_burst: UNLIMITED_32,
        cancel_rate_burst: UNLIMITED_32,
        ..AccountRisk::default()
    });
    AccountRiskChanged {
        request_id: new.request_id,
        account: new.account,
        flags: new.flags,
        old_flags: old.flags,
        daily_loss_max: new.daily_loss_max,
        old_daily_loss_max: old.daily_loss_max,
        daily_loss_bps: new.daily_loss_bps,
        old_daily_loss_bps: old.daily_loss_bps,
        drawdown_max: new.drawdown_max,
        old_drawdown_max: old.drawdown_max,
        rate_per_second: new.rate_per_second,
        old_rate_per_second: old.rate_per_second,
        rate_burst: new.rate_burst,
        old_rate_burst: old.rate_burst,
        cancel_rate_per_second: new.cancel_rate_per_second,
        old_cancel_rate_per_second: old.cancel_rate_per_second,
        cancel_rate_burst: new.cancel_rate_burst,
        old_cancel_rate_burst: old.cancel_rate_burst,
        ..AccountRiskChanged::default()
    }
}
