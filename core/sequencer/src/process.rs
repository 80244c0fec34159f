//! A running core: its threads, and how they begin and end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use pinion_ipc::handover::Listener;
use pinion_ipc::{State, Status, StatusView};
use pinion_journal::{Service, ServiceOptions};
use pinion_types::SCHEMA_HASH;

use crate::boot::{Booted, Recovery, boot};
use crate::clock::Timekeeper;
use crate::config::CoreConfig;
use crate::configuration::Configuration;
use crate::control::{Commander, Farewell, HotLine, Keeper, KeeperHandle, KeeperPlan, Snapshot};
use crate::error::Error;
use crate::halt::HaltReason;
use crate::hot::{Ends, Hot, HotLimits, Request};
use crate::replay::Progress;

/// Time between two looks at the clock.
const TIMEKEEPER_INTERVAL: Duration = Duration::from_millis(10);

/// A running core. Dropping it stops it as [`Core::stop`] does, but nobody hears what went wrong.
pub struct Core {
    status: Status,
    commander: Commander,
    recovery: Recovery,
    keeper: KeeperHandle,
    timekeeper: Option<Periodic>,
    hot: Option<JoinHandle<(Hot, Option<HaltReason>)>>,
    service: Option<Service>,
}

/// How a core ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why it had halted before, if it had.
    pub halted: Option<HaltReason>,
    /// Its last state.
    pub last: Snapshot,
    /// Hash of the state at the end; the journal's last record, where the core had not halted.
    pub state_hash: u64,
}

impl Core {
    /// Boots and starts a core; returns once it is live.
    ///
    /// Observers can attach to its socket from the beginning, gateways once it is live.
    ///
    /// # Errors
    /// [`Error`]; no thread is left behind then.
    pub fn start(
        config: CoreConfig,
        configuration: &mut dyn Configuration,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<Core, Error> {
        config.check().map_err(Error::Config)?;
        let epoch = random()?;
        let status = Status::create(SCHEMA_HASH, epoch)?;
        if let Some(dir) = config.socket.parent() {
            std::fs::create_dir_all(dir).map_err(Error::system("make the socket's directory"))?;
        }
        let keeper = Keeper::start(KeeperPlan {
            listener: Listener::bind(&config.socket)?,
            status: status.clone(),
            epoch,
            events: config.events.place.clone(),
            durability: config.durability,
            gateways_max: config.gateways_max,
            ring_lines: config.ring_lines,
            pin: config.pins.control,
        })?;
        let timekeeper = Timekeeper::new(&status);
        let mut clock = timekeeper.clock();
        let timekeeper = Periodic::start(timekeeper, config.pins.timekeeper)?;
        status.set_state(State::Recovering, 0);
        let booted = boot(&config, &mut clock, configuration, progress)?;
        Self::run(config, status, keeper, timekeeper, clock, booted)
    }

    fn run(
        config: CoreConfig,
        status: Status,
        keeper: KeeperHandle,
        timekeeper: Periodic,
        clock: crate::clock::HotClock,
        booted: Booted,
    ) -> Result<Core, Error> {
        let Booted { pipeline, input_drain, event_drain, recovery, next_day } = booted;
        let (input_status, event_status) = (status.clone(), status.clone());
        status.publish_durable_input(input_drain.status().durable());
        status.publish_durable_event(event_drain.status().durable());
        let logs = vec![("input", input_drain.status()), ("events", event_drain.status())];
        let drains = vec![
            input_drain.on_durable(move |seq| input_status.publish_durable_input(seq)),
            event_drain.on_durable(move |seq| event_status.publish_durable_event(seq)),
        ];
        let service = start_service(drains, &config).map_err(Error::Inputs)?;
        let sources_max = usize::from(config.gateways_max);
        let (commands, control) = rtrb::RingBuffer::new(config.control_commands_max);
        let (requests, hot_requests) = rtrb::RingBuffer::new(2 * sources_max + 8);
        let (hot_notices, notices) = rtrb::RingBuffer::new(2 * sources_max + 8);
        let limits = HotLimits {
            wait: config.wait,
            commands_per_turn: config.commands_per_turn,
            sources_max,
            hold: config.hold,
            patience: config.patience,
        };
        let ends = Ends { control, requests: hot_requests, notices: hot_notices };
        let mut hot = Hot::new(pipeline, clock, status.clone(), limits, ends, next_day);
        let hot_pin = config.pins.hot;
        let thread = std::thread::Builder::new()
            .name("pinion-hot".to_owned())
            .spawn(move || {
                pin(hot_pin, "hot");
                let halted = hot.run();
                (hot, halted)
            })
            .map_err(Error::system("start the hot thread"))?;
        let view = status.view();
        let core = Core {
            commander: Commander::new(
                commands,
                view.clone(),
                config.events.place.clone(),
                config.durability,
            ),
            status,
            recovery,
            keeper,
            timekeeper: Some(timekeeper),
            hot: Some(thread),
            service: Some(service),
        };
        if config.lock_memory {
            lock_memory();
        }
        core.keeper.connect(HotLine { requests, notices, days: config.days, logs });
        while matches!(view.state(), Some((State::Recovering, _))) {
            if core.hot.as_ref().is_none_or(JoinHandle::is_finished) {
                return Err(Error::Panicked("hot"));
            }
            std::thread::yield_now();
        }
        Ok(core)
    }

    /// What boot found and did.
    #[must_use]
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// The way for operators.
    #[must_use]
    pub fn commander(&self) -> Commander {
        self.commander.clone()
    }

    /// False once the hot thread is gone by itself, which only a bug can do.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.hot.as_ref().is_some_and(|hot| !hot.is_finished())
    }

