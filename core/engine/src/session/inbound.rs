//! Application messages: may this session speak, is it the next number, is it too fast.

use pinion_types::command::{Cancel, CommandHeader, NewOrder, Undecodable};
use pinion_types::event::{BusinessRejected, DeadLetter, Dropped};
use pinion_types::text::Spare;
use pinion_types::{
    CommandRef, Event, LimitId, Nanos, RejectCode, SessionId, SourceId, TerminationCode,
};

use super::Emit;
use super::logoff::{End, Ended};
use super::state::{Link, Session};
use super::table::Sessions;
use crate::digest::moved;

/// Which bucket a message is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Orders, replaces, requests: refused when the bucket is empty.
    Orders,
    /// Cancels and mass cancels: counted, never refused (rules, section 3, rule 6).
    Cancels,
}

/// What the session layer reads of an application message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inbound {
    /// The bucket it is counted in.
    pub lane: Lane,
    /// Its SBE template.
    pub template: u16,
    /// Its own id: ClOrdID, or the request's.
    pub ref_id: u64,
    /// When the gateway read it.
    pub received_time: Nanos,
}

impl Inbound {
    /// What counts of a new order.
    #[inline]
    #[must_use]
    pub const fn of_new_order(body: &NewOrder) -> Self {
        Inbound {
            lane: Lane::Orders,
            template: 100,
            ref_id: body.cl_ord_id.0,
            received_time: body.received_time,
        }
    }

    /// What counts of a cancel.
    #[inline]
    #[must_use]
    pub const fn of_cancel(body: &Cancel) -> Self {
        Inbound {
            lane: Lane::Cancels,
            template: 102,
            ref_id: body.cl_ord_id.0,
            received_time: body.received_time,
        }
    }

    /// What counts of a command, where it is an application message that was decoded.
    #[must_use]
    pub fn of(view: CommandRef<'_>) -> Option<Self> {
        let message = |lane, template, ref_id, received_time| {
            Some(Inbound { lane, template, ref_id, received_time })
        };
        match view {
            CommandRef::NewOrder(m) => Some(Inbound::of_new_order(m)),
            CommandRef::NewOrderWide(m) => {
                message(Lane::Orders, 100, m.order.cl_ord_id.0, m.order.received_time)
            }
            CommandRef::Replace(m) => message(Lane::Orders, 101, m.cl_ord_id.0, m.received_time),
            CommandRef::Cancel(m) => Some(Inbound::of_cancel(m)),
            CommandRef::MassCancel(m) => {
                message(Lane::Cancels, 103, m.cl_ord_id.0, m.received_time)
            }
            CommandRef::OrderStatusRequest(m) => {
                message(Lane::Orders, 104, m.request_id, m.received_time)
            }
            CommandRef::MassStatusRequest(m) => {
                message(Lane::Orders, 105, m.request_id, m.received_time)
            }
            CommandRef::SecurityListRequest(m) => {
                message(Lane::Orders, 106, m.request_id, m.received_time)
            }
            CommandRef::PositionRequest(m) => {
                message(Lane::Orders, 107, m.request_id, m.received_time)
            }
            CommandRef::Negotiate(_)
            | CommandRef::Establish(_)
            | CommandRef::Terminate(_)
            | CommandRef::Disconnect(_)
            | CommandRef::SequenceNotice(_)
            | CommandRef::Undecodable(_)
            | CommandRef::SourceUp(_)
            | CommandRef::SourceDown(_)
            | CommandRef::Genesis(_)
            | CommandRef::FirmDef(_)
            | CommandRef::InstrumentDef(_)
            | CommandRef::AccountDef(_)
            | CommandRef::SessionDef(_)
            | CommandRef::SessionAccount(_)
            | CommandRef::LimitsSet(_)
            | CommandRef::CashMove(_)
            | CommandRef::Mark(_)
            | CommandRef::StateChange(_)
            | CommandRef::Kill(_)
            | CommandRef::Release(_)
            | CommandRef::InstrumentRules(_)
            | CommandRef::TickBand(_)
            | CommandRef::Schedule(_)
            | CommandRef::AccountRisk(_)
            | CommandRef::AccountPermission(_)
            | CommandRef::Allocation(_)
            | CommandRef::MakerShare(_)
            | CommandRef::TradeCorrect(_)
            | CommandRef::DayRoll(_)
            | CommandRef::Timer(_)
            | CommandRef::StateHash(_)
            | CommandRef::RoomChange(_) => None,
        }
    }
}

