//! kill -9 of core and gateway while orders stream over TCP: nothing lost, nothing told twice.
//!
//! A run that is disturbed and one that is not get the same orders. The client knows the session
//! protocol and nothing else. `PINION_SOAK` kills more often, over whole days; `PINION_SEED` takes
//! one seed again.
#![forbid(unsafe_code)]

use std::path::Path;
use std::time::Instant;

use pinion_tests::process::{
    Desk, Kill, Order, Pair, Program, Role, Wanted, recorded, script, stream, write,
};
use pinion_tests::random::Rng;
use serde_json::Value;

/// Kills of one run, and orders they are spread over.
struct Size {
    kills: u64,
    steps: usize,
}

fn size() -> Size {
    match std::env::var_os("PINION_SOAK") {
        Some(_) => Size { kills: 200, steps: usize::MAX },
        None => Size { kills: 20, steps: 60_000 },
    }
}

fn seed() -> u64 {
    let given = std::env::var("PINION_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or(0x7069_6e69_6f6e);
    println!("SEED={seed}");
    seed
}

/// What a run leaves behind.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    digest: String,
    fills: usize,
    answered: Vec<usize>,
    refused: Vec<u64>,
}

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_pinion_under_test"))
}

/// Random moments, in order.
fn moments(rng: &mut Rng, count: u64, orders: usize, role: Role) -> Vec<Kill> {
    let mut kills: Vec<Kill> =
        (0..count).map(|_| Kill { after: 1 + rng.below(orders as u64 - 1), role }).collect();
    kills.sort_by_key(|kill| kill.after);
    kills
}

/// One venue from nothing to its end, under these kills.
fn run(
    dir: &Path,
    members: u8,
    orders: &[Order],
    kills: &[Kill],
    mut wanted: Option<&mut Wanted>,
) -> Left {
    let begun = Instant::now();
    let config = write(dir);
    let data = dir.join("data");
    let mut venue = Pair::begin(&program(), &data, &config);
    let mut desks: Vec<Desk> =
        (1..=members).map(|member| Desk::log_on(venue.address(), member)).collect();
    let before = (venue.core_pid(), venue.status()["epoch"].clone());
    stream(&mut venue, &mut desks, orders.iter().copied(), kills, |_, message| {
        if let Some(wanted) = &mut wanted {
            wanted.told(message);
        }
    });
    let status = venue.status();
    assert_eq!(status["state"], "live", "{status}");
    if kills.iter().all(|kill| kill.role == Role::Gateway) {
        let after = (venue.core_pid(), status["epoch"].clone());
        assert_eq!(before, after, "the core noticed");
    } else {
        assert_ne!(before.1, status["epoch"], "the core was not killed");
    }
    let resumed: u64 = desks.iter().map(|desk| desk.resumed).sum();
    assert_eq!(resumed > 0, !kills.is_empty(), "lost connections without a kill");
    let ledgers: Vec<_> = desks.into_iter().map(Desk::leave).collect();
    let state_hash = venue.end();
    let left = audit(&data, &state_hash);
    println!(
        "{} orders, {} kills, {resumed} times resumed, {} fills in {:.1?}",
        orders.len(),
        kills.len(),
        left["fills"],
        begun.elapsed()
    );
    let fills: usize = ledgers.iter().map(|ledger| ledger.fills()).sum();
    assert_eq!(left["fills"], fills, "fills that were made and fills that were told");
    let answered: Vec<usize> = ledgers.iter().map(|ledger| ledger.answered()).collect();
    assert_eq!(answered.iter().sum::<usize>(), orders.len());
    let digest = left["digest"].as_str().expect("a hash").to_owned();
    let refused = ledgers.iter().map(|ledger| ledger.refused()).collect();
    Left { digest, fills, answered, refused }
}

/// The logs are sound and lead to the state the core ended in; the business digest of the data.
fn audit(data: &Path, state_hash: &str) -> Value {
    let (program, data) = (program(), data.to_str().expect("plain"));
    let verified = program.run(&["journal", "verify", "--data", data]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let replayed = program.ask(&["journal", "replay", "--data", data, "--expect-hash", state_hash]);
    assert_eq!(replayed["state_hash"], state_hash);
    assert_eq!(replayed["events"], replayed["events_compared"], "{replayed}");
    assert_ne!(replayed["hashes_compared"], 0, "{replayed}");
    program.ask(&["digest", "--data", data])
}

/// The same orders with and without kills.
fn compare(members: u8, orders: &[Order], kills: &[Kill], wanted: Option<&mut Wanted>) {
    let dir = tempfile::tempdir().expect("a directory");
    let [quiet, disturbed] = ["quiet", "disturbed"].map(|name| dir.path().join(name));
    let undisturbed = run(&quiet, members, orders, &[], None);
    assert_ne!(undisturbed.fills, 0, "a stream without fills shows little");
    let left = run(&disturbed, members, orders, kills, wanted);
    assert_eq!(left, undisturbed, "business is as if nothing had died");
}

/// A recorded day under kills of one process.
fn recorded_day(role: Role) {
    let Size { kills, steps } = size();
    let Some((orders, mut wanted)) = recorded(steps) else { return };
    let mut rng = Rng::new(seed());
    let kills = moments(&mut rng, kills, orders.len(), role);
    compare(1, &orders, &kills, Some(&mut wanted));
    let tally = wanted.finish();
    assert!(tally.is_right() && tally.groups > 0, "{tally:?}");
}

/// Two members of a random script under kills of one process.
fn random_script(role: Role) {
    let seed = seed();
    let orders = script(seed, 10_000);
    let kills = moments(&mut Rng::new(!seed), size().kills, orders.len(), role);
    compare(2, &orders, &kills, None);
}

#[test]
fn a_core_killed_during_a_recorded_day_loses_and_repeats_nothing() {
    recorded_day(Role::Core);
}

#[test]
fn a_gateway_killed_during_a_recorded_day_is_not_noticed_by_the_core() {
    recorded_day(Role::Gateway);
}

#[test]
fn a_core_killed_between_two_members_loses_and_repeats_nothing() {
    random_script(Role::Core);
}

#[test]
fn a_gateway_killed_between_two_members_is_not_noticed_by_the_core() {
    random_script(Role::Gateway);
}
