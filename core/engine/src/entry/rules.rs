//! What holds for new orders and replaces alike: steps 5 to 9, 11 and 12 of the order of
//! validation.

use pinion_types::{
    AccountId, ClOrdId, InstrumentId, LimitId, Nanos, Px, Qty, RejectCode, Scope, SessionId,
    SessionRole, TradingState,
};

use super::refusal::{Refusal, count, money_up};
use crate::engine::{Context, Engine};
use crate::tables::{Caps, Instrument, bps_of};

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
    #[inline]
    pub(crate) fn check_times(
        &self,
        cx: &Context,
        sent: Nanos,
        valid_until: Nanos,
    ) -> Result<(), Refusal> {
        let now = cx.now.0;
        let (ahead, window) =
            (self.genesis.sending_time_ahead_ns, self.genesis.sending_time_window_ns);
        let refuse = |code, limit: u64, current: u64| {
            let numbers = [count(limit), count(current), count(current)];
            Err(Refusal::new(code, LimitId::Time, numbers))
        };
        if sent.0 > now.saturating_add(ahead) {
            return refuse(RejectCode::SendingTimeAhead, ahead, sent.0 - now);
        }
        if window != 0 && sent.0.saturating_add(window) < now {
            return refuse(RejectCode::SendingTimeStale, window, now - sent.0);
        }
        if valid_until.0 != 0 && valid_until.0 < now {
            return refuse(RejectCode::ValidUntilPassed, valid_until.0, now);
        }
        Ok(())
    }

    /// Step 6, first half: the session may enter and cancel orders.
    #[inline]
    pub(crate) fn check_role(&self, session: SessionId) -> Result<(), Refusal> {
        match self.sessions.get(session).map(crate::session::Session::role) {
            Some(SessionRole::Trader) => Ok(()),
            _ => Err(RejectCode::RoleForbids.into()),
        }
    }

    /// Step 6, second half: the account exists and is the session's. Gives its index.
    #[inline]
    pub(crate) fn check_account(
        &self,
        session: SessionId,
        account: AccountId,
    ) -> Result<u32, Refusal> {
        let index = account.0.wrapping_sub(1);
        let known = self.accounts.get(index as usize).is_some_and(|it| it.is_defined);
        if known && self.sessions.may_trade(session, account) {
            Ok(index)
        } else {
            Err(RejectCode::UnknownAccount.into())
        }
    }

    /// Steps 7 and 8: nothing is blocked, the instrument is there and trades. Gives its index.
    #[inline]
    pub(crate) fn check_open(
        &self,
        session: SessionId,
        account: u32,
        instrument: InstrumentId,
    ) -> Result<u32, Refusal> {
        let holder = &self.accounts[account as usize];
        let index = instrument.0.wrapping_sub(1);
        let listed = self.instruments.get(index as usize);
        let is_blocked = self.is_blocked
            | self.firms[holder.firm as usize].is_blocked
            | holder.is_blocked
            | self.session_is_blocked(session)
            | listed.is_some_and(|it| it.is_blocked);
        if is_blocked {
            return Err(self.name_block(session, account).into());
        }
        match listed.and_then(|it| it.state) {
            Some(TradingState::Continuous) => Ok(index),
            Some(_) => Err(RejectCode::StateForbids.into()),
            None => Err(RejectCode::UnknownInstrument.into()),
        }
    }

    /// The highest of the levels that are blocked.
    #[cold]
    fn name_block(&self, session: SessionId, account: u32) -> RejectCode {
        let holder = &self.accounts[account as usize];
        let levels = [
            (RejectCode::BlockedGlobal, self.is_blocked),
            (RejectCode::BlockedFirm, self.firms[holder.firm as usize].is_blocked),
            (RejectCode::BlockedAccount, holder.is_blocked),
            (RejectCode::BlockedSession, self.session_is_blocked(session)),
        ];
        let first = levels.into_iter().find(|(_, is_blocked)| *is_blocked);
        first.map_or(RejectCode::BlockedInstrument, |(code, _)| code)
    }

    /// Step 9: the id is above every other of the session's day, and no working order has it.
    /// It is used up by this, whatever comes after.
    #[inline]
    pub(crate) fn use_cl_ord_id(&mut self, session: SessionId, id: ClOrdId) -> Result<(), Refusal> {
        if let Err(last) = self.sessions.raise_cl_ord_id(session, id) {
            return Err(duplicate(session, last, id));
        }
        // Only an order of another day can have an id that is new today.
        if self.past_orders > 0 && self.orders.by_cl_ord_id(session.0, id.0).is_some() {
            return Err(duplicate(session, id, id));
        }
        Ok(())
    }
}

