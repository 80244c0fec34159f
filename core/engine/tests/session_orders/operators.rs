//! What operators and the core itself say in a hostile life: limits, states, kills, marks, days.

use pinion_types::codes::{AccountKind, KillAction, MarkKind, Scope, StpMode, TradingState};
use pinion_types::command::{
    AccountDef, CashMove, DayRoll, Kill, LimitsSet, Mark, Release, SessionAccount, SourceDown,
    SourceUp, StateChange, Timer, UNLIMITED,
};
use pinion_types::text::Chars;
use pinion_types::{AccountId, Amount, FirmId, InstrumentId, Nanos, SourceId};

use crate::desk::{GATEWAY, ONE, unlimited};
use crate::hostile::Author;

impl Author {
    /// Everything is allowed again, and everybody is there in a new version.
    pub(super) fn heal(&mut self) {
        let mut events = Vec::new();
        let continuous = TradingState::Continuous.into();
        events.extend(self.desk.control(&StateChange { state: continuous, ..Default::default() }));
        for (scope, count) in [
            (Scope::Global, 0),
            (Scope::Firm, 2),
            (Scope::Account, 4),
            (Scope::Session, 3),
            (Scope::Instrument, 2),
        ] {
            for id in count.min(1)..=count {
                let body = Release { scope: scope.into(), id, ..Release::default() };
                events.extend(self.desk.control(&body));
                if scope == Scope::Firm || scope == Scope::Account {
                    events.extend(self.desk.control(&unlimited(scope, id)));
                }
            }
        }
        for account in 1..=4 {
            for instrument in 1..=2 {
                let own = unlimited(Scope::Account, account);
                let body = LimitsSet { instrument: InstrumentId(instrument), ..own };
                events.extend(self.desk.control(&body));
            }
        }
        for (session, account) in [(1, 1), (1, 2), (2, 2), (2, 3), (3, 4)] {
            let account = AccountId(account);
            let allowed = SessionAccount { account, allowed: 1, ..SessionAccount::default() };
            events.extend(self.desk.configure(session, &allowed));
        }
        // An id at the end of the range used up a session's day.
        self.day += 1;
        let roll = DayRoll { day: self.day, ..DayRoll::default() };
        events.extend(self.desk.send(SourceId(0), 0, 0, &roll));
        for session in 1..=3 {
            events.extend(self.desk.lose(session));
            let version = self.desk.version(session) + 1;
            events.extend(self.desk.log_on(session, version));
        }
        self.audit.read(&events);
    }

    pub(super) fn control(&mut self) {
        match self.dice.below(12) {
            0 => self.state(),
            1 => self.mark(),
            2 => self.limits(),
            3 => self.kill(),
            4 => self.cash(),
            5 => self.account(),
            6 => {
                let session = 1 + self.dice.below(3) as u32;
                let account = AccountId(1 + self.dice.below(4) as u32);
                let allowed = self.dice.of(&[0, 1, 1, 1, 2]);
                let body = SessionAccount { account, allowed, ..SessionAccount::default() };
                self.give(SourceId(1), session, 0, &body);
            }
            7 => {
                if self.dice.once_in(4) {
                    self.day += 1;
                }
                self.give(SourceId(0), 0, 0, &DayRoll { day: self.day, ..DayRoll::default() });
            }
            8 if self.dice.once_in(4) => {
                self.give(SourceId(0), 0, 0, &SourceDown { about: GATEWAY, ..Default::default() });
            }
            9 if self.dice.once_in(4) => {
                self.give(SourceId(0), 0, 0, &SourceUp { about: GATEWAY, ..Default::default() });
            }
            _ => {
                let due = self.desk.engine.next_due().unwrap_or(Nanos(self.desk.now));
                self.give(SourceId(0), 0, 0, &Timer { due, ..Timer::default() });
            }
        }
    }

    fn state(&mut self) {
        let instrument = self.dice.instrument();
        let state = if self.dice.once_in(3) {
            self.dice.of(TradingState::ALL)
        } else {
            TradingState::Continuous
        };
        let body = StateChange { instrument, state: state.into(), ..Default::default() };
        self.give(SourceId(1), 0, 0, &body);
    }

    fn mark(&mut self) {
        let body = Mark {
            instrument: self.dice.instrument(),
            kind: self.dice.of(MarkKind::ALL).into(),
            px: self.dice.px(),
            ..Mark::default()
        };
        self.give(SourceId(1), 0, 0, &body);
    }

    fn cash(&mut self) {
        let million = i128::from(ONE) * 1_000_000;
        let amounts = [1, -1, million, i128::MAX, i128::MIN, 1 << 124];
        let body = CashMove {
            account: AccountId(self.dice.below(6) as u32),
            currency: Chars::new("USD"),
            amount: Amount::from(self.dice.of(&amounts)),
            ..CashMove::default()
        };
        self.give(SourceId(1), 0, 0, &body);
    }

    fn account(&mut self) {
        let body = AccountDef {
            account: AccountId(1 + self.dice.below(4) as u32),
            firm: FirmId(1 + self.dice.below(2) as u32),
            stp_group: self.dice.of(&[0, 0, 7]),
            maker_fee: self.dice.of(&[0, -25, 1_000_000, -1_000_000, i32::MIN]),
            taker_fee: self.dice.of(&[0, 30, 1_000_000, i32::MAX]),
            kind: AccountKind::Margin.into(),
            stp_mode: self.dice.of(StpMode::ALL).into(),
            ..AccountDef::default()
        };
        self.give(SourceId(1), 0, 0, &body);
    }

    fn limits(&mut self) {
        let (scope, id) = match self.dice.below(3) {
            0 => (Scope::Firm, 1 + self.dice.below(2) as u32),
            _ => (Scope::Account, 1 + self.dice.below(4) as u32),
        };
        let mut body = unlimited(scope, id);
        if self.dice.once_in(2) {
            body = LimitsSet {
                open_orders_max: self.dice.of(&[0, 5, 20, 100]),
                order_qty_max: self.dice.of(&[0, 30, 1_000, UNLIMITED]),
                order_notional_max: self.dice.of(&[0, 3_000 * 10_000, UNLIMITED]),
                long_max: self.dice.of(&[0, 50, 500, UNLIMITED]),
                short_max: self.dice.of(&[0, 50, 500, UNLIMITED]),
                gross_max: self.dice.of(&[0, 90_000 * 10_000, UNLIMITED]),
                open_notional_max: self.dice.of(&[0, 9_000 * 10_000, UNLIMITED]),
                collar_bps: self.dice.of(&[0, 5, 100, u32::MAX]),
                ..body
            };
        }
        if scope == Scope::Account && self.dice.once_in(3) {
            body.instrument = self.dice.instrument();
        }
        self.give(SourceId(1), 0, 0, &body);
    }

    fn kill(&mut self) {
        let scope = self.dice.of(Scope::ALL);
        let id = if scope == Scope::Global { 0 } else { 1 + self.dice.below(3) as u32 };
        let action = self.dice.of(KillAction::ALL).into();
        self.give(SourceId(1), 0, 0, &Kill { scope: scope.into(), action, id, ..Kill::default() });
        if !self.dice.once_in(4) {
            let body = Release { scope: scope.into(), id, ..Release::default() };
            self.give(SourceId(1), 0, 0, &body);
        }
    }
}
