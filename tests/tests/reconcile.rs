//! A running venue proves itself: `pinion ctl reconcile`, under load and where something differs.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use pinion::import::Request;
use pinion_journal::{Options, Progress, Reader};
use pinion_sequencer::{EVENT_KIND, INPUT_KIND};
use pinion_tests::process::{Desk, Program, Up, write};
use pinion_types::{ClOrdId, Command, CommandKind, CommandRef, Px, Qty, SCHEMA_HASH};
use serde_json::Value;

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_pinion_under_test"))
}

fn limit(id: u64, is_buy: bool, cents: i64) -> Request {
    let px = Px(cents * 1_000_000);
    Request::New { cl_ord_id: ClOrdId(id), is_buy, px, qty: Qty(3), ioc: false }
}

/// One member's orders without a pause, of prices that cross now and then, from the first id on.
fn trade(desk: &mut Desk, first: u64, count: u64) {
    for id in first..first + count {
        desk.send(&limit(id, (id / 3).is_multiple_of(2), 10_000 + (id % 7).cast_signed()));
        while desk.ledger.waiting() > 20 {
            let _answer = desk.take();
        }
    }
    while desk.ledger.waiting() > 0 {
        let _answer = desk.take();
    }
}

/// Where a venue's hot segments and sockets are.
fn run_dir(data: &Path) -> PathBuf {
    PathBuf::from(std::fs::read_to_string(data.join("run-dir")).expect("a venue"))
}

/// Exit code and what was said of a venue, by the logs in `data`.
fn reconcile(venue: &Up, data: &Path, more: &[&str]) -> (i32, Value) {
    let socket = run_dir(&venue.data).join("ctl.sock");
    let [data, socket] = [data, &socket].map(|path| path.to_str().expect("plain"));
    let fixed = ["--json", "ctl", "reconcile", "--data", data, "--socket", socket];
    let done = venue.program.run(&[&fixed[..], more].concat());
    let line = done.out.lines().next_back().unwrap_or_else(|| panic!("{done:?}"));
    (done.code, serde_json::from_str(line).expect("a line of JSON"))
}

struct Ground {
    dir: tempfile::TempDir,
    venue: Up,
}

fn ground() -> Ground {
    let dir = tempfile::tempdir().expect("a directory");
    let config = write(dir.path());
    let venue = Up::begin(&program(), &dir.path().join("data"), &config);
    Ground { dir, venue }
}

#[test]
fn a_venue_under_load_is_reconciled_while_it_goes_on() {
    let ground = ground();
    let venue = &ground.venue;
    let address = venue.address();
    let is_over = AtomicBool::new(false);
    let reports = thread::scope(|scope| {
        for member in [1, 2] {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut desk = Desk::log_on(address, member);
                let mut first = u64::from(member);
                while !is_over.load(Ordering::Relaxed) {
                    trade(&mut desk, first, 200);
                    first += 200;
                }
                desk.leave();
            });
        }
        let reports = [0; 3].map(|_| {
            let seen = venue.ask(&["ctl", "status"])["input_seq"].as_u64().expect("a number");
            while venue.ask(&["ctl", "status"])["input_seq"].as_u64() < Some(seen + 300) {}
            reconcile(venue, &venue.data, &[])
        });
        is_over.store(true, Ordering::Relaxed);
        reports
    });
    for (code, report) in &reports {
        assert_eq!((*code, &report["reconciled"]), (0, &Value::Bool(true)), "{report}");
        assert_eq!(report["differences"], Value::Array(Vec::new()));
        assert_eq!(report["instruments"][0]["position_sum"], "0");
        assert_eq!(report["currencies"][0]["difference"], "0");
        assert_eq!(report["halt"], Value::Null);
        assert!(report["hashes_compared"].as_u64() > Some(0), "{report}");
        assert!(report["events_compared"].as_u64() > Some(300), "{report}");
    }
    assert!(reports[0].1["last_seq"].as_u64() < reports[2].1["last_seq"].as_u64());
    // For people the same, in words.
    let said = program().run(&["ctl", "reconcile", "--data", venue.data()]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("1 TAPE") && said.out.ends_with("\nreconciled\n"), "{}", said.out);
    assert_eq!(ground.venue.end(), 0);
    // Nobody is there to be proved any more.
    let data = ground.dir.path().join("data");
    let gone = program().run(&["ctl", "reconcile", "--data", data.to_str().expect("plain")]);
    assert_eq!(gone.code, 1, "{gone:?}");
}

