//! Copies of lines between private memory and memory a peer may be writing.
//!
//! Word by word, relaxed, is what they mean. On x86-64 a line's seven words are done sixteen bytes
//! at a time by hand: the compiler may not join atomic accesses, and a plain copy would be
//! undefined behavior where a peer writes meanwhile. Assembly has no such rule; whatever it reads
//! is what stood there, and is checked afterwards. Miri, loom and other machines take the plain
//! form.

use crate::sync::{AtomicU64, Ordering};
use crate::words::LINE_WORDS;

/// Words of a message in a line, behind its first word.
pub const BODY_WORDS: usize = LINE_WORDS - 1;

/// Copies less than a line out.
#[inline]
pub fn load_part(to: &mut [u64], from: &[AtomicU64; BODY_WORDS]) {
    load_some(to, from);
}

/// Copies less than a line in.
#[inline]
pub fn store_part(to: &[AtomicU64; BODY_WORDS], from: &[u64]) {
    let (pairs, rest) = from.as_chunks::<2>();
    let (to_pairs, _) = to.as_chunks::<2>();
    for (to, from) in to_pairs.iter().zip(pairs) {
        store_pair(to, from);
    }
    if let Some(last) = rest.first() {
        to[from.len() - 1].store(*last, Ordering::Relaxed);
    }
}

/// Copies out, by word.
#[inline]
fn load_some(to: &mut [u64], from: &[AtomicU64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from.load(Ordering::Relaxed);
    }
}

/// Copies in, by word.
#[inline]
#[cfg(not(all(target_arch = "x86_64", not(miri), not(loom))))]
fn store_some(to: &[AtomicU64], from: &[u64]) {
    for (to, &from) in to.iter().zip(from) {
        to.store(from, Ordering::Relaxed);
    }
}

use wide::store_pair;
pub use wide::{fetch_two, load_body, store_body};

#[cfg(not(all(target_arch = "x86_64", not(miri), not(loom))))]
mod wide {
    use super::{AtomicU64, BODY_WORDS, LINE_WORDS, load_some, store_some};

    pub fn fetch_two(_line: &[AtomicU64; LINE_WORDS]) {}

    pub fn load_body(to: &mut [u64; BODY_WORDS], from: &[AtomicU64; LINE_WORDS]) {
        load_some(to, &from[1..]);
    }

    pub fn store_body(to: &[AtomicU64; LINE_WORDS], from: &[u64; BODY_WORDS]) {
        store_some(&to[1..], from);
    }

    pub fn store_pair(to: &[AtomicU64; 2], from: &[u64; 2]) {
        store_some(to, from);
    }
}

#[cfg(all(target_arch = "x86_64", not(miri), not(loom)))]
mod wide {
    use core::arch::x86_64::{__m128i, _MM_HINT_T0, _mm_prefetch, _mm_storeu_si128};

    use super::{AtomicU64, BODY_WORDS, LINE_WORDS};

    /// Asks for a line that will be read soon, and the one behind it, whatever that is.
    #[inline]
    pub fn fetch_two(line: &[AtomicU64; LINE_WORDS]) {
        let line = line.as_ptr().cast::<i8>();
        for at in [line, line.wrapping_add(size_of::<[u64; LINE_WORDS]>())] {
            // SAFETY: a hint; it reads nothing that the program could see, and never faults.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(at) };
        }
    }

    /// Copies a line's words out. The registers are the compiler's from there on: nothing is
    /// written where it could not see it, so that it reads nothing of its own again.
    #[inline]
    pub fn load_body(to: &mut [u64; BODY_WORDS], from: &[AtomicU64; LINE_WORDS]) {
        let (a, b, c, last): (__m128i, __m128i, __m128i, u64);
        // SAFETY: the operand is a reference to an array of eight words, the last seven of
        // which the four moves read; no memory is written, no flag and no stack is touched.
        unsafe {
            core::arch::asm!(
                "movdqu {a}, [{from} + 8]",
                "movdqu {b}, [{from} + 24]",
                "movdqu {c}, [{from} + 40]",
                "mov {last}, [{from} + 56]",
                from = in(reg) from.as_ptr(),
                a = out(xmm_reg) a,
                b = out(xmm_reg) b,
                c = out(xmm_reg) c,
                last = lateout(reg) last,
                options(nostack, preserves_flags, readonly),
            );
        }
        let (pairs, rest) = to.as_chunks_mut::<2>();
        for (pair, value) in pairs.iter_mut().zip([a, b, c]) {
            // SAFETY: a pair is sixteen bytes, to be written at any alignment.
            unsafe { _mm_storeu_si128(pair.as_mut_ptr().cast(), value) };
        }
        rest[0] = last;
    }

    /// Copies a line's words in.
    #[inline]
    pub fn store_body(to: &[AtomicU64; LINE_WORDS], from: &[u64; BODY_WORDS]) {
        // SAFETY: the operands are references to an array of seven words, which is read, and to one
        // of eight, the last seven of which are written; no flag and no stack is touched.
        unsafe {
            core::arch::asm!(
                "movdqu {a}, [{from}]",
                "movdqu {b}, [{from} + 16]",
                "movdqu {c}, [{from} + 32]",
                "movq {d}, [{from} + 48]",
                "movdqu [{to} + 8], {a}",
                "movdqu [{to} + 24], {b}",
                "movdqu [{to} + 40], {c}",
                "movq [{to} + 56], {d}",
                from = in(reg) from.as_ptr(),
                to = in(reg) to.as_ptr(),
                a = out(xmm_reg) _,
                b = out(xmm_reg) _,
                c = out(xmm_reg) _,
                d = out(xmm_reg) _,
                options(nostack, preserves_flags),
            );
        }
    }

    /// Copies two words in.
    #[inline]
    pub fn store_pair(to: &[AtomicU64; 2], from: &[u64; 2]) {
        // SAFETY: the operands are references to arrays of two words, which the moves read and
        // write exactly; no flag and no stack is touched.
        unsafe {
            core::arch::asm!(
                "movdqu {a}, [{from}]",
                "movdqu [{to}], {a}",
                from = in(reg) from.as_ptr(),
                to = in(reg) to.as_ptr(),
                a = out(xmm_reg) _,
                options(nostack, preserves_flags),
            );
        }
    }
}
