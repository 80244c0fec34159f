//! What a thread does that found nothing to do.

/// How an idle duty cycle waits. Neither way sleeps: both look again at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Burns its core; makes no system call.
    Spin,
    /// Offers its core to others (`sched_yield`), for machines with too few cores.
    Yield,
}

impl Wait {
    /// The strategy for `spinning` threads on `cores` cores.
    ///
    /// One core is left to everything that does not spin. Where [`Wait::Yield`] comes back the
    /// caller warns once: latency is then the scheduler's.
    #[must_use]
    pub fn choose(spinning: usize, cores: usize) -> Wait {
        if cores < spinning.saturating_add(1) { Wait::Yield } else { Wait::Spin }
    }

    /// Waits a moment.
    #[inline]
    pub fn idle(self) {
        match self {
            Wait::Spin => core::hint::spin_loop(),
            Wait::Yield => std::thread::yield_now(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Wait;

    #[test]
    fn spinning_needs_a_core_more_than_spinners() {
        assert_eq!(Wait::choose(1, 1), Wait::Yield);
        assert_eq!(Wait::choose(1, 2), Wait::Spin);
        assert_eq!(Wait::choose(2, 2), Wait::Yield);
        assert_eq!(Wait::choose(2, 3), Wait::Spin);
        assert_eq!(Wait::choose(0, 1), Wait::Spin);
    }
}
