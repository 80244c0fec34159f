//! What is asked of few orders: rights and rates of accounts (step 6), and steps 12 to 16 with
//! cash, margin, stale marks, loss states, and limits of sessions and of the venue.

use pinion_types::{InstrumentId, Nanos, OrdType, RejectCode, Side};

use super::risk::{Increase, Parties};
use crate::book::NONE;
use crate::engine::Engine;
use crate::tables::levels::Level;
use crate::tables::{Account, Instrument, Ledger, Loss, Permit, money, watch};

/// What an order adds to the counts of its session and of the venue.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    pub(super) orders: u32,
    pub(super) notional: i128,
}

impl Increase {
    /// Whether it could take the position beyond flat on its side.
    fn opens(&self, parties: &Parties<'_>) -> bool {
        self.qty > 0 && parties.worst(self.is_buy, self.qty) > 0
    }
}

impl Engine {
    /// Step 6, last: what the account may trade, and how fast (R18, R11). A message that passes
    /// stays counted whatever comes after.
    #[inline(always)]
    pub(crate) fn check_rights(
        &mut self,
        now: Nanos,
        account: u32,
        instrument: InstrumentId,
        side: Side,
        ord_type: OrdType,
    ) -> Result<(), RejectCode> {
        let is_marked = matches!(side, Side::SellShort | Side::SellShortExempt);
        if self.accounts[account as usize].watch & watch::ASKED == 0 && !is_marked {
            return Ok(());
        }
        if !self.permit(account, instrument).allows(side, ord_type) {
            return Err(RejectCode::PermissionForbids);
        }
        self.check_rate(now, account)
    }

    /// What an account may trade in an instrument: what was said for it there, else for all.
    #[cold]
    fn permit(&self, account: u32, instrument: InstrumentId) -> Permit {
        let slot = self.positions.find(account, instrument.0.wrapping_sub(1));
        let own = slot.and_then(|slot| self.positions.at(slot).permit);
        own.or(self.ledgers[account as usize].permit).unwrap_or(Permit::DEFAULT)
    }

    /// Takes an order or a replace from the bucket of its account.
    #[cold]
    pub(crate) fn check_rate(&mut self, now: Nanos, account: u32) -> Result<(), RejectCode> {
        let Some(rate) = self.ledgers[account as usize].order_rate() else { return Ok(()) };
        let passes = self.change_ledger(account, |it| it.orders.take(rate, now));
        if passes { Ok(()) } else { Err(RejectCode::AccountThrottled) }
    }

    /// Counts a cancel in the bucket of its account; it is never refused.
    #[inline]
    pub(crate) fn count_account_cancel(&mut self, now: Nanos, account: u32) {
        if self.accounts[account as usize].watch & watch::ASKED == 0 {
            return;
        }
        let Some(rate) = self.ledgers[account as usize].cancel_rate() else { return };
        self.change_ledger(account, |it| {
            if !it.cancels.take(rate, now) {
                it.cancels_over = it.cancels_over.saturating_add(1);
            }
        });
    }

    /// Changes what moves by itself in the rare part of an account.
    pub(crate) fn change_ledger<T>(
        &mut self,
        account: u32,
        change: impl FnOnce(&mut Ledger) -> T,
    ) -> T {
        let id = u64::from(account) + 1;
        let ledger = &mut self.ledgers[account as usize];
        let before = ledger.hash(id);
        let done = change(ledger);
        let moved = ledger.hash(id).wrapping_sub(before);
        self.hash = self.hash.wrapping_add(moved);
        done
    }

    /// Steps 12 to 16: one test where collar and limits are all there is.
    #[inline(always)]
    pub(crate) fn check_risk(
        &self,
        now: Nanos,
        parties: &Parties<'_>,
        increase: &Increase,
    ) -> Result<(), RejectCode> {
        let bits = parties.account.watch | parties.instrument.extras | self.watch;
        if bits & watch::CHECKED != 0 {
            return self.check_watched(now, *increase);
        }
        parties.check_limits(increase)
    }

