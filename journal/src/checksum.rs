//! CRC-32C over words, without the overhead that a general function has for a few of them.
//!
//! A record has 7 to 23 words to be summed; the `crc32c` crate, made for long buffers, spends more
//! on entering than on summing. Where the processor has the instruction this is the bare loop, and
//! the crate everywhere else; a test holds them equal.

/// Continues `crc` over a head of three words and a body of any number.
#[inline]
pub(crate) fn append(crc: u32, head: [u64; 3], body: &[u64]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the processor has SSE 4.2, as was just asked.
        return unsafe { append_by_instruction(crc, head, body) };
    }
    let crc = crc32c::crc32c_append(crc, bytemuck::must_cast_slice(&head));
    crc32c::crc32c_append(crc, bytemuck::must_cast_slice(body))
}

/// Continues `crc` over bytes; quickest when their number is a multiple of 8 and small.
#[inline]
pub(crate) fn append_bytes(crc: u32, bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sse4.2") {
        let (words, rest) = bytes.as_chunks::<8>();
        if rest.is_empty() && bytes.len() <= SHORT_LEN {
            // SAFETY: the processor has SSE 4.2, as was just asked.
            return unsafe { append_chunks_by_instruction(crc, words) };
        }
    }
    crc32c::crc32c_append(crc, bytes)
}

/// Up to here one instruction after another is quicker than three chains joined at the end.
const SHORT_LEN: usize = 640;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
fn append_by_instruction(crc: u32, head: [u64; 3], body: &[u64]) -> u32 {
    use std::arch::x86_64::_mm_crc32_u64;
    let mut state = u64::from(!crc);
    for word in head {
        state = _mm_crc32_u64(state, word);
    }
    for &word in body {
        state = _mm_crc32_u64(state, word);
    }
    // The instruction leaves the upper half zero.
    !(state as u32)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
fn append_chunks_by_instruction(crc: u32, words: &[[u8; 8]]) -> u32 {
    use std::arch::x86_64::_mm_crc32_u64;
    let mut state = u64::from(!crc);
    for &word in words {
        state = _mm_crc32_u64(state, u64::from_le_bytes(word));
    }
    // As above.
    !(state as u32)
}

#[cfg(test)]
mod tests {
    use super::{append, append_bytes};

    #[test]
    fn it_is_the_checksum_of_the_crate() {
        let words: Vec<u64> =
            (0..100u64).map(|index| index.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        for len in 3..words.len() {
            let bytes: &[u8] = bytemuck::cast_slice(&words[..len]);
            let expected = crc32c::crc32c_append(0x1234_5678, bytes);
            let head = [words[0], words[1], words[2]];
            assert_eq!(append(0x1234_5678, head, &words[3..len]), expected);
            assert_eq!(append_bytes(0x1234_5678, bytes), expected);
            let odd = &bytes[..bytes.len() - 3];
            assert_eq!(append_bytes(7, odd), crc32c::crc32c_append(7, odd));
        }
    }

    #[test]
    fn it_is_crc_32c() {
        assert_eq!(append_bytes(0, b"123456789"), 0xe306_9283);
    }
}
