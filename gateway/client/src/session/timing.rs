//! Signs of life both ways, and answers that do not come.

use super::{Now, Phase, Session};
use crate::error::End;
use pinion_types::TerminationCode;
use pinion_wire::Flag;
use pinion_wire::session::Sequence;

/// Milliseconds in nanoseconds.
pub(super) fn ms(value: u32) -> u64 {
    u64::from(value) * 1_000_000
}

impl Session {
    /// The moment at which the session must be polled even if nothing came; `u64::MAX` for never.
    #[must_use]
    pub fn next_deadline(&self) -> u64 {
        match self.phase {
            Phase::Idle | Phase::Ended => u64::MAX,
            Phase::Negotiating | Phase::Establishing | Phase::Leaving => self.answer_due,
            Phase::Established => {
                let answer = if self.is_recovering() { self.answer_due } else { u64::MAX };
                self.speak_due().min(self.silence_due()).min(answer)
            }
        }
    }

    /// Does what is due.
    pub(super) fn watch(&mut self, now: Now) {
        if now.tick < self.next_deadline() {
            return;
        }
        if self.phase != Phase::Established {
            return self.finish(End::Unanswered);
        }
        if self.is_recovering() && now.tick >= self.answer_due {
            self.say_goodbye(now, TerminationCode::Finished);
            return self.finish(End::Unanswered);
        }
        if now.tick >= self.silence_due() {
            if self.asked {
                self.say_goodbye(now, TerminationCode::KeepaliveLapsed);
                return self.finish(End::Silent);
            }
            self.asked = true;
            self.say_sequence(now, true);
        } else {
            self.say_sequence(now, false);
        }
    }

    pub(super) fn say_sequence(&mut self, now: Now, lapsed: bool) {
        let message = Sequence {
            next_seq_no: self.position.next_out,
            keep_alive_lapsed: Flag::from(lapsed),
            ..Sequence::default()
        };
        self.say(now, &message);
    }

    /// An eighth before the interval is over, so that the venue need not ask.
    fn speak_due(&self) -> u64 {
        self.said.saturating_add(self.keep_alive - self.keep_alive / 8)
    }

    /// After one interval of silence the venue is asked, after two it is gone.
    fn silence_due(&self) -> u64 {
        let intervals = if self.asked { 2 } else { 1 };
        self.heard.saturating_add(self.keep_alive.saturating_mul(intervals))
    }
}
