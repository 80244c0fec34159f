//! TOP orders (rule O11): the one of each side that bettered it, until it is done or loses its
//! place.

use pinion_types::TradingState;

use crate::book::NONE;
use crate::engine::Engine;
use crate::orders::Order;
use crate::tables::{extras, side_index};

impl Engine {
    /// An order came to stand: where it stands alone at the best price of its side while orders
    /// match, it bettered that side. Who shows nothing is never TOP.
    pub(in crate::entry) fn note_top(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        let instrument = &self.instruments[order.instrument as usize];
        let sharing = &self.sharings[order.instrument as usize];
        if instrument.extras & extras::SHARED == 0
            || order.is_hidden()
            || instrument.state != Some(TradingState::Continuous)
            || !sharing.steps().has_top
            || order.leaves < sharing.rules().top_min.0
        {
            return;
        }
        let side = side_index(order.is_buy());
        let is_best = instrument.sides[side].best_tick() == Some(order.tick);
        if is_best && order.prev == NONE && order.next == NONE {
            self.set_top(order.instrument, side, order.order_id);
        }
    }

    /// An order is done or goes to the back of its level: it is TOP no more.
    pub(in crate::entry) fn lose_top(&mut self, order: &Order) {
        let side = side_index(order.is_buy());
        if self.sharings[order.instrument as usize].top(side) == order.order_id {
            self.set_top(order.instrument, side, 0);
        }
    }

    /// An instrument changes its state: none of its orders is TOP any more.
    pub(crate) fn end_tops(&mut self, index: u32) {
        for side in 0..2 {
            if self.sharings[index as usize].top(side) != 0 {
                self.set_top(index, side, 0);
            }
        }
    }

    fn set_top(&mut self, index: u32, side: usize, order_id: u64) {
        let sharing = &mut self.sharings[index as usize];
        let id = u64::from(index) + 1;
        let before = sharing.tops_hash(id);
        sharing.set_top(side, order_id);
        let moved = sharing.tops_hash(id).wrapping_sub(before);
        self.hash = self.hash.wrapping_add(moved);
    }
}
