//! `pinion journal`, `import`, `load` and `digest` on what a venue left.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use pinion::scenario::Scenario;
use rustix::process::Signal;
use support::{Run, Venue, directory, run};

/// A day: two sessions trade a little, then it ends.
fn day(dir: &Path) -> PathBuf {
    let data = dir.join("data");
    let venue = Venue::up(&data, &[]);
    venue.trade("1", "buy 10 @ 100.05 gtc\nbuy 5 @ 100.04 gtc\n").expect(0);
    venue.trade("2", "sell 12 @ 100 \nsell 1 market\n").expect(0);
    assert_eq!(venue.end(Signal::TERM), 0);
    data
}

fn on(data: &Path, arguments: &[&str]) -> Run {
    let mut all = vec!["journal"];
    all.extend(arguments);
    all.extend(["--data", data.to_str().expect("plain")]);
    run(&all)
}

#[test]
fn what_is_printed_is_a_scenario() {
    let dir = directory();
    let data = day(dir.path());
    let text = on(&data, &["cat"]).expect(0).out;
    let scenario: Scenario = text.parse().expect("what is printed can be read");
    assert_eq!(scenario.to_string(), text);
    let info = on(&data, &["info", "--json"]).expect(0).json();
    let events: usize = scenario.steps.iter().map(|step| step.outputs.len()).sum();
    assert_eq!(info[0]["records"], scenario.steps.len());
    assert_eq!(info[1]["records"], events);
    assert_eq!(info[0]["is_own_schema"], true);

    let events = on(&data, &["cat", "--log", "events", "--kind", "trade"]).expect(0).out;
    assert_eq!(events.lines().count(), 6, "three trades of two sides: {events}");
    let news =
        on(&data, &["cat", "--log", "input", "--kind", "new", "--session", "2"]).expect(0).out;
    assert_eq!(news.lines().count(), 2, "{news}");
    let few = on(&data, &["cat", "--from", "10", "--to", "12", "--log", "input"]).expect(0).out;
    assert_eq!(few.lines().count(), 3, "{few}");
    let from = on(&data, &["cat", "--from", "60"]).expect(0).out;
    assert!(text.ends_with(&from) && !from.is_empty(), "{from}");
    let json = on(&data, &["cat", "--kind", "new", "--json"]).expect(0).json();
    assert!(json.iter().any(|one| one["kind"] == "new" && one["fields"]["px"] == "100.05"));
    let wrong = on(&data, &["cat", "--kind", "trad"]).expect(1);
    assert_eq!(wrong.err, "pinion: there is no kind `trad`; did you mean `trade`?\n");
}

#[test]
fn the_end_is_shown() {
    let dir = directory();
    let data = day(dir.path());
    let all = on(&data, &["cat", "--log", "events"]).expect(0).out;
    let tail = on(&data, &["tail", "-n", "3", "--log", "events"]).expect(0).out;
    let last: Vec<&str> = all.lines().rev().take(3).collect();
    assert_eq!(tail.lines().rev().collect::<Vec<_>>(), last);
    let segments = on(&data, &["ls", "--json"]).expect(0).json();
    assert!(segments.iter().any(|one| one["log"] == "events" && one["state"] == "open"));
}

#[test]
fn replay_gives_the_same_or_says_where_it_differs() {
    let dir = directory();
    let data = day(dir.path());
    let done = on(&data, &["replay", "--json"]).expect(0).json();
    let hash = done[0]["state_hash"].as_str().expect("a hash").to_owned();
    assert_eq!(done[0]["events"], done[0]["events_compared"]);
    on(&data, &["replay", "--expect-hash", &hash]).expect(0);
    let other = on(&data, &["replay", "--expect-hash", "1"]).expect(3);
    assert_eq!(other.err, format!("pinion: state hash {hash}, expected 0000000000000001\n"));
    let part = on(&data, &["replay", "--to", "20", "--json"]).expect(0).json();
    assert_eq!(part[0]["last_seq"], 20);
    assert_ne!(part[0]["state_hash"], hash.as_str());
}

/// The first disk segment of a log.
fn segment(data: &Path, log: &str) -> PathBuf {
    let mut files: Vec<PathBuf> = fs::read_dir(data.join(log))
        .expect("a directory")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.metadata().is_ok_and(|meta| meta.len() >= 1 << 20))
        .collect();
    files.sort();
    files.remove(0)
}

