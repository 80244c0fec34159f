//! Trading states: what each permits, how an instrument comes from one to the next, and what it
//! does in between: collects orders, trades them at one price, keeps fills within a range.

mod change;
mod indicative;
mod price;
mod range;
mod schedule;
mod timetable;
mod uncross;

pub(crate) use change::{collects, is_auction};
pub(crate) use indicative::{Aftermath, Indicative, Quotes};
pub(crate) use timetable::{Cause, Timetable};
