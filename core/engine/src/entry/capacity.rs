//! Step 17: what the venue can hold, checked before anything changes.

use pinion_types::{LimitId, RejectCode, Scope, TimeInForce};

use super::refusal::Refusal;
use super::risk::Increase;
use crate::engine::Engine;
use crate::tables::side_index;

impl Engine {
    /// A slot and a page where the order may rest, and a position.
    #[inline]
    pub(super) fn check_capacity(
        &self,
        increase: &Increase,
        time_in_force: TimeInForce,
        tick: i64,
    ) -> Result<(), Refusal> {
        let may_rest = matches!(time_in_force, TimeInForce::Day | TimeInForce::GoodTillCancel);
        if may_rest && self.orders.is_full() {
            let max = self.genesis.orders_max;
            return Err(full(RejectCode::OrderCapacity, LimitId::OrdersMax, max));
        }
        self.check_places(increase, may_rest.then_some(tick))
    }

    /// Whether a position can be had, and a page where an order is to rest.
    #[inline]
    pub(crate) fn check_places(
        &self,
        increase: &Increase,
        resting_tick: Option<i64>,
    ) -> Result<(), Refusal> {
        if increase.position.is_none()
            && !self.has_room_for_position(increase.account, increase.instrument)
        {
            let max = self.genesis.positions_max;
            return Err(full(RejectCode::PositionCapacity, LimitId::PositionsMax, max));
        }
        if let Some(tick) = resting_tick
            && self.pages.free_count() == 0
        {
            let instrument = &self.instruments[increase.instrument as usize];
            let side = &instrument.sides[side_index(increase.is_buy)];
            if side.needs_page(&self.pages, tick) {
                let max = self.genesis.pages_max.saturating_mul(64);
                return Err(full(RejectCode::LevelCapacity, LimitId::LevelsMax, max));
            }
        }
        Ok(())
    }
}

#[cold]
fn full(code: RejectCode, id: LimitId, max: u32) -> Refusal {
    let max = i64::from(max);
    Refusal::new(code, id, [max, max, max + 1]).at(Scope::Global, 0)
}
