//! Bytes from outside: whatever stands in the files, nothing panics, and nothing is read that was
//! not appended.

mod common;

use std::path::Path;
use std::sync::Arc;

use common::sim::SimDisk;
use common::{Home, append_many, mix, payload, time};
use pinion_journal::{Options, Outcome, Reader, open, verify_in};

/// Random numbers from a seed that is printed.
struct Draw(u64);

impl Draw {
    fn new(salt: u64) -> Draw {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(42);
        println!("SEED={seed}");
        Draw(mix(seed ^ salt))
    }

    fn next(&mut self) -> u64 {
        self.0 = mix(self.0);
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.next() as u8;
        }
    }
}

fn options(home: &Home, disk: &SimDisk) -> Options {
    let mut options = home.options();
    options.storage = Arc::new(disk.clone());
    options.incarnation = Some(99);
    options
}

fn closed(home: &Home, disk: &SimDisk, records: u64) {
    let mut log = open(options(home, disk)).expect("opens");
    append_many(&mut log.writer, &mut log.drain, records);
    drop(log.writer);
    log.drain.close().expect("closes");
}

/// Reads from every entrance there is. With checksums on, what is read must have been appended.
fn read_all(home: &Home, disk: &SimDisk, hot_dir: Option<&Path>, draw: &mut Draw, limit: u64) {
    for verify in [true, false] {
        let from = 1 + draw.next() % (limit + 2);
        let storage = Arc::new(disk.clone());
        let Ok(mut reader) = Reader::open_in(storage, &home.dir(), hot_dir, common::KIND, from)
        else {
            continue;
        };
        reader.set_verify(verify);
        for _ in 0..2 * limit {
            match reader.next() {
                Ok(Some(record)) if verify => {
                    assert_eq!(record.time, time(record.seq));
                    let words: &[u64] = bytemuck::cast_slice(record.payload);
                    assert_eq!(words, payload(record.seq));
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        // What is wrong shows as an error; none of these may panic.
        let _ = reader.next();
        let _ = reader.seek(1);
        let _ = reader.next();
    }
    let _ = verify_in(disk, &home.dir(), hot_dir, None);
}

#[test]
fn files_of_random_bytes() {
    let mut draw = Draw::new(1);
    for round in 0..300 {
        let (home, disk) = (Home::new(), SimDisk::new());
        closed(&home, &disk, 5);
        let len = [0, 1, 4096, 16 * 1024, 16 * 1024 + 1, 20 * 1024][draw.below(6)];
        let mut bytes = vec![0; len];
        draw.fill(&mut bytes);
        let whole = disk.bytes(&home.disk_segment(1));
        if round % 3 == 1 && len > 16 {
            bytes[..16].copy_from_slice(&whole[..16]);
        }
        if round % 3 == 2 && len > 4096 {
            bytes[..4096].copy_from_slice(&whole[..4096]);
        }
        disk.set_bytes(&home.disk_segment(1), bytes);
        read_all(&home, &disk, None, &mut draw, 10);
        assert!(open(options(&home, &disk)).is_err());
    }
}

#[test]
fn hot_files_of_random_bytes() {
    let mut draw = Draw::new(2);
    for round in 0..200 {
        let (home, disk) = (Home::new(), SimDisk::new());
        let mut log = open(options(&home, &disk)).expect("opens");
        append_many(&mut log.writer, &mut log.drain, 20);
        drop(log);
        let path = home.hot_segment(1);
        let mut bytes = std::fs::read(&path).expect("a hot segment");
        match round % 4 {
            0 => draw.fill(&mut bytes),
            1 => draw.fill(&mut bytes[4096..]),
            2 => {
                let at = 4096 + draw.below(2000);
                draw.fill(&mut bytes[at..at + 8]);
            }
            _ => bytes.truncate(draw.below(16 * 1024)),
        }
        std::fs::write(&path, bytes).expect("written");
        read_all(&home, &disk, Some(&home.hot_dir()), &mut draw, 30);
        // It opens with what was appended, or not at all.
        if let Ok(log) = open(options(&home, &disk)) {
            let storage = Arc::new(disk.clone());
            let mut reader =
                Reader::open_in(storage, &home.dir(), Some(&home.hot_dir()), common::KIND, 1)
                    .expect("a reader");
            assert_eq!(common::check_all(&mut reader), log.recovered.last_seq);
        }
    }
}

#[test]
fn many_changes_at_once() {
    const RECORDS: u64 = 260;
    let mut draw = Draw::new(3);
    let (home, disk) = (Home::new(), SimDisk::new());
    closed(&home, &disk, RECORDS);
    let segments: Vec<_> = (1..).map(|no| home.disk_segment(no)).take(3).collect();
    let mut outcomes = [0; 5];
    for _ in 0..1500 {
        let image = disk.after_kill();
        for _ in 0..=draw.below(4) {
            let path = &segments[draw.below(segments.len())];
            let mut bytes = image.bytes(path);
            change(&mut bytes, &mut draw);
            image.set_bytes(path, bytes);
        }
        read_all(&home, &image, None, &mut draw, RECORDS);
        if let Ok(report) = verify_in(&image, &home.dir(), None, Some(common::KIND)) {
            outcomes[match report.outcome {
                Outcome::Clean => 0,
                Outcome::TornTail(_) => 1,
                Outcome::Lost { .. } => 2,
                Outcome::Missing { .. } => 3,
                Outcome::Corrupt { .. } => 4,
            }] += 1;
            if report.outcome == Outcome::Clean {
                assert_eq!(report.last_seq, RECORDS);
            }
        }
    }
    println!("clean, torn, lost, missing, corrupt: {outcomes:?}");
    assert!(outcomes[4] > 100);
}

/// What happens to files: bits flip, pieces are overwritten, moved, zeroed, cut off.
fn change(bytes: &mut Vec<u8>, draw: &mut Draw) {
    let Some(last) = bytes.len().checked_sub(600) else {
        return;
    };
    let at = draw.below(last);
    let len = 1 + draw.below(500);
    match draw.below(5) {
        0 => bytes[at] ^= 1 << draw.below(8),
        1 => draw.fill(&mut bytes[at..at + len]),
        2 => {
            let to = draw.below(last);
            bytes.copy_within(at..at + len, to);
        }
        3 => bytes[at..at + len].fill(0),
        _ => bytes.truncate(at),
    }
}
