//! The timekeeper: finds the line through counter and clock, again and again.

use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use pinion_ipc::{Counter, SeqWriter, Status};
use pinion_types::Nanos;

use super::hot::HotClock;
use super::mapping::Mapping;
use crate::metric::Metric;

/// A difference that no drift explains: somebody set the clock.
const STEP_NS: u64 = 1_000_000;

/// Samples the rate is taken from; with one a second, a quarter of a minute.
const SAMPLES: usize = 16;

/// Nanoseconds between two samples kept.
const SAMPLE_NS: u64 = 1_000_000_000;

/// Readings of which the quickest is taken.
const READINGS: usize = 5;

/// Counter and clock at one moment.
#[derive(Clone, Copy, Debug)]
struct Sample {
    ticks: u64,
    utc: u64,
    /// Half the time the reading took, in ticks.
    half_width: u64,
}

/// Publishes the mapping of the counter to UTC.
#[derive(Debug)]
pub struct Timekeeper {
    counter: quanta::Clock,
    writer: SeqWriter<4>,
    samples: VecDeque<Sample>,
    mapping: Mapping,
    error_ns: Counter,
    steps: Counter,
}

impl Timekeeper {
    /// Measures for the first time, which takes up to 200 ms; reports to `status`.
    #[must_use]
    pub fn new(status: &Status) -> Timekeeper {
        let counter = quanta::Clock::new();
        let first = measure(&counter, system_now);
        let rate = counter.delta_as_nanos(0, 1 << 32);
        let mapping = Mapping { ticks: first.ticks, utc: Nanos(first.utc), rate, error_ns: 0 };
        let mut writer = SeqWriter::heap();
        writer.write(&mapping.words());
        Timekeeper {
            counter,
            writer,
            samples: VecDeque::from([first]),
            mapping,
            error_ns: status.counter(Metric::ClockErrorNs.index()),
            steps: status.counter(Metric::ClockSteps.index()),
        }
    }

    /// A clock that follows this timekeeper.
    #[must_use]
    pub fn clock(&self) -> HotClock {
        HotClock::new(self.counter.clone(), self.writer.reader(), self.mapping)
    }

    /// Measures again and publishes; to be called a hundred times a second or so.
    pub fn step(&mut self) {
        let sample = measure(&self.counter, system_now);
        self.take(sample);
    }

    fn take(&mut self, sample: Sample) {
        let predicted = self.mapping.at(sample.ticks).0;
        let off_ns = predicted.abs_diff(sample.utc);
        if off_ns > STEP_NS {
            self.steps.add(1);
            // The counter went on as before; only what it is compared with is another.
            self.samples.clear();
        }
        let rate = match self.samples.front() {
            Some(base) => rate(base, &sample).unwrap_or(self.mapping.rate),
            None => self.mapping.rate,
        };
        let due = self.samples.back().is_none_or(|last| sample.utc >= last.utc + SAMPLE_NS);
        if due {
            if self.samples.len() == SAMPLES {
                self.samples.pop_front();
            }
            self.samples.push_back(sample);
        }
        let width = (u128::from(sample.half_width) * u128::from(rate)) >> 32;
        let error_ns = u64::try_from(width).unwrap_or(u64::MAX).saturating_add(off_ns);
        self.mapping = Mapping { ticks: sample.ticks, utc: Nanos(sample.utc), rate, error_ns };
        self.writer.write(&self.mapping.words());
        self.error_ns.set(error_ns);
    }
}

