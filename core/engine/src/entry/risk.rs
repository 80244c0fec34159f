//! Steps 12 to 14 of the order of validation: collar and limits, and the headroom of sums.
//!
//! The way of an order that passes is one comparison a limit, against the tightest of all levels.
//! Which level it was is asked only where one is exceeded, in `explain`.

use core::hint::select_unpredictable;

use pinion_types::{RejectCode, SessionId, Side};

use crate::arith::is_far;
use crate::book::NONE;
use crate::engine::Engine;
use crate::tables::{Account, Caps, Firm, Instrument, Load, Position, extras};

/// What an order or a replace would add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Increase {
    pub(crate) account: u32,
    pub(crate) instrument: u32,
    /// Slot of the position, or [`NONE`].
    pub(crate) position: u32,
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
    /// Price and quantity that the order will work with.
    pub(crate) tick: i64,
    pub(crate) leaves: u64,
    /// Slot of the order that is replaced, or [`NONE`].
    pub(crate) replaced: u32,
    pub(crate) side: Side,
    pub(crate) session: SessionId,
}

/// Whose risk an order is: the levels above it, and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Parties<'a> {
    pub(crate) firm: &'a Firm,
    pub(crate) account: &'a Account,
    pub(crate) instrument: &'a Instrument,
    /// Where there is one.
    pub(crate) position: Option<&'a Position>,
}

impl Parties<'_> {
    /// What could be held on one side at worst, with so much more. At most 2^61 either way.
    #[inline(always)]
    pub(super) fn worst(&self, is_buy: bool, more: u64) -> i64 {
        let (quantity, buys, sells) =
            self.position.map_or((0, 0, 0), |it| (it.quantity, it.buys, it.sells));
        let working = select_unpredictable(is_buy, buys, sells);
        select_unpredictable(is_buy, quantity, -quantity) + (working + more) as i64
    }

    /// What counts at each level: firm, account, account in the instrument.
    #[inline(always)]
    pub(super) fn loads(&self) -> [&Load; 3] {
        const NOTHING: &Load = &Load::NONE;
        [&self.firm.load, &self.account.load, self.position.map_or(NOTHING, |it| &it.load)]
    }

    /// The tightest limits that hold.
    #[inline(always)]
    pub(super) fn caps(&self) -> &Caps {
        self.position.map_or(&self.account.caps, |it| &it.caps)
    }

    /// Steps 12, 13, 14: collar, R1, R2, R6, R7, R4, R5.
    #[inline(always)]
    pub(super) fn check_limits(&self, increase: &Increase) -> Result<(), RejectCode> {
        self.check_collar(increase)?;
        let caps = self.caps();
        if increase.order_qty > caps.order_qty {
            return Err(RejectCode::OrderQtyLimit);
        }
        if increase.order_notional > caps.order_notional {
            return Err(RejectCode::OrderNotionalLimit);
        }
        if self.orders_exceed(increase) {
            return Err(RejectCode::OpenOrdersLimit);
        }
        if self.notional_exceeds(increase) {
            return Err(RejectCode::OpenNotionalLimit);
        }
        self.check_position(increase)
    }

    /// Step 12: the collar.
    #[inline(always)]
    pub(super) fn check_collar(&self, increase: &Increase) -> Result<(), RejectCode> {
        match increase.collar_tick {
            Some(tick) if !self.instrument.is_in_collar(increase.is_buy, tick, self.caps()) => {
                Err(RejectCode::Collar)
            }
            _ => Ok(()),
        }
    }

    /// Step 13: open orders (R6).
    #[inline(always)]
    pub(super) fn orders_exceed(&self, increase: &Increase) -> bool {
        let [firm, account, own] = self.loads();
        let exceeds = |load: &Load| load.orders_exceed(increase.orders);
        increase.orders > 0 && (exceeds(firm) || exceeds(account) || exceeds(own))
    }

    /// Step 13: open value (R7).
    #[inline(always)]
    pub(super) fn notional_exceeds(&self, increase: &Increase) -> bool {
        let [firm, account, own] = self.loads();
        let exceeds = |load: &Load| load.notional_exceeds(increase.notional);
        increase.notional > 0 && (exceeds(firm) || exceeds(account) || exceeds(own))
    }

    /// Step 14: positions at worst (R4), gross value (R5).
    #[inline(always)]
    pub(super) fn check_position(&self, increase: &Increase) -> Result<(), RejectCode> {
        let (is_buy, caps) = (increase.is_buy, self.caps());
        let worst = self.worst(is_buy, increase.qty);
        // Below zero is no position on this side: a reducing order.
        if increase.qty > 0 && worst > 0 {
            let cap = select_unpredictable(is_buy, caps.long, caps.short);
            if worst.unsigned_abs() > cap {
                let code = if is_buy { RejectCode::LongLimit } else { RejectCode::ShortLimit };
                return Err(code);
            }
        }
        if increase.notional > 0 && worst > 0 {
            let exceeds = |gross: i128, load: &Load, max| {
                gross + load.open_notional + increase.notional > max
            };
            let [firm, account, _] = self.loads();
            if exceeds(self.firm.gross, firm, self.firm.gross_max)
                || exceeds(self.account.gross, account, self.account.gross_max)
            {
                return Err(RejectCode::GrossLimit);
            }
        }
        Ok(())
    }

    /// Step 17, the sums: nothing of the account, its position, its firm or the venue's `fees` in
    /// the currency may come near the end of its range, whatever its orders do.
    #[inline(always)]
    pub(crate) fn check_headroom(&self, qty: u64, fees: i128) -> Result<(), RejectCode> {
        let mut exceeds = is_far(self.firm.load.open_notional) | is_far(fees);
        exceeds |= self.account.load.is_far;
        if let Some(position) = self.position {
            // B and S are sums of 2^23 orders of 2^40 at most, P was within the bound.
            let all = position.quantity.unsigned_abs() + position.buys + position.sells;
            exceeds |= all + qty > self.instrument.quantity_bound;
            exceeds |= position.load.is_far;
        }
        if exceeds { Err(RejectCode::ArithmeticOverflow) } else { Ok(()) }
    }
}

