//! Replay: a journal of the normal tape on disk through the sequencer's replay, beside reading it
//! only and applying it only.
#![forbid(unsafe_code)]

use std::path::Path;
use std::time::Instant;

use pinion_bench::{Machine, Tape, pin, scratch, show, sized, tape, turns};
use pinion_engine::{Engine, Sink};
use pinion_journal::{Options, Progress, Reader};
use pinion_sequencer::{INPUT_KIND, ReplayPlan, replay};
use pinion_tests::venue;
use pinion_types::command::Genesis;
use pinion_types::{Command, Event, Nanos, SCHEMA_HASH, Seq, SessionId};

fn write_journal(dir: &Path, hot: &Path, tape: &Tape, genesis: &Genesis) {
    let mut options = Options::new(dir, hot, INPUT_KIND);
    options.schema_hash = SCHEMA_HASH;
    options.logic_version = genesis.logic_version;
    options.venue = genesis.venue;
    options.segment_len = sized(64 << 20, 1 << 20);
    let log = pinion_journal::open(options).expect("a log");
    let (mut writer, mut drain, mut now) = (log.writer, log.drain, venue::START.0);
    let genesis = Command::new(SessionId(0), 0, genesis);
    let all = [genesis.words()].into_iter().chain(tape.founding()).chain(tape.logon());
    for words in all.chain((0..tape.len()).map(|index| tape.words(index))) {
        while writer.append(now, 0, words).is_err() {
            assert_ne!(drain.step(), Progress::Poisoned);
        }
        // The genesis has the time of the command after it, as the tape was made.
        now += if writer.next_seq() > 2 { 1_000 } else { 0 };
    }
    drop(writer);
    drain.close().expect("everything on disk");
}

fn rate(count: u64, start: Instant) -> f64 {
    count as f64 / start.elapsed().as_secs_f64() / 1e6
}

struct Nothing;

impl Sink for Nothing {
    fn emit(&mut self, _event: &Event) {}
}

fn main() {
    println!("{}", Machine::here());
    pin("replay", 0);
    let tape = Tape::normal(1, venue::START);
    let genesis = tape::genesis();
    println!("workload: {}", tape.name());
    let (dir, hot) = scratch();
    let (dir, hot) = (dir.path().join("journal"), hot.path().join("journal"));
    write_journal(&dir, &hot, &tape, &genesis);
    let plan = ReplayPlan { inputs: (dir.clone(), None), events: None, to: None };
    let mut replaying = || {
        let start = Instant::now();
        let summary = replay(&plan, &mut ()).expect("a whole journal").summary;
        assert_eq!(summary.state_hash, tape.state_hash(), "the state the tape leads to");
        rate(summary.commands, start)
    };
    let mut reading = || {
        let start = Instant::now();
        let mut reader = Reader::open(&dir, None, INPUT_KIND, 1).expect("a log");
        let mut count = 0;
        while reader.next().expect("a good record").is_some() {
            count += 1;
        }
        rate(count, start)
    };
    let mut applying = || {
        let mut engine = Engine::new(&genesis).expect("a genesis that fits");
        let (mut buffer, mut seq) = (Command::buffer(), 1);
        let start = Instant::now();
        let all = tape.founding().chain(tape.logon());
        for words in all.chain((0..tape.len()).map(|index| tape.words(index))) {
            seq += 1;
            buffer.words_mut()[..words.len()].copy_from_slice(words);
            let now = Nanos(venue::START.0 + (seq - 2) * 1_000);
            engine.apply(Seq(seq), now, &buffer, &mut Nothing);
        }
        assert_eq!(engine.state_hash(), tape.state_hash(), "the state the tape leads to");
        rate(seq, start)
    };
    let figures = turns(
        sized(5, 1),
        &mut [
            ("replay", &mut replaying as &mut dyn FnMut() -> f64),
            ("read and check only", &mut reading),
            ("apply only, from memory", &mut applying),
        ],
    );
    println!("digest: state {:016x} in every turn", tape.state_hash());
    show("millions of commands a second, higher is better", &figures);
}
