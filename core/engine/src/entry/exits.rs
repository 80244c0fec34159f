//! How exits start (rule O12): what an entry traded, they close.

use pinion_types::{CancelReason, Nanos, TradingState};

use super::elect::Election;
use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::{Group, Link, LinkKind, Order, Rare, Special, rare};
use crate::states::{Cause, collects};

/// An exit that waits no longer, in hand.
struct Exit {
    order: Order,
    waited: Rare,
    /// When it ends, where it is dated.
    expire_time: Nanos,
}

impl Engine {
    /// The first group that is to start, of an instrument whose range is not broken: that one
    /// starts when its auction has begun.
    pub(super) fn next_start(&mut self) -> Option<Group> {
        let (orders, aftermath) = (&self.orders, &self.aftermath);
        self.links.take_start(|group| {
            let mut legs = group.legs.into_iter().filter(|&slot| slot != NONE);
            !legs.any(|slot| aftermath.is_broken(orders.at(slot).instrument))
        })
    }

    /// Starts the exits of a group whose entry traded something and has ended: the stop first.
    pub(super) fn start<S: Sink>(&mut self, cx: &Context, group: &Group, out: &mut Out<'_, S>) {
        let [_, profit, stop] = group.legs;
        let Some(&any) = [profit, stop].iter().find(|&&slot| slot != NONE) else { return };
        let index = self.orders.at(any).instrument;
        if !self.may_start(cx, index, out) {
            return self.end_exits(group.legs, out);
        }
        if stop != NONE && self.is_reached(stop) {
            if profit != NONE {
                self.end_linked(profit, out);
            }
            let mut exit = self.take_exit(stop, group.cum);
            if self.begin_order(cx, &mut exit.order, &exit.waited, Election::Continuous, out) {
                self.run_alone(&mut exit.order, exit.expire_time, out);
            }
            return;
        }
        let mut take = |slot| (slot != NONE).then(|| self.take_exit(slot, group.cum));
        let exits = [take(profit), take(stop)];
        let link =
            |leg| Link { id: group.id, kind: LinkKind::Oco, leg, trigger: 0, protection_ticks: 0 };
        match exits {
            [Some(profit), Some(stop)] => {
                let order_id = stop.order.order_id;
                self.start_stop(cx, stop, Special::Linked(link(2)), out);
                if !self.start_profit(cx, profit, Special::Linked(link(1)), out) {
                    self.part(cx, order_id, out);
                }
            }
            [Some(profit), None] => {
                self.start_profit(cx, profit, Special::None, out);
            }
            [None, Some(stop)] => self.start_stop(cx, stop, Special::None, out),
            [None, None] => {}
        }
    }

    /// Whether exits may start: where new orders may rest, and no more than may be elected.
    fn may_start<S: Sink>(&mut self, cx: &Context, index: u32, out: &mut Out<'_, S>) -> bool {
        let Some(state) = self.instruments[index as usize].state else { return false };
        if self.is_short || state != TradingState::Continuous {
            return !self.is_short && collects(state);
        }
        let may = self.may_elect(cx, index);
        if !may {
            let cause = Cause::venue("election limit");
            self.set_state(cx, index, TradingState::Halted, &cause, out);
        }
        may
    }

    /// Whether the last trade elects a stop that is to start.
    fn is_reached(&self, slot: u32) -> bool {
        let order = self.orders.at(slot);
        let instrument = &self.instruments[order.instrument as usize];
        instrument.state == Some(TradingState::Continuous)
            && instrument.would_trigger(order.is_buy(), self.rare_of(slot).trigger)
    }

    /// Takes an exit in hand; it closes no more than was opened.
    fn take_exit(&mut self, slot: u32, cum: u64) -> Exit {
        let waited = self.rare_of(slot);
        let expire_time = self.expiries.of(slot).unwrap_or(Nanos(0));
        let mut order = self.take_out(slot);
        order.qty = order.qty.min(cum);
        order.leaves = order.qty;
        order.traits.rare &= !(rare::PENDING | rare::SPECIAL | rare::UNCOUNTED);
        Exit { order, waited, expire_time }
    }

    /// A stop waits for its trigger from now on. Beside a take profit it counts as an order alone;
    /// by itself risk is asked.
    fn start_stop<S: Sink>(
        &mut self,
        cx: &Context,
        exit: Exit,
        special: Special,
        out: &mut Out<'_, S>,
    ) {
        let Exit { mut order, waited, expire_time } = exit;
        let is_paired = special != Special::None;
        let bits = if is_paired { rare::SPECIAL | rare::UNCOUNTED } else { 0 };
        order.traits.rare |= rare::SUSPENDED | bits;
        self.rare = Rare { special, ..waited };
        self.report_restated(&order, out);
        if is_paired || self.check_begun(cx, &order, None).is_ok() {
            return self.rest(&mut order, expire_time, out.events().0);
        }
        self.forget(&order);
        self.report_canceled(&order, CancelReason::RiskAtElection, None, out);
    }

    /// A take profit comes in as a new order does; false where risk refuses it.
    fn start_profit<S: Sink>(
        &mut self,
        cx: &Context,
        exit: Exit,
        special: Special,
        out: &mut Out<'_, S>,
    ) -> bool {
        let Exit { mut order, expire_time, .. } = exit;
        let bits = if special == Special::None { 0 } else { rare::SPECIAL };
        order.traits.rare |= bits;
        self.rare = Rare { special, ..Rare::default() };
        self.report_restated(&order, out);
        let passes = self.check_begun(cx, &order, Some(order.tick)).is_ok();
        if passes {
            self.run_leg(&mut order, expire_time, out);
        } else {
            self.forget(&order);
            self.report_canceled(&order, CancelReason::RiskAtElection, None, out);
        }
        passes
    }

    /// A stop that was to stand beside a take profit stands alone, and counts, if risk lets it.
    fn part<S: Sink>(&mut self, cx: &Context, order_id: u64, out: &mut Out<'_, S>) {
        let Some(slot) = self.orders.by_order_id(order_id) else { return };
        let waited = self.rare_of(slot);
        let expire_time = self.expiries.of(slot).unwrap_or(Nanos(0));
        let mut order = self.take_out(slot);
        order.traits.rare &= !(rare::SPECIAL | rare::UNCOUNTED);
        self.rare = Rare { special: Special::None, ..waited };
        if self.check_begun(cx, &order, None).is_ok() {
            let priority = order.priority;
            return self.rest(&mut order, expire_time, priority);
        }
        self.forget(&order);
        self.report_canceled(&order, CancelReason::RiskAtElection, None, out);
    }
}
