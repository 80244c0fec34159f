//! Frames on their way to the core: the ladder from broken stream to refused message.
//!
//! ```text
//! no frame can be there          Terminate(InvalidFraming)
//! not our schema or template     Terminate(UnrecognizedMessage)
//! block of the wrong length      Terminate(DecodingError)
//! a fault in a session message   Terminate(DecodingError)
//! a fault in a request           to the core as undecodable: it takes its number and is refused
//! ```
//! What is faulty before anybody logged on is counted and closed; it never reaches the journal.

use pinion_types::command::{SequenceNotice, Terminate};
use pinion_types::{Command, CommandHeader, RejectCode, TerminationCode};
use pinion_wire::session as wire;
use pinion_wire::{DecodeError, Frame, Inbound, Message, RequestHead, RetransmitReject};

use super::resend::Resending;
use super::{Context, Session, State};
use crate::time::Now;
use crate::translate::{reply, request};

/// What was found at the front of the bytes received. Where it cannot be taken, the command that
/// keeps it has been built.
enum Found {
    Message(Inbound),
    /// A whole frame whose message cannot be taken.
    Faulty {
        fault: DecodeError,
        number: u64,
    },
    /// A retransmission request that asks for nothing.
    Nothing(DecodeError, wire::RetransmitRequest),
    Unframed,
}

impl Session {
    /// Decodes one frame and does what it asks; false where there is none to decode now.
    pub(super) fn decode_next(&mut self, context: &Context<'_>, now: Now) -> bool {
        let asked = matches!(self.state, State::Negotiating | State::Establishing);
        let ending = matches!(self.state, State::Terminating | State::Closing(_));
        if asked || ending {
            return false;
        }
        let (bytes, time) = (self.receive.unread(), self.received_at.utc);
        let (len, found) = match pinion_wire::split(bytes) {
            Ok(None) => {
                self.watch_frame(context);
                return false;
            }
            Ok(Some(frame)) => {
                let found = found(&frame);
                if let Found::Faulty { fault, number } = found {
                    self.command = request::undecodable(self.session, number, &frame, fault, time);
                }
                (frame.bytes.len(), found)
            }
            Err(_) => {
                self.command = request::unframed(self.session, bytes, time);
                (bytes.len(), Found::Unframed)
            }
        };
        self.receive.consume(len);
        self.frame_until = None;
        context.counters.frames.one();
        self.handle_found(context, now, &found);
        true
    }

    fn handle_found(&mut self, context: &Context<'_>, now: Now, found: &Found) {
        match found {
            Found::Message(message) => self.message(context, now, message),
            Found::Nothing(fault, m) if self.state == State::Established => {
                self.retransmit_nothing(context, now, *fault, m);
            }
            Found::Nothing(fault, _) => self.faulty(context, now, *fault, 0),
            Found::Faulty { fault, number } => self.faulty(context, now, *fault, *number),
            Found::Unframed => {
                context.counters.framing_faults.one();
                self.refuse(context, now, TerminationCode::InvalidFraming);
            }
        }
    }

    fn message(&mut self, context: &Context<'_>, now: Now, message: &Inbound) {
        match message {
            Inbound::Negotiate(m) => self.negotiate(context, now, m),
            Inbound::Establish(m) => self.establish(context, now, m),
            Inbound::Terminate(m) => self.terminate(context, now, m),
            _ if self.state != State::Established => {
                let code = if self.negotiated {
                    TerminationCode::NotEstablished
                } else {
                    TerminationCode::NotNegotiated
                };
                self.end(context, now, code);
            }
            Inbound::Sequence(m) => self.sequence(context, now, m),
            Inbound::RetransmitRequest(m) => self.retransmit(context, now, m),
            _ => self.request(message),
        }
    }

    /// An application message: forwarded, whatever its number.
    fn request(&mut self, message: &Inbound) {
        let Some(head) = message.head() else { return };
        let time = self.received_at.utc;
        let Some(command) = request::command(self.session, message, time) else { return };
        self.forwarded(head.msg_seq_num);
        self.command = command;
        self.command_ready = true;
    }

    /// A frame that cannot be taken; the command that keeps it is built.
    fn faulty(&mut self, context: &Context<'_>, now: Now, fault: DecodeError, number: u64) {
        let code = match fault.termination() {
            Some(code) => code,
            None if number == 0 => TerminationCode::DecodingError,
            None if self.state == State::Established => {
                context.counters.undecodable.one();
                self.forwarded(number);
                self.command_ready = true;
                return;
            }
            None if self.negotiated => TerminationCode::NotEstablished,
            None => TerminationCode::NotNegotiated,
        };
        self.refuse(context, now, code);
    }

    /// Ends the connection for what the peer sent; the core keeps it where a session did.
    fn refuse(&mut self, context: &Context<'_>, now: Now, code: TerminationCode) {
        if self.state == State::Established {
            context.counters.undecodable.one();
            // Without a number: nothing is answered but the end.
            let header = CommandHeader { src_seq: 0, ..*self.command.header() };
            self.command.set_header(&header);
            self.command_ready = true;
        }
        self.end(context, now, code);
    }

