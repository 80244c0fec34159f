//! What is appended is read back: at once, after a restart, over many segments, by many readers.

mod common;

use common::{Home, append_many, check_all, mix, reopen};
use pinion_journal::{Progress, Service, ServiceOptions};

#[test]
fn what_is_appended_is_read_at_once() {
    let home = Home::new();
    let mut log = home.open();
    assert!(log.recovered.created);
    let mut reader = home.reader(1);
    for count in [1, 2, 10] {
        append_many(&mut log.writer, &mut log.drain, count);
        assert_eq!(check_all(&mut reader), log.writer.next_seq() - 1);
    }
}

#[test]
fn records_cross_many_segments() {
    let home = Home::new();
    let mut log = home.open();
    let mut tail = home.reader(1);
    for _ in 0..40 {
        append_many(&mut log.writer, &mut log.drain, 100);
        assert_eq!(check_all(&mut tail), log.writer.next_seq() - 1);
    }
    while log.drain.step() == Progress::Worked {}
    assert_eq!(check_all(&mut home.reader(1)), 4000);
    drop(log.writer);
    log.drain.close().expect("closes");
    assert_eq!(home.hot_segments(), 0, "memory is given back");
    assert_eq!(check_all(&mut home.reader(1)), 4000);
    let recovered = reopen(&home);
    assert_eq!(recovered.last_seq, 4000);
    assert_eq!(recovered.durable_seq, 4000);
    assert!(recovered.torn.is_empty());
}

#[test]
fn any_record_is_found() {
    const RECORDS: u64 = 150_000;
    let home = Home::new();
    let mut options = home.options();
    options.segment_len = 1 << 20;
    let mut log = pinion_journal::open(options).expect("opens");
    append_many(&mut log.writer, &mut log.drain, RECORDS);
    let mut reader = home.reader(RECORDS);
    let mut place = 0x5eed;
    println!("SEED={place}");
    for _ in 0..60 {
        place = mix(place);
        // Far and near, forward and back.
        let far = 1 + place % RECORDS;
        for seq in [far, (far + 10).min(RECORDS), far.saturating_sub(3000).max(1), far] {
            reader.seek(seq).expect("a place");
            let record = reader.next().expect("good").expect("there");
            assert_eq!((record.seq, record.time), (seq, common::time(seq)));
        }
    }
    // What is not there yet is waited for.
    reader.seek(RECORDS + 2).expect("a place");
    for expected in [None, Some(RECORDS + 2)] {
        append_many(&mut log.writer, &mut log.drain, 1);
        assert_eq!(reader.next().expect("good").map(|record| record.seq), expected);
    }
    reader.seek(0).expect("the first");
    assert_eq!(reader.next().expect("good").map(|record| record.seq), Some(1));
}

#[test]
fn a_service_makes_everything_durable() {
    for sync in [false, true] {
        let home = Home::new();
        let mut options = home.options();
        options.sync = sync;
        let mut log = pinion_journal::open(options).expect("opens");
        let status = log.drain.status();
        let (sender, durable) = std::sync::mpsc::channel();
        let drain = log.drain.on_durable(move |seq| {
            // The test may be over.
            let _ = sender.send(seq);
        });
        let service =
            Service::start(vec![drain], &ServiceOptions::default()).expect("threads start");
        for seq in 1..=2000 {
            while log.writer.append(seq, log.writer.durable(), &[seq; 12]).is_err() {
                std::thread::yield_now();
            }
        }
        while status.durable() < 2000 {
            let seq = durable.recv().expect("the service lives");
            assert!(seq <= 2000);
        }
        drop(log.writer);
        service.close().expect("closes");
        let mut reader = home.reader(1);
        let mut count = 0;
        while let Some(record) = reader.next().expect("good") {
            count += 1;
            assert_eq!((record.seq, record.time), (count, count));
            assert!(record.aux < count);
        }
        assert_eq!(count, 2000);
    }
}

#[test]
fn records_above_the_limit_stay_off_the_disk() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    let home = Home::new();
    let mut options = home.options();
    options.sync = true;
    let mut log = pinion_journal::open(options.clone()).expect("opens");
    let limit = Arc::new(AtomicU64::new(0));
    let gate = Arc::clone(&limit);
    let mut drain = log.drain.hold_above(move || gate.load(Ordering::Acquire));
    // Three records to a cause, over more than one segment.
    for seq in 1..=300_u64 {
        while log.writer.append(seq, seq.div_ceil(3), &[seq; 4]).is_err() {
            assert_ne!(drain.step(), Progress::Poisoned);
        }
    }
    let status = drain.status();
    for (cause, durable) in [(0, 0), (1, 3), (1, 3), (40, 120), (99, 297)] {
        limit.store(cause, Ordering::Release);
        while drain.step() == Progress::Worked {}
        assert_eq!(status.durable(), durable);
    }
    drop(log.writer);
    assert!(drain.close().is_err(), "what is held back is not durable");
    let mut reader = home.reader(1);
    let mut count = 0;
    while reader.next().expect("good").is_some() {
        count += 1;
    }
    assert_eq!(count, 300, "memory has what the disk lacks");
    let log = pinion_journal::open(options).expect("opens again");
    assert_eq!((log.recovered.last_seq, log.recovered.durable_seq), (300, 297));
    drop(log.writer);
    log.drain.close().expect("closes");
}
