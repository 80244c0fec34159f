//! The ring beside rtrb: messages handed from one thread to another, one by one and in batches,
//! and the round trip of a lone message.
//!
//! Workload: a new order's command, 12 words, in both. rtrb carries it as a fixed element. Both
//! take it from memory and leave it in memory, whole: whoever sends a command has encoded it
//! somewhere and whoever takes it hands it on. Unless told so the compiler makes rtrb's messages
//! in their slots and reads back only the words that the digest asks for.
#![forbid(unsafe_code)]

use std::hint::{black_box, spin_loop};
use std::sync::Barrier;
use std::thread;
use std::time::Instant;

use pinion_bench::{Machine, digest, pin, show, sized, stay, turns};
use pinion_ipc::ring;

/// Words of a new order's command.
const WORDS: usize = 12;
/// Messages pushed before they are shown.
const BATCH: usize = 32;
/// Lines of the ring, and elements of rtrb: the same number of messages fits both.
const LINES: usize = 8_192;

type Message = [u64; WORDS];

/// Messages that wait in memory to be sent, again and again.
static MESSAGES: [Message; 64] = messages();

const fn messages() -> [Message; 64] {
    let (mut all, mut at) = ([[0; WORDS]; 64], 0);
    while at < 64 * WORDS {
        all[at / WORDS][at % WORDS] = ((at / WORDS) ^ (at % WORDS)) as u64;
        at += 1;
    }
    all
}

/// The message of that number. Where it goes on to nobody knows, so that it is read whole.
#[inline]
fn message(number: u64) -> &'static Message {
    black_box(&MESSAGES[number as usize % 64])
}

/// Millions of messages a second; `give` runs on its own core, `take` on this one.
fn throughput(give: impl FnOnce() + Send, take: impl FnOnce() -> u64, count: u64) -> f64 {
    let start_line = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            core(1);
            start_line.wait();
            give();
        });
        core(0);
        start_line.wait();
        let start = Instant::now();
        let hash = take();
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(hash, expected(count), "every message, in order, unchanged");
        count as f64 / seconds / 1e6
    })
}

/// Where pinning is not allowed the scheduler decides, for both contestants.
fn core(index: usize) {
    let _pinned = stay(index);
}

fn expected(count: u64) -> u64 {
    (0..count).fold(0, |hash, number| digest(hash, &message(number)[..2]))
}

fn ours(count: u64, batch: usize) -> f64 {
    let (mut producer, mut consumer) = ring::heap(LINES);
    let give = move || {
        let mut open = 0;
        for number in 0..count {
            let message = message(number);
            while producer.push(message).is_err() {
                producer.publish();
                spin_loop();
            }
            open += 1;
            if open == batch {
                producer.publish();
                open = 0;
            }
        }
        producer.publish();
    };
    let take = move || {
        let (mut hash, mut taken, mut open) = (0, 0, 0);
        let mut into = [0; 16];
        while taken < count {
            match consumer.poll(&mut into).expect("an honest producer") {
                Some(_) => {
                    hash = digest(hash, &black_box(&into)[..2]);
                    taken += 1;
                    open += 1;
                    if open == batch {
                        consumer.release();
                        open = 0;
                    }
                }
                None => {
                    consumer.release();
                    open = 0;
                    spin_loop();
                }
            }
        }
        hash
    };
    throughput(give, take, count)
}

fn theirs_one_by_one(count: u64) -> f64 {
    let (mut producer, mut consumer) = rtrb::RingBuffer::<Message>::new(LINES / 2);
    let give = move || {
        for number in 0..count {
            let message = message(number);
            while producer.push(*message).is_err() {
                spin_loop();
            }
        }
    };
    let take = move || {
        let (mut hash, mut taken) = (0, 0);
        while taken < count {
            match consumer.pop() {
                Ok(message) => {
                    hash = digest(hash, &black_box(&message)[..2]);
                    taken += 1;
                }
                Err(_) => spin_loop(),
            }
        }
        hash
    };
    throughput(give, take, count)
}

