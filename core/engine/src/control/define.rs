//! Definitions: firms, instruments, accounts, sessions, limits. Refused, they change nothing.

use pinion_types::command::{
    AccountDef, FirmDef, InstrumentDef, LimitsSet, SessionAccount, SessionDef,
};
use pinion_types::text::Spare;
use pinion_types::{RejectCode, Scope, StpMode};

use crate::book::NONE;
use crate::engine::{Context, Engine};
use crate::tables::{Caps, Instrument, Limits, OWN_GROUP};

/// Highest fee, either way: the whole value.
const FEE_MAX: u32 = 1_000_000;

impl Engine {
    pub(super) fn define_firm(&mut self, body: &FirmDef) -> Result<(), RejectCode> {
        if body.firm.0 == 0 || body.spare != 0 || body.spare2 != Spare([0; 5]) {
            return Err(RejectCode::BadValue);
        }
        let index = body.firm.0 as usize - 1;
        let firm = self.firms.get_mut(index).ok_or(RejectCode::TableFull)?;
        let before = firm.hash();
        firm.definition = *body;
        firm.is_defined = true;
        self.hash = self.hash.wrapping_sub(before).wrapping_add(firm.hash());
        Ok(())
    }

    pub(super) fn define_instrument(&mut self, body: &InstrumentDef) -> Result<(), RejectCode> {
        if body.instrument.0 == 0 {
            return Err(RejectCode::BadValue);
        }
        let index = body.instrument.0 as usize - 1;
        let instrument = self.instruments.get(index).ok_or(RejectCode::TableFull)?;
        let old = instrument.definition;
        let is_same = old.tick == body.tick
            && old.lot == body.lot
            && old.multiplier == body.multiplier
            && old.currency == body.currency
            && old.minor_digits == body.minor_digits;
        if instrument.positions != NONE && !is_same {
            return Err(RejectCode::BadValue);
        }
        let known = self.cash.currency(body.currency);
        if known.is_none() && self.cash.currencies_are_full() {
            return Err(RejectCode::TableFull);
        }
        let hash = |it: &Instrument| it.hash().wrapping_add(it.prices_hash());
        let before = hash(instrument);
        // A definition that is refused must not leave a currency behind.
        let (mut defined, is_defined) = (*instrument, instrument.is_defined());
        if old.tick != body.tick {
            defined.forget_prices();
        }
        defined.define(body, 0)?;
        defined.forget_far_prices();
        defined.currency = self.cash.make_currency(body.currency).ok_or(RejectCode::TableFull)?;
        self.hash = self.hash.wrapping_sub(before).wrapping_add(hash(&defined));
        self.instruments[index] = defined;
        if is_defined && old.lot != body.lot {
            self.forget_shared_quantities(index);
        }
        self.note_book(index as u32);
        Ok(())
    }

    pub(super) fn define_account(&mut self, body: &AccountDef) -> Result<(), RejectCode> {
        let out_of_range = body.account.0 == 0
            || body.kind.get().is_none()
            || (body.stp_mode.0 != 0 && body.stp_mode.get().is_none())
            || body.stp_group >= OWN_GROUP
            || body.maker_fee.unsigned_abs() > FEE_MAX
            || body.taker_fee.unsigned_abs() > FEE_MAX
            || body.spare != [0; 2]
            || body.spare2 != Spare([0; 5]);
        if out_of_range {
            return Err(RejectCode::BadValue);
        }
        let firm = body.firm.0.wrapping_sub(1);
        if !self.firms.get(firm as usize).is_some_and(|it| it.is_defined) {
            return Err(RejectCode::UnknownTarget);
        }
        let index = body.account.0 as usize - 1;
        let account = self.accounts.get_mut(index).ok_or(RejectCode::TableFull)?;
        if account.is_defined && account.firm != firm {
            return Err(RejectCode::BadValue);
        }
        let before = account.hash();
        let old_group = if account.is_defined { account.definition.stp_group } else { 0 };
        account.is_defined = true;
        account.firm = firm;
        let own = OWN_GROUP | body.account.0;
        account.group = if body.stp_group == 0 { own } else { body.stp_group };
        account.stp_mode = body.stp_mode.get().unwrap_or(StpMode::None);
        account.maker_fee = body.maker_fee;
        account.taker_fee = body.taker_fee;
        account.definition = *body;
        self.hash = self.hash.wrapping_sub(before).wrapping_add(account.hash());
        if old_group != 0 {
            self.groups.remove(firm, old_group);
        }
        if body.stp_group != 0 {
            self.groups.add(firm, body.stp_group);
        }
        self.renew_caps(index);
        self.renew_watch(index as u32);
        Ok(())
    }

    pub(super) fn define_session(
        &mut self,
        cx: &Context,
        body: &SessionDef,
    ) -> Result<(), RejectCode> {
        let firm = body.firm.0.wrapping_sub(1);
        if !self.firms.get(firm as usize).is_some_and(|it| it.is_defined) {
            return Err(RejectCode::UnknownTarget);
        }
        self.sessions.define(cx.now, cx.session, body)
    }

