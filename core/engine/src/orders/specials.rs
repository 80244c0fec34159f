//! What few orders have beside all else (rule O12): one row an order, whose kind says what it is.

use alloc::boxed::Box;

use super::followers::Follower;
use super::links::Link;
use super::peg::Peg;
use super::trail::Trail;
use crate::digest::{mix, sum};

/// What a special order is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Special {
    /// Nothing special.
    #[default]
    None,
    /// A leg of a group of linked orders.
    Linked(Link),
    /// A stop whose trigger follows the trades.
    Trailing(Trail),
    /// A limit order whose price follows the book.
    Floating(Peg),
}

impl Special {
    /// The link of a linked order.
    pub(crate) const fn link(self) -> Option<Link> {
        match self {
            Special::Linked(link) => Some(link),
            Special::None | Special::Trailing(_) | Special::Floating(_) => None,
        }
    }

    /// What of the market it follows, where it does.
    pub(crate) const fn follower(self) -> Option<Follower> {
        match self {
            Special::Trailing(_) => Some(Follower::Trail),
            Special::Floating(_) => Some(Follower::Peg),
            Special::None | Special::Linked(_) => None,
        }
    }

    /// What it adds to the state hash beside its order.
    fn hash(self, order_id: u64) -> u64 {
        let words = match self {
            Special::None => return 0,
            Special::Linked(link) => sum(link.words()),
            Special::Trailing(trail) => sum(trail.words()),
            Special::Floating(peg) => sum(peg.words()),
        };
        (mix(order_id ^ 0x7370_6563_6961) | 1).wrapping_mul(words)
    }
}

/// Rows by slot of the order.
pub(crate) struct Specials {
    rows: Box<[Special]>,
}

impl Specials {
    /// Nobody is special; room for every order to be.
    pub(crate) fn new(orders_max: u32) -> Self {
        Specials { rows: alloc::vec![Special::None; orders_max as usize].into_boxed_slice() }
    }

    /// The row of a special order.
    pub(crate) fn at(&self, slot: u32) -> Special {
        self.rows[slot as usize]
    }

    /// Sets the row of an order; gives what the state hash gains.
    pub(crate) fn set(&mut self, slot: u32, order_id: u64, row: Special) -> u64 {
        let before = core::mem::replace(&mut self.rows[slot as usize], row);
        row.hash(order_id).wrapping_sub(before.hash(order_id))
    }

    /// What the row of an order adds to the state hash.
    pub(crate) fn hash(&self, slot: u32, order_id: u64) -> u64 {
        self.at(slot).hash(order_id)
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.rows)
    }
}
