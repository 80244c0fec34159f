//! An implementation of SBE that knows only the published XML agrees with ours, byte for byte.

use crate::schema::file;
use std::process::Command;

#[test]
fn python_sbe_reads_and_writes_every_message() {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = |code: &str| Command::new(&python).args(["-c", code]).output();
    match has("import sbe") {
        Ok(output) if output.status.success() => {}
        _ => {
            println!("skipped: {python} with the package sbe is not here");
            return;
        }
    }
    let output = Command::new(&python)
        .arg(file("tests/check.py"))
        .arg(file("schema/order-entry.xml"))
        .arg(file("tests/golden.json"))
        .output()
        .expect("python starts");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    println!("{out}");
}
