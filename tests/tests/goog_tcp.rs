//! A whole recorded trading day through SBE over TCP: every fill, maker and top of book.
#![forbid(unsafe_code)]

use std::time::Instant;

use pinion_tests::process::{Desk, Pair, Program, recorded, stream, write};

#[test]
fn a_recorded_day_over_tcp_is_the_day_that_was() {
    let Some((orders, mut wanted)) = recorded(usize::MAX) else { return };
    let program = Program::new(env!("CARGO_BIN_EXE_pinion_under_test"));
    let dir = tempfile::tempdir().expect("a directory");
    let config = write(dir.path());
    let mut venue = Pair::begin(&program, &dir.path().join("data"), &config);
    let mut desks = [Desk::log_on(venue.address(), 1)];
    let begun = Instant::now();
    stream(&mut venue, &mut desks, orders.iter().copied(), &[], |_, message| wanted.told(message));
    println!("{} requests over TCP in {:.1?}", orders.len(), begun.elapsed());
    let [desk] = desks;
    let ledger = desk.leave();
    let tally = wanted.finish();
    assert_eq!(
        [tally.commands, tally.groups, tally.fills, tally.tops],
        [233_729, 5_927, 7_757, 142_142],
        "{tally:?}"
    );
    assert_eq!([tally.groups_wrong, tally.tops_wrong, tally.refused], [0; 3], "{tally:?}");
    assert_eq!(ledger.answered(), orders.len());
    assert_eq!(ledger.fills(), 2 * 7_757, "each fill is told to both of its orders");
    let _state_hash = venue.end();
}
