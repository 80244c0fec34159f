//! What tests and benches share: the naive model of the venue.
#![forbid(unsafe_code)]

pub mod scan;
