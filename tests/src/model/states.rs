//! Trading states: what each allows, how one follows another, and what the timetable brings.

use pinion_types::codes::{CancelReason, OrdType, TimeInForce, TradingState};
use pinion_types::command::{NewOrder, NewOrderExtra, Schedule, StateChange};
use pinion_types::event::{Replaced, StateChanged};
use pinion_types::text::Chars;
use pinion_types::{InstrumentId, RejectCode};

use super::Model;
use super::book::replaced;
use super::control::{Done, bad_if, known};
use super::guard::volatility;
use super::refusal::{Checked, refuse_if};
use super::tables::Order;

/// Changes of state that may wait at once.
const WAITING_MAX: usize = 4_096;

/// A change of state that is to come.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// When, with what was drawn.
    pub due: u64,
    /// Its place in the making.
    pub made: u64,
    pub instrument: u32,
    /// What was asked for.
    pub entry: Schedule,
}

/// Who changes a state, and why.
pub(super) type Because = (Chars<16>, Chars<48>);

impl Model {
    /// Step 8 of a new order.
    pub(super) fn check_state_of_order(&self, body: &NewOrder, extra: &NewOrderExtra) -> Checked {
        let found = self.instruments.get(&body.instrument.0);
        let state = found.ok_or(RejectCode::UnknownInstrument)?.state;
        match body.time_in_force.get() {
            Some(TimeInForce::AtTheOpening) => return before_opening(state),
            Some(TimeInForce::AtTheClose) => {
                let open = state == TradingState::Continuous || is_collecting(state);
                return refuse_if(!open, RejectCode::StateForbids);
            }
            _ => {}
        }
        let stop = matches!(body.ord_type.get(), Some(OrdType::Stop | OrdType::StopLimit));
        let rests = matches!(
            body.time_in_force.get(),
            Some(TimeInForce::Day | TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate)
        );
        let at_once = body.exec_inst.0 != 0 || extra.min_qty.0 != 0;
        let limit = body.ord_type.get() == Some(OrdType::Limit) && !at_once && rests;
        // Where orders collect a peg is none that fits, which is said later.
        let pegged = body.ord_type.get() == Some(OrdType::Pegged);
        let allowed = match state {
            TradingState::Continuous => true,
            _ => is_collecting(state) && (stop || limit || pegged),
        };
        refuse_if(!allowed, RejectCode::StateForbids)
    }

    /// Step 8 of a replace; a post-only order means nothing while orders collect.
    pub(super) fn check_state(&self, instrument: u32, is_post_only: bool) -> Checked {
        let found = self.instruments.get(&instrument).ok_or(RejectCode::UnknownInstrument)?;
        let collects = is_collecting(found.state) && !is_post_only;
        let trades = found.state == TradingState::Continuous;
        refuse_if(!trades && !collects, RejectCode::StateForbids)
    }

    pub(super) fn change_state(&mut self, body: &StateChange) -> Done {
        let to = body.state.get().ok_or(RejectCode::BadValue)?;
        known(self.is_named(body.instrument))?;
        let begins = |id: &u32| {
            use TradingState::{Closed, ClosingAuction, Continuous, PostClose};
            let from = self.instruments[id].state;
            let ends_auction = from == ClosingAuction && matches!(to, PostClose | Closed);
            from != to && (to == Continuous || ends_auction)
        };
        let named = self.named(body.instrument);
        if self.short && named.iter().any(begins) {
            return Err(RejectCode::NoRoom);
        }
        for id in named {
            self.change_one(id, to, (body.actor, body.reason));
        }
        Ok(0)
    }

    pub(super) fn schedule(&mut self, body: &Schedule) -> Done {
        let unfit = body.spare != [0; 3] || body.spare2 != 0 || body.spare3.0 != [0; 6];
        bad_if(unfit || (body.state.0 != 0 && body.state.get().is_none()))?;
        bad_if(body.state.0 == 0 && body.random_ms != 0)?;
        known(self.is_named(body.instrument))?;
        let Some(to) = body.state.get() else { return Ok(self.unschedule(body)) };
        let ids = self.named(body.instrument);
        if body.at.0 <= self.now {
            for id in ids {
                self.change_one(id, to, (body.actor, body.reason));
            }
            return Ok(0);
        }
        if self.waiting.len() + ids.len() > WAITING_MAX {
            return Err(RejectCode::TableFull);
        }
        for instrument in ids {
            let random = self.draw(self.seq, instrument, body.random_ms);
            let due = body.at.0.saturating_add(random);
            self.made += 1;
            self.waiting.push(Waiting { due, made: self.made, instrument, entry: *body });
        }
        Ok(0)
    }

    /// Takes away what waits for that instrument at that moment, or at any.
    fn unschedule(&mut self, body: &Schedule) -> u64 {
        let before = self.waiting.len();
        let (instrument, at) = (body.instrument.0, body.at.0);
        self.waiting.retain(|it| {
            let named = instrument == 0 || it.instrument == instrument;
            !(named && (at == 0 || it.entry.at.0 == at))
        });
        (before - self.waiting.len()) as u64
    }

    /// True for a closing order that comes before its auction.
    pub(super) fn waits_for_close(&self, body: &NewOrder) -> bool {
        let state = self.instruments[&body.instrument.0].state;
        body.time_in_force == TimeInForce::AtTheClose.into()
            && state != TradingState::ClosingAuction
    }

