//! What holds for new orders and replaces alike: steps 5 to 9, 11 and 12 of the order of
//! validation. A check says yes or which code; the numbers behind a refusal are found afterwards.

use pinion_types::{
    AccountId, ClOrdId, InstrumentId, Nanos, Px, Qty, RejectCode, SessionId, SessionRole,
    TradingState,
};

use crate::engine::{Context, Engine};
use crate::session::Session;
use crate::states::collects;
use crate::tables::{Caps, Instrument, bps_of, extras};

/// A price and a quantity that passed the instrument's filters, and their value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Priced {
    pub(crate) tick: i64,
    pub(crate) qty: u64,
    /// Without sign, in 1e-8.
    pub(crate) notional: i128,
}

impl Engine {
    /// Step 5: neither ahead of the venue's clock, nor stale, nor past its own end.
    #[inline(always)]
    pub(crate) fn check_times(
        &self,
        cx: &Context,
        sent: Nanos,
        valid_until: Nanos,
    ) -> Result<(), RejectCode> {
        self.check_moments(cx.now, sent, valid_until)
    }

    /// [`Engine::check_times`] at a moment.
    #[inline(always)]
    pub(crate) fn check_moments(
        &self,
        now: Nanos,
        sent: Nanos,
        valid_until: Nanos,
    ) -> Result<(), RejectCode> {
        let now = now.0;
        let window = self.genesis.sending_time_window_ns;
        if sent.0 > now.saturating_add(self.genesis.sending_time_ahead_ns) {
            return Err(RejectCode::SendingTimeAhead);
        }
        if window != 0 && sent.0.saturating_add(window) < now {
            return Err(RejectCode::SendingTimeStale);
        }
        if valid_until.0 != 0 && valid_until.0 < now {
            return Err(RejectCode::ValidUntilPassed);
        }
        Ok(())
    }

    /// Step 6, first half: the session may enter and cancel orders.
    #[inline(always)]
    pub(crate) fn check_role(&self, session: SessionId) -> Result<(), RejectCode> {
        match self.sessions.get(session).map(Session::role) {
            Some(SessionRole::Trader) => Ok(()),
            _ => Err(RejectCode::RoleForbids),
        }
    }

    /// Step 6, second half: the account exists and is the session's. Gives its index.
    #[inline(always)]
    pub(crate) fn check_account(
        &self,
        session: SessionId,
        account: AccountId,
    ) -> Result<u32, RejectCode> {
        let index = account.0.wrapping_sub(1);
        let known = self.accounts.get(index as usize).is_some_and(|it| it.is_defined);
        if known && self.sessions.may_trade(session, account) {
            Ok(index)
        } else {
            Err(RejectCode::UnknownAccount)
        }
    }

    /// Steps 7 and 8: nothing is blocked, the logs have room, the instrument is there and trades.
    /// Where orders collect, it takes those that `may_wait`. Gives its index.
    #[inline(always)]
    pub(crate) fn check_open(
        &self,
        session: SessionId,
        account: u32,
        instrument: InstrumentId,
        may_wait: impl FnOnce() -> bool,
    ) -> Result<u32, RejectCode> {
        let holder = &self.accounts[account as usize];
        let index = instrument.0.wrapping_sub(1);
        let listed = self.instruments.get(index as usize);
        let (state, is_blocked) = listed.map_or((None, false), |it| (it.state, it.is_blocked));
        let is_blocked = is_blocked
            | self.is_blocked
            | self.is_short
            | self.firms[holder.firm as usize].is_blocked
            | holder.is_blocked
            | self.session_is_blocked(session);
        if is_blocked {
            return Err(self.name_block(session, account, instrument));
        }
        match state {
            Some(TradingState::Continuous) => Ok(index),
            Some(state) if collects(state) && may_wait() => Ok(index),
            Some(_) => Err(RejectCode::StateForbids),
            None => Err(RejectCode::UnknownInstrument),
        }
    }

    /// The highest of the levels that are blocked.
    #[cold]
    fn name_block(&self, session: SessionId, account: u32, instrument: InstrumentId) -> RejectCode {
        let listed = self.instruments.get(instrument.0.wrapping_sub(1) as usize);
        let holder = &self.accounts[account as usize];
        let levels = [
            (RejectCode::BlockedGlobal, self.is_blocked),
            (RejectCode::BlockedFirm, self.firms[holder.firm as usize].is_blocked),
            (RejectCode::BlockedAccount, holder.is_blocked),
            (RejectCode::BlockedSession, self.session_is_blocked(session)),
            (RejectCode::BlockedInstrument, listed.is_some_and(|it| it.is_blocked)),
        ];
        let first = levels.into_iter().find(|(_, is_blocked)| *is_blocked);
        first.map_or(RejectCode::NoRoom, |(code, _)| code)
    }

