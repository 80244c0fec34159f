//! Daily loss and drawdown (R16, R17): warnings, close-only accounts, flattening.
//!
//! Judged at the end of the command that moved an account's equity; of several accounts the lowest
//! id comes first, until none is left: what one closes may move another.

use core::cmp::Reverse;

use pinion_types::codes::RawOrdType;
use pinion_types::command::NewOrder;
use pinion_types::event::AccountAlert;
use pinion_types::text::Spare;
use pinion_types::{
    AccountId, Event, InstrumentId, Nanos, OrdType, Qty, SessionId, Side, StpMode, TimeInForce,
    TradingState,
};

use super::refusal::{money_down, money_up};
use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::{Order, Traits};
use crate::session::Emit;
use crate::tables::{LEVELS, Loss, side_index};

/// Ids of the venue's own orders begin here: far above any sequence number.
const OWN_ORDERS: u64 = 1 << 63;

impl Engine {
    /// Judges every account whose equity moved.
    #[cold]
    #[inline(never)]
    pub(crate) fn judge<S: Sink>(&mut self, cx: &Context, out: &mut Out<'_, S>) {
        loop {
            if self.links.is_busy() {
                self.elect(cx, out);
            }
            let Some(Reverse(account)) = self.touched.pop() else { return };
            self.ledgers[account as usize].is_touched = false;
            if self.ledgers[account as usize].is_watched() {
                self.judge_account(cx, account, out);
            }
        }
    }

    fn judge_account<S: Sink>(&mut self, cx: &Context, account: u32, out: &mut Out<'_, S>) {
        let equity = self.equity(account);
        let news = self.change_ledger(account, |it| {
            it.peak = it.peak.max(equity);
            Loss::ALL.map(|loss| it.near(loss, equity))
        });
        let mut closes = 0;
        for (loss, new) in Loss::ALL.into_iter().zip(news) {
            for (place, level) in LEVELS.into_iter().enumerate() {
                if new >> place & 1 != 0 {
                    closes |= if level == 100 { loss.bit() } else { 0 };
                    self.alert(account, loss, level, equity, out);
                }
            }
        }
        if closes == 0 {
            return self.flatten_again(cx, account, out);
        }
        self.change_ledger(account, |it| it.close_only |= closes);
        self.renew_watch(account);
        if self.ledgers[account as usize].flattens() {
            self.cancel_account(account, out);
            self.flatten(cx, account, out);
        } else {
            self.cancel_increasing(account, out);
        }
    }

    fn alert<S: Sink>(
        &self,
        account: u32,
        loss: Loss,
        level: u16,
        equity: i128,
        out: &mut Out<'_, S>,
    ) {
        let ledger = &self.ledgers[account as usize];
        let alert = AccountAlert {
            account: AccountId(account + 1),
            limit_id: loss.limit_id().into(),
            is_close_only: u8::from(level == 100),
            percent: level,
            current: money_up(ledger.lost(loss, equity)),
            limit: money_down(ledger.limit(loss)),
            spare: Spare([0; 7]),
        };
        out.emit(&Event::new(SessionId(0), 0, &alert));
    }

    /// Closes what an account has, instrument by instrument, as far as somebody is there to trade.
    fn flatten<S: Sink>(&mut self, cx: &Context, account: u32, out: &mut Out<'_, S>) {
        self.ledgers[account as usize].flattened = cx.seq.0;
        let mut after = None;
        while let Some((instrument, slot)) = self.next_open(account, after, Self::may_close) {
            after = Some(instrument);
            self.close_position(cx, slot, out);
        }
    }

    /// Closes what could not be closed before, once a command: where somebody stands opposite now.
    /// What the account itself has working there makes way.
    fn flatten_again<S: Sink>(&mut self, cx: &Context, account: u32, out: &mut Out<'_, S>) {
        let ledger = &mut self.ledgers[account as usize];
        if !ledger.flattens() || ledger.flattened == cx.seq.0 {
            return;
        }
        ledger.flattened = cx.seq.0;
        let mut after = None;
        while let Some((instrument, slot)) = self.next_open(account, after, Self::finds_somebody) {
            after = Some(instrument);
            self.cancel_position(slot, out);
            self.close_position(cx, slot, out);
        }
    }

