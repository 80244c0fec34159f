//! `pinion ctl`: what an operator says to a running core.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::reconcile::Reconcile;
use crate::cli::DataArg;
use crate::control::{Reply, Request};
use crate::failure::Failure;
use crate::place::Places;
use crate::print::Printer;

/// Ask and command a running core over its control socket.
///
/// What you may do follows from your user id: the core's own user may do everything, others what
/// core.toml gives them. Exit code 4 where the venue or your role says no.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion ctl kill --scope account --id 1 --reason 'fat finger'")]
pub struct Ctl {
    #[command(flatten)]
    data: DataArg,
    /// The control socket; without it, that of the venue in the data directory.
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show state, positions in the logs, durability and counters.
    #[command(after_help = "Example: pinion ctl status --json")]
    Status,
    /// Block new orders, and cancel the working ones; stays through restarts.
    #[command(after_help = "Example: pinion ctl kill --scope global --reason 'emergency'")]
    Kill {
        #[command(flatten)]
        target: Target,
        /// Block only, and leave working orders alone.
        #[arg(long)]
        block_only: bool,
    },
    /// End a block; brings no order back.
    #[command(after_help = "Example: pinion ctl release --scope account --id 1 --reason 'cleared'")]
    Release {
        #[command(flatten)]
        target: Target,
    },
    /// Take a trade of the day back: positions, cash and fees of both sides, to the last unit.
    ///
    /// Orders stay as they are, and so do prices. A trade is corrected once. Its number stands in
    /// both sides' reports, and in `pinion journal cat --kind trade`.
    #[command(after_help = "Example: pinion ctl bust 4711 --reason 'erroneous price'")]
    Bust(Trade),
    /// Put a trade of the day to another price: value and fees of both sides.
    ///
    /// The fees are those that each side pays now. Orders stay as they are, and so do prices. A
    /// trade is corrected once.
    #[command(after_help = "Example: pinion ctl adjust 4711 100.05 --reason 'erroneous price'")]
    Adjust {
        #[command(flatten)]
        trade: Trade,
        /// The price it stands at from then on.
        #[arg(value_name = "PX", allow_negative_numbers = true)]
        px: String,
    },
    Reconcile(Reconcile),
}

/// The trade that is taken back.
#[derive(Debug, Args)]
struct Trade {
    /// Number of the trade.
    #[arg(value_name = "TRADE_ID")]
    trade_id: u64,
    /// Why, at most 32 characters; it is journaled.
    #[arg(long)]
    reason: String,
}

/// What a kill or a release is about.
#[derive(Debug, Args)]
struct Target {
    /// At which level.
    #[arg(long, value_enum)]
    scope: ScopeArg,
    /// Number of the firm, account, session or instrument.
    #[arg(long)]
    id: Option<u32>,
    /// Why, at most 48 characters; it is journaled.
    #[arg(long)]
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScopeArg {
    Global,
    Firm,
    Account,
    Session,
    Instrument,
}

impl ScopeArg {
    fn name(self) -> &'static str {
        match self {
            ScopeArg::Global => "global",
            ScopeArg::Firm => "firm",
            ScopeArg::Account => "account",
            ScopeArg::Session => "session",
            ScopeArg::Instrument => "instrument",
        }
    }
}

/// How long the core may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Ctl {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let path = match &self.socket {
            Some(path) => path.clone(),
            None => {
                let places = Places::of(&self.data.data)?;
                let shared = places.control_socket(true);
                if shared.exists() { shared } else { places.control_socket(false) }
            }
        };
        if let Verb::Reconcile(reconcile) = &self.verb {
            return reconcile.run(printer, &path, &self.data.data);
        }
        let request = self.verb.request()?;
        let reply = ask(&path, &request)?;
        if !reply.ok {
            let error = reply.error.unwrap_or_else(|| "no reason given".to_owned());
            return Err(if reply.refused {
                Failure::Refused(error)
            } else {
                Failure::Usage(error)
            });
        }
        printer.result(text(&request, &reply.result), &reply.result)
    }
}

