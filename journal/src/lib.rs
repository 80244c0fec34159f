//! A segmented, memory-mapped log of opaque records: append, tail, recover, verify.
//!
//! The hot thread appends to segments in memory (files on tmpfs, mapped and touched beforehand); a
//! journal thread writes the same bytes at the same offsets to disk and syncs them in groups. The
//! hot thread makes no system call, takes no lock and never waits; the disk is never in its way.
//! This crate knows bytes and nothing of what they mean; the venue uses it twice, for the journal of
//! its inputs and for the log of its events.
#![cfg_attr(loom, allow(dead_code))]

#[cfg(target_endian = "big")]
compile_error!("the format is little-endian");

#[cfg(not(loom))]
mod open;

#[cfg(not(loom))]
mod writer;

#[cfg(not(loom))]
mod service;

#[cfg(not(loom))]
mod reader;

#[cfg(not(loom))]
mod verify;

#[cfg(not(loom))]
mod options;

#[cfg(not(loom))]
mod report;

mod error;

mod header;

mod record;

mod checksum;

#[cfg(loom)]
pub mod commit;

#[cfg(not(loom))]
mod commit;

mod scan;

#[cfg(not(loom))]
mod ship;

#[cfg(not(loom))]
mod prepare;

#[cfg(not(loom))]
mod survey;

#[cfg(not(loom))]
mod hot;

#[cfg(not(loom))]
mod locate;

#[cfg(not(loom))]
mod window;

#[cfg(not(loom))]
mod index;

#[cfg(not(loom))]
mod watermark;

#[cfg(not(loom))]
mod shared;

#[cfg(not(loom))]
mod files;

#[cfg(not(loom))]
mod segment;

#[cfg(not(loom))]
mod map;

#[cfg(not(loom))]
mod block;

#[cfg(not(loom))]
mod storage;

#[cfg(loom)]
pub mod sync;

#[cfg(not(loom))]
mod sync;

pub use error::{Error, Reason};
pub use header::{
    FLAG_AUX_IS_DURABLE, FLAG_SYNC, FORMAT_VERSION, SEGMENT_HEADER_LEN, SegmentHeader,
};
pub use record::{RECORD_ALIGN, RECORD_HEADER_LEN, RECORD_LEN_MAX, RECORD_LEN_MIN};

#[cfg(not(loom))]
pub use crate::{
    open::{Log, open},
    options::Options,
    reader::{Position, Reader, Record},
    report::{Place, Recovered, SegmentInfo, SegmentState, TornTail},
    service::{Drain, Idle, Service, ServiceOptions},
    shared::Status,
    ship::Progress,
    storage::{Access, Disk, Storage, StorageFile},
    verify::{Outcome, Report, verify, verify_in},
    writer::{Full, Writer},
};
