//! The ring through its front door: order, bounds, batches, wrapping, two threads. Runs under Miri.
#![allow(clippy::unwrap_used)]

use pinion_ipc::ring::{WORDS_MAX, heap, lines_of};
use pinion_ipc::{Corrupt, Cursor, Producer, PushError, WordsMut};

/// A message whose every word tells its place, so that a torn one shows.
fn message(number: u64, words: usize) -> Vec<u64> {
    (0..words as u64).map(|index| number << 16 | index << 8 | words as u64).collect()
}

#[test]
fn every_length_arrives_whole() {
    let (mut producer, mut consumer) = heap(16);
    let mut buffer = [0; WORDS_MAX];
    for words in 1..=WORDS_MAX {
        for number in 0..3 {
            let sent = message(number, words);
            producer.send(&sent).unwrap();
            assert_eq!(consumer.poll(&mut buffer), Ok(Some(words)));
            assert_eq!(buffer[..words], sent);
            assert_eq!(consumer.poll(&mut buffer), Ok(None));
            consumer.release();
        }
    }
}

#[test]
fn lengths_out_of_range_are_refused() {
    let (mut producer, _consumer) = heap(4);
    assert_eq!(producer.push(&[]), Err(PushError::Length));
    assert_eq!(producer.push(&[0; WORDS_MAX + 1]), Err(PushError::Length));
    assert_eq!(producer.push(&[0; 29]), Err(PushError::Length), "five lines never fit four");
    assert_eq!(producer.push(&[0; 28]), Ok(()));
}

#[test]
fn nothing_is_seen_before_it_is_published() {
    let (mut producer, mut consumer) = heap(16);
    let mut buffer = [0; 8];
    producer.push(&[1]).unwrap();
    producer.push(&[2, 3]).unwrap();
    assert_eq!(consumer.poll(&mut buffer), Ok(None));
    producer.publish();
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(2)));
    assert_eq!(buffer[..2], [2, 3]);
}

/// Whoever fills messages with the tags to come does not make messages of them.
#[test]
fn words_of_a_message_never_look_like_one() {
    let (mut producer, mut consumer) = heap(4);
    let mut buffer = [0; WORDS_MAX];
    for round in 0..64_u64 {
        let forged: Vec<u64> = (0..27).map(|index| (round * 5 + 4 + index / 7) << 8 | 1).collect();
        producer.send(&forged).unwrap();
        assert_eq!(consumer.poll(&mut buffer), Ok(Some(27)));
        assert_eq!(consumer.poll(&mut buffer), Ok(None));
        consumer.release();
        // The next message begins elsewhere, where a further line was.
        producer.send(&[round]).unwrap();
        assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
        assert_eq!(buffer[0], round);
        assert_eq!(consumer.poll(&mut buffer), Ok(None));
        consumer.release();
    }
}

#[test]
fn a_ring_is_drained_once_everything_is_given_back() {
    let (mut producer, mut consumer) = heap(16);
    assert!(producer.is_drained());
    producer.push(&[1, 2, 3]).unwrap();
    assert!(producer.is_drained(), "nothing is published yet");
    producer.publish();
    assert!(!producer.is_drained());
    let mut buffer = [0; 8];
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(3)));
    assert_eq!(consumer.poll(&mut buffer), Ok(None));
    assert!(!producer.is_drained(), "taken is not given back");
    consumer.release();
    assert!(producer.is_drained());
}

#[test]
fn nothing_is_overwritten_before_it_is_released() {
    let (mut producer, mut consumer) = heap(4);
    let mut buffer = [0; 8];
    for number in 0..4 {
        producer.send(&[number]).unwrap();
    }
    assert_eq!(producer.send(&[4]), Err(PushError::Full));
    assert_eq!(consumer.poll(&mut buffer), Ok(Some(1)));
    assert_eq!(producer.send(&[4]), Err(PushError::Full), "taken is not released");
    consumer.release();
    assert_eq!(producer.send(&[4]), Ok(()));
    assert_eq!(producer.used(), 4);
}

#[test]
fn a_message_longer_than_the_buffer_breaks_the_contract() {
    let (mut producer, mut consumer) = heap(16);
    producer.send(&[7; 9]).unwrap();
    producer.send(&[8; 1]).unwrap();
    let fault = Err(Corrupt::Length { at: 0, words: 9 });
    assert_eq!(consumer.poll(&mut [0; 8]), fault);
    assert_eq!(consumer.poll(&mut [0; WORDS_MAX]), fault, "for good");
}

