//! Orders whose price or trigger follows the market, by instrument: trailing stops and floating
//! pegs.
//!
//! Lists through fixed memory, one node for each order's slot. Nobody sees their order.

use alloc::boxed::Box;

use crate::book::NONE;

/// Most that one instrument may have of both kinds together: each is looked at where its market
/// moves.
pub(crate) const FOLLOWERS_MAX: u32 = 1_000;

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Follower {
    /// A stop, by the trades.
    Trail = 0,
    /// A limit order, by the best prices.
    Peg = 1,
}

/// Those of one instrument.
#[derive(Clone, Copy)]
struct Herd {
    /// First of each kind.
    heads: [u32; 2],
    count: u32,
}

/// Every order that follows.
pub(crate) struct Followers {
    herds: Box<[Herd]>,
    /// The one before and the one after, by slot.
    nodes: Box<[[u32; 2]]>,
}

impl Followers {
    /// Nobody; room for every order to be one.
    pub(crate) fn new(orders_max: u32, instruments_max: u32) -> Self {
        let herd = Herd { heads: [NONE; 2], count: 0 };
        Followers {
            herds: alloc::vec![herd; instruments_max as usize].into_boxed_slice(),
            nodes: alloc::vec![[NONE; 2]; orders_max as usize].into_boxed_slice(),
        }
    }

    /// How many an instrument has.
    pub(crate) fn count(&self, instrument: u32) -> u32 {
        self.herds[instrument as usize].count
    }

    /// Whether an instrument has any of a kind.
    pub(crate) fn has(&self, instrument: u32, kind: Follower) -> bool {
        self.head(instrument, kind) != NONE
    }

    /// The first of a kind, or [`NONE`].
    pub(crate) fn head(&self, instrument: u32, kind: Follower) -> u32 {
        self.herds[instrument as usize].heads[kind as usize]
    }

    /// The one after another, or [`NONE`].
    pub(crate) fn next(&self, slot: u32) -> u32 {
        self.nodes[slot as usize][1]
    }

    /// Slots of a kind.
    pub(crate) fn iter(&self, instrument: u32, kind: Follower) -> impl Iterator<Item = u32> + '_ {
        let first = Some(self.head(instrument, kind)).filter(|&slot| slot != NONE);
        core::iter::successors(first, |&slot| Some(self.next(slot)).filter(|&next| next != NONE))
    }

    /// An order follows from now on.
    pub(crate) fn join(&mut self, instrument: u32, kind: Follower, slot: u32) {
        let herd = &mut self.herds[instrument as usize];
        herd.count += 1;
        let next = core::mem::replace(&mut herd.heads[kind as usize], slot);
        self.nodes[slot as usize] = [NONE, next];
        if next != NONE {
            self.nodes[next as usize][0] = slot;
        }
    }

    /// An order follows no more.
    pub(crate) fn leave(&mut self, instrument: u32, kind: Follower, slot: u32) {
        let [prev, next] = self.nodes[slot as usize];
        let herd = &mut self.herds[instrument as usize];
        herd.count -= 1;
        match prev {
            NONE => herd.heads[kind as usize] = next,
            _ => self.nodes[prev as usize][1] = next,
        }
        if next != NONE {
            self.nodes[next as usize][0] = prev;
        }
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.herds) + size_of_val(&*self.nodes)
    }
}
