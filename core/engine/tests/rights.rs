//! What an account may trade, how fast, and limits of sessions and of the venue.

mod support;

use pinion_types::command::{
    AccountPermission, AccountRisk, LimitsSet, NewOrder, Replace, side_bits, type_bits,
};
use pinion_types::event::Rejected;
use pinion_types::{
    AccountId, ClOrdId, Event, EventRef, InstrumentId, LimitId, MassScope, OrdType, RejectCode,
    Scope, Side, TimeInForce,
};
use support::{Desk, check, no_risk, px, refusal, taken, unlimited};

use Side::{Buy, Sell, SellShort, SellShortExempt};

fn permission(instrument: u32, sides: u8, types: u8) -> AccountPermission {
    AccountPermission {
        account: AccountId(1),
        instrument: InstrumentId(instrument),
        sides,
        types,
        ..AccountPermission::default()
    }
}

fn rejected(events: &[Event]) -> Rejected {
    match events.last().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => *it,
        other => panic!("a refusal, not {other:?}"),
    }
}

fn market(desk: &mut Desk) -> NewOrder {
    NewOrder {
        px: px(0),
        ord_type: OrdType::Market.into(),
        time_in_force: TimeInForce::ImmediateOrCancel.into(),
        ..desk.limit(Buy, 0, 1)
    }
}

#[test]
fn an_account_trades_what_it_may() {
    let mut desk = Desk::new();
    let forbidden = RejectCode::PermissionForbids;
    taken(&desk.enter(1, Sell, 100, 1));
    desk.done(&permission(0, side_bits::BUY, type_bits::LIMIT));
    assert_eq!(refusal(&desk.enter(1, Sell, 100, 1)), forbidden);
    taken(&desk.enter(1, Buy, 90, 1));
    let order = market(&mut desk);
    assert_eq!(refusal(&desk.send(1, &order)), forbidden);
    // What is said for an instrument holds there, and there alone.
    desk.done(&permission(2, side_bits::SELL, type_bits::ALL));
    assert_eq!(refusal(&desk.enter(1, Sell, 100, 1)), forbidden);
    let order = NewOrder { instrument: InstrumentId(2), ..desk.limit(Sell, 100, 1) };
    taken(&desk.send(1, &order));
    let order = NewOrder { instrument: InstrumentId(2), ..desk.limit(Buy, 100, 1) };
    assert_eq!(refusal(&desk.send(1, &order)), forbidden);
    // Others go on, a replace asks too, a cancel does not.
    taken(&desk.enter(2, Sell, 100, 1));
    assert_eq!(refusal(&desk.replace(1, ClOrdId(1), 101, 1)), forbidden);
    check(&desk.cancel(1, ClOrdId(1)), &["1 canceled 1 by 10 1 request"]);
}

#[test]
fn short_marks_need_a_word() {
    let mut desk = Desk::new();
    let marked = |desk: &mut Desk, side| {
        let order = desk.limit(side, 100, 1);
        desk.send(1, &order)
    };
    let forbidden = RejectCode::PermissionForbids;
    assert_eq!(refusal(&marked(&mut desk, SellShort)), forbidden);
    assert_eq!(refusal(&marked(&mut desk, SellShortExempt)), forbidden);
    desk.done(&permission(0, side_bits::SHORT, type_bits::ALL));
    taken(&marked(&mut desk, SellShort));
    assert_eq!(refusal(&marked(&mut desk, SellShortExempt)), forbidden);
    assert_eq!(refusal(&marked(&mut desk, Sell)), forbidden);
}

#[test]
fn permission_comes_after_the_account_and_before_blocks() {
    let mut desk = Desk::new();
    desk.done(&permission(0, 0, 0));
    let order = NewOrder { account: AccountId(5), ..desk.limit(Buy, 100, 1) };
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::UnknownAccount);
    let order = NewOrder { instrument: InstrumentId(9), ..desk.limit(Buy, 100, 1) };
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::PermissionForbids);
}

#[test]
fn bad_words_are_refused() {
    let mut desk = Desk::new();
    let bad = RejectCode::BadValue.code();
    let unknown = RejectCode::UnknownTarget.code();
    let nobody = AccountPermission { account: AccountId(9), ..permission(0, 1, 1) };
    assert_eq!(desk.refused(&nobody), unknown);
    assert_eq!(desk.refused(&permission(9, 1, 1)), unknown);
    assert_eq!(desk.refused(&permission(0, 16, 1)), bad);
    assert_eq!(desk.refused(&permission(0, 1, 64)), bad);
    let spare = AccountPermission { spare: [1; 6], ..permission(0, 1, 1) };
    assert_eq!(desk.refused(&spare), bad);
    assert_eq!(desk.refused(&no_risk(9)), unknown);
    assert_eq!(desk.refused(&AccountRisk { flags: 2, ..no_risk(1) }), bad);
    assert_eq!(desk.refused(&AccountRisk { spare: 1, ..no_risk(1) }), bad);
}

