//! The machine stops at every single call to the disk, and whatever the disk then kept: what was
//! durable is there, what is there was appended, in order, unchanged.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::sim::{Keep, SimDisk};
use common::{Home, append, check_all, mix};
use pinion_journal::{Error, Log, Options, Reader, Recovered, open};

const RECORDS: u64 = 220;

fn options(home: &Home, disk: &SimDisk, sync: bool) -> Options {
    let mut options = home.options();
    options.storage = Arc::new(disk.clone());
    options.sync = sync;
    // Only at seals and at the end, so that much is written and not synced.
    options.lazy_sync = Duration::from_secs(3600);
    options.incarnation = Some(0x1234_5678_9abc_def0);
    options
}

/// Appends and drains until everything is appended or the power goes; gives what was appended and
/// what was durable.
fn work(log: &mut Log) -> (u64, u64) {
    let status = log.writer.status();
    let first = log.writer.next_seq();
    let mut turns = 0;
    while log.writer.next_seq() < first + RECORDS && !status.is_poisoned() {
        if append_or_stop(log) {
            break;
        }
        turns += 1;
        // Bursts of different lengths between turns of the journal thread.
        if mix(turns).is_multiple_of(3) {
            log.drain.step();
        }
    }
    (log.writer.next_seq() - 1, status.durable())
}

/// Appends one record, draining when there is no room; true when the disk is gone.
fn append_or_stop(log: &mut Log) -> bool {
    let seq = log.writer.next_seq();
    for _ in 0..100 {
        if log.writer.append(common::time(seq), mix(seq), &common::payload(seq)).is_ok() {
            return false;
        }
        log.drain.step();
    }
    true
}

/// Opens what is left, and checks it; gives what was found there.
fn check_image(
    home: &Home,
    image: &SimDisk,
    sync: bool,
    (appended, durable): (u64, u64),
) -> Recovered {
    let fresh = Home::new();
    let mut options = options(home, image, sync);
    options.hot_dir = fresh.hot_dir();
    let log = open(options.clone()).expect("what a crash leaves can be opened");
    let recovered = log.recovered.clone();
    assert!(recovered.last_seq >= durable, "{} < {durable}", recovered.last_seq);
    assert!(recovered.last_seq <= appended);
    let read = |hot: &std::path::Path| {
        let storage = Arc::new(image.clone());
        let mut reader =
            Reader::open_in(storage, &home.dir(), Some(hot), common::KIND, 1).expect("a reader");
        check_all(&mut reader)
    };
    assert_eq!(read(&options.hot_dir), recovered.last_seq);
    drop(log);
    // Recovering what was recovered changes nothing.
    let again = open(options.clone()).expect("opens again");
    assert_eq!(again.recovered.last_seq, recovered.last_seq);
    assert_eq!(again.recovered.tail_crc, recovered.tail_crc);
    assert!(again.recovered.torn.is_empty());
    // And it goes on from there.
    let mut log = again;
    for _ in 0..150 {
        append(&mut log.writer, &mut log.drain);
    }
    assert_eq!(read(&options.hot_dir), recovered.last_seq + 150);
    drop(log.writer);
    log.drain.close().expect("closes");
    assert_eq!(read(&options.hot_dir), recovered.last_seq + 150);
    recovered
}

fn crash_everywhere(sync: bool) {
    let calls = {
        let (home, disk) = (Home::new(), SimDisk::new());
        let mut log = open(options(&home, &disk, sync)).expect("opens");
        work(&mut log);
        disk.calls()
    };
    assert!(calls > 20);
    let seed = seed();
    println!("SEED={seed} calls={calls} sync={sync}");
    let (mut torn, mut followed) = (0, 0);
    for call in 0..calls {
        let (home, disk) = (Home::new(), SimDisk::new());
        disk.crash_at(call);
        let (appended, durable) = match open(options(&home, &disk, sync)) {
            Ok(mut log) => work(&mut log),
            Err(Error::Io { .. }) => (0, 0),
            Err(error) => panic!("{error}"),
        };
        let keeps =
            [Keep::Nothing, Keep::All, Keep::Some(seed ^ call), Keep::Some(mix(seed ^ call))];
        for keep in keeps {
            let image = disk.after_power_loss(keep);
            let recovered = check_image(&home, &image, sync, (appended, durable));
            torn += recovered.torn.len();
            followed += recovered.torn.iter().filter(|torn| torn.records > 0).count();
        }
    }
    println!("torn tails {torn}, of which {followed} before good records");
    assert!(torn > 0);
    assert!(followed > 0);
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_121)
}

#[test]
fn every_call_with_syncs_between_groups() {
    crash_everywhere(true);
}

#[test]
fn every_call_with_lazy_syncs() {
    crash_everywhere(false);
}

#[test]
fn a_killed_process_loses_nothing_in_either_mode() {
    for sync in [false, true] {
        for call in 1..60 {
            let (home, disk) = (Home::new(), SimDisk::new());
            let mut log = open(options(&home, &disk, sync)).expect("opens");
            disk.crash_at(disk.calls() + call);
            let (appended, _) = work(&mut log);
            // The hot directory stays; the process forgets everything.
            drop(log);
            let image = disk.after_kill();
            let log = open(options(&home, &image, sync)).expect("opens again");
            assert_eq!(log.recovered.last_seq, appended);
            let mut reader = Reader::open_in(
                Arc::new(image.clone()),
                &home.dir(),
                Some(&home.hot_dir()),
                common::KIND,
                1,
            )
            .expect("a reader");
            assert_eq!(check_all(&mut reader), appended);
        }
    }
}
