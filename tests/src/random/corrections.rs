//! Trades of a random life that are taken back or put to another price: mostly as they were, some
//! a second time, some told wrongly in one field.
//!
//! Drawn from numbers of their own, so that the other draws of a seed stay what they were.

use pinion_types::codes::Liquidity;
use pinion_types::command::{DayRoll, TradeCorrect, correct_flags};
use pinion_types::event::Trade;
use pinion_types::text::Chars;
use pinion_types::{AccountId, Amount, Command, InstrumentId, Px, Qty, SessionId, SourceId};

use super::Stream;
use crate::venue::control;

/// Trades that are remembered.
const REMEMBERED: usize = 40;

impl Stream {
    /// Takes in one side of a trade.
    pub(super) fn see_trade(&mut self, session: SessionId, it: &Trade) {
        if self.trades.last().is_none_or(|last| last.trade_id != it.trade_id) {
            if self.trades.len() == REMEMBERED {
                self.trades.remove(0);
            }
            self.trades.push(TradeCorrect {
                trade_id: it.trade_id,
                px: it.last_px,
                qty: it.last_qty,
                instrument: it.instrument,
                actor: Chars::new("desk"),
                reason: Chars::new("drawn"),
                ..TradeCorrect::default()
            });
        }
        let trade = self.trades.last_mut().expect("it was just put there");
        let took = it.liquidity.get() == Some(Liquidity::Removed);
        if it.side.get().is_some_and(|side| side.is_buy()) {
            (trade.buyer, trade.buyer_session, trade.buyer_fee) = (it.account, session, it.fee);
            trade.flags |= if took { correct_flags::BUYER_TOOK } else { 0 };
        } else {
            (trade.seller, trade.seller_session, trade.seller_fee) = (it.account, session, it.fee);
            trade.flags |= if took { correct_flags::SELLER_TOOK } else { 0 };
        }
    }

    /// A trade that was corrected.
    pub(super) fn see_correction(&mut self, body: &TradeCorrect) {
        self.corrected.push(*body);
        if self.corrected.len() > REMEMBERED {
            self.corrected.remove(0);
        }
        self.trades.retain(|it| it.trade_id != body.trade_id);
    }

    /// Trades of another day stand: few of them are asked for.
    pub(super) fn see_day(&mut self, command: &Command) {
        if let Some(body) = command.body::<DayRoll>().filter(|body| body.day > self.began) {
            self.began = body.day;
            self.trades.drain(..self.trades.len().saturating_sub(1));
            self.corrected.drain(..self.corrected.len().saturating_sub(2));
        }
    }

    /// Now and then a correction.
    pub(super) fn correction(&mut self) -> Option<Command> {
        if self.trades.is_empty() || self.amends.below(100) > 2 {
            return None;
        }
        // A last one of another day would be asked for until somebody trades.
        if self.trades.len() == 1 && self.amends.chance(70) {
            return None;
        }
        let rng = &mut self.amends;
        let again = !self.corrected.is_empty() && rng.chance(12);
        let from = if again { &self.corrected } else { &self.trades };
        // The latest ones most of the time: others may be of another day.
        let back = if rng.chance(70) { rng.below(3) } else { rng.below(REMEMBERED as u64) };
        let back = usize::try_from(back).expect("an index").min(from.len() - 1);
        let mut body = from[from.len() - 1 - back];
        body.request_id = rng.below(1_000);
        body.flags &= !correct_flags::ADJUST;
        body.new_px = Px(0);
        if rng.chance(45) {
            let tick = self.grids.get(&body.instrument.0).map_or(1, |grid| grid.0);
            let far = if rng.chance(15) { 60 } else { 6 };
            let away = rng.between(-far, far).saturating_mul(tick);
            body.new_px = Px(body.px.0.saturating_add(away));
            body.flags |= correct_flags::ADJUST;
        }
        if rng.chance(25) {
            self.spoil(&mut body);
        }
        let mut command = control(&body);
        if self.amends.below(50) == 0 {
            command.set_source(SourceId(2));
        }
        Some(command)
    }

    /// One field that is not as it was.
    fn spoil(&mut self, body: &mut TradeCorrect) {
        let rng = &mut self.amends;
        match rng.below(19) {
            0 => body.trade_id.0 = rng.pick(&[0, 1, u64::MAX]),
            1 => body.trade_id.0 = body.trade_id.0.saturating_add(rng.below(200)),
            2 => body.trade_id.0 -= rng.below(body.trade_id.0),
            3 => body.px.0 = rng.pick(&[0, -1, i64::MAX, i64::MIN, body.px.0.wrapping_neg()]),
            4 => body.px.0 = body.px.0.saturating_add(rng.between(1, 9)),
            5 => body.new_px.0 = rng.pick(&[0, -1, i64::MAX, i64::MIN, body.px.0, 1]),
            6 => body.qty = Qty(rng.pick(&[0, 1, u64::MAX, Qty::MAX.0, Qty::MAX.0 + 1])),
            7 => body.qty.0 = body.qty.0.saturating_mul(rng.below(5)),
            8 => body.buyer_fee = Amount::from(rng.pick(&[i128::MAX, i128::MIN, 1 << 107, 0, 1])),
            9 => body.seller_fee = Amount::from(rng.pick(&[i128::MIN, -(1 << 107), 0, -1, 5])),
            10 => body.instrument = InstrumentId(rng.pick(&[0, 1, 2, 3, 9, u32::MAX])),
            11 => body.buyer = AccountId(rng.pick(&[0, 1, 2, 3, 4, 5, 6, 9, u32::MAX])),
            12 => body.seller = AccountId(rng.pick(&[0, 1, 2, 3, 4, 5, 6, 9, u32::MAX])),
            13 => body.buyer_session = SessionId(rng.pick(&[0, 1, 2, 9, u32::MAX])),
            14 => body.seller_session = SessionId(rng.pick(&[0, 1, 2, 9, u32::MAX])),
            15 => body.flags ^= 1 << rng.below(8),
            16 => body.flags = rng.pick(&[0, 2, 4, 6, 1, 3, 5, 7, 8]),
            17 => body.spare = [0, 1, 0],
            _ => body.seller = body.buyer,
        }
    }
}
