//! How instruments share a price, checked from scratch.

use pinion_types::TradingState;

use crate::check::{Violation, hold};
use crate::engine::Engine;
use crate::tables::{extras, side_index};

impl Engine {
    pub(crate) fn check_shares(&self) -> Result<(), Violation> {
        for (instrument, sharing) in self.instruments.iter().zip(&self.sharings) {
            let id = instrument.id().0;
            let knows = (instrument.extras & extras::SHARED != 0) == sharing.is_special();
            hold(knows, "an instrument knows how it shares", id)?;
            hold(sharing.is_sound(), "market makers have a whole at most", id)?;
            let lot = instrument.lot.divisor();
            let rules = sharing.rules();
            let whole = [rules.pro_rata_min, rules.top_min, rules.top_max];
            let whole = whole.iter().all(|qty| qty.0.is_multiple_of(lot));
            hold(whole, "what is shared is counted in lots", id)?;
            for is_buy in [true, false] {
                let top = sharing.top(side_index(is_buy));
                if top == 0 {
                    continue;
                }
                let matches = instrument.state == Some(TradingState::Continuous);
                hold(matches && sharing.steps().has_top, "a TOP order is asked for", id)?;
                let slot = self.orders.by_order_id(top);
                let at_home = slot.is_some_and(|slot| {
                    let order = self.orders.at(slot);
                    order.instrument + 1 == id && order.is_buy() == is_buy && !order.is_suspended()
                });
                hold(at_home, "a TOP order stands on its side", top)?;
            }
        }
        Ok(())
    }
}
