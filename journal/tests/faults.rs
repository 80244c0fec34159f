//! What the world can refuse: a disk that fails, a full disk, no memory, a second writer. The log
//! stops where it is, says so, and never calls durable what is not.

mod common;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use common::sim::{Call, Keep, SimDisk};
use common::{Home, append, append_many, check_all, mix};
use pinion_journal::{
    Error, Full, Idle, Options, Outcome, Place, Progress, Reader, Service, ServiceOptions, open,
    verify,
};
use rustix::io::Errno;

fn options(home: &Home, disk: &SimDisk, sync: bool) -> Options {
    let mut options = home.options();
    options.storage = Arc::new(disk.clone());
    options.sync = sync;
    options.lazy_sync = Duration::ZERO;
    options
}

/// A failure at the n-th write or sync, and what the log then says and keeps.
fn poison(call: Call, nth: u64, sync: bool) {
    let (home, disk) = (Home::new(), SimDisk::new());
    let mut log = open(options(&home, &disk, sync)).expect("opens");
    let status = log.drain.status();
    // Segments are prepared before the disk begins to fail.
    while log.drain.step() == Progress::Worked {}
    disk.fail(call, nth, Errno::IO);
    let mut at_fault = None;
    for _ in 0..200 {
        let seq = log.writer.next_seq();
        if log.writer.append(common::time(seq), mix(seq), &common::payload(seq)) == Err(Full) {
            break;
        }
        let progress = log.drain.step();
        if disk.has_failed() && at_fault.is_none() && status.is_poisoned() {
            assert_eq!(progress, Progress::Poisoned);
            at_fault = Some(status.durable());
        }
    }
    let durable = at_fault.unwrap_or_else(|| panic!("{call:?} {nth}: not poisoned"));
    assert!(log.writer.is_poisoned());
    let fault = status.fault().expect("a reason");
    assert!(fault.contains("os error 5"), "{fault}");
    // Nothing moves any more, however often it is tried, though the disk now says all is well.
    for _ in 0..50 {
        assert_eq!(log.drain.step(), Progress::Poisoned);
    }
    assert_eq!(status.durable(), durable);
    let appended = log.writer.next_seq() - 1;
    drop(log.writer);
    assert!(matches!(log.drain.close(), Err(Error::Poisoned(_))));
    // The hot segments are left: after the process, they have everything.
    let log = open(options(&home, &disk.after_kill(), sync)).expect("opens again");
    assert_eq!(log.recovered.last_seq, appended);
    drop(log);
    // And after the machine, the disk has what it called durable.
    for keep in [Keep::Nothing, Keep::All, Keep::Some(nth)] {
        let fresh = Home::new();
        let mut options = options(&home, &disk.after_power_loss(keep), sync);
        options.hot_dir = fresh.hot_dir();
        let log = open(options).expect("opens after a power loss");
        assert!(log.recovered.last_seq >= durable);
    }
}

#[test]
fn the_first_failure_is_the_last_thing_that_happens() {
    for sync in [false, true] {
        for nth in [0, 1, 2, 5, 20, 33] {
            poison(Call::Write, nth, sync);
            poison(Call::Sync, nth, sync);
        }
    }
}

#[test]
fn the_threads_stop_and_say_so() {
    let (home, disk) = (Home::new(), SimDisk::new());
    let mut log = open(options(&home, &disk, true)).expect("opens");
    let status = log.drain.status();
    append_many(&mut log.writer, &mut log.drain, 3);
    let durable = status.durable();
    // One record waits for its sync, and no sync works from here on.
    let mut seq = append(&mut log.writer, &mut log.drain);
    disk.fail_always(Call::Sync, Errno::IO);
    let idle = ServiceOptions { idle: Idle::Yield, on_start: None };
    let service = Service::start(vec![log.drain], &idle).expect("threads start");
    while !log.writer.is_poisoned() {
        match log.writer.append(seq, 0, &[seq; 4]) {
            Ok(given) => seq = given,
            Err(Full) => std::thread::yield_now(),
        }
    }
    assert_eq!(status.durable(), durable);
    assert!(status.fault().is_some());
    drop(log.writer);
    assert!(matches!(service.close(), Err(Error::Poisoned(_))));
}

