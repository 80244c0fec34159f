//! One process that runs until it is told to end, and never longer than its guard.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How a process is ended when its guard is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At once.
    Kill,
    /// In order, because it has processes of its own to end.
    Tidy,
}

/// A guard: the process is ended and reaped when it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    end: End,
    /// True once it was reaped: its number may be another's.
    is_over: bool,
}

impl Running {
    /// Begins the process.
    ///
    /// # Panics
    /// Where it cannot be begun.
    #[must_use]
    pub fn begin(mut command: Command, end: End) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a process begins");
        let lines = BufReader::new(child.stdout.take().expect("its output was asked for"));
        Running { child, lines, end, is_over: false }
    }

    /// The next line it prints, as JSON; waits for it.
    ///
    /// # Panics
    /// Where it ends before, or prints something else.
    #[track_caller]
    pub fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("its output can be read");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal; nothing happens where it is over.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid
            && !self.is_over
        {
            // Not reaped yet, so the number is its own; it may have ended already.
            let _gone = kill_process(pid, signal);
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// Where nobody can wait for it.
    pub fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().expect("a child can be waited for");
        self.is_over = true;
        status
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(match self.end {
                End::Kill => Signal::KILL,
                End::Tidy => Signal::TERM,
            });
            // Reaped, or there is nobody to reap.
            let _ended = self.child.wait();
        }
    }
}
