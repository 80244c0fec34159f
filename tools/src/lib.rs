//! The `pinion` binary as a library: everything an operator, a user or a test types.
#![forbid(unsafe_code)]

mod cli;

pub mod config;

pub mod scenario;

pub mod import;

pub mod digest;

mod verbs;

mod control;

mod correction;
mod operator;

mod replaying;

mod days;

mod calendar;

mod access;

mod keys;

mod logs;

mod place;

mod print;

mod failure;

mod nearest;

use std::process::ExitCode;

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
