//! A venue, somebody who behaves, and what is looked at when the others are done.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pinion_tests::process::{Program, Raw, Up, key, write};
use pinion_wire::Outbound;

/// Short patience, so that every deadline is met within a test.
const GATEWAY: &str = "
[session]
logon_timeout_ms = 300
frame_timeout_ms = 300
linger_timeout_ms = 300
send_queue_kib_max = 64

[access]
failures_max = 1000
";

/// Of a rate that is soon used up, and logged out for the fourth message over it.
const SLOW: &str = r#"
[[firms]]
id = 3
name = "THREE"

[[sessions]]
id = 3
name = "SESSION3"
firm = 3
keys = [{ id = "k1", file = "keys/session-{id}.key" }]
rate_per_second = 1
rate_burst = 5
throttle_logout = 3
"#;

/// A venue, a member who behaves, and where the others knock.
pub struct House {
    pub venue: Up,
    pub address: SocketAddr,
    pub good: Raw,
    pub config: PathBuf,
    pub _dir: tempfile::TempDir,
}

impl House {
    #[track_caller]
    pub fn open() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let config = write(dir.path());
        let add = |name: &str, text: &str| {
            let file = config.join(name);
            let all = fs::read_to_string(&file).expect("written") + text;
            fs::write(&file, all).expect("ours");
        };
        add("gateway.toml", GATEWAY);
        add("venue.toml", SLOW);
        let file = config.join("keys/session-3.key");
        let digits: String = key(3).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(&file, digits).expect("ours");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("ours");
        let program = Program::new(env!("CARGO_BIN_EXE_pinion_under_test"));
        let venue = Up::begin(&program, &dir.path().join("data"), &config);
        let address = venue.address();
        House { venue, address, good: Raw::log_on(address, 1), config, _dir: dir }
    }

    /// The one who behaves is served, on the connection of always.
    #[track_caller]
    pub fn goes_on(&mut self) {
        let order = self.good.order();
        self.good.send(&order);
        match self.good.answer() {
            Outbound::ExecutionReportNew(report) => assert_eq!(report.cl_ord_id, order.cl_ord_id),
            other => panic!("{other:?}"),
        }
    }

    /// The same processes live as at the begin, and the journal gives what was told.
    #[track_caller]
    pub fn close(mut self) {
        self.goes_on();
        let status = self.venue.ask(&["ctl", "status"]);
        assert_eq!(status["state"], "live", "{status}");
        assert_eq!(status["pid"], self.venue.opened["core_pid"]);
        assert!(self.gateway().exists(), "the gateway is another one");
        let data = self.venue.data().to_owned();
        let program = self.venue.program.clone();
        drop(self.good);
        assert_eq!(self.venue.end(), 0);
        let replayed = program.ask(&["journal", "replay", "--data", &data]);
        assert_eq!(replayed["events"], replayed["events_compared"], "{replayed}");
    }

    pub fn gateway(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.venue.opened["gateway_pid"]))
    }

    pub fn core(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.venue.opened["core_pid"]))
    }
}

/// Descriptors of a process.
pub fn descriptors(process: &Path) -> usize {
    fs::read_dir(process.join("fd")).expect("it lives").count()
}

/// Memory of its own that a process holds, in KiB.
pub fn resident(process: &Path) -> u64 {
    let status = fs::read_to_string(process.join("status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
