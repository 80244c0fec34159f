//! What is taken while the logs run out of room: first nothing for a moment, then cancels, and in
//! the end nothing more for good.

use std::time::{Duration, Instant};

use crate::halt::HaltReason;
use crate::pipeline::Pipeline;

/// What the next turn may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Take what comes.
    Open,
    /// Take nothing now: room may come any moment.
    Shut,
    /// Tell the engine first.
    Say {
        /// Whether the logs are short from here on.
        is_short: bool,
    },
    /// There is no room, not even for a cancel, and none comes.
    Halt(HaltReason),
}

/// Looks at the room before every turn.
pub(super) struct Gate {
    hold: Duration,
    patience: Duration,
    /// Since when there is too little room for what the logs have to take.
    shut_at: Option<Instant>,
}

impl Gate {
    pub fn new(hold: Duration, patience: Duration) -> Gate {
        Gate { hold, patience, shut_at: None }
    }

    #[inline]
    pub fn look(&mut self, pipeline: &Pipeline) -> Pass {
        if pipeline.room(1) > 0 && !pipeline.engine().is_short() {
            self.shut_at = None;
            return Pass::Open;
        }
        self.consider(pipeline)
    }

    #[cold]
    fn consider(&mut self, pipeline: &Pipeline) -> Pass {
        let is_short = pipeline.engine().is_short();
        if pipeline.room(1) > 0 {
            self.shut_at = None;
            // Not as soon as the mark is passed, so that it is not said again and again.
            let says = pipeline.is_replenished();
            return if says { Pass::Say { is_short: false } } else { Pass::Open };
        }
        let waited = self.shut_at.get_or_insert_with(Instant::now).elapsed();
        match is_short {
            false if pipeline.is_starved() || waited > self.hold => {
                self.shut_at = None;
                Pass::Say { is_short: true }
            }
            true if waited > self.patience => Pass::Halt(pipeline.fullest()),
            _ => Pass::Shut,
        }
    }
}
