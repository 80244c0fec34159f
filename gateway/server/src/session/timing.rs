//! What a session does when time passes: deadlines of logging on, keep-alive both ways, frames
//! that stay incomplete.
//!
//! Any byte counts as a sign of life. After one interval of silence the peer is asked with
//! Sequence(keepAliveLapsed=1), after two it is told goodbye. This side speaks a little before its
//! own interval is over, so that a peer with a strict watch never has to ask.

use pinion_types::TerminationCode;

use super::{Context, Session, State};
use crate::time::{Now, Tick};

impl Session {
    /// Does whatever is due.
    pub(super) fn timeout(&mut self, context: &Context<'_>, now: Now) {
        match self.state {
            State::Closing(_) => {}
            State::Established => self.watch(context, now),
            State::Terminating => {
                // The core has not answered in time; it was told, so this side may go.
                if now.tick >= self.step_until {
                    self.end(context, now, TerminationCode::Finished);
                }
            }
            State::Accepted | State::Negotiating | State::Negotiated | State::Establishing => {
                if now.tick >= self.step_until {
                    context.counters.logon_timeouts.one();
                    self.end(context, now, TerminationCode::LogonTimeout);
                }
            }
        }
    }

    /// The moment at which something is due, outside of closing.
    pub(super) fn next_deadline(&self) -> Tick {
        if self.state != State::Established {
            return self.step_until;
        }
        let silence = self.silence_due();
        self.frame_until.unwrap_or(Tick::NEVER).min(silence).min(self.speak_due())
    }

    /// Remembers whether a frame stands incomplete, and since when.
    pub(super) fn watch_frame(&mut self, context: &Context<'_>) {
        self.frame_until = if self.receive.is_empty() {
            None
        } else {
            let until = self.received_at.tick.after_ms(context.limits.frame_timeout_ms);
            Some(self.frame_until.unwrap_or(until))
        };
    }

    fn watch(&mut self, context: &Context<'_>, now: Now) {
        if self.frame_until.is_some_and(|until| now.tick >= until) {
            context.counters.framing_faults.one();
            return self.end(context, now, TerminationCode::InvalidFraming);
        }
        if now.tick >= self.silence_due() {
            if self.silence_told.is_some() {
                context.counters.keep_alive_lapsed.one();
                return self.end(context, now, TerminationCode::KeepaliveLapsed);
            }
            self.silence_told = Some(now.tick);
            return self.say_sequence(context, now, true);
        }
        if now.tick >= self.speak_due() {
            self.say_sequence(context, now, false);
        }
    }

    /// When the peer's silence means something next: after one interval it is asked, and an
    /// interval after that it is gone. A gateway that was itself held up asks first all the same.
    fn silence_due(&self) -> Tick {
        self.silence_told.unwrap_or(self.heard_at).after_ms(self.keep_alive_ms)
    }

    /// When this side has to say something next: an eighth before its interval is over.
    fn speak_due(&self) -> Tick {
        self.said_at.after_ms(self.keep_alive_ms.saturating_sub(self.keep_alive_ms / 8))
    }
}
