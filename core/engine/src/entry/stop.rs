//! Stops that wait (rule O8), and what rare orders have beside the order itself.

use pinion_types::command::{NewOrder, NewOrderExtra};
use pinion_types::{OrdType, Px, Qty, RejectCode, Side};

use super::linked;
use super::trail::trailing;
use crate::engine::Engine;
use crate::orders::{Follower, Order, Rare, Special, Traits, rare};
use crate::tables::{Instrument, extras, side_index};

impl Engine {
    /// Puts a rare order, or one of an auction, where it stands: at the back of its level, among
    /// the stops, or nowhere until its auction begins.
    #[cold]
    #[inline(never)]
    pub(super) fn place_rare(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        self.count_of_auction(slot, 1);
        self.begin_reducing(slot);
        if order.is_special() {
            self.begin_special(slot);
        }
        if order.is_suspended() {
            return self.begin_wait(slot);
        }
        if order.waits() {
            return;
        }
        self.line_up(slot);
        self.count_uncommon(slot, 1);
        if order.is_iceberg() {
            self.begin_tranche(slot, self.rare.display);
        }
        self.note_book(order.instrument);
        self.note_top(slot);
    }

    /// Puts a stop among those that wait, as soon as it has a trigger.
    fn begin_wait(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        self.instruments[order.instrument as usize].extras |= extras::STOPS;
        if self.hangs(slot) {
            self.hang(slot, self.rare.trigger, self.rare.protection_ticks);
        }
    }

    /// Hangs a stop among those that wait for their triggers.
    pub(super) fn hang(&mut self, slot: u32, trigger: i64, ticks: u32) {
        let order = *self.orders.at(slot);
        let key = (trigger, order.priority);
        self.stops.insert((order.instrument, side_index(order.is_buy())), slot, key, ticks);
        let gained = self.stops.hash(slot, order.order_id);
        self.hash = self.hash.wrapping_add(gained);
    }

    /// Takes a rare or dated order, or one of an auction, out of where it stands or waits, its
    /// lists and its slot.
    #[cold]
    #[inline(never)]
    pub(super) fn detach_rare(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        self.past_orders -= u32::from(order.order_id < self.day_seq);
        self.count_of_auction(slot, -1);
        if order.is_suspended() && self.hangs(slot) {
            self.unhang(slot);
        }
        if order.is_special() {
            self.end_special(slot);
        }
        if order.is_suspended() {
            self.end_wait(order.instrument);
        } else if !order.waits() {
            if order.is_iceberg() {
                self.end_tranche(slot);
            }
            self.count_uncommon(slot, -1);
            self.step_out(slot);
            self.note_book(order.instrument);
            self.lose_top(&order);
        }
        self.unlist(slot);
        self.orders.remove(slot);
        if order.is_dated() {
            self.end_expiry(slot);
        }
    }

    /// Takes a stop out of those that wait for their triggers.
    pub(super) fn unhang(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        let side = side_index(order.is_buy());
        let lost = self.stops.hash(slot, order.order_id);
        self.hash = self.hash.wrapping_sub(lost);
        self.stops.remove((order.instrument, side), slot);
    }

    /// A stop of an instrument waits no longer.
    fn end_wait(&mut self, index: u32) {
        if self.stops.is_empty(index) && !self.followers.has(index, Follower::Trail) {
            self.instruments[index as usize].extras &= !extras::STOPS;
        }
    }

    /// What the order in a slot has that only rare ones have.
    pub(crate) fn rare_of(&self, slot: u32) -> Rare {
        let order = self.orders.at(slot);
        let mut rare = Rare::default();
        if order.is_iceberg() {
            rare.display = self.tranches.at(slot).display;
        }
        if order.is_suspended() && self.hangs(slot) {
            rare.trigger = self.stops.trigger(slot);
            rare.protection_ticks = self.stops.protection_ticks(slot);
        }
        if order.is_special() {
            rare.special = self.specials.at(slot);
            if let Some(link) = rare.special.link().filter(|_| !order.is_suspended()) {
                (rare.trigger, rare.protection_ticks) = (link.trigger, link.protection_ticks);
            }
        }
        rare
    }

    /// What an order has that only rare ones have, where it works or is in hand.
    pub(crate) fn rare_in(&self, order: &Order) -> Rare {
        if order.traits.rare == 0 {
            return Rare::default();
        }
        let slot = self.orders.by_order_id(order.order_id);
        slot.map_or(self.rare, |slot| self.rare_of(slot))
    }

    /// A trigger as it is outside: 0 for an order that waits for none.
    pub(crate) fn stop_px(&self, order: &Order, rare: &Rare) -> Px {
        if order.has_trigger() { self.px(order.instrument, rare.trigger) } else { Px(0) }
    }

