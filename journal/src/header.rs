//! The first 4096 bytes of a segment: whose it is, where it stands in the log, how it is read.

use std::mem::{offset_of, size_of};

use bytemuck::{Pod, Zeroable};

use crate::error::Reason;
use crate::record::{RECORD_ALIGN, RECORD_LEN_MAX, fold_salt};

/// Bytes of a segment's header.
pub const SEGMENT_HEADER_LEN: usize = 4096;

/// The version of the format that this crate writes and reads.
pub const FORMAT_VERSION: u16 = 1;

/// Set when the `aux` of every record is the highest durable seq known when it was appended.
pub const FLAG_AUX_IS_DURABLE: u32 = 1;

/// Set when every group of records is synced before the next is written.
pub const FLAG_SYNC: u32 = 2;

const FLAGS_KNOWN: u32 = FLAG_AUX_IS_DURABLE | FLAG_SYNC;

const MAGIC: [u8; 8] = *b"PINIONJ1";

/// Shortest and longest segment.
pub(crate) const SEGMENT_LEN_MIN: u64 = 16 * 1024;
pub(crate) const SEGMENT_LEN_MAX: u64 = 1 << 30;

const PAD_LEN: usize = 4092 - 176;

/// The header of a segment. Little-endian; every byte is named.
///
/// | offset | bytes | field | what |
/// |---|---|---|---|
/// | 0 | 8 | `magic` | `PINIONJ1`; stored last |
/// | 8 | 2 | `format_version` | 1 |
/// | 10 | 2 | `header_len` | 4096 |
/// | 12 | 2 | `record_align` | 64 |
/// | 14 | 2 | `kind` | which log of the venue |
/// | 16 | 4 | `flags` | [`FLAG_AUX_IS_DURABLE`], [`FLAG_SYNC`] |
/// | 20 | 4 | `shard` | which core of the venue |
/// | 24 | 16 | `venue` | id of the venue |
/// | 40 | 8 | `segment_no` | dense from 1 |
/// | 48 | 8 | `first_seq` | seq of the first record |
/// | 56 | 8 | `epoch` | term of whoever writes |
/// | 64 | 8 | `incarnation` | random salt of the checksums |
/// | 72 | 8 | `schema_hash` | hash of the layouts of the payloads |
/// | 80 | 4 | `logic_version` | version of the logic that reads the payloads |
/// | 84 | 4 | `prev_tail_crc` | checksum of the end marker before; 0 in the first segment |
/// | 88 | 8 | `created_ns` | clock when it was opened; after a rollover its first record's time |
/// | 96 | 8 | `segment_len` | bytes of the file |
/// | 104 | 4 | `record_len_max` | bytes of the longest record |
/// | 108 | 4 | `reserved` | 0 |
/// | 112 | 32 | `prev_segment` | 0 in this version; room for a digest of the segment before |
/// | 144 | 32 | `config_hash` | digest of the configuration in force |
/// | 176 | 3916 | `pad` | 0 |
/// | 4092 | 4 | `header_crc` | CRC-32C of bytes 0 to 4091 |
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
#[expect(missing_docs, reason = "the table above names every field")]
pub struct SegmentHeader {
    pub magic: [u8; 8],
    pub format_version: u16,
    pub header_len: u16,
    pub record_align: u16,
    pub kind: u16,
    pub flags: u32,
    pub shard: u32,
    pub venue: [u8; 16],
    pub segment_no: u64,
    pub first_seq: u64,
    pub epoch: u64,
    pub incarnation: u64,
    pub schema_hash: u64,
    pub logic_version: u32,
    pub prev_tail_crc: u32,
    pub created_ns: u64,
    pub segment_len: u64,
    pub record_len_max: u32,
    pub reserved: u32,
    pub prev_segment: [u8; 32],
    pub config_hash: [u8; 32],
    pub pad: [u8; PAD_LEN],
    pub header_crc: u32,
}

