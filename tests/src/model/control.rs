//! Definitions, limits, cash, marks, states, kills and days.

use pinion_types::codes::{CancelReason, KillAction, MarkKind, RawScope, Scope, TimeInForce};
use pinion_types::command::{
    AccountDef, Allocation, AllocationAlgorithm, CashMove, DayRoll, FirmDef, InstrumentDef,
    InstrumentRules, Kill, LimitsSet, Mark, Release, SessionAccount, SessionDef, UNLIMITED,
    UNLIMITED_32, instrument_flags,
};
use pinion_types::event::ControlDone;
use pinion_types::text::Chars;
use pinion_types::units::PX_ONE;
use pinion_types::{CommandRef, Qty, RejectCode};

use super::Model;
use super::auction::Cross;
use super::changes::limits_changed;
use super::tables::{Account, Bucket, Firm, Instrument, Link, Order, Session};

/// Currencies at most.
const CURRENCIES_MAX: usize = 32;

/// Highest fee, either way: the whole value.
const FEE_MAX: u32 = 1_000_000;

/// Largest amount of cash that comes from outside, in 1e-8.
const CASH_MAX: u128 = 1 << 120;

/// Done with so many orders canceled, or why not.
pub(super) type Done = Result<u64, RejectCode>;

impl Model {
    pub(super) fn control(&mut self, command: CommandRef<'_>) {
        let answer = answer(command, self.header.session.0);
        let allowed = self.header.source.0 <= 1;
        let was_blocked = self.was_blocked(command);
        let done = if allowed { self.controlled(command) } else { Err(RejectCode::RoleForbids) };
        self.say_of(
            0,
            &ControlDone {
                affected_count: done.unwrap_or(0),
                code: done.err().map(Into::into).unwrap_or_default(),
                command: self.header.kind,
                was_blocked: u8::from(done.is_ok() && was_blocked),
                ..answer
            },
        );
    }

    fn controlled(&mut self, command: CommandRef<'_>) -> Done {
        match command {
            CommandRef::FirmDef(body) => self.define_firm(body),
            CommandRef::InstrumentDef(body) => self.define_instrument(body),
            CommandRef::AccountDef(body) => self.define_account(body),
            CommandRef::SessionDef(body) => self.define_session(body),
            CommandRef::SessionAccount(body) => self.allow(body),
            CommandRef::LimitsSet(body) => self.set_limits(body),
            CommandRef::CashMove(body) => self.move_cash(body),
            CommandRef::Mark(body) => self.mark(body),
            CommandRef::StateChange(body) => self.change_state(body),
            CommandRef::Schedule(body) => self.schedule(body),
            CommandRef::Kill(body) => self.kill(body),
            CommandRef::Release(body) => self.release(body),
            CommandRef::InstrumentRules(body) => self.set_rules(body),
            CommandRef::TickBand(body) => self.add_band(body),
            CommandRef::AccountRisk(body) => self.set_risk(body),
            CommandRef::AccountPermission(body) => self.permit(body),
            CommandRef::Allocation(body) => self.set_allocation(body),
            CommandRef::MakerShare(body) => self.set_maker(body),
            CommandRef::TradeCorrect(body) => self.correct(body),
            _ => Err(RejectCode::BadValue),
        }
    }

    fn define_firm(&mut self, body: &FirmDef) -> Done {
        bad_if(body.spare != 0)?;
        in_table(body.firm.0, self.genesis.firms_max)?;
        self.firms.entry(body.firm.0).or_insert(Firm { blocked: false, limits: None });
        Ok(0)
    }

