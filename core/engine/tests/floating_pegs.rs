//! Floating pegs: orders whose price follows the book, and that never trade by that.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::command::{
    Allocation, AllocationAlgorithm, Genesis, InstrumentDef, InstrumentRules, Kill, Mark, NewOrder,
    NewOrderWide, Replace, RoomChange, StateChange, order_flags,
};
use pinion_types::{
    ClOrdId, Command, Event, EventRef, InstrumentId, KillAction, MarkKind, OrdStatus, OrdType, Px,
    Qty, RejectCode, Scope, SessionId, TradingState,
};
use support::{
    Desk, START, cash_account, check, instrument, lines, px, refusal, shares, taken, unlimited,
};

const MID: u32 = 2;
const MARKET: u32 = 4;
const PRIMARY: u32 = 5;

/// A venue with a bid at 100 (id 1 of session 3) and an offer at 110 (id 2).
fn desk() -> Desk {
    let mut desk = Desk::new();
    taken(&desk.enter(5, Buy, 100, 10));
    taken(&desk.enter(5, Sell, 110, 10));
    desk
}

/// Price and state of the orders of session 1, by id.
fn own(desk: &Desk) -> Vec<(u64, i64, OrdStatus)> {
    let own = desk.engine.orders().filter(|it| it.session == SessionId(1));
    let mut own: Vec<_> =
        own.map(|it| (it.cl_ord_id.0, it.px.0 / px(1).0, it.ord_status)).collect();
    own.sort_unstable();
    own
}

/// Prices of those that stand.
fn standing(desk: &Desk) -> Vec<i64> {
    let stands = own(desk).into_iter().filter(|it| it.2 != OrdStatus::Suspended);
    stands.map(|it| it.1).collect()
}

fn enter_state(desk: &mut Desk, state: TradingState) -> Vec<Event> {
    let instrument = InstrumentId(1);
    desk.control(&StateChange { instrument, state: state.into(), ..StateChange::default() })
}

#[test]
fn a_peg_follows_the_best_price_of_others() {
    let mut desk = desk();
    let events = desk.float(1, Buy, (PRIMARY, 0), 0, 5);
    check(&events, &["1 accepted 1 5 @ 100"]);
    match events[0].view() {
        Some(EventRef::Accepted(it)) => assert_eq!(it.ord_type.get(), Some(OrdType::Pegged)),
        other => panic!("accepted, not {other:?}"),
    }
    check(&desk.float(1, Sell, (PRIMARY, -1), 0, 5), &["1 accepted 2 5 @ 109"]);
    check(&desk.float(1, Buy, (MID, 0), 0, 5), &["1 accepted 3 5 @ 105"]);
    check(
        &desk.enter(5, Buy, 103, 10),
        &[
            "3 accepted 3 10 @ 103",
            "1 restated 1 to 1 5 @ 103 left 5",
            "1 restated 3 to 3 5 @ 106 left 5",
        ],
    );
    // Behind the one that it follows.
    assert_eq!(desk.book(Buy), [(3, 106, 5), (3, 103, 10), (1, 103, 5), (1, 100, 10)]);
    check(
        &desk.cancel(3, ClOrdId(3)),
        &[
            "3 canceled 3 by 4 10 request",
            "1 restated 1 to 1 5 @ 100 left 5",
            "1 restated 3 to 3 5 @ 105 left 5",
        ],
    );
    // What is deeper moves nobody.
    check(&desk.enter(5, Buy, 90, 10), &["3 accepted 5 10 @ 90"]);
}

#[test]
fn pegs_keep_one_tick_away_from_everybody_opposite() {
    let mut desk = desk();
    // Would be 112.
    check(&desk.float(1, Buy, (MARKET, 2), 0, 5), &["1 accepted 1 5 @ 109"]);
    // One that hides is kept away from, and so is another peg.
    let hidden = NewOrder { flags: order_flags::HIDDEN, ..desk.order_of(5, Buy, 104, 5) };
    taken(&desk.send(3, &hidden));
    desk.cancel(1, ClOrdId(1));
    check(&desk.float(1, Sell, (MID, -5), 0, 5), &["1 accepted 3 5 @ 105"]);
    desk.cancel(3, ClOrdId(3));
    // The hidden bid is gone: 100 is wanted, and 100 is bid.
    assert_eq!(standing(&desk), [101]);
    assert_eq!(own(&desk).len(), 1);
    check(&desk.float(1, Buy, (MARKET, 0), 0, 5), &["1 accepted 4 5 @ 100"]);
}

