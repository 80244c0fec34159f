//! Trading states, days, prices from outside, questions and their answers.

mod support;

use pinion_types::command::{
    Cancel, DayRoll, LimitsSet, Mark, MassStatusRequest, NewOrder, OrderStatusRequest,
    PositionRequest, SecurityListRequest, StateChange,
};
use pinion_types::{
    AccountId, ClOrdId, Command, Event, EventRef, InstrumentId, MarkKind, MassScope, OrderId, Px,
    RejectCode, Scope, SessionId, Side, SourceId, TimeInForce, TradingState,
};
use support::{Desk, check, px, refusal, unlimited};

use Side::{Buy, Sell};

fn change(desk: &mut Desk, instrument: u32, state: TradingState) -> Vec<Event> {
    let body = StateChange {
        instrument: InstrumentId(instrument),
        state: state.into(),
        ..StateChange::default()
    };
    desk.control(&body)
}

#[test]
fn the_matrix_of_states_holds() {
    use TradingState as State;
    for &state in State::ALL {
        let mut desk = Desk::new();
        // Orders of the day would end as the instrument closes.
        let lasting = TimeInForce::GoodTillCancel.into();
        for _ in 0..2 {
            let order = NewOrder { time_in_force: lasting, ..desk.limit(Buy, 100, 10) };
            desk.send(1, &order);
        }
        if state != State::Continuous {
            let changed = change(&mut desk, 1, state);
            check(&changed, &[&format!("state 1 {state}"), "done 0 code 0"]);
        }
        let collects =
            matches!(state, State::PreOpen | State::OpeningAuction | State::ClosingAuction);
        let may_enter = collects || state == State::Continuous;
        let entered = desk.enter(1, Buy, 100, 1);
        assert_eq!(entered[0].header().kind == 1, may_enter, "{state}");
        let replaced = desk.replace(1, ClOrdId(1), 100, 9);
        assert_eq!(replaced[0].header().kind == 5, may_enter, "{state}");
        if !may_enter {
            assert_eq!(refusal(&entered), RejectCode::StateForbids);
            assert_eq!(refusal(&replaced), RejectCode::StateForbids);
        }
        let canceled = desk.cancel(1, ClOrdId(2));
        assert_eq!(canceled[0].header().kind == 4, state != State::Closed, "{state}");
        let all = desk.mass_cancel(1, MassScope::All, 0);
        assert!(all.len() > 1, "{state}");
        assert_eq!(desk.engine.order_count(), 0);
    }
}

#[test]
fn a_state_is_for_one_or_for_all_and_says_who_changed() {
    let mut desk = Desk::new();
    change(&mut desk, 2, TradingState::Halted);
    let changed = change(&mut desk, 0, TradingState::Halted);
    check(&changed, &["state 1 halted", "done 0 code 0"]);
    check(&change(&mut desk, 9, TradingState::Halted), &["done 0 code 1901"]);
    let bad = StateChange { instrument: InstrumentId(1), ..StateChange::default() };
    assert_eq!(desk.refused(&bad), RejectCode::BadValue.code());
}

#[test]
fn a_day_expires_its_orders_and_begins_ids_again() {
    let mut desk = Desk::new();
    let kept =
        NewOrder { time_in_force: TimeInForce::GoodTillCancel.into(), ..desk.limit(Buy, 100, 1) };
    desk.send(1, &kept);
    desk.enter(5, Buy, 100, 1);
    desk.enter(1, Buy, 101, 1);
    let events = desk.control(&DayRoll { day: 20_000, ..DayRoll::default() });
    check(&events, &["3 canceled 1 1 expired", "1 canceled 2 1 expired"]);
    assert!(desk.control(&DayRoll { day: 20_000, ..DayRoll::default() }).is_empty());
    assert_eq!((desk.engine.day(), desk.engine.order_count()), (20_000, 1));
    // Id 1 still works: it cannot name a second order, id 2 can.
    let again = |id, desk: &mut Desk| NewOrder { cl_ord_id: ClOrdId(id), ..desk.limit(Buy, 99, 1) };
    let order = again(1, &mut desk);
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::DuplicateClOrdId);
    let order = again(2, &mut desk);
    check(&desk.send(1, &order), &["1 accepted 2 1 @ 99"]);
    let body = Cancel { cl_ord_id: ClOrdId(3), orig_cl_ord_id: ClOrdId(1), ..Cancel::default() };
    check(&desk.send(1, &body), &["1 canceled 1 by 3 1 request"]);
}

#[test]
fn prices_from_outside_are_checked() {
    let mut desk = Desk::new();
    let mark = |whole: Px, instrument| Mark {
        instrument: InstrumentId(instrument),
        kind: MarkKind::Mark.into(),
        px: whole,
        ..Mark::default()
    };
    assert_eq!(desk.refused(&mark(px(100), 1)), 0);
    assert_eq!(desk.refused(&mark(px(100), 9)), RejectCode::UnknownTarget.code());
    for bad in [Px(1), px(0), px(-1)] {
        assert_eq!(desk.refused(&mark(bad, 1)), RejectCode::BadValue.code());
    }
    let nothing = Mark { kind: Default::default(), ..mark(px(100), 1) };
    assert_eq!(desk.refused(&nothing), RejectCode::BadValue.code());
}

