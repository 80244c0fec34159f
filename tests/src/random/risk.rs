//! Cash, margins, losses, rates and rights of a random life.

use pinion_types::codes::{Scope, StpMode, TradingState};
use pinion_types::command::{
    AccountDef, AccountPermission, AccountRisk, CashMove, Genesis, InstrumentDef, LimitsSet, Mark,
    UNLIMITED, UNLIMITED_32, account_flags, side_bits, type_bits,
};
use pinion_types::text::Chars;
use pinion_types::{
    AccountId, Amount, Command, CommandRef, FirmId, InstrumentId, MarkKind, Px, Qty,
};

use super::{Rng, Stream, plan};
use crate::venue::{self, control};

/// Currency of an instrument, and the value of one tick of one of its lots.
pub(super) type Worth = (Chars<4>, i128);

/// What an instrument's money is counted in.
pub(super) fn worth(def: &InstrumentDef) -> Worth {
    let product = i128::from(def.tick.0) * i128::from(def.lot.0) * i128::from(def.multiplier.0);
    (def.currency, product / 100_000_000)
}

/// What a venue's accounts begin with, behind the definitions of both.
pub(super) fn setup(rng: &mut Rng, defined: &[Command]) -> Vec<Command> {
    let mut accounts = Vec::new();
    let mut worths = Vec::new();
    for command in defined {
        match command.view() {
            Some(CommandRef::AccountDef(body)) => accounts.push(body.account.0),
            Some(CommandRef::InstrumentDef(body)) => {
                worths.push((body.instrument.0, body.tick.0, worth(body)));
            }
            _ => {}
        }
    }
    let mut commands = Vec::new();
    for &(instrument, tick, _) in &worths {
        if rng.chance(80) {
            let (ticks, tick) = (rng.between(95, 105), tick);
            let (kind, px) = (rng.pick(MarkKind::ALL).into(), Px(ticks * tick));
            let instrument = InstrumentId(instrument);
            commands.push(control(&Mark { instrument, kind, px, ..Mark::default() }));
        }
    }
    for account in accounts {
        for &(.., worth) in &worths {
            if rng.chance(85) {
                commands.push(control(&purse(rng, account, worth)));
            }
        }
        if rng.chance(50) {
            let worth = rng.pick(&worths).2;
            commands.push(control(&account_risk(rng, account, worth)));
        }
        if rng.chance(90) {
            commands.push(control(&permission(rng, account, 0)));
        }
    }
    commands
}

/// Room for everything.
pub(super) fn at_ease(genesis: &mut Genesis) {
    (genesis.orders_max, genesis.positions_max, genesis.pages_max) = (256, 64, 256);
}

/// The same venue with one firm of traders, wide limits and an open market.
pub(super) fn eased(rng: &mut Rng, setup: Vec<Command>) -> Vec<Command> {
    let change = |command: Command| match command.view() {
        Some(CommandRef::InstrumentDef(body)) => control(&InstrumentDef {
            qty_min: Qty(0),
            qty_max: Qty(0),
            px_min: Px(0),
            px_max: Px(0),
            notional_min: 0,
            notional_max: 0,
            state: TradingState::Continuous.into(),
            ..*body
        }),
        Some(CommandRef::AccountDef(body)) => {
            let (firm, stp_mode) = (FirmId(1), StpMode::None.into());
            let fees = [body.maker_fee, body.taker_fee].map(|fee| fee.min(900));
            let [maker_fee, taker_fee] = fees;
            control(&AccountDef { firm, stp_mode, maker_fee, taker_fee, ..*body })
        }
        Some(CommandRef::SessionDef(_)) => {
            plan::of_session(command.header().session.0, &venue::session())
        }
        Some(CommandRef::LimitsSet(body)) if rng.chance(95) => {
            let scope = body.scope.get().expect("a level");
            let instrument = body.instrument;
            control(&LimitsSet { instrument, ..venue::unlimited(scope, body.id) })
        }
        _ => command,
    };
    setup.into_iter().map(change).collect()
}

/// Enough for some hundred lots, or for few.
fn purse(rng: &mut Rng, account: u32, (currency, value): Worth) -> CashMove {
    let lots = rng.pick(&[10, 100, 1_000, 10_000]);
    CashMove {
        request_id: rng.below(1_000),
        account: AccountId(account),
        currency,
        amount: Amount::from(value * 100 * i128::from(1 + rng.below(lots))),
        actor: Chars::new("clerk"),
        reason: Chars::new("drawn"),
    }
}

