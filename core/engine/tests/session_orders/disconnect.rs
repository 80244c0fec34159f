//! Cancel on disconnect with real orders.

use pinion_types::codes::{CancelOnDisconnect as Cod, OrderCod, Side, TimeInForce as Tif};
use pinion_types::command::{
    Disconnect, Establish, NewOrder, SequenceNotice, SourceDown, SourceUp, Terminate,
};
use pinion_types::{
    CancelReason, ConnectionId, Event, EventKind, EventRef, Nanos, SessionId, SourceId,
    TerminationCode,
};

use crate::desk::{Desk, GATEWAY, MS, OTHER_GATEWAY, S};
use crate::read::{canceled, kinds, numbers, terminated};

/// The six orders of a test: day and GTC, each without flag, flagged to cancel, flagged to keep.
const ORDERS: [(Tif, Option<OrderCod>); 6] = [
    (Tif::Day, None),
    (Tif::Day, Some(OrderCod::Cancel)),
    (Tif::Day, Some(OrderCod::Keep)),
    (Tif::GoodTillCancel, None),
    (Tif::GoodTillCancel, Some(OrderCod::Cancel)),
    (Tif::GoodTillCancel, Some(OrderCod::Keep)),
];

/// Which of them an end cancels, by index: the client's own Terminate, and every other end.
fn expected(cod_type: Cod, own: bool) -> &'static [usize] {
    match (cod_type, own) {
        (Cod::OnDisconnect, true) | (Cod::Never, true) => &[],
        (Cod::OnTerminate, false) | (Cod::Never, false) => &[1, 4],
        (Cod::OnDisconnect, false)
        | (Cod::OnTerminate, true)
        | (Cod::OnDisconnectOrTerminate, _) => &[0, 1, 4],
    }
}

/// Session 1 with this type and grace, its six orders, and one order of session 2 in account 2.
fn desk(cod_type: Cod, window_ms: u32) -> (Desk, Vec<u64>) {
    let mut desk = Desk::open();
    desk.lose(1);
    let establish = Establish {
        cod_type: cod_type.into(),
        cod_window_ms: window_ms,
        ..desk.establish(1, 1, 1)
    };
    assert_eq!(kinds(&desk.logon(1, &establish)), [EventKind::Established]);
    let ids = ORDERS.map(|(tif, flag)| desk.buy(1, tif, flag).1.0);
    desk.buy(2, Tif::Day, Some(OrderCod::Cancel));
    (desk, ids.to_vec())
}

/// Ways to end session 1 that are not the client's own Terminate.
fn lost_ways() -> Vec<fn(&mut Desk) -> Vec<Event>> {
    let mut ways: Vec<fn(&mut Desk) -> Vec<Event>> = vec![
        |desk| desk.lose(1),
        |desk| {
            let fault = Terminate {
                connection: ConnectionId(1),
                code: TerminationCode::InvalidFraming.into(),
                ..Terminate::default()
            };
            desk.logon(1, &fault)
        },
        |desk| desk.leave(1, 99),
        |desk| {
            let notice = SequenceNotice {
                session_ver_id: pinion_types::SessionVerId(1),
                connection: ConnectionId(1),
                next_seq_no: 1,
                ..SequenceNotice::default()
            };
            desk.logon(1, &notice)
        },
    ];
    ways.push(|desk| {
        let lapsed = Disconnect {
            connection: ConnectionId(1),
            code: TerminationCode::KeepaliveLapsed.into(),
            ..Disconnect::default()
        };
        desk.logon(1, &lapsed)
    });
    ways
}

#[test]
fn every_type_by_every_end_cancels_what_it_says() {
    for &cod_type in Cod::ALL {
        for (own, ways) in [
            (true, vec![(|desk: &mut Desk| desk.leave(1, 1)) as fn(&mut Desk) -> Vec<Event>]),
            (false, lost_ways()),
        ] {
            for way in ways {
                let (mut desk, ids) = desk(cod_type, 0);
                let before = desk.engine.events().0;
                let events = way(&mut desk);
                let wanted: Vec<_> = expected(cod_type, own)
                    .iter()
                    .map(|&index| (ids[index], CancelReason::CancelOnDisconnect, 1))
                    .collect();
                assert_eq!(canceled(&events), wanted, "{cod_type} own {own}");
                // The farewell comes last and its number is the one after the cancels'.
                let count = wanted.len() as u64;
                let (_, next, _) = terminated(&events[wanted.len()]);
                assert_eq!(events.len(), wanted.len() + 1);
                assert_eq!(numbers(&events, 1), (7..7 + count).collect::<Vec<_>>());
                assert_eq!(next, 7 + count);
                assert_eq!(desk.engine.events().0, before + count + 1);
            }
        }
    }
}