/// UTC, from the system.
pub(crate) fn system_now() -> u64 {
    // A clock before 1970 is a clock that was never set; time then begins at 0 and is held.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Reads both, as close together as luck allows.
fn measure(counter: &quanta::Clock, now: impl Fn() -> u64) -> Sample {
    let reading = |_| {
        let before = counter.raw();
        let utc = now();
        let half_width = counter.raw().saturating_sub(before) / 2;
        Sample { ticks: before + half_width, utc, half_width }
    };
    let first = reading(0);
    (1..READINGS)
        .map(reading)
        .fold(first, |best, sample| if sample.half_width < best.half_width { sample } else { best })
}

/// Nanoseconds a tick between two samples, in units of 2^-32; `None` where they are too close to
/// tell, or the result is nonsense.
fn rate(base: &Sample, sample: &Sample) -> Option<u64> {
    let ticks = sample.ticks.checked_sub(base.ticks)?;
    let ns = sample.utc.checked_sub(base.utc)?;
    if ns < SAMPLE_NS || ticks == 0 {
        return None;
    }
    u64::try_from((u128::from(ns) << 32) / u128::from(ticks)).ok()
}

#[cfg(test)]
mod tests {
    use super::{Mapping, SAMPLE_NS, Sample, Timekeeper};
    use crate::metric::Metric;
    use pinion_ipc::Status;
    use pinion_types::Nanos;

    /// A timekeeper on a counter of 2 GHz that shows 0 at time 1,000 s.
    fn house() -> (Status, Timekeeper) {
        let status = Status::create(1, 1).unwrap();
        let mut keeper = Timekeeper::new(&status);
        keeper.samples.clear();
        keeper.mapping =
            Mapping { ticks: 0, utc: Nanos(1_000 * SAMPLE_NS), rate: 1 << 31, error_ns: 0 };
        (status, keeper)
    }

    fn sample(second: u64, drift_ns: i64) -> Sample {
        let utc = ((1_000 + second) * SAMPLE_NS).saturating_add_signed(drift_ns);
        Sample { ticks: second * 2 * SAMPLE_NS, utc, half_width: 20 }
    }

    #[test]
    fn a_drifting_counter_is_followed() {
        let (status, mut keeper) = house();
        for second in 0..60 {
            keeper.take(sample(second, second as i64 * 1_000));
        }
        // One part in a million too slow: the next second is foreseen to the nanosecond.
        let foreseen = keeper.mapping.at(sample(60, 0).ticks).0;
        assert!(foreseen.abs_diff(sample(60, 60_000).utc) <= 1, "{foreseen}");
        assert_eq!(status.view().counter(Metric::ClockSteps.index()), 0);
        assert!(status.view().counter(Metric::ClockErrorNs.index()) < 100);
    }

    #[test]
    fn a_step_is_counted_and_taken_without_changing_the_rate() {
        let (status, mut keeper) = house();
        for second in 0..10 {
            keeper.take(sample(second, 0));
        }
        let rate = keeper.mapping.rate;
        let step = -5_000_000_000;
        for second in 10..30 {
            keeper.take(sample(second, step));
        }
        assert_eq!(keeper.mapping.rate, rate);
        assert_eq!(keeper.mapping.at(sample(30, 0).ticks).0, sample(30, step).utc);
        assert_eq!(status.view().counter(Metric::ClockSteps.index()), 1);
    }

    #[test]
    fn time_holds_still_while_the_clock_is_behind() {
        let (_status, mut keeper) = house();
        keeper.counter = quanta::Clock::mock().0;
        let mut clock = keeper.clock();
        keeper.take(sample(0, 0));
        let before = clock.now();
        keeper.take(Sample { ticks: 0, utc: before.0 - 7, half_width: 0 });
        assert_eq!(clock.now(), before);
        assert_eq!(clock.held_ns(), 7);
        keeper.take(Sample { ticks: 0, utc: before.0 + 1, half_width: 0 });
        assert_eq!(clock.now(), Nanos(before.0 + 1));
        assert_eq!(clock.held_ns(), 0);
        clock.not_before(Nanos(before.0 + 9));
        assert_eq!(clock.now(), Nanos(before.0 + 9));
    }

    #[test]
    fn the_real_clock_is_near_the_systems() {
        let status = Status::create(1, 1).unwrap();
        let mut keeper = Timekeeper::new(&status);
        let mut clock = keeper.clock();
        let mut last = clock.now();
        for _ in 0..100 {
            keeper.step();
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
        let off = last.0.abs_diff(super::system_now());
        assert!(off < 3_600 * SAMPLE_NS, "{off} ns");
    }
}
