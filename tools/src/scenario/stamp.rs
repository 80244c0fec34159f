//! Sequence numbers and times at the head of a line.

use jiff::Timestamp;
use pinion_types::{Nanos, Seq};

/// From here on a time is written as a date: small numbers are a scenario's own clock.
const DATES_FROM: Nanos = Nanos(1_000_000_000_000_000_000);

/// Takes the number off the front; without one the count goes on.
pub(super) fn take_seq<'a, 'b>(
    words: &'a [&'b str],
    last: Seq,
) -> Result<(Seq, &'a [&'b str]), String> {
    match words.split_first() {
        Some((first, rest)) if first.starts_with(|digit: char| digit.is_ascii_digit()) => {
            let seq = first.parse().map_err(|_| format!("`{first}` is no sequence number"))?;
            Ok((Seq(seq), rest))
        }
        _ => {
            let next = last.0.checked_add(1).ok_or("sequence numbers end here")?;
            Ok((Seq(next), words))
        }
    }
}

/// Takes the time off the front; without one it is that of the line above.
pub(super) fn take_time<'a, 'b>(
    words: &'a [&'b str],
    last: Nanos,
) -> Result<(Nanos, &'a [&'b str]), String> {
    let Some((first, rest)) = words.split_first() else { return Ok((last, words)) };
    let Some(time) = first.strip_prefix('@') else { return Ok((last, words)) };
    let read = match time.strip_prefix('+') {
        Some(step) => parse_step(step).and_then(|step| last.0.checked_add(step)).map(Nanos),
        None => parse_time(time),
    };
    let time = read.ok_or_else(|| {
        format!("`{first}` is no time; `@1000`, `@2026-01-05T10:00:00Z` and `@+5ms` are")
    })?;
    Ok((time, rest))
}

/// A time in text: nanoseconds, and from 2001 on the date in UTC. [`parse_time`] reads both.
#[must_use]
pub fn show_time(time: Nanos) -> String {
    let date = (time >= DATES_FROM).then(|| Timestamp::from_nanosecond(i128::from(time.0)).ok());
    date.flatten().map_or_else(|| time.to_string(), |date| date.to_string())
}

/// Reads nanoseconds since the epoch or an RFC 3339 date; `None` for anything else.
#[must_use]
pub fn parse_time(text: &str) -> Option<Nanos> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Nanos);
    }
    let date: Timestamp = text.parse().ok()?;
    u64::try_from(date.as_nanosecond()).ok().map(Nanos)
}

/// Reads a duration like `5ms` into nanoseconds.
fn parse_step(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::{Nanos, parse_time, show_time};

    #[test]
    fn times_read_back_at_both_ends() {
        for time in [0, 999_999_999_999_999_999, 1_000_000_000_000_000_000, u64::MAX] {
            assert_eq!(parse_time(&show_time(Nanos(time))), Some(Nanos(time)));
        }
        let date = "2026-01-05T10:00:00.000000001Z";
        assert_eq!(parse_time(date).map(show_time).as_deref(), Some(date));
        assert_eq!(parse_time("1969-12-31T23:59:59Z"), None);
        assert_eq!(parse_time(""), None);
    }
}
