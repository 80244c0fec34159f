//! The two logs of a venue, read as commands and events.

use std::path::PathBuf;

use pinion_journal::{Error, Reader};
use pinion_types::{Command, Event, Nanos, Seq};

use crate::failure::Failure;
use crate::place::Places;
use crate::scenario::{Input, Output};

/// One of the two logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Log {
    /// The input journal: commands.
    Input,
    /// The event log.
    Events,
}

impl Log {
    pub const BOTH: [Log; 2] = [Log::Input, Log::Events];

    /// Its number in segment headers.
    pub fn kind(self) -> u16 {
        match self {
            Log::Input => pinion_sequencer::INPUT_KIND,
            Log::Events => pinion_sequencer::EVENT_KIND,
        }
    }

    /// Its name in output.
    pub fn name(self) -> &'static str {
        match self {
            Log::Input => "input",
            Log::Events => "events",
        }
    }

    /// Its directories: disk, hot.
    pub fn dirs(self, places: &Places) -> (PathBuf, PathBuf) {
        match self {
            Log::Input => (places.journal(), places.hot_journal()),
            Log::Events => (places.events(), places.hot_events()),
        }
    }

    /// Opens it for reading from `from` on.
    pub fn open(self, places: &Places, from: Seq) -> Result<Reader, Failure> {
        let (dir, hot) = self.dirs(places);
        Reader::open(&dir, Some(&hot), self.kind(), from.0).map_err(|error| failure(&error))
    }
}

/// What an error of a log means for whoever asked.
pub(crate) fn failure(error: &Error) -> Failure {
    match error {
        Error::Absent { dir } => Failure::Usage(format!("{}: there is no log here", dir.display())),
        Error::Io { .. } | Error::Options(_) | Error::Locked { .. } | Error::TooOld { .. } => {
            Failure::Usage(error.to_string())
        }
        _ => Failure::Bad(error.to_string()),
    }
}

/// The next command of a reader, if there is one.
pub(crate) fn next_input(reader: &mut Reader) -> Result<Option<Input>, Failure> {
    let Some(record) = reader.next().map_err(|error| failure(&error))? else { return Ok(None) };
    let (seq, time) = (Seq(record.seq), Nanos(record.time));
    let command = Command::from_bytes(record.payload).ok_or_else(|| unreadable("input", seq))?;
    Ok(Some(Input { seq, time, command }))
}

/// The next event of a reader, if there is one.
pub(crate) fn next_output(reader: &mut Reader) -> Result<Option<Output>, Failure> {
    let Some(record) = reader.next().map_err(|error| failure(&error))? else { return Ok(None) };
    let (seq, time, cause) = (Seq(record.seq), Nanos(record.time), Seq(record.aux));
    let event = Event::from_bytes(record.payload).ok_or_else(|| unreadable("events", seq))?;
    Ok(Some(Output { seq, time, cause, event }))
}

fn unreadable(log: &str, seq: Seq) -> Failure {
    Failure::Bad(format!("{log} seq {seq}: the record is whole, but of no kind this program knows"))
}

/// Turns an event reader to the first event caused by `cause` or a later command.
///
/// Causes only rise along the log, so that halving finds the place.
pub(crate) fn seek_cause(reader: &mut Reader, cause: Seq) -> Result<(), Failure> {
    let mut cause_at = |seq: u64| -> Result<Option<u64>, Failure> {
        reader.seek(seq).map_err(|error| failure(&error))?;
        Ok(reader.next().map_err(|error| failure(&error))?.map(|record| record.aux))
    };
    let (mut low, mut high) = (0_u64, 1_u64);
    while cause_at(high)?.is_some_and(|found| found < cause.0) {
        low = high;
        high = high.saturating_mul(2);
    }
    // Everything up to `low` is before; `high` is not, or beyond the end.
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if cause_at(middle)?.is_some_and(|found| found < cause.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    reader.seek(high).map_err(|error| failure(&error))
}