    /// What a rare order adds to the state hash beside itself.
    pub(crate) fn rare_hash(&self, slot: u32) -> u64 {
        let order = self.orders.at(slot);
        let mut hash = 0_u64;
        if order.is_iceberg() {
            hash = self.tranches.at(slot).hash(order.order_id);
        }
        if order.is_suspended() && self.hangs(slot) {
            hash = hash.wrapping_add(self.stops.hash(slot, order.order_id));
        }
        if order.is_special() {
            hash = hash.wrapping_add(self.specials.hash(slot, order.order_id));
        }
        hash
    }
}

impl Instrument {
    /// Step 10, the shown part: it fits the quantity, and is not too small. Gives the bit of an
    /// iceberg where a part is hidden.
    pub(crate) fn check_display(&self, qty: Qty, display: Qty) -> Result<u8, RejectCode> {
        if display.0 == 0 {
            return Ok(0);
        }
        if display > qty || self.lot.exact(display.0).is_none() {
            return Err(RejectCode::DisplayQty);
        }
        if display == qty {
            return Ok(0);
        }
        let rules = &self.guards.rules;
        let tranches = u128::from(qty.0.div_ceil(display.0));
        let is_small =
            u128::from(display.0) * 10_000 < u128::from(qty.0) * u128::from(rules.display_min_bps);
        if is_small || tranches > u128::from(self.guards.tranches_max()) {
            return Err(RejectCode::DisplayQty);
        }
        Ok(rare::ICEBERG)
    }

    /// Step 11 for a stop: the price that it counts at, and its trigger.
    pub(crate) fn check_stop(
        &self,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
    ) -> Result<(i64, i64), RejectCode> {
        let stop_px = extra.map_or(Px(0), |extra| extra.stop_px);
        if body.ord_type.get() == Some(OrdType::StopLimit) {
            let tick = self.check_px(body.px)?;
            return Ok((tick, self.check_px(stop_px)?));
        }
        let is_buy = body.side.get().is_some_and(Side::is_buy);
        let trigger = self.check_px(stop_px)?;
        Ok((self.protection_from(is_buy, trigger, body.protection_ticks), trigger))
    }

    /// The price of a stop that step 11 refuses, where it refuses one.
    pub(crate) fn blamed_px(&self, body: &NewOrder, extra: Option<&NewOrderExtra>) -> Px {
        let trails = |extra: &NewOrderExtra| extra.offset_kind != 0;
        let stop_px = extra
            .map_or(Px(0), |extra| if trails(extra) { extra.activation_px } else { extra.stop_px });
        let is_limit = body.ord_type.get() == Some(OrdType::StopLimit);
        if is_limit && self.check_px(body.px).is_err() { body.px } else { stop_px }
    }

    /// Step 17: a stop that the last trade would have elected does not wait.
    pub(crate) fn check_trigger(
        &self,
        is_buy: bool,
        extra: Option<&NewOrderExtra>,
    ) -> Result<(), RejectCode> {
        let trigger = extra.filter(|it| it.stop_px.0 != 0);
        let trigger = trigger.and_then(|it| self.tick.exact_signed(it.stop_px.0));
        match trigger {
            Some(trigger) if self.would_trigger(is_buy, trigger) => Err(RejectCode::WouldTrigger),
            _ => Ok(()),
        }
    }

    /// What an admitted order has that only rare ones have.
    #[cold]
    pub(super) fn rare(
        &self,
        traits: &Traits,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
    ) -> Rare {
        if let Some(extra) = extra.filter(|_| traits.ord_type == OrdType::Pegged) {
            return Rare { special: self.floating(body, extra), ..Rare::default() };
        }
        if let Some(extra) = trailing(traits, extra) {
            let trail = self.trail(body, extra);
            let trigger = self.trail_trigger(traits.side.is_buy(), &trail).unwrap_or(0);
            let protection_ticks = body.protection_ticks;
            let special = Special::Trailing(trail);
            return Rare { trigger, protection_ticks, special, ..Rare::default() };
        }
        let Some(extra) = extra else { return Rare::default() };
        // Who shows all of it is no iceberg.
        let display = if traits.rare & rare::ICEBERG == 0 { 0 } else { extra.display_qty.0 };
        Rare {
            display,
            min_qty: extra.min_qty.0,
            trigger: self.tick.exact_signed(extra.stop_px.0).unwrap_or(0),
            protection_ticks: body.protection_ticks,
            special: linked::row(extra),
        }
    }

    /// Whether a trade at the last price would have elected such a stop.
    pub(crate) fn would_trigger(&self, is_buy: bool, trigger: i64) -> bool {
        let reached = |last: i64| if is_buy { last >= trigger } else { last <= trigger };
        self.last.is_some_and(reached)
    }
}
