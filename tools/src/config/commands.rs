//! From a configuration to the commands that make a venue of it, in one fixed order.

use pinion_types::command::{
    AccountDef, CashMove, FirmDef, Genesis, InstrumentDef, InstrumentRules, LimitsSet, Mark,
    SessionAccount, SessionDef, TickBand, UNLIMITED, UNLIMITED_32, instrument_flags,
};
use pinion_types::text::Chars;
use pinion_types::{AccountId, Command, FirmId, InstrumentId, MarkKind, Px, Qty, Scope, SessionId};

use super::Loaded;
use super::number::{Bound, FeeRate, LimitMoney, Money};
use super::problem::{Findings, Problem};
use super::venue::{Account, Firm, Instrument, Limits, Session};

/// Who the commands of a configuration come from.
pub(super) const ACTOR: &str = "config";

/// Why they come.
pub(super) const REASON: &str = "configuration";

/// What a venue is given at birth and no file says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Birth {
    /// Random name of its history.
    pub venue: [u8; 16],
    /// Seed of everything random.
    pub seed: u64,
    /// Version of the engine's rules.
    pub logic_version: u32,
}

impl Loaded {
    /// The commands, in the order genesis, firms, instruments, accounts, market makers, sessions,
    /// each in the order of the file and with its limits, cash and accounts right behind it.
    ///
    /// # Errors
    /// [`Findings`] for numbers that no command can carry.
    pub fn commands(&self, birth: &Birth) -> Result<Vec<Command>, Findings> {
        let placed = self.placed_commands(birth)?;
        Ok(placed.into_iter().map(|(_, command)| command).collect())
    }

    /// The commands, each with the key of the item it comes from.
    pub(super) fn placed_commands(
        &self,
        birth: &Birth,
    ) -> Result<Vec<(String, Command)>, Findings> {
        let mut build = Build { loaded: self, path: String::new(), out: Vec::new(), found: vec![] };
        build.push(&self.genesis(birth));
        let venue = &self.config.venue;
        if let Some(limits) = &venue.limits {
            build.path = "venue".to_owned();
            build.level(Scope::Global, 0, limits);
        }
        for (index, firm) in venue.firms.iter().enumerate() {
            build.path = format!("venue.firms.{index}");
            build.firm(firm);
        }
        for (index, instrument) in venue.instruments.iter().enumerate() {
            build.path = format!("venue.instruments.{index}");
            build.instrument(instrument);
        }
        for (index, account) in venue.accounts.iter().enumerate() {
            build.path = format!("venue.accounts.{index}");
            build.account(account);
        }
        for (index, instrument) in venue.instruments.iter().enumerate() {
            build.path = format!("venue.instruments.{index}");
            build.makers(instrument);
        }
        for (index, row) in venue.sessions.iter().enumerate() {
            build.path = format!("venue.sessions.{index}");
            row.each().for_each(|session| build.session(&session));
        }
        if build.found.is_empty() {
            Ok(build.out)
        } else {
            Err(Findings { errors: build.found, warnings: Vec::new() })
        }
    }

    /// The first command.
    pub(super) fn genesis(&self, birth: &Birth) -> Genesis {
        let capacity = &self.config.core.capacity;
        let rules = &self.config.venue.rules;
        let ns = |ms: u32| u64::from(ms) * 1_000_000;
        Genesis {
            venue: birth.venue,
            seed: birth.seed,
            logic_version: birth.logic_version,
            instruments_max: capacity.instruments_max,
            firms_max: capacity.firms_max,
            accounts_max: capacity.accounts_max,
            sessions_max: capacity.sessions_max,
            orders_max: capacity.orders_max,
            positions_max: capacity.positions_max,
            pages_max: capacity.pages_max,
            closed_orders_max: capacity.closed_orders_max,
            hash_interval: rules.hash_interval,
            sending_time_ahead_ns: ns(rules.sending_time_ahead_ms),
            sending_time_window_ns: ns(rules.sending_time_window_ms),
            logon_window_ns: ns(rules.logon_window_ms),
            ..Genesis::default()
        }
    }
}

pub(super) struct Build<'a> {
    loaded: &'a Loaded,
    /// Where the item at hand stands.
    path: String,
    out: Vec<(String, Command)>,
    found: Vec<Problem>,
}

