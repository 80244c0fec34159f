//! What a random order has beside its price and quantity: an end, a trigger, a part that is shown.

use pinion_types::codes::{OrdStatus, OrdType, RawSide, TimeInForce};
use pinion_types::command::{NewOrder, NewOrderExtra, Replace};
use pinion_types::event::Replaced;
use pinion_types::{Nanos, Px, Qty};

use super::Stream;
use super::orders::Working;

impl Stream {
    /// The wide part of an order.
    pub(super) fn extra(&mut self, order: &NewOrder) -> NewOrderExtra {
        let mut extra = NewOrderExtra::default();
        let (ord_type, tif) = (order.ord_type.get(), order.time_in_force.get());
        if tif == Some(TimeInForce::GoodTillDate) && self.rng.chance(97) {
            extra.expire_time = self.expire_time();
        }
        let waits = matches!(ord_type, Some(OrdType::Stop | OrdType::StopLimit));
        if waits && self.rng.chance(98) {
            extra.stop_px = self.trigger(order.instrument.0, order.side);
        }
        let hides = ord_type == Some(OrdType::Limit) && self.rng.chance(28);
        if hides && (is_lasting(tif) || self.rng.chance(10)) {
            extra.display_qty = self.display(order.instrument.0, order.qty);
        }
        match self.rng.below(250) {
            0 => extra.display_qty = Qty(1),
            1 => extra.stop_px = Px(100_000_000),
            2 => extra.expire_time = self.expire_time(),
            3 => extra.min_qty = Qty(1),
            4 => extra.trigger_kind = 1,
            5 => extra.spare[1] = 1,
            6 => extra.link_id = 4,
            _ => {}
        }
        extra
    }

    /// Soon, later, or over.
    pub(super) fn expire_time(&mut self) -> Nanos {
        Nanos(match self.rng.below(20) {
            0 => self.now.0,
            1 => self.now.0 - self.rng.below(1_000),
            2..=10 => self.now.0 + 1 + self.rng.below(20_000_000),
            // Few moments, so that some orders end together.
            11..=14 => (self.now.0 / 1_000_000_000 + 1 + self.rng.below(3)) * 1_000_000_000,
            _ => self.now.0 + self.rng.below(3_000_000_000),
        })
    }

    /// A trigger a few ticks beyond the last trade, now and then where it has traded already.
    fn trigger(&mut self, instrument: u32, side: RawSide) -> Px {
        let Some(last) = self.lasts.get(&instrument).copied() else {
            return self.near_px(instrument);
        };
        let (tick, _) = self.grid(instrument);
        let away = match self.rng.below(16) {
            0 => self.rng.between(-3, 0),
            1 => self.rng.between(1, 40),
            _ => self.rng.between(1, 3),
        };
        let buys = side.get().is_some_and(|side| side.is_buy());
        let away = away.saturating_mul(if buys { tick } else { -tick });
        let px = Px(last.0.saturating_add(away));
        self.snap(instrument, px)
    }

    /// A part of the quantity; now and then none that fits.
    fn display(&mut self, instrument: u32, qty: Qty) -> Qty {
        let (_, lot) = self.grid(instrument);
        Qty(match self.rng.below(40) {
            0 => qty.0,
            1 => qty.0.saturating_add(lot),
            2 => lot + 1,
            3 => u64::MAX,
            4..=9 => qty.0 / lot / 2 * lot,
            _ => (self.rng.below(4) + 1) * lot,
        })
    }

    /// What a replace says of triggers and parts.
    pub(super) fn rewish(&mut self, body: &mut Replace, target: &Working) {
        if target.stop_px.0 != 0 {
            if target.ord_type == OrdType::Stop.into() && self.rng.chance(95) {
                body.px = Px(0);
            }
            body.stop_px = match self.rng.below(10) {
                0..=3 => Px(0),
                4..=5 => target.stop_px,
                _ => self.trigger(target.instrument, target.side),
            };
        } else if self.rng.chance(if target.display > 0 { 40 } else { 6 }) {
            body.display_qty = match self.rng.chance(25) {
                true => Qty(target.display),
                false => self.display(target.instrument, body.qty),
            };
        }
        match self.rng.below(200) {
            0 => body.stop_px = Px(1),
            1 => body.display_qty = Qty(1),
            _ => {}
        }
    }
}

impl Working {
    /// What a report of a change says of the order.
    pub fn changed(&mut self, body: &Replaced) {
        (self.cl_ord_id, self.qty, self.account) = (body.cl_ord_id.0, body.qty.0, body.account.0);
        (self.px, self.display) = (body.px, body.display_qty.0);
        // An elected stop has no trigger any more.
        let waits = body.ord_status == OrdStatus::Suspended.into();
        self.stop_px = if waits { body.stop_px } else { Px(0) };
        self.trails &= waits;
    }
}

fn is_lasting(tif: Option<TimeInForce>) -> bool {
    let lasting = [TimeInForce::Day, TimeInForce::GoodTillCancel, TimeInForce::GoodTillDate];
    tif.is_some_and(|tif| lasting.contains(&tif))
}
