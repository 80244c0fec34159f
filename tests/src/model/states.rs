//! Trading states: what each allows, how one follows another, and what the timetable brings.

use pinion_types::codes::{CancelReason, ExecInst, OrdType, TimeInForce, TradingState};
use pinion_types::command::{NewOrder, Schedule, StateChange};
use pinion_types::event::StateChanged;
use pinion_types::text::Chars;
use pinion_types::{InstrumentId, RejectCode};

use super::Model;
use super::control::{Done, bad_if, known};
use super::refusal::{Checked, refuse_if};

/// Changes of state that may wait at once.
const WAITING_MAX: usize = 4_096;

/// A change of state that is to come.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// When, with what was drawn.
    pub due: u64,
    /// What was asked for.
    pub entry: Schedule,
}

/// Who changes a state, and why.
pub(super) type Because = (Chars<16>, Chars<48>);

impl Model {
    /// Step 8 of a new order.
    pub(super) fn check_state_of_order(&self, body: &NewOrder) -> Checked {
        let found = self.instruments.get(&body.instrument.0);
        let state = found.ok_or(RejectCode::UnknownInstrument)?.state;
        let stop = matches!(body.ord_type.get(), Some(OrdType::Stop | OrdType::StopLimit));
        let rests = matches!(
            body.time_in_force.get(),
            Some(TimeInForce::Day | TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate)
        );
        let limit = body.ord_type.get() == Some(OrdType::Limit) && body.exec_inst.0 == 0 && rests;
        let allowed = match state {
            TradingState::Continuous => true,
            _ => is_collecting(state) && (stop || limit),
        };
        refuse_if(!allowed, RejectCode::StateForbids)
    }

    /// Step 8 of a replace, as far as the instrument alone tells.
    pub(super) fn check_state(&self, instrument: u32) -> Checked {
        let found = self.instruments.get(&instrument).ok_or(RejectCode::UnknownInstrument)?;
        let trades = found.state == TradingState::Continuous;
        refuse_if(!trades && !is_collecting(found.state), RejectCode::StateForbids)
    }

    /// A post-only order means nothing while orders collect.
    pub(super) fn check_state_of_post_only(
        &self,
        instrument: u32,
        post: Option<ExecInst>,
    ) -> Checked {
        let collects = is_collecting(self.instruments[&instrument].state);
        refuse_if(collects && post.is_some(), RejectCode::StateForbids)
    }

    pub(super) fn change_state(&mut self, body: &StateChange) -> Done {
        let to = body.state.get().ok_or(RejectCode::BadValue)?;
        known(self.is_named(body.instrument))?;
        self.enter_all(body.instrument, to, (body.actor, body.reason));
        Ok(0)
    }

    pub(super) fn schedule(&mut self, body: &Schedule) -> Done {
        let unfit = body.spare != [0; 3] || body.spare2 != 0 || body.spare3.0 != [0; 6];
        bad_if(unfit)?;
        if body.state.0 == 0 {
            bad_if(body.random_ms != 0)?;
            known(self.is_named(body.instrument))?;
            return Ok(self.unschedule(body));
        }
        let to = body.state.get().ok_or(RejectCode::BadValue)?;
        known(self.is_named(body.instrument))?;
        let random = self.draw(self.seq, body.instrument.0, body.random_ms);
        let due = body.at.0.saturating_add(random);
        if due <= self.now {
            self.enter_all(body.instrument, to, (body.actor, body.reason));
            return Ok(0);
        }
        if self.waiting.len() >= WAITING_MAX {
            return Err(RejectCode::TableFull);
        }
        self.waiting.push(Waiting { due, entry: *body });
        Ok(0)
    }

    /// Takes away what waits for that instrument at that moment, or at any.
    fn unschedule(&mut self, body: &Schedule) -> u64 {
        let before = self.waiting.len();
        let any = body.at.0 == 0;
        self.waiting.retain(|it| {
            it.entry.instrument != body.instrument || (!any && it.entry.at != body.at)
        });
        (before - self.waiting.len()) as u64
    }

    fn is_named(&self, instrument: InstrumentId) -> bool {
        instrument.0 == 0 || self.instruments.contains_key(&instrument.0)
    }

    /// 0 to `most_ms` in ns, from what is journaled alone.
    pub(super) fn draw(&self, seq: u64, instrument: u32, most_ms: u32) -> u64 {
        let word = mix(self.genesis.seed ^ seq ^ u64::from(instrument));
        word % (u64::from(most_ms) + 1) * 1_000_000
    }

    /// Every change of state whose time has come: the earliest first; of equal ones what was
    /// scheduled, in the order in which that was said, then the ends of auctions by instrument.
    pub(super) fn due_states(&mut self) {
        loop {
            let scheduled = self.waiting.iter().map(|it| it.due).enumerate();
            let scheduled = scheduled.map(|(at, due)| (due, 0, at));
            let reopens = self.instruments.iter().filter_map(|(&id, it)| Some((it.reopens?, id)));
            let reopens = reopens.map(|(due, id)| (due, 1, id as usize));
            let first = scheduled.chain(reopens).filter(|(due, ..)| *due <= self.now).min();
            let Some((_, kind, at)) = first else { return };
            if kind == 0 {
                let Waiting { entry, .. } = self.waiting.remove(at);
                let to = entry.state.get().expect("it was checked");
                self.enter_all(entry.instrument, to, (entry.actor, entry.reason));
            } else {
                let because = (Chars::new("venue"), Chars::new("volatility over"));
                self.enter(at as u32, TradingState::Continuous, because);
            }
        }
    }

    fn enter_all(&mut self, instrument: InstrumentId, to: TradingState, because: Because) {
        let ids: Vec<u32> = match instrument.0 {
            0 => self.instruments.keys().copied().collect(),
            id => vec![id],
        };
        for id in ids {
            self.enter(id, to, because);
        }
    }

    /// One instrument's change: what is crossed trades, what ends ends, then it is said.
    pub(super) fn enter(&mut self, id: u32, to: TradingState, (actor, reason): Because) {
        let from = self.instruments[&id].state;
        if from == to {
            return;
        }
        let closes = matches!(to, TradingState::PostClose | TradingState::Closed);
        let continuous = to == TradingState::Continuous;
        if continuous || (from == TradingState::ClosingAuction && closes) {
            self.uncross(id, continuous);
        }
        if to == TradingState::Closed {
            self.cancel_where(CancelReason::Expired, |order| {
                order.instrument == id && order.tif == TimeInForce::Day
            });
        }
        let instrument = self.instruments.get_mut(&id).expect("it is known");
        instrument.state = to;
        instrument.told = Default::default();
        instrument.reopens = None;
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