    /// An account for a session: both are defined, and of one firm.
    pub(super) fn allow_account(
        &mut self,
        cx: &Context,
        body: &SessionAccount,
    ) -> Result<(), RejectCode> {
        let unknown = RejectCode::UnknownTarget;
        let session = self.sessions.get(cx.session).ok_or(unknown)?;
        let place = self.accounts.get(body.account.0.wrapping_sub(1) as usize);
        let account = place.filter(|it| it.is_defined).ok_or(unknown)?;
        if session.firm().0 != account.firm + 1 && body.allowed == 1 {
            return Err(RejectCode::BadValue);
        }
        self.sessions.set_account(cx.session, body)
    }

    pub(super) fn set_limits(&mut self, body: &LimitsSet) -> Result<(), RejectCode> {
        let limits = Limits::read(body)?;
        let index = body.id.wrapping_sub(1) as usize;
        match body.scope.get() {
            Some(Scope::Firm) if body.instrument.0 == 0 => {
                let place = self.firms.get_mut(index).filter(|it| it.is_defined);
                let firm = place.ok_or(RejectCode::UnknownTarget)?;
                let before = firm.hash();
                firm.limit(limits);
                self.hash = self.hash.wrapping_sub(before).wrapping_add(firm.hash());
                for account in 0..self.accounts.len() {
                    if self.accounts[account].is_defined
                        && self.accounts[account].firm as usize == index
                    {
                        self.renew_caps(account);
                    }
                }
                Ok(())
            }
            Some(Scope::Account) => {
                let place = self.accounts.get_mut(index).filter(|it| it.is_defined);
                let account = place.ok_or(RejectCode::UnknownTarget)?;
                if body.instrument.0 != 0 {
                    return self.set_position_limits(index as u32, body, limits);
                }
                let before = account.hash();
                account.limit(limits);
                self.hash = self.hash.wrapping_sub(before).wrapping_add(account.hash());
                self.renew_caps(index);
                Ok(())
            }
            Some(Scope::Session | Scope::Global) => self.set_level_limits(body),
            _ => Err(RejectCode::BadValue),
        }
    }

    /// Limits of an account in one instrument; they need a position to stand in.
    fn set_position_limits(
        &mut self,
        account: u32,
        body: &LimitsSet,
        limits: Limits,
    ) -> Result<(), RejectCode> {
        if !self.is_instrument(body.instrument) {
            return Err(RejectCode::UnknownTarget);
        }
        let slot = self.position_for(account, body.instrument.0 - 1)?;
        let position = self.positions.at_mut(slot);
        let before = position.limits_hash();
        position.limits = limits;
        position.load.limit(&limits);
        self.hash = self.hash.wrapping_sub(before).wrapping_add(position.limits_hash());
        self.renew_caps(account as usize);
        Ok(())
    }

    /// The position of an account in an instrument, made where it is new.
    pub(super) fn position_for(
        &mut self,
        account: u32,
        instrument: u32,
    ) -> Result<u32, RejectCode> {
        match self.positions.find(account, instrument) {
            Some(slot) => Ok(slot),
            None if self.has_room_for_position(account, instrument) => {
                Ok(self.make_position(account, instrument))
            }
            None => Err(RejectCode::TableFull),
        }
    }

    /// Renews the tightest limits of an account and all its positions.
    fn renew_caps(&mut self, index: usize) {
        let account = &mut self.accounts[index];
        let firm = &self.firms[account.firm as usize];
        account.caps = Caps::tightest([&firm.limits, &account.limits, &Limits::NONE]);
        let mut slot = account.positions;
        while slot != NONE {
            let position = self.positions.at_mut(slot);
            position.caps = Caps::tightest([&firm.limits, &account.limits, &position.limits]);
            slot = position.next_of_account;
        }
    }

    /// Whether [`Engine::make_position`] has the room it needs.
    pub(crate) fn has_room_for_position(&self, account: u32, instrument: u32) -> bool {
        let currency = self.instruments[instrument as usize].currency;
        let head = self.accounts[account as usize].cash;
        !self.positions.is_full()
            && (!self.cash.is_full() || self.cash.find(head, currency).is_some())
    }

    /// A position for an account in an instrument, and cash in its currency.
    pub(crate) fn make_position(&mut self, account: u32, instrument: u32) -> u32 {
        let currency = self.instruments[instrument as usize].currency;
        let holder = &mut self.accounts[account as usize];
        let cash = self
            .cash
            .find(holder.cash, currency)
            .or_else(|| self.cash.insert(&mut holder.cash, account, currency));
        assert!(cash.is_some(), "room is checked before");
        let caps = holder.caps;
        let slot = self.positions.insert(account, instrument, cash.unwrap_or(NONE), caps);
        let traded = &mut self.instruments[instrument as usize];
        let position = self.positions.at_mut(slot);
        position.next_of_account = core::mem::replace(&mut holder.positions, slot);
        position.next_of_instrument = core::mem::replace(&mut traded.positions, slot);
        self.hash = self.hash.wrapping_add(position.limits_hash());
        if traded.has_margin() {
            self.renew_watch(account);
        }
        slot
    }
}
