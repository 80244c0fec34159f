//! Limits and permissions as they were and as they are, for whoever audits (section 3, rule 5).

use pinion_types::command::{AccountPermission, AccountRisk, LimitsSet, UNLIMITED, UNLIMITED_32};
use pinion_types::event::{AccountRiskChanged, LimitsChanged, PermissionChanged};

use crate::tables::{Limits, Permit};

pub(super) fn limits(new: &LimitsSet, old: &Limits) -> LimitsChanged {
    LimitsChanged {
        request_id: new.request_id,
        scope: new.scope,
        id: new.id,
        instrument: new.instrument,
        open_orders_max: new.open_orders_max,
        collar_bps: new.collar_bps,
        old_open_orders_max: old.open_orders,
        old_collar_bps: old.collar_bps,
        order_qty_max: new.order_qty_max,
        order_notional_max: new.order_notional_max,
        long_max: new.long_max,
        short_max: new.short_max,
        gross_max: new.gross_max,
        open_notional_max: new.open_notional_max,
        old_order_qty_max: old.order_qty,
        old_order_notional_max: old.order_notional,
        old_long_max: old.long,
        old_short_max: old.short,
        old_gross_max: old.gross,
        old_open_notional_max: old.open_notional,
        ..LimitsChanged::default()
    }
}

/// `old` is all zero where nothing was said before: then nothing was limited.
pub(super) fn account_risk(new: &AccountRisk, old: &AccountRisk) -> AccountRiskChanged {
    let unlimited = AccountRisk {
        daily_loss_max: UNLIMITED,
        drawdown_max: UNLIMITED,
        daily_loss_bps: UNLIMITED_32,
        rate_burst: UNLIMITED_32,
        cancel_rate_burst: UNLIMITED_32,
        ..AccountRisk::default()
    };
    let old = if old.account.0 == 0 { &unlimited } else { old };
    AccountRiskChanged {
        request_id: new.request_id,
        account: new.account,
        flags: new.flags,
        daily_loss_max: new.daily_loss_max,
        drawdown_max: new.drawdown_max,
        old_daily_loss_max: old.daily_loss_max,
        old_drawdown_max: old.drawdown_max,
        daily_loss_bps: new.daily_loss_bps,
        rate_per_second: new.rate_per_second,
        rate_burst: new.rate_burst,
        cancel_rate_per_second: new.cancel_rate_per_second,
        cancel_rate_burst: new.cancel_rate_burst,
        old_flags: old.flags,
        old_daily_loss_bps: old.daily_loss_bps,
        old_rate_per_second: old.rate_per_second,
        old_rate_burst: old.rate_burst,
        old_cancel_rate_per_second: old.cancel_rate_per_second,
        old_cancel_rate_burst: old.cancel_rate_burst,
        ..AccountRiskChanged::default()
    }
}

pub(super) fn permission(new: &AccountPermission, old: Option<Permit>) -> PermissionChanged {
    PermissionChanged {
        request_id: new.request_id,
        account: new.account,
        instrument: new.instrument,
        sides: new.sides,
        types: new.types,
        old_sides: old.map_or(0, |it| it.sides),
        old_types: old.map_or(0, |it| it.types),
        was_set: u8::from(old.is_some()),
        ..PermissionChanged::default()
    }
}
