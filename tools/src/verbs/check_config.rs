//! `pinion check-config`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::config::{Findings, Loaded, Machine, Problem};
use crate::failure::Failure;
use crate::print::Printer;

/// Check a configuration as the processes do at boot.
///
/// FILE is core.toml, gateway.toml or venue.toml, read with what stands beside it; any other file
/// is read as a profile; a directory is read whole.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion check-config venue/venue.toml")]
pub struct CheckConfig {
    /// The file or directory.
    file: PathBuf,
    /// Built-in profile over it.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

impl CheckConfig {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let loaded = Loaded::from_path(&self.file, self.profile.as_deref());
        let findings = match &loaded {
            Ok(loaded) => loaded.check(&Machine::here()),
            Err(findings) => findings.clone(),
        };
        report(printer, &findings)?;
        if findings.errors.is_empty() {
            Ok(())
        } else {
            Err(Failure::Bad(match findings.errors.len() {
                1 => "1 error".to_owned(),
                count => format!("{count} errors"),
            }))
        }
    }
}

fn report(printer: &Printer, findings: &Findings) -> Result<(), Failure> {
    let value = |problem: &Problem| {
        let Problem { file, line, message } = problem;
        json!({ "file": file, "line": line, "message": message })
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(findings.errors.iter().map(|error| format!("error: {error}")));
    lines.extend(findings.warnings.iter().map(|warning| format!("warning: {warning}")));
    if lines.is_empty() {
        lines.push("the configuration is right".to_owned());
    }
    let json = json!({
        "ok": findings.errors.is_empty(),
        "errors": findings.errors.iter().map(value).collect::<Vec<_>>(),
        "warnings": findings.warnings.iter().map(value).collect::<Vec<_>>(),
    });
    printer.result(lines.join("\n"), &json)
}
