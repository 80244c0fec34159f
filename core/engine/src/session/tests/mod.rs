//! Tests of the session layer: commands in, events and cancels out.

mod house;
mod logons;
mod messages;
mod model;
mod one;
mod random;
mod rates;
mod retire;