impl Build<'_> {
    pub(super) fn push<B: pinion_types::command::KindOf>(&mut self, body: &B) {
        self.push_of(SessionId(0), body);
    }

    fn push_of<B: pinion_types::command::KindOf>(&mut self, session: SessionId, body: &B) {
        self.out.push((self.path.clone(), Command::new(session, 0, body)));
    }

    /// The value, or a problem with the field `key` of the item at hand.
    fn fits<T: Default>(&mut self, key: &str, value: Option<T>, what: &str) -> T {
        value.unwrap_or_else(|| {
            let (file, line) = self.loaded.place(&format!("{}.{key}", self.path));
            let message = format!("{key} does not fit {what}");
            self.found.push(Problem { file, line, message });
            T::default()
        })
    }

    fn firm(&mut self, firm: &Firm) {
        self.push(&FirmDef {
            firm: FirmId(firm.id),
            name: Chars::new(&firm.name),
            actor: Chars::new(ACTOR),
            ..FirmDef::default()
        });
        if let Some(limits) = &firm.limits {
            self.limits("limits", Scope::Firm, firm.id, 0, limits);
        }
    }

    fn instrument(&mut self, def: &Instrument) {
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let body = InstrumentDef {
            symbol: Chars::new(&def.symbol),
            currency: Chars::new(&def.currency),
            instrument: InstrumentId(def.id),
            tick: self.px("tick", def.tick),
            lot: Qty(def.lot),
            qty_min: Qty(def.qty_min),
            qty_max: Qty(def.qty_max),
            px_min: self.px("px_min", def.px_min),
            px_max: self.px("px_max", def.px_max),
            multiplier: self.px("multiplier", def.multiplier),
            notional_min: self.money("notional_min", def.notional_min),
            notional_max: self.money("notional_max", def.notional_max),
            protection_ticks: def.protection_ticks,
            collar_ticks: def.collar_ticks,
            collar_bps: def.collar_bps,
            state: def.state.into(),
            flags: flag(def.market_rests, instrument_flags::MARKET_RESTS)
                | flag(def.px_may_be_negative, instrument_flags::PX_MAY_BE_NEGATIVE),
            minor_digits: super::check::minor_digits(&def.currency).unwrap_or(0),
            actor: Chars::new(ACTOR),
            ..InstrumentDef::default()
        };
        self.push(&body);
        self.guards(def);
        self.allocation(def);
        if def.settlement_px != Money::default() {
            let px = self.px("settlement_px", def.settlement_px);
            self.push(&Mark {
                instrument: InstrumentId(def.id),
                kind: MarkKind::Settlement.into(),
                px,
                actor: Chars::new(ACTOR),
                ..Mark::default()
            });
        }
    }

    /// Guards and bands of an instrument. Bands come one by one: the reconciler knows them as a
    /// whole.
    fn guards(&mut self, def: &Instrument) {
        self.push(&InstrumentRules {
            instrument: InstrumentId(def.id),
            elections_max: def.elections_max,
            tranches_max: def.tranches_max,
            display_min_bps: def.display_min_bps,
            range_bps: def.range_bps,
            window_ms: def.window_ms,
            auction_ms: def.auction_ms,
            auction_random_ms: def.auction_random_ms,
            mark_age_ms: def.mark_age_ms,
            margin_initial_bps: def.margin_initial_bps,
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..InstrumentRules::default()
        });
        for (index, band) in def.tick_bands.iter().enumerate() {
            let body = TickBand {
                instrument: InstrumentId(def.id),
                from_px: self.px(&format!("tick_bands.{index}.from_px"), band.from_px),
                tick: self.px(&format!("tick_bands.{index}.tick"), band.tick),
                actor: Chars::new(ACTOR),
                reason: Chars::new(REASON),
                ..TickBand::default()
            };
            self.push(&body);
        }
    }

    fn account(&mut self, account: &Account) {
        let body = AccountDef {
            account: AccountId(account.id),
            firm: FirmId(account.firm),
            stp_group: account.stp_group,
            maker_fee: self.rate("maker_fee", account.maker_fee),
            taker_fee: self.rate("taker_fee", account.taker_fee),
            kind: account.kind.into(),
            stp_mode: account.stp_mode.into(),
            name: Chars::new(&account.name),
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..AccountDef::default()
        };
        self.push(&body);
        if let Some(limits) = &account.limits {
            self.limits("limits", Scope::Account, account.id, 0, limits);
        }
        for (index, one) in account.instrument_limits.iter().enumerate() {
            let key = format!("instrument_limits.{index}.limits");
            self.limits(&key, Scope::Account, account.id, one.instrument, &one.limits);
        }
        for rights in &account.rights {
            self.rights(account.id, rights);
        }
        for deposit in &account.cash {
            self.push(&CashMove {
                account: AccountId(account.id),
                currency: Chars::new(&deposit.currency),
                amount: deposit.amount.amount(),
                actor: Chars::new(ACTOR),
                reason: Chars::new("opening balance"),
                ..CashMove::default()
            });
        }
        // Behind the cash: losses count from there.
        if let Some(risk) = &account.risk {
            self.risk(account.id, risk);
        }
    }

    fn limits(&mut self, key: &str, scope: Scope, id: u32, instrument: u32, limits: &Limits) {
        let bound = |bound: Bound<u64>| match bound {
            Bound::At(value) => value,
            Bound::Unlimited => UNLIMITED,
        };
        let short = |bound: Bound<u32>| match bound {
            Bound::At(value) => value,
            Bound::Unlimited => UNLIMITED_32,
        };
        let mut money = |name: &str, bound: Bound<LimitMoney>| match bound {
            Bound::At(value) => self.money(&format!("{key}.{name}"), value),
            Bound::Unlimited => UNLIMITED,
        };
        let body = LimitsSet {
            scope: scope.into(),
            id,
            instrument: InstrumentId(instrument),
            open_orders_max: short(limits.open_orders_max),
            order_qty_max: bound(limits.order_qty_max),
            order_notional_max: money("order_notional_max", limits.order_notional_max),
            long_max: bound(limits.long_max),
            short_max: bound(limits.short_max),
            gross_max: money("gross_max", limits.gross_max),
            open_notional_max: money("open_notional_max", limits.open_notional_max),
            collar_bps: short(limits.collar_bps),
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..LimitsSet::default()
        };
        self.push(&body);
    }

    fn session(&mut self, session: &Session) {
        let id = SessionId(session.id);
        let body = SessionDef {
            firm: FirmId(session.firm),
            cod_window_ms_max: session.cod_window_ms_max,
            keep_alive_ms_min: session.keep_alive_ms_min,
            keep_alive_ms_max: session.keep_alive_ms_max,
            rate_per_second: session.rate_per_second,
            rate_burst: session.rate_burst,
            cancel_rate_per_second: session.cancel_rate_per_second,
            cancel_rate_burst: session.cancel_rate_burst,
            throttle_logout: session.throttle_logout,
            role: session.role.into(),
            cod_type: session.cod_type.into(),
            name: Chars::new(&session.name),
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..SessionDef::default()
        };
        self.push_of(id, &body);
        for &account in &session.accounts {
            let body = SessionAccount {
                account: AccountId(account),
                allowed: 1,
                actor: Chars::new(ACTOR),
                reason: Chars::new(REASON),
                ..SessionAccount::default()
            };
            self.push_of(id, &body);
        }
        if let Some(limits) = &session.limits {
            self.level(Scope::Session, session.id, limits);
        }
    }

    fn px(&mut self, key: &str, value: Money) -> Px {
        self.fits(key, value.px(), "a price: at most 92,233,720,368")
    }

    pub(super) fn money(&mut self, key: &str, value: LimitMoney) -> u64 {
        // All ones means "unlimited", so that a number may not say it by accident.
        let fits = u64::try_from(value.units()).ok().filter(|&units| units != UNLIMITED);
        self.fits(key, fits, "a limit: from 0 to 1,844,674,407,370,955")
    }

    fn rate(&mut self, key: &str, value: FeeRate) -> i32 {
        let fits = i32::try_from(value.units()).ok().filter(|units| units.abs() <= 1_000_000);
        self.fits(key, fits, "a fee: a fraction from -1 to 1")
    }
}
