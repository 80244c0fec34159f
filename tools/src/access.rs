//! How a client of this program finds the venue and proves who it is.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use pinion_client::{Client, Credentials, End, Error, Options};
use pinion_types::SessionId;
use pinion_types::codes::{EstablishmentReject, NegotiationReject};

use crate::config::Loaded;
use crate::config::venue::Session;
use crate::failure::Failure;
use crate::keys;
use crate::nearest::nearest;
use crate::place::Places;

/// Name of the file in the run directory that says where order entry is while a venue is up.
const ADDRESS_FILE: &str = "order-entry";

/// Writes down where order entry is, for clients on this machine.
pub(crate) fn write_address(places: &Places, address: SocketAddr) -> Result<(), Failure> {
    let path = places.run.join(ADDRESS_FILE);
    fs::write(&path, address.to_string()).map_err(Failure::system(path.display()))
}

/// Takes the note of [`write_address`] away.
pub(crate) fn remove_address(places: &Places) {
    // It is only a hint; one that stays behind leads to "nobody listens".
    let _stays = fs::remove_file(places.run.join(ADDRESS_FILE));
}

/// What a running venue wrote down, or one that was killed left behind.
pub(crate) fn written_address(places: &Places) -> Option<SocketAddr> {
    fs::read_to_string(places.run.join(ADDRESS_FILE)).ok()?.trim().parse().ok()
}

/// Where order entry is: as given, as written down by a running venue, or as configured.
pub(crate) fn address(given: Option<SocketAddr>, data: &Path, loaded: &Loaded) -> SocketAddr {
    let written = || written_address(&Places::of(data).ok()?);
    given.or_else(written).unwrap_or(loaded.config.gateway.listen.order_entry)
}

/// The configured session of that number or name.
pub(crate) fn session(loaded: &Loaded, wanted: &str) -> Result<Session, Failure> {
    let sessions: Vec<Session> =
        loaded.config.venue.sessions.iter().flat_map(Session::each).collect();
    let by_id = wanted.parse::<u32>().ok();
    let found = sessions
        .iter()
        .find(|session| Some(session.id) == by_id || session.name.eq_ignore_ascii_case(wanted));
    found.cloned().ok_or_else(|| {
        let names = sessions.iter().map(|session| session.name.as_str());
        Failure::Usage(match nearest(&wanted.to_ascii_uppercase(), names) {
            Some(near) => format!("there is no session `{wanted}`; did you mean {near}?"),
            None => format!("there is no session `{wanted}` in venue.toml"),
        })
    })
}

/// The credentials of a configured session, by its first key.
pub(crate) fn credentials(loaded: &Loaded, session: &Session) -> Result<Credentials, Failure> {
    let key = session
        .keys
        .first()
        .ok_or_else(|| Failure::Bad(format!("session {} has no key in venue.toml", session.id)))?;
    let secret = keys::read(&loaded.base.join(&key.file))?;
    Ok(Credentials::new(session.id, session.firm, &key.id, secret))
}

/// How long a client waits for a venue that is there and not ready yet.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it waits between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// Connects and logs on; a venue that is just starting, or recovering, is waited for.
pub(crate) fn connect(
    address: SocketAddr,
    credentials: Credentials,
    options: Options,
) -> Result<Client, Failure> {
    let session = credentials.session;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let error = match Client::connect(address, credentials.clone(), options.clone()) {
            Ok(client) => return Ok(client),
            Err(error) => error,
        };
        if !is_starting(&error) || Instant::now() > deadline {
            return Err(refused(address, session, error));
        }
        thread::park_timeout(PAUSE);
    }
}

/// Time a lost session may take to come back.
const RECONNECT: Duration = Duration::from_secs(30);

/// Resumes a lost session; what the venue did not have is sent again, what was missed is asked for.
pub(crate) fn reconnect(client: &mut Client, address: SocketAddr) -> Result<(), Error> {
    let deadline = Instant::now() + RECONNECT;
    loop {
        match client.reconnect(address, RECONNECT) {
            Ok(_) => return Ok(()),
            Err(error) if is_starting(&error) && Instant::now() < deadline => {
                thread::park_timeout(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}

/// True where the gateway answers and says that the core is not there yet.
fn is_starting(error: &Error) -> bool {
    match error {
        Error::Ended(End::NegotiationRejected(reject)) => {
            reject.code.get() == Some(NegotiationReject::SystemUnavailable)
        }
        Error::Ended(End::EstablishmentRejected(reject)) => {
            reject.code.get() == Some(EstablishmentReject::SystemUnavailable)
        }
        _ => false,
    }
}

fn refused(address: SocketAddr, session: SessionId, error: Error) -> Failure {
    match error {
        Error::Io(error) => Failure::Usage(format!(
            "nobody answers at {address} ({error}); is the venue up? `pinion up` starts one"
        )),
        Error::Ended(end @ (End::NegotiationRejected(_) | End::EstablishmentRejected(_))) => {
            Failure::Refused(format!("the venue refused the logon of session {session}: {end}"))
        }
        other => Failure::Usage(format!("session {session} cannot log on: {other}")),
    }
}
