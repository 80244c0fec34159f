//! What few accounts have: loss limits, rates, permissions, margin. Beside the accounts, so that
//! the others pay one test of [`watch`] bits.

use pinion_types::command::{
    AccountRisk, UNLIMITED, UNLIMITED_32, account_flags, side_bits, type_bits,
};
use pinion_types::{LimitId, Nanos, OrdType, Side};

use super::limits::money;
use crate::digest::{Kind, fold, sum, weight, words};
use crate::session::{Bucket, Rate};

/// What is asked of an account, of an instrument and of the venue by one test of each: the bits
/// mean the same in all three.
pub(crate) mod watch {
    /// More is asked of its orders than collar and limits: steps 12 to 16.
    pub(crate) const CHECKED: u8 = 0x80;
    /// Working orders hold something: cash, margin, or a place in the counts of sessions.
    pub(crate) const HELD: u8 = 0x40;
    /// What its positions are worth is kept.
    pub(crate) const WORTH: u8 = 0x20;
    /// Rates or permissions of its own: step 6.
    pub(crate) const ASKED: u8 = 0x10;
    /// Working orders of the account may only reduce.
    pub(crate) const REDUCES: u8 = 0x08;
    /// Working orders of the account are linked.
    pub(crate) const LINKED: u8 = 0x04;
}

/// Levels of a loss that are told, in percent of its limit.
pub(crate) const LEVELS: [u16; 3] = [70, 80, 100];
/// Below this nothing is near any more, in percent of the limit.
const CLEAR: u16 = 60;

/// Sides and types that an account may trade (R18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Permit {
    pub(crate) sides: u8,
    pub(crate) types: u8,
}

impl Permit {
    /// What an account has that was never given one: all but short sales.
    pub(crate) const DEFAULT: Permit =
        Permit { sides: side_bits::BUY | side_bits::SELL, types: type_bits::ALL };

    pub(crate) const fn allows(self, side: Side, ord_type: OrdType) -> bool {
        let side = match side {
            Side::Buy => side_bits::BUY,
            Side::Sell => side_bits::SELL,
            Side::SellShort => side_bits::SHORT,
            Side::SellShortExempt => side_bits::SHORT_EXEMPT,
        };
        let ord_type = match ord_type {
            OrdType::Market => type_bits::MARKET,
            OrdType::Limit => type_bits::LIMIT,
            OrdType::Stop => type_bits::STOP,
            OrdType::StopLimit => type_bits::STOP_LIMIT,
            OrdType::MarketToLimit => type_bits::MARKET_TO_LIMIT,
            OrdType::Pegged => type_bits::PEGGED,
        };
        self.sides & side != 0 && self.types & ord_type != 0
    }

    /// Its word in a state hash.
    pub(crate) const fn word(self) -> u64 {
        (self.sides as u64) << 8 | self.types as u64 | 1 << 16
    }
}

/// The rare part of an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ledger {
    /// As it was set; all zero until then.
    pub(crate) risk: AccountRisk,
    /// What it may trade, where that was said for all instruments.
    pub(crate) permit: Option<Permit>,
    /// True where it was said for an instrument.
    pub(crate) has_permits: bool,
    /// Working orders that may only reduce.
    pub(crate) reducing: u32,
    /// Working orders that are linked.
    pub(crate) linked: u32,
    /// True while it waits to be judged.
    pub(crate) is_touched: bool,
    /// The command that tried last to close its positions: none tries twice.
    pub(crate) flattened: u64,
    /// Limits by which it is close-only: a bit each, [`Loss`] by [`Loss`].
    pub(crate) close_only: u8,
    /// Levels that were told: a bit each, [`Loss`] by [`Loss`].
    pub(crate) told: [u8; 2],
    /// What its positions are worth, in 1e-8; 0 where that is not kept.
    pub(crate) worth: i128,
    /// Initial margin of its positions, in 1e-8; 0 where it posts none.
    pub(crate) margin: i128,
    /// Equity when the day began, in 1e-8, and what was paid in since.
    pub(crate) start: i128,
    /// The most since then.
    pub(crate) peak: i128,
    /// Orders and replaces (R11).
    pub(crate) orders: Bucket,
    /// Cancels.
    pub(crate) cancels: Bucket,
    /// Cancels over their rate.
    pub(crate) cancels_over: u64,
}

/// A loss that has a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Since the day began (R16).
    Daily,
    /// Since the peak (R17).
    Drawdown,
}

