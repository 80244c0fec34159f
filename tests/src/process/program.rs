//! The program under test as a person has it: a file to run, its output, its exit code.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The file.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
}

/// A run that ended by itself.
#[derive(Clone, Debug)]
pub struct Done {
    /// Exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it complained about.
    pub err: String,
}

impl Program {
    /// The program in the file `path`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Program { path: PathBuf::from(path) }
    }

    /// A command line of it, nothing of it started yet.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).env("PINION_LOG", "error").stdin(Stdio::null());
        command
    }

    /// Runs a command line to its end.
    ///
    /// # Panics
    /// Where the file cannot be run.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Done {
        let output = self.command(arguments).output().expect("the program can be run");
        Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The one line of JSON a verb prints that ends with exit code 0.
    ///
    /// # Panics
    /// Where it does otherwise.
    #[must_use]
    #[track_caller]
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let done = self.run(&all);
        assert_eq!(done.code, 0, "{all:?}: {done:?}");
        let line = done.out.lines().next_back().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{all:?}: {error}: {done:?}"))
    }
}