/// What becomes of an application message.
#[must_use = "an ended session is owed its cancels and its farewell"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Its number is consumed; it goes on to step 4 of validation.
    Apply,
    /// It is dropped or answered.
    Done,
    /// It is answered, and it was one too many.
    Ended(Ended),
}

impl Sessions {
    /// Steps 2 and 3 of validation for a message that was decoded.
    ///
    /// Emits `Dropped` where the session is not established on the header's source or the number
    /// was seen before; `NotApplied` before a number that comes too early, which is then as good
    /// as any; `BusinessRejected` where the bucket is empty.
    #[inline]
    pub fn admit(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        message: &Inbound,
        out: &mut impl Emit,
    ) -> Admission {
        if self.comes_in_order(now, header, message.lane) {
            return Admission::Apply;
        }
        self.admit_other(now, header, message, out)
    }

    /// Takes a message that is the expected one, of the connection that speaks, within its rate:
    /// what nearly all of them are. False, and nothing taken, for any other.
    #[inline]
    fn comes_in_order(&mut self, now: Nanos, header: &CommandHeader, lane: Lane) -> bool {
        let Some(session) = self.get_mut(header.session) else { return false };
        let before = session.counters.words();
        let counters = &mut session.counters;
        let is_next = header.src_seq.checked_sub(1) == Some(counters.last_in);
        let is_on = matches!(session.link, Link::Established(it) if it.source == header.source);
        if !is_next || !is_on {
            return false;
        }
        let (mut bucket, rate) = match lane {
            Lane::Orders => (counters.orders, session.definition.orders),
            Lane::Cancels => (counters.cancels, session.definition.cancels),
        };
        if !bucket.take(rate, now) {
            return false;
        }
        match lane {
            Lane::Orders => (counters.orders, counters.throttled) = (bucket, 0),
            Lane::Cancels => counters.cancels = bucket,
        }
        counters.last_in = header.src_seq;
        let moved = session.weight.wrapping_mul(moved(before, session.counters.words()));
        self.add_hash(moved);
        true
    }

    /// Whatever is not as expected.
    #[cold]
    #[inline(never)]
    fn admit_other(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        message: &Inbound,
        out: &mut impl Emit,
    ) -> Admission {
        if let Err(admission) = self.arrive(now, header, out) {
            return admission;
        }
        match message.lane {
            Lane::Cancels => {
                self.count_cancel(now, header.session);
                Admission::Apply
            }
            Lane::Orders if self.pass(now, header.session) => Admission::Apply,
            Lane::Orders => {
                let refused = BusinessRejected {
                    ref_seq_num: header.src_seq,
                    ref_id: message.ref_id,
                    received_time: message.received_time,
                    ref_template: message.template,
                    ..BusinessRejected::default()
                };
                self.throttle(now, header, refused, out)
            }
        }
    }

    /// A message the gateway could not decode. Where it has a number it is counted, throttled and
    /// refused like any other; its bytes are kept in every case.
    ///
    /// Emits what [`Sessions::admit`] emits, `BusinessRejected`, and `DeadLetter`.
    pub fn undecodable(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        body: &Undecodable,
        out: &mut impl Emit,
    ) -> Admission {
        if header.src_seq == 0 {
            keep(header, body, out);
            return Admission::Done;
        }
        if let Err(admission) = self.arrive(now, header, out) {
            return admission;
        }
        let refused = BusinessRejected {
            ref_seq_num: header.src_seq,
            ref_id: body.ref_id,
            received_time: body.received_time,
            ref_template: body.ref_template,
            ref_tag: body.ref_tag,
            code: body.code,
            ..BusinessRejected::default()
        };
        let admission = if self.pass(now, header.session) {
            self.emit_numbered(header, &refused, out);
            Admission::Done
        } else {
            self.throttle(now, header, BusinessRejected { ref_tag: 0, ..refused }, out)
        };
        keep(header, body, out);
        admission
    }

