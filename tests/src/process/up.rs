//! A venue under its own supervisor, as `pinion up` runs it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};
use serde_json::Value;

use super::program::Program;
use super::running::{End, Running};

/// A supervised venue.
#[derive(Debug)]
pub struct Up {
    /// What is run.
    pub program: Program,
    /// The data directory.
    pub data: PathBuf,
    /// What it printed when it was open.
    pub opened: Value,
    process: Running,
}

impl Up {
    /// Begins a venue on `data` at a free port, and waits until it is open.
    #[must_use]
    pub fn begin(program: &Program, data: &Path, config: &Path) -> Self {
        Self::begin_at(program, data, config, "127.0.0.1:0")
    }

    /// Begins a venue at that address, and waits until it is open.
    ///
    /// # Panics
    /// Where it does not open.
    #[must_use]
    #[track_caller]
    pub fn begin_at(program: &Program, data: &Path, config: &Path, address: &str) -> Self {
        let [data_text, config] = [data, config].map(|path| path.to_str().expect("plain"));
        let arguments =
            ["--json", "up", "--data", data_text, "--config", config, "--listen", address];
        let mut process = Running::begin(program.command(&arguments), End::Tidy);
        let opened = process.line();
        assert!(opened["open"].is_string(), "{opened}");
        Up { program: program.clone(), data: data.to_owned(), opened, process }
    }

    /// The data directory as an argument.
    ///
    /// # Panics
    /// Where it is not plain text.
    #[must_use]
    pub fn data(&self) -> &str {
        self.data.to_str().expect("plain")
    }

    /// Where order entry is.
    ///
    /// # Panics
    /// Where the venue did not say so.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.opened["order_entry"].as_str().and_then(|text| text.parse().ok()).expect("an address")
    }

    /// The process of `core` or `gateway`, by a handle that stays its own.
    ///
    /// # Panics
    /// Where the venue did not name it.
    #[must_use]
    pub fn child(&self, role: &str) -> (Pid, std::os::fd::OwnedFd) {
        let pid = self.opened[format!("{role}_pid")].as_i64().expect("a process id");
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
        (pid, pidfd_open(pid, PidfdFlags::empty()).expect("it runs"))
    }

    /// The next line it prints.
    pub fn line(&mut self) -> Value {
        self.process.line()
    }

    /// Runs a verb on its data: the one line of JSON that it prints.
    #[must_use]
    #[track_caller]
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.extend(["--data", self.data()]);
        self.program.ask(&all)
    }

    /// Sends the supervisor a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits for the supervisor's end; its exit code, -1 after a signal.
    #[must_use]
    pub fn wait(mut self) -> i32 {
        self.process.wait().code().unwrap_or(-1)
    }

    /// Tells it to end, and waits; its exit code.
    #[must_use]
    pub fn end(self) -> i32 {
        self.signal(Signal::TERM);
        self.wait()
    }
}
