//! Working orders: a slab of slots, last freed first taken, found by either id in one step.

mod closed;
mod expiries;
mod index;
mod order;
mod overflow;
mod slab;

pub(crate) use expiries::Expiries;
pub(crate) use index::Index;
pub(crate) use order::{Order, Traits};
pub(crate) use slab::Orders;
