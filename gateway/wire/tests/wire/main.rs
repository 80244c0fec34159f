//! What the published contract promises, held against the code from the outside.
#![forbid(unsafe_code)]

mod schema;

mod samples;

mod agreement;

mod layout;

mod golden;

mod python;

mod frames;

mod requests;

mod signatures;

mod protocol;
