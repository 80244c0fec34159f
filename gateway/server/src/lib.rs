//! The order-entry gateway: sockets on one side, the core's ring and event log on the other.
//!
//! A gateway owns connections, framing, signatures, silence and sending; it decides nothing about
//! an order and keeps nothing a crash could lose. Read in the order of one order's journey:
//!
//! ```text
//!  socket -> server -> session -> translate::request -> ring -> core
//!  socket <- server <- session <- translate::report  <- outbox (event log) <- core
//! ```
//!
//! Memory, all bounded by [`config::Config`]: a connection holds its receive buffer (16 KiB by
//! default), about 1 KiB of state and as much of its send queue as its peer is behind (at most
//! 1 MiB); the index holds 40 bytes for every 32 messages of the sessions' current versions.
#![forbid(unsafe_code)]
#![deny(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod config;

pub mod time;

pub mod counters;

pub mod keys;

pub mod access;

pub mod session;

pub mod translate;

pub mod logged;

pub mod index;

pub mod outbox;

pub mod replay;

pub mod link;

pub mod attach;

pub mod server;

pub use config::Config;
pub use server::Server;
