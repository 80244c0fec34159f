//! The event log as a gateway reads it, without a core: gates, pruned beginnings, replays.

use std::fs;
use std::path::Path;

use pinion_gateway::counters::Counters;
use pinion_gateway::index::Index;
use pinion_gateway::link::LogPlace;
use pinion_gateway::outbox::{Gate, Outbox};
use pinion_gateway::replay::{Batch, Found, Replays};
use pinion_gateway::time::Tick;
use pinion_journal::{Drain, Options, Writer};
use pinion_types::event::{Accepted, Negotiated, Trade};
use pinion_types::{Event, Seq, SessionId};

const KIND: u16 = 2;

struct Log {
    place: LogPlace,
    writer: Writer,
    drain: Drain,
}

impl Log {
    fn open(root: &Path) -> Self {
        let place = LogPlace { dir: root.join("events"), hot_dir: root.join("hot"), kind: KIND };
        let mut options = Options::new(&place.dir, &place.hot_dir, KIND);
        options.segment_len = 16 << 10;
        let log = pinion_journal::open(options).expect("a log");
        Log { place, writer: log.writer, drain: log.drain }
    }

    /// Appends an event caused by command `cause`.
    fn append(&mut self, cause: u64, event: &Event) -> u64 {
        loop {
            if let Ok(seq) = self.writer.append(cause * 10, cause, event.words()) {
                return seq;
            }
            self.drain.step();
        }
    }

    /// Messages 1 to `count` of each of `sessions`, one after the other.
    fn fill(&mut self, sessions: u32, count: u64) -> u64 {
        let mut last = 0;
        for number in 1..=count {
            for session in 1..=sessions {
                let event = match number % 2 {
                    0 => Event::new(SessionId(session), number, &Accepted::default()),
                    _ => Event::new(SessionId(session), number, &Trade::default()),
                };
                last = self.append(number, &event);
            }
        }
        last
    }

    fn outbox(&self) -> Outbox {
        Outbox::open(&self.place, Index::new(8, 1 << 20)).expect("readable")
    }
}

fn gate(published: u64) -> Gate {
    Gate { published: Seq(published), durable: None }
}

fn take_all(outbox: &mut Outbox, gate: &Gate) -> u64 {
    let counters = Counters::default();
    let mut count = 0;
    while outbox.take(gate, &counters).expect("readable").is_some() {
        count += 1;
    }
    count
}

#[test]
fn nothing_is_read_beyond_what_is_published() {
    let root = tempfile::tempdir().expect("a directory");
    let mut log = Log::open(root.path());
    log.fill(2, 10);
    let mut outbox = log.outbox();
    assert_eq!(take_all(&mut outbox, &gate(7)), 7);
    assert!(!outbox.is_behind(&gate(7)));
    assert!(outbox.is_behind(&gate(8)));
    assert_eq!(take_all(&mut outbox, &gate(20)), 13);
    assert_eq!(take_all(&mut outbox, &gate(1_000)), 0, "published is not yet written");
}

#[test]
fn what_is_not_durable_waits_in_order() {
    let root = tempfile::tempdir().expect("a directory");
    let mut log = Log::open(root.path());
    log.fill(2, 10);
    let mut outbox = log.outbox();
    let until = |durable| Gate { published: Seq(20), durable: Some(Seq(durable)) };
    assert_eq!(take_all(&mut outbox, &until(0)), 0);
    assert_eq!(take_all(&mut outbox, &until(3)), 6);
    assert!(outbox.is_behind(&until(3)));
    assert_eq!(take_all(&mut outbox, &until(3)), 0);
    assert_eq!(take_all(&mut outbox, &until(10)), 14);
}

