//! What the configuration has to say to a venue: everything once, later what changed.

use pinion_types::Command;

/// The source of commands that make a venue what it is configured to be.
///
/// Boot shows it every journaled command in order and then asks what is missing. For a journal
/// that is empty the answer must begin with a genesis and goes on with the rest; for another one
/// it is what the configuration says otherwise than it last did.
pub trait Configuration {
    /// A command of the journal.
    fn note(&mut self, command: &Command);

    /// Commands to apply now, in order; asked once, after the last note.
    fn missing(&mut self) -> Vec<Command>;
}

/// Commands for a venue that is new, and nothing for one that exists.
#[derive(Clone, Debug, Default)]
pub struct Given {
    commands: Vec<Command>,
    exists: bool,
}

impl Given {
    /// These commands, the genesis first.
    #[must_use]
    pub fn new(commands: Vec<Command>) -> Given {
        Given { commands, exists: false }
    }
}

impl Configuration for Given {
    fn note(&mut self, _command: &Command) {
        self.exists = true;
    }

    fn missing(&mut self) -> Vec<Command> {
        if self.exists { Vec::new() } else { std::mem::take(&mut self.commands) }
    }
}