#[test]
fn a_cap_holds() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 0), 102, 5));
    taken(&desk.float(1, Sell, (PRIMARY, 0), 108, 5));
    taken(&desk.enter(5, Buy, 104, 1));
    taken(&desk.enter(5, Sell, 106, 1));
    assert_eq!(standing(&desk), [102, 108]);
}

#[test]
fn with_nobody_to_follow_a_peg_waits() {
    let mut desk = Desk::new();
    assert_eq!(
        refusal(&desk.float(1, Buy, (PRIMARY, 0), 0, 5)),
        RejectCode::NoReferencePx,
        "it counts at nothing"
    );
    check(&desk.float(1, Buy, (PRIMARY, 0), 120, 5), &["1 accepted 2 5 @ 120"]);
    desk.done(&Mark { kind: MarkKind::Settlement.into(), ..support::mark(1, 105) });
    check(&desk.float(1, Sell, (PRIMARY, 0), 0, 5), &["1 accepted 3 5 @ 105"]);
    let waits = OrdStatus::Suspended;
    assert_eq!(own(&desk), [(2, 120, waits), (3, 105, waits)]);
    assert!(desk.book(Buy).is_empty());
    check(
        &desk.enter(5, Buy, 100, 10),
        &["3 accepted 1 10 @ 100", "1 restated 2 to 2 5 @ 100 left 5"],
    );
    // Whom it followed is gone: it waits, and counts where it stood.
    check(
        &desk.cancel(3, ClOrdId(1)),
        &["3 canceled 1 by 2 10 request", "1 restated 2 to 2 5 @ 100 left 5"],
    );
    assert_eq!(own(&desk), [(2, 100, waits), (3, 105, waits)]);
    // Back at the same price it is told as well.
    check(
        &desk.enter(5, Buy, 100, 10),
        &["3 accepted 3 10 @ 100", "1 restated 2 to 2 5 @ 100 left 5"],
    );
    assert_eq!(own(&desk)[0], (2, 100, OrdStatus::New));
}

#[test]
fn a_peg_trades_when_others_come() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 1), 0, 5));
    check(
        &desk.enter(5, Sell, 100, 8),
        &[
            "3 accepted 3 8 @ 100",
            "1 trade 1 5 @ 101 left 0 maker",
            "3 trade 3 5 @ 101 left 3 taker",
            "3 trade 1 3 @ 100 left 7 maker",
            "3 trade 3 3 @ 100 left 0 taker",
        ],
    );
    // Partly filled it goes on, with what is left.
    taken(&desk.float(1, Buy, (PRIMARY, 1), 0, 5));
    taken(&desk.enter(5, Sell, 101, 2));
    check(
        &desk.enter(5, Buy, 103, 1),
        &["3 accepted 5 1 @ 103", "1 restated 2 to 2 5 @ 104 left 3"],
    );
    // It may wait partly filled as well.
    enter_state(&mut desk, TradingState::Halted);
    assert!(standing(&desk).is_empty());
}

#[test]
fn a_state_without_matching_parks_the_pegs() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 1), 0, 5));
    taken(&desk.float(1, Sell, (PRIMARY, -1), 0, 5));
    for state in [
        TradingState::Halted,
        TradingState::PreOpen,
        TradingState::OpeningAuction,
        TradingState::ClosingAuction,
        TradingState::PostClose,
    ] {
        let told = lines(&enter_state(&mut desk, state));
        let parked = ["1 restated 1 to 1 5 @ 101 left 5", "1 restated 2 to 2 5 @ 109 left 5"];
        assert_eq!(told[..2], parked, "before the change to {state} is told");
        assert!(told[2].starts_with("state 1"), "{told:?}");
        assert!(standing(&desk).is_empty());
        let told = lines(&enter_state(&mut desk, TradingState::Continuous));
        assert!(told[0].starts_with("state 1"), "{told:?}");
        // Last, after the answer.
        assert_eq!(told[2..], parked, "behind the answer");
        assert_eq!(standing(&desk), [101, 109]);
    }
}

#[test]
fn pegs_come_back_around_what_the_auction_left() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 1), 0, 5));
    enter_state(&mut desk, TradingState::OpeningAuction);
    taken(&desk.enter(5, Buy, 107, 3));
    taken(&desk.enter(5, Sell, 106, 1));
    let told = lines(&enter_state(&mut desk, TradingState::Continuous));
    assert_eq!(told.last().map(String::as_str), Some("1 restated 1 to 1 5 @ 108 left 5"));
}

