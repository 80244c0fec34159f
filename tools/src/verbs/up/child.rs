//! One supervised process: begun, listened to, told to end.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

use rustix::process::{Pid, PidfdFlags, Signal};

use super::supervisor::Note;
use crate::failure::Failure;
use crate::verbs::process::LOG_FILTER;

/// Which of the processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Core,
    Gateway,
}

impl Role {
    pub fn name(self) -> &'static str {
        match self {
            Role::Core => "core",
            Role::Gateway => "gateway",
        }
    }
}

/// A running process. What it prints and how it ends arrives as [`Note`]s.
#[derive(Debug)]
pub(super) struct Child {
    /// Names the process even after its number is used again.
    handle: OwnedFd,
    pub pid: u32,
}

impl Child {
    /// Begins the process of `role` from this program's own file.
    ///
    /// Must be called on the main thread: the child is told when the thread that began it ends.
    pub fn begin(
        role: Role,
        arguments: &[OsString],
        is_quiet: bool,
        notes: &Sender<Note>,
    ) -> Result<Child, Failure> {
        let what = || format!("cannot begin the {}", role.name());
        let program = std::env::current_exe().map_err(Failure::system(what()))?;
        let mut command = Command::new(program);
        if is_quiet && std::env::var_os(LOG_FILTER).is_none() {
            command.env(LOG_FILTER, "warn");
        }
        let mut process = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A group of its own: Ctrl-C reaches the supervisor alone, which ends things in order.
            .process_group(0)
            .spawn()
            .map_err(Failure::system(what()))?;
        let pid = process.id();
        let handle = i32::try_from(pid)
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| Failure::Usage(what()))
            .and_then(|pid| {
                rustix::process::pidfd_open(pid, PidfdFlags::empty())
                    .map_err(|error| Failure::system(what())(error.into()))
            });
        let handle = match handle {
            Ok(handle) => handle,
            Err(failure) => {
                // Without a handle it could not be told to end later.
                let _already_gone = process.kill();
                return Err(failure);
            }
        };
        let notes = notes.clone();
        thread::Builder::new()
            .name(format!("watch-{}", role.name()))
            .spawn(move || watch(role, process, &notes))
            .map_err(Failure::system(what()))?;
        Ok(Child { handle, pid })
    }

    /// Sends it a signal; nothing happens where it is gone.
    pub fn signal(&self, signal: Signal) {
        let _gone = rustix::process::pidfd_send_signal(&self.handle, signal);
    }
}

/// Passes on what the process prints, and then how it ended.
fn watch(role: Role, mut process: Process, notes: &Sender<Note>) {
    // A supervisor that no longer listens is ending itself.
    if let Some(output) = process.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _unheard = notes.send(Note::Line(role, line));
        }
    }
    let _unheard = notes.send(Note::Gone(role, process.wait().ok().map(end)));
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

fn end(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Code(code),
        (None, signal) => End::Signal(signal.unwrap_or(0)),
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            End::Code(code) => write!(f, "ended with exit code {code}"),
            End::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}
