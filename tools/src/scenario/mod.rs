//! The scenario language: the one text form of commands and events.
//!
//! What `journal cat` prints, tests read, so that any journal becomes a test. One command a line,
//! the events it caused below it, indented and marked `>`:
//!
//! ```text
//! # Two orders meet.
//! 7 @2026-01-05T10:00:00.000000001Z new session=1 src_seq=1 cl_ord_id=1 px=100.05 qty=10 side=buy
//!   > 9 accepted session=1 msg_seq_num=1 cl_ord_id=1 order_id=7 px=100.05 qty=10 side=buy
//! ```
//!
//! A command line is `SEQ @TIME KIND field=value ...`, an event line `> SEQ @TIME ^CAUSE KIND
//! field=value ...`. Fields are those of the layouts in `pinion_types`, in any order; a field that
//! is zero is left out. Texts stand in double quotes; `#` begins a comment.
//!
//! What an author may leave out: `SEQ` continues the count, `@TIME` repeats the time above and
//! `@+5ms` adds to it, and an event's time and cause are its command's. What is printed reads back
//! to the same bytes.

mod input;

mod output;

mod record;

mod stamp;

mod words;

use std::fmt;
use std::str::FromStr;

use pinion_types::{Nanos, Seq};

pub use input::Input;
pub use output::Output;
pub use stamp::{parse_time, show_time};

/// A list of commands, each with the events it caused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The commands in order.
    pub steps: Vec<Step>,
    /// Comments and empty lines after the last step, as they stand.
    pub notes: Vec<String>,
}

/// One command and what followed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Comments and empty lines above it, as they stand.
    pub notes: Vec<String>,
    /// The command.
    pub input: Input,
    /// Its events in order.
    pub outputs: Vec<Output>,
}

/// Why a text is no scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Error {}

/// What a line may leave to the lines above it.
#[derive(Clone, Copy, Debug, Default)]
struct Context {
    /// Number of the last command.
    seq: Seq,
    /// Time of the last command.
    time: Nanos,
    /// Number of the last event.
    event_seq: Seq,
}

impl FromStr for Scenario {
    type Err = Error;

    /// Reads commands and events; comments stay with the step below them.
    ///
    /// # Errors
    /// [`Error`] names the first line that cannot be read.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut scenario = Scenario::default();
        let mut context = Context::default();
        for (index, line) in text.lines().enumerate() {
            let fail = |message| Error { line: index + 1, message };
            let words = words::split(line).map_err(fail)?;
            match words.first() {
                None => scenario.notes.push(line.to_owned()),
                Some(&">") => {
                    let output = output::parse(&words[1..], &context).map_err(fail)?;
                    context.event_seq = output.seq;
                    let step = scenario.steps.last_mut();
                    let step = step.ok_or_else(|| fail("an event before any command".into()))?;
                    step.outputs.push(output);
                }
                Some(_) => {
                    let input = input::parse(&words, &context).map_err(fail)?;
                    (context.seq, context.time) = (input.seq, input.time);
                    let notes = std::mem::take(&mut scenario.notes);
                    scenario.steps.push(Step { notes, input, outputs: Vec::new() });
                }
            }
        }
        Ok(scenario)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.steps.iter().try_for_each(|step| fmt::Display::fmt(step, f))?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.notes.iter().try_for_each(|note| writeln!(f, "{note}"))?;
        writeln!(f, "{}", self.input)?;
        self.outputs.iter().try_for_each(|output| writeln!(f, "  {}", output.below(&self.input)))
    }
}

impl Step {
    /// A step without comments.
    #[must_use]
    pub fn new(input: Input, outputs: Vec<Output>) -> Self {
        Step { notes: Vec::new(), input, outputs }
    }
}
