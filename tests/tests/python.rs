//! A client written outside the codebase: PyPI `sbe`, the published schema, nothing of ours.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::{Command, Stdio};

use pinion_tests::process::{KEY_ID, Program, Up, write};

/// True where Python and its package are installed.
fn has_sbe() -> bool {
    let asked = Command::new("python3").args(["-c", "import sbe"]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

#[test]
fn a_client_from_outside_logs_on_trades_and_recovers_a_gap() {
    if !has_sbe() {
        println!("skipped: python3 or its package `sbe` is not installed");
        return;
    }
    let program = Program::new(env!("CARGO_BIN_EXE_pinion_under_test"));
    let dir = tempfile::tempdir().expect("a directory");
    let config = write(dir.path());
    let venue = Up::begin(&program, &dir.path().join("data"), &config);
    let address = venue.address();
    let key = format!("@{}", config.join("keys/session-1.key").display());
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/client.py");
    // Twice: the second version of the session begins where the first one ended.
    for _ in 0..2 {
        let output = Command::new("python3")
            .arg(&client)
            .args([&address.ip().to_string(), &address.port().to_string(), &key])
            .args(["--key-id", KEY_ID, "--session", "1", "--firm", "1"])
            .args(["--account", "1", "--instrument", "1"])
            .output()
            .expect("python runs");
        let said = String::from_utf8_lossy(&output.stdout);
        print!("{said}");
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.ends_with("ok: all of it\n"), "{said}");
    }
    let digest_fills = {
        let data = venue.data().to_owned();
        assert_eq!(venue.end(), 0);
        program.ask(&["digest", "--data", &data])["fills"].clone()
    };
    assert_eq!(digest_fills, 4, "two trades of two sides");
}
