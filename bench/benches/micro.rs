//! What single steps cost on one thread, in cache: a command through the engine's `apply`, a
//! message through the ring beside rtrb, a record into the journal beside its bare copy and
//! checksum, an order in and out of its bytes on the wire. Medians of a loop, so no latencies:
//! percentiles are the open-loop benches' affair.
#![forbid(unsafe_code)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput};
use pinion_bench::{Machine, Tape, digest, pin, scratch, tape};
use pinion_engine::{Engine, Sink};
use pinion_ipc::ring;
use pinion_journal::{Options, Progress};
use pinion_tests::venue;
use pinion_types::units::PX_ONE;
use pinion_types::{
    AccountId, ClOrdId, Command, Event, InstrumentId, Nanos, OrdType, Px, Qty, Seq, Side,
    TimeInForce,
};
use pinion_wire::request::NewOrderSingle;
use pinion_wire::{Inbound, encode, split};

/// Words of a new order's command.
const WORDS: usize = 12;
/// Commands of the tape in one measured batch.
const COMMANDS: usize = 10_000;

/// Sums what is in the events.
#[derive(Default)]
struct Summing(u64);

impl Sink for Summing {
    #[inline]
    fn emit(&mut self, event: &Event) {
        self.0 = digest(self.0, event.words());
    }
}

/// An engine that was told of the venue and its sessions, and the seq of its next command.
fn logged_on(tape: &Tape) -> (Engine, u64) {
    let mut engine = Engine::new(&tape::genesis()).expect("a genesis that fits");
    let (mut sink, mut buffer, mut seq) = (Summing::default(), Command::buffer(), 2);
    for words in tape.founding().chain(tape.logon()) {
        buffer.words_mut()[..words.len()].copy_from_slice(words);
        engine.apply(Seq(seq), Nanos(venue::START.0 + seq * 1_000), &buffer, &mut sink);
        seq += 1;
    }
    (engine, seq)
}

/// The first commands of the normal tape: orders that rest and fill, cancels, replaces.
fn engine(criterion: &mut Criterion) {
    let tape = Tape::normal(1, venue::START);
    let count = COMMANDS.min(tape.len());
    println!("workload: the first {count} commands of: {}", tape.name());
    let mut group = criterion.benchmark_group("engine");
    group.throughput(Throughput::Elements(count as u64)).sample_size(20);
    group.bench_function("apply", |bench| {
        bench.iter_batched(
            || logged_on(&tape),
            |(mut engine, mut seq)| {
                let (mut sink, mut buffer) = (Summing::default(), Command::buffer());
                for index in 0..count {
                    let words = tape.words(index);
                    buffer.words_mut()[..words.len()].copy_from_slice(words);
                    let now = Nanos(venue::START.0 + seq * 1_000);
                    engine.apply(Seq(seq), now, &buffer, &mut sink);
                    seq += 1;
                }
                // The engine is given back: its end is not measured.
                (engine, sink.0)
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn rings(criterion: &mut Criterion) {
    println!("workload: one message of {WORDS} words in and out, on one thread");
    let message: [u64; WORDS] = std::array::from_fn(|index| index as u64);
    let mut group = criterion.benchmark_group("ring");
    let (mut producer, mut consumer) = ring::heap(8_192);
    group.bench_function("ours", |bench| {
        let mut into = [0; 16];
        bench.iter(|| {
            producer.send(black_box(&message)).expect("room for one");
            let taken = consumer.poll(&mut into).expect("an honest producer");
            consumer.release();
            assert_eq!(taken, Some(WORDS));
            black_box(into[0])
        });
    });
    let (mut producer, mut consumer) = rtrb::RingBuffer::<[u64; WORDS]>::new(4_096);
    group.bench_function("rtrb", |bench| {
        bench.iter(|| {
            producer.push(*black_box(&message)).expect("room for one");
            black_box(consumer.pop().expect("the one")[0])
        });
    });
    group.finish();
}

fn journal(criterion: &mut Criterion) {
    println!("workload: records of {WORDS} words, no disk in between");
    let payload: [u64; WORDS] = std::array::from_fn(|index| index as u64);
    let (dir, hot) = scratch();
    let mut options = Options::new(dir.path(), hot.path(), 1);
    options.segment_len = 16 << 20;
    let mut log = pinion_journal::open(options).expect("a log");
    let mut group = criterion.benchmark_group("journal");
    group.bench_function("append", |bench| {
        bench.iter(|| {
            while log.writer.append(1, 2, black_box(&payload)).is_err() {
                // What the journal's threads do is done here now and then.
                assert_ne!(log.drain.step(), Progress::Poisoned);
            }
        });
    });
    let mut memory = vec![0_u8; 16 << 20];
    let bytes: Vec<u8> = payload.iter().flat_map(|word| word.to_le_bytes()).collect();
    group.bench_function("copy and checksum", |bench| {
        let (mut at, mut crc) = (0, 0);
        bench.iter(|| {
            crc = crc32c::crc32c_append(crc, black_box(&bytes));
            memory[at + 32..at + 32 + bytes.len()].copy_from_slice(&bytes);
            memory[at..at + 4].copy_from_slice(&crc.to_le_bytes());
            at = (at + 128) % (memory.len() - 128);
            crc
        });
    });
    group.finish();
}

fn wire(criterion: &mut Criterion) {
    println!("workload: one NewOrderSingle");
    let order = NewOrderSingle {
        msg_seq_num: 1,
        sending_time: Nanos(1),
        cl_ord_id: ClOrdId(1),
        px: Px(100 * PX_ONE),
        qty: Qty(1),
        instrument: InstrumentId(1),
        account: AccountId(1),
        side: Side::Buy.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::Day.into(),
        ..NewOrderSingle::default()
    };
    let mut bytes = [0; 512];
    let len = encode(&order, &mut bytes).expect("room for one");
    let mut group = criterion.benchmark_group("wire");
    group.bench_function("encode an order", |bench| {
        let mut out = [0; 512];
        bench.iter(|| encode(black_box(&order), &mut out).expect("room for one"));
    });
    group.bench_function("decode an order", |bench| {
        bench.iter(|| {
            let frame = split(black_box(&bytes[..len])).expect("a frame").expect("a whole one");
            Inbound::decode(&frame).expect("an order")
        });
    });
    group.finish();
}

fn main() {
    println!("{}", Machine::here());
    pin("everything", 0);
    let mut criterion = Criterion::default().configure_from_args();
    engine(&mut criterion);
    rings(&mut criterion);
    journal(&mut criterion);
    wire(&mut criterion);
    criterion.final_summary();
}
