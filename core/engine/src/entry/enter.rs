//! From a ticket to a resting order: accept, match, rest or cancel the rest.

use pinion_types::command::{NewOrder, NewOrderExtra};
use pinion_types::{CancelReason, Nanos, OrdType, TimeInForce};

use super::Ticket;
use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::{Order, rare};
use crate::tables::{Account, extras, side_index, watch};

impl Engine {
    /// The position of an account in an instrument, or [`NONE`]. Most accounts trade what they
    /// traded last.
    #[inline(always)]
    pub(crate) fn position_slot(&self, holder: &Account, account: u32, instrument: u32) -> u32 {
        let latest = holder.positions;
        if latest != NONE && self.positions.at(latest).instrument == instrument {
            return latest;
        }
        self.positions.find(account, instrument).unwrap_or(NONE)
    }

    /// A new order: refused, or accepted and matched.
    pub(crate) fn new_order<S: Sink>(
        &mut self,
        cx: &Context,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
        out: &mut Out<'_, S>,
    ) {
        match &mut self.admit(cx, body, extra) {
            Ok(ticket) => self.enter(cx, ticket, body, out),
            Err(code) => self.report_rejected(cx, (body, extra), *code, out),
        }
    }

    fn enter<S: Sink>(
        &mut self,
        cx: &Context,
        ticket: &mut Ticket,
        body: &NewOrder,
        out: &mut Out<'_, S>,
    ) {
        let expire_time = ticket.expire_time();
        let order = ticket.order();
        if order.position == NONE {
            order.position = self.make_position(order.account, order.instrument);
        }
        if order.traits.rare != 0 {
            return self.enter_rare(cx, order, body, expire_time, out);
        }
        self.report_accepted(order, body, out);
        self.run(cx, order, expire_time, out);
    }

    /// Stops wait, orders for one auction stand or wait, and who asks for more at once than there
    /// is goes; everyone else goes on as every order does.
    #[cold]
    #[inline(never)]
    fn enter_rare<S: Sink>(
        &mut self,
        cx: &Context,
        order: &mut Order,
        body: &NewOrder,
        expire_time: Nanos,
        out: &mut Out<'_, S>,
    ) {
        self.report_accepted_rare(order, body, out);
        if order.traits.rare & (rare::WAITS | rare::AUCTION) != 0 || order.floats() {
            return self.rest(order, expire_time, out.events().0);
        }
        if order.traits.rare & rare::MINIMUM != 0 {
            order.traits.rare &= !rare::MINIMUM;
            if let Some(reason) = self.lacks_minimum(order, self.rare.min_qty) {
                self.report_canceled(order, reason, None, out);
                return self.forget(order);
            }
        }
        if order.is_special() {
            return self.run_special(cx, order, expire_time, out);
        }
        self.run(cx, order, expire_time, out);
    }

    /// Matches an order that stands nowhere, then rests it or cancels what is left of it; then the
    /// stops that its trades elect. `expire_time` is asked for where it is dated.
    #[inline]
    pub(crate) fn run<S: Sink>(
        &mut self,
        cx: &Context,
        order: &mut Order,
        expire_time: Nanos,
        out: &mut Out<'_, S>,
    ) {
        self.run_alone(order, expire_time, out);
        if self.traded.is_some() {
            self.elect(cx, out);
        }
    }

    /// Matches an order that stands nowhere, then rests it or cancels what is left of it.
    pub(super) fn run_alone<S: Sink>(
        &mut self,
        order: &mut Order,
        expire_time: Nanos,
        out: &mut Out<'_, S>,
    ) {
        let stopped = self.take(order, out);
        assert!(order.cum + order.leaves <= order.qty, "nothing is filled twice");
        if order.leaves == 0 {
            self.forget(order);
            return;
        }
        match stopped.or_else(|| self.rest_reason(order)) {
            Some(reason) => {
                self.report_canceled(order, reason, None, out);
                self.forget(order);
            }
            None => self.rest(order, expire_time, out.events().0),
        }
    }

