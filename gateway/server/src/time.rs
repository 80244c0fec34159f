//! Time as a session is told it: a session never reads a clock.

use pinion_types::Nanos;

/// Nanoseconds in a millisecond.
const MS: u64 = 1_000_000;

/// A moment of the gateway's monotonic clock, in nanoseconds since it began. Timers use this one:
/// a step of the wall clock never logs anybody out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(pub u64);

impl Tick {
    /// A moment that never comes.
    pub const NEVER: Tick = Tick(u64::MAX);

    /// The moment `ms` milliseconds later.
    #[must_use]
    pub const fn after_ms(self, ms: u32) -> Tick {
        // The product of 32 and 20 bits fits 64; the sum saturates at NEVER.
        Tick(self.0.saturating_add((ms as u64).saturating_mul(MS)))
    }

    /// Nanoseconds from `earlier` to this moment; 0 where it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Tick) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// For timers.
    pub tick: Tick,
    /// Wall clock, for `received_time` of commands.
    pub utc: Nanos,
}
