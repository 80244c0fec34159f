//! Throttles with real orders.

use pinion_types::codes::{MassScope, OrderCod, Side, TimeInForce as Tif};
use pinion_types::command::{Establish, MassCancel, SessionDef, Undecodable};
use pinion_types::{CancelReason, EventKind, RejectCode, TerminationCode};

use crate::desk::{Desk, S, trader};
use crate::read::{affected, canceled, kinds, numbers, refusal, terminated};

/// Three messages at once and none gained within a test; two refusals are borne.
fn slow() -> SessionDef {
    SessionDef {
        rate_per_second: 1,
        rate_burst: 3,
        cancel_rate_per_second: 1,
        cancel_rate_burst: 1,
        throttle_logout: 2,
        ..trader(1)
    }
}

#[test]
fn one_order_too_many_logs_out_and_cancels_at_once() {
    let mut desk = Desk::open_with(&slow());
    desk.lose(1);
    let establish = Establish { cod_window_ms: 60_000, ..desk.establish(1, 1, 1) };
    desk.logon(1, &establish);
    let day = desk.buy(1, Tif::Day, None).1.0;
    desk.buy(1, Tif::GoodTillCancel, None);
    let flagged = desk.buy(1, Tif::GoodTillCancel, Some(OrderCod::Cancel)).1.0;
    for _ in 0..2 {
        let order = desk.limit(1, Side::Buy, 9_000, 10);
        let events = desk.message(1, &order);
        assert_eq!(kinds(&events), [EventKind::BusinessRejected]);
        assert_eq!(refusal(&events), RejectCode::Throttled);
    }
    let order = desk.limit(1, Side::Buy, 9_000, 10);
    let events = desk.message(1, &order);
    assert_eq!(
        kinds(&events),
        [
            EventKind::BusinessRejected,
            EventKind::Canceled,
            EventKind::Canceled,
            EventKind::Terminated
        ]
    );
    let reason = CancelReason::CancelOnDisconnect;
    assert_eq!(canceled(&events), [(day, reason, 1), (flagged, reason, 1)]);
    assert_eq!(numbers(&events, 1), [6, 7, 8]);
    assert_eq!(terminated(&events[3]), (TerminationCode::Throttle, 9, false));
    assert_eq!(desk.engine.next_due(), None, "the throttle gives no grace");
}

/// A throttled id is not used up: the order was never looked at.
#[test]
fn a_throttled_order_may_be_sent_again_when_there_is_room() {
    let mut desk = Desk::open_with(&slow());
    for _ in 0..3 {
        desk.buy(1, Tif::Day, None);
    }
    let order = desk.limit(1, Side::Buy, 9_000, 10);
    assert_eq!(refusal(&desk.message(1, &order)), RejectCode::Throttled);
    desk.now += S;
    assert_eq!(kinds(&desk.message(1, &order)), [EventKind::Accepted]);
}

#[test]
fn cancels_pass_whatever_the_rate() {
    let mut desk = Desk::open_with(&slow());
    let orders: Vec<_> = (0..3).map(|_| desk.buy(1, Tif::Day, None).0).collect();
    let order = desk.limit(1, Side::Buy, 9_000, 10);
    assert_eq!(refusal(&desk.message(1, &order)), RejectCode::Throttled);
    for order in &orders[..2] {
        let cancel = desk.cancel_of(1, *order);
        assert_eq!(kinds(&desk.message(1, &cancel)), [EventKind::Canceled]);
    }
    let cl_ord_id = desk.id(1);
    let mass = MassCancel { cl_ord_id, scope: MassScope::Session.into(), ..MassCancel::default() };
    assert_eq!(affected(&desk.message(1, &mass)), 1);
}

#[test]
fn what_could_not_be_decoded_is_answered_in_its_place() {
    let mut desk = Desk::open();
    desk.buy(1, Tif::Day, None);
    let noise = Undecodable {
        ref_template: 100,
        ref_tag: 54,
        code: RejectCode::UnknownEnumValue.into(),
        ..Undecodable::default()
    };
    let events = desk.message(1, &noise);
    assert_eq!(kinds(&events), [EventKind::BusinessRejected, EventKind::DeadLetter]);
    assert_eq!(refusal(&events), RejectCode::UnknownEnumValue);
    assert_eq!(numbers(&events, 1), [2]);
    desk.buy(1, Tif::Day, None);
}
