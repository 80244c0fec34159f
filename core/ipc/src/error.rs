//! What can go wrong outside of the rings: faults of the world and of a peer's first words.

use core::fmt;

use rustix::io::Errno;

/// Why a region, a socket or a handover did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The system refused a call.
    System {
        /// What was being done.
        what: &'static str,
        /// Its answer.
        errno: Errno,
    },
    /// A descriptor that is no memory file with the seals that make it safe to map.
    NotSealed,
    /// A length that is not that of any region of this kind.
    Length(u64),
    /// No region of ours, or one whose creator died before it was ready.
    Magic(u64),
    /// Made by another version of this library.
    Abi {
        /// Its version.
        theirs: u32,
        /// Ours.
        ours: u32,
    },
    /// Another kind of region than expected.
    Kind {
        /// Its number.
        theirs: u32,
        /// The number expected.
        ours: u32,
    },
    /// Records in it have another layout than this build's.
    Layout {
        /// Their hash.
        theirs: u64,
        /// Ours.
        ours: u64,
    },
    /// A ring's number of lines that is no power of two, or too small or large.
    Capacity(usize),
    /// Somebody answers at this socket already.
    InUse,
    /// Something that is no socket stands at the path.
    NotSocket,
    /// The other process runs under another user.
    Stranger {
        /// Its user id.
        uid: u32,
    },
    /// The other process sent what is no message of the handover.
    Garbled,
    /// The other process closed the connection.
    Closed,
}

impl Error {
    /// Names what was being done when the system refused.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(Errno) -> Error {
        move |errno| Error::System { what, errno }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::System { what, errno } => write!(f, "{what}: {errno}"),
            Error::NotSealed => f.write_str("descriptor is not a sealed memory file"),
            Error::Length(len) => write!(f, "{len} bytes is not the length of such a region"),
            Error::Magic(word) => write!(f, "not a region, or never ready ({word:#018x})"),
            Error::Abi { theirs, ours } => {
                write!(f, "region has ABI version {theirs}, this build has {ours}")
            }
            Error::Kind { theirs, ours } => write!(f, "region is of kind {theirs}, not {ours}"),
            Error::Layout { theirs, ours } => {
                write!(f, "records have layout {theirs:#018x}, this build has {ours:#018x}")
            }
            Error::Capacity(lines) => write!(f, "a ring cannot have {lines} lines"),
            Error::InUse => f.write_str("another process answers at this socket"),
            Error::NotSocket => f.write_str("something that is no socket stands at this path"),
            Error::Stranger { uid } => write!(f, "peer runs under another user ({uid})"),
            Error::Garbled => f.write_str("peer does not speak the handover"),
            Error::Closed => f.write_str("peer closed the connection"),
        }
    }
}

impl std::error::Error for Error {}
