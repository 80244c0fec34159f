//! `pinion init`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::config::{FILES, Loaded, PROFILE_FILE, PROFILES};
use crate::failure::Failure;
use crate::keys;
use crate::print::Printer;

/// Write a commented configuration with generated keys into a directory.
#[derive(Debug, Args)]
#[command(after_help = "Example: pinion init my-venue --profile pinned")]
pub struct Init {
    /// The directory; nothing in it is overwritten.
    dir: PathBuf,
    /// Write this built-in profile beside the files: dev, pinned or sim.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

impl Init {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let mut texts: Vec<(&str, &str)> =
            FILES.iter().map(|(name, _, text)| (*name, *text)).collect();
        if let Some(wanted) = &self.profile {
            let found = PROFILES.iter().find(|(name, _)| name == wanted);
            let known: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
            let (_, text) = found.ok_or_else(|| {
                Failure::Usage(format!("no profile `{wanted}`; there are {}", known.join(", ")))
            })?;
            texts.push((PROFILE_FILE, text));
        }
        for (name, _) in &texts {
            let path = self.dir.join(name);
            if path.exists() {
                return Err(Failure::Usage(format!("{} is there already", path.display())));
            }
        }
        fs::create_dir_all(&self.dir)
            .map_err(Failure::system(format!("cannot make {}", self.dir.display())))?;
        let mut written = Vec::new();
        for (name, text) in &texts {
            let path = self.dir.join(name);
            fs::write(&path, text).map_err(Failure::system(path.display()))?;
            written.push(path.display().to_string());
        }
        let loaded = Loaded::from_dir(&self.dir, None)?;
        let made = keys::make_missing(&loaded)?;
        let text = format!(
            "wrote {} and {made} key files\ncheck it: pinion check-config {}\nstart it: pinion up \
             --config {}",
            written.join(", "),
            self.dir.display(),
            self.dir.display()
        );
        printer.result(text, &json!({ "written": written, "keys": made }))
    }
}
