//! Session keys in files: made, and read by clients of this program.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::config::Loaded;
use crate::failure::Failure;

/// Bytes of a key.
const KEY_LEN: usize = 32;

/// Makes a random key in every key file of the configuration that is not there. Returns how many.
pub(crate) fn make_missing(loaded: &Loaded) -> Result<usize, Failure> {
    let mut made = 0;
    for session in loaded.config.venue.sessions.iter().flat_map(|row| row.each()) {
        for key in &session.keys {
            let path = loaded.base.join(&key.file);
            if !path.exists() {
                make(&path)?;
                made += 1;
            }
        }
    }
    Ok(made)
}

/// Writes a random key, readable by its owner alone.
fn make(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(Failure::system(dir.display()))?;
    }
    let mut key = [0; KEY_LEN];
    getrandom::fill(&mut key)
        .map_err(|error| Failure::Usage(format!("the system gives no random bytes: {error}")))?;
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| writeln!(file, "{text}")).map_err(Failure::system(shown))
}

/// Reads a key file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(Failure::system(shown))?;
    pinion_gateway::keys::parse(text.trim_end()).ok_or_else(|| {
        Failure::Bad(format!("{} does not hold 32 to 256 hexadecimal digits", path.display()))
    })
}
