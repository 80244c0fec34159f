//! The sessions' keys: read from files once, compared in constant time, never shown.
//!
//! A key file belongs to the gateway's user alone (mode 0600 or less) and holds one line: the key
//! in hexadecimal, 16 to 128 bytes of it. A session may have several while keys are rotated; each
//! has a name, the access key id, which the client sends along.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use pinion_types::SessionId;
use pinion_wire::auth::{Signed, verify};

use crate::config::KeyFile;

/// Bytes of the shortest key.
const LEN_MIN: usize = 16;

/// Bytes of the longest key.
const LEN_MAX: usize = 128;

/// Why the keys cannot be used.
#[derive(Debug)]
pub enum Error {
    /// The file cannot be read.
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others than the owner may read or write the file, or it is no plain file.
    Mode {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file does not hold one line of 32 to 256 hexadecimal digits.
    Content(PathBuf),
    /// The name is not 1 to 20 printable ASCII characters, or the session has it twice.
    Name {
        /// Whose key.
        session: SessionId,
        /// The name.
        access_key_id: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { path, source } => write!(f, "key file {}: {source}", path.display()),
            Error::Mode { path, mode } => write!(
                f,
                "key file {}: mode {:o}, but it must be a plain file for its owner alone (0600)",
                path.display(),
                mode & 0o7777
            ),
            Error::Content(path) => write!(
                f,
                "key file {}: not one line of 32 to 256 hexadecimal digits",
                path.display()
            ),
            Error::Name { session, access_key_id } => write!(
                f,
                "session {session}: access key id {access_key_id:?} is given twice, or is not \
                 1 to 20 printable ASCII characters"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { source, .. } => Some(source),
            Error::Mode { .. } | Error::Content(_) | Error::Name { .. } => None,
        }
    }
}

/// One key.
struct Key {
    access_key_id: String,
    secret: Vec<u8>,
}

/// Every session's keys.
#[derive(Default)]
pub struct Keys {
    sessions: HashMap<SessionId, Vec<Key>>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Secrets never reach a log, whoever prints what holds them.
        f.debug_struct("Keys").field("sessions", &self.sessions.len()).finish_non_exhaustive()
    }
}

impl Keys {
    /// Reads every file.
    ///
    /// # Errors
    /// [`Error`], about the first file or name that will not do.
    pub fn load(files: &[KeyFile]) -> Result<Self, Error> {
        let mut keys = Keys::default();
        for file in files {
            let secret = read(&file.path)?;
            keys.insert(file.session, &file.access_key_id, secret)?;
        }
        Ok(keys)
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn insert(
        &mut self,
        session: SessionId,
        access_key_id: &str,
        secret: Vec<u8>,
    ) -> Result<(), Error> {
        let named = (1..=20).contains(&access_key_id.len())
            && access_key_id.bytes().all(|byte| byte.is_ascii_graphic());
        let keys = self.sessions.entry(session).or_default();
        if !named || keys.iter().any(|key| key.access_key_id == access_key_id) {
            let access_key_id = access_key_id.to_owned();
            return Err(Error::Name { session, access_key_id });
        }
        keys.push(Key { access_key_id: access_key_id.to_owned(), secret });
        Ok(())
    }

    /// True where `message` is signed with the key of `session` that it names.
    #[must_use]
    pub fn verify<M: Signed>(&self, session: SessionId, message: &M) -> bool {
        let key = self
            .sessions
            .get(&session)
            .and_then(|keys| keys.iter().find(|key| key.access_key_id == message.access_key_id()));
        // An unknown key is computed with too: who asks learns nothing from the time it takes.
        let secret = key.map_or([0; 32].as_slice(), |key| &key.secret);
        verify(message, secret) & key.is_some()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Io { path: path.to_path_buf(), source };
    let mut file = File::open(path).map_err(failed)?;
    // The open file is judged, not the name: nobody can put another one there in between.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() || metadata.permissions().mode() & 0o077 != 0 {
        return Err(Error::Mode { path: path.to_path_buf(), mode: metadata.mode() });
    }
    let mut text = String::new();
    let len_max = u64::try_from(LEN_MAX).unwrap_or(0).saturating_mul(2).saturating_add(2);
    file.by_ref().take(len_max).read_to_string(&mut text).map_err(failed)?;
    parse(text.trim_end()).ok_or_else(|| Error::Content(path.to_path_buf()))
}

/// Reads a key from its hexadecimal form, as it stands in a key file.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || !(LEN_MIN..=LEN_MAX).contains(&pairs.len()) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Error, Keys, parse};
    use crate::config::KeyFile;
    use pinion_types::SessionId;
    use pinion_types::text::Chars;
    use pinion_wire::auth::sign;
    use pinion_wire::session::Negotiate;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    const HEX: &str = "000102030405060708090a0b0c0d0e0fF0";

    fn key_file(dir: &Path, name: &str, content: &str, mode: u32) -> KeyFile {
        let path = dir.join(name);
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode set");
        KeyFile { session: SessionId(7), access_key_id: name.to_owned(), path }
    }

    #[test]
    fn keys_are_read_and_compared() {
        let dir = tempfile::tempdir().expect("a directory");
        let files = [
            key_file(dir.path(), "old", HEX, 0o600),
            key_file(dir.path(), "new", "ff000102030405060708090a0b0c0d0e0f\n", 0o400),
        ];
        let keys = Keys::load(&files).expect("two keys");
        let mut message = Negotiate { access_key_id: Chars::new("old"), ..Negotiate::default() };
        sign(&mut message, &parse(HEX).expect("a key"));
        assert!(keys.verify(SessionId(7), &message));
        assert!(!keys.verify(SessionId(8), &message));
        message.access_key_id = Chars::new("new");
        assert!(!keys.verify(SessionId(7), &message));
        assert!(!format!("{keys:?}").contains("old"), "{keys:?}");
    }

    #[test]
    fn files_that_others_may_read_are_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        for mode in [0o644, 0o640, 0o606, 0o660] {
            let file = key_file(dir.path(), "key", HEX, mode);
            let error = Keys::load(&[file]).expect_err("open to others");
            assert!(matches!(error, Error::Mode { .. }), "{error}");
            assert!(!error.to_string().contains(HEX));
        }
    }

    #[test]
    fn bad_content_and_names_are_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        for content in ["", "00", "zz0102030405060708090a0b0c0d0e0f", &"0".repeat(258), &HEX[1..]] {
            let error = Keys::load(&[key_file(dir.path(), "key", content, 0o600)]);
            assert!(matches!(error, Err(Error::Content(_))), "{content:?}");
        }
        let file = key_file(dir.path(), "key", HEX, 0o600);
        let error = Keys::load(&[file.clone(), file]);
        assert!(matches!(error, Err(Error::Name { .. })));
        let missing =
            KeyFile { path: dir.path().join("none"), ..key_file(dir.path(), "k", HEX, 0o600) };
        assert!(matches!(Keys::load(&[missing]), Err(Error::Io { .. })));
    }
}
