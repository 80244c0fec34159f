//! The control thread, which hands out rings and notices deaths, and the way for operators.

mod commander;
mod keeper;
mod peers;
mod watch;

pub use commander::{Answer, CommandError, Commander, Snapshot};
pub(crate) use keeper::{Farewell, HotLine, Keeper, KeeperHandle, KeeperPlan};
