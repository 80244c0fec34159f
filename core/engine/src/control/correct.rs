//! Busted and adjusted trades (rules, section 2): both sides taken back exactly, and traded again
//! at another price where that is said. Orders, last prices and averages stay as they are.

use pinion_types::command::{TradeCorrect, correct_flags};
use pinion_types::event::TradeCorrected;
use pinion_types::{AccountId, Amount, Px, RejectCode, SessionId, Side};

use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::entry::{Parties, Trade};
use crate::tables::Instrument;

/// A correction that was found to be one, in the units of its instrument.
struct Correction {
    instrument: u32,
    qty: u64,
    tick: i64,
    /// Where the trade stands from now on; `None` for a bust.
    new_tick: Option<i64>,
    buyer: Part,
    seller: Part,
}

/// One side of it.
#[derive(Clone, Copy)]
struct Part {
    is_buy: bool,
    account: u32,
    session: SessionId,
    /// What it was charged.
    fee: i128,
    took: bool,
}

impl Engine {
    /// Takes a trade back, and does it again where it is adjusted; refused, nothing has changed.
    #[cold]
    #[inline(never)]
    pub(super) fn correct_trade<S: Sink>(
        &mut self,
        body: &TradeCorrect,
        out: &mut Out<'_, S>,
    ) -> Result<(), RejectCode> {
        let correction = self.read_correction(body)?;
        if self.corrected.contains(body.trade_id.0) {
            return Err(RejectCode::TradeBusted);
        }
        if self.corrected.is_full() {
            return Err(RejectCode::TableFull);
        }
        self.check_correction(&correction)?;
        let hash = self.corrected.hash();
        self.corrected.insert(body.trade_id.0);
        let moved = self.corrected.hash().wrapping_sub(hash);
        self.hash = self.hash.wrapping_add(moved);
        for part in [correction.buyer, correction.seller] {
            self.correct_part(body, &correction, part, out);
        }
        Ok(())
    }

    /// What the command says, where all of it can be.
    fn read_correction(&self, body: &TradeCorrect) -> Result<Correction, RejectCode> {
        if !self.is_instrument(body.instrument) {
            return Err(RejectCode::UnknownTarget);
        }
        let (buyer, seller) = (self.known_account(body.buyer)?, self.known_account(body.seller)?);
        for session in [body.buyer_session, body.seller_session] {
            if session.0 != 0 && self.sessions.get(session).is_none() {
                return Err(RejectCode::UnknownTarget);
            }
        }
        let instrument = &self.instruments[body.instrument.0 as usize - 1];
        let told = self.day_events + 1..=self.events.0;
        if body.spare != [0; 3]
            || body.flags & !correct_flags::ALL != 0
            || !told.contains(&body.trade_id.0)
        {
            return Err(RejectCode::BadValue);
        }
        let has = |flag: u8| body.flags & flag != 0;
        let (bought, sold) = (has(correct_flags::BUYER_TOOK), has(correct_flags::SELLER_TOOK));
        let is_adjusted = has(correct_flags::ADJUST);
        let differs = if is_adjusted { body.new_px != body.px } else { body.new_px == Px(0) };
        if (bought && sold) || !differs || !instrument.holds_quantity(body.qty.0) {
            return Err(RejectCode::BadValue);
        }
        let tick = instrument.tick_of(body.px).ok_or(RejectCode::BadValue)?;
        let new_tick = match is_adjusted {
            true => Some(instrument.tick_of(body.new_px).ok_or(RejectCode::BadValue)?),
            false => None,
        };
        let (buyer_fee, seller_fee) = (body.buyer_fee.get(), body.seller_fee.get());
        if [buyer_fee, seller_fee].iter().any(|&fee| !instrument.may_cost(tick, body.qty.0, fee)) {
            return Err(RejectCode::BadValue);
        }
        Ok(Correction {
            instrument: body.instrument.0 - 1,
            qty: body.qty.0,
            tick,
            new_tick,
            buyer: Part {
                is_buy: true,
                account: buyer,
                session: body.buyer_session,
                fee: buyer_fee,
                took: bought,
            },
            seller: Part {
                is_buy: false,
                account: seller,
                session: body.seller_session,
                fee: seller_fee,
                took: sold,
            },
        })
    }

    /// Whether both positions are there or can be had, and no sum comes near the end of its range.
    fn check_correction(&self, correction: &Correction) -> Result<(), RejectCode> {
        let index = correction.instrument;
        let parts = [correction.buyer, correction.seller];
        let slots = parts.map(|part| self.positions.find(part.account, index));
        let is_one = correction.buyer.account == correction.seller.account;
        let sides = if is_one { &slots[..1] } else { &slots[..] };
        // There is an amount of cash for every position that can still be made.
        if sides.iter().filter(|slot| slot.is_none()).count() > self.positions.room() {
            return Err(RejectCode::PositionCapacity);
        }
        let instrument = &self.instruments[index as usize];
        for (part, slot) in parts.into_iter().zip(slots) {
            let account = &self.accounts[part.account as usize];
            let parties = Parties {
                firm: &self.firms[account.firm as usize],
                account,
                instrument,
                position: slot.map(|slot| self.positions.at(slot)),
            };
            parties.check_headroom(correction.qty, self.fees_in(instrument))?;
        }
        Ok(())
    }

    /// One side: taken back, done again, told.
    fn correct_part<S: Sink>(
        &mut self,
        body: &TradeCorrect,
        correction: &Correction,
        part: Part,
        out: &mut Out<'_, S>,
    ) {
        let (index, qty) = (correction.instrument, correction.qty);
        let known = self.positions.find(part.account, index);
        let slot = known.unwrap_or_else(|| self.make_position(part.account, index));
        let instrument = &self.instruments[index as usize];
        let was = Trade::new(instrument, index, correction.tick, qty);
        let mut settled = self.settle_side(slot, !part.is_buy, &was, -part.fee);
        settled.fee = 0;
        if let Some(tick) = correction.new_tick {
            let instrument = &self.instruments[index as usize];
            let account = &self.accounts[part.account as usize];
            let rate = if part.took { account.taker_fee } else { account.maker_fee };
            let fee = instrument.fee(instrument.notional(tick, qty), rate);
            let is = Trade::new(instrument, index, tick, qty);
            settled = self.settle_side(slot, part.is_buy, &is, fee);
        }
        let side = if part.is_buy { Side::Buy } else { Side::Sell };
        let told = TradeCorrected {
            trade_id: body.trade_id,
            px: body.px,
            qty: body.qty,
            new_px: body.new_px,
            fee_back: Amount::from(part.fee),
            fee: Amount::from(settled.fee),
            position: settled.position,
            instrument: body.instrument,
            account: AccountId(part.account + 1),
            side: side.into(),
            is_adjusted: u8::from(correction.new_tick.is_some()),
            ..TradeCorrected::default()
        };
        self.tell(part.session, told, out);
    }
}

impl Instrument {
    /// Whether a trade may have been charged that: at most its value, rounded.
    fn may_cost(&self, tick: i64, qty: u64, fee: i128) -> bool {
        let most =
            self.notional(tick, qty).unsigned_abs() + u128::from(self.fee_unit.unsigned_abs());
        fee.unsigned_abs() <= most
    }
}
