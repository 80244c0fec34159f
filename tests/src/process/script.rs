//! Orders of two members from a seed: limits, immediate ones, cancels, replaces.

use pinion::import::Request;
use pinion_types::{ClOrdId, Px, Qty};

use super::flow::Order;
use crate::random::Rng;

/// One cent, and the price around which they trade.
const TICK: i64 = 1_000_000;
const MIDDLE: i64 = 10_000 * TICK;

/// A member's orders that may still work, and its next id.
#[derive(Debug, Default)]
struct Member {
    last: u64,
    orders: Vec<(ClOrdId, bool)>,
}

/// So many orders, in bursts of one member after the other.
#[must_use]
pub fn script(seed: u64, count: usize) -> Vec<Order> {
    let mut rng = Rng::new(seed);
    let mut members = [Member::default(), Member::default()];
    let mut orders = Vec::with_capacity(count);
    let mut desk = 0;
    while orders.len() < count {
        let burst = 1 + rng.below(48);
        for _ in 0..burst {
            let request = members[desk].next(&mut rng);
            orders.push(Order { desk, request });
        }
        desk = 1 - desk;
    }
    orders.truncate(count);
    orders
}

impl Member {
    fn next(&mut self, rng: &mut Rng) -> Request {
        self.last += 1;
        let cl_ord_id = ClOrdId(self.last);
        let px = Px(MIDDLE + rng.between(-20, 20) * TICK);
        let qty = Qty(1 + rng.below(200));
        let known = self.orders.len() as u64;
        if known == 0 || rng.chance(60) {
            let (is_buy, ioc) = (rng.chance(50), rng.chance(25));
            if !ioc {
                self.orders.push((cl_ord_id, is_buy));
            }
            return Request::New { cl_ord_id, is_buy, px, qty, ioc };
        }
        // Some of them are filled already: the venue says so, each time the same.
        let index = usize::try_from(rng.below(known)).expect("an index");
        let (orig_cl_ord_id, is_buy) = self.orders.swap_remove(index);
        if rng.chance(50) {
            return Request::Cancel { cl_ord_id, orig_cl_ord_id, is_buy };
        }
        self.orders.push((cl_ord_id, is_buy));
        Request::Replace { cl_ord_id, orig_cl_ord_id, is_buy, px, qty }
    }
}
