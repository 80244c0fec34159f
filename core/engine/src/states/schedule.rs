//! Schedule: a state that an instrument, or every one, comes to at a moment.

use core::ops::Range;

use pinion_types::command::Schedule;
use pinion_types::text::Spare;
use pinion_types::{InstrumentId, Nanos, RejectCode};

use super::timetable::{Cause, Planned};
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};

impl Engine {
    /// Plans a change of state, makes it at once where its moment is not to come, or takes back
    /// what was planned; gives how many it took back.
    ///
    /// # Errors
    /// Refused, nothing is planned: [`RejectCode::TableFull`] where there is no room for all that
    /// are meant.
    pub(crate) fn plan_state<S: Sink>(
        &mut self,
        cx: &Context,
        body: &Schedule,
        out: &mut Out<'_, S>,
    ) -> Result<u64, RejectCode> {
        let state = body.state.get();
        let is_reserved = body.spare != [0; 3] || body.spare2 != 0 || body.spare3 != Spare([0; 6]);
        let takes_back = body.state.0 == 0 && body.random_ms == 0;
        if is_reserved || (state.is_none() && !takes_back) {
            return Err(RejectCode::BadValue);
        }
        if body.instrument.0 != 0 && !self.is_instrument(body.instrument) {
            return Err(RejectCode::UnknownTarget);
        }
        let Some(state) = state else {
            let instrument = body.instrument.0.checked_sub(1);
            let at = Some(body.at).filter(|at| at.0 != 0);
            let (count, lost) = self.timetable.take_back(instrument, at);
            self.hash = self.hash.wrapping_sub(lost);
            return Ok(count);
        };
        let cause = Cause { actor: body.actor, reason: body.reason };
        if body.at <= cx.now {
            for index in self.meant(body.instrument) {
                self.enter_state(cx, index, state, &cause, out);
            }
            return Ok(0);
        }
        let is_defined = |&index: &u32| self.instruments[index as usize].is_defined();
        let count = self.meant(body.instrument).filter(is_defined).count();
        if count > self.timetable.room() as usize {
            return Err(RejectCode::TableFull);
        }
        for index in self.meant(body.instrument) {
            if self.instruments[index as usize].is_defined() {
                let planned = Planned { instrument: index, state, at: body.at, cause };
                let due = Engine::later(body.at, self.draw(cx, index, body.random_ms));
                let gained = self.timetable.plan(due, &planned);
                self.hash = self.hash.wrapping_add(gained);
            }
        }
        Ok(0)
    }

    /// Changes that are due by `until`, in the order of their moments, of equal ones as they were
    /// planned.
    pub(crate) fn change_due<S: Sink>(&mut self, cx: &Context, until: Nanos, out: &mut Out<'_, S>) {
        let end = Cause::venue(super::range::REASON);
        while let Some((planned, lost)) = self.timetable.take_due(until, end) {
            self.hash = self.hash.wrapping_sub(lost);
            self.enter_state(cx, planned.instrument, planned.state, &planned.cause, out);
        }
    }

    /// Which instruments a command means: one, or with id 0 all there can be.
    pub(crate) fn meant(&self, instrument: InstrumentId) -> Range<u32> {
        match instrument.0.checked_sub(1) {
            // There are fewer than 2^30.
            None => 0..self.instruments.len() as u32,
            Some(one) => one..one + 1,
        }
    }
}
