//! `pinion load`: orders at a fixed rate, whatever the venue does, and what it took.

mod run;

mod report;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use self::run::Work;
use crate::access;
use crate::cli::{ConfigArgs, DataArg};
use crate::config::Loaded;
use crate::config::venue::Session;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::print::Printer;

/// Send orders open-loop and report latency from the intended moment of each.
///
/// Profiles: smoke (1 session, 100/s, 2 s), 10k (16 sessions, 10,000/s, 10 s), burst10k (16
/// sessions, 10,000 orders at once). Options override the profile. The run declares itself INVALID,
/// and exits with 1, where the generator fell behind its own plan; it exits with 4 where answers
/// were lost.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion load 10k --seconds 30 --hdr run.hlog")]
pub struct Load {
    /// What to send: smoke, 10k or burst10k.
    #[arg(value_name = "PROFILE", default_value = "smoke")]
    workload: String,
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    config: ConfigArgs,
    /// Address of order entry; without it, that of the venue in the data directory.
    #[arg(long)]
    address: Option<SocketAddr>,
    /// Sessions to spread the orders over.
    #[arg(long)]
    sessions: Option<u32>,
    /// First session to use, by number; without it, the largest row of sessions in venue.toml.
    #[arg(long)]
    first_session: Option<u32>,
    /// Orders a second, all sessions together.
    #[arg(long)]
    rate: Option<u64>,
    /// How long, in seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Instrument, by number; without it, the last in venue.toml.
    #[arg(long)]
    instrument: Option<u32>,
    /// Write the latencies to this file, in the HdrHistogram log format.
    #[arg(long, value_name = "FILE")]
    hdr: Option<PathBuf>,
}

/// What a profile says.
#[derive(Clone, Copy, Debug)]
struct Profile {
    name: &'static str,
    sessions: u32,
    /// Orders a second; 0 for all at once.
    rate: u64,
    /// Orders altogether, at that rate.
    orders: u64,
}

const PROFILES: [Profile; 3] = [
    Profile { name: "smoke", sessions: 1, rate: 100, orders: 200 },
    Profile { name: "10k", sessions: 16, rate: 10_000, orders: 100_000 },
    Profile { name: "burst10k", sessions: 16, rate: 0, orders: 10_000 },
];

impl Load {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let loaded = self.config.load(&self.data.data)?;
        let (work, sessions) = self.work(&loaded)?;
        let address = access::address(self.address, &self.data.data, &loaded);
        printer.line(format_args!(
            "{}: {} orders {} over {} sessions to {address}",
            self.workload,
            work.orders,
            if work.rate == 0 { "at once".to_owned() } else { format!("at {}/s", work.rate) },
            sessions.len()
        ))?;
        let result = run::run(&work, address, &loaded, &sessions)?;
        if let Some(path) = &self.hdr {
            report::write_hdr(path, &result)?;
        }
        report::print(printer, &self.workload, &work, &result)
    }

    fn work(&self, loaded: &Loaded) -> Result<(Work, Vec<Session>), Failure> {
        let names = PROFILES.iter().map(|profile| profile.name);
        let profile = PROFILES.iter().find(|profile| profile.name == self.workload);
        let profile = profile.ok_or_else(|| {
            let known: Vec<&str> = names.clone().collect();
            Failure::Usage(match nearest(&self.workload, names) {
                Some(near) => format!("no profile `{}`; did you mean {near}?", self.workload),
                None => format!("no profile `{}`; there are {}", self.workload, known.join(", ")),
            })
        })?;
        let rate = self.rate.unwrap_or(profile.rate);
        let orders = match (self.seconds, self.rate) {
            (None, None) => profile.orders,
            (None, Some(rate)) => rate.saturating_mul(profile.orders / profile.rate.max(1)),
            (Some(seconds), _) => rate.saturating_mul(seconds),
        };
        if orders == 0 {
            return Err(Failure::Usage("no orders: --rate and --seconds give none".to_owned()));
        }
        let venue = &loaded.config.venue;
        let instrument = match self.instrument {
            Some(id) => venue.instruments.iter().find(|one| one.id == id),
            None => venue.instruments.last(),
        };
        let instrument = instrument.ok_or_else(|| {
            Failure::Usage("there is no such instrument in venue.toml".to_owned())
        })?;
        let tick = instrument.tick.px().map_or(1, |px| px.0);
        let sessions = self.sessions(loaded, self.sessions.unwrap_or(profile.sessions))?;
        let work = Work { rate, orders, instrument: instrument.id, tick, lot: instrument.lot };
        Ok((work, sessions))
    }

    /// The sessions to use.
    fn sessions(&self, loaded: &Loaded, count: u32) -> Result<Vec<Session>, Failure> {
        let rows = &loaded.config.venue.sessions;
        let first = match self.first_session {
            Some(first) => first,
            None => rows.iter().max_by_key(|row| row.count).map_or(1, |row| row.id),
        };
        let all = rows.iter().flat_map(Session::each);
        let chosen: Vec<Session> = all.filter(|one| one.id >= first).take(count as usize).collect();
        if chosen.len() < count as usize || count == 0 {
            return Err(Failure::Usage(format!(
                "there are {} sessions from {first} on in venue.toml, not {count}",
                chosen.len()
            )));
        }
        Ok(chosen)
    }
}