impl Verb {
    fn request(&self) -> Result<Request, Failure> {
        Ok(match self {
            // It asks for itself how the venue is.
            Verb::Status | Verb::Reconcile(_) => Request::Status {},
            Verb::Kill { target, block_only } => Request::Kill {
                scope: target.scope.name().to_owned(),
                id: target.id()?,
                action: if *block_only { "block" } else { "block-and-cancel" }.to_owned(),
                reason: target.reason.clone(),
            },
            Verb::Release { target } => Request::Release {
                scope: target.scope.name().to_owned(),
                id: target.id()?,
                reason: target.reason.clone(),
            },
            Verb::Bust(trade) => {
                Request::Bust { trade_id: trade.trade_id, reason: trade.reason.clone() }
            }
            Verb::Adjust { trade, px } => Request::Adjust {
                trade_id: trade.trade_id,
                px: px.clone(),
                reason: trade.reason.clone(),
            },
        })
    }
}

impl Target {
    fn id(&self) -> Result<u32, Failure> {
        match (self.scope, self.id) {
            (ScopeArg::Global, None | Some(0)) => Ok(0),
            (ScopeArg::Global, Some(_)) => {
                Err(Failure::Usage("--scope global has no --id".to_owned()))
            }
            (scope, None | Some(0)) => {
                Err(Failure::Usage(format!("which {}? say --id", scope.name())))
            }
            (_, Some(id)) => Ok(id),
        }
    }
}

/// Sends one request and waits for its answer.
pub(super) fn ask(path: &std::path::Path, request: &Request) -> Result<Reply, Failure> {
    let failed = || Failure::system(path.display());
    let mut stream = UnixStream::connect(path).map_err(|error| {
        Failure::Usage(format!("no core answers at {} ({error}); is it up?", path.display()))
    })?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed())?;
    let text = serde_json::to_string(request)
        .map_err(|error| Failure::Usage(format!("the request cannot be written: {error}")))?;
    stream.write_all(format!("{text}\n").as_bytes()).map_err(failed())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).map_err(failed())?;
    serde_json::from_str(&line)
        .map_err(|_| Failure::Usage(format!("{}: the core gave no answer", path.display())))
}

/// The answer for people: keys in order, one a line.
fn text(request: &Request, result: &Value) -> String {
    match request {
        Request::Status {} => {
            let lines = result.as_object().into_iter().flatten().map(|(key, value)| match value {
                Value::String(text) => format!("{key:<22} {text}"),
                Value::Object(map) => {
                    let parts = map.iter().map(|(name, value)| format!("\n  {name:<20} {value}"));
                    format!("{key}{}", parts.collect::<String>())
                }
                other => format!("{key:<22} {other}"),
            });
            lines.collect::<Vec<_>>().join("\n")
        }
        Request::Kill { scope, id, .. } => {
            let count = result["canceled"].as_u64().unwrap_or(0);
            let orders = if count == 1 { "order" } else { "orders" };
            format!("{} is blocked, {count} {orders} canceled", named(scope, *id))
        }
        Request::Release { scope, id, .. } => format!("{} is released", named(scope, *id)),
        Request::Bust { .. } | Request::Adjust { .. } => corrected(result),
    }
}

/// What became of a trade: a line, and one for each side.
fn corrected(result: &Value) -> String {
    let what = match result["new_px"].as_str() {
        Some(px) => format!("stands at {px}"),
        None => "does not stand".to_owned(),
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let sides = result["sides"].as_array().into_iter().flatten().map(|side| {
        format!(
            "\n  account {} ({}): fee {} given back, fee {} charged, position {}",
            side["account"],
            plain(&side["side"]),
            plain(&side["fee_back"]),
            plain(&side["fee"]),
            side["position"]
        )
    });
    let (id, qty, px) = (&result["trade_id"], &result["qty"], plain(&result["px"]));
    format!("trade {id} of {qty} @ {px} {what}{}", sides.collect::<String>())
}

fn named(scope: &str, id: u32) -> String {
    if id == 0 { "the venue".to_owned() } else { format!("{scope} {id}") }
}
