//! The short way of most cancels: of a working order of the session's own, by its ClOrdID.
//!
//! Whoever fails any check has changed nothing by that and goes the long way.

use pinion_types::command::Cancel;
use pinion_types::event::Canceled;
use pinion_types::text::Spare;
use pinion_types::{CancelReason, Command, Nanos, SessionId, SideFilter, TradingState};

use super::find::Named;
use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::entry::canceled;
use crate::session::{Emit, Lane};
use crate::tables::{extras, watch};

impl Engine {
    /// Takes a cancel the short way; false, and nothing has changed, where it must go the long one.
    #[inline(never)]
    pub(crate) fn plain_cancel<S: Sink>(
        &mut self,
        now: Nanos,
        command: &Command,
        sink: &mut S,
    ) -> bool {
        let Some(body) = command.body::<Cancel>() else { return false };
        let header = command.header();
        let Some(slot) = self.look_cancel(now, header.session, body) else { return false };
        let Some(step) = self.sessions.look(now, header, Lane::Cancels, body.cl_ord_id) else {
            return false;
        };
        let number = self.sessions.step(&step, header, Lane::Cancels, body.cl_ord_id);
        let answer = Canceled {
            cl_ord_id: body.cl_ord_id,
            received_time: body.received_time,
            ..canceled(self.orders.at(slot), CancelReason::ClientRequest)
        };
        // Written well before it leaves: what was just written in parts is slow to be read whole.
        self.event.put(header.session, number, answer);
        let order = self.withdraw(slot);
        self.forget(&order);
        let mut out = Out::new(sink, self.events);
        out.emit(&self.event);
        self.events = out.events();
        true
    }

    /// Every check of a cancel but those of its session, and the slot of its order.
    #[inline(always)]
    fn look_cancel(&self, now: Nanos, session: SessionId, body: &Cancel) -> Option<u32> {
        let is_side = body.side.0 == 0
            || body.side.0 == SideFilter::Buy.code()
            || body.side.0 == SideFilter::Sell.code();
        if !is_side
            || body.orig_cl_ord_id.0 == 0
            || body.spare != [0; 3]
            || body.spare2 != Spare([0; 4])
        {
            return None;
        }
        self.check_moments(now, body.sending_time, Nanos(0)).ok()?;
        if self.past_orders > 0 && self.orders.by_cl_ord_id(session.0, body.cl_ord_id.0).is_some() {
            return None;
        }
        let named = Named {
            orig_cl_ord_id: body.orig_cl_ord_id,
            order_id: body.order_id,
            instrument: body.instrument,
            side: body.side,
        };
        let slot = self.orders.by_cl_ord_id(session.0, body.orig_cl_ord_id.0)?;
        let order = self.orders.at(slot);
        let instrument = &self.instruments[order.instrument as usize];
        let is_named = body.order_id.0 == 0 || body.order_id.0 == order.order_id;
        // Rates of accounts count cancels as well; an auction looks at its book again; others end
        // with a linked order.
        let asks = watch::ASKED | watch::LINKED;
        let is_asked = self.accounts[order.account as usize].watch & asks != 0;
        let is_followed = instrument.extras & extras::FOLLOWED != 0;
        let trades = instrument.state == Some(TradingState::Continuous);
        let is_plain = trades && !is_asked && !is_followed;
        if !is_plain || !is_named || named.differs(order) {
            return None;
        }
        Some(slot)
    }
}
