//! The `pinion` binary as a library: everything an operator, a user or a test types.
#![forbid(unsafe_code)]

mod nearest;

pub mod config;

pub mod scenario;