#[test]
fn a_grace_puts_the_cancels_off_and_coming_back_calls_them_off() {
    for &cod_type in Cod::ALL {
        let (mut desk, ids) = desk(cod_type, 1_500);
        let ended = desk.now;
        let events = desk.lose(1);
        assert_eq!(kinds(&events), [EventKind::Terminated]);
        assert_eq!(desk.engine.next_due(), Some(Nanos(ended + 1_500 * MS)));
        let events = desk.timer();
        let wanted: Vec<_> = expected(cod_type, false)
            .iter()
            .map(|&index| (ids[index], CancelReason::CancelOnDisconnect, 1))
            .collect();
        assert_eq!(canceled(&events), wanted, "{cod_type}");
        assert_eq!(desk.engine.next_due(), None);
        // They wait for the client under their numbers.
        let establish = desk.establish(1, 1, 7);
        let events = desk.logon(1, &establish);
        let Some(EventRef::Established(body)) = events[0].view() else { panic!("{events:?}") };
        assert_eq!(body.next_seq_no, 7 + wanted.len() as u64);
        assert_eq!(body.last_incoming_seq_no, 6);
    }
    let (mut desk, ids) = desk(Cod::OnDisconnect, 1_500);
    desk.lose(1);
    desk.now += 1_000 * MS;
    let establish = Establish { connection: ConnectionId(77), ..desk.establish(1, 1, 7) };
    assert_eq!(kinds(&desk.logon(1, &establish)), [EventKind::Established]);
    assert_eq!(desk.engine.next_due(), None);
    desk.now += 10 * S;
    // All six still work.
    for id in ids {
        let cancel = pinion_types::command::Cancel {
            cl_ord_id: desk.id(1),
            order_id: pinion_types::OrderId(id),
            ..Default::default()
        };
        let events = desk.message(1, &cancel);
        assert_eq!(canceled(&events), [(id, CancelReason::ClientRequest, 1)]);
    }
}

#[test]
fn a_grace_that_is_over_is_over_even_before_its_timer() {
    let (mut desk, ids) = desk(Cod::OnDisconnect, 1_500);
    desk.lose(1);
    desk.now += 1_500 * MS;
    let establish = desk.establish(1, 1, 7);
    let events = desk.logon(1, &establish);
    assert_eq!(canceled(&events).len(), 3);
    let Some(EventRef::Established(body)) = events[3].view() else { panic!("{events:?}") };
    assert_eq!(body.next_seq_no, 10);
    assert_eq!(desk.engine.next_due(), None);
    assert!(ids.contains(&canceled(&events)[0].0));
}

/// An order of a session that is away trades like any other; its reports wait for the client.
#[test]
fn orders_trade_while_their_session_is_away() {
    let (mut desk, ids) = desk(Cod::OnDisconnect, 60_000);
    desk.lose(1);
    let sell = NewOrder {
        time_in_force: Tif::ImmediateOrCancel.into(),
        ..desk.limit(3, Side::Sell, 9_000, 15)
    };
    let events = desk.message(3, &sell);
    let trades: Vec<(u32, u64)> = events
        .iter()
        .filter(|event| event.kind() == Some(EventKind::Trade))
        .map(|event| (event.header().session.0, event.header().msg_seq_num))
        .collect();
    assert_eq!(trades, [(1, 7), (3, 2), (1, 8), (3, 3)]);
    // The first is filled, the second has 5 left: that is what the end of the grace cancels.
    let events = desk.timer();
    assert_eq!(canceled(&events).iter().map(|it| it.0).collect::<Vec<_>>(), [ids[1], ids[4]]);
    let Some(EventRef::Canceled(body)) = events[0].view() else { panic!("{events:?}") };
    assert_eq!((body.cum_qty.0, body.canceled_qty.0), (5, 5));
    assert_eq!(events[0].header().msg_seq_num, 9);
}

