//! A whole venue with real processes: trade, command, crash, end, come back.

mod support;

use std::fs;

use rustix::process::Signal;
use support::{Venue, directory, kill, run, run_with};

#[test]
fn two_sessions_trade_and_the_venue_comes_back_as_it_was() {
    let dir = directory();
    let data = dir.path().join("data");
    let venue = Venue::up(&data, &[]);
    let bought = venue.trade("alice", "buy 10 @ 100.05 gtc\npositions\n").expect(0);
    assert!(bought.out.contains("#1 accepted: buy 10 DEMO @ 100.05 gtc"), "{}", bought.out);
    let sold = venue.trade("bob", "sell 4 @ 100\npositions\n").expect(0);
    assert!(
        sold.out.contains("sold 4 DEMO @ 100.05, 0 left, position -4, fee 0.01"),
        "{}",
        sold.out
    );
    assert!(sold.out.contains("account 2: -4 DEMO"), "{}", sold.out);
    assert!(sold.out.contains("cash 1000400.19"), "{}", sold.out);
    let run_dir = venue.opened["run"].as_str().expect("a path").to_owned();
    assert!(std::path::Path::new(&run_dir).is_dir());
    assert_eq!(venue.end(Signal::TERM), 0);
    assert!(!std::path::Path::new(&run_dir).exists(), "an orderly end leaves nothing in memory");

    let before = digest(&data);
    let venue = Venue::up(&data, &[]);
    let back = venue.trade("1", "orders\npositions\nbuy 1 @ 100\n").expect(0);
    assert!(back.out.contains("#1: buy 10 DEMO @ 100.05, 6 left"), "{}", back.out);
    assert!(back.out.contains("account 1: 4 DEMO"), "{}", back.out);
    assert!(back.out.contains("#2 accepted"), "ids go on: {}", back.out);
    assert_eq!(venue.end(Signal::INT), 0);
    assert_ne!(before, digest(&data), "another order is another business");
    run(&["journal", "replay", "--data", data.to_str().expect("plain")]).expect(0);
}

#[track_caller]
fn digest(data: &std::path::Path) -> String {
    let done = run(&["digest", "--json", "--data", data.to_str().expect("plain")]).expect(0);
    done.json()[0]["digest"].as_str().expect("a hash").to_owned()
}

#[test]
fn the_command_that_is_printed_sends_a_first_order() {
    let dir = directory();
    let data = dir.path().join("a venue");
    let venue = Venue::up(&data, &[]);
    let command = venue.opened["first_order"].as_str().expect("a command");
    let done = std::process::Command::new("sh").args(["-c", command]).output().expect("a shell");
    let out = String::from_utf8_lossy(&done.stdout);
    assert!(out.starts_with("#1 accepted: buy 10 DEMO @ 100.05"), "{command}: {done:?}");
    assert_eq!(venue.end(Signal::TERM), 0);
}

/// The venue tells working orders in pages of 100; whoever types sees them all.
#[test]
fn more_orders_than_one_page_are_all_shown() {
    let dir = directory();
    let venue = Venue::up(&dir.path().join("data"), &[]);
    let lines: String =
        (0..250).map(|at| format!("buy 1 @ 9{}.{:02} gtc\n", at / 100, at % 100)).collect();
    venue.trade("1", &lines).expect(0);
    let shown = venue.trade("1", "orders\n").expect(0);
    assert_eq!(shown.out.matches(", 1 left").count(), 250, "{}", shown.out);
    assert_eq!(venue.end(Signal::TERM), 0);
}