#[test]
fn an_account_has_a_rate_over_all_its_sessions() {
    let mut desk = Desk::new();
    desk.allow(2, 1);
    desk.done(&AccountRisk { rate_per_second: 1, rate_burst: 3, ..no_risk(1) });
    taken(&desk.enter(1, Buy, 90, 1));
    taken(&desk.replace(1, ClOrdId(1), 91, 1));
    let cl_ord_id = desk.id(2);
    let order = NewOrder { cl_ord_id, ..desk.limit(Buy, 90, 1) };
    taken(&desk.send(2, &order));
    desk.id(1);
    let it = rejected(&desk.enter(1, Buy, 90, 1));
    assert_eq!(
        (it.code.get(), it.limit_id.get()),
        (Some(RejectCode::AccountThrottled), Some(LimitId::Rate))
    );
    assert_eq!((it.scope.get(), it.scope_id), (Some(Scope::Account), 1));
    assert_eq!([it.limit, it.current, it.would_be], [3, 3, 4]);
    assert_eq!(refusal(&desk.replace(1, ClOrdId(2), 92, 1)), RejectCode::AccountThrottled);
    // Other accounts of the session go on; a cancel is never stopped.
    taken(&desk.enter(2, Buy, 90, 1));
    assert_eq!(desk.mass_cancel(1, MassScope::Account, 1).len(), 3);
    desk.now.0 += 999_999_999;
    assert_eq!(refusal(&desk.enter(1, Buy, 90, 1)), RejectCode::AccountThrottled);
    desk.now.0 += 1;
    taken(&desk.enter(1, Buy, 90, 1));
}

#[test]
fn a_throttled_order_does_not_use_up_its_id() {
    let mut desk = Desk::new();
    desk.done(&AccountRisk { rate_per_second: 1, rate_burst: 0, ..no_risk(1) });
    let order = desk.limit(Buy, 90, 1);
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::AccountThrottled);
    desk.done(&no_risk(1));
    taken(&desk.send(1, &order));
}

#[test]
fn sessions_and_the_venue_have_limits_too() {
    let mut desk = Desk::new();
    let names = |events: &[Event], code, id, at: (Scope, u32), numbers: [i64; 3]| {
        let it = rejected(events);
        assert_eq!((it.code.get(), it.limit_id.get()), (Some(code), Some(id)));
        assert_eq!((it.scope.get(), it.scope_id), (Some(at.0), at.1));
        assert_eq!([it.limit, it.current, it.would_be], numbers);
    };
    // What works already counts.
    desk.enter(1, Buy, 10, 10);
    desk.enter(4, Buy, 10, 10);
    let session = LimitsSet {
        order_qty_max: 50,
        open_orders_max: 2,
        open_notional_max: 5_000_000,
        ..unlimited(Scope::Session, 1)
    };
    let venue = LimitsSet {
        order_notional_max: 4_000_000,
        open_orders_max: 3,
        ..unlimited(Scope::Global, 0)
    };
    desk.done(&session);
    desk.done(&venue);
    use RejectCode as Code;
    let (own, all) = ((Scope::Session, 1), (Scope::Global, 0));
    names(&desk.enter(1, Buy, 1, 51), Code::OrderQtyLimit, LimitId::OrderQty, own, [50, 0, 51]);
    let numbers = [4_000_000, 0, 4_010_000];
    names(
        &desk.enter(4, Buy, 1, 401),
        Code::OrderNotionalLimit,
        LimitId::OrderNotional,
        all,
        numbers,
    );
    let numbers = [5_000_000, 1_000_000, 5_010_000];
    names(
        &desk.enter(2, Buy, 401, 1),
        Code::OrderNotionalLimit,
        LimitId::OrderNotional,
        all,
        [4_000_000, 0, 4_010_000],
    );
    desk.done(&LimitsSet { order_notional_max: u64::MAX, ..venue });
    names(
        &desk.enter(2, Buy, 401, 1),
        Code::OpenNotionalLimit,
        LimitId::OpenNotional,
        own,
        numbers,
    );
    taken(&desk.enter(2, Buy, 1, 1));
    // Both are full: the higher level is named.
    names(&desk.enter(3, Buy, 1, 1), Code::OpenOrdersLimit, LimitId::OpenOrders, all, [3, 3, 4]);
    desk.cancel(2, ClOrdId(1));
    names(&desk.enter(3, Buy, 1, 1), Code::OpenOrdersLimit, LimitId::OpenOrders, own, [2, 2, 3]);
    // A replace adds no order, also where the account changes, and as much value as it grows by.
    let moved = Replace { account: AccountId(2), ..desk.replacement(1, ClOrdId(1), 49, 10) };
    taken(&desk.send(1, &moved));
    let refused = desk.replacement(1, moved.cl_ord_id, 50, 10);
    assert_eq!(refusal(&desk.send(1, &refused)), Code::OpenNotionalLimit);
    // Without limits nobody counts any more.
    desk.done(&unlimited(Scope::Session, 1));
    desk.done(&unlimited(Scope::Global, 0));
    taken(&desk.enter(3, Buy, 1, 1_000));
}

#[test]
fn a_kill_survives_a_restart() {
    use pinion_types::command::Kill;
    let mut desk = Desk::recording(&support::genesis());
    desk.enter(1, Buy, 90, 1);
    let kill = Kill {
        scope: Scope::Account.into(),
        action: pinion_types::KillAction::BlockAndCancel.into(),
        id: 1,
        ..Kill::default()
    };
    check(&desk.control(&kill), &["1 canceled 1 1 kill", "done 1 code 0"]);
    let (commands, _, hashes) = desk.record();
    let genesis = support::genesis();
    let mut engine = pinion_engine::Engine::new(&genesis).expect("the capacities are in range");
    let mut log = support::Log::default();
    for (index, (now, command)) in commands.iter().enumerate() {
        engine.apply(pinion_types::Seq(index as u64 + 1), *now, command, &mut log);
    }
    assert_eq!(Some(&engine.state_hash()), hashes.last());
    assert!(engine.is_blocked(Scope::Account, 1));
}
