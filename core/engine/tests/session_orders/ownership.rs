//! Whose order it is, and what the others never learn.

use pinion_types::codes::{Side, TimeInForce as Tif};
use pinion_types::command::{Cancel, NewOrder, Replace, SessionAccount};
use pinion_types::{
    AccountId, CancelReason, ClOrdId, EventKind, EventRef, InstrumentId, OrderId, RejectCode,
};

use crate::desk::Desk;
use crate::read::{canceled, kinds, refusal};

#[test]
fn an_order_of_another_account_does_not_exist() {
    let mut desk = Desk::open();
    let (order, id) = desk.buy(1, Tif::Day, None);
    for (orig_cl_ord_id, order_id) in
        [(order, OrderId(0)), (ClOrdId(0), id), (order, id), (ClOrdId(999), OrderId(0))]
    {
        let cancel =
            Cancel { cl_ord_id: desk.id(3), orig_cl_ord_id, order_id, ..Cancel::default() };
        let events = desk.message(3, &cancel);
        assert_eq!(kinds(&events), [EventKind::CancelRejected]);
        assert_eq!(refusal(&events), RejectCode::UnknownOrder);
        let Some(EventRef::CancelRejected(body)) = events[0].view() else { panic!("{events:?}") };
        assert_eq!(body.account, AccountId(0), "nothing is learned of it");
        let replace = Replace {
            cl_ord_id: desk.id(3),
            orig_cl_ord_id,
            order_id,
            px: pinion_types::Px(90 * crate::desk::ONE),
            qty: pinion_types::Qty(20),
            account: AccountId(4),
            instrument: InstrumentId(1),
            side: Side::Buy.into(),
            ..Replace::default()
        };
        assert_eq!(refusal(&desk.message(3, &replace)), RejectCode::UnknownOrder);
    }
    // Once it is done it does not exist for them any more than before.
    let cancel = desk.cancel_of(1, order);
    desk.message(1, &cancel);
    let cancel = Cancel { cl_ord_id: desk.id(3), order_id: id, ..Cancel::default() };
    assert_eq!(refusal(&desk.message(3, &cancel)), RejectCode::UnknownOrder);
}

/// Sessions 1 and 2 share account 2: by OrderID each may cancel the other's, and the report goes
/// to who entered it.
#[test]
fn sessions_of_one_account_share_its_orders_by_order_id() {
    let mut desk = Desk::open();
    let (order, id) = desk.buy(2, Tif::Day, None);
    let by_name = desk.cancel_of(1, order);
    assert_eq!(refusal(&desk.message(1, &by_name)), RejectCode::UnknownOrder);
    let by_id = Cancel { cl_ord_id: desk.id(1), order_id: id, ..Cancel::default() };
    let events = desk.message(1, &by_id);
    assert!(
        canceled(&events).contains(&(id.0, CancelReason::ClientRequest, 2))
            || canceled(&events).contains(&(id.0, CancelReason::ClientRequest, 1))
    );
    // Its lost session does not take the other's orders with it.
    let (_, kept) = desk.buy(2, Tif::Day, None);
    assert_eq!(kinds(&desk.lose(1)), [EventKind::Terminated]);
    assert_eq!(canceled(&desk.lose(2)), [(kept.0, CancelReason::CancelOnDisconnect, 2)]);
}

#[test]
fn both_names_must_mean_the_same_order() {
    let mut desk = Desk::open();
    let (first, first_id) = desk.buy(1, Tif::Day, None);
    let (second, second_id) = desk.buy(1, Tif::Day, None);
    for (orig_cl_ord_id, order_id) in [(first, second_id), (second, first_id)] {
        let cl_ord_id = desk.id(1);
        let cancel = Cancel { cl_ord_id, orig_cl_ord_id, order_id, ..Cancel::default() };
        assert_eq!(refusal(&desk.message(1, &cancel)), RejectCode::UnknownOrder);
    }
    let cl_ord_id = desk.id(1);
    let neither = Cancel { cl_ord_id, ..Cancel::default() };
    assert_eq!(kinds(&desk.message(1, &neither)).len(), 1);
    let cl_ord_id = desk.id(1);
    let both = Cancel { cl_ord_id, orig_cl_ord_id: first, order_id: first_id, ..Cancel::default() };
    assert_eq!(canceled(&desk.message(1, &both)).len(), 1);
}

#[test]
fn what_is_done_is_too_late_and_what_never_was_is_unknown() {
    let mut desk = Desk::open();
    let (order, id) = desk.buy(1, Tif::Day, None);
    let cancel = desk.cancel_of(1, order);
    assert_eq!(kinds(&desk.message(1, &cancel)), [EventKind::Canceled]);
    let again = desk.cancel_of(1, order);
    assert_eq!(refusal(&desk.message(1, &again)), RejectCode::TooLateToCancel);
    let by_id = Cancel { cl_ord_id: desk.id(1), order_id: id, ..Cancel::default() };
    let code = refusal(&desk.message(1, &by_id));
    assert!([RejectCode::TooLateToCancel, RejectCode::UnknownOrder].contains(&code));
    let never = desk.cancel_of(1, ClOrdId(1_000_000));
    assert_eq!(refusal(&desk.message(1, &never)), RejectCode::UnknownOrder);
}

