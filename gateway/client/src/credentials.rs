//! Who logs on.

use pinion_types::{FirmId, SessionId};
use std::fmt;

/// A session's identity and the key that proves it. Printing it does not show the key.
#[derive(Clone)]
pub struct Credentials {
    /// Session, as the venue has configured it.
    pub session: SessionId,
    /// Its firm.
    pub firm: FirmId,
    /// Name of the key, at most 20 characters.
    pub access_key_id: String,
    /// The key.
    pub key: Vec<u8>,
}

impl Credentials {
    /// Credentials from plain values.
    #[must_use]
    pub fn new(session: u32, firm: u32, access_key_id: &str, key: Vec<u8>) -> Self {
        let (session, firm) = (SessionId(session), FirmId(firm));
        Credentials { session, firm, access_key_id: access_key_id.to_owned(), key }
    }
}

/// The key that hexadecimal digits stand for, as key files hold them, white space around them left
/// out; `None` where the text is something else, or nothing.
#[must_use]
pub fn key_from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.trim().chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len() % 2 == 0)?;
    let byte = |pair: &[u32]| u8::try_from(pair.iter().fold(0, |value, digit| value * 16 + digit));
    digits.chunks_exact(2).map(|pair| byte(pair).ok()).collect()
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("session", &self.session)
            .field("firm", &self.firm)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}
