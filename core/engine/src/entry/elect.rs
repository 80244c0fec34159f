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
    /// is reached or there were too many; that halts the instrument.
    #[cold]
    #[inline(never)]
    pub(crate) fn elect<S: Sink>(&mut self, cx: &Context, out: &mut Out<'_, S>) {
        while let Some(traded) = self.traded {
            // A broken range has ended trading, though its auction is still to begin.
            if !self.is_in(traded.instrument, TradingState::Continuous)
                || self.aftermath.is_broken(traded.instrument)
            {
                break;
            }
            let Some(slot) = self.next_elected(&traded) else { break };
            if !self.may_elect(cx, traded.instrument) {
                let cause = Cause::venue("election limit");
                self.set_state(cx, traded.instrument, TradingState::Halted, &cause, out);
                break;
            }
            if let Some((mut order, expire_time)) = self.begin(cx, slot, Election::Continuous, out)
            {
                self.run_alone(&mut order, expire_time, out);
            }
        }
        self.traded = None;
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
        let mut order = self.withdraw(slot);
        order.traits.rare &= !rare::SUSPENDED;
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
        let restated = Replaced { restated: 1, stop_px, ..self.replaced(&order) };
        self.tell(SessionId(order.session), restated, out);
        if self.check_elected(cx, &order).is_ok() {
            return Some((order, expire_time));
        }
        let gained = self.orders.remember(&order);
        self.hash = self.hash.wrapping_add(gained);
        self.report_canceled(&order, CancelReason::RiskAtElection, None, out);
        None
    }

    /// Steps 12 to 17 for a stop that is elected and counts nowhere: collar and risk as if it were
    /// new, and a place to stand.
    fn check_elected(&self, cx: &Context, order: &Order) -> Result<(), RejectCode> {
        let instrument = &self.instruments[order.instrument as usize];
        let notional = instrument.notional(order.tick, order.leaves).abs();
        let priced = Priced { tick: order.tick, qty: order.leaves, notional };
        let (side, session) = (order.traits.side, SessionId(order.session));
        let (account, instrument_index) = (order.account, order.instrument);
        let position = order.position;
        let increase = whole(account, instrument_index, position, side, session, &priced);
        let parties = self.parties(&increase);
        self.check_risk(cx.now, &parties, &increase)?;
        self.check_places(&increase, Some(order.tick))?;
        parties.check_headroom(order.leaves, self.fees_in(instrument))
    }
}
