//! Recorded command streams turned into orders, with every fill and top of book checked.
//!
//! A [`Stream`] is read step by step, a [`Plan`] turns each step into requests with fresh rising
//! ClOrdIDs, a target sends them, and a [`Checker`] rebuilds the book from the venue's reports and
//! compares fills, makers and tops with what the stream says.

mod stream;

mod plan;

mod check;

mod engine;

pub use check::{Checker, Report, Tally};
pub use engine::{InProcess, Sender};
pub use plan::{Expected, ExpectedFill, Plan, Request};
pub use stream::{Action, Best, Fill, Shape, Step, Stream, TapeId};
