//! Instruments and positions are told in pages as orders are, each kind for itself.

use pinion_types::codes::{AccountKind, Side};
use pinion_types::command::{
    AccountDef, KindOf, MassStatusRequest, NewOrder, PositionRequest, SecurityListRequest,
    SessionAccount,
};
use pinion_types::event::{EventRef, REPORTS_MAX};
use pinion_types::{AccountId, Event, FirmId, InstrumentId};

use crate::desk::{Desk, instrument};

const FULL: usize = REPORTS_MAX as usize;

/// Account and instrument, total, place.
type Told = (u32, u32, u32, u32);

fn read(events: &[Event]) -> Vec<Told> {
    let read = |event: &Event| match event.view() {
        Some(EventRef::SecurityDefinition(one)) => {
            (0, one.instrument.0, one.report_count, one.report_index)
        }
        Some(EventRef::PositionReport(one)) => {
            (one.account.0, one.instrument.0, one.report_count, one.report_index)
        }
        other => panic!("not an answer: {other:?}"),
    };
    events.iter().map(read).collect()
}

/// The page that follows where so many were told.
fn page(all: &[(u32, u32)], told: usize) -> Vec<Told> {
    let left = u32::try_from(all.len() - told).expect("few");
    let page = all[told..].iter().take(FULL).zip(0..);
    page.map(|(&(account, instrument), index)| (account, instrument, left, index)).collect()
}

/// Asks the same until everything is told, twice.
fn check<B: KindOf>(desk: &mut Desk, question: &B, all: &[(u32, u32)]) {
    for round in 0..2 {
        for told in (0..all.len()).step_by(FULL) {
            assert_eq!(read(&desk.message(1, question)), page(all, told), "round {round}");
        }
    }
}

fn instruments(request_id: u64) -> SecurityListRequest {
    SecurityListRequest { request_id, ..SecurityListRequest::default() }
}

fn positions(request_id: u64) -> PositionRequest {
    PositionRequest { request_id, ..PositionRequest::default() }
}

/// So many instruments, all defined.
fn many_instruments(count: u32) -> (Desk, Vec<(u32, u32)>) {
    let mut desk = Desk::open();
    for id in 3..=count {
        desk.control(&instrument(id));
    }
    (desk, (1..=count).map(|id| (0, id)).collect())
}

#[test]
fn instruments_are_told_in_pages() {
    let (mut desk, all) = many_instruments(250);
    check(&mut desk, &instruments(7), &all);
    let one = SecurityListRequest { instrument: InstrumentId(250), ..instruments(8) };
    assert_eq!(read(&desk.message(1, &one)), [(0, 250, 1, 0)]);
    let none = SecurityListRequest { instrument: InstrumentId(251), ..instruments(8) };
    assert_eq!(read(&desk.message(1, &none)), [(0, 251, 0, 0)]);
}

/// An answer of exactly a page is whole: the same question is told the same again.
#[test]
fn a_full_page_is_no_cut() {
    let (mut desk, all) = many_instruments(REPORTS_MAX);
    check(&mut desk, &instruments(7), &all);
}

/// Positions of one account go over a page, cash of the others over the next ones.
#[test]
fn positions_are_told_in_pages() {
    let (mut desk, _) = many_instruments(150);
    for account in 5..=150 {
        let account = AccountId(account);
        desk.control(&AccountDef {
            account,
            firm: FirmId(1),
            kind: AccountKind::Margin.into(),
            ..AccountDef::default()
        });
        desk.configure(1, &SessionAccount { account, allowed: 1, ..SessionAccount::default() });
    }
    for id in 1..=150 {
        let instrument = InstrumentId(id);
        let order = NewOrder { instrument, ..desk.limit(1, Side::Buy, 9_000, 10) };
        desk.rest(1, &order);
    }
    let cash = [2].into_iter().chain(5..=150).map(|account| (account, 0));
    let all: Vec<_> = (1..=150).map(|id| (1, id)).chain(cash).collect();
    assert_eq!(all.len(), 297);
    check(&mut desk, &positions(7), &all);
    let of_one = PositionRequest { account: AccountId(1), ..positions(7) };
    check(&mut desk, &of_one, &all[..150]);
    let in_one = PositionRequest { instrument: InstrumentId(150), ..positions(7) };
    let all: Vec<_> = [(1, 150)].into_iter().chain(all[150..].iter().copied()).collect();
    check(&mut desk, &in_one, &all);
    // Not the session's: nothing, and nobody's cash.
    let of_other = PositionRequest { account: AccountId(4), ..positions(7) };
    assert_eq!(read(&desk.message(1, &of_other)), [(4, 0, 0, 0)]);
}

#[test]
fn questions_of_other_kinds_disturb_no_answer() {
    let (mut desk, all) = many_instruments(250);
    for told in [0, FULL, 2 * FULL] {
        assert_eq!(read(&desk.message(1, &instruments(7))), page(&all, told));
        desk.message(1, &positions(7));
        desk.message(1, &MassStatusRequest { request_id: 7, ..MassStatusRequest::default() });
    }
    // One of the same kind does, and so does another connection.
    assert_eq!(read(&desk.message(1, &instruments(7))), page(&all, 0));
    assert_eq!(read(&desk.message(1, &instruments(8))), page(&all, 0));
    assert_eq!(read(&desk.message(1, &instruments(7))), page(&all, 0));
    desk.lose(1);
    desk.log_on(1, desk.version(1) + 1);
    assert_eq!(read(&desk.message(1, &instruments(7))), page(&all, 0));
}
