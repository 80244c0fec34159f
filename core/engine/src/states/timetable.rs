//! Changes of state that are to come: what was scheduled, and the ends of volatility auctions.

use alloc::boxed::Box;

use pinion_types::text::Chars;
use pinion_types::{Nanos, RejectCode, TradingState};

use crate::book::NONE;
use crate::deadlines::Deadlines;
use crate::digest::{Kind, fold, mix, sum, weight};

/// Scheduled changes that may wait at once.
pub(crate) const WAITING_MAX: u32 = 4_096;

/// Who says that a state changes, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) actor: Chars<16>,
    pub(crate) reason: Chars<48>,
}

/// A change that is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Index of the instrument.
    pub(crate) instrument: u32,
    pub(crate) state: TradingState,
    /// The moment that was asked for, without what chance added.
    pub(crate) at: Nanos,
    pub(crate) cause: Cause,
}

/// A place for a scheduled change.
#[derive(Clone, Copy)]
enum Place {
    Taken(Planned),
    /// The next free place, or [`NONE`].
    Free(u32),
}

/// Everything that is to come.
pub(crate) struct Timetable {
    places: Box<[Place]>,
    free: u32,
    waiting: u32,
    /// When: the places first, then one for each instrument whose volatility auction ends.
    dues: Deadlines,
    /// Changes ever planned: of equal moments what was planned first comes first.
    planned: u64,
}

impl Timetable {
    /// Nothing to come for any of so many instruments, fewer than 2^30.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where there is no memory for that.
    pub(crate) fn new(instruments_max: u32) -> Result<Self, RejectCode> {
        let next = |place: u32| if place + 1 < WAITING_MAX { place + 1 } else { NONE };
        Ok(Timetable {
            places: (0..WAITING_MAX).map(|place| Place::Free(next(place))).collect(),
            free: 0,
            waiting: 0,
            dues: Deadlines::new(WAITING_MAX + instruments_max)?,
            planned: 0,
        })
    }

    /// Scheduled changes for which there is room.
    pub(crate) const fn room(&self) -> u32 {
        WAITING_MAX - self.waiting
    }

    /// Plans a change; gives what the state hash gains.
    ///
    /// # Panics
    /// Where there is no room: that is asked before.
    pub(crate) fn plan(&mut self, due: Nanos, planned: &Planned) -> u64 {
        let place = self.free;
        let Some(Place::Free(next)) = self.places.get(place as usize).copied() else {
            panic!("room is checked before");
        };
        self.free = next;
        self.waiting += 1;
        self.places[place as usize] = Place::Taken(*planned);
        self.planned += 1;
        self.dues.set(place, self.planned, due);
        planned_hash(due, self.planned, planned)
    }

    /// The volatility auction of an instrument will end; gives what the state hash gains.
    pub(crate) fn plan_end(&mut self, instrument: u32, due: Nanos) -> u64 {
        let lost = self.drop_end(instrument);
        self.planned += 1;
        self.dues.set(WAITING_MAX + instrument, self.planned, due);
        end_hash(instrument, due, self.planned).wrapping_sub(lost)
    }

    /// The volatility auction of an instrument, if there is one, ends otherwise; gives what the
    /// state hash loses.
    pub(crate) fn drop_end(&mut self, instrument: u32) -> u64 {
        let dropped = self.dues.remove(WAITING_MAX + instrument);
        dropped.map_or(0, |(due, rank, _)| end_hash(instrument, due, rank))
    }

    /// When the next change is due.
    pub(crate) fn next_due(&self) -> Option<Nanos> {
        self.dues.first().map(|due| due.0)
    }

    /// Takes the first change that is due by `now`, and what the state hash loses by that. The end
    /// of a volatility auction leads to `end`.
    pub(crate) fn take_due(&mut self, now: Nanos, end: Cause) -> Option<(Planned, u64)> {
        let (due, rank, owner) = self.dues.first().filter(|first| first.0 <= now)?;
        self.dues.remove(owner);
        if let Some(instrument) = owner.checked_sub(WAITING_MAX) {
            let state = TradingState::Continuous;
            let planned = Planned { instrument, state, at: due, cause: end };
            return Some((planned, end_hash(instrument, due, rank)));
        }
        let Place::Taken(planned) = self.places[owner as usize] else {
            panic!("what is due is planned");
        };
        self.empty(owner);
        Some((planned, planned_hash(due, rank, &planned)))
    }

    /// Takes back scheduled changes of an instrument, or of all, for a moment that was asked for,
    /// or for any. Gives how many, and what the state hash loses.
    pub(crate) fn take_back(&mut self, instrument: Option<u32>, at: Option<Nanos>) -> (u64, u64) {
        let (mut count, mut lost) = (0, 0_u64);
        for place in 0..WAITING_MAX {
            let Place::Taken(planned) = self.places[place as usize] else { continue };
            let is_meant = instrument.is_none_or(|it| it == planned.instrument)
                && at.is_none_or(|it| it == planned.at);
            if is_meant && let Some((due, rank, _)) = self.dues.remove(place) {
                lost = lost.wrapping_add(planned_hash(due, rank, &planned));
                self.empty(place);
                count += 1;
            }
        }
        (count, lost)
    }

    fn empty(&mut self, place: u32) {
        self.places[place as usize] = Place::Free(self.free);
        self.free = place;
        self.waiting -= 1;
    }

    /// Scheduled changes that wait, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Nanos, &Planned)> {
        let dues = self.dues.iter().filter(|due| due.2 < WAITING_MAX);
        dues.filter_map(|&(due, _, owner)| match &self.places[owner as usize] {
            Place::Taken(planned) => Some((due, planned)),
            Place::Free(_) => None,
        })
    }

    /// When the volatility auction of an instrument ends.
    pub(crate) fn end_of(&self, instrument: u32) -> Option<Nanos> {
        self.dues.of(WAITING_MAX + instrument)
    }

    /// What it adds to the state hash; O(n).
    pub(crate) fn hash(&self) -> u64 {
        let each = self.dues.iter().map(|&(due, rank, owner)| {
            if let Some(instrument) = owner.checked_sub(WAITING_MAX) {
                return end_hash(instrument, due, rank);
            }
            match &self.places[owner as usize] {
                Place::Taken(planned) => planned_hash(due, rank, planned),
                Place::Free(_) => 0,
            }
        });
        each.fold(0, u64::wrapping_add)
    }

    /// True where the heap holds and everything that waits has its moment; O(n).
    pub(crate) fn is_sound(&self) -> bool {
        let taken = |place: &&Place| matches!(place, Place::Taken(_));
        let waiting = self.places.iter().filter(taken).count();
        self.dues.is_sound() && waiting == self.waiting as usize && waiting == self.iter().count()
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.places) + self.dues.memory_len()
    }
}

fn planned_hash(due: Nanos, rank: u64, planned: &Planned) -> u64 {
    let actor = fold(Kind::Schedule, 1, bytemuck::bytes_of(&planned.cause.actor));
    let reason = fold(Kind::Schedule, 2, bytemuck::bytes_of(&planned.cause.reason));
    let state = u64::from(planned.state.code());
    let words = [due.0, planned.at.0, u64::from(planned.instrument), state, actor, reason];
    weight(Kind::Schedule, rank).wrapping_mul(sum(words))
}

fn end_hash(instrument: u32, due: Nanos, rank: u64) -> u64 {
    weight(Kind::Schedule, rank).wrapping_mul(mix(due.0).wrapping_add(u64::from(instrument)))
}
