//! A hot segment: its number, its file, its memory.

use std::path::PathBuf;

use crate::commit;
use crate::header::{Parsed, SEGMENT_HEADER_LEN, SegmentHeader};
use crate::map::Map;
use crate::sync::AtomicU64;

/// A hot segment, mapped for as long as anyone holds it.
pub(crate) struct Segment {
    pub no: u64,
    pub path: PathBuf,
    pub map: Map,
}

impl Segment {
    #[inline]
    pub(crate) fn words(&self) -> &[AtomicU64] {
        self.map.words()
    }

    pub(crate) fn len(&self) -> usize {
        self.words().len() * 8
    }

    /// Stores the header, its first word last, so that a reader sees all of it or nothing.
    pub(crate) fn begin(&self, header: &SegmentHeader) {
        let source: &[u64] = header_words(header);
        let Some((first, rest)) = self.words().split_first() else {
            unreachable!("a map is never empty");
        };
        for (word, &value) in rest.iter().zip(source.iter().skip(1)) {
            word.store(value, crate::sync::Ordering::Relaxed);
        }
        commit::publish(first, source[0]);
    }

    /// Reads the header, if it was stored.
    pub(crate) fn header(&self) -> Parsed {
        read_header(self.words())
    }
}

/// Reads the header from the start of a mapping.
pub(crate) fn read_header(words: &[AtomicU64]) -> Parsed {
    const WORDS: usize = SEGMENT_HEADER_LEN / 8;
    let Some(source) = words.first_chunk::<WORDS>() else {
        return SegmentHeader::parse(&[]);
    };
    if commit::peek(&source[0]) == 0 {
        return Parsed::Blank;
    }
    let mut copy = [0u64; WORDS];
    commit::copy(source, &mut copy);
    SegmentHeader::parse(bytemuck::must_cast_slice(&copy))
}

fn header_words(header: &SegmentHeader) -> &[u64] {
    bytemuck::must_cast_slice(std::slice::from_ref(header))
}
