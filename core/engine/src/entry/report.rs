//! What is said about orders: one function an event.

use pinion_types::command::{NewOrder, NewOrderExtra};
use pinion_types::event::{self, Accepted, Canceled, Rejected, Replaced};
use pinion_types::text::Spare;
use pinion_types::{
    AccountId, Amount, CancelReason, ClOrdId, InstrumentId, Liquidity, Nanos, OrdStatus, OrderId,
    Px, Qty, RejectCode, SessionId, StpMode, TradeId,
};

use super::settle::Settled;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::Order;

/// Who asked for a cancel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) session: SessionId,
    pub(crate) cl_ord_id: ClOrdId,
    pub(crate) received_time: Nanos,
}

impl Engine {
    /// A price of an instrument as it is outside.
    pub(crate) fn px(&self, instrument: u32, tick: i64) -> Px {
        self.instruments[instrument as usize].px(tick)
    }

    pub(super) fn report_accepted<S: Sink>(
        &mut self,
        order: &Order,
        body: &NewOrder,
        out: &mut Out<'_, S>,
    ) {
        let accepted = self.accepted(order, body);
        self.tell(SessionId(order.session), accepted, out);
    }

    /// The same for an order in hand that is rare.
    pub(super) fn report_accepted_rare<S: Sink>(
        &mut self,
        order: &Order,
        body: &NewOrder,
        out: &mut Out<'_, S>,
    ) {
        let accepted = Accepted {
            display_qty: Qty(self.rare.display),
            stop_px: self.stop_px(order, &self.rare),
            ord_status: order.whole_status().into(),
            ..self.accepted(order, body)
        };
        self.tell(SessionId(order.session), accepted, out);
    }

    #[inline(always)]
    fn accepted(&self, order: &Order, body: &NewOrder) -> Accepted {
        let px = self.px(order.instrument, order.tick);
        // A peg that stays where it was entered is a limit order from then on.
        let ord_type = order.traits.ord_type.into();
        Accepted { ord_type, ..accepted(OrderId(order.order_id), px, order.traits.stp_mode, body) }
    }

    #[cold]
    pub(super) fn report_rejected<S: Sink>(
        &mut self,
        cx: &Context,
        (body, extra): (&NewOrder, Option<&NewOrderExtra>),
        code: RejectCode,
        out: &mut Out<'_, S>,
    ) {
        self.count_refusal(code);
        let refusal = self.explain_new(cx, body, extra, code);
        let rejected = Rejected {
            cl_ord_id: body.cl_ord_id,
            user_data: body.user_data,
            ref_seq_num: cx.src_seq,
            limit: refusal.limit,
            current: refusal.current,
            would_be: refusal.would_be,
            received_time: body.received_time,
            instrument: body.instrument,
            account: body.account,
            scope_id: refusal.scope_id,
            code: refusal.code.into(),
            side: body.side,
            limit_id: refusal.limit_id,
            scope: refusal.scope,
            spare: [0; 7],
        };
        self.tell(cx.session, rejected, out);
    }

    pub(crate) fn report_trade<S: Sink>(
        &mut self,
        order: &Order,
        trade_id: u64,
        (tick, qty): (i64, u64),
        settled: Settled,
        liquidity: Liquidity,
        out: &mut Out<'_, S>,
    ) {
        let trade = event::Trade {
            cl_ord_id: ClOrdId(order.cl_ord_id),
            order_id: OrderId(order.order_id),
            trade_id: TradeId(trade_id),
            user_data: order.user_data,
            last_px: self.px(order.instrument, tick),
            last_qty: Qty(qty),
            cum_qty: Qty(order.cum),
            leaves_qty: Qty(order.leaves),
            fee: Amount::from(settled.fee),
            position: settled.position,
            instrument: InstrumentId(order.instrument + 1),
            account: AccountId(order.account + 1),
            side: order.traits.side.into(),
            ord_status: order.status().into(),
            liquidity: liquidity.into(),
            spare: [0; 5],
            spare2: Spare([0; 5]),
        };
        self.tell(SessionId(order.session), trade, out);
    }

