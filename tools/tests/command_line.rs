//! The command line where nothing runs: files, errors, exit codes.

mod support;

use std::fs;

use rustix::process::Signal;
use support::{Venue, directory, run};

#[test]
fn a_configuration_is_written_checked_and_run() {
    let dir = directory();
    let at = dir.path().join("venue");
    let at = at.to_str().expect("plain");
    let made = run(&["init", at]).expect(0);
    assert!(made.out.contains("19 key files"), "{}", made.out);
    assert!(run(&["init", at]).expect(1).err.contains("is there already"));
    assert_eq!(run(&["check-config", at]).expect(0).out, "the configuration is right\n");
    let file = format!("{at}/core.toml");
    let text = fs::read_to_string(&file).expect("written");
    fs::write(&file, text.replace("\norders_max", "\norder_max")).expect("ours");
    let wrong = run(&["check-config", &file]).expect(2);
    let wanted = "unknown key `order_max`; did you mean `orders_max`?";
    assert!(wrong.out.starts_with(&format!("error: {file}:")), "{}", wrong.out);
    assert!(wrong.out.trim_end().ends_with(wanted), "{}", wrong.out);
    let json = run(&["check-config", &file, "--json"]).expect(2).json();
    assert_eq!(json[0]["errors"][0]["message"], wanted);
    let data = dir.path().join("data");
    let refused = run(&["up", "--data", data.to_str().expect("plain"), "--config", at]).expect(2);
    assert!(refused.err.contains(wanted), "the same checks run at boot: {}", refused.err);
    fs::write(&file, text).expect("ours");
    let venue = Venue::up(&data, &["--config", at, "--profile", "sim"]);
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn profiles_are_written_beside_the_files() {
    let dir = directory();
    let at = dir.path().join("venue");
    let at = at.to_str().expect("plain");
    run(&["init", at, "--profile", "dev"]).expect(0);
    assert_eq!(run(&["check-config", at]).expect(0).out, "the configuration is right\n");
    let unknown = run(&["init", &format!("{at}2"), "--profile", "pined"]).expect(1);
    assert_eq!(unknown.err, "pinion: no profile `pined`; there are dev, pinned, sim\n");
}

#[test]
fn an_occupied_port_is_a_clear_error() {
    let dir = directory();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let data = dir.path().join("data");
    let refused =
        run(&["up", "--data", data.to_str().expect("plain"), "--listen", &address]).expect(1);
    let wanted = format!(
        "pinion: {address} is in use by another program; stop it, or choose another address with \
         --listen\n"
    );
    assert_eq!(refused.err, wanted);
}

#[test]
fn one_venue_has_one_supervisor_and_fresh_wants_nothing_there() {
    let dir = directory();
    let data = dir.path().join("data");
    let shown = data.to_str().expect("plain");
    let venue = Venue::up(&data, &["--fresh"]);
    let second = run(&["up", "--data", shown, "--listen", "127.0.0.1:0"]).expect(1);
    assert!(second.err.contains("another `pinion up` runs on"), "{}", second.err);
    assert_eq!(venue.end(Signal::TERM), 0);
    let fresh = run(&["up", "--data", shown, "--fresh", "--listen", "127.0.0.1:0"]).expect(1);
    assert!(fresh.err.contains("--fresh begins a new venue, but"), "{}", fresh.err);
}

#[test]
fn a_second_core_on_the_same_data_is_refused() {
    let dir = directory();
    let data = dir.path().join("data");
    let venue = Venue::up(&data, &[]);
    let second = run(&["core", "--data", data.to_str().expect("plain")]);
    assert_ne!(second.code, 0, "{second:?}");
    venue.trade("1", "buy 1 @ 99\n").expect(0);
    assert_eq!(venue.end(Signal::TERM), 0);
}

/// Everything one can type for an order, over the wire and back.
#[test]
fn rare_orders_are_typed_and_told() {
    let dir = directory();
    let data = dir.path().join("data");
    let venue = Venue::up(&data, &[]);
    let told = venue.trade("1", "sell 10 @ 100 show 4 gtc\nsell 5 @ 101 gtc\n").expect(0);
    let iceberg = "#1 accepted: sell 10 DEMO @ 100 gtc, showing 4, order";
    assert!(told.out.contains(iceberg), "{}", told.out);
    let lines = "buy 1 @ 100\nbuy 2 stop 100.5\nbuy 1 @ 102 stop 101 until 8h\n\
                 replace 2 2 stop 101\nstatus 4\nbuy 9 market-to-limit\n\
                 buy 1 @ 101\nbuy 1 @ 90 until 2100-01-01T00:00:00Z\n\
                 buy 1 @ 101.5 post-only-slide\n";
    let told = venue.trade("2", lines).expect(0).out;
    for line in [
        "#2 accepted: buy 2 DEMO @ 101.5 day, waits for 100.5, order",
        "#3 accepted: buy 1 DEMO @ 102 gtd, waits for 101, order",
        "#2 is now #4: buy 2 DEMO @ 102, waits for 101, 2 left, at the back",
        "#4: buy 2 DEMO @ 102, waits for 101, 2 left, suspended day, order",
        "#5 traded: bought 3 DEMO @ 100, 6 left",
        "#5 traded: bought 4 DEMO @ 100, 2 left",
        "#6 traded: bought 1 DEMO @ 101, 0 left",
        "#3 elected: buy 1 DEMO @ 102, 1 left",
        "#3 traded: bought 1 DEMO @ 101, 0 left",
        "#4 elected: buy 2 DEMO @ 102, 2 left",
        "#7 accepted: buy 1 DEMO @ 90 gtd, order",
        "#8 accepted: buy 1 DEMO @ 100.99 day, order",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn usage_errors_end_with_1_and_help_with_0() {
    let unknown = run(&["joural"]).expect(1);
    assert!(unknown.err.contains("unrecognized subcommand 'joural'"), "{}", unknown.err);
    assert!(unknown.err.contains("'journal'"), "{}", unknown.err);
    run(&["up", "--nonsense"]).expect(1);
    assert!(run(&["trade", "--help"]).expect(0).out.contains("Example: echo 'buy 10 @ 100.05'"));
    let nothing = run(&["journal", "info", "--data", "/nonexistent/venue"]).expect(1);
    assert!(nothing.err.contains("`pinion up` makes it"), "{}", nothing.err);
    let json = run(&["journal", "info", "--data", "/nonexistent/venue", "--json"]).expect(1);
    let error: serde_json::Value = serde_json::from_str(&json.err).expect("JSON");
    assert_eq!(error["exit"], 1);
}

#[test]
fn versions_and_completions_are_printed() {
    let version = run(&["version", "--json"]).expect(0).json();
    assert_eq!(version[0]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(version[0]["journal_format"], 1);
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completions", shell]).expect(0).out.contains("check-config"), "{shell}");
    }
}

/// An option of every verb may stand before the verb or behind it.
#[test]
fn which_data_may_be_said_before_or_after_the_verb() {
    let dir = directory();
    let data = dir.path().join("none");
    let data = data.to_str().expect("plain");
    for verbs in [["ctl", "status"], ["journal", "ls"], ["journal", "verify"]] {
        let [room, verb] = verbs;
        for line in [
            ["--data", data, room, verb],
            [room, "--data", data, verb],
            [room, verb, "--data", data],
        ] {
            let nobody = run(&line).expect(1);
            assert!(nobody.err.starts_with(&format!("pinion: no data in {data}")), "{nobody:?}");
        }
    }
    for line in [["--data", data, "digest"], ["digest", "--data", data]] {
        let nobody = run(&line).expect(1);
        assert!(nobody.err.starts_with(&format!("pinion: no data in {data}")), "{nobody:?}");
    }
    // The nearest one counts, as with every option.
    let other = dir.path().join("other");
    let other = other.to_str().expect("plain");
    let nobody = run(&["--data", other, "digest", "--data", data]).expect(1);
    assert!(nobody.err.starts_with(&format!("pinion: no data in {data}")), "{nobody:?}");
}

/// `up` included, which makes the directory.
#[test]
fn a_venue_comes_up_where_it_was_told_before_the_verb() {
    let dir = directory();
    let data = dir.path().join("data");
    let shown = data.to_str().expect("plain");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let taken = run(&["--data", shown, "up", "--listen", &address]).expect(1);
    assert!(taken.err.contains("is in use by another program"), "{taken:?}");
    let venue = Venue::up(&data, &[]);
    let told = support::run_with(&["--data", shown, "trade", "--session", "1"], "buy 1 @ 99\n");
    assert!(told.expect(0).out.starts_with("#1 accepted"));
    let status = run(&["--json", "--data", shown, "ctl", "status"]).expect(0).json();
    assert_eq!(status[0]["state"], "live");
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn nobody_home_is_said_so() {
    let dir = directory();
    let at = dir.path().join("venue");
    let at = at.to_str().expect("plain");
    run(&["init", at]).expect(0);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let trade = run(&["trade", "--config", at, "--address", &address]).expect(1);
    assert!(trade.err.contains(&format!("nobody answers at {address}")), "{}", trade.err);
    assert!(trade.err.contains("`pinion up` starts one"), "{}", trade.err);
}

#[test]
fn data_that_was_moved_after_a_crash_is_not_begun_without_its_last_records() {
    let dir = directory();
    let (data, moved) = (dir.path().join("data"), dir.path().join("moved"));
    let mut venue = Venue::up(&data, &[]);
    venue.trade("1", "buy 3 @ 99 gtc\n").expect(0);
    venue.crash_all();
    support::wait_until_free(&data);
    fs::rename(&data, &moved).expect("ours");
    let shown = moved.to_str().expect("plain");
    let refused = run(&["up", "--data", shown, "--listen", "127.0.0.1:0"]).expect(2);
    assert!(refused.err.contains("was moved or copied after a crash"), "{}", refused.err);
    fs::rename(&moved, &data).expect("ours");
    venue = Venue::up(&data, &[]);
    let back = venue.trade("1", "orders\n").expect(0);
    assert!(back.out.contains("#1: buy 3 DEMO @ 99, 3 left"), "{}", back.out);
    assert_eq!(venue.end(Signal::TERM), 0);
    fs::rename(&data, &moved).expect("ours");
    let venue = Venue::up(&moved, &[]);
    assert_eq!(venue.end(Signal::TERM), 0);
}