    fn define_instrument(&mut self, body: &InstrumentDef) -> Done {
        in_table(body.instrument.0, self.genesis.instruments_max)?;
        let fixed = |def: &InstrumentDef| {
            (def.tick, def.lot, def.multiplier, def.currency, def.minor_digits)
        };
        let known = self.instruments.get(&body.instrument.0).map(|it| it.def);
        if known.is_some_and(|def| fixed(&def) != fixed(body)) {
            bad_if(self.positions.keys().any(|(_, it)| *it == body.instrument.0))?;
        }
        let currency = body.currency.0;
        let full = !self.moved.contains_key(&currency) && self.moved.len() >= CURRENCIES_MAX;
        if full {
            return Err(RejectCode::TableFull);
        }
        bad_if(!is_instrument_well(body))?;
        let state = body.state.get().ok_or(RejectCode::BadValue)?;
        self.moved.entry(currency).or_default();
        let known = self.instruments.entry(body.instrument.0).or_insert(Instrument {
            def: *body,
            state,
            blocked: false,
            last_px: None,
            mark: None,
            settlement: None,
            mark_at: 0,
            rules: InstrumentRules::default(),
            trades: Vec::new(),
            told: Cross::default(),
            reopens: None,
            bands: Vec::new(),
            allocation: Allocation {
                algorithm: AllocationAlgorithm::Fifo.into(),
                ..Allocation::default()
            },
            makers: Vec::new(),
            tops: [None; 2],
        });
        // Prices of another tick mean nothing.
        if known.def.tick != body.tick {
            (known.last_px, known.mark, known.settlement) = (None, None, None);
            known.trades.clear();
            known.bands.clear();
        }
        if known.def.lot != body.lot {
            let allocation = &mut known.allocation;
            let quantities =
                [&mut allocation.pro_rata_min, &mut allocation.top_min, &mut allocation.top_max];
            quantities.into_iter().for_each(|qty| *qty = Qty(0));
        }
        known.def = *body;
        // Nor do those that another value of a tick puts out of range.
        let (tick, ticks_max) = (i128::from(body.tick.0), known.ticks_max());
        let fits = |px: &i64| i128::from(*px).abs() / tick <= ticks_max;
        known.last_px = known.last_px.filter(fits);
        known.mark = known.mark.filter(fits);
        known.settlement = known.settlement.filter(fits);
        Ok(0)
    }

    fn define_account(&mut self, body: &AccountDef) -> Done {
        bad_if(body.account.0 == 0 || body.kind.get().is_none())?;
        bad_if(body.stp_mode.0 != 0 && body.stp_mode.get().is_none())?;
        let fees = [body.maker_fee, body.taker_fee];
        bad_if(body.stp_group >= 1 << 31 || fees.iter().any(|fee| fee.unsigned_abs() > FEE_MAX))?;
        bad_if(body.spare != [0; 2] || body.spare2.0 != [0; 5])?;
        known(self.firms.contains_key(&body.firm.0))?;
        in_table(body.account.0, self.genesis.accounts_max)?;
        if let Some(account) = self.accounts.get(&body.account.0) {
            bad_if(account.def.firm != body.firm)?;
        }
        let account = self.accounts.entry(body.account.0).or_insert(Account {
            def: *body,
            blocked: false,
            limits: LimitsSet::default(),
            risk: None,
            bucket: None,
            start: 0,
            peak: 0,
            told: [0; 2],
            close_only: [false; 2],
        });
        account.def = *body;
        Ok(0)
    }

