//! Golden scenarios: `scenarios/*.tape` hold commands and the events that must follow from them.
//!
//! `UPDATE=1` writes what the engine says now, numbers and times included; the difference is then
//! reviewed like any other. A file that begins with `# After NAME` goes on where that one ends. The
//! naive model must say the same as the engine everywhere, and every text must read back.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};

use pinion::scenario::{Output, Scenario, Step};
use pinion_tests::live::Live;
use pinion_tests::model::Model;
use pinion_tests::venue::Venue;
use pinion_types::{CommandRef, Event, Nanos, Seq};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn read(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn parse(name: &str, text: &str) -> Scenario {
    text.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Engine and model after the same commands.
struct Venues {
    live: Live,
    model: Model,
    seq: u64,
    events: u64,
    now: Nanos,
}

impl Venues {
    /// Begins with a genesis, which causes nothing.
    fn begin(name: &str, first: &Step) -> Self {
        let Some(CommandRef::Genesis(genesis)) = first.input.command.view() else {
            panic!("{name} begins with `genesis`, or with a line `# After NAME`");
        };
        let (live, model) = (Live::new(genesis), Model::new(genesis));
        Venues { live, model, seq: 1, events: 0, now: first.input.time }
    }

    /// Applies one step and gives it back with its number and what followed from it.
    fn apply(&mut self, name: &str, step: &Step) -> Step {
        self.seq += 1;
        let (seq, time, command) = (Seq(self.seq), step.input.time, step.input.command);
        assert!(time >= self.now, "{name}: time goes back at command {seq}");
        self.now = time;
        let wanted = self.model.apply(seq, time, &command).to_vec();
        let found: Vec<Event> = self.live.apply(seq, time, &command).to_vec();
        let engine = &self.live.engine;
        engine.check().unwrap_or_else(|violation| panic!("{name}: command {seq}: {violation:?}"));
        let mut done = step.clone();
        done.input.seq = seq;
        done.outputs = (self.events + 1..)
            .zip(&found)
            .map(|(number, event)| Output { seq: Seq(number), time, cause: seq, event: *event })
            .collect();
        self.events += found.len() as u64;
        assert_eq!(engine.events().0, self.events);
        assert_eq!(wanted, found, "{name}: the model differs from\n{done}");
        done
    }
}

/// The scenario as it must read, every number and event in its place.
fn play(name: &str) -> String {
    let text = read(name);
    let mut scenario = parse(name, &text);
    let mut steps = scenario.steps.iter();
    let before = text.lines().next().and_then(|line| line.strip_prefix("# After "));
    let mut done = Vec::new();
    let mut venues = match before {
        Some(before) => {
            let before =
                before.trim_end_matches('.').trim_end_matches(".tape").to_owned() + ".tape";
            let earlier = parse(&before, &read(&before));
            let (first, rest) = earlier.steps.split_first().expect("a first command");
            let mut venues = Venues::begin(&before, first);
            rest.iter().for_each(|step| drop(venues.apply(&before, step)));
            venues
        }
        None => {
            let first = steps.next().expect("a first command");
            done.push(first.clone());
            Venues::begin(name, first)
        }
    };
    done.extend(steps.map(|step| venues.apply(name, step)));
    scenario.steps = done;
    let written = scenario.to_string();
    assert_eq!(parse(name, &written), scenario, "{name}: what is written reads back");
    written
}

fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).expect("the folder of scenarios");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    // What others go on from comes first.
    names.sort_by_key(|name| (name != "desk.tape", name.clone()));
    names
}

#[test]
fn every_scenario_follows_from_its_commands() {
    let names = names();
    assert!(names.len() > 15, "scenarios are missing: {names:?}");
    let update = std::env::var_os("UPDATE").is_some();
    let mut stale = Vec::new();
    for name in names {
        let (is, must_be) = (read(&name), play(&name));
        if is == must_be {
            continue;
        }
        if update {
            fs::write(folder().join(&name), &must_be).expect("the folder can be written");
            continue;
        }
        let lines = is.lines().zip(must_be.lines());
        let first = lines.enumerate().find(|(_, (is, must_be))| is != must_be);
        let (at, (is, must_be)) = first.unwrap_or((0, ("(one is shorter)", "")));
        stale.push(format!("{name}:{}\n  is      {is}\n  must be {must_be}", at + 1));
    }
    assert!(stale.is_empty(), "UPDATE=1 rewrites these:\n{}", stale.join("\n"));
}
