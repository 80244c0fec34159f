//! Two processes: one appends and is killed at any instruction, one reads all the while.
//!
//! The writing process is this test binary again, told by its environment what to do.

mod common;

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use common::{Home, append, check_all, mix, payload, time};
use pinion_journal::{Full, Idle, Options, Reader, Service, ServiceOptions, Writer, open, verify};

const DIR: &str = "PINION_JOURNAL_TEST_DIR";
const HOT_DIR: &str = "PINION_JOURNAL_TEST_HOT_DIR";
const COUNT: &str = "PINION_JOURNAL_TEST_COUNT";
const SYNC: &str = "PINION_JOURNAL_TEST_SYNC";

/// Not a test of its own: what the writing process runs.
#[test]
fn writing_process() {
    let Ok(dir) = std::env::var(DIR) else {
        return;
    };
    let mut options =
        Options::new(dir, std::env::var(HOT_DIR).expect("a hot directory"), common::KIND);
    let template = Home::new().options();
    options.segment_len = 64 * 1024;
    options.spare_segments = 2;
    options.schema_hash = template.schema_hash;
    options.venue = template.venue;
    options.sync = std::env::var(SYNC).is_ok();
    options.lazy_sync = Duration::from_millis(1);
    let count: u64 = std::env::var(COUNT).expect("a count").parse().expect("a number");
    let log = open(options).expect("the log opens");
    let mut writer = log.writer;
    let idle = ServiceOptions { idle: Idle::Yield, on_start: None };
    let service = Service::start(vec![log.drain], &idle).expect("threads start");
    let mut out = std::io::stdout().lock();
    while writer.next_seq() <= count {
        let seq = append_waiting(&mut writer);
        if seq.is_multiple_of(16) {
            // From here on the parent counts on the record.
            writeln!(out, "ack {seq}").expect("the parent listens");
        }
    }
    drop(writer);
    service.close().expect("closes");
    writeln!(out, "done").expect("the parent listens");
}

fn append_waiting(writer: &mut Writer) -> u64 {
    let seq = writer.next_seq();
    loop {
        match writer.append(time(seq), mix(seq), &payload(seq)) {
            Ok(seq) => return seq,
            Err(Full) => {
                assert_eq!(writer.status().warning(), None, "no more segments");
                assert_eq!(writer.status().fault(), None, "poisoned");
                std::thread::yield_now();
            }
        }
    }
}

/// The writing process, which never outlives the test that started it.
struct Writing {
    child: Child,
    lines: Option<Lines<BufReader<ChildStdout>>>,
}

impl Writing {
    fn next_ack(&mut self) -> u64 {
        let line = self
            .lines
            .as_mut()
            .expect("its output was not given away")
            .map_while(Result::ok)
            .find(|line| line.contains("ack"))
            .expect("the writing process lives");
        line.rsplit(' ').next().and_then(|seq| seq.parse().ok()).expect("a number")
    }

    fn lines(&mut self) -> Lines<BufReader<ChildStdout>> {
        self.lines.take().expect("its output was not given away")
    }

    fn wait(mut self) -> bool {
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // When it has ended already, there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(home: &Home, hot_dir: &Path, count: u64, sync: bool) -> Writing {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(["--exact", "writing_process", "--nocapture", "--test-threads=1"])
        .env(DIR, home.dir())
        .env(HOT_DIR, hot_dir)
        .env(COUNT, count.to_string())
        .stdout(Stdio::piped());
    if sync {
        command.env(SYNC, "1");
    }
    let mut child = command.spawn().expect("the process starts");
    let lines = child.stdout.take().map(|pipe| BufReader::new(pipe).lines());
    Writing { child, lines }
}

/// On memory where the machine has it, as in earnest.
fn hot_home() -> tempfile::TempDir {
    let shm = Path::new("/dev/shm");
    if shm.is_dir() {
        tempfile::TempDir::new_in(shm).expect("a directory")
    } else {
        tempfile::TempDir::new().expect("a directory")
    }
}

#[test]
fn a_reader_in_another_process_sees_everything() {
    let (home, memory) = (Home::new(), hot_home());
    let hot_dir = memory.path().join("hot");
    let mut writing = spawn(&home, &hot_dir, 20_000, false);
    // It is open once it acknowledges.
    writing.next_ack();
    let lines = writing.lines();
    let follower = std::thread::spawn(move || lines.map_while(Result::ok).last());
    let mut reader = Reader::open(&home.dir(), Some(&hot_dir), common::KIND, 1).expect("a reader");
    // One that only sees the disk follows what is written there, and never trips over half of it.
    let mut cold = Reader::open(&home.dir(), None, common::KIND, 1).expect("a reader");
    let mut last = 0;
    while last < 20_000 {
        last = check_all(&mut reader);
        check_all(&mut cold);
    }
    assert!(writing.wait());
    assert!(follower.join().is_ok());
    // What was hot is gone; the reader goes on from disk, and a new one starts there.
    assert_eq!(check_all(&mut reader), 20_000);
    let mut cold = Reader::open(&home.dir(), None, common::KIND, 1).expect("a reader");
    assert_eq!(check_all(&mut cold), 20_000);
}

fn kill_again_and_again(sync: bool, kills: u64) {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    println!("SEED={seed}");
    let (home, memory) = (Home::new(), hot_home());
    let hot_dir = memory.path().join("hot");
    let mut reader: Option<Reader> = None;
    let mut acked = 0;
    for kill in 0..kills {
        let mut writing = spawn(&home, &hot_dir, u64::MAX, sync);
        let lives = mix(seed ^ kill) % 200;
        for _ in 0..=lives {
            acked = writing.next_ack();
        }
        let reader = reader.get_or_insert_with(|| {
            Reader::open(&home.dir(), Some(&hot_dir), common::KIND, 1).expect("a reader")
        });
        check_all(reader);
        drop(writing);
        assert!(check_all(reader) >= acked);
        let report = verify(&home.dir(), Some(&hot_dir), Some(common::KIND)).expect("walks");
        assert!(report.last_seq >= acked, "{report:?}");
        assert!(!report.is_live);
    }
    // One more process takes it over and closes it in good order.
    let end = check_all(reader.as_mut().expect("a reader"));
    let mut writing = spawn(&home, &hot_dir, end + 100, sync);
    // To the end, or it would die of its pipe.
    let said: Vec<String> = writing.lines().map_while(Result::ok).collect();
    assert!(said.iter().any(|line| line.contains("done")));
    assert!(writing.wait());
    let mut cold = Reader::open(&home.dir(), None, common::KIND, 1).expect("a reader");
    assert_eq!(check_all(&mut cold), end + 100);
    let mut warm = reader.expect("a reader");
    while check_all(&mut warm) < end + 100 {
        std::thread::yield_now();
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    kill_again_and_again(false, 15);
}

#[test]
fn a_killed_writer_that_syncs_loses_nothing_it_acknowledged() {
    kill_again_and_again(true, 10);
}

#[test]
fn a_writer_takes_over_in_the_same_process_too() {
    let home = Home::new();
    let mut reader = None;
    for turn in 1..=30 {
        let mut log = home.open();
        assert_eq!(log.recovered.last_seq, (turn - 1) * 37);
        for _ in 0..37 {
            append(&mut log.writer, &mut log.drain);
        }
        let reader = reader.get_or_insert_with(|| home.reader(1));
        while check_all(reader) < turn * 37 {
            std::thread::yield_now();
        }
        // Every other time as if killed.
        if turn % 2 == 0 {
            drop(log.writer);
            log.drain.close().expect("closes");
        }
    }
}