    /// An order is gone with what it has left. Who asked is answered; where that is not who entered
    /// it, both are told.
    pub(crate) fn report_canceled<S: Sink>(
        &mut self,
        order: &Order,
        reason: CancelReason,
        asked: Option<&Asked>,
        out: &mut Out<'_, S>,
    ) {
        let owner = SessionId(order.session);
        let canceled = canceled(order, reason);
        let Some(asked) = asked else {
            self.tell(owner, canceled, out);
            return;
        };
        if asked.session != owner {
            self.tell(owner, canceled, out);
        }
        let answer =
            Canceled { cl_ord_id: asked.cl_ord_id, received_time: asked.received_time, ..canceled };
        self.tell(asked.session, answer, out);
    }

    /// Self-trade prevention took something of an order, or its trigger elected it; it goes on.
    pub(super) fn report_restated<S: Sink>(&mut self, order: &Order, out: &mut Out<'_, S>) {
        let restated = Replaced { restated: 1, ..self.replaced(order) };
        self.tell(SessionId(order.session), restated, out);
    }

    /// An order as it stands, as a report of a change.
    pub(crate) fn replaced(&self, order: &Order) -> Replaced {
        let rare = self.rare_in(order);
        Replaced {
            display_qty: Qty(rare.display),
            stop_px: self.stop_px(order, &rare),
            cl_ord_id: ClOrdId(order.cl_ord_id),
            orig_cl_ord_id: ClOrdId(order.cl_ord_id),
            order_id: OrderId(order.order_id),
            user_data: order.user_data,
            px: self.px(order.instrument, order.tick),
            qty: Qty(order.qty),
            leaves_qty: Qty(order.leaves),
            cum_qty: Qty(order.cum),
            prevented_qty: Qty(order.prevented()),
            instrument: InstrumentId(order.instrument + 1),
            account: AccountId(order.account + 1),
            side: order.traits.side.into(),
            ord_status: order.whole_status().into(),
            time_in_force: order.traits.time_in_force.into(),
            ..Replaced::default()
        }
    }
}

/// An order that is gone, as it is told to whoever entered it.
#[inline(always)]
pub(crate) fn canceled(order: &Order, reason: CancelReason) -> Canceled {
    Canceled {
        cl_ord_id: ClOrdId(order.cl_ord_id),
        orig_cl_ord_id: ClOrdId(order.cl_ord_id),
        order_id: OrderId(order.order_id),
        user_data: order.user_data,
        cum_qty: Qty(order.cum),
        canceled_qty: Qty(order.leaves),
        prevented_qty: Qty(order.prevented()),
        received_time: Nanos(0),
        instrument: InstrumentId(order.instrument + 1),
        account: AccountId(order.account + 1),
        side: order.traits.side.into(),
        reason: reason.into(),
        ord_status: Order::status_canceled(reason).into(),
        spare: [0; 5],
    }
}

/// A new order as it is told to whoever sent it, nothing filled, where it is not rare.
#[inline(always)]
pub(super) fn accepted(order_id: OrderId, px: Px, stp_mode: StpMode, body: &NewOrder) -> Accepted {
    Accepted {
        cl_ord_id: body.cl_ord_id,
        order_id,
        user_data: body.user_data,
        px,
        qty: body.qty,
        display_qty: Qty(0),
        stop_px: Px(0),
        received_time: body.received_time,
        instrument: body.instrument,
        account: body.account,
        side: body.side,
        ord_type: body.ord_type,
        time_in_force: body.time_in_force,
        exec_inst: body.exec_inst,
        stp_mode: stp_mode.into(),
        ord_status: OrdStatus::New.into(),
        flags: body.flags,
        spare: 0,
    }
}
