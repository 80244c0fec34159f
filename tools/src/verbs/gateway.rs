//! `pinion gateway`: the process of sockets and sessions.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;
use pinion_gateway::Server;
use pinion_gateway::config::{self, Config, KeyFile, Wait};
use pinion_types::SessionId;
use serde_json::json;

use super::process::{self, Supervised};
use crate::cli::{ConfigArgs, DataArg};
use crate::config::core::Idle;
use crate::config::gateway::{AccessLimits, ConnectionLimits, TurnLimits};
use crate::config::{Loaded, Machine};
use crate::failure::Failure;
use crate::place::Places;
use crate::print::Printer;

/// Run a gateway alone. `pinion up` does this for you.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion gateway --data pinion-data --config my-venue")]
pub struct Gateway {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    supervised: Supervised,
    /// Address of order entry, instead of the configured one; the last one given counts.
    #[arg(long, value_name = "ADDRESS", overrides_with = "listen")]
    listen: Option<SocketAddr>,
}

/// How often to look whether the core is attached.
const LOOK: Duration = Duration::from_millis(2);

impl Gateway {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        process::start_logs(printer);
        self.supervised.watch()?;
        let places = Places::of(&self.data.data)?;
        let loaded = self.config.load(&places.data)?;
        let machine = Machine::here();
        let findings = loaded.check(&machine);
        for warning in &findings.warnings {
            tracing::warn!("{warning}");
        }
        if !findings.errors.is_empty() {
            return Err(findings.into());
        }
        let stop = process::stop_flag()?;
        let config = gateway_config(&loaded, &places, self.listen, &machine);
        let server = Server::bind(config).map_err(|error| match error {
            pinion_gateway::server::Error::Keys(error) => Failure::Bad(error.to_string()),
            error @ pinion_gateway::server::Error::Io { .. } => Failure::Usage(error.to_string()),
        })?;
        let announced = announce(&server, self.supervised.voice(printer), Arc::clone(&stop));
        let done = server.run(&stop).map_err(|error| Failure::Usage(error.to_string()));
        stop.store(true, Ordering::Relaxed);
        if announced.join().is_err() {
            tracing::error!("the announcing thread panicked");
        }
        done
    }
}

/// Says that it is ready, once the core is attached.
fn announce(server: &Server, printer: Printer, stop: Arc<AtomicBool>) -> thread::JoinHandle<()> {
    let (address, counters) = (server.address(), server.counters());
    thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            if counters.attached.get() == 0 {
                thread::park_timeout(LOOK);
                continue;
            }
            let value = json!({ "ready": "gateway", "order_entry": address.to_string() });
            let text = format_args!("gateway ready, order entry at {address}");
            // Without a reader it still serves.
            let _unread = printer.result(text, &value);
            return;
        }
    })
}

/// The settings as the gateway takes them.
fn gateway_config(
    loaded: &Loaded,
    places: &Places,
    listen: Option<SocketAddr>,
    machine: &Machine,
) -> Config {
    let given = &loaded.config.gateway;
    let keys = loaded.config.venue.sessions.iter().flat_map(|row| row.each()).flat_map(|session| {
        let file = |key: &crate::config::venue::Key| KeyFile {
            session: SessionId(session.id),
            access_key_id: key.id.clone(),
            path: loaded.base.join(&key.file),
        };
        session.keys.iter().map(file).collect::<Vec<_>>()
    });
    Config {
        gateway: given.listen.number,
        listen: listen.unwrap_or(given.listen.order_entry),
        core_socket: places.core_socket(),
        wait: match loaded.spins(given.threads.idle, machine) {
            true => Wait::Spin,
            false => Wait::Yield,
        },
        cpu: given.threads.io.core(),
        keys: keys.collect(),
        session: session_limits(&given.session),
        access: access_limits(&given.access),
        turn: turn_limits(&given.turn),
    }
}

fn len(kib: u32) -> usize {
    usize::try_from(kib).unwrap_or(usize::MAX).saturating_mul(1024)
}

fn count(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn session_limits(given: &ConnectionLimits) -> config::SessionLimits {
    config::SessionLimits {
        logon_timeout_ms: given.logon_timeout_ms,
        logon_messages_max: given.logon_messages_max,
        frame_timeout_ms: given.frame_timeout_ms,
        linger_timeout_ms: given.linger_timeout_ms,
        receive_buffer_len: len(given.receive_buffer_kib),
        send_queue_len_max: len(given.send_queue_kib_max),
        retransmit_count_max: given.retransmit_count_max,
        retransmit_batch_max: given.retransmit_batch_max,
    }
}

fn access_limits(given: &AccessLimits) -> config::AccessLimits {
    config::AccessLimits {
        connections_max: count(given.connections_max),
        connections_per_address_max: given.connections_per_address_max,
        accept_per_second: given.accept_per_second,
        failures_max: given.failures_max,
        lockout_ms: given.lockout_ms,
        addresses_max: count(given.addresses_max),
    }
}

fn turn_limits(given: &TurnLimits) -> config::TurnLimits {
    config::TurnLimits {
        read_len_max: len(given.read_kib_max),
        events_max: count(given.events_max),
        replay_events_max: count(given.replay_events_max),
        replays_max: count(given.replays_max),
        index_stride: u64::from(given.index_stride),
        index_marks_max: count(given.index_marks_max),
    }
}

impl Loaded {
    /// Whether a thread with this setting spins on `machine`.
    pub(crate) fn spins(&self, idle: Idle, machine: &Machine) -> bool {
        match idle {
            Idle::Spin => true,
            Idle::Yield => false,
            // The hot thread and the gateway's, and one for everything else.
            Idle::Auto => machine.cores.len() > 2,
        }
    }
}
