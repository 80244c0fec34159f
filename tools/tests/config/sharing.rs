//! How prices are shared: algorithms and market makers.

use pinion::config::{Birth, Findings, Reconciler};
use pinion_types::command::AllocationAlgorithm;
use pinion_types::{Command, CommandKind, CommandRef, Qty};

use super::{check_error, commands, edited, machine};

/// The first instrument's algorithm, as the file has it.
const ALGORITHM: &str = "allocation = \"fifo\"";

/// And its market makers.
const MAKERS: &str = "makers = []";

/// An algorithm that gives market makers their parts, and these makers.
fn made_by(makers: &str) -> [(&'static str, &str); 2] {
    [(ALGORITHM, "allocation = \"top-maker-fifo\""), (MAKERS, makers)]
}

/// What a command says of a market maker: account and percent.
fn part(command: &Command) -> Option<(u32, u32)> {
    match command.view() {
        Some(CommandRef::MakerShare(body)) => Some((body.account.0, body.percent)),
        _ => None,
    }
}

#[test]
fn algorithms_stand_behind_instruments_and_makers_behind_accounts() {
    let dir = tempfile::tempdir().expect("a directory");
    let edits = [
        (ALGORITHM, "allocation = \"configurable\""),
        (MAKERS, "makers = [{ account = 1, percent = 30 }, { account = 2, percent = 20 }]"),
        ("fifo_percent = 0", "fifo_percent = 40"),
        ("leveling = false", "leveling = true"),
        ("pro_rata_min = 0", "pro_rata_min = 2"),
        ("top_max = 0", "top_max = 100"),
    ];
    let loaded = edited(dir.path(), &edits).expect("it is right");
    assert_eq!(loaded.check(&machine()), Findings::default());
    let commands = loaded.commands(&Birth::default()).expect("they fit");
    let said = commands.iter().filter_map(|command| match command.view() {
        Some(CommandRef::Allocation(body)) => Some(*body),
        _ => None,
    });
    let said: Vec<_> = said.collect();
    assert_eq!(said.len(), 2, "one an instrument");
    assert_eq!(said[0].algorithm.get(), Some(AllocationAlgorithm::Configurable));
    assert_eq!((said[0].fifo_percent, said[0].leveling), (40, 1));
    assert_eq!(
        (said[0].pro_rata_min, said[0].top_min, said[0].top_max),
        (Qty(2), Qty(0), Qty(100))
    );
    assert_eq!(said[1].algorithm.get(), Some(AllocationAlgorithm::Fifo));
    let last = commands.iter().rposition(|it| it.kind() == Some(CommandKind::AccountDef));
    let first = commands.iter().position(|it| part(it).is_some());
    assert!(first > last, "accounts are known by then");
    assert_eq!(commands.iter().filter_map(part).collect::<Vec<_>>(), [(1, 30), (2, 20)]);
}

#[test]
fn who_loses_a_part_comes_before_who_gains_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = commands(
        dir.path(),
        &made_by("makers = [{ account = 1, percent = 40 }, { account = 2, percent = 60 }]"),
    );
    let mut journal = Reconciler::default();
    first.iter().for_each(|command| journal.note(command));
    assert_eq!(journal.missing(&first), []);

    let changed = commands(
        dir.path(),
        &made_by("makers = [{ account = 1, percent = 70 }, { account = 2, percent = 30 }]"),
    );
    let missing = journal.missing(&changed);
    assert_eq!(missing.iter().map(part).collect::<Vec<_>>(), [Some((2, 30)), Some((1, 70))]);
    missing.iter().for_each(|command| journal.note(command));
    assert_eq!(journal.missing(&changed), []);

    let other = commands(dir.path(), &made_by("makers = [{ account = 3, percent = 100 }]"));
    let missing = journal.missing(&other);
    let said: Vec<_> = missing.iter().filter_map(part).collect();
    assert_eq!(said, [(1, 0), (2, 0), (3, 100)]);
    missing.iter().for_each(|command| journal.note(command));

    let missing = journal.missing(&commands(dir.path(), &[]));
    assert_eq!(missing[0].kind(), Some(CommandKind::Allocation), "by time again");
    assert_eq!(missing[1..].iter().map(part).collect::<Vec<_>>(), [Some((3, 0))]);
}

