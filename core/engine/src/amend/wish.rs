//! What a replace wishes for: how long, until when, what shows, what elects it.

use pinion_types::command::Replace;
use pinion_types::{Nanos, OrdType, Px, Qty, RejectCode, TimeInForce};

use crate::engine::{Context, Engine};
use crate::entry::{is_peg_offset, is_trail_offset};
use crate::orders::{Order, Rare, Special};

/// What step 10 gives for a replace.
pub(super) struct Wish {
    pub(super) time_in_force: TimeInForce,
    /// When it ends; 0 where it is not dated.
    pub(super) expire_time: Nanos,
    /// What will show; 0 for all.
    pub(super) display: u64,
    /// Whether that is what shows now.
    pub(super) keeps_display: bool,
}

impl Engine {
    /// Step 10: a working order stays one that rests; gives how long, until when, and what shows.
    pub(super) fn offered(
        &self,
        cx: &Context,
        slot: u32,
        body: &Replace,
    ) -> Result<Wish, RejectCode> {
        let order = self.orders.at(slot);
        let time_in_force = body.time_in_force.get().unwrap_or(order.traits.time_in_force);
        let shows_whole =
            order.waits() || order.is_hidden() || order.is_of_auction() || order.is_special();
        let lasts = match body.time_in_force.get() {
            // An order for one auction stays one, and no other becomes one.
            Some(TimeInForce::Day | TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate) => {
                !order.is_of_auction()
            }
            Some(_) => false,
            None => true,
        };
        if !lasts || shows_whole && body.display_qty.0 != 0 {
            return Err(RejectCode::IllegalTypeAndTif);
        }
        if !is_plain(body) {
            return Err(RejectCode::NotSupported);
        }
        let expire_time = self.end_of(cx, slot, body, time_in_force)?;
        // A stop of its own price has none of the client's; who waits for nothing has no trigger.
        let is_stop = order.has_trigger() && order.traits.ord_type == OrdType::Stop;
        if is_stop && body.px.0 != 0 || !order.has_trigger() && body.stop_px.0 != 0 {
            return Err(RejectCode::ReservedNotZero);
        }
        let (display, keeps_display) = self.shown_of(slot, body)?;
        if order.is_special() {
            self.check_leg_change(slot, body)?;
        }
        self.check_new_offset(slot, body)?;
        Ok(Wish { time_in_force, expire_time, display, keeps_display })
    }

    /// When the order will end; 0 where it is not dated.
    fn end_of(
        &self,
        cx: &Context,
        slot: u32,
        body: &Replace,
        time_in_force: TimeInForce,
    ) -> Result<Nanos, RejectCode> {
        if time_in_force != TimeInForce::GoodTillDate {
            let is_asked = body.expire_time.0 != 0;
            return if is_asked { Err(RejectCode::ReservedNotZero) } else { Ok(Nanos(0)) };
        }
        match self.expiries.of(slot) {
            Some(expire_time) if body.expire_time.0 == 0 => Ok(expire_time),
            _ if body.expire_time > cx.now => Ok(body.expire_time),
            _ => Err(RejectCode::ExpireTimePassed),
        }
    }

    /// What will show, 0 for all, and whether that is what shows now.
    fn shown_of(&self, slot: u32, body: &Replace) -> Result<(u64, bool), RejectCode> {
        let order = self.orders.at(slot);
        if body.display_qty.0 == 0 && !order.is_iceberg() {
            return Ok((0, true));
        }
        let old = self.rare_of(slot).display;
        if body.display_qty.0 == 0 && old >= body.qty.0 {
            return Ok((0, true));
        }
        let asked = if body.display_qty.0 == 0 { old } else { body.display_qty.0 };
        let instrument = &self.instruments[order.instrument as usize];
        let bit = instrument.check_display(body.qty, Qty(asked))?;
        let display = if bit == 0 { 0 } else { asked };
        let keeps = body.display_qty.0 == 0 || body.display_qty.0 == old || display == old;
        Ok((display, keeps))
    }

    /// Last of step 10: another offset for an order that follows, and no trigger for a stop that
    /// trails.
    fn check_new_offset(&self, slot: u32, body: &Replace) -> Result<(), RejectCode> {
        let row = self.rare_of(slot).special;
        let fits = match row {
            _ if body.activation_px != Px(0) => false,
            Special::Trailing(_) if body.stop_px != Px(0) => false,
            _ if (body.offset_kind, body.offset_ticks) == (0, 0) => true,
            Special::Trailing(_) => is_trail_offset(body.offset_kind, body.offset_ticks),
            Special::Floating(_) => is_peg_offset(body.offset_kind, body.offset_ticks),
            Special::None | Special::Linked(_) => false,
        };
        if fits { Ok(()) } else { Err(RejectCode::PegOrTrail) }
    }

    /// Step 11 for a stop that waits: the price that it will count at, and its trigger.
    pub(super) fn check_stop_px(
        &self,
        order: &Order,
        rare: &mut Rare,
        body: &Replace,
    ) -> Result<i64, RejectCode> {
        let instrument = &self.instruments[order.instrument as usize];
        if let Special::Trailing(trail) = rare.special {
            return instrument.change_trail(order, rare, trail, body);
        }
        let limit = match order.traits.ord_type {
            OrdType::Stop => None,
            _ => Some(instrument.check_new_px(body.px, order.tick)?),
        };
        if body.stop_px.0 != 0 {
            rare.trigger = instrument.check_new_px(body.stop_px, rare.trigger)?;
        }
        let (is_buy, ticks) = (order.is_buy(), rare.protection_ticks);
        Ok(limit.unwrap_or_else(|| instrument.protection_from(is_buy, rare.trigger, ticks)))
    }
}

/// Step 10, the fields: none that belongs to what is not served.
fn is_plain(body: &Replace) -> bool {
    body.min_qty == Qty(0) && body.protection_ticks == 0
}
