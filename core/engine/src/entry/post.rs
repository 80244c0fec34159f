//! Who must not match: post-only orders (rule O6), and market-to-limit orders that find nobody
//! (rule O3). Decided by prices alone, before self-trade prevention.

use pinion_types::{ExecInst, OrdType, RejectCode};

use crate::orders::Traits;
use crate::tables::{Instrument, extras, side_index};

impl Instrument {
    /// The price that an order works at: one that slides goes one tick behind the best opposite
    /// price where it would match. [`RejectCode::PostOnlyWouldMatch`] where no price is left there.
    #[inline(always)]
    pub(crate) fn post(
        &self,
        is_buy: bool,
        tick: i64,
        exec_inst: Option<ExecInst>,
    ) -> Result<i64, RejectCode> {
        match exec_inst {
            Some(ExecInst::PostOnlySlide) => self.slide(is_buy, tick),
            Some(ExecInst::PostOnlyReject) | None => Ok(tick),
        }
    }

    #[cold]
    fn slide(&self, is_buy: bool, tick: i64) -> Result<i64, RejectCode> {
        let opposite = self.sides[side_index(!is_buy)].best_tick();
        let slid = match opposite.filter(|_| self.would_match(is_buy, tick)) {
            Some(best) => self.behind(is_buy, best),
            None => return Ok(tick),
        };
        let slid = slid.ok_or(RejectCode::ArithmeticOverflow)?;
        if slid.unsigned_abs() > self.tick_bound.unsigned_abs() {
            return Err(RejectCode::ArithmeticOverflow);
        }
        if slid < self.tick_min || slid > self.tick_max {
            return Err(RejectCode::PostOnlyWouldMatch);
        }
        Ok(slid)
    }

    /// The price one tick of the bands behind another. `None` beyond the range of prices.
    pub(super) fn behind(&self, is_buy: bool, best: i64) -> Option<i64> {
        // Prices in a book keep away from the ends of the range.
        let next = if is_buy { best - 1 } else { best + 1 };
        if self.extras & extras::BANDS == 0 {
            return Some(next);
        }
        if is_buy { self.guards.at_or_below(next) } else { self.guards.at_or_above(next) }
    }

    /// Whether an order at this price would meet one on the other side.
    fn would_match(&self, is_buy: bool, tick: i64) -> bool {
        let opposite = &self.sides[side_index(!is_buy)];
        opposite.within(opposite.rank(tick)).is_some()
    }

    /// Last of step 16: a post-only order meets nobody, a market-to-limit order somebody.
    #[inline(never)]
    pub(crate) fn check_opposite(
        &self,
        is_buy: bool,
        tick: i64,
        traits: &Traits,
    ) -> Result<(), RejectCode> {
        if traits.exec_inst.0 != 0 && self.would_match(is_buy, tick) {
            return Err(RejectCode::PostOnlyWouldMatch);
        }
        if traits.ord_type == OrdType::MarketToLimit && self.sides[side_index(!is_buy)].is_empty() {
            return Err(RejectCode::NoLiquidity);
        }
        Ok(())
    }
}
