//! Prices that are shared otherwise than by time alone.

use pinion_types::command::{Allocation, AllocationAlgorithm, MakerShare, NewOrder};
use pinion_types::{
    AccountId, Command, Event, EventRef, InstrumentId, Liquidity, Qty, Side, StpMode, TimeInForce,
};

use super::dice::Dice;
use super::{Desk, risk_dice, session_of};

/// The next command of a life with risk, in which instruments share prices by all algorithms.
pub fn command(dice: &mut Dice, desk: &mut Desk) -> Command {
    match dice.below(25) {
        0 => {}
        1..=15 => return crowd(dice, desk),
        16..=18 => return risk_dice::command(dice, desk),
        _ => return dice.command(desk),
    }
    let instrument = InstrumentId(1 + dice.below(2) as u32);
    if dice.below(2) == 0 {
        let percent = [0, 10, 30, 60, 101][dice.below(5) as usize];
        let maker = maker(1 + dice.below(5) as u32, percent);
        return super::steering(&MakerShare { instrument, ..maker });
    }
    let algorithm = AllocationAlgorithm::ALL[dice.below(8) as usize];
    super::steering(&Allocation {
        instrument,
        fifo_percent: dice.below(102) as u32,
        leveling: dice.below(2) as u8,
        pro_rata_min: Qty(dice.below(4)),
        top_min: Qty(dice.below(3) * 4),
        top_max: Qty(dice.below(3) * 3),
        ..by(algorithm)
    })
}

/// An order at one of few prices, and now and then one that takes a part of what stands there.
fn crowd(dice: &mut Dice, desk: &mut Desk) -> Command {
    let account = 1 + dice.below(5) as u32;
    let side = [Side::Buy, Side::Sell][dice.below(2) as usize];
    let takes = dice.below(4) == 0;
    let away = 1 + dice.below(2) as i64;
    let whole = if (side == Side::Buy) == takes { 100 + away } else { 100 - away };
    let qty = 1 + dice.below(if takes { 40 } else { 15 });
    let instrument = InstrumentId(1 + dice.below(2) as u32);
    let stp_mode = StpMode::ALL[dice.below(5) as usize].into();
    let order = desk.order_of(account, side, whole, qty);
    let mut order = NewOrder { instrument, stp_mode, ..order };
    if takes {
        order.time_in_force = TimeInForce::ImmediateOrCancel.into();
    }
    desk.message(session_of(account), &order)
}

/// An algorithm of instrument 1, without any number.
#[must_use]
pub fn by(algorithm: AllocationAlgorithm) -> Allocation {
    Allocation { instrument: InstrumentId(1), algorithm: algorithm.into(), ..Allocation::default() }
}

/// A market maker's part in instrument 1.
#[must_use]
pub fn maker(account: u32, percent: u32) -> MakerShare {
    let (instrument, account) = (InstrumentId(1), AccountId(account));
    MakerShare { instrument, account, percent, ..MakerShare::default() }
}

/// What makers traded, as ids and quantities, in the order of the trades.
#[must_use]
pub fn made(events: &[Event]) -> Vec<(u64, u64)> {
    let trades = events.iter().filter_map(|event| match event.view() {
        Some(EventRef::Trade(it)) if it.liquidity == Liquidity::Added.into() => {
            Some((it.cl_ord_id.0, it.last_qty.0))
        }
        _ => None,
    });
    trades.collect()
}

impl Desk {
    /// A venue whose instrument 1 shares so.
    #[must_use]
    pub fn sharing(rules: &Allocation, makers: &[(u32, u32)]) -> Self {
        let mut desk = Desk::new();
        desk.done(rules);
        for &(account, percent) in makers {
            desk.done(&maker(account, percent));
        }
        desk
    }

    /// The id of the TOP order of instrument 1 at its client.
    #[must_use]
    pub fn top(&self, side: Side) -> Option<u64> {
        let top = self.engine.top_order(InstrumentId(1), side)?;
        let order = self.engine.orders().find(|it| it.order_id == top);
        Some(order.expect("a TOP order works").cl_ord_id.0)
    }
}
