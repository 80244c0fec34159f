//! What few orders are, checked from scratch: icebergs, stops, hidden orders, those of one auction.

use core::iter::successors;

use pinion_types::command::order_flags;
use pinion_types::{TimeInForce, TradingState};

use crate::book::NONE;
use crate::check::{Violation, hold};
use crate::engine::Engine;
use crate::orders::{Follower, Order, Traded, rare};
use crate::tables::{Instrument, extras, side_index};

impl Engine {
    /// Icebergs show a part of what they have, stops wait in the order of their triggers.
    pub(crate) fn check_rare(&self) -> Result<(), Violation> {
        for (slot, order) in self.orders.iter() {
            let id = order.order_id;
            check_kinds(order)?;
            if order.waits() && !order.floats() {
                let whole = order.cum == 0 && order.leaves == order.qty;
                hold(whole, "who waits has not traded", id)?;
            }
            if order.is_iceberg() {
                let tranche = self.tranches.at(slot);
                let fits = tranche.shown <= tranche.display && tranche.shown <= order.leaves;
                hold(fits && tranche.shown > 0, "an iceberg shows a part", id)?;
                // One that may only reduce has shrunk by itself.
                let hides = tranche.display < order.qty || order.reduces();
                hold(hides, "an iceberg hides a part", id)?;
            }
        }
        let mut count = 0;
        for (index, instrument) in (0_u32..).zip(&self.instruments) {
            count += self.check_stops(index, instrument)?;
        }
        let waits = |(slot, order): &(u32, &Order)| order.is_suspended() && self.hangs(*slot);
        let all = self.orders.iter().filter(waits).count();
        let whole = count == all && all == self.stops.count() as usize;
        hold(whole, "every stop that waits is found", 0_u32)?;
        hold(self.traded.is_none(), "no trade waits for an election", 0_u32)
    }

    /// Stops of one instrument; gives how many there are.
    fn check_stops(&self, index: u32, instrument: &Instrument) -> Result<usize, Violation> {
        let mut count = 0;
        for is_buy in [true, false] {
            let side = side_index(is_buy);
            let sound = self.stops.is_sound(index, side);
            hold(sound, "stops wait in the order of their triggers", instrument.id().0)?;
            for slot in self.stops.iter(index, side) {
                let order = self.orders.at(slot);
                let at_home =
                    order.is_suspended() && order.instrument == index && order.is_buy() == is_buy;
                hold(at_home, "a stop waits where it belongs", order.order_id)?;
                count += 1;
            }
        }
        let has = !self.stops.is_empty(index) || self.followers.has(index, Follower::Trail);
        let knows = (instrument.extras & extras::STOPS != 0) == has;
        hold(knows, "an instrument knows that stops wait", instrument.id().0)?;
        let reaches = |last| {
            self.next_elected(&Traded { instrument: index, low: last, high: last }).is_some()
        };
        let missed = instrument.state == Some(TradingState::Continuous)
            && instrument.last.is_some_and(reaches);
        hold(!missed, "no stop waits that the last trade reached", instrument.id().0)?;
        Ok(count)
    }

    /// Orders for one auction are there until it is over, closing ones wait until it begins.
    pub(crate) fn check_of_auctions(&self, instrument: &Instrument) -> Result<(), Violation> {
        use TradingState::{Closed, ClosingAuction, OpeningAuction, PostClose, PreOpen};
        let id = instrument.id().0;
        let positions = successors(listed(instrument.positions), |&slot| {
            listed(self.positions.at(slot).next_of_instrument)
        });
        let orders = positions.flat_map(|slot| self.orders_of(slot));
        let mut count = 0;
        for order in orders.filter(|order| order.is_of_auction()) {
            let state = instrument.state;
            let is_in_time = if order.traits.time_in_force == TimeInForce::AtTheOpening {
                matches!(state, Some(PreOpen | OpeningAuction)) && !order.waits()
            } else {
                !matches!(state, Some(PostClose | Closed))
                    && order.waits() == (state != Some(ClosingAuction))
            };
            hold(is_in_time, "an order for one auction waits for it, or is in it", order.order_id)?;
            count += 1;
        }
        hold(count == instrument.of_auctions, "an instrument knows who is of its auctions", id)
    }
}

impl Engine {
    /// Who may only reduce reduces, all of them together.
    pub(crate) fn check_reducing_all(&self) -> Result<(), Violation> {
        hold(self.moved == NONE, "positions that moved were looked at", 0_u32)?;
        for (slot, position) in self.positions.iter() {
            let id = u64::from(position.account + 1);
            let mut reducing = [0; 2];
            for order in self.orders_of(slot).filter(|order| order.reduces()) {
                reducing[side_index(order.is_buy())] += order.leaves;
            }
            hold(reducing == position.reducing, "who may only reduce is counted", id)?;
            hold(position.fits_reducing(), "who may only reduce does no more", id)?;
            hold(!position.is_moved, "positions that moved were looked at", id)?;
        }
        for (index, ledger) in (0_u32..).zip(&self.ledgers) {
            let orders = self.positions_of(index).flat_map(|slot| self.orders_of(slot));
            let count = orders.filter(|order| order.reduces()).count();
            let knows = count == ledger.reducing as usize;
            hold(knows, "an account knows how many may only reduce", index)?;
        }
        Ok(())
    }

    /// The orders of a position, as its list has them.
    fn orders_of(&self, position: u32) -> impl Iterator<Item = &Order> {
        self.slots_of(position).map(|slot| self.orders.at(slot))
    }

    /// Their slots.
    pub(crate) fn slots_of(&self, position: u32) -> impl Iterator<Item = u32> + '_ {
        let first = listed(self.positions.at(position).load.first);
        successors(first, |&slot| listed(self.orders.at(slot).position_next))
    }
}

/// A link of a list; `None` at its end.
fn listed(slot: u32) -> Option<u32> {
    Some(slot).filter(|&slot| slot != NONE)
}

/// What an order is goes together, and with what was asked for.
fn check_kinds(order: &Order) -> Result<(), Violation> {
    let (rare, id) = (order.traits.rare, order.order_id);
    let kinds = rare::ICEBERG | rare::SUSPENDED | rare::HIDDEN | rare::AUCTION;
    let one = (rare & kinds).count_ones() <= 1;
    hold(one, "an order is an iceberg, a stop, hidden, or of one auction", id)?;
    let says = rare & rare::MINIMUM == 0 || order.is_uncounted();
    hold(says, "an order that works has no minimum", id)?;
    let says = order.traits.flags & order_flags::HIDDEN != 0;
    hold(says == order.is_hidden(), "who is hidden asked for it", id)?;
    let says = order.traits.flags & order_flags::REDUCE_ONLY != 0;
    hold(says == order.reduces(), "who may only reduce asked for it", id)?;
    let lives = order.traits.time_in_force;
    let says = matches!(lives, TimeInForce::AtTheOpening | TimeInForce::AtTheClose);
    hold(says == order.is_of_auction(), "who is of one auction asked for it", id)
}
