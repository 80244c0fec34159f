//! Retransmission: one request at a time, in batches between which live messages have their turn.
//!
//! ```text
//!  Retransmission | up to 64 messages, possResend=1 | Sequence | live ... | up to 64 | Sequence
//! ```
//! The messages are read from the event log by whoever drives the session; a peer that reads
//! slowly is waited for, so catching up never makes anybody a slow consumer.

use pinion_types::{MsgSeqNum, TerminationCode};

use super::{Context, Session};
use crate::logged::Logged;
use crate::time::Now;
use crate::translate::{Frame, report};

/// A request that is being answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resending {
    /// The next message to be sent again.
    next: u64,
    /// The first one that is not asked for.
    end: u64,
    /// Messages still to come of the batch that was asked of the driver; 0 where none was.
    batch: u32,
}

impl Resending {
    pub(super) fn new(from: u64, count: u32) -> Self {
        Resending { next: from, end: from.saturating_add(u64::from(count)), batch: 0 }
    }
}

impl Session {
    /// The batch to be read next, told once; `None` while one is read or the peer is behind.
    pub(super) fn resend_due(&mut self, context: &Context<'_>) -> Option<(MsgSeqNum, u32)> {
        let room = self.send.len() <= context.limits.send_queue_len_max / 2;
        let resending = self.resending.as_mut().filter(|resending| resending.batch == 0 && room)?;
        let left = resending.end.saturating_sub(resending.next);
        let batch_max = context.limits.retransmit_batch_max.max(1);
        resending.batch = u32::try_from(left).map_or(batch_max, |left| left.min(batch_max));
        Some((MsgSeqNum(resending.next), resending.batch))
    }

    /// One message of the batch was read.
    pub(super) fn resent(&mut self, context: &Context<'_>, now: Now, logged: &Logged) {
        let number = logged.event.header().msg_seq_num;
        let Some(resending) = self.resending.as_mut() else { return };
        if resending.batch == 0 || number != resending.next {
            return self.resend_failed(context, now);
        }
        resending.next = resending.next.saturating_add(1);
        resending.batch = resending.batch.saturating_sub(1);
        let (batch_done, done) = (resending.batch == 0, resending.next >= resending.end);
        if done {
            self.resending = None;
        }
        let mut frame = Frame::new();
        if report::encode(logged, true, &mut frame) {
            context.counters.resent.one();
            self.replayed = true;
            self.push(context, now, frame.bytes());
        }
        if batch_done {
            self.say_sequence(context, now, false);
        }
    }

    /// The log could not give what it had promised; the client asks again.
    pub(super) fn resend_failed(&mut self, context: &Context<'_>, now: Now) {
        if self.resending.take().is_some() {
            tracing::warn!(session = self.session.0, "retransmission broke off");
            self.end(context, now, TerminationCode::RequestOutOfBounds);
        }
    }
}
