//! The exits of a bracket: how they start when its entry has traded and ended.

use pinion_types::codes::{CancelReason, TradingState};
use pinion_types::event::Replaced;
use pinion_types::text::Chars;

use super::Model;
use super::book::replaced;
use super::links::{BRACKET, PAIR, Start, Tie};
use super::refusal::Checked;
use super::states::is_collecting;
use super::tables::Order;

impl Model {
    /// Step 11 of an exit, which is all that is asked of its prices before it starts.
    pub(super) fn check_exit(&self, order: &mut Order, old: Option<&Order>) -> Checked {
        if order.has_trigger() {
            return self.check_stop(order, old.is_none_or(|it| it.stop_px != order.stop_px), old);
        }
        match old {
            None => self.check_px(order)?,
            Some(old) => self.check_regrid(order, order.px, old.px)?,
        }
        self.check_quantity(order)?;
        self.check_value(order)
    }

    /// The exits of a group that wait: what takes the profit, what stops the loss.
    fn exits(&self, it: &Start) -> [Option<u64>; 2] {
        [2, 3].map(|leg| self.leg(it.session, it.id, (BRACKET, leg)).map(|order| order.id))
    }

    /// Ends the exits of an entry, the older one first.
    pub(super) fn end_exits(&mut self, it: &Start) {
        let mut ids: Vec<u64> = self.exits(it).into_iter().flatten().collect();
        ids.sort_unstable();
        for id in ids {
            self.end_linked(id);
        }
    }

    /// Starts the exits that wait longest to be started; one whose instrument is about to begin an
    /// auction waits for that. False where there is none.
    pub(super) fn start_next(&mut self) -> bool {
        let ready = |it: &Start| !self.broken.contains(&it.instrument);
        let Some(index) = self.starts.iter().position(ready) else { return false };
        let start = self.starts[index];
        let state = self.instruments[&start.instrument].state;
        let trades = state == TradingState::Continuous;
        if trades && self.exits(&start) != [None; 2] && !self.may_elect(start.instrument) {
            // There it ends, with all that were to start.
            let because = (Chars::new("venue"), Chars::new("election limit"));
            self.change_one(start.instrument, TradingState::Halted, because);
            return true;
        }
        self.starts.remove(index);
        if self.short || !(trades || is_collecting(state)) {
            self.end_exits(&start);
        } else {
            self.start(&start, trades);
        }
        true
    }

    /// The stop first: where the last trade has reached it, it is elected, and the profit is not
    /// taken. Else it waits, and the other comes in.
    fn start(&mut self, it: &Start, trades: bool) {
        let [profit, loss] = self.exits(it);
        let beside = profit.is_some() && loss.is_some();
        let tie = |leg: u8| beside.then_some(Tie { id: it.id, kind: PAIR, leg });
        if let Some(id) = loss {
            let stop = self.take_exit(id, it.cum, None);
            if trades && self.check_trigger(&stop).is_err() {
                profit.into_iter().for_each(|id| self.end_linked(id));
                return self.elect(stop);
            }
            self.made += 1;
            let stop = Order { stands: (self.seq, self.made), link: tie(2), ..stop };
            self.tell(stop.session, &Replaced { restated: 1, ..replaced(&stop) });
            self.wait_on(stop);
        }
        let Some(id) = profit else { return };
        let order = self.take_exit(id, it.cum, tie(1));
        let order = Order { is_suspended: false, ..order };
        self.tell(order.session, &Replaced { restated: 1, ..replaced(&order) });
        match self.check_again(&order) {
            Ok(()) => self.enter(order),
            Err(_) => {
                self.gone(Order { link: None, ..order }, CancelReason::RiskAtElection, None);
                if let Some(id) = loss {
                    let stop = self.take_exit(id, it.cum, None);
                    self.wait_on(stop);
                }
            }
        }
    }

    /// Takes an exit out, with what the entry has traded as the most it may.
    fn take_exit(&mut self, id: u64, most: u64, link: Option<Tie>) -> Order {
        let index = self.orders.iter().position(|it| it.id == id).expect("it waits");
        let order = self.orders.remove(index);
        Order { qty: order.qty.min(most), link, ..order }
    }

    /// Lets a stop wait; one that is alone counts from now on, and is asked for that.
    fn wait_on(&mut self, stop: Order) {
        let refused = stop.link.is_none() && self.check_again(&stop).is_err();
        if refused {
            return self.gone(stop, CancelReason::RiskAtElection, None);
        }
        self.orders.push(stop);
        self.orders.sort_by_key(|order| order.id);
    }

    /// Steps 12 to 17 for an order that comes in again, as if it were new and not there before.
    pub(super) fn check_again(&self, order: &Order) -> Checked {
        self.check_reference(order, None)
            .and_then(|()| self.check_risk(order, None))
            .and_then(|()| self.check_capacity(order, None))
    }
}
