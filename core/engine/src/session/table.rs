//! The table of sessions: definitions, accounts, numbers, hash.

use alloc::vec::Vec;

use pinion_types::command::{CommandHeader, Genesis, SessionAccount, SessionDef};
use pinion_types::{AccountId, ClOrdId, Event, MsgSeqNum, Nanos, RejectCode, SessionId};

use super::Emit;
use super::accounts::{Accounts, pair_hash};
use super::limits::Definition;
use super::state::{Counters, Session};
use crate::deadlines::Deadlines;
use crate::digest::moved;

/// Sessions at most: their states then hold 320 MiB.
const SESSIONS_MAX: u32 = 1 << 20;

/// Every session of the venue, by id from 1 to `sessions_max`.
pub struct Sessions {
    pub(super) sessions: Vec<Option<Session>>,
    accounts: Accounts,
    pub(super) deadlines: Deadlines,
    /// Largest difference of a logon's timestamp, in ns.
    pub(super) logon_window_ns: u64,
    /// Sum of what every session and every allowed pair adds.
    hash: u64,
}

impl Sessions {
    /// Room for as many sessions and accounts as `genesis` says; none is defined.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where that is more than 1,048,576 sessions, 8.6e9 pairs of session
    /// and account, or more than there is memory.
    pub fn new(genesis: &Genesis) -> Result<Self, RejectCode> {
        if genesis.sessions_max > SESSIONS_MAX {
            return Err(RejectCode::BadValue);
        }
        let mut sessions = Vec::new();
        sessions
            .try_reserve_exact(genesis.sessions_max as usize)
            .map_err(|_| RejectCode::BadValue)?;
        sessions.resize(genesis.sessions_max as usize, None);
        Ok(Sessions {
            sessions,
            accounts: Accounts::new(genesis.sessions_max, genesis.accounts_max)?,
            deadlines: Deadlines::new(genesis.sessions_max)?,
            logon_window_ns: genesis.logon_window_ns,
            hash: 0,
        })
    }

    /// Defines or changes a session. What it has done so far stays: numbers, connection, accounts;
    /// a new rate begins with what was gained under the old one. It keeps its firm, because its
    /// accounts are that firm's.
    ///
    /// # Errors
    /// [`RejectCode::UnknownTarget`] for session 0, [`RejectCode::TableFull`] for an id above
    /// `sessions_max`, [`RejectCode::BadValue`] for another firm and as [`Definition::read`] says.
    /// Nothing has changed then. Whether the firm exists is the engine's to know.
    pub fn define(
        &mut self,
        now: Nanos,
        id: SessionId,
        body: &SessionDef,
    ) -> Result<(), RejectCode> {
        let index = index(id).ok_or(RejectCode::UnknownTarget)?;
        let place = self.sessions.get_mut(index).ok_or(RejectCode::TableFull)?;
        let definition = Definition::read(body)?;
        let Some(known) = place else {
            let session = Session::new(id, definition, now);
            self.hash = self.hash.wrapping_add(session.hash(id));
            *place = Some(session);
            return Ok(());
        };
        if known.firm() != definition.firm {
            return Err(RejectCode::BadValue);
        }
        self.edit(id, |session| {
            let before = session.definition;
            session.counters.orders.change(before.orders, definition.orders, now);
            session.counters.cancels.change(before.cancels, definition.cancels, now);
            // A lower threshold counts from the next message, it does not end anyone by itself.
            let borne = u64::from(definition.throttle_logout);
            session.counters.throttled = session.counters.throttled.min(borne);
            session.definition = definition;
        });
        Ok(())
    }

    /// Allows or forbids the session an account. What it has working there stays.
    ///
    /// # Errors
    /// [`RejectCode::UnknownTarget`] where the session is not defined or the account cannot exist,
    /// [`RejectCode::BadValue`] where `allowed` is neither 0 nor 1. Nothing has changed then.
    pub fn set_account(&mut self, id: SessionId, body: &SessionAccount) -> Result<(), RejectCode> {
        if self.get(id).is_none() {
            return Err(RejectCode::UnknownTarget);
        }
        let allowed = match body.allowed {
            0 => false,
            1 => true,
            _ => return Err(RejectCode::BadValue),
        };
        let index = index(id).ok_or(RejectCode::UnknownTarget)?;
        if self.accounts.set(index, body.account, allowed)? {
            let pair = pair_hash(id, body.account);
            self.hash = match allowed {
                true => self.hash.wrapping_add(pair),
                false => self.hash.wrapping_sub(pair),
            };
        }
        Ok(())
    }

    /// The session, where it is defined.
    #[inline]
    #[must_use]
    pub fn get(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(index(id)?)?.as_ref()
    }