#[test]
fn limits_are_for_those_that_have_them() {
    let mut desk = Desk::new();
    let code = |desk: &mut Desk, body: LimitsSet| desk.refused(&body);
    assert_eq!(code(&mut desk, unlimited(Scope::Account, 9)), RejectCode::UnknownTarget.code());
    assert_eq!(code(&mut desk, unlimited(Scope::Firm, 9)), RejectCode::UnknownTarget.code());
    assert_eq!(code(&mut desk, unlimited(Scope::Session, 9)), RejectCode::UnknownTarget.code());
    assert_eq!(code(&mut desk, unlimited(Scope::Session, 1)), 0);
    assert_eq!(code(&mut desk, unlimited(Scope::Global, 0)), 0);
    assert_eq!(code(&mut desk, unlimited(Scope::Global, 1)), RejectCode::BadValue.code());
    assert_eq!(code(&mut desk, unlimited(Scope::Instrument, 1)), RejectCode::BadValue.code());
    // A session and the venue have no positions, no collar, and no instrument of their own.
    for (scope, id) in [(Scope::Session, 1), (Scope::Global, 0)] {
        let all = unlimited(scope, id);
        for body in [
            LimitsSet { long_max: 1, ..all },
            LimitsSet { short_max: 1, ..all },
            LimitsSet { gross_max: 1, ..all },
            LimitsSet { collar_bps: 1, ..all },
            LimitsSet { instrument: InstrumentId(1), ..all },
        ] {
            assert_eq!(code(&mut desk, body), RejectCode::BadValue.code());
        }
    }
    let one = |scope, instrument| LimitsSet {
        instrument: InstrumentId(instrument),
        ..unlimited(scope, 1)
    };
    assert_eq!(code(&mut desk, one(Scope::Firm, 1)), RejectCode::BadValue.code());
    assert_eq!(code(&mut desk, one(Scope::Account, 9)), RejectCode::UnknownTarget.code());
    assert_eq!(code(&mut desk, one(Scope::Account, 1)), 0);
    let spare = LimitsSet { spare: [1, 0, 0], ..unlimited(Scope::Account, 1) };
    assert_eq!(code(&mut desk, spare), RejectCode::BadValue.code());
}

#[test]
fn who_is_no_operator_steers_nothing() {
    let mut desk = Desk::new();
    let mut command = Command::new(SessionId(0), 0, &unlimited(Scope::Account, 1));
    command.set_source(SourceId(2));
    assert_eq!(desk.code(&command), RejectCode::RoleForbids.code());
    let genesis = support::genesis();
    assert_eq!(desk.refused(&genesis), RejectCode::BadValue.code(), "a venue begins once");
}

#[test]
fn an_order_tells_its_state() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 100, 10);
    desk.enter(5, Sell, 100, 4);
    let ask = |id: u64, order_id: u64| OrderStatusRequest {
        request_id: 77,
        cl_ord_id: ClOrdId(id),
        order_id: OrderId(order_id),
        ..OrderStatusRequest::default()
    };
    let status = |events: &[Event]| match events[0].view() {
        Some(EventRef::OrderStatus(it)) => *it,
        other => panic!("a status, not {other:?}"),
    };
    let found = status(&desk.send(1, &ask(1, 0)));
    assert_eq!((found.request_id, found.found, found.report_count), (77, 1, 1));
    assert_eq!((found.leaves_qty.0, found.cum_qty.0, found.px), (6, 4, px(100)));
    let by_venue = status(&desk.send(1, &ask(0, found.order_id.0)));
    assert_eq!(by_venue, found);
    // Another's order does not exist.
    assert_eq!(status(&desk.send(3, &ask(0, found.order_id.0))).found, 0);
    assert_eq!(status(&desk.send(1, &ask(9, 0))).found, 0);
}

#[test]
fn all_orders_of_the_sessions_accounts_are_told_oldest_first() {
    let mut desk = Desk::new();
    for (account, whole) in [(2, 90), (1, 95), (5, 80), (1, 91)] {
        desk.enter(account, Buy, whole, 1);
    }
    let body = MassStatusRequest { request_id: 5, ..MassStatusRequest::default() };
    let told = |events: &[Event]| {
        let each = |event: &Event| match event.view() {
            Some(EventRef::OrderStatus(it)) => {
                (it.cl_ord_id.0, it.report_index, it.report_count, it.found)
            }
            other => panic!("a status, not {other:?}"),
        };
        events.iter().map(each).collect::<Vec<_>>()
    };
    assert_eq!(told(&desk.send(1, &body)), [(1, 0, 3, 1), (2, 1, 3, 1), (3, 2, 3, 1)]);
    let one = MassStatusRequest { account: AccountId(2), ..body };
    assert_eq!(told(&desk.send(1, &one)), [(1, 0, 1, 1)]);
    let others = MassStatusRequest { account: AccountId(5), ..body };
    assert_eq!(told(&desk.send(1, &others)), [(0, 0, 0, 0)]);
}

#[test]
fn instruments_and_positions_are_told() {
    let mut desk = Desk::new();
    desk.enter(1, Buy, 100, 10);
    desk.enter(5, Sell, 100, 4);
    let list = SecurityListRequest { request_id: 6, ..SecurityListRequest::default() };
    let events = desk.send(1, &list);
    let ids: Vec<_> = events
        .iter()
        .map(|event| match event.view() {
            Some(EventRef::SecurityDefinition(it)) => {
                (it.instrument.0, it.report_index, it.report_count, it.reference_px)
            }
            other => panic!("an instrument, not {other:?}"),
        })
        .collect();
    assert_eq!(ids, [(1, 0, 2, px(100)), (2, 1, 2, Px(0))]);
    let ask = PositionRequest { request_id: 8, ..PositionRequest::default() };
    let events = desk.send(1, &ask);
    let positions: Vec<_> = events
        .iter()
        .map(|event| match event.view() {
            Some(EventRef::PositionReport(it)) => {
                (it.account.0, it.instrument.0, it.position, it.working_buy_qty.0, it.report_count)
            }
            other => panic!("a position, not {other:?}"),
        })
        .collect();
    assert_eq!(positions, [(1, 1, 4, 6, 3), (2, 0, 0, 0, 3), (3, 0, 0, 0, 3)]);
}