/// An account that is taken from a session: no new orders there, and what it has is out of reach
/// by OrderID, but its own orders stay its own.
#[test]
fn an_account_can_be_taken_away() {
    let mut desk = Desk::open();
    let (order, _) = desk.buy(1, Tif::Day, None);
    let forbid = SessionAccount { account: AccountId(1), allowed: 0, ..SessionAccount::default() };
    desk.configure(1, &forbid);
    let new = desk.limit(1, Side::Buy, 9_000, 10);
    assert_eq!(refusal(&desk.message(1, &new)), RejectCode::UnknownAccount);
    let cancel = desk.cancel_of(1, order);
    let events = desk.message(1, &cancel);
    assert_eq!(kinds(&events), [EventKind::Canceled], "its own order is never out of reach");
}

/// The id of a day is used up for the day, whatever became of it, over versions and connections.
#[test]
fn an_id_never_makes_a_second_order_of_its_day() {
    let mut desk = Desk::open();
    let order = desk.limit(1, Side::Buy, 9_000, 10);
    desk.rest(1, &order);
    desk.lose(1);
    desk.log_on(1, 2);
    assert_eq!(refusal(&desk.message(1, &order)), RejectCode::DuplicateClOrdId);
    let events = desk.message(1, &NewOrder { cl_ord_id: ClOrdId(0), ..order });
    assert_eq!(refusal(&events), RejectCode::RequiredFieldMissing);
    let roll = pinion_types::command::DayRoll { day: 20_500, ..Default::default() };
    desk.send(pinion_types::SourceId(0), 0, 0, &roll);
    assert_eq!(kinds(&desk.message(1, &order)), [EventKind::Accepted]);
}

/// A replace that names no account means the order's own, which the session must still have.
#[test]
fn an_order_does_not_grow_in_an_account_that_was_taken_away() {
    let mut desk = Desk::open();
    let (order, _) = desk.buy(1, Tif::Day, None);
    let forbid = SessionAccount { account: AccountId(1), allowed: 0, ..SessionAccount::default() };
    desk.configure(1, &forbid);
    for account in [AccountId(0), AccountId(1)] {
        let replace = Replace {
            cl_ord_id: desk.id(1),
            orig_cl_ord_id: order,
            px: pinion_types::Px(90 * crate::desk::ONE),
            qty: pinion_types::Qty(1_000),
            account,
            instrument: InstrumentId(1),
            side: Side::Buy.into(),
            ..Replace::default()
        };
        assert_eq!(refusal(&desk.message(1, &replace)), RejectCode::UnknownAccount);
    }
}

/// Groups are a firm's: two firms that number theirs alike do not touch each other's orders.
#[test]
fn self_trade_groups_of_two_firms_are_apart() {
    use pinion_types::FirmId;
    use pinion_types::codes::{AccountKind, StpMode};
    use pinion_types::command::AccountDef;
    for mode in [StpMode::CancelOldest, StpMode::CancelNewest, StpMode::Decrement] {
        for tif in [Tif::Day, Tif::FillOrKill] {
            let mut desk = Desk::open();
            for (account, firm) in [(1, 1), (4, 2)] {
                desk.control(&AccountDef {
                    account: AccountId(account),
                    firm: FirmId(firm),
                    stp_group: 7,
                    kind: AccountKind::Margin.into(),
                    stp_mode: mode.into(),
                    ..AccountDef::default()
                });
            }
            desk.buy(1, Tif::Day, None);
            let sell = desk.limit(3, Side::Sell, 9_000, 10);
            let events = desk.message(3, &NewOrder { time_in_force: tif.into(), ..sell });
            let (accepted, trade) = (EventKind::Accepted, EventKind::Trade);
            assert_eq!(kinds(&events), [accepted, trade, trade], "{mode} {tif}");
        }
    }
}

/// Prices given before an instrument's tick changed mean what they meant, or nothing.
#[test]
fn a_settlement_does_not_change_with_the_tick() {
    use crate::desk::{ONE, instrument};
    use pinion_types::Px;
    use pinion_types::codes::MarkKind;
    use pinion_types::command::{InstrumentDef, Mark};
    let mut desk = Desk::open();
    let px = Px(90 * ONE);
    for kind in [MarkKind::Settlement, MarkKind::Mark] {
        let mark = Mark { instrument: InstrumentId(2), kind: kind.into(), px, ..Mark::default() };
        assert_eq!(kinds(&desk.control(&mark)), [EventKind::ControlDone]);
    }
    desk.control(&InstrumentDef { tick: Px(ONE / 4), ..instrument(2) });
    let view = desk.engine.instrument(InstrumentId(2)).expect("it is defined");
    assert!([None, Some(px)].contains(&view.settlement), "{:?}", view.settlement);
    assert!([None, Some(px)].contains(&view.mark), "{:?}", view.mark);
}
