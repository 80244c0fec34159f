//! The commit-word protocol: how one writer and any number of readers share a slot of memory.
//!
//! The writer stores the body, then the lead word (length and checksum) with Release. A reader
//! loads the lead word with Acquire; when it is not zero, the body it then loads is the one that
//! was stored before. A slot is written once and never again, so there is nothing else to agree on.

use crate::sync::{AtomicU64, Ordering};

/// Words of a record header: lead, seq, time, aux.
pub const HEADER_WORDS: usize = 4;

/// Stores everything of a record but its lead word.
///
/// # Panics
/// When `slot` is not exactly as long as the header and the payload.
#[inline]
pub fn store_body(slot: &[AtomicU64], seq: u64, time: u64, aux: u64, payload: &[u64]) {
    let Some((head, body)) = slot.split_first_chunk::<HEADER_WORDS>() else {
        unreachable!("a slot holds at least a header");
    };
    assert_eq!(body.len(), payload.len());
    let [_, seq_word, time_word, aux_word] = head;
    seq_word.store(seq, Ordering::Relaxed);
    time_word.store(time, Ordering::Relaxed);
    aux_word.store(aux, Ordering::Relaxed);
    for (word, &value) in body.iter().zip(payload) {
        word.store(value, Ordering::Relaxed);
    }
}

/// Makes what was stored before visible to readers, by storing the lead word last.
#[inline]
pub fn publish(lead_word: &AtomicU64, lead: u64) {
    // Release: pairs with the Acquire in `peek`.
    lead_word.store(lead, Ordering::Release);
}

/// The lead word of a slot; zero while nothing is published there.
#[inline]
pub fn peek(lead_word: &AtomicU64) -> u64 {
    // Acquire: pairs with the Release in `publish`.
    lead_word.load(Ordering::Acquire)
}

/// Copies words out of shared memory; meaningful for a slot whose lead word was seen.
#[inline]
pub fn copy(from: &[AtomicU64], to: &mut [u64]) {
    assert_eq!(from.len(), to.len());
    for (word, value) in from.iter().zip(to) {
        *value = word.load(Ordering::Relaxed);
    }
}
