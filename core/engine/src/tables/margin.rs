//! What a position is worth, and the margin it needs (R9), by prices from outside.

use pinion_types::{AccountKind, Nanos};

use super::{Account, Instrument, Position};
use crate::digest::{Kind, weight};

/// One position counts for this much at most, in 1e-8: far above any limit.
const WORTH_MAX: i128 = 1 << 96;
/// One amount of cash counts for this much at most: beyond it, it may not grow any more.
const CASH_MAX: i128 = 1 << 120;
/// A whole, in 1/100 of a percent.
const BPS: u128 = 10_000;

/// What an amount of cash counts for in equity.
pub(crate) fn equity_of(cash: i128) -> i128 {
    cash.clamp(-CASH_MAX, CASH_MAX)
}

impl Account {
    /// Whether it pays in full and delivers what it holds (R8).
    pub(crate) fn is_cash(&self) -> bool {
        self.definition.kind.get() == Some(AccountKind::Cash)
    }
}

impl Instrument {
    /// Whether positions in it need margin.
    pub(crate) const fn has_margin(&self) -> bool {
        self.guards.rules.margin_initial_bps != 0
    }

    /// The price of margins: the mark, else the settlement.
    pub(crate) const fn margin_px(&self) -> Option<i64> {
        if self.mark.is_some() { self.mark } else { self.settlement }
    }

    /// What a position is worth: at the mark, without a mark what it cost.
    pub(crate) fn worth(&self, position: &Position) -> i128 {
        match self.mark {
            Some(mark) => {
                let value = self.position_value(mark, position.quantity).min(WORTH_MAX);
                if (position.quantity < 0) == (mark < 0) { value } else { -value }
            }
            None => position.open_cost.clamp(-WORTH_MAX, WORTH_MAX),
        }
    }

    /// Initial margin of so much at worst, in 1e-8, rounded up; nothing without a price.
    pub(crate) fn margin(&self, worst: u64) -> i128 {
        let Some(px) = self.margin_px() else { return 0 };
        // Sums of quantities are within 2^61.
        let value = self.position_value(px, worst as i64).min(WORTH_MAX);
        // 2^96 times 2^20 fits.
        let part = value.unsigned_abs() * u128::from(self.guards.rules.margin_initial_bps);
        (part.div_ceil(BPS) as i128).min(WORTH_MAX)
    }

    /// How old the mark is; all the time there was where there is none.
    pub(crate) const fn mark_age(&self, now: Nanos) -> u64 {
        now.0.saturating_sub(self.mark_time.0)
    }

    /// The oldest that a mark may be, in ns; `None` where it may be of any age.
    pub(crate) fn mark_age_max(&self) -> Option<u64> {
        let age_ms = self.guards.rules.mark_age_ms;
        (age_ms != 0).then_some(u64::from(age_ms) * 1_000_000)
    }

    /// What the time of the mark adds to the state hash.
    pub(crate) const fn mark_hash(&self) -> u64 {
        weight(Kind::Mark, self.id().0 as u64).wrapping_mul(self.mark_time.0)
    }
}

impl Position {
    /// The larger of |P + B| and |P - S|, where one side has `more` working.
    pub(crate) const fn largest(&self, is_buy: bool, more: u64) -> u64 {
        let (buys, sells) =
            if is_buy { (self.buys + more, self.sells) } else { (self.buys, self.sells + more) };
        // Sums of quantities are within 2^61.
        let long = (self.quantity + buys as i64).unsigned_abs();
        let short = (self.quantity - sells as i64).unsigned_abs();
        if long > short { long } else { short }
    }
}
