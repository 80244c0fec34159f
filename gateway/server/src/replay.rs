//! Messages read from the log once more, a batch at a time, without keeping anybody waiting.
//!
//! Each request being answered has a reader of its own, which begins at the place the index names
//! and passes over what is not the session's. How much it looks at in one turn is bounded, and so
//! is how many are answered at once: the others wait in order.

use std::collections::VecDeque;

use pinion_journal::{Error, Position, Reader};
use pinion_types::SessionId;

use crate::link::LogPlace;
use crate::logged::Logged;
use crate::outbox::logged;
use crate::time::Tick;

/// One batch to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// For which connection, as the server numbers them.
    pub key: usize,
    /// Whose messages.
    pub session: SessionId,
    /// The next one.
    pub next: u64,
    /// The first one that is not wanted.
    pub end: u64,
    /// Where to begin reading.
    pub from: Position,
}

/// What came of a turn's reading.
#[derive(Debug)]
pub enum Found {
    /// A message; hand it to the connection.
    Message(usize, Logged),
    /// The log does not have what was promised.
    Failed(usize, Option<Error>),
}

/// How long a reader may find nothing of what the log must have: segments move from memory to
/// disk under it, and it looks for them now and then.
const PATIENCE_MS: u32 = 1_000;

#[derive(Debug)]
struct Job {
    batch: Batch,
    reader: Reader,
    /// When it last found anything.
    found_at: Tick,
}

/// Every batch being read.
#[derive(Debug)]
pub struct Replays {
    jobs: VecDeque<Job>,
    waiting: VecDeque<Batch>,
    /// Readers of batches that are done, at the place the next batch of their connection begins.
    idle: Vec<Job>,
    jobs_max: usize,
}

impl Replays {
    /// At most `jobs_max` readers at once.
    #[must_use]
    pub fn new(jobs_max: usize) -> Self {
        Replays {
            jobs: VecDeque::new(),
            waiting: VecDeque::new(),
            idle: Vec::new(),
            jobs_max: jobs_max.max(1),
        }
    }

    /// Reads `batch` as soon as there is a reader for it.
    pub fn begin(&mut self, batch: Batch) {
        self.waiting.push_back(batch);
    }

    /// Forgets whatever is read for connection `key`.
    pub fn cancel(&mut self, key: usize) {
        self.jobs.retain(|job| job.batch.key != key);
        self.idle.retain(|job| job.batch.key != key);
        self.waiting.retain(|batch| batch.key != key);
    }

    /// True where nothing is to be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.waiting.is_empty()
    }

    /// Looks at `events_max` events at most for the batch that waited longest, and hands what is
    /// found to `found`.
    pub fn turn(
        &mut self,
        place: &LogPlace,
        now: Tick,
        events_max: usize,
        found: &mut dyn FnMut(Found),
    ) {
        self.admit(place, now, found);
        let Some(mut job) = self.jobs.pop_front() else { return };
        match job.read(now, events_max, found) {
            Ok(true) => self.rest(job),
            Ok(false) => self.jobs.push_back(job),
            Err(error) => found(Found::Failed(job.batch.key, error)),
        }
    }

    /// Keeps the reader where it is: as a rule the next batch follows.
    fn rest(&mut self, job: Job) {
        if self.idle.len() >= self.jobs_max {
            self.idle.remove(0);
        }
        self.idle.push(job);
    }

    fn admit(&mut self, place: &LogPlace, now: Tick, found: &mut dyn FnMut(Found)) {
        while self.jobs.len() < self.jobs_max {
            let Some(batch) = self.waiting.pop_front() else { return };
            let follows = |job: &Job| {
                job.batch.key == batch.key
                    && job.batch.session == batch.session
                    && job.batch.next == batch.next
            };
            if let Some(index) = self.idle.iter().position(follows) {
                let Job { reader, .. } = self.idle.swap_remove(index);
                self.jobs.push_back(Job { batch, reader, found_at: now });
                continue;
            }
            let (dir, hot_dir) = (&place.dir, &place.hot_dir);
            match Reader::resume(dir, Some(hot_dir), place.kind, batch.from) {
                Ok(reader) => self.jobs.push_back(Job { batch, reader, found_at: now }),
                Err(error) => found(Found::Failed(batch.key, Some(error))),
            }
        }
    }
}

impl Job {
    /// True once the batch is read; an error where the log does not have it.
    fn read(
        &mut self,
        now: Tick,
        events_max: usize,
        found: &mut dyn FnMut(Found),
    ) -> Result<bool, Option<Error>> {
        for _ in 0..events_max {
            if self.batch.next >= self.batch.end {
                return Ok(true);
            }
            let Some(record) = self.reader.next().map_err(Some)? else {
                let gone = now >= self.found_at.after_ms(PATIENCE_MS);
                return if gone { Err(None) } else { Ok(false) };
            };
            self.found_at = now;
            let Some(logged) = logged(&record) else { continue };
            let header = logged.event.header();
            if header.session != self.batch.session || header.msg_seq_num < self.batch.next {
                continue;
            }
            if header.msg_seq_num > self.batch.next {
                return Err(None);
            }
            self.batch.next = self.batch.next.saturating_add(1);
            found(Found::Message(self.batch.key, logged));
        }
        Ok(self.batch.next >= self.batch.end)
    }
}