    /// Step 9: the id is above every other of the session's day, and no working order has it.
    /// It is used up by this, whatever comes after.
    #[inline(always)]
    pub(crate) fn use_cl_ord_id(
        &mut self,
        session: SessionId,
        id: ClOrdId,
    ) -> Result<(), RejectCode> {
        // Only an order of another day can have an id that is new today.
        if self.sessions.raise_cl_ord_id(session, id).is_err()
            || (self.past_orders > 0 && self.orders.by_cl_ord_id(session.0, id.0).is_some())
        {
            return Err(RejectCode::DuplicateClOrdId);
        }
        Ok(())
    }
}

impl Instrument {
    /// Step 11, the price: a multiple of the tick of its band, within the lowest and the highest.
    #[inline(always)]
    pub(crate) fn check_px(&self, px: Px) -> Result<i64, RejectCode> {
        let tick = self.tick.exact_signed(px.0).ok_or(RejectCode::BadTick)?;
        if self.extras & extras::BANDS != 0 {
            self.check_band(tick)?;
        }
        self.check_ends(tick)
    }

    /// The same for a price that an order has already: bands are for prices that are new.
    pub(crate) fn check_new_px(&self, px: Px, had: i64) -> Result<i64, RejectCode> {
        match self.tick.exact_signed(px.0) {
            Some(tick) if tick == had => self.check_ends(tick),
            _ => self.check_px(px),
        }
    }

    /// Step 11, the price: within the lowest and the highest.
    #[inline(always)]
    fn check_ends(&self, tick: i64) -> Result<i64, RejectCode> {
        if tick < self.tick_min {
            return Err(RejectCode::PxBelowMin);
        }
        if tick > self.tick_max {
            return Err(RejectCode::PxAboveMax);
        }
        Ok(tick)
    }

    /// Step 11, the price: a multiple of its band's tick.
    #[cold]
    fn check_band(&self, tick: i64) -> Result<(), RejectCode> {
        if self.guards.has_px(tick) { Ok(()) } else { Err(RejectCode::BadTick) }
    }

    /// Step 11, the quantity: whole lots, within the smallest and the largest order.
    #[inline(always)]
    pub(crate) fn check_qty(&self, qty: Qty) -> Result<u64, RejectCode> {
        if qty.0 == 0 || self.lot.exact(qty.0).is_none() {
            return Err(RejectCode::BadLot);
        }
        if qty.0 < self.qty_min {
            return Err(RejectCode::QtyBelowMin);
        }
        if qty.0 > self.qty_max {
            return Err(RejectCode::QtyAboveMax);
        }
        Ok(qty.0)
    }

    /// Step 11, the value: it fits, and is within the smallest and the largest.
    #[inline(always)]
    pub(crate) fn check_value(&self, tick: i64, qty: u64) -> Result<Priced, RejectCode> {
        if tick.unsigned_abs() > self.tick_bound.unsigned_abs() {
            return Err(RejectCode::ArithmeticOverflow);
        }
        let notional = self.notional(tick, qty).abs();
        if notional < self.notional_min {
            return Err(RejectCode::NotionalBelowMin);
        }
        if notional > self.notional_max {
            return Err(RejectCode::NotionalAboveMax);
        }
        Ok(Priced { tick, qty, notional })
    }

    /// Step 12: within the instrument's collar, and within the tightest of the account's.
    #[inline(always)]
    pub(crate) fn is_in_collar(&self, is_buy: bool, tick: i64, caps: &Caps) -> bool {
        if (is_buy & (tick > self.collar_high)) | (!is_buy & (tick < self.collar_low)) {
            return false;
        }
        match self.reference() {
            Some(reference) if caps.collar_bps != u32::MAX => {
                let width = bps_of(reference, caps.collar_bps);
                if is_buy {
                    tick <= reference.saturating_add_unsigned(width)
                } else {
                    tick >= reference.saturating_sub_unsigned(width)
                }
            }
            _ => true,
        }
    }
}
