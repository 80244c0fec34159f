//! From two logs, or none, to an engine that stands where they end.

use std::sync::Arc;

use pinion_engine::{Engine, Sink};
use pinion_journal::{Drain, Full, Log, Reader, Recovered, Writer};
use pinion_types::command::{DayRoll, Genesis, SourceDown, Timer};
use pinion_types::{
    Command, CommandRef, Event, EventRef, Nanos, RejectCode, Seq, SessionId, SourceId,
};

use crate::clock::HotClock;
use crate::config::{CoreConfig, LogConfig, LogPlace};
use crate::configuration::Configuration;
use crate::error::Error;
use crate::halt::HaltReason;
use crate::pipeline::{Pipeline, Relief};
use crate::replay::{Comparison, Outlet, Pace, Player, Progress};
use crate::reserve::Reserves;
use crate::{EVENT_KIND, INPUT_KIND, SOURCE_CORE};

/// What boot found and did.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Whether the venue was begun just now.
    pub created: bool,
    /// The input journal as it was found, torn tail included.
    pub inputs: Recovered,
    /// The event log as it was found.
    pub events: Recovered,
    /// Commands replayed.
    pub replayed: Seq,
    /// Events compared with the log.
    pub compared: u64,
    /// Events the log lacked and got.
    pub appended: u64,
    /// State hashes compared.
    pub hashes: u64,
    /// Commands of the configuration applied.
    pub configured: u64,
    /// Those of them the venue refused, and why.
    pub refused: Vec<(Command, RejectCode)>,
    /// State hash when boot was done.
    pub state_hash: u64,
    /// Time the replay took.
    pub elapsed: std::time::Duration,
}

/// A core that is ready to begin.
pub(crate) struct Booted {
    pub pipeline: Pipeline,
    pub input_drain: Drain,
    pub event_drain: Drain,
    pub recovery: Recovery,
    /// The next day and when it begins.
    pub next_day: (u32, Nanos),
}