    /// Trades as far as price and instructions go; gives why the rest cannot stay, where that is
    /// known already.
    fn take<S: Sink>(&mut self, order: &mut Order, out: &mut Out<'_, S>) -> Option<CancelReason> {
        let instrument = &self.instruments[order.instrument as usize];
        let opposite = &instrument.sides[side_index(!order.is_buy())];
        if opposite.within(opposite.rank(order.tick)).is_none() {
            let is_market = order.traits.ord_type == OrdType::Market;
            return (is_market && opposite.is_empty()).then_some(CancelReason::NoLiquidity);
        }
        if instrument.extras & (extras::COLLECTS | extras::RANGE) != 0 {
            return self.take_guarded(order, out);
        }
        let limit = order.tick;
        let kills = order.traits.time_in_force == TimeInForce::FillOrKill;
        if kills && !self.can_fill(order, limit, order.leaves) {
            return Some(CancelReason::FokUnfilled);
        }
        self.cross(order, limit, out)
    }

    /// Why what is left of an order does not rest, if it does not.
    fn rest_reason(&self, order: &Order) -> Option<CancelReason> {
        match order.traits.time_in_force {
            TimeInForce::ImmediateOrCancel => Some(CancelReason::IocRemainder),
            TimeInForce::FillOrKill => Some(CancelReason::FokUnfilled),
            _ if !matches!(order.traits.ord_type, OrdType::Market | OrdType::Stop) => None,
            _ if self.instruments[order.instrument as usize].market_rests => None,
            _ => Some(CancelReason::MarketRemainder),
        }
    }

    /// An order that never rested is done.
    pub(crate) fn forget(&mut self, order: &Order) {
        let gained = self.orders.remember(order);
        self.hash = self.hash.wrapping_add(gained);
    }

    /// Puts an order at the back of its level, a stop among those that wait, and counts it
    /// everywhere it counts.
    pub(crate) fn rest(&mut self, order: &mut Order, expire_time: Nanos, priority: u64) {
        order.priority = priority;
        let slot = self.orders.insert(|| *order);
        self.stand(slot);
        if (self.accounts[order.account as usize].watch | self.watch) & watch::HELD != 0 {
            self.move_hold(order, 0, order.leaves, 1);
        }
        if order.is_dated() {
            self.begin_expiry(slot, order.order_id, expire_time);
        }
    }

    /// Puts the order of a slot where it stands or waits, and counts it everywhere it counts.
    #[inline]
    pub(super) fn stand(&mut self, slot: u32) {
        let order = self.orders.at_mut(slot);
        order.hash = order.fresh_hash();
        self.hash = self.hash.wrapping_add(order.hash);
        self.past_orders += u32::from(order.order_id < self.day_seq);
        let instrument = &mut self.instruments[order.instrument as usize];
        let notional = instrument.notional(order.tick, order.leaves).abs();
        let position = self.positions.at_mut(order.position);
        *position.working_mut(order.is_buy()) += order.leaves;
        let account = &mut self.accounts[order.account as usize];
        let firm = &mut self.firms[account.firm as usize];
        for load in [&mut position.load, &mut account.load, &mut firm.load] {
            load.open_orders += 1;
            load.open_notional += notional;
        }
        let asks = extras::ATTENDED | extras::UNCOMMON;
        if order.traits.rare == 0 && instrument.extras & asks == 0 {
            let side = &mut instrument.sides[side_index(order.is_buy())];
            side.append(&mut self.pages, &mut self.orders, slot);
        } else {
            self.place_rare(slot);
        }
        self.list(slot);
    }

    /// Takes a working order out of everything; it is neither reported nor remembered by that.
    pub(crate) fn withdraw(&mut self, slot: u32) -> Order {
        let order = *self.orders.at(slot);
        self.hash = self.hash.wrapping_sub(order.hash);
        self.release(&order, order.leaves, 1);
        self.detach(slot);
        order
    }

