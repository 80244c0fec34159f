//! Working orders: a slab of slots, last freed first taken, found by either id in one step.

mod closed;
mod expiries;
mod followers;
mod hidden;
mod index;
mod links;
mod order;
mod overflow;
mod peg;
mod slab;
mod specials;
mod stops;
mod trail;
mod tranches;

pub(crate) use expiries::Expiries;
pub(crate) use followers::{FOLLOWERS_MAX, Follower, Followers};
pub(crate) use hidden::Hidden;
pub(crate) use index::Index;
pub(crate) use links::{Group, Link, LinkKind, Links};
pub(crate) use order::{Order, Rare, Traits, rare};
pub(crate) use peg::Peg;
pub(crate) use slab::Orders;
pub(crate) use specials::{Special, Specials};
pub(crate) use stops::{Stops, Traded};
pub(crate) use trail::Trail;
pub(crate) use tranches::Tranches;
