//! The two background threads: one journal thread and one preparer, for any number of logs.

use std::num::NonZeroU64;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use crate::error::Error;
use crate::files::Lock;
use crate::prepare::Preparer;
use crate::shared::Status;
use crate::ship::{OnDurable, Progress, Shipper};

/// What the journal thread does when nothing was appended. The hot thread cannot wake it: that
/// would be a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Looks again at once: quickest, and takes a core.
    Spin,
    /// Lets other threads run and looks again.
    Yield,
    /// Looks again after that time.
    Park(Duration),
}

/// How the background threads behave.
#[derive(Clone, Debug)]
pub struct ServiceOptions {
    /// What the journal thread does when nothing was appended.
    pub idle: Idle,
    /// Called at the start of each thread with its name, to pin it or set its priority.
    pub on_start: Option<fn(&'static str)>,
}

impl Default for ServiceOptions {
    /// A look every 200 microseconds.
    fn default() -> ServiceOptions {
        ServiceOptions { idle: Idle::Park(Duration::from_micros(200)), on_start: None }
    }
}

/// The background work of one log, to be given to a [`Service`] or driven by hand.
pub struct Drain {
    shipper: Shipper,
    preparer: Preparer,
    status: Status,
    locks: Arc<[Lock]>,
}

impl Drain {
    pub(crate) fn new(
        shipper: Shipper,
        preparer: Preparer,
        status: Status,
        locks: Arc<[Lock]>,
    ) -> Drain {
        Drain { shipper, preparer, status, locks }
    }

    /// Calls `on_durable` with the last durable seq, each time that it rises, on the thread that
    /// does the work.
    #[must_use]
    pub fn on_durable(mut self, on_durable: impl FnMut(u64) + Send + 'static) -> Drain {
        self.shipper.set_on_durable(Box::new(on_durable) as OnDurable);
        self
    }

    /// Keeps records off the disk whose `aux` is above what `limit` gives, and those behind them.
    ///
    /// What `limit` gives must never fall, and `aux` never fall from record to record. So a log
    /// whose records name a record of another log as their cause is never on disk before it.
    #[must_use]
    pub fn hold_above(mut self, limit: impl Fn() -> u64 + Send + 'static) -> Drain {
        self.shipper.set_limit(Box::new(limit));
        self
    }

    /// Does a bounded piece of work on the caller's thread: at most one group written, one segment
    /// prepared.
    pub fn step(&mut self) -> Progress {
        let prepared = self.preparer.step();
        match self.shipper.step() {
            Progress::Idle => prepared,
            other => other,
        }
    }

    /// Makes everything that was appended durable, whatever the mode, and puts the log away.
    ///
    /// When the writer is gone and nothing failed, the hot segments are removed: the disk has all.
    ///
    /// # Errors
    /// [`Error::Poisoned`] when something failed, now or earlier.
    pub fn close(mut self) -> Result<(), Error> {
        close_one(&mut self.shipper, &mut self.preparer, &self.status)
    }

    /// A handle to how far things are.
    pub fn status(&self) -> Status {
        self.status.clone()
    }
}

/// Writes and prepares in the background until closed or dropped.
#[derive(Debug)]
pub struct Service {
    stop: Arc<AtomicBool>,
    journal: Option<JoinHandle<Vec<Shipper>>>,
    preparer: Option<JoinHandle<Vec<Preparer>>>,
    statuses: Vec<Status>,
    _locks: Vec<Arc<[Lock]>>,
}

impl Service {
    /// Starts the threads for these logs; the first is served first.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(drains: Vec<Drain>, options: &ServiceOptions) -> Result<Service, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let (mut shippers, mut preparers) = (Vec::new(), Vec::new());
        let (mut statuses, mut locks) = (Vec::new(), Vec::new());
        for drain in drains {
            shippers.push(drain.shipper);
            preparers.push(drain.preparer);
            statuses.push(drain.status);
            locks.push(drain.locks);
        }
        let on_start = options.on_start;
        let stopping = Arc::clone(&stop);
        let preparer =
            spawn("pinion-prepare", on_start, move || prepare_until(&stopping, preparers))?;
        let (stopping, idle) = (Arc::clone(&stop), options.idle);
        let waking = preparer.thread().clone();
        let watched = statuses.clone();
        let journal = spawn("pinion-journal", on_start, move || {
            // A pause ends when it is over, not when the system finds it convenient, 50
            // microseconds later. Where it may not be asked for, pauses are that much longer.
            let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
            guard(&watched, move || ship_until(&stopping, shippers, idle, &waking))
        })?;
        Ok(Service {
            stop,
            journal: Some(journal),
            preparer: Some(preparer),
            statuses,
            _locks: locks,
        })
    }

