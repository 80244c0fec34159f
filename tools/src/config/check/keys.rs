//! Key files: there, the owner's alone, and holding a key.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Check;
use crate::config::venue::Session;

pub(super) fn check(check: &mut Check<'_>) {
    let rows = check.loaded.config.venue.sessions.clone();
    for (index, row) in rows.iter().enumerate() {
        let path = format!("venue.sessions.{index}.keys");
        if row.keys.is_empty() {
            check.error(&path, format!("session {} has no key and nobody can use it", row.id));
        }
        let mut names = HashSet::new();
        for (index, key) in row.keys.iter().enumerate() {
            let printable = key.id.bytes().all(|byte| byte.is_ascii_graphic());
            if !(1..=20).contains(&key.id.len()) || !printable {
                let message = format!("`{}` is not 1 to 20 printable ASCII characters", key.id);
                check.error(&format!("{path}.{index}.id"), message);
            }
            if !names.insert(&key.id) {
                check.error(&format!("{path}.{index}.id"), "stands twice in this session");
            }
        }
        row.each().for_each(|session| files(check, &path, &session));
    }
}

fn files(check: &mut Check<'_>, path: &str, session: &Session) {
    for (index, key) in session.keys.iter().enumerate() {
        if let Err(message) = file(&check.loaded.base.join(&key.file)) {
            check.error(&format!("{path}.{index}.file"), message);
        }
    }
}

fn file(path: &Path) -> Result<(), String> {
    let shown = path.display();
    let meta = std::fs::metadata(path).map_err(|error| format!("{shown}: {error}"))?;
    if !meta.is_file() {
        return Err(format!("{shown} is not a file"));
    }
    if meta.mode() & 0o077 != 0 {
        let mode = meta.mode() & 0o777;
        return Err(format!("{shown} has mode {mode:04o}; a key is its owner's alone: chmod 600"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    match pinion_gateway::keys::parse(text.trim_end()) {
        Some(_secret) => Ok(()),
        None => Err(format!("{shown} does not hold one line of 32 to 256 hexadecimal digits")),
    }
}