/// Instruments and positions likewise.
#[test]
fn more_instruments_and_positions_than_one_page_are_all_shown() {
    let dir = directory();
    let at = dir.path().join("venue");
    let shown = at.to_str().expect("plain");
    run(&["init", shown, "--profile", "dev"]).expect(0);
    let file = at.join("venue.toml");
    let mut text = fs::read_to_string(&file).expect("written");
    for id in 501..=730 {
        let row = format!("id = {id}\nsymbol = \"MORE{id}\"\ncurrency = \"USD\"\ntick = \"0.01\"");
        text.push_str(&format!("\n[[instruments]]\n{row}\n"));
    }
    fs::write(&file, text).expect("ours");
    let venue = Venue::up(&dir.path().join("data"), &["--config", shown]);
    let orders: String = (501..=730).map(|id| format!("buy 1 MORE{id} @ 100 gtc\n")).collect();
    let typed = format!("{orders}instruments\npositions\norders\n");
    let trade = ["trade", "--data", venue.data(), "--config", shown, "--session", "1"];
    let told = run_with(&trade, &typed).expect(0);
    for word in [" accepted: ", ", lot 1, USD, ", ", working 1 to buy", ", 1 left"] {
        let lines = told.out.lines().filter(|line| line.contains("MORE") && line.contains(word));
        assert_eq!(lines.count(), 230, "`{word}`: {}", told.err);
    }
    assert_eq!(venue.end(Signal::TERM), 0);
}

/// Whoever types faster than the session may is told so, the last question included.
#[test]
fn a_question_that_is_refused_for_the_rate_is_an_answer() {
    let dir = directory();
    let at = dir.path().join("venue");
    let shown = at.to_str().expect("plain");
    run(&["init", shown, "--profile", "dev"]).expect(0);
    let file = at.join("venue.toml");
    let text = fs::read_to_string(&file).expect("written");
    let text = text.replace("rate_per_second = 1000\n", "rate_per_second = 1\n");
    fs::write(&file, text.replace("rate_burst = 1000\n", "rate_burst = 10\n")).expect("ours");
    let venue = Venue::up(&dir.path().join("data"), &["--config", shown]);
    let trade = ["trade", "--data", venue.data(), "--config", shown, "--session", "1"];
    let told = run_with(&trade, &"buy 1 @ 99\n".repeat(100)).expect(4);
    assert!(told.out.contains("rate limit of the session exceeded [301]"), "{}", told.out);
    assert!(told.err.contains("pinion: the venue refused"), "{}", told.err);
    assert_eq!(venue.end(Signal::TERM), 0);
}

