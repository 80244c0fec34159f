//! What the tests of this crate share: a log in a temporary place, records made from a number.
#![allow(dead_code, reason = "each test uses a part")]

pub mod sim;

use std::path::{Path, PathBuf};

use pinion_journal::{Drain, Log, Options, Progress, Reader, Recovered, Writer, open};
use tempfile::TempDir;

pub const KIND: u16 = 7;

/// Directories of one log, removed at the end.
pub struct Home {
    pub root: TempDir,
}

impl Home {
    pub fn new() -> Home {
        Home { root: TempDir::new().expect("a temporary directory") }
    }

    pub fn dir(&self) -> PathBuf {
        self.root.path().join("disk")
    }

    pub fn hot_dir(&self) -> PathBuf {
        self.root.path().join("hot")
    }

    /// Tiny segments, so that edges are met often.
    pub fn options(&self) -> Options {
        let mut options = Options::new(self.dir(), self.hot_dir(), KIND);
        options.segment_len = 16 * 1024;
        options.spare_segments = 2;
        options.schema_hash = 0x5eed;
        options.venue = *b"venue of a test.";
        options
    }

    pub fn open(&self) -> Log {
        open(self.options()).expect("the log opens")
    }

    pub fn reader(&self, from_seq: u64) -> Reader {
        Reader::open(&self.dir(), Some(&self.hot_dir()), KIND, from_seq).expect("a reader")
    }

    /// As if the machine had started again since the log was last written.
    pub fn start_machine_again(&self) {
        std::fs::write(self.dir().join("boot"), "an earlier start").expect("a mark");
    }

    /// How many hot segments there are.
    pub fn hot_segments(&self) -> usize {
        let entries = std::fs::read_dir(self.hot_dir()).expect("a directory").flatten();
        entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "hot")).count()
    }

    pub fn disk_segment(&self, no: u64) -> PathBuf {
        self.dir().join(format!("{no:010}.seg"))
    }

    pub fn hot_segment(&self, no: u64) -> PathBuf {
        self.hot_dir().join(format!("{no:010}.hot"))
    }
}

/// The payload of record `seq`: 1 to 76 words that follow from the number alone.
pub fn payload(seq: u64) -> Vec<u64> {
    let mixed = mix(seq);
    let len = match mixed % 8 {
        0..=2 => 4,
        3..=5 => 12,
        6 => 20,
        _ => 1 + mixed as usize / 8 % 76,
    };
    (0..len as u64).map(|index| mix(seq ^ index << 32)).collect()
}

pub fn mix(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

pub fn time(seq: u64) -> u64 {
    1_000_000_007 * seq
}

/// Appends the record that `seq` says must be next, with work done in between as it is needed.
pub fn append(writer: &mut Writer, drain: &mut Drain) -> u64 {
    let seq = writer.next_seq();
    loop {
        match writer.append(time(seq), mix(seq), &payload(seq)) {
            Ok(given) => {
                assert_eq!(given, seq);
                return seq;
            }
            Err(_full) => assert_ne!(drain.step(), Progress::Poisoned),
        }
    }
}

pub fn append_many(writer: &mut Writer, drain: &mut Drain, count: u64) {
    for _ in 0..count {
        append(writer, drain);
    }
}

/// Reads everything there is, and checks that it is what was appended; gives the last seq.
pub fn check_all(reader: &mut Reader) -> u64 {
    let mut expected = reader.position().seq;
    while let Some(record) = reader.next().expect("a good record") {
        assert_eq!(record.seq, expected);
        assert_eq!(record.time, time(expected));
        assert_eq!(record.aux, mix(expected));
        let words: &[u64] = bytemuck::cast_slice(record.payload);
        assert_eq!(words, payload(expected), "seq {expected}");
        expected += 1;
    }
    expected - 1
}

/// Copies a directory tree, as a crash image.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Opens, checks everything, and closes again.
pub fn reopen(home: &Home) -> Recovered {
    let log = home.open();
    let last = check_all(&mut home.reader(1));
    assert_eq!(last, log.recovered.last_seq);
    drop(log.writer);
    log.drain.close().expect("closes");
    assert_eq!(home.hot_segments(), 0, "memory is given back");
    log.recovered
}