    /// Takes an order that counts nowhere any more out of its level, its lists and its slot.
    pub(crate) fn detach(&mut self, slot: u32) {
        let order = self.orders.at(slot);
        let (instrument, index) = (order.instrument, side_index(order.is_buy()));
        let traded = &mut self.instruments[instrument as usize];
        let is_attended = traded.extras & extras::ATTENDED != 0;
        if order.traits.rare != 0 || order.is_dated() || is_attended {
            return self.detach_rare(slot);
        }
        self.past_orders -= u32::from(order.order_id < self.day_seq);
        traded.sides[index].unlink(&mut self.pages, &mut self.orders, slot);
        self.unlist(slot);
        self.orders.remove(slot);
    }

    /// A dated order will end.
    #[cold]
    pub(crate) fn begin_expiry(&mut self, slot: u32, order_id: u64, expire_time: Nanos) {
        let gained = self.expiries.insert(slot, order_id, expire_time);
        self.hash = self.hash.wrapping_add(gained);
    }

    /// A dated order is gone, or dated no more.
    #[cold]
    pub(crate) fn end_expiry(&mut self, slot: u32) {
        let lost = self.expiries.remove(slot);
        self.hash = self.hash.wrapping_sub(lost);
    }

    /// Takes so much of a working order, and so many orders, out of the counts.
    pub(crate) fn release(&mut self, order: &Order, qty: u64, orders: u32) {
        let notional = self.open_notional(order, qty);
        let position = self.positions.at_mut(order.position);
        *position.working_mut(order.is_buy()) -= qty;
        let account = &mut self.accounts[order.account as usize];
        let firm = &mut self.firms[account.firm as usize];
        for load in [&mut position.load, &mut account.load, &mut firm.load] {
            load.open_orders -= orders;
            load.open_notional -= notional;
        }
        if (account.watch | self.watch) & (watch::HELD | watch::REDUCES) != 0 {
            self.release_watched(order, qty, orders);
        }
    }

    /// Working value of a part of an order, in 1e-8.
    pub(crate) fn open_notional(&self, order: &Order, qty: u64) -> i128 {
        self.instruments[order.instrument as usize].notional(order.tick, qty).abs()
    }

    /// Puts an order in front of the lists of its session and its position.
    fn list(&mut self, slot: u32) {
        let (session, position) = {
            let order = self.orders.at(slot);
            (order.session as usize, order.position)
        };
        let session_next = core::mem::replace(&mut self.session_orders[session], slot);
        let first = &mut self.positions.at_mut(position).load.first;
        let position_next = core::mem::replace(first, slot);
        if session_next != NONE {
            self.orders.at_mut(session_next).session_prev = slot;
        }
        if position_next != NONE {
            self.orders.at_mut(position_next).position_prev = slot;
        }
        let order = self.orders.at_mut(slot);
        (order.session_prev, order.session_next) = (NONE, session_next);
        (order.position_prev, order.position_next) = (NONE, position_next);
    }

    #[inline(always)]
    pub(super) fn unlist(&mut self, slot: u32) {
        let order = self.orders.at(slot);
        let (session, position) = (order.session as usize, order.position);
        let (prev, next) = (order.session_prev, order.session_next);
        let (position_prev, position_next) = (order.position_prev, order.position_next);
        match prev {
            NONE => self.session_orders[session] = next,
            _ => self.orders.at_mut(prev).session_next = next,
        }
        if next != NONE {
            self.orders.at_mut(next).session_prev = prev;
        }
        match position_prev {
            NONE => self.positions.at_mut(position).load.first = position_next,
            _ => self.orders.at_mut(position_prev).position_next = position_next,
        }
        if position_next != NONE {
            self.orders.at_mut(position_next).position_prev = position_prev;
        }
    }
}
