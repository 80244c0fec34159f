//! Limits of the venue and of sessions (R23): order quantity, order value, open orders, open value.
//!
//! Nobody counts by session and venue until one of them has a limit.

use alloc::boxed::Box;

use pinion_types::RejectCode;
use pinion_types::command::{LimitsSet, UNLIMITED, UNLIMITED_32};

use super::limits::{Limits, Load};
use crate::digest::{Kind, sum, weight};

/// The venue, or a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) load: Load,
    pub(crate) limits: Limits,
}

impl Level {
    const NONE: Level = Level { load: Load::NONE, limits: Limits::NONE };

    fn hash(&self, id: u64) -> u64 {
        if self.limits == Limits::NONE {
            return 0;
        }
        weight(Kind::Level, id).wrapping_mul(sum(self.limits.words()))
    }
}

/// The venue first, then sessions by their id.
pub(crate) struct Levels {
    places: Box<[Level]>,
}

impl Levels {
    /// None has a limit. There are so many sessions at most.
    pub(crate) fn new(sessions_max: u32) -> Self {
        Levels { places: alloc::vec![Level::NONE; sessions_max as usize + 1].into_boxed_slice() }
    }

    /// The venue, and a session; for a session that is none the venue alone counts.
    pub(crate) fn of(&self, session: u32) -> [&Level; 2] {
        const NOBODY: &Level = &Level::NONE;
        let session = self.places.get(session as usize).filter(|_| session != 0);
        [&self.places[0], session.unwrap_or(NOBODY)]
    }

    /// Counts orders and value more for the venue and a session, or less.
    pub(crate) fn count(&mut self, session: u32, orders: i32, notional: i128) {
        let own = (session != 0).then_some(session as usize);
        for place in core::iter::once(0).chain(own) {
            if let Some(level) = self.places.get_mut(place) {
                let load = &mut level.load;
                load.open_orders = load.open_orders.wrapping_add_signed(orders);
                load.open_notional += notional;
            }
        }
    }

    /// The limits of the venue (0) or of a session.
    pub(crate) fn limits(&self, id: u32) -> Limits {
        self.places.get(id as usize).map_or(Limits::NONE, |it| it.limits)
    }

    /// Sets the limits of the venue (0) or of a session; gives what the state hash gains.
    pub(crate) fn set(&mut self, id: u32, limits: Limits) -> u64 {
        let Some(level) = self.places.get_mut(id as usize) else { return 0 };
        let before = level.hash(u64::from(id));
        level.limits = limits;
        level.load.limit(&limits);
        level.hash(u64::from(id)).wrapping_sub(before)
    }

    /// True where any of them has a limit; O(sessions).
    pub(crate) fn has_any(&self) -> bool {
        self.places.iter().any(|it| it.limits != Limits::NONE)
    }

    /// Nothing counts.
    pub(crate) fn clear(&mut self) {
        for level in &mut self.places {
            (level.load.open_orders, level.load.open_notional) = (0, 0);
        }
    }

    /// What they add to the state hash; O(sessions).
    pub(crate) fn full_hash(&self) -> u64 {
        let each = (0..).zip(&self.places).map(|(id, level)| level.hash(id));
        each.fold(0, u64::wrapping_add)
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.places)
    }
}

/// Reads limits of the venue or a session.
///
/// # Errors
/// [`RejectCode::BadValue`] where one is set that these levels have not, or an instrument is named.
pub(crate) fn read(body: &LimitsSet) -> Result<Limits, RejectCode> {
    let limits = Limits::read(body)?;
    let others = [limits.long, limits.short, limits.gross];
    let has_other = others.iter().any(|&it| it != UNLIMITED) || limits.collar_bps != UNLIMITED_32;
    if has_other || body.instrument.0 != 0 {
        return Err(RejectCode::BadValue);
    }
    Ok(limits)
}
