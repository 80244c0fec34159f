//! Guards and bands of ticks of a random life.

use pinion_types::command::{InstrumentRules, TickBand};
use pinion_types::text::{Chars, Spare};
use pinion_types::{Command, InstrumentId, Px};

use super::{Rng, Stream, plan};
use crate::venue::control;

/// Guards that are met often: few elections, few tranches.
pub(super) fn rules(rng: &mut Rng, id: u32) -> InstrumentRules {
    let initial = rng.pick(&[0, 0, 0, 300, 1_000, 5_000, 20_000, 1_000_000]);
    InstrumentRules {
        request_id: rng.below(1_000),
        instrument: InstrumentId(id),
        elections_max: rng.pick(&[0, 0, 1, 2, 3, 12]),
        tranches_max: rng.pick(&[0, 0, 0, 4, 30]),
        display_min_bps: rng.pick(&[0, 0, 0, 0, 500, 4_000]),
        range_bps: rng.pick(&[0, 0, 50, 100, 300, 1_000, 1_000_000]),
        window_ms: rng.pick(&[0, 8, 1_000, 60_000]),
        auction_ms: rng.pick(&[0, 5, 1_000]),
        auction_random_ms: rng.pick(&[0, 1, 2_000]),
        mark_age_ms: rng.pick(&[0, 0, 0, 0, 20_000, 90_000, u32::MAX]),
        margin_initial_bps: initial,
        margin_maintenance_bps: initial / 2,
        actor: Chars::new("clerk"),
        reason: Chars::new("drawn"),
        ..InstrumentRules::default()
    }
}

/// One more band, near the prices that are traded.
pub(super) fn band(rng: &mut Rng, id: u32, (tick, base): (i64, i64)) -> TickBand {
    let from = base.saturating_add(rng.between(88, 112)).saturating_mul(tick);
    TickBand {
        request_id: rng.below(1_000),
        instrument: InstrumentId(id),
        from_px: Px(from.saturating_add(i64::from(rng.below(12) == 0)).max(0)),
        tick: Px(tick.saturating_mul(rng.pick(&[1, 2, 2, 3, 5]))),
        actor: Chars::new("clerk"),
        reason: Chars::new("drawn"),
        ..TickBand::default()
    }
}

impl Stream {
    /// Sets guards, or spoils them.
    pub(super) fn rules(&mut self) -> Command {
        let id = self.rng.small(1, plan::INSTRUMENTS);
        let mut body = rules(&mut self.rng, id);
        match self.rng.below(24) {
            0 => body.instrument = InstrumentId(9),
            1 => body.flags = 1,
            2 => body.spare = Spare([0, 1, 0]),
            3 => body.display_min_bps = self.rng.pick(&[10_000, 10_001]),
            4 => body.margin_initial_bps = 1_000_001,
            5 => body.margin_maintenance_bps = body.margin_initial_bps + 1,
            6 => body.range_bps = 1_000_001,
            _ => {}
        }
        control(&body)
    }

    /// Adds a band, or removes them all.
    pub(super) fn band(&mut self) -> Command {
        let id = self.rng.small(1, plan::INSTRUMENTS);
        let (tick, _, base) = self.grids.get(&id).copied().unwrap_or((1, 1, 0));
        let mut body = band(&mut self.rng, id, (tick, base));
        match self.rng.below(24) {
            0 => body.instrument = InstrumentId(9),
            1 => body.spare = 1,
            2 => body.from_px = Px(-1),
            3 => body.tick = Px(body.tick.0.saturating_add(1)),
            4 => body.tick = Px(-tick),
            5 => body.tick = Px(0),
            6..=12 => (body.from_px, body.tick) = (Px(0), Px(0)),
            13 => (body.from_px, body.tick) = (Px(0), Px(tick.saturating_mul(2))),
            14 => body.tick = Px(i64::MAX - i64::MAX % tick),
            15 => body.from_px = Px(i64::MAX),
            _ => {}
        }
        control(&body)
    }

    /// A price of the bands, mostly.
    pub(super) fn snap(&mut self, instrument: u32, px: Px) -> Px {
        let bands = self.bands.get(&instrument).into_iter().flatten();
        let band = bands.rev().find(|(from, _)| *from <= px.0.saturating_abs()).copied();
        match band {
            Some((_, tick)) if self.rng.chance(85) => Px(px.0 - px.0 % tick),
            _ => px,
        }
    }

    /// What the answers say about bands.
    pub(super) fn see_band(&mut self, body: &TickBand) {
        let bands = self.bands.entry(body.instrument.0).or_default();
        if body.tick.0 == 0 {
            bands.clear();
        } else {
            bands.push((body.from_px.0, body.tick.0));
        }
    }
}
