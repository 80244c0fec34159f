//! Recorded markets through the engine, held against the exchange's own fills and tops of book.
//!
//! The files are found through `PINION_DATA`; where that is not set each test says so and ends.
#![forbid(unsafe_code)]

use pinion_tests::live::Live;
use pinion_tests::model::Model;
use pinion_tests::tape::goog::{self, Day, Tally};
use pinion_tests::tape::{meb, mix};
use pinion_tests::venue;
use sha2::{Digest, Sha256};

/// SHA-256 of the benchmark's canonical report text.
const NORMAL: &str = "e9b2e3926854410b01a035aeb25dd05f1e597c233be8263de9eb49b6713d367e";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_nasdaq_day_fills_and_quotes_as_it_did() {
    let Some(day) = Day::load() else { return };
    let mut venue = Live::new(&venue::genesis());
    let tally = goog::play(&mut venue, &day, |venue| venue.top(1), |_| {});
    let expected =
        Tally { commands: 233_729, groups: 5_927, fills: 7_757, tops: 142_142, wrong: Vec::new() };
    assert_eq!(tally, expected);
    assert_eq!(venue.engine.check(), Ok(()));
    assert_eq!(venue.engine.state_hash(), venue.engine.full_state_hash());
}

/// Plays the cases on venues that `make` makes; gives how many reports were as they must be.
fn check_cases<V: venue::Venue>(make: impl Fn() -> V) {
    let Some(cases) = meb::cases() else { return };
    assert_eq!(cases.len(), 34);
    for case in cases {
        let (mut venue, mut adapter) = (make(), meb::Adapter::new(1));
        adapter.open(&mut venue);
        let mut report = meb::Report::default();
        for (number, message) in (0..).zip(&case.messages) {
            adapter.play(&mut venue, number, message, &mut report);
        }
        let text = if case.report.contains(',') || case.report.is_empty() {
            report.text
        } else {
            hex(&Sha256::digest(report.text.as_bytes()))
        };
        assert_eq!(text, case.report, "case {}", case.name);
    }
}

#[test]
fn every_hand_made_case_reports_as_it_must() {
    check_cases(|| Live::new(&venue::genesis()));
}

#[test]
fn the_model_reports_the_hand_made_cases_as_well() {
    check_cases(|| Model::new(&venue::genesis()));
}

/// Plays the tape over `accounts` accounts; the report does not depend on them.
fn check_normal_tape(accounts: u32) {
    let Some(messages) = meb::load() else { return };
    let (mut venue, mut adapter) = (Live::new(&venue::genesis()), meb::Adapter::new(accounts));
    adapter.open(&mut venue);
    let (mut report, mut hash) = (meb::Report::default(), Sha256::new());
    for (number, message) in (0..).zip(&messages) {
        adapter.play(&mut venue, number, message, &mut report);
        if report.text.len() > 1 << 20 {
            hash.update(report.text.as_bytes());
            report.text.clear();
        }
    }
    hash.update(report.text.as_bytes());
    assert_eq!(hex(&hash.finalize()), NORMAL);
    assert_eq!(venue.engine.check(), Ok(()));
    let positions: i64 = venue.engine.positions().map(|position| position.quantity).sum();
    assert_eq!(positions, 0);
}

#[test]
fn the_benchmark_tape_reports_to_the_byte() {
    check_normal_tape(1);
}

#[test]
fn a_thousand_accounts_under_risk_change_nothing_in_the_report() {
    check_normal_tape(meb::ACCOUNTS);
}

#[test]
fn wide_limits_refuse_nothing_of_three_million_commands() {
    let Some(stream) = mix::Stream::load() else { return };
    assert_eq!((stream.fill.len(), stream.skipped), (1_000, 1_679));
    let (mut venue, mut adapter) = (Live::new(&venue::genesis()), mix::Adapter::default());
    adapter.open(&mut venue);
    for message in stream.fill.iter().chain(&stream.bench) {
        adapter.play(&mut venue, message);
    }
    assert_eq!(adapter.tally.refused, Vec::<String>::new());
    println!("{:?}", adapter.tally);
    assert!(adapter.tally.trades > 100_000, "{:?}", adapter.tally);
    let positions: i64 = venue.engine.positions().map(|position| position.quantity).sum();
    assert_eq!(positions, 0);
    assert_eq!(venue.engine.check(), Ok(()));
}
