//! Trades that are taken back, and trades that are put to another price.

use pinion_types::codes::Side;
use pinion_types::command::{TradeCorrect, correct_flags};
use pinion_types::event::TradeCorrected;
use pinion_types::{Amount, Px, Qty, RejectCode};

use super::Model;
use super::control::{Done, bad_if, known};
use super::tables::Instrument;

/// Trades of a day that can be corrected.
const CORRECTED_MAX: usize = 4_096;

/// What so much may be worth at a price of one tick, in 1e-8.
const TICK_VALUE_MAX: i128 = 1 << 62;

/// One side of the trade, as the command says it.
struct Told {
    buys: bool,
    account: u32,
    session: u32,
    fee: i128,
    took: bool,
}

impl Model {
    /// Takes a trade of the day back, and books it again where it is to stand at another price.
    pub(super) fn correct(&mut self, body: &TradeCorrect) -> Done {
        let sides = [buyer(body), seller(body)];
        known(self.instruments.contains_key(&body.instrument.0))?;
        known(sides.iter().all(|side| self.accounts.contains_key(&side.account)))?;
        let told = sides.iter().filter(|side| side.session != 0);
        known(told.clone().all(|side| self.sessions.contains_key(&side.session)))?;
        self.check_correction(body)?;
        if self.corrected.contains(&body.trade_id.0) {
            return Err(RejectCode::TradeBusted);
        }
        if self.corrected.len() >= CORRECTED_MAX {
            return Err(RejectCode::TableFull);
        }
        self.check_places_of(body)?;
        for side in &sides {
            let asked = self.check_headroom(side.account, body.instrument.0, body.qty.0.into());
            asked.map_err(|_| RejectCode::ArithmeticOverflow)?;
        }
        self.corrected.insert(body.trade_id.0);
        for side in &sides {
            self.make_position(side.account, body.instrument.0);
        }
        for side in &sides {
            self.correct_side(body, side);
        }
        Ok(0)
    }

    /// Whether a trade of the day could have been as it is said to have been.
    fn check_correction(&self, body: &TradeCorrect) -> Done {
        let instrument = &self.instruments[&body.instrument.0];
        let has = |flag: u8| body.flags & flag != 0;
        let both = has(correct_flags::BUYER_TOOK) && has(correct_flags::SELLER_TOOK);
        bad_if(body.flags & !correct_flags::ALL != 0 || both || body.spare != [0; 3])?;
        bad_if(!(self.day_began + 1..=self.events).contains(&body.trade_id.0))?;
        bad_if(!instrument.may_be(body.px.0))?;
        if has(correct_flags::ADJUST) {
            bad_if(!instrument.may_be(body.new_px.0) || body.new_px == body.px)?;
        } else {
            bad_if(body.new_px.0 != 0)?;
        }
        bad_if(!instrument.may_trade(body.qty))?;
        let value = instrument.value(body.px.0, body.qty.0).abs();
        let most = value + 10_i128.pow(8 - u32::from(instrument.def.minor_digits));
        let fits = |fee: Amount| fee.get().unsigned_abs() <= most.unsigned_abs();
        bad_if(!fits(body.buyer_fee) || !fits(body.seller_fee))
    }

    /// Both need a position: two new ones are two places.
    fn check_places_of(&self, body: &TradeCorrect) -> Done {
        let mut accounts = vec![body.buyer.0, body.seller.0];
        accounts.dedup();
        accounts.retain(|account| !self.positions.contains_key(&(*account, body.instrument.0)));
        if self.positions.len() + accounts.len() > self.genesis.positions_max as usize {
            return Err(RejectCode::PositionCapacity);
        }
        Ok(0)
    }

    fn correct_side(&mut self, body: &TradeCorrect, side: &Told) {
        let (account, instrument) = (side.account, body.instrument.0);
        let back = (body.px.0, body.qty.0);
        let mut position = self.book_fill(account, instrument, !side.buys, back, -side.fee);
        let is_adjusted = body.flags & correct_flags::ADJUST != 0;
        let mut fee = 0;
        if is_adjusted {
            let again = (body.new_px.0, body.qty.0);
            (fee, position) = self.book_trade(account, instrument, side.buys, again, !side.took);
        }
        let corrected = TradeCorrected {
            trade_id: body.trade_id,
            px: body.px,
            qty: body.qty,
            new_px: if is_adjusted { body.new_px } else { Px(0) },
            fee_back: Amount::from(side.fee),
            fee: Amount::from(fee),
            position,
            instrument: body.instrument,
            account: if side.buys { body.buyer } else { body.seller },
            side: if side.buys { Side::Buy } else { Side::Sell }.into(),
            is_adjusted: u8::from(is_adjusted),
            ..TradeCorrected::default()
        };
        self.tell(side.session, &corrected);
    }
}

impl Instrument {
    /// Whether so much can have traded, whatever an order may have by now.
    fn may_trade(&self, qty: Qty) -> bool {
        let lot = self.def.lot.0;
        let lots = i128::from(qty.0 / lot);
        (1..=Qty::MAX.0).contains(&qty.0)
            && qty.0.is_multiple_of(lot)
            && lots * self.lot_value() <= TICK_VALUE_MAX
    }
}

fn buyer(body: &TradeCorrect) -> Told {
    Told {
        buys: true,
        account: body.buyer.0,
        session: body.buyer_session.0,
        fee: body.buyer_fee.get(),
        took: body.flags & correct_flags::BUYER_TOOK != 0,
    }
}

fn seller(body: &TradeCorrect) -> Told {
    Told {
        buys: false,
        account: body.seller.0,
        session: body.seller_session.0,
        fee: body.seller_fee.get(),
        took: body.flags & correct_flags::SELLER_TOOK != 0,
    }
}
