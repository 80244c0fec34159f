//! Replay: the journal through the same `apply` again, in boot and in tools.

mod compare;
mod player;
mod progress;
mod tool;

pub(crate) use compare::Comparison;
pub(crate) use player::{Outlet, Player};
pub(crate) use progress::Pace;
pub use progress::Progress;
pub use tool::{Observer, ReplayPlan, Replayed, Summary, replay};
