//! What can be wrong with a log, each with its place, in one sentence.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why bytes at a place are not what a writer stores there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The file is shorter than it must be.
    Short,
    /// The file does not begin like a segment.
    Magic,
    /// The header's checksum does not fit the header.
    HeaderChecksum,
    /// A field of the header has a value that this version does not allow.
    HeaderField(&'static str),
    /// The file's name or length and its header disagree.
    HeaderPlace,
    /// The header does not continue the segment before it.
    Chain,
    /// The header was not written, yet data follows it.
    NoHeader,
    /// A commit word that no writer stores.
    Length(u32),
    /// The record reaches past the end of its segment.
    Overrun,
    /// The checksum does not fit the record.
    Checksum,
    /// The record has another number than its place.
    Sequence(u64),
    /// Bytes between a record's end and the next line are not zero.
    Padding,
    /// Bytes after the end of the data are not zero.
    Trailing,
    /// The segment stops without an end marker, yet a later segment was begun.
    Unfinished,
    /// Records were written after the place, so this is no torn tail.
    Followed,
    /// The copy in memory and the copy on disk differ.
    Differs,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Short => f.write_str("the file is too short"),
            Reason::Magic => f.write_str("it does not begin like a segment"),
            Reason::HeaderChecksum => f.write_str("the header's checksum does not fit"),
            Reason::HeaderField(field) => write!(f, "the header's {field} cannot be"),
            Reason::HeaderPlace => {
                f.write_str("the header disagrees with the file's name or length")
            }
            Reason::Chain => f.write_str("the header does not continue the segment before"),
            Reason::NoHeader => f.write_str("data follows a header that was never written"),
            Reason::Length(commit) => write!(f, "the commit word {commit:#x} cannot be"),
            Reason::Overrun => f.write_str("the record reaches past the segment's end"),
            Reason::Checksum => f.write_str("the checksum does not fit the record"),
            Reason::Sequence(found) => write!(f, "the record says it is seq {found}"),
            Reason::Padding => f.write_str("the bytes after the record are not zero"),
            Reason::Trailing => f.write_str("the bytes after the end of the data are not zero"),
            Reason::Unfinished => {
                f.write_str("the segment has no end marker, yet a later one was begun")
            }
            Reason::Followed => f.write_str("a bad record is followed by good ones"),
            Reason::Differs => f.write_str("the hot copy and the disk copy differ"),
        }
    }
}

/// Why a log cannot be opened, read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The system refused something.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The options cannot be.
    Options(String),
    /// Another process writes this log.
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// There is no log in the directory.
    Absent {
        /// The directory.
        dir: PathBuf,
    },
    /// The segment has another format version than this program knows.
    Version {
        /// The segment.
        path: PathBuf,
        /// Its version.
        found: u16,
    },
    /// The segment belongs to something else.
    Foreign {
        /// The segment.
        path: PathBuf,
        /// Which field says so: venue, shard, kind or schema.
        field: &'static str,
    },
    /// A segment between others is not there.
    Missing {
        /// The directory.
        dir: PathBuf,
        /// The number of the segment.
        segment_no: u64,
        /// The first seq that is missing with it.
        seq: u64,
    },
    /// Bytes are not what was written.
    Corrupt {
        /// The segment.
        path: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
        /// The seq that should stand there.
        seq: u64,
        /// What is wrong.
        reason: Reason,
    },
    /// Records that were durable are not there any more.
    Lost {
        /// Where they should be.
        path: PathBuf,
        /// Where in it, in bytes.
        offset: u64,
        /// The first of them.
        from: u64,
        /// The last one known to have been durable.
        to: u64,
    },
    /// The hot directory holds a log that the disk directory does not know.
    StaleHot {
        /// The hot segment.
        path: PathBuf,
    },
    /// The log begins after the record that was asked for.
    TooOld {
        /// What was asked for.
        asked: u64,
        /// The first record there is.
        first: u64,
    },
    /// The journal thread failed earlier and nothing more becomes durable.
    Poisoned(String),
}

impl Error {
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |source| Error::Io { doing, path, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { doing, path, source } => {
                write!(f, "{doing} {}: {source}", path.display())
            }
            Error::Options(reason) => write!(f, "the log's options cannot be: {reason}"),
            Error::Locked { path } => {
                write!(f, "{}: another process writes this log", path.display())
            }
            Error::Absent { dir } => write!(f, "{}: there is no log here", dir.display()),
            Error::Version { path, found } => {
                write!(f, "{}: format version {found} is not known here", path.display())
            }
            Error::Foreign { path, field } => {
                write!(f, "{}: the segment is of another {field}", path.display())
            }
            Error::Missing { dir, segment_no, seq } => write!(
                f,
                "{}: segment {segment_no} is missing, and with it the records from seq {seq}",
                dir.display()
            ),
            Error::Corrupt { path, offset, seq, reason } => {
                write!(f, "{}: corrupt at byte {offset}, seq {seq}: {reason}", path.display())
            }
            Error::Lost { path, offset, from, to } => write!(
                f,
                "{}: the records from seq {from} to {to} were durable and are lost (byte {offset})",
                path.display()
            ),
            Error::StaleHot { path } => write!(
                f,
                "{}: the hot directory holds a log that the disk directory does not know; \
                 restore the disk directory or clear the hot one",
                path.display()
            ),
            Error::TooOld { asked, first } => {
                write!(f, "seq {asked} was asked for, the log begins with seq {first}")
            }
            Error::Poisoned(reason) => write!(f, "the journal stopped: {reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
