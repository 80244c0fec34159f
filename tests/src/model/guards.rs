//! What operators add to an instrument: its guards, and bands of ticks.

use pinion_types::RejectCode;
use pinion_types::codes::{LimitId, Side};
use pinion_types::command::{InstrumentRules, TickBand};

use super::Model;
use super::control::{Done, bad_if};
use super::refusal::Checked;
use super::tables::{Instrument, Order};

/// Bands of one instrument at most.
const BANDS_MAX: usize = 8;

/// Widest of the guards, in 1/100 of a percent.
const BPS_MAX: u32 = 1_000_000;

/// Stops that one command elects where the instrument does not say.
const ELECTIONS_MAX: u32 = 1_000;

impl Model {
    pub(super) fn set_rules(&mut self, body: &InstrumentRules) -> Done {
        let instrument = self.instrument_mut(body.instrument.0)?;
        bad_if(body.flags != 0 || body.spare.0 != [0; 3])?;
        bad_if(body.display_min_bps > 10_000)?;
        bad_if(body.elections_max > 10_000 || body.tranches_max > 10_000)?;
        bad_if(body.range_bps > BPS_MAX || body.margin_initial_bps > BPS_MAX)?;
        bad_if(body.margin_maintenance_bps > body.margin_initial_bps)?;
        if instrument.rules.window_ms != body.window_ms || body.range_bps == 0 {
            instrument.trades.clear();
        }
        instrument.rules = *body;
        Ok(0)
    }

    pub(super) fn add_band(&mut self, body: &TickBand) -> Done {
        let instrument = self.instrument_mut(body.instrument.0)?;
        let unit = instrument.def.tick.0;
        let (from, tick) = (body.from_px.0, body.tick.0);
        bad_if(body.spare != 0 || from < 0 || tick < 0 || tick % unit != 0)?;
        if tick == 0 {
            bad_if(from != 0)?;
            instrument.bands.clear();
            return Ok(0);
        }
        // Prices are multiples of the instrument's tick: the band begins with the first of them.
        let (unit, from) = (i128::from(unit), i128::from(from));
        let from = -(-from).div_euclid(unit) * unit;
        bad_if(instrument.bands.last().is_some_and(|(last, _)| from <= *last))?;
        if instrument.bands.len() == BANDS_MAX {
            return Err(RejectCode::TableFull);
        }
        instrument.bands.push((from, i128::from(tick)));
        Ok(0)
    }

    /// A price or a trigger: a multiple of the tick that holds there, within the filters.
    pub(super) fn check_grid(&self, order: &Order, px: i64) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let (own, px) = (i128::from(instrument.def.tick.0), i128::from(px));
        let tick = if px % own == 0 { instrument.tick_at(px) } else { own };
        if px % tick != 0 {
            return self.filter(order, RejectCode::BadTick, LimitId::Tick, (tick, px));
        }
        self.check_span(order, px)
    }

    /// The same for a price or a trigger of a replace: one that stays is on no new tick.
    pub(super) fn check_regrid(&self, order: &Order, px: i64, had: i64) -> Checked {
        if px == had { self.check_span(order, i128::from(px)) } else { self.check_grid(order, px) }
    }

    fn check_span(&self, order: &Order, px: i128) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let (lowest, highest) = instrument.px_range();
        if px < lowest {
            return self.filter(order, RejectCode::PxBelowMin, LimitId::PxMin, (lowest, px));
        }
        if px > highest {
            return self.filter(order, RejectCode::PxAboveMax, LimitId::PxMax, (highest, px));
        }
        Ok(())
    }

    fn instrument_mut(&mut self, id: u32) -> Result<&mut Instrument, RejectCode> {
        self.instruments.get_mut(&id).ok_or(RejectCode::UnknownTarget)
    }
}

impl Instrument {
    /// Stops that one command may elect.
    pub fn elections_max(&self) -> u32 {
        if self.rules.elections_max == 0 { ELECTIONS_MAX } else { self.rules.elections_max }
    }

    /// Where each tick holds, by sizes of prices: first, the first behind it, tick.
    fn ranges(&self) -> Vec<(i128, i128, i128)> {
        let mut begins = vec![(0, i128::from(self.def.tick.0))];
        begins.extend(&self.bands);
        let ends = begins.iter().skip(1).map(|(from, _)| *from).chain([i128::MAX]);
        begins.iter().zip(ends).map(|((from, tick), end)| (*from, end, *tick)).collect()
    }

    /// The tick that holds for a price.
    pub fn tick_at(&self, px: i128) -> i128 {
        let size = px.abs();
        let holds = |(from, end, _): &(i128, i128, i128)| (*from..*end).contains(&size);
        self.ranges().into_iter().find(holds).expect("sizes are from 0 on").2
    }

    /// The highest price of the bands at or below this one.
    pub fn at_or_below(&self, px: i128) -> i128 {
        if px < 0 { -self.outward(-px) } else { self.inward(px) }
    }

    /// The lowest price of the bands at or above this one.
    pub fn at_or_above(&self, px: i128) -> i128 {
        -self.at_or_below(-px)
    }

    /// The largest size of a price up to `size`.
    fn inward(&self, size: i128) -> i128 {
        let largest = |(from, end, tick): (i128, i128, i128)| {
            let most = size.min(end - 1);
            Some(most - most.rem_euclid(tick)).filter(|it| *it >= from)
        };
        self.ranges().into_iter().filter_map(largest).max().expect("0 is a price")
    }

    /// The smallest size of a price from `size` on.
    fn outward(&self, size: i128) -> i128 {
        let smallest = |(from, end, tick): (i128, i128, i128)| {
            let least = size.max(from);
            Some(-(-least).div_euclid(tick) * tick).filter(|it| *it < end)
        };
        self.ranges().into_iter().filter_map(smallest).min().expect("the last range has no end")
    }

    /// Where protection that counts from a price ends: a price of the bands, but not one on the
    /// other side of where it began.
    pub fn in_bands(&self, side: Side, from: i64, px: i64) -> i64 {
        let (from, end) = (i128::from(from), i128::from(px));
        let px = match side.is_buy() {
            true => self.at_or_below(end).max(from.min(end)),
            false => self.at_or_above(end).min(from.max(end)),
        };
        i64::try_from(px).expect("between two prices")
    }
}
