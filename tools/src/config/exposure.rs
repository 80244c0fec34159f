//! From what a configuration says of risk to the commands that say it.

use pinion_types::command::{
    AccountPermission, AccountRisk, LimitsSet, UNLIMITED, UNLIMITED_32, account_flags,
};
use pinion_types::text::Chars;
use pinion_types::{AccountId, InstrumentId, Scope};

use super::commands::{ACTOR, Build, REASON};
use super::number::{Bound, LimitMoney};
use super::risk::{LevelLimits, Rights, Risk, side_bit, type_bit};

impl Build<'_> {
    /// Limits of a session, or of the venue with id 0.
    pub(super) fn level(&mut self, scope: Scope, id: u32, limits: &LevelLimits) {
        let notional = self.bound("limits.order_notional_max", limits.order_notional_max);
        let open = self.bound("limits.open_notional_max", limits.open_notional_max);
        self.push(&LimitsSet {
            scope: scope.into(),
            id,
            open_orders_max: short(limits.open_orders_max),
            order_qty_max: match limits.order_qty_max {
                Bound::At(value) => value,
                Bound::Unlimited => UNLIMITED,
            },
            order_notional_max: notional,
            open_notional_max: open,
            long_max: UNLIMITED,
            short_max: UNLIMITED,
            gross_max: UNLIMITED,
            collar_bps: UNLIMITED_32,
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..LimitsSet::default()
        });
    }

    /// Losses and rates of an account.
    pub(super) fn risk(&mut self, account: u32, risk: &Risk) {
        let daily_loss_max = self.bound("risk.daily_loss_max", risk.daily_loss_max);
        let drawdown_max = self.bound("risk.drawdown_max", risk.drawdown_max);
        self.push(&AccountRisk {
            account: AccountId(account),
            flags: if risk.flatten { account_flags::FLATTEN } else { 0 },
            daily_loss_max,
            drawdown_max,
            daily_loss_bps: short(risk.daily_loss_bps),
            rate_per_second: short(risk.rate_per_second),
            rate_burst: short(risk.rate_burst),
            cancel_rate_per_second: short(risk.cancel_rate_per_second),
            cancel_rate_burst: short(risk.cancel_rate_burst),
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..AccountRisk::default()
        });
    }

    /// What an account may trade.
    pub(super) fn rights(&mut self, account: u32, rights: &Rights) {
        let bits = |names: &[String], bit: fn(&str) -> Option<u8>| {
            names.iter().filter_map(|name| bit(name)).fold(0, |bits, bit| bits | bit)
        };
        self.push(&AccountPermission {
            account: AccountId(account),
            instrument: InstrumentId(rights.instrument),
            sides: bits(&rights.sides, side_bit),
            types: bits(&rights.types, type_bit),
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..AccountPermission::default()
        });
    }

    fn bound(&mut self, key: &str, bound: Bound<LimitMoney>) -> u64 {
        match bound {
            Bound::At(value) => self.money(key, value),
            Bound::Unlimited => UNLIMITED,
        }
    }
}

fn short(bound: Bound<u32>) -> u32 {
    match bound {
        Bound::At(value) => value,
        Bound::Unlimited => UNLIMITED_32,
    }
}
