//! Which order a request means, without telling of others.

use pinion_types::codes::{CxlRejResponseTo, RawSide};
use pinion_types::event::CancelRejected;
use pinion_types::{AccountId, ClOrdId, InstrumentId, OrderId, RejectCode, SessionId};

use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::entry::Refusal;
use crate::orders::Order;

/// How a request names an order.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) orig_cl_ord_id: ClOrdId,
    pub(super) order_id: OrderId,
    pub(super) instrument: InstrumentId,
    pub(super) side: RawSide,
}

impl Named {
    /// True where it names another instrument or side than the order has.
    #[inline(always)]
    pub(super) fn differs(&self, order: &Order) -> bool {
        (self.instrument.0 != 0 && self.instrument.0 != order.instrument + 1)
            || (self.side.0 != 0 && self.side.0 != order.traits.side.code())
    }
}

/// A request to change one order, for the answer where it is refused.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) cl_ord_id: ClOrdId,
    pub(super) named: Named,
    pub(super) response_to: CxlRejResponseTo,
}

impl Engine {
    /// The slot of the order that is meant: of this session by its own id, of any of its accounts
    /// by the venue's.
    pub(super) fn find(&self, session: SessionId, named: &Named) -> Result<u32, RejectCode> {
        let slot = self.find_by_id(session, named.orig_cl_ord_id, named.order_id)?;
        let order = self.orders.at(slot);
        if named.differs(order) { Err(RejectCode::OrderMismatch) } else { Ok(slot) }
    }

    /// The slot of a working order by either id, or by both where they agree.
    pub(crate) fn find_by_id(
        &self,
        session: SessionId,
        cl_ord_id: ClOrdId,
        order_id: OrderId,
    ) -> Result<u32, RejectCode> {
        let missing = RejectCode::UnknownOrder;
        if cl_ord_id.0 != 0 {
            return match self.orders.by_cl_ord_id(session.0, cl_ord_id.0) {
                Some(slot) if order_id.0 == 0 || self.orders.at(slot).order_id == order_id.0 => {
                    Ok(slot)
                }
                Some(_) => Err(missing),
                None if self.orders.was_cl_ord_id(session.0, cl_ord_id.0) => {
                    Err(RejectCode::TooLateToCancel)
                }
                None => Err(missing),
            };
        }
        if order_id.0 == 0 {
            return Err(missing);
        }
        match self.orders.by_order_id(order_id.0) {
            Some(slot) => {
                let account = AccountId(self.orders.at(slot).account + 1);
                self.sessions.may_trade(session, account).then_some(slot).ok_or(missing)
            }
            None => match self.orders.closed_account(order_id.0) {
                Some(account) if self.sessions.may_trade(session, AccountId(account + 1)) => {
                    Err(RejectCode::TooLateToCancel)
                }
                _ => Err(missing),
            },
        }
    }

    pub(super) fn report_cancel_rejected<S: Sink>(
        &mut self,
        cx: &Context,
        request: &Request,
        account: AccountId,
        refusal: &Refusal,
        out: &mut Out<'_, S>,
    ) {
        self.count_refusal(refusal.code);
        let rejected = CancelRejected {
            cl_ord_id: request.cl_ord_id,
            orig_cl_ord_id: request.named.orig_cl_ord_id,
            order_id: request.named.order_id,
            ref_seq_num: cx.src_seq,
            limit: refusal.limit,
            current: refusal.current,
            would_be: refusal.would_be,
            instrument: request.named.instrument,
            account,
            scope_id: refusal.scope_id,
            code: refusal.code.into(),
            response_to: request.response_to.into(),
            limit_id: refusal.limit_id,
            scope: refusal.scope,
            spare: [0; 7],
        };
        self.tell(cx.session, rejected, out);
    }
}