    fn define_session(&mut self, body: &SessionDef) -> Done {
        let id = self.header.session.0;
        known(self.firms.contains_key(&body.firm.0))?;
        known(id > 0)?;
        in_table(id, self.genesis.sessions_max)?;
        let role = body.role.get().ok_or(RejectCode::BadValue)?;
        let cod_type = body.cod_type.get().ok_or(RejectCode::BadValue)?;
        bad_if(body.keep_alive_ms_min == 0 || body.keep_alive_ms_min > body.keep_alive_ms_max)?;
        bad_if(self.sessions.get(&id).is_some_and(|it| it.def.firm != body.firm))?;
        let now = self.now;
        if let Some(session) = self.sessions.get_mut(&id) {
            session.bucket.refill(session.def.rate_per_second, session.def.rate_burst, now);
            let most = Bucket::full(body.rate_burst, now).level;
            session.bucket.level = session.bucket.level.min(most);
            session.throttled = session.throttled.min(body.throttle_logout);
            (session.def, session.role) = (*body, role);
            return Ok(0);
        }
        self.sessions.insert(
            id,
            Session {
                def: *body,
                role,
                accounts: Vec::new(),
                blocked: false,
                limits: None,
                link: Link::Free,
                version: 0,
                last_logon: 0,
                cod_type,
                cod_window_ms: 0,
                due: None,
                last_in: 0,
                last_out: 0,
                cl_ord_id: 0,
                bucket: Bucket::full(body.rate_burst, now),
                throttled: 0,
                cuts: Default::default(),
            },
        );
        Ok(0)
    }

    fn allow(&mut self, body: &SessionAccount) -> Done {
        let session = self.sessions.get(&self.header.session.0).ok_or(RejectCode::UnknownTarget)?;
        let account = self.accounts.get(&body.account.0).ok_or(RejectCode::UnknownTarget)?;
        bad_if(body.allowed > 1)?;
        bad_if(body.allowed == 1 && session.def.firm != account.def.firm)?;
        let session = self.session_mut().expect("it is known");
        session.accounts.retain(|id| *id != body.account.0);
        if body.allowed == 1 {
            session.accounts.push(body.account.0);
        }
        Ok(0)
    }

    fn set_limits(&mut self, body: &LimitsSet) -> Done {
        bad_if(body.spare != [0; 3] || body.spare2 != 0)?;
        let old = match (body.scope.get(), body.instrument.0) {
            (Some(Scope::Firm), 0) => {
                let firm = self.firms.get_mut(&body.id).ok_or(RejectCode::UnknownTarget)?;
                firm.limits.replace(*body)
            }
            (Some(Scope::Account), 0) => {
                let account = self.accounts.get_mut(&body.id).ok_or(RejectCode::UnknownTarget)?;
                Some(std::mem::replace(&mut account.limits, *body))
            }
            (Some(Scope::Account), instrument) => {
                known(self.accounts.contains_key(&body.id))?;
                known(self.instruments.contains_key(&instrument))?;
                // They stand in a position.
                if !self.has_position_room((body.id, instrument)) {
                    return Err(RejectCode::TableFull);
                }
                self.make_position(body.id, instrument);
                self.narrow.insert((body.id, instrument), *body)
            }
            (Some(Scope::Session), 0) => {
                bad_if(!is_narrowest(body))?;
                let session = self.sessions.get_mut(&body.id).ok_or(RejectCode::UnknownTarget)?;
                session.limits.replace(*body)
            }
            (Some(Scope::Global), 0) => {
                bad_if(!is_narrowest(body) || body.id != 0)?;
                self.limits.replace(*body)
            }
            _ => return Err(RejectCode::BadValue),
        };
        self.say_of(0, &limits_changed(body, old));
        Ok(0)
    }

    fn move_cash(&mut self, body: &CashMove) -> Done {
        known(self.accounts.contains_key(&body.account.0))?;
        let (amount, currency) = (body.amount.get(), body.currency.0);
        bad_if(amount == 0 || body.currency.as_str().is_empty())?;
        let moved = *self.moved.get(&currency).ok_or(RejectCode::UnknownTarget)?;
        let key = (body.account.0, currency);
        let held = self.cash.get(&key).copied().unwrap_or(0);
        let sum = |to: i128| to.checked_add(amount).filter(|sum| sum.unsigned_abs() <= CASH_MAX);
        let sums = sum(0).and_then(|_| Some((sum(held)?, sum(moved)?)));
        let (held, moved) = sums.ok_or(RejectCode::ArithmeticOverflow)?;
        // One amount for every account and one for every position; those to come have theirs.
        let most = self.genesis.accounts_max as usize + self.positions.len();
        if !self.cash.contains_key(&key) && self.cash.len() >= most {
            return Err(RejectCode::TableFull);
        }
        self.cash.insert(key, held);
        self.first_cash.entry(key.0).or_insert(currency);
        self.moved.insert(currency, moved);
        self.shift(body.account.0, amount);
        Ok(0)
    }

