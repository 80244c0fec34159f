//! Guards, margins and bands of ticks of an instrument that is defined.

use pinion_types::command::{InstrumentRules, TickBand};
use pinion_types::{InstrumentId, RejectCode};

use crate::engine::Engine;
use crate::tables::{Instrument, Moving};

impl Engine {
    pub(super) fn set_guards(&mut self, body: &InstrumentRules) -> Result<(), RejectCode> {
        self.guard(body.instrument, |it| {
            let window_ms = it.guards.rules.window_ms;
            it.guards.set(body)?;
            if body.window_ms != window_ms || body.range_bps == 0 {
                it.moving = Moving::NONE;
            }
            Ok(())
        })?;
        self.renew_margins(body.instrument.0 as usize - 1);
        Ok(())
    }

    /// One more band, or none any more. Orders that work keep their prices.
    pub(super) fn add_band(&mut self, body: &TickBand) -> Result<(), RejectCode> {
        self.guard(body.instrument, |it| it.guards.add_band(body, it.tick.divisor()))
    }

    /// Changes the guards of an instrument; refused, that changes nothing.
    fn guard(
        &mut self,
        id: InstrumentId,
        change: impl FnOnce(&mut Instrument) -> Result<(), RejectCode>,
    ) -> Result<(), RejectCode> {
        let place = self.instruments.get_mut(id.0.wrapping_sub(1) as usize);
        let instrument = place.filter(|it| it.is_defined()).ok_or(RejectCode::UnknownTarget)?;
        let hash = |it: &Instrument| it.hash().wrapping_add(it.moving_hash());
        let before = hash(instrument);
        let done = change(instrument);
        instrument.renew_extras();
        self.hash = self.hash.wrapping_sub(before).wrapping_add(hash(instrument));
        done
    }
}
