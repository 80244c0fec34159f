//! What an instrument's operators add to its definition: guards, margins, bands of ticks.
//!
//! Most instruments have none of it, and what comes most often asks one byte for that.

use pinion_types::RejectCode;
use pinion_types::command::{InstrumentRules, TickBand};
use pinion_types::text::Spare;

use crate::digest::{Kind, fold, sum, weight};

/// Bands of one instrument at most.
const BANDS_MAX: usize = 8;
/// Stops that one command elects at most, where the instrument does not say.
const ELECTIONS_MAX: u32 = 1_000;
/// Tranches of an iceberg at most, where the instrument does not say.
const TRANCHES_MAX: u32 = 1_000;
/// Most that an instrument may say of either: one command's work is bounded.
const COUNT_MAX: u32 = 10_000;
/// Widest of the guards, in 1/100 of a percent: a hundred times the price.
const BPS_MAX: u32 = 1_000_000;
/// A whole, in 1/100 of a percent.
const BPS_WHOLE: u32 = 10_000;

/// Bits of [`Instrument::extras`](super::Instrument): what an instrument has that most have not.
pub(crate) mod extras {
    /// Bands of ticks.
    pub(crate) const BANDS: u8 = 1;
    /// An execution range (section 2).
    pub(crate) const RANGE: u8 = 2;
    /// Stops that wait.
    pub(crate) const STOPS: u8 = 4;
    /// Orders collect: none matches.
    pub(crate) const COLLECTS: u8 = 8;
    /// Its book is followed: by what its auction would trade, or by pegs that float.
    pub(crate) const FOLLOWED: u8 = 16;
    /// A price is not shared by time alone.
    pub(crate) const SHARED: u8 = 32;
    /// Orders that are hidden, or may only reduce, stand in its book.
    pub(crate) const UNCOMMON: u8 = 64;
    /// What trades are watched for.
    pub(crate) const WATCHED: u8 = RANGE | STOPS;
    /// What makes matching more than trades.
    pub(crate) const CROSSED: u8 = WATCHED | SHARED;
    /// What asks who comes to stand, and who goes.
    pub(crate) const ATTENDED: u8 = FOLLOWED | SHARED;
}

/// Prices from here on are multiples of so many of the instrument's ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    /// In the instrument's ticks, without sign.
    pub(crate) from: u64,
    /// In the instrument's ticks.
    pub(crate) step: u64,
}

/// The cold part of an instrument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guards {
    /// As they were set; all zero until then.
    pub(crate) rules: InstrumentRules,
    bands: [Band; BANDS_MAX],
    count: u32,
    /// The last command that elected stops here, and how many.
    pub(crate) elected: (u64, u32),
}

impl Guards {
    /// None.
    pub(crate) fn none() -> Self {
        let band = Band { from: 0, step: 1 };
        Guards {
            rules: InstrumentRules::default(),
            bands: [band; BANDS_MAX],
            count: 0,
            elected: (0, 0),
        }
    }

    /// The bands, the lowest first.
    pub(crate) fn bands(&self) -> &[Band] {
        &self.bands[..self.count as usize]
    }

    /// Stops that one command may elect.
    pub(crate) const fn elections_max(&self) -> u32 {
        if self.rules.elections_max == 0 { ELECTIONS_MAX } else { self.rules.elections_max }
    }

    /// Tranches of an iceberg.
    pub(crate) const fn tranches_max(&self) -> u32 {
        if self.rules.tranches_max == 0 { TRANCHES_MAX } else { self.rules.tranches_max }
    }

    /// Takes guards and margins.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where a value is out of range; nothing has changed then.
    pub(crate) fn set(&mut self, body: &InstrumentRules) -> Result<(), RejectCode> {
        let out_of_range = body.flags != 0
            || body.spare != Spare([0; 3])
            || body.display_min_bps > BPS_WHOLE
            || body.elections_max > COUNT_MAX
            || body.tranches_max > COUNT_MAX
            || body.range_bps > BPS_MAX
            || body.margin_initial_bps > BPS_MAX
            || body.margin_maintenance_bps > body.margin_initial_bps;
        if out_of_range {
            return Err(RejectCode::BadValue);
        }
        self.rules = *body;
        Ok(())
    }

