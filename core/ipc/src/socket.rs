//! Unix sockets by path: the one thing here that has a name and can be stale.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FileType, Mode};
use rustix::io::Errno;
use rustix::net::sockopt::{Timeout, set_socket_timeout, socket_peercred};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::error::Error;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 16;

/// Removes a socket nobody answers at.
///
/// # Errors
/// [`Error::InUse`] where somebody does, whatever kind of socket it is; [`Error::NotSocket`] where
/// something else stands there, which is left alone; [`Error::System`].
pub fn remove_stale(path: &Path) -> Result<(), Error> {
    match rustix::fs::lstat(path) {
        Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(Error::System { what: "look for a socket", errno }),
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Socket => {
            return Err(Error::NotSocket);
        }
        Ok(_) => {}
    }
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let probe = socket(SocketType::SEQPACKET, flags)?;
    match rustix::net::connect(&probe, &address(path)?) {
        Err(Errno::CONNREFUSED) => {}
        Err(Errno::NOENT) => return Ok(()),
        // Connected, full, or of another type: all need a listener that lives.
        Ok(()) | Err(Errno::AGAIN | Errno::PROTOTYPE) => return Err(Error::InUse),
        Err(errno) => return Err(Error::System { what: "probe a socket", errno }),
    }
    match rustix::fs::unlink(path) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(Error::System { what: "remove a stale socket", errno }),
    }
}

/// Listens at `path`, for this user alone; a stale socket there is replaced.
///
/// The descriptor does not block.
///
/// # Errors
/// Those of [`remove_stale`]; [`Error::System`] where the path is too long (107 bytes) or closed to
/// us.
pub fn bind(path: &Path, kind: SocketType) -> Result<OwnedFd, Error> {
    remove_stale(path)?;
    let fd = socket(kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)?;
    rustix::net::bind(&fd, &address(path)?).map_err(Error::system("bind a socket"))?;
    rustix::fs::chmod(path, Mode::RUSR | Mode::WUSR).map_err(Error::system("close a socket"))?;
    rustix::net::listen(&fd, BACKLOG).map_err(Error::system("listen at a socket"))?;
    Ok(fd)
}

/// Connects to `path`; every later call on the descriptor gives up after `timeout`.
///
/// # Errors
/// [`Error::System`]; [`Error::Stranger`] where another user listens there.
pub fn connect(path: &Path, kind: SocketType, timeout: Duration) -> Result<OwnedFd, Error> {
    let fd = socket(kind, SocketFlags::CLOEXEC)?;
    for direction in [Timeout::Recv, Timeout::Send] {
        set_socket_timeout(&fd, direction, Some(timeout)).map_err(Error::system("set timeout"))?;
    }
    rustix::net::connect(&fd, &address(path)?).map_err(Error::system("connect to a socket"))?;
    own_user(&fd)?;
    Ok(fd)
}

/// Process id of the peer.
///
/// # Errors
/// [`Error::Stranger`] where it runs under another user than this process.
pub fn own_user(fd: &OwnedFd) -> Result<u32, Error> {
    let peer = socket_peercred(fd).map_err(Error::system("ask who the peer is"))?;
    let uid = peer.uid.as_raw();
    if uid != rustix::process::geteuid().as_raw() {
        return Err(Error::Stranger { uid });
    }
    Ok(u32::try_from(peer.pid.as_raw_nonzero().get()).unwrap_or(0))
}

fn socket(kind: SocketType, flags: SocketFlags) -> Result<OwnedFd, Error> {
    rustix::net::socket_with(AddressFamily::UNIX, kind, flags, None)
        .map_err(Error::system("make a socket"))
}

fn address(path: &Path) -> Result<SocketAddrUnix, Error> {
    SocketAddrUnix::new(path).map_err(Error::system("name a socket"))
}
