//! Order entry on the wire: the schema's messages as plain structs, frames, codecs, signatures.
//!
//! A frame is a Simple Open Framing Header, an SBE message header and one fixed block; there are no
//! groups and no variable data, so decoding is a length check against a table and one copy.
//! `schema/order-entry.xml` is the published contract, `PROTOCOL.md` explains it, and the tests
//! hold the structs here to both. Nothing here allocates, does I/O or panics, whatever the bytes.
//!
//! ```text
//! SOFH 6 B                        SBE header 8 B                                   block
//! +----------------+--------------+--------------+-----------+-----------+---------+-------
//! | messageLength  | encodingType | blockLength  | templateId| schemaId  | version | fields
//! | u32, all bytes | u16, 0xEB50  | u16          | u16       | u16       | u16     |
//! +----------------+--------------+--------------+-----------+-----------+---------+-------
//! 0                4              6              8           10          12        14
//! ```
//!
//! Going in: [`frame::split`] finds a frame, [`Inbound::decode`] reads it. Going out:
//! [`frame::encode`] writes any message to a caller's buffer. Fields carry the names they have in
//! the commands and events of `pinion-types`, so translation is assignment.
#![forbid(unsafe_code)]

#[macro_use]
mod macros;

pub mod frame;

pub mod error;

pub mod message;

pub mod codes;

pub mod head;

pub mod session;

pub mod request;

mod applicable;

pub mod report;

pub mod answer;

pub mod admin;

pub mod direction;

pub mod money;

pub mod auth;

pub use codes::{
    CorrectionType, Durability, Flag, KillRequest, LinkKind, LinkLeg, OffsetKind, PegMove,
    RetransmitReject,
};
pub use direction::{Inbound, Outbound, Request};
pub use error::{DecodeError, FrameError};
pub use frame::{Frame, encode, split};
pub use head::{Head, RequestHead};
pub use message::{Field, Message, Rule, Template};
pub use money::Money;

/// Id of the schema (the bytes read `PI`); another id is another protocol.
pub const SCHEMA_ID: u16 = 18_768;

/// Version of the schema. Blocks of this version have exactly the length of their template.
pub const SCHEMA_VERSION: u16 = 1;

/// Longest frame, headers included.
pub const FRAME_MAX: usize = 4096;

/// Bytes before the block: framing header and message header.
pub const OVERHEAD: usize = 14;

/// Longest block any message of this version has.
pub const BLOCK_MAX: usize = direction::BLOCK_MAX;
