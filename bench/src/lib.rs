//! What every bench shares: the machine it ran on, turns taken fairly, latencies told whole.
//!
//! A bench prints its machine, which thread ran where, its workload and a digest of its result, so
//! that nobody optimized the work away. Two things that are compared take turns in one run, and the
//! median of the turns is what counts: on a shared machine nothing else holds.
#![forbid(unsafe_code)]

pub mod tape;

mod machine;

mod turns;

mod latency;

mod open_loop;

mod foremost;

pub use foremost::{Foremost, this_thread, threads};
pub use latency::Latency;
pub use machine::{Machine, cpu_ns, pin, scratch, stay};
pub use open_loop::{Run, open_loop};
pub use tape::Tape;
pub use turns::{Figure, show, turns};

/// True where every bench runs once, as small as it can: `cargo bench -- --test`.
#[must_use]
pub fn is_smoke() -> bool {
    std::env::args().any(|arg| arg == "--test" || arg == "--smoke")
}

/// `full`, or `small` in a smoke run.
#[must_use]
pub fn sized<T>(full: T, small: T) -> T {
    if is_smoke() { small } else { full }
}

/// FNV-1a over words: enough to show that two runs did the same.
#[must_use]
#[inline]
pub fn digest(hash: u64, words: &[u64]) -> u64 {
    words.iter().fold(hash, |hash, word| (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3))
}
