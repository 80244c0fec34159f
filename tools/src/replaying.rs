//! Replay of a venue's logs, for verbs that need the state they lead to.

use pinion_sequencer::{Error, Observer, ReplayPlan, Replayed, replay};
use pinion_types::Seq;

use crate::failure::Failure;
use crate::logs::{self, Log};
use crate::place::Places;

/// Replays the logs of a venue, comparing events where asked.
pub(crate) fn run<O: Observer>(
    places: &Places,
    to: Option<Seq>,
    compare: bool,
    observer: &mut O,
) -> Result<Replayed, Failure> {
    replayed(places, to, compare, observer).map_err(|error| failure(&error))
}

/// The same for whoever looks at what differs.
pub(crate) fn replayed<O: Observer>(
    places: &Places,
    to: Option<Seq>,
    compare: bool,
    observer: &mut O,
) -> Result<Replayed, Error> {
    let place = |log: Log| {
        let (dir, hot) = log.dirs(places);
        (dir, Some(hot))
    };
    let plan =
        ReplayPlan { inputs: place(Log::Input), events: compare.then(|| place(Log::Events)), to };
    replay(&plan, observer)
}

/// What an error of the sequencer means for whoever asked.
pub(crate) fn failure(error: &Error) -> Failure {
    match error {
        Error::Inputs(inner) | Error::Events(inner) => match logs::failure(inner) {
            Failure::Usage(_) => Failure::Usage(error.to_string()),
            _ => Failure::Bad(error.to_string()),
        },
        Error::Divergence(_) => Failure::Diverged(error.to_string()),
        Error::Unreadable { .. } | Error::Genesis(_) | Error::NoGenesis | Error::Config(_) => {
            Failure::Bad(error.to_string())
        }
        Error::Halted(_) | Error::Ipc(_) | Error::System { .. } | Error::Panicked(_) => {
            Failure::Usage(error.to_string())
        }
    }
}
