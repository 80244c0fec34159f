//! Numbers at the ends of their ranges, with real orders.

use pinion_types::codes::{MarkKind, OrdType, Side, TimeInForce as Tif};
use pinion_types::command::{InstrumentDef, Mark, NewOrder, Replace, instrument_flags};
use pinion_types::{Event, EventKind, EventRef, InstrumentId, Px, Qty};

use crate::desk::{Desk, ONE, instrument};
use crate::read::kinds;

/// Lots so large, and a unit of price worth so much, that one lot at one tick is 2^61.
const LOT: u64 = 1 << 25;

fn whale() -> InstrumentDef {
    InstrumentDef { tick: Px(1), lot: Qty(LOT), multiplier: Px(ONE << 36), ..instrument(3) }
}

/// Code of a control command's answer; 0 where it is done.
fn refused(events: &[Event]) -> u16 {
    match events {
        [event] => match event.view() {
            Some(EventRef::ControlDone(body)) => body.code.0,
            other => panic!("an answer, not {other:?}"),
        },
        other => panic!("one answer, not {other:?}"),
    }
}

/// Two lots at one tick, bought and sold; `count` times.
fn trade(desk: &mut Desk, count: u32) {
    for _ in 0..count {
        for (session, side) in [(1, Side::Buy), (3, Side::Sell)] {
            let order = NewOrder {
                px: Px(1),
                qty: Qty(2 * LOT),
                instrument: InstrumentId(3),
                ..desk.limit(session, side, 0, 0)
            };
            desk.message(session, &order);
        }
    }
}

/// However dear a position becomes, who holds it may reduce it, and its value stays a number.
#[test]
fn a_mark_at_the_end_of_its_range_lets_positions_shrink() {
    let mut desk = Desk::open();
    desk.control(&whale());
    trade(&mut desk, 300);
    let mark = Mark {
        instrument: InstrumentId(3),
        kind: MarkKind::Mark.into(),
        px: Px(1 << 50),
        ..Mark::default()
    };
    assert_eq!(kinds(&desk.control(&mark)), [EventKind::ControlDone]);
    for (session, side) in [(3, Side::Buy), (1, Side::Sell)] {
        let order = NewOrder {
            px: Px(1),
            qty: Qty(2 * LOT),
            instrument: InstrumentId(3),
            time_in_force: Tif::Day.into(),
            ..desk.limit(session, side, 0, 0)
        };
        let events = desk.message(session, &order);
        assert_eq!(events[0].kind(), Some(EventKind::Accepted), "{events:?}");
    }
}

/// Every price by every quantity at the ends of their ranges, new and as a replace, where the tick
/// is the smallest there is: each is answered, and nothing panics.
#[test]
fn every_price_and_quantity_has_an_answer() {
    let pxs = [i64::MIN, i64::MIN + 1, -1, 0, 1, 1 << 50, (1 << 62) - 1, i64::MAX - 1, i64::MAX];
    let qtys = [0, 1, 2, Qty::MAX.0, Qty::MAX.0 + 1, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX];
    for flags in [0, instrument_flags::PX_MAY_BE_NEGATIVE] {
        for (px_min, px_max) in [(0, 0), (-5, 5)] {
            let mut desk = Desk::open();
            let tiny = InstrumentDef {
                tick: Px(1),
                multiplier: Px(ONE),
                px_min: Px(if flags == 0 { 0 } else { px_min }),
                px_max: Px(px_max),
                collar_bps: u32::MAX,
                flags,
                ..instrument(3)
            };
            assert_eq!(refused(&desk.control(&tiny)), 0);
            let own = |desk: &mut Desk, px, qty| NewOrder {
                px: Px(px),
                qty: Qty(qty),
                instrument: InstrumentId(3),
                time_in_force: Tif::GoodTillCancel.into(),
                ..desk.limit(1, Side::Buy, 0, 0)
            };
            let order = own(&mut desk, 1, 5);
            let (mut resting, _) = desk.rest(1, &order);
            for px in pxs {
                for qty in qtys {
                    let order = own(&mut desk, px, qty);
                    assert_eq!(desk.message(1, &order).len(), 1, "{px} {qty}");
                    let market = NewOrder {
                        ord_type: OrdType::Market.into(),
                        time_in_force: Tif::ImmediateOrCancel.into(),
                        protection_ticks: u32::MAX,
                        ..own(&mut desk, 0, qty)
                    };
                    assert!(!desk.message(1, &market).is_empty());
                    let replace = Replace {
                        cl_ord_id: desk.id(1),
                        orig_cl_ord_id: resting,
                        px: Px(px),
                        qty: Qty(qty),
                        ..Replace::default()
                    };
                    let events = desk.message(1, &replace);
                    if events[0].kind() == Some(EventKind::Replaced) {
                        resting = replace.cl_ord_id;
                    }
                    assert_eq!(events.len(), 1, "{px} {qty}");
                }
            }
        }
    }
}
