//! `pinion journal verify`: checksums, chain, numbers, times, layouts and causes.

use clap::Args;
use pinion_journal::{Outcome, Reader};
use pinion_types::{Command, Event, SCHEMA_HASH, Seq};
use serde_json::json;

use super::list::walk;
use crate::cli::DataArg;
use crate::failure::Failure;
use crate::logs::{self, Log};
use crate::place::Places;
use crate::print::Printer;

/// Check both logs without changing them.
///
/// Exit code 2 where something is wrong. A torn tail is what a crash leaves behind and the next
/// start cuts off: it is told, and not wrong.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal verify")]
pub(super) struct Verify {}

impl Verify {
    pub(super) fn run(self, printer: &Printer, data: &DataArg) -> Result<(), Failure> {
        let places = Places::of(&data.data)?;
        let mut wrong = Vec::new();
        for log in Log::BOTH {
            if let Some(what) = verify_log(printer, &places, log)? {
                wrong.push(format!("{}: {what}", log.name()));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Failure::Bad(wrong.join("\n"))) }
    }
}

/// Checks one log and prints what it came to; gives what is wrong.
fn verify_log(printer: &Printer, places: &Places, log: Log) -> Result<Option<String>, Failure> {
    let report = walk(places, log)?;
    let (word, what) = describe(&report.outcome);
    let mut wrong = what.filter(|_| word != "torn-tail");
    let schema = report.segments.iter().find_map(|segment| segment.header.as_ref());
    if let Some(header) = schema
        && header.schema_hash != SCHEMA_HASH
    {
        wrong = Some(format!("layouts {:016x}, not {SCHEMA_HASH:016x}", header.schema_hash));
    }
    if wrong.is_none() {
        wrong = content(log.open(places, Seq(1))?, log, report.last_seq)?;
    }
    let live = if report.is_live { ", being written" } else { "" };
    let shown = match (&wrong, describe(&report.outcome).1) {
        (Some(what), _) => what.clone(),
        (None, Some(torn)) => format!("{torn}; the next start cuts it off"),
        (None, None) => "clean".to_owned(),
    };
    let text = format!(
        "{}: {} records to seq {}{live}: {shown}",
        log.name(),
        report.records,
        report.last_seq
    );
    let value = json!({
        "log": log.name(),
        "outcome": if wrong.is_some() && word == "clean" { "content" } else { word },
        "wrong": wrong,
        "records": report.records,
        "last_seq": report.last_seq,
        "chain_crc": format!("{:08x}", report.tail_crc),
        "is_live": report.is_live,
    });
    printer.result(text, &value)?;
    Ok(wrong)
}

/// A word for programs and a sentence for people; no sentence where all is well.
fn describe(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Clean => ("clean", None),
        Outcome::TornTail(torn) => (
            "torn-tail",
            Some(format!(
                "{}: torn at byte {}, seq {}: {} ({} bytes)",
                torn.path.display(),
                torn.offset,
                torn.seq,
                torn.reason,
                torn.bytes
            )),
        ),
        Outcome::Lost { path, offset, from, to } => (
            "lost",
            Some(format!(
                "{}: seq {from} to {to} were durable and are lost (byte {offset})",
                path.display()
            )),
        ),
        Outcome::Missing { segment_no, seq } => {
            ("missing", Some(format!("segment {segment_no} is missing, from seq {seq}")))
        }
        Outcome::Corrupt { path, offset, seq, reason } => (
            "corrupt",
            Some(format!("{}: corrupt at byte {offset}, seq {seq}: {reason}", path.display())),
        ),
    }
}

/// What is wrong with the meaning of records whose bytes are whole.
fn content(mut reader: Reader, log: Log, last: u64) -> Result<Option<String>, Failure> {
    let (mut time, mut cause) = (0, 0);
    while let Some(record) = reader.next().map_err(|error| logs::failure(&error))? {
        if record.seq > last {
            break;
        }
        let known = match log {
            Log::Input => Command::from_bytes(record.payload).is_some(),
            Log::Events => Event::from_bytes(record.payload).is_some(),
        };
        let seq = record.seq;
        if !known {
            return Ok(Some(format!("seq {seq}: of no kind this program knows")));
        }
        if record.time < time {
            return Ok(Some(format!("seq {seq}: its time is before that of the record above")));
        }
        if log == Log::Events && record.aux < cause {
            return Ok(Some(format!("seq {seq}: its cause is before that of the event above")));
        }
        (time, cause) = (record.time, record.aux);
    }
    Ok(None)
}
