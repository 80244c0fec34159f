//! What a process says of itself to all who wait for it: state, heartbeat, positions, counters.
//!
//! ```text
//! words      written by            what
//! 0          whoever decides it    state
//! 1          with the state        reason of a halt, 0 for none
//! 16         the hot thread        heartbeat
//! 32, 33     the hot thread        last event, last input published
//! 48         the input journal     last input that is durable
//! 64         the event log         last event that is durable
//! 80 ..      one writer each       counters
//! ```
//! Words of different writers stand 128 bytes apart.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::error::Error;
use crate::header::{HEADER_LEN, Header, Kind};
use crate::region::{Access, Expected, Region, RegionSpec};
use crate::words::{Words, WordsMut};

const AT_STATE: usize = 0;
const AT_REASON: usize = 1;
const AT_HEARTBEAT: usize = 16;
const AT_EVENT: usize = 32;
const AT_INPUT: usize = 33;
const AT_DURABLE_INPUT: usize = 48;
const AT_DURABLE_EVENT: usize = 64;
const AT_COUNTERS: usize = 80;

/// Counters there is room for.
pub const COUNTERS_MAX: usize = 256;

/// What a process is doing.
#[repr(u64)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It opens files and makes memory.
    Booting = 1,
    /// It replays its journal.
    Recovering = 2,
    /// It serves.
    Live = 3,
    /// It finishes what it has and takes nothing new.
    Draining = 4,
    /// It stopped itself for the reason beside: nothing is applied any more.
    Halted = 5,
    /// It ended in order.
    Stopped = 6,
}

impl State {
    fn from_word(word: u64) -> Option<State> {
        use State::{Booting, Draining, Halted, Live, Recovering, Stopped};
        [Booting, Recovering, Live, Draining, Halted, Stopped]
            .into_iter()
            .find(|&state| state as u64 == word)
    }

    /// The word used in text forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Booting => "booting",
            State::Recovering => "recovering",
            State::Live => "live",
            State::Draining => "draining",
            State::Halted => "halted",
            State::Stopped => "stopped",
        }
    }
}

/// The writing end of one counter, 0 to [`COUNTERS_MAX`] - 1; each has one writer.
#[derive(Debug)]
pub struct Counter {
    words: WordsMut,
    index: usize,
    value: u64,
}

impl Counter {
    /// Adds to the counter, wrapping: one plain store.
    #[inline]
    pub fn add(&mut self, count: u64) {
        self.value = self.value.wrapping_add(count);
        self.words.store(self.index, self.value);
    }

    /// Sets the counter, for what is a level and not a count.
    #[inline]
    pub fn set(&mut self, value: u64) {
        self.value = value;
        self.words.store(self.index, value);
    }
}

/// The writing end of a status region. Clones write the same region.
#[derive(Clone, Debug)]
pub struct Status {
    region: std::sync::Arc<Region>,
    words: WordsMut,
}

impl Status {
    /// Makes a status region in state [`State::Booting`], all positions 0.
    ///
    /// # Errors
    /// Those of [`Region::create`].
    pub fn create(layout: u64, epoch: u64) -> Result<Status, Error> {
        let region = Region::create(&RegionSpec {
            name: "pinion-status",
            kind: Kind::Status,
            layout,
            body_len: HEADER_LEN,
            access: Access::ReadOnly,
            epoch,
        })?;
        let words = region.body_mut().ok_or(Error::NotSealed)?;
        let status = Status { region: std::sync::Arc::new(region), words };
        status.set_state(State::Booting, 0);
        Ok(status)
    }

    /// A descriptor to hand over; whoever has it can only read.
    ///
    /// # Errors
    /// [`Error::System`] where the process has no descriptor left.
    pub fn share(&self) -> Result<OwnedFd, Error> {
        self.region.share()
    }

    /// A reading end in this process.
    #[must_use]
    pub fn view(&self) -> StatusView {
        StatusView { words: self.words.view(), header: self.region.header() }
    }

