//! What operators add to an instrument: its guards.

use pinion_types::RejectCode;
use pinion_types::command::InstrumentRules;

use super::Model;
use super::control::{Done, bad_if};
use super::tables::Instrument;

/// Widest of the guards, in 1/100 of a percent.
const BPS_MAX: u32 = 1_000_000;

impl Model {
    pub(super) fn set_rules(&mut self, body: &InstrumentRules) -> Done {
        let instrument = self.instrument_mut(body.instrument.0)?;
        bad_if(body.flags != 0 || body.spare.0 != [0; 3])?;
        bad_if(body.display_min_bps > 10_000)?;
        bad_if(body.range_bps > BPS_MAX || body.margin_initial_bps > BPS_MAX)?;
        bad_if(body.margin_maintenance_bps > body.margin_initial_bps)?;
        instrument.rules = *body;
        Ok(0)
    }

    fn instrument_mut(&mut self, id: u32) -> Result<&mut Instrument, RejectCode> {
        self.instruments.get_mut(&id).ok_or(RejectCode::UnknownTarget)
    }
}
