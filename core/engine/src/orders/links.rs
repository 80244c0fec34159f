//! Groups of linked orders (rule O12): who belongs together, and whose turn it is to follow.

use alloc::vec::Vec;

use pinion_types::RejectCode;

use super::Index;
use crate::book::NONE;

/// How the orders of a group depend on each other (FIX 1385).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// The first to trade or end takes the other with it: a limit order, then a stop.
    Oco = 1,
    /// The first leg opens; what it traded, the second and the third close.
    Bracket = 2,
}

/// What an order is in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The group, among those of its session.
    pub(crate) id: u64,
    pub(crate) kind: LinkKind,
    /// From 1.
    pub(crate) leg: u8,
    /// Trigger of a stop that is still to start.
    pub(crate) trigger: i64,
    /// Protection that it named, in ticks.
    pub(crate) protection_ticks: u32,
}

impl Link {
    /// Its place among the legs of its group.
    pub(crate) const fn place(self) -> usize {
        self.leg as usize - 1
    }

    /// What of it decides anything.
    pub(crate) const fn words(self) -> [u64; 4] {
        let part = (self.kind as u64) << 8 | self.leg as u64;
        [self.id, part, self.trigger as u64, self.protection_ticks as u64]
    }
}

/// A group: it is there while one of its orders works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    pub(crate) session: u32,
    pub(crate) id: u64,
    /// Slots of its legs.
    pub(crate) legs: [u32; 3],
    /// What the entry of a bracket had traded when it ended.
    pub(crate) cum: u64,
    /// The next of the groups that wait for the same.
    next: u32,
    is_noted: bool,
}

/// Groups that wait, the first first.
#[derive(Clone, Copy)]
struct Queue {
    head: u32,
    tail: u32,
}

impl Queue {
    const EMPTY: Queue = Queue { head: NONE, tail: NONE };
}

/// Every group of linked orders.
pub(crate) struct Links {
    /// Places that were ever used; there is room for as many as orders.
    groups: Vec<Group>,
    /// First of the places that were used and freed.
    free: u32,
    by_id: Index,
    /// Groups of which an order ended or traded.
    ended: Queue,
    /// Groups whose entry has ended, which start.
    starting: Queue,
}

impl Links {
    /// No group; room for every order to have one of its own.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where there is no memory for that many.
    pub(crate) fn new(orders_max: u32, seed: u64) -> Result<Self, RejectCode> {
        let mut groups = Vec::new();
        groups.try_reserve_exact(orders_max as usize).map_err(|_| RejectCode::BadValue)?;
        let by_id = Index::new(orders_max, seed)?;
        Ok(Links { groups, free: NONE, by_id, ended: Queue::EMPTY, starting: Queue::EMPTY })
    }

    /// The group in a place.
    pub(crate) fn at(&self, group: u32) -> &Group {
        &self.groups[group as usize]
    }

    /// The place of a session's group.
    pub(crate) fn find(&self, session: u32, id: u64) -> Option<u32> {
        self.by_id.find(session, id, |group| {
            let place = self.at(group);
            place.session == session && place.id == id
        })
    }

    /// An order joins a group, which is made where it is the first.
    pub(crate) fn join(&mut self, session: u32, link: Link, slot: u32) {
        let group = match self.find(session, link.id) {
            Some(group) => group,
            None => self.make(session, link.id),
        };
        let leg = &mut self.groups[group as usize].legs[link.place()];
        assert!(*leg == NONE, "a leg of a group is one order");
        *leg = slot;
    }

    fn make(&mut self, session: u32, id: u64) -> u32 {
        let place = Group { session, id, legs: [NONE; 3], cum: 0, next: NONE, is_noted: false };
        let group = self.free;
        let group = if group == NONE {
            assert!(self.groups.len() < self.groups.capacity(), "every order has one group");
            self.groups.push(place);
            // There are 2^23 at most.
            self.groups.len() as u32 - 1
        } else {
            self.free = self.at(group).next;
            self.groups[group as usize] = place;
            group
        };
        self.by_id.insert(session, id, group);
        group
    }

