//! `pinion core`: the process of books, risk and journal.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use pinion_ipc::{State, Wait};
use pinion_sequencer::{Core as Running, CoreConfig, Durability, Error, LogConfig, LogPlace, Pins};
use pinion_types::{Command, CommandKind, RejectCode, text};
use serde_json::json;

use super::process::{self, Supervised};
use crate::calendar::Ahead;
use crate::cli::{ConfigArgs, DataArg};
use crate::config::core::JournalIdle;
use crate::config::{self, Birth, Loaded, Machine, Reconciler};
use crate::control::{ControlServer, Roles};
use crate::days::ZonedDays;
use crate::failure::Failure;
use crate::logs::Log;
use crate::operator::Operator;
use crate::place::Places;
use crate::print::Printer;
use crate::replaying;

/// Run a core alone. `pinion up` does this for you.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion core --data pinion-data --config my-venue")]
pub struct Core {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    supervised: Supervised,
}

/// How often to look whether to end.
const LOOK: Duration = Duration::from_millis(5);

/// Time a core may take to end that its successor waits for.
const HANDOVER: Duration = Duration::from_secs(30);

/// How often the successor looks.
const HANDOVER_LOOK: Duration = Duration::from_millis(50);

impl Core {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        process::start_logs(printer);
        self.supervised.watch()?;
        let places = Places::make(&self.data.data)?;
        let loaded = self.config.load(&places.data)?;
        let machine = Machine::here();
        let findings = loaded.check(&machine);
        for warning in &findings.warnings {
            tracing::warn!("{warning}");
        }
        if !findings.errors.is_empty() {
            return Err(findings.into());
        }
        let stop = process::stop_flag()?;
        let mut told = Told::new(&loaded)?;
        let durability = loaded.config.core.durability.mode;
        let core = self.start(&loaded, &places, &machine, &mut told)?;
        report(&core, &told)?;
        told.done();
        let operator = Arc::new(Operator::new(core.commander(), durability, places.clone()));
        let control = &loaded.config.core.control;
        let socket = places.control_socket(control.is_shared());
        let server =
            ControlServer::start(&socket, control.is_shared(), Roles::new(control), operator)?;
        let text = format_args!("core ready, control at {}", socket.display());
        let control = socket.display().to_string();
        let value = json!({ "ready": "core", "pid": std::process::id(), "control": control });
        self.supervised.voice(printer).result(text, &value)?;
        let status = core.status();
        let mut halted = false;
        while !stop.load(Ordering::Relaxed) {
            if !halted && let Some((State::Halted, reason)) = status.state() {
                halted = true;
                tracing::error!(reason, "halted; everything is kept, nothing is applied");
            }
            told.ahead.look(&core.commander());
            thread::park_timeout(LOOK);
        }
        // Commands of operators have nowhere to go from here on.
        drop(server);
        let begun = Instant::now();
        let stopped = core.stop().map_err(|error| replaying::failure(&error))?;
        tracing::info!(
            input = stopped.last.input.0,
            event = stopped.last.event.0,
            state_hash = format!("{:016x}", stopped.state_hash),
            took = ?begun.elapsed(),
            "core stopped"
        );
        match stopped.halted {
            None => Ok(()),
            Some(reason) => Err(Failure::Bad(format!("the core had halted: {reason}"))),
        }
    }
}

impl Core {
    /// Boots. A core that outlives a supervisor which was killed is waited for: it is ending.
    fn start(
        &self,
        loaded: &Loaded,
        places: &Places,
        machine: &Machine,
        told: &mut Told,
    ) -> Result<Running, Failure> {
        let deadline = Instant::now() + HANDOVER;
        loop {
            let config = core_config(loaded, places, machine)?;
            let error = match Running::start(config, told, &mut |progress| {
                tracing::info!(seq = progress.seq.0, rate = progress.rate, "replaying");
            }) {
                Ok(core) => return Ok(core),
                Err(error) => error,
            };
            let waits = self.supervised.is_supervised() && is_taken(&error);
            if !waits || Instant::now() > deadline {
                return Err(replaying::failure(&error));
            }
            tracing::info!(%error, "waiting for the core before this one");
            thread::park_timeout(HANDOVER_LOOK);
        }
    }
}

/// True where another core holds the socket or the logs.
fn is_taken(error: &Error) -> bool {
    match error {
        Error::Inputs(error) | Error::Events(error) => {
            matches!(error, pinion_journal::Error::Locked { .. })
        }
        Error::Ipc(error) => matches!(error, pinion_ipc::Error::InUse),
        _ => false,
    }
}

/// What is drawn for a venue that is new; one that exists keeps its own.
fn birth() -> Result<Birth, Failure> {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::Usage(format!("the system gives no random bytes: {error}")))?;
    let (mut venue, mut seed) = ([0; 16], [0; 8]);
    venue.copy_from_slice(&bytes[..16]);
    seed.copy_from_slice(&bytes[16..]);
    let logic_version = pinion_engine::LOGIC_VERSION;
    Ok(Birth { venue, seed: u64::from_le_bytes(seed), logic_version })
}

