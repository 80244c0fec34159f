//! `pinion journal ls` and `info`: segments, and the logs as a whole.

use clap::Args;
use pinion_journal::{Place, Report, SegmentInfo, SegmentState, verify};
use pinion_types::{Nanos, Seq};
use serde_json::json;

use crate::cli::DataArg;
use crate::failure::Failure;
use crate::logs::{self, Log};
use crate::place::Places;
use crate::print::Printer;
use crate::scenario::show_time;

/// List the segments of both logs.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal ls")]
pub(super) struct Ls {}

/// Say what the logs hold: range, times, versions, size.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal info --json")]
pub(super) struct Info {}

/// Walks a log as it is.
pub(super) fn walk(places: &Places, log: Log) -> Result<Report, Failure> {
    let (dir, hot) = log.dirs(places);
    verify(&dir, Some(&hot), Some(log.kind())).map_err(|error| logs::failure(&error))
}

impl Ls {
    pub(super) fn run(self, printer: &Printer, data: &DataArg) -> Result<(), Failure> {
        let places = Places::of(&data.data)?;
        printer.line("log     segment  place  state   first seq     records       bytes  file")?;
        for log in Log::BOTH {
            for segment in &walk(&places, log)?.segments {
                segment_line(printer, log, segment)?;
            }
        }
        Ok(())
    }
}

fn segment_line(printer: &Printer, log: Log, segment: &SegmentInfo) -> Result<(), Failure> {
    let place = match segment.place {
        Place::Disk => "disk",
        Place::Hot => "hot",
    };
    let state = match segment.state {
        SegmentState::Blank => "blank",
        SegmentState::Open => "open",
        SegmentState::Sealed => "sealed",
    };
    let text = format!(
        "{:<7} {:>7}  {place:<5}  {state:<6} {:>10} {:>11} {:>11}  {}",
        log.name(),
        segment.segment_no,
        segment.first_seq,
        segment.records,
        segment.data_len,
        segment.path.display()
    );
    let value = json!({
        "log": log.name(),
        "segment": segment.segment_no,
        "place": place,
        "state": state,
        "first_seq": segment.first_seq,
        "records": segment.records,
        "data_len": segment.data_len,
        "segment_len": segment.segment_len,
        "last_time": segment.last_time,
        "file": segment.path.display().to_string(),
    });
    printer.result(text, &value)
}

impl Info {
    pub(super) fn run(self, printer: &Printer, data: &DataArg) -> Result<(), Failure> {
        let places = Places::of(&data.data)?;
        for log in Log::BOTH {
            info(printer, &places, log)?;
        }
        Ok(())
    }
}

fn info(printer: &Printer, places: &Places, log: Log) -> Result<(), Failure> {
    let report = walk(places, log)?;
    let header = report.segments.iter().find_map(|segment| segment.header.as_ref());
    let first_seq = header.map_or(0, |header| header.first_seq);
    let first_time = first_time(places, log)?;
    let data_len: u64 = report.segments.iter().map(|segment| segment.data_len).sum();
    let last_time = report.segments.iter().map(|segment| segment.last_time).max().unwrap_or(0);
    let schema = header.map_or(0, |header| header.schema_hash);
    let venue: String = header
        .map_or([0; 16], |header| header.venue)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let logic = header.map_or(0, |header| header.logic_version);
    let text = format!(
        "{}: seq {first_seq} to {}, {} to {}\n  {} segments, {} records, {data_len} bytes{}\n  \
         venue {venue}, layouts {schema:016x}, logic {logic}, chain {:08x}",
        log.name(),
        report.last_seq,
        show_time(Nanos(first_time)),
        show_time(Nanos(last_time)),
        report.segments.len(),
        report.records,
        if report.is_live { ", being written (what is only in memory is not counted)" } else { "" },
        report.tail_crc,
    );
    let value = json!({
        "log": log.name(),
        "first_seq": first_seq,
        "last_seq": report.last_seq,
        "first_time": first_time,
        "last_time": last_time,
        "segments": report.segments.len(),
        "records": report.records,
        "data_len": data_len,
        "is_live": report.is_live,
        "venue": venue,
        "schema_hash": format!("{schema:016x}"),
        "is_own_schema": schema == pinion_types::SCHEMA_HASH,
        "logic_version": logic,
        "chain_crc": format!("{:08x}", report.tail_crc),
    });
    printer.result(text, &value)
}

fn first_time(places: &Places, log: Log) -> Result<u64, Failure> {
    let mut reader = log.open(places, Seq(1))?;
    let record = reader.next().map_err(|error| logs::failure(&error))?;
    Ok(record.map_or(0, |record| record.time))
}
