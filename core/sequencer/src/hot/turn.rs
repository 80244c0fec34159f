//! The duty cycle.

use std::time::Duration;

use pinion_ipc::{Counter, State, Status, Wait};
use pinion_journal::{Full, Writer};
use pinion_types::command::{DayRoll, RoomChange, SourceDown, SourceUp, Timer};
use pinion_types::{Command, Nanos, SessionId};

use super::gate::{Gate, Pass};
use super::request::{Notice, Request};
use super::source::{Polled, Source};
use crate::clock::HotClock;
use crate::halt::HaltReason;
use crate::metric::Metric;
use crate::pipeline::{Pipeline, Relief};
use crate::{SOURCE_CONTROL, SOURCE_CORE};

/// Limits of the duty cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HotLimits {
    pub wait: Wait,
    pub commands_per_turn: usize,
    pub sources_max: usize,
    pub hold: Duration,
    pub patience: Duration,
}

/// The hot thread's ends of the rings within the process.
pub(crate) struct Ends {
    pub control: rtrb::Consumer<Command>,
    pub requests: rtrb::Consumer<Request>,
    pub notices: rtrb::Producer<Notice>,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// There was something to do.
    Worked,
    /// There was nothing to do, or no room to do it.
    Idle,
    /// It was asked to end and has.
    Ended,
}

/// Counters of the hot thread.
struct Counters {
    ring_commands: Counter,
    control_commands: Counter,
    timers: Counter,
    state_hashes: Counter,
    sources: Counter,
    corrupt: Counter,
    backpressure: Counter,
    clock_held: Counter,
    logs_short: Counter,
}

impl Counters {
    fn new(status: &Status) -> Counters {
        let counter = |metric: Metric| status.counter(metric.index());
        Counters {
            ring_commands: counter(Metric::RingCommands),
            control_commands: counter(Metric::ControlCommands),
            timers: counter(Metric::Timers),
            state_hashes: counter(Metric::StateHashes),
            sources: counter(Metric::Sources),
            corrupt: counter(Metric::SourcesCorrupt),
            backpressure: counter(Metric::Backpressure),
            clock_held: counter(Metric::ClockHeldNs),
            logs_short: counter(Metric::LogsShort),
        }
    }
}

/// The state of the hot thread. After it is made it allocates nothing.
pub(crate) struct Hot {
    pipeline: Pipeline,
    clock: HotClock,
    status: Status,
    limits: HotLimits,
    ends: Ends,
    /// Never longer than its capacity.
    sources: Vec<Source>,
    /// Who is polled first next time.
    first: usize,
    buffer: Command,
    next_day: Option<(u32, Nanos)>,
    gate: Gate,
    patience: Patience,
    counters: Counters,
    turns: u64,
    held_ns: u64,
    is_stopping: bool,
    halted: Option<HaltReason>,
}

impl Hot {
    pub fn new(
        pipeline: Pipeline,
        mut clock: HotClock,
        status: Status,
        limits: HotLimits,
        ends: Ends,
        next_day: (u32, Nanos),
    ) -> Hot {
        clock.not_before(pipeline.time());
        let patience = Patience::new(limits, &status);
        let counters = Counters::new(&status);
        let mut hot = Hot {
            pipeline,
            clock,
            status,
            limits,
            ends,
            sources: Vec::with_capacity(limits.sources_max),
            first: 0,
            buffer: Command::buffer(),
            next_day: Some(next_day),
            gate: Gate::new(limits.hold, limits.patience),
            patience,
            counters,
            turns: 0,
            held_ns: 0,
            is_stopping: false,
            halted: None,
        };
        hot.counters.logs_short.set(u64::from(hot.pipeline.engine().is_short()));
        hot.publish();
        hot
    }

    /// Turns until it is told to stop. Gives why it halted, where it did.
    pub fn run(&mut self) -> Option<HaltReason> {
        self.status.set_state(State::Live, 0);
        loop {
            match self.turn() {
                Turn::Worked => {}
                Turn::Idle => self.limits.wait.idle(),
                Turn::Ended => return self.halted,
            }
        }
    }

    /// One turn: everybody is looked at once.
    pub fn turn(&mut self) -> Turn {
        self.turns = self.turns.wrapping_add(1);
        self.status.beat(self.turns);
        let asked = self.take_requests();
        if self.halted.is_some() {
            return self.turn_halted();
        }
        match self.work() {
            Err(reason) => {
                self.halt(reason);
                Turn::Idle
            }
            Ok(worked) if self.is_stopping && self.sources.is_empty() => self.end(worked),
            Ok(worked) if worked || asked => Turn::Worked,
            Ok(_) => Turn::Idle,
        }
    }

