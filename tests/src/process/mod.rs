//! Real processes over real sockets: a venue that is killed, clients that keep books about it.
//!
//! A [`Program`] is run; an [`Up`] is a supervised venue, a [`Pair`] a core and a gateway that the
//! test itself kills and begins again. A [`Desk`] is a session with a [`Ledger`] of what it asked
//! and what came back; [`stream`] sends orders through desks while processes die.

mod program;

mod running;

mod up;

mod pair;

mod venue;

mod desk;

mod raw;

mod ledger;

mod flow;

mod script;

mod tape;

pub use desk::Desk;
pub use flow::{Kill, Order, stream};
pub use ledger::Ledger;
pub use pair::{Pair, Role};
pub use program::{Done, Program};
pub use raw::{Raw, frame, now};
pub use running::{End, Running};
pub use script::script;
pub use tape::{Wanted, recorded};
pub use up::Up;
pub use venue::{INSTRUMENT, KEY_ID, key, write};
