//! Election (rule O8): trades reach the triggers of stops, one after another.

use pinion_types::event::Replaced;
use pinion_types::{CancelReason, Nanos, OrdType, RejectCode, SessionId, TradingState};

use super::admit::whole;
use super::rules::Priced;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::{Order, Rare, Traded, rare};
use crate::states::Cause;
use crate::tables::extras;

/// Whether an elected stop will match, or stand among others that an auction matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Election {
    /// By a trade: protection counts from the best opposite price.
    Continuous,
    /// By the price of an auction: protection counts from the trigger.
    Auction,
}

impl Engine {
    /// Notes the price of a trade, where stops or the execution range look at it.
    pub(crate) fn note_trade(&mut self, instrument: u32, tick: i64) {
        let place = &mut self.instruments[instrument as usize];
        if place.extras & extras::RANGE != 0 {
            self.hash = self.hash.wrapping_add(place.count_trade(self.now, tick));
        }
        if place.extras & extras::STOPS == 0 {
            return;
        }
        let (low, high) = self.traded.map_or((tick, tick), |it| (it.low, it.high));
        self.traded = Some(Traded { instrument, low: low.min(tick), high: high.max(tick) });
    }

    /// Elects stops by the trades of this command, the nearest to the last trade first, until none
    /// is reached or there were too many; that halts the instrument. Then exits start whose entry
    /// has ended, which may trade and elect again. Who follows a linked order does so before.
    #[cold]
    #[inline(never)]
    pub(crate) fn elect<S: Sink>(&mut self, cx: &Context, out: &mut Out<'_, S>) {
        loop {
            if self.links.is_busy() {
                self.follow_links(out);
            }
            let Some(slot) = self.next_reached() else {
                // Also where nobody is elected no trade escapes those that trail.
                if let Some(traded) = self.traded
                    && self.follow_trades(&traded)
                {
                    continue;
                }
                self.traded = None;
                let Some(group) = self.next_start() else { return };
                self.start(cx, &group, out);
                continue;
            };
            let index = self.orders.at(slot).instrument;
            if !self.may_elect(cx, index) {
                let cause = Cause::venue("election limit");
                self.set_state(cx, index, TradingState::Halted, &cause, out);
            } else if let Some((mut order, expire_time)) =
                self.begin(cx, slot, Election::Continuous, out)
            {
                self.run_alone(&mut order, expire_time, out);
            }
        }
    }

    /// The stop that the trades of this command elect next, where trading goes on.
    fn next_reached(&self) -> Option<u32> {
        let traded = self.traded?;
        // A broken range has ended trading, though its auction is still to begin.
        let trades = self.is_in(traded.instrument, TradingState::Continuous)
            && !self.aftermath.is_broken(traded.instrument);
        if trades { self.next_elected(&traded) } else { None }
    }

    /// The stop that such trades elect next.
    pub(crate) fn next_elected(&self, traded: &Traded) -> Option<u32> {
        let last = self.instruments[traded.instrument as usize].last;
        self.stops.elected(traded, last.unwrap_or(traded.high))
    }

    /// Counts one more election of this command; false where there were as many as may be.
    pub(crate) fn may_elect(&mut self, cx: &Context, instrument: u32) -> bool {
        let guards = &mut self.instruments[instrument as usize].guards;
        if guards.elected.0 != cx.seq.0 {
            guards.elected = (cx.seq.0, 0);
        }
        if guards.elected.1 == guards.elections_max() {
            return false;
        }
        guards.elected.1 += 1;
        true
    }

    /// A stop waits no longer: says so, and asks risk again as if it were new. Gives it to whoever
    /// matches it, with its end where it is dated; `None` where it failed and is canceled.
    pub(crate) fn begin<S: Sink>(
        &mut self,
        cx: &Context,
        slot: u32,
        election: Election,
        out: &mut Out<'_, S>,
    ) -> Option<(Order, Nanos)> {
        let waited = self.rare_of(slot);
        let expire_time = self.expiries.of(slot).unwrap_or(Nanos(0));
        let link = self.link_of(slot);
        let mut order = self.take_out(slot);
        order.traits.rare &= !(rare::SUSPENDED | rare::SPECIAL | rare::UNCOUNTED);
        if let Some(link) = link {
            self.end_mate(order.session, link, out);
        }
        let begins = self.begin_order(cx, &mut order, &waited, election, out);
        begins.then_some((order, expire_time))
    }

    /// The same for a stop that is in hand; false where it failed and is canceled.
    pub(super) fn begin_order<S: Sink>(
        &mut self,
        cx: &Context,
        order: &mut Order,
        waited: &Rare,
        election: Election,
        out: &mut Out<'_, S>,
    ) -> bool {
        self.rare = Rare::default();
        let instrument = &self.instruments[order.instrument as usize];
        if order.traits.ord_type == OrdType::Stop {
            let (is_buy, ticks) = (order.is_buy(), waited.protection_ticks);
            let from_trigger = instrument.protection_from(is_buy, waited.trigger, ticks);
            order.tick = match election {
                Election::Continuous => {
                    instrument.protection(is_buy, ticks).unwrap_or(from_trigger)
                }
                Election::Auction => from_trigger,
            };
        }
        let stop_px = instrument.px(waited.trigger);
        let restated = Replaced { restated: 1, stop_px, ..self.replaced(order) };
        self.tell(SessionId(order.session), restated, out);
        let passes = self.check_begun(cx, order, Some(order.tick)).is_ok();
        if !passes {
            self.forget(order);
            self.report_canceled(order, CancelReason::RiskAtElection, None, out);
        }
        passes
    }

    /// Steps 12 to 17 for an order that waits no longer and counts nowhere: risk as if it were new,
    /// and where it comes to a price collar and a place there.
    pub(super) fn check_begun(
        &self,
        cx: &Context,
        order: &Order,
        resting_tick: Option<i64>,
    ) -> Result<(), RejectCode> {
        let instrument = &self.instruments[order.instrument as usize];
        let notional = instrument.notional(order.tick, order.leaves).abs();
        let priced = Priced { tick: order.tick, qty: order.leaves, notional };
        let (side, session) = (order.traits.side, SessionId(order.session));
        let (account, instrument_index) = (order.account, order.instrument);
        let position = order.position;
        let mut increase = whole(account, instrument_index, position, side, session, &priced);
        increase.collar_tick = resting_tick;
        let parties = self.parties(&increase);
        self.check_risk(cx.now, &parties, &increase)?;
        self.check_places(&increase, resting_tick)?;
        parties.check_headroom(order.leaves, self.fees_in(instrument))
    }
}
