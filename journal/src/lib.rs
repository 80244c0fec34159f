//! A segmented, memory-mapped log of opaque records: append, tail, recover, verify.
//!
//! The hot thread appends to segments in memory (files on tmpfs, mapped and touched beforehand); a
//! journal thread writes the same bytes at the same offsets to disk and syncs them in groups. The
//! hot thread makes no system call, takes no lock and never waits; the disk is never in its way.
//! This crate knows bytes and nothing of what they mean; the venue uses it twice, for the journal
//! of its inputs and for the log of its events.
//!
//! ```text
//!  Writer (hot thread)                          Reader (any process)
//!     | stores, lead word last                     ^ follows lead words, without a system call
//!     v                                            |
//!  hot_dir/0000000007.hot  0000000008.hot ... -----+   removed when sealed and durable
//!     |                    (prepared spares)       |
//!     | journal thread: check, write, sync         | what is no longer hot
//!     v                                            |
//!  dir/0000000001.seg ... 0000000007.seg  ---------+   kept; byte for byte the same
//!  dir/watermark    how far the disk was durable, in two slots
//!  dir/boot         which start of the machine the log was last written in
//!  dir/lock, hot_dir/lock    one writer
//! ```
//!
//! # Format, version 1
//!
//! Little-endian. A segment is a header of 4096 bytes ([`SegmentHeader`] has its table), then
//! records on lines of 64 bytes, then one end marker, then zeros to the end of the file.
//!
//! ```text
//!  segment   0        4096                                                        segment_len
//!            +--------+----------+-----+---------------+------+-----------+-------------+
//!            | header | record 1 |     | record 2      | ...  | end mark  | zeros       |
//!            +--------+----------+-----+---------------+------+-----------+-------------+
//!                     |<-- multiples of 64 bytes, zeros between ->|
//!
//!  record    0        4        8        16       24       32                 length
//!            +--------+--------+--------+--------+--------+------------------+
//!            | commit | crc    | seq    | time   | aux    | payload          |
//!            | u32    | u32    | u64    | u64    | u64    | n times 8 bytes  |
//!            +--------+--------+--------+--------+--------+------------------+
//!            |<- lead word ->|
//! ```
//!
//! - `commit` is the length in bytes, header included, 40 to 4096; 0 while nothing is written. It
//!   is stored last, together with `crc` in one word, with Release. In the end marker it is
//!   `0x8000_0020`, and `seq` is the one that the next segment begins with.
//! - `crc` is CRC-32C over bytes 8 to the length, begun with `previous crc ^ salt ^ commit`. The
//!   salt is the incarnation in the header, its halves exclusive-ored. The chain runs through end
//!   markers; `prev_tail_crc` in the next header repeats where it stands, 0 in the first segment.
//! - `seq` is dense from 1. `time` and `aux` are the caller's.
//!
//! # What is promised
//!
//! - What was appended survives the death of the process ([`Options::sync`] false or true).
//! - What [`Status::durable`] covers survives the loss of power.
//! - What a crash left half-written behind that is cut off when the log is opened, and told.
//! - Anything else that is not as it was written is refused, with segment, offset, seq and reason.
//! - The first failure of a write or sync stops the journal thread for good: nothing is retried,
//!   and nothing after it is called durable.
//!
//! Durability on disk assumes that a device writes whole sectors of 512 bytes: the last block of a
//! group is written again with the next group, its beginning unchanged.
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