#[test]
fn a_full_disk_is_told_and_waited_out() {
    let (home, disk) = (Home::new(), SimDisk::new());
    let mut log = open(options(&home, &disk, true)).expect("opens");
    let status = log.drain.status();
    // Every attempt to prepare a disk segment fails, one after another.
    let mut full_seen = false;
    for _ in 0..500 {
        let seq = log.writer.next_seq();
        disk.fail(Call::Allocate, 0, Errno::NOSPC);
        match log.writer.append(common::time(seq), mix(seq), &common::payload(seq)) {
            Ok(_) => {}
            Err(Full) => full_seen = true,
        }
        assert_ne!(log.drain.step(), Progress::Poisoned);
    }
    assert!(full_seen);
    assert_eq!(log.writer.append(0, 0, &[1; 500]), Err(Full));
    let warning = status.warning().expect("a warning");
    assert!(warning.contains("No space left"), "{warning}");
    assert!(log.writer.is_starved());
    assert!(!status.is_poisoned());
    // There is room again.
    disk.fail(Call::Allocate, u64::MAX, Errno::NOSPC);
    append_many(&mut log.writer, &mut log.drain, 300);
    assert_eq!(status.warning(), None);
    assert!(!log.writer.is_starved());
    let last = log.writer.next_seq() - 1;
    drop(log.writer);
    log.drain.close().expect("closes");
    let mut reader =
        Reader::open_in(Arc::new(disk), &home.dir(), None, common::KIND, 1).expect("a reader");
    assert_eq!(check_all(&mut reader), last);
}

#[test]
fn a_full_disk_at_the_start_is_an_error_that_leaves_nothing() {
    let (home, disk) = (Home::new(), SimDisk::new());
    disk.fail(Call::Allocate, 0, Errno::NOSPC);
    match open(options(&home, &disk, true)) {
        Err(Error::Io { source, .. }) => assert_eq!(source.kind(), io::ErrorKind::StorageFull),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
    assert!(disk.names().is_empty(), "{:?}", disk.names());
    assert!(open(options(&home, &disk, true)).is_ok());
}

/// On a file system of 200 KiB, if this process may mount one.
#[test]
fn a_small_real_file_system_gives_the_same() {
    let home = Home::new();
    let place = home.root.path().join("small");
    std::fs::create_dir_all(&place).expect("a directory");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=200k", "none"])
        .arg(&place)
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        println!("skipped: mounting a small tmpfs needs privileges");
        return;
    }
    let result = std::panic::catch_unwind(|| fill_small(&home, &place));
    let unmounted = std::process::Command::new("umount").arg(&place).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    if let Err(cause) = result {
        std::panic::resume_unwind(cause);
    }
}

fn fill_small(home: &Home, place: &std::path::Path) {
    // The disk too small: hot segments are used up, then there is no room.
    let mut options = home.options();
    options.dir = place.join("disk");
    let mut log = open(options.clone()).expect("opens");
    let mut full = 0;
    for _ in 0..3000 {
        let seq = log.writer.next_seq();
        match log.writer.append(common::time(seq), mix(seq), &common::payload(seq)) {
            Ok(_) => {}
            Err(Full) => full += 1,
        }
        log.drain.step();
    }
    assert!(full > 0);
    assert!(log.drain.status().warning().is_some_and(|text| text.contains("No space left")));
    assert!(!log.drain.status().is_poisoned());
    let last = log.writer.next_seq() - 1;
    drop(log);
    let hot = Some(options.hot_dir.as_path());
    let mut reader = Reader::open(&options.dir, hot, common::KIND, 1).expect("a reader");
    assert_eq!(check_all(&mut reader), last);
    // The memory too small: the same, and no signal.
    let mut options = home.options();
    options.dir = home.root.path().join("other");
    options.hot_dir = place.join("hot");
    std::fs::remove_dir_all(place.join("disk")).expect("removed");
    options.spare_segments = 100;
    let mut log = open(options).expect("opens");
    while log.drain.step() == Progress::Worked {}
    assert!(log.drain.status().warning().is_some_and(|text| text.contains("No space left")));
    append_many(&mut log.writer, &mut log.drain, 1000);
    assert_eq!(log.writer.next_seq(), 1001);
}

