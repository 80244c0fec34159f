//! Commands of operators, each waited for until the venue has answered it.

use core::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pinion_ipc::{State, StatusView};
use pinion_journal::Reader;
use pinion_types::event::ControlDone;
use pinion_types::{Command, Event, EventRef, Nanos, Seq};

use crate::EVENT_KIND;
use crate::config::{Durability, LogPlace};
use crate::halt::HaltReason;
use crate::hot::is_control;
use crate::metric::Metric;

/// How long the answer is not looked for again.
const LOOK: Duration = Duration::from_micros(200);

/// Why a command was not answered.
#[derive(Debug)]
pub enum CommandError {
    /// No command of operators.
    NotControl,
    /// Too many wait already.
    Busy,
    /// The core takes no commands: it is not live.
    NotLive(Option<State>),
    /// The core halted.
    Halted(Option<HaltReason>),
    /// No answer in time. The command may still be applied.
    TimedOut,
    /// The event log cannot be read.
    Events(pinion_journal::Error),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::NotControl => f.write_str("not a command of operators"),
            CommandError::Busy => f.write_str("too many commands wait already"),
            CommandError::NotLive(Some(state)) => write!(f, "the core is {}", state.name()),
            CommandError::NotLive(None) => f.write_str("the core is in no known state"),
            CommandError::Halted(Some(reason)) => write!(f, "the core halted: {reason}"),
            CommandError::Halted(None) => f.write_str("the core halted"),
            CommandError::TimedOut => {
                f.write_str("no answer in time; the command may still be applied")
            }
            CommandError::Events(error) => write!(f, "event log: {error}"),
        }
    }
}

impl std::error::Error for CommandError {}

/// The venue's answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was done, or why not.
    pub done: ControlDone,
    /// The command's place in the journal.
    pub seq: Seq,
    /// The answer's place in the event log.
    pub event: Seq,
    /// When it was sequenced.
    pub time: Nanos,
}

/// A core at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its process.
    pub pid: u32,
    /// Random number of its run.
    pub epoch: u64,
    /// What it is doing.
    pub state: Option<State>,
    /// Why it halted, where it did.
    pub halted: Option<HaltReason>,
    /// A number that changes while the hot thread goes round.
    pub heartbeat: u64,
    /// Last input applied.
    pub input: Seq,
    /// Last event published.
    pub event: Seq,
    /// Last input that survives a loss of power.
    pub durable_input: Seq,
    /// Last event that survives a loss of power.
    pub durable_event: Seq,
    /// Every metric.
    pub metrics: Vec<(Metric, u64)>,
}

impl Snapshot {
    /// Reads a status.
    #[must_use]
    pub fn of(status: &StatusView) -> Snapshot {
        let (state, reason) = status.state().unzip();
        let (input, event) = status.published();
        Snapshot {
            pid: status.header().pid,
            epoch: status.header().epoch,
            state,
            halted: reason.and_then(HaltReason::from_code),
            heartbeat: status.heartbeat(),
            input: Seq(input),
            event: Seq(event),
            durable_input: Seq(status.durable_input()),
            durable_event: Seq(status.durable_event()),
            metrics: Metric::ALL.map(|it| (it, status.counter(it.index()))).to_vec(),
        }
    }
}

/// The way for operators. Clones share it; one command is under way at a time.
#[derive(Clone)]
pub struct Commander {
    inner: Arc<Inner>,
}

struct Inner {
    /// The way in, and the log the answers come from once it was opened.
    line: Mutex<(rtrb::Producer<Command>, Option<Reader>)>,
    status: StatusView,
    events: LogPlace,
    durability: Durability,
}

impl Commander {
    pub(crate) fn new(
        ring: rtrb::Producer<Command>,
        status: StatusView,
        events: LogPlace,
        durability: Durability,
    ) -> Commander {
        let line = Mutex::new((ring, None));
        Commander { inner: Arc::new(Inner { line, status, events, durability }) }
    }

    /// The core at this moment.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.inner.status)
    }

    /// Has a command applied and waits for the venue's answer; under durability `power` until the
    /// command is durable.
    ///
    /// # Errors
    /// [`CommandError`]. A refusal by the venue is no error: [`ControlDone::code`] says so.
    pub fn request(&self, command: &Command, timeout: Duration) -> Result<Answer, CommandError> {
        if !command.kind().is_some_and(is_control) {
            return Err(CommandError::NotControl);
        }
        let deadline = Instant::now() + timeout;
        // A request that panicked half way has at worst read less than this one will.
        let mut line = self.inner.line.lock().unwrap_or_else(PoisonError::into_inner);
        let (ring, reader) = &mut *line;
        self.check_state(&[State::Live])?;
        let from = self.inner.status.published_event() + 1;
        let reader = match reader {
            Some(reader) => {
                reader.seek(from).map_err(CommandError::Events)?;
                reader
            }
            None => reader.insert(self.open(from)?),
        };
        ring.push(*command).map_err(|_| CommandError::Busy)?;
        let answer = self.answer_to(command, reader, deadline)?;
        while self.inner.durability == Durability::Power
            && self.inner.status.durable_input() < answer.seq.0
        {
            self.pause(deadline)?;
        }
        Ok(answer)
    }

    fn open(&self, from: u64) -> Result<Reader, CommandError> {
        let place = &self.inner.events;
        Reader::open(&place.dir, Some(&place.hot_dir), EVENT_KIND, from)
            .map_err(CommandError::Events)
    }

    /// Reads published events until one answers the command. One command is under way at a time,
    /// so that its kind tells whose answer it is; its own number, where it has one, must fit too.
    fn answer_to(
        &self,
        command: &Command,
        reader: &mut Reader,
        deadline: Instant,
    ) -> Result<Answer, CommandError> {
        let number = request_id(command);
        loop {
            let published = self.inner.status.published_event();
            while reader.position().seq <= published {
                let Some(record) = reader.next().map_err(CommandError::Events)? else { break };
                let event = Event::from_bytes(record.payload);
                let Some(EventRef::ControlDone(done)) = event.as_ref().and_then(Event::view) else {
                    continue;
                };
                if done.command == command.header().kind
                    && number.is_none_or(|number| number == done.request_id)
                {
                    return Ok(Answer {
                        done: *done,
                        seq: Seq(record.aux),
                        event: Seq(record.seq),
                        time: Nanos(record.time),
                    });
                }
            }
            self.pause(deadline)?;
        }
    }

    fn pause(&self, deadline: Instant) -> Result<(), CommandError> {
        self.check_state(&[State::Live, State::Draining])?;
        if Instant::now() >= deadline {
            return Err(CommandError::TimedOut);
        }
        std::thread::park_timeout(LOOK);
        Ok(())
    }

    fn check_state(&self, fine: &[State]) -> Result<(), CommandError> {
        match self.inner.status.state() {
            Some((state, _)) if fine.contains(&state) => Ok(()),
            Some((State::Halted, reason)) => {
                Err(CommandError::Halted(HaltReason::from_code(reason)))
            }
            state => Err(CommandError::NotLive(state.map(|(state, _)| state))),
        }
    }
}

/// The number a command carries, where its layout has one.
fn request_id(command: &Command) -> Option<u64> {
    let mut number = None;
    command.view()?.body().fields(&mut |name, value| {
        if name == "request_id" {
            number = pinion_types::text::Shown(value).to_string().parse().ok();
        }
    });
    number
}
