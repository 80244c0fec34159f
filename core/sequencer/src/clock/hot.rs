//! The hot thread's clock.

use pinion_ipc::SeqReader;
use pinion_types::Nanos;

use super::mapping::Mapping;

/// Reads the counter and follows the timekeeper's line. Never waits, never goes back.
#[derive(Debug)]
pub struct HotClock {
    counter: quanta::Clock,
    reader: SeqReader<4>,
    version: u64,
    mapping: Mapping,
    last: Nanos,
    held_ns: u64,
}

impl HotClock {
    pub(super) fn new(counter: quanta::Clock, reader: SeqReader<4>, mapping: Mapping) -> HotClock {
        // A version no record has, so that the first look reads.
        HotClock { counter, reader, version: u64::MAX, mapping, last: Nanos(0), held_ns: 0 }
    }

    /// From now on time is at least `time`: that of the last journaled command.
    pub fn not_before(&mut self, time: Nanos) {
        self.last = self.last.max(time);
    }

    /// The time. Where the system's clock was set back, the last time until it has caught up.
    #[inline]
    pub fn now(&mut self) -> Nanos {
        if self.reader.version() != self.version
            && let Some((version, words)) = self.reader.try_read()
        {
            self.version = version;
            self.mapping = Mapping::from_words(words);
        }
        let time = self.mapping.at(self.counter.raw());
        self.held_ns = self.last.0.saturating_sub(time.0);
        self.last = self.last.max(time);
        self.last
    }

    /// How far the last time given was ahead of the clock, in nanoseconds; mostly 0.
    #[must_use]
    pub fn held_ns(&self) -> u64 {
        self.held_ns
    }
}
