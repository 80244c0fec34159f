//! Step 17: what the venue can hold, checked before anything changes.

use pinion_types::{RejectCode, TimeInForce};

use super::risk::Increase;
use crate::book::NONE;
use crate::engine::Engine;
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

    /// A slot where a stop may wait, at no level, and a position.
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
        if let Some(tick) = resting_tick
            && self.pages.empty_count() == 0
        {
            let instrument = &self.instruments[increase.instrument as usize];
            let side = &instrument.sides[side_index(increase.is_buy)];
            if side.needs_page(&self.pages, tick) {
                return Err(RejectCode::LevelCapacity);
            }
        }
        Ok(())
    }
}
