//! A new order's way: admitted, accepted, matched, settled, rested.

mod admit;
mod allocation;
mod capacity;
mod elect;
mod enter;
mod explain;
mod explain_watched;
mod hidden;
mod holds;
mod iceberg;
mod losses;
mod matching;
mod minimum;
mod offer;
mod on_auction;
mod plain;
mod post;
mod reduce;
mod refusal;
mod report;
mod risk;
mod rules;
mod settle;
mod special;
mod stop;
mod watched;

pub(crate) use admit::Ticket;
pub(crate) use allocation::Shares;
pub(crate) use elect::Election;
pub(crate) use explain::Case;
pub(crate) use refusal::Refusal;
pub(crate) use report::{Asked, canceled};
pub(crate) use risk::{Increase, Parties};
pub(crate) use rules::Priced;
pub(crate) use settle::Trade;
