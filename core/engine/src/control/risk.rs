//! Loss limits, rates and permissions of accounts; limits of sessions and of the venue.

use pinion_types::command::{
    AccountPermission, AccountRisk, LimitsSet, account_flags, side_bits, type_bits,
};
use pinion_types::text::Spare;
use pinion_types::{AccountId, RejectCode, Scope, SessionId};

use crate::book::NONE;
use crate::engine::{Context, Engine};
use crate::tables::{Permit, levels};

impl Engine {
    /// Loss limits and rates of an account; it is judged by them at once.
    pub(super) fn set_account_risk(
        &mut self,
        cx: &Context,
        body: &AccountRisk,
    ) -> Result<(), RejectCode> {
        let account = self.known_account(body.account)?;
        let is_bad = body.flags & !account_flags::ALL != 0
            || body.spare != 0
            || body.spare2 != Spare([0; 3]);
        if is_bad {
            return Err(RejectCode::BadValue);
        }
        let id = u64::from(account) + 1;
        let ledger = &mut self.ledgers[account as usize];
        let was_watched = ledger.is_watched();
        let before = ledger.risk_hash(id).wrapping_add(ledger.hash(id));
        ledger.set(body, cx.now);
        let begins = ledger.is_watched() && !was_watched;
        let moved = ledger.risk_hash(id).wrapping_add(ledger.hash(id)).wrapping_sub(before);
        self.hash = self.hash.wrapping_add(moved);
        self.renew_watch(account);
        if begins {
            self.begin_losses(account);
        }
        self.touch(account);
        Ok(())
    }

    /// Sides and types an account may trade, everywhere or in one instrument.
    pub(super) fn set_permission(&mut self, body: &AccountPermission) -> Result<(), RejectCode> {
        let account = self.known_account(body.account)?;
        if body.instrument.0 != 0 && !self.is_instrument(body.instrument) {
            return Err(RejectCode::UnknownTarget);
        }
        let is_bad = body.sides & !side_bits::ALL != 0
            || body.types & !type_bits::ALL != 0
            || body.spare != [0; 6]
            || body.spare2 != Spare([0; 7]);
        if is_bad {
            return Err(RejectCode::BadValue);
        }
        let permit = Some(Permit { sides: body.sides, types: body.types });
        if body.instrument.0 == 0 {
            let id = u64::from(account) + 1;
            let ledger = &mut self.ledgers[account as usize];
            let before = ledger.risk_hash(id);
            ledger.permit = permit;
            let moved = ledger.risk_hash(id).wrapping_sub(before);
            self.hash = self.hash.wrapping_add(moved);
        } else {
            let slot = self.position_for(account, body.instrument.0 - 1)?;
            let position = self.positions.at_mut(slot);
            let before = position.permit_hash();
            position.permit = permit;
            let moved = position.permit_hash().wrapping_sub(before);
            self.hash = self.hash.wrapping_add(moved);
            self.ledgers[account as usize].has_permits = true;
        }
        self.renew_watch(account);
        Ok(())
    }

    /// Limits of a session or of the venue (R23).
    pub(super) fn set_level_limits(&mut self, body: &LimitsSet) -> Result<(), RejectCode> {
        let limits = levels::read(body)?;
        let is_session = body.scope.get() == Some(Scope::Session);
        if !is_session && body.id != 0 {
            return Err(RejectCode::BadValue);
        }
        if is_session && self.sessions.get(SessionId(body.id)).is_none() {
            return Err(RejectCode::UnknownTarget);
        }
        let moved = self.levels.set(body.id, limits);
        self.hash = self.hash.wrapping_add(moved);
        self.renew_levels();
        Ok(())
    }

    /// Margins in an instrument begin, change or end for everyone who trades it.
    pub(super) fn renew_margins(&mut self, instrument: usize) {
        let mut slot = self.instruments[instrument].positions;
        while slot != NONE {
            let (account, next) = {
                let position = self.positions.at(slot);
                (position.account, position.next_of_instrument)
            };
            self.renew_watch(account);
            slot = next;
        }
    }

    /// The account's may-only-reduce state ends: its losses count from now on.
    pub(super) fn end_close_only(&mut self, account: AccountId) {
        let index = account.0.wrapping_sub(1);
        if self.ledgers.get(index as usize).is_some_and(|it| it.close_only != 0) {
            self.change_ledger(index, |it| it.close_only = 0);
            self.begin_losses(index);
            self.renew_watch(index);
        }
    }

    pub(super) fn known_account(&self, account: AccountId) -> Result<u32, RejectCode> {
        let index = account.0.wrapping_sub(1);
        let place = self.accounts.get(index as usize).filter(|it| it.is_defined);
        place.map(|_| index).ok_or(RejectCode::UnknownTarget)
    }
}
