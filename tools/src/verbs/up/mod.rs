//! `pinion up`: a whole venue, core and gateway as two supervised processes.

mod child;

mod supervisor;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use rustix::fs::FlockOperation;
use serde_json::json;

use self::supervisor::{Plan, Supervisor};
use crate::access;
use crate::cli::{ConfigArgs, DataArg};
use crate::config::core::Idle;
use crate::config::{Loaded, Machine};
use crate::failure::Failure;
use crate::keys;
use crate::place::Places;
use crate::print::Printer;

/// Run a whole venue: core and gateway, restarted when they crash, until Ctrl-C.
///
/// Without a configuration it has demo instruments, accounts and sessions on loopback. On data that
/// is there already it recovers and goes on.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion up --data my-data --profile dev")]
pub struct Up {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    config: ConfigArgs,
    /// Begin a new venue: the data directory must be empty or not there.
    #[arg(long)]
    fresh: bool,
    /// Address of order entry, instead of the configured one.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

impl Up {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let dir = &self.data.data;
        if self.fresh && dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Failure::Usage(format!(
                "--fresh begins a new venue, but {} is not empty; name another with --data",
                dir.display()
            )));
        }
        let places = Places::make(dir)?;
        let _lock = lock(&places)?;
        let _left_tidy = Tidy(&places);
        let loaded = self.config.load(&places.data)?;
        if self.config.config.is_none() {
            keys::make_missing(&loaded)?;
        }
        let machine = Machine::here();
        let findings = loaded.check(&machine);
        for warning in &findings.warnings {
            printer.note(format_args!("warning: {warning}"));
        }
        if !findings.errors.is_empty() {
            return Err(findings.into());
        }
        let listen = self.listen.unwrap_or(loaded.config.gateway.listen.order_entry);
        // After a supervisor was killed its gateway still says goodbye: that port becomes free.
        let was_ours = access::written_address(&places) == Some(listen);
        free(listen, if was_ours { HANDOVER } else { Duration::ZERO })?;
        if !loaded.spins(Idle::Auto, &machine) {
            printer.note(format_args!(
                "{} processors are too few for threads that spin: \"auto\" yields",
                machine.cores.len()
            ));
        }
        let plan = Plan {
            core: self.arguments("core", &places, printer, None),
            gateway: self.arguments("gateway", &places, printer, Some(listen)),
            is_quiet: !printer.is_json(),
        };
        let banner = Banner {
            places: &places,
            loaded: &loaded,
            data: &self.data.data,
            config: self.config.config.as_deref(),
        };
        let mut supervisor = Supervisor::new(plan, printer)?;
        let done = supervisor.run(|address, pids| {
            access::write_address(&places, address)?;
            banner.print(printer, address, pids)
        });
        access::remove_address(&places);
        done
    }

    /// The command line of a child process.
    fn arguments(
        &self,
        verb: &str,
        places: &Places,
        printer: &Printer,
        listen: Option<SocketAddr>,
    ) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![verb.into()];
        arguments.extend(printer.is_json().then(|| "--json".into()));
        arguments.extend(["--data".into(), places.data.clone().into()]);
        arguments.extend(self.config.forward());
        arguments.extend(["--supervised".into(), std::process::id().to_string().into()]);
        if let Some(listen) = listen {
            arguments.extend(["--listen".into(), listen.to_string().into()]);
        }
        arguments
    }
}

/// Clears the run directory at the end, however that comes.
struct Tidy<'a>(&'a Places);

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        self.0.clear_run();
    }
}

/// Takes the data directory for this supervisor; it is free again when the file is closed.
fn lock(places: &Places) -> Result<File, Failure> {
    let path = places.data.join("up.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(Failure::system(path.display()))?;
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        Failure::Usage(format!("another `pinion up` runs on {}", places.data.display()))
    })?;
    Ok(file)
}

/// Time a gateway whose supervisor is gone may take to end.
const HANDOVER: Duration = Duration::from_secs(10);

/// How often to look whether it has.
const HANDOVER_LOOK: Duration = Duration::from_millis(20);

/// Checks that nobody listens at `address`, or ceases to within `patience`.
fn free(address: SocketAddr, patience: Duration) -> Result<(), Failure> {
    let deadline = Instant::now() + patience;
    loop {
        let error = match TcpListener::bind(address) {
            Ok(_free_again_when_dropped) => return Ok(()),
            Err(error) => error,
        };
        if error.kind() != io::ErrorKind::AddrInUse {
            return Err(Failure::Usage(format!("cannot listen at {address}: {error}")));
        }
        if Instant::now() >= deadline {
            return Err(Failure::Usage(format!(
                "{address} is in use by another program; stop it, or choose another address with \
                 --listen"
            )));
        }
        thread::park_timeout(HANDOVER_LOOK);
    }
}

/// What is printed once the venue is open.
struct Banner<'a> {
    places: &'a Places,
    loaded: &'a Loaded,
    /// The data directory as it was typed.
    data: &'a Path,
    /// The directory of the configuration, where one was typed.
    config: Option<&'a Path>,
}

impl Banner<'_> {
    /// The command that sends a first order, as it can be typed in the same directory.
    fn first_order(&self, session: u32) -> String {
        let quoted = |text: &Path| match text.to_string_lossy() {
            text if text.contains(char::is_whitespace) => format!("'{text}'"),
            text => text.into_owned(),
        };
        let program = std::env::args_os().next().map_or("pinion".into(), PathBuf::from);
        let mut command = format!("echo 'buy 10 @ 100.05' | {} trade", quoted(&program));
        if self.data.as_os_str() != "pinion-data" {
            command.push_str(&format!(" --data {}", quoted(self.data)));
        }
        if let Some(config) = self.config {
            command.push_str(&format!(" --config {}", quoted(config)));
        }
        command.push_str(&format!(" --session {session}"));
        command
    }

    fn print(&self, printer: &Printer, address: SocketAddr, pids: [u32; 2]) -> Result<(), Failure> {
        let venue = &self.loaded.config.venue;
        let durability = self.loaded.config.core.durability.mode;
        let symbols: Vec<&str> = venue.instruments.iter().map(|one| one.symbol.as_str()).collect();
        let sessions: Vec<String> = venue.sessions.iter().map(|one| one.name.clone()).collect();
        let first = venue.sessions.first().map_or(1, |session| session.id);
        let command = self.first_order(first);
        let text = format!(
            "venue {} is open\n  order entry  {address}\n  data         {}\n  hot          {}\n  \
             durability   {}\n  instruments  {}\n  sessions     {}\nsend a first order \
             from another terminal:\n  {command}\nCtrl-C stops it",
            venue.venue.mic,
            self.places.data.display(),
            self.places.run.display(),
            durability.name(),
            symbols.join(", "),
            sessions.join(", "),
        );
        let value = json!({
            "open": venue.venue.mic,
            "order_entry": address.to_string(),
            "data": self.places.data.display().to_string(),
            "run": self.places.run.display().to_string(),
            "durability": durability,
            "instruments": symbols,
            "sessions": sessions,
            "first_order": command,
            "core_pid": pids[0],
            "gateway_pid": pids[1],
        });
        printer.result(text, &value)
    }
}
