//! The kill switch at every level.

use pinion_types::codes::{KillAction, Scope, Side, TimeInForce as Tif};
use pinion_types::command::{Kill, NewOrder, Replace};
use pinion_types::{CancelReason, EventKind, InstrumentId, RejectCode};

use crate::desk::Desk;
use crate::read::{affected, canceled, kinds, refusal};

/// Level, id, code for session 1, and the sessions (of orders 1, 2, 3) it stops.
const LEVELS: [(Scope, u32, RejectCode, [bool; 3]); 5] = [
    (Scope::Global, 0, RejectCode::BlockedGlobal, [true, true, true]),
    (Scope::Firm, 1, RejectCode::BlockedFirm, [true, true, false]),
    (Scope::Account, 1, RejectCode::BlockedAccount, [true, false, false]),
    (Scope::Session, 1, RejectCode::BlockedSession, [true, false, false]),
    (Scope::Instrument, 1, RejectCode::BlockedInstrument, [true, true, true]),
];

#[test]
fn every_level_stops_whom_it_names_until_it_is_released() {
    for (scope, id, code, stops) in LEVELS {
        for action in [KillAction::Block, KillAction::BlockAndCancel] {
            let mut desk = Desk::open();
            let resting: Vec<_> =
                (1..=3).map(|session| desk.buy(session, Tif::GoodTillCancel, None)).collect();
            let events = desk.kill(scope, id, action);
            let wanted: Vec<_> = (0..3)
                .filter(|&index| stops[index] && action == KillAction::BlockAndCancel)
                .map(|index| (resting[index].1.0, CancelReason::KillSwitch, index as u32 + 1))
                .collect();
            assert_eq!(canceled(&events), wanted, "{scope} {action}");
            assert_eq!(affected(&events), wanted.len() as u64);
            assert_eq!(events.last().and_then(|event| event.kind()), Some(EventKind::ControlDone));
            for session in 1..=3 {
                let order = desk.limit(session, Side::Buy, 9_000, 10);
                let events = desk.message(session, &order);
                if stops[session as usize - 1] {
                    assert_eq!(refusal(&events), code, "{scope} session {session}");
                } else {
                    assert_eq!(kinds(&events), [EventKind::Accepted], "{scope}");
                }
            }
            assert_eq!(affected(&desk.release(scope, id)), 0);
            let order = desk.limit(1, Side::Buy, 9_000, 10);
            assert_eq!(kinds(&desk.message(1, &order)), [EventKind::Accepted]);
        }
    }
}

#[test]
fn a_block_stops_replaces_and_lets_cancels_pass() {
    for (scope, id, code, _) in LEVELS {
        let mut desk = Desk::open();
        let (order, _) = desk.buy(1, Tif::Day, None);
        desk.kill(scope, id, KillAction::Block);
        let replace = Replace {
            cl_ord_id: desk.id(1),
            orig_cl_ord_id: order,
            px: pinion_types::Px(90 * crate::desk::ONE),
            qty: pinion_types::Qty(5),
            account: pinion_types::AccountId(1),
            instrument: InstrumentId(1),
            side: Side::Buy.into(),
            ..Replace::default()
        };
        let events = desk.message(1, &replace);
        assert_eq!(kinds(&events), [EventKind::CancelRejected]);
        assert_eq!(refusal(&events), code);
        let cancel = desk.cancel_of(1, order);
        assert_eq!(kinds(&desk.message(1, &cancel)), [EventKind::Canceled], "{scope}");
    }
}

/// Who is stopped may still log on, see, and cancel what it has (rules, section 3, rule 6).
#[test]
fn a_stopped_session_comes_back_and_cancels() {
    let mut desk = Desk::open();
    let (order, _) = desk.buy(1, Tif::GoodTillCancel, None);
    desk.kill(Scope::Session, 1, KillAction::Block);
    desk.lose(1);
    let accepted = [EventKind::Negotiated, EventKind::Established];
    assert_eq!(kinds(&desk.log_on(1, 2)), accepted);
    let new = desk.limit(1, Side::Buy, 9_000, 10);
    assert_eq!(refusal(&desk.message(1, &new)), RejectCode::BlockedSession);
    let cancel = desk.cancel_of(1, order);
    assert_eq!(kinds(&desk.message(1, &cancel)), [EventKind::Canceled]);
}

#[test]
fn blocks_of_several_levels_are_released_one_by_one() {
    let mut desk = Desk::open();
    for (scope, id, _, _) in LEVELS {
        desk.kill(scope, id, KillAction::Block);
    }
    // The codes rise in the order of checking: the first that still holds is named.
    for (scope, id, code, _) in LEVELS {
        let order = desk.limit(1, Side::Buy, 9_000, 10);
        assert_eq!(refusal(&desk.message(1, &order)), code);
        desk.release(scope, id);
    }
    let order = desk.limit(1, Side::Buy, 9_000, 10);
    assert_eq!(kinds(&desk.message(1, &order)), [EventKind::Accepted]);
}

#[test]
fn a_kill_of_nobody_is_refused() {
    let mut desk = Desk::open();
    let resting = desk.buy(1, Tif::Day, None);
    for (scope, id) in [
        (Scope::Firm, 0),
        (Scope::Firm, 3),
        (Scope::Firm, 99),
        (Scope::Account, 0),
        (Scope::Account, 8),
        (Scope::Account, u32::MAX),
        (Scope::Session, 0),
        (Scope::Session, 4),
        (Scope::Session, u32::MAX),
        (Scope::Instrument, 0),
        (Scope::Instrument, 3),
        (Scope::Instrument, u32::MAX),
    ] {
        let events = desk.kill(scope, id, KillAction::BlockAndCancel);
        assert_eq!(kinds(&events), [EventKind::ControlDone]);
        assert_eq!(refusal(&events), RejectCode::UnknownTarget, "{scope} {id}");
        assert_eq!(refusal(&desk.release(scope, id)), RejectCode::UnknownTarget);
    }
    let events = desk.control(&Kill { request_id: 5, ..Kill::default() });
    assert_eq!(refusal(&events), RejectCode::BadValue, "neither level nor action");
    let order = NewOrder { instrument: InstrumentId(2), ..desk.limit(1, Side::Buy, 9_000, 10) };
    assert_eq!(kinds(&desk.message(1, &order)), [EventKind::Accepted]);
    let cancel = desk.cancel_of(1, resting.0);
    assert_eq!(kinds(&desk.message(1, &cancel)), [EventKind::Canceled]);
}

/// A gateway, whatever a client sent it, cannot give the orders of the control socket.
#[test]
fn only_the_control_socket_kills() {
    let mut desk = Desk::open();
    let (scope, action) = (Scope::Global.into(), KillAction::Block.into());
    let kill = Kill { request_id: 5, scope, action, ..Kill::default() };
    for session in [0, 1] {
        let events = desk.send(crate::desk::GATEWAY, session, 0, &kill);
        assert_eq!(refusal(&events), RejectCode::RoleForbids);
    }
    let order = desk.limit(1, Side::Buy, 9_000, 10);
    assert_eq!(kinds(&desk.message(1, &order)), [EventKind::Accepted]);
}
