//! Load by plan: a command is due when the plan says so, whether or not the one before is done.

use quanta::Clock;

use crate::Latency;

/// Most things sent and not yet done.
const OPEN_MAX: usize = 1 << 16;

/// What a run came to, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// From the planned moment to the moment that it was seen done.
    pub planned: Latency,
    /// From the moment that it was sent.
    pub sent: Latency,
    /// From the planned moment to the one that it was sent: how long the sender was away, or what
    /// it sent to had no room.
    pub late: Latency,
}

/// Sends `count` things, one every `interval_ns`, and sees them done. One thread sends and looks,
/// so it costs one core.
///
/// `push` sends number so-and-so and may refuse; `done` gives how many are done, from what was.
///
/// # Panics
/// Where more than 65,536 are sent and not done.
pub fn open_loop(
    count: usize,
    interval_ns: u64,
    mut push: impl FnMut(usize) -> bool,
    mut done: impl FnMut(usize) -> usize,
) -> Run {
    let clock = Clock::new();
    let mut sent_at = vec![0_u64; OPEN_MAX];
    let (mut sent, mut seen, mut run) = (0, 0, Run::default());
    let start = clock.raw();
    let ns = || clock.delta_as_nanos(start, clock.raw());
    while seen < count {
        while sent < count {
            let (now, due) = (ns(), sent as u64 * interval_ns);
            if due > now || !push(sent) {
                break;
            }
            assert!(sent - seen < OPEN_MAX);
            sent_at[sent % OPEN_MAX] = now;
            run.late.record(now - due);
            sent += 1;
        }
        let now_done = done(seen).min(sent);
        if now_done > seen {
            let now = ns();
            for number in seen..now_done {
                run.planned.record(now.saturating_sub(number as u64 * interval_ns));
                run.sent.record(now.saturating_sub(sent_at[number % OPEN_MAX]));
            }
            seen = now_done;
        }
    }
    run
}
