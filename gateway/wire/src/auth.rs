//! Signatures of logons: HMAC-SHA256 over the fields that matter, one a line.
//!
//! ```text
//! Negotiate              Establish
//! timestamp              timestamp
//! sessionVerId           sessionVerId
//! sessionId              sessionId
//! firmId                 nextSeqNo
//! clientFlow             keepAliveInterval
//! accessKeyId            codTimeoutWindow
//! clientAppName          cancelOnDisconnectType
//! clientAppVersion       accessKeyId
//! ```
//! The first line is the name of the message, so that one is never taken for the other. Numbers
//! stand in decimal without leading zeros, codes as their number, texts as sent without their
//! padding; lines are joined by `\n`, with none at the end. The signature travels as 64 lower-case
//! hexadecimal digits.

use crate::session::{Establish, Negotiate};
use core::fmt::{self, Write};
use hmac::{Hmac, KeyInit, Mac};
use pinion_types::text::Chars;
use sha2::Sha256;

/// A signature as it travels.
pub type Signature = Chars<64>;

/// Feeds text into the computation without a buffer for the whole.
struct Signer(Hmac<Sha256>);

impl Write for Signer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// A message that is signed.
pub trait Signed {
    /// Name of the key that signs, as sent.
    fn access_key_id(&self) -> &str;

    /// The signature it carries.
    fn signature(&self) -> &Signature;

    /// Sets the signature it carries.
    fn set_signature(&mut self, signature: Signature);

    /// Writes what is signed.
    ///
    /// # Errors
    /// Only those of `out`.
    fn signed_text(&self, out: &mut dyn Write) -> fmt::Result;
}

impl Signed for Negotiate {
    fn access_key_id(&self) -> &str {
        self.access_key_id.as_str()
    }

    fn signature(&self) -> &Signature {
        &self.hmac_signature
    }

    fn set_signature(&mut self, signature: Signature) {
        self.hmac_signature = signature;
    }

    fn signed_text(&self, out: &mut dyn Write) -> fmt::Result {
        write!(
            out,
            "Negotiate\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            self.timestamp,
            self.session_ver_id,
            self.session,
            self.firm,
            self.client_flow.0,
            self.access_key_id,
            self.client_app_name,
            self.client_app_version,
        )
    }
}

impl Signed for Establish {
    fn access_key_id(&self) -> &str {
        self.access_key_id.as_str()
    }

    fn signature(&self) -> &Signature {
        &self.hmac_signature
    }

    fn set_signature(&mut self, signature: Signature) {
        self.hmac_signature = signature;
    }

    fn signed_text(&self, out: &mut dyn Write) -> fmt::Result {
        write!(
            out,
            "Establish\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            self.timestamp,
            self.session_ver_id,
            self.session,
            self.next_seq_no,
            self.keep_alive_ms,
            self.cod_window_ms,
            self.cod_type.0,
            self.access_key_id,
        )
    }
}

/// Signs `message` with `key`, which may have any length; 32 random bytes are a good one.
pub fn sign<M: Signed>(message: &mut M, key: &[u8]) {
    let signature = computed(message, key).map_or(Chars([0; 64]), |mac| {
        let mut hex = [0; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(mac.finalize().into_bytes()) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        Chars(hex)
    });
    message.set_signature(signature);
}

/// True where the signature is the one `key` gives. Takes the same time wherever it differs.
#[must_use]
pub fn verify<M: Signed>(message: &M, key: &[u8]) -> bool {
    let mut claimed = [0; 32];
    let mut plain = true;
    for (to, pair) in claimed.iter_mut().zip(message.signature().0.chunks_exact(2)) {
        let mut byte = 0;
        for &character in pair {
            let value = value_of(character);
            plain &= value.is_some();
            byte = byte << 4 | value.unwrap_or(0);
        }
        *to = byte;
    }
    let same = computed(message, key).is_some_and(|mac| mac.verify_slice(&claimed).is_ok());
    plain & same
}

fn computed<M: Signed>(message: &M, key: &[u8]) -> Option<Hmac<Sha256>> {
    let mut signer = Signer(Hmac::new_from_slice(key).ok()?);
    message.signed_text(&mut signer).ok()?;
    Some(signer.0)
}

fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' - 10 + value }
}

fn value_of(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}
