//! Checking a log without changing it, for tools.

use std::path::{Path, PathBuf};

use crate::error::{Error, Reason};
use crate::files::{self, Lock};
use crate::hot::HotSearch;
use crate::report::{Place, SegmentInfo, SegmentState, TornTail};
use crate::storage::{Disk, Storage};
use crate::survey::{Owner, Survey};

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything is as it was written.
    Clean,
    /// A crash tore the end, which was never durable; opening the log for writing cuts it off.
    TornTail(TornTail),
    /// Records that were durable are not there any more.
    Lost {
        /// Where they should be.
        path: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
        /// The first of them.
        from: u64,
        /// The last one known to have been durable.
        to: u64,
    },
    /// A whole segment is not there.
    Missing {
        /// Its number.
        segment_no: u64,
        /// The first seq that is missing with it.
        seq: u64,
    },
    /// Bytes are not what was written.
    Corrupt {
        /// The segment.
        path: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
        /// The seq that should stand there.
        seq: u64,
        /// What is wrong.
        reason: Reason,
    },
}

/// What is known of a log after a check.
#[derive(Clone, Debug)]
pub struct Report {
    /// The segments, as far as they could be walked: disk first, then hot.
    pub segments: Vec<SegmentInfo>,
    /// What the check came to.
    pub outcome: Outcome,
    /// Good records.
    pub records: u64,
    /// Seq of the last good record; 0 when there is none.
    pub last_seq: u64,
    /// Rolling checksum after it.
    pub tail_crc: u32,
    /// Whether a writer held the log meanwhile. Then hot segments were left alone, and a torn end
    /// of the disk is only what is being written, and is not told.
    pub is_live: bool,
}

/// Walks a whole log, disk and hot, and changes nothing.
///
/// # Errors
/// What keeps the log from being walked: [`Error::Io`], [`Error::Absent`], [`Error::Version`],
/// [`Error::Foreign`]. What is wrong with the records is in the report.
pub fn verify(dir: &Path, hot_dir: Option<&Path>, kind: Option<u16>) -> Result<Report, Error> {
    verify_in(&Disk, dir, hot_dir, kind)
}

/// Walks a log whose disk is another than the file system.
///
/// # Errors
/// As [`verify`].
pub fn verify_in(
    storage: &dyn Storage,
    dir: &Path,
    hot_dir: Option<&Path>,
    kind: Option<u16>,
) -> Result<Report, Error> {
    let mut survey = Survey::begin(storage, dir, Owner::of_kind(kind))?;
    let is_live = matches!(Lock::probe(dir), Err(Error::Locked { .. }));
    let walked = survey.walk(false);
    let torn = survey.torn.take().map(|(torn, _)| torn);
    let mut report = Report {
        records: survey.records,
        last_seq: survey.tail.as_ref().map_or(0, |tail| tail.cursor.seq.saturating_sub(1)),
        tail_crc: survey.tail.as_ref().map_or(0, |tail| tail.cursor.crc),
        segments: std::mem::take(&mut survey.infos),
        outcome: Outcome::Clean,
        is_live,
    };
    walked.or_else(|error| report.judge(error))?;
    if report.outcome != Outcome::Clean {
        return Ok(report);
    }
    let Some(tail) = survey.tail.take() else {
        return Err(Error::Absent { dir: dir.to_owned() });
    };
    if is_live {
        return Ok(report);
    }
    if let Some(torn) = torn {
        report.outcome = Outcome::TornTail(torn);
    }
    let Some(hot_dir) = hot_dir.filter(|_| !survey.is_rebooted()) else {
        return Ok(report);
    };
    let owner = Owner { venue: Some(tail.header.venue), ..Owner::of_kind(Some(tail.header.kind)) };
    let mut search = HotSearch { hot_dir, owner, lock_memory: false, repair: false };
    match search.walk(&tail) {
        Ok(None) => {}
        Ok(Some(hot)) => report.add_hot(hot_dir, &hot),
        Err(error) => report.judge(error)?,
    }
    Ok(report)
}

impl Report {
    /// Turns an error about records into an outcome.
    fn judge(&mut self, error: Error) -> Result<(), Error> {
        self.outcome = match error {
            Error::Lost { path, offset, from, to } => Outcome::Lost { path, offset, from, to },
            Error::Corrupt { path, offset, seq, reason } => {
                Outcome::Corrupt { path, offset, seq, reason }
            }
            Error::Missing { segment_no, seq, .. } => Outcome::Missing { segment_no, seq },
            other => return Err(other),
        };
        Ok(())
    }

    fn add_hot(&mut self, hot_dir: &Path, hot: &crate::hot::HotLog) {
        let disk_seq = self.last_seq;
        self.last_seq = hot.cursor.seq.saturating_sub(1);
        self.tail_crc = hot.cursor.crc;
        self.records = self.records.saturating_add(self.last_seq.saturating_sub(disk_seq));
        // What the disk has torn, the hot segments have whole.
        self.outcome = match &hot.torn {
            Some(torn) => Outcome::TornTail(torn.clone()),
            None => Outcome::Clean,
        };
        let last = hot.header.segment_no;
        for segment in &hot.segments {
            let crate::header::Parsed::Header(header) = segment.header() else { continue };
            let sealed = segment.no < last || hot.sealed;
            self.segments.push(SegmentInfo {
                segment_no: segment.no,
                path: files::hot_path(hot_dir, segment.no),
                place: Place::Hot,
                state: if sealed { SegmentState::Sealed } else { SegmentState::Open },
                segment_len: segment.len() as u64,
                first_seq: header.first_seq,
                records: 0,
                data_len: if segment.no == last { hot.cursor.offset as u64 } else { 0 },
                last_time: hot.last_time,
                header: Some(header),
            });
        }
    }
}
