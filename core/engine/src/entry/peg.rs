//! Pegged orders (rule O12): prices that follow the best of a book.

use pinion_types::command::{NewOrder, NewOrderExtra, Replace};
use pinion_types::{OrdType, Px, RejectCode, TradingState};

use super::offset::offset_kind;
use super::rules::Priced;
use crate::book::{Ladder, Level, NONE};
use crate::engine::Engine;
use crate::orders::{Order, Peg, Rare, Special, Traits, rare};
use crate::tables::Instrument;

impl Instrument {
    /// Lowest and highest price that an order can have.
    pub(crate) fn ends(&self) -> (i64, i64) {
        (self.tick_min.max(-self.tick_bound), self.tick_max.min(self.tick_bound))
    }

    /// The price of a peg beside such best bids and offers; `None` where what it follows is not
    /// there, or where its price cannot be had.
    pub(super) fn peg_px(&self, is_buy: bool, peg: &Peg, best: [Option<i64>; 2]) -> Option<i64> {
        let own = if is_buy { best } else { [best[1], best[0]] };
        let base = match peg.kind {
            offset_kind::PRIMARY => own[0]?,
            offset_kind::MARKET => own[1]?,
            _ => middle(is_buy, best[0]?, best[1]?),
        };
        let wanted = base.saturating_add(i64::from(peg.offset));
        let (low, high) = self.ends();
        let guards = &self.guards;
        // Away from the other side; what is beyond all prices is beyond the ends as well.
        let rounded = if is_buy {
            let capped = peg.cap.map_or(wanted, |cap| wanted.min(cap));
            guards.at_or_below(capped).unwrap_or(i64::MIN)
        } else {
            let capped = peg.cap.map_or(wanted, |cap| wanted.max(cap));
            guards.at_or_above(capped).unwrap_or(i64::MAX)
        };
        let tick = if rounded < low {
            guards.at_or_above(low)?
        } else if rounded > high {
            guards.at_or_below(high)?
        } else {
            rounded
        };
        let is_worse = |cap: i64| if is_buy { tick > cap } else { tick < cap };
        (tick >= low && tick <= high && !peg.cap.is_some_and(is_worse)).then_some(tick)
    }

    /// Step 11, a peg and its cap: a price like a limit, where there is one.
    fn peg(&self, px: Px, extra: &NewOrderExtra) -> Result<Peg, RejectCode> {
        let cap = if px.0 == 0 { None } else { Some(self.check_px(px)?) };
        Ok(Peg { kind: extra.offset_kind, offset: extra.offset_ticks, cap, told: 0 })
    }

    /// The row of a new peg that floats.
    pub(super) fn floating(&self, body: &NewOrder, extra: &NewOrderExtra) -> Special {
        self.peg(body.px, extra).map_or(Special::None, Special::Floating)
    }

    /// Step 11 of a replace of a floating peg: what it will follow, how far, and its cap.
    pub(crate) fn change_peg(&self, peg: Peg, body: &Replace) -> Result<Peg, RejectCode> {
        let cap = match (body.px, peg.cap) {
            (Px(0), _) => None,
            (px, Some(had)) => Some(self.check_new_px(px, had)?),
            (px, None) => Some(self.check_px(px)?),
        };
        let keeps = body.offset_kind == 0;
        let kind = if keeps { peg.kind } else { body.offset_kind };
        let offset = if keeps { peg.offset } else { body.offset_ticks };
        Ok(Peg { kind, offset, cap, ..peg })
    }
}

/// Half way between two prices, away from the other side where that is none.
fn middle(is_buy: bool, bid: i64, ask: i64) -> i64 {
    let sum = i128::from(bid) + i128::from(ask) + i128::from(!is_buy);
    // Between two prices of 64 bits.
    sum.div_euclid(2) as i64
}

impl Engine {
    /// Steps 11 and 12 of a peg: its price, quantity and value. One that stays where it is entered
    /// is a limit order from then on; one that floats waits where no price can be had.
    #[cold]
    pub(super) fn price_peg(
        &self,
        instrument: u32,
        traits: &mut Traits,
        body: &NewOrder,
        extra: &NewOrderExtra,
    ) -> Result<Priced, RejectCode> {
        let traded = &self.instruments[instrument as usize];
        let tick = self.tick_of_peg(instrument, traits, body, extra)?;
        let qty = traded.check_qty(body.qty)?;
        traded.check_value(tick.ok_or(RejectCode::NoReferencePx)?, qty)
    }

    /// The price that a new peg counts at, where it has one; its cap is asked first.
    pub(super) fn tick_of_peg(
        &self,
        instrument: u32,
        traits: &mut Traits,
        body: &NewOrder,
        extra: &NewOrderExtra,
    ) -> Result<Option<i64>, RejectCode> {
        let traded = &self.instruments[instrument as usize];
        let is_buy = traits.side.is_buy();
        let peg = traded.peg(body.px, extra)?;
        if extra.peg_move != 0 {
            traits.ord_type = OrdType::Limit;
            return Ok(traded.peg_px(is_buy, &peg, self.followed(instrument)));
        }
        let (tick, waits) = self.place_of_peg(instrument, is_buy, &peg);
        traits.rare |= rare::SPECIAL | waits;
        Ok(tick)
    }

    /// The price that a floating peg counts at, and the bit of one that waits: where no price can
    /// be had it counts at its cap, else at the last trade or the settlement.
    pub(crate) fn place_of_peg(&self, index: u32, is_buy: bool, peg: &Peg) -> (Option<i64>, u8) {
        let traded = &self.instruments[index as usize];
        let trades = traded.state == Some(TradingState::Continuous);
        match self.floating_px(index, is_buy, peg).filter(|_| trades) {
            Some(tick) => (Some(tick), 0),
            None => (peg.cap.or(traded.last).or(traded.settlement), rare::PENDING),
        }
    }

    /// The price that a replaced peg will count at, and the bit of one that will wait: less of the
    /// same stays where it is, everything else follows anew.
    pub(crate) fn place_of_change(
        &self,
        order: &Order,
        account: u32,
        leaves: u64,
        rare: &mut Rare,
        body: &Replace,
    ) -> Result<(Option<i64>, u8), RejectCode> {
        let own = (Some(order.tick), order.traits.rare & rare::WAITS);
        let Special::Floating(peg) = rare.special else { return Ok(own) };
        let changed = self.instruments[order.instrument as usize].change_peg(peg, body)?;
        rare.special = Special::Floating(changed);
        if changed == peg && account == order.account && leaves <= order.leaves {
            return Ok(own);
        }
        Ok(self.place_of_peg(order.instrument, order.is_buy(), &changed))
    }

    /// Best bid and best offer that pegs follow: of orders that show and follow nothing.
    pub(super) fn followed(&self, instrument: u32) -> [Option<i64>; 2] {
        let sides = &self.instruments[instrument as usize].sides;
        [&sides[0], &sides[1]].map(|side: &Ladder| {
            let mut levels = side.levels(&self.pages);
            levels.find(|(_, level)| self.is_followed(level)).map(|(tick, _)| tick)
        })
    }

    /// Whether an order of a level shows and follows nothing. Those that show stand first.
    fn is_followed(&self, level: &Level) -> bool {
        let mut slot = level.head;
        while slot != NONE {
            let order = self.orders.at(slot);
            if order.is_hidden() {
                return false;
            }
            if order.traits.ord_type != OrdType::Pegged {
                return true;
            }
            slot = order.next;
        }
        false
    }
}
