//! What operators, configuration and the core itself say.

mod allocation;
mod block;
mod changed;
mod correct;
mod define;
mod guards;
mod money;
mod risk;
mod steer;
