//! Every kind of damage to a log at rest: found and named with its place, or without effect. Never
//! is anything read that was not appended.

mod common;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::sim::{Keep, SimDisk};
use common::{Home, append_many, check_all, mix};
use pinion_journal::{
    Error, Options, Outcome, Progress, Reader, Reason, Recovered, Report, open, verify_in,
};

const RECORDS: u64 = 260;

/// A log that was closed in good order, on a disk in memory.
struct Closed {
    home: Home,
    disk: SimDisk,
    recovered: Recovered,
}

impl Closed {
    fn new() -> Closed {
        Closed::with(RECORDS, 0xfeed_beef_0bad_cafe)
    }

    fn with(records: u64, incarnation: u64) -> Closed {
        let (home, disk) = (Home::new(), SimDisk::new());
        let mut options_of_this = options(&home, &disk);
        options_of_this.incarnation = Some(incarnation);
        let mut log = open(options_of_this).expect("opens");
        append_many(&mut log.writer, &mut log.drain, records);
        drop(log.writer);
        log.drain.close().expect("closes");
        let mut log = open(options(&home, &disk)).expect("opens again");
        // Until everything that can be prepared is.
        while log.drain.step() == Progress::Worked {}
        let recovered = log.recovered.clone();
        assert_eq!(recovered.last_seq, RECORDS);
        drop(log.writer);
        log.drain.close().expect("closes");
        Closed { home, disk, recovered }
    }

    fn segment(&self, no: u64) -> PathBuf {
        self.home.disk_segment(no)
    }

    fn bytes(&self, no: u64) -> Vec<u8> {
        self.disk.bytes(&self.segment(no))
    }

    /// Where records begin in a segment, with their seqs; the end marker comes last, with the seq
    /// after the last one.
    fn records(&self, no: u64) -> Vec<(usize, u64)> {
        let bytes = self.bytes(no);
        let mut offset = 4096;
        let mut found = Vec::new();
        loop {
            let commit = u32::from_le_bytes(bytes[offset..offset + 4].try_into().expect("4"));
            if commit == 0 {
                return found;
            }
            let seq = u64::from_le_bytes(bytes[offset + 8..offset + 16].try_into().expect("8"));
            found.push((offset, seq));
            if commit >> 31 == 1 {
                return found;
            }
            offset += (commit as usize).next_multiple_of(64);
        }
    }

    /// The disk with one file changed.
    fn changed(&self, path: &Path, change: impl FnOnce(&mut Vec<u8>)) -> SimDisk {
        let image = self.disk.after_kill();
        let mut bytes = image.bytes(path);
        change(&mut bytes);
        image.set_bytes(path, bytes);
        image
    }

    /// Opens an image, and checks that what opens is what was appended.
    fn open(&self, image: &SimDisk) -> Result<Recovered, Error> {
        let log = open(options(&self.home, image))?;
        let mut reader = self.reader(image);
        assert_eq!(check_all(&mut reader), log.recovered.last_seq);
        let recovered = log.recovered.clone();
        drop(log.writer);
        log.drain.close().expect("closes");
        Ok(recovered)
    }

    fn verify(&self, image: &SimDisk) -> Result<Report, Error> {
        verify_in(image, &self.home.dir(), None, Some(common::KIND))
    }

    fn reader(&self, image: &SimDisk) -> Reader {
        let storage = Arc::new(image.clone());
        Reader::open_in(storage, &self.home.dir(), Some(&self.home.hot_dir()), common::KIND, 1)
            .expect("a reader")
    }

    fn refusal(&self, image: &SimDisk) -> Error {
        match self.open(image) {
            Err(error) => {
                assert!(!error.to_string().is_empty());
                error
            }
            Ok(recovered) => panic!("opened with {} records", recovered.last_seq),
        }
    }
}

fn options(home: &Home, disk: &SimDisk) -> Options {
    let mut options = home.options();
    options.storage = Arc::new(disk.clone());
    options.incarnation = Some(0xfeed_beef_0bad_cafe);
    options
}