    fn mark(&mut self, body: &Mark) -> Done {
        let kind = body.kind.get().ok_or(RejectCode::BadValue)?;
        bad_if(body.spare != [0; 3])?;
        let instrument =
            self.instruments.get_mut(&body.instrument.0).ok_or(RejectCode::UnknownTarget)?;
        bad_if(!instrument.may_be(body.px.0))?;
        match kind {
            MarkKind::Mark => {
                (instrument.mark, instrument.mark_at) = (Some(body.px.0), self.now);
            }
            MarkKind::Settlement => instrument.settlement = Some(body.px.0),
        }
        if kind == MarkKind::Mark || instrument.rules.margin_initial_bps > 0 {
            self.stir(body.instrument.0, false);
        }
        Ok(0)
    }

    fn kill(&mut self, body: &Kill) -> Done {
        let action = body.action.get().ok_or(RejectCode::BadValue)?;
        let scope = body.scope.get().ok_or(RejectCode::BadValue)?;
        *self.block(scope, body.id)? = true;
        if action == KillAction::Block {
            return Ok(0);
        }
        let accounts = self.accounts.clone();
        Ok(self.cancel_where(CancelReason::KillSwitch, |order: &Order| match scope {
            Scope::Global => true,
            Scope::Firm => accounts[&order.account].def.firm.0 == body.id,
            Scope::Account => order.account == body.id,
            Scope::Session => order.session == body.id,
            Scope::Instrument => order.instrument == body.id,
        }))
    }

    fn release(&mut self, body: &Release) -> Done {
        let scope = body.scope.get().ok_or(RejectCode::BadValue)?;
        *self.block(scope, body.id)? = false;
        if scope == Scope::Account {
            self.reopen(body.id);
        }
        Ok(0)
    }

    fn was_blocked(&mut self, command: CommandRef<'_>) -> bool {
        let (scope, id) = match command {
            CommandRef::Kill(body) => (body.scope, body.id),
            CommandRef::Release(body) => (body.scope, body.id),
            _ => return false,
        };
        scope.get().is_some_and(|scope| self.block(scope, id).is_ok_and(|blocked| *blocked))
    }

    fn block(&mut self, scope: Scope, id: u32) -> Result<&mut bool, RejectCode> {
        let found = match scope {
            Scope::Global if id != 0 => return Err(RejectCode::BadValue),
            Scope::Global => Some(&mut self.blocked),
            Scope::Firm => self.firms.get_mut(&id).map(|it| &mut it.blocked),
            Scope::Account => self.accounts.get_mut(&id).map(|it| &mut it.blocked),
            Scope::Session => self.sessions.get_mut(&id).map(|it| &mut it.blocked),
            Scope::Instrument => self.instruments.get_mut(&id).map(|it| &mut it.blocked),
        };
        found.ok_or(RejectCode::UnknownTarget)
    }

    pub(super) fn day_roll(&mut self, body: &DayRoll) {
        if body.day <= self.day {
            return;
        }
        self.day = body.day;
        self.day_began = self.events;
        self.corrected.clear();
        self.cancel_where(CancelReason::Expired, |order| {
            order.tif == TimeInForce::Day || order.is_of_auction()
        });
        for session in self.sessions.values_mut() {
            session.cl_ord_id = 0;
        }
        self.begin_day();
    }
}

fn in_table(id: u32, max: u32) -> Done {
    match id {
        0 => Err(RejectCode::BadValue),
        id if id > max => Err(RejectCode::TableFull),
        _ => Ok(0),
    }
}

