//! The session layer by itself: commands in, events and cancels out, held against a naive model.
#![forbid(unsafe_code)]

mod house;

mod logons;

mod messages;

mod model;

mod one;

mod random;

mod rates;

mod retire;
