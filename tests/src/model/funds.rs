//! Steps 12 and 15: marks, cash, holdings and margin, each sum made anew.

use pinion_types::RejectCode;
use pinion_types::codes::{AccountKind, LimitId, Scope, Side};

use super::Model;
use super::limits::GROSS_MAX;
use super::refusal::{Checked, Refusal, money_down, money_up, refuse_if};
use super::tables::{Instrument, Order};

/// The most that one amount of cash counts in an account's worth, in 1e-8.
const CASH_COUNTS_MAX: i128 = 1 << 120;

impl Instrument {
    /// What margin is counted with: a price from outside.
    fn margin_px(&self) -> Option<i64> {
        self.mark.or(self.settlement)
    }

    /// Initial margin of so much, rounded up.
    fn margin(&self, qty: i128) -> i128 {
        let Some(px) = self.margin_px() else { return 0 };
        let qty = u64::try_from(qty).expect("sums keep headroom");
        let value = self.value(px, qty).abs().min(GROSS_MAX);
        let part = value * i128::from(self.rules.margin_initial_bps);
        (-(-part).div_euclid(10_000)).min(GROSS_MAX)
    }
}

impl Model {
    /// Step 12: what can be told of prices. For a replace `old` is the order as it stands.
    pub(super) fn check_reference(&self, order: &Order, old: Option<&Order>) -> Checked {
        let same = old.filter(|old| old.account == order.account);
        self.check_margin_px(order, same)?;
        // What waits for its trigger, or for a price, is looked at again when that comes.
        let waits = order.waits_for_trigger() || order.is_parked();
        if !waits && same.is_none_or(|old| old.px != order.px || old.is_parked()) {
            self.check_collar(order)?;
        }
        self.check_stale_mark(order, same)
    }

