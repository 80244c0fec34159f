//! A producer that owns its memory and hates us: whatever it writes, the consumer stays sound.
#![allow(clippy::unwrap_used)]

use pinion_ipc::ring::WORDS_MAX;
use pinion_ipc::{Consumer, Corrupt, Cursor, CursorView, WordsMut};
use proptest::prelude::{ProptestConfig, any, proptest};

const LINES: usize = 16;

/// A consumer over memory and tail that the caller scribbles on.
fn victim() -> (WordsMut, WordsMut, Consumer) {
    let (memory, tail) = (WordsMut::heap(LINES * 8), WordsMut::heap(16));
    let consumer = Consumer::new(memory.view(), CursorView::new(&tail), Cursor::heap());
    (memory, tail, consumer)
}

fn tag(at: u64, words: u64) -> u64 {
    at << 8 | words
}

#[test]
fn each_lie_has_its_name() {
    let check = |tail_value: u64, first: u64, expected: Corrupt| {
        let (memory, tail, mut consumer) = victim();
        memory.store(0, first);
        tail.store_release(0, tail_value);
        let mut buffer = [0; WORDS_MAX];
        assert_eq!(consumer.poll(&mut buffer), Err(expected));
        tail.store_release(0, 1);
        memory.store(0, tag(0, 1));
        assert_eq!(consumer.poll(&mut buffer), Err(expected), "no way back");
    };
    let ahead = LINES as u64 + 1;
    check(ahead, tag(0, 1), Corrupt::Tail { head: 0, tail: ahead });
    check(u64::MAX, tag(0, 1), Corrupt::Tail { head: 0, tail: u64::MAX });
    check(1, 0, Corrupt::Length { at: 0, words: 0 });
    check(1, tag(16, 1), Corrupt::Tag { at: 0, tag: tag(16, 1) });
    check(16, tag(0, 80), Corrupt::Length { at: 0, words: 80 });
    check(16, tag(0, 255), Corrupt::Length { at: 0, words: 255 });
    check(1, tag(0, 8), Corrupt::Length { at: 0, words: 8 });
}

#[test]
fn a_tail_that_goes_back_is_found_out() {
    let (memory, tail, mut consumer) = victim();
    let mut buffer = [0; WORDS_MAX];
    memory.store(0, tag(0, 1));
    memory.store(8, tag(1, 1));
    tail.store_release(0, 2);
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
    tail.store_release(0, 1);
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)), "what was published stays published");
    assert_eq!(consumer.poll(&mut buffer), Err(Corrupt::Tail { head: 2, tail: 1 }));
}

/// Few cases under Miri, and no file of failures: seeds are printed.
fn config() -> ProptestConfig {
    let cases = if cfg!(miri) { 16 } else { 1_000 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]
    /// Any contents, any tail: messages in range or one lasting fault, and never more messages
    /// than lines.
    #[test]
    fn any_memory_is_survived(
        words in proptest::collection::vec(any::<u64>(), LINES * 8),
        tail_value: u64,
        near in 0_u64..40,
        plausible: bool,
        lengths in proptest::collection::vec(0_u64..90, LINES),
    ) {
        let (memory, tail, mut consumer) = victim();
        for (index, &word) in words.iter().enumerate() {
            memory.store(index, word);
        }
        if plausible {
            for (line, &len) in lengths.iter().enumerate() {
                memory.store(line * 8, tag(line as u64, len));
            }
        }
        tail.store_release(0, if plausible { near } else { tail_value });
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
        let (memory, tail, mut consumer) = victim();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut random = seed ^ round;
                for _ in 0..200 {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
                    let value = random >> 33;
                    let at = value % 16;
                    match value % 3 {
                        0 => memory.store((value % 128) as usize, value),
                        1 => memory.store(at as usize * 8, tag(at, value >> 8 & 0x7f)),
                        _ => tail.store_release(0, value >> 8 & 0x1f),
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
