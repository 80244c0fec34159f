//! Configuration: TOML in, checked, out as settings of the processes and commands to the core.
//!
//! Three files, one per process and one for the venue's business, each with every default and a
//! comment to each; a profile lies over them. The same checks run in `check-config` and at boot.

pub mod number;

mod word;

pub mod core;

pub mod gateway;

pub mod venue;

pub mod schedule;

pub mod risk;

mod problem;

mod source;

mod check;

mod commands;

mod exposure;

mod sharing;

mod reconcile;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use check::Machine;
pub use commands::Birth;
pub use problem::{Findings, Problem};
pub use reconcile::Reconciler;
pub use source::{Part, Source};

use self::core::CoreConfig;
use self::gateway::GatewayConfig;
use self::venue::VenueConfig;

/// A whole venue's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The core process.
    pub core: CoreConfig,
    /// The gateway process.
    pub gateway: GatewayConfig,
    /// The venue's business.
    pub venue: VenueConfig,
}

/// The files every directory of a configuration has: name, what it holds, text with the defaults.
pub const FILES: [(&str, Part, &str); 3] = [
    ("core.toml", Part::Core, include_str!("../../../config/core.toml")),
    ("gateway.toml", Part::Gateway, include_str!("../../../config/gateway.toml")),
    ("venue.toml", Part::Venue, include_str!("../../../config/venue.toml")),
];

/// The profiles that come with the program: name, text.
pub const PROFILES: [(&str, &str); 3] = [
    ("dev", include_str!("../../../config/profiles/dev.toml")),
    ("pinned", include_str!("../../../config/profiles/pinned.toml")),
    ("sim", include_str!("../../../config/profiles/sim.toml")),
];

/// Name of the file in a directory that lies over the other three, where there is one.
pub const PROFILE_FILE: &str = "profile.toml";

/// A configuration with the texts it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// Directory that relative paths of key files start from.
    pub base: PathBuf,
    sources: Vec<Source>,
}

impl Loaded {
    /// The configuration built into the program, with `profile` over it where one is named.
    ///
    /// Key files are looked for below `base`.
    ///
    /// # Errors
    /// [`Findings`] where there is no such profile.
    pub fn embedded(profile: Option<&str>, base: &Path) -> Result<Self, Findings> {
        let mut sources = Vec::new();
        for (name, part, text) in FILES {
            let name = format!("(built in) {name}");
            sources.push(Source { name, part, text: text.to_owned() });
        }
        sources.extend(named_profile(profile)?);
        Self::from_sources(sources, base)
    }

    /// The configuration in the directory `dir`, with `profile` over it where one is named.
    ///
    /// # Errors
    /// [`Findings`] for files that are missing, or wrong in themselves.
    pub fn from_dir(dir: &Path, profile: Option<&str>) -> Result<Self, Findings> {
        let mut sources = Vec::new();
        for (name, part, _) in FILES {
            sources.push(read(&dir.join(name), part)?);
        }
        let over = dir.join(PROFILE_FILE);
        if over.exists() {
            sources.push(read(&over, Part::Profile)?);
        }
        sources.extend(named_profile(profile)?);
        Self::from_sources(sources, dir)
    }

    /// The configuration that the file or directory `path` is part of.
    ///
    /// A file named like one of the three is read with what stands beside it, and with the built-in
    /// defaults for what does not; any other file is a profile over the built-in defaults.
    ///
    /// # Errors
    /// [`Findings`] for files that cannot be read, or are wrong in themselves.
    pub fn from_path(path: &Path, profile: Option<&str>) -> Result<Self, Findings> {
        if path.is_dir() {
            return Self::from_dir(path, profile);
        }
        let dir = path.parent().unwrap_or(Path::new(""));
        let own = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let is_one = FILES.iter().any(|(name, ..)| *name == own);
        let mut sources = Vec::new();
        for (name, part, text) in FILES {
            if name == own || (is_one && dir.join(name).exists()) {
                sources.push(read(&dir.join(name), part)?);
            } else {
                let name = format!("(built in) {name}");
                sources.push(Source { name, part, text: text.to_owned() });
            }
        }
        if !is_one {
            sources.push(read(path, Part::Profile)?);
        } else if dir.join(PROFILE_FILE).exists() {
            sources.push(read(&dir.join(PROFILE_FILE), Part::Profile)?);
        }
        sources.extend(named_profile(profile)?);
        Self::from_sources(sources, dir)
    }

    /// The configuration these texts make, the later over the earlier.
    ///
    /// # Errors
    /// [`Findings`] for what cannot be read.
    pub fn from_sources(sources: Vec<Source>, base: &Path) -> Result<Self, Findings> {
        let config = source::merge(&sources)?;
        Ok(Loaded { config, base: base.to_owned(), sources })
    }

    /// The place of a value, for errors: file and line.
    fn place(&self, path: &str) -> (String, usize) {
        source::place(&self.sources, path)
    }
}

/// The text of a profile that comes with the program.
fn named_profile(name: Option<&str>) -> Result<Option<Source>, Findings> {
    let Some(name) = name else { return Ok(None) };
    let text = PROFILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let text = text.ok_or_else(|| {
        let known: Vec<&str> = PROFILES.iter().map(|(known, _)| *known).collect();
        Findings::error("", 0, format!("no profile `{name}`; there are {}", known.join(", ")))
    })?;
    let name = format!("(built in) profiles/{name}.toml");
    Ok(Some(Source { name, part: Part::Profile, text: text.to_owned() }))
}

fn read(path: &Path, part: Part) -> Result<Source, Findings> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Source { name, part, text }),
        Err(error) => Err(Findings::error(&name, 0, format!("cannot be read: {error}"))),
    }
}