    #[cold]
    #[inline(never)]
    fn check_watched(&self, now: Nanos, increase: Increase) -> Result<(), RejectCode> {
        let parties = self.parties(&increase);
        let (account, instrument) = (parties.account, parties.instrument);
        let posts = !account.is_cash();
        if posts
            && instrument.has_margin()
            && instrument.margin_px().is_none()
            && parties.widens(&increase)
        {
            return Err(RejectCode::NoReferencePx);
        }
        parties.check_collar(&increase)?;
        if posts
            && let Some(age) = instrument.mark_age_max()
            && increase.opens(&parties)
            && (instrument.mark.is_none() || instrument.mark_age(now) > age)
        {
            return Err(RejectCode::StaleMark);
        }
        self.check_sizes(&parties, &increase)?;
        parties.check_position(&increase)?;
        if posts {
            self.check_margin(&parties, &increase)?;
        } else {
            self.check_cash(&parties, &increase)?;
        }
        self.check_close_only(&parties, &increase)
    }

    /// Step 13 at every level, those of the session and the venue included.
    fn check_sizes(&self, parties: &Parties<'_>, increase: &Increase) -> Result<(), RejectCode> {
        let levels = self.levels.of(increase.session.0);
        let own = parties.caps();
        let most =
            |limit: fn(&Level) -> u64| levels.map(limit).into_iter().fold(u64::MAX, u64::min);
        let order_qty = own.order_qty.min(most(|it| it.limits.order_qty));
        if increase.order_qty > order_qty {
            return Err(RejectCode::OrderQtyLimit);
        }
        let order_notional = money(most(|it| it.limits.order_notional));
        if increase.order_notional > own.order_notional.min(order_notional) {
            return Err(RejectCode::OrderNotionalLimit);
        }
        let counted = self.counted(increase);
        let exceeds = |level: &Level| level.load.orders_exceed(counted.orders);
        if parties.orders_exceed(increase) || counted.orders > 0 && levels.into_iter().any(exceeds)
        {
            return Err(RejectCode::OpenOrdersLimit);
        }
        let exceeds = |level: &Level| level.load.notional_exceeds(counted.notional);
        if parties.notional_exceeds(increase)
            || counted.notional > 0 && levels.into_iter().any(exceeds)
        {
            return Err(RejectCode::OpenNotionalLimit);
        }
        Ok(())
    }

    /// What an increase is for its session and the venue: a replace stays with them, even where
    /// the account changes.
    pub(super) fn counted(&self, increase: &Increase) -> Counted {
        let instrument = &self.instruments[increase.instrument as usize];
        let notional = instrument.notional(increase.tick, increase.leaves).abs();
        if increase.replaced == NONE {
            return Counted { orders: 1, notional };
        }
        let order = self.orders.at(increase.replaced);
        let held = self.open_notional(order, order.leaves);
        Counted { orders: 0, notional: (notional - held).max(0) }
    }

    /// Step 15 of an account that pays in full (R8).
    fn check_cash(&self, parties: &Parties<'_>, increase: &Increase) -> Result<(), RejectCode> {
        let more = self.more_held(increase);
        if more > 0 && more > self.free_cash(parties) {
            return Err(RejectCode::BuyingPower);
        }
        if increase.is_buy || increase.qty == 0 {
            return Ok(());
        }
        let (held, sells) = parties.position.map_or((0, 0), |it| (it.quantity, it.sells));
        // Sums of quantities are within 2^61.
        let covers = increase.qty as i64 <= held - sells as i64;
        match increase.side {
            Side::Sell if !covers => Err(RejectCode::Holding),
            Side::SellShort | Side::SellShortExempt if covers => Err(RejectCode::ShortMark),
            _ => Ok(()),
        }
    }