    /// Handles to how far the logs are, in the order they were given.
    pub fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    /// Makes everything that was appended durable, ends the threads, and removes the hot segments
    /// of logs whose writer is gone: the disk has it all.
    ///
    /// # Errors
    /// [`Error::Poisoned`] when something failed, now or earlier.
    pub fn close(mut self) -> Result<(), Error> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.stop.store(true, Ordering::Release);
        let (Some(journal), Some(preparer)) = (self.journal.take(), self.preparer.take()) else {
            return Ok(());
        };
        preparer.thread().unpark();
        journal.thread().unpark();
        let died = || Error::Poisoned("a journal thread died".to_owned());
        let mut preparers = preparer.join().map_err(|_| died())?;
        let mut shippers = journal.join().map_err(|_| died())?;
        let mut result = Ok(());
        for ((shipper, preparer), status) in
            shippers.iter_mut().zip(&mut preparers).zip(&self.statuses)
        {
            let closed = close_one(shipper, preparer, status);
            result = result.and(closed);
        }
        result
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // What failed is in the status; there is nobody here to tell.
        let _ = self.finish();
    }
}

/// Writes and syncs what is left, preparing disk segments as they are needed.
fn close_one(shipper: &mut Shipper, preparer: &mut Preparer, status: &Status) -> Result<(), Error> {
    loop {
        if shipper.finish() == Progress::Poisoned {
            return Err(poisoned(status));
        }
        if shipper.is_held() {
            // The hot segments stay: they are the only place that has the rest.
            return Err(Error::Poisoned("records are held back from the disk".to_owned()));
        }
        if !shipper.is_behind() {
            break;
        }
        preparer.step();
        if let Some(warning) = status.warning() {
            return Err(Error::Poisoned(warning));
        }
    }
    if status.writer_is_gone() {
        let from = preparer.shipped();
        preparer.remove_hot(from);
    }
    Ok(())
}

fn poisoned(status: &Status) -> Error {
    Error::Poisoned(status.fault().unwrap_or_default())
}

fn spawn<T: Send + 'static>(
    name: &'static str,
    on_start: Option<fn(&'static str)>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            if let Some(on_start) = on_start {
                on_start(name);
            }
            work()
        })
        .map_err(Error::io("starting thread", name))
}

/// A journal thread that dies makes nothing durable any more: everyone must hear of it.
fn guard<T>(statuses: &[Status], work: impl FnOnce() -> T) -> T {
    match std::panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(cause) => {
            for status in statuses {
                status.poison("the journal thread panicked");
            }
            std::panic::resume_unwind(cause)
        }
    }
}

fn ship_until(
    stop: &AtomicBool,
    mut shippers: Vec<Shipper>,
    idle: Idle,
    preparer: &Thread,
) -> Vec<Shipper> {
    while !stop.load(Ordering::Acquire) {
        let mut worked = false;
        for shipper in &mut shippers {
            worked |= shipper.step() == Progress::Worked;
            if shipper.wants_segments() {
                preparer.unpark();
            }
        }
        if worked {
            continue;
        }
        match idle {
            Idle::Spin => std::hint::spin_loop(),
            Idle::Yield => thread::yield_now(),
            Idle::Park(time) => thread::park_timeout(time),
        }
    }
    shippers
}

fn prepare_until(stop: &AtomicBool, mut preparers: Vec<Preparer>) -> Vec<Preparer> {
    // The journal thread wakes this one when it is done with a segment; the pause is for what
    // failed to be tried again.
    const PAUSE: Duration = Duration::from_millis(500);
    while !stop.load(Ordering::Acquire) {
        let mut worked = false;
        for preparer in &mut preparers {
            worked |= preparer.step() == Progress::Worked;
        }
        if !worked {
            thread::park_timeout(PAUSE);
        }
    }
    preparers
}