pub(super) fn known(is: bool) -> Done {
    if is { Ok(0) } else { Err(RejectCode::UnknownTarget) }
}

pub(super) fn bad_if(is: bool) -> Done {
    if is { Err(RejectCode::BadValue) } else { Ok(0) }
}

/// Limits that a session and the venue can have: of orders, not of positions.
fn is_narrowest(body: &LimitsSet) -> bool {
    let of_positions = [body.long_max, body.short_max, body.gross_max];
    of_positions == [UNLIMITED; 3] && body.collar_bps == UNLIMITED_32
}

/// Values of a definition that go together and fit the arithmetic.
fn is_instrument_well(body: &InstrumentDef) -> bool {
    let negative = body.flags & instrument_flags::PX_MAY_BE_NEGATIVE != 0;
    let product = i128::from(body.tick.0)
        .checked_mul(i128::from(body.lot.0))
        .and_then(|it| it.checked_mul(i128::from(body.multiplier.0)));
    let Some(product) = product else { return false };
    let ends = |min: u64, max: u64| max == 0 || min <= max;
    body.flags & !instrument_flags::ALL == 0
        && (body.spare, body.spare2.0, body.spare3.0) == (0, [0; 1], [0; 1])
        && body.tick.0 > 0
        && (1..=Qty::MAX.0).contains(&body.lot.0)
        && body.multiplier.0 > 0
        && body.minor_digits <= 8
        && body.qty_max <= Qty::MAX
        && ends(body.qty_min.0, body.qty_max.0)
        && ends(body.notional_min, body.notional_max)
        && (body.px_min.0 == 0 || body.px_max.0 == 0 || body.px_min <= body.px_max)
        && (negative || (body.px_min.0 >= 0 && body.px_max.0 >= 0))
        && !body.currency.as_str().is_empty()
        && product % i128::from(PX_ONE) == 0
        && product / i128::from(PX_ONE) <= 1 << 62
}

/// What the answer repeats of the request: its id, its level, who said so.
fn answer(command: CommandRef<'_>, session: u32) -> ControlDone {
    let of = |request_id: u64, scope: RawScope, id: u32, actor: Chars<16>| ControlDone {
        request_id,
        scope,
        id,
        actor,
        ..ControlDone::default()
    };
    let level = |scope: Scope| RawScope::from(scope);
    match command {
        CommandRef::FirmDef(body) => of(0, level(Scope::Firm), body.firm.0, body.actor),
        CommandRef::InstrumentDef(body) => {
            of(0, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::AccountDef(body) => of(0, level(Scope::Account), body.account.0, body.actor),
        CommandRef::SessionDef(body) => of(0, level(Scope::Session), session, body.actor),
        CommandRef::SessionAccount(body) => {
            of(body.request_id, level(Scope::Session), session, body.actor)
        }
        CommandRef::LimitsSet(body) => of(body.request_id, body.scope, body.id, body.actor),
        CommandRef::CashMove(body) => {
            of(body.request_id, level(Scope::Account), body.account.0, body.actor)
        }
        CommandRef::Mark(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::StateChange(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::Kill(body) => of(body.request_id, body.scope, body.id, body.actor),
        CommandRef::Release(body) => of(body.request_id, body.scope, body.id, body.actor),
        CommandRef::InstrumentRules(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::TickBand(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::Schedule(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::AccountRisk(body) => {
            of(body.request_id, level(Scope::Account), body.account.0, body.actor)
        }
        CommandRef::AccountPermission(body) => {
            of(body.request_id, level(Scope::Account), body.account.0, body.actor)
        }
        CommandRef::Allocation(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::MakerShare(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        CommandRef::TradeCorrect(body) => {
            of(body.request_id, level(Scope::Instrument), body.instrument.0, body.actor)
        }
        _ => of(0, level(Scope::Global), 0, Chars::default()),
    }
}
