//! What an append costs: records of 64, 128 and 192 bytes with and without a journal thread that
//! writes them to disk and syncs, beside a copy and a checksum of as many bytes and nothing else.
//!
//! One append every 333 ns (3 M/s), so that the disk can follow; each is timed alone.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::Duration;

use pinion_bench::{Latency, Machine, is_smoke, pin, scratch, sized, stay};
use pinion_journal::{Idle, Options, Service, ServiceOptions};
use quanta::Clock;

/// Bytes of a record's header.
const HEADER_LEN: usize = 32;

/// Nanoseconds between two appends.
const INTERVAL_NS: u64 = 333;

/// What the journal thread does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disk {
    /// Writes and syncs, group after group.
    Syncs,
    /// Nothing until the end.
    Waits,
}

/// Times `count` calls, one an interval.
fn paced(count: u64, mut call: impl FnMut(u64)) -> Latency {
    let clock = Clock::new();
    let (mut latency, start) = (Latency::default(), clock.raw());
    for number in 0..count {
        let mut from = clock.raw();
        while clock.delta_as_nanos(start, from) < number * INTERVAL_NS {
            from = clock.raw();
        }
        call(number);
        latency.record(clock.delta_as_nanos(from, clock.raw()));
    }
    latency
}

fn append(len: usize, disk: Disk, count: u64) -> (Latency, u32) {
    let (dir, hot) = scratch();
    let mut options = Options::new(dir.path(), hot.path().join("log"), 1);
    options.segment_len = sized(64 << 20, 1 << 20);
    options.sync = disk == Disk::Syncs;
    // The chain of checksums begins with it, so two runs end alike.
    options.incarnation = Some(1);
    let log = pinion_journal::open(options).expect("a log");
    let idle = match disk {
        Disk::Syncs => Idle::Park(Duration::from_micros(200)),
        Disk::Waits => Idle::Park(Duration::from_secs(3_600)),
    };
    let on_start: fn(&'static str) = |_| {
        // Where pinning is not allowed the scheduler decides.
        let _pinned = stay(1);
    };
    let options = ServiceOptions { idle, on_start: Some(on_start) };
    let service = Service::start(vec![log.drain], &options).expect("threads");
    let mut writer = log.writer;
    let payload = vec![0x5a5a_5a5a_5a5a_5a5a_u64; (len - HEADER_LEN) / 8];
    let latency = paced(count, |number| {
        writer.append(number, number, &payload).expect("the disk keeps up");
    });
    let crc = writer.chain_crc();
    drop(writer);
    service.close().expect("everything on disk");
    (latency, crc)
}

fn bare(len: usize, count: u64) -> (Latency, u32) {
    let mut buffer = vec![1_u8; 64 << 20];
    let payload = vec![0x5a_u8; len];
    let (mut at, mut crc) = (0, 0);
    let latency = paced(count, |_| {
        crc = crc32c::crc32c_append(crc, &payload);
        buffer[at..at + len].copy_from_slice(&payload);
        at = (at + len) % (buffer.len() - 4096);
    });
    black_box(&buffer);
    (latency, crc)
}

fn main() {
    println!("{}", Machine::here());
    pin("appender", 0);
    println!("thread: journal thread and preparer on core 1");
    let (count, rounds) = sized((200_000, 5), (5_000, 1));
    println!("workload: {count} appends a turn, one every {INTERVAL_NS} ns, {rounds} turns each");
    let nothing = paced(count, |number| {
        black_box(number);
    });
    println!("  {:<34} {nothing}", "two readings of the clock");
    for len in [64, 128, 192] {
        let mut all = [Latency::default(), Latency::default(), Latency::default()];
        let mut digests = [0; 3];
        for _ in 0..rounds {
            let turn = [
                bare(len, count),
                append(len, Disk::Waits, count),
                append(len, Disk::Syncs, count),
            ];
            for ((all, digest), (latency, crc)) in all.iter_mut().zip(&mut digests).zip(turn) {
                all.add(&latency);
                *digest = crc;
            }
        }
        println!("\n{len} bytes; digests {digests:08x?}");
        let names = ["copy and checksum, nothing else", "append, disk waits", "append, disk syncs"];
        for (name, latency) in names.iter().zip(&all) {
            println!("  {name:<34} {latency}");
        }
        assert!(is_smoke() || all[1].at(50.0) > 0);
    }
}
