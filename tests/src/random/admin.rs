//! Definitions, limits, states, kills and days of a random life.

use pinion_types::codes::{KillAction, MarkKind, RawScope, Scope};
use pinion_types::command::{
    CashMove, DayRoll, FirmDef, Genesis, Kill, Mark, Release, RoomChange, SessionAccount,
    StateHash, Timer,
};
use pinion_types::text::Chars;
use pinion_types::{AccountId, Amount, Command, FirmId, InstrumentId, Nanos, Px, Seq, SourceId};

use super::{Stream, plan};
use crate::venue::control;

impl Stream {
    pub(super) fn admin(&mut self) -> Command {
        let blocked = !self.blocks.is_empty() && self.rng.chance(30);
        let mut command = match self.rng.below(46) {
            _ if blocked => self.release(),
            0..=33 if self.busy => self.desk(),
            0..=6 => self.limits(),
            7..=9 => self.risk(),
            10..=15 => self.mark(),
            16..=19 => self.phase(),
            20..=21 => self.kill(),
            22..=25 if self.extreme => self.cash(),
            22..=27 => self.release(),
            28..=29 => self.purse(),
            30..=31 => self.redefine(),
            32..=33 => self.allow(),
            34 => self.day_roll(),
            35..=38 => self.timer(),
            39 => self.oddity(),
            40..=42 => self.rules(),
            _ => self.band(),
        };
        if self.rng.below(50) == 0 {
            command.set_source(SourceId(2));
        }
        command
    }

    pub(super) fn timer(&mut self) -> Command {
        // One in four is late, and says nothing of what became due meanwhile.
        let late_ns = if self.now.0.is_multiple_of(4) { 3_000_000 } else { 0 };
        control(&Timer { due: Nanos(self.now.0 - late_ns), ..Timer::default() })
    }

    fn limits(&mut self) -> Command {
        let body = match self.rng.below(10) {
            0..=1 => {
                let id = self.rng.small(1, plan::FIRMS + 1);
                plan::limits(&mut self.rng, Scope::Firm, id, 0)
            }
            2..=6 => {
                let id = self.rng.small(1, plan::ACCOUNTS + 1);
                plan::limits(&mut self.rng, Scope::Account, id, 0)
            }
            7 => {
                let global = self.rng.chance(25);
                let id = if global { 0 } else { self.rng.small(1, plan::SESSIONS + 1) };
                let scope = if global { Scope::Global } else { Scope::Session };
                plan::limits(&mut self.rng, scope, id, 0)
            }
            8 => {
                let id = self.rng.small(1, plan::ACCOUNTS);
                let instrument = self.rng.small(1, plan::INSTRUMENTS + 1);
                plan::limits(&mut self.rng, Scope::Account, id, instrument)
            }
            _ => {
                let scope = self.rng.pick(Scope::ALL);
                let (id, instrument) = (self.rng.small(0, 3), self.rng.small(0, 3));
                plan::limits(&mut self.rng, scope, id, instrument)
            }
        };
        control(&body)
    }

    pub(super) fn mark(&mut self) -> Command {
        let instrument = self.rng.small(1, plan::INSTRUMENTS);
        let (tick, _, base) = self.grids.get(&instrument).copied().unwrap_or((1, 1, 0));
        let mut body = Mark {
            request_id: self.rng.below(1_000),
            instrument: InstrumentId(instrument),
            kind: self.rng.pick(MarkKind::ALL).into(),
            px: Px(base.saturating_add(self.rng.between(92, 108)).saturating_mul(tick)),
            actor: Chars::new("clerk"),
            ..Mark::default()
        };
        match self.rng.below(30) {
            0 => body.instrument = InstrumentId(9),
            1 => body.kind.0 = 9,
            2 => body.px = Px(self.rng.pick(&[0, -1, i64::MAX, i64::MIN])),
            _ => {}
        }
        control(&body)
    }

    fn level(&mut self) -> (Scope, u32) {
        let scope = self.rng.pick(Scope::ALL);
        let id = match scope {
            Scope::Global => u32::from(self.rng.below(20) == 0),
            Scope::Firm => self.rng.small(1, plan::FIRMS),
            Scope::Account => self.rng.small(1, plan::ACCOUNTS),
            Scope::Session => self.rng.small(1, plan::SESSIONS),
            Scope::Instrument => self.rng.small(1, plan::INSTRUMENTS),
        };
        (scope, if self.rng.below(20) == 0 { 99 } else { id })
    }

