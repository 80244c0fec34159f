//! The execution range: no fill too far from what was paid lately, and an auction instead.

use fixed::types::I96F32;
use pinion_types::{CancelReason, Nanos, TimeInForce, TradingState};

use super::timetable::Cause;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::Order;
use crate::tables::{Instrument, extras, side_index};

/// Why the venue begins an auction, and ends it.
pub(super) const REASON: &str = "volatility";

/// Prices at which orders may trade, in ticks, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    low: i64,
    high: i64,
}

impl Instrument {
    /// The range around the moving reference; `None` without guard or reference.
    fn range(&self, now: Nanos) -> Option<Range> {
        let rules = &self.guards.rules;
        let other = || self.last.or(self.settlement).map(I96F32::from_num);
        let reference = self.moving.mean(now.0, rules.window_ms).or_else(other)?;
        if rules.range_bps == 0 {
            return None;
        }
        // At most 2^63 ticks times 2^20, with 32 bits behind the point.
        let width = reference.abs() * i128::from(rules.range_bps) / 10_000;
        let low = (reference - width).ceil().saturating_to_num();
        let high = (reference + width).floor().saturating_to_num();
        Some(Range { low, high })
    }

    /// Counts a trade for the moving reference; gives what the state hash gains.
    pub(crate) fn count_trade(&mut self, now: Nanos, tick: i64) -> u64 {
        let before = self.moving_hash();
        self.moving.note(now.0, self.guards.rules.window_ms, tick);
        self.moving_hash().wrapping_sub(before)
    }
}

impl Engine {
    /// Matching where not everything matches: nothing where orders collect, and within the range
    /// where there is one. Gives why the rest of the order cannot stay.
    #[cold]
    pub(crate) fn take_guarded<S: Sink>(
        &mut self,
        order: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let instrument = &self.instruments[order.instrument as usize];
        if instrument.extras & extras::COLLECTS != 0 {
            return None;
        }
        let reach = self.reach(order);
        let fills = |limit| self.can_fill(order, limit, order.leaves);
        if order.traits.time_in_force == TimeInForce::FillOrKill && !reach.is_some_and(fills) {
            return Some(CancelReason::FokUnfilled);
        }
        if let Some(limit) = reach {
            let stopped = self.cross(order, limit, out);
            if stopped.is_some() || order.leaves == 0 {
                return stopped;
            }
            let side = side_index(!order.is_buy());
            let opposite = &self.instruments[order.instrument as usize].sides[side];
            opposite.within(opposite.rank(order.tick))?;
        }
        if self.instruments[order.instrument as usize].guards.rules.auction_ms != 0 {
            self.aftermath.note_break(order.instrument);
        }
        Some(CancelReason::ExecutionRange)
    }

    /// How far an order that comes in may trade: to its price, or to the end of the execution range
    /// before it. `None` where who stands first opposite is beyond that.
    pub(crate) fn reach(&self, order: &Order) -> Option<i64> {
        let instrument = &self.instruments[order.instrument as usize];
        let range = instrument.range(self.now);
        let Range { low, high } = range.unwrap_or(Range { low: i64::MIN, high: i64::MAX });
        // Nearer prices come first: who stands first beyond the near end keeps everyone out.
        let best = instrument.sides[side_index(!order.is_buy())].best_tick();
        let is_out = best.is_some_and(|best| best < low || best > high);
        let limit = if order.is_buy() { order.tick.min(high) } else { order.tick.max(low) };
        (!is_out).then_some(limit)
    }

    /// The auction that follows on a broken range, where the instrument has not left the state.
    pub(super) fn begin_volatility_auction<S: Sink>(
        &mut self,
        cx: &Context,
        index: u32,
        out: &mut Out<'_, S>,
    ) {
        if !self.is_in(index, TradingState::Continuous) {
            return;
        }
        let cause = Cause::venue(REASON);
        self.enter_state(cx, index, TradingState::OpeningAuction, &cause, out);
        let rules = &self.instruments[index as usize].guards.rules;
        let (lasts_ms, random_ms) = (rules.auction_ms, rules.auction_random_ms);
        let lasts = u64::from(lasts_ms) * 1_000_000 + self.draw(cx, index, random_ms);
        let gained = self.timetable.plan_end(index, Engine::later(cx.now, lasts));
        self.hash = self.hash.wrapping_add(gained);
    }
}

#[cfg(test)]
mod tests {
    use super::{Instrument, TradingState, extras};
    use pinion_types::command::{InstrumentDef, InstrumentRules};
    use pinion_types::text::Chars;
    use pinion_types::{InstrumentId, Px, Qty};

    fn instrument(state: TradingState) -> Instrument {
        let body = InstrumentDef {
            instrument: InstrumentId(1),
            currency: Chars::new("USD"),
            tick: Px(1),
            lot: Qty(1),
            multiplier: Px(100_000_000),
            state: state.into(),
            ..InstrumentDef::default()
        };
        let mut instrument = Instrument::undefined();
        instrument.define(&body, 0).expect("a definition in range");
        instrument
    }

    /// The one byte that matching and resting ask is 0 where nothing is special: all the rest of
    /// the rules of auctions and ranges costs plain trading this test and no more.
    #[test]
    fn plain_trading_pays_one_test_of_a_byte() {
        for &state in TradingState::ALL {
            let wanted = match state {
                TradingState::PreOpen => extras::COLLECTS,
                TradingState::OpeningAuction | TradingState::ClosingAuction => {
                    extras::COLLECTS | extras::FOLLOWED
                }
                _ => 0,
            };
            assert_eq!(instrument(state).extras, wanted, "{state}");
        }
        let mut guarded = instrument(TradingState::Continuous);
        guarded.guards.rules = InstrumentRules { range_bps: 1, ..InstrumentRules::default() };
        guarded.renew_extras();
        assert_eq!(guarded.extras, extras::RANGE);
    }
}
