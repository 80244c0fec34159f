//! What no honest client sends and does, to a whole venue over real sockets: each gets the answer
//! the protocol names, whoever behaves is not disturbed, and nothing is left behind.
#![forbid(unsafe_code)]

mod house;

mod messages;

mod peers;

mod disk;
