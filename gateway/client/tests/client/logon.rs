//! Logging on: what is sent and signed, what a refusal tells.

use crate::peer::{KEY, credentials, established, negotiated, options, venue};
use pinion_client::{Client, Credentials, End, Error, Options, key_from_hex};
use pinion_types::codes::{CancelOnDisconnect, EstablishmentReject, NegotiationReject};
use pinion_types::{ClOrdId, SessionVerId, TerminationCode};
use pinion_wire::auth::verify;
use pinion_wire::session as wire;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_logon_is_signed_and_acknowledged() {
    let (address, peer) = venue(|peer| {
        peer.accept();
        let first = peer.negotiate();
        assert!(verify(&first, KEY));
        assert_eq!((first.session.0, first.firm.0), (7, 3));
        assert_eq!(first.access_key_id.as_str(), "alpha");
        peer.say(&negotiated(&first));
        let second = peer.establish();
        assert!(verify(&second, KEY));
        assert_eq!(second.session_ver_id, first.session_ver_id);
        assert!(second.timestamp > first.timestamp, "every logon is later than the last");
        assert_eq!((second.next_seq_no, second.keep_alive_ms), (1, 60_000));
        assert_eq!(second.cod_type.get(), Some(CancelOnDisconnect::OnDisconnectOrTerminate));
        assert_eq!(second.cod_window_ms, 250);
        peer.say(&established(&second, 1, 0));
        peer.goodbye();
    });
    let cod_type = Some(CancelOnDisconnect::OnDisconnectOrTerminate);
    let wishes = Options { cod_type, cod_window_ms: 250, ..options() };
    let mut client = Client::connect(address, credentials(), wishes).expect("logged on");
    assert_eq!(client.ack().last_cl_ord_id, ClOrdId(100));
    assert_eq!(client.session().next_cl_ord_id(), ClOrdId(101));
    assert_eq!(client.terminate(LONG).expect("an answer"), []);
    peer.join().expect("the script");
}

#[test]
fn a_version_the_venue_knows_is_overtaken_once() {
    let (address, peer) = venue(|peer| {
        peer.accept();
        let first = peer.negotiate();
        let later = SessionVerId(first.session_ver_id.0 + 5_000_000);
        let refusal = wire::NegotiationReject {
            session_ver_id: first.session_ver_id,
            current_session_ver_id: later,
            code: NegotiationReject::InvalidSessionVerId.into(),
            ..wire::NegotiationReject::default()
        };
        peer.say(&refusal);
        let second = peer.negotiate();
        assert_eq!(second.session_ver_id.0, later.0 + 1);
        assert!(verify(&second, KEY));
        peer.say(&refusal);
        assert!(peer.read_or_end().is_none(), "no third attempt");
    });
    match Client::connect(address, credentials(), options()) {
        Err(Error::Ended(End::NegotiationRejected(reject))) => {
            assert_eq!(reject.code.get(), Some(NegotiationReject::InvalidSessionVerId));
        }
        other => panic!("{other:?}"),
    }
    peer.join().expect("the script");
}

#[test]
fn refusals_and_farewells_are_told() {
    let (address, peer) = venue(|peer| {
        peer.accept();
        let asked = peer.negotiate();
        peer.say(&negotiated(&asked));
        let asked = peer.establish();
        peer.say(&wire::EstablishmentReject {
            session_ver_id: asked.session_ver_id,
            code: EstablishmentReject::KeepaliveInterval.into(),
            ..wire::EstablishmentReject::default()
        });
        peer.accept();
        peer.negotiate();
        peer.say(&wire::Terminate {
            code: TerminationCode::Shutdown.into(),
            ..wire::Terminate::default()
        });
        assert!(matches!(peer.read(), pinion_wire::Inbound::Terminate(_)), "answered in kind");
        peer.accept();
        peer.hang_up();
        peer.accept();
        peer.negotiate();
        peer.say_bytes(&[0xFF; 64]);
    });
    let attempt = || match Client::connect(address, credentials(), options()) {
        Err(Error::Ended(end)) => end,
        other => panic!("{other:?}"),
    };
    match attempt() {
        End::EstablishmentRejected(reject) => {
            assert_eq!(reject.code.get(), Some(EstablishmentReject::KeepaliveInterval));
        }
        other => panic!("{other:?}"),
    }
    let end = attempt();
    assert_eq!(end.termination(), Some(TerminationCode::Shutdown));
    assert!(!end.is_asked());
    assert_eq!(attempt(), End::Lost);
    assert_eq!(attempt(), End::Garbled);
    peer.join().expect("the script");
}

#[test]
fn nobody_there_is_an_error_of_the_transport() {
    let (address, peer) = venue(|_| {});
    peer.join().expect("the script");
    match Client::connect(address, credentials(), options()) {
        Err(Error::Io(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_are_read_as_their_files_hold_them_and_never_printed() {
    assert_eq!(key_from_hex("00ff7A\n"), Some(vec![0, 255, 0x7A]));
    for text in ["", "\n", "0", "zz", "0x00", "00 11", "é0"] {
        assert_eq!(key_from_hex(text), None, "{text:?}");
    }
    let shown = format!("{:?}", Credentials::new(7, 3, "alpha", b"hunter2".to_vec()));
    assert!(shown.contains("alpha"));
    assert!(!shown.contains("104") && !shown.contains("hunter"), "{shown}");
}
