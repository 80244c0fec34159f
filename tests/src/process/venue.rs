//! The venue of these tests: one instrument, two members without limits, small segments.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use pinion_types::InstrumentId;

/// The one instrument.
pub const INSTRUMENT: InstrumentId = InstrumentId(1);

/// Name of every session's key.
pub const KEY_ID: &str = "k1";

const VENUE: &str = r#"
[venue]
mic = "XXPN"

[rules]
hash_interval = 256

[[instruments]]
id = 1
symbol = "TAPE"
currency = "USD"
tick = "0.01"

[[firms]]
id = 1
name = "ONE"

[[firms]]
id = 2
name = "TWO"
"#;

const CORE: &str = "
[threads]
idle = \"yield\"

[capacity]
orders_max = 65536
positions_max = 64
accounts_max = 16
sessions_max = 16

[journal]
segment_size_mib = 4

[event_log]
segment_size_mib = 4
";

const GATEWAY: &str = "
[threads]
idle = \"yield\"
";

/// A member: firm, account and session have the same number.
fn member(id: u32, stp: &str) -> String {
    format!(
        r#"
[[accounts]]
id = {id}
name = "ACCOUNT{id}"
firm = {id}
stp_mode = "{stp}"
maker_fee = "-0.00002"
taker_fee = "0.00003"
cash = [{{ currency = "USD", amount = "1000000" }}]

[accounts.limits]
open_orders_max = "unlimited"
order_qty_max = "unlimited"
order_notional_max = "unlimited"
long_max = "unlimited"
short_max = "unlimited"
gross_max = "unlimited"
open_notional_max = "unlimited"
collar_bps = "unlimited"

[[sessions]]
id = {id}
name = "SESSION{id}"
firm = {id}
keys = [{{ id = "{KEY_ID}", file = "keys/session-{{id}}.key" }}]
accounts = [{id}]
rate_per_second = 10000000
rate_burst = 10000000
cancel_rate_per_second = 10000000
cancel_rate_burst = 10000000
"#
    )
}

/// Writes the configuration below `dir`; its directory. Member 1 may trade with itself, member 2
/// may not.
///
/// # Panics
/// Where it cannot be written.
#[must_use]
pub fn write(dir: &Path) -> PathBuf {
    let config = dir.join("config");
    let keys = config.join("keys");
    fs::create_dir_all(&keys).expect("ours");
    let members = member(1, "none") + &member(2, "cancel-newest");
    for (name, text) in
        [("venue.toml", format!("{VENUE}{members}")), ("core.toml", CORE.to_owned())]
            .into_iter()
            .chain([("gateway.toml", GATEWAY.to_owned())])
    {
        fs::write(config.join(name), text).expect("ours");
    }
    for id in [1, 2] {
        let path = keys.join(format!("session-{id}.key"));
        let digits: String = key(id).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(&path, digits).expect("ours");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
    }
    config
}

/// The key of a session.
#[must_use]
pub fn key(session: u8) -> Vec<u8> {
    vec![session; 32]
}
