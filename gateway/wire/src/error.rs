//! What can be wrong with bytes from outside, and how the venue answers.

use core::fmt;
use pinion_types::{RejectCode, TerminationCode};

/// A frame that cannot be one: the connection has lost its place and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// A length below the headers' or above [`crate::FRAME_MAX`].
    Length(u32),
    /// An encoding type other than SBE 1.0 little-endian.
    EncodingType(u16),
}

impl FrameError {
    /// What the venue terminates with.
    #[must_use]
    pub const fn termination(self) -> TerminationCode {
        TerminationCode::InvalidFraming
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::Length(len) => write!(f, "frame length {len} is out of range"),
            FrameError::EncodingType(code) => write!(f, "encoding type {code:#06x} is not SBE"),
        }
    }
}

impl std::error::Error for FrameError {}

/// A whole frame whose message cannot be taken as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// Why, a code of step 4 of the order of validation.
    pub code: RejectCode,
    /// Tag of the field; 0 where it is not about one field.
    pub tag: u16,
}

impl DecodeError {
    /// About the message as a whole.
    #[must_use]
    pub const fn new(code: RejectCode) -> Self {
        DecodeError { code, tag: 0 }
    }

    /// About one field.
    #[must_use]
    pub const fn field(code: RejectCode, tag: u16) -> Self {
        DecodeError { code, tag }
    }

    /// What the venue terminates with; `None` where it answers with a BusinessMessageReject.
    ///
    /// A session message (templates 1 to 12) has no such answer: there every fault terminates,
    /// with [`TerminationCode::DecodingError`].
    #[must_use]
    pub const fn termination(self) -> Option<TerminationCode> {
        match self.code {
            RejectCode::UnknownTemplate | RejectCode::SchemaNotSupported => {
                Some(TerminationCode::UnrecognizedMessage)
            }
            RejectCode::BlockTooShort => Some(TerminationCode::DecodingError),
            _ => None,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}), tag {}", self.code.text(), self.code.code(), self.tag)
    }
}

impl std::error::Error for DecodeError {}
