//! Looking at how instruments share a price.

use pinion_types::command::Allocation;
use pinion_types::{AccountId, InstrumentId, OrderId, Side};

use crate::engine::Engine;
use crate::tables::{Sharing, side_index};

impl Engine {
    fn sharing(&self, instrument: InstrumentId) -> Option<&Sharing> {
        self.sharings.get(instrument.0.wrapping_sub(1) as usize)
    }

    /// How an instrument shares a price (rule O11), as it was set; all zero until then.
    #[must_use]
    pub fn allocation(&self, instrument: InstrumentId) -> Option<Allocation> {
        self.sharing(instrument).map(|it| *it.rules())
    }

    /// Market makers of an instrument and their percents, in the order in which they were named.
    pub fn makers(&self, instrument: InstrumentId) -> impl Iterator<Item = (AccountId, u32)> + '_ {
        let makers = self.sharing(instrument).map_or(&[][..], Sharing::makers);
        makers.iter().map(|it| (AccountId(it.account + 1), it.percent))
    }

    /// The TOP order of a side (rule O11), where there is one.
    #[must_use]
    pub fn top_order(&self, instrument: InstrumentId, side: Side) -> Option<OrderId> {
        let top = self.sharing(instrument).map(|it| it.top(side_index(side.is_buy())));
        top.filter(|&id| id != 0).map(OrderId)
    }
}