/// The configuration as boot asks for it.
struct Told {
    wanted: Vec<Command>,
    journal: Reconciler,
    ahead: Ahead,
    /// What the calendar said at boot.
    scheduled: Vec<Command>,
    /// What the venue holds and the configuration no longer names.
    leftovers: Vec<String>,
}

impl Told {
    fn new(loaded: &Loaded) -> Result<Self, Failure> {
        Ok(Told {
            wanted: loaded.commands(&birth()?)?,
            journal: Reconciler::default(),
            ahead: Ahead::new(&loaded.config).map_err(Failure::Bad)?,
            scheduled: Vec::new(),
            leftovers: Vec::new(),
        })
    }

    /// The venue has been told what was missing.
    fn done(&mut self) {
        self.scheduled.iter().for_each(|command| self.ahead.note(command));
    }
}

impl pinion_sequencer::Configuration for Told {
    fn note(&mut self, command: &Command) {
        self.journal.note(command);
        self.ahead.note(command);
    }

    fn missing(&mut self) -> Vec<Command> {
        self.leftovers = self.journal.leftovers(&self.wanted);
        let mut missing = self.journal.missing(&self.wanted);
        // Asked again where the start was tried again: only the last answer was told.
        self.scheduled = self.ahead.missing();
        missing.extend(&self.scheduled);
        missing
    }
}

/// Logs what boot did; a configuration the venue refuses must not run half told.
fn report(core: &Running, told: &Told) -> Result<(), Failure> {
    let recovery = core.recovery();
    for torn in recovery.inputs.torn.iter().chain(&recovery.events.torn) {
        tracing::warn!(
            file = %torn.path.display(),
            offset = torn.offset,
            bytes = torn.bytes,
            "cut a torn tail: {}",
            torn.reason
        );
    }
    if !recovery.created
        && let Some(genesis) = told.wanted.first()
    {
        for difference in told.journal.fixed_differences(genesis) {
            tracing::warn!("fixed when the venue began: {difference}");
        }
        for leftover in &told.leftovers {
            tracing::warn!("{leftover}");
        }
    }
    tracing::info!(
        created = recovery.created,
        replayed = recovery.replayed.0,
        compared = recovery.compared,
        appended = recovery.appended,
        configured = recovery.configured,
        state_hash = format!("{:016x}", recovery.state_hash),
        took = ?recovery.elapsed,
        "booted"
    );
    let refused = |(command, code): &(Command, RejectCode)| {
        let kind = command.kind().map_or("?", CommandKind::name);
        let mut what = format!("{kind}: {} [{}]", code.text(), code.code());
        if let Some(view) = command.view() {
            view.body().fields(&mut |name, value| {
                if !value.absent() {
                    what.push_str(&format!(" {name}={}", text::Shown(value)));
                }
            });
        }
        what
    };
    match recovery.refused.first() {
        None => Ok(()),
        Some(_) => {
            let all: Vec<String> = recovery.refused.iter().map(refused).collect();
            Err(Failure::Bad(format!("the venue refuses its configuration:\n{}", all.join("\n"))))
        }
    }
}

/// The settings as the core takes them.
fn core_config(loaded: &Loaded, places: &Places, machine: &Machine) -> Result<CoreConfig, Failure> {
    let given = &loaded.config.core;
    let log = |log: Log, config: &config::core::LogConfig| {
        let (dir, hot_dir) = log.dirs(places);
        LogConfig {
            place: LogPlace { dir, hot_dir },
            segment_len: count(config.segment_size_mib) << 20,
            spare_segments: count(config.spare_segments),
        }
    };
    let threads = &given.threads;
    Ok(CoreConfig {
        inputs: log(Log::Input, &given.journal),
        events: log(Log::Events, &given.event_log),
        durability: match given.durability.mode {
            config::core::Durability::Process => Durability::Process,
            config::core::Durability::Power => Durability::Power,
        },
        lock_memory: threads.lock_memory,
        socket: places.core_socket(),
        pins: Pins {
            hot: threads.hot.core(),
            journal: threads.journal.core(),
            preparer: threads.preparer.core(),
            timekeeper: threads.timekeeper.core(),
            control: threads.control.core(),
        },
        wait: if loaded.spins(threads.idle, machine) { Wait::Spin } else { Wait::Yield },
        journal_idle: match threads.journal_idle {
            JournalIdle::Park => None,
            JournalIdle::Yield => Some(pinion_journal::Idle::Yield),
            JournalIdle::Spin => Some(pinion_journal::Idle::Spin),
        },
        gateways_max: given.rings.gateways_max,
        ring_lines: count(given.rings.gateway_ring_lines),
        control_commands_max: count(given.rings.control_commands_max),
        days: Box::new(ZonedDays::new(&given.day).map_err(Failure::Bad)?),
        ..CoreConfig::new(&places.data, &places.run)
    })
}

fn count(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
