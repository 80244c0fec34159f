//! Minimum quantity (rule O12): so much of a new order trades at once, or nothing.

use pinion_types::command::NewOrderExtra;
use pinion_types::{CancelReason, OrdType, Qty, RejectCode};

use crate::engine::Engine;
use crate::orders::{Order, Traits, rare};
use crate::tables::{Instrument, side_index};

impl Instrument {
    /// Last of step 10, the minimum: whole lots, at most the order.
    #[inline(always)]
    pub(super) fn check_min_qty(
        &self,
        traits: &Traits,
        qty: Qty,
        extra: Option<&NewOrderExtra>,
    ) -> Result<(), RejectCode> {
        if traits.rare & rare::MINIMUM == 0 {
            return Ok(());
        }
        let min_qty = extra.map_or(Qty(0), |extra| extra.min_qty);
        let fits = min_qty <= qty && self.lot.exact(min_qty.0).is_some();
        if fits { Ok(()) } else { Err(RejectCode::MinQty) }
    }
}

impl Engine {
    /// Why an order that came in does not even begin to trade, if less than its minimum would.
    /// Decided as fill-or-kill is.
    #[cold]
    pub(super) fn lacks_minimum(&self, order: &Order, min_qty: u64) -> Option<CancelReason> {
        let opposite =
            &self.instruments[order.instrument as usize].sides[side_index(!order.is_buy())];
        if order.traits.ord_type == OrdType::Market && opposite.is_empty() {
            return Some(CancelReason::NoLiquidity);
        }
        let trades = |limit| self.can_fill(order, limit, min_qty);
        let suffices = self.reach(order).is_some_and(trades);
        (!suffices).then_some(CancelReason::FokUnfilled)
    }
}
