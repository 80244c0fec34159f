//! Trailing stops (rule O12): triggers that follow the trades at a distance, and never come back.

use pinion_types::command::{NewOrder, NewOrderExtra, Replace};
use pinion_types::{OrdType, Px, RejectCode};

use super::offset::offset_kind;
use super::risk::Increase;
use super::rules::Priced;
use crate::book::NONE;
use crate::engine::Engine;
use crate::orders::{FOLLOWERS_MAX, Follower, Order, Rare, Special, Traded, Trail, Traits, rare};
use crate::tables::Instrument;

/// A whole, in 1/100 of a percent.
const BPS_WHOLE: u128 = 10_000;

/// What a new order says beside, where it is a stop that trails.
#[inline(always)]
pub(super) fn trailing<'a>(
    traits: &Traits,
    extra: Option<&'a NewOrderExtra>,
) -> Option<&'a NewOrderExtra> {
    extra.filter(|extra| traits.rare & rare::SUSPENDED != 0 && extra.offset_kind != 0)
}

impl Instrument {
    /// Where the trigger of a trailing stop is, where it trails something: so far behind that, at
    /// the price of the bands that is farther away, and within the lowest and the highest price.
    pub(crate) fn trail_trigger(&self, is_buy: bool, trail: &Trail) -> Option<i64> {
        let extreme = trail.extreme?;
        let offset = trail.offset.unsigned_abs();
        let distance = if trail.kind == offset_kind::TRAIL_TICKS {
            u64::from(offset)
        } else {
            let part = u128::from(extreme.unsigned_abs()) * u128::from(offset);
            // Less than the whole.
            part.div_ceil(BPS_WHOLE) as u64
        };
        let (low, high) = self.ends();
        let trigger = if is_buy {
            self.guards.at_or_above(extreme.saturating_add_unsigned(distance)).unwrap_or(high)
        } else {
            self.guards.at_or_below(extreme.saturating_sub_unsigned(distance)).unwrap_or(low)
        };
        Some(trigger.max(low).min(high))
    }

    /// A trailing stop as it begins: it trails from the last trade on, where that is far enough.
    pub(super) fn trail(&self, body: &NewOrder, extra: &NewOrderExtra) -> Trail {
        let is_buy = body.side.get().is_some_and(pinion_types::Side::is_buy);
        let activation = match extra.activation_px {
            Px(0) => None,
            px => self.tick.exact_signed(px.0),
        };
        let mut trail = Trail {
            kind: extra.offset_kind,
            offset: extra.offset_ticks,
            activation,
            extreme: None,
            protection_ticks: body.protection_ticks,
        };
        trail.extreme = self.last.and_then(|last| trail.after(is_buy, last, last));
        trail
    }

    /// Steps 11 and 12 of a trailing stop: prices, quantity and value.
    pub(super) fn price_trail(
        &self,
        is_buy: bool,
        body: &NewOrder,
        extra: &NewOrderExtra,
    ) -> Result<Priced, RejectCode> {
        let tick = self.tick_of_trail(is_buy, body, extra)?;
        let qty = self.check_qty(body.qty)?;
        self.check_value(tick.ok_or(RejectCode::NoReferencePx)?, qty)
    }

    /// The price that a trailing stop counts at, where it has one: its limit, or its trigger,
    /// without one the reference, +/- protection.
    pub(super) fn tick_of_trail(
        &self,
        is_buy: bool,
        body: &NewOrder,
        extra: &NewOrderExtra,
    ) -> Result<Option<i64>, RejectCode> {
        let is_limit = body.ord_type.get() == Some(OrdType::StopLimit);
        let limit = if is_limit { Some(self.check_px(body.px)?) } else { None };
        if extra.activation_px.0 != 0 {
            self.check_px(extra.activation_px)?;
        }
        let trigger = self.trail_trigger(is_buy, &self.trail(body, extra));
        let base = trigger.or(self.last).or(self.settlement);
        let protected = base.map(|base| self.protection_from(is_buy, base, body.protection_ticks));
        Ok(limit.or(protected))
    }

