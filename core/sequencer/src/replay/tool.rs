//! Replay for tools: any journal, to any place, watched by whoever wants.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use pinion_engine::{Engine, Sink};
use pinion_journal::Reader;
use pinion_types::{Command, CommandKind, Event, Nanos, Seq};

use crate::error::Error;
use crate::replay::{Comparison, Outlet, Pace, Player, Progress};
use crate::{EVENT_KIND, INPUT_KIND};

/// What to replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayPlan {
    /// The input journal: its directory, and its hot directory where that is to be read too.
    pub inputs: (PathBuf, Option<PathBuf>),
    /// The event log to compare with; none to compare nothing.
    pub events: Option<(PathBuf, Option<PathBuf>)>,
    /// The last command; none for all.
    pub to: Option<Seq>,
}

/// Watches a replay.
pub trait Observer {
    /// A command, before it is applied to an engine; there is none before the first.
    fn command(&mut self, _: Seq, _: Nanos, _: &Command, _before: Option<&Engine>) {}

    /// An event of the last command.
    fn event(&mut self, _seq: Seq, _time: Nanos, _cause: Seq, _event: &Event) {}

    /// Now and then.
    fn progress(&mut self, _progress: &Progress) {}
}

impl Observer for () {}

/// What a replay came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Commands applied, state hashes not counted.
    pub commands: u64,
    /// Commands by kind, state hashes included.
    pub by_kind: BTreeMap<CommandKind, u64>,
    /// Events they caused.
    pub events: u64,
    /// Events compared with the log.
    pub compared: u64,
    /// State hashes compared with the journal.
    pub hashes: u64,
    /// The last command.
    pub last_seq: Seq,
    /// Its time.
    pub last_time: Nanos,
    /// Hash of the state at the end.
    pub state_hash: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl Summary {
    /// Commands a second.
    #[must_use]
    pub fn rate(&self) -> u64 {
        let rate = u128::from(self.commands) * 1_000_000_000 / self.elapsed.as_nanos().max(1);
        u64::try_from(rate).unwrap_or(u64::MAX)
    }
}

/// A replay that ran to its end.
pub struct Replayed {
    /// The engine in the state it came to; `None` for an empty journal.
    pub engine: Option<Engine>,
    /// Numbers about it.
    pub summary: Summary,
}

/// Replays a journal that may be growing meanwhile, up to its end or to the place asked for.
///
/// # Errors
/// [`Error::Inputs`] and [`Error::Events`] where a log cannot be read, [`Error::Unreadable`] and
/// [`Error::Genesis`] where it is none of a venue, [`Error::Divergence`] at the first difference.
pub fn replay<O: Observer>(plan: &ReplayPlan, observer: &mut O) -> Result<Replayed, Error> {
    let open =
        |(dir, hot): &(PathBuf, Option<PathBuf>), kind| Reader::open(dir, hot.as_deref(), kind, 1);
    // The events first: what the log has by now, the journal has too.
    let (reader, last) = match &plan.events {
        None => (None, 0),
        Some(place) => {
            let mut end = open(place, EVENT_KIND).map_err(Error::Events)?;
            let mut last = 0;
            while let Some(record) = end.next().map_err(Error::Events)? {
                last = record.seq;
            }
            (Some(open(place, EVENT_KIND).map_err(Error::Events)?), last)
        }
    };
    let mut inputs = open(&plan.inputs, INPUT_KIND).map_err(Error::Inputs)?;
    let mut player = Player::new();
    let mut outlet = Watched {
        observer,
        comparison: Comparison::new(reader, last),
        at: (Seq(0), Nanos(0)),
        count: 0,
        fault: None,
    };
    let mut summary = Summary::default();
    let mut pace = Pace::new(plan.to);
    while plan.to.is_none_or(|to| player.seq() < to) {
        let Some(record) = inputs.next().map_err(Error::Inputs)? else { break };
        player.apply(&record, &mut outlet)?;
        if let Some(kind) = player.kind() {
            *summary.by_kind.entry(kind).or_default() += 1;
            summary.commands += u64::from(kind != CommandKind::StateHash);
        }
        if let Some(progress) = pace.at(player.seq().0) {
            outlet.observer.progress(&progress);
        }
    }
    if plan.to.is_none_or(|to| player.seq() < to) {
        outlet.comparison.finish(player.seq())?;
    }
    summary.elapsed = pace.elapsed();
    summary.events = outlet.count;
    summary.compared = outlet.comparison.compared();
    summary.hashes = player.hashes();
    (summary.last_seq, summary.last_time) = (player.seq(), player.time());
    summary.state_hash = player.engine().map_or(0, Engine::state_hash);
    Ok(Replayed { engine: player.into_engine(), summary })
}

/// Shows events to the observer and compares them.
struct Watched<'a, O> {
    observer: &'a mut O,
    comparison: Comparison,
    at: (Seq, Nanos),
    count: u64,
    fault: Option<Error>,
}

impl<O: Observer> Sink for Watched<'_, O> {
    fn emit(&mut self, event: &Event) {
        self.count += 1;
        let (cause, time) = self.at;
        self.observer.event(Seq(self.count), time, cause, event);
        if self.fault.is_none() {
            self.fault = self.comparison.take(time, cause, event).err();
        }
    }
}

impl<O: Observer> Outlet for Watched<'_, O> {
    fn begin(&mut self, seq: Seq, time: Nanos, command: &Command, before: Option<&Engine>) {
        self.at = (seq, time);
        self.observer.command(seq, time, command, before);
    }

    fn end(&mut self) -> Result<(), Error> {
        self.fault.take().map_or(Ok(()), Err)
    }
}