    fn kill(&mut self) -> Command {
        let (scope, id) = self.level();
        let mut body = Kill {
            request_id: self.rng.below(1_000),
            scope: scope.into(),
            action: self.rng.pick(KillAction::ALL).into(),
            id,
            actor: Chars::new("risk"),
            reason: Chars::new("drawn"),
            ..Kill::default()
        };
        match self.rng.below(30) {
            0 => body.scope.0 = 9,
            1 => body.action.0 = 0,
            _ => {}
        }
        control(&body)
    }

    /// Mostly of everything that could be blocked, so that trading goes on.
    fn release(&mut self) -> Command {
        let (mut scope, mut id) = {
            let (scope, id) = self.level();
            (RawScope::from(scope), id)
        };
        if !self.blocks.is_empty() && self.rng.chance(90) {
            let blocks = self.blocks.clone();
            (scope, id) = self.rng.pick(&blocks);
        }
        let mut body = Release {
            request_id: self.rng.below(1_000),
            scope,
            id,
            actor: Chars::new("risk"),
            ..Release::default()
        };
        if self.rng.below(30) == 0 {
            body.scope.0 = 9;
        }
        control(&body)
    }

    pub(super) fn cash(&mut self) -> Command {
        let amount = match self.rng.below(12) {
            1..=9 if self.extreme => plan::fortune(&mut self.rng),
            0 => self.rng.pick(&[i128::MAX, i128::MIN, 0, 1 << 126]),
            _ => i128::from(self.rng.between(-1_000_000_000_000, 1_000_000_000_000)),
        };
        control(&CashMove {
            request_id: self.rng.below(1_000),
            account: AccountId(self.rng.small(1, plan::ACCOUNTS + 1)),
            currency: Chars::new(self.rng.pick(&["USD", "EUR", ""])),
            amount: Amount::from(amount),
            actor: Chars::new("clerk"),
            reason: Chars::new("drawn"),
        })
    }

    fn redefine(&mut self) -> Command {
        match self.rng.below(4) {
            0 => {
                let id = self.rng.small(1, plan::INSTRUMENTS + 1);
                let body = plan::instrument(&mut self.rng, id);
                if self.extreme && self.rng.chance(70) {
                    return control(&plan::whale(&mut self.rng, body));
                }
                control(&body)
            }
            1 => {
                let id = self.rng.small(1, plan::ACCOUNTS + 1);
                let body = plan::account(&mut self.rng, id);
                if self.extreme {
                    return control(&plan::dear(&mut self.rng, body));
                }
                control(&body)
            }
            2 => {
                let id = self.rng.small(1, plan::SESSIONS + 1);
                let body = plan::session(&mut self.rng, id);
                plan::of_session(id, &body)
            }
            _ => {
                let firm = FirmId(self.rng.small(0, plan::FIRMS + 1));
                control(&FirmDef { firm, ..FirmDef::default() })
            }
        }
    }

    fn allow(&mut self) -> Command {
        let body = SessionAccount {
            account: AccountId(self.rng.small(0, plan::ACCOUNTS + 1)),
            allowed: self.rng.pick(&[0, 1, 1, 1, 1, 2]),
            request_id: 7,
            actor: Chars::new("clerk"),
            reason: Chars::new("drawn"),
        };
        plan::of_session(self.rng.small(1, plan::SESSIONS + 1), &body)
    }

    pub(super) fn day_roll(&mut self) -> Command {
        let rolls = self.rng.small(0, 1);
        self.day += rolls;
        if rolls == 1 && self.rng.chance(70) {
            // A new day, new ids.
            self.peers.iter_mut().for_each(|peer| peer.last_id = 0);
        }
        control(&DayRoll { day: self.day, ..DayRoll::default() })
    }

    fn oddity(&mut self) -> Command {
        if self.rng.chance(50) {
            let hash = StateHash { hash: self.rng.word(), events: Seq(3) };
            return control(&hash);
        }
        if self.rng.chance(70) {
            let is_short = u8::from(self.rng.chance(30));
            return control(&RoomChange { is_short, ..RoomChange::default() });
        }
        control(&Genesis { instruments_max: 1, ..self.genesis })
    }
}
