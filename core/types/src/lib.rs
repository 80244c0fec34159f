//! The vocabulary of Pinion: what a price, an order, a command and an event are, to the byte.
//!
//! A *command* is one sequenced input of the venue, an *event* is one output. Both are plain bytes
//! of fixed layout, little-endian, so that the journal, the rings and the event log carry them
//! unchanged and a replay gives the same bytes on every machine. This crate holds no behavior
//! beyond arithmetic and text: it decides nothing.
//!
//! Sizes, decided once:
//!
//! ```text
//!              journal or log record              ring message
//!             +-----------------------+      +------------------+
//!             | record header    32 B |      | ring header  8 B |
//!             +-----------------------+      +------------------+
//!             | Command or Event      |      | Command          |
//!             |   header         16 B |      |   header    16 B |
//!             |   body            n B |      |   body       n B |
//!             +-----------------------+      +------------------+
//!    n = 16  one line, 64 B  (Timer, StateHash)
//!    n = 80  two lines, 128 B (NewOrder, Cancel, Accepted, Canceled ...)
//!    n = 144 three lines, 192 B (NewOrderWide, Replace, Trade, Replaced ...)
//!    n = 592 ten lines, 640 B (Undecodable: up to 512 bytes of what was received)
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

#[cfg(target_endian = "big")]
compile_error!("the layouts of commands and events are little-endian");

#[macro_use]
mod macros;

pub mod units;

pub mod codes;

pub mod reject;

pub mod command;

pub mod event;

pub mod text;

pub use codes::{
    AccountKind, CancelOnDisconnect, CancelReason, CxlRejResponseTo, ExecInst, FlowType,
    KillAction, LimitId, Liquidity, MarkKind, MassScope, OrdStatus, OrdType, Scope, SessionRole,
    Side, SideFilter, StpMode, TerminationCode, TimeInForce, TradingState,
};
pub use command::{Command, CommandHeader, CommandKind, CommandRef};
pub use event::{Event, EventHeader, EventKind, EventRef};
pub use reject::RejectCode;
pub use text::{Body, Text, TextError};
pub use units::{
    AccountId, Amount, ClOrdId, ConnectionId, FirmId, InstrumentId, MsgSeqNum, Nanos, OrderId, Px,
    Qty, Seq, SessionId, SessionVerId, SourceId, TradeId,
};

/// Hash of every command and event layout, for headers of journals, logs and shared regions.
///
/// Two builds with the same value read each other's bytes; FNV-1a over kind numbers, names, sizes
/// and field names in order.
pub const SCHEMA_HASH: u64 =
    macros::fnv_all(macros::fnv_all(macros::FNV_OFFSET, command::LAYOUTS), event::LAYOUTS);