/// The venue forgets the quantities of another lot, and is told them again.
#[test]
fn another_lot_says_the_algorithm_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let edits =
        [(ALGORITHM, "allocation = \"pro-rata\""), ("pro_rata_min = 0", "pro_rata_min = 10")];
    let mut journal = Reconciler::default();
    commands(dir.path(), &edits).iter().for_each(|command| journal.note(command));
    let changed = commands(dir.path(), &[edits[0], edits[1], ("lot = 1", "lot = 5")]);
    let missing = journal.missing(&changed);
    let kinds: Vec<_> = missing.iter().filter_map(Command::kind).collect();
    assert_eq!(kinds, [CommandKind::InstrumentDef, CommandKind::Allocation]);
    // Also where only the first of the two was said.
    journal.note(&missing[0]);
    assert_eq!(journal.missing(&changed), [missing[1]]);
    journal.note(&missing[1]);
    assert_eq!(journal.missing(&changed), []);
}

#[test]
fn what_cannot_be_shared_so_is_named_with_its_place() {
    check_error(
        ALGORITHM,
        "allocation = \"prorata\"",
        "unknown value `prorata`; did you mean `pro-rata`?",
    );
    check_error(
        ALGORITHM,
        "allocation = \"by-size\"",
        "unknown value `by-size`; known here: fifo, pro-rata, top-pro-rata, configurable, \
         threshold-pro-rata, top-maker-pro-rata, top-maker-fifo, maker-fifo",
    );
    for (key, is, new, needs) in [
        ("fifo_percent", "0", "40", "\"configurable\""),
        ("leveling", "false", "true", "\"configurable\""),
        (
            "pro_rata_min",
            "0",
            "2",
            "\"pro-rata\" or \"top-pro-rata\" or \"configurable\" or \"threshold-pro-rata\" or \
             \"top-maker-pro-rata\"",
        ),
        (
            "top_max",
            "0",
            "5",
            "\"top-pro-rata\" or \"configurable\" or \"threshold-pro-rata\" or \
             \"top-maker-pro-rata\" or \"top-maker-fifo\"",
        ),
        (
            "makers",
            "[]",
            "[{ account = 1, percent = 5 }]",
            "\"configurable\" or \"top-maker-pro-rata\" or \"top-maker-fifo\" or \"maker-fifo\"",
        ),
    ] {
        let message = format!("means nothing to allocation \"fifo\": say {needs}, or leave it out");
        check_error(&format!("{key} = {is}"), &format!("{key} = {new}"), &message);
    }
}

#[test]
fn parts_and_quantities_are_checked_where_they_stand() {
    let five: Vec<String> = (1..6).map(|_| "{ account = 1, percent = 1 }".to_owned()).collect();
    let five = five.join(", ");
    for (makers, messages) in [
        ("{ account = 9, percent = 5 }", &["there is no account 9"][..]),
        ("{ account = 1, percent = 0 }", &["0 is no part: from 1 to 100 percent"]),
        ("{ account = 1, percent = 101 }", &["101 is no part: from 1 to 100 percent"]),
        (
            "{ account = 1, percent = 5 }, { account = 1, percent = 5 }",
            &["account 1 stands twice in this instrument"],
        ),
        (
            "{ account = 1, percent = 50 }, { account = 2, percent = 51 }",
            &["their parts are 101 percent: at most 100 together"],
        ),
        (
            five.as_str(),
            &[
                "account 1 stands twice in this instrument",
                "account 1 stands twice in this instrument",
                "account 1 stands twice in this instrument",
                "account 1 stands twice in this instrument",
                "there may be 4 market makers at most",
            ],
        ),
    ] {
        check_all(&made_by(&format!("makers = [{makers}]")), messages);
    }
    let configurable = (ALGORITHM, "allocation = \"configurable\"");
    let percent = ("fifo_percent = 0", "fifo_percent = 101");
    check_all(&[configurable, percent], &["101 is too high: at most 100"]);
    for key in ["pro_rata_min", "top_min", "top_max"] {
        let (is, new) = (format!("{key} = 0"), format!("{key} = 7"));
        let edits = [configurable, ("lot = 1", "lot = 2"), (is.as_str(), new.as_str())];
        check_all(&edits, &["7 is not a multiple of the lot, 2"]);
    }
}

/// Exactly these errors, all of `venue.toml`.
#[track_caller]
fn check_all(edits: &[(&str, &str)], messages: &[&str]) {
    let dir = tempfile::tempdir().expect("a directory");
    let loaded = edited(dir.path(), edits).expect("it can be read");
    let found = loaded.check(&machine()).errors;
    assert!(found.iter().all(|problem| problem.line > 0), "{found:?}");
    let found: Vec<&str> = found.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(found, messages);
}