    /// Consumes the number of a message of an established session; an error where it is dropped.
    /// A number that was seen before costs what a message costs: it is journaled like one.
    fn arrive(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        out: &mut impl Emit,
    ) -> Result<(), Admission> {
        let session = self.get(header.session);
        let speaking = session.is_some_and(|session| session.is_on(header.source));
        let last_in = session.map_or(0, |session| session.counters.last_in);
        if !speaking || header.src_seq <= last_in {
            let dropped = Dropped {
                src_seq: header.src_seq,
                expected_seq: session.map_or(0, |session| session.expected().0),
                command: header.kind,
                ..Dropped::default()
            };
            out.emit(&Event::new(header.session, 0, &dropped));
            let ended = if speaking { self.charge(now, header.session) } else { None };
            return Err(ended.map_or(Admission::Done, Admission::Ended));
        }
        if header.src_seq - last_in > 1 {
            self.skip_to(header, header.src_seq, out);
        }
        self.count(header.session, |counters| counters.last_in = header.src_seq);
        Ok(())
    }

    /// Takes one from the bucket of orders for what gets no answer of its own; over the rate it
    /// counts like a refusal, and ends the session where it was one too many.
    pub(super) fn charge(&mut self, now: Nanos, id: SessionId) -> Option<Ended> {
        let rate = self.get(id)?.definition.orders;
        let passed = self.count(id, |counters| counters.orders.take(rate, now))?;
        if passed { None } else { self.bear(now, id) }
    }

    /// Counts one message over the rate; ends the session where no more are borne.
    fn bear(&mut self, now: Nanos, id: SessionId) -> Option<Ended> {
        let session = self.get(id)?;
        let throttled = session.throttled_count();
        if throttled >= u64::from(session.definition.throttle_logout) {
            return self.end(now, id, End::Throttled, TerminationCode::Throttle.into(), false);
        }
        self.count(id, |counters| counters.throttled = throttled + 1);
        None
    }

    /// Takes a message from the bucket of orders; false where it is empty.
    fn pass(&mut self, now: Nanos, id: SessionId) -> bool {
        let Some(rate) = self.get(id).map(|session| session.definition.orders) else {
            return false;
        };
        let passed = self.count(id, |counters| {
            let passed = counters.orders.take(rate, now);
            if passed {
                counters.throttled = 0;
            }
            passed
        });
        passed.unwrap_or(false)
    }

    /// Takes a cancel from its bucket, and counts it where that is empty.
    fn count_cancel(&mut self, now: Nanos, id: SessionId) {
        let Some(rate) = self.get(id).map(|session| session.definition.cancels) else {
            return;
        };
        self.count(id, |counters| {
            if !counters.cancels.take(rate, now) {
                counters.cancels_over = counters.cancels_over.saturating_add(1);
            }
        });
    }

    /// Refuses a message over the rate, and ends the session where it was one too many.
    fn throttle(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        refused: BusinessRejected,
        out: &mut impl Emit,
    ) -> Admission {
        let burst = self.get(header.session).map_or(0, |session| session.definition.orders.burst);
        let refused = BusinessRejected {
            code: RejectCode::Throttled.into(),
            limit: i64::from(burst),
            current: i64::from(burst),
            limit_id: LimitId::Rate.into(),
            ..refused
        };
        self.emit_numbered(header, &refused, out);
        self.bear(now, header.session).map_or(Admission::Done, Admission::Ended)
    }
}

impl Session {
    /// True where a connection of `source` is established.
    fn is_on(&self, source: SourceId) -> bool {
        matches!(self.link, Link::Established(route) if route.source == source)
    }
}

/// Says that the bytes of a message are kept.
fn keep(header: &CommandHeader, body: &Undecodable, out: &mut impl Emit) {
    let letter = DeadLetter {
        ref_seq_num: header.src_seq,
        received_time: body.received_time,
        ref_template: body.ref_template,
        code: body.code,
        full_len: body.full_len,
        spare: Spare([0; 7]),
    };
    out.emit(&Event::new(header.session, 0, &letter));
}