#[cold]
fn duplicate(session: SessionId, last: ClOrdId, id: ClOrdId) -> Refusal {
    let numbers = [count(last.0), count(last.0), count(id.0)];
    Refusal::new(RejectCode::DuplicateClOrdId, LimitId::ClOrdId, numbers)
        .at(Scope::Session, session.0)
}

impl Instrument {
    /// Step 11, the price: a multiple of the tick, within the lowest and the highest.
    #[inline]
    pub(crate) fn check_px(&self, px: Px) -> Result<i64, Refusal> {
        let Some(tick) = self.tick.exact_signed(px.0) else {
            let numbers = [count(self.tick.divisor()), px.0, px.0];
            return Err(self.refuse(RejectCode::BadTick, LimitId::Tick, numbers));
        };
        if tick < self.tick_min {
            let numbers = [self.px(self.tick_min).0, px.0, px.0];
            return Err(self.refuse(RejectCode::PxBelowMin, LimitId::PxMin, numbers));
        }
        if tick > self.tick_max {
            let numbers = [self.px(self.tick_max).0, px.0, px.0];
            return Err(self.refuse(RejectCode::PxAboveMax, LimitId::PxMax, numbers));
        }
        Ok(tick)
    }

    /// Step 11, the quantity: whole lots, within the smallest and the largest order.
    #[inline]
    pub(crate) fn check_qty(&self, qty: Qty) -> Result<u64, Refusal> {
        let refuse = |code, id, limit: u64| {
            Err(self.refuse(code, id, [count(limit), count(qty.0), count(qty.0)]))
        };
        if qty.0 == 0 || self.lot.exact(qty.0).is_none() {
            return refuse(RejectCode::BadLot, LimitId::Lot, self.lot.divisor());
        }
        if qty.0 < self.qty_min {
            return refuse(RejectCode::QtyBelowMin, LimitId::QtyMin, self.qty_min);
        }
        if qty.0 > self.qty_max {
            return refuse(RejectCode::QtyAboveMax, LimitId::QtyMax, self.qty_max);
        }
        Ok(qty.0)
    }

    /// Step 11, the value: it fits, and is within the smallest and the largest.
    #[inline]
    pub(crate) fn check_value(&self, tick: i64, qty: u64) -> Result<Priced, Refusal> {
        if tick.unsigned_abs() > self.tick_bound.unsigned_abs() {
            return Err(RejectCode::ArithmeticOverflow.into());
        }
        let notional = self.notional(tick, qty).abs();
        if notional < self.notional_min {
            let numbers = [money_up(self.notional_min), money_up(notional), money_up(notional)];
            return Err(self.refuse(RejectCode::NotionalBelowMin, LimitId::NotionalMin, numbers));
        }
        if notional > self.notional_max {
            let numbers = [money_up(self.notional_max), money_up(notional), money_up(notional)];
            return Err(self.refuse(RejectCode::NotionalAboveMax, LimitId::NotionalMax, numbers));
        }
        Ok(Priced { tick, qty, notional })
    }

    /// Step 12: within the instrument's collar, and within the tightest of the account's.
    #[inline]
    pub(crate) fn is_in_collar(&self, is_buy: bool, tick: i64, caps: &Caps) -> bool {
        if is_buy && tick > self.collar_high || !is_buy && tick < self.collar_low {
            return false;
        }
        match self.reference() {
            Some(reference) if caps.collar_bps != u32::MAX => {
                let width = bps_of(reference, caps.collar_bps);
                if is_buy {
                    tick <= reference.saturating_add(width)
                } else {
                    tick >= reference.saturating_sub(width)
                }
            }
            _ => true,
        }
    }

    #[cold]
    fn refuse(&self, code: RejectCode, id: LimitId, numbers: [i64; 3]) -> Refusal {
        Refusal::new(code, id, numbers).at(Scope::Instrument, self.id().0)
    }
}
