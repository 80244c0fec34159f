//! Orders that show a part, or wait for a trigger.

use pinion_types::command::{NewOrder, NewOrderExtra, NewOrderWide};
use pinion_types::{Event, OrdType, Qty, Side};

use super::{Desk, px, session_of};

impl Desk {
    /// Enters a limit order of the day that shows a part, for an account, by its session.
    pub fn show(
        &mut self,
        account: u32,
        side: Side,
        whole: i64,
        (qty, display): (u64, u64),
    ) -> Vec<Event> {
        let order = self.order_of(account, side, whole, qty);
        let display_qty = Qty(display);
        let extra = NewOrderExtra { display_qty, ..NewOrderExtra::default() };
        self.send(session_of(account), &NewOrderWide { order, extra })
    }

    /// Enters a stop of the day, stop-limit where `limit` is not 0, for an account, by its session.
    pub fn stop(
        &mut self,
        account: u32,
        side: Side,
        (trigger, limit): (i64, i64),
        qty: u64,
    ) -> Vec<Event> {
        let body = self.stop_of(account, side, (trigger, limit), qty);
        self.send(session_of(account), &body)
    }

    /// A pegged order of the day in instrument 1 that follows so, with a cap, 0 for none.
    pub fn peg_of(
        &mut self,
        account: u32,
        side: Side,
        (kind, offset): (u32, i32),
        cap: i64,
        qty: u64,
    ) -> NewOrderWide {
        let order = self.order_of(account, side, cap, qty);
        let order = NewOrder { ord_type: OrdType::Pegged.into(), ..order };
        let extra =
            NewOrderExtra { offset_kind: kind, offset_ticks: offset, ..NewOrderExtra::default() };
        NewOrderWide { order, extra }
    }

    /// Enters a pegged order that floats, for an account, by its session.
    pub fn float(
        &mut self,
        account: u32,
        side: Side,
        follows: (u32, i32),
        cap: i64,
        qty: u64,
    ) -> Vec<Event> {
        let wide = self.peg_of(account, side, follows, cap, qty);
        self.send(session_of(account), &wide)
    }

    /// Enters a pegged order that stays where it is entered, for an account, by its session.
    pub fn fix(
        &mut self,
        account: u32,
        side: Side,
        follows: (u32, i32),
        cap: i64,
        qty: u64,
    ) -> Vec<Event> {
        let wide = self.peg_of(account, side, follows, cap, qty);
        let extra = NewOrderExtra { peg_move: 1, ..wide.extra };
        self.send(session_of(account), &NewOrderWide { extra, ..wide })
    }

    /// What [`Desk::stop`] sends.
    pub fn stop_of(
        &mut self,
        account: u32,
        side: Side,
        (trigger, limit): (i64, i64),
        qty: u64,
    ) -> NewOrderWide {
        let ord_type = if limit == 0 { OrdType::Stop } else { OrdType::StopLimit };
        let order = self.order_of(account, side, limit, qty);
        let order = NewOrder { ord_type: ord_type.into(), ..order };
        let extra = NewOrderExtra { stop_px: px(trigger), ..NewOrderExtra::default() };
        NewOrderWide { order, extra }
    }
}
