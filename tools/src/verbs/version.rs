//! `pinion version`.

use clap::Args;
use serde::Serialize;

use crate::failure::Failure;
use crate::print::Printer;

/// Print versions: of the program, the layouts and the formats.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion version --json")]
pub struct Version {}

#[derive(Serialize)]
struct Report {
    version: &'static str,
    schema_hash: String,
    logic_version: u32,
    shared_memory_abi: u32,
    journal_format: u16,
    profile: &'static str,
    target: String,
}

impl Version {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let report = Report {
            version: env!("CARGO_PKG_VERSION"),
            schema_hash: format!("{:016x}", pinion_types::SCHEMA_HASH),
            logic_version: pinion_engine::LOGIC_VERSION,
            shared_memory_abi: pinion_ipc::ABI_VERSION,
            journal_format: pinion_journal::FORMAT_VERSION,
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        };
        let text = format!(
            "pinion {} ({}, {})\nlayouts {}, logic {}, shared memory {}, journal {}",
            report.version,
            report.profile,
            report.target,
            report.schema_hash,
            report.logic_version,
            report.shared_memory_abi,
            report.journal_format
        );
        printer.result(text, &report)
    }
}