    /// Adds a band, or removes all, where prices are multiples of `tick`.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where a value is out of range, [`RejectCode::TableFull`] where
    /// there are as many as can be; nothing has changed then.
    pub(crate) fn add_band(&mut self, body: &TickBand, tick: u64) -> Result<(), RejectCode> {
        let bad = RejectCode::BadValue;
        let from_px = u64::try_from(body.from_px.0).map_err(|_| bad)?;
        let step = u64::try_from(body.tick.0).map_err(|_| bad)?;
        if body.spare != 0 || !step.is_multiple_of(tick) || (step == 0 && from_px != 0) {
            return Err(bad);
        }
        if step == 0 {
            self.forget_bands();
            return Ok(());
        }
        // The first price that is one, so that ticks can be compared.
        let band = Band { from: from_px.div_ceil(tick), step: step / tick };
        if self.bands().last().is_some_and(|last| band.from <= last.from) {
            return Err(bad);
        }
        let place = self.bands.get_mut(self.count as usize).ok_or(RejectCode::TableFull)?;
        *place = band;
        self.count += 1;
        Ok(())
    }

    /// Every price is a multiple of the instrument's tick again.
    pub(crate) const fn forget_bands(&mut self) {
        self.count = 0;
    }

    /// The step of a price of this size, in ticks.
    pub(crate) fn step_of(&self, size: u64) -> u64 {
        let band = self.bands().iter().rev().find(|band| band.from <= size);
        band.map_or(1, |band| band.step)
    }

    /// Whether the bands have this price.
    pub(crate) fn has_px(&self, tick: i64) -> bool {
        tick.unsigned_abs().is_multiple_of(self.step_of(tick.unsigned_abs()))
    }

    /// The highest price of the bands at or below `tick`; `None` below the range of prices.
    pub(crate) fn at_or_below(&self, tick: i64) -> Option<i64> {
        let size = tick.unsigned_abs();
        if tick >= 0 {
            i64::try_from(self.inward(size)).ok()
        } else {
            i64::try_from(self.outward(size)?).ok().map(|size| -size)
        }
    }

    /// The lowest price of the bands at or above `tick`; `None` above the range of prices.
    pub(crate) fn at_or_above(&self, tick: i64) -> Option<i64> {
        self.at_or_below(tick.checked_neg()?).map(|tick| -tick)
    }

    /// The largest size of a price that is not above `size`.
    fn inward(&self, size: u64) -> u64 {
        let mut size = size;
        for band in self.bands().iter().rev() {
            if band.from > size {
                continue;
            }
            let multiple = size - size % band.step;
            if multiple >= band.from {
                return multiple;
            }
            // Not the first size there is: the multiple is below it.
            size = band.from - 1;
        }
        size
    }

    /// The smallest size of a price that is not below `size`.
    fn outward(&self, size: u64) -> Option<u64> {
        let (mut size, mut step) = (size, self.step_of(size));
        for next in self.bands() {
            if next.from <= size {
                continue;
            }
            let multiple = size.checked_next_multiple_of(step)?;
            if multiple < next.from {
                return Some(multiple);
            }
            (size, step) = (next.from, next.step);
        }
        size.checked_next_multiple_of(step)
    }

    /// What it adds to the state hash.
    pub(crate) fn hash(&self, id: u64) -> u64 {
        let mut hash = 0_u64;
        if self.rules != InstrumentRules::default() {
            let bytes = bytemuck::bytes_of(&self.rules);
            hash = fold(Kind::Instrument, id | 3 << 40, bytes);
        }
        for (place, band) in (1_u64..).zip(self.bands()) {
            let own = weight(Kind::Instrument, id | (8 + place) << 40);
            hash = hash.wrapping_add(own.wrapping_mul(sum([band.from, band.step])));
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::{Guards, TickBand};
    use pinion_types::Px;

    /// Steps of 5 from 12 on and of 7 from 40 on: a search from price to price is the oracle.
    #[test]
    fn a_price_of_the_bands_is_the_nearest() {
        let mut guards = Guards::none();
        for (from, tick) in [(12, 5), (40, 7), (41, 1_000)] {
            let band = TickBand { from_px: Px(from), tick: Px(tick), ..TickBand::default() };
            guards.add_band(&band, 1).expect("bands rise");
        }
        for tick in -1_500..=1_500 {
            let below = (0..).map(|by| tick - by).find(|&it| guards.has_px(it));
            let above = (0..).map(|by| tick + by).find(|&it| guards.has_px(it));
            assert_eq!(guards.at_or_below(tick), below, "at or below {tick}");
            assert_eq!(guards.at_or_above(tick), above, "at or above {tick}");
        }
        assert_eq!(guards.at_or_above(i64::MAX), None);
    }
}
