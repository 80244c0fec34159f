//! `pinion completions`.

use std::io;

use clap::Args;
use clap_complete::Shell;

use crate::failure::Failure;
use crate::print::{Printer, unread};

/// Print completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion completions bash > /etc/bash_completion.d/pinion")]
pub struct Completions {
    /// Which shell.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, _printer: &Printer) -> Result<(), Failure> {
        // Written to memory first: the generator panics where its output is closed.
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut crate::cli::command(), "pinion", &mut text);
        io::Write::write_all(&mut io::stdout().lock(), &text).map_err(unread)
    }
}