#[test]
fn a_log_without_its_beginning_gives_what_it_has() {
    let root = tempfile::tempdir().expect("a directory");
    let mut log = Log::open(root.path());
    let last = log.fill(1, 1_000);
    let place = log.place.clone();
    drop(log.writer);
    log.drain.close().expect("all on disk");
    let mut segments: Vec<_> = fs::read_dir(&place.dir)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file() && fs::metadata(path).is_ok_and(|m| m.len() >= 16 << 10))
        .collect();
    segments.sort();
    assert!(segments.len() > 3, "{segments:?}");
    fs::remove_file(&segments[0]).expect("removed");
    let mut outbox =
        Outbox::open(&place, Index::new(8, 1 << 20)).expect("readable from where it begins");
    let first = outbox.next().0;
    assert!(first > 1);
    assert_eq!(take_all(&mut outbox, &gate(last)), last - first + 1);
    let find = |number| outbox.index().find(SessionId(1), number).map(|place| place.seq);
    assert_eq!(find(first - 1), None, "it was pruned");
    assert_eq!(find(first), Some(first));
    assert!(find(last).is_some_and(|place| place <= last && place > last - 8));
}

#[test]
fn a_new_version_has_only_its_own_messages() {
    let root = tempfile::tempdir().expect("a directory");
    let mut log = Log::open(root.path());
    log.fill(1, 20);
    log.append(21, &Event::new(SessionId(1), 0, &Negotiated::default()));
    let last = log.append(22, &Event::new(SessionId(1), 1, &Accepted::default()));
    let mut outbox = log.outbox();
    take_all(&mut outbox, &gate(last));
    let find = |number| outbox.index().find(SessionId(1), number).map(|place| place.seq);
    assert_eq!(find(1), Some(last));
    assert_eq!(find(2), None);
}

/// Reads batches until every one is answered; gives the numbers found by key, and the turns.
fn run(replays: &mut Replays, place: &LogPlace) -> (Vec<(usize, u64)>, usize) {
    let (mut found, mut turns) = (Vec::new(), 0);
    while !replays.is_empty() {
        replays.turn(place, Tick(turns as u64), 100, &mut |what| match what {
            Found::Message(key, logged) => found.push((key, logged.event.header().msg_seq_num)),
            Found::Failed(key, error) => panic!("{key}: {error:?}"),
        });
        turns += 1;
        assert!(turns < 100_000, "it never ends");
    }
    (found, turns)
}

#[test]
fn many_are_answered_in_bounded_turns() {
    let root = tempfile::tempdir().expect("a directory");
    let mut log = Log::open(root.path());
    let last = log.fill(10, 500);
    let mut outbox = log.outbox();
    take_all(&mut outbox, &gate(last));
    let mut replays = Replays::new(3);
    let mut expected = Vec::new();
    for key in 0..10_usize {
        let session = SessionId(key as u32 + 1);
        for (next, end) in [(1, 65), (65, 129), (400, 501)] {
            let from = outbox.index().find(session, next).expect("it is there");
            replays.begin(Batch { key, session, next, end, from });
            expected.extend((next..end).map(|number| (key, number)));
        }
    }
    let (mut found, turns) = run(&mut replays, &log.place);
    // 10 sessions in turn: each message costs ten looks, and a turn looks at a hundred.
    assert!(turns >= expected.len() / 10, "{turns} turns");
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_promise_the_log_cannot_keep_fails_after_a_while() {
    let root = tempfile::tempdir().expect("a directory");
    let mut log = Log::open(root.path());
    let last = log.fill(1, 10);
    let mut outbox = log.outbox();
    take_all(&mut outbox, &gate(last));
    let session = SessionId(1);
    let from = outbox.index().find(session, 5).expect("it is there");
    let mut replays = Replays::new(2);
    replays.begin(Batch { key: 4, session, next: 5, end: 12, from });
    let mut failed = Vec::new();
    for second in 0..3 {
        replays.turn(&log.place, Tick(second * 1_000_000_000), 100, &mut |what| {
            if let Found::Failed(key, error) = what {
                failed.push((second, key, error.is_none()));
            }
        });
    }
    assert_eq!(failed, [(1, 4, true)]);
    assert!(replays.is_empty());
    // A connection that goes is forgotten.
    replays.begin(Batch { key: 4, session, next: 5, end: 7, from });
    replays.cancel(4);
    assert!(replays.is_empty());
}
