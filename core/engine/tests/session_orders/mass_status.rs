//! Mass status: long answers come in pages, and no request costs more than one.

use pinion_types::Event;
use pinion_types::codes::{Side, TimeInForce};
use pinion_types::command::{MassStatusRequest, NewOrder};
use pinion_types::event::{EventRef, REPORTS_MAX};

use crate::desk::Desk;

/// Order ids, totals and places of an answer.
fn read(events: &[Event]) -> Vec<(u64, u32, u32)> {
    let read = |event: &Event| match event.view() {
        Some(EventRef::OrderStatus(one)) => (one.order_id.0, one.report_count, one.report_index),
        other => panic!("not a status: {other:?}"),
    };
    events.iter().map(read).collect()
}

fn question(request_id: u64) -> MassStatusRequest {
    MassStatusRequest { request_id, ..MassStatusRequest::default() }
}

/// A session with a working order for each place of two pages and a half, and their ids.
fn many() -> (Desk, Vec<u64>) {
    let mut desk = Desk::open();
    let count = REPORTS_MAX * 5 / 2;
    let ids = (0..count).map(|_| {
        let time_in_force = TimeInForce::GoodTillCancel.into();
        let order = NewOrder { time_in_force, ..desk.limit(1, Side::Buy, 9_000, 10) };
        desk.rest(1, &order).1.0
    });
    let ids = ids.collect();
    (desk, ids)
}

/// What one page says of orders that are left from `told` on.
fn page(ids: &[u64], told: usize) -> Vec<(u64, u32, u32)> {
    let left = u32::try_from(ids.len() - told).expect("few");
    let page = ids[told..].iter().take(REPORTS_MAX as usize);
    page.zip(0..).map(|(&id, index)| (id, left, index)).collect()
}

#[test]
fn who_asks_the_same_again_is_told_what_is_left() {
    let (mut desk, ids) = many();
    let full = REPORTS_MAX as usize;
    for round in 0..2 {
        for told in [0, full, 2 * full] {
            let events = desk.message(1, &question(7));
            assert_eq!(read(&events), page(&ids, told), "round {round}");
        }
    }
}

#[test]
fn another_question_and_another_connection_begin_anew() {
    let (mut desk, ids) = many();
    let full = REPORTS_MAX as usize;
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, 0));
    assert_eq!(read(&desk.message(1, &question(2))), page(&ids, 0));
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, 0), "only the last one goes on");
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, full));
    let elsewhere = MassStatusRequest { account: pinion_types::AccountId(1), ..question(1) };
    assert_eq!(read(&desk.message(1, &elsewhere))[0].2, 0);
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, 0));
    desk.lose(1);
    desk.log_on(1, desk.version(1) + 1);
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, 0));
    assert_eq!(desk.engine.state_hash(), desk.engine.full_state_hash());
}

/// Orders that go between two pages are not told, and those that stay are told once.
#[test]
fn orders_that_go_between_pages_are_neither_told_nor_missed() {
    let (mut desk, mut ids) = many();
    let full = REPORTS_MAX as usize;
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, 0));
    // The first one was told, the last one not yet; orders of the tests have rising ClOrdIDs.
    let firsts = desk.engine.orders().map(|order| order.cl_ord_id).collect::<Vec<_>>();
    for cl_ord_id in [*firsts.iter().min().expect("many"), *firsts.iter().max().expect("many")] {
        let cancel = desk.cancel_of(1, cl_ord_id);
        desk.message(1, &cancel);
    }
    ids.pop();
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, full));
    assert_eq!(read(&desk.message(1, &question(1))), page(&ids, 2 * full));
}