    /// What an increase would hold of cash beside what its order holds.
    pub(super) fn more_held(&self, increase: &Increase) -> i128 {
        let account = &self.accounts[increase.account as usize];
        let instrument = &self.instruments[increase.instrument as usize];
        let hold = |tick, leaves| instrument.hold(account, increase.is_buy, tick, leaves);
        let held = match increase.replaced {
            NONE => 0,
            slot => {
                let order = self.orders.at(slot);
                let stays = order.account == increase.account;
                if stays { hold(order.tick, order.leaves) } else { 0 }
            }
        };
        hold(increase.tick, increase.leaves) - held
    }

    /// Cash in the instrument's currency, and what is held of it.
    pub(super) fn cash_held(&self, parties: &Parties<'_>) -> (i128, i128) {
        let slot = match parties.position {
            Some(position) => Some(position.cash),
            None => self.cash.find(parties.account.cash, parties.instrument.currency),
        };
        slot.map_or((0, 0), |slot| {
            let cash = self.cash.at(slot);
            (cash.amount, cash.held)
        })
    }

    fn free_cash(&self, parties: &Parties<'_>) -> i128 {
        let (amount, held) = self.cash_held(parties);
        amount - held
    }

    /// Step 15 of an account that posts margin (R9).
    fn check_margin(&self, parties: &Parties<'_>, increase: &Increase) -> Result<(), RejectCode> {
        if !parties.instrument.has_margin() {
            return Ok(());
        }
        let [now, after] = parties.margins(increase);
        if after <= now {
            return Ok(());
        }
        let sum = self.ledgers[increase.account as usize].margin;
        let fits = sum - now + after <= self.equity(increase.account);
        if fits { Ok(()) } else { Err(RejectCode::Margin) }
    }

    /// Step 16: an account that may only reduce (R16, R17).
    fn check_close_only(
        &self,
        parties: &Parties<'_>,
        increase: &Increase,
    ) -> Result<(), RejectCode> {
        if self.ledgers[increase.account as usize].close_only == 0 || increase.qty == 0 {
            return Ok(());
        }
        let reduces = parties.position.is_some_and(|it| {
            let is_other = it.quantity != 0 && (it.quantity < 0) == increase.is_buy;
            let working = it.working(increase.is_buy);
            is_other && working + increase.qty <= it.quantity.unsigned_abs()
        });
        if reduces { Ok(()) } else { Err(RejectCode::CloseOnly) }
    }

    /// The loss that an account is close-only by, where it is.
    pub(super) fn closing_loss(&self, account: u32) -> Option<Loss> {
        let ledger = &self.ledgers[account as usize];
        Loss::ALL.into_iter().find(|loss| ledger.close_only & loss.bit() != 0)
    }
}

impl Parties<'_> {
    /// Margin of the position as it is, and as it would be.
    pub(super) fn margins(&self, increase: &Increase) -> [i128; 2] {
        [0, increase.qty].map(|more| self.instrument.margin(self.largest(increase.is_buy, more)))
    }

    /// Whether the larger of |P + B| and |P - S| grows.
    fn widens(&self, increase: &Increase) -> bool {
        self.largest(increase.is_buy, increase.qty) > self.largest(increase.is_buy, 0)
    }

    /// The larger of |P + B| and |P - S|, where the side has `more` working.
    fn largest(&self, is_buy: bool, more: u64) -> u64 {
        self.position.map_or(more, |it| it.largest(is_buy, more))
    }
}

impl Instrument {
    /// What a working order of a cash account holds, in 1e-8: a buy its value and the worst fee, a
    /// sell the same where its price is below zero, so that it may have to pay.
    pub(crate) fn hold(&self, account: &Account, is_buy: bool, tick: i64, leaves: u64) -> i128 {
        if !is_buy && tick >= 0 {
            return 0;
        }
        let notional = self.notional(tick, leaves);
        let value = if is_buy { notional } else { -notional };
        let rate = account.maker_fee.max(account.taker_fee).max(0);
        value.max(0) + self.fee(value, rate)
    }
}
