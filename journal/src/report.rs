//! What recovery and verification tell about a log.

use std::path::{Path, PathBuf};

use crate::error::Reason;
use crate::header::SegmentHeader;

/// Where a segment lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the log's directory.
    Disk,
    /// In the hot directory.
    Hot,
}

/// How far a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentState {
    /// Prepared and never written.
    Blank,
    /// Begun and not ended.
    Open,
    /// Ended by a marker.
    Sealed,
}

/// One segment, as it was found.
#[derive(Clone, Debug)]
pub struct SegmentInfo {
    /// Its number.
    pub segment_no: u64,
    /// Its file.
    pub path: PathBuf,
    /// Where it lies.
    pub place: Place,
    /// How far it is.
    pub state: SegmentState,
    /// Bytes of the file.
    pub segment_len: u64,
    /// Seq of its first record; 0 when blank.
    pub first_seq: u64,
    /// Good records in it.
    pub records: u64,
    /// Bytes up to the end of the last good record or the marker, header included.
    pub data_len: u64,
    /// Time of the last good record; 0 without one.
    pub last_time: u64,
    /// Its header; `None` when blank.
    pub header: Option<Box<SegmentHeader>>,
}

impl SegmentInfo {
    pub(crate) fn blank(segment_no: u64, path: &Path, place: Place, len: u64) -> SegmentInfo {
        SegmentInfo {
            segment_no,
            path: path.to_owned(),
            place,
            state: SegmentState::Blank,
            segment_len: len,
            first_seq: 0,
            records: 0,
            data_len: 0,
            last_time: 0,
            header: None,
        }
    }
}

/// What a crash left behind the last good record: written in part, never durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The segment.
    pub path: PathBuf,
    /// Where the last good record ends, in bytes.
    pub offset: u64,
    /// The seq that would have come next.
    pub seq: u64,
    /// Bytes up to the last one that is not zero.
    pub bytes: u64,
    /// Whole records among them, behind the torn one.
    pub records: u64,
    /// What is wrong with the first of them.
    pub reason: Reason,
}

/// What was there when a log was opened for writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Whether the log was begun just now.
    pub created: bool,
    /// Seq of the last record; 0 when there is none.
    pub last_seq: u64,
    /// Time of the last record; 0 when there is none.
    pub last_time: u64,
    /// Seq of the last record on disk; those above it were found in hot segments alone.
    pub durable_seq: u64,
    /// Segments with records, hot ones included.
    pub segments: u64,
    /// Rolling checksum at the end.
    pub tail_crc: u32,
    /// What was cut off, on disk or in a hot segment.
    pub torn: Vec<TornTail>,
}
