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
        traits: &Traits,
        tick: i64,
    ) -> Result<(), RejectCode> {
        let may_rest = !matches!(
            traits.time_in_force,
            TimeInForce::ImmediateOrCancel | TimeInForce::FillOrKill
        );
        if may_rest && self.orders.is_full() {
            return Err(RejectCode::OrderCapacity);
        }
        // A stop that waits stands at no level.
        let stands = may_rest && traits.rare & rare::SUSPENDED == 0;
        self.check_places(increase, stands.then_some(tick))
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
