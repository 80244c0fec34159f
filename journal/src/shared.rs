//! What the threads of one log tell each other and the owner: how far things are, and what failed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_utils::CachePadded;

/// How far a log is and what failed, readable from any thread at any time.
#[derive(Clone, Debug)]
pub struct Status {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    durable: CachePadded<AtomicU64>,
    poisoned: AtomicBool,
    starved: AtomicBool,
    writer_gone: AtomicBool,
    syncs: AtomicU64,
    bytes: AtomicU64,
    fault: Mutex<Option<String>>,
    warning: Mutex<Option<String>>,
}

impl Status {
    pub(crate) fn new(durable: u64) -> Status {
        let inner =
            Inner { durable: CachePadded::new(AtomicU64::new(durable)), ..Inner::default() };
        Status { inner: Arc::new(inner) }
    }

    /// Seq of the last record that is durable: on disk and synced.
    #[inline]
    pub fn durable(&self) -> u64 {
        // Acquire: pairs with the Release in `publish_durable`.
        self.inner.durable.load(Ordering::Acquire)
    }

    /// Whether writing to disk failed: `durable` stands still from then on, for good.
    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.inner.poisoned.load(Ordering::Acquire)
    }

    /// What failed, when it did.
    pub fn fault(&self) -> Option<String> {
        self.inner.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What keeps new segments from being prepared, while it does: a full disk, no memory.
    pub fn warning(&self) -> Option<String> {
        self.inner.warning.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether no new segment can be prepared now: what is ready is all there is. Same moments as
    /// [`Status::warning`], without a lock.
    #[inline]
    pub fn is_starved(&self) -> bool {
        self.inner.starved.load(Ordering::Acquire)
    }

    /// Times that the disk was synced since the log was opened.
    pub fn syncs(&self) -> u64 {
        self.inner.syncs.load(Ordering::Relaxed)
    }

    /// Bytes written to disk since the log was opened.
    pub fn bytes_written(&self) -> u64 {
        self.inner.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn publish_durable(&self, seq: u64) {
        assert!(seq >= self.inner.durable.load(Ordering::Relaxed));
        // Release: pairs with the Acquire in `durable`.
        self.inner.durable.store(seq, Ordering::Release);
    }

    pub(crate) fn poison(&self, reason: &str) {
        let mut fault = self.inner.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.get_or_insert_with(|| reason.to_owned());
        drop(fault);
        self.inner.poisoned.store(true, Ordering::Release);
    }

    pub(crate) fn warn(&self, warning: Option<String>) {
        self.inner.starved.store(warning.is_some(), Ordering::Release);
        *self.inner.warning.lock().unwrap_or_else(PoisonError::into_inner) = warning;
    }

    pub(crate) fn count_sync(&self) {
        self.inner.syncs.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_bytes(&self, count: usize) {
        self.inner.bytes.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn writer_is_gone(&self) -> bool {
        self.inner.writer_gone.load(Ordering::Acquire)
    }

    pub(crate) fn set_writer_gone(&self) {
        self.inner.writer_gone.store(true, Ordering::Release);
    }
}
