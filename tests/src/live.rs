//! The real engine as a venue of tests: events kept in a list.

use pinion_engine::{Engine, Sink};
use pinion_types::command::Genesis;
use pinion_types::{Command, Event, InstrumentId, Nanos, Seq};

use crate::tape::Top;
use crate::venue::Venue;

/// The engine, with the events of its last command.
pub struct Live {
    /// The engine.
    pub engine: Engine,
    events: Vec<Event>,
}

struct Kept<'a>(&'a mut Vec<Event>);

impl Sink for Kept<'_> {
    fn emit(&mut self, event: &Event) {
        self.0.push(*event);
    }
}

impl Live {
    /// A venue whose first command was `genesis`.
    ///
    /// # Panics
    /// Where the engine refuses it.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let engine = Engine::new(genesis).expect("a genesis that fits");
        Live { engine, events: Vec::with_capacity(64) }
    }

    /// Best prices of an instrument, as the engine reads its own book.
    #[must_use]
    pub fn top(&self, instrument: u32) -> Top {
        let top = self.engine.top_of_book(InstrumentId(instrument)).expect("an instrument");
        Top {
            bid_px: top.bid_px.0,
            bid_qty: top.bid_qty.0,
            ask_px: top.ask_px.0,
            ask_qty: top.ask_qty.0,
        }
    }
}

impl Venue for Live {
    fn apply(&mut self, seq: Seq, now: Nanos, command: &Command) -> &[Event] {
        self.events.clear();
        self.engine.apply(seq, now, command, &mut Kept(&mut self.events));
        &self.events
    }
}
