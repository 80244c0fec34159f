//! The order of validation: of two faults the one that is checked earlier is reported.

mod support;

use pinion_types::codes::{RawExecInst, RawSide, SessionRole};
use pinion_types::command::{
    Genesis, InstrumentDef, Kill, LimitsSet, Mark, NewOrder, NewOrderExtra, NewOrderWide,
    RoomChange, SessionDef, StateChange,
};
use pinion_types::{
    AccountId, ClOrdId, Command, ExecInst, InstrumentId, KillAction, MarkKind, Nanos, OrdType, Px,
    Qty, RejectCode, Scope, SessionId, Side, SourceId, TimeInForce, TradingState,
};
use support::{Desk, START, genesis, instrument, px, refusal, session, unlimited};

use RejectCode as Code;

/// An order that is good, and the venue it meets.
struct Case {
    session: u32,
    order: NewOrder,
    extra: NewOrderExtra,
    limits: LimitsSet,
    kills: Vec<(Scope, u32)>,
    is_halted: bool,
    is_short: bool,
    has_reference: bool,
    fills_orders: bool,
    fills_positions: bool,
    fills_pages: bool,
}

/// What a fault touches: two faults that touch the same cannot be together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Field {
    Side,
    Id,
    Spare,
    Sent,
    Until,
    Session,
    Account,
    Instrument,
    Venue,
    Type,
    Group,
    Kind,
    Link,
    Least,
    Offset,
    Full,
    Px,
    Qty,
    Limit,
}

