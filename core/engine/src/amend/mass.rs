//! Many orders at once, oldest first: mass cancel, disconnect, end of day, kill.

use pinion_types::codes::RawSideFilter;
use pinion_types::command::MassCancel;
use pinion_types::event::MassCanceled;
use pinion_types::text::Spare;
use pinion_types::{
    AccountId, CancelReason, InstrumentId, MassScope, Nanos, RejectCode, Scope, SessionId,
    SideFilter, TimeInForce,
};

use super::gather::Gather;
use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::entry::Asked;
use crate::orders::Order;
use crate::session::CodScope;

impl Engine {
    /// A mass cancel: each order is reported, then how many there were.
    pub(crate) fn mass_cancel<S: Sink>(
        &mut self,
        cx: &Context,
        body: &MassCancel,
        out: &mut Out<'_, S>,
    ) {
        let done = self.admit_mass_cancel(cx, body).map(|scope| {
            let count = self.gather_mass(cx.session, scope, body);
            let asked = Asked {
                session: cx.session,
                cl_ord_id: body.cl_ord_id,
                received_time: body.received_time,
            };
            self.cancel_gathered(count, CancelReason::MassCancel, Some(&asked), out)
        });
        let answer = MassCanceled {
            cl_ord_id: body.cl_ord_id,
            ref_seq_num: cx.src_seq,
            affected_count: done.unwrap_or(0),
            received_time: body.received_time,
            account: body.account,
            instrument: body.instrument,
            code: done.err().map_or_else(Default::default, Into::into),
            scope: body.scope,
            side: body.side,
            spare: 0,
            spare2: Spare([0; 4]),
        };
        self.tell(cx.session, answer, out);
    }

    fn admit_mass_cancel(
        &mut self,
        cx: &Context,
        body: &MassCancel,
    ) -> Result<MassScope, RejectCode> {
        let scope = body.scope.get().ok_or(RejectCode::UnknownEnumValue)?;
        if body.side.0 != 0 && body.side.get().is_none() {
            return Err(RejectCode::UnknownEnumValue);
        }
        if body.cl_ord_id.0 == 0 {
            return Err(RejectCode::RequiredFieldMissing);
        }
        let names_account = body.account.0 != 0;
        if names_account != (scope == MassScope::Account) {
            let code = if names_account {
                RejectCode::ReservedNotZero
            } else {
                RejectCode::RequiredFieldMissing
            };
            return Err(code);
        }
        if body.spare != [0; 6] || body.spare2 != Spare([0; 5]) {
            return Err(RejectCode::ReservedNotZero);
        }
        self.check_times(cx, body.sending_time, Nanos(0))?;
        self.check_role(cx.session)?;
        if names_account {
            self.check_account(cx.session, body.account)?;
        }
        if body.instrument.0 != 0 && !self.is_instrument(body.instrument) {
            return Err(RejectCode::UnknownInstrument);
        }
        self.use_cl_ord_id(cx.session, body.cl_ord_id)?;
        if names_account {
            self.count_account_cancel(cx.now, body.account.0 - 1);
        }
        Ok(scope)
    }

    fn gather_mass(&mut self, session: SessionId, scope: MassScope, body: &MassCancel) -> usize {
        let (instrument, side) = (body.instrument, body.side);
        let keep = |order: &Order| is_meant(order, instrument, side);
        let mut gather =
            Gather::new(&self.accounts, &self.positions, &self.orders, &mut self.scratch);
        match scope {
            MassScope::Session => gather.list(self.session_orders[session.0 as usize], keep),
            MassScope::Account => gather.account(body.account, keep),
            MassScope::All => {
                for account in self.sessions.accounts(session) {
                    gather.account(account, keep);
                }
            }
        }
        gather.sort()
    }

    /// The session lost its connection, or its grace is over.
    pub(crate) fn cancel_on_disconnect<S: Sink>(
        &mut self,
        session: SessionId,
        scope: CodScope,
        out: &mut Out<'_, S>,
    ) {
        let covers = |order: &Order| scope.covers(order.traits.time_in_force, order.cod());
        let Some(&head) = self.session_orders.get(session.0 as usize) else { return };
        let mut gather = self.gather();
        gather.list(head, covers);
        let count = gather.sort();
        self.cancel_gathered(count, CancelReason::CancelOnDisconnect, None, out);
    }

    /// Every order of a scope, for a kill; gives how many.
    pub(crate) fn cancel_scope<S: Sink>(
        &mut self,
        scope: Scope,
        id: u32,
        out: &mut Out<'_, S>,
    ) -> u64 {
        let head = self.session_orders.get(id as usize).copied().unwrap_or(NONE);
        let index = id.wrapping_sub(1);
        let positions = self.instruments.get(index as usize).map_or(NONE, |it| it.positions);
        let mut gather = self.gather();
        match scope {
            Scope::Global => gather.all(|_| true),
            Scope::Session => gather.list(head, |_| true),
            Scope::Account => gather.account(AccountId(id), |_| true),
            Scope::Instrument => gather.instrument(positions, |_| true),
            Scope::Firm => gather.firm(index),
        }
        let count = gather.sort();
        self.cancel_gathered(count, CancelReason::KillSwitch, None, out)
    }