#[test]
fn a_log_has_one_writer() {
    let home = Home::new();
    let mut log = home.open();
    assert!(matches!(open(home.options()), Err(Error::Locked { .. })));
    let mut elsewhere = home.options();
    elsewhere.dir = home.root.path().join("elsewhere");
    assert!(matches!(open(elsewhere), Err(Error::Locked { .. })));
    append(&mut log.writer, &mut log.drain);
    drop(log);
    assert_eq!(home.open().recovered.last_seq, 1);
}

#[test]
fn hot_segments_of_a_log_that_is_gone_are_not_taken_over() {
    let home = Home::new();
    let mut log = home.open();
    append_many(&mut log.writer, &mut log.drain, 10);
    drop(log);
    std::fs::remove_dir_all(home.dir()).expect("removed");
    match open(home.options()) {
        Err(Error::StaleHot { path }) => assert_eq!(path, home.hot_segment(1)),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

/// Its body is there, its lead word is not.
#[test]
fn a_record_that_a_killed_process_left_half_written_is_cut() {
    for len in [1, 8, 100, 600, 4000] {
        let home = Home::new();
        let mut log = home.open();
        append_many(&mut log.writer, &mut log.drain, 20);
        drop(log);
        let hot_dir = home.hot_dir();
        let report = verify(&home.dir(), Some(&hot_dir), None).expect("walks");
        let hot = report.segments.last().expect("a hot segment");
        assert_eq!((hot.place, report.last_seq), (Place::Hot, 20));
        let half = hot.data_len as usize + 8;
        let mut bytes = std::fs::read(&hot.path).expect("a file");
        bytes[half..half + len].fill(0x55);
        std::fs::write(&hot.path, bytes).expect("written");
        let report = verify(&home.dir(), Some(&hot_dir), None).expect("walks");
        assert!(matches!(report.outcome, Outcome::TornTail(_)), "{:?}", report.outcome);
        let mut log = home.open();
        assert_eq!(log.recovered.last_seq, 20);
        assert_eq!(log.recovered.torn.len(), 1);
        assert_eq!(log.recovered.torn[0].seq, 21);
        // What comes next is shorter than what was left, or longer.
        append_many(&mut log.writer, &mut log.drain, 60);
        assert_eq!(check_all(&mut home.reader(1)), 80);
    }
}

/// Whatever kept them over the restart did so without order.
#[test]
fn hot_segments_of_an_earlier_start_are_no_evidence() {
    for kept in [true, false] {
        let home = Home::new();
        let mut log = home.open();
        append_many(&mut log.writer, &mut log.drain, 20);
        while log.drain.step() == Progress::Worked {}
        append_many(&mut log.writer, &mut log.drain, 20);
        drop(log);
        if !kept {
            home.start_machine_again();
        }
        let log = home.open();
        assert_eq!(log.recovered.last_seq, if kept { 40 } else { 20 });
        assert_eq!(check_all(&mut home.reader(1)), log.recovered.last_seq);
    }
}

#[test]
fn options_that_cannot_be_are_refused() {
    let home = Home::new();
    let changes: [fn(&mut Options); 6] = [
        |options| options.segment_len = 0,
        |options| options.segment_len = 16 * 1024 + 1,
        |options| options.segment_len = 2 << 30,
        |options| options.spare_segments = 0,
        |options| options.spare_segments = usize::MAX,
        |options| options.hot_dir = options.dir.clone(),
    ];
    for change in changes {
        let mut options = home.options();
        change(&mut options);
        assert!(matches!(open(options), Err(Error::Options(_))));
    }
}