    /// Every defined session, in order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.iter_after(SessionId(0))
    }

    /// Every defined session above `after`, in order of ids.
    pub(super) fn iter_after(
        &self,
        after: SessionId,
    ) -> impl Iterator<Item = (SessionId, &Session)> {
        (1u32..)
            .zip(&self.sessions)
            .skip(after.0 as usize)
            .filter_map(|(id, session)| Some((SessionId(id), session.as_ref()?)))
    }

    /// Whether the session may trade the account. False for whatever does not exist.
    #[inline(always)]
    #[must_use]
    pub fn may_trade(&self, id: SessionId, account: AccountId) -> bool {
        index(id).is_some_and(|index| self.accounts.has(index, account))
    }

    /// The first account above `after` that the session may trade, for going over all of them
    /// while the engine changes.
    #[must_use]
    pub fn next_account(&self, id: SessionId, after: AccountId) -> Option<AccountId> {
        self.accounts.next(index(id).filter(|&index| index < self.sessions.len())?, after)
    }

    /// The accounts the session may trade, in order of ids.
    pub fn accounts(&self, id: SessionId) -> impl Iterator<Item = AccountId> + '_ {
        let next = move |after: &AccountId| self.next_account(id, *after);
        core::iter::successors(self.next_account(id, AccountId(0)), next)
    }

    /// Takes the number of the next message to the session. 0, no number, where it is not defined.
    #[inline]
    #[must_use]
    pub fn next_msg_seq_num(&mut self, id: SessionId) -> MsgSeqNum {
        let number = self.count(id, |counters| {
            counters.last_out = counters.last_out.saturating_add(1);
            counters.last_out
        });
        MsgSeqNum(number.unwrap_or(0))
    }

    /// Consumes a ClOrdID (R10): it must be above every one before it of the session's day.
    ///
    /// # Errors
    /// The highest id so far, where `cl_ord_id` is not above it; nothing has changed then.
    #[inline]
    pub fn raise_cl_ord_id(&mut self, id: SessionId, cl_ord_id: ClOrdId) -> Result<(), ClOrdId> {
        let raised = self.count(id, |counters| {
            if cl_ord_id.0 <= counters.cl_ord_id {
                return Err(ClOrdId(counters.cl_ord_id));
            }
            counters.cl_ord_id = cl_ord_id.0;
            Ok(())
        });
        raised.unwrap_or(Err(ClOrdId(0)))
    }

    /// A new day: ClOrdIDs begin again. Versions, numbers and connections go on.
    pub fn day_roll(&mut self) {
        for index in 0..self.sessions.len() {
            // The table is built from a u32 and its ids begin at 1.
            self.count(SessionId(index as u32 + 1), |counters| counters.cl_ord_id = 0);
        }
    }

    /// The earliest moment at which [`Sessions::take_due`] has something to give.
    #[must_use]
    pub fn next_due(&self) -> Option<Nanos> {
        self.deadlines.first().map(|(due, ..)| due)
    }

    /// Hash of everything here; O(1).
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// [`Sessions::hash`] from scratch; O(sessions x accounts).
    #[must_use]
    pub fn full_hash(&self) -> u64 {
        self.iter().fold(0, |hash: u64, (id, session)| {
            self.accounts(id)
                .fold(hash, |hash, account| hash.wrapping_add(pair_hash(id, account)))
                .wrapping_add(session.hash(id))
        })
    }

    /// Everything that must always hold; O(sessions x accounts).
    ///
    /// # Errors
    /// The rule that does not hold.
    pub fn check(&self) -> Result<(), &'static str> {
        if !self.deadlines.is_sound() {
            return Err("deadlines stand in heap order");
        }
        for (id, session) in self.iter() {
            if self.deadlines.of(id.0 - 1) != session.cod_due() {
                return Err("a session's deadline is the heap's");
            }
            if let Some(rule) = session.broken() {
                return Err(rule);
            }
        }
        (self.hash == self.full_hash()).then_some(()).ok_or("the hash is that of the state")
    }

    /// Bytes held in tables, fixed at boot.
    #[must_use]
    pub fn memory_len(&self) -> usize {
        self.sessions.capacity() * size_of::<Option<Session>>()
            + self.accounts.memory_len()
            + self.deadlines.memory_len()
    }

    /// The session, to change; the hash is the caller's.
    #[inline]
    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.get_mut(index(id)?)?.as_mut()
    }

    /// Adds what the counters of a session moved.
    #[inline]
    pub(super) const fn add_hash(&mut self, moved: u64) {
        self.hash = self.hash.wrapping_add(moved);
    }

    /// Changes anything of a session and keeps the hash right.
    pub(super) fn edit<R>(
        &mut self,
        id: SessionId,
        change: impl FnOnce(&mut Session) -> R,
    ) -> Option<R> {
        let session = self.sessions.get_mut(index(id)?)?.as_mut()?;
        let before = session.hash(id);
        let result = change(session);
        self.hash = self.hash.wrapping_sub(before).wrapping_add(session.hash(id));
        Some(result)
    }

    /// Changes counters of a session and keeps the hash right. Inlined, it costs what changes:
    /// cheap enough for every message.
    #[inline(always)]
    pub(super) fn count<R>(
        &mut self,
        id: SessionId,
        change: impl FnOnce(&mut Counters) -> R,
    ) -> Option<R> {
        let session = self.sessions.get_mut(index(id)?)?.as_mut()?;
        let before = session.counters.words();
        let result = change(&mut session.counters);
        let moved = moved(before, session.counters.words());
        self.hash = self.hash.wrapping_add(session.weight.wrapping_mul(moved));
        Some(result)
    }

    /// Emits an application message to the session of the header, with its number.
    pub(super) fn emit_numbered<B: pinion_types::event::KindOf>(
        &mut self,
        header: &CommandHeader,
        body: &B,
        out: &mut impl Emit,
    ) {
        let number = self.next_msg_seq_num(header.session);
        out.emit(&Event::new(header.session, number.0, body));
    }
}

/// Place of a session in the tables; `None` for session 0.
pub(super) const fn index(id: SessionId) -> Option<usize> {
    match id.0 {
        0 => None,
        id => Some(id as usize - 1),
    }
}