    /// Every order of an account that is closed; gives how many.
    pub(crate) fn cancel_account<S: Sink>(&mut self, account: u32, out: &mut Out<'_, S>) -> u64 {
        let mut gather = self.gather();
        gather.account(AccountId(account + 1), |_| true);
        let count = gather.sort();
        self.cancel_gathered(count, CancelReason::CloseOnly, None, out)
    }

    /// Every order of a position that is closed; gives how many.
    pub(crate) fn cancel_position<S: Sink>(&mut self, slot: u32, out: &mut Out<'_, S>) -> u64 {
        let mut gather = self.gather();
        gather.position(slot, |_| true);
        let count = gather.sort();
        self.cancel_gathered(count, CancelReason::CloseOnly, None, out)
    }

    /// The orders by which an account would have more than it has, or the other way round.
    pub(crate) fn cancel_increasing<S: Sink>(&mut self, account: u32, out: &mut Out<'_, S>) -> u64 {
        let mut gather = self.gather();
        gather.increasing(AccountId(account + 1));
        let count = gather.sort();
        self.cancel_gathered(count, CancelReason::CloseOnly, None, out)
    }

    /// The orders of a position that may only reduce it, oldest first; gives how many.
    pub(crate) fn gather_reducing(&mut self, position: u32) -> usize {
        let mut gather = self.gather();
        gather.position(position, Order::reduces);
        gather.sort()
    }

    /// Orders of the day that is over, and those for one of its auctions.
    pub(crate) fn expire_day<S: Sink>(&mut self, out: &mut Out<'_, S>) {
        use TimeInForce::{AtTheClose, AtTheOpening, Day};
        let of_day =
            |order: &Order| matches!(order.traits.time_in_force, Day | AtTheOpening | AtTheClose);
        let mut gather = self.gather();
        gather.all(of_day);
        let count = gather.sort();
        self.cancel_gathered(count, CancelReason::Expired, None, out);
    }

    /// The orders of an instrument that end, whose first position is `positions`.
    pub(crate) fn expire_in<S: Sink>(
        &mut self,
        positions: u32,
        ends: impl Fn(&Order) -> bool + Copy,
        out: &mut Out<'_, S>,
    ) {
        let mut gather = self.gather();
        gather.instrument(positions, ends);
        let count = gather.sort();
        self.cancel_gathered(count, CancelReason::Expired, None, out);
    }

    /// The closing orders of an instrument that wait join its book, those first that have waited
    /// longest.
    pub(crate) fn join_closing<S: Sink>(&mut self, index: u32, out: &mut Out<'_, S>) {
        let positions = self.instruments[index as usize].positions;
        let mut gather = self.gather();
        gather.instrument(positions, |order| order.waits() && order.is_of_auction());
        let count = gather.sort();
        for (age, slot) in &mut self.scratch[..count] {
            *age = self.orders.at(*slot).priority;
        }
        self.scratch[..count].sort_unstable();
        for place in 0..count {
            let (_, slot) = self.scratch[place];
            self.join(slot, out);
        }
    }

    /// Dated orders whose end has come, the earliest first, of equal ones the oldest.
    pub(crate) fn expire_due<S: Sink>(&mut self, now: Nanos, out: &mut Out<'_, S>) {
        while let Some(slot) = self.expiries.first_due(now) {
            self.cancel_working(slot, CancelReason::Expired, None, out);
        }
    }

    /// Orders to be gathered, none so far.
    fn gather(&mut self) -> Gather<'_> {
        Gather::new(&self.accounts, &self.positions, &self.orders, &mut self.scratch)
    }

    /// Cancels the first `count` of what was gathered, oldest first; gives how many.
    fn cancel_gathered<S: Sink>(
        &mut self,
        count: usize,
        reason: CancelReason,
        asked: Option<&Asked>,
        out: &mut Out<'_, S>,
    ) -> u64 {
        for index in 0..count {
            let (order_id, slot) = self.scratch[index];
            // Who is linked may have ended with another of them.
            if self.orders.at(slot).order_id != order_id {
                continue;
            }
            let owner = self.orders.at(slot).session;
            // Another session's order is reported to that one alone.
            let asked = asked.filter(|asked| asked.session.0 == owner);
            self.cancel_working(slot, reason, asked, out);
        }
        count as u64
    }

    pub(crate) fn is_instrument(&self, instrument: InstrumentId) -> bool {
        let place = self.instruments.get(instrument.0.wrapping_sub(1) as usize);
        place.is_some_and(crate::tables::Instrument::is_defined)
    }
}

/// Whether a mass cancel that is narrowed means an order.
fn is_meant(order: &Order, instrument: InstrumentId, side: RawSideFilter) -> bool {
    let is_side = match side.get() {
        Some(SideFilter::Buy) => order.is_buy(),
        Some(SideFilter::Sell) => !order.is_buy(),
        None => true,
    };
    is_side && (instrument.0 == 0 || instrument.0 == order.instrument + 1)
}
