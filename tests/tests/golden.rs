//! Golden journals: a venue's life as the bytes on disk, written once and replayed for ever.
//!
//! `golden/inputs` and `golden/events` are the two logs of one random life. Writing the same
//! records again must give the same bytes, behind the first header's clock; replaying the inputs
//! must give every event and every state hash. `UPDATE=1` lives the life again and writes both
//! anew, which is a change of the format or of the rules and is reviewed as one.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};

use pinion_engine::LOGIC_VERSION;
use pinion_journal::{Options, Outcome, Progress, Reader, SEGMENT_HEADER_LEN};
use pinion_sequencer::{EVENT_KIND, INPUT_KIND};
use pinion_tests::live::Live;
use pinion_tests::random::Stream;
use pinion_tests::venue::{self, Venue, control};
use pinion_types::command::{Genesis, StateHash};
use pinion_types::{Command, CommandRef, Event, Nanos, SCHEMA_HASH, Seq, SessionId};

/// The life's seed and length.
const SEED: u64 = 12;
const COMMANDS: usize = 900;
/// Commands between two state hashes.
const INTERVAL: usize = 100;
/// The smallest segments there are, so that the life goes over several.
const SEGMENT_LEN: usize = 16 << 10;

/// A record as both logs have it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    time: u64,
    aux: u64,
    words: Vec<u64>,
}

fn folder(log: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(log)
}

/// Writes the records as a log of its own at `place`, to the last byte on disk.
fn write(place: &Path, kind: u16, entries: &[Entry]) {
    let hot = tempfile::tempdir().expect("a folder");
    let mut options = Options::new(place, hot.path(), kind);
    options.segment_len = SEGMENT_LEN;
    options.schema_hash = SCHEMA_HASH;
    options.logic_version = LOGIC_VERSION;
    options.venue = *b"pinion-golden-01";
    options.incarnation = Some(0x0123_4567_89ab_cdef);
    let mut log = pinion_journal::open(options).expect("a new log");
    for entry in entries {
        while log.writer.append(entry.time, entry.aux, &entry.words).is_err() {
            assert_ne!(log.drain.step(), Progress::Poisoned, "{:?}", log.drain.status().fault());
        }
    }
    drop(log.writer);
    log.drain.close().expect("everything on disk");
}

/// Every record of a log, in order.
fn read(place: &Path, kind: u16) -> Vec<Entry> {
    let mut reader = Reader::open(place, None, kind, 1).expect("a log");
    let mut entries = Vec::new();
    while let Some(record) = reader.next().expect("a good record") {
        entries.push(Entry { time: record.time, aux: record.aux, words: words_of(record.payload) });
        assert_eq!(record.seq, entries.len() as u64, "numbers are dense");
    }
    entries
}

fn words_of(bytes: &[u8]) -> Vec<u64> {
    let words = bytes.chunks_exact(8);
    words.map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes"))).collect()
}

fn command(entry: &Entry) -> Command {
    let bytes: Vec<u8> = entry.words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Command::from_bytes(&bytes).expect("a command")
}

/// Both logs of the life, lived now.
fn live() -> (Vec<Entry>, Vec<Entry>) {
    let mut stream = Stream::new(SEED);
    let mut venue = Live::new(&stream.genesis);
    let (mut inputs, mut events) = (Vec::new(), Vec::new());
    let first = Command::new(SessionId(0), 0, &stream.genesis);
    inputs.push(Entry { time: venue::START.0, aux: 0, words: first.words().to_vec() });
    for count in 1..=COMMANDS {
        let (now, mut command) = stream.command();
        let is_drawn = matches!(command.view(), Some(CommandRef::StateHash(_)));
        // Whatever hash the stream drew is not this venue's.
        if is_drawn || count % INTERVAL == 0 {
            let (hash, events) = (venue.engine.state_hash(), venue.engine.events());
            command = control(&StateHash { hash, events });
        }
        let seq = Seq(inputs.len() as u64 + 1);
        inputs.push(Entry { time: now.0, aux: 0, words: command.words().to_vec() });
        let caused = venue.apply(seq, now, &command).to_vec();
        stream.see(&command, &caused);
        let entry =
            |event: &Event| Entry { time: now.0, aux: seq.0, words: event.words().to_vec() };
        events.extend(caused.iter().map(entry));
    }
    (inputs, events)
}