/// Limits of losses that some ticks of some lots reach.
fn account_risk(rng: &mut Rng, account: u32, (_, value): Worth) -> AccountRisk {
    let mut body = AccountRisk {
        request_id: rng.below(1_000),
        account: AccountId(account),
        flags: if rng.chance(50) { account_flags::FLATTEN } else { 0 },
        daily_loss_max: UNLIMITED,
        drawdown_max: UNLIMITED,
        daily_loss_bps: UNLIMITED_32,
        rate_per_second: UNLIMITED_32,
        rate_burst: UNLIMITED_32,
        cancel_rate_per_second: UNLIMITED_32,
        cancel_rate_burst: UNLIMITED_32,
        actor: Chars::new("risk"),
        reason: Chars::new("drawn"),
        ..AccountRisk::default()
    };
    let loss = |rng: &mut Rng| {
        let money = value * i128::from(rng.below(3_000)) / 10_000;
        u64::try_from(money).unwrap_or(UNLIMITED - 1)
    };
    if rng.chance(55) {
        body.daily_loss_max = loss(rng);
    }
    if rng.chance(45) {
        body.drawdown_max = loss(rng);
    }
    if rng.chance(25) {
        body.daily_loss_bps = rng.pick(&[0, 50, 600, 3_000, 10_000, UNLIMITED_32 - 1]);
    }
    if rng.chance(15) {
        body.rate_per_second = rng.small(0, 30);
        body.rate_burst = rng.small(0, 20);
    }
    if rng.chance(30) {
        body.cancel_rate_per_second = rng.small(0, 30);
        body.cancel_rate_burst = rng.small(0, 20);
    }
    body
}

/// Most rights, so that somebody trades.
fn permission(rng: &mut Rng, account: u32, instrument: u32) -> AccountPermission {
    let most = |rng: &mut Rng, all: u8| {
        if rng.chance(94) { all } else { u8::try_from(rng.below(32)).expect("a byte") & all }
    };
    AccountPermission {
        request_id: rng.below(1_000),
        account: AccountId(account),
        instrument: InstrumentId(instrument),
        sides: most(rng, side_bits::ALL),
        types: most(rng, type_bits::ALL),
        actor: Chars::new("risk"),
        reason: Chars::new("drawn"),
        ..AccountPermission::default()
    }
}

impl Stream {
    /// What happens by day where little is refused: marks move.
    pub(super) fn desk(&mut self) -> Command {
        match self.rng.below(20) {
            0..=9 => self.mark(),
            10 => self.of_a_level(),
            11..=13 => self.risk(),
            14..=15 => self.purse(),
            16..=17 => self.timer(),
            18 => self.day_roll(),
            _ => self.cash(),
        }
    }

    /// A word of the risk desk.
    pub(super) fn risk(&mut self) -> Command {
        let account = self.rng.small(1, plan::ACCOUNTS + 1);
        match self.rng.below(10) {
            0..=3 => self.account_risk(account),
            4..=6 => self.permission(account),
            _ => self.rules(),
        }
    }

    /// One limit of a session or of the venue, the others out of reach.
    fn of_a_level(&mut self) -> Command {
        let global = self.rng.chance(30);
        let id = if global { 0 } else { self.rng.small(1, plan::SESSIONS) };
        let scope = if global { Scope::Global } else { Scope::Session };
        let value = self.any_worth().1 * 100 / 10_000;
        let money = |lots: u64| u64::try_from(value * i128::from(lots)).unwrap_or(UNLIMITED);
        let lots = 5 + self.rng.below(100);
        let mut body = venue::unlimited(scope, id);
        match self.rng.below(5) {
            0 => body.order_qty_max = lots,
            1 => body.order_notional_max = money(lots / 4),
            2 => body.open_orders_max = self.rng.small(5, 40),
            3 => body.open_notional_max = money(lots),
            _ => {}
        }
        control(&body)
    }

    fn account_risk(&mut self, account: u32) -> Command {
        let worth = self.any_worth();
        let mut body = account_risk(&mut self.rng, account, worth);
        match self.rng.below(30) {
            0 => body.flags = 2,
            1 => body.spare = 1,
            2 => body.spare2.0[1] = 1,
            3 => body.account = AccountId(0),
            _ => {}
        }
        control(&body)
    }

    fn permission(&mut self, account: u32) -> Command {
        let all = self.rng.chance(60);
        let instrument = if all { 0 } else { self.rng.small(1, plan::INSTRUMENTS + 1) };
        let mut body = permission(&mut self.rng, account, instrument);
        match self.rng.below(30) {
            0 => body.sides = 16,
            1 => body.types = 64,
            2 => body.spare[3] = 1,
            3 => body.spare2.0[6] = 1,
            _ => {}
        }
        control(&body)
    }

    /// Cash as accounts need it, in or out; sometimes any amount.
    pub(super) fn purse(&mut self) -> Command {
        if self.extreme || self.rng.chance(30) {
            return self.cash();
        }
        let account = self.rng.small(1, plan::ACCOUNTS);
        let worth = self.any_worth();
        let mut body = purse(&mut self.rng, account, worth);
        if self.rng.chance(30) {
            body.amount = Amount::from(-body.amount.get());
        }
        control(&body)
    }

    fn any_worth(&mut self) -> Worth {
        let worths: Vec<Worth> = self.worths.values().copied().collect();
        if worths.is_empty() { (Chars::new("USD"), 1) } else { self.rng.pick(&worths) }
    }
}
