//! Stops and icebergs beside everything else: ends of sessions, kills, capacities, bands, answers.

mod support;

use pinion_types::Side::{Buy, Sell};
use pinion_types::codes::OrderCod;
use pinion_types::command::{
    Disconnect, Genesis, Kill, NewOrder, NewOrderExtra, NewOrderWide, OrderStatusRequest, Release,
    TickBand,
};
use pinion_types::{
    AccountId, ClOrdId, ConnectionId, Event, EventRef, InstrumentId, KillAction, OrdStatus, Qty,
    RejectCode, Scope, Side, StpMode, TimeInForce,
};
use support::{Desk, check, genesis, lines, px, refusal};

/// One lot between accounts 5 and 4.
fn trade(desk: &mut Desk, whole: i64) -> Vec<Event> {
    desk.enter(5, Sell, whole, 1);
    desk.enter(4, Buy, whole, 1)
}

fn elected(events: &[Event]) -> Vec<String> {
    lines(events).into_iter().filter(|it| it.contains("restated")).collect()
}

#[test]
fn a_kill_takes_what_waits_and_what_is_hidden() {
    let mut desk = Desk::new();
    desk.stop(1, Buy, (105, 0), 3);
    desk.show(1, Sell, 120, (9, 3));
    let kill = Kill {
        scope: Scope::Account.into(),
        action: KillAction::BlockAndCancel.into(),
        id: 1,
        ..Kill::default()
    };
    let expected = ["1 canceled 1 3 kill", "1 canceled 2 9 kill", "done 2 code 0"];
    check(&desk.control(&kill), &expected);
    assert_eq!(desk.engine.order_count(), 0);
    assert_eq!(refusal(&desk.stop(1, Buy, (105, 0), 3)), RejectCode::BlockedAccount);
}

#[test]
fn a_block_leaves_what_waits_and_its_trigger_still_elects() {
    let mut desk = Desk::new();
    desk.stop(1, Buy, (105, 90), 3);
    let kill = Kill {
        scope: Scope::Account.into(),
        action: KillAction::Block.into(),
        id: 1,
        ..Kill::default()
    };
    check(&desk.control(&kill), &["done 0 code 0"]);
    assert_eq!(elected(&trade(&mut desk, 105)).len(), 1);
    assert_eq!(desk.book(Buy), [(1, 90, 3)]);
    let release = Release { scope: Scope::Account.into(), id: 1, ..Release::default() };
    desk.done(&release);
}

#[test]
fn a_lost_session_takes_its_stops_along() {
    let mut desk = Desk::new();
    let body = desk.stop_of(1, Buy, (105, 90), 3);
    let order = NewOrder { cod: OrderCod::Cancel.into(), ..body.order };
    desk.send(1, &NewOrderWide { order, ..body });
    desk.stop(1, Buy, (106, 90), 4);
    let lost = Disconnect { connection: ConnectionId(1), ..Disconnect::default() };
    let mut command = pinion_types::Command::new(pinion_types::SessionId(1), 0, &lost);
    command.set_source(support::GATEWAY);
    let events = desk.apply(&command);
    assert_eq!(lines(&events)[0], "1 canceled 1 3 disconnect");
    let left: Vec<_> = desk.engine.stops(InstrumentId(1)).map(|it| it.qty).collect();
    assert_eq!(left, [Qty(4)], "the session's type keeps the other one");
}

#[test]
fn stops_of_both_sides_are_elected_by_distance() {
    let mut desk = Desk::new();
    trade(&mut desk, 100);
    // Sells wait below, buys above; a fall and a rise in one command reach both.
    desk.stop(1, Sell, (98, 90), 1);
    desk.stop(2, Sell, (97, 89), 1);
    desk.stop(1, Buy, (103, 80), 1);
    desk.enter(5, Buy, 98, 1);
    desk.enter(5, Buy, 97, 1);
    let order = desk.order_of(4, Sell, 97, 2);
    let events = desk.send(2, &order);
    // The last trade was at 97: its stop is nearer than that at 98.
    let expected =
        ["1 restated 2 to 2 1 @ 89 left 1 stop 97", "1 restated 1 to 1 1 @ 90 left 1 stop 98"];
    assert_eq!(elected(&events), expected);
    assert_eq!(desk.engine.stops(InstrumentId(1)).count(), 1);
}

#[test]
fn a_stop_waits_without_a_level_and_needs_one_when_it_is_elected() {
    let mut desk = Desk::with(&Genesis { pages_max: 3, ..genesis() });
    desk.stop(1, Buy, (105, 1_000), 1);
    desk.stop(1, Buy, (105, 2_000), 1);
    desk.stop(1, Buy, (105, 50), 1);
    assert_eq!(desk.engine.pages_used(), 0);
    // Bids and offers far away take two pages; the third is free once 105 has traded.
    desk.enter(2, Sell, 5_000, 1);
    desk.enter(2, Buy, 10, 1);
    desk.enter(5, Sell, 105, 1);
    let order = desk.order_of(4, Buy, 105, 1);
    let time_in_force = TimeInForce::ImmediateOrCancel.into();
    let events = desk.send(2, &NewOrder { time_in_force, ..order });
    let expected = [
        "1 restated 1 to 1 1 @ 1000 left 1 stop 105",
        "1 restated 2 to 2 1 @ 2000 left 1 stop 105",
        "1 canceled 2 1 risk",
        "1 restated 3 to 3 1 @ 50 left 1 stop 105",
    ];
    assert_eq!(lines(&events)[3..], expected);
    let prices: Vec<_> = desk.book(Buy).into_iter().map(|(_, whole, _)| whole).collect();
    assert_eq!(prices, [1_000, 50, 10]);
}

