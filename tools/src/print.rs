//! Output for people or, with `--json`, for programs: one value a line.

use std::fmt;
use std::io::{self, Write};

use serde::Serialize;

use crate::failure::Failure;

/// Where results go, and in which form.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    json: bool,
}

impl Printer {
    /// Prints JSON where `json` is set, else text.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Printer { json }
    }

    /// True where output is for programs.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a result: `text` for people, `value` for programs.
    ///
    /// # Errors
    /// [`Failure::Unread`] where nobody reads any more.
    pub fn result(&self, text: impl fmt::Display, value: &impl Serialize) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let done = if self.json {
            serde_json::to_writer(&mut out, value)
                .map_err(io::Error::from)
                .and_then(|()| out.write_all(b"\n"))
        } else {
            writeln!(out, "{text}")
        };
        done.and_then(|()| out.flush()).map_err(unread)
    }

    /// Prints a line for people only.
    ///
    /// # Errors
    /// [`Failure::Unread`] where nobody reads any more.
    pub fn line(&self, text: impl fmt::Display) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        writeln!(io::stdout().lock(), "{text}").map_err(unread)
    }

    /// Prints a remark that is no result, to the error stream.
    pub fn note(&self, text: impl fmt::Display) {
        // Nobody left to tell where this fails.
        let _unread = if self.json {
            let text = text.to_string();
            writeln!(io::stderr().lock(), "{}", serde_json::json!({ "note": text }))
        } else {
            writeln!(io::stderr().lock(), "{text}")
        };
    }

    /// Prints why a command failed, to the error stream.
    pub fn failure(&self, failure: &Failure) {
        let code = failure.code();
        // Nobody left to tell where this fails.
        let _unread = if self.json {
            let value = serde_json::json!({ "error": failure.to_string(), "exit": code });
            writeln!(io::stderr().lock(), "{value}")
        } else {
            writeln!(io::stderr().lock(), "pinion: {failure}")
        };
    }
}

/// What a failed write to the output means.
pub(crate) fn unread(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Failure::Unread
    } else {
        Failure::Usage(format!("cannot write the output: {error}"))
    }
}