/// Where nothing went wrong, nobody warns.
#[test]
fn an_orderly_end_warns_of_nothing() {
    let dir = directory();
    let data = dir.path().join("data");
    let shown = data.to_str().expect("a plain path");
    let mut child = support::pinion(&["up", "--data", shown, "--listen", "127.0.0.1:0"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program can be run");
    let mut lines = std::io::BufReader::new(child.stdout.take().expect("it was asked for"));
    let mut opened = String::new();
    while !opened.contains("Ctrl-C") {
        assert!(
            std::io::BufRead::read_line(&mut lines, &mut opened).expect("text") > 0,
            "{opened}"
        );
    }
    kill(child.id().try_into().expect("a process id"), Signal::TERM);
    let ended = child.wait_with_output().expect("it ends");
    let warned = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{warned}");
    assert!(!warned.contains("gateway is gone") && !warned.contains("core is gone"), "{warned}");
}

#[test]
fn a_crashed_core_is_begun_again_with_everything_it_acknowledged() {
    let dir = directory();
    let mut venue = Venue::up(&dir.path().join("data"), &[]);
    venue.trade("1", "buy 3 @ 99 gtc\n").expect(0);
    kill(venue.pid("core"), Signal::KILL);
    let back = venue.line();
    assert_eq!(back["back"], "core");
    assert_ne!(back["pid"], venue.opened["core_pid"]);
    let after = venue.trade("1", "orders\n").expect(0);
    assert!(after.out.contains("#1: buy 3 DEMO @ 99, 3 left"), "{}", after.out);
    venue.verb(&["journal", "replay"]).expect(0);
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn a_crashed_gateway_is_begun_again_and_the_core_did_not_notice() {
    let dir = directory();
    let mut venue = Venue::up(&dir.path().join("data"), &[]);
    venue.trade("1", "buy 3 @ 99 gtc\n").expect(0);
    kill(venue.pid("gateway"), Signal::KILL);
    assert_eq!(venue.line()["back"], "gateway");
    let after = venue.trade("1", "orders\n").expect(0);
    assert!(after.out.contains("#1: buy 3 DEMO @ 99, 3 left"), "{}", after.out);
    let status = venue.verb(&["ctl", "status", "--json"]).expect(0).json();
    assert_eq!(status[0]["pid"], venue.opened["core_pid"]);
    assert_eq!(status[0]["state"], "live");
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn a_crashed_supervisor_takes_its_processes_along_and_loses_nothing() {
    let dir = directory();
    let data = dir.path().join("data");
    let venue = Venue::up(&data, &[]);
    venue.trade("1", "buy 3 @ 99 gtc\n").expect(0);
    let address = venue.opened["order_entry"].as_str().expect("an address").to_owned();
    venue.crash();
    // The next one waits until those left behind have said goodbye, at port and logs.
    let venue = Venue::up_at(&data, &address, &[]);
    let after = venue.trade("1", "orders\n").expect(0);
    assert!(after.out.contains("#1: buy 3 DEMO @ 99, 3 left"), "{}", after.out);
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn a_kill_blocks_cancels_survives_a_restart_and_is_released() {
    let dir = directory();
    let data = dir.path().join("data");
    let venue = Venue::up(&data, &[]);
    venue.trade("1", "buy 3 @ 99 gtc\nbuy 4 @ 98 gtc\n").expect(0);
    let kill = ["ctl", "kill", "--scope", "account", "--id", "1", "--reason", "fat finger"];
    let killed = venue.verb(&kill).expect(0);
    assert_eq!(killed.out, "account 1 is blocked, 2 orders canceled\n");
    venue.trade("2", "buy 1 @ 99\n").expect(0);
    assert_eq!(venue.end(Signal::TERM), 0);

    let venue = Venue::up(&data, &[]);
    let refused = venue.trade("1", "orders\nbuy 1 @ 99\n").expect(4);
    assert!(refused.out.contains("no working orders"), "{}", refused.out);
    assert!(refused.out.contains("refused: the account is blocked [703]"), "{}", refused.out);
    let release = ["ctl", "release", "--scope", "account", "--id", "1", "--reason", "cleared"];
    assert_eq!(venue.verb(&release).expect(0).out, "account 1 is released\n");
    venue.trade("1", "buy 1 @ 99\n").expect(0);
    let journaled = venue.verb(&["journal", "cat", "--kind", "kill,release"]).expect(0).out;
    assert!(journaled.contains("reason=\"fat finger\""), "{journaled}");
    assert!(journaled.contains("reason=\"cleared\""), "{journaled}");
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn control_refuses_with_a_reason_and_the_right_exit_code() {
    let dir = directory();
    let venue = Venue::up(&dir.path().join("data"), &[]);
    let unknown =
        venue.verb(&["ctl", "kill", "--scope", "account", "--id", "77", "--reason", "x"]).expect(4);
    assert_eq!(unknown.err, "pinion: there is no such target\n");
    let no_reason = venue.verb(&["ctl", "kill", "--scope", "global"]).expect(1);
    assert!(no_reason.err.contains("--reason"), "{}", no_reason.err);
    let empty = venue.verb(&["ctl", "kill", "--scope", "global", "--reason", " "]).expect(1);
    assert_eq!(empty.err, "pinion: a reason is needed\n");
    let which = venue.verb(&["ctl", "kill", "--scope", "firm", "--reason", "x"]).expect(1);
    assert_eq!(which.err, "pinion: which firm? say --id\n");
    assert_eq!(venue.end(Signal::TERM), 0);
    let nobody =
        run(&["ctl", "status", "--data", dir.path().join("data").to_str().expect("plain")]);
    assert!(nobody.expect(1).err.contains("no core answers at"));
}

#[test]
fn what_is_typed_wrong_is_answered_with_what_would_be_right() {
    let dir = directory();
    let venue = Venue::up(&dir.path().join("data"), &[]);
    let wrong = venue.trade("1", "buyy 1 @ 2\ncancel 9\nbuy 1 DEM0 @ 2\n").expect(1);
    let lines: Vec<&str> = wrong.err.lines().collect();
    assert_eq!(
        lines,
        [
            "! `buyy` is nothing I know; did you mean `buy`?",
            "! no order #9 of yours: there was none yet",
            "! there is no instrument `DEM0`; did you mean DEMO?",
            "pinion: 3 lines could not be read",
        ]
    );
    let refused = venue.trade("1", "buy 1 @ 100.005\nbuy 999999 @ 100\n").expect(4);
    assert!(refused.out.contains("price is not a multiple of the tick [1101]"), "{}", refused.out);
    assert!(
        refused.out.contains("order quantity limit [1301] (order-qty 10000"),
        "{}",
        refused.out
    );
    assert_eq!(refused.err, "pinion: the venue refused 2 requests\n");
    let nobody = venue.trade("carol", "orders\n").expect(1);
    assert!(nobody.err.contains("there is no session `carol`"), "{}", nobody.err);
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn orders_are_replaced_and_canceled_by_typing() {
    let dir = directory();
    let venue = Venue::up(&dir.path().join("data"), &[]);
    let lines = "buy 10 @ 99\nreplace 1 8 @ 99\nreplace 2 8 @ 99.5\ncancel 3\nbuy 1 @ 98\n\
                 cancel all buy DEMO\nstatus 3\n";
    let done = venue.trade("1", lines).expect(0);
    let wanted = [
        "#1 accepted: buy 10 DEMO @ 99 day",
        "#1 is now #2: buy 8 DEMO @ 99, 8 left, place kept",
        "#2 is now #3: buy 8 DEMO @ 99.5, 8 left, at the back",
        "#3 canceled: 8 of DEMO (request)",
        "#5 accepted: buy 1 DEMO @ 98 day",
        "#5 canceled: 1 of DEMO (mass-cancel)",
        "1 order canceled",
        "#3: no such order works",
    ];
    let found: Vec<&str> = done.out.lines().collect();
    assert_eq!(found.len(), wanted.len(), "{}", done.out);
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.starts_with(wanted), "{found} is not {wanted}");
    }
    assert_eq!(venue.end(Signal::TERM), 0);
}

/// A stream of sells that are bought again one by one, some of them only in part.
fn stream(pairs: u64) -> String {
    let mut text = String::new();
    for pair in 1..=pairs {
        let (maker, taker) = (2 * pair, 2 * pair + 1);
        let px = 1_000_000 + pair % 7 * 100;
        let left = pair % 3;
        text.push_str(&format!("N,{maker},S,{px},10\nI,{taker},B,{px},{}\n", 10 - left));
        text.push_str(&format!("F,{taker},{maker},{px},{}\n", 10 - left));
        if left > 0 {
            text.push_str(&format!("X,{maker}\n"));
        }
    }
    text
}

/// Waits until the input journal of a venue holds more than `count` commands.
fn wait_for_commands(data: &std::path::Path, run_dir: &str, count: u64) {
    let hot = std::path::Path::new(run_dir).join("journal");
    let mut reader = pinion_journal::Reader::open(
        &data.join("journal"),
        Some(&hot),
        pinion_sequencer::INPUT_KIND,
        count,
    )
    .expect("the journal can be read");
    while reader.next().expect("the journal can be read").is_none() {
        std::thread::yield_now();
    }
}

#[test]
fn a_stream_goes_on_through_crashes_of_core_and_gateway_as_if_nothing_was() {
    let dir = directory();
    let file = dir.path().join("stream.csv");
    std::fs::write(&file, stream(8_000)).expect("ours");
    let file = file.to_str().expect("plain");

    let quiet = Venue::up(&dir.path().join("quiet"), &[]);
    quiet.verb(&["import", file]).expect(0);
    let data = quiet.data.clone();
    assert_eq!(quiet.end(Signal::TERM), 0);
    let wanted = digest(&data);

    let mut venue = Venue::up(&dir.path().join("disturbed"), &[]);
    let run_dir = venue.opened["run"].as_str().expect("a path").to_owned();
    let import = {
        let (data, file) = (venue.data().to_owned(), file.to_owned());
        std::thread::spawn(move || run(&["import", &file, "--data", &data, "--json"]))
    };
    for (role, after) in [("core", 2_000), ("gateway", 6_000), ("core", 12_000)] {
        wait_for_commands(&venue.data, &run_dir, after);
        kill(venue.pid(role), Signal::KILL);
        let back = venue.line();
        assert_eq!(back["back"], role);
        venue.opened[format!("{role}_pid")] = back["pid"].clone();
    }
    let done = import.join().expect("it ends").expect(0);
    assert_eq!(done.json()[0]["right"], true, "{done:?}");
    let data = venue.data.clone();
    assert_eq!(venue.end(Signal::TERM), 0);
    assert_eq!(digest(&data), wanted, "nothing is lost, nothing is there twice");
}

#[test]
fn acknowledged_under_power_is_durable() {
    let dir = directory();
    let at = dir.path().join("venue");
    let at = at.to_str().expect("plain");
    run(&["init", at]).expect(0);
    let file = format!("{at}/core.toml");
    let text = std::fs::read_to_string(&file).expect("written");
    std::fs::write(&file, text.replace("mode = \"process\"", "mode = \"power\"")).expect("ours");
    let venue = Venue::up(&dir.path().join("data"), &["--config", at]);
    assert_eq!(venue.opened["durability"], "power");
    let address = venue.opened["order_entry"].as_str().expect("an address");
    let arguments = ["trade", "--config", at, "--data", venue.data(), "--address", address];
    let done = support::run_with(&arguments, "buy 3 @ 99 gtc\n").expect(0);
    assert!(done.out.contains("#1 accepted"), "{}", done.out);
    let status = venue.verb(&["ctl", "status", "--json"]).expect(0).json();
    let cat =
        venue.verb(&["journal", "cat", "--log", "input", "--kind", "new", "--json"]).expect(0);
    let seq = cat.json()[0]["seq"].as_u64().expect("a number");
    let durable = status[0]["durable_input_seq"].as_u64().expect("a number");
    assert!(durable >= seq, "{durable} is durable, {seq} was acknowledged");
    assert_eq!(venue.end(Signal::TERM), 0);
}

/// A user of this machine who is nobody in particular.
const RISK_UID: u32 = 65_533;
const OPS_UID: u32 = 65_532;
const OTHER_UID: u32 = 65_531;

#[test]
fn who_may_command_follows_from_the_user_id() {
    use std::os::unix::process::CommandExt;
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can ask as somebody else");
        return;
    }
    let dir = directory();
    let at = dir.path().join("venue");
    let at = at.to_str().expect("plain");
    run(&["init", at]).expect(0);
    let file = format!("{at}/core.toml");
    let text = std::fs::read_to_string(&file).expect("written");
    let text = text
        .replace("risk_uids = []", &format!("risk_uids = [{RISK_UID}]"))
        .replace("market_ops_uids = []", &format!("market_ops_uids = [{OPS_UID}]"));
    std::fs::write(&file, text).expect("ours");
    let venue = Venue::up(&dir.path().join("data"), &["--config", at]);
    let socket = format!("{}.ctl", venue.opened["run"].as_str().expect("a path"));
    // Where the others may run it: the directory of the build may be closed to them.
    let program = std::env::temp_dir().join(format!("pinion-{}", std::process::id()));
    std::fs::copy(env!("CARGO_BIN_EXE_pinion"), &program).expect("there is room");
    let ask = |uid: u32, verb: &str| {
        let mut command = std::process::Command::new(&program);
        command.args(["ctl", "--socket", &socket, verb]).uid(uid).current_dir("/");
        if verb != "status" {
            command.args(["--scope", "account", "--id", "2", "--reason", "a test"]);
        }
        let output = command.output().expect("it can be run");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), err)
    };
    let said = |text: &str| format!("pinion: {text}\n");
    assert_eq!(ask(OTHER_UID, "status"), (Some(4), said("user 65531 has no role here")));
    assert_eq!(ask(RISK_UID, "status").0, Some(0));
    assert_eq!(ask(OPS_UID, "kill"), (Some(4), said("role market-ops may not kill")));
    assert_eq!(ask(RISK_UID, "kill").0, Some(0));
    assert_eq!(ask(RISK_UID, "release"), (Some(4), said("role risk may not release")));
    assert_eq!(ask(OPS_UID, "release").0, Some(0));
    std::fs::remove_file(&program).expect("ours");
    let journaled = venue.verb(&["journal", "cat", "--kind", "kill,release"]).expect(0).out;
    assert!(journaled.contains("actor=\"risk:65533\""), "{journaled}");
    assert!(journaled.contains("actor=\"market-ops:65532"), "{journaled}");
    assert_eq!(venue.end(Signal::TERM), 0);
    assert!(!std::path::Path::new(&socket).exists());
}