#[test]
fn any_flipped_bit_is_found_or_without_effect() {
    let closed = Closed::new();
    let last = closed.recovered.segments;
    assert!(last >= 3);
    let (mut found, mut without_effect) = (0, 0);
    for no in 1..=last {
        let path = closed.segment(no);
        let records = closed.records(no);
        let bytes = closed.bytes(no);
        for index in 0..bytes.len() {
            // All of the header and of the records; of the zeros behind them a part.
            let end = records.last().map_or(4096, |&(offset, _)| offset + 64);
            if index > end + 4096 && !index.is_multiple_of(61) {
                continue;
            }
            let bit = 1 << (mix(index as u64) % 8);
            let image = closed.changed(&path, |bytes| bytes[index] ^= bit);
            let said = match closed.verify(&image) {
                Ok(Report {
                    outcome: Outcome::Clean | Outcome::TornTail(_),
                    last_seq,
                    tail_crc,
                    ..
                }) => {
                    assert_eq!((last_seq, tail_crc), (RECORDS, closed.recovered.tail_crc));
                    without_effect += 1;
                    None
                }
                Ok(report) => Some(as_error(report.outcome)),
                Err(error) => Some(error),
            };
            assert!(said.is_some() || index >= end, "segment {no} byte {index}");
            if let Some(error) = &said {
                found += 1;
                check_place(error, index, &records, no);
            }
            // Opening says the same, and costs more.
            if index.is_multiple_of(11) {
                match (closed.open(&image), said) {
                    (Ok(recovered), None) => assert_eq!(recovered.last_seq, RECORDS),
                    (Err(error), Some(said)) => assert_eq!(error.to_string(), said.to_string()),
                    (opened, said) => panic!("opening {opened:?}, verifying {said:?}"),
                }
            }
        }
    }
    println!("found {found}, without effect {without_effect}");
    assert!(found > 30_000);
}

fn as_error(outcome: Outcome) -> Error {
    match outcome {
        Outcome::Corrupt { path, offset, seq, reason } => {
            Error::Corrupt { path, offset, seq, reason }
        }
        Outcome::Lost { path, offset, from, to } => Error::Lost { path, offset, from, to },
        other => panic!("{other:?}"),
    }
}

/// The error names the record that was hit, or the first that cannot be told for it.
fn check_place(error: &Error, index: usize, records: &[(usize, u64)], no: u64) {
    let first = records.first().map_or(1, |&(_, seq)| seq);
    let hit = records.iter().rev().find(|&&(offset, _)| offset <= index);
    let expected = hit.map_or(first, |&(_, seq)| seq);
    match error {
        Error::Corrupt { path, seq, offset, .. } => {
            assert_eq!(*seq, expected, "byte {index}: {error}");
            assert!(*offset as usize <= index);
            assert!(path.to_string_lossy().contains(&format!("{no:010}")));
        }
        Error::Lost { from, to, .. } => {
            assert_eq!((*from, *to), (expected, RECORDS), "byte {index}: {error}");
        }
        Error::Version { .. } => assert!((8..10).contains(&index)),
        Error::Foreign { .. } => assert!((14..80).contains(&index)),
        other => panic!("byte {index}: {other}"),
    }
}

/// What was durable is known to have been so after a power loss too.
#[test]
fn the_watermark_is_durable_itself() {
    let closed = Closed::new();
    let no = closed.recovered.segments;
    let &(offset, seq) = closed.records(no).last().expect("records");
    let image = closed.changed(&closed.segment(no), |bytes| bytes[offset..].fill(0));
    match closed.refusal(&image.after_power_loss(Keep::Nothing)) {
        Error::Lost { from, to, .. } => assert_eq!((from, to), (seq, RECORDS)),
        other => panic!("{other}"),
    }
}

#[test]
fn any_flipped_bit_beside_the_segments_is_found_or_without_effect() {
    let closed = Closed::new();
    for name in ["watermark", "boot"] {
        let path = closed.home.dir().join(name);
        for index in 0..closed.disk.bytes(&path).len() {
            let image = closed.changed(&path, |bytes| bytes[index] ^= 0x10);
            match closed.open(&image) {
                Ok(recovered) => assert_eq!(recovered.last_seq, RECORDS),
                Err(error) => assert!(matches!(error, Error::Lost { .. }), "{error}"),
            }
        }
    }
}

#[test]
fn a_segment_that_ends_early_is_refused_whole() {
    let closed = Closed::new();
    let no = closed.recovered.segments;
    let (offset, _) = *closed.records(no).last().expect("records");
    for len in [0, 1, 63, 4095, 4096, offset, offset + 1, offset + 64, 16 * 1024 - 1] {
        let image = closed.changed(&closed.segment(no), |bytes| bytes.truncate(len));
        let error = closed.refusal(&image);
        assert!(
            matches!(error, Error::Corrupt { reason: Reason::Short | Reason::HeaderPlace, .. })
                || matches!(error, Error::Lost { .. }),
            "{len}: {error}"
        );
    }
}

