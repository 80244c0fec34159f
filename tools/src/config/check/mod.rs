//! What must hold before a venue begins. The same code runs in `check-config` and at boot.

mod business;

mod risk;

mod codes;

mod keys;

mod machine;

mod range;

mod schedules;

mod sharing;

mod trial;

pub use machine::Machine;

pub(super) use codes::minor_digits;

use super::problem::{Findings, Problem};
use super::{Birth, Loaded};

impl Loaded {
    /// Checks everything that can be known before the processes begin on `machine`.
    #[must_use]
    pub fn check(&self, machine: &Machine) -> Findings {
        let mut check = Check { loaded: self, found: Findings::default() };
        range::check(&mut check);
        machine::check(&mut check, machine);
        business::check(&mut check);
        schedules::check(&mut check);
        risk::check(&mut check);
        sharing::check(&mut check);
        keys::check(&mut check);
        match self.placed_commands(&Birth::default()) {
            // What the engine says of a wrong file would only repeat it in other words.
            Ok(commands) if check.found.errors.is_empty() => trial::check(&mut check, &commands),
            Ok(_) => {}
            Err(more) => check.found.errors.extend(more.errors),
        }
        check.found
    }
}

/// The configuration under the lens, and what was found.
struct Check<'a> {
    loaded: &'a Loaded,
    found: Findings,
}

impl Check<'_> {
    /// Something that must be put right, at the key `path`, like `venue.instruments.0.isin`.
    fn error(&mut self, path: &str, message: impl Into<String>) {
        let problem = self.problem(path, message.into());
        self.found.errors.push(problem);
    }

    /// Something that works less well than it could.
    fn warn(&mut self, path: &str, message: impl Into<String>) {
        let problem = self.problem(path, message.into());
        self.found.warnings.push(problem);
    }

    fn problem(&self, path: &str, message: String) -> Problem {
        let (file, line) = self.loaded.place(path);
        Problem { file, line, message }
    }
}
