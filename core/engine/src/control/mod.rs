//! What operators, configuration and the core itself say.

mod allocation;
mod block;
mod define;
mod guards;
mod money;
mod risk;
mod steer;