/// From every byte of the last three records on, nothing reached the disk.
#[test]
fn a_tail_that_was_never_durable_is_cut_at_every_byte() {
    let closed = Closed::new();
    let no = closed.recovered.segments;
    let path = closed.segment(no);
    let records = closed.records(no);
    let end = closed.bytes(no).iter().rposition(|&byte| byte != 0).expect("records") + 1;
    let (start, _) = records[records.len() - 3];
    for cut in start..end {
        let torn = closed.changed(&path, |bytes| bytes[cut..].fill(0));
        // The watermark says that they were durable: then they are lost.
        let whole = records.iter().rev().find(|&&(offset, _)| offset <= cut).expect("one");
        match closed.verify(&torn).expect("walks").outcome {
            Outcome::Lost { from, to, .. } => assert_eq!((from, to), (whole.1, RECORDS)),
            other => panic!("{other:?}"),
        }
        // Without one, it is a torn tail, and a reader stops before it.
        let image = without_watermark(&closed, &torn);
        let mut reader =
            Reader::open_in(Arc::new(image.clone()), &closed.home.dir(), None, common::KIND, 1)
                .expect("a reader");
        assert_eq!(check_all(&mut reader), whole.1 - 1);
        let report = closed.verify(&image).expect("walks");
        assert_eq!(report.last_seq, whole.1 - 1);
        assert_eq!(report.outcome == Outcome::Clean, cut == whole.0);
        // Opening finds the same, and costs more.
        if !cut.is_multiple_of(7) && cut != whole.0 {
            continue;
        }
        assert!(matches!(closed.refusal(&torn), Error::Lost { .. }));
        let recovered = closed.open(&image).expect("opens");
        assert_eq!(recovered.last_seq, whole.1 - 1, "cut at {cut}");
        assert_eq!(recovered.torn.is_empty(), cut == whole.0);
        for torn in &recovered.torn {
            assert_eq!((torn.offset, torn.seq), (whole.0 as u64, whole.1));
            assert_eq!(torn.records, 0);
        }
        // And once cut, it is whole.
        assert!(closed.open(&image).expect("opens").torn.is_empty());
    }
}

fn without_watermark(closed: &Closed, image: &SimDisk) -> SimDisk {
    let image = image.after_kill();
    image.set_bytes(&closed.home.dir().join("watermark"), Vec::new());
    image
}

#[test]
fn a_bad_record_before_good_ones_is_refused_even_without_a_watermark() {
    let closed = Closed::new();
    for no in 1..=closed.recovered.segments {
        let records = closed.records(no);
        for &(offset, seq) in records.iter().rev().skip(3).step_by(7) {
            let image = closed.changed(&closed.segment(no), |bytes| bytes[offset + 33] ^= 1);
            match closed.refusal(&without_watermark(&closed, &image)) {
                Error::Corrupt { seq: at, offset: place, reason, .. } => {
                    assert_eq!((at, place), (seq, offset as u64));
                    assert!(matches!(reason, Reason::Followed | Reason::Checksum), "{reason}");
                }
                other => panic!("{other}"),
            }
        }
    }
}

/// After a power loss a disk may have kept a later part of the last group and not an earlier one.
#[test]
fn after_a_power_loss_a_gap_in_what_was_not_synced_is_a_torn_tail() {
    let closed = Closed::new();
    let no = closed.recovered.segments;
    let records = closed.records(no);
    let (offset, seq) = records[records.len() - 6];
    let image = closed.changed(&closed.segment(no), |bytes| bytes[offset..offset + 64].fill(0));
    let image = without_watermark(&closed, &image).after_power_loss(Keep::All);
    let recovered = closed.open(&image).expect("opens");
    assert_eq!(recovered.last_seq, seq - 1);
    let torn = recovered.torn.first().expect("torn");
    assert!(torn.records >= 3);
}

/// Changes bytes given two places and a length.
type Move = fn(&mut [u8], usize, usize, usize);

