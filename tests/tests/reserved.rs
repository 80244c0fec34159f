//! What the vocabulary has and nothing produces is said in `PROTOCOL.md`; nothing else is so.
//!
//! Words of events are watched by the differential; those that end sessions and refuse logons come
//! from two processes, and are looked for in their text.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use pinion_tests::reserved;
use pinion_tests::scan::blank;
use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::{Liquidity, OrdStatus, TerminationCode};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the top").to_owned()
}

/// Every source file below `dir`, without comments and texts.
fn read(dir: &Path, out: &mut String) {
    for entry in fs::read_dir(dir).expect("a room") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if path.file_name() != Some("tests".as_ref()) {
                read(&path, out);
            }
        } else if path.extension() == Some("rs".as_ref()) {
            let text = fs::read_to_string(&path).expect("text");
            let (code, _tests) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            out.push_str(&blank(code));
        }
    }
}

/// Reserved are exactly the values that no code names.
#[track_caller]
fn check<T: Copy + Debug + Ord>(code: &str, kind: &str, all: &[T], reserved: &[T]) {
    let names = |value: &&T| {
        let name = format!("{kind}::{value:?}");
        code.match_indices(&name).any(|(at, _)| {
            !code[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    };
    let unnamed: BTreeSet<T> = all.iter().filter(|value| !names(value)).copied().collect();
    assert_eq!(unnamed, reserved.iter().copied().collect(), "{kind}");
}

#[test]
fn what_no_code_names_is_reserved() {
    let mut code = String::new();
    for room in ["core/engine/src", "core/sequencer/src", "gateway/server/src", "gateway/wire/src"]
    {
        read(&root().join(room), &mut code);
    }
    check(&code, "TerminationCode", TerminationCode::ALL, reserved::TERMINATIONS);
    check(&code, "NegotiationReject", NegotiationReject::ALL, reserved::LOGONS);
    check(&code, "EstablishmentReject", EstablishmentReject::ALL, reserved::RESUMES);
    check(&code, "OrdStatus", OrdStatus::ALL, reserved::STATES);
    check(&code, "Liquidity", Liquidity::ALL, &[]);
}

#[test]
fn the_protocol_lists_what_is_reserved() {
    let file = root().join("gateway/wire/PROTOCOL.md");
    let have = fs::read_to_string(&file).expect("text");
    let begin = "<!-- generated: reserved -->\n";
    let (before, rest) = have.split_once(begin).expect("the section's marker");
    let (_, after) = rest.split_once("<!-- end -->").expect("the section's end");
    let want = format!("{before}{begin}{}<!-- end -->{after}", reserved::table());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &want).expect("ours");
        return;
    }
    assert_eq!(have, want, "UPDATE=1 writes it");
}