    /// An instrument without a price cannot be margined.
    fn check_margin_px(&self, order: &Order, old: Option<&Order>) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let margined = self.kind(order) == AccountKind::Margin
            && instrument.rules.margin_initial_bps > 0
            && instrument.margin_px().is_none();
        let [before, after] = self.largest(order, old);
        refuse_if(margined && after > before, RejectCode::NoReferencePx)
    }

    /// R22: who increases on margin needs a mark that is not too old.
    fn check_stale_mark(&self, order: &Order, old: Option<&Order>) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let max = i128::from(instrument.rules.mark_age_ms) * 1_000_000;
        if self.kind(order) != AccountKind::Margin || max == 0 || !self.increases(order, old) {
            return Ok(());
        }
        let age =
            i128::from(self.now) - instrument.mark.map_or(0, |_| i128::from(instrument.mark_at));
        if instrument.mark.is_some() && age <= max {
            return Ok(());
        }
        let refusal = Refusal::from(RejectCode::StaleMark).limit(LimitId::Time, max, age, age);
        Err(refusal.scope(Scope::Instrument, order.instrument))
    }

    /// True where the order could take the position beyond flat on its side.
    pub(super) fn increases(&self, order: &Order, old: Option<&Order>) -> bool {
        let more = self.more_qty(order, old);
        more > 0 && self.worst(order.account, order.instrument, order.side.is_buy()) + more > 0
    }

    /// Step 15.
    pub(super) fn check_funds(&self, new: &Order, old: Option<&Order>) -> Checked {
        match (self.kind(new), new.side.is_buy()) {
            (AccountKind::Cash, true) => self.check_cash(new, old),
            (AccountKind::Cash, false) => {
                self.check_cash(new, old)?;
                self.check_holding(new, old)
            }
            (AccountKind::Margin, _) => self.check_margin(new, old),
        }
    }

    fn kind(&self, order: &Order) -> AccountKind {
        self.accounts[&order.account].def.kind.get().expect("it was read")
    }

    /// What a working order of a cash account keeps from being spent twice: all it may have to pay,
    /// and the worst fee of it. A sell pays where its price is below zero.
    fn hold(&self, order: &Order) -> i128 {
        let (instrument, account) =
            (&self.instruments[&order.instrument], &self.accounts[&order.account].def);
        let value = instrument.value(order.px, order.counted());
        let rate = account.maker_fee.max(account.taker_fee).max(0);
        let fee = instrument.fee(value, rate);
        match (order.side.is_buy(), value < 0) {
            (true, false) => value + fee,
            (true, true) => fee,
            (false, true) => fee - value,
            (false, false) => 0,
        }
    }

    /// R8: what is held for all of its orders is there.
    fn check_cash(&self, new: &Order, old: Option<&Order>) -> Checked {
        let currency = self.instruments[&new.instrument].def.currency;
        let cash = self.cash.get(&(new.account, currency.0)).copied().unwrap_or(0);
        let held = self.orders.iter().filter(|order| {
            order.account == new.account
                && self.instruments[&order.instrument].def.currency == currency
        });
        let held: i128 = held.map(|order| self.hold(order)).sum();
        let more = self.hold(new) - old.map_or(0, |old| self.hold(old));
        if more <= 0 || held + more <= cash {
            return Ok(());
        }
        let refusal = Refusal::from(RejectCode::BuyingPower).scope(Scope::Account, new.account);
        let (held, would_be) = (money_down(held), money_up(held + more));
        Err(refusal.limit(LimitId::BuyingPower, money_down(cash), held, would_be))
    }

    /// R8, sells: what is held is sold once, and only what is not held is sold short.
    fn check_holding(&self, new: &Order, old: Option<&Order>) -> Checked {
        let more = self.more_qty(new, old);
        let key = (new.account, new.instrument);
        let position = self.positions.get(&key).map_or(0, |it| it.qty);
        let sells = i128::from(self.working(key.0, key.1, false));
        let covered = sells + more <= position;
        let code = match new.side {
            Side::Sell if !covered => RejectCode::Holding,
            Side::SellShort | Side::SellShortExempt if covered => RejectCode::ShortMark,
            _ => return Ok(()),
        };
        if more == 0 {
            return Ok(());
        }
        let refusal = Refusal::from(code).scope(Scope::Account, new.account);
        Err(refusal.limit(LimitId::Holding, position, sells, sells + more))
    }

    /// R9: the margin of every position after the order, where the order raises it.
    fn check_margin(&self, new: &Order, old: Option<&Order>) -> Checked {
        let instrument = &self.instruments[&new.instrument];
        let [before, after] = self.largest(new, old).map(|qty| instrument.margin(qty));
        if after <= before {
            return Ok(());
        }
        let held = self.positions.keys().filter(|(account, _)| *account == new.account);
        let sum: i128 = held
            .map(|(account, id)| {
                let sides = [true, false].map(|buys| self.worst(*account, *id, buys).abs());
                self.instruments[id].margin(sides[0].max(sides[1]))
            })
            .sum();
        let (equity, would_be) = (self.equity(new.account), sum - before + after);
        if would_be <= equity {
            return Ok(());
        }
        let refusal = Refusal::from(RejectCode::Margin).scope(Scope::Account, new.account);
        Err(refusal.limit(LimitId::Margin, money_down(equity), money_down(sum), money_up(would_be)))
    }

    /// The larger of |P + B| and |P - S|, without and with what the order adds.
    fn largest(&self, order: &Order, old: Option<&Order>) -> [i128; 2] {
        let more = self.more_qty(order, old);
        let buys = order.side.is_buy();
        let worst = |side: bool| self.worst(order.account, order.instrument, side);
        let before = worst(true).abs().max(worst(false).abs());
        [before, (worst(buys) + more).abs().max(worst(!buys).abs())]
    }

    /// What an account is worth: its cash, and its positions at mark, without a mark at cost.
    pub(super) fn equity(&self, account: u32) -> i128 {
        let cash = self.cash.iter().filter(|((of, _), _)| *of == account);
        let cash = cash.map(|(_, amount)| (*amount).clamp(-CASH_COUNTS_MAX, CASH_COUNTS_MAX));
        let held = self.positions.iter().filter(|((of, _), _)| *of == account);
        let worth = held.map(|((_, id), position)| {
            let qty = u64::try_from(position.qty.abs()).expect("sums keep headroom");
            let instrument = &self.instruments[id];
            let at_mark =
                instrument.mark.map(|mark| instrument.value(mark, qty) * position.qty.signum());
            at_mark.unwrap_or(position.open_cost).clamp(-GROSS_MAX, GROSS_MAX)
        });
        cash.sum::<i128>() + worth.sum::<i128>()
    }
}