    /// Who is to be closed and has something in an instrument is judged when it trades on.
    pub(crate) fn recall_flattening(&mut self, index: u32) {
        let mut slot = self.instruments[index as usize].positions;
        while slot != NONE {
            let position = self.positions.at(slot);
            let (account, next) = (position.account, position.next_of_instrument);
            if position.quantity != 0 && self.ledgers[account as usize].flattens() {
                self.touch(account);
            }
            slot = next;
        }
    }

    /// The account's position with something in it in the next instrument that is `meant`.
    fn next_open(
        &self,
        account: u32,
        after: Option<u32>,
        meant: impl Fn(&Self, u32) -> bool,
    ) -> Option<(u32, u32)> {
        let open = self.positions_of(account).filter_map(|slot| {
            let position = self.positions.at(slot);
            (position.quantity != 0).then_some((position.instrument, slot))
        });
        let next = open.filter(|&(instrument, _)| after.is_none_or(|after| instrument > after));
        next.filter(|&(_, slot)| meant(self, slot)).min()
    }

    /// Whether the venue may trade for a position: nothing is blocked, and its instrument trades.
    fn may_close(&self, slot: u32) -> bool {
        let position = self.positions.at(slot);
        let holder = &self.accounts[position.account as usize];
        let instrument = &self.instruments[position.instrument as usize];
        let is_blocked = self.is_blocked
            || self.is_short
            || self.firms[holder.firm as usize].is_blocked
            || holder.is_blocked
            || instrument.is_blocked
            || self.aftermath.is_broken(position.instrument);
        !is_blocked && instrument.state == Some(TradingState::Continuous)
    }

    /// The same, and somebody stands opposite.
    fn finds_somebody(&self, slot: u32) -> bool {
        let position = self.positions.at(slot);
        let is_buy = position.quantity < 0;
        let opposite = &self.instruments[position.instrument as usize].sides[side_index(!is_buy)];
        self.may_close(slot) && opposite.best_tick().is_some()
    }

    /// An order of the venue for the account of a position: all of it at once, or what there is.
    fn close_position<S: Sink>(&mut self, cx: &Context, slot: u32, out: &mut Out<'_, S>) {
        let position = self.positions.at(slot);
        let holder = &self.accounts[position.account as usize];
        let instrument = &self.instruments[position.instrument as usize];
        let side = if position.quantity < 0 { Side::Buy } else { Side::Sell };
        let largest = instrument.qty_max - instrument.lot.div_rem(instrument.qty_max).1;
        let qty = position.quantity.unsigned_abs().min(largest);
        let Some(tick) = instrument.protection(side.is_buy(), 0) else { return };
        if qty == 0 {
            return;
        }
        let traits = Traits {
            side,
            ord_type: OrdType::Market,
            time_in_force: TimeInForce::ImmediateOrCancel,
            stp_mode: StpMode::None,
            ..Order::FREE.traits
        };
        let mut order = Order {
            leaves: qty,
            qty,
            tick,
            position: slot,
            instrument: position.instrument,
            account: position.account,
            group: holder.group,
            order_id: OWN_ORDERS | (out.events().0 + 1),
            traits,
            ..Order::FREE
        };
        let body = NewOrder {
            qty: Qty(qty),
            account: AccountId(order.account + 1),
            instrument: InstrumentId(order.instrument + 1),
            side: side.into(),
            ord_type: RawOrdType::from(OrdType::Market),
            time_in_force: TimeInForce::ImmediateOrCancel.into(),
            ..NewOrder::default()
        };
        self.report_accepted(&order, &body, out);
        self.run(cx, &mut order, Nanos(0), out);
    }

    /// The day that begins: losses count from here on.
    pub(crate) fn roll_losses(&mut self) {
        for account in 0..self.ledgers.len() as u32 {
            let ledger = &self.ledgers[account as usize];
            let ends = ledger.close_only & Loss::Daily.bit() != 0;
            if !ledger.is_watched() && !ends {
                continue;
            }
            self.begin_losses(account);
            if ends {
                self.change_ledger(account, |it| it.close_only &= !Loss::Daily.bit());
                self.renew_watch(account);
            }
        }
    }

    /// Losses of an account count from its equity now on.
    pub(crate) fn begin_losses(&mut self, account: u32) {
        let equity = self.equity(account);
        self.change_ledger(account, |it| {
            (it.start, it.peak, it.told) = (equity, equity, [0; 2]);
        });
    }
}
