//! Every interleaving of ring and record, as loom sees them:
//! `RUSTFLAGS="--cfg loom" cargo test --release -p pinion-ipc --test loom`.
#![cfg(loom)]

use loom::thread;
use pinion_ipc::{SeqWriter, ring};

/// Outcomes: the consumer sees a prefix of what was sent, each message whole and in order, and
/// the producer reuses no line that was not released.
#[test]
fn ring_delivers_whole_messages_in_order() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        // Two lines: the third message has to wait for the first one's release.
        let (mut producer, mut consumer) = ring::heap(2);
        let sender = thread::spawn(move || {
            let mut sent = 0;
            for number in 1..=3_u64 {
                if producer.push(&[number, number * 10]).is_ok() {
                    sent += 1;
                    producer.publish();
                } else {
                    break;
                }
            }
            sent
        });
        let mut buffer = [0; 4];
        let mut expected = 1;
        for _ in 0..3 {
            if let Some(len) = consumer.poll(&mut buffer).unwrap() {
                assert_eq!((len, buffer[0], buffer[1]), (2, expected, expected * 10));
                expected += 1;
                consumer.release();
            }
        }
        let sent = sender.join().unwrap();
        while let Some(len) = consumer.poll(&mut buffer).unwrap() {
            assert_eq!((len, buffer[0], buffer[1]), (2, expected, expected * 10));
            expected += 1;
        }
        assert_eq!(expected, sent + 1);
    });
}

/// Outcomes: batch of two seen together or not at all.
#[test]
fn ring_publishes_a_batch_at_once() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let (mut producer, mut consumer) = ring::heap(4);
        let sender = thread::spawn(move || {
            producer.push(&[1]).unwrap();
            producer.push(&[2; 9]).unwrap();
            producer.publish();
        });
        let mut buffer = [0; 9];
        if let Some(len) = consumer.poll(&mut buffer).unwrap() {
            assert_eq!(len, 1);
            assert_eq!(consumer.poll(&mut buffer), Ok(Some(9)));
            assert_eq!(buffer, [2; 9]);
        }
        sender.join().unwrap();
    });
}

/// Outcomes: nothing, or a record as it was written.
#[test]
fn record_is_whole_or_not_seen() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let mut writer = SeqWriter::<2>::heap();
        let reader = writer.reader();
        let rewriter = thread::spawn(move || {
            writer.write(&[1, 10]);
            writer.write(&[2, 20]);
        });
        for _ in 0..2 {
            if let Some((version, record)) = reader.try_read() {
                assert!(
                    matches!((version, record), (0, [0, 0]) | (2, [1, 10]) | (4, [2, 20])),
                    "{version} {record:?}"
                );
            }
        }
        rewriter.join().unwrap();
    });
}
