//! The hot thread: poll, stamp, journal, apply, publish, release; and around again.

mod accept;
mod gate;
mod request;
mod source;
mod turn;

pub(crate) use accept::is_control;
pub(crate) use request::{Notice, Request};
pub(crate) use turn::{Ends, Hot, HotLimits};

#[cfg(test)]
mod tests;
