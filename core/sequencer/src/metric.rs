//! The core's counters in its status region.

/// A counter of the core. Its number is its place in the status region and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Metric {
    /// Commands taken from rings of other processes.
    RingCommands = 0,
    /// Commands taken from the control ring.
    ControlCommands = 1,
    /// Timers served.
    Timers = 2,
    /// State hashes journaled.
    StateHashes = 3,
    /// Rings attached now.
    Sources = 4,
    /// Rings lost because their producer broke the contract.
    SourcesCorrupt = 5,
    /// Rounds in which nothing was taken because a log had too little room.
    Backpressure = 6,
    /// Times a record had to wait for room in the middle of a command.
    LogWaits = 7,
    /// How far the hot thread's time is held ahead of the clock now, in nanoseconds.
    ClockHeldNs = 8,
    /// How well the clock is known, in nanoseconds.
    ClockErrorNs = 9,
    /// Steps of the system clock by more than a millisecond.
    ClockSteps = 10,
    /// 1 while the logs are short of room and orders are refused for it.
    LogsShort = 11,
}

impl Metric {
    /// Every metric, by number.
    pub const ALL: [Metric; 12] = [
        Metric::RingCommands,
        Metric::ControlCommands,
        Metric::Timers,
        Metric::StateHashes,
        Metric::Sources,
        Metric::SourcesCorrupt,
        Metric::Backpressure,
        Metric::LogWaits,
        Metric::ClockHeldNs,
        Metric::ClockErrorNs,
        Metric::ClockSteps,
        Metric::LogsShort,
    ];

    /// Its number.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Metric::RingCommands => "ring_commands",
            Metric::ControlCommands => "control_commands",
            Metric::Timers => "timers",
            Metric::StateHashes => "state_hashes",
            Metric::Sources => "sources",
            Metric::SourcesCorrupt => "sources_corrupt",
            Metric::Backpressure => "backpressure_rounds",
            Metric::LogWaits => "log_waits",
            Metric::ClockHeldNs => "clock_held_ns",
            Metric::ClockErrorNs => "clock_error_ns",
            Metric::ClockSteps => "clock_steps",
            Metric::LogsShort => "logs_short",
        }
    }
}