#[test]
fn a_full_slab_refuses_a_stop_and_frees_with_an_election() {
    let mut desk = Desk::with(&Genesis { orders_max: 3, ..genesis() });
    desk.stop(1, Buy, (105, 0), 1);
    desk.stop(1, Buy, (106, 106), 1);
    desk.enter(5, Sell, 105, 1);
    assert_eq!(refusal(&desk.stop(1, Buy, (107, 107), 1)), RejectCode::OrderCapacity);
    let order = desk.order_of(4, Buy, 105, 1);
    let time_in_force = TimeInForce::ImmediateOrCancel.into();
    let events = desk.send(2, &NewOrder { time_in_force, ..order });
    assert_eq!(
        lines(&events)[3..],
        ["1 restated 1 to 1 1 @ 115 left 1 stop 105", "1 canceled 1 1 market",]
    );
    assert_eq!(desk.stop(1, Buy, (107, 107), 1).len(), 1);
}

#[test]
fn a_trigger_is_a_price_of_its_band() {
    let mut desk = Desk::new();
    let band = TickBand {
        instrument: InstrumentId(1),
        from_px: px(100),
        tick: px(5),
        ..TickBand::default()
    };
    desk.done(&band);
    assert_eq!(refusal(&desk.stop(1, Buy, (103, 105), 1)), RejectCode::BadTick);
    // The price of a stop ends at one of its band: 107 and ten ticks would be 117.
    desk.done(&TickBand { tick: px(0), from_px: px(0), ..band });
    desk.done(&TickBand { from_px: px(110), ..band });
    check(&desk.stop(1, Buy, (107, 0), 1), &["1 accepted 2 1 @ 115 stop 107"]);
    check(&desk.stop(1, Sell, (120, 0), 1), &["1 accepted 3 1 @ 110 stop 120"]);
}

#[test]
fn a_question_is_told_what_waits_and_what_shows() {
    let mut desk = Desk::new();
    desk.stop(1, Buy, (105, 90), 3);
    desk.show(1, Sell, 120, (9, 3));
    let status = |desk: &mut Desk, id| {
        let asked = OrderStatusRequest { cl_ord_id: ClOrdId(id), ..Default::default() };
        match desk.send(1, &asked)[0].view() {
            Some(EventRef::OrderStatus(it)) => (it.ord_status.get(), it.stop_px, it.display_qty),
            other => panic!("a status, not {other:?}"),
        }
    };
    assert_eq!(status(&mut desk, 1), (Some(OrdStatus::Suspended), px(105), Qty(0)));
    assert_eq!(status(&mut desk, 2), (Some(OrdStatus::New), px(0), Qty(3)));
    trade(&mut desk, 105);
    assert_eq!(status(&mut desk, 1), (Some(OrdStatus::New), px(0), Qty(0)));
}

#[test]
fn an_elected_stop_minds_its_own_group() {
    let mut desk = Desk::new();
    let body = desk.stop_of(1, Buy, (105, 107), 3);
    let order = NewOrder { stp_mode: StpMode::CancelOldest.into(), ..body.order };
    desk.send(1, &NewOrderWide { order, ..body });
    desk.enter(1, Sell, 106, 3);
    let events = trade(&mut desk, 105);
    let expected = ["1 restated 1 to 1 3 @ 107 left 3 stop 105", "1 canceled 2 3 self-trade"];
    assert_eq!(lines(&events)[3..], expected);
    assert_eq!(desk.book(Buy), [(1, 107, 3)]);
}

#[test]
fn what_a_tranche_lost_is_in_the_hash() {
    let hash = |fills: &[u64]| {
        let mut desk = Desk::new();
        desk.show(1, Sell, 100, (20, 5));
        for qty in fills {
            let order = desk.order_of(5, Buy, 100, *qty);
            desk.send(3, &order);
        }
        let tranche: Vec<_> =
            desk.engine.book(InstrumentId(1), Sell).map(|it| it.shown.0).collect();
        (tranche, desk.engine.state_hash(), desk.engine.full_state_hash())
    };
    let (one, two) = (hash(&[3]), hash(&[2]));
    assert_eq!((one.0, two.0), (vec![2], vec![3]));
    assert_ne!(one.1, two.1);
    assert_eq!((one.1, two.1), (one.2, two.2));
}

/// Whatever an iceberg shows, it gives the same quantity at the same price as one that shows all.
#[test]
fn hiding_changes_the_queue_and_not_the_quantity() {
    let run = |display: u64| {
        let mut desk = Desk::new();
        let side: Side = Sell;
        let order = desk.order_of(1, side, 100, 30);
        let extra = NewOrderExtra { display_qty: Qty(display), ..NewOrderExtra::default() };
        desk.send(1, &NewOrderWide { order, extra });
        for qty in [1, 7, 4, 13] {
            desk.enter(5, Buy, 100, qty);
        }
        let position = desk.engine.position(AccountId(1), InstrumentId(1)).expect("a position");
        (position.quantity, position.sells, position.open_notional, position.open_cost)
    };
    for display in [1, 2, 7, 29, 30] {
        assert_eq!(run(display), run(0), "display {display}");
    }
}
