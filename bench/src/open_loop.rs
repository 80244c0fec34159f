//! Load by plan: a command is due when the plan says so, whether or not the one before is done.

use quanta::Clock;

use crate::Latency;

/// Sends `count` things, one every `interval_ns`, and measures from the planned moment to the
/// moment that the thing is seen done. One thread sends and looks, so it costs one core.
///
/// `push` sends number so-and-so and may refuse; `done` gives how many are done, from what was.
pub fn open_loop(
    count: usize,
    interval_ns: u64,
    mut push: impl FnMut(usize) -> bool,
    mut done: impl FnMut(usize) -> usize,
) -> Latency {
    let clock = Clock::new();
    let ns = |from: u64| clock.delta_as_nanos(from, clock.raw());
    let start = clock.raw();
    let (mut sent, mut seen, mut latency) = (0, 0, Latency::default());
    while seen < count {
        while sent < count && sent as u64 * interval_ns <= ns(start) && push(sent) {
            sent += 1;
        }
        let now_done = done(seen).min(sent);
        if now_done > seen {
            let now = ns(start);
            for number in seen..now_done {
                latency.record(now.saturating_sub(number as u64 * interval_ns));
            }
            seen = now_done;
        }
    }
    latency
}
