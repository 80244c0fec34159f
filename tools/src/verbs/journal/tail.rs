//! `pinion journal tail`: the end of the logs, and what comes after.

use std::collections::VecDeque;
use std::time::Duration;

use clap::Args;
use pinion_types::Seq;

use super::cat::{Both, Filter, print_output, print_step};
use super::list::walk;
use crate::cli::DataArg;
use crate::failure::Failure;
use crate::logs::{self, Log};
use crate::place::Places;
use crate::print::Printer;

/// Print the last commands and their events, and follow what is written.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal tail --follow --log events")]
pub(super) struct Tail {
    #[command(flatten)]
    filter: Filter,
    /// How many records of the end.
    #[arg(short = 'n', long, default_value_t = 10)]
    count: u64,
    /// Go on with what is written from now on, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
}

/// How long to wait at the end before looking again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl Tail {
    pub(super) fn run(self, printer: &Printer, data: &DataArg) -> Result<(), Failure> {
        self.filter.check()?;
        let places = Places::of(&data.data)?;
        match self.filter.log {
            Some(Log::Events) => self.events(printer, &places),
            _ => self.inputs(printer, &places),
        }
    }

    /// Where reading begins: what is on disk at least, a little earlier than asked.
    fn start(&self, places: &Places, log: Log) -> Result<Seq, Failure> {
        let last = walk(places, log)?.last_seq;
        Ok(Seq(last.saturating_sub(self.count).max(1)))
    }

    fn events(&self, printer: &Printer, places: &Places) -> Result<(), Failure> {
        let mut reader = Log::Events.open(places, self.start(places, Log::Events)?)?;
        let mut last = VecDeque::new();
        while let Some(output) = logs::next_output(&mut reader)? {
            last.push_back(output);
            if last.len() as u64 > self.count {
                last.pop_front();
            }
        }
        for output in &last {
            print_output(printer, &self.filter, output, None)?;
        }
        if !self.follow {
            return Ok(());
        }
        loop {
            match logs::next_output(&mut reader)? {
                Some(output) => print_output(printer, &self.filter, &output, None)?,
                None => std::thread::park_timeout(LOOK_AGAIN),
            }
        }
    }

    fn inputs(&self, printer: &Printer, places: &Places) -> Result<(), Failure> {
        let start = self.start(places, Log::Input)?;
        let mut both = Both::open(places, start, self.filter.log.is_none())?;
        let mut last = VecDeque::new();
        while let Some(step) = both.next()? {
            last.push_back(step);
            if last.len() as u64 > self.count {
                last.pop_front();
            }
        }
        for (input, outputs) in &last {
            print_step(printer, &self.filter, input, outputs)?;
        }
        if !self.follow {
            return Ok(());
        }
        loop {
            match both.next()? {
                Some((input, outputs)) => print_step(printer, &self.filter, &input, &outputs)?,
                None => std::thread::park_timeout(LOOK_AGAIN),
            }
        }
    }
}
