//! Where the server takes its time from.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use pinion_types::Nanos;

use crate::time::{Now, Tick};

/// Both clocks of the system.
#[derive(Debug)]
pub struct Clock {
    began: Instant,
}

impl Clock {
    /// Ticks count from now.
    #[must_use]
    pub fn start() -> Self {
        Clock { began: Instant::now() }
    }

    /// Reads both.
    #[must_use]
    pub fn now(&self) -> Now {
        let tick = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // Before 1970 it is 1970: this time is for people and records, nothing is decided by it.
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { tick: Tick(tick), utc: Nanos(u64::try_from(utc.as_nanos()).unwrap_or(u64::MAX)) }
    }
}