/// A full ring of four lines whose consumer says it has released `head`.
fn full_ring_released_to(head: u64) -> (Producer, Cursor) {
    let cursor = Cursor::heap();
    let mut producer = Producer::new(WordsMut::heap(4 * 8), cursor.view());
    (0..4).for_each(|number| producer.send(&[number]).unwrap());
    cursor.publish(head);
    (producer, cursor)
}

#[test]
fn a_consumer_that_lies_about_its_position_is_found_out() {
    for lie in [5, 1 << 63, u64::MAX] {
        let (mut producer, cursor) = full_ring_released_to(lie);
        let fault = PushError::Corrupt(Corrupt::Head { tail: 4, head: lie });
        assert_eq!(producer.send(&[9]), Err(fault));
        cursor.publish(4);
        assert_eq!(producer.send(&[9; 3]), Err(fault), "for good");
    }
}

#[test]
fn a_consumer_that_releases_what_it_was_not_shown_is_found_out() {
    let cursor = Cursor::heap();
    let mut producer = Producer::new(WordsMut::heap(4 * 8), cursor.view());
    producer.send(&[0]).unwrap();
    (1..4).for_each(|number| producer.push(&[number]).unwrap());
    cursor.publish(2);
    let fault = PushError::Corrupt(Corrupt::Head { tail: 1, head: 2 });
    assert_eq!(producer.push(&[4]), Err(fault));
}

#[test]
fn a_consumer_that_takes_back_a_release_is_found_out() {
    let (mut producer, cursor) = full_ring_released_to(1);
    assert_eq!(producer.send(&[4]), Ok(()));
    cursor.publish(0);
    let fault = PushError::Corrupt(Corrupt::Head { tail: 5, head: 0 });
    assert_eq!(producer.send(&[5]), Err(fault));
}

#[test]
fn two_threads_keep_order_and_content() {
    let (count, lines) = if cfg!(miri) { (200, 16) } else { (300_000, 64) };
    let (mut producer, mut consumer) = heap(lines);
    let words = |number: u64| 1 + (number * 7 % WORDS_MAX as u64) as usize;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..count {
                let sent = message(number, words(number));
                while producer.push(&sent).is_err() {
                    producer.publish();
                    std::thread::yield_now();
                }
                if number % 5 == 0 {
                    producer.publish();
                }
            }
            producer.publish();
        });
        let mut buffer = [0; WORDS_MAX];
        let mut number = 0;
        while number < count {
            match consumer.poll(&mut buffer).unwrap() {
                Some(len) => {
                    assert_eq!(buffer[..len], message(number, words(number)));
                    number += 1;
                    if number % 3 == 0 {
                        consumer.release();
                    }
                }
                None => {
                    consumer.release();
                    std::thread::yield_now();
                }
            }
        }
        assert_eq!(consumer.poll(&mut buffer), Ok(None));
    });
}

#[test]
fn a_random_walk_equals_a_queue() {
    let seed = 0x5eed_0001_u64;
    println!("SEED={seed}");
    let mut random = seed;
    let mut next = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (random >> 33) % below
    };
    let (mut producer, mut consumer) = heap(32);
    let mut model: std::collections::VecDeque<Vec<u64>> = std::collections::VecDeque::new();
    // Messages published, lines in use, lines not given back; whether the last look found nothing.
    let (mut visible, mut held, mut unreleased, mut is_empty) = (0, 0, 0, true);
    let mut buffer = [0; WORDS_MAX];
    for number in 0..if cfg!(miri) { 500 } else { 100_000 } {
        match next(5) {
            0 | 1 => {
                let sent = message(number, 1 + next(WORDS_MAX as u64) as usize);
                let fits = held + unreleased + lines_of(sent.len()) <= 32;
                assert_eq!(producer.push(&sent).is_ok(), fits);
                if fits {
                    held += lines_of(sent.len());
                    model.push_back(sent);
                }
            }
            2 => {
                producer.publish();
                visible = model.len();
            }
            3 => {
                let got = consumer.poll(&mut buffer).unwrap();
                assert_eq!(got.is_some(), visible > 0);
                is_empty = got.is_none();
                if let Some(len) = got {
                    let expected = model.pop_front().unwrap();
                    assert_eq!(buffer[..len], expected);
                    visible -= 1;
                    held -= lines_of(len);
                    unreleased += lines_of(len);
                }
            }
            _ => {
                consumer.release();
                // While more may wait, lines are given back by the eighth of the ring.
                if is_empty || unreleased >= 32 / 8 {
                    unreleased = 0;
                }
            }
        }
    }
}
