//! Orders without a price of their own: how they get one.

use pinion_types::RejectCode;

use super::Model;
use super::refusal::{Checked, refuse_if};
use super::tables::Order;

impl Model {
    /// Steps 11 and 12 of a market order, which gets its protection price there.
    pub(super) fn check_market(&self, order: &mut Order) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let reference = instrument.reference();
        let opposite = self.best_px(order.instrument, !order.side.is_buy());
        self.check_quantity(order)?;
        if let Some(from) = opposite.or(reference) {
            order.px = self.protected(order, from);
            self.check_value(order)?;
        }
        refuse_if(reference.is_none(), RejectCode::NoReferencePx)?;
        self.check_reference(order, None)
    }

    /// The same for an auction: a limit around the reference.
    pub(super) fn check_market_of_auction(&self, order: &mut Order) -> Checked {
        self.check_quantity(order)?;
        let reference = self.instruments[&order.instrument].collar_reference();
        order.px = self.protected(order, reference.ok_or(RejectCode::NoReferencePx)?);
        self.check_value(order)?;
        self.check_reference(order, None)
    }

    /// Steps 11 and 12 of a market-to-limit order, which gets the best opposite price there.
    pub(super) fn check_market_to_limit(&self, order: &mut Order) -> Checked {
        self.check_quantity(order)?;
        let opposite = self.best_px(order.instrument, !order.side.is_buy());
        let reference = self.instruments[&order.instrument].reference();
        order.px = opposite.or(reference).ok_or(RejectCode::NoReferencePx)?;
        self.check_value(order)?;
        self.check_reference(order, None)
    }
}
