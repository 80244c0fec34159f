//! From one state to the next: what trades, what ends, what is said, in this order.

use pinion_types::command::StateChange;
use pinion_types::event::StateChanged;
use pinion_types::text::{Chars, Spare};
use pinion_types::{Event, Nanos, RejectCode, SessionId, TimeInForce, TradingState};

use super::timetable::Cause;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::{Order, Traded, Traits, rare};
use crate::session::Emit;

/// Whether orders collect in a state: they come and go and do not match.
pub(crate) const fn collects(state: TradingState) -> bool {
    use TradingState::{ClosingAuction, OpeningAuction, PreOpen};
    matches!(state, PreOpen | OpeningAuction | ClosingAuction)
}

/// Whether a state tells what would trade.
pub(crate) const fn is_auction(state: TradingState) -> bool {
    matches!(state, TradingState::OpeningAuction | TradingState::ClosingAuction)
}

/// Whether whatever is crossed trades before a state begins.
const fn uncrosses(from: TradingState, to: TradingState) -> bool {
    use TradingState::{Closed, ClosingAuction, Continuous, PostClose};
    matches!((from, to), (_, Continuous) | (ClosingAuction, PostClose | Closed))
}

impl Traits {
    /// Whether a new order of this kind is taken where orders collect: one that can wait.
    pub(crate) const fn may_wait(&self) -> bool {
        use TimeInForce::{Day, GoodTillCancel, GoodTillDate};
        use pinion_types::OrdType::{Limit, Pegged, Stop, StopLimit};
        let lasts = matches!(self.time_in_force, Day | GoodTillCancel | GoodTillDate);
        match self.ord_type {
            _ if self.rare & rare::AUCTION != 0 => true,
            Limit => lasts && self.exec_inst.0 == 0 && self.rare & rare::MINIMUM == 0,
            // Step 10 says that no price is pegged where all collect.
            Stop | StopLimit | Pegged => true,
            _ => false,
        }
    }
}

impl Cause {
    /// What the venue does by itself.
    pub(crate) fn venue(reason: &str) -> Self {
        Cause { actor: Chars::new("venue"), reason: Chars::new(reason) }
    }
}

impl Engine {
    /// A state for one instrument or for all, by hand.
    pub(crate) fn change_state<S: Sink>(
        &mut self,
        cx: &Context,
        body: &StateChange,
        out: &mut Out<'_, S>,
    ) -> Result<(), RejectCode> {
        let state = body.state.get().ok_or(RejectCode::BadValue)?;
        if body.instrument.0 != 0 && !self.is_instrument(body.instrument) {
            return Err(RejectCode::UnknownTarget);
        }
        let begins = |index: u32| {
            let from = self.instruments[index as usize].state;
            from.is_some_and(|from| from != state && uncrosses(from, state))
        };
        if self.is_short && self.meant(body.instrument).any(begins) {
            return Err(RejectCode::NoRoom);
        }
        let cause = Cause { actor: body.actor, reason: body.reason };
        for index in self.meant(body.instrument) {
            self.enter_state(cx, index, state, &cause, out);
        }
        Ok(())
    }

    /// Puts an instrument into a state; where its orders match from then on, what the uncross
    /// traded elects stops.
    pub(crate) fn enter_state<S: Sink>(
        &mut self,
        cx: &Context,
        index: u32,
        to: TradingState,
        cause: &Cause,
        out: &mut Out<'_, S>,
    ) {
        self.set_state(cx, index, to, cause, out);
        self.elect(cx, out);
    }

