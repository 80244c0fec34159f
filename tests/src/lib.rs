//! What tests and benches share: the naive model of the venue, recorded markets, random streams.
#![forbid(unsafe_code)]

pub mod scan;

pub mod venue;

pub mod model;

pub mod live;

pub mod random;

pub mod reserved;

pub mod tape;

pub mod process;
