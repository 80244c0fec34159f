//! `pinion journal`: what the two logs hold.

mod list;

mod cat;

mod tail;

mod verify;

mod replay;

mod explain;

use clap::{Args, Subcommand};

use crate::cli::DataArg;
use crate::failure::Failure;
use crate::print::Printer;

/// Look into the input journal and the event log.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion journal cat --from 1 --to 20")]
pub struct Journal {
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Ls(list::Ls),
    Info(list::Info),
    Cat(cat::Cat),
    Tail(tail::Tail),
    Verify(verify::Verify),
    Replay(replay::Replay),
    Explain(explain::Explain),
}

impl Journal {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let data = &self.data;
        match self.verb {
            Verb::Ls(verb) => verb.run(printer, data),
            Verb::Info(verb) => verb.run(printer, data),
            Verb::Cat(verb) => verb.run(printer, data),
            Verb::Tail(verb) => verb.run(printer, data),
            Verb::Verify(verb) => verb.run(printer, data),
            Verb::Replay(verb) => verb.run(printer, data),
            Verb::Explain(verb) => verb.run(printer, data),
        }
    }
}
