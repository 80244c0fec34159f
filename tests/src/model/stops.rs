//! Stops: how they wait, and how trades elect them.

use pinion_types::RejectCode;
use pinion_types::codes::{CancelReason, OrdType, TradingState};
use pinion_types::event::Replaced;
use pinion_types::text::Chars;

use super::Model;
use super::book::replaced;
use super::refusal::{Checked, refuse_if};
use super::tables::Order;

impl Model {
    /// Step 11 of an order that waits for its trigger; a stop gets its price there. A trigger that
    /// a replace does not name is not asked again.
    pub(super) fn check_stop(
        &self,
        order: &mut Order,
        names_trigger: bool,
        old: Option<&Order>,
    ) -> Checked {
        let check = |px, had: Option<i64>| match had {
            None => self.check_grid(order, px),
            Some(had) => self.check_regrid(order, px, had),
        };
        if order.ord_type == OrdType::StopLimit {
            check(order.px, old.map(|it| it.px))?;
        }
        if names_trigger {
            check(order.stop_px, old.map(|it| it.stop_px))?;
        }
        if order.ord_type == OrdType::Stop {
            order.px = self.protected(order, order.stop_px);
        }
        self.check_quantity(order)?;
        self.check_value(order)
    }

    /// The price that protection allows from `from` on: the instrument's, or the order's own where
    /// that is tighter.
    pub(super) fn protected(&self, order: &Order, from: i64) -> i64 {
        let instrument = &self.instruments[&order.instrument];
        let widest = instrument.def.protection_ticks;
        let ticks = match order.protection_ticks {
            0 => widest,
            own => own.min(widest),
        };
        instrument.protection(order.side, from, ticks)
    }

    /// Step 17: a stop whose trigger has traded already.
    pub(super) fn check_trigger(&self, order: &Order) -> Checked {
        let last = self.instruments[&order.instrument].last_px;
        let Some(last) = last.filter(|_| order.has_begun()) else { return Ok(()) };
        let buys = order.side.is_buy();
        let over = if buys { last >= order.stop_px } else { last <= order.stop_px };
        refuse_if(over, RejectCode::WouldTrigger)
    }

    /// Keeps an order until what it waits for comes.
    pub(super) fn suspend(&mut self, order: Order) {
        self.orders.push(order);
    }

    /// Elects what this command's trades elect: the nearest trigger first, then who stands there
    /// longest; each trades as it is elected, and may elect more.
    ///
    /// Where nobody is reached any more, those that trail look at the trades, which may elect them.
    /// Then the exits of brackets start, one bracket after another, and what they trade elects
    /// again.
    pub(super) fn elections(&mut self) {
        loop {
            let traded: Vec<u32> = self.traded.keys().copied().collect();
            let next = |it: &u32| Some((*it, self.next_elected(*it)?));
            if let Some((instrument, id)) = traded.iter().find_map(next) {
                self.elect_next(instrument, id);
                continue;
            }
            let moved: Vec<bool> = traded.iter().map(|it| self.look(*it)).collect();
            if moved.contains(&true) {
                continue;
            }
            self.traded.clear();
            if !self.start_next() {
                return;
            }
        }
    }

    fn elect_next(&mut self, instrument: u32, id: u64) {
        if !self.may_elect(instrument) {
            let because = (Chars::new("venue"), Chars::new("election limit"));
            return self.change_one(instrument, TradingState::Halted, because);
        }
        let index = self.orders.iter().position(|order| order.id == id).expect("it waits");
        let order = self.orders.remove(index);
        self.elect(order);
    }

    /// Lets the stops that an auction's price elects join its orders: the nearest trigger first,
    /// then who stands there longest. False where there was none, or no more may be elected.
    pub(super) fn elect_for_auction(&mut self, instrument: u32) -> bool {
        let Some(px) = self.cross_px(instrument) else { return false };
        let reached = |order: &&Order| {
            let elected =
                if order.side.is_buy() { order.stop_px <= px } else { order.stop_px >= px };
            order.instrument == instrument
                && order.waits_for_trigger()
                && order.has_begun()
                && elected
        };
        let mut elected: Vec<Order> = self.orders.iter().filter(reached).cloned().collect();
        elected.sort_by_key(|it| (it.stop_px.abs_diff(px), it.stands));
        for order in &elected {
            if !self.may_elect(instrument) {
                return false;
            }
            self.orders.retain(|it| it.id != order.id);
            self.join(order.clone(), px);
        }
        !elected.is_empty()
    }

    /// Lets a stop, already out of those that wait, rest at its price for an auction at `px`.
    fn join(&mut self, mut order: Order, px: i64) {
        self.part(&mut order);
        if order.trail.is_some() {
            self.note_followed("elected by an auction");
        }
        order.is_suspended = false;
        if order.ord_type == OrdType::Stop {
            order.px = self.protected(&order, order.stop_px);
        }
        self.tell(order.session, &Replaced { restated: 1, ..replaced(&order) });
        (order.stop_px, order.trail) = (0, None);
        // The collar is around the price at which it would trade.
        let last = self.suppose_last(order.instrument, Some(px));
        let again = self.check_again(&order);
        self.suppose_last(order.instrument, last);
        match again {
            Ok(()) => self.rest(order),
            Err(_) => self.gone(order, CancelReason::RiskAtElection, None),
        }
    }

    /// Puts another price in the place of the last trade's, and gives that.
    fn suppose_last(&mut self, instrument: u32, px: Option<i64>) -> Option<i64> {
        let of = self.instruments.get_mut(&instrument).expect("it is known");
        std::mem::replace(&mut of.last_px, px)
    }

    /// Counts one more election of this command; false where it would be one too many.
    pub(super) fn may_elect(&mut self, instrument: u32) -> bool {
        let most = self.instruments[&instrument].elections_max();
        let count = self.elected.entry(instrument).or_default();
        *count += 1;
        *count <= most
    }

    fn next_elected(&self, instrument: u32) -> Option<u64> {
        let of = &self.instruments[&instrument];
        let (low, high) = *self.traded.get(&instrument)?;
        let last = of.last_px?;
        let elected = |order: &&Order| {
            let reached =
                if order.side.is_buy() { order.stop_px <= high } else { order.stop_px >= low };
            order.instrument == instrument
                && order.waits_for_trigger()
                && order.has_begun()
                && reached
        };
        let waiting = self.orders.iter().filter(elected);
        let next = waiting.min_by_key(|it| (it.stop_px.abs_diff(last), it.stands));
        let trades = of.state == TradingState::Continuous && !self.broken.contains(&instrument);
        next.map(|order| order.id).filter(|_| trades)
    }

    /// Lets a stop, already out of those that wait, come in as a new order.
    pub(super) fn elect(&mut self, mut order: Order) {
        if order.trail.is_some() {
            self.note_followed("elected");
        }
        self.part(&mut order);
        order.is_suspended = false;
        if order.ord_type == OrdType::Stop {
            let opposite = self.best_px(order.instrument, !order.side.is_buy());
            let reference = self.instruments[&order.instrument].reference();
            order.px = self.protected(&order, opposite.or(reference).expect("it just traded"));
        }
        self.tell(order.session, &Replaced { restated: 1, ..replaced(&order) });
        (order.stop_px, order.trail) = (0, None);
        let again = self.check_again(&order);
        match again {
            Ok(()) => self.enter(order),
            Err(_) => self.gone(order, CancelReason::RiskAtElection, None),
        }
    }
}
