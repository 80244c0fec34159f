//! Sessions and their orders, end to end: orders in, cancel-on-disconnect out, mass cancel, kill.
//!
//! After every command the engine checks itself, and its hash is computed again from scratch; after
//! every test all its commands are replayed into a second engine.
#![forbid(unsafe_code)]

mod audit;

mod desk;

mod dice;

mod extremes;

mod disconnect;

mod hostile;

mod kill;

mod mass_cancel;
mod mass_status;

mod operators;

mod ownership;
mod pages;

mod read;

mod throttle;
