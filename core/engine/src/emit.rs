//! The way out: events leave in order, are counted, and go nowhere else.

use pinion_types::{Event, Seq};

use crate::session::Emit;

/// Takes every event the engine emits, in order: the event log, or whatever a test wants.
pub trait Sink {
    /// Takes one event. Its number in the log is the engine's count at the time plus one.
    fn emit(&mut self, event: &Event);
}

/// Hands the events of one command to its sink and counts them.
pub(crate) struct Out<'a, S> {
    sink: &'a mut S,
    events: u64,
}

impl<'a, S: Sink> Out<'a, S> {
    /// Goes on after `events` events.
    pub(crate) fn new(sink: &'a mut S, events: Seq) -> Self {
        Out { sink, events: events.0 }
    }

    /// Events so far, those before this command included.
    pub(crate) const fn events(&self) -> Seq {
        Seq(self.events)
    }
}

impl<S: Sink> Emit for Out<'_, S> {
    fn emit(&mut self, event: &Event) {
        // One event a nanosecond would take 584 years.
        self.events += 1;
        self.sink.emit(event);
    }
}
