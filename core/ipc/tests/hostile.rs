//! A producer that owns its memory and hates us: whatever it writes, the consumer stays sound.
#![allow(clippy::unwrap_used)]

use pinion_ipc::ring::WORDS_MAX;
use pinion_ipc::{Consumer, Corrupt, Cursor, WordsMut};
use proptest::prelude::{ProptestConfig, any, proptest};

const LINES: usize = 16;

/// A consumer over memory that the caller scribbles on.
fn victim() -> (WordsMut, Consumer) {
    let memory = WordsMut::heap(LINES * 8);
    let consumer = Consumer::new(memory.view(), Cursor::heap());
    (memory, consumer)
}

fn tag(at: u64, words: u64) -> u64 {
    at << 8 | words
}

#[test]
fn each_lie_has_its_name() {
    let check = |first: u64, expected: Corrupt| {
        let (memory, mut consumer) = victim();
        memory.store(0, first);
        let mut buffer = [0; WORDS_MAX];
        assert_eq!(consumer.poll(&mut buffer), Err(expected));
        memory.store(0, tag(0, 1));
        assert_eq!(consumer.poll(&mut buffer), Err(expected), "no way back");
    };
    check(tag(1, 1), Corrupt::Tag { at: 0, tag: tag(1, 1) });
    check(tag(16, 1), Corrupt::Tag { at: 0, tag: tag(16, 1) });
    check(u64::MAX, Corrupt::Tag { at: 0, tag: u64::MAX });
    check(tag(1, 0), Corrupt::Tag { at: 0, tag: tag(1, 0) });
    check(tag(0, 80), Corrupt::Length { at: 0, words: 80 });
    check(tag(0, 255), Corrupt::Length { at: 0, words: 255 });
}

#[test]
fn a_message_longer_than_the_ring_is_a_lie() {
    let memory = WordsMut::heap(4 * 8);
    let mut consumer = Consumer::new(memory.view(), Cursor::heap());
    memory.store(0, tag(0, 29));
    let mut buffer = [0; WORDS_MAX];
    assert_eq!(consumer.poll(&mut buffer), Err(Corrupt::Length { at: 0, words: 29 }));
}

#[test]
fn what_is_behind_the_consumer_is_nothing_new() {
    let (memory, mut consumer) = victim();
    let mut buffer = [0; WORDS_MAX];
    memory.store(0, tag(0, 1));
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
    for line in 1..LINES as u64 {
        memory.store(line as usize * 8, tag(line, 1));
        assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
    }
    // The second lap: what stands in the first line is of the first.
    for old in [0, tag(0, 1), tag(0, WORDS_MAX as u64)] {
        memory.store(0, old);
        assert_eq!(consumer.poll(&mut buffer), Ok(None), "{old:#x}");
    }
    memory.store(0, tag(16, 2));
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(2)), "what was said before is forgiven");
}

/// A message of no words is none, and nobody waits for it: nor for one that never began here.
#[test]
fn what_no_honest_producer_leaves_is_a_lie() {
    let lies = [tag(1, 0), tag(0, 0) + 1, tag(0, 255), tag(0, 7), 3, tag(17, 0)];
    for lie in lies {
        let (memory, mut consumer) = victim();
        let mut buffer = [0; WORDS_MAX];
        memory.store(0, tag(0, 1));
        assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
        memory.store(8, lie);
        let fault = Corrupt::Tag { at: 1, tag: lie };
        assert_eq!(consumer.poll(&mut buffer), Err(fault), "{lie:#x}");
    }
    let (memory, mut consumer) = victim();
    let mut buffer = [0; WORDS_MAX];
    for line in 0..LINES {
        memory.store(line * 8, tag(line as u64, 1));
        assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
    }
    memory.store(0, tag(16, 0));
    let fault = Corrupt::Tag { at: 16, tag: tag(16, 0) };
    assert_eq!(consumer.poll(&mut buffer), Err(fault), "its own position, and no words");
}

/// Few cases under Miri, and no file of failures: seeds are printed.
fn config() -> ProptestConfig {
    let cases = if cfg!(miri) { 16 } else { 1_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]
    /// Any contents: messages in range or one lasting fault, and never more messages than lines.
    #[test]
    fn any_memory_is_survived(
        words in proptest::collection::vec(any::<u64>(), LINES * 8),
        plausible: bool,
        lengths in proptest::collection::vec(0_u64..90, LINES),
    ) {
        let (memory, mut consumer) = victim();
        for (index, &word) in words.iter().enumerate() {
            memory.store(index, word);
        }
        if plausible {
            for (line, &len) in lengths.iter().enumerate() {
                memory.store(line * 8, tag(line as u64, len));
            }
        }
        let mut buffer = [0; WORDS_MAX];
        let mut fault = None;
        for polled in 0..LINES + 2 {
            match consumer.poll(&mut buffer) {
                Ok(Some(len)) => {
                    assert!(fault.is_none());
                    assert!((1..=WORDS_MAX).contains(&len));
                    assert!(polled < LINES);
                }
                Ok(None) => assert!(fault.is_none()),
                Err(corrupt) => assert_eq!(*fault.get_or_insert(corrupt), corrupt),
            }
            consumer.release();
        }
    }
}

/// A scribbler runs beside the consumer: copies are taken once, so a length that was checked is
/// the length that comes out.
#[test]
fn a_live_scribbler_is_survived() {
    let seed = 0x5eed_0002_u64;
    println!("SEED={seed}");
    let rounds = if cfg!(miri) { 20 } else { 2_000 };
    for round in 0..rounds {
        let (memory, mut consumer) = victim();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut random = seed ^ round;
                for _ in 0..200 {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                    let value = random >> 33;
                    let at = value % 16;
                    match value % 2 {
                        0 => memory.store((value % 128) as usize, value),
                        _ => memory.store(at as usize * 8, tag(at, value >> 8 & 0x7f)),
                    }
                }
            });
            let mut buffer = [0; WORDS_MAX];
            for _ in 0..200 {
                match consumer.poll(&mut buffer) {
                    Ok(None) => {}
                    Ok(Some(len)) => assert!((1..=WORDS_MAX).contains(&len)),
                    Err(fault) => {
                        assert_eq!(consumer.poll(&mut buffer), Err(fault));
                        break;
                    }
                }
                consumer.release();
            }
        });
    }
}
