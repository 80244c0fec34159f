//! `pinion journal cat`: the logs in the scenario form.

use clap::Args;
use pinion_journal::Reader;
use pinion_types::text::{Fields, Shown};
use pinion_types::{Seq, SessionId};
use serde_json::{Map, Value, json};

use crate::cli::DataArg;
use crate::failure::Failure;
use crate::logs::{self, Log};
use crate::place::Places;
use crate::print::Printer;
use crate::scenario::{Input, Output, show_time};

/// Print commands and the events they caused, in the form scenarios are written in.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal cat --session 1 --kind new,cancel")]
pub(super) struct Cat {
    #[command(flatten)]
    filter: Filter,
    /// First sequence number: of commands, or of events with `--log events`.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Last sequence number.
    #[arg(long, default_value_t = u64::MAX)]
    to: u64,
}

/// Which records to show.
#[derive(Clone, Debug, Args)]
pub(super) struct Filter {
    /// Only one of the logs: commands alone, or events alone.
    #[arg(long, value_enum)]
    pub log: Option<Log>,
    /// Only commands and events of these kinds.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub kind: Vec<String>,
    /// Only commands and events of these sessions.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub session: Vec<u32>,
}

impl Filter {
    /// Refuses kinds that are none.
    pub fn check(&self) -> Result<(), Failure> {
        let known: Vec<&str> = pinion_types::CommandKind::ALL
            .iter()
            .map(|kind| kind.name())
            .chain(pinion_types::EventKind::ALL.iter().map(|kind| kind.name()))
            .collect();
        for kind in &self.kind {
            if !known.contains(&kind.as_str()) {
                let near = crate::nearest::nearest(kind, known.iter().copied());
                let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                return Err(Failure::Usage(format!("there is no kind `{kind}`{hint}")));
            }
        }
        Ok(())
    }

    pub fn takes(&self, kind: &str, session: SessionId) -> bool {
        (self.kind.is_empty() || self.kind.iter().any(|wanted| wanted == kind))
            && (self.session.is_empty() || self.session.contains(&session.0))
    }
}

impl Cat {
    pub(super) fn run(self, printer: &Printer, data: &DataArg) -> Result<(), Failure> {
        self.filter.check()?;
        let places = Places::of(&data.data)?;
        if self.filter.log == Some(Log::Events) {
            let mut reader = Log::Events.open(&places, Seq(self.from))?;
            while let Some(output) = logs::next_output(&mut reader)? {
                if output.seq.0 > self.to {
                    break;
                }
                print_output(printer, &self.filter, &output, None)?;
            }
            return Ok(());
        }
        let mut both = Both::open(&places, Seq(self.from), self.filter.log.is_none())?;
        while let Some((input, outputs)) = both.next()? {
            if input.seq.0 > self.to {
                break;
            }
            print_step(printer, &self.filter, &input, &outputs)?;
        }
        Ok(())
    }
}

/// Commands, each with its events.
pub(super) struct Both {
    inputs: Reader,
    events: Option<Reader>,
    ahead: Option<Output>,
}

impl Both {
    /// From the command `from` on.
    pub fn open(places: &Places, from: Seq, with_events: bool) -> Result<Self, Failure> {
        let inputs = Log::Input.open(places, from)?;
        let mut events = None;
        if with_events {
            let mut reader = Log::Events.open(places, Seq(1))?;
            if from.0 > 1 {
                logs::seek_cause(&mut reader, from)?;
            }
            events = Some(reader);
        }
        Ok(Both { inputs, events, ahead: None })
    }

    /// The next command, if there is one, and what it caused as far as that is in the log.
    pub fn next(&mut self) -> Result<Option<(Input, Vec<Output>)>, Failure> {
        let Some(input) = logs::next_input(&mut self.inputs)? else { return Ok(None) };
        let mut outputs = Vec::new();
        let Some(events) = &mut self.events else { return Ok(Some((input, outputs))) };
        loop {
            let output = match self.ahead.take() {
                Some(output) => output,
                None => match logs::next_output(events)? {
                    Some(output) => output,
                    None => break,
                },
            };
            if output.cause > input.seq {
                self.ahead = Some(output);
                break;
            }
            outputs.push(output);
        }
        Ok(Some((input, outputs)))
    }
}

/// Prints a command and its events where the filter takes them; a command also for an event's sake.
pub(super) fn print_step(
    printer: &Printer,
    filter: &Filter,
    input: &Input,
    outputs: &[Output],
) -> Result<(), Failure> {
    let kind = input.command.kind().map_or("", |kind| kind.name());
    let own = filter.takes(kind, input.command.header().session);
    let taken = |output: &&Output| {
        let kind = output.event.kind().map_or("", |kind| kind.name());
        filter.takes(kind, output.event.header().session)
    };
    if own || (!printer.is_json() && outputs.iter().any(|output| taken(&output))) {
        printer.result(input, &input_value(input))?;
    }
    for output in outputs {
        // Below a command that was asked for by its kind stands everything it caused.
        if taken(&output) || (own && !filter.kind.is_empty()) {
            printer.result(format!("  {}", output.below(input)), &output_value(output))?;
        }
    }
    Ok(())
}

/// Prints an event where the filter takes it.
pub(super) fn print_output(
    printer: &Printer,
    filter: &Filter,
    output: &Output,
    input: Option<&Input>,
) -> Result<(), Failure> {
    let kind = output.event.kind().map_or("", |kind| kind.name());
    if !filter.takes(kind, output.event.header().session) {
        return Ok(());
    }
    match input {
        Some(input) => printer.result(format!("  {}", output.below(input)), &output_value(output)),
        None => printer.result(output, &output_value(output)),
    }
}

fn input_value(input: &Input) -> Value {
    let header = input.command.header();
    json!({
        "log": Log::Input.name(),
        "seq": input.seq.0,
        "time": input.time.0,
        "time_text": show_time(input.time),
        "kind": input.command.kind().map_or("", |kind| kind.name()),
        "session": header.session.0,
        "source": header.source.0,
        "src_seq": header.src_seq,
        "fields": input.command.view().map_or(Value::Null, |view| fields(view.body())),
    })
}

fn output_value(output: &Output) -> Value {
    let header = output.event.header();
    json!({
        "log": Log::Events.name(),
        "seq": output.seq.0,
        "time": output.time.0,
        "time_text": show_time(output.time),
        "cause": output.cause.0,
        "kind": output.event.kind().map_or("", |kind| kind.name()),
        "session": header.session.0,
        "msg_seq_num": header.msg_seq_num,
        "fields": output.event.view().map_or(Value::Null, |view| fields(view.body())),
    })
}

/// Every field that is not zero, as text: exact for every reader of JSON.
fn fields(body: &dyn Fields) -> Value {
    let mut map = Map::new();
    body.fields(&mut |name, value| {
        if !value.absent() {
            let text = Shown(value).to_string();
            map.insert(name.to_owned(), Value::String(text.trim_matches('"').to_owned()));
        }
    });
    Value::Object(map)
}
