//! What operators, configuration and the core itself say.

mod block;
mod define;
mod guards;
mod money;
mod risk;
mod steer;
