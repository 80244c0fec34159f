//! The commit word under every order of execution that the memory model allows.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p pinion-journal --release --test loom`
#![cfg(loom)]

use loom::sync::Arc;
use loom::thread;
use pinion_journal::commit::{HEADER_WORDS, copy, peek, publish, store_body};
use pinion_journal::sync::AtomicU64;

const SLOT: usize = HEADER_WORDS + 2;

type Region = Arc<Vec<AtomicU64>>;

fn region(slots: usize) -> Region {
    Arc::new((0..slots * SLOT).map(|_| AtomicU64::new(0)).collect())
}

fn slot(region: &Region, index: usize) -> &[AtomicU64] {
    &region[index * SLOT..(index + 1) * SLOT]
}

fn append(region: &Region, index: usize) {
    let (slot, seq) = (slot(region, index), index as u64 + 1);
    store_body(slot, seq, seq * 10, seq * 100, &[seq * 1000, seq * 10_000]);
    publish(&slot[0], seq * 7);
}

/// What a reader sees of a slot: nothing, or all of it.
fn read(region: &Region, index: usize) -> bool {
    let (slot, seq) = (slot(region, index), index as u64 + 1);
    let lead = peek(&slot[0]);
    if lead == 0 {
        return false;
    }
    assert_eq!(lead, seq * 7);
    let mut words = [0; SLOT];
    copy(slot, &mut words);
    assert_eq!(words, [seq * 7, seq, seq * 10, seq * 100, seq * 1000, seq * 10_000]);
    true
}

#[test]
fn a_reader_sees_nothing_or_all_of_a_record() {
    loom::model(|| {
        let region = region(1);
        let writing = Arc::clone(&region);
        let writer = thread::spawn(move || append(&writing, 0));
        read(&region, 0);
        writer.join().unwrap();
        assert!(read(&region, 0));
    });
}

#[test]
fn a_reader_that_sees_a_record_sees_those_before() {
    loom::model(|| {
        let region = region(2);
        let writing = Arc::clone(&region);
        let writer = thread::spawn(move || {
            append(&writing, 0);
            append(&writing, 1);
        });
        if read(&region, 1) {
            assert!(read(&region, 0));
        }
        writer.join().unwrap();
    });
}

#[test]
fn two_readers_see_the_same_in_their_own_time() {
    loom::model(|| {
        let region = region(1);
        let (first, second) = (Arc::clone(&region), Arc::clone(&region));
        let readers =
            [thread::spawn(move || read(&first, 0)), thread::spawn(move || read(&second, 0))];
        append(&region, 0);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}
