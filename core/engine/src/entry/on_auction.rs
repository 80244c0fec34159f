//! Orders for one auction (rule O12): opening orders, and closing orders, which wait for theirs.

use pinion_types::{CancelReason, Nanos, RejectCode, TimeInForce, TradingState};

use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::orders::{Rare, Traits, rare};
use crate::tables::Instrument;

impl Instrument {
    /// Step 8 of an order for one auction, where orders are taken: not when that is over. A closing
    /// order waits until its auction begins.
    #[inline(always)]
    pub(super) fn check_auction(&self, traits: &mut Traits) -> Result<(), RejectCode> {
        use TradingState::{ClosingAuction, Continuous};
        if traits.rare & rare::AUCTION == 0 {
            return Ok(());
        }
        let opens = traits.time_in_force == TimeInForce::AtTheOpening;
        if opens && matches!(self.state, Some(Continuous | ClosingAuction)) {
            return Err(RejectCode::TooLateToEnter);
        }
        if !opens && self.state != Some(ClosingAuction) {
            traits.rare |= rare::PENDING;
        }
        Ok(())
    }

    /// The price of a market order: where its protection ends, from the best opposite price, in an
    /// auction from the reference.
    pub(super) fn market_px(&self, traits: &Traits, ticks: u32) -> Option<i64> {
        let is_buy = traits.side.is_buy();
        if traits.rare & rare::AUCTION == 0 {
            return self.protection(is_buy, ticks);
        }
        self.reference().map(|reference| self.protection_from(is_buy, reference, ticks))
    }
}

impl Engine {
    /// Counts an order for one auction, or one less.
    pub(super) fn count_of_auction(&mut self, slot: u32, more: i32) {
        let order = self.orders.at(slot);
        if order.is_of_auction() {
            let instrument = &mut self.instruments[order.instrument as usize];
            instrument.of_auctions = instrument.of_auctions.wrapping_add_signed(more);
        }
    }

    /// A closing order waits no longer: it stands in the book, unless no level is left.
    pub(crate) fn join<S: Sink>(&mut self, slot: u32, out: &mut Out<'_, S>) {
        let mut order = self.withdraw(slot);
        order.traits.rare &= !rare::PENDING;
        self.rare = Rare::default();
        self.report_restated(&order, out);
        if self.has_level(order.instrument, order.is_buy(), order.tick) {
            self.rest(&mut order, Nanos(0), out.events().0);
        } else {
            self.forget(&order);
            self.report_canceled(&order, CancelReason::RiskAtElection, None, out);
        }
    }
}
