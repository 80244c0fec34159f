//! A book drawn from events alone: what anyone who reads the event log can know.

use std::collections::BTreeMap;

use pinion_types::{ClOrdId, Event, EventRef, Px, Qty, Side};

/// Best prices and their quantities; zero where a side is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Top {
    /// Best bid.
    pub bid_px: i64,
    /// Quantity there.
    pub bid_qty: u64,
    /// Best offer.
    pub ask_px: i64,
    /// Quantity there.
    pub ask_qty: u64,
}

/// One working order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Working {
    /// Its side.
    pub side: Side,
    /// Its price.
    pub px: Px,
    /// What still works.
    pub leaves: Qty,
    /// What is filled.
    pub cum: Qty,
    /// Place in the queue of its level.
    turn: u64,
}

/// One instrument's orders of one session by ClOrdID, kept from its events.
#[derive(Clone, Debug, Default)]
pub struct Shadow {
    orders: BTreeMap<u64, Working>,
    levels: [BTreeMap<i64, BTreeMap<u64, u64>>; 2],
    turns: u64,
}

impl Shadow {
    /// Takes in one event.
    ///
    /// # Panics
    /// Where the event contradicts those before it.
    pub fn see(&mut self, event: &Event) {
        match event.view().expect("an event of a known kind") {
            EventRef::Accepted(body) => {
                let side = body.side.get().expect("a side");
                let (px, leaves) = (body.px, body.qty);
                self.put(body.cl_ord_id, Working { side, px, leaves, cum: Qty(0), turn: 0 });
            }
            EventRef::Trade(body) => {
                let order = self.take(body.cl_ord_id);
                assert_eq!(order.leaves.0, body.leaves_qty.0 + body.last_qty.0);
                assert_eq!(order.cum.0 + body.last_qty.0, body.cum_qty.0);
                let (leaves, cum) = (body.leaves_qty, body.cum_qty);
                self.put_back(body.cl_ord_id, Working { leaves, cum, ..order });
            }
            EventRef::Canceled(body) => {
                let order = self.take(body.orig_cl_ord_id);
                assert_eq!(order.leaves, body.canceled_qty);
            }
            EventRef::Replaced(body) => {
                let order = self.take(body.orig_cl_ord_id);
                let (px, leaves) = (body.px, body.leaves_qty);
                let order = Working { px, leaves, ..order };
                if body.priority_lost == 1 {
                    self.put(body.cl_ord_id, order);
                } else {
                    self.put_back(body.cl_ord_id, order);
                }
            }
            _ => {}
        }
    }

    /// The order of that id, while it works.
    #[must_use]
    pub fn get(&self, id: ClOrdId) -> Option<&Working> {
        self.orders.get(&id.0)
    }

    /// How many orders work.
    #[must_use]
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// True where none works.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The ids on one level, first in the queue first.
    #[must_use]
    pub fn level(&self, side: Side, px: Px) -> Vec<ClOrdId> {
        let level = self.levels[usize::from(side.is_buy())].get(&px.0);
        level.into_iter().flat_map(|level| level.values()).map(|&id| ClOrdId(id)).collect()
    }

    /// Best prices now.
    #[must_use]
    pub fn top(&self) -> Top {
        let [asks, bids] = &self.levels;
        let qty = |level: &BTreeMap<u64, u64>| {
            level.values().map(|id| self.orders[id].leaves.0).sum::<u64>()
        };
        let (bid_px, bid_qty) = bids.last_key_value().map_or((0, 0), |(&px, l)| (px, qty(l)));
        let (ask_px, ask_qty) = asks.first_key_value().map_or((0, 0), |(&px, l)| (px, qty(l)));
        Top { bid_px, bid_qty, ask_px, ask_qty }
    }

    fn put(&mut self, id: ClOrdId, order: Working) {
        self.turns += 1;
        self.put_back(id, Working { turn: self.turns, ..order });
    }

    fn put_back(&mut self, id: ClOrdId, order: Working) {
        if order.leaves.0 > 0 {
            let level = self.levels[usize::from(order.side.is_buy())].entry(order.px.0);
            level.or_default().insert(order.turn, id.0);
            assert!(self.orders.insert(id.0, order).is_none(), "order {id} twice");
        }
    }

    fn take(&mut self, id: ClOrdId) -> Working {
        let order = self.orders.remove(&id.0).unwrap_or_else(|| panic!("order {id} unknown"));
        let side = &mut self.levels[usize::from(order.side.is_buy())];
        let level = side.get_mut(&order.px.0).expect("its level");
        level.remove(&order.turn);
        if level.is_empty() {
            side.remove(&order.px.0);
        }
        order
    }
}
