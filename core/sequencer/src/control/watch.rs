//! Says in the log what the hot thread has no time to say.

use pinion_ipc::{State, StatusView};
use pinion_journal::Status;

use crate::halt::HaltReason;
use crate::metric::Metric;

/// A clock that is held longer than this is worth a word, in nanoseconds.
const HELD_NS: u64 = 1_000_000;

/// What was said already.
#[derive(Debug, Default)]
pub(super) struct Watch {
    is_halted: bool,
    is_held: bool,
    is_short: bool,
    steps: u64,
    waits: u64,
    /// The last word of each log.
    said: [Option<String>; 2],
}

impl Watch {
    /// Looks once; says what is new.
    pub fn look(&mut self, status: &StatusView, logs: &[(&'static str, Status)]) {
        let metric = |metric: Metric| status.counter(metric.index());
        if let Some((State::Halted, reason)) = status.state()
            && !std::mem::replace(&mut self.is_halted, true)
        {
            let why = HaltReason::from_code(reason).map(|reason| reason.to_string());
            tracing::error!(why = why.as_deref(), reason, "core halted");
        }
        let steps = metric(Metric::ClockSteps);
        if steps > self.steps {
            tracing::error!(steps, "the system clock was set");
        }
        self.steps = steps;
        let held_ns = metric(Metric::ClockHeldNs);
        let was_held = std::mem::replace(&mut self.is_held, held_ns > HELD_NS);
        if self.is_held && !was_held {
            tracing::error!(held_ns, "the clock is behind what was journaled: time holds still");
        }
        let is_short = metric(Metric::LogsShort) != 0;
        match (std::mem::replace(&mut self.is_short, is_short), is_short) {
            (false, true) => tracing::error!("logs short of room: orders are refused"),
            (true, false) => tracing::info!("logs have room again: orders are taken"),
            _ => {}
        }
        let waits = metric(Metric::LogWaits);
        if waits > self.waits {
            tracing::warn!(waits, "a command caused more events than there was room for");
        }
        self.waits = waits;
        for ((name, log), said) in logs.iter().zip(&mut self.said) {
            let word = log.fault().or_else(|| log.warning());
            if word != *said {
                if let Some(word) = &word {
                    tracing::error!(log = name, "{word}");
                } else {
                    tracing::info!(log = name, "recovered");
                }
                *said = word;
            }
        }
    }
}
