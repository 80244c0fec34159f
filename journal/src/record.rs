//! One record to the byte: the header, what its first word can say, and the rolling checksum.

use std::mem::{offset_of, size_of};

use bytemuck::{Pod, Zeroable};

use crate::checksum;

/// Records start on cache lines.
pub const RECORD_ALIGN: usize = 64;

/// Bytes before the payload.
pub const RECORD_HEADER_LEN: usize = 32;

/// Shortest record, header included: one word of payload.
pub const RECORD_LEN_MIN: usize = RECORD_HEADER_LEN + 8;

/// Longest record, header included.
pub const RECORD_LEN_MAX: usize = 4096;

/// What an end marker occupies: one line.
pub const MARKER_LEN: usize = RECORD_ALIGN;

/// The commit word of the end marker: a bare header with the top bit set.
pub const MARKER_COMMIT: u32 = 1 << 31 | RECORD_HEADER_LEN as u32;

/// The first 32 bytes of every record.
///
/// | offset | bytes | field | what |
/// |---|---|---|---|
/// | 0 | 4 | `commit` | bytes of the record, header included; 0 = not written; stored last |
/// | 4 | 4 | `crc` | CRC-32C, rolling: see [`Link::crc`] |
/// | 8 | 8 | `seq` | number of the record, dense from 1 |
/// | 16 | 8 | `time` | nanoseconds, as the writer gave it |
/// | 24 | 8 | `aux` | as the writer gave it |
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct RecordHeader {
    pub commit: u32,
    pub crc: u32,
    pub seq: u64,
    pub time: u64,
    pub aux: u64,
}

const _: () = assert!(size_of::<RecordHeader>() == RECORD_HEADER_LEN);
const _: () = assert!(offset_of!(RecordHeader, commit) == 0);
const _: () = assert!(offset_of!(RecordHeader, crc) == 4);
const _: () = assert!(offset_of!(RecordHeader, seq) == 8);
const _: () = assert!(offset_of!(RecordHeader, time) == 16);
const _: () = assert!(offset_of!(RecordHeader, aux) == 24);
const _: () = assert!(RECORD_LEN_MAX.is_multiple_of(RECORD_ALIGN));

/// What the first word of a slot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Nothing was written here.
    Blank,
    /// A record of that many bytes, header included: in bounds and a multiple of 8.
    Record(usize),
    /// The segment ends here.
    Marker,
    /// No writer stores this.
    Impossible(u32),
}

impl Commit {
    /// Reads the lower half of a lead word.
    #[inline]
    pub fn of(commit: u32) -> Commit {
        let len = commit as usize;
        match commit {
            0 => Commit::Blank,
            MARKER_COMMIT => Commit::Marker,
            _ if (RECORD_LEN_MIN..=RECORD_LEN_MAX).contains(&len) && len.is_multiple_of(8) => {
                Commit::Record(len)
            }
            _ => Commit::Impossible(commit),
        }
    }

    /// Reads the lead word of a slot.
    #[inline]
    pub fn of_lead(lead: u64) -> Commit {
        // The lower half, by design of the lead word.
        Commit::of(lead as u32)
    }
}

/// The lead word: commit in the lower half, checksum in the upper, as they lie in memory.
#[inline]
pub fn lead(commit: u32, crc: u32) -> u64 {
    u64::from(crc) << 32 | u64::from(commit)
}

/// Bytes that a record of `len` bytes occupies.
#[inline]
pub const fn slot_len(len: usize) -> usize {
    len.next_multiple_of(RECORD_ALIGN)
}

/// What ties a record to the one before it: the salt of its segment and the previous checksum.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    pub salt: u32,
    pub prev: u32,
}

impl Link {
    /// The checksum of a record: CRC-32C over bytes 8 to its end, begun with
    /// `previous checksum ^ salt ^ commit`.
    ///
    /// Begun so, it also holds the length and the kind of the record, and fails for a record that
    /// is dropped, doubled, moved or left over from another incarnation of the log.
    #[inline]
    pub fn crc(self, commit: u32, bytes_from_8: &[u8]) -> u32 {
        checksum::append_bytes(self.begin(commit), bytes_from_8)
    }

    #[inline]
    pub fn begin(self, commit: u32) -> u32 {
        self.prev ^ self.salt ^ commit
    }
}

/// The salt as the checksum takes it.
pub fn fold_salt(incarnation: u64) -> u32 {
    // Both halves count; the upper is shifted down, the lower is kept by the cast.
    (incarnation >> 32) as u32 ^ incarnation as u32
}
