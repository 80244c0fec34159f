//! What the control thread asks of the hot thread, and what it hears back. Nothing that costs a
//! system call happens on the hot thread: rings are mapped before they come and unmapped after
//! they went.

use pinion_ipc::Consumer;
use pinion_types::{Nanos, SourceId};

/// What the control thread asks.
pub(crate) enum Request {
    /// A ring to poll from now on.
    Attach {
        /// Whose it is.
        source: SourceId,
        /// Its process.
        pid: u32,
        /// The ring.
        ring: Consumer,
    },
    /// The producer is gone: what its ring holds is taken, then its sessions end.
    Detach {
        /// Which.
        source: SourceId,
    },
    /// The next trading day and when it begins.
    NextDay {
        /// Days since the epoch.
        day: u32,
        /// When.
        begins: Nanos,
    },
    /// Takes what the rings hold, and ends.
    Stop,
}

/// What the control thread hears.
pub(crate) enum Notice {
    /// A ring is polled no more.
    Retired {
        /// Whose it was.
        source: SourceId,
        /// The ring, to be unmapped.
        ring: Consumer,
        /// Whether its producer broke the contract.
        is_corrupt: bool,
    },
    /// The day was begun; the hot thread wants to know the next one.
    DayBegan {
        /// Days since the epoch.
        day: u32,
        /// The time on the hot thread, which a clock that was set back may not have reached.
        now: Nanos,
    },
}
