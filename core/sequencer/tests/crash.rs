//! kill -9 at any moment, and what a loss of power leaves: nothing published is lost under the
//! durability it was published with, and what is found replays to the same state.

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};

use common::{Gateway, House, PATIENCE, Random, SESSIONS, copy_tree, events, start};
use pinion_ipc::StatusView;
use pinion_ipc::handover::{Link, Request};
use pinion_sequencer::{Durability, ROLE_OBSERVER};
use pinion_types::{Event, SCHEMA_HASH, Seq};

const CHILD: &str = "PINION_TEST_ROOT";

/// The process that is killed: a core and a gateway that trades until the end.
#[test]
fn victim_process() {
    let Some(root) = std::env::var_os(CHILD) else { return };
    let root = Path::new(&root);
    let mut config = common::config(root);
    config.durability = Durability::Power;
    let core = start(config).unwrap();
    let mut gateway = Gateway::attach(&common::config(root).socket, 0);
    (1..=SESSIONS).for_each(|session| gateway.log_on(session));
    println!("LIVE");
    let mut random = Random(core.recovery().replayed.0);
    loop {
        gateway.trade(&mut random, 1_000);
    }
}

fn victim(root: &Path) -> (Child, StatusView, Link) {
    let mut child = Process::new(std::env::current_exe().unwrap())
        .args(["victim_process", "--exact", "--nocapture"])
        .env(CHILD, root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let live = output.lines().map_while(Result::ok).any(|line| line == "LIVE");
    assert!(live, "the victim died by itself");
    let request = Request { role: ROLE_OBSERVER, number: 0, layout: SCHEMA_HASH };
    let socket = common::config(root).socket;
    let (link, _, mut fds) = Link::open(&socket, &request, PATIENCE).unwrap();
    let status = StatusView::attach(fds.remove(0), SCHEMA_HASH).unwrap();
    (child, status, link)
}

/// Lets the victim trade a while and kills it. What it had published: input, event, and the same
/// as far as they were durable.
fn kill(root: &Path, commands: u64) -> [u64; 4] {
    let (mut child, status, link) = victim(root);
    let (begun, _) = status.published();
    while status.published().0 < begun + commands {
        assert!(!link.is_closed());
        std::thread::yield_now();
    }
    // Before the death, so that whatever is read here must be found again.
    let durable = [status.durable_input(), status.durable_event()];
    let (input, event) = status.published();
    child.kill().unwrap();
    child.wait().unwrap();
    [input, event, durable[0], durable[1]]
}

/// Starts what is there, checks it and ends it again.
fn check(root: &Path, before: &[(Seq, Event)], input: u64, event: u64) -> Vec<(Seq, Event)> {
    let core = start(common::config(root)).unwrap();
    let recovery = core.recovery();
    assert!(recovery.replayed.0 >= input, "input {input} was published, {recovery:?}");
    assert!(recovery.compared >= event, "event {event} was published, {recovery:?}");
    let stopped = core.stop().unwrap();
    assert_eq!(stopped.halted, None);
    let after = events(root);
    assert_eq!(after[..before.len()], *before, "nobody rewrites what was read");
    let again = start(common::config(root)).unwrap();
    assert_eq!(again.recovery().state_hash, stopped.state_hash);
    again.stop().unwrap();
    after
}

#[test]
fn a_core_killed_at_any_moment_loses_nothing_it_published() {
    let house = House::new();
    let mut random = Random::seeded(31);
    let mut before = Vec::new();
    for _ in 0..6 {
        let [input, event, ..] = kill(house.path(), 1 + random.below(3_000));
        before = check(house.path(), &before, input, event);
        assert!(before.len() as u64 >= event);
    }
}

#[test]
fn a_loss_of_power_loses_nothing_that_was_durable() {
    let house = House::new();
    let mut random = Random::seeded(32);
    for _ in 0..4 {
        let [_, _, input, event] = kill(house.path(), 1 + random.below(3_000));
        // What the machine keeps: the disk, and no memory.
        let image = House::new();
        copy_tree(&house.path().join("data"), &image.path().join("data"));
        for log in ["journal", "events"] {
            std::fs::remove_file(image.path().join("data").join(log).join("boot")).unwrap();
        }
        check(image.path(), &[], input, event);
        check(house.path(), &[], input, event);
    }
}
