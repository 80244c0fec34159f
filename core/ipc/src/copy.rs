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
pub use wide::{fetch_line, load_body, store_body};

#[cfg(not(all(target_arch = "x86_64", not(miri), not(loom))))]
mod wide {
    use super::{AtomicU64, BODY_WORDS, LINE_WORDS, load_some, store_some};

    pub fn fetch_line(_line: &[AtomicU64; LINE_WORDS]) {}

    pub fn load_body(to: &mut [u64; BODY_WORDS], from: &[AtomicU64; BODY_WORDS]) {
        load_some(to, from);
    }

    pub fn store_body(to: &[AtomicU64; BODY_WORDS], from: &[u64; BODY_WORDS]) {
        store_some(to, from);
    }

    pub fn store_pair(to: &[AtomicU64; 2], from: &[u64; 2]) {
        store_some(to, from);
    }
}

#[cfg(all(target_arch = "x86_64", not(miri), not(loom)))]
mod wide {
    use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

    use super::{AtomicU64, BODY_WORDS, LINE_WORDS};

    /// Asks for a line that will be read soon.
    #[inline]
    pub fn fetch_line(line: &[AtomicU64; LINE_WORDS]) {
        // SAFETY: a hint; it reads nothing that the program could see.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }

    /// Three times sixteen bytes and eight.
    macro_rules! copy {
        ($to:expr, $from:expr) => {
            // SAFETY: the operands are references to arrays of seven words, which the four moves
            // read and write exactly; no flag and no stack is touched.
            unsafe {
                core::arch::asm!(
                    "movdqu {a}, [{from}]",
                    "movdqu {b}, [{from} + 16]",
                    "movdqu {c}, [{from} + 32]",
                    "movq {d}, [{from} + 48]",
                    "movdqu [{to}], {a}",
                    "movdqu [{to} + 16], {b}",
                    "movdqu [{to} + 32], {c}",
                    "movq [{to} + 48], {d}",
                    from = in(reg) $from,
                    to = in(reg) $to,
                    a = out(xmm_reg) _,
                    b = out(xmm_reg) _,
                    c = out(xmm_reg) _,
                    d = out(xmm_reg) _,
                    options(nostack, preserves_flags),
                );
            }
        };
    }

    /// Copies a line's words out.
    #[inline]
    pub fn load_body(to: &mut [u64; BODY_WORDS], from: &[AtomicU64; BODY_WORDS]) {
        copy!(to.as_mut_ptr(), from.as_ptr());
    }

    /// Copies a line's words in.
    #[inline]
    pub fn store_body(to: &[AtomicU64; BODY_WORDS], from: &[u64; BODY_WORDS]) {
        copy!(to.as_ptr(), from.as_ptr());
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
