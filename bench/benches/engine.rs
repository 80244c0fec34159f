//! The engine alone: the normal tape from memory into `apply`, events into a sink that sums them.
//!
//! Each command is copied into the engine's buffer first, as the hot loop takes it from its ring.
#![forbid(unsafe_code)]

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

/// What one pass came to.
struct Pass {
    wall: f64,
    cpu: f64,
    events: u64,
    sum: u64,
}

fn pass(tape: &Tape) -> Pass {
    let mut engine = Engine::new(&tape::genesis()).expect("a genesis that fits");
    let (mut sink, mut buffer) = (Summing::default(), Command::buffer());
    let (mut seq, mut now) = (2, venue::START.0);
    let mut apply = |words: &[u64], sink: &mut Summing| {
        buffer.words_mut()[..words.len()].copy_from_slice(words);
        engine.apply(Seq(seq), Nanos(now), &buffer, sink);
        seq += 1;
        now += 1_000;
    };
    tape.founding().chain(tape.logon()).for_each(|words| apply(words, &mut sink));
    let (cpu, start) = (cpu_ns(), Instant::now());
    for index in 0..tape.len() {
        apply(tape.words(index), &mut sink);
    }
    let (wall, cpu) = (start.elapsed().as_nanos() as f64, (cpu_ns() - cpu) as f64);
    assert_eq!(engine.state_hash(), tape.state_hash(), "the state the tape leads to");
    let rate = tape.len() as f64 * 1e3;
    Pass { wall: rate / wall, cpu: rate / cpu, events: sink.events, sum: sink.sum }
}

fn main() {
    println!("{}", Machine::here());
    pin("engine", 0);
    let one = Tape::normal(1, venue::START);
    let many = Tape::normal(meb::ACCOUNTS, venue::START);
    for tape in [&one, &many] {
        println!("workload: {}", tape.name());
        let pass = pass(tape);
        let state = tape.state_hash();
        println!("digest: {} events, sum {:016x}, state {state:016x}", pass.events, pass.sum);
    }
    let (mut cpu_one, mut cpu_many) = (Vec::new(), Vec::new());
    let mut run_one = || {
        let pass = pass(&one);
        cpu_one.push(pass.cpu);
        pass.wall
    };
    let mut run_many = || {
        let pass = pass(&many);
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