    fn terminate(&mut self, context: &Context<'_>, now: Now, m: &wire::Terminate) {
        if self.state != State::Established {
            return self.end(context, now, TerminationCode::Finished);
        }
        if m.session != self.session {
            return self.end(context, now, TerminationCode::InvalidSessionId);
        }
        let body = Terminate {
            session_ver_id: m.session_ver_id,
            received_time: self.received_at.utc,
            connection: self.connection,
            code: m.code,
            by_client: 1,
            ..Terminate::default()
        };
        self.command = Command::new(self.session, 0, &body);
        self.command_ready = true;
        self.engaged = false;
        self.resending = None;
        self.state = State::Terminating;
        self.step_until = now.tick.after_ms(context.limits.linger_timeout_ms);
    }

    /// A sign of life; where the number differs from what was forwarded, the core decides.
    fn sequence(&mut self, context: &Context<'_>, now: Now, m: &wire::Sequence) {
        if m.keep_alive_lapsed.is_set() {
            self.say_sequence(context, now, false);
        }
        if m.next_seq_no == self.expected_in {
            return;
        }
        let body = SequenceNotice {
            session_ver_id: self.version,
            received_time: self.received_at.utc,
            next_seq_no: m.next_seq_no,
            connection: self.connection,
            ..SequenceNotice::default()
        };
        self.command = Command::new(self.session, 0, &body);
        self.command_ready = true;
        self.expected_in = self.expected_in.max(m.next_seq_no);
    }

    fn retransmit(&mut self, context: &Context<'_>, now: Now, m: &wire::RetransmitRequest) {
        use RetransmitReject::{InProgress, InvalidSession, RequestLimitExceeded};
        if m.session != self.session || m.session_ver_id != self.version {
            return self.retransmit_reject(context, now, m, InvalidSession);
        }
        if m.count > context.limits.retransmit_count_max {
            return self.retransmit_reject(context, now, m, RequestLimitExceeded);
        }
        if self.resending.is_some() {
            self.retransmit_reject(context, now, m, InProgress);
            return self.end(context, now, TerminationCode::RequestInProgress);
        }
        let end = m.from_seq_no.checked_add(u64::from(m.count));
        if end.is_none_or(|end| end > self.next_out) {
            return self.end(context, now, TerminationCode::RequestOutOfBounds);
        }
        context.counters.retransmissions.one();
        let frame = reply::retransmission(m, m.count);
        self.push(context, now, frame.bytes());
        self.resending = Some(Resending::new(m.from_seq_no, m.count));
    }

    /// A request for no messages, or from number 0.
    fn retransmit_nothing(
        &mut self,
        context: &Context<'_>,
        now: Now,
        fault: DecodeError,
        m: &wire::RetransmitRequest,
    ) {
        let code = if fault.tag == TAG_COUNT {
            RetransmitReject::InvalidCount
        } else {
            RetransmitReject::OutOfRange
        };
        self.retransmit_reject(context, now, m, code);
    }

    fn retransmit_reject(
        &mut self,
        context: &Context<'_>,
        now: Now,
        m: &wire::RetransmitRequest,
        code: RetransmitReject,
    ) {
        context.counters.retransmit_rejects.one();
        let frame = reply::retransmit_reject(self.session, self.version, m, code);
        self.push(context, now, frame.bytes());
    }

    /// A message of this number goes to the core: the next one it expects is the one after.
    fn forwarded(&mut self, number: u64) {
        self.expected_in = self.expected_in.max(number.saturating_add(1));
    }
}

/// Tag of `count` in RetransmitRequest.
const TAG_COUNT: u16 = 35529;

/// Tag of `fromSeqNo` in RetransmitRequest.
const TAG_FROM: u16 = 35528;

fn found(frame: &Frame<'_>) -> Found {
    let fault = match Inbound::decode(frame) {
        Ok(message) if request::is_served(&message) => return Found::Message(message),
        Ok(_) => DecodeError::new(RejectCode::RoleForbids),
        Err(fault) => match asks_nothing(frame, fault) {
            Some(request) => return Found::Nothing(fault, request),
            None => fault,
        },
    };
    Found::Faulty { fault, number: RequestHead::of(frame).map_or(0, |head| head.msg_seq_num) }
}

/// The request, where it is a retransmission request and only asks for nothing.
fn asks_nothing(frame: &Frame<'_>, fault: DecodeError) -> Option<wire::RetransmitRequest> {
    let template = <wire::RetransmitRequest as Message>::TEMPLATE;
    let missing = fault.code == RejectCode::RequiredFieldMissing;
    let asks = missing && (fault.tag == TAG_COUNT || fault.tag == TAG_FROM);
    if frame.template == template && asks { frame.read().ok() } else { None }
}
