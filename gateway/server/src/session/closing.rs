//! How a connection ends.

use pinion_types::TerminationCode;
use pinion_types::command::Disconnect;

use super::{Command, Context, Output, Session, State};
use crate::time::Now;
use crate::translate::reply;

impl Session {
    /// Ends the connection for a reason this side found: the peer is told why, the core unbinds.
    pub(super) fn end(&mut self, context: &Context<'_>, now: Now, code: TerminationCode) {
        if matches!(self.state, State::Closing(_)) {
            return;
        }
        if core::mem::take(&mut self.engaged) {
            self.disconnect_due = Some(code);
        }
        let farewell = reply::terminate(self.session, self.version, code);
        self.send.push_last(farewell.bytes());
        self.close(context, now, code);
    }

    /// Ends the connection once the bytes that wait have left.
    pub(super) fn close(&mut self, context: &Context<'_>, now: Now, code: TerminationCode) {
        self.state = State::Closing(code);
        self.step_until = now.tick.after_ms(context.limits.linger_timeout_ms);
        self.receive.clear();
        self.frame_until = None;
        self.resending = None;
        tracing::debug!(connection = self.connection.0, session = self.session.0, %code, "ends");
    }

    /// The core is gone: nobody can answer this client, and no binding survives. The transport is
    /// closed without a word, so that the client resumes by the protocol.
    pub(super) fn core_lost(&mut self, context: &Context<'_>, now: Now) {
        self.command_ready = false;
        self.disconnect_due = None;
        if core::mem::take(&mut self.engaged) {
            self.close(context, now, TerminationCode::GatewayDown);
        }
    }

    /// Nothing to decode and nothing to give away: waits, or closes.
    pub(super) fn rest(&mut self, now: Now) -> Output<'_> {
        let code = match self.state {
            State::Closing(code) => code,
            // The core's answer is not waited for: nobody is there to be told.
            State::Terminating if self.lost => return Output::Close(TerminationCode::Finished),
            _ if self.lost => TerminationCode::Disconnected,
            _ => return Output::Wait(self.next_deadline()),
        };
        if self.lost || now.tick >= self.step_until {
            if core::mem::take(&mut self.engaged) {
                self.command_disconnect(now, code);
                self.state = State::Closing(code);
                return Output::Command(&self.command);
            }
            return Output::Close(code);
        }
        if self.send.is_empty() && !self.shut {
            self.shut = true;
            return Output::Shutdown;
        }
        Output::Wait(self.step_until)
    }

    /// Builds the command that unbinds the session.
    pub(super) fn command_disconnect(&mut self, now: Now, code: TerminationCode) {
        let body = Disconnect {
            session_ver_id: self.version,
            received_time: now.utc,
            connection: self.connection,
            code: code.into(),
            ..Disconnect::default()
        };
        self.command = Command::new(self.session, 0, &body);
    }
}