fn theirs_in_batches(count: u64) -> f64 {
    let (mut producer, mut consumer) = rtrb::RingBuffer::<Message>::new(LINES / 2);
    let give = move || {
        let mut number = 0;
        while number < count {
            let wanted = BATCH.min(usize::try_from(count - number).unwrap_or(BATCH));
            if let Ok(chunk) = producer.write_chunk_uninit(wanted) {
                chunk.fill_from_iter((number..).map(|number| *message(number)));
                number += wanted as u64;
            } else {
                spin_loop();
            }
        }
    };
    let take = move || {
        let (mut hash, mut taken) = (0, 0);
        while taken < count {
            let ready = consumer.slots().min(BATCH);
            match consumer.read_chunk(ready) {
                Ok(chunk) if ready > 0 => {
                    for message in chunk {
                        hash = digest(hash, &black_box(&message)[..2]);
                        taken += 1;
                    }
                }
                _ => spin_loop(),
            }
        }
        hash
    };
    throughput(give, take, count)
}

/// Nanoseconds of a round trip through two queues.
fn round_trip(
    count: u64,
    mut ask: impl FnMut(&Message) -> Message,
    answer: impl FnOnce() + Send,
) -> f64 {
    thread::scope(|scope| {
        scope.spawn(|| {
            core(1);
            answer();
        });
        core(0);
        let mut hash = 0;
        let start = Instant::now();
        for number in 0..count {
            hash = digest(hash, &black_box(&ask(message(number)))[..2]);
        }
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(hash, expected(count), "every message, in order, unchanged");
        seconds * 1e9 / count as f64
    })
}

fn our_round_trip(count: u64) -> f64 {
    let (mut there, mut from) = ring::heap(LINES);
    let (mut back, mut home) = ring::heap(LINES);
    let answer = move || {
        let mut into = [0; 16];
        for _ in 0..count {
            while from.poll(&mut into).expect("an honest producer").is_none() {
                spin_loop();
            }
            from.release();
            back.send(&into[..WORDS]).expect("room for one");
        }
    };
    let ask = move |message: &Message| {
        let mut into = [0; 16];
        there.send(message).expect("room for one");
        while home.poll(&mut into).expect("an honest producer").is_none() {
            spin_loop();
        }
        home.release();
        std::array::from_fn(|index| into[index])
    };
    round_trip(count, ask, answer)
}

fn their_round_trip(count: u64) -> f64 {
    let (mut there, mut from) = rtrb::RingBuffer::<Message>::new(LINES / 2);
    let (mut back, mut home) = rtrb::RingBuffer::<Message>::new(LINES / 2);
    let answer = move || {
        for _ in 0..count {
            let message = loop {
                match from.pop() {
                    Ok(message) => break message,
                    Err(_) => spin_loop(),
                }
            };
            back.push(message).expect("room for one");
        }
    };
    let ask = move |message: &Message| {
        there.push(*message).expect("room for one");
        loop {
            match home.pop() {
                Ok(message) => break message,
                Err(_) => spin_loop(),
            }
        }
    };
    round_trip(count, ask, answer)
}

fn main() {
    println!("{}", Machine::here());
    pin("consumer and asker", 0);
    println!("thread: producer and answerer on core 1");
    println!("workload: messages of {WORDS} words, room for {} of them", LINES / 2);
    let (count, rounds) = sized((4_000_000, 9), (20_000, 1));
    let trips = sized(200_000, 2_000);
    println!("digest: {:016x} of {count} messages", expected(count));

    let (mut one, mut batch) = (|| ours(count, 1), || ours(count, BATCH));
    let (mut their_one, mut their_batch) =
        (|| theirs_one_by_one(count), || theirs_in_batches(count));
    let figures =
        turns(rounds, &mut [("ring, one by one", &mut one), ("rtrb, one by one", &mut their_one)]);
    show("millions of messages a second, higher is better", &figures);
    let figures = turns(
        rounds,
        &mut [("ring, batches of 32", &mut batch), ("rtrb, batches of 32", &mut their_batch)],
    );
    show("millions of messages a second, higher is better", &figures);
    let (mut trip, mut their_trip) = (|| our_round_trip(trips), || their_round_trip(trips));
    let figures = turns(
        rounds,
        &mut [("ring, round trip", &mut trip), ("rtrb, round trip", &mut their_trip)],
    );
    show("nanoseconds of a round trip, lower is better", &figures);
}
