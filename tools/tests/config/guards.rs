//! Guards and tick bands of instruments.

use pinion::config::{Birth, Findings, Reconciler};
use pinion_types::{Command, CommandKind, CommandRef};

use super::{check_error, commands, edited, machine};

/// The first instrument's bands.
const BANDS: (&str, &str) = (
    "tick_bands = []",
    "tick_bands = [{ from_px = \"200\", tick = \"0.05\" }, { from_px = \"500\", tick = \"0.25\" }]",
);

/// What a command says of a band: the first price and the tick.
fn band(command: &Command) -> Option<(i64, i64)> {
    match command.view() {
        Some(CommandRef::TickBand(body)) => Some((body.from_px.0, body.tick.0)),
        _ => None,
    }
}

#[test]
fn guards_and_bands_stand_behind_their_instrument() {
    let dir = tempfile::tempdir().expect("a directory");
    let edits =
        [BANDS, ("tranches_max = 1000", "tranches_max = 50"), ("range_bps = 0", "range_bps = 300")];
    let loaded = edited(dir.path(), &edits).expect("it is right");
    assert_eq!(loaded.check(&machine()), Findings::default());
    let commands = loaded.commands(&Birth::default()).expect("they fit");
    let at = commands.iter().position(|it| it.kind() == Some(CommandKind::InstrumentRules));
    let at = at.expect("there are guards");
    let Some(CommandRef::InstrumentRules(rules)) = commands[at].view() else { panic!("guards") };
    assert_eq!((rules.tranches_max, rules.elections_max, rules.range_bps), (50, 1_000, 300));
    let bands: Vec<_> = commands[at + 1..].iter().map_while(band).collect();
    assert_eq!(bands, [(20_000_000_000, 5_000_000), (50_000_000_000, 25_000_000)]);
}

#[test]
fn bands_that_change_are_said_again_as_a_whole() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = commands(dir.path(), &[BANDS]);
    let mut journal = Reconciler::default();
    assert_eq!(journal.missing(&first).iter().filter_map(band).count(), 2);
    first.iter().for_each(|command| journal.note(command));
    assert_eq!(journal.missing(&first), []);

    let changed = commands(dir.path(), &[(BANDS.0, "tick_bands = [{ from_px = 100, tick = 1 }]")]);
    let missing = journal.missing(&changed);
    let said: Vec<_> = missing.iter().map(|command| band(command).expect("bands alone")).collect();
    assert_eq!(said, [(0, 0), (10_000_000_000, 100_000_000)], "all are removed first");
    missing.iter().for_each(|command| journal.note(command));
    assert_eq!(journal.missing(&changed), []);

    let none = commands(dir.path(), &[]);
    let missing = journal.missing(&none);
    assert_eq!(missing.iter().filter_map(band).collect::<Vec<_>>(), [(0, 0)]);

    // The venue forgets bands of another tick, and is told them again.
    let finer = commands(dir.path(), &[BANDS, ("tick = \"0.01\"", "tick = \"0.05\"")]);
    first.iter().for_each(|command| journal.note(command));
    let mut journal = Reconciler::default();
    first.iter().for_each(|command| journal.note(command));
    let missing = journal.missing(&finer);
    assert_eq!(missing[0].kind(), Some(CommandKind::InstrumentDef));
    let said: Vec<_> = missing.iter().filter_map(band).collect();
    assert_eq!(said, [(20_000_000_000, 5_000_000), (50_000_000_000, 25_000_000)]);
    missing.iter().for_each(|command| journal.note(command));
    assert_eq!(journal.missing(&finer), []);
}

#[test]
fn guards_and_bands_are_checked_where_they_stand() {
    let nine: Vec<String> =
        (1..10).map(|from| format!("{{ from_px = {from}, tick = 1 }}")).collect();
    let nine = nine.join(", ");
    for (bands, message) in [
        ("{ from_px = \"0.005\", tick = 1 }", "0.005 is no multiple of the tick, 0.01"),
        ("{ from_px = 100, tick = \"0.015\" }", "0.015 is no multiple of the tick, 0.01"),
        ("{ from_px = 100, tick = 0 }", "0 is no multiple of the tick, 0.01"),
        ("{ from_px = 5, tick = 1 }, { from_px = 5, tick = 2 }", "5 is not above the band before"),
        (nine.as_str(), "there may be 8 bands at most"),
    ] {
        check_error("tick_bands = []", &format!("tick_bands = [{bands}]"), message);
    }
    for (key, is, new, message) in [
        ("tranches_max", 1_000, 0, "0 is too low: at least 1"),
        ("elections_max", 1_000, 0, "0 is too low: at least 1"),
        ("tranches_max", 1_000, 10_001, "10001 is too high: at most 10000"),
        ("elections_max", 1_000, 10_001, "10001 is too high: at most 10000"),
        ("display_min_bps", 0, 10_001, "10001 is too high: at most 10000"),
        ("range_bps", 0, 1_000_001, "1000001 is too high: at most 1000000"),
        ("margin_initial_bps", 0, 1_000_001, "1000001 is too high: at most 1000000"),
    ] {
        check_error(&format!("{key} = {is}"), &format!("{key} = {new}"), message);
    }
}
