//! How a session ends, and what else can fail.

use pinion_types::TerminationCode;
use pinion_types::codes::RawTerminationCode;
use pinion_types::text::Chars;
use pinion_wire::RetransmitReject;
use pinion_wire::session::{EstablishmentReject, NegotiationReject};
use std::fmt;
use std::io;

/// Why a connection is no longer of use. The session version may be resumed on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Negotiate was refused.
    NegotiationRejected(NegotiationReject),
    /// Establish was refused.
    EstablishmentRejected(EstablishmentReject),
    /// A Terminate came: the answer to one's own, or the venue's.
    Terminated {
        /// Why.
        code: RawTerminationCode,
        /// The venue's words.
        text: Chars<48>,
        /// True where this side asked.
        asked: bool,
    },
    /// Messages were missed that the venue does not send again: state must be asked for.
    RetransmitRejected(Option<RetransmitReject>),
    /// The venue's next number is one it has used: it lost messages this side has seen.
    WentBack {
        /// The number that had to come next.
        expected: u64,
        /// The number the venue named.
        next_seq_no: u64,
    },
    /// The transport was closed or lost.
    Lost,
    /// Nothing was heard for two intervals.
    Silent,
    /// An answer of the session protocol did not come in time.
    Unanswered,
    /// What came was not the protocol: bytes, or a message at the wrong time.
    Garbled,
}

impl End {
    /// True where this side asked for it.
    #[must_use]
    pub const fn is_asked(&self) -> bool {
        matches!(self, End::Terminated { asked: true, .. })
    }

    /// The code of a Terminate, where one came.
    #[must_use]
    pub const fn termination(&self) -> Option<TerminationCode> {
        match self {
            End::Terminated { code, .. } => code.get(),
            _ => None,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::NegotiationRejected(reject) => {
                write!(f, "Negotiate refused, code {}: {}", reject.code.0, reject.text)
            }
            End::EstablishmentRejected(reject) => {
                write!(f, "Establish refused, code {}: {}", reject.code.0, reject.text)
            }
            End::Terminated { code, text, .. } => {
                write!(f, "terminated, code {}: {text}", code.0)
            }
            End::RetransmitRejected(code) => write!(f, "retransmission refused: {code:?}"),
            End::WentBack { expected, next_seq_no } => {
                write!(f, "the venue went back: its next number is {next_seq_no}, not {expected}")
            }
            End::Lost => f.write_str("connection lost"),
            End::Silent => f.write_str("the venue is silent"),
            End::Unanswered => f.write_str("the venue did not answer in time"),
            End::Garbled => f.write_str("the venue broke the protocol"),
        }
    }
}

/// What can fail.
#[derive(Debug)]
pub enum Error {
    /// The transport, before or outside of a session.
    Io(io::Error),
    /// The connection ended.
    Ended(End),
    /// Not logged on.
    NotEstablished,
    /// Too many bytes wait for the socket; nothing was sent.
    Full,
    /// The address names no host.
    NoAddress,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io(error) => write!(f, "transport: {error}"),
            Error::Ended(end) => fmt::Display::fmt(end, f),
            Error::NotEstablished => f.write_str("not logged on"),
            Error::Full => f.write_str("too many bytes wait for the socket"),
            Error::NoAddress => f.write_str("the address names no host"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}

impl From<End> for Error {
    fn from(end: End) -> Self {
        Error::Ended(end)
    }
}