/// Replays inputs: the events they cause; state hashes on the way are compared.
fn replay(inputs: &[Entry]) -> Vec<Entry> {
    let (first, rest) = inputs.split_first().expect("a first command");
    let first = command(first);
    let Some(CommandRef::Genesis(genesis)) = first.view() else { panic!("a journal begins anew") };
    let genesis: Genesis = *genesis;
    let mut venue = Live::new(&genesis);
    let (mut events, mut hashes) = (Vec::new(), 0);
    for (seq, input) in (2..).zip(rest) {
        let command = command(input);
        if let Some(CommandRef::StateHash(body)) = command.view() {
            let state = (venue.engine.state_hash(), venue.engine.events());
            assert_eq!((body.hash, body.events), state, "state before command {seq}");
            hashes += 1;
        }
        for event in venue.apply(Seq(seq), Nanos(input.time), &command) {
            let words = event.words().to_vec();
            events.push(Entry { time: input.time, aux: seq, words });
        }
    }
    assert!(hashes >= COMMANDS / INTERVAL, "only {hashes} state hashes");
    events
}

fn segments(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).expect("a folder").map(|entry| entry.expect("it").path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|it| it == "seg")).collect();
    paths.sort();
    paths
}

/// Bytes of a segment; of the first without the clock in its header and that header's checksum.
fn bytes(path: &Path, is_first: bool) -> Vec<u8> {
    let mut bytes = fs::read(path).expect("a segment");
    if is_first {
        bytes[88..96].fill(0);
        bytes[SEGMENT_HEADER_LEN - 4..SEGMENT_HEADER_LEN].fill(0);
    }
    bytes
}

/// Lives the life again where asked to.
fn update() {
    if std::env::var_os("UPDATE").is_none() {
        return;
    }
    let (inputs, events) = live();
    for (log, kind, entries) in [("inputs", INPUT_KIND, inputs), ("events", EVENT_KIND, events)] {
        let place = tempfile::tempdir().expect("a folder");
        write(place.path(), kind, &entries);
        // A folder that is not there yet is as good as an empty one.
        let _ = fs::remove_dir_all(folder(log));
        fs::create_dir_all(folder(log)).expect("the folder can be written");
        for path in segments(place.path()) {
            let name = path.file_name().expect("a name");
            fs::copy(&path, folder(log).join(name)).expect("the folder can be written");
        }
    }
}

#[test]
fn the_same_records_are_the_same_bytes_and_replay_to_the_same_venue() {
    update();
    for (log, kind) in [("inputs", INPUT_KIND), ("events", EVENT_KIND)] {
        let report = pinion_journal::verify(&folder(log), None, Some(kind)).expect("a log");
        assert_eq!(report.outcome, Outcome::Clean, "{log}");
        let entries = read(&folder(log), kind);
        assert_eq!(report.records, entries.len() as u64);
        let again = tempfile::tempdir().expect("a folder");
        write(again.path(), kind, &entries);
        let (golden, written) = (segments(&folder(log)), segments(again.path()));
        assert!(golden.len() > 3, "{log}: only {} segments", golden.len());
        assert_eq!(golden.len(), written.len(), "{log}");
        for (index, (golden, written)) in golden.iter().zip(&written).enumerate() {
            let same = bytes(golden, index == 0) == bytes(written, index == 0);
            assert!(same, "{} is written otherwise now", golden.display());
        }
    }
    let wanted = read(&folder("events"), EVENT_KIND);
    let found = replay(&read(&folder("inputs"), INPUT_KIND));
    for (seq, (wanted, found)) in (1..).zip(wanted.iter().zip(&found)) {
        assert_eq!(wanted, found, "event {seq}");
    }
    assert_eq!(wanted.len(), found.len());
}
