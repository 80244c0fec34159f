//! Step 17: what the venue can hold, checked before anything changes.

use pinion_types::{RejectCode, TimeInForce};

use super::risk::Increase;
use crate::book::NONE;
use crate::engine::Engine;
use crate::orders::{Traits, rare};
use crate::tables::side_index;

impl Engine {
    /// A slot and a page where the order may rest, and a position.
    #[inline(always)]
    pub(super) fn check_capacity(
        &self,
        increase: &Increase,
        time_in_force: TimeInForce,
        tick: i64,
    ) -> Result<(), RejectCode> {
        let may_rest =
            !matches!(time_in_force, TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill);
        if may_rest && self.orders.is_full() {
            return Err(RejectCode::OrderCapacity);
        }
        self.check_places(increase, may_rest.then_some(tick))
    }

    /// Step 17, the capacities, for an order that may rest, and for one that waits.
    #[inline(always)]
    pub(super) fn check_stand(
        &self,
        traits: &Traits,
        increase: &Increase,
    ) -> Result<(), RejectCode> {
        if traits.rare & rare::WAITS != 0 {
            return self.check_waiting(increase);
        }
        self.check_capacity(increase, traits.time_in_force, increase.tick)
    }

    /// A slot where an order may wait, at no level, and a position.
    #[cold]
    pub(super) fn check_waiting(&self, increase: &Increase) -> Result<(), RejectCode> {
        if self.orders.is_full() {
            return Err(RejectCode::OrderCapacity);
        }
        self.check_places(increase, None)
    }

    /// Whether a position can be had, and a page where an order is to rest.
    #[inline(always)]
    pub(crate) fn check_places(
        &self,
        increase: &Increase,
        resting_tick: Option<i64>,
    ) -> Result<(), RejectCode> {
        if increase.position == NONE
            && !self.has_room_for_position(increase.account, increase.instrument)
        {
            return Err(RejectCode::PositionCapacity);
        }
        match resting_tick {
            Some(tick) if !self.has_level(increase.instrument, increase.is_buy, tick) => {
                Err(RejectCode::LevelCapacity)
            }
            _ => Ok(()),
        }
    }

    /// Whether there is a page, or one can be had, where an order could rest.
    #[inline(always)]
    pub(super) fn has_level(&self, instrument: u32, is_buy: bool, tick: i64) -> bool {
        if self.pages.empty_count() != 0 {
            return true;
        }
        let side = &self.instruments[instrument as usize].sides[side_index(is_buy)];
        !side.needs_page(&self.pages, tick)
    }
}
