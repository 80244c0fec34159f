//! An event as one line of text.

use std::fmt;
use std::str::FromStr;

use pinion_types::{Event, EventHeader, EventKind, Nanos, Seq};

use super::record::{self, Record};
use super::{Context, Input, stamp, words};

/// An event with its place in the event log, the time of its command and that command's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its place in the event log, which is its ExecID.
    pub seq: Seq,
    /// When the command that caused it was sequenced.
    pub time: Nanos,
    /// Number of that command.
    pub cause: Seq,
    /// The event itself.
    pub event: Event,
}

impl Output {
    /// The line as it stands below its command: time and cause only where they differ.
    pub fn below<'a>(&'a self, input: &Input) -> impl fmt::Display + use<'a> {
        let (time, cause) = (input.time, input.seq);
        Line { output: self, time: self.time != time, cause: self.cause != cause }
    }
}

/// An output with or without what its command already says.
struct Line<'a> {
    output: &'a Output,
    time: bool,
    cause: bool,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "> {} ", self.output.seq)?;
        if self.time {
            write!(f, "@{} ", stamp::show_time(self.output.time))?;
        }
        if self.cause {
            write!(f, "^{} ", self.output.cause)?;
        }
        record::write(&self.output.event, f)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Line { output: self, time: true, cause: true }, f)
    }
}

impl FromStr for Output {
    type Err = String;

    /// Reads one line, with or without the mark in front.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    fn from_str(line: &str) -> Result<Self, String> {
        let words = words::split(line)?;
        parse(words.strip_prefix(&[">"]).unwrap_or(&words), &Context::default())
    }
}

/// Reads an event from the words of its line, the mark taken off.
pub(super) fn parse(words: &[&str], context: &Context) -> Result<Output, String> {
    let (seq, words) = stamp::take_seq(words, context.event_seq)?;
    let (time, words) = stamp::take_time(words, context.time)?;
    let (cause, words) = match words.split_first() {
        Some((first, rest)) if first.starts_with('^') => {
            let cause = first[1..].parse().map_err(|_| format!("`{first}` is no command number"));
            (Seq(cause?), rest)
        }
        _ => (context.seq, words),
    };
    Ok(Output { seq, time, cause, event: record::parse(words)? })
}

impl Record for Event {
    type Header = EventHeader;
    const WHAT: &'static str = "event";

    fn zeroed(word: &str) -> Option<Self> {
        EventKind::from_name(word).map(Event::zeroed)
    }
    fn word(&self) -> &'static str {
        self.kind().map_or("unknown", EventKind::name)
    }
    fn words() -> Vec<&'static str> {
        EventKind::ALL.iter().map(|kind| kind.name()).collect()
    }
    fn header(&self) -> EventHeader {
        *Event::header(self)
    }
    fn set_header(&mut self, header: &EventHeader) {
        Event::set_header(self, header);
    }
    fn body(&self) -> Option<&dyn pinion_types::text::Fields> {
        self.view().map(pinion_types::EventRef::body)
    }
    fn body_mut(&mut self) -> Option<&mut dyn pinion_types::text::Fields> {
        Event::body_mut(self)
    }
    // Bodies have fields of these names too.
    fn header_name(field: &'static str) -> Option<&'static str> {
        match field {
            "kind" => None,
            "flags" => Some("header_flags"),
            "reserved" => Some("header_reserved"),
            other => Some(other),
        }
    }
}
