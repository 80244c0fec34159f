//! A whole recorded trading day through the shipped command, where the data is there.

mod support;

use std::path::PathBuf;

use rustix::process::Signal;
use support::{Venue, directory, run};

/// The recorded day; `None`, and a word about it, where it is not here.
fn recorded() -> Option<PathBuf> {
    let Some(dir) = std::env::var_os("PINION_DATA") else {
        println!("skipped: PINION_DATA is not set");
        return None;
    };
    Some(PathBuf::from(dir).join("lobster_GOOG_10.csv.gz"))
}

/// Every fill with its true maker, and every top of book, as the exchange had them.
fn check(tally: &serde_json::Value) {
    let wanted = [
        ("commands", 233_729),
        ("groups", 5_927),
        ("groups_wrong", 0),
        ("fills", 7_757),
        ("fills_made", 7_757),
        ("one_sided", 0),
        ("tops", 142_142),
        ("tops_wrong", 0),
        ("refused", 0),
    ];
    for (key, count) in wanted {
        assert_eq!(tally[key], count, "{key} of {tally}");
    }
}

#[test]
fn a_nasdaq_day_over_tcp_is_the_day_that_was() {
    let Some(file) = recorded() else { return };
    let dir = directory();
    let venue = Venue::up(&dir.path().join("data"), &[]);
    let file = file.to_str().expect("plain");
    let done = venue.verb(&["import", file, "--json"]).expect(0).json();
    check(&done[0]["tally"]);
    let data = venue.data.clone();
    assert_eq!(venue.end(Signal::TERM), 0);
    let data = data.to_str().expect("plain");
    let replayed = run(&["journal", "replay", "--data", data, "--json"]).expect(0).json();
    assert_eq!(replayed[0]["events"], replayed[0]["events_compared"]);
    run(&["journal", "verify", "--data", data]).expect(0);
    check_sides(data);
}

/// In the log every fill is told to both sides, in one breath: the maker's report, then the
/// taker's, of the same trade, price and quantity.
fn check_sides(data: &str) {
    let cat = ["journal", "cat", "--data", data, "--log", "events", "--kind", "trade", "--json"];
    let trades = run(&cat).expect(0).json();
    let (pairs, rest) = trades.as_chunks::<2>();
    assert_eq!((pairs.len(), rest.len()), (7_757, 0));
    let mut ids = std::collections::HashSet::new();
    for [maker, taker] in pairs {
        for name in ["trade_id", "last_px", "last_qty", "instrument"] {
            assert_eq!(maker["fields"][name], taker["fields"][name], "{maker} {taker}");
        }
        let of = |trade: &serde_json::Value, name: &str| trade["fields"][name].to_string();
        assert_eq!(maker["cause"], taker["cause"]);
        assert_eq!((of(maker, "liquidity"), of(taker, "liquidity")), words("added", "removed"));
        let mut sides = [of(maker, "side"), of(taker, "side")];
        sides.sort();
        assert_eq!((sides[0].clone(), sides[1].clone()), words("buy", "sell"));
        assert_ne!(of(maker, "order_id"), of(taker, "order_id"));
        assert!(ids.insert(of(maker, "trade_id")), "told again: {maker}");
    }
}

fn words(one: &str, other: &str) -> (String, String) {
    (format!("\"{one}\""), format!("\"{other}\""))
}

#[test]
fn a_nasdaq_day_in_process_is_the_day_that_was() {
    let Some(file) = recorded() else { return };
    let dir = directory();
    let at = dir.path().join("venue");
    let at = at.to_str().expect("plain");
    run(&["init", at]).expect(0);
    let file = file.to_str().expect("plain");
    let arguments = ["import", file, "--json", "--in-process", "--config", at];
    check(&run(&arguments).expect(0).json()[0]["tally"]);
}
