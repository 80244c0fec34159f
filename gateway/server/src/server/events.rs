//! From the event log to the sessions.

use pinion_types::event::EventRef;
use pinion_types::{ConnectionId, SessionId, SourceId};

use super::Server;
use crate::logged::Logged;
use crate::replay::{Batch, Found};
use crate::session::Input;
use crate::time::Now;

impl Server {
    /// Takes what the core published and hands it to whom it is for.
    pub(super) fn take_events(&mut self, now: Now) -> bool {
        let mut busy = false;
        for _ in 0..self.config.turn.events_max {
            let (Some(core), Some(outbox)) = (&self.core, &mut self.outbox) else { return busy };
            let source = core.source();
            match outbox.take(&core.gate(), &self.world.counters) {
                Ok(Some(logged)) => {
                    busy = true;
                    self.route(source, &logged, now);
                }
                Ok(None) => return busy,
                Err(error) => {
                    tracing::error!(%error, "the event log cannot be read");
                    self.outbox = None;
                    self.lose_core(now);
                    return true;
                }
            }
        }
        busy
    }

    fn route(&mut self, source: SourceId, logged: &Logged, now: Now) {
        let header = *logged.event.header();
        let key = if header.msg_seq_num > 0 {
            self.routes.get(&header.session).copied()
        } else {
            addressee(logged)
                .filter(|&(of, _)| of == source)
                .and_then(|(_, connection)| self.by_id.get(&connection.0).copied())
        };
        let Some(key) = key else { return };
        let Some(connection) = self.connections.get_mut(key) else { return };
        connection.session.handle_input(&self.world.context(), now, Input::Event(logged));
        // Before anything else is read: the next event may be this session's.
        let bound = connection.session.bound_session() == Some(header.session);
        if bound {
            self.routes.insert(header.session, key);
        } else if self.routes.get(&header.session) == Some(&key) {
            self.routes.remove(&header.session);
        }
        self.drain(key, now);
    }

    /// A session asks for messages to be sent again.
    pub(super) fn begin_replay(
        &mut self,
        key: usize,
        session: SessionId,
        from: u64,
        count: u32,
        now: Now,
    ) {
        let place = self.outbox.as_ref().and_then(|outbox| outbox.index().find(session, from));
        match place {
            Some(place) => self.replays.begin(Batch {
                key,
                session,
                next: from,
                end: from.saturating_add(u64::from(count)),
                from: place,
            }),
            None => {
                if let Some(connection) = self.connections.get_mut(key) {
                    let context = self.world.context();
                    connection.session.handle_input(&context, now, Input::ResendFailed);
                }
            }
        }
    }

    /// Reads on for one of those who asked.
    pub(super) fn replay(&mut self, now: Now) -> bool {
        if self.replays.is_empty() {
            return false;
        }
        let Some(outbox) = &self.outbox else { return false };
        let mut found = Vec::new();
        let events_max = self.config.turn.replay_events_max;
        self.replays.turn(outbox.place(), now.tick, events_max, &mut |what| found.push(what));
        for what in &found {
            match what {
                Found::Message(key, logged) => self.input(*key, now, Input::Resent(logged)),
                Found::Failed(key, error) => {
                    let error = error.as_ref().map(ToString::to_string);
                    tracing::error!(error, "a message cannot be read from the event log again");
                    self.input(*key, now, Input::ResendFailed);
                }
            }
        }
        true
    }
}

/// The connection that a session event answers.
fn addressee(logged: &Logged) -> Option<(SourceId, ConnectionId)> {
    match logged.event.view()? {
        EventRef::Negotiated(event) => Some((event.source, event.connection)),
        EventRef::NegotiateRefused(event) => Some((event.source, event.connection)),
        EventRef::Established(event) => Some((event.source, event.connection)),
        EventRef::EstablishRefused(event) => Some((event.source, event.connection)),
        EventRef::Terminated(event) => Some((event.source, event.connection)),
        EventRef::Accepted(_)
        | EventRef::Rejected(_)
        | EventRef::Trade(_)
        | EventRef::Canceled(_)
        | EventRef::Replaced(_)
        | EventRef::CancelRejected(_)
        | EventRef::MassCanceled(_)
        | EventRef::OrderStatus(_)
        | EventRef::BusinessRejected(_)
        | EventRef::SecurityDefinition(_)
        | EventRef::PositionReport(_)
        | EventRef::NotApplied(_)
        | EventRef::StateChanged(_)
        | EventRef::ControlDone(_)
        | EventRef::LimitsChanged(_)
        | EventRef::AccountRiskChanged(_)
        | EventRef::PermissionChanged(_)
        | EventRef::TradeCorrected(_)
        | EventRef::DeadLetter(_)
        | EventRef::Dropped(_)
        | EventRef::AuctionIndicative(_)
        | EventRef::AccountAlert(_) => None,
    }
}