/// Writes a log of a venue again for another; gives the number of the record that `change` changed
/// last.
fn copy(
    data: &Path,
    planted: &Path,
    (name, kind): (&str, u16),
    change: impl Fn(&mut [u64]) -> bool,
) -> u64 {
    let (disk, hot) = (data.join(name), run_dir(data).join(name));
    let mut reader = Reader::open(&disk, Some(&hot), kind, 1).expect("a log");
    let (to, spare) = (planted.join(name), planted.join(name).with_extension("hot"));
    let mut options = Options::new(&to, &spare, kind);
    options.segment_len = 1 << 22;
    options.schema_hash = SCHEMA_HASH;
    options.logic_version = 1;
    let mut log = pinion_journal::open(options).expect("a log");
    let mut changed = 0;
    while let Some(record) = reader.next().expect("a record") {
        let words = record.payload.chunks_exact(8).map(|it| it.try_into().expect("a word"));
        let mut words: Vec<u64> = words.map(u64::from_le_bytes).collect();
        if change(&mut words) {
            changed = record.seq;
        }
        while log.writer.append(record.time, record.aux, &words).is_err() {
            assert_ne!(log.drain.step(), Progress::Poisoned);
        }
    }
    drop(log.writer);
    log.drain.close().expect("a whole log");
    changed
}

/// The first state hash of a journal, wrong by one bit.
fn spoil(words: &mut [u64], is_done: &AtomicBool) -> bool {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let command = Command::from_bytes(&bytes).expect("a command");
    let is_hash = command.kind() == Some(CommandKind::StateHash);
    if !is_hash || is_done.swap(true, Ordering::Relaxed) {
        return false;
    }
    let Some(CommandRef::StateHash(body)) = command.view() else { return false };
    let index = words.iter().position(|&word| word == body.hash).expect("the hash is a word");
    words[index] ^= 1;
    true
}

#[test]
fn a_state_hash_that_is_wrong_is_named_and_halts_the_venue() {
    let ground = ground();
    let venue = &ground.venue;
    let mut desk = Desk::log_on(venue.address(), 1);
    trade(&mut desk, 1, 600);
    let planted = ground.dir.path().join("planted");
    std::fs::create_dir(&planted).expect("a directory");
    let is_done = AtomicBool::new(false);
    let data = &venue.data;
    let seq = copy(data, &planted, ("journal", INPUT_KIND), |words| spoil(words, &is_done));
    copy(data, &planted, ("events", EVENT_KIND), |_| false);
    assert!(seq > 0, "there is a state hash");

    let (code, report) = reconcile(venue, &planted, &[]);
    assert_eq!((code, &report["reconciled"]), (3, &Value::Bool(false)), "{report}");
    let difference = &report["differences"][0];
    assert_eq!(difference["what"], "state hash");
    assert_eq!(difference["where"], format!("command {seq}"));
    assert!(difference["by"].as_str().is_some_and(|it| it.contains("replay gives")));
    // What there was before it is summed up all the same.
    assert_eq!(report["last_seq"], seq - 1);
    assert_eq!(report["instruments"][0]["position_sum"], "0");
    // It was asked, and no more: the venue trades on.
    assert_eq!(report["halt"], Value::Null);
    trade(&mut desk, 1_000, 1);
    assert_eq!(desk.ledger.refused(), 0);

    let (code, report) = reconcile(venue, &planted, &["--halt"]);
    assert_eq!((code, &report["halt"]["done"]), (3, &Value::Bool(true)), "{report}");
    assert!(report["halt"]["canceled"].as_u64() > Some(0), "{report}");
    trade(&mut desk, 2_000, 1);
    assert_eq!(desk.ledger.refused(), 1, "the venue is blocked");
    let kills = venue.program.run(&["journal", "cat", "--kind", "kill", "--data", venue.data()]);
    assert!(kills.out.contains("reason=\"reconcile: state hash\""), "{}", kills.out);
    desk.leave();
    assert_eq!(ground.venue.end(), 0);
}
