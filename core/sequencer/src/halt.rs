//! Why a core stops itself. It fails closed: nothing is applied any more, everything is kept.

use core::fmt;

/// Why a core stopped itself, as it stands in its status.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HaltReason {
    /// The input journal took no record for longer than the core is patient.
    InputsFull = 1,
    /// The event log took no record for longer than the core is patient.
    EventsFull = 2,
    /// Writing the input journal to disk failed.
    InputsFailed = 3,
    /// Writing the event log to disk failed.
    EventsFailed = 4,
    /// The event log and the engine count events differently.
    EventCount = 5,
    /// The engine asked for the same timer again after it was given.
    TimerStuck = 6,
}

impl HaltReason {
    /// Every reason.
    pub const ALL: [HaltReason; 6] = [
        HaltReason::InputsFull,
        HaltReason::EventsFull,
        HaltReason::InputsFailed,
        HaltReason::EventsFailed,
        HaltReason::EventCount,
        HaltReason::TimerStuck,
    ];

    /// The number in the status.
    #[must_use]
    pub const fn code(self) -> u64 {
        self as u64
    }

    /// The reason with that number, if there is one.
    #[must_use]
    pub fn from_code(code: u64) -> Option<HaltReason> {
        HaltReason::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for HaltReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HaltReason::InputsFull => {
                "the input journal found no room: the disk is too slow or full"
            }
            HaltReason::EventsFull => "the event log found no room: the disk is too slow or full",
            HaltReason::InputsFailed => "writing the input journal to disk failed",
            HaltReason::EventsFailed => "writing the event log to disk failed",
            HaltReason::EventCount => "event log and engine disagree on the number of events",
            HaltReason::TimerStuck => "a timer did not go away when it was served",
        })
    }
}
