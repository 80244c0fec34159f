//! What is defined and what is owned: instruments, firms, accounts, positions, cash.

mod account;
mod cash;
mod corrected;
mod firm;
mod groups;
mod guards;
mod instrument;
mod ledger;
pub(crate) mod levels;
mod limits;
mod margin;
mod moving;
mod position;
mod sharing;

pub(crate) use account::{Account, OWN_GROUP};
pub(crate) use cash::CashBook;
pub(crate) use corrected::Corrected;
pub(crate) use firm::Firm;
pub(crate) use groups::Groups;
pub(crate) use guards::extras;
pub(crate) use instrument::{Instrument, bps_of, side_index};
pub(crate) use ledger::{LEVELS, Ledger, Loss, Permit, watch};
pub(crate) use levels::Levels;
pub(crate) use limits::{Caps, Limits, Load, MONEY_UNIT, money};
pub(crate) use margin::equity_of;
pub(crate) use moving::Moving;
pub(crate) use position::{Fill, Position, Positions};
pub(crate) use sharing::{Sharing, Steps};
