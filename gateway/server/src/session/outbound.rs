//! Events on their way to the client.

use pinion_types::event::{EventRef, Terminated};
use pinion_types::{RejectCode, TerminationCode};

use super::{Context, Session, State};
use crate::logged::Logged;
use crate::time::Now;
use crate::translate::{Frame, reply, report};

impl Session {
    /// An event for this connection or its session.
    pub(super) fn event(&mut self, context: &Context<'_>, now: Now, logged: &Logged) {
        let Some(view) = logged.event.view() else { return };
        let session = logged.event.header().session;
        match view {
            EventRef::Negotiated(body) => self.negotiated(context, now, body),
            EventRef::NegotiateRefused(body) => self.negotiate_refused(context, now, session, body),
            EventRef::Established(body) => self.established(context, now, body),
            EventRef::EstablishRefused(body) => self.establish_refused(context, now, session, body),
            EventRef::Terminated(body) => self.terminated(context, now, body),
            _ => self.application(context, now, logged, view),
        }
    }

    /// Appends one message; a peer that let its queue fill up is disconnected.
    pub(super) fn push(&mut self, context: &Context<'_>, now: Now, frame: &[u8]) {
        if matches!(self.state, State::Closing(_)) {
            return;
        }
        if self.send.push(frame) {
            self.said_at = now.tick;
        } else {
            context.counters.slow_consumers.one();
            tracing::info!(session = self.session.0, "peer does not read");
            self.end(context, now, TerminationCode::SlowConsumer);
        }
    }

    /// Says which number this side's next message has.
    pub(super) fn say_sequence(&mut self, context: &Context<'_>, now: Now, lapsed: bool) {
        self.replayed = false;
        let frame = reply::sequence(self.next_out, lapsed);
        self.push(context, now, frame.bytes());
    }

    fn application(
        &mut self,
        context: &Context<'_>,
        now: Now,
        logged: &Logged,
        view: EventRef<'_>,
    ) {
        let number = logged.event.header().msg_seq_num;
        let bound = matches!(self.state, State::Established | State::Terminating);
        if !bound || number < self.next_out {
            return;
        }
        let mut frame = Frame::new();
        if !report::encode(logged, false, &mut frame) {
            return;
        }
        if self.replayed {
            self.say_sequence(context, now, false);
        }
        self.next_out = number.saturating_add(1);
        count(context, view);
        self.push(context, now, frame.bytes());
    }

    fn terminated(&mut self, context: &Context<'_>, now: Now, body: &Terminated) {
        self.engaged = false;
        if matches!(self.state, State::Closing(_)) {
            return;
        }
        let code = body.code.get().unwrap_or(TerminationCode::Finished);
        let farewell = reply::terminate(self.session, self.version, code);
        self.send.push_last(farewell.bytes());
        self.close(context, now, code);
    }
}

/// Counts what a message sent for the first time says.
fn count(context: &Context<'_>, view: EventRef<'_>) {
    context.counters.events_sent.one();
    match view {
        EventRef::Rejected(_) => context.counters.rejects.one(),
        EventRef::CancelRejected(_) => context.counters.cancel_rejects.one(),
        EventRef::BusinessRejected(body) => {
            context.counters.business_rejects.one();
            if body.code.get() == Some(RejectCode::Throttled) {
                context.counters.throttled.one();
            }
        }
        _ => {}
    }
}
