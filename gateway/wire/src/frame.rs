//! Frames: finding one in a stream of bytes, reading its block, writing one.

use crate::error::{DecodeError, FrameError};
use crate::message::Message;
use crate::{FRAME_MAX, OVERHEAD, SCHEMA_ID, SCHEMA_VERSION};
use pinion_types::RejectCode;

/// Encoding type of SBE 1.0, little-endian (SOFH).
pub const ENCODING_TYPE: u16 = 0xEB50;

/// Both headers as they stand in the stream.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Headers {
    message_length: [u8; 4],
    encoding_type: [u8; 2],
    block_length: [u8; 2],
    template: [u8; 2],
    schema: [u8; 2],
    version: [u8; 2],
}

const _: () = assert!(size_of::<Headers>() == OVERHEAD);

/// One whole frame within a buffer.
///
/// Having a `Frame` tells you: the length was in bounds and the encoding is SBE. Nothing about
/// template, schema, version or fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Length the sender says the block has.
    pub block_length: u16,
    /// Number of the template.
    pub template: u16,
    /// Id of the schema.
    pub schema: u16,
    /// Version of the schema.
    pub version: u16,
    /// What follows the headers.
    pub block: &'a [u8],
    /// The whole frame.
    pub bytes: &'a [u8],
}

/// The first frame of `bytes`; `None` where more bytes must come first.
///
/// The length is judged as soon as its four bytes are there, so that a sender of nonsense is
/// found before a buffer fills. The next frame begins at `frame.bytes.len()`.
///
/// # Errors
/// [`FrameError`]: the stream has no frames any more.
pub fn split(bytes: &[u8]) -> Result<Option<Frame<'_>>, FrameError> {
    let Some(length) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_le_bytes(*length);
    let len = usize::try_from(length).unwrap_or(usize::MAX);
    if !(OVERHEAD..=FRAME_MAX).contains(&len) {
        return Err(FrameError::Length(length));
    }
    let Some(encoding) = bytes.get(4..6).and_then(<[u8]>::first_chunk::<2>) else {
        return Ok(None);
    };
    let encoding = u16::from_le_bytes(*encoding);
    if encoding != ENCODING_TYPE {
        return Err(FrameError::EncodingType(encoding));
    }
    Ok(bytes.get(..len).and_then(whole))
}

fn whole(bytes: &[u8]) -> Option<Frame<'_>> {
    let (headers, block) = bytes.split_first_chunk::<OVERHEAD>()?;
    let headers: Headers = bytemuck::must_cast(*headers);
    Some(Frame {
        block_length: u16::from_le_bytes(headers.block_length),
        template: u16::from_le_bytes(headers.template),
        schema: u16::from_le_bytes(headers.schema),
        version: u16::from_le_bytes(headers.version),
        block,
        bytes,
    })
}

impl Frame<'_> {
    /// Refuses another schema, and versions that never were.
    ///
    /// # Errors
    /// [`RejectCode::SchemaNotSupported`].
    pub fn check_schema(&self) -> Result<(), DecodeError> {
        if self.schema == SCHEMA_ID && self.version >= 1 {
            Ok(())
        } else {
            Err(DecodeError::new(RejectCode::SchemaNotSupported))
        }
    }

    /// Copies the block out as an `M`, by the acting length.
    ///
    /// A block of this version has exactly the template's length. One of a newer version may be
    /// longer: fields are only ever appended, so what follows is unknown here and left out.
    ///
    /// # Errors
    /// [`RejectCode::BlockTooShort`] where the length is not one this template can have.
    pub fn read<M: Message>(&self) -> Result<M, DecodeError> {
        let want = size_of::<M>();
        let fits = usize::from(self.block_length) == self.block.len()
            && (self.block.len() == want
                || (self.version > SCHEMA_VERSION && self.block.len() > want));
        let block = if fits { self.block.get(..want) } else { None };
        block
            .and_then(|block| bytemuck::try_pod_read_unaligned(block).ok())
            .ok_or(DecodeError::new(RejectCode::BlockTooShort))
    }
}

/// Length of a frame of `M`.
#[must_use]
pub const fn len_of<M: Message>() -> usize {
    OVERHEAD + size_of::<M>()
}

/// Writes `message` as a frame to the front of `out` and gives its length; `None`, with nothing
/// written, if `out` has no room.
#[must_use]
pub fn encode<M: Message>(message: &M, out: &mut [u8]) -> Option<usize> {
    let len = len_of::<M>();
    let (head, block) = out.get_mut(..len)?.split_first_chunk_mut::<OVERHEAD>()?;
    *head = bytemuck::must_cast(headers_of::<M>());
    block.copy_from_slice(bytemuck::bytes_of(message));
    Some(len)
}

/// The headers of `M`: constants, since every block has one length.
const fn headers_of<M: Message>() -> Headers {
    assert!(size_of::<M>() <= FRAME_MAX - OVERHEAD);
    Headers {
        message_length: (len_of::<M>() as u32).to_le_bytes(),
        encoding_type: ENCODING_TYPE.to_le_bytes(),
        block_length: (size_of::<M>() as u16).to_le_bytes(),
        template: M::TEMPLATE.to_le_bytes(),
        schema: SCHEMA_ID.to_le_bytes(),
        version: SCHEMA_VERSION.to_le_bytes(),
    }
}
