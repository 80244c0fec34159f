//! What is defined and what is owned: instruments, firms, accounts, positions, cash.

mod account;
mod cash;
mod firm;
mod groups;
mod guards;
mod instrument;
mod limits;
mod position;

pub(crate) use account::{Account, OWN_GROUP};
pub(crate) use cash::CashBook;
pub(crate) use firm::Firm;
pub(crate) use groups::Groups;
pub(crate) use guards::extras;
pub(crate) use instrument::{Instrument, bps_of, side_index};
pub(crate) use limits::{Caps, Limits, Load, MONEY_UNIT};
pub(crate) use position::{Fill, Position, Positions};