impl Loss {
    /// In the order in which they are told.
    pub(crate) const ALL: [Loss; 2] = [Loss::Daily, Loss::Drawdown];

    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }

    pub(crate) const fn limit_id(self) -> LimitId {
        match self {
            Loss::Daily => LimitId::DailyLoss,
            Loss::Drawdown => LimitId::Drawdown,
        }
    }
}

/// No messages: what a bucket that is off counts with.
const NO_RATE: Rate = Rate { per_second: 0, burst: 0 };

impl Ledger {
    /// Nothing was said.
    pub(crate) fn none() -> Self {
        let empty = Bucket::full(NO_RATE, Nanos(0));
        Ledger {
            risk: AccountRisk::default(),
            permit: None,
            has_permits: false,
            reducing: 0,
            linked: 0,
            is_touched: false,
            flattened: 0,
            close_only: 0,
            told: [0; 2],
            worth: 0,
            margin: 0,
            start: 0,
            peak: 0,
            orders: empty,
            cancels: empty,
            cancels_over: 0,
        }
    }

    const fn is_set(&self) -> bool {
        self.risk.account.0 != 0
    }

    /// True where a loss of it has a limit.
    pub(crate) const fn is_watched(&self) -> bool {
        let risk = &self.risk;
        self.is_set()
            && (risk.daily_loss_max != UNLIMITED
                || risk.daily_loss_bps != UNLIMITED_32
                || risk.drawdown_max != UNLIMITED)
    }

    /// True while whatever it has is to be closed.
    pub(crate) const fn flattens(&self) -> bool {
        self.close_only != 0 && self.risk.flags & account_flags::FLATTEN != 0
    }

    /// The rate of its orders, where it has one.
    pub(crate) const fn order_rate(&self) -> Option<Rate> {
        let risk = &self.risk;
        rate(self.is_set(), risk.rate_per_second, risk.rate_burst)
    }

    /// The rate of its cancels, where it has one.
    pub(crate) const fn cancel_rate(&self) -> Option<Rate> {
        let risk = &self.risk;
        rate(self.is_set(), risk.cancel_rate_per_second, risk.cancel_rate_burst)
    }

    /// Takes limits and rates; levels are told anew.
    pub(crate) fn set(&mut self, body: &AccountRisk, now: Nanos) {
        let (orders, cancels) = (self.order_rate(), self.cancel_rate());
        self.risk = *body;
        self.told = [0; 2];
        let (new_orders, new_cancels) = (self.order_rate(), self.cancel_rate());
        change(&mut self.orders, orders, new_orders, now);
        change(&mut self.cancels, cancels, new_cancels, now);
    }

    /// What it lost, where its equity is `equity`.
    pub(crate) const fn lost(&self, loss: Loss, equity: i128) -> i128 {
        let from = match loss {
            Loss::Daily => self.start,
            Loss::Drawdown => self.peak,
        };
        from.saturating_sub(equity)
    }

    /// The limit of a loss, in 1e-8; the largest number where there is none.
    pub(crate) fn limit(&self, loss: Loss) -> i128 {
        match loss {
            Loss::Drawdown => money(self.risk.drawdown_max),
            Loss::Daily => {
                let bps = i128::from(self.risk.daily_loss_bps);
                let part = if self.risk.daily_loss_bps == UNLIMITED_32 {
                    i128::MAX
                } else {
                    let start = self.start.max(0);
                    let (whole, rest) = (start / 10_000, start % 10_000);
                    whole.saturating_mul(bps).saturating_add(rest * bps / 10_000)
                };
                part.min(money(self.risk.daily_loss_max))
            }
        }
    }

    /// Notes how near a loss is to its limit; gives the levels that are new, a bit each.
    pub(crate) fn near(&mut self, loss: Loss, equity: i128) -> u8 {
        let (lost, limit) = (self.lost(loss, equity), self.limit(loss));
        let told = &mut self.told[loss as usize];
        if limit == i128::MAX || lost <= 0 || lost < percent_of(limit, CLEAR) {
            *told = 0;
            return 0;
        }
        let mut reached = 0;
        for (place, level) in LEVELS.into_iter().enumerate() {
            reached |= u8::from(lost >= percent_of(limit, level)) << place;
        }
        let new = reached & !*told;
        *told |= reached;
        new
    }

    /// What it was said to be adds to the state hash.
    pub(crate) fn risk_hash(&self, id: u64) -> u64 {
        let mut hash = 0_u64;
        if self.is_set() {
            hash = fold(Kind::Ledger, id, bytemuck::bytes_of(&self.risk));
        }
        let permit = self.permit.map_or(0, Permit::word);
        hash.wrapping_add(weight(Kind::Permit, id).wrapping_mul(permit))
    }