#[test]
fn a_lost_gateway_takes_its_sessions_and_no_others() {
    for up in [false, true] {
        let mut desk = Desk::open();
        let first = desk.buy(1, Tif::Day, None).1.0;
        let second = desk.buy(2, Tif::Day, None).1.0;
        let third = desk.buy(1, Tif::Day, None).1.0;
        let other = desk.buy(3, Tif::Day, None);
        let events = if up {
            let up = SourceUp { about: GATEWAY, pid: 9, ..SourceUp::default() };
            desk.send(SourceId(0), 0, 0, &up)
        } else {
            let down = SourceDown { about: GATEWAY, ..SourceDown::default() };
            desk.send(SourceId(0), 0, 0, &down)
        };
        let reason = CancelReason::CancelOnDisconnect;
        let wanted = [(first, reason, 1), (third, reason, 1), (second, reason, 2)];
        assert_eq!(canceled(&events), wanted, "session by session, each oldest first");
        let (canceled, ended) = (EventKind::Canceled, EventKind::Terminated);
        assert_eq!(kinds(&events), [canceled, canceled, ended, canceled, ended]);
        assert_eq!(terminated(&events[2]).0, TerminationCode::GatewayDown);
        // The other gateway's session goes on, also with its order.
        let cancel = desk.cancel_of(3, other.0);
        assert_eq!(kinds(&desk.message(3, &cancel)), [EventKind::Canceled]);
        // And those of the lost one come back where they were.
        let next = desk.next_seq_no(1);
        let establish = desk.establish(1, 1, next);
        assert_eq!(kinds(&desk.logon(1, &establish)), [EventKind::Established]);
        let down = SourceDown { about: OTHER_GATEWAY, ..SourceDown::default() };
        assert_eq!(kinds(&desk.send(SourceId(0), 0, 0, &down)), [EventKind::Terminated]);
    }
}

/// What a cancel on disconnect gives back is given back exactly: as much may be entered again.
#[test]
fn what_is_canceled_counts_no_longer() {
    use pinion_types::codes::Scope;
    use pinion_types::command::LimitsSet;
    let mut desk = Desk::open();
    let limits = LimitsSet {
        open_orders_max: 2,
        long_max: 20,
        open_notional_max: 20 * 90 * 10_000,
        ..crate::desk::unlimited(Scope::Account, 1)
    };
    desk.control(&limits);
    for version in 1..=3 {
        desk.buy(1, Tif::Day, None);
        desk.buy(1, Tif::Day, None);
        let third = desk.limit(1, Side::Buy, 9_000, 10);
        let events = desk.message(1, &third);
        assert_eq!(kinds(&events), [EventKind::Rejected]);
        assert_eq!(canceled(&desk.lose(1)).len(), 2);
        assert_eq!(
            kinds(&desk.log_on(1, version + 1)),
            [EventKind::Negotiated, EventKind::Established]
        );
    }
}

/// The messages of a connection that is gone reach nobody, and its numbers are not consumed.
#[test]
fn a_session_that_is_gone_is_not_heard() {
    let mut desk = Desk::open();
    let order = desk.limit(1, Side::Buy, 9_000, 10);
    desk.lose(1);
    let events = desk.message(1, &order);
    assert_eq!(kinds(&events), [EventKind::Dropped]);
    let establish = desk.establish(1, 1, 1);
    assert_eq!(kinds(&desk.logon(1, &establish)), [EventKind::Established]);
    assert_eq!(kinds(&desk.send(GATEWAY, 1, 1, &order)), [EventKind::Accepted]);
    // The same again is behind; the same under a new number is the same id: no second order.
    assert_eq!(kinds(&desk.send(GATEWAY, 1, 1, &order)), [EventKind::Dropped]);
    let events = desk.send(GATEWAY, 1, 2, &order);
    assert_eq!(kinds(&events), [EventKind::Rejected]);
    // From another gateway it is nobody's message.
    let events = desk.send(OTHER_GATEWAY, 1, 3, &order);
    assert_eq!(kinds(&events), [EventKind::Dropped]);
    assert_eq!(events[0].header().session, SessionId(1));
}
