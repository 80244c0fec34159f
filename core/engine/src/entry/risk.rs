//! Steps 12 to 14 of the order of validation: collar and limits, and the headroom of sums.
//!
//! The way of an order that passes is one comparison a limit, against the tightest of all levels.
//! Which level it was is asked only where one is exceeded, in `explain`.

use pinion_types::RejectCode;

use crate::engine::Engine;
use crate::tables::{Account, Caps, Firm, Instrument, Load, Position};

/// Whether an amount is beyond 2^120 either way: then it may not grow any more.
#[inline]
const fn is_far_amount(amount: i128) -> bool {
    // The bits above are all equal to the sign where it is not.
    ((amount >> 120) as u64).wrapping_add(1) > 1
}

/// What an order or a replace would add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Increase {
    pub(crate) account: u32,
    pub(crate) instrument: u32,
    /// Slot of the position, where there is one.
    pub(crate) position: Option<u32>,
    pub(crate) is_buy: bool,
    /// Price that the collar looks at.
    pub(crate) collar_tick: Option<i64>,
    /// Quantity of the whole order (R1); 0 where it does not grow.
    pub(crate) order_qty: u64,
    /// Value of the whole order (R2); 0 where it does not grow.
    pub(crate) order_notional: i128,
    /// Orders more (R6).
    pub(crate) orders: u32,
    /// Working value more (R7); 0 where it shrinks.
    pub(crate) notional: i128,
    /// Working quantity more (R4).
    pub(crate) qty: u64,
}

/// P, B and S of a position.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holding {
    pub(super) quantity: i64,
    pub(super) buys: u64,
    pub(super) sells: u64,
}

impl Holding {
    pub(super) const fn of(position: &Position) -> Self {
        Holding { quantity: position.quantity, buys: position.buys, sells: position.sells }
    }

    /// Worst case on one side, if everything of it were filled. At most 2^61.
    pub(super) const fn worst(self, is_buy: bool, more: u64) -> i64 {
        if is_buy {
            self.quantity + (self.buys + more) as i64
        } else {
            (self.sells + more) as i64 - self.quantity
        }
    }
}

impl Engine {
    /// Steps 12, 13, 14: collar, R1, R2, R6, R7, R4, R5; then the headroom of sums.
    #[inline(always)]
    pub(crate) fn check_risk(&self, increase: &Increase) -> Result<(), RejectCode> {
        let account = &self.accounts[increase.account as usize];
        let instrument = &self.instruments[increase.instrument as usize];
        let position = increase.position.map(|slot| self.positions.at(slot));
        let caps = position.map_or(&account.caps, |it| &it.caps);
        if let Some(tick) = increase.collar_tick
            && !instrument.is_in_collar(increase.is_buy, tick, caps)
        {
            return Err(RejectCode::Collar);
        }
        if increase.order_qty > caps.order_qty {
            return Err(RejectCode::OrderQtyLimit);
        }
        if increase.order_notional > caps.order_notional {
            return Err(RejectCode::OrderNotionalLimit);
        }
        let firm = &self.firms[account.firm as usize];
        let own = position.map_or(&Load::NONE, |it| &it.load);
        if increase.orders > 0 {
            let exceeds = |load: &Load| load.orders_exceed(increase.orders);
            if exceeds(&firm.load) || exceeds(&account.load) || exceeds(own) {
                return Err(RejectCode::OpenOrdersLimit);
            }
        }
        let holding = position.map_or(Holding::default(), Holding::of);
        if increase.notional > 0 {
            let exceeds = |load: &Load| load.notional_exceeds(increase.notional);
            if exceeds(&firm.load) || exceeds(&account.load) || exceeds(own) {
                return Err(RejectCode::OpenNotionalLimit);
            }
        }
        if increase.qty > 0 {
            self.check_position(increase, holding, caps)?;
        }
        if increase.notional > 0 && holding.worst(increase.is_buy, increase.qty) > 0 {
            self.check_gross(increase, account, firm)?;
        }
        Ok(())
    }

    /// R4: what could be held at worst, and that all of it can be counted.
    #[inline(always)]
    fn check_position(
        &self,
        increase: &Increase,
        holding: Holding,
        caps: &Caps,
    ) -> Result<(), RejectCode> {
        let worst = holding.worst(increase.is_buy, increase.qty);
        let cap = if increase.is_buy { caps.long } else { caps.short };
        // Below zero is no position on this side: a reducing order.
        if u64::try_from(worst).is_ok_and(|worst| worst > cap) {
            let code = if increase.is_buy { RejectCode::LongLimit } else { RejectCode::ShortLimit };
            return Err(code);
        }
        Ok(())
    }

    /// R5 of the account and its firm.
    #[inline(always)]
    fn check_gross(
        &self,
        increase: &Increase,
        account: &Account,
        firm: &Firm,
    ) -> Result<(), RejectCode> {
        let of_firm = firm.gross + firm.load.open_notional;
        let of_account = account.gross + account.load.open_notional;
        let exceeds = |sum: i128, max: i128| sum + increase.notional > max;
        if exceeds(of_firm, firm.gross_max) || exceeds(of_account, account.gross_max) {
            return Err(RejectCode::GrossLimit);
        }
        Ok(())
    }

    /// Step 17, the sums: nothing of the account, its position or its firm may come near the end of
    /// its range, whatever its orders do.
    #[inline(always)]
    pub(crate) fn check_headroom(&self, increase: &Increase) -> Result<(), RejectCode> {
        let account = &self.accounts[increase.account as usize];
        let firm = &self.firms[account.firm as usize];
        let mut is_far = is_far_amount(firm.load.open_notional);
        if let Some(position) = increase.position.map(|slot| self.positions.at(slot)) {
            // B and S are sums of 2^23 orders of 2^40 at most, P was within the bound.
            let all = position.quantity.unsigned_abs() + position.buys + position.sells;
            let bound = self.instruments[increase.instrument as usize].quantity_bound;
            let cash = self.cash.at(position.cash).amount;
            is_far |= all + increase.qty > bound
                || is_far_amount(position.realized)
                || is_far_amount(position.fees)
                || is_far_amount(cash);
        }
        if is_far { Err(RejectCode::ArithmeticOverflow) } else { Ok(()) }
    }
}

impl Instrument {
    /// Where the protection of a market order ends: best opposite price, else the reference, and
    /// so many ticks further, within what the instrument allows.
    pub(crate) fn protection(&self, is_buy: bool, ticks: u32) -> Option<i64> {
        let opposite = &self.sides[crate::tables::side_index(!is_buy)];
        let base = opposite.best_tick().or(self.reference())?;
        let own = self.definition.protection_ticks;
        let ticks = i64::from(if ticks == 0 { own } else { ticks.min(own) });
        let end = if is_buy { base.saturating_add(ticks) } else { base.saturating_sub(ticks) };
        let low = self.tick_min.max(-self.tick_bound);
        let high = self.tick_max.min(self.tick_bound);
        Some(end.max(low).min(high))
    }
}
