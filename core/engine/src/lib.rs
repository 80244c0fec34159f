//! The state machine of the venue: `apply(command) -> events`, and nothing else.
//!
//! Everything the venue decides is decided here, on one thread, in one call: sessions, risk, books,
//! positions and money. The engine knows no clock, no file, no socket and no thread; time comes with
//! the command. It allocates while it is built and never again, it never fails, and the same commands
//! give the same events and the same state hash on every machine.
//!
//! What it does, rule by rule and code by code, stands in `RULES.md` beside this crate.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod emit;

pub mod session;

pub use emit::Sink;
