//! The normal tape as commands in memory, ready for an engine, a ring or a journal.

use pinion_tests::live::Live;
use pinion_tests::tape::meb::{self, Ask, Message};
use pinion_tests::venue::{self, Venue};
use pinion_types::codes::Side;
use pinion_types::command::Genesis;
use pinion_types::{Command, Event, Nanos, Seq};
use sha2::{Digest, Sha256};

use crate::{is_smoke, sized};

/// SHA-256 of the report that the recorded tape must give.
const NORMAL: &str = "e9b2e3926854410b01a035aeb25dd05f1e597c233be8263de9eb49b6713d367e";

/// Commands one behind the other, with the number of events after each.
pub struct Tape {
    words: Vec<u64>,
    places: Vec<Place>,
    opening: usize,
    founding: usize,
    name: String,
    state_hash: u64,
}

#[derive(Clone, Copy)]
struct Place {
    from: u32,
    len: u32,
    events: u32,
}

impl Tape {
    /// The recorded tape where `PINION_DATA` names it, else a generated one of the same kind; a
    /// smoke run takes a generated one at once. The session logs on at `begin`.
    ///
    /// # Panics
    /// Where the recorded tape's report is not what it must be.
    #[must_use]
    pub fn normal(accounts: u32, begin: Nanos) -> Tape {
        let recorded = if is_smoke() { None } else { meb::load() };
        let is_recorded = recorded.is_some();
        let messages = recorded.unwrap_or_else(|| generated(sized(1_000_000, 10_000)));
        let mut adapter = meb::Adapter::new(accounts);
        adapter.now = begin;
        let tape = Tape {
            words: Vec::with_capacity(messages.len() * 16),
            places: Vec::with_capacity(messages.len() * 2),
            opening: 0,
            founding: 0,
            name: String::new(),
            state_hash: 0,
        };
        let mut recorder = Recorder { live: Live::new(&genesis()), tape };
        adapter.open(&mut recorder);
        // Opening ends with the two commands of the logon.
        recorder.tape.opening = recorder.tape.places.len();
        recorder.tape.founding = recorder.tape.opening - 2;
        let (mut report, mut hash) = (meb::Report::default(), Sha256::new());
        for (number, message) in (0..).zip(&messages) {
            adapter.play(&mut recorder, number, message, &mut report);
            hash.update(report.text.as_bytes());
            report.text.clear();
        }
        let hash: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!is_recorded || hash == NORMAL, "the report of the tape is {hash}");
        let Recorder { live, mut tape } = recorder;
        tape.state_hash = live.engine.state_hash();
        let source =
            if is_recorded { "recorded, report as published" } else { "generated, seed 23" };
        tape.name = format!(
            "normal tape ({source}; sha256 {}): {} messages as {} commands of {accounts} accounts",
            &hash[..16],
            messages.len(),
            tape.len()
        );
        tape
    }

    /// What it is, in one line.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Commands after the opening.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len() - self.opening
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hash of the engine's state after the last command.
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        self.state_hash
    }

    /// Words of a command after the opening.
    #[must_use]
    #[inline]
    pub fn words(&self, index: usize) -> &[u64] {
        self.at(self.opening + index)
    }

    /// Events the engine has emitted after that command, the opening's included.
    #[must_use]
    #[inline]
    pub fn events(&self, index: usize) -> u64 {
        u64::from(self.places[self.opening + index].events)
    }

    /// Configuration: everything before the logon, without the genesis.
    pub fn founding(&self) -> impl Iterator<Item = &[u64]> {
        (0..self.founding).map(|index| self.at(index))
    }

    /// The two commands of the logon.
    pub fn logon(&self) -> impl Iterator<Item = &[u64]> {
        (self.founding..self.opening).map(|index| self.at(index))
    }

    #[inline]
    fn at(&self, index: usize) -> &[u64] {
        let Place { from, len, .. } = self.places[index];
        &self.words[from as usize..(from + len) as usize]
    }
}

/// The venue of the tape.
#[must_use]
pub fn genesis() -> Genesis {
    // The tape is made before the core starts that its session logs on to.
    Genesis { logon_window_ns: 3_600_000_000_000, ..venue::genesis() }
}

/// Nanoseconds since the epoch.
///
/// # Panics
/// Where the clock stands before 1970 or after 2500.
#[must_use]
pub fn utc() -> Nanos {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Nanos(u64::try_from(since.expect("after 1970").as_nanos()).expect("before 2500"))
}

struct Recorder {
    live: Live,
    tape: Tape,
}

impl Venue for Recorder {
    fn apply(&mut self, seq: Seq, now: Nanos, command: &Command) -> &[Event] {
        let (from, words) = (self.tape.words.len(), command.words());
        self.tape.words.extend_from_slice(words);
        let before = self.live.engine.events().0;
        let events = self.live.apply(seq, now, command);
        let after = before + events.len() as u64;
        let small = |value: usize| u32::try_from(value).expect("a tape below 32 GiB");
        self.tape.places.push(Place {
            from: small(from),
            len: small(words.len()),
            events: u32::try_from(after).expect("fewer events"),
        });
        events
    }
}

/// Messages in the recorded tape's proportions: one new order in seven is immediate or cancel, of
/// the rest one in five is modified and nearly all are canceled.
fn generated(count: usize) -> Vec<Message> {
    let mut seed = 23_u64;
    let mut below = move |end: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % end
    };
    let (mut messages, mut live, mut id) = (Vec::with_capacity(count), Vec::new(), 0);
    let mut mid = 100_000_i64;
    while messages.len() < count {
        mid += i64::try_from(below(3)).expect("small") - 1;
        let away = i64::try_from(below(8) * below(8) + below(3)).expect("small") - 1;
        let qty = u32::try_from(1 + below(100)).expect("small");
        let pick = below(20);
        let known = live.len() as u64;
        if pick < 10 || known < 200 {
            id += 1;
            let is_ioc = below(7) == 0;
            let side = if below(2) == 0 { Side::Buy } else { Side::Sell };
            let px = if side.is_buy() { mid - away } else { mid + away };
            messages.push(Message { ask: Ask::New(is_ioc), side, qty, id, px });
            if !is_ioc {
                live.push((id, side));
            }
        } else {
            let index = usize::try_from(below(known)).expect("an index");
            let is_modify = pick < 12 && known < 10_000;
            let (id, side) = if is_modify { live[index] } else { live.swap_remove(index) };
            let ask = if is_modify { Ask::Modify } else { Ask::Cancel };
            let px = if side.is_buy() { mid - away } else { mid + away };
            messages.push(Message { ask, side, qty, id, px });
        }
    }
    messages
}
