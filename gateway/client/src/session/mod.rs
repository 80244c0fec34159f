//! The client's side of the protocol, without I/O and without a clock.
//!
//! Whoever drives a session connects a transport, calls [`Session::begin`], and then in any order:
//! hands in bytes that came ([`Session::feed`]), takes what follows ([`Session::poll`], until it
//! says `None`), and writes what is to be written ([`Session::outgoing`], [`Session::written`]).
//! A session outlives its transports: after [`Session::lost`], `begin` on a new one resumes.
//!
//! ```text
//!         begin                 response            ack
//!  idle ---------> negotiating ---------> establishing ----> established --terminate--> leaving
//!   ^  \___________ begin, with a version __^                     |                        |
//!   |                                                             v                        |
//!   +------------------------------ ended, polled <----- any End -+------------------------+
//! ```

mod numbers;

mod sent;

mod logon;

mod inbound;

mod timing;

use crate::credentials::Credentials;
use crate::error::{End, Error};
use crate::options::Options;
use numbers::Numbers;
use pinion_types::{ClOrdId, Nanos, SessionVerId, TerminationCode};
use pinion_wire::session::{EstablishmentAck, RetransmitRequest, Terminate};
use pinion_wire::{BLOCK_MAX, Message, OVERHEAD, Outbound, Request, RequestHead, encode};
use sent::Sent;
use std::time::Duration;

/// A moment on two clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Nanoseconds of a clock that never goes back, from any start.
    pub tick: u64,
    /// Nanoseconds since the Unix epoch.
    pub utc: Nanos,
}

/// What came of what the venue sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Logged on. What had not been applied is already on its way again.
    Established(EstablishmentAck),
    /// The venue's next message.
    Message(Outbound),
    /// The connection is of no use any more: write what is left, and close it.
    Ended(End),
}

/// What a sent request can be recognized by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its number within the session version.
    pub msg_seq_num: u64,
    /// Its ClOrdID, or the request's id.
    pub id: u64,
}

/// Where a session stands: enough to resume it in another process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Version; 0 before the first logon.
    pub session_ver_id: SessionVerId,
    /// Number of the client's next message.
    pub next_out: u64,
    /// Number of the venue's next message that was not given out yet.
    pub next_in: u64,
    /// Highest ClOrdID used.
    pub last_cl_ord_id: ClOrdId,
    /// Timestamp of the last logon message.
    pub last_timestamp: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Negotiating,
    Establishing,
    Established,
    Leaving,
    Ended,
}

/// One session.
#[derive(Debug)]
pub struct Session {
    credentials: Credentials,
    options: Options,
    phase: Phase,
    /// True once a higher version was offered because the venue knew a later one.
    overtaken: bool,
    end: Option<End>,
    position: Position,
    numbers: Numbers,
    sent: Sent,
    resent_count: u64,
    forgotten_count: u64,
    incoming: Vec<u8>,
    /// Bytes of `incoming` that are decoded.
    decoded: usize,
    outgoing: Vec<u8>,
    /// Bytes of `outgoing` that are written.
    gone: usize,
    keep_alive: u64,
    /// When something was last heard, and last said.
    heard: u64,
    said: u64,
    /// True where the venue was asked whether it is there.
    asked: bool,
    /// When an answer must have come, where one is due.
    answer_due: u64,
}

impl Session {
    /// A session that was never logged on: its first logon begins a version.
    #[must_use]
    pub fn new(credentials: Credentials, options: Options) -> Self {
        Session::resuming(credentials, options, Position::default())
    }

    /// A session that goes on where another process left it. Messages that process sent and the
    /// venue does not have are not sent again: compare `lastIncomingSeqNo` of the answer.
    #[must_use]
    pub fn resuming(credentials: Credentials, options: Options, position: Position) -> Self {
        let mut numbers = Numbers::new(options.held_max);
        numbers.restart(position.next_in);
        Session {
            phase: Phase::Idle,
            overtaken: false,
            end: None,
            position: Position { next_out: position.next_out.max(1), ..position },
            numbers,
            sent: Sent::new(options.sent_max),
            resent_count: 0,
            forgotten_count: 0,
            incoming: Vec::new(),
            decoded: 0,
            outgoing: Vec::new(),
            gone: 0,
            keep_alive: timing::ms(options.keep_alive_ms),
            heard: 0,
            said: 0,
            asked: false,
            answer_due: u64::MAX,
            credentials,
            options,
        }
    }

    /// Queues one request, with its number and the time. An id of 0 is replaced by the next
    /// ClOrdID, or for questions by the number.
    ///
    /// # Errors
    /// [`Error::NotEstablished`], [`Error::Full`]; nothing is queued then.
    pub fn send<R: Request>(&mut self, now: Now, request: &R) -> Result<Receipt, Error> {
        if self.phase != Phase::Established {
            return Err(Error::NotEstablished);
        }
        if self.outgoing().len() > self.options.outgoing_len_max {
            return Err(Error::Full);
        }
        let mut bytes = [0; FRAME_LEN];
        let len = encode(request, &mut bytes).unwrap_or(0);
        let frame = bytes.get_mut(..len).unwrap_or_default();
        let id = self.identify(R::TEMPLATE, frame);
        Ok(Receipt { msg_seq_num: self.push_request(now, frame), id })
    }

