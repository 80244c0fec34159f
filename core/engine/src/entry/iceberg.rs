//! Icebergs (rule O7): a maker gives what it shows; then the next tranche goes behind.

use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::orders::Order;

impl Engine {
    /// Trades with what a maker shows, `most` at most; the next tranche is at the back of its
    /// level.
    #[cold]
    #[inline(never)]
    pub(super) fn trade_tranche<S: Sink>(
        &mut self,
        slot: u32,
        taker: &mut Order,
        most: u64,
        out: &mut Out<'_, S>,
    ) {
        let (leaves, shown) = (self.orders.at(slot).leaves, self.tranches.at(slot).shown);
        assert!(shown > 0, "an iceberg that stands shows something");
        let qty = shown.min(taker.leaves).min(most);
        self.trade_up_to(slot, taker, qty, out);
        if leaves == qty {
            return;
        }
        self.show(slot, leaves - shown, shown - qty);
        if shown == qty {
            self.renew_tranche(slot, out.events().0);
        }
    }

    /// What an order that stands does not show.
    pub(crate) fn hidden_of(&self, slot: u32) -> u64 {
        let order = self.orders.at(slot);
        // An order that is filled whole has its last tranche still.
        let hides = |slot| order.leaves.saturating_sub(self.tranches.at(slot).shown);
        if order.is_iceberg() { hides(slot) } else { 0 }
    }

    /// An iceberg that stands shows so much now; before, it hid `hidden`.
    pub(crate) fn show(&mut self, slot: u32, hidden: u64, shown: u64) {
        let order = self.orders.at(slot);
        assert!(shown <= order.leaves, "what is shown is there");
        let hides = self.tranches.hidden_mut(order.level);
        *hides = *hides - hidden + (order.leaves - shown);
        let tranche = self.tranches.at_mut(slot);
        let before = tranche.hash(order.order_id);
        tranche.shown = shown;
        let moved = tranche.hash(order.order_id).wrapping_sub(before);
        self.hash = self.hash.wrapping_add(moved);
    }

    /// The next tranche, behind all that show at its level.
    fn renew_tranche(&mut self, slot: u32, priority: u64) {
        let order = *self.orders.at(slot);
        self.lose_top(&order);
        *self.tranches.hidden_mut(order.level) -= order.leaves;
        self.step_out(slot);
        self.line_up(slot);
        let place = self.orders.at_mut(slot);
        place.priority = priority;
        place.hash = place.fresh_hash();
        self.hash = self.hash.wrapping_sub(order.hash).wrapping_add(place.hash);
        *self.tranches.hidden_mut(place.level) += order.leaves;
        let shown = self.tranches.at(slot).display.min(order.leaves);
        self.show(slot, order.leaves, shown);
    }

    /// An iceberg stands at the back of its level, with a fresh tranche.
    pub(super) fn begin_tranche(&mut self, slot: u32, display: u64) {
        let order = self.orders.at(slot);
        let tranche = self.tranches.at_mut(slot);
        (tranche.display, tranche.shown) = (display, display.min(order.leaves));
        *self.tranches.hidden_mut(order.level) += order.leaves - self.tranches.at(slot).shown;
        let gained = self.tranches.at(slot).hash(order.order_id);
        self.hash = self.hash.wrapping_add(gained);
    }

    /// An iceberg is gone, or is none any more; it stands still.
    pub(crate) fn end_tranche(&mut self, slot: u32) {
        let hidden = self.hidden_of(slot);
        let order = self.orders.at(slot);
        *self.tranches.hidden_mut(order.level) -= hidden;
        let lost = self.tranches.at(slot).hash(order.order_id);
        self.hash = self.hash.wrapping_sub(lost);
    }
}
