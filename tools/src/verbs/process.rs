//! What core and gateway processes have in common: logs, the wish to end, the supervisor above.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGINT, SIGTERM};
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::print::Printer;

/// Options of a process that may have a supervisor.
#[derive(Clone, Debug, Args)]
pub(super) struct Supervised {
    /// Process id of the supervisor: end when it ends.
    #[arg(long, value_name = "PID", hide = true)]
    supervised: Option<u32>,
}

impl Supervised {
    /// True where a supervisor began it.
    pub fn is_supervised(&self) -> bool {
        self.supervised.is_some()
    }

    /// What the supervisor hears is JSON, whatever people are shown.
    pub fn voice(&self, printer: &Printer) -> Printer {
        if self.is_supervised() { Printer::new(true) } else { *printer }
    }

    /// Ends with the supervisor, however that ends.
    pub fn watch(&self) -> Result<(), Failure> {
        let Some(supervisor) = self.supervised else { return Ok(()) };
        rustix::process::set_parent_process_death_signal(Some(Signal::TERM))
            .map_err(|error| Failure::system("cannot watch the supervisor")(error.into()))?;
        // It may have ended before that was set.
        let parent = Pid::as_raw(rustix::process::getppid());
        if u32::try_from(parent) != Ok(supervisor) {
            return Err(Failure::Usage("the supervisor is gone".to_owned()));
        }
        Ok(())
    }
}

/// A flag that SIGTERM and Ctrl-C set. A second Ctrl-C ends the process at once; a second SIGTERM
/// does not, because service managers send it to a whole group and the supervisor sends it again.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let failed = || Failure::system("cannot listen for signals");
    // The first one finds the flag down and raises it; the order of these two matters.
    signal_hook::flag::register_conditional_shutdown(SIGINT, 1, Arc::clone(&stop))
        .map_err(failed())?;
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(failed())?;
    }
    Ok(stop)
}

/// Environment variable that says which logs are written.
pub(super) const LOG_FILTER: &str = "PINION_LOG";

/// Sends logs to the error stream: text for people, JSON with `--json`; `PINION_LOG` filters them.
pub(super) fn start_logs(printer: &Printer) {
    let filter = EnvFilter::try_from_env(LOG_FILTER).unwrap_or_else(|_| EnvFilter::new("info"));
    let is_colored = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(is_colored)
        .with_writer(io::stderr);
    // A test that runs two processes' code in one has a log already.
    let _already = if printer.is_json() { logs.json().try_init() } else { logs.try_init() };
}
