//! What the venue can hold is said beforehand, and a full table changes nothing.

mod support;

use pinion_engine::Engine;
use pinion_types::command::{Genesis, NewOrder};
use pinion_types::{ClOrdId, InstrumentId, RejectCode, Side, TimeInForce};
use support::{Desk, genesis, refusal};

use Side::{Buy, Sell};

#[test]
fn a_genesis_out_of_range_is_refused() {
    let spoils: [fn(&mut Genesis); 12] = [
        |it| it.instruments_max = 0,
        |it| it.firms_max = 0,
        |it| it.accounts_max = 0,
        |it| it.sessions_max = 0,
        |it| it.orders_max = 0,
        |it| it.positions_max = 0,
        |it| it.pages_max = 0,
        |it| it.orders_max = u32::MAX,
        |it| it.positions_max = u32::MAX,
        |it| it.pages_max = u32::MAX,
        |it| it.accounts_max = u32::MAX,
        |it| it.sessions_max = u32::MAX,
    ];
    for spoil in spoils {
        let mut body = genesis();
        spoil(&mut body);
        assert_eq!(Engine::new(&body).err(), Some(RejectCode::BadValue));
    }
    assert!(Engine::new(&Genesis { closed_orders_max: 0, ..genesis() }).is_ok());
}

#[test]
fn ids_above_what_was_said_have_no_room() {
    let mut desk = Desk::new();
    let full = RejectCode::TableFull.code();
    assert_eq!(desk.refused(&support::instrument(9)), full);
    assert_eq!(desk.refused(&support::account(17, 1)), full);
    let firm = pinion_types::FirmId(5);
    assert_eq!(desk.refused(&pinion_types::command::FirmDef { firm, ..Default::default() }), full);
}

#[test]
fn a_full_slab_takes_what_does_not_rest_and_frees_with_the_first_fill() {
    let mut desk = Desk::with(&Genesis { orders_max: 2, ..genesis() });
    desk.enter(1, Buy, 100, 1);
    desk.enter(1, Buy, 99, 1);
    assert_eq!(refusal(&desk.enter(5, Sell, 101, 1)), RejectCode::OrderCapacity);
    // Refused although it would trade: whether it rests is known only afterwards.
    assert_eq!(refusal(&desk.enter(5, Sell, 100, 1)), RejectCode::OrderCapacity);
    let order = NewOrder {
        time_in_force: TimeInForce::ImmediateOrCancel.into(),
        account: pinion_types::AccountId(1),
        ..desk.limit(Sell, 100, 1)
    };
    assert_eq!(desk.send(1, &order).len(), 3);
    assert_eq!(desk.enter(5, Sell, 101, 1).len(), 1);
}

#[test]
fn pages_are_given_up_by_prices_that_are_gone() {
    let mut desk = Desk::with(&Genesis { pages_max: 3, ..genesis() });
    for page in 1..=3 {
        assert_eq!(desk.enter(1, Buy, 64 * page, 1).len(), 1);
    }
    assert_eq!(refusal(&desk.enter(1, Buy, 1_000, 1)), RejectCode::LevelCapacity);
    assert_eq!(desk.enter(1, Buy, 65, 1).len(), 1, "a page it has");
    assert_eq!(refusal(&desk.replace(1, ClOrdId(2), 999, 1)), RejectCode::LevelCapacity);
    desk.cancel(1, ClOrdId(2));
    assert_eq!(desk.enter(1, Buy, 1_000, 1).len(), 1);
    assert_eq!(desk.engine.pages_used(), 3);
    let prices: Vec<i64> = desk.book(Buy).iter().map(|(_, whole, _)| *whole).collect();
    assert_eq!(prices, [1_000, 192, 65, 64]);
    // The other side and the other instrument draw from the same pages.
    assert_eq!(refusal(&desk.enter(5, Sell, 2_000, 1)), RejectCode::LevelCapacity);
    let order = NewOrder { instrument: InstrumentId(2), ..desk.limit(Buy, 64, 1) };
    assert_eq!(refusal(&desk.send(1, &order)), RejectCode::LevelCapacity);
}

#[test]
fn positions_are_made_once_and_kept() {
    let mut desk = Desk::with(&Genesis { positions_max: 2, ..genesis() });
    desk.enter(1, Buy, 100, 1);
    desk.enter(5, Sell, 100, 1);
    assert_eq!(refusal(&desk.enter(2, Buy, 100, 1)), RejectCode::PositionCapacity);
    assert_eq!(desk.enter(1, Buy, 100, 1).len(), 1);
}

#[test]
fn a_closed_order_is_remembered_until_others_take_its_place() {
    let mut desk = Desk::with(&Genesis { closed_orders_max: 4, ..genesis() });
    desk.enter(1, Buy, 100, 1);
    desk.cancel(1, ClOrdId(1));
    assert_eq!(refusal(&desk.cancel(1, ClOrdId(1))), RejectCode::TooLateToCancel);
    let first = desk.last_id(1).0 + 1;
    for _ in 0..4 {
        desk.enter(1, Buy, 100, 1);
    }
    for id in first..first + 4 {
        desk.cancel(1, ClOrdId(id));
    }
    assert_eq!(refusal(&desk.cancel(1, ClOrdId(1))), RejectCode::UnknownOrder);
    let mut desk = Desk::with(&Genesis { closed_orders_max: 0, ..genesis() });
    desk.enter(1, Buy, 100, 1);
    desk.cancel(1, ClOrdId(1));
    assert_eq!(refusal(&desk.cancel(1, ClOrdId(1))), RejectCode::UnknownOrder);
}

#[test]
fn memory_is_stated() {
    let memory = Desk::new().engine.memory();
    assert_eq!(memory.orders, 256 * 128);
    assert!(memory.pages >= 64 * 64 * 16);
    assert!(memory.total() > memory.orders + memory.pages);
}
