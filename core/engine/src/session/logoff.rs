//! How a session loses its connection, and what that means for its orders.
//!
//! Which orders an end cancels, by the session's type; "lost" is every end but the client's own
//! Terminate:
//!
//! ```text
//!                           lost             client's Terminate
//! OnDisconnect              day, flagged     none
//! OnTerminate               flagged          day, flagged
//! OnDisconnectOrTerminate   day, flagged     day, flagged
//! Never                     flagged          none
//! ```
//! "Day" are orders that do not outlive the day by themselves and carry no flag; "flagged" are
//! those that say "cancel me". An order that says "keep me" is always kept. A grace puts the
//! cancels off, except where the throttle ended the session.

use pinion_types::codes::{OrderCod, RawTerminationCode};
use pinion_types::command::{CommandHeader, Disconnect, SequenceNotice, Terminate};
use pinion_types::event::Terminated;
use pinion_types::text::Spare;
use pinion_types::{
    CancelOnDisconnect, Event, Nanos, SessionId, SourceId, TerminationCode, TimeInForce,
};

use super::Emit;
use super::pages::Cuts;
use super::state::{Link, Route, Session};
use super::table::Sessions;

/// Nanoseconds in a millisecond.
const MS: u64 = 1_000_000;

/// Which of a session's orders are canceled when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodScope {
    /// Those flagged to be canceled.
    Flagged,
    /// Those, and the ones of the day that carry no flag.
    DayAndFlagged,
}

impl CodScope {
    /// True where an order of this time in force and flag is canceled.
    #[must_use]
    pub const fn covers(self, time_in_force: TimeInForce, flag: Option<OrderCod>) -> bool {
        match (flag, self) {
            (Some(OrderCod::Cancel), _) => true,
            (Some(OrderCod::Keep), _) | (None, CodScope::Flagged) => false,
            (None, CodScope::DayAndFlagged) => match time_in_force {
                TimeInForce::GoodTillCancel | TimeInForce::GoodTillDate => false,
                TimeInForce::Day
                | TimeInForce::AtTheOpening
                | TimeInForce::ImmediateOrCancel
                | TimeInForce::FillOrKill
                | TimeInForce::AtTheClose => true,
            },
        }
    }

    /// A number for the state hash.
    pub(super) const fn code(self) -> u64 {
        match self {
            CodScope::Flagged => 1,
            CodScope::DayAndFlagged => 2,
        }
    }

    /// What an end means under a type.
    const fn of(cod_type: CancelOnDisconnect, end: End) -> Option<CodScope> {
        match (end, cod_type) {
            (
                End::Lost | End::Throttled,
                CancelOnDisconnect::OnDisconnect | CancelOnDisconnect::OnDisconnectOrTerminate,
            )
            | (
                End::OwnTerminate,
                CancelOnDisconnect::OnTerminate | CancelOnDisconnect::OnDisconnectOrTerminate,
            ) => Some(CodScope::DayAndFlagged),
            (
                End::Lost | End::Throttled,
                CancelOnDisconnect::OnTerminate | CancelOnDisconnect::Never,
            ) => Some(CodScope::Flagged),
            (End::OwnTerminate, CancelOnDisconnect::OnDisconnect | CancelOnDisconnect::Never) => {
                None
            }
        }
    }
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client said so.
    OwnTerminate,
    /// Anything else.
    Lost,
    /// Its throttle: no grace.
    Throttled,
}

/// A session that lost its connection in this command, and what the engine owes it: the cancels
/// now, then [`Sessions::farewell`].
#[must_use = "cancel what `cancels` covers, then call `Sessions::farewell`"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The session.
    pub session: SessionId,
    /// Which orders to cancel at once, reason cancel-on-disconnect; `None` for none, or a grace.
    pub cancels: Option<CodScope>,
    route: Route,
    code: RawTerminationCode,
    by_client: bool,
}

/// A grace that is over: cancel what the scope covers, reason cancel-on-disconnect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The session.
    pub session: SessionId,
    /// Which of its orders.
    pub cancels: CodScope,
}

impl Sessions {
    /// A client's Terminate, or one the gateway sent for a fault it found.
    ///
    /// Of another connection than the session's it changes nothing: that one is long gone. A client
    /// that names another version than its own is told so, and counts as lost.
    #[must_use]
    pub fn terminate(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        body: &Terminate,
    ) -> Option<Ended> {
        let held = self.held_by(header, body.connection)?;
        if body.by_client != 1 {
            return self.end(now, header.session, End::Lost, body.code, true);
        }
        if body.session_ver_id != held.version {
            let code = TerminationCode::InvalidSessionVerId.into();
            return self.end(now, header.session, End::Lost, code, false);
        }
        self.end(now, header.session, End::OwnTerminate, body.code, true)
    }