type Fault = (Code, &'static [Field], fn(&mut Case));

/// Every code a new order can be refused with, in the order of checking.
const FAULTS: &[Fault] = &[
    (Code::UnknownEnumValue, &[Field::Side], |it| it.order.side = RawSide(9)),
    (Code::RequiredFieldMissing, &[Field::Id], |it| it.order.cl_ord_id = ClOrdId(0)),
    (Code::ReservedNotZero, &[Field::Spare], |it| it.order.spare = 1),
    (Code::SendingTimeAhead, &[Field::Sent], |it| it.order.sending_time.0 += 2_000_000_000),
    (Code::SendingTimeStale, &[Field::Sent], |it| it.order.sending_time.0 -= 9_000_000_000),
    (Code::ValidUntilPassed, &[Field::Until], |it| it.order.valid_until = Nanos(START.0 - 1)),
    (Code::RoleForbids, &[Field::Session], |it| it.session = 4),
    (Code::UnknownAccount, &[Field::Account], |it| it.order.account = AccountId(5)),
    (Code::BlockedGlobal, &[Field::Venue], |it| it.kills.push((Scope::Global, 0))),
    (Code::BlockedFirm, &[Field::Venue], |it| it.kills.push((Scope::Firm, 1))),
    (Code::BlockedAccount, &[Field::Account], |it| it.kills.push((Scope::Account, 1))),
    (Code::BlockedSession, &[Field::Session], |it| it.kills.push((Scope::Session, 1))),
    (Code::BlockedInstrument, &[Field::Instrument], |it| it.kills.push((Scope::Instrument, 1))),
    (Code::NoRoom, &[Field::Venue], |it| it.is_short = true),
    (Code::UnknownInstrument, &[Field::Instrument], |it| it.order.instrument = InstrumentId(9)),
    (Code::StateForbids, &[Field::Instrument], |it| it.is_halted = true),
    (Code::TooLateToEnter, &[Field::Instrument, Field::Type], |it| {
        it.order.time_in_force = TimeInForce::AtTheOpening.into();
    }),
    (Code::DuplicateClOrdId, &[Field::Id], |it| it.order.cl_ord_id = ClOrdId(5)),
    (Code::IllegalTypeAndTif, &[Field::Type], |it| {
        it.order.exec_inst = RawExecInst::from(ExecInst::PostOnlyReject);
        it.order.time_in_force = TimeInForce::ImmediateOrCancel.into();
    }),
    (Code::NotSupported, &[Field::Kind], |it| it.extra.trigger_kind = 1),
    // Without an end of its own.
    (Code::ExpireTimePassed, &[Field::Type], |it| {
        it.order.time_in_force = TimeInForce::GoodTillDate.into();
    }),
    (Code::UnregisteredStpGroup, &[Field::Group], |it| it.order.stp_group = 77),
    (Code::MinQty, &[Field::Least], |it| it.extra.min_qty = Qty(5)),
    // The entry of a bracket without exits.
    (Code::LinkGone, &[Field::Link, Field::Least], |it| {
        (it.extra.link_id, it.extra.link_kind, it.extra.link_leg) = (1, 2, 1);
    }),
    // The entry of one whose exit has another quantity.
    (Code::LinkMismatch, &[Field::Link, Field::Least, Field::Qty, Field::Full], |it| {
        (it.extra.link_id, it.extra.link_kind, it.extra.link_leg) = (2, 2, 1);
        it.order.qty = Qty(12);
    }),
    (Code::PegOrTrail, &[Field::Offset, Field::Link], |it| it.extra.peg_move = 1),
    (Code::BadTick, &[Field::Px], |it| it.order.px.0 += 1),
    (Code::PxBelowMin, &[Field::Px], |it| it.order.px = px(-1)),
    (Code::PxAboveMax, &[Field::Px], |it| it.order.px = px(1_001)),
    (Code::BadLot, &[Field::Qty], |it| it.order.qty = Qty(11)),
    (Code::QtyBelowMin, &[Field::Qty], |it| it.order.qty = Qty(2)),
    (Code::QtyAboveMax, &[Field::Qty], |it| it.order.qty = Qty(1_002)),
    (Code::NotionalBelowMin, &[Field::Qty, Field::Px], |it| it.order.qty = Qty(4)),
    (Code::NotionalAboveMax, &[Field::Qty, Field::Px], |it| it.order.qty = Qty(1_000)),
    (Code::NoReferencePx, &[Field::Type, Field::Px], |it| {
        it.order.ord_type = OrdType::Market.into();
        it.order.px = Px(0);
        it.has_reference = false;
    }),
    (Code::Collar, &[Field::Px], |it| it.order.px = px(151)),
    (Code::OrderQtyLimit, &[Field::Limit], |it| it.limits.order_qty_max = 9),
    (Code::OrderNotionalLimit, &[Field::Limit], |it| it.limits.order_notional_max = 9_999_999),
    (Code::OpenOrdersLimit, &[Field::Limit], |it| it.limits.open_orders_max = 0),
    (Code::OpenNotionalLimit, &[Field::Limit], |it| it.limits.open_notional_max = 9_999_999),
    (Code::LongLimit, &[Field::Limit], |it| it.limits.long_max = 9),
    (Code::ShortLimit, &[Field::Limit, Field::Side, Field::Px], |it| {
        it.order.side = Side::Sell.into();
        it.limits.short_max = 9;
    }),
    (Code::GrossLimit, &[Field::Limit], |it| it.limits.gross_max = 9_999_999),
    (Code::NoLiquidity, &[Field::Type, Field::Px], |it| {
        it.order.ord_type = OrdType::MarketToLimit.into();
        it.order.px = Px(0);
    }),
    (Code::OrderCapacity, &[Field::Venue, Field::Full], |it| it.fills_orders = true),
    (Code::PositionCapacity, &[Field::Venue, Field::Full], |it| it.fills_positions = true),
    (Code::LevelCapacity, &[Field::Venue, Field::Full], |it| it.fills_pages = true),
];

fn small() -> Genesis {
    Genesis {
        orders_max: 4,
        positions_max: 3,
        pages_max: 2,
        sending_time_window_ns: 5_000_000_000,
        ..genesis()
    }
}

fn filtered() -> InstrumentDef {
    InstrumentDef {
        lot: Qty(2),
        qty_min: Qty(4),
        qty_max: Qty(1_000),
        px_max: px(1_000),
        notional_min: 5_000_000,
        notional_max: 500_000_000,
        collar_ticks: 50,
        ..instrument(1)
    }
}

/// A venue with room for the order and nothing else.
fn desk() -> Desk {
    let mut desk = Desk::with(&small());
    desk.checks = false;
    desk.now = START;
    desk.done(&filtered());
    let reader = SessionDef { role: SessionRole::Auditor.into(), ..session(1) };
    let mut command = Command::new(SessionId(4), 0, &reader);
    command.set_source(SourceId(1));
    assert_eq!(desk.code(&command), 0);
    desk.allow(4, 1);
    desk.logon(4, 1, 1);
    desk.now = START;
    desk
}

fn good() -> Case {
    let order = NewOrder {
        cl_ord_id: ClOrdId(9),
        px: px(100),
        qty: Qty(10),
        account: AccountId(1),
        instrument: InstrumentId(1),
        sending_time: START,
        side: Side::Buy.into(),
        ord_type: OrdType::Limit.into(),
        time_in_force: TimeInForce::Day.into(),
        ..NewOrder::default()
    };
    Case {
        session: 1,
        order,
        extra: NewOrderExtra::default(),
        limits: unlimited(Scope::Account, 1),
        kills: Vec::new(),
        is_halted: false,
        is_short: false,
        has_reference: true,
        fills_orders: false,
        fills_positions: false,
        fills_pages: false,
    }
}

/// Fills what the case wants full: other accounts in another instrument.
fn fill(desk: &mut Desk, case: &Case) {
    let mut enter = |account: u32, instrument: u32, whole: i64, tif: TimeInForce| {
        let session = support::session_of(account);
        let order = NewOrder {
            cl_ord_id: desk.id(session),
            px: px(whole),
            account: AccountId(account),
            instrument: InstrumentId(instrument),
            sending_time: desk.now,
            time_in_force: tif.into(),
            ..case_order()
        };
        assert_eq!(desk.send(session, &order)[0].header().kind, 1, "filling is accepted");
    };
    if case.fills_orders {
        for whole in 1..=4 {
            enter(5, 2, whole, TimeInForce::Day);
        }
    }
    if case.fills_pages {
        let count = if case.fills_orders { 0 } else { 2 };
        for page in 0..count {
            enter(5, 2, 1 + 64 * page, TimeInForce::Day);
        }
    }
    if case.fills_positions {
        let ioc = TimeInForce::ImmediateOrCancel;
        enter(5, 2, 1, ioc);
        enter(4, 2, 1, ioc);
        enter(4, 1, 100, ioc);
    }
}

fn case_order() -> NewOrder {
    good().order
}

/// What the venue answers to a case.
fn answer(case: &Case) -> Vec<pinion_types::Event> {
    let mut desk = desk();
    if case.extra.link_id == 2 {
        let order = NewOrder { cl_ord_id: ClOrdId(4), px: px(200), ..case_order() };
        let order = NewOrder { side: Side::Sell.into(), ..order };
        let (link_id, link_kind, link_leg) = (2, 2, 2);
        let extra = NewOrderExtra { link_id, link_kind, link_leg, ..NewOrderExtra::default() };
        support::taken(&desk.send(1, &NewOrderWide { order, extra }));
    }
    fill(&mut desk, case);
    // The session has used ids up to 5.
    let used = NewOrder { cl_ord_id: ClOrdId(5), stp_group: 78, ..case_order() };
    let events = desk.send(1, &used);
    assert_eq!(refusal(&events), Code::UnregisteredStpGroup);
    if case.has_reference {
        let kind = MarkKind::Settlement.into();
        desk.done(&Mark { instrument: InstrumentId(1), kind, px: px(100), ..Mark::default() });
    }
    desk.done(&case.limits);
    for &(scope, id) in &case.kills {
        let action = KillAction::Block.into();
        desk.done(&Kill { scope: scope.into(), id, action, ..Kill::default() });
    }
    if case.is_short {
        let short = RoomChange { is_short: 1, ..RoomChange::default() };
        let command = Command::new(SessionId(0), 0, &short);
        assert!(desk.apply(&command).is_empty());
    }
    if case.is_halted {
        let state = TradingState::Halted.into();
        desk.done(&StateChange { instrument: InstrumentId(1), state, ..StateChange::default() });
    }
    let before = (desk.engine.order_count(), desk.engine.positions().count());
    let wide = NewOrderWide { order: case.order, extra: case.extra };
    let command = match case.extra == NewOrderExtra::default() {
        true => desk.message(case.session, &case.order),
        false => desk.message(case.session, &wide),
    };
    let events = desk.apply(&command);
    desk.engine.check().expect("everything holds");
    if events[0].header().kind != 1 {
        let after = (desk.engine.order_count(), desk.engine.positions().count());
        assert_eq!(before, after, "a refused order changes nothing");
    }
    events
}

#[test]
fn an_order_without_fault_is_accepted() {
    assert_eq!(answer(&good())[0].header().kind, 1);
}

#[test]
fn every_fault_has_its_code_and_codes_rise() {
    for &(code, _, spoil) in FAULTS {
        let mut case = good();
        spoil(&mut case);
        assert_eq!(refusal(&answer(&case)), code);
    }
    assert!(FAULTS.windows(2).all(|pair| pair[0].0 < pair[1].0), "in the order of checking");
}

#[test]
fn of_two_faults_the_earlier_is_reported() {
    let mut count = 0;
    for (index, &(first, fields, spoil)) in FAULTS.iter().enumerate() {
        for &(second, others, spoil_too) in &FAULTS[index + 1..] {
            if fields.iter().any(|field| *field != Field::Venue && others.contains(field)) {
                continue;
            }
            let mut case = good();
            spoil(&mut case);
            spoil_too(&mut case);
            assert_eq!(refusal(&answer(&case)), first, "{first:?} and {second:?}");
            count += 1;
        }
    }
    assert!(count > 400, "{count} pairs");
}

#[test]
fn a_number_that_does_not_fit_is_refused_and_counted() {
    let mut desk = Desk::new();
    let fine = InstrumentDef { tick: Px(1), multiplier: px(90_000_000_000), ..instrument(3) };
    desk.done(&fine);
    let order = NewOrder {
        px: Px(i64::MAX - 7),
        instrument: InstrumentId(3),
        ..desk.limit(Side::Buy, 0, 1)
    };
    assert_eq!(refusal(&desk.send(1, &order)), Code::ArithmeticOverflow);
    assert_eq!(desk.engine.overflow_count(), 1);
}
