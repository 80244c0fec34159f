//! Mass cancels: whose orders, in which order, counted.

use pinion_types::codes::{MassScope, Side, SideFilter, TimeInForce as Tif};
use pinion_types::command::{MassCancel, NewOrder};
use pinion_types::{AccountId, CancelReason, EventKind, InstrumentId, RejectCode};

use crate::desk::Desk;
use crate::read::{affected, canceled, kinds, refusal};

/// Orders of sessions 1 (accounts 1 and 2), 2 (account 2) and 3 (account 4), both sides and both
/// instruments, none of which meet. Gives their ids by session.
fn desk() -> (Desk, Vec<(u64, NewOrder, u32)>) {
    let mut desk = Desk::open();
    let mut orders = Vec::new();
    for (session, account) in [(2, 2), (1, 1), (1, 2), (3, 4), (2, 3)] {
        for instrument in [1, 2] {
            for (side, px) in [(Side::Sell, 11_000), (Side::Buy, 9_000)] {
                let order = NewOrder {
                    account: AccountId(account),
                    instrument: InstrumentId(instrument),
                    time_in_force: Tif::GoodTillCancel.into(),
                    ..desk.limit(session, side, px, 10)
                };
                let id = desk.rest(session, &order).1.0;
                orders.push((id, order, session));
            }
        }
    }
    (desk, orders)
}

/// What a mass cancel of session 1 cancels, and what a plain reading of the rule says it should.
fn check(body: MassCancel, whose: impl Fn(&NewOrder, u32) -> bool) {
    let (mut desk, orders) = desk();
    let cl_ord_id = desk.id(1);
    let events = desk.message(1, &MassCancel { cl_ord_id, ..body });
    let wanted: Vec<_> = orders
        .iter()
        .filter(|(_, order, session)| whose(order, *session))
        .filter(|(_, order, _)| body.instrument.0 == 0 || body.instrument == order.instrument)
        .filter(|(_, order, _)| body.side.0 == 0 || body.side.0 == order.side.0)
        .map(|(id, _, session)| (*id, CancelReason::MassCancel, *session))
        .collect();
    assert_eq!(canceled(&events), wanted, "{body:?}");
    assert_eq!(affected(&events), wanted.len() as u64);
    assert_eq!(kinds(&events).len(), wanted.len() + 1);
    // Once more there is nothing left, which is an answer too.
    let cl_ord_id = desk.id(1);
    let events = desk.message(1, &MassCancel { cl_ord_id, ..body });
    assert_eq!(kinds(&events), [EventKind::MassCanceled]);
    assert_eq!(affected(&events), 0);
}

#[test]
fn every_scope_by_instrument_and_side() {
    for instrument in [0, 1, 2] {
        for side in [None, Some(SideFilter::Buy), Some(SideFilter::Sell)] {
            let narrowed = |scope: MassScope, account| MassCancel {
                scope: scope.into(),
                account: AccountId(account),
                instrument: InstrumentId(instrument),
                side: side.map(Into::into).unwrap_or_default(),
                ..MassCancel::default()
            };
            check(narrowed(MassScope::Session, 0), |_, session| session == 1);
            check(narrowed(MassScope::Account, 1), |order, _| order.account.0 == 1);
            // Also those another session entered for the same account.
            check(narrowed(MassScope::Account, 2), |order, _| order.account.0 == 2);
            check(narrowed(MassScope::All, 0), |order, _| order.account.0 <= 2);
        }
    }
}

#[test]
fn a_mass_cancel_of_what_is_not_the_sessions_is_refused() {
    for account in [3, 4, 7, u32::MAX] {
        let (mut desk, _) = desk();
        let body = MassCancel {
            cl_ord_id: desk.id(1),
            scope: MassScope::Account.into(),
            account: AccountId(account),
            ..MassCancel::default()
        };
        let events = desk.message(1, &body);
        assert_eq!(kinds(&events), [EventKind::MassCanceled]);
        assert_eq!(refusal(&events), RejectCode::UnknownAccount, "account {account}");
    }
}

#[test]
fn a_mass_cancel_consumes_its_id() {
    let (mut desk, _) = desk();
    let cl_ord_id = desk.id(1);
    let body = MassCancel { cl_ord_id, scope: MassScope::Session.into(), ..MassCancel::default() };
    assert_eq!(affected(&desk.message(1, &body)), 8);
    let events = desk.message(1, &body);
    assert_eq!(refusal(&events), RejectCode::DuplicateClOrdId);
    let order = NewOrder { cl_ord_id, ..desk.limit(1, Side::Buy, 9_000, 10) };
    assert_eq!(refusal(&desk.message(1, &order)), RejectCode::DuplicateClOrdId);
}