    /// What the core says of itself.
    #[must_use]
    pub fn status(&self) -> StatusView {
        self.status.view()
    }

    /// Ends in order: takes what the rings hold, ends every session, journals the last state
    /// hash, and returns when both logs are on disk.
    ///
    /// # Errors
    /// [`Error::Panicked`] where the hot thread did, [`Error::Inputs`] where the disk failed.
    pub fn stop(mut self) -> Result<Stopped, Error> {
        // Gateways stay connected until everything is said that they have to pass on.
        let farewell = self.keeper.stop();
        let (hot, halted, farewell) = self.end_hot(farewell)?;
        let state_hash = hot.state_hash();
        // The writers go before the service closes, so that it knows the logs are whole.
        drop(hot);
        let closed = self.service.take().map_or(Ok(()), Service::close);
        self.timekeeper = None;
        if halted.is_none() && closed.is_ok() {
            self.status.set_state(State::Stopped, 0);
        }
        drop(farewell);
        let last = Snapshot::of(&self.status.view());
        closed.map_err(Error::Inputs)?;
        Ok(Stopped { halted, last, state_hash })
    }

    fn end_hot(
        &mut self,
        farewell: Option<Farewell>,
    ) -> Result<(Hot, Option<HaltReason>, Farewell), Error> {
        let Some(mut farewell) = farewell else { return Err(Error::Panicked("control")) };
        let Some(line) = &mut farewell.line else { return Err(Error::Panicked("control")) };
        let Some(thread) = self.hot.take() else { return Err(Error::Panicked("hot")) };
        let mut stop = Request::Stop;
        while let Err(rtrb::PushError::Full(again)) = line.requests.push(stop) {
            if thread.is_finished() {
                break;
            }
            stop = again;
            std::thread::yield_now();
        }
        let ended = thread.join().map_err(|_| Error::Panicked("hot"));
        // Rings that came back meanwhile are unmapped here.
        while let Ok(notice) = line.notices.pop() {
            drop(notice);
        }
        let (hot, halted) = ended?;
        Ok((hot, halted, farewell))
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        if self.hot.is_some() {
            let farewell = self.keeper.stop();
            // Whatever went wrong is told by the next start.
            let _ended = self.end_hot(farewell);
        }
    }
}

/// The timekeeper on its thread.
struct Periodic {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Periodic {
    fn start(mut timekeeper: Timekeeper, core: Option<usize>) -> Result<Periodic, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("pinion-time".to_owned())
            .spawn(move || {
                pin(core, "timekeeper");
                while !stopping.load(Ordering::Acquire) {
                    timekeeper.step();
                    std::thread::park_timeout(TIMEKEEPER_INTERVAL);
                }
            })
            .map_err(Error::system("start the timekeeper"))?;
        Ok(Periodic { stop, thread: Some(thread) })
    }
}

impl Drop for Periodic {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("the timekeeper panicked");
            }
        }
    }
}

/// Keeps the calling thread on a processor. One that does not exist is told and not fatal.
pub(crate) fn pin(core: Option<usize>, thread: &'static str) {
    let Some(id) = core else { return };
    if !core_affinity::set_for_current(core_affinity::CoreId { id }) {
        tracing::warn!(thread, core = id, "cannot stay on this processor; runs on any");
    }
}

/// Where the journal's two threads stay: it tells them apart by name only, in a function that
/// holds nothing. One process has one core; a second one in the same process shares the pins.
static JOURNAL_PINS: [AtomicUsize; 2] =
    [AtomicUsize::new(usize::MAX), AtomicUsize::new(usize::MAX)];

fn start_service(
    drains: Vec<pinion_journal::Drain>,
    config: &CoreConfig,
) -> Result<Service, pinion_journal::Error> {
    let pins = [config.pins.journal, config.pins.preparer];
    for (place, pin) in JOURNAL_PINS.iter().zip(pins) {
        place.store(pin.unwrap_or(usize::MAX), Ordering::Relaxed);
    }
    fn on_start(name: &'static str) {
        let index = usize::from(name != "pinion-journal");
        let id = JOURNAL_PINS[index].load(Ordering::Relaxed);
        pin((id != usize::MAX).then_some(id), name);
    }
    let options = ServiceOptions { idle: config.journal_idle(), on_start: Some(on_start) };
    Service::start(drains, &options)
}

/// Faults in what the process has mapped by now and keeps it in memory, where that is allowed.
fn lock_memory() {
    if let Err(error) = rustix::mm::mlockall(rustix::mm::MlockAllFlags::CURRENT) {
        tracing::warn!(%error, "memory cannot be locked: pages may be missing when needed");
    }
}

fn random() -> Result<u64, Error> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::system("take a random number")(std::io::Error::other(error.to_string()))
    })?;
    Ok(u64::from_le_bytes(bytes))
}
