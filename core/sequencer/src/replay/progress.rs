//! How far a replay is, for people who wait.

use std::time::{Duration, Instant};

use pinion_types::Seq;

/// Commands between two looks at the clock.
const STRIDE: u64 = 4_096;

/// Time between two reports.
const INTERVAL: Duration = Duration::from_millis(250);

/// How far a replay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The command replayed last.
    pub seq: Seq,
    /// The last command there is, where that is known.
    pub last: Option<Seq>,
    /// Commands replayed a second since the last report.
    pub rate: u64,
    /// Time since the beginning.
    pub elapsed: Duration,
}

impl Progress {
    /// Time until the end at this rate, where the end is known and the rate is not 0.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.last?.0.saturating_sub(self.seq.0);
        left.checked_div(self.rate).map(Duration::from_secs)
    }
}

/// Decides when a report is due.
#[derive(Debug)]
pub(crate) struct Pace {
    begun: Instant,
    reported: Instant,
    reported_seq: u64,
    last: Option<Seq>,
}

impl Pace {
    pub fn new(last: Option<Seq>) -> Pace {
        let now = Instant::now();
        Pace { begun: now, reported: now, reported_seq: 0, last }
    }

    /// A report, where one is due.
    #[inline]
    pub fn at(&mut self, seq: u64) -> Option<Progress> {
        if seq.is_multiple_of(STRIDE) { self.look(seq) } else { None }
    }

    #[cold]
    fn look(&mut self, seq: u64) -> Option<Progress> {
        let since = self.reported.elapsed();
        if since < INTERVAL {
            return None;
        }
        let count = u128::from(seq.saturating_sub(self.reported_seq));
        let rate = count * 1_000_000_000 / since.as_nanos().max(1);
        self.reported = Instant::now();
        self.reported_seq = seq;
        Some(Progress {
            seq: Seq(seq),
            last: self.last,
            rate: u64::try_from(rate).unwrap_or(u64::MAX),
            elapsed: self.begun.elapsed(),
        })
    }

    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
}
