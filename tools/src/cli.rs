//! The command line: what can be typed, and who does it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::Loaded;
use crate::failure::Failure;
use crate::print::Printer;
use crate::verbs;

/// A venue core: order books, positions and pre-trade risk, every input journaled.
///
/// Exit codes: 0 done, 1 usage, 2 bad configuration or corrupt data, 3 replay diverged, 4 refused.
#[derive(Debug, Parser)]
#[command(name = "pinion", version, after_help = "Example: pinion up")]
pub struct Cli {
    /// Print JSON, one value a line.
    #[arg(long, global = true)]
    json: bool,
    // So that it may stand before the verb as well, whose own takes it over.
    #[command(flatten)]
    data: DataArg,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Up(verbs::up::Up),
    Core(verbs::core::Core),
    Gateway(verbs::gateway::Gateway),
    Init(verbs::init::Init),
    CheckConfig(verbs::check_config::CheckConfig),
    Trade(verbs::trade::Trade),
    Ctl(verbs::ctl::Ctl),
    Journal(verbs::journal::Journal),
    Import(verbs::import::Import),
    Load(verbs::load::Load),
    Digest(verbs::digest::Digest),
    Version(verbs::version::Version),
    Completions(verbs::completions::Completions),
}

impl Verb {
    fn run(self, printer: &Printer) -> Result<(), Failure> {
        match self {
            Verb::Up(verb) => verb.run(printer),
            Verb::Core(verb) => verb.run(printer),
            Verb::Gateway(verb) => verb.run(printer),
            Verb::Init(verb) => verb.run(printer),
            Verb::CheckConfig(verb) => verb.run(printer),
            Verb::Trade(verb) => verb.run(printer),
            Verb::Ctl(verb) => verb.run(printer),
            Verb::Journal(verb) => verb.run(printer),
            Verb::Import(verb) => verb.run(printer),
            Verb::Load(verb) => verb.run(printer),
            Verb::Digest(verb) => verb.run(printer),
            Verb::Version(verb) => verb.run(printer),
            Verb::Completions(verb) => verb.run(printer),
        }
    }
}

/// Does what the arguments say, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Where not even this can be printed, the exit code says it.
            let _unread = error.print();
            return ExitCode::from(u8::from(error.use_stderr()));
        }
    };
    let printer = Printer::new(cli.json);
    match cli.verb.run(&printer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if failure.code() != 0 {
                printer.failure(&failure);
            }
            failure.exit_code()
        }
    }
}

/// The whole command line, for completions.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Which data.
#[derive(Clone, Debug, Args)]
pub(crate) struct DataArg {
    /// Data directory of the venue.
    #[arg(long, global = true, value_name = "DIR", default_value = "pinion-data")]
    pub data: PathBuf,
}

/// Which configuration.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Directory with core.toml, gateway.toml and venue.toml; without it, the built-in defaults.
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// Built-in profile over it: dev, pinned or sim.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
}

impl ConfigArgs {
    /// Reads the configuration; key files of the built-in one are below `data`.
    pub fn load(&self, data: &std::path::Path) -> Result<Loaded, Failure> {
        let profile = self.profile.as_deref();
        let loaded = match &self.config {
            Some(dir) => Loaded::from_dir(dir, profile),
            None => Loaded::embedded(profile, data),
        };
        Ok(loaded?)
    }

    /// The same arguments for a child process.
    pub fn forward(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        if let Some(dir) = &self.config {
            arguments.extend(["--config".into(), dir.into()]);
        }
        if let Some(profile) = &self.profile {
            arguments.extend(["--profile".into(), profile.into()]);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    /// Every command that does something shows how, by one example.
    #[test]
    fn every_help_shows_an_example() {
        fn walk(command: &clap::Command, path: &str) {
            let subcommands: Vec<_> = command.get_subcommands().collect();
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Example: "), "{path} shows no example");
            assert!(help.contains("pinion"), "{path}: {help}");
            for one in subcommands.into_iter().filter(|one| one.get_name() != "help") {
                walk(one, &format!("{path} {}", one.get_name()));
            }
        }
        walk(&command(), "pinion");
    }
}
