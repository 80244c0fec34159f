//! A trade: both orders, both positions, cash, fees and every sum, in one step.

use pinion_types::Liquidity;

use crate::arith::{is_far, part_half_even};
use crate::book::Ladder;
use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::orders::Order;
use crate::tables::{Fill, Instrument, watch};

/// One trade, before its sides are told apart.
#[derive(Clone, Copy)]
pub(crate) struct Trade {
    tick: i64,
    qty: u64,
    notional: i128,
    lot_value: i128,
    instrument: u32,
}

/// What a trade did to one side.
#[derive(Clone, Copy)]
pub(crate) struct Settled {
    pub(crate) fee: i128,
    pub(crate) position: i64,
}

impl Trade {
    /// So much at a price.
    #[inline(always)]
    pub(crate) fn new(instrument: &Instrument, index: u32, tick: i64, qty: u64) -> Self {
        Trade {
            tick,
            qty,
            notional: instrument.notional(tick, qty),
            lot_value: i128::from(tick) * i128::from(instrument.value),
            instrument: index,
        }
    }
}

impl Engine {
    /// Fills the maker in `slot` and the taker with as much as both have.
    pub(crate) fn trade<S: Sink>(&mut self, slot: u32, taker: &mut Order, out: &mut Out<'_, S>) {
        self.trade_up_to(slot, taker, u64::MAX, out);
    }

    /// Fills the maker in `slot` and the taker with as much as both have, and `most` at most.
    #[inline(always)]
    pub(super) fn trade_up_to<S: Sink>(
        &mut self,
        slot: u32,
        taker: &mut Order,
        most: u64,
        out: &mut Out<'_, S>,
    ) {
        let mut maker = *self.orders.at(slot);
        let qty = maker.leaves.min(taker.leaves).min(most);
        assert!(qty > 0, "who stands in a book has something left");
        let instrument = &self.instruments[maker.instrument as usize];
        let trade = Trade::new(instrument, maker.instrument, maker.tick, qty);
        self.hash = self.hash.wrapping_sub(maker.hash);
        self.release(&maker, qty, u32::from(qty == maker.leaves));
        Ladder::shrink(&mut self.pages, maker.level, qty);
        maker.leaves -= qty;
        maker.cum += qty;
        taker.leaves -= qty;
        taker.cum += qty;
        if maker.leaves == 0 {
            self.orders.at_mut(slot).leaves = 0;
            self.detach(slot);
            let gained = self.orders.remember(&maker);
            self.hash = self.hash.wrapping_add(gained);
        } else {
            maker.hash = maker.fresh_hash();
            self.hash = self.hash.wrapping_add(maker.hash);
            let order = self.orders.at_mut(slot);
            (order.leaves, order.cum, order.hash) = (maker.leaves, maker.cum, maker.hash);
        }
        let rates = |account: u32| &self.accounts[account as usize];
        let (maker_fee, taker_fee) =
            (rates(maker.account).maker_fee, rates(taker.account).taker_fee);
        let made = self.settle(&maker, &trade, maker_fee);
        let took = self.settle(taker, &trade, taker_fee);
        self.move_reference(trade.instrument, trade.tick);
        let trade_id = out.events().0 + 1;
        self.report_trade(&maker, trade_id, (trade.tick, qty), made, Liquidity::Added, out);
        self.report_trade(taker, trade_id, (trade.tick, qty), took, Liquidity::Removed, out);
    }

    /// Counts a trade for one side: position, cash, fee, gross value.
    pub(crate) fn settle(&mut self, order: &Order, trade: &Trade, rate: i32) -> Settled {
        let fee = self.instruments[trade.instrument as usize].fee(trade.notional, rate);
        self.settle_side(order.position, order.is_buy(), trade, fee)
    }

    /// The same for whoever has the position in `slot`, at this fee.
    #[inline(always)]
    pub(crate) fn settle_side(
        &mut self,
        slot: u32,
        is_buy: bool,
        trade: &Trade,
        fee: i128,
    ) -> Settled {
        let instrument = &self.instruments[trade.instrument as usize];
        let position = self.positions.at_mut(slot);
        let mut hash = self.hash.wrapping_sub(position.hash());
        position.fill(&Fill {
            is_buy,
            qty: trade.qty,
            notional: trade.notional,
            lot_value: trade.lot_value,
            lot: instrument.lot,
            fee,
        });
        hash = hash.wrapping_add(position.hash());
        let cash = self.cash.at_mut(position.cash);
        hash = hash.wrapping_sub(cash.hash());
        let paid = if is_buy { trade.notional } else { -trade.notional };
        let was_far = is_far(cash.amount);
        cash.amount -= paid + fee;
        let turns = is_far(cash.amount) != was_far;
        hash = hash.wrapping_add(cash.hash());
        position.load.is_far = position.is_far();
        if fee != 0 {
            let currency = self.cash.currency_mut(instrument.currency);
            hash = hash.wrapping_sub(currency.hash());
            currency.fees += fee;
            hash = hash.wrapping_add(currency.hash());
        }
        self.hash = hash;
        let (quantity, account) = (position.quantity, position.account);
        self.renew_gross(slot);
        if turns {
            self.renew_far(account as usize);
        }
        Settled { fee, position: quantity }
    }

    /// Values a position again, in its account's and its firm's sums (R5).
    pub(crate) fn renew_gross(&mut self, slot: u32) {
        let position = self.positions.at_mut(slot);
        let instrument = &self.instruments[position.instrument as usize];
        let value = instrument.gross(position.quantity, position.open_cost);
        let moved = value - position.gross;
        position.gross = value;
        let account = &mut self.accounts[position.account as usize];
        account.gross += moved;
        self.firms[account.firm as usize].gross += moved;
        if account.watch & (watch::WORTH | watch::REDUCES) != 0 {
            self.follow(slot);
        }
    }

    /// A position moved, or its price, where its account is watched for that.
    #[cold]
    #[inline(never)]
    fn follow(&mut self, slot: u32) {
        let account = self.positions.at(slot).account as usize;
        if self.accounts[account].watch & watch::WORTH != 0 {
            self.renew_worth(slot);
        }
        self.note_moved(slot);
    }

    /// Whether any cash of an account is near the end of its range.
    #[cold]
    pub(crate) fn renew_far(&mut self, index: usize) {
        let account = &mut self.accounts[index];
        let mut amounts = self.cash.of(account.cash).map(|slot| self.cash.at(slot).amount);
        account.load.is_far = amounts.any(is_far);
    }

    /// The last trade is the reference of the collar.
    pub(crate) fn move_reference(&mut self, instrument: u32, tick: i64) {
        let instrument = &mut self.instruments[instrument as usize];
        if instrument.last == Some(tick) {
            return;
        }
        let before = instrument.reference_hash();
        instrument.last = Some(tick);
        instrument.renew_collar();
        let moved = instrument.reference_hash().wrapping_sub(before);
        self.hash = self.hash.wrapping_add(moved);
    }
}

impl Instrument {
    /// The fee at a rate, in 1e-8.
    #[inline]
    pub(crate) fn fee(&self, value: i128, rate: i32) -> i128 {
        if rate == 0 {
            return 0;
        }
        // |rate| is at most 100 %: a fee is at most the value, 2^112.
        part_half_even(value.abs(), rate, self.fee_divisor) * i128::from(self.fee_unit)
    }
}
