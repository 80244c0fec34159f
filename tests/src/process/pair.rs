//! A core and a gateway without a supervisor: the test kills them, and begins them again at once.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rustix::process::Signal;
use serde_json::Value;

use super::program::Program;
use super::running::{End, Running};

/// Which process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Books, risk, journal.
    Core,
    /// Sockets and sessions.
    Gateway,
}

/// The two processes of a venue.
#[derive(Debug)]
pub struct Pair {
    program: Program,
    data: PathBuf,
    config: PathBuf,
    address: SocketAddr,
    /// Where the hot segments are, on shared memory.
    run: PathBuf,
    core: Running,
    gateway: Running,
}

impl Pair {
    /// Begins both on `data`, and waits until the venue takes orders.
    ///
    /// Must be called on a thread that outlives them: they end with it.
    ///
    /// # Panics
    /// Where one of them does not begin.
    #[must_use]
    pub fn begin(program: &Program, data: &Path, config: &Path) -> Self {
        let (core, said) = begin(program, Role::Core, data, config, None);
        let control = PathBuf::from(said["control"].as_str().expect("a path"));
        let gateway = begin(program, Role::Gateway, data, config, None);
        let address = gateway.1["order_entry"].as_str().and_then(|text| text.parse().ok());
        Pair {
            program: program.clone(),
            data: data.to_owned(),
            config: config.to_owned(),
            address: address.expect("an address"),
            run: control.parent().expect("a directory").to_owned(),
            core,
            gateway: gateway.0,
        }
    }

    /// Where order entry is, from the first to the last process.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills a process without a word, and begins it again; waits until it is ready.
    pub fn kill(&mut self, role: Role) {
        let address = Some(self.address);
        let old = match role {
            Role::Core => &mut self.core,
            Role::Gateway => &mut self.gateway,
        };
        old.signal(Signal::KILL);
        let _by_signal = old.wait();
        *old = begin(&self.program, role, &self.data, &self.config, address).0;
    }

    /// What the core says of itself.
    #[must_use]
    pub fn status(&self) -> Value {
        self.ask(&["ctl", "status"])
    }

    /// Runs a verb on the data: the one line of JSON that it prints.
    ///
    /// # Panics
    /// Where it fails.
    #[must_use]
    #[track_caller]
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.extend(["--data", self.data.to_str().expect("plain")]);
        self.program.ask(&all)
    }

    /// Process id of the core.
    #[must_use]
    pub fn core_pid(&self) -> u32 {
        self.core.pid()
    }

    /// Ends both in order. The core's own state hash after its last command.
    ///
    /// # Panics
    /// Where one of them fails, or the core does not say its hash.
    #[must_use]
    pub fn end(mut self) -> String {
        for process in [&mut self.gateway, &mut self.core] {
            process.signal(Signal::TERM);
            assert_eq!(process.wait().code(), Some(0), "an orderly end");
        }
        let log = fs::read_to_string(log(&self.data, Role::Core)).expect("its log");
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut hash =
            lines.filter_map(|line| Some(line["fields"]["state_hash"].as_str()?.to_owned()));
        hash.next_back().expect("a core that ends says its state hash")
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for process in [&mut self.gateway, &mut self.core] {
            process.signal(Signal::KILL);
            let _ended = process.wait();
        }
        // Memory is given back also by a test that failed.
        let _nothing_there = fs::remove_dir_all(&self.run);
    }
}

/// Begins a process, waits until it is ready; what it said.
fn begin(
    program: &Program,
    role: Role,
    data: &Path,
    config: &Path,
    address: Option<SocketAddr>,
) -> (Running, Value) {
    let name = match role {
        Role::Core => "core",
        Role::Gateway => "gateway",
    };
    let supervisor = std::process::id().to_string();
    let [data_text, config] = [data, config].map(|path| path.to_str().expect("plain"));
    let mut arguments = vec!["--json", name, "--data", data_text, "--config", config];
    arguments.extend(["--supervised", &supervisor]);
    let address = address.map_or("127.0.0.1:0".to_owned(), |address| address.to_string());
    if role == Role::Gateway {
        arguments.extend(["--listen", &address]);
    }
    fs::create_dir_all(data).expect("ours");
    let log = File::create(log(data, role)).expect("ours");
    let mut command = program.command(&arguments);
    command.env("PINION_LOG", "info").stderr(log);
    let mut process = Running::begin(command, End::Kill);
    let ready = process.line();
    assert_eq!(ready["ready"], name, "{ready}");
    (process, ready)
}

/// Where a process writes what it has to say, beside the data.
fn log(data: &Path, role: Role) -> PathBuf {
    data.with_extension(match role {
        Role::Core => "core.log",
        Role::Gateway => "gateway.log",
    })
}