#[test]
fn a_broken_range_parks_them_after_they_followed() {
    let mut desk = desk();
    let instrument = InstrumentId(1);
    desk.enter(5, Sell, 100, 1);
    desk.enter(4, Buy, 100, 1);
    desk.done(&InstrumentRules {
        instrument,
        range_bps: 500,
        window_ms: 8_000,
        auction_ms: 1_000,
        ..InstrumentRules::default()
    });
    taken(&desk.float(1, Buy, (PRIMARY, 1), 0, 5));
    taken(&desk.enter(5, Sell, 102, 1));
    let told = lines(&desk.enter(4, Buy, 120, 5));
    assert!(told.contains(&"state 1 opening-auction".to_owned()), "{told:?}");
    assert!(standing(&desk).is_empty());
}

#[test]
fn a_price_that_risk_refuses_ends_a_peg() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 0), 0, 5));
    taken(&desk.float(1, Buy, (PRIMARY, -1), 0, 5));
    let mut limits = unlimited(Scope::Account, 1);
    limits.open_notional_max = 10_000_000;
    desk.done(&limits);
    // 5 x 104 and 5 x 99, then 5 x 103: too much.
    let told = lines(&desk.enter(5, Buy, 104, 1));
    assert_eq!(told[1], "1 canceled 1 5 risk");
    assert_eq!(told[2], "1 restated 2 to 2 5 @ 103 left 5");
    // The collar is asked as well.
    desk.done(&InstrumentDef { collar_ticks: 5, ..instrument(1) });
    desk.done(&Mark { kind: MarkKind::Settlement.into(), ..support::mark(1, 100) });
    let told = lines(&desk.enter(5, Sell, 105, 1));
    assert_eq!(told.len(), 1);
    let told = lines(&desk.enter(5, Buy, 104, 1));
    assert_eq!(told.len(), 1);
    assert_eq!(standing(&desk), [103]);
}

#[test]
fn holds_of_cash_follow() {
    let mut desk = Desk::new();
    desk.done(&cash_account(1, 1));
    desk.done(&support::deposit(1, 1_000));
    taken(&desk.enter(5, Buy, 100, 10));
    taken(&desk.float(1, Buy, (PRIMARY, 0), 0, 5));
    assert_eq!(desk.cash(1).1, 5_000_000);
    taken(&desk.enter(5, Buy, 120, 10));
    assert_eq!(desk.cash(1).1, 6_000_000);
    let told = lines(&desk.enter(5, Buy, 201, 10));
    assert_eq!(told[1], "1 canceled 1 5 risk");
    assert_eq!(desk.cash(1).1, 0);
}

type Spoil = fn(&mut Replace);

#[test]
fn a_replace_follows_anew_or_keeps_its_place() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 1), 0, 5));
    let replace = |desk: &mut Desk, cap: i64, qty: u64, kind: u32, offset: i32| {
        let orig = desk.last_id(1);
        let body = desk.replacement(1, orig, cap, qty);
        desk.send(1, &Replace { offset_kind: kind, offset_ticks: offset, ..body })
    };
    check(&replace(&mut desk, 0, 4, 0, 0), &["1 replaced 1 to 2 4 @ 101 left 4"]);
    check(&replace(&mut desk, 0, 5, 0, 0), &["1 replaced 2 to 3 5 @ 101 left 5 back"]);
    check(&replace(&mut desk, 99, 5, 0, 0), &["1 replaced 3 to 4 5 @ 99 left 5 back"]);
    check(&replace(&mut desk, 0, 5, MARKET, -2), &["1 replaced 4 to 5 5 @ 108 left 5 back"]);
    let orig = desk.last_id(1);
    let bad: &[(RejectCode, Spoil)] = &[
        (RejectCode::ReservedNotZero, |it| it.stop_px = px(90)),
        (RejectCode::IllegalTypeAndTif, |it| it.display_qty = Qty(1)),
        (RejectCode::PegOrTrail, |it| it.activation_px = px(90)),
        (RejectCode::PegOrTrail, |it| it.offset_ticks = 1),
        (RejectCode::PegOrTrail, |it| (it.offset_kind, it.offset_ticks) = (8, 1)),
        (RejectCode::BadTick, |it| it.px = Px(1)),
        (RejectCode::BadLot, |it| it.qty = Qty(0)),
    ];
    for &(code, spoil) in bad {
        let mut body = desk.replacement(1, orig, 0, 5);
        spoil(&mut body);
        assert_eq!(refusal(&desk.send(1, &body)), code);
    }
    // Where orders collect it waits on.
    enter_state(&mut desk, TradingState::PreOpen);
    let body = desk.replacement(1, orig, 90, 7);
    let told = desk.send(1, &body);
    assert_eq!(lines(&told)[0], format!("1 replaced 5 to {} 7 @ 90 left 7 back", body.cl_ord_id));
    enter_state(&mut desk, TradingState::Continuous);
    assert_eq!(standing(&desk), [90]);
}

