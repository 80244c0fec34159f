//! Blocks at every level, and what they cancel (rule R20).

use pinion_types::codes::RawScope;
use pinion_types::{RejectCode, Scope, SessionId};

use crate::engine::Engine;

impl Engine {
    /// Blocks or releases a scope; [`RejectCode::UnknownTarget`] where there is none such.
    pub(crate) fn set_block(
        &mut self,
        scope: RawScope,
        id: u32,
        is_blocked: bool,
    ) -> Result<Scope, RejectCode> {
        let scope = scope.get().ok_or(RejectCode::BadValue)?;
        let index = id.wrapping_sub(1) as usize;
        let unknown = RejectCode::UnknownTarget;
        let own_before = self.own_hash();
        match scope {
            Scope::Global if id == 0 => self.is_blocked = is_blocked,
            Scope::Global => return Err(RejectCode::BadValue),
            Scope::Session => {
                self.sessions.get(SessionId(id)).ok_or(unknown)?;
                self.session_blocks[id as usize] = is_blocked;
            }
            Scope::Firm => {
                let firm = self.firms.get_mut(index).filter(|it| it.is_defined).ok_or(unknown)?;
                let before = firm.hash();
                firm.is_blocked = is_blocked;
                self.hash = self.hash.wrapping_sub(before).wrapping_add(firm.hash());
            }
            Scope::Account => {
                let place = self.accounts.get_mut(index);
                let account = place.filter(|it| it.is_defined).ok_or(unknown)?;
                let before = account.hash();
                account.is_blocked = is_blocked;
                self.hash = self.hash.wrapping_sub(before).wrapping_add(account.hash());
            }
            Scope::Instrument => {
                let place = self.instruments.get_mut(index);
                let instrument = place.filter(|it| it.is_defined()).ok_or(unknown)?;
                let before = instrument.hash();
                instrument.is_blocked = is_blocked;
                self.hash = self.hash.wrapping_sub(before).wrapping_add(instrument.hash());
            }
        }
        let own_moved = self.own_hash().wrapping_sub(own_before);
        self.hash = self.hash.wrapping_add(own_moved);
        Ok(scope)
    }
}