/// Boots: recovers and replays what is there, applies what the configuration misses, and lets go
/// of every producer of the run before.
pub(crate) fn boot(
    config: &CoreConfig,
    clock: &mut HotClock,
    configuration: &mut dyn Configuration,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Booted, Error> {
    let known = first_command(config)?;
    let Some(known) = known else {
        return begin(config, clock, configuration);
    };
    let Some(CommandRef::Genesis(genesis)) = known.view() else {
        return Err(Error::Unreadable { seq: Seq(1) });
    };
    let (inputs, events) = open(config, genesis)?;
    let mut logs = Logs::new(inputs, events);
    let mut recovery = logs.recovery();
    let player = logs.replay(config, configuration, progress, &mut recovery)?;
    let (sources, time): (Vec<SourceId>, _) = (player.sources().collect(), player.time());
    clock.not_before(time);
    let engine = player.into_engine().ok_or(Error::Unreadable { seq: Seq(1) })?;
    let reserves = Reserves::of(&config.inputs, &config.events, genesis);
    let pipeline = Pipeline::new(engine, (logs.inputs, logs.events), time, reserves);
    let rest = configuration.missing();
    finish(config, clock, pipeline, logs.pumps, recovery, (&rest, &sources))
}

/// A venue that has no journal yet.
fn begin(
    config: &CoreConfig,
    clock: &mut HotClock,
    configuration: &mut dyn Configuration,
) -> Result<Booted, Error> {
    let commands = configuration.missing();
    let Some((first, rest)) = commands.split_first() else { return Err(Error::NoGenesis) };
    let Some(CommandRef::Genesis(genesis)) = first.view() else { return Err(Error::NoGenesis) };
    // A run that died between making the log and its first record has named the venue already.
    let named = named_venue(&config.inputs.place);
    let genesis = &Genesis { venue: named.unwrap_or(genesis.venue), ..*genesis };
    // Before any file is made: a genesis that cannot be leaves nothing behind.
    let engine = Engine::new(genesis).map_err(Error::Genesis)?;
    let (inputs, events) = open(config, genesis)?;
    let mut logs = Logs::new(inputs, events);
    let mut recovery = logs.recovery();
    recovery.created = true;
    if recovery.events.last_seq > 0 {
        Comparison::new(Some(events_reader(config)?), recovery.events.last_seq).finish(Seq(0))?;
    }
    let ends = (logs.inputs, logs.events);
    let reserves = Reserves::of(&config.inputs, &config.events, genesis);
    let pipeline = Pipeline::begin(engine, ends, clock.now(), reserves, &mut logs.pumps)
        .map_err(Error::Halted)?;
    recovery.configured = 1;
    finish(config, clock, pipeline, logs.pumps, recovery, (rest, &[]))
}

/// What is left to say when the engine stands: producers that are gone, what was due while nobody
/// was there, day by day, and the configuration.
fn finish(
    config: &CoreConfig,
    clock: &mut HotClock,
    mut pipeline: Pipeline,
    mut pumps: Pumps,
    mut recovery: Recovery,
    (commands, sources): (&[Command], &[SourceId]),
) -> Result<Booted, Error> {
    for &about in sources {
        let body = SourceDown { about, ..SourceDown::default() };
        let command = Command::new(SessionId(0), 0, &body);
        pipeline.sequence(clock.now(), &command, &mut pumps).map_err(Error::Halted)?;
    }
    // A venue begins with what it is told; one that was there has lived meanwhile.
    if !recovery.created {
        catch_up(config, clock, &mut pipeline, &mut pumps)?;
    }
    for command in commands {
        let mut command = *command;
        command.set_source(SOURCE_CORE);
        pipeline.sequence(clock.now(), &command, &mut pumps).map_err(Error::Halted)?;
        recovery.configured += 1;
    }
    let ends = catch_up(config, clock, &mut pipeline, &mut pumps)?;
    recovery.refused = refused(config, &recovery, commands)?;
    recovery.state_hash = pipeline.engine().state_hash();
    let next_day = (config.days.at(ends).0, ends);
    let Pumps { input, event } = pumps;
    Ok(Booted { pipeline, input_drain: input, event_drain: event, recovery, next_day })
}

/// Says what became due while nobody was there, and the days that began, in the order in which they
/// would have been said: a closing auction of yesterday still trades the orders of its day. Gives
/// the moment the day of now ends.
fn catch_up(
    config: &CoreConfig,
    clock: &mut HotClock,
    pipeline: &mut Pipeline,
    pumps: &mut Pumps,
) -> Result<Nanos, Error> {
    let now = clock.now();
    let mut at = pipeline.time().min(now);
    loop {
        let (day, ends) = config.days.at(at);
        if day > pipeline.engine().day() {
            let body = DayRoll { day, ..DayRoll::default() };
            let command = Command::new(SessionId(0), 0, &body);
            pipeline.sequence(clock.now(), &command, pumps).map_err(Error::Halted)?;
        }
        let due = Nanos(ends.0.saturating_sub(1).min(now.0));
        let first = pipeline.engine().next_due();
        if first.is_some_and(|first| first <= due) {
            let command = Command::new(SessionId(0), 0, &Timer { due, ..Timer::default() });
            pipeline.sequence(clock.now(), &command, pumps).map_err(Error::Halted)?;
        }
        if ends > now {
            return Ok(ends);
        }
        // Days on which nothing was due are nobody's.
        let next = pipeline.engine().next_due().filter(|&next| next <= now).unwrap_or(now);
        if next < ends && first == pipeline.engine().next_due() {
            return Err(Error::Halted(HaltReason::TimerStuck));
        }
        at = next.max(ends);
    }
}

/// Reads the answers to the configuration's commands, which are the last ones in the log.
fn refused(
    config: &CoreConfig,
    recovery: &Recovery,
    commands: &[Command],
) -> Result<Vec<(Command, RejectCode)>, Error> {
    let mut refused = Vec::new();
    let from = recovery.compared + recovery.appended + 1;
    let mut answers = commands.iter();
    let mut reader = reader(config, &config.events, EVENT_KIND, from).map_err(Error::Events)?;
    while let Some(record) = reader.next().map_err(Error::Events)? {
        let Some(event) = Event::from_bytes(record.payload) else { continue };
        let Some(EventRef::ControlDone(done)) = event.view() else { continue };
        let about = answers.find(|command| command.header().kind == done.command);
        if let (Some(command), Some(code)) = (about, done.code.get()) {
            refused.push((*command, code));
        }
    }
    Ok(refused)
}

/// The first command of the journal, if there is one.
fn first_command(config: &CoreConfig) -> Result<Option<Command>, Error> {
    let mut reader = match reader(config, &config.inputs, INPUT_KIND, 1) {
        Ok(reader) => reader,
        Err(pinion_journal::Error::Absent { .. }) => return Ok(None),
        Err(error) => return Err(Error::Inputs(error)),
    };
    match reader.next().map_err(Error::Inputs)? {
        None => Ok(None),
        Some(record) => match Command::from_bytes(record.payload) {
            Some(command) => Ok(Some(command)),
            None => Err(Error::Unreadable { seq: Seq(record.seq) }),
        },
    }
}

/// The venue that a log without records says it belongs to.
fn named_venue(place: &LogPlace) -> Option<[u8; 16]> {
    let report = pinion_journal::verify(&place.dir, Some(&place.hot_dir), Some(INPUT_KIND)).ok()?;
    report.segments.iter().find_map(|segment| segment.header.as_ref()).map(|header| header.venue)
}

fn open(config: &CoreConfig, genesis: &Genesis) -> Result<(Log, Log), Error> {
    let mut options = config.inputs.options(INPUT_KIND, genesis, config);
    options.aux_is_durable = true;
    let inputs = pinion_journal::open(options).map_err(Error::Inputs)?;
    let options = config.events.options(EVENT_KIND, genesis, config);
    let events = pinion_journal::open(options).map_err(Error::Events)?;
    Ok((inputs, events))
}

fn reader(
    config: &CoreConfig,
    log: &LogConfig,
    kind: u16,
    from: u64,
) -> Result<Reader, pinion_journal::Error> {
    let (storage, place) = (Arc::clone(&config.storage), &log.place);
    Reader::open_in(storage, &place.dir, Some(&place.hot_dir), kind, from)
}

fn events_reader(config: &CoreConfig) -> Result<Reader, Error> {
    reader(config, &config.events, EVENT_KIND, 1).map_err(Error::Events)
}

/// The background work of both logs, done by hand while there is no thread for it yet.
struct Pumps {
    input: Drain,
    event: Drain,
}

impl Relief for Pumps {
    fn relieve(&mut self, log: &Writer) -> Result<(), Full> {
        self.input.step();
        self.event.step();
        if log.is_poisoned() || self.input.status().is_poisoned() {
            return Err(Full);
        }
        std::thread::yield_now();
        Ok(())
    }
}

/// Both logs, open.
struct Logs {
    inputs: Writer,
    events: Writer,
    pumps: Pumps,
    found: (Recovered, Recovered),
}

impl Logs {
    fn new(inputs: Log, events: Log) -> Logs {
        // Events reach the disk after their causes: a loss of power may take both, never the cause
        // alone, which would leave events of a history that never was.
        let causes = inputs.drain.status();
        let event_drain = events.drain.hold_above(move || causes.durable());
        Logs {
            inputs: inputs.writer,
            events: events.writer,
            pumps: Pumps { input: inputs.drain, event: event_drain },
            found: (inputs.recovered, events.recovered),
        }
    }

    fn recovery(&self) -> Recovery {
        let (inputs, events) = self.found.clone();
        Recovery {
            created: false,
            inputs,
            events,
            replayed: Seq(0),
            compared: 0,
            appended: 0,
            hashes: 0,
            configured: 0,
            refused: Vec::new(),
            state_hash: 0,
            elapsed: std::time::Duration::ZERO,
        }
    }

    /// Replays the journal, compares the event log and appends what it lacks.
    fn replay(
        &mut self,
        config: &CoreConfig,
        configuration: &mut dyn Configuration,
        progress: &mut dyn FnMut(&Progress),
        recovery: &mut Recovery,
    ) -> Result<Player, Error> {
        let (last_input, last_event) = (self.found.0.last_seq, self.found.1.last_seq);
        let logged = if last_event > 0 { Some(events_reader(config)?) } else { None };
        let mut inputs = reader(config, &config.inputs, INPUT_KIND, 1).map_err(Error::Inputs)?;
        let mut outlet = Extending {
            configuration,
            comparison: Comparison::new(logged, last_event),
            events: &mut self.events,
            pumps: &mut self.pumps,
            at: (Seq(0), Nanos(0)),
            appended: 0,
            fault: None,
        };
        let mut player = Player::new();
        let mut pace = Pace::new(Some(Seq(last_input)));
        while player.seq().0 < last_input {
            let Some(record) = inputs.next().map_err(Error::Inputs)? else { break };
            player.apply(&record, &mut outlet)?;
            if let Some(report) = pace.at(player.seq().0) {
                progress(&report);
            }
        }
        outlet.comparison.finish(player.seq())?;
        recovery.replayed = player.seq();
        recovery.compared = outlet.comparison.compared();
        recovery.appended = outlet.appended;
        recovery.hashes = player.hashes();
        recovery.elapsed = pace.elapsed();
        Ok(player)
    }
}

/// Compares events with the log while it lasts and appends them behind its end.
struct Extending<'a> {
    configuration: &'a mut dyn Configuration,
    comparison: Comparison,
    events: &'a mut Writer,
    pumps: &'a mut Pumps,
    at: (Seq, Nanos),
    appended: u64,
    fault: Option<Error>,
}

impl Extending<'_> {
    fn take(&mut self, event: &Event) -> Result<(), Error> {
        let (cause, time) = self.at;
        if self.comparison.take(time, cause, event)? {
            return Ok(());
        }
        self.appended += 1;
        while self.events.append(time.0, cause.0, event.words()).is_err() {
            self.pumps
                .relieve(self.events)
                .map_err(|Full| Error::Halted(HaltReason::EventsFailed))?;
        }
        Ok(())
    }
}

impl Sink for Extending<'_> {
    fn emit(&mut self, event: &Event) {
        if self.fault.is_none() {
            self.fault = self.take(event).err();
        }
    }
}

impl Outlet for Extending<'_> {
    fn begin(&mut self, seq: Seq, time: Nanos, command: &Command, _before: Option<&Engine>) {
        self.at = (seq, time);
        self.configuration.note(command);
    }

    fn end(&mut self) -> Result<(), Error> {
        self.fault.take().map_or(Ok(()), Err)
    }
}
