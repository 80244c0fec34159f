//! Numbers at the ends of their ranges, with real orders.

use pinion_types::codes::{MarkKind, Side, TimeInForce as Tif};
use pinion_types::command::{InstrumentDef, Mark, NewOrder};
use pinion_types::{EventKind, InstrumentId, Px, Qty};

use crate::desk::{Desk, ONE, instrument};
use crate::read::kinds;

/// Lots so large, and a unit of price worth so much, that one lot at one tick is 2^61.
const LOT: u64 = 1 << 25;

fn whale() -> InstrumentDef {
    InstrumentDef { tick: Px(1), lot: Qty(LOT), multiplier: Px(ONE << 36), ..instrument(3) }
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
