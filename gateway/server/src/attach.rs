//! A thread that attaches the core as often as it must, so that the one that serves never waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pinion_ipc::State;

use crate::config::Config;
use crate::counters::Counters;
use crate::index::Index;
use crate::link::{Core, Error};
use crate::outbox::Outbox;

/// Shortest wait between two attempts; doubled up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(5);

/// Longest wait between two attempts.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// A core, with the log read up to where it was when it was attached.
#[derive(Debug)]
pub struct Arrival {
    /// The core.
    pub core: Core,
    /// Its events.
    pub outbox: Outbox,
}

/// The thread.
#[derive(Debug)]
pub struct Attacher {
    wanted: Option<Sender<Option<Outbox>>>,
    arrivals: Receiver<Arrival>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Attacher {
    /// Starts the thread; it does nothing until [`Attacher::want`].
    ///
    /// # Errors
    /// Those of the system, where it has no thread to give.
    pub fn start(config: &Config, counters: &Arc<Counters>) -> std::io::Result<Self> {
        let (wanted, orders) = channel();
        let (found, arrivals) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            config: config.clone(),
            counters: Arc::clone(counters),
            stop: Arc::clone(&stop),
            orders,
            found,
        };
        let thread = thread::Builder::new()
            .name(format!("gateway-{}-attach", config.gateway))
            .spawn(move || worker.run())?;
        Ok(Attacher { wanted: Some(wanted), arrivals, stop, thread: Some(thread) })
    }

    /// Asks for a core. An outbox of before is read on from where it is.
    pub fn want(&self, outbox: Option<Outbox>) {
        if let Some(wanted) = &self.wanted {
            // The thread ends after this end is dropped, so somebody receives.
            let _received = wanted.send(outbox);
        }
    }

    /// The core, once it is there. Never waits.
    pub fn arrival(&self) -> Option<Arrival> {
        self.arrivals.try_recv().ok()
    }
}

impl Drop for Attacher {
    fn drop(&mut self) {
        // Relaxed: the flag carries nothing but itself, and `unpark` is the signal.
        self.stop.store(true, Ordering::Relaxed);
        self.wanted = None;
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("the attaching thread panicked");
            }
        }
    }
}

struct Worker {
    config: Config,
    counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
    orders: Receiver<Option<Outbox>>,
    found: Sender<Arrival>,
}

impl Worker {
    fn run(self) {
        while let Ok(outbox) = self.orders.recv() {
            let Some(arrival) = self.attach(outbox) else { return };
            if self.found.send(arrival).is_err() {
                return;
            }
        }
    }

    /// Tries until it succeeds; `None` where the gateway stops first.
    fn attach(&self, mut outbox: Option<Outbox>) -> Option<Arrival> {
        let mut pause = PAUSE_MIN;
        let mut told = false;
        while !self.stops() {
            match self.attempt(&mut outbox) {
                Ok(Some(arrival)) => return Some(arrival),
                Ok(None) => {}
                Err(error) if told => tracing::debug!(%error, "no core yet"),
                Err(error @ Error::Log(_)) => {
                    tracing::error!(%error, "the event log cannot be read; trying on");
                    told = true;
                }
                Err(error) => {
                    tracing::warn!(%error, "no core yet; trying on");
                    told = true;
                }
            }
            thread::park_timeout(pause);
            pause = pause.saturating_mul(2).min(PAUSE_MAX);
        }
        None
    }

    fn attempt(&self, outbox: &mut Option<Outbox>) -> Result<Option<Arrival>, Error> {
        let core = Core::attach(&self.config.core_socket, self.config.gateway)?;
        // A core that is still recovering publishes nothing it has not compared.
        while core.state().is_none_or(|(state, _)| state != State::Live) {
            if core.is_gone() || self.stops() {
                return Ok(None);
            }
            thread::park_timeout(PAUSE_MIN);
        }
        let place = core.log().clone();
        let published = core.gate().published;
        let continues = |outbox: &Outbox| {
            outbox.place() == &place && outbox.next().0 <= published.0.saturating_add(1)
        };
        let kept = outbox.take().filter(continues);
        let mut outbox = match kept {
            Some(outbox) => outbox,
            None => {
                let turn = &self.config.turn;
                let index = Index::new(turn.index_stride, turn.index_marks_max);
                Outbox::open(&place, index)?
            }
        };
        if !self.catch_up(&core, &mut outbox)? {
            return Ok(None);
        }
        Ok(Some(Arrival { core, outbox }))
    }

    /// Reads what was published before anybody could be connected: only the index wants it. False
    /// where the gateway stops or the core goes first.
    fn catch_up(&self, core: &Core, outbox: &mut Outbox) -> Result<bool, Error> {
        let gate = core.gate();
        let started = outbox.next();
        loop {
            while outbox.take(&gate, &self.counters)?.is_some() {
                if self.stops() {
                    return Ok(false);
                }
            }
            if !outbox.is_behind(&gate) || gate.durable.is_some() {
                tracing::info!(
                    events = outbox.next().0.saturating_sub(started.0),
                    marks = outbox.index().len(),
                    "event log read"
                );
                return Ok(true);
            }
            if core.is_gone() || self.stops() {
                return Ok(false);
            }
            thread::park_timeout(PAUSE_MIN);
        }
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