    /// Enters `state`; `reason` says why it is [`State::Halted`], else 0.
    pub fn set_state(&self, state: State, reason: u64) {
        self.words.store(AT_REASON, reason);
        // Release: whoever sees the state sees its reason.
        self.words.store_release(AT_STATE, state as u64);
    }

    /// Shows that the hot thread goes round: any number that changes.
    #[inline]
    pub fn beat(&self, value: u64) {
        self.words.store(AT_HEARTBEAT, value);
    }

    /// Publishes that `input` is applied and all its events, up to `event`, are in the log.
    ///
    /// Called between commands only, so that both always stand at the boundary of a command.
    #[inline]
    pub fn publish(&self, input: u64, event: u64) {
        self.words.store_release(AT_EVENT, event);
        // Release: whoever sees the input sees at least its events.
        self.words.store_release(AT_INPUT, input);
    }

    /// Publishes that inputs up to `input` survive a loss of power.
    pub fn publish_durable_input(&self, input: u64) {
        self.words.store_release(AT_DURABLE_INPUT, input);
    }

    /// Publishes that events up to `event` survive a loss of power.
    pub fn publish_durable_event(&self, event: u64) {
        self.words.store_release(AT_DURABLE_EVENT, event);
    }

    /// The writing end of counter `index`, from its present value.
    ///
    /// # Panics
    /// Where `index` is not below [`COUNTERS_MAX`].
    #[must_use]
    pub fn counter(&self, index: usize) -> Counter {
        assert!(index < COUNTERS_MAX);
        let index = AT_COUNTERS + index;
        Counter { words: self.words.clone(), index, value: self.words.load(index) }
    }
}

impl AsFd for Status {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.region.as_fd()
    }
}

/// A reading end of a status region.
#[derive(Clone, Debug)]
pub struct StatusView {
    words: Words,
    header: Header,
}

impl StatusView {
    /// Maps a status region another process made.
    ///
    /// # Errors
    /// Those of [`Region::attach`].
    pub fn attach(fd: OwnedFd, layout: u64) -> Result<StatusView, Error> {
        let expected = Expected { kind: Kind::Status, layout, access: Access::ReadOnly };
        let region = Region::attach(fd, &expected)?;
        let words = region.body();
        if words.len() < AT_COUNTERS + COUNTERS_MAX {
            return Err(Error::Length((words.len() * size_of::<u64>()) as u64));
        }
        Ok(StatusView { words, header: region.header() })
    }

    /// The process it is about.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// Its state and the reason of a halt; `None` where it wrote no state this build knows.
    #[must_use]
    pub fn state(&self) -> Option<(State, u64)> {
        let state = State::from_word(self.words.load_acquire(AT_STATE))?;
        Some((state, self.words.load(AT_REASON)))
    }

    /// A number that changes while its hot thread goes round.
    #[must_use]
    pub fn heartbeat(&self) -> u64 {
        self.words.load(AT_HEARTBEAT)
    }

    /// Last input applied and last event in the log: the events of every input up to the first
    /// number are within the second. Both stand at the boundary of a command.
    #[inline]
    #[must_use]
    pub fn published(&self) -> (u64, u64) {
        let input = self.words.load_acquire(AT_INPUT);
        (input, self.words.load_acquire(AT_EVENT))
    }

    /// Last event that may be shown under durability `process`.
    #[inline]
    #[must_use]
    pub fn published_event(&self) -> u64 {
        self.words.load_acquire(AT_EVENT)
    }

    /// Last input that survives a loss of power.
    #[inline]
    #[must_use]
    pub fn durable_input(&self) -> u64 {
        self.words.load_acquire(AT_DURABLE_INPUT)
    }

    /// Last event that survives a loss of power.
    #[inline]
    #[must_use]
    pub fn durable_event(&self) -> u64 {
        self.words.load_acquire(AT_DURABLE_EVENT)
    }

    /// Counter `index`; 0 where there is none of that number.
    #[must_use]
    pub fn counter(&self, index: usize) -> u64 {
        if index < COUNTERS_MAX { self.words.load(AT_COUNTERS + index) } else { 0 }
    }
}
