//! Why a command ended without doing what was asked, and the exit code that says so.

use std::fmt;
use std::io;
use std::process::ExitCode;

use crate::config::Findings;

/// The end of a command that did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Exit code 1: asked in a way that cannot be, or not possible now.
    Usage(String),
    /// Exit code 2: a bad configuration, or corrupt data.
    Bad(String),
    /// Exit code 3: a replay gave something else than was recorded.
    Diverged(String),
    /// Exit code 4: the venue refused.
    Refused(String),
    /// Exit code 0: whoever read our output has seen enough.
    Unread,
}

impl Failure {
    /// The number the process ends with.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Failure::Unread => 0,
            Failure::Usage(_) => 1,
            Failure::Bad(_) => 2,
            Failure::Diverged(_) => 3,
            Failure::Refused(_) => 4,
        }
    }

    /// The same as the process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// A fault of the system while doing `what`.
    pub(crate) fn system(what: impl fmt::Display) -> impl FnOnce(io::Error) -> Failure {
        move |error| Failure::Usage(format!("{what}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Unread => Ok(()),
            Failure::Usage(text)
            | Failure::Bad(text)
            | Failure::Diverged(text)
            | Failure::Refused(text) => f.write_str(text),
        }
    }
}

impl From<Findings> for Failure {
    fn from(findings: Findings) -> Self {
        let lines: Vec<String> = findings.errors.iter().map(ToString::to_string).collect();
        Failure::Bad(lines.join("\n"))
    }
}
