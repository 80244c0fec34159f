//! The core whole: ring in, journal, engine, event log out, as a gateway meets it.
//!
//! Open loop, one command every microsecond: from the planned moment to the moment that the
//! producer sees its last event published. Beside it in the same run the same plan through a bare
//! ring to a thread that only counts, and the same plan through nothing: what is left there is the
//! machine's. Then the rest of the tape as fast as the ring takes it.
//!
//! On two cores the threads behind the logs have no core of their own: they share the producer's.
//! So a plan begins once every spare segment is ready, and there are two kinds of turns. Where the
//! disk waits nothing is written until the plan is done, and producer and core go before all other
//! threads, if they may: that is the core. Where the disk is written, the journal thread takes its
//! time from the producer, whose lateness is told beside the latency from the moment of sending.
#![forbid(unsafe_code)]

use std::hint::spin_loop;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pinion_bench::{
    Figure, Foremost, Latency, Machine, Run, Tape, open_loop, pin, scratch, show, sized, stay,
    tape, this_thread, threads,
};
use pinion_ipc::handover::{Link, Request};
use pinion_ipc::{Producer, State, StatusView, Wait, ring};
use pinion_journal::Idle;
use pinion_sequencer::{Core, CoreConfig, Given, ROLE_GATEWAY};
use pinion_types::{Command, SCHEMA_HASH, SessionId};

/// Nanoseconds between two commands: a million a second.
const INTERVAL_NS: u64 = 1_000;
/// Commands of a plan: well below a second, after which the kernel lets others in.
const COUNT: usize = 400_000;
/// Who takes turns.
const NAMES: [&str; 4] =
    ["nothing: the machine's own", "bare ring", "core, disk waits", "core, writing to disk"];
/// Lines of the ring.
const LINES: usize = 16_384;

/// Names of threads.
const HOT: &str = "pinion-hot";
const PREPARER: &str = "pinion-prepare";
/// How long the preparers must have had nothing to do, and how little nothing is.
const SETTLE: Duration = Duration::from_millis(200);
const SETTLED_NS: u64 = 1_000_000;

/// A core and this thread as its gateway.
struct Venue {
    core: Core,
    ring: Producer,
    status: StatusView,
    _link: Link,
}

fn config(dir: &Path, hot: &Path, writes_disk: bool) -> CoreConfig {
    let mut config = CoreConfig::new(dir, hot);
    for log in [&mut config.inputs, &mut config.events] {
        log.segment_len = sized(256 << 20, 4 << 20);
        log.spare_segments = 3;
    }
    config.wait = Wait::Spin;
    config.ring_lines = LINES;
    if !writes_disk {
        config.journal_idle = Some(Idle::Park(Duration::from_secs(3_600)));
    }
    config.pins.hot = Some(0);
    for pin in [
        &mut config.pins.journal,
        &mut config.pins.preparer,
        &mut config.pins.timekeeper,
        &mut config.pins.control,
    ] {
        *pin = Some(1);
    }
    config
}

impl Venue {
    fn start(config: CoreConfig, tape: &Tape) -> Venue {
        let mut founding = vec![Command::new(SessionId(0), 0, &tape::genesis())];
        for words in tape.founding() {
            let mut command = Command::buffer();
            command.words_mut()[..words.len()].copy_from_slice(words);
            founding.push(command);
        }
        let socket = config.socket.clone();
        let core = Core::start(config, &mut Given::new(founding), &mut |_| ()).expect("a core");
        let request = Request { role: ROLE_GATEWAY, number: 0, layout: SCHEMA_HASH };
        let patience = Duration::from_secs(10);
        let (link, reply, fds) = Link::open(&socket, &request, patience).expect("an answer");
        assert_eq!(reply.code, 0, "the core takes a gateway");
        let [ring, head, status] = <[OwnedFd; 3]>::try_from(fds).expect("three descriptors");
        let mut venue = Venue {
            core,
            ring: pinion_ipc::attach(ring, head, SCHEMA_HASH).expect("a ring"),
            status: StatusView::attach(status, SCHEMA_HASH).expect("a status"),
            _link: link,
        };
        tape.logon().for_each(|words| venue.ring.send(words).expect("room"));
        venue.wait_for(tape.events(0).saturating_sub(1));
        venue
    }

    fn wait_for(&self, events: u64) {
        while self.status.published_event() < events {
            assert!(matches!(self.status.state(), Some((State::Live, _))), "the core lives");
            spin_loop();
        }
    }

    /// Waits until the threads that make segments have no work left: every spare is ready.
    fn settle() {
        let spent = || -> u64 {
            let all = threads().into_iter();
            all.filter(|(_, name, _)| name.starts_with(PREPARER)).map(|(_, _, spent)| spent).sum()
        };
        let (began, mut before) = (Instant::now(), spent());
        loop {
            let look = Instant::now();
            while look.elapsed() < SETTLE {
                thread::park_timeout(SETTLE);
            }
            let after = spent();
            if after - before < SETTLED_NS {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "the spares are ready in time");
            before = after;
        }
    }

    /// The first `count` commands by plan.
    fn latency(&mut self, tape: &Tape, count: usize) -> Run {
        let (ring, status) = (&mut self.ring, &self.status);
        let push = |index: usize| ring.send(tape.words(index)).is_ok();
        let done = |mut seen: usize| {
            let published = status.published_event();
            while seen < count && tape.events(seen) <= published {
                seen += 1;
            }
            seen
        };
        open_loop(count, INTERVAL_NS, push, done)
    }