    /// Lets the closing orders that wait join the book, the oldest first.
    fn join_close(&mut self, id: u32) {
        let waits = |it: &&Order| {
            it.instrument == id && it.is_suspended && it.tif == TimeInForce::AtTheClose
        };
        let mut joining: Vec<Order> = self.orders.iter().filter(waits).cloned().collect();
        joining.sort_by_key(|order| order.stands);
        for mut order in joining {
            self.orders.retain(|it| it.id != order.id);
            order.is_suspended = false;
            self.tell(order.session, &Replaced { restated: 1, ..replaced(&order) });
            match self.has_page(&order) {
                true => self.rest(order),
                false => self.gone(order, CancelReason::RiskAtElection, None),
            }
        }
    }

    fn is_named(&self, instrument: InstrumentId) -> bool {
        instrument.0 == 0 || self.instruments.contains_key(&instrument.0)
    }

    /// 0 to `most_ms` in ns, from what is journaled alone.
    pub(super) fn draw(&self, seq: u64, instrument: u32, most_ms: u32) -> u64 {
        let word = mix(self.genesis.seed ^ seq ^ u64::from(instrument));
        word % (u64::from(most_ms) + 1) * 1_000_000
    }

    /// Every change of state whose time has come: the earliest first, of equal ones the one that
    /// was made first.
    pub(super) fn due_states(&mut self, until: u64) {
        loop {
            let waiting = self.waiting.iter().map(|it| (it.due, it.made, it.instrument));
            let reopens = self.instruments.iter().filter_map(|(&id, it)| Some((it.reopens?, id)));
            let reopens = reopens.map(|((due, made), id)| (due, made, id));
            let first = waiting.chain(reopens).filter(|(due, ..)| *due <= until).min();
            let Some((_, made, id)) = first else { return };
            let entry = self.waiting.iter().position(|it| it.made == made);
            if let Some(Waiting { entry, .. }) = entry.map(|index| self.waiting.remove(index)) {
                let to = entry.state.get().expect("it was checked");
                self.change_one(id, to, (entry.actor, entry.reason));
            } else {
                self.change_one(id, TradingState::Continuous, volatility());
            }
        }
    }

    /// The instruments a command names: one, or all of them.
    fn named(&self, instrument: InstrumentId) -> Vec<u32> {
        match instrument.0 {
            0 => self.instruments.keys().copied().collect(),
            id => vec![id],
        }
    }

    /// One instrument's change: what is crossed trades, what ends ends, then it is said.
    pub(super) fn change_one(&mut self, id: u32, to: TradingState, because: Because) {
        let from = self.instruments[&id].state;
        let closes = matches!(to, TradingState::PostClose | TradingState::Closed);
        let trades =
            to == TradingState::Continuous || (from == TradingState::ClosingAuction && closes);
        // Nothing trades while the logs are short of room.
        let (to, (actor, reason)) = if trades && self.short {
            (TradingState::Halted, (Chars::new("venue"), Chars::new("short of room")))
        } else {
            (to, because)
        };
        if from == to {
            return;
        }
        let continuous = to == TradingState::Continuous;
        if trades && !self.short {
            self.is_matching = true;
            self.uncross(id, continuous);
            self.is_matching = false;
            self.end_mates();
        }
        self.cancel_where(CancelReason::Expired, |order| {
            order.instrument == id && ends(order.tif, from, to)
        });
        if from == TradingState::Continuous {
            self.park(id);
        }
        if to == TradingState::ClosingAuction {
            self.join_close(id);
        }
        let instrument = self.instruments.get_mut(&id).expect("it is known");
        instrument.state = to;
        instrument.told = Default::default();
        instrument.reopens = None;
        instrument.tops = [None; 2];
        self.broken.remove(&id);
        self.say_of(
            0,
            &StateChanged {
                instrument: InstrumentId(id),
                from: from.into(),
                to: to.into(),
                actor,
                reason,
                ..StateChanged::default()
            },
        );
        if continuous {
            self.opened.insert(id);
            self.stir(id, true);
            // Trading may have ended before the last price had elected whom it reached.
            if let Some(last) = self.instruments[&id].last_px {
                self.traded.entry(id).or_insert((last, last));
            }
        } else {
            self.look(id);
            self.traded.remove(&id);
        }
        self.elections();
    }
}

/// Step 8 of an opening order.
fn before_opening(state: TradingState) -> Checked {
    use TradingState::{ClosingAuction, Continuous, OpeningAuction, PreOpen};
    refuse_if(matches!(state, Continuous | ClosingAuction), RejectCode::TooLateToEnter)?;
    refuse_if(!matches!(state, PreOpen | OpeningAuction), RejectCode::StateForbids)
}

/// Whether such orders end with a change of state.
fn ends(tif: TimeInForce, from: TradingState, to: TradingState) -> bool {
    use TradingState::{Closed, ClosingAuction, OpeningAuction, PostClose, PreOpen};
    match tif {
        TimeInForce::Day => to == Closed,
        TimeInForce::AtTheOpening => !matches!(to, PreOpen | OpeningAuction),
        TimeInForce::AtTheClose => from == ClosingAuction || matches!(to, PostClose | Closed),
        _ => false,
    }
}

/// States in which orders come together without matching.
pub(super) fn is_collecting(state: TradingState) -> bool {
    use TradingState::{ClosingAuction, OpeningAuction, PreOpen};
    matches!(state, PreOpen | OpeningAuction | ClosingAuction)
}

/// States whose would-be trade is told.
pub(super) fn is_auction(state: TradingState) -> bool {
    matches!(state, TradingState::OpeningAuction | TradingState::ClosingAuction)
}

/// The finalizer of SplitMix64.
fn mix(mut word: u64) -> u64 {
    for (shift, factor) in [(30, 0xbf58_476d_1ce4_e5b9_u64), (27, 0x94d0_49bb_1331_11eb)] {
        word = (word ^ (word >> shift)).wrapping_mul(factor);
    }
    word ^ (word >> 31)
}
