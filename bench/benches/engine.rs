//! The engine alone: the normal tape from memory into `apply`, events into a buffer in memory.
//!
//! Each command is copied into the engine's buffer first, as the hot loop takes it from its ring,
//! and each event out of it, as the hot loop puts it into its log. A pass that is not timed sums
//! every event into the digest.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::Instant;

use pinion_bench::{Machine, Tape, cpu_ns, pin, show, sized, tape, turns};
use pinion_engine::{Engine, Sink};
use pinion_tests::tape::meb;
use pinion_tests::venue;
use pinion_types::{Command, Event, Nanos, Seq};

/// Counts events and sums what is in them.
#[derive(Default)]
struct Summing {
    events: u64,
    sum: u64,
}

impl Sink for Summing {
    #[inline]
    fn emit(&mut self, event: &Event) {
        self.events += 1;
        let words = event.words();
        self.sum = words.iter().fold(self.sum.rotate_left(1), |sum, word| sum ^ word);
    }
}

/// Words of what is buffered of events: half of a first-level cache.
const KEPT_LEN: usize = 2_048;

/// Keeps the latest events, the oldest written over.
struct Keeping {
    words: Box<[u64; KEPT_LEN]>,
    at: usize,
}

impl Sink for Keeping {
    #[inline]
    fn emit(&mut self, event: &Event) {
        let words = event.words();
        if self.at + words.len() > KEPT_LEN {
            black_box(&self.words);
            self.at = 0;
        }
        copy(&mut self.words[self.at..], words);
        self.at += words.len();
    }
}

/// Copies words to the front of `into`. The lengths that most commands and events have are known
/// to the compiler.
#[inline]
fn copy(into: &mut [u64], words: &[u64]) {
    match words.len() {
        12 => into[..12].copy_from_slice(&words[..12]),
        20 => into[..20].copy_from_slice(&words[..20]),
        len => into[..len].copy_from_slice(words),
    }
}

/// What one pass came to.
struct Pass {
    wall: f64,
    cpu: f64,
}

fn pass(tape: &Tape, sink: &mut impl Sink) -> Pass {
    let mut engine = Engine::new(&tape::genesis()).expect("a genesis that fits");
    let mut buffer = Command::buffer();
    let (mut seq, mut now) = (2, venue::START.0);
    let mut apply = |words: &[u64]| {
        copy(buffer.words_mut(), words);
        engine.apply(Seq(seq), Nanos(now), &buffer, sink);
        seq += 1;
        now += 1_000;
    };
    tape.founding().chain(tape.logon()).for_each(&mut apply);
    let (cpu, start) = (cpu_ns(), Instant::now());
    for index in 0..tape.len() {
        apply(tape.words(index));
    }
    let (wall, cpu) = (start.elapsed().as_nanos() as f64, (cpu_ns() - cpu) as f64);
    assert_eq!(engine.state_hash(), tape.state_hash(), "the state the tape leads to");
    let rate = tape.len() as f64 * 1e3;
    Pass { wall: rate / wall, cpu: rate / cpu }
}

fn main() {
    println!("{}", Machine::here());
    pin("engine", 0);
    let one = Tape::normal(1, venue::START);
    let many = Tape::normal(meb::ACCOUNTS, venue::START);
    for tape in [&one, &many] {
        println!("workload: {}", tape.name());
        let (mut sink, state) = (Summing::default(), tape.state_hash());
        pass(tape, &mut sink);
        println!("digest: {} events, sum {:016x}, state {state:016x}", sink.events, sink.sum);
    }
    let keeping = || Keeping { words: Box::new([0; KEPT_LEN]), at: 0 };
    let (mut cpu_one, mut cpu_many) = (Vec::new(), Vec::new());
    let mut run_one = || {
        let pass = pass(&one, &mut keeping());
        cpu_one.push(pass.cpu);
        pass.wall
    };
    let mut run_many = || {
        let pass = pass(&many, &mut keeping());
        cpu_many.push(pass.cpu);
        pass.wall
    };
    let figures = turns(
        sized(9, 1),
        &mut [
            ("engine, one account", &mut run_one as &mut dyn FnMut() -> f64),
            ("engine, 1,000 accounts", &mut run_many),
        ],
    );
    show("millions of commands a second by the clock on the wall, higher is better", &figures);
    let mut by_cpu = figures;
    by_cpu[0].turns = cpu_one;
    by_cpu[1].turns = cpu_many;
    show("the same by the thread's processor time, which others cannot take from", &by_cpu);
}
