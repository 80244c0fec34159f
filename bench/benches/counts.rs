//! Instructions a command of each kind costs in the engine, counted by callgrind and held against
//! `baselines/instructions.txt`.
//!
//! A count is the difference between two runs of many and of twice as many, so that everything
//! around it falls out. `UPDATE=1` writes the file anew; without valgrind it says that it skips.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command as Process;

use pinion_bench::{Machine, is_smoke, tape};
use pinion_engine::{Engine, Sink};
use pinion_tests::tape::meb;
use pinion_tests::venue::{self, Client};
use pinion_types::units::PX_ONE;
use pinion_types::{ClOrdId, Command, Event, Nanos, Px, Qty, Seq, Side, TimeInForce};

const KINDS: [&str; 6] =
    ["new, rests", "new, fills one", "new, refused", "cancel", "cancel, unknown", "replace"];
/// Of a kind in the shorter run.
const COUNT: u64 = 2_000;
/// Change that counts, in percent.
const TOLERANCE: f64 = 2.0;

struct Counting(u64);

impl Sink for Counting {
    fn emit(&mut self, event: &Event) {
        self.0 += 1;
        black_box(event);
    }
}

struct Desk {
    engine: Engine,
    client: Client,
    seq: u64,
    sink: Counting,
}

impl Desk {
    fn open() -> Desk {
        let engine = Engine::new(&tape::genesis()).expect("a genesis that fits");
        let mut desk = Desk { engine, client: Client::new(1), seq: 1, sink: Counting(0) };
        let mut commands = venue::setup(&[meb::instrument()], 1);
        commands.extend(desk.client.logon(1, venue::START));
        commands.iter().for_each(|command| desk.apply(command));
        desk
    }

    fn apply(&mut self, command: &Command) {
        self.seq += 1;
        let now = Nanos(venue::START.0 + self.seq * 1_000);
        self.engine.apply(Seq(self.seq), now, command, &mut self.sink);
    }

    fn order(&mut self, side: Side, px: i64, qty: u64, tif: TimeInForce) -> ClOrdId {
        let order = self.client.limit(side, Px(px * PX_ONE), Qty(qty), tif);
        let command = self.client.message(&order);
        self.apply(&command);
        order.cl_ord_id
    }

    fn cancel(&mut self, orig: ClOrdId) {
        let cancel = self.client.cancel(orig, Side::Buy);
        let command = self.client.message(&cancel);
        self.apply(&command);
    }

    /// A price below the touch, a few of them in turn.
    fn bid(&mut self, number: u64) -> ClOrdId {
        let px = 1_000 - i64::try_from(number % 16).expect("small");
        self.order(Side::Buy, px, 10, TimeInForce::Day)
    }
}

/// Runs `count` of a kind, on a book that holds twice that.
fn run(kind: &str, count: u64) {
    let mut desk = Desk::open();
    let live: Vec<ClOrdId> = (0..4 * COUNT).map(|number| desk.bid(number)).collect();
    for (number, &orig) in (0..count).zip(&live) {
        match kind {
            "new, rests" => {
                desk.bid(number);
            }
            "new, fills one" => {
                desk.order(Side::Sell, 900, 10, TimeInForce::ImmediateOrCancel);
            }
            "new, refused" => {
                desk.order(Side::Buy, 1_000, 0, TimeInForce::Day);
            }
            "cancel" => desk.cancel(orig),
            "cancel, unknown" => desk.cancel(ClOrdId(u64::MAX)),
            "replace" => {
                let replace = desk.client.replace(orig, Side::Buy, Px(990 * PX_ONE), Qty(9));
                let command = desk.client.message(&replace);
                desk.apply(&command);
            }
            other => panic!("no kind {other}"),
        }
    }
    println!("digest: {} events, state {:016x}", desk.sink.0, desk.engine.state_hash());
}

/// Instructions of a whole run, as callgrind counts them.
fn instructions(kind: &str, count: u64) -> Option<u64> {
    let this = std::env::current_exe().ok()?;
    let output = Process::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["--run", kind, &count.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--run") {
        let count = args[at + 2].parse().expect("a count");
        return run(&args[at + 1], count);
    }
    println!("{}", Machine::here());
    println!("workload: {COUNT} of a kind, on a book of {} bids on 16 prices", 4 * COUNT);
    if is_smoke() {
        KINDS.iter().for_each(|kind| run(kind, 100));
        return;
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines/instructions.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let baseline: BTreeMap<&str, u64> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(kind, count)| Some((kind, count.trim().parse().ok()?)))
        .collect();
    let (mut new, mut worse) = (String::new(), Vec::new());
    for kind in KINDS {
        let Some((one, two)) = instructions(kind, COUNT).zip(instructions(kind, 2 * COUNT)) else {
            println!("skipped: no valgrind");
            return;
        };
        let cost = (two - one) / COUNT;
        let change = baseline.get(kind).map(|&old| (cost as f64 / old as f64 - 1.0) * 100.0);
        let told = change.map_or("new".to_owned(), |change| format!("{change:+.1} %"));
        println!("  {kind:<18} {cost:>6} instructions   {told}");
        new.push_str(&format!("{kind}\t{cost}\n"));
        if change.is_some_and(|change| change > TOLERANCE) {
            worse.push(kind);
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, new).expect("written");
    } else if !worse.is_empty() {
        println!("more than {TOLERANCE} % above the baseline: {}", worse.join("; "));
        std::process::exit(1);
    }
}
