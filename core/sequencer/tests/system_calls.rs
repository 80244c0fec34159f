//! The hot thread makes no system call from the moment the core is live until it is told to stop.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};

use common::{Gateway, House, PATIENCE, Random, SESSIONS, start};
use pinion_ipc::Wait;
use pinion_types::command::Kill;
use pinion_types::{Command, KillAction, Scope, SessionId};

const CHILD: &str = "PINION_TEST_ROOT";

/// The process that is traced. It says where its hot thread is, and when it begins and ends what
/// must be free of system calls.
#[test]
fn traced_process() {
    let Some(root) = std::env::var_os(CHILD) else { return };
    let root = Path::new(&root);
    let mut config = common::config(root);
    config.wait = Wait::Spin;
    let core = start(config).unwrap();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let hot = tasks.map(|task| task.path()).find(|path| {
        std::fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm == "pinion-hot\n")
    });
    println!("HOT {}", hot.unwrap().file_name().unwrap().to_str().unwrap());
    let mark = |name: &str| {
        // The name of a file that is not there is how a marker gets into a trace.
        assert!(std::fs::metadata(format!("/marker/{name}")).is_err());
    };
    // The first turns may have to be scheduled onto the processor.
    let beat = core.status().heartbeat();
    while core.status().heartbeat() < beat + 1_000 {
        std::thread::yield_now();
    }
    mark("begin");
    let mut random = Random(51);
    for round in 0..2_u64 {
        let mut gateway = Gateway::attach(&common::config(root).socket, 0);
        (1..=SESSIONS).for_each(|session| gateway.log_on(session));
        gateway.trade(&mut random, 1_000);
        gateway.settle((round + 1) * (1_000 + 2 * u64::from(SESSIONS)));
        let kill = Kill {
            scope: Scope::Session.into(),
            action: KillAction::BlockAndCancel.into(),
            id: 8,
            request_id: 1,
            ..Kill::default()
        };
        core.commander().request(&Command::new(SessionId(0), 0, &kill), PATIENCE).unwrap();
    }
    mark("end");
    core.stop().unwrap();
}

#[test]
fn the_hot_thread_makes_no_system_call() {
    let house = House::new();
    let trace = house.path().join("trace");
    let spawned = Process::new("strace")
        .arg("-f")
        .arg("-o")
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["traced_process", "--exact", "--nocapture"])
        .env(CHILD, house.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let skip = |why: &str| {
        // Not the test's business to fail where nothing can be traced.
        let _told = writeln!(std::io::stderr(), "skipped: {why}");
    };
    let Ok(mut child) = spawned else { return skip("there is no strace here") };
    let output = BufReader::new(child.stdout.take().unwrap());
    let lines: Vec<String> = output.lines().map_while(Result::ok).collect();
    let ended = child.wait_with_output().unwrap();
    let complaint = String::from_utf8_lossy(&ended.stderr);
    if complaint.contains("ptrace") || complaint.contains("not permitted") {
        return skip("tracing is not permitted here");
    }
    assert!(ended.status.success(), "{complaint}");
    let hot = lines.iter().find_map(|line| line.strip_prefix("HOT ")).unwrap();
    let trace = std::fs::read_to_string(&trace).unwrap();
    let begin = trace.lines().position(|line| line.contains("/marker/begin")).unwrap();
    let end = trace.lines().position(|line| line.contains("/marker/end")).unwrap();
    assert!(end > begin);
    let is_hot = |line: &&str| line.split_whitespace().next() == Some(hot);
    let calls: Vec<&str> = trace.lines().skip(begin).take(end - begin).filter(is_hot).collect();
    assert!(calls.is_empty(), "{calls:#?}");
    // The trace does see this thread: it ends with one.
    assert!(trace.lines().skip(end).any(|line| is_hot(&line)));
}
