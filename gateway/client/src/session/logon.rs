//! Logging on: Negotiate once a version, Establish once a connection, then what was not applied.

use super::{FRAME_LEN, Now, Phase, Session, Update};
use crate::error::End;
use pinion_types::codes::{NegotiationReject, RawCancelOnDisconnect};
use pinion_types::text::Chars;
use pinion_types::{Nanos, SessionVerId, TerminationCode};
use pinion_wire::auth::sign;
use pinion_wire::session::{
    Establish, EstablishmentAck, Negotiate, NegotiationReject as Refusal, NegotiationResponse,
};
use pinion_wire::{Flag, Inbound, frame};

impl Session {
    /// A transport is connected: logs on, with a new version at first and the last one after that.
    pub fn begin(&mut self, now: Now) {
        self.prepare(now);
        if self.position.session_ver_id.0 == 0 {
            self.negotiate(now, SessionVerId(now.utc.0 / 1_000));
        } else {
            self.establish(now);
        }
    }

    /// Like [`Session::begin`], with a new version whatever there was: numbers begin at 1, and
    /// what was sent and not applied is forgotten.
    pub fn begin_anew(&mut self, now: Now) {
        self.prepare(now);
        let above = self.position.session_ver_id.0.saturating_add(1);
        self.negotiate(now, SessionVerId(above.max(now.utc.0 / 1_000)));
    }

    /// Forgets the last transport.
    fn prepare(&mut self, now: Now) {
        self.incoming.clear();
        self.decoded = 0;
        self.outgoing.clear();
        self.gone = 0;
        self.end = None;
        self.overtaken = false;
        self.asked = false;
        self.heard = now.tick;
        self.numbers.reconnect();
    }

    /// A moment above that of every earlier logon message.
    fn timestamp(&mut self, now: Now) -> Nanos {
        let above = Nanos(self.position.last_timestamp.0.saturating_add(1));
        self.position.last_timestamp = now.utc.max(above);
        self.position.last_timestamp
    }

    fn negotiate(&mut self, now: Now, version: SessionVerId) {
        let mut message = Negotiate {
            session_ver_id: version,
            timestamp: self.timestamp(now),
            session: self.credentials.session,
            firm: self.credentials.firm,
            client_flow: self.options.client_flow.into(),
            access_key_id: Chars::new(&self.credentials.access_key_id),
            client_app_name: Chars::new(&self.options.app_name),
            client_app_version: Chars::new(&self.options.app_version),
            ..Negotiate::default()
        };
        sign(&mut message, &self.credentials.key);
        self.say(now, &message);
        self.phase = Phase::Negotiating;
        self.answer_due = self.deadline(now);
    }

    fn establish(&mut self, now: Now) {
        let mut message = Establish {
            session_ver_id: self.position.session_ver_id,
            timestamp: self.timestamp(now),
            next_seq_no: self.position.next_out,
            session: self.credentials.session,
            keep_alive_ms: self.options.keep_alive_ms,
            cod_window_ms: self.options.cod_window_ms,
            cod_type: self.options.cod_type.map_or(RawCancelOnDisconnect(0), Into::into),
            access_key_id: Chars::new(&self.credentials.access_key_id),
            ..Establish::default()
        };
        sign(&mut message, &self.credentials.key);
        self.say(now, &message);
        self.phase = Phase::Establishing;
        self.answer_due = self.deadline(now);
    }

    /// A version began.
    pub(super) fn negotiated(&mut self, now: Now, message: &NegotiationResponse) {
        self.position.session_ver_id = message.session_ver_id;
        self.position.next_out = 1;
        self.numbers.restart(1);
        self.sent.clear();
        self.establish(now);
    }

    /// Once, a version the venue already knew is overtaken: this process has lost its state.
    pub(super) fn negotiation_rejected(&mut self, now: Now, message: &Refusal) {
        let current = message.current_session_ver_id.0;
        let late = message.code.get() == Some(NegotiationReject::InvalidSessionVerId);
        if late && current > 0 && !self.overtaken {
            self.overtaken = true;
            self.negotiate(now, SessionVerId(current.saturating_add(1)));
        } else {
            self.finish(End::NegotiationRejected(*message));
        }
    }

    /// The connection is bound.
    pub(super) fn established(&mut self, now: Now, ack: &EstablishmentAck) -> Option<Update> {
        let expected = self.numbers.expected();
        if ack.next_seq_no < expected {
            self.say_goodbye(now, TerminationCode::InvalidSequence);
            self.finish(End::WentBack { expected, next_seq_no: ack.next_seq_no });
            return None;
        }
        self.phase = Phase::Established;
        self.answer_due = u64::MAX;
        self.keep_alive = super::timing::ms(ack.keep_alive_ms);
        self.position.last_cl_ord_id = self.position.last_cl_ord_id.max(ack.last_cl_ord_id);
        self.numbers.told(ack.next_seq_no);
        self.resend(now, ack.last_incoming_seq_no);
        self.recover(now);
        Some(Update::Established(*ack))
    }

    /// Sends again what the venue does not have, as new messages with their old ids.
    fn resend(&mut self, now: Now, applied: u64) {
        let (frames, forgotten) = self.sent.take_above(applied);
        self.forgotten_count = self.forgotten_count.saturating_add(forgotten);
        if !self.options.resend_unapplied {
            self.forgotten_count = self
                .forgotten_count
                .saturating_add(u64::try_from(frames.len()).unwrap_or(u64::MAX));
            return;
        }
        for sent in frames {
            let mut bytes = [0; FRAME_LEN];
            let len = match marked(sent.bytes()) {
                Some(message) => message.encode(&mut bytes).unwrap_or(0),
                None => 0,
            };
            if let Some(frame) = bytes.get_mut(..len).filter(|frame| !frame.is_empty()) {
                self.push_request(now, frame);
                self.resent_count = self.resent_count.saturating_add(1);
            }
        }
    }
}

/// A request that says it may have been sent before, where its template can say so.
fn marked(bytes: &[u8]) -> Option<Inbound> {
    let frame = frame::split(bytes).ok()??;
    Some(match Inbound::decode(&frame).ok()? {
        Inbound::NewOrderSingle(mut order) => {
            order.poss_resend = Flag::TRUE;
            order.into()
        }
        Inbound::OrderCancelReplaceRequest(mut request) => {
            request.poss_resend = Flag::TRUE;
            request.into()
        }
        other => other,
    })
}