const _: () = assert!(size_of::<SegmentHeader>() == SEGMENT_HEADER_LEN);
const _: () = assert!(offset_of!(SegmentHeader, kind) == 14);
const _: () = assert!(offset_of!(SegmentHeader, venue) == 24);
const _: () = assert!(offset_of!(SegmentHeader, segment_no) == 40);
const _: () = assert!(offset_of!(SegmentHeader, incarnation) == 64);
const _: () = assert!(offset_of!(SegmentHeader, logic_version) == 80);
const _: () = assert!(offset_of!(SegmentHeader, created_ns) == 88);
const _: () = assert!(offset_of!(SegmentHeader, record_len_max) == 104);
const _: () = assert!(offset_of!(SegmentHeader, prev_segment) == 112);
const _: () = assert!(offset_of!(SegmentHeader, config_hash) == 144);
const _: () = assert!(offset_of!(SegmentHeader, pad) == 176);
const _: () = assert!(offset_of!(SegmentHeader, header_crc) == 4092);

/// What the first 4096 bytes of a file turned out to be.
pub(crate) enum Parsed {
    /// The first word is zero: prepared, not begun.
    Blank,
    /// A header of this version, whole.
    Header(Box<SegmentHeader>),
    /// A header of another version.
    Version(u16),
    /// Anything else.
    Bad(Reason),
}

impl SegmentHeader {
    /// A header with everything fixed by this version of the format, and nothing else, set.
    pub(crate) fn blank() -> SegmentHeader {
        SegmentHeader {
            magic: MAGIC,
            format_version: FORMAT_VERSION,
            header_len: SEGMENT_HEADER_LEN as u16,
            record_align: RECORD_ALIGN as u16,
            record_len_max: RECORD_LEN_MAX as u32,
            ..SegmentHeader::zeroed()
        }
    }

    /// Computes the header's checksum, as the last thing before it is stored.
    pub(crate) fn seal(&mut self) {
        self.header_crc = self.crc();
    }

    fn crc(&self) -> u32 {
        let bytes = bytemuck::bytes_of(self);
        crc32c::crc32c(&bytes[..SEGMENT_HEADER_LEN - 4])
    }

    /// The salt as the checksum takes it.
    pub(crate) fn salt(&self) -> u32 {
        fold_salt(self.incarnation)
    }

    /// Reads a header from the start of a file.
    pub(crate) fn parse(bytes: &[u8]) -> Parsed {
        let Some(raw) = bytes.first_chunk::<SEGMENT_HEADER_LEN>() else {
            return Parsed::Bad(Reason::Short);
        };
        let header: SegmentHeader = bytemuck::pod_read_unaligned(raw);
        if header.magic == [0; 8] {
            return Parsed::Blank;
        }
        if header.magic != MAGIC {
            return Parsed::Bad(Reason::Magic);
        }
        if header.format_version != FORMAT_VERSION {
            return Parsed::Version(header.format_version);
        }
        if header.header_crc != header.crc() {
            return Parsed::Bad(Reason::HeaderChecksum);
        }
        match header.fault() {
            Some(field) => Parsed::Bad(Reason::HeaderField(field)),
            None => Parsed::Header(Box::new(header)),
        }
    }

    /// The first field that this version of the format does not allow.
    fn fault(&self) -> Option<&'static str> {
        let sizes = usize::from(self.header_len) == SEGMENT_HEADER_LEN
            && usize::from(self.record_align) == RECORD_ALIGN
            && self.record_len_max as usize == RECORD_LEN_MAX;
        let spare_is_zero = self.reserved == 0
            && self.prev_segment == [0; 32]
            && self.pad.iter().all(|&byte| byte == 0);
        if !sizes {
            Some("sizes")
        } else if !segment_len_is_valid(self.segment_len) {
            Some("segment_len")
        } else if self.flags & !FLAGS_KNOWN != 0 {
            Some("flags")
        } else if self.segment_no == 0 {
            Some("segment_no")
        } else if self.first_seq == 0 {
            Some("first_seq")
        } else if !spare_is_zero {
            Some("reserved bytes")
        } else {
            None
        }
    }
}

impl std::fmt::Debug for SegmentHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentHeader")
            .field("segment_no", &self.segment_no)
            .field("first_seq", &self.first_seq)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Whether a file of that many bytes can be a segment.
pub(crate) fn segment_len_is_valid(len: u64) -> bool {
    (SEGMENT_LEN_MIN..=SEGMENT_LEN_MAX).contains(&len) && len.is_multiple_of(4096)
}
