//! Latencies in nanoseconds, told by their percentiles and never by the mean alone.

use std::fmt;

use hdrhistogram::Histogram;

/// A histogram from 1 ns to 10 s, three digits.
#[derive(Clone, Debug)]
pub struct Latency {
    histogram: Histogram<u64>,
}

impl Default for Latency {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(1, 10_000_000_000, 3).expect("valid bounds");
        Latency { histogram }
    }
}

impl Latency {
    /// Takes in one latency; longer than the range counts as its end.
    pub fn record(&mut self, ns: u64) {
        self.histogram.saturating_record(ns.max(1));
    }

    /// Takes in those of another run.
    pub fn add(&mut self, other: &Latency) {
        // Both have the same bounds, so there is nothing that could not be added.
        let _added = self.histogram.add(&other.histogram);
    }

    /// The latency that `percent` of all were not above.
    #[must_use]
    pub fn at(&self, percent: f64) -> u64 {
        self.histogram.value_at_quantile(percent / 100.0)
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.histogram.len()
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.histogram.is_empty()
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |ns: u64| match ns {
            0..10_000 => format!("{ns} ns"),
            10_000..10_000_000 => format!("{}.{} us", ns / 1_000, ns % 1_000 / 100),
            _ => format!("{} ms", ns / 1_000_000),
        };
        write!(
            f,
            "p50 {:>9}   p99 {:>9}   p99.9 {:>9}   max {:>9}   of {}",
            of(self.at(50.0)),
            of(self.at(99.0)),
            of(self.at(99.9)),
            of(self.histogram.max()),
            self.len()
        )
    }
}
