//! Linked orders (rule O12): pairs of which one ends the other, and brackets.

#[path = "../support/mod.rs"]
mod support;

mod bracket;
mod legs;
mod oco;
mod random;
mod refused;
mod starts;
