//! A sequenced command as one line of text.

use std::fmt;
use std::str::FromStr;

use pinion_types::{Command, CommandHeader, CommandKind, Nanos, Seq};

use super::record::{self, Record};
use super::{Context, stamp, words};

/// A command with the number and the time the sequencer gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its place in the input journal.
    pub seq: Seq,
    /// When it was sequenced.
    pub time: Nanos,
    /// The command itself.
    pub command: Command,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} @{} ", self.seq, stamp::show_time(self.time))?;
        record::write(&self.command, f)
    }
}

impl FromStr for Input {
    type Err = String;

    /// Reads one line.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    fn from_str(line: &str) -> Result<Self, String> {
        parse(&words::split(line)?, &Context::default())
    }
}

/// Reads a command from the words of its line.
pub(super) fn parse(words: &[&str], context: &Context) -> Result<Input, String> {
    let (seq, words) = stamp::take_seq(words, context.seq)?;
    let (time, words) = stamp::take_time(words, context.time)?;
    Ok(Input { seq, time, command: record::parse(words)? })
}

impl Record for Command {
    type Header = CommandHeader;
    const WHAT: &'static str = "command";

    fn zeroed(word: &str) -> Option<Self> {
        CommandKind::from_name(word).map(Command::zeroed)
    }
    fn word(&self) -> &'static str {
        self.kind().map_or("unknown", CommandKind::name)
    }
    fn words() -> Vec<&'static str> {
        CommandKind::ALL.iter().map(|kind| kind.name()).collect()
    }
    fn header(&self) -> CommandHeader {
        *Command::header(self)
    }
    fn set_header(&mut self, header: &CommandHeader) {
        Command::set_header(self, header);
    }
    fn body(&self) -> Option<&dyn pinion_types::text::Fields> {
        self.view().map(pinion_types::CommandRef::body)
    }
    fn body_mut(&mut self) -> Option<&mut dyn pinion_types::text::Fields> {
        Command::body_mut(self)
    }
    fn header_name(field: &'static str) -> Option<&'static str> {
        (field != "kind").then_some(field)
    }
}
