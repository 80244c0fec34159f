//! Copies of lines between private memory and memory a peer may be writing.
//!
//! Word by word, relaxed, is what they mean. On x86-64 whole lines are done sixteen bytes at a
//! time by hand: the compiler may not join atomic accesses, and a plain copy would be undefined
//! behavior where a peer writes meanwhile. Assembly has no such rule; whatever it reads is what
//! stood there, and is checked afterwards. Miri, loom and other machines take the plain form.

use crate::sync::{AtomicU64, Ordering};
use crate::words::LINE_WORDS;

/// Words of a message in its first line, behind the tag.
pub const FIRST_WORDS: usize = LINE_WORDS - 1;

/// Copies up to a line out, by word.
#[inline]
pub fn load_some(to: &mut [u64], from: &[AtomicU64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = from.load(Ordering::Relaxed);
    }
}

/// Copies up to a line in, by word.
#[inline]
pub fn store_some(to: &[AtomicU64], from: &[u64]) {
    for (to, &from) in to.iter().zip(from) {
        to.store(from, Ordering::Relaxed);
    }
}

pub use wide::{load_first, load_line, store_first, store_line};

#[cfg(not(all(target_arch = "x86_64", not(miri), not(loom))))]
mod wide {
    use super::{AtomicU64, FIRST_WORDS, LINE_WORDS, load_some, store_some};

    pub fn load_line(to: &mut [u64; LINE_WORDS], from: &[AtomicU64; LINE_WORDS]) {
        load_some(to, from);
    }

    pub fn store_line(to: &[AtomicU64; LINE_WORDS], from: &[u64; LINE_WORDS]) {
        store_some(to, from);
    }

    pub fn load_first(to: &mut [u64; FIRST_WORDS], from: &[AtomicU64; FIRST_WORDS]) {
        load_some(to, from);
    }

    pub fn store_first(to: &[AtomicU64; FIRST_WORDS], from: &[u64; FIRST_WORDS]) {
        store_some(to, from);
    }
}

#[cfg(all(target_arch = "x86_64", not(miri), not(loom)))]
mod wide {
    use super::{AtomicU64, FIRST_WORDS, LINE_WORDS};

    /// Three times sixteen bytes and the `$last` instruction for what is behind them.
    macro_rules! copy {
        ($to:expr, $from:expr, $last:literal) => {
            // SAFETY: the operands are references to arrays of the same length, which the four
            // moves read and write exactly; no flag and no stack is touched.
            unsafe {
                core::arch::asm!(
                    "movdqu {a}, [{from}]",
                    "movdqu {b}, [{from} + 16]",
                    "movdqu {c}, [{from} + 32]",
                    concat!($last, " {d}, [{from} + 48]"),
                    "movdqu [{to}], {a}",
                    "movdqu [{to} + 16], {b}",
                    "movdqu [{to} + 32], {c}",
                    concat!($last, " [{to} + 48], {d}"),
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

    /// Copies a line out.
    #[inline]
    pub fn load_line(to: &mut [u64; LINE_WORDS], from: &[AtomicU64; LINE_WORDS]) {
        copy!(to.as_mut_ptr(), from.as_ptr(), "movdqu");
    }

    /// Copies a line in.
    #[inline]
    pub fn store_line(to: &[AtomicU64; LINE_WORDS], from: &[u64; LINE_WORDS]) {
        copy!(to.as_ptr(), from.as_ptr(), "movdqu");
    }

    /// Copies a first line behind its tag out.
    #[inline]
    pub fn load_first(to: &mut [u64; FIRST_WORDS], from: &[AtomicU64; FIRST_WORDS]) {
        copy!(to.as_mut_ptr(), from.as_ptr(), "movq");
    }

    /// Copies a first line behind its tag in.
    #[inline]
    pub fn store_first(to: &[AtomicU64; FIRST_WORDS], from: &[u64; FIRST_WORDS]) {
        copy!(to.as_ptr(), from.as_ptr(), "movq");
    }
}
