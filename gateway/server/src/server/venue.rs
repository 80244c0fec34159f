//! The core comes and goes; what that means for the sessions.

use std::os::fd::{AsFd, AsRawFd};

use mio::Interest;
use mio::unix::SourceFd;
use pinion_ipc::State;

use super::{BEAT_MS, LINK, Server};
use crate::attach::Arrival;
use crate::link::Broken;
use crate::session::Input;
use crate::time::{Now, Tick};

/// How often the core is asked whether it is there, besides being told, in ms.
const LOOK_MS: u32 = 100;

impl Server {
    /// Takes in a core that has come, and looks after the one that is there.
    pub(super) fn meet_core(&mut self, now: Now) -> bool {
        if self.core.is_none() {
            let Some(arrival) = self.attacher.arrival() else { return false };
            self.welcome(arrival);
            return true;
        }
        self.beat(now);
        let Some(core) = &self.core else { return false };
        match core.state() {
            Some((State::Live, _)) => {
                self.world.core_ready = true;
                false
            }
            // It answers what it has; nobody new comes in.
            Some((State::Draining, _)) => {
                self.world.core_ready = false;
                false
            }
            Some((state, reason)) => {
                tracing::warn!(state = state.name(), reason, "the core does not serve any more");
                self.lose_core(now);
                true
            }
            None => {
                tracing::error!("the core's state makes no sense");
                self.lose_core(now);
                true
            }
        }
    }

    fn welcome(&mut self, arrival: Arrival) {
        let Arrival { core, outbox } = arrival;
        let fd = core.as_fd().as_raw_fd();
        let watched = self.poll.registry().register(&mut SourceFd(&fd), LINK, Interest::READABLE);
        if let Err(error) = watched {
            // It is looked at now and then as well.
            tracing::warn!(%error, "cannot watch the core");
        }
        tracing::info!(source = core.source().0, durability = ?core.durability(), "core attached");
        self.world.durability = core.durability();
        self.world.core_ready = true;
        self.world.counters.attached.one();
        self.core = Some(core);
        self.outbox = Some(outbox);
        self.beat_at = Tick(0);
    }

    /// Shows the core that this gateway goes round, and looks whether the core does.
    fn beat(&mut self, now: Now) {
        if now.tick < self.beat_at {
            return;
        }
        self.beat_at = now.tick.after_ms(BEAT_MS);
        if let Some(core) = &self.core {
            core.beat(now.utc.0);
        }
        if now.tick >= self.look_at {
            self.look_at = now.tick.after_ms(LOOK_MS);
            self.check_link(now);
        }
    }

    /// Looks whether the core's process is gone.
    pub(super) fn check_link(&mut self, now: Now) {
        if self.core.as_ref().is_some_and(crate::link::Core::is_gone) {
            tracing::warn!("the core is gone");
            self.lose_core(now);
        }
    }

    pub(super) fn core_broken(&mut self, now: Now, Broken(error): Broken) {
        tracing::error!(%error, "the core broke the contract of its ring");
        self.lose_core(now);
    }

    /// Shows the core what was pushed.
    pub(super) fn publish(&mut self) {
        if let Some(core) = &mut self.core {
            core.publish();
        }
    }

    /// Without a core nobody can be answered: every transport bound to a session is closed, so
    /// that its client resumes by the protocol. The log is read on from where it was.
    pub(super) fn lose_core(&mut self, now: Now) {
        let Some(core) = self.core.take() else { return };
        let fd = core.as_fd().as_raw_fd();
        // Closing it takes it out of the poll as well.
        let _gone = self.poll.registry().deregister(&mut SourceFd(&fd));
        drop(core);
        self.world.core_ready = false;
        self.world.counters.core_lost.one();
        for key in self.keys() {
            self.input(key, now, Input::CoreLost);
        }
        self.attacher.want(self.outbox.take());
    }
}
