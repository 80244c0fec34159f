//! What the venue sends: frames into messages, messages into updates.

use super::{Now, Phase, Session, Update};
use crate::error::End;
use pinion_types::TerminationCode;
use pinion_wire::session::{Retransmission, RetransmitReject, Sequence, Terminate};
use pinion_wire::{Head, Outbound, SCHEMA_VERSION, frame};

/// What stood at the front of the bytes received.
enum Found {
    Nothing,
    Message(Outbound),
    /// A numbered message of a template that only a newer venue knows.
    Unknown(u64),
    Garbage,
}

impl Session {
    /// Bytes came.
    pub fn feed(&mut self, now: Now, bytes: &[u8]) {
        if self.decoded == self.incoming.len() {
            self.incoming.clear();
            self.decoded = 0;
        }
        self.incoming.extend_from_slice(bytes);
        self.heard = now.tick;
        self.asked = false;
    }

    /// What follows from the bytes so far and from the time; `None` where there is nothing (more).
    pub fn poll(&mut self, now: Now) -> Option<Update> {
        loop {
            if self.phase == Phase::Ended {
                return self.end.take().map(Update::Ended);
            }
            // What waited from an earlier connection waits for the logon, too: nobody takes
            // messages before it.
            if matches!(self.phase, Phase::Established | Phase::Leaving)
                && let Some(message) = self.numbers.next_held()
            {
                self.recover(now);
                return Some(Update::Message(message));
            }
            match self.next_frame() {
                Found::Message(message) => {
                    if let Some(update) = self.handle(now, &message) {
                        return Some(update);
                    }
                }
                Found::Unknown(number) => {
                    self.numbers.skip(number);
                    self.recover(now);
                }
                Found::Garbage => self.garbled(now),
                Found::Nothing => {
                    self.watch(now);
                    if self.phase != Phase::Ended {
                        return None;
                    }
                }
            }
        }
    }

    fn next_frame(&mut self) -> Found {
        let bytes = self.incoming.get(self.decoded..).unwrap_or_default();
        let frame = match frame::split(bytes) {
            Ok(Some(frame)) => frame,
            Ok(None) => {
                self.incoming.drain(..self.decoded);
                self.decoded = 0;
                return Found::Nothing;
            }
            Err(_) => return Found::Garbage,
        };
        self.decoded += frame.bytes.len();
        match (Outbound::decode(&frame), Head::of(&frame)) {
            (Ok(message), _) => Found::Message(message),
            (Err(_), Some(head)) if frame.version > SCHEMA_VERSION => {
                Found::Unknown(head.msg_seq_num)
            }
            (Err(_), _) => Found::Garbage,
        }
    }

    fn handle(&mut self, now: Now, message: &Outbound) -> Option<Update> {
        match (message, self.phase) {
            (Outbound::Terminate(m), _) => self.terminated(now, m),
            (Outbound::NegotiationResponse(m), Phase::Negotiating) => self.negotiated(now, m),
            (Outbound::NegotiationReject(m), Phase::Negotiating) => {
                self.negotiation_rejected(now, m);
            }
            (Outbound::EstablishmentAck(m), Phase::Establishing) => {
                return self.established(now, m);
            }
            (Outbound::EstablishmentReject(m), Phase::Establishing) => {
                self.finish(End::EstablishmentRejected(*m));
            }
            (Outbound::Sequence(m), Phase::Established | Phase::Leaving) => self.sequence(now, m),
            (Outbound::Retransmission(m), Phase::Established) => self.retransmission(now, m),
            (Outbound::RetransmitReject(m), Phase::Established) => {
                self.retransmit_rejected(now, m);
            }
            (Outbound::Retransmission(_) | Outbound::RetransmitReject(_), Phase::Leaving) => {}
            (numbered, Phase::Established | Phase::Leaving) => match numbered.head() {
                Some(head) => return self.numbered(now, head.msg_seq_num, numbered),
                None => self.garbled(now),
            },
            _ => self.garbled(now),
        }
        None
    }

    fn numbered(&mut self, now: Now, number: u64, message: &Outbound) -> Option<Update> {
        let next = self.numbers.take(number, message);
        if self.is_recovering() {
            self.answer_due = self.deadline(now);
        }
        self.recover(now);
        next.map(Update::Message)
    }

    fn sequence(&mut self, now: Now, message: &Sequence) {
        self.numbers.told(message.next_seq_no);
        if message.keep_alive_lapsed.is_set() {
            self.say_sequence(now, false);
        }
        self.recover(now);
    }

    fn retransmission(&mut self, now: Now, message: &Retransmission) {
        if self.numbers.granted(message.next_seq_no, message.count) {
            self.answer_due = self.deadline(now);
        } else {
            self.garbled(now);
        }
    }

    fn retransmit_rejected(&mut self, now: Now, message: &RetransmitReject) {
        self.say_goodbye(now, TerminationCode::Finished);
        self.finish(End::RetransmitRejected(message.code.get()));
    }

    fn terminated(&mut self, now: Now, message: &Terminate) {
        let asked = self.phase == Phase::Leaving;
        if !asked {
            self.say_goodbye(now, TerminationCode::Finished);
        }
        self.finish(End::Terminated { code: message.code, text: message.text, asked });
    }

    fn garbled(&mut self, now: Now) {
        self.say_goodbye(now, TerminationCode::DecodingError);
        self.finish(End::Garbled);
    }
}