    /// What moves by itself adds to the state hash.
    pub(crate) fn hash(&self, id: u64) -> u64 {
        let [start_low, start_high] = words(self.start);
        let [peak_low, peak_high] = words(self.peak);
        let flags = [self.close_only, self.told[0], self.told[1], 0, 0, 0, 0, 0];
        let ([level, at], [cancels, cancels_at]) = (self.orders.words(), self.cancels.words());
        let words = [
            u64::from_le_bytes(flags),
            start_low,
            start_high,
            peak_low,
            peak_high,
            level,
            at,
            cancels,
            cancels_at,
            self.cancels_over,
        ];
        weight(Kind::Ledger, id).wrapping_mul(sum(words))
    }
}

/// So many percent of an amount that is not below zero, rounded up. At most the amount.
fn percent_of(amount: i128, percent: u16) -> i128 {
    let (whole, rest) = (amount / 100, amount % 100);
    let percent = i128::from(percent);
    whole * percent + (rest * percent + 99) / 100
}

const fn rate(is_set: bool, per_second: u32, burst: u32) -> Option<Rate> {
    if is_set && burst != UNLIMITED_32 { Some(Rate { per_second, burst }) } else { None }
}

/// Another rate: a bucket that was off begins full.
fn change(bucket: &mut Bucket, from: Option<Rate>, to: Option<Rate>, now: Nanos) {
    match (from, to) {
        (_, None) => *bucket = Bucket::full(NO_RATE, Nanos(0)),
        (None, Some(to)) => *bucket = Bucket::full(to, now),
        (Some(from), Some(to)) => bucket.change(from, to, now),
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountRisk, Ledger, Loss, UNLIMITED, UNLIMITED_32, percent_of};
    use pinion_types::{AccountId, Nanos};

    fn ledger(daily_loss_max: u64, daily_loss_bps: u32, start: i128) -> Ledger {
        let mut ledger = Ledger::none();
        let risk = AccountRisk {
            account: AccountId(1),
            daily_loss_max,
            daily_loss_bps,
            drawdown_max: UNLIMITED,
            ..AccountRisk::default()
        };
        ledger.set(&risk, Nanos(1));
        (ledger.start, ledger.peak) = (start, start);
        ledger
    }

    #[test]
    fn percents_are_exact_up_to_the_largest_number() {
        assert_eq!(percent_of(i128::MAX, 100), i128::MAX);
        assert_eq!((percent_of(10, 70), percent_of(11, 70), percent_of(1, 60)), (7, 8, 1));
        assert_eq!(percent_of(0, 100), 0);
    }

    #[test]
    fn a_level_is_told_once_until_the_loss_is_small_again() {
        let mut ledger = ledger(UNLIMITED, 600, 1_000_000);
        assert_eq!(ledger.limit(Loss::Daily), 60_000);
        let mut near = |lost: i128| ledger.near(Loss::Daily, 1_000_000 - lost);
        assert_eq!((near(41_999), near(42_000), near(42_001)), (0, 1, 0));
        assert_eq!((near(36_000), near(42_000)), (0, 0), "60 % is not below");
        assert_eq!((near(35_999), near(48_000)), (0, 3));
        assert_eq!((near(59_999), near(60_000), near(90_000)), (0, 4, 0));
        assert_eq!((near(0), near(90_000)), (0, 7));
    }

    #[test]
    fn the_smaller_of_both_daily_limits_binds() {
        assert_eq!(ledger(5, 600, 1_000_000).limit(Loss::Daily), 50_000);
        assert_eq!(ledger(7, 600, 1_000_000).limit(Loss::Daily), 60_000);
        let ledger_of = |bps, start| ledger(UNLIMITED, bps, start).limit(Loss::Daily);
        assert_eq!(ledger_of(600, -5), 0);
        assert_eq!(ledger_of(UNLIMITED_32, 1), i128::MAX);
        assert_eq!(ledger_of(UNLIMITED_32 - 1, i128::MAX), i128::MAX);
    }

    #[test]
    fn without_equity_any_loss_is_one_too_many() {
        let mut ledger = ledger(UNLIMITED, 600, 0);
        assert_eq!(ledger.near(Loss::Daily, 0), 0);
        assert_eq!(ledger.near(Loss::Daily, -1), 7);
    }
}
