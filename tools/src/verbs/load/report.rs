//! What a run of load came to, in text, as JSON, as a histogram log.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::IntervalLogWriterBuilder;
use pinion_types::RejectCode;
use serde_json::json;

use super::run::{Outcome, Work};
use crate::failure::Failure;
use crate::print::Printer;

/// A generator is behind where one order in a hundred left later than this.
const LAG_P99_MAX: Duration = Duration::from_millis(1);

/// And where it needed this much longer than planned.
const OVERRUN: Duration = Duration::from_millis(200);

/// Prints the result. A run is only as good as its generator: one that fell behind is INVALID.
pub(super) fn print(
    printer: &Printer,
    profile: &str,
    work: &Work,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let invalid = invalid(work, outcome);
    let quantile = |histogram: &Histogram<u64>| {
        let at = |quantile| histogram.value_at_quantile(quantile);
        json!({
            "p50_ns": at(0.5), "p99_ns": at(0.99), "p99.9_ns": at(0.999),
            "max_ns": histogram.max(), "count": histogram.len(),
        })
    };
    let rejected: u64 = outcome.rejects.values().sum();
    let rate = outcome.sent as u128 * 1_000_000_000 / outcome.sending.as_nanos().max(1);
    let value = json!({
        "profile": profile,
        "valid": invalid.is_none(),
        "invalid_because": invalid,
        "rate": work.rate,
        "sent": outcome.sent,
        "sent_per_second": u64::try_from(rate).unwrap_or(u64::MAX),
        "accepted": outcome.accepted,
        "rejected": rejected,
        "rejects": outcome.rejects,
        "trades": outcome.trades,
        "lost": outcome.lost(),
        "sessions_ended": outcome.ended,
        "latency": quantile(&outcome.latency),
        "lag": quantile(&outcome.lag),
    });
    let mut text = format!(
        "sent {} at {rate}/s, accepted {}, rejected {rejected}, lost {}, trades {}\n{}\n{}",
        outcome.sent,
        outcome.accepted,
        outcome.lost(),
        outcome.trades,
        line("latency, intended moment to answer", &outcome.latency),
        line("generator's lag, intended to written", &outcome.lag),
    );
    for (code, count) in &outcome.rejects {
        let why = RejectCode::from_code(*code).map_or("unknown", RejectCode::text);
        text.push_str(&format!("\nrejected {count}: {why} [{code}]"));
    }
    if outcome.ended > 0 {
        text.push_str(&format!("\n{} sessions ended before their time", outcome.ended));
    }
    if let Some(why) = &invalid {
        text.push_str(&format!("\nINVALID: {why}"));
    }
    printer.result(text, &value)?;
    match (outcome.lost(), invalid) {
        (0, None) => Ok(()),
        (0, Some(why)) => Err(Failure::Usage(format!("the run is invalid: {why}"))),
        (lost, _) => Err(Failure::Refused(format!("{lost} orders were never answered"))),
    }
}

/// Why the figures say more about the generator than about the venue.
fn invalid(work: &Work, outcome: &Outcome) -> Option<String> {
    if outcome.sent < work.orders {
        return Some(format!("only {} of {} orders were sent", outcome.sent, work.orders));
    }
    if work.rate == 0 {
        return None;
    }
    let planned = work.intended(work.orders);
    if outcome.sending > planned + OVERRUN {
        return Some(format!("sending took {:.1?}, planned was {planned:.1?}", outcome.sending));
    }
    let lag = Duration::from_nanos(outcome.lag.value_at_quantile(0.99));
    (lag > LAG_P99_MAX).then(|| format!("p99 of the generator's lag is {lag:.1?}"))
}

fn line(what: &str, histogram: &Histogram<u64>) -> String {
    let at = |quantile| Duration::from_nanos(histogram.value_at_quantile(quantile));
    format!(
        "{what}: p50 {:.1?}, p99 {:.1?}, p99.9 {:.1?}, max {:.1?}",
        at(0.5),
        at(0.99),
        at(0.999),
        Duration::from_nanos(histogram.max())
    )
}

/// Writes the latencies as an HdrHistogram interval log of one interval.
pub(super) fn write_hdr(path: &Path, outcome: &Outcome) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Usage(format!("cannot write {}: {error}", path.display()))
    };
    let file = File::create(path).map_err(|error| failed(&error))?;
    let mut out = BufWriter::new(file);
    let mut serializer = V2DeflateSerializer::new();
    let mut log = IntervalLogWriterBuilder::new()
        .add_comment("pinion load: from the intended moment of an order to its answer, in ns")
        .with_start_time(outcome.began)
        // The log's own convention: the largest value stands in ms.
        .with_max_value_divisor(1_000_000.0)
        .begin_log_with(&mut out, &mut serializer)
        .map_err(|error| failed(&error))?;
    log.write_histogram(&outcome.latency, Duration::ZERO, outcome.sending, None)
        .map_err(|error| failed(&format!("{error:?}")))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{OVERRUN, Outcome, Work, invalid, print};
    use crate::print::Printer;

    const MS: Duration = Duration::from_millis(1);

    /// A thousand orders at a thousand a second.
    const WORK: Work = Work { rate: 1_000, orders: 1_000, instrument: 1, tick: 1, lot: 1 };

    /// A generator whose clock stands still for `pause` before order `at`, and which then sends
    /// what is due at once, as the real one does.
    fn stopped(at: u64, pause: Duration) -> Outcome {
        let mut outcome = Outcome::new().expect("histograms");
        let mut clock = Duration::ZERO;
        for index in 0..WORK.orders {
            let intended = WORK.intended(index);
            clock = clock.max(intended);
            if index == at {
                clock += pause;
            }
            outcome.note_sent(intended, clock);
        }
        outcome.accepted = outcome.sent;
        outcome.sending = clock;
        outcome
    }

    #[track_caller]
    fn check(work: &Work, outcome: &Outcome, wanted: Option<&str>) {
        let found = invalid(work, outcome);
        match wanted {
            None => assert_eq!(found, None),
            Some(wanted) => {
                assert!(found.clone().is_some_and(|it| it.contains(wanted)), "{found:?}")
            }
        }
        let code = print(&Printer::new(true), "test", work, outcome).err().map(|it| it.code());
        assert_eq!(code, wanted.map(|_| 1), "exit code");
    }

    #[test]
    fn a_generator_that_kept_up_is_valid() {
        check(&WORK, &stopped(0, Duration::ZERO), None);
        // Ten orders of a thousand may be late: that is the hundredth.
        check(&WORK, &stopped(500, 10 * MS), None);
    }

    #[test]
    fn a_generator_that_fell_behind_says_so() {
        check(&WORK, &stopped(500, 20 * MS), Some("p99 of the generator's lag"));
        check(&WORK, &stopped(999, OVERRUN + 2 * MS), Some("sending took"));
        let mut short = stopped(0, Duration::ZERO);
        short.sent -= 1;
        short.accepted -= 1;
        check(&WORK, &short, Some("only 999 of 1000 orders were sent"));
    }

    /// All at once is late by its nature, and a lost answer is the venue's affair.
    #[test]
    fn a_burst_is_judged_by_its_answers() {
        let burst = Work { rate: 0, ..WORK };
        let mut outcome = stopped(1, 500 * MS);
        check(&burst, &outcome, None);
        outcome.accepted -= 1;
        let code = print(&Printer::new(true), "test", &burst, &outcome).err().map(|it| it.code());
        assert_eq!(code, Some(4));
    }
}