    /// Puts an instrument into a state: trades what is crossed, ends the orders of the day where
    /// it closes, says so. Nothing happens where it is in that state, or is not defined.
    pub(crate) fn set_state<S: Sink>(
        &mut self,
        cx: &Context,
        index: u32,
        to: TradingState,
        cause: &Cause,
        out: &mut Out<'_, S>,
    ) {
        let Some(from) = self.instruments[index as usize].state else { return };
        // Where the logs are short of room nothing trades: what is left of it serves cancels.
        let short = Cause::venue("short of room");
        let (to, cause) = match self.is_short && uncrosses(from, to) {
            true => (TradingState::Halted, &short),
            false => (to, cause),
        };
        if from == to {
            return;
        }
        if to == TradingState::Continuous {
            self.elect_by_auction(cx, index, out);
        }
        if uncrosses(from, to) {
            self.uncross(index, out);
            self.follow_links(out);
        }
        self.end_with(index, from, to, out);
        if from == TradingState::Continuous {
            self.park_pegs(index, out);
        }
        if to == TradingState::ClosingAuction && self.instruments[index as usize].of_auctions != 0 {
            self.join_closing(index, out);
        }
        let lost = self.timetable.drop_end(index);
        self.aftermath.forget_break(index);
        self.end_tops(index);
        let instrument = &mut self.instruments[index as usize];
        let before = instrument.hash();
        instrument.state = Some(to);
        instrument.forget_indicative();
        instrument.renew_extras();
        let gained = instrument.hash();
        let changed = StateChanged {
            instrument: instrument.id(),
            from: from.into(),
            to: to.into(),
            spare: [0; 2],
            actor: cause.actor,
            reason: cause.reason,
            spare2: Spare([0; 1]),
        };
        self.hash = self.hash.wrapping_sub(before).wrapping_sub(lost).wrapping_add(gained);
        out.emit(&Event::new(SessionId(0), 0, &changed));
        if is_auction(to) {
            self.aftermath.note_change(index);
        }
        if to == TradingState::Continuous {
            self.recall_flattening(index);
            if self.instruments[index as usize].pegs != 0 {
                self.aftermath.forget_seen(index);
            }
            if self.traded.is_none() {
                self.recall_last(index);
            }
        }
    }

    /// Orders that end where an instrument leaves one state for another: those of the day where it
    /// closes, opening and closing orders where their auction is over.
    fn end_with<S: Sink>(
        &mut self,
        index: u32,
        from: TradingState,
        to: TradingState,
        out: &mut Out<'_, S>,
    ) {
        use TradingState::{Closed, ClosingAuction, OpeningAuction, PostClose, PreOpen};
        let day = to == Closed;
        let opening = !matches!(to, PreOpen | OpeningAuction);
        let closing = from == ClosingAuction || matches!(to, PostClose | Closed);
        let instrument = &self.instruments[index as usize];
        if day || (opening || closing) && instrument.of_auctions != 0 {
            let ends = |order: &Order| match order.traits.time_in_force {
                TimeInForce::Day => day,
                TimeInForce::AtTheOpening => opening,
                TimeInForce::AtTheClose => closing,
                _ => false,
            };
            self.expire_in(instrument.positions, ends, out);
        }
    }

    /// Stops that the last trade had reached when trading ended, by a broken range or by too many
    /// elections, are elected where it goes on.
    fn recall_last(&mut self, index: u32) {
        let last = self.instruments[index as usize].last;
        self.traded = last.filter(|_| !self.stops.is_empty(index)).map(|tick| Traded {
            instrument: index,
            low: tick,
            high: tick,
        });
    }

    /// The part of `span_ms` milliseconds that chance takes, in nanoseconds, both ends included:
    /// drawn from the venue's seed, the command and the instrument.
    pub(crate) fn draw(&self, cx: &Context, index: u32, span_ms: u32) -> u64 {
        let id = u64::from(index) + 1;
        let dice = crate::digest::mix(self.genesis.seed ^ cx.seq.0 ^ id);
        dice % (u64::from(span_ms) + 1) * 1_000_000
    }

    /// A moment that is so much later than another.
    pub(crate) const fn later(moment: Nanos, by: u64) -> Nanos {
        Nanos(moment.0.saturating_add(by))
    }
}