    /// Step 17: a trigger that the last trade has reached, because no price is left behind it.
    pub(super) fn check_trail(&self, is_buy: bool, trail: &Trail) -> Result<(), RejectCode> {
        match self.trail_trigger(is_buy, trail) {
            Some(trigger) if self.would_trigger(is_buy, trigger) => Err(RejectCode::WouldTrigger),
            _ => Ok(()),
        }
    }

    /// Step 11 of a replace of a trailing stop: the price that it will count at. Another offset
    /// moves its trigger; what it trails stays.
    pub(crate) fn change_trail(
        &self,
        order: &Order,
        rare: &mut Rare,
        trail: Trail,
        body: &Replace,
    ) -> Result<i64, RejectCode> {
        let is_buy = order.is_buy();
        let limit = match order.traits.ord_type {
            OrdType::Stop => None,
            _ => Some(self.check_new_px(body.px, order.tick)?),
        };
        let mut changed = trail;
        if body.offset_kind != 0 {
            (changed.kind, changed.offset) = (body.offset_kind, body.offset_ticks);
        }
        if changed == trail {
            return Ok(limit.unwrap_or(order.tick));
        }
        rare.special = Special::Trailing(changed);
        let trigger = self.trail_trigger(is_buy, &changed);
        rare.trigger = trigger.unwrap_or(0);
        let protected = |base| self.protection_from(is_buy, base, trail.protection_ticks);
        Ok(limit.or(trigger.map(protected)).unwrap_or(order.tick))
    }
}

impl Engine {
    /// Step 17 of an order that follows: a trigger that is not reached, and an instrument that has
    /// so many of them and no more.
    #[cold]
    pub(super) fn check_follower(
        &self,
        traits: &Traits,
        (body, extra): (&NewOrder, Option<&NewOrderExtra>),
        increase: &Increase,
    ) -> Result<(), RejectCode> {
        let instrument = increase.instrument;
        let traded = &self.instruments[instrument as usize];
        if let Some(extra) = trailing(traits, extra) {
            traded.check_trail(increase.is_buy, &traded.trail(body, extra))?;
        } else if traits.ord_type != OrdType::Pegged {
            return Ok(());
        }
        if self.orders.is_full() || self.followers.count(instrument) >= FOLLOWERS_MAX {
            return Err(RejectCode::OrderCapacity);
        }
        Ok(())
    }

    /// Whether the stop in a slot has a trigger: all but those that have nothing to trail yet.
    pub(crate) fn hangs(&self, slot: u32) -> bool {
        !self.orders.at(slot).is_special()
            || !matches!(self.specials.at(slot), Special::Trailing(Trail { extreme: None, .. }))
    }

    /// Trailing stops look at trades that no stop is left to be elected by. From then on only the
    /// last trade elects, beside those to come. True where any of them moved.
    pub(super) fn follow_trades(&mut self, traded: &Traded) -> bool {
        let Traded { instrument, low, high } = *traded;
        // Of a linked order that ended without a trade there is no price to trail.
        if low > high {
            return false;
        }
        let mut has_moved = false;
        let mut slot = self.followers.head(instrument, Follower::Trail);
        while slot != NONE {
            let next = self.followers.next(slot);
            if let Special::Trailing(trail) = self.specials.at(slot) {
                let extreme = trail.after(self.orders.at(slot).is_buy(), low, high);
                if extreme != trail.extreme {
                    self.move_trail(slot, Trail { extreme, ..trail });
                    has_moved = true;
                }
            }
            slot = next;
        }
        let last = self.instruments[instrument as usize].last;
        self.traded = last.map(|last| Traded { instrument, low: last, high: last });
        has_moved
    }

    /// A trailing stop trails another price: its trigger follows, its age stays.
    fn move_trail(&mut self, slot: u32, trail: Trail) {
        let order = *self.orders.at(slot);
        let traded = &self.instruments[order.instrument as usize];
        let trigger = traded.trail_trigger(order.is_buy(), &trail);
        if self.hangs(slot) {
            self.unhang(slot);
        }
        let gained = self.specials.set(slot, order.order_id, Special::Trailing(trail));
        self.hash = self.hash.wrapping_add(gained);
        if let Some(trigger) = trigger {
            self.hang(slot, trigger, trail.protection_ticks);
        }
    }
}