#[test]
fn records_that_were_moved_are_refused() {
    let closed = Closed::new();
    let records = closed.records(2);
    let len = |index: usize| records[index + 1].0 - records[index].0;
    // Two neighbors of equal length.
    let at = (0..records.len() - 2).find(|&index| len(index) == len(index + 1)).expect("two");
    let ((a, seq), (b, _), n) = (records[at], records[at + 1], len(at));
    let changes: [Move; 4] = [
        |bytes, a, b, n| {
            let (first, second) = bytes.split_at_mut(b);
            first[a..a + n].swap_with_slice(&mut second[..n]);
        },
        |bytes, a, b, n| bytes.copy_within(a..a + n, b),
        |bytes, a, b, n| bytes.copy_within(b..b + n, a),
        |bytes, a, _, n| bytes[a..a + n].fill(0),
    ];
    for change in changes {
        let image = closed.changed(&closed.segment(2), |bytes| change(bytes, a, b, n));
        match closed.refusal(&image) {
            Error::Corrupt { seq: at, .. } => assert!(at == seq || at == seq + 1),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn segments_that_are_missing_or_exchanged_are_refused() {
    let closed = Closed::new();
    let last = closed.recovered.segments;
    for no in 1..last {
        let image = closed.disk.after_kill();
        pinion_journal::Storage::remove(&image, &closed.segment(no)).expect("removed");
        match closed.refusal(&image) {
            Error::Missing { segment_no, seq, .. } => {
                assert_eq!(segment_no, no);
                assert_eq!(seq, closed.records(no)[0].1);
            }
            other => panic!("{other}"),
        }
    }
    let last_gone = closed.disk.after_kill();
    pinion_journal::Storage::remove(&last_gone, &closed.segment(last)).expect("removed");
    assert!(matches!(closed.refusal(&last_gone), Error::Lost { .. } | Error::Missing { .. }));
    let none = closed.disk.after_kill();
    for no in 1..=last + 2 {
        // The blank ones behind may be fewer.
        let _ = pinion_journal::Storage::remove(&none, &closed.segment(no));
    }
    assert!(matches!(closed.refusal(&none), Error::Missing { segment_no: 1, seq: 1, .. }));
    let other = closed.bytes(2);
    let image = closed.changed(&closed.segment(1), |bytes| *bytes = other);
    assert!(matches!(closed.refusal(&image), Error::Corrupt { reason: Reason::HeaderPlace, .. }));
}

/// A segment of the same venue, kind and number, from another life of the log.
#[test]
fn a_segment_of_another_history_is_refused() {
    let (closed, other) = (Closed::new(), Closed::with(RECORDS, 1));
    for no in 1..=closed.recovered.segments {
        let strange = other.bytes(no);
        let image = closed.changed(&closed.segment(no), |bytes| *bytes = strange);
        match closed.refusal(&image) {
            Error::Corrupt { reason: Reason::Chain, path, .. } => {
                // The first one begins like any first one; the second shows it.
                assert_eq!(path, closed.segment(no.max(2)));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_blank_segment_that_is_not_blank_is_refused() {
    let closed = Closed::new();
    let no = closed.recovered.segments + 1;
    let path = closed.segment(no);
    assert!(closed.bytes(no).iter().all(|&byte| byte == 0));
    for at in [8, 4095, 4096, 9000, 16 * 1024 - 1] {
        let image = closed.changed(&path, |bytes| bytes[at] = 1);
        match closed.refusal(&image) {
            Error::Corrupt { reason: Reason::NoHeader, seq, .. } => assert_eq!(seq, RECORDS + 1),
            other => panic!("{other}"),
        }
    }
}

/// A field that does not fit, and how it comes to be so.
type Change = (&'static str, fn(&mut Options));

#[test]
fn a_log_of_another_owner_or_version_is_refused() {
    let closed = Closed::new();
    let changes: [Change; 4] = [
        ("kind", |options| options.kind += 1),
        ("venue", |options| options.venue[3] ^= 1),
        ("shard", |options| options.shard += 1),
        ("schema", |options| options.schema_hash += 1),
    ];
    for (field, change) in changes {
        let mut options = options(&closed.home, &closed.disk);
        change(&mut options);
        match open(options) {
            Err(Error::Foreign { field: found, .. }) => assert_eq!(found, field),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("opened"),
        }
    }
    let image = closed.changed(&closed.segment(1), |bytes| bytes[8] = 2);
    assert!(matches!(closed.refusal(&image), Error::Version { found: 2, .. }));
}
