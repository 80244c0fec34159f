//! Instructions a command of each kind costs in the engine, counted by callgrind and held against
//! `baselines/instructions.txt`.
//!
//! A count is the difference between two runs of many and of twice as many, so that everything
//! around it falls out. It fails where a kind costs more than the baseline by more than the
//! tolerance; `UPDATE=1` writes the file anew. Without valgrind, or with another compiler than the
//! baseline's, there is nothing to compare with, and it says so.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;
use std::process::Command as Process;

use pinion_bench::{Machine, is_smoke, tape};
use pinion_engine::{Engine, Sink};
use pinion_tests::tape::meb;
use pinion_tests::venue::{self, Client};
use pinion_types::command::{Mark, NewOrder, NewOrderExtra, NewOrderWide, OrderStatusRequest};
use pinion_types::units::PX_ONE;
use pinion_types::{
    ClOrdId, Command, Event, InstrumentId, MarkKind, Nanos, OrdType, Px, Qty, Seq, Side,
    TimeInForce,
};

const KINDS: [&str; 12] = [
    "new, rests",
    "new, fills one",
    "new, refused",
    "cancel",
    "cancel, unknown",
    "replace",
    "market, fills one",
    "fok, fills one",
    "iceberg, rests",
    "stop, waits",
    "order status",
    "mark",
];
/// Of a kind in the shorter run.
const COUNT: u64 = 2_000;
/// Change that counts, in percent.
const TOLERANCE: f64 = 2.0;
/// The C library chooses by the processor how it copies and fills memory, which is worth up to 5 %
/// of a kind: here it takes what every x86-64 has. What the environment holds moves the stack, and
/// with it a few instructions of copies, so that the runs get none.
const SAME_COPIES: &str = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-AVX2_Usable,\
                           -AVX_Fast_Unaligned_Load,-ERMS,-FSRM";
/// How the baseline is made anew.
const RENEW: &str = "UPDATE=1 cargo bench -p pinion-bench --bench counts";

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

    /// Applies a message of the client.
    fn say<B: pinion_types::command::KindOf>(&mut self, body: &B) {
        let command = self.client.message(body);
        self.apply(&command);
    }

    fn order(&mut self, side: Side, px: i64, qty: u64, tif: TimeInForce) -> ClOrdId {
        let order = self.client.limit(side, Px(px * PX_ONE), Qty(qty), tif);
        self.say(&order);
        order.cl_ord_id
    }

    fn market(&mut self) {
        let order = self.client.limit(Side::Sell, Px(0), Qty(10), TimeInForce::Day);
        self.say(&NewOrder { ord_type: OrdType::Market.into(), ..order });
    }

    fn wide(&mut self, order: NewOrder, extra: NewOrderExtra) {
        self.say(&NewOrderWide { order, extra });
    }

    fn iceberg(&mut self, number: u64) {
        let px = Px((900 + small(number)) * PX_ONE);
        let order = self.client.limit(Side::Buy, px, Qty(10), TimeInForce::Day);
        self.wide(order, NewOrderExtra { display_qty: Qty(2), ..NewOrderExtra::default() });
    }

    fn stop(&mut self, number: u64) {
        let order = self.client.limit(Side::Buy, Px(0), Qty(10), TimeInForce::Day);
        let stop_px = Px((1_100 + small(number)) * PX_ONE);
        let order = NewOrder { ord_type: OrdType::Stop.into(), ..order };
        self.wide(order, NewOrderExtra { stop_px, ..NewOrderExtra::default() });
    }

    fn cancel(&mut self, orig: ClOrdId) {
        let cancel = self.client.cancel(orig, Side::Buy);
        self.say(&cancel);
    }

    fn mark(&mut self, number: u64) {
        let px = Px((900 + small(number)) * PX_ONE);
        let (instrument, kind) = (InstrumentId(1), MarkKind::Mark.into());
        self.apply(&venue::control(&Mark { instrument, kind, px, ..Mark::default() }));
    }

    /// A price below the touch, a few of them in turn.
    fn bid(&mut self, number: u64) -> ClOrdId {
        self.order(Side::Buy, 1_000 - small(number), 10, TimeInForce::Day)
    }
}