    /// What a turn does while the core lives.
    fn work(&mut self) -> Result<bool, HaltReason> {
        if let Some(reason) = self.pipeline.fault() {
            return Err(reason);
        }
        let mut worked = match self.gate.look(&self.pipeline) {
            Pass::Open => false,
            Pass::Shut => {
                self.counters.backpressure.add(1);
                return Ok(false);
            }
            Pass::Say { is_short } => self.say_room(is_short)?,
            Pass::Halt(reason) => return Err(reason),
        };
        // What was due, and what operators say, comes before whatever waits in the rings.
        worked |= self.serve_time()?;
        worked |= self.serve_control()?;
        let count = self.sources.len();
        for turn in 0..count {
            // Those that go leave their place to the last, which is then looked at in its stead.
            let index = (self.first + turn) % count;
            if index < self.sources.len() {
                worked |= self.serve(index)?;
            }
        }
        self.first = self.first.wrapping_add(1) % count.max(1);
        Ok(worked)
    }

    /// From here on orders are refused for want of room, or taken again, on replay as well.
    #[cold]
    fn say_room(&mut self, is_short: bool) -> Result<bool, HaltReason> {
        let headroom_kib = u32::try_from(self.pipeline.headroom() >> 10).unwrap_or(u32::MAX);
        let is = u8::from(is_short);
        self.say(&RoomChange { is_short: is, headroom_kib, ..RoomChange::default() })?;
        self.counters.logs_short.set(u64::from(is));
        self.publish();
        Ok(true)
    }

    /// Days and timers that are due.
    fn serve_time(&mut self) -> Result<bool, HaltReason> {
        let now = self.clock.now();
        let held_ns = self.clock.held_ns();
        if held_ns != self.held_ns {
            self.held_ns = held_ns;
            self.counters.clock_held.set(held_ns);
        }
        let mut worked = false;
        if let Some((day, begins)) = self.next_day.filter(|&(_, begins)| begins <= now) {
            self.next_day = None;
            // What was due on the day that ends is of that day.
            self.serve_due(Nanos(begins.0.saturating_sub(1)))?;
            self.say(&DayRoll { day, ..DayRoll::default() })?;
            self.notify(Notice::DayBegan { day, now });
            worked = true;
        }
        worked |= self.serve_due(now)?;
        if worked {
            self.publish();
        }
        Ok(worked)
    }

    /// What is due by then.
    fn serve_due(&mut self, until: Nanos) -> Result<bool, HaltReason> {
        let Some(due) = self.pipeline.engine().next_due().filter(|&due| due <= until) else {
            return Ok(false);
        };
        self.say(&Timer { due: until, ..Timer::default() })?;
        self.counters.timers.add(1);
        if self.pipeline.engine().next_due() == Some(due) {
            return Err(HaltReason::TimerStuck);
        }
        Ok(true)
    }

    /// What operators say.
    fn serve_control(&mut self) -> Result<bool, HaltReason> {
        let mut count = 0;
        let most = self.pipeline.room(self.limits.commands_per_turn);
        while count < most {
            let Ok(mut command) = self.ends.control.pop() else { break };
            command.set_source(SOURCE_CONTROL);
            self.pipeline.sequence(self.clock.now(), &command, &mut self.patience)?;
            count += 1;
        }
        if count > 0 {
            self.counters.control_commands.add(count as u64);
            self.publish();
        }
        Ok(count > 0)
    }

    /// What one producer says, as much as is its share.
    #[inline]
    fn serve(&mut self, index: usize) -> Result<bool, HaltReason> {
        let most = self.pipeline.room(self.limits.commands_per_turn);
        let source = &mut self.sources[index];
        let mut count = 0;
        let mut is_corrupt = false;
        while count < most {
            match source.poll(&mut self.buffer) {
                Polled::Command => {}
                Polled::Nothing => break,
                Polled::Corrupt => {
                    is_corrupt = true;
                    break;
                }
            }
            self.pipeline.sequence(self.clock.now(), &self.buffer, &mut self.patience)?;
            count += 1;
            // One by one: nobody's answer waits for those behind him.
            let (input, event) = self.pipeline.position();
            self.status.publish(input, event);
        }
        if count > 0 {
            self.counters.ring_commands.add(count as u64);
            self.counters.state_hashes.set(self.pipeline.hashes());
        }
        // Published before the lines are given back: who sees the room sees the answers. Also where
        // nothing was found: what was taken before is all there was.
        source.release();
        if is_corrupt || source.is_done() {
            self.lose(index, is_corrupt)?;
            return Ok(true);
        }
        Ok(count > 0)
    }

