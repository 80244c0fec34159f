//! The core's end of the control socket: threads that ask, beside the one that must never wait.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;

use super::roles::{Role, Roles};
use super::{REQUEST_LEN_MAX, Reply, Request};
use crate::failure::Failure;

/// Connections served at once.
const CONNECTIONS_MAX: usize = 16;

/// How long a connection may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Who does what is asked, once it may be.
pub(crate) trait Venue: Send + Sync + 'static {
    /// Does it, for the actor of that name.
    fn command(&self, request: &Request, actor: &str) -> Reply;
}

/// The listening end. Dropping it ends the listening; its path is removed.
#[derive(Debug)]
pub(crate) struct ControlServer {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl ControlServer {
    /// Listens at `path`; open to other users where `open` is set, who still need a role.
    pub fn start(
        path: &Path,
        open: bool,
        roles: Roles,
        venue: Arc<dyn Venue>,
    ) -> Result<Self, Failure> {
        let failed = || Failure::system(path.display());
        if UnixStream::connect(path).is_ok() {
            return Err(Failure::Usage(format!("{}: another core listens here", path.display())));
        }
        if path.exists() {
            // Nobody answers there: it was left behind by a crash.
            fs::remove_file(path).map_err(failed())?;
        }
        let socket = UnixListener::bind(path).map_err(failed())?;
        let mode = if open { 0o666 } else { 0o600 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(failed())?;
        let stop = Arc::new(AtomicBool::new(false));
        let door = Door { roles, venue, open_count: Arc::new(AtomicUsize::new(0)) };
        let stopping = Arc::clone(&stop);
        let listener = thread::Builder::new()
            .name("control-socket".to_owned())
            .spawn(move || door.listen(&socket, &stopping))
            .map_err(failed())?;
        Ok(ControlServer { path: path.to_owned(), stop, listener: Some(listener) })
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The thread waits for a connection; this is one.
        let _woken = UnixStream::connect(&self.path);
        if let Some(listener) = self.listener.take()
            && listener.join().is_err()
        {
            tracing::error!("the control socket's thread panicked");
        }
        // What stays behind is found stale at the next start.
        let _gone = fs::remove_file(&self.path);
    }
}

#[derive(Clone)]
struct Door {
    roles: Roles,
    venue: Arc<dyn Venue>,
    open_count: Arc<AtomicUsize>,
}

impl Door {
    fn listen(&self, socket: &UnixListener, stop: &AtomicBool) {
        while let Ok((stream, _)) = socket.accept() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            if self.open_count.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS_MAX {
                self.open_count.fetch_sub(1, Ordering::Relaxed);
                answer(&stream, &Reply::bad("too many connections; try again"));
                continue;
            }
            let door = self.clone();
            let begun = thread::Builder::new().name("control".to_owned()).spawn(move || {
                door.serve(&stream);
                door.open_count.fetch_sub(1, Ordering::Relaxed);
            });
            if begun.is_err() {
                self.open_count.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }

    /// Answers one connection's requests until it ends.
    fn serve(&self, stream: &UnixStream) {
        let Ok(peer) = socket_peercred(stream) else { return };
        let uid = peer.uid.as_raw();
        if stream.set_read_timeout(Some(SILENCE_MAX)).is_err() {
            return;
        }
        let mut input = BufReader::new(stream);
        loop {
            let mut line = String::new();
            let limit = u64::try_from(REQUEST_LEN_MAX).unwrap_or(0);
            match input.by_ref().take(limit).read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if !line.ends_with('\n') && line.len() >= REQUEST_LEN_MAX => {
                    answer(stream, &Reply::bad("the request is too long"));
                    return;
                }
                Ok(_) => {}
            }
            let reply = match serde_json::from_str::<Request>(line.trim()) {
                Ok(request) => self.decide(&request, uid),
                Err(error) => Reply::bad(format!("the request cannot be read: {error}")),
            };
            if !answer(stream, &reply) {
                return;
            }
        }
    }

    /// Checks what the user may do, and has it done.
    fn decide(&self, request: &Request, uid: u32) -> Reply {
        let Some(role) = self.roles.of(uid) else {
            tracing::warn!(uid, "a user without a role asked for control");
            return Reply::refused(format!("user {uid} has no role here"));
        };
        let reason = match request {
            Request::Status {} => None,
            Request::Kill { reason, .. } if role.may_kill() => Some(reason),
            Request::Release { reason, .. } if role.may_release() => Some(reason),
            Request::Bust { reason, .. } | Request::Adjust { reason, .. } if role.may_correct() => {
                Some(reason)
            }
            Request::Kill { .. } => return Reply::refused(forbidden(role, "kill")),
            Request::Release { .. } => return Reply::refused(forbidden(role, "release")),
            Request::Bust { .. } => return Reply::refused(forbidden(role, "bust trades")),
            Request::Adjust { .. } => return Reply::refused(forbidden(role, "adjust trades")),
        };
        if reason.is_some_and(|reason| reason.trim().is_empty()) {
            return Reply::bad("a reason is needed");
        }
        let actor = format!("{}:{uid}", role.name());
        let reply = self.venue.command(request, &actor);
        if reason.is_some() {
            tracing::info!(?request, actor, ok = reply.ok, "control");
        }
        reply
    }
}

fn forbidden(role: Role, what: &str) -> String {
    format!("role {} may not {what}", role.name())
}

/// Writes a reply; false where nobody takes it.
fn answer(mut stream: &UnixStream, reply: &Reply) -> bool {
    let Ok(mut text) = serde_json::to_string(reply) else { return false };
    text.push('\n');
    stream.write_all(text.as_bytes()).is_ok()
}
