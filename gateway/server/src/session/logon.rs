//! Logging on: what the gateway can check of Negotiate and Establish, and the core's answers.
//!
//! Every logon goes to the core, a refused one too, so that the journal tells who tried. The core
//! looks at versions, time, firm and connections; here are the signature, and that one connection
//! is about one session.

use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::command::{Establish, Negotiate};
use pinion_types::event::{EstablishRefused, Established, NegotiateRefused, Negotiated};
use pinion_types::{Command, SessionId, TerminationCode};
use pinion_wire::session as wire;

use super::{Context, Session, State};
use crate::time::Now;
use crate::translate::reply;

impl Session {
    /// A client begins a version of its session.
    pub(super) fn negotiate(&mut self, context: &Context<'_>, now: Now, m: &wire::Negotiate) {
        if !self.may_log_on(context, now) {
            return;
        }
        if !context.core_ready {
            let frame = reply::negotiate_unavailable(m);
            return self.push(context, now, frame.bytes());
        }
        let refused = if !context.keys.verify(m.session, m) {
            self.logon_failed(context, m.session);
            Some(NegotiationReject::Credentials)
        } else if self.negotiated && m.session != self.session {
            Some(NegotiationReject::AlreadyNegotiated)
        } else {
            None
        };
        let body = Negotiate {
            session_ver_id: m.session_ver_id,
            timestamp: m.timestamp,
            received_time: self.received_at.utc,
            connection: self.connection,
            firm: m.firm,
            client_flow: m.client_flow,
            refused: refused.map(Into::into).unwrap_or_default(),
            ..Negotiate::default()
        };
        self.command = Command::new(m.session, 0, &body);
        self.command_ready = true;
        if self.state == State::Established {
            return;
        }
        self.state = State::Negotiating;
        if refused.is_none() {
            self.engaged = true;
            self.session = m.session;
            self.offered = m.session_ver_id;
        }
    }

    /// A client binds its connection.
    pub(super) fn establish(&mut self, context: &Context<'_>, now: Now, m: &wire::Establish) {
        if !self.may_log_on(context, now) {
            return;
        }
        if !context.core_ready {
            let frame = reply::establish_unavailable(m);
            return self.push(context, now, frame.bytes());
        }
        let refused = if !context.keys.verify(m.session, m) {
            self.logon_failed(context, m.session);
            Some(EstablishmentReject::Credentials)
        } else if self.negotiated && m.session != self.session {
            Some(EstablishmentReject::InvalidSessionId)
        } else {
            None
        };
        let body = Establish {
            session_ver_id: m.session_ver_id,
            timestamp: m.timestamp,
            received_time: self.received_at.utc,
            next_seq_no: m.next_seq_no,
            connection: self.connection,
            keep_alive_ms: m.keep_alive_ms,
            cod_window_ms: m.cod_window_ms,
            cod_type: m.cod_type,
            refused: refused.map(Into::into).unwrap_or_default(),
            ..Establish::default()
        };
        self.command = Command::new(m.session, 0, &body);
        self.command_ready = true;
        if self.state == State::Established {
            return;
        }
        self.state = State::Establishing;
        if refused.is_none() {
            self.engaged = true;
            self.session = m.session;
            self.offered = m.session_ver_id;
            self.expected_in = m.next_seq_no;
        }
    }

    pub(super) fn negotiated(&mut self, context: &Context<'_>, now: Now, event: &Negotiated) {
        if self.state != State::Negotiating {
            return;
        }
        self.state = State::Negotiated;
        self.negotiated = true;
        self.version = self.offered;
        self.step_until = now.tick.after_ms(context.limits.logon_timeout_ms);
        let frame = reply::negotiated(self.session, event);
        self.push(context, now, frame.bytes());
    }

    pub(super) fn negotiate_refused(
        &mut self,
        context: &Context<'_>,
        now: Now,
        session: SessionId,
        event: &NegotiateRefused,
    ) {
        if !self.is_answered(State::Negotiating) {
            return;
        }
        let frame = reply::negotiate_refused(session, event);
        self.push(context, now, frame.bytes());
        if event.code.get() == Some(NegotiationReject::Credentials) {
            self.close(context, now, TerminationCode::NotNegotiated);
        }
    }

    pub(super) fn established(&mut self, context: &Context<'_>, now: Now, event: &Established) {
        if self.state != State::Establishing {
            return;
        }
        self.state = State::Established;
        self.negotiated = true;
        self.version = self.offered;
        self.next_out = event.next_seq_no;
        self.keep_alive_ms = event.keep_alive_ms;
        self.heard_at = now.tick;
        self.silence_told = None;
        context.counters.logons.one();
        tracing::info!(
            connection = self.connection.0,
            session = self.session.0,
            version = self.version.0,
            next_out = self.next_out,
            "established"
        );
        let frame = reply::established(self.session, event, context.durability);
        self.push(context, now, frame.bytes());
    }

    pub(super) fn establish_refused(
        &mut self,
        context: &Context<'_>,
        now: Now,
        session: SessionId,
        event: &EstablishRefused,
    ) {
        if !self.is_answered(State::Establishing) {
            return;
        }
        let frame = reply::establish_refused(session, event);
        self.push(context, now, frame.bytes());
        if event.code.get() == Some(EstablishmentReject::Credentials) {
            self.close(context, now, TerminationCode::NotEstablished);
        }
    }

    /// A refusal came: true where it is to be passed on. Goes back to before the question.
    fn is_answered(&mut self, asked: State) -> bool {
        if self.state == State::Established {
            return true;
        }
        if self.state != asked {
            return false;
        }
        self.state = if self.negotiated { State::Negotiated } else { State::Accepted };
        self.engaged = self.negotiated;
        true
    }

    /// Counts the attempt; a peer that only ever tries is sent away.
    fn may_log_on(&mut self, context: &Context<'_>, now: Now) -> bool {
        self.logon_messages = self.logon_messages.saturating_add(1);
        if self.logon_messages <= context.limits.logon_messages_max {
            return true;
        }
        self.end(context, now, TerminationCode::Throttle);
        false
    }

    fn logon_failed(&mut self, context: &Context<'_>, session: SessionId) {
        context.counters.logons_failed.one();
        self.logon_failed = true;
        tracing::warn!(connection = self.connection.0, session = session.0, "wrong credentials");
    }
}