    /// The id the frame carries, given to it where it is 0.
    fn identify(&mut self, template: u16, frame: &mut [u8]) -> u64 {
        const ID: usize = OVERHEAD + 16;
        let place = frame.get_mut(ID..).and_then(<[u8]>::first_chunk_mut::<8>);
        let Some(place) = place else { return 0 };
        let mut id = u64::from_le_bytes(*place);
        let rises = RISING.contains(&template);
        if id == 0 {
            id = if rises { self.next_cl_ord_id().0 } else { self.position.next_out };
            *place = id.to_le_bytes();
        }
        if rises {
            self.position.last_cl_ord_id = self.position.last_cl_ord_id.max(ClOrdId(id));
        }
        id
    }

    fn push_request(&mut self, now: Now, frame: &mut [u8]) -> u64 {
        let number = self.position.next_out;
        self.position.next_out = number.saturating_add(1);
        // A frame of a request is never too short for its head.
        let _ = RequestHead::number(frame, number, now.utc);
        self.sent.push(number, frame);
        self.outgoing.extend_from_slice(frame);
        self.said = now.tick;
        number
    }

    /// Says goodbye. The orders that stay are those the session's cancel-on-disconnect type spares.
    pub fn terminate(&mut self, now: Now) {
        if self.phase != Phase::Established {
            return;
        }
        self.say_goodbye(now, TerminationCode::Finished);
        self.phase = Phase::Leaving;
        self.answer_due = self.deadline(now);
    }

    /// The transport is gone.
    pub fn lost(&mut self) {
        self.finish(End::Lost);
    }

    /// Bytes to be written, in order.
    #[must_use]
    pub fn outgoing(&self) -> &[u8] {
        self.outgoing.get(self.gone..).unwrap_or_default()
    }

    /// So many of them were written.
    pub fn written(&mut self, len: usize) {
        self.gone = self.gone.saturating_add(len).min(self.outgoing.len());
        if self.gone == self.outgoing.len() {
            self.outgoing.clear();
            self.gone = 0;
        }
    }

    /// True while requests can be sent.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.phase == Phase::Established
    }

    /// Where the session stands.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { next_in: self.numbers.expected(), ..self.position }
    }

    /// The ClOrdID that follows the last one.
    #[must_use]
    pub fn next_cl_ord_id(&self) -> ClOrdId {
        ClOrdId(self.position.last_cl_ord_id.0.saturating_add(1))
    }

    /// True while messages are missing and asked for.
    #[must_use]
    pub fn is_recovering(&self) -> bool {
        self.numbers.is_recovering()
    }

    /// Messages of the venue that came more than once, and were given out once.
    #[must_use]
    pub fn duplicate_count(&self) -> u64 {
        self.numbers.duplicate_count()
    }

    /// Requests for retransmission made.
    #[must_use]
    pub fn retransmit_request_count(&self) -> u64 {
        self.numbers.request_count()
    }

    /// Requests sent again because the venue did not have them.
    #[must_use]
    pub fn resent_count(&self) -> u64 {
        self.resent_count
    }

    /// Requests the venue does not have and that were no longer kept here either.
    #[must_use]
    pub fn forgotten_count(&self) -> u64 {
        self.forgotten_count
    }

    /// Queues a session message.
    fn say<M: Message>(&mut self, now: Now, message: &M) {
        let mut bytes = [0; FRAME_LEN];
        let len = encode(message, &mut bytes).unwrap_or(0);
        self.outgoing.extend_from_slice(bytes.get(..len).unwrap_or_default());
        self.said = now.tick;
    }

    fn say_goodbye(&mut self, now: Now, code: TerminationCode) {
        let message = Terminate {
            session_ver_id: self.position.session_ver_id,
            session: self.credentials.session,
            code: code.into(),
            ..Terminate::default()
        };
        self.say(now, &message);
    }

    /// Asks for what is missing, unless an answer is under way.
    fn recover(&mut self, now: Now) {
        if self.phase != Phase::Established {
            return;
        }
        let Some((from_seq_no, count)) = self.numbers.ask(self.options.retransmit_count_max) else {
            return;
        };
        let request = RetransmitRequest {
            session_ver_id: self.position.session_ver_id,
            timestamp: now.utc,
            from_seq_no,
            count,
            session: self.credentials.session,
            ..RetransmitRequest::default()
        };
        self.say(now, &request);
        self.answer_due = self.deadline(now);
    }

    /// The first reason counts.
    fn finish(&mut self, end: End) {
        if !matches!(self.phase, Phase::Idle | Phase::Ended) {
            self.phase = Phase::Ended;
            self.end = Some(end);
        }
    }

    /// How long an answer of the session protocol may take.
    #[must_use]
    pub fn reply_timeout(&self) -> Duration {
        Duration::from_millis(u64::from(self.options.reply_timeout_ms))
    }

    fn deadline(&self, now: Now) -> u64 {
        now.tick.saturating_add(timing::ms(self.options.reply_timeout_ms))
    }
}

/// Bytes of the longest frame of this version.
const FRAME_LEN: usize = OVERHEAD + BLOCK_MAX;

/// Templates whose id is a ClOrdID.
const RISING: std::ops::RangeInclusive<u16> = 100..=103;
