//! Client of the order entry protocol: logon with signature, typed messages, exact recovery.
//!
//! [`Client`] is a blocking connection over TCP and what most programs want. [`Session`] is the
//! same protocol without I/O and without a clock: whoever drives sockets himself, thousands of
//! them or non-blocking ones, feeds it bytes and asks it for bytes.
//!
//! What holds for either:
//! - Messages of the venue come out in order, each exactly once. A gap is asked for again, one
//!   request at a time; live messages wait for it, up to a bound.
//! - What was sent and not applied before a connection was lost is sent again after the next
//!   logon, before anything new, with new numbers and its old ClOrdIDs.
//! - Signs of life go out and are watched for whenever the session is polled.
//!
//! ```no_run
//! use pinion_client::{Client, Credentials, Options};
//! use pinion_types::{AccountId, InstrumentId, OrdType, Px, Qty, Side, TimeInForce};
//! use pinion_wire::request::NewOrderSingle;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), pinion_client::Error> {
//! let credentials = Credentials::new(1, 1, "key-1", b"secret".to_vec());
//! let mut client = Client::connect("127.0.0.1:7001", credentials, Options::default())?;
//! let receipt = client.send(&NewOrderSingle {
//!     instrument: InstrumentId(1),
//!     account: AccountId(1),
//!     side: Side::Buy.into(),
//!     ord_type: OrdType::Limit.into(),
//!     time_in_force: TimeInForce::Day.into(),
//!     px: Px(100_00000000),
//!     qty: Qty(10),
//!     ..NewOrderSingle::default()
//! })?;
//! while let Some(message) = client.receive(Duration::from_secs(1))? {
//!     println!("order {}: {message:?}", receipt.id);
//! }
//! client.terminate(Duration::from_secs(1))?;
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

pub mod client;

pub mod session;

pub mod credentials;

pub mod options;

pub mod error;

pub use client::Client;
pub use credentials::{Credentials, key_from_hex};
pub use error::{End, Error};
pub use options::Options;
pub use session::{Now, Position, Receipt, Session, Update};