    /// A transport that is gone, whatever version the gateway believes it had.
    #[must_use]
    pub fn disconnect(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        body: &Disconnect,
    ) -> Option<Ended> {
        self.held_by(header, body.connection)?;
        self.end(now, header.session, End::Lost, body.code, true)
    }

    /// A client's Sequence that differs: ahead is a gap, which costs what a message
    /// costs; behind ends the session.
    #[must_use]
    pub fn sequence_notice(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        body: &SequenceNotice,
        out: &mut impl Emit,
    ) -> Option<Ended> {
        let session = self.held_by(header, body.connection).filter(|held| held.is_established())?;
        if body.session_ver_id != session.version {
            let code = TerminationCode::InvalidSessionVerId.into();
            return self.end(now, header.session, End::Lost, code, false);
        }
        if body.next_seq_no <= session.counters.last_in {
            let code = TerminationCode::InvalidSequence.into();
            return self.end(now, header.session, End::Lost, code, false);
        }
        self.skip_to(header, body.next_seq_no, out);
        self.charge(now, header.session)
    }

    /// The first session after `after` that is bound to `source`, lost with it; `code` 0 is
    /// gateway down. Called until it gives `None`, each time with the session it gave before.
    #[must_use]
    pub fn lose_next(
        &mut self,
        now: Nanos,
        source: SourceId,
        code: RawTerminationCode,
        after: SessionId,
    ) -> Option<Ended> {
        let id = self.first_on(source, after)?;
        let code = match code.0 {
            0 => TerminationCode::GatewayDown.into(),
            _ => code,
        };
        self.end(now, id, End::Lost, code, true)
    }

    /// Takes the first session whose grace was over by `now`, earliest first, then lowest.
    #[must_use]
    pub fn take_due(&mut self, now: Nanos) -> Option<Due> {
        let (due, _, index) = self.deadlines.first().filter(|&(due, ..)| due <= now)?;
        let id = SessionId(index + 1);
        self.deadlines.remove(index);
        let armed = self.edit(id, |session| session.due.take()).flatten()?;
        assert!(armed.0 == due, "a session's deadline is the heap's");
        Some(Due { session: id, cancels: armed.1 })
    }

    /// Says that the session is unbound. Comes after the cancels, so that the numbers are theirs.
    pub fn farewell(&self, ended: &Ended, out: &mut impl Emit) {
        let Some(session) = self.get(ended.session) else {
            return;
        };
        let terminated = Terminated {
            session_ver_id: session.version,
            next_seq_no: session.next_outgoing().0,
            last_incoming_seq_no: session.counters.last_in,
            connection: ended.route.connection,
            source: ended.route.source,
            code: ended.code,
            by_client: u8::from(ended.by_client),
            spare: Spare([0; 6]),
        };
        out.emit(&Event::new(ended.session, 0, &terminated));
    }

    /// Unbinds the session, and arms its grace where it has one.
    pub(super) fn end(
        &mut self,
        now: Nanos,
        id: SessionId,
        end: End,
        code: RawTerminationCode,
        by_client: bool,
    ) -> Option<Ended> {
        let session = self.get(id)?;
        let route = session.link.route()?;
        // Who only negotiated has put no order at risk; a grace of before goes on.
        let scope = match session.link {
            Link::Established(_) => CodScope::of(session.cod_type, end),
            Link::Negotiated(_) | Link::Free => None,
        };
        let grace = u64::from(session.cod_window_ms) * MS;
        let later = scope.filter(|_| grace > 0 && end != End::Throttled);
        let due = later.map(|scope| (Nanos(now.0.saturating_add(grace)), scope));
        self.edit(id, |session| {
            session.link = Link::Free;
            session.counters.throttled = 0;
            session.cuts = Cuts::default();
            session.due = due.or(session.due);
        });
        if let Some((due, _)) = due {
            self.deadlines.set(id.0 - 1, u64::from(id.0), due);
        }
        let cancels = scope.filter(|_| due.is_none());
        Some(Ended { session: id, cancels, route, code, by_client })
    }

    /// The session of the header, where `connection` of the header's source holds it.
    fn held_by(
        &self,
        header: &CommandHeader,
        connection: pinion_types::ConnectionId,
    ) -> Option<&Session> {
        let route = Route { source: header.source, connection };
        self.get(header.session).filter(|session| session.link.route() == Some(route))
    }

    /// The first session after `after` that a connection of `source` holds.
    fn first_on(&self, source: SourceId, after: SessionId) -> Option<SessionId> {
        let on_source =
            |session: &Session| session.link.route().is_some_and(|route| route.source == source);
        self.iter_after(after).find(|(_, session)| on_source(session)).map(|(id, _)| id)
    }
}
