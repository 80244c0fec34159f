//! One connection's protocol, without I/O and without a clock.
//!
//! A session is given what happened ([`Session::handle_input`], [`Session::receive_space`]) and
//! then asked what to do ([`Session::poll_output`]) until it says [`Output::Wait`]. Frames are
//! decoded only while it is asked, one command at a time: whoever cannot take a command stops
//! asking, and the bytes stay where they are.
//!
//! ```text
//!             Negotiate            Negotiated           Establish             Established
//!  accepted ------------> negotiating ----> negotiated ----------> establishing ----> established
//!     |  ^------refused-------|                |  ^-------refused------|                 |
//!     |                                        |                       |       Terminate v
//!     +----- Establish resumes a version ------+-----> establishing           terminating
//!                                                                                        |
//!            any fault: Terminate(code) leaves, then the connection -> closing <---------+
//! ```
//!
//! What decides anything (versions, sequence numbers, throttles) is the core's; this side checks
//! what it alone can: framing, signatures, silence, and whether the peer reads.

mod receive;

mod send;

mod logon;

mod inbound;

mod outbound;

mod resend;

mod timing;

mod closing;

use pinion_types::{Command, ConnectionId, MsgSeqNum, SessionId, SessionVerId, TerminationCode};

use crate::config::{Durability, SessionLimits};
use crate::counters::Counters;
use crate::keys::Keys;
use crate::logged::Logged;
use crate::time::{Now, Tick};
use receive::ReceiveBuffer;
use resend::Resending;
use send::SendQueue;

