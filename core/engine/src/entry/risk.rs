//! Steps 12 to 14 of the order of validation: collar and limits, the most restrictive named.
//!
//! The way of an order that passes is one comparison a limit, against the tightest of all levels.
//! Which level it was is asked only where one is exceeded.

use pinion_types::{LimitId, RejectCode, Scope};

use super::refusal::{Refusal, count, money_down, money_up};
use crate::engine::Engine;
use crate::tables::{Account, Caps, Firm, Instrument, Limits, Load, bps_of};

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
struct Holding {
    quantity: i64,
    buys: u64,
    sells: u64,
}

impl Holding {
    /// Worst case on one side, if everything of it were filled. At most 2^61.
    const fn worst(self, is_buy: bool, more: u64) -> i64 {
        if is_buy {
            self.quantity + (self.buys + more) as i64
        } else {
            (self.sells + more) as i64 - self.quantity
        }
    }
}

impl Engine {
    /// Steps 12, 13, 14: collar, R1, R2, R6, R7, R4, R5; then the headroom of sums.
    pub(crate) fn check_risk(&self, increase: &Increase) -> Result<(), Refusal> {
        let account = &self.accounts[increase.account as usize];
        let instrument = &self.instruments[increase.instrument as usize];
        let position = increase.position.map(|slot| self.positions.at(slot));
        let caps = position.map_or(&account.caps, |it| &it.caps);
        if let Some(tick) = increase.collar_tick
            && !instrument.is_in_collar(increase.is_buy, tick, caps)
        {
            return Err(self.name_collar(increase, tick));
        }
        if increase.order_qty > caps.order_qty {
            return Err(self.name_order_qty(increase));
        }
        if increase.order_notional > caps.order_notional {
            return Err(self.name_order_notional(increase));
        }
        let firm = &self.firms[account.firm as usize];
        let own = position.map_or(&Load::NONE, |it| &it.load);
        if increase.orders > 0 {
            let exceeds = |load: &Load| load.orders_exceed(increase.orders);
            if exceeds(&firm.load) || exceeds(&account.load) || exceeds(own) {
                return Err(self.name_open_orders(increase, [&firm.load, &account.load, own]));
            }
        }
        let holding = position.map_or(Holding::default(), |it| Holding {
            quantity: it.quantity,
            buys: it.buys,
            sells: it.sells,
        });
        if increase.notional > 0 {
            let exceeds = |load: &Load| load.notional_exceeds(increase.notional);
            if exceeds(&firm.load) || exceeds(&account.load) || exceeds(own) {
                return Err(self.name_open_notional(increase, [&firm.load, &account.load, own]));
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
    #[inline]
    fn check_position(
        &self,
        increase: &Increase,
        holding: Holding,
        caps: &Caps,
    ) -> Result<(), Refusal> {
        let worst = holding.worst(increase.is_buy, increase.qty);
        let cap = if increase.is_buy { caps.long } else { caps.short };
        // Below zero is no position on this side: a reducing order.
        if u64::try_from(worst).is_ok_and(|worst| worst > cap) {
            return Err(self.name_position(increase, holding));
        }
        Ok(())
    }

    /// R5 of the account and its firm.
    #[inline]
    fn check_gross(
        &self,
        increase: &Increase,
        account: &Account,
        firm: &Firm,
    ) -> Result<(), Refusal> {
        let of_firm = firm.gross + firm.load.open_notional;
        let of_account = account.gross + account.load.open_notional;
        let exceeds = |sum: i128, max: i128| sum + increase.notional > max;
        if exceeds(of_firm, firm.gross_max) || exceeds(of_account, account.gross_max) {
            let levels = [(firm.gross_max, of_firm), (account.gross_max, of_account)];
            return Err(self.name_gross(increase, levels));
        }
        Ok(())
    }

    /// Step 17, the sums: nothing of the account, its position or its firm may come near the end of
    /// its range, whatever its orders do.
    #[inline]
    pub(crate) fn check_headroom(&self, increase: &Increase) -> Result<(), Refusal> {
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
        if is_far { Err(RejectCode::ArithmeticOverflow.into()) } else { Ok(()) }
    }

    /// Level 0 is the firm, 1 the account, 2 the account in the instrument.
    fn at_level(&self, refusal: Refusal, increase: &Increase, level: usize) -> Refusal {
        let account = &self.accounts[increase.account as usize];
        match level {
            0 => refusal.at(Scope::Firm, account.firm + 1),
            _ => refusal.at(Scope::Account, increase.account + 1),
        }
    }

    /// The limits of the three levels; none where there is no position.
    fn limits(&self, increase: &Increase) -> [Limits; 3] {
        let account = &self.accounts[increase.account as usize];
        let position = increase.position.map(|slot| self.positions.at(slot));
        let own = position.map_or(Limits::NONE, |it| it.limits);
        [self.firms[account.firm as usize].limits, account.limits, own]
    }

    #[cold]
    fn name_collar(&self, increase: &Increase, tick: i64) -> Refusal {
        let instrument = &self.instruments[increase.instrument as usize];
        let reference = instrument.reference().unwrap_or(0);
        let bound = |width: i64| {
            if increase.is_buy {
                reference.saturating_add(width)
            } else {
                reference.saturating_sub(width)
            }
        };
        let refuse = |bound: i64| {
            let numbers = [bound, reference, tick].map(|tick| instrument.px(tick).0);
            Refusal::new(RejectCode::Collar, LimitId::Collar, numbers)
        };
        let own = if increase.is_buy { instrument.collar_high } else { instrument.collar_low };
        let widths = self.limits(increase).map(|it| it.collar_bps);
        let (level, &bps) =
            widths.iter().enumerate().min_by_key(|&(_, bps)| *bps).unwrap_or((0, &u32::MAX));
        let other = bound(bps_of(reference, bps));
        let is_tighter = if increase.is_buy { other < own } else { other > own };
        if bps != u32::MAX && is_tighter {
            return self.at_level(refuse(other), increase, level);
        }
        refuse(own).at(Scope::Instrument, instrument.id().0)
    }

    #[cold]
    fn name_order_qty(&self, increase: &Increase) -> Refusal {
        let (level, limit) = least(self.limits(increase).map(|it| it.order_qty));
        let numbers = [count(limit), 0, count(increase.order_qty)];
        let refusal = Refusal::new(RejectCode::OrderQtyLimit, LimitId::OrderQty, numbers);
        self.at_level(refusal, increase, level)
    }

    #[cold]
    fn name_order_notional(&self, increase: &Increase) -> Refusal {
        let (level, limit) = least(self.limits(increase).map(|it| it.order_notional));
        let numbers = [count(limit), 0, money_up(increase.order_notional)];
        let refusal = Refusal::new(RejectCode::OrderNotionalLimit, LimitId::OrderNotional, numbers);
        self.at_level(refusal, increase, level)
    }

    #[cold]
    fn name_open_orders(&self, increase: &Increase, loads: [&Load; 3]) -> Refusal {
        let (level, _) = least(loads.map(|it| it.open_orders_max.saturating_sub(it.open_orders)));
        let load = loads[level];
        let numbers = [
            i64::from(load.open_orders_max),
            i64::from(load.open_orders),
            i64::from(load.open_orders + increase.orders),
        ];
        let refusal = Refusal::new(RejectCode::OpenOrdersLimit, LimitId::OpenOrders, numbers);
        self.at_level(refusal, increase, level)
    }

    #[cold]
    fn name_open_notional(&self, increase: &Increase, loads: [&Load; 3]) -> Refusal {
        let headroom = loads.map(|it| it.open_notional_max.saturating_sub(it.open_notional));
        let (level, _) = least(headroom);
        let load = loads[level];
        let numbers = [
            money_down(load.open_notional_max),
            money_down(load.open_notional),
            money_up(load.open_notional + increase.notional),
        ];
        let refusal = Refusal::new(RejectCode::OpenNotionalLimit, LimitId::OpenNotional, numbers);
        self.at_level(refusal, increase, level)
    }

    #[cold]
    fn name_gross(&self, increase: &Increase, levels: [(i128, i128); 2]) -> Refusal {
        let headroom = levels.map(|(max, sum)| max.saturating_sub(sum));
        let (level, _) = least([headroom[0], headroom[1], i128::MAX]);
        let (max, sum) = levels[level];
        let numbers = [money_down(max), money_down(sum), money_up(sum + increase.notional)];
        let refusal = Refusal::new(RejectCode::GrossLimit, LimitId::Gross, numbers);
        self.at_level(refusal, increase, level)
    }

    #[cold]
    fn name_position(&self, increase: &Increase, holding: Holding) -> Refusal {
        let limits = self.limits(increase);
        let (code, id, limits) = if increase.is_buy {
            (RejectCode::LongLimit, LimitId::Long, limits.map(|it| it.long))
        } else {
            (RejectCode::ShortLimit, LimitId::Short, limits.map(|it| it.short))
        };
        let (level, limit) = least(limits);
        let worst = |more| holding.worst(increase.is_buy, more);
        let refusal = Refusal::new(code, id, [count(limit), worst(0), worst(increase.qty)]);
        self.at_level(refusal, increase, level)
    }
}

/// The least of three, the first where they are equal.
fn least<T: Ord + Copy>(levels: [T; 3]) -> (usize, T) {
    let mut level = 0;
    for other in 1..3 {
        if levels[other] < levels[level] {
            level = other;
        }
    }
    (level, levels[level])
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