    /// An order leaves its group, which is gone with the last of them.
    pub(crate) fn leave(&mut self, session: u32, link: Link) {
        let Some(group) = self.find(session, link.id) else { return };
        self.groups[group as usize].legs[link.place()] = NONE;
        self.drop_empty(group);
    }

    /// Frees a group without orders, unless it waits still.
    fn drop_empty(&mut self, group: u32) {
        let place = *self.at(group);
        if place.legs == [NONE; 3] && !place.is_noted {
            self.by_id.remove(place.session, place.id, group);
            self.groups[group as usize].next = core::mem::replace(&mut self.free, group);
        }
    }

    /// An order of a group ended or traded, having traded so much: the others follow.
    pub(crate) fn note_end(&mut self, group: u32, cum: u64) {
        self.groups[group as usize].cum = cum;
        if !self.at(group).is_noted {
            self.append(group, |links| &mut links.ended);
        }
    }

    /// The exits of a group are to start.
    pub(crate) fn note_start(&mut self, group: u32) {
        self.append(group, |links| &mut links.starting);
    }

    fn append(&mut self, group: u32, queue: impl Fn(&mut Self) -> &mut Queue) {
        let place = &mut self.groups[group as usize];
        (place.is_noted, place.next) = (true, NONE);
        let line = queue(self);
        let before = core::mem::replace(&mut line.tail, group);
        match before {
            NONE => line.head = group,
            before => self.groups[before as usize].next = group,
        }
    }

    /// Takes the first group that is to follow; it may have nobody left.
    pub(crate) fn take_ended(&mut self) -> Option<(u32, Group)> {
        let group = self.ended.head;
        if group == NONE {
            return None;
        }
        self.ended.head = self.at(group).next;
        if self.ended.head == NONE {
            self.ended.tail = NONE;
        }
        Some((group, self.release(group)))
    }

    /// Takes the first group that is to start and `may`; it may have nobody left.
    pub(crate) fn take_start(&mut self, may: impl Fn(&Group) -> bool) -> Option<Group> {
        let (mut before, mut group) = (NONE, self.starting.head);
        while group != NONE && !may(self.at(group)) {
            (before, group) = (group, self.at(group).next);
        }
        if group == NONE {
            return None;
        }
        let next = self.at(group).next;
        match before {
            NONE => self.starting.head = next,
            before => self.groups[before as usize].next = next,
        }
        if next == NONE {
            self.starting.tail = before;
        }
        Some(self.release(group))
    }

    fn release(&mut self, group: u32) -> Group {
        self.groups[group as usize].is_noted = false;
        let place = *self.at(group);
        self.drop_empty(group);
        place
    }

    /// True where groups wait for anything.
    pub(crate) const fn is_busy(&self) -> bool {
        self.ended.head != NONE || self.starting.head != NONE
    }

    /// Orders of all groups, where every group is found and has some; O(n).
    pub(crate) fn sound_count(&self) -> Option<usize> {
        let (mut free, mut group) = (0, self.free);
        while group != NONE && free <= self.groups.len() {
            free += 1;
            group = self.at(group).next;
        }
        let is_found = |(place, group): (u32, &Group)| {
            self.find(group.session, group.id) == Some(place)
                && group.legs != [NONE; 3]
                && !group.is_noted
        };
        let groups = (0..).zip(&self.groups);
        let found = groups.filter(|&it| is_found(it));
        let (count, orders) = found.fold((0, 0), |(count, orders), (_, group)| {
            (count + 1, orders + group.legs.iter().filter(|&&slot| slot != NONE).count())
        });
        let whole = self.by_id.count() == count && count + free == self.groups.len();
        whole.then_some(orders)
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        self.groups.capacity() * size_of::<Group>() + self.by_id.memory_len()
    }
}