/// What a session may know of the gateway around it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Limits of each connection.
    pub limits: &'a SessionLimits,
    /// The sessions' keys.
    pub keys: &'a Keys,
    /// Where it counts.
    pub counters: &'a Counters,
    /// True while the core takes commands and its events are read.
    pub core_ready: bool,
    /// What an acknowledged message survives.
    pub durability: Durability,
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// So many bytes were put into [`Session::receive_space`].
    Received(usize),
    /// So many bytes of [`Session::unsent`] were written.
    Sent(usize),
    /// An event of the log that is for this connection or for the session bound to it.
    Event(&'a Logged),
    /// An event that [`Output::Resend`] asked for; in rising order, none left out.
    Resent(&'a Logged),
    /// What [`Output::Resend`] asked for cannot be read.
    ResendFailed,
    /// The peer closed its side, or the transport failed.
    Lost,
    /// The moment of [`Output::Wait`] came.
    Timeout,
    /// The gateway stops.
    Shutdown,
    /// The core is gone, and with it the binding of the session.
    CoreLost,
}

/// What is to be done.
#[derive(Debug)]
pub enum Output<'a> {
    /// Give this to the core.
    Command(&'a Command),
    /// A logon failed: count it against the peer's address.
    LogonFailed,
    /// Read these messages of the session from the log and hand them in as [`Input::Resent`].
    Resend {
        /// Whose.
        session: SessionId,
        /// The first.
        from: MsgSeqNum,
        /// How many, at most a batch.
        count: u32,
    },
    /// Everything is written: close the sending side of the transport.
    Shutdown,
    /// Close the transport and forget the session.
    Close(TerminationCode),
    /// Nothing to do before this moment, unless something happens.
    Wait(Tick),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody said who is there.
    Accepted,
    /// The core was asked whether the Negotiate holds.
    Negotiating,
    /// A version began; nothing is bound to this connection.
    Negotiated,
    /// The core was asked to bind the session to this connection.
    Establishing,
    /// Bound.
    Established,
    /// The client said goodbye, the core was told.
    Terminating,
    /// The last bytes leave.
    Closing(TerminationCode),
}

/// One connection.
#[derive(Debug)]
pub struct Session {
    connection: ConnectionId,
    state: State,
    session: SessionId,
    version: SessionVerId,
    /// The version the client named, until the core agrees.
    offered: SessionVerId,
    /// True while the core has, or may come to have, the session on this connection.
    engaged: bool,
    /// True once a version began on this connection.
    negotiated: bool,
    logon_messages: u32,

    receive: ReceiveBuffer,
    received_at: Now,
    send: SendQueue,

    /// Number the core expects of the client's next message, as far as it was forwarded.
    expected_in: u64,
    /// Number of the venue's next message.
    next_out: u64,
    resending: Option<Resending>,
    /// True while the last message sent was sent again.
    replayed: bool,

    command: Command,
    command_ready: bool,
    disconnect_due: Option<TerminationCode>,
    logon_failed: bool,
    shut: bool,
    lost: bool,

    keep_alive_ms: u32,
    /// End of the current step of logging on, or of waiting for the last bytes.
    step_until: Tick,
    heard_at: Tick,
    said_at: Tick,
    /// End of the patience with a frame that is not whole.
    frame_until: Option<Tick>,
    /// When the peer was asked whether it is there.
    silence_told: Option<Tick>,
}

impl Session {
    /// A connection that was just accepted.
    #[must_use]
    pub fn new(limits: &SessionLimits, connection: ConnectionId, now: Now) -> Self {
        let receive_len = limits.receive_buffer_len.max(crate::config::FRAME_LEN_MAX);
        Session {
            connection,
            state: State::Accepted,
            session: SessionId(0),
            version: SessionVerId(0),
            offered: SessionVerId(0),
            engaged: false,
            negotiated: false,
            logon_messages: 0,
            receive: ReceiveBuffer::new(receive_len),
            received_at: now,
            send: SendQueue::new(limits.send_queue_len_max),
            expected_in: 0,
            next_out: 0,
            resending: None,
            replayed: false,
            command: Command::buffer(),
            command_ready: false,
            disconnect_due: None,
            logon_failed: false,
            shut: false,
            lost: false,
            keep_alive_ms: 0,
            step_until: now.tick.after_ms(limits.logon_timeout_ms),
            heard_at: now.tick,
            said_at: now.tick,
            frame_until: None,
            silence_told: None,
        }
    }

    /// Tells the session what happened. Ask [`Session::poll_output`] afterwards.
    pub fn handle_input(&mut self, context: &Context<'_>, now: Now, input: Input<'_>) {
        match input {
            Input::Received(len) => self.received(now, len),
            Input::Sent(len) => self.send.sent(len),
            Input::Event(logged) => self.event(context, now, logged),
            Input::Resent(logged) => self.resent(context, now, logged),
            Input::ResendFailed => self.resend_failed(context, now),
            // What it sent whole before that still counts.
            Input::Lost => self.lost = true,
            Input::Timeout => self.timeout(context, now),
            Input::Shutdown => self.end(context, now, TerminationCode::Shutdown),
            Input::CoreLost => self.core_lost(context, now),
        }
    }

    /// What to do next. Call it until it says [`Output::Wait`], unless a command cannot be taken
    /// now: then stop, and call it again when it can.
    pub fn poll_output(&mut self, context: &Context<'_>, now: Now) -> Output<'_> {
        loop {
            if self.command_ready {
                self.command_ready = false;
                context.counters.commands.one();
                return Output::Command(&self.command);
            }
            if core::mem::take(&mut self.logon_failed) {
                return Output::LogonFailed;
            }
            if let Some(code) = self.disconnect_due.take() {
                self.command_disconnect(now, code);
                context.counters.commands.one();
                return Output::Command(&self.command);
            }
            if let Some((from, count)) = self.resend_due(context) {
                return Output::Resend { session: self.session, from, count };
            }
            if self.decode_next(context, now) {
                continue;
            }
            return self.rest(now);
        }
    }

    /// Where bytes read from the transport go; empty where it must not be read now.
    pub fn receive_space(&mut self) -> &mut [u8] {
        self.receive.space()
    }

    /// True while bytes from the transport are of use.
    #[must_use]
    pub fn wants_bytes(&self) -> bool {
        !self.lost && !self.receive.is_full()
    }

    /// Bytes to be written to the transport, in order.
    #[must_use]
    pub fn unsent(&self) -> &[u8] {
        self.send.unsent()
    }

    /// The connection's id.
    #[must_use]
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The session this connection is about, as far as it said; 0 before.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The session bound to this connection, if one is.
    #[must_use]
    pub fn bound_session(&self) -> Option<SessionId> {
        matches!(self.state, State::Established | State::Terminating).then_some(self.session)
    }

    fn received(&mut self, now: Now, len: usize) {
        self.receive.filled(len);
        self.received_at = now;
        self.heard_at = now.tick;
        self.silence_told = None;
        if matches!(self.state, State::Closing(_)) {
            // Read so that closing does not reset the transport under the last bytes.
            self.receive.clear();
        }
    }
}
