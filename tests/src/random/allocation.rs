//! Algorithms of allocation and market makers' parts of a random life.
//!
//! Drawn from numbers of their own, so that what else a seed means stays as it was.

use pinion_types::codes::{AccountKind, OrdType, Side};
use pinion_types::command::{
    AccountDef, Allocation, AllocationAlgorithm, InstrumentDef, InstrumentRules, MakerShare,
    NewOrder, RawAllocationAlgorithm,
};
use pinion_types::text::{Chars, Spare};
use pinion_types::{AccountId, Command, CommandRef, InstrumentId, Px, Qty};

use super::{Rng, Stream, plan};
use crate::venue::{self, control};

/// How an instrument whose lot this is shares its prices.
fn allocation(rng: &mut Rng, id: u32, lot: u64) -> Allocation {
    let mut lots = |counts: &[u64]| Qty(rng.pick(counts).saturating_mul(lot));
    let (pro_rata_min, top_min, top_max) =
        (lots(&[0, 0, 1, 2, 5]), lots(&[0, 0, 0, 3, 10]), lots(&[0, 0, 1, 4, 15]));
    Allocation {
        request_id: rng.below(1_000),
        instrument: InstrumentId(id),
        algorithm: rng.pick(AllocationAlgorithm::ALL).into(),
        leveling: u8::from(rng.chance(60)),
        fifo_percent: rng.pick(&[0, 10, 33, 40, 60, 100]),
        pro_rata_min,
        top_min,
        top_max,
        actor: Chars::new("clerk"),
        reason: Chars::new("drawn"),
        ..Allocation::default()
    }
}

fn maker(rng: &mut Rng, instrument: u32) -> MakerShare {
    MakerShare {
        request_id: rng.below(1_000),
        instrument: InstrumentId(instrument),
        account: AccountId(rng.small(1, plan::ACCOUNTS)),
        percent: rng.pick(&[0, 1, 5, 10, 20, 40, 70, 100]),
        actor: Chars::new("clerk"),
        reason: Chars::new("drawn"),
        ..MakerShare::default()
    }
}

/// The same venue without what would refuse most of its orders.
pub(super) fn crowd(setup: Vec<Command>) -> Vec<Command> {
    let kept = |command: Command| match command.view() {
        Some(CommandRef::InstrumentDef(body)) => {
            Some(control(&InstrumentDef { collar_ticks: 0, collar_bps: 0, ..*body }))
        }
        Some(CommandRef::InstrumentRules(body)) => Some(control(&InstrumentRules {
            display_min_bps: 0,
            range_bps: 0,
            mark_age_ms: 0,
            margin_initial_bps: 0,
            margin_maintenance_bps: 0,
            ..*body
        })),
        Some(CommandRef::AccountDef(body)) => {
            Some(control(&AccountDef { kind: AccountKind::Margin.into(), ..*body }))
        }
        Some(CommandRef::LimitsSet(body)) => {
            let scope = body.scope.get().expect("a level");
            (body.instrument.0 == 0).then(|| control(&venue::unlimited(scope, body.id)))
        }
        Some(
            CommandRef::TickBand(_) | CommandRef::AccountRisk(_) | CommandRef::AccountPermission(_),
        ) => None,
        _ => Some(command),
    };
    setup.into_iter().filter_map(kept).collect()
}

impl Stream {
    /// Gives some of the instruments an algorithm and market makers, when all is defined.
    pub(super) fn share_prices(&mut self) {
        let mut setup: Vec<Command> = self.setup.by_ref().collect();
        let mut lots = Vec::new();
        for command in &setup {
            if let Some(CommandRef::InstrumentDef(body)) = command.view() {
                lots.push((body.instrument.0, body.lot.0));
            }
        }
        for (id, lot) in lots {
            if self.sharing.chance(70) {
                setup.push(control(&allocation(&mut self.sharing, id, lot)));
            }
            for _ in 0..self.sharing.below(4) {
                setup.push(control(&maker(&mut self.sharing, id)));
            }
        }
        self.setup = setup.into_iter();
    }

    /// Now and then another algorithm or another market maker, sometimes spoiled.
    pub(super) fn sharing(&mut self) -> Option<Command> {
        match self.sharing.below(140) {
            0 => Some(self.allocation()),
            1 => Some(self.maker()),
            _ => None,
        }
    }

    /// Where few prices are crowded, most limit orders come to stand at one of them.
    pub(super) fn in_crowd(&mut self, order: NewOrder) -> NewOrder {
        let limit = order.ord_type == OrdType::Limit.into();
        let Some(&(tick, lot, base)) = self.grids.get(&order.instrument.0) else { return order };
        if !self.crowded || !limit {
            return order;
        }
        let rng = &mut self.sharing;
        let buys = order.side.get().is_some_and(Side::is_buy);
        let away = if rng.chance(70) { rng.between(1, 2) } else { rng.between(-2, 0) };
        let ticks = if buys { 100 - away } else { 100 + away };
        let qty = if away > 0 { order.qty } else { Qty(lot * (rng.below(40) + 1)) };
        NewOrder { px: Px((base + ticks) * tick), qty, ..order }
    }

    fn allocation(&mut self) -> Command {
        let rng = &mut self.sharing;
        let id = rng.small(1, plan::INSTRUMENTS);
        let lot = self.grids.get(&id).map_or(1, |grid| grid.1);
        let mut body = allocation(rng, id, lot);
        match rng.below(30) {
            0 => body.instrument = InstrumentId(rng.pick(&[0, 9])),
            1 => body.algorithm = RawAllocationAlgorithm(rng.pick(&[0, b'f', b'Y', 255])),
            2 => body.leveling = 2,
            3 => body.fifo_percent = rng.pick(&[101, u32::MAX]),
            4 => body.pro_rata_min.0 |= 1,
            5 => body.top_min.0 |= 1,
            6 => body.top_max.0 |= 1,
            7 => body.spare[1] = 1,
            8 => body.spare2 = 1,
            9 => body.spare3 = Spare([0, 0, 0, 1]),
            10 => body.top_max = Qty(u64::MAX - u64::MAX % lot),
            _ => {}
        }
        control(&body)
    }

    fn maker(&mut self) -> Command {
        let rng = &mut self.sharing;
        let id = rng.small(1, plan::INSTRUMENTS);
        let mut body = maker(rng, id);
        match rng.below(30) {
            0 => body.instrument = InstrumentId(rng.pick(&[0, 9])),
            1 => body.account = AccountId(rng.pick(&[0, 7, u32::MAX])),
            2 => body.percent = rng.pick(&[101, u32::MAX]),
            3 => body.spare = 1,
            4 => body.spare2 = Spare([1]),
            _ => {}
        }
        control(&body)
    }
}
