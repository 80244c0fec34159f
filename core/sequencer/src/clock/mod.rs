//! Time for a thread that may not ask the system for it.
//!
//! The timekeeper compares the processor's time stamp counter with the system's UTC clock and
//! publishes the line through them; the hot thread reads the counter and follows the line.

mod hot;
mod mapping;
mod timekeeper;

pub use hot::HotClock;
pub use mapping::Mapping;
pub use timekeeper::Timekeeper;
pub(crate) use timekeeper::system_now;
