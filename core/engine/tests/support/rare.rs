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
