//! Prices that are shared otherwise than by time alone.

use pinion_types::command::{Allocation, AllocationAlgorithm, MakerShare};
use pinion_types::{AccountId, Event, EventRef, InstrumentId, Liquidity, Side};

use super::Desk;

/// An algorithm of instrument 1, without any number.
#[must_use]
pub fn by(algorithm: AllocationAlgorithm) -> Allocation {
    Allocation { instrument: InstrumentId(1), algorithm: algorithm.into(), ..Allocation::default() }
}

/// A market maker's part in instrument 1.
#[must_use]
pub fn maker(account: u32, percent: u32) -> MakerShare {
    let (instrument, account) = (InstrumentId(1), AccountId(account));
    MakerShare { instrument, account, percent, ..MakerShare::default() }
}

/// What makers traded, as ids and quantities, in the order of the trades.
#[must_use]
pub fn made(events: &[Event]) -> Vec<(u64, u64)> {
    let trades = events.iter().filter_map(|event| match event.view() {
        Some(EventRef::Trade(it)) if it.liquidity == Liquidity::Added.into() => {
            Some((it.cl_ord_id.0, it.last_qty.0))
        }
        _ => None,
    });
    trades.collect()
}

impl Desk {
    /// A venue whose instrument 1 shares so.
    #[must_use]
    pub fn sharing(rules: &Allocation, makers: &[(u32, u32)]) -> Self {
        let mut desk = Desk::new();
        desk.done(rules);
        for &(account, percent) in makers {
            desk.done(&maker(account, percent));
        }
        desk
    }

    /// The id of the TOP order of instrument 1 at its client.
    #[must_use]
    pub fn top(&self, side: Side) -> Option<u64> {
        let top = self.engine.top_order(InstrumentId(1), side)?;
        let order = self.engine.orders().find(|it| it.order_id == top);
        Some(order.expect("a TOP order works").cl_ord_id.0)
    }
}