/// 0 to 15, in turn.
fn small(number: u64) -> i64 {
    i64::try_from(number % 16).expect("small")
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
                desk.say(&replace);
            }
            "market, fills one" => desk.market(),
            "fok, fills one" => {
                desk.order(Side::Sell, 900, 10, TimeInForce::FillOrKill);
            }
            "iceberg, rests" => desk.iceberg(number),
            "stop, waits" => desk.stop(number),
            "order status" => {
                desk.say(&OrderStatusRequest { cl_ord_id: orig, ..OrderStatusRequest::default() });
            }
            "mark" => desk.mark(number),
            other => panic!("no kind {other}"),
        }
    }
    println!("digest: {} events, state {:016x}", desk.sink.0, desk.engine.state_hash());
}

/// Instructions of a whole run, as callgrind counts them.
fn instructions(kind: &str, count: u64) -> Option<u64> {
    let this = std::env::current_exe().ok()?;
    let output = Process::new("valgrind")
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("GLIBC_TUNABLES", SAME_COPIES)
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["--run", kind, &count.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// First line of what a program says of its version; `None` where it is not there.
fn version(program: &str) -> Option<String> {
    let output = Process::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// The committed counts, and what they were made with.
#[derive(Default)]
struct Baseline {
    made_with: Vec<String>,
    counts: BTreeMap<String, u64>,
}

impl Baseline {
    fn parse(text: &str) -> Self {
        let mut it = Baseline::default();
        for line in text.lines() {
            if let Some(word) = line.strip_prefix("# ") {
                it.made_with.push(word.to_owned());
            } else if let Some((kind, count)) = line.split_once('\t') {
                it.counts.extend(count.trim().parse().ok().map(|count| (kind.to_owned(), count)));
            }
        }
        it
    }
}

/// Counts every kind and compares; gives the new file and the kinds that cost more.
fn compare(baseline: &Baseline, made_with: &[String]) -> (String, Vec<&'static str>) {
    let mut new: String = made_with.iter().map(|word| format!("# {word}\n")).collect();
    let (mut more, mut less) = (Vec::new(), false);
    for kind in KINDS {
        let [one, two] = [COUNT, 2 * COUNT]
            .map(|count| instructions(kind, count).expect("callgrind counts the run"));
        let cost = (two - one) / COUNT;
        let old = baseline.counts.get(kind);
        let change = old.map(|&old| (cost as f64 / old as f64 - 1.0) * 100.0);
        let told = change.map_or("not in the baseline".to_owned(), |it| format!("{it:+.1} %"));
        println!("  {kind:<18} {cost:>6} instructions   {told}");
        new.push_str(&format!("{kind}\t{cost}\n"));
        more.extend(change.is_none_or(|it| it > TOLERANCE).then_some(kind));
        less |= change.is_some_and(|it| it < -TOLERANCE);
    }
    if less {
        println!("some cost less than the baseline, which is worth keeping: {RENEW}");
    }
    (new, more)
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
    let baseline = Baseline::parse(&std::fs::read_to_string(&path).unwrap_or_default());
    let (Some(rustc), Some(valgrind)) = (version("rustc"), version("valgrind")) else {
        println!("skipped: counting needs valgrind, and rustc to say its version");
        return;
    };
    let renews = std::env::var_os("UPDATE").is_some();
    if !renews && !baseline.made_with.contains(&rustc) {
        println!("skipped: here is {rustc}, the baseline is of {:?}", baseline.made_with);
        println!("another compiler counts otherwise; made anew by: {RENEW}");
        return;
    }
    let (new, more) = compare(&baseline, &[rustc, valgrind]);
    if renews {
        std::fs::write(&path, new).expect("written");
    } else if !more.is_empty() {
        println!("more than {TOLERANCE} % above the baseline, or not in it: {}", more.join("; "));
        println!("where it is worth its cost, commit the new baseline: {RENEW}");
        std::process::exit(1);
    }
}
