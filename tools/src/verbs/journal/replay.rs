//! `pinion journal replay`: the journal through the same engine again.

use clap::Args;
use pinion_sequencer::{Observer, Progress};
use pinion_types::{CommandKind, Seq};
use serde_json::{Map, Value, json};

use crate::cli::DataArg;
use crate::failure::Failure;
use crate::place::Places;
use crate::print::Printer;
use crate::replaying;
use crate::scenario::show_time;

/// Replay the input journal and compare every event and state hash with what was recorded.
///
/// Exit code 3 where the replay gives something else, or another hash than --expect-hash.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal replay --to 1000")]
pub(super) struct Replay {
    /// Last command to apply.
    #[arg(long, value_name = "SEQ")]
    to: Option<u64>,
    /// State hash that must come out, as 16 hexadecimal digits.
    #[arg(long, value_name = "HASH", value_parser = parse_hash)]
    expect_hash: Option<u64>,
    /// Do not compare events with the event log.
    #[arg(long)]
    no_compare: bool,
}

fn parse_hash(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16).map_err(|_| "not up to 16 hexadecimal digits".to_owned())
}

/// Tells how far it is.
struct Teller<'a>(&'a Printer);

impl Observer for Teller<'_> {
    fn progress(&mut self, progress: &Progress) {
        let left = progress.remaining().map_or(String::new(), |left| format!(", {left:.0?} left"));
        self.0.note(format_args!("replayed {} at {}/s{left}", progress.seq, progress.rate));
    }
}

impl Replay {
    pub(super) fn run(self, printer: &Printer, data: &DataArg) -> Result<(), Failure> {
        let places = Places::of(&data.data)?;
        let to = self.to.map(Seq);
        let done = replaying::run(&places, to, !self.no_compare, &mut Teller(printer))?;
        let summary = done.summary;
        let text = format!(
            "replayed {} commands to seq {} ({}) in {:.2?}: {}/s\n{} events, {} compared, {} state \
             hashes compared: equal\nstate hash {:016x}",
            summary.commands,
            summary.last_seq,
            show_time(summary.last_time),
            summary.elapsed,
            summary.rate(),
            summary.events,
            summary.compared,
            summary.hashes,
            summary.state_hash
        );
        let count = |(kind, count): (&CommandKind, &u64)| (kind.name().to_owned(), json!(count));
        let kinds: Map<String, Value> = summary.by_kind.iter().map(count).collect();
        let value = json!({
            "commands": summary.commands,
            "last_seq": summary.last_seq.0,
            "last_time": summary.last_time.0,
            "events": summary.events,
            "events_compared": summary.compared,
            "hashes_compared": summary.hashes,
            "state_hash": format!("{:016x}", summary.state_hash),
            "commands_per_second": summary.rate(),
            "elapsed_ns": u64::try_from(summary.elapsed.as_nanos()).unwrap_or(u64::MAX),
            "by_kind": kinds,
        });
        printer.result(text, &value)?;
        match self.expect_hash {
            Some(wanted) if wanted != summary.state_hash => Err(Failure::Diverged(format!(
                "state hash {:016x}, expected {wanted:016x}",
                summary.state_hash
            ))),
            _ => Ok(()),
        }
    }
}