    /// The commands from `first` on as fast as they go, in millions a second.
    fn throughput(&mut self, tape: &Tape, first: usize) -> f64 {
        let start = Instant::now();
        for index in first..tape.len() {
            while self.ring.push(tape.words(index)).is_err() {
                self.ring.publish();
                spin_loop();
            }
            if index.is_multiple_of(16) {
                self.ring.publish();
            }
        }
        self.ring.publish();
        self.wait_for(tape.events(tape.len() - 1));
        (tape.len() - first) as f64 / start.elapsed().as_secs_f64() / 1e6
    }
}

/// One turn of a core: latency by plan, then throughput.
fn turn(tape: &Tape, count: usize, writes_disk: bool) -> (Run, f64) {
    let (dir, hot) = scratch();
    let mut venue = Venue::start(config(dir.path(), hot.path(), writes_disk), tape);
    Venue::settle();
    let latency = {
        let hot = threads().into_iter().filter(|(_, name, _)| name == HOT).map(|(id, ..)| id);
        // Were the producer foremost while the journal thread shares its core, nothing would be
        // written.
        let own = (!writes_disk).then(this_thread);
        let _foremost = Foremost::these(&hot.chain(own).collect::<Vec<_>>());
        venue.latency(tape, count)
    };
    let rate = venue.throughput(tape, count);
    let Venue { core, ring, .. } = venue;
    drop(ring);
    let stopped = core.stop().expect("an end in order");
    assert_eq!(stopped.halted, None);
    (latency, rate)
}

/// The same plan and ring with nobody behind it but a counter.
fn bare_ring(tape: &Tape, count: usize) -> Run {
    let (mut producer, mut consumer) = ring::heap(LINES);
    let (taken, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let consumer_id = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Where pinning is not allowed the scheduler decides, for the core as well.
            let _pinned = stay(0);
            consumer_id.store(this_thread(), Ordering::Release);
            let (mut into, mut number) = ([0; 80], 0);
            while !stop.load(Ordering::Relaxed) {
                if consumer.poll(&mut into).expect("an honest producer").is_some() {
                    number += 1;
                    taken.store(number, Ordering::Release);
                    consumer.release();
                } else {
                    spin_loop();
                }
            }
        });
        // It begins on this core, and leaves it.
        while consumer_id.load(Ordering::Acquire) == 0 {
            thread::yield_now();
        }
        let both = [consumer_id.load(Ordering::Relaxed), this_thread()];
        let foremost = Foremost::these(&both);
        let push = |index: usize| producer.send(tape.words(index)).is_ok();
        let done = |_| usize::try_from(taken.load(Ordering::Acquire)).expect("a count");
        let latency = open_loop(count, INTERVAL_NS, push, done);
        stop.store(true, Ordering::Relaxed);
        drop(foremost);
        latency
    })
}

/// The same plan with nobody there at all.
fn nothing(count: usize) -> Run {
    let _foremost = Foremost::these(&[this_thread()]);
    let sent = std::cell::Cell::new(0);
    let push = |index: usize| {
        sent.set(index + 1);
        true
    };
    open_loop(count, INTERVAL_NS, push, |_| sent.get())
}

fn main() {
    println!("{}", Machine::here());
    println!(
        "thread: hot and the bare ring's consumer on core 0; the core's other threads on core 1"
    );
    pin("producer", 1);
    let tape = Tape::normal(1, tape::utc());
    let count = (tape.len() / 2).min(COUNT);
    println!("workload: {}", tape.name());
    println!("plan: {count} commands, one every {INTERVAL_NS} ns; durability process");
    let allowed = !Foremost::these(&[this_thread()]).is_none();
    println!("priority: {}", if allowed { "SCHED_FIFO but for writing" } else { "everybody's" });
    let mut all: [Vec<Run>; 4] = Default::default();
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..sized(3, 1) {
        all[0].push(nothing(count));
        all[1].push(bare_ring(&tape, count));
        for (index, writes_disk) in [false, true].into_iter().enumerate() {
            let (run, rate) = turn(&tape, count, writes_disk);
            all[2 + index].push(run);
            rates[index].push(rate);
        }
    }
    println!("digest: state {:016x}, {} events", tape.state_hash(), tape.events(tape.len() - 1));
    told("from the planned moment", &all, |run| &run.planned);
    told("from the moment of sending", &all, |run| &run.sent);
    told("the producer's own lateness, planned to sent", &all, |run| &run.late);
    let [off, on] = rates;
    let figures = [Figure { name: NAMES[2], turns: off }, Figure { name: NAMES[3], turns: on }];
    show("one pass over the rest of the tape, millions of commands a second", &figures);
}

/// Every turn, and the median of the turns.
fn told(title: &str, all: &[Vec<Run>; 4], of: impl Fn(&Run) -> &Latency) {
    println!("\n{title}, turn by turn");
    for (name, turns) in NAMES.iter().zip(all) {
        turns.iter().for_each(|run| println!("  {name:<28} {}", of(run)));
    }
    println!("median of the turns, ns");
    for (name, turns) in NAMES.iter().zip(all) {
        let median = |percent: f64| {
            let mut values: Vec<u64> = turns.iter().map(|run| of(run).at(percent)).collect();
            values.sort_unstable();
            values[values.len() / 2]
        };
        let (p50, p99, p999) = (median(50.0), median(99.0), median(99.9));
        println!("  {name:<28} p50 {p50:>9}   p99 {p99:>9}   p99.9 {p999:>9}");
    }
}