#[test]
fn a_flipped_bit_is_found_and_ends_with_2() {
    let dir = directory();
    let data = day(dir.path());
    let clean = on(&data, &["verify"]).expect(0).out;
    assert_eq!(clean.lines().filter(|line| line.ends_with(": clean")).count(), 2, "{clean}");
    let path = segment(&data, "journal");
    let mut bytes = fs::read(&path).expect("ours");
    bytes[4096 + 64 * 5] ^= 1;
    fs::write(&path, bytes).expect("ours");
    let wrong = on(&data, &["verify"]).expect(2);
    assert!(wrong.err.contains("corrupt at byte"), "{}", wrong.err);
    let json = on(&data, &["verify", "--json"]).expect(2).json();
    assert_eq!(json[0]["outcome"], "corrupt");
    assert_eq!(json[1]["outcome"], "clean");
    on(&data, &["replay"]).expect(2);
    let shown = data.to_str().expect("plain");
    let refused = run(&["up", "--data", shown, "--listen", "127.0.0.1:0"]).expect(2);
    assert!(refused.err.contains("the core ended with exit code 2"), "{}", refused.err);
}

const STREAM: &str = "\
A,1,S,1000000,100
A,Z2,S,1000000,50
N,3,B,999900,30
B,1000000,150,999900,30
I,4,B,1000000,120
F,4,1,1000000,100
F,4,Z2,1000000,20
B,1000000,30,999900,30
D,Z2,10
B,1000000,10,999900,30
R,3,B,1000000,5
F,3,Z2,1000000,5
B,1000000,5,0,0
G,S,1000000
B,0,0,0,0
N,5,B,999800,1
X,5
B,0,0,0,0
";

#[test]
fn a_stream_becomes_orders_over_tcp_and_in_process() {
    let dir = directory();
    let file = dir.path().join("stream.csv");
    fs::write(&file, STREAM).expect("ours");
    let file = file.to_str().expect("plain");
    let venue = Venue::up(&dir.path().join("data"), &[]);
    for more in [&["--in-process"][..], &[], &["--window", "1"]] {
        let mut arguments = vec!["import", file, "--json"];
        arguments.extend(more);
        let done = venue.verb(&arguments).expect(0).json();
        let tally = &done[0]["tally"];
        assert_eq!(done[0]["right"], true, "{done:?}");
        assert_eq!([&tally["commands"], &tally["answered"]], [9, 10], "{tally}");
        assert_eq!([&tally["groups"], &tally["fills"], &tally["tops"]], [2, 3, 6], "{tally}");
    }
    let other = STREAM.replace("F,4,1,1000000,100", "F,4,1,1000000,99");
    fs::write(file, other).expect("ours");
    let differs = venue.verb(&["import", file]).expect(3);
    assert!(differs.out.contains("2 fill groups, 1 wrong"), "{}", differs.out);
    assert!(differs.out.contains("line 5: fills"), "{}", differs.out);
    fs::write(file, "N,1,Q,5,1\n").expect("ours");
    let unread = venue.verb(&["import", file]).expect(2);
    assert_eq!(unread.err, "pinion: line 1: not a line of a stream\n");
    assert_eq!(venue.end(Signal::TERM), 0);
}

#[test]
fn load_sends_what_it_planned_and_counts_every_answer() {
    let dir = directory();
    let venue = Venue::up(&dir.path().join("data"), &[]);
    let file = dir.path().join("run.hlog");
    let file = file.to_str().expect("plain");
    let arguments = ["load", "burst10k", "--json", "--hdr", file];
    let done = venue.verb(&arguments).expect(0).json();
    let result = &done[0];
    assert_eq!([&result["sent"], &result["accepted"]], [10_000, 10_000], "{result}");
    assert_eq!([&result["lost"], &result["rejected"]], [0, 0], "{result}");
    assert_eq!(result["latency"]["count"], 10_000);
    let log = fs::read_to_string(file).expect("written");
    assert!(log.starts_with("#pinion load"), "{log}");
    let short = venue.verb(&["load", "--rate", "200", "--seconds", "1", "--json"]);
    // On a machine that is busy with something else it says that it fell behind.
    assert!([0, 1].contains(&short.code), "{short:?}");
    let result = &short.json()[0];
    assert_eq!(result["valid"], short.code == 0);
    assert_eq!([&result["sent"], &result["lost"]], [200, 0], "{result}");
    let unknown = venue.verb(&["load", "smoek"]).expect(1);
    assert_eq!(unknown.err, "pinion: no profile `smoek`; did you mean smoke?\n");
    assert_eq!(venue.end(Signal::TERM), 0);
}
