//! The state machine of the venue: `apply(command) -> events`, and nothing else.
//!
//! Everything the venue decides is decided here, on one thread, in one call: sessions, risk, books,
//! positions and money. The engine knows no clock, no file, no socket and no thread; time comes
//! with the command. It allocates while it is built and never again, it never fails, and the same
//! commands give the same events and the same state hash on every machine.
//!
//! What it does, rule by rule and code by code, stands in `RULES.md` beside this crate. An order's
//! way through it: [`Engine::apply`], `session` (may it speak), `entry` (admit, match, settle,
//! rest), `book` and `orders` (where it stands), `amend` (how it goes), `states` (when it may
//! match), `emit` (what is said).
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod engine;

mod emit;

pub mod session;

mod entry;

mod amend;

mod states;

mod control;

mod answers;

mod book;

mod orders;

mod tables;

mod read;
mod read_shares;

mod memory;

mod check;
mod check_followers;
mod check_holds;
mod check_links;
mod check_rare;
mod check_shares;

mod deadlines;
mod digest;

mod arith;

pub use check::Violation;
pub use emit::Sink;
pub use engine::Engine;
pub use memory::Memory;
pub use read::{AccountView, InstrumentView, OrderView, PositionView, ScheduleView, TopOfBook};

/// Version of the rules. It rises whenever the same commands could give other events or another
/// state hash; a journal says with which version it was written.
pub const LOGIC_VERSION: u32 = 1;
