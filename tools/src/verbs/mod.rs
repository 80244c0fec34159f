//! What can be typed behind `pinion`, one module each.

pub(crate) mod up;

pub(crate) mod core;

pub(crate) mod gateway;

pub(crate) mod init;

pub(crate) mod check_config;

pub(crate) mod trade;

pub(crate) mod ctl;

mod reconcile;

pub(crate) mod journal;

pub(crate) mod import;

pub(crate) mod load;

pub(crate) mod digest;

pub(crate) mod version;

pub(crate) mod completions;

mod process;