#[test]
fn too_many_moves_end_a_peg() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 0), 0, 5));
    desk.checks = false;
    for _ in 0..5_000 {
        taken(&desk.enter(5, Buy, 101, 1));
        let id = desk.last_id(3);
        assert_eq!(desk.cancel(3, id).len(), 2);
    }
    desk.engine.check().expect("everything holds");
    let told = lines(&desk.enter(5, Buy, 101, 1));
    assert_eq!(told[1], "1 canceled 1 5 throttle");
}

#[test]
fn kills_and_mass_cancels_take_pegs_as_others() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 0), 0, 5));
    taken(&desk.float(1, Sell, (PRIMARY, 0), 0, 5));
    let (scope, action) = (Scope::Account.into(), KillAction::BlockAndCancel.into());
    let told = lines(&desk.control(&Kill { scope, id: 5, action, ..Kill::default() }));
    // Whom they followed is canceled: they wait.
    let parked = ["1 restated 1 to 1 5 @ 100 left 5", "1 restated 2 to 2 5 @ 110 left 5"];
    assert_eq!(told[3..], parked, "{told:?}");
    let told = lines(&desk.mass_cancel(1, pinion_types::MassScope::Session, 0));
    assert_eq!(told.len(), 3);
}

#[test]
fn nothing_follows_while_logs_are_short_of_room() {
    let mut desk = desk();
    taken(&desk.float(1, Buy, (PRIMARY, 0), 0, 5));
    taken(&desk.enter(5, Buy, 105, 1));
    let room = |is_short: u8| {
        Command::new(SessionId(0), 0, &RoomChange { is_short, ..RoomChange::default() })
    };
    assert!(desk.apply(&room(1)).is_empty());
    assert_eq!(lines(&desk.cancel(3, desk.last_id(3))).len(), 1);
    assert_eq!(standing(&desk), [105]);
    check(&desk.apply(&room(0)), &["1 restated 1 to 1 5 @ 100 left 5"]);
}

#[test]
fn a_peg_that_betters_its_side_is_top() {
    let mut desk = desk();
    desk.done(&Allocation { top_min: Qty(1), ..shares::by(AllocationAlgorithm::TopProRata) });
    taken(&desk.enter(4, Buy, 101, 50));
    taken(&desk.float(1, Buy, (PRIMARY, 0), 0, 50));
    taken(&desk.enter(5, Buy, 100, 50));
    desk.engine.check().expect("everything holds");
    let told = lines(&desk.enter(5, Sell, 101, 60));
    assert!(told[1].starts_with("2 trade"), "{told:?}");
}

#[test]
fn what_may_only_reduce_shrinks_also_while_it_waits() {
    let mut desk = Desk::new();
    desk.enter(5, Sell, 100, 10);
    desk.enter(1, Buy, 100, 10);
    let wide = desk.peg_of(1, Sell, (PRIMARY, 0), 105, 8);
    let order = NewOrder { flags: order_flags::REDUCE_ONLY, ..wide.order };
    check(&desk.send(1, &NewOrderWide { order, ..wide }), &["1 accepted 2 8 @ 105"]);
    desk.enter(5, Buy, 100, 4);
    let told = lines(&desk.enter(1, Sell, 100, 4));
    assert!(told.contains(&"1 restated 2 to 2 6 @ 105 left 6".to_owned()), "{told:?}");
    taken(&desk.enter(5, Sell, 107, 4));
    assert_eq!(standing(&desk), [107]);
}

#[test]
fn a_full_book_of_pegs_is_bounded() {
    let genesis = Genesis { orders_max: 2_000, closed_orders_max: 16, ..support::genesis() };
    let mut desk = Desk::with(&genesis);
    desk.now = START;
    taken(&desk.enter(5, Buy, 100, 10));
    desk.checks = false;
    for _ in 0..1_000 {
        taken(&desk.float(1, Buy, (PRIMARY, 0), 0, 1));
    }
    assert_eq!(refusal(&desk.float(1, Buy, (PRIMARY, 0), 0, 1)), RejectCode::OrderCapacity);
    taken(&desk.fix(1, Buy, (PRIMARY, 0), 0, 1));
    assert_eq!(desk.enter(5, Buy, 101, 10).len(), 1_001);
    desk.engine.check().expect("everything holds");
}
