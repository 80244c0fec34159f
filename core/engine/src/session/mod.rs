//! Sessions: who may speak, in which order, how fast, and what its silence means.
//!
//! Steps 2 and 3 of the order of validation (rules, section 5) and everything that logs on or off.
//! The gateway has decoded the message and checked its signature; here is decided what depends on
//! state, so that a replay of the journal rebuilds every session to the number.
//!
//! ```text
//!            Negotiate              Establish
//!   free ───────────────> negotiated ────────> established ──> application messages
//!    ^  └──────────────── Establish ───────────────^  │
//!    └── Terminate, Disconnect, SourceUp/Down, fault ─┘ ──> orders canceled now, or at a deadline
//! ```
//!
//! How the engine uses it, whatever the command:
//! - An [`Ended`] comes back where a connection was lost. The engine cancels what
//!   [`Ended::cancels`] covers, then calls [`Sessions::farewell`], so that the client's last number
//!   in Terminate counts the cancels.
//! - [`Sessions::take_due`] is drained on Timer, and before Negotiate and Establish: a grace that
//!   is over is over, even where the timer's command comes later.
//! - Every numbered event of a session takes its number from [`Sessions::next_msg_seq_num`].
//!
//! Memory, fixed at boot: one [`Session`] (at most 320 bytes) and 20 bytes of deadline a session,
//! and one bit for each pair of session and account.

mod accounts;
mod bucket;
mod digest;
mod inbound;
mod limits;
mod logoff;
mod logon;
mod pages;
mod state;
mod step;
mod table;

pub use bucket::Bucket;
pub use inbound::{Admission, Inbound, Lane};
pub use limits::{Definition, Rate};
pub use logoff::{CodScope, Due, Ended};
pub use pages::Question;
pub use state::{Link, Route, Session};
pub use table::Sessions;

use pinion_types::Event;

/// Takes the events of the session layer: the engine counts them and hands them to its sink.
pub trait Emit {
    /// Takes one event.
    fn emit(&mut self, event: &Event);
}

impl<F: FnMut(&Event)> Emit for F {
    fn emit(&mut self, event: &Event) {
        self(event);
    }
}
