//! The client against a venue that follows a script, and the protocol alone in virtual time.
#![forbid(unsafe_code)]

mod peer;

mod logon;

mod requests;

mod recovery;

mod resume;

mod timing;

mod lossy;

mod foreign;