impl Engine {
    /// Whose risk an increase is.
    #[inline(always)]
    pub(crate) fn parties(&self, increase: &Increase) -> Parties<'_> {
        let account = &self.accounts[increase.account as usize];
        Parties {
            firm: &self.firms[account.firm as usize],
            account,
            instrument: &self.instruments[increase.instrument as usize],
            position: self.position_at(increase.position),
        }
    }

    /// What the venue earned in the currency of an instrument.
    #[inline(always)]
    pub(crate) fn fees_in(&self, traded: &Instrument) -> i128 {
        self.cash.currencies[traded.currency as usize].fees
    }

    /// The position in a slot, where it is one.
    #[inline(always)]
    pub(crate) fn position_at(&self, slot: u32) -> Option<&Position> {
        if slot == NONE { None } else { Some(self.positions.at(slot)) }
    }
}

impl Instrument {
    /// The price of a market-to-limit order: the best opposite, else the reference.
    pub(crate) fn opposite_px(&self, is_buy: bool) -> Option<i64> {
        let opposite = &self.sides[crate::tables::side_index(!is_buy)];
        opposite.best_tick().or(self.reference())
    }

    /// Where the protection of a market order ends: best opposite price, else the reference, and
    /// so many ticks further, within what the instrument allows.
    pub(crate) fn protection(&self, is_buy: bool, ticks: u32) -> Option<i64> {
        let opposite = &self.sides[crate::tables::side_index(!is_buy)];
        let base = opposite.best_tick().or(self.reference())?;
        Some(self.protection_from(is_buy, base, ticks))
    }

    /// Where protection from a price ends: so many ticks further, within what the instrument
    /// allows; where that is no price of its band, the next one toward where it began.
    pub(crate) fn protection_from(&self, is_buy: bool, base: i64, ticks: u32) -> i64 {
        let own = self.definition.protection_ticks;
        let ticks = i64::from(if ticks == 0 { own } else { ticks.min(own) });
        let end = if is_buy { base.saturating_add(ticks) } else { base.saturating_sub(ticks) };
        let low = self.tick_min.max(-self.tick_bound);
        let high = self.tick_max.min(self.tick_bound);
        let end = end.max(low).min(high);
        if self.extras & extras::BANDS == 0 { end } else { self.in_band(is_buy, base, end) }
    }

    #[cold]
    fn in_band(&self, is_buy: bool, base: i64, end: i64) -> i64 {
        if is_buy {
            let least = base.min(end);
            self.guards.at_or_below(end).map_or(least, |tick| tick.max(least))
        } else {
            let most = base.max(end);
            self.guards.at_or_above(end).map_or(most, |tick| tick.min(most))
        }
    }
}
