//! What a log is and where it lives, given once when it is opened.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::header::{FLAG_AUX_IS_DURABLE, FLAG_SYNC, SegmentHeader, segment_len_is_valid};
use crate::storage::{Disk, Storage};

/// What a log is and where it lives.
///
/// One directory holds one log. The hot directory is best on tmpfs and is this log's alone too;
/// name it after the venue, so that another venue never finds it.
#[derive(Clone)]
pub struct Options {
    /// Directory of the disk segments: the log itself.
    pub dir: PathBuf,
    /// Directory of the memory-mapped segments, which outlive the process but not the machine.
    pub hot_dir: PathBuf,
    /// Which log of the venue this is, as the caller numbers them.
    pub kind: u16,
    /// Bytes of a segment: a multiple of 4096, 16 KiB to 1 GiB.
    pub segment_len: usize,
    /// Hot segments kept ready besides the one written to; at least 1.
    pub spare_segments: usize,
    /// Hash of the layouts of the payloads. A log with another is refused.
    pub schema_hash: u64,
    /// Version of the logic that reads the payloads. Another one begins a new segment.
    pub logic_version: u32,
    /// Id of the venue. A log of another is refused.
    pub venue: [u8; 16],
    /// Which core of the venue writes. A log of another is refused.
    pub shard: u32,
    /// Term of the writer. Another one begins a new segment.
    pub epoch: u64,
    /// Digest of the configuration. Another one begins a new segment.
    pub config_hash: [u8; 32],
    /// Durability: true syncs every group of records as soon as the one before is durable; false
    /// writes them to disk at once and syncs every [`Options::lazy_sync`].
    pub sync: bool,
    /// Longest time that written records stay unsynced when `sync` is false.
    pub lazy_sync: Duration,
    /// Whether to lock hot segments in memory, where the system allows it.
    pub lock_memory: bool,
    /// Set when the writer gives [`crate::Writer::durable`] as `aux` with every record, which lets
    /// recovery tell lost records from a torn tail even without the watermark.
    pub aux_is_durable: bool,
    /// Salt of the checksums; `None` takes a random one, a test may want its own.
    pub incarnation: Option<u64>,
    /// The disk.
    pub storage: Arc<dyn Storage>,
}

impl Options {
    /// Defaults: 64 MiB segments, 4 spares, lazy sync of 100 ms, everything else zero.
    pub fn new(dir: impl Into<PathBuf>, hot_dir: impl Into<PathBuf>, kind: u16) -> Options {
        Options {
            dir: dir.into(),
            hot_dir: hot_dir.into(),
            kind,
            segment_len: 64 << 20,
            spare_segments: 4,
            schema_hash: 0,
            logic_version: 0,
            venue: [0; 16],
            shard: 0,
            epoch: 0,
            config_hash: [0; 32],
            sync: false,
            lazy_sync: Duration::from_millis(100),
            lock_memory: false,
            aux_is_durable: false,
            incarnation: None,
            storage: Arc::new(Disk),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if !segment_len_is_valid(self.segment_len as u64) {
            return Err(Error::Options(format!(
                "segment_len {} is not a multiple of 4096 from 16 KiB to 1 GiB",
                self.segment_len
            )));
        }
        if !(1..=1024).contains(&self.spare_segments) {
            return Err(Error::Options(format!(
                "spare_segments {} is not from 1 to 1024",
                self.spare_segments
            )));
        }
        if self.dir == self.hot_dir {
            return Err(Error::Options("dir and hot_dir are the same".to_owned()));
        }
        Ok(())
    }

    /// The header of this log's segments, without what tells one segment from another.
    pub(crate) fn template(&self) -> Result<SegmentHeader, Error> {
        let mut header = SegmentHeader::blank();
        header.kind = self.kind;
        header.flags = if self.sync { FLAG_SYNC } else { 0 }
            | if self.aux_is_durable { FLAG_AUX_IS_DURABLE } else { 0 };
        header.shard = self.shard;
        header.venue = self.venue;
        header.epoch = self.epoch;
        header.incarnation = match self.incarnation {
            Some(salt) => salt,
            None => random_salt()?,
        };
        header.schema_hash = self.schema_hash;
        header.logic_version = self.logic_version;
        header.segment_len = self.segment_len as u64;
        header.config_hash = self.config_hash;
        Ok(header)
    }
}

fn random_salt() -> Result<u64, Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Options(format!("no random salt: {error}")))?;
    Ok(u64::from_le_bytes(bytes))
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("dir", &self.dir)
            .field("hot_dir", &self.hot_dir)
            .field("kind", &self.kind)
            .field("segment_len", &self.segment_len)
            .field("sync", &self.sync)
            .finish_non_exhaustive()
    }
}
