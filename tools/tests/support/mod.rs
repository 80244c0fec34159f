//! The program under test as a person has it: a file to run, its output, its exit code.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal};
use serde_json::Value;

/// A command line of the program.
pub fn pinion(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinion"));
    command.args(arguments).env("PINION_LOG", "warn").stdin(Stdio::null());
    command
}

/// Exit code, output and errors of a run that ends by itself.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        Run {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The output as JSON, one value a line.
    #[track_caller]
    pub fn json(&self) -> Vec<Value> {
        let read =
            |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(read).collect()
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

/// Runs to the end.
pub fn run(arguments: &[&str]) -> Run {
    Run::of(&pinion(arguments).output().expect("the program can be run"))
}

/// Runs to the end with `input` at its standard input.
pub fn run_with(arguments: &[&str], input: &str) -> Run {
    let mut child = pinion(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    let mut stdin = child.stdin.take().expect("it was asked for");
    // A program that ends early does not read everything.
    let _unread = stdin.write_all(input.as_bytes());
    drop(stdin);
    Run::of(&child.wait_with_output().expect("it ends"))
}

/// A venue that is up; it is told to end when dropped.
pub struct Venue {
    pub data: PathBuf,
    pub opened: Value,
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Venue {
    /// Starts a venue on a free port and waits until it is open.
    #[track_caller]
    pub fn up(data: &Path, more: &[&str]) -> Self {
        Self::up_at(data, "127.0.0.1:0", more)
    }

    /// Starts a venue at that address and waits until it is open.
    #[track_caller]
    pub fn up_at(data: &Path, address: &str, more: &[&str]) -> Self {
        let shown = data.to_str().expect("a plain path");
        let mut arguments = vec!["up", "--json", "--data", shown, "--listen", address];
        arguments.extend(more);
        let mut child =
            pinion(&arguments).stdout(Stdio::piped()).spawn().expect("the program can be run");
        let lines = BufReader::new(child.stdout.take().expect("it was asked for"));
        let mut venue = Venue { data: data.to_owned(), opened: Value::Null, child, lines };
        venue.opened = venue.line();
        assert!(venue.opened["open"].is_string(), "{}", venue.opened);
        venue
    }

    /// The next line of its output; waits for it.
    #[track_caller]
    pub fn line(&mut self) -> Value {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("its output can be read");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"))
    }

    pub fn data(&self) -> &str {
        self.data.to_str().expect("a plain path")
    }

    /// Process id of `core` or `gateway`.
    pub fn pid(&self, role: &str) -> i32 {
        let pid = self.opened[format!("{role}_pid")].as_i64().expect("a process id");
        i32::try_from(pid).expect("a process id")
    }

    /// Types lines as a session.
    #[track_caller]
    pub fn trade(&self, session: &str, lines: &str) -> Run {
        run_with(&["trade", "--data", self.data(), "--session", session], lines)
    }

    /// Runs a verb on its data.
    pub fn verb(&self, arguments: &[&str]) -> Run {
        let mut all = arguments.to_vec();
        all.extend(["--data", self.data()]);
        run(&all)
    }

    /// Tells it to end, and waits; its exit code.
    #[track_caller]
    pub fn end(mut self, signal: Signal) -> i32 {
        kill(self.child.id().try_into().expect("a process id"), signal);
        self.child.wait().expect("it ends").code().unwrap_or(-1)
    }

    /// Kills it without a word; its children end by themselves, later.
    pub fn crash(mut self) {
        kill(self.child.id().try_into().expect("a process id"), Signal::KILL);
        self.child.wait().expect("it ends");
    }
}

impl Venue {
    /// Kills supervisor, core and gateway without a word.
    pub fn crash_all(mut self) {
        let children = ["core", "gateway"].map(|role| self.pid(role));
        // Stopped first, so that it begins nobody again meanwhile.
        let supervisor = self.child.id().try_into().expect("a process id");
        kill(supervisor, Signal::STOP);
        children.iter().for_each(|&pid| kill(pid, Signal::KILL));
        kill(supervisor, Signal::KILL);
        self.child.wait().expect("it ends");
    }
}

/// Waits until no core holds the logs of this data directory any more.
pub fn wait_until_free(data: &Path) {
    let is_held = || {
        let report = pinion_journal::verify(&data.join("journal"), None, None);
        report.expect("there is a journal").is_live
    };
    while is_held() {
        std::thread::yield_now();
    }
}

impl Drop for Venue {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            kill(self.child.id().try_into().unwrap_or(0), Signal::TERM);
            let _ended = self.child.wait();
        }
    }
}

/// Sends a signal to a process that a test started.
pub fn kill(pid: i32, signal: Signal) {
    let pid = Pid::from_raw(pid).expect("a process id");
    // It may have ended already.
    let _gone = rustix::process::kill_process(pid, signal);
}

/// A directory of its own.
pub fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}
