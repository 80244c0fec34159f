//! Signatures of logons, against values computed by another implementation.

use pinion_types::codes::CancelOnDisconnect;
use pinion_types::text::Chars;
use pinion_types::{FirmId, FlowType, Nanos, SessionId, SessionVerId};
use pinion_wire::auth::{Signed, sign, verify};
use pinion_wire::session::{Establish, Negotiate};

const KEY: &[u8] = b"a key of thirty-two bytes length";

/// Of [`negotiate`].
const NEGOTIATE_HMAC: &str = "eaf36a95bf65d6fa05782eb13c755a5a72fa8ab98823afc2c7d0a105ad74f4e7";

/// Of [`establish`].
const ESTABLISH_HMAC: &str = "79d72363f959593928b46b0a897421bde05b7d59dd71122b3df13227211bc6e3";

fn negotiate() -> Negotiate {
    Negotiate {
        session_ver_id: SessionVerId(1_700_000_000_000_000),
        timestamp: Nanos(1_700_000_000_123_456_789),
        session: SessionId(7),
        firm: FirmId(3),
        client_flow: FlowType::Idempotent.into(),
        access_key_id: Chars::new("alpha"),
        client_app_name: Chars::new("example"),
        client_app_version: Chars::new("1.0"),
        ..Negotiate::default()
    }
}

fn establish() -> Establish {
    Establish {
        session_ver_id: SessionVerId(1_700_000_000_000_000),
        timestamp: Nanos(1_700_000_000_123_456_789),
        next_seq_no: 42,
        session: SessionId(7),
        keep_alive_ms: 5000,
        cod_window_ms: 250,
        cod_type: CancelOnDisconnect::OnDisconnect.into(),
        access_key_id: Chars::new("alpha"),
        ..Establish::default()
    }
}

/// From Python: `hmac.new(KEY, text, "sha256").hexdigest()` over the text this module documents.
#[test]
fn signatures_are_those_of_another_implementation() {
    let (mut first, mut second) = (negotiate(), establish());
    sign(&mut first, KEY);
    sign(&mut second, KEY);
    assert_eq!(first.signature().as_str(), NEGOTIATE_HMAC);
    assert_eq!(second.signature().as_str(), ESTABLISH_HMAC);
    let mut text = String::new();
    negotiate().signed_text(&mut text).expect("a string");
    assert_eq!(
        text,
        "Negotiate\n1700000000123456789\n1700000000000000\n7\n3\n3\nalpha\nexample\n1.0"
    );
    assert!(verify(&first, KEY));
    assert!(verify(&second, KEY));
}

#[test]
fn every_field_that_matters_is_covered() {
    let mut good = negotiate();
    sign(&mut good, KEY);
    let other: [fn(&mut Negotiate); 8] = [
        |m| m.timestamp.0 += 1,
        |m| m.session_ver_id.0 += 1,
        |m| m.session.0 += 1,
        |m| m.firm.0 += 1,
        |m| m.client_flow = FlowType::None.into(),
        |m| m.access_key_id = Chars::new("beta"),
        |m| m.client_app_name = Chars::new("other"),
        |m| m.client_app_version = Chars::new("2"),
    ];
    for (index, change) in other.iter().enumerate() {
        let mut changed = good;
        change(&mut changed);
        assert!(!verify(&changed, KEY), "change {index}");
    }
    let mut good = establish();
    sign(&mut good, KEY);
    let other: [fn(&mut Establish); 8] = [
        |m| m.timestamp.0 += 1,
        |m| m.session_ver_id.0 += 1,
        |m| m.session.0 += 1,
        |m| m.next_seq_no += 1,
        |m| m.keep_alive_ms += 1,
        |m| m.cod_window_ms += 1,
        |m| m.cod_type = CancelOnDisconnect::Never.into(),
        |m| m.access_key_id = Chars::new("beta"),
    ];
    for (index, change) in other.iter().enumerate() {
        let mut changed = good;
        change(&mut changed);
        assert!(!verify(&changed, KEY), "change {index}");
    }
}

#[test]
fn signatures_that_are_none_are_refused() {
    let mut good = negotiate();
    sign(&mut good, KEY);
    assert!(!verify(&good, b"another key"));
    assert!(!verify(&good, b""));
    let hex = *good.signature();
    for (at, byte) in [(0, b'g'), (63, b'G'), (5, 0), (31, 0xFF)] {
        let mut changed = hex;
        changed.0[at] = byte;
        good.set_signature(changed);
        assert!(!verify(&good, KEY), "byte {at}");
    }
    good.set_signature(Chars::new(&hex.as_str().to_uppercase()));
    assert!(!verify(&good, KEY), "lower case only: one message has one signature");
    good.set_signature(Chars([0; 64]));
    assert!(!verify(&good, KEY));
}
