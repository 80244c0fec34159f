//! Stops: how they wait, and how trades elect them.

use pinion_types::codes::{CancelReason, OrdType, TradingState};
use pinion_types::event::{Replaced, StateChanged};
use pinion_types::text::Chars;
use pinion_types::{InstrumentId, RejectCode};

use super::Model;
use super::book::replaced;
use super::refusal::{Checked, refuse_if};
use super::tables::Order;

impl Model {
    /// Step 11 of an order that waits for its trigger; a stop gets its price there. A trigger that
    /// a replace does not name is not asked again.
    pub(super) fn check_stop(&self, order: &mut Order, names_trigger: bool) -> Checked {
        if order.ord_type == OrdType::StopLimit {
            self.check_px(order)?;
        }
        if names_trigger {
            self.check_grid(order, order.stop_px)?;
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
        let Some(last) = self.instruments[&order.instrument].last_px else { return Ok(()) };
        let buys = order.side.is_buy();
        let over = if buys { last >= order.stop_px } else { last <= order.stop_px };
        refuse_if(over, RejectCode::WouldTrigger)
    }

    /// Keeps a stop until its trigger trades.
    pub(super) fn suspend(&mut self, order: Order) {
        self.orders.push(order);
    }

    /// Notes a price that was traded.
    pub(super) fn note_trade(&mut self, instrument: u32, px: i64) {
        let (low, high) = self.traded.entry(instrument).or_insert((px, px));
        (*low, *high) = ((*low).min(px), (*high).max(px));
    }

    /// Elects what this command's trades elect: the nearest trigger first, then who stands there
    /// longest; each trades as it is elected, and may elect more.
    pub(super) fn elections(&mut self, instrument: u32) {
        let mut count = 0;
        while let Some(id) = self.next_elected(instrument) {
            if count == self.instruments[&instrument].elections_max() {
                return self.halt(instrument, "election limit");
            }
            count += 1;
            let index = self.orders.iter().position(|order| order.id == id).expect("it waits");
            let order = self.orders.remove(index);
            self.elect(order);
        }
    }

    fn next_elected(&self, instrument: u32) -> Option<u64> {
        let of = &self.instruments[&instrument];
        let (low, high) = *self.traded.get(&instrument)?;
        let last = of.last_px?;
        let elected = |order: &&Order| {
            let reached =
                if order.side.is_buy() { order.stop_px <= high } else { order.stop_px >= low };
            order.instrument == instrument && order.is_suspended && reached
        };
        let waiting = self.orders.iter().filter(elected);
        let next = waiting.min_by_key(|it| (it.stop_px.abs_diff(last), it.stands));
        next.map(|order| order.id).filter(|_| of.state == TradingState::Continuous)
    }

    /// Lets a stop, already out of those that wait, come in as a new order.
    fn elect(&mut self, mut order: Order) {
        order.is_suspended = false;
        if order.ord_type == OrdType::Stop {
            let opposite = self.best_px(order.instrument, !order.side.is_buy());
            let reference = self.instruments[&order.instrument].reference();
            order.px = self.protected(&order, opposite.or(reference).expect("it just traded"));
        }
        self.tell(order.session, &Replaced { restated: 1, ..replaced(&order) });
        order.stop_px = 0;
        let again = self
            .check_reference(&order, None)
            .and_then(|()| self.check_risk(&order, None))
            .and_then(|()| self.check_capacity(&order, None));
        match again {
            Ok(()) => self.enter(order),
            Err(_) => self.gone(order, CancelReason::RiskAtElection, None),
        }
    }

    /// Stops an instrument by a rule.
    fn halt(&mut self, instrument: u32, reason: &str) {
        let of = self.instruments.get_mut(&instrument).expect("it traded");
        let from = std::mem::replace(&mut of.state, TradingState::Halted);
        self.say_of(
            0,
            &StateChanged {
                instrument: InstrumentId(instrument),
                from: from.into(),
                to: TradingState::Halted.into(),
                actor: Chars::new("venue"),
                reason: Chars::new(reason),
                ..StateChanged::default()
            },
        );
    }
}
