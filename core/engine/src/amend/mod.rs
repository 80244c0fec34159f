//! What becomes of orders that work: canceled, replaced, canceled in masses.

mod cancel;
mod find;
mod gather;
mod mass;
mod plain;
mod replace;
mod wish;

pub(crate) use gather::Gather;