    /// A producer is gone or broke its contract: its sessions end, its ring goes back.
    #[cold]
    fn lose(&mut self, index: usize, is_corrupt: bool) -> Result<(), HaltReason> {
        let source = self.sources.swap_remove(index);
        let about = source.id;
        self.counters.sources.set(self.sources.len() as u64);
        self.counters.corrupt.add(u64::from(is_corrupt));
        self.notify(Notice::Retired { source: about, ring: source.into_ring(), is_corrupt });
        let code = if self.is_stopping {
            pinion_types::TerminationCode::Shutdown.into()
        } else {
            pinion_types::TerminationCode::GatewayDown.into()
        };
        self.say(&SourceDown { about, code, ..SourceDown::default() })?;
        self.publish();
        Ok(())
    }

    /// A command of the core's own.
    fn say<B: pinion_types::command::KindOf>(&mut self, body: &B) -> Result<(), HaltReason> {
        let mut command = Command::new(SessionId(0), 0, body);
        command.set_source(SOURCE_CORE);
        self.pipeline.sequence(self.clock.now(), &command, &mut self.patience)?;
        Ok(())
    }

    fn publish(&mut self) {
        let (input, event) = self.pipeline.position();
        self.status.publish(input, event);
    }

    /// What the control thread asks for. True where it asked.
    fn take_requests(&mut self) -> bool {
        let mut asked = false;
        while let Ok(request) = self.ends.requests.pop() {
            asked = true;
            if let Err(reason) = self.take(request) {
                self.halt(reason);
            }
        }
        asked
    }

    #[cold]
    fn take(&mut self, request: Request) -> Result<(), HaltReason> {
        match request {
            Request::Attach { source, ring, .. }
                if self.halted.is_some()
                    || self.is_stopping
                    || self.sources.len() == self.sources.capacity() =>
            {
                self.notify(Notice::Retired { source, ring, is_corrupt: false });
            }
            Request::Attach { source, pid, ring } => {
                self.sources.push(Source::new(source, ring));
                self.counters.sources.set(self.sources.len() as u64);
                let pid = u64::from(pid);
                self.say(&SourceUp { about: source, pid, ..SourceUp::default() })?;
                self.publish();
            }
            Request::Detach { source } => {
                self.sources.iter_mut().filter(|it| it.id == source).for_each(Source::close);
            }
            Request::NextDay { day, begins } => self.next_day = Some((day, begins)),
            Request::Stop => {
                self.is_stopping = true;
                self.sources.iter_mut().for_each(Source::close);
                if self.halted.is_none() {
                    self.status.set_state(State::Draining, 0);
                }
            }
        }
        Ok(())
    }

    fn notify(&mut self, notice: Notice) {
        if let Err(rtrb::PushError::Full(notice)) = self.ends.notices.push(notice) {
            // There is room for every ring there can be. Were there none all the same, a mapping
            // that is never given back is better than a system call here.
            std::mem::forget(notice);
        }
    }

    /// Nothing is applied any more; whoever is attached stays so until told.
    #[cold]
    fn halt(&mut self, reason: HaltReason) {
        self.halted = Some(reason);
        self.status.set_state(State::Halted, reason.code());
    }

    /// A halted core only lets go of rings.
    #[cold]
    fn turn_halted(&mut self) -> Turn {
        while let Some(index) = self.sources.iter().position(Source::is_closed) {
            let source = self.sources.swap_remove(index);
            let (id, ring) = (source.id, source.into_ring());
            self.notify(Notice::Retired { source: id, ring, is_corrupt: false });
        }
        if self.is_stopping { Turn::Ended } else { Turn::Idle }
    }

    /// The last turn: whatever operators still said, and the last state hash.
    #[cold]
    fn end(&mut self, worked: bool) -> Turn {
        if worked || !self.ends.control.is_empty() {
            return Turn::Worked;
        }
        match self.pipeline.hash(&mut self.patience) {
            Ok(()) => {
                self.publish();
                Turn::Ended
            }
            Err(reason) => {
                self.halt(reason);
                Turn::Idle
            }
        }
    }

    /// Hash of the state as it is.
    pub fn state_hash(&self) -> u64 {
        self.pipeline.engine().state_hash()
    }
}

/// Waits for room in the middle of a command, but not forever.
struct Patience {
    wait: Wait,
    patience: Duration,
    status: Status,
    waits: Counter,
}

impl Patience {
    fn new(limits: HotLimits, status: &Status) -> Patience {
        Patience {
            wait: limits.wait,
            patience: limits.patience,
            status: status.clone(),
            waits: status.counter(Metric::LogWaits.index()),
        }
    }
}

impl Relief for Patience {
    #[cold]
    fn relieve(&mut self, log: &Writer) -> Result<(), Full> {
        self.waits.add(1);
        let begun = std::time::Instant::now();
        let mut beats = 0_u64;
        while log.headroom() < pinion_journal::RECORD_LEN_MAX {
            if log.is_poisoned() || begun.elapsed() > self.patience {
                return Err(Full);
            }
            beats = beats.wrapping_add(1);
            self.status.beat(beats);
            self.wait.idle();
        }
        Ok(())
    }
}
