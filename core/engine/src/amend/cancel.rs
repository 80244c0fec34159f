//! Cancel: never stopped by risk, blocks or throttle.

use pinion_types::codes::CxlRejResponseTo;
use pinion_types::command::Cancel;
use pinion_types::text::Spare;
use pinion_types::{AccountId, CancelReason, Nanos, RejectCode, TradingState};

use super::find::{Named, Request};
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::entry::{Asked, Case};

impl Engine {
    /// A cancel: the order is gone, or the request is refused.
    pub(crate) fn cancel<S: Sink>(&mut self, cx: &Context, body: &Cancel, out: &mut Out<'_, S>) {
        let request = Request {
            cl_ord_id: body.cl_ord_id,
            named: Named {
                orig_cl_ord_id: body.orig_cl_ord_id,
                order_id: body.order_id,
                instrument: body.instrument,
                side: body.side,
            },
            response_to: CxlRejResponseTo::Cancel,
        };
        match self.admit_cancel(cx, body, &request.named) {
            Ok(slot) => {
                let asked = Asked {
                    session: cx.session,
                    cl_ord_id: body.cl_ord_id,
                    received_time: body.received_time,
                };
                self.cancel_working(slot, CancelReason::ClientRequest, Some(&asked), out);
            }
            Err(code) => {
                let case = Case {
                    cl_ord_id: body.cl_ord_id.0,
                    sending_time: body.sending_time,
                    ..Case::default()
                };
                let refusal = self.explain(cx, code, &case);
                self.report_cancel_rejected(cx, &request, AccountId(0), &refusal, out);
            }
        }
    }

    /// Steps 4 to 6 and 9, then the order, then the state.
    fn admit_cancel(
        &mut self,
        cx: &Context,
        body: &Cancel,
        named: &Named,
    ) -> Result<u32, RejectCode> {
        if body.side.0 != 0 && body.side.get().is_none() {
            return Err(RejectCode::UnknownEnumValue);
        }
        if body.cl_ord_id.0 == 0 || (body.orig_cl_ord_id.0 == 0 && body.order_id.0 == 0) {
            return Err(RejectCode::RequiredFieldMissing);
        }
        if body.spare != [0; 3] || body.spare2 != Spare([0; 4]) {
            return Err(RejectCode::ReservedNotZero);
        }
        self.check_times(cx, body.sending_time, Nanos(0))?;
        self.check_role(cx.session)?;
        self.use_cl_ord_id(cx.session, body.cl_ord_id)?;
        let slot = self.find(cx.session, named)?;
        self.count_account_cancel(cx.now, self.orders.at(slot).account);
        let instrument = &self.instruments[self.orders.at(slot).instrument as usize];
        if instrument.state == Some(TradingState::Closed) {
            return Err(RejectCode::StateForbids);
        }
        Ok(slot)
    }

    /// Takes a working order away and says so; who follows it does so directly after.
    pub(crate) fn cancel_working<S: Sink>(
        &mut self,
        slot: u32,
        reason: CancelReason,
        asked: Option<&Asked>,
        out: &mut Out<'_, S>,
    ) {
        self.cancel_alone(slot, reason, asked, out);
        if self.links.is_busy() {
            self.follow_links(out);
        }
    }

    /// The same; who follows a linked order is noted, and waits.
    pub(crate) fn cancel_alone<S: Sink>(
        &mut self,
        slot: u32,
        reason: CancelReason,
        asked: Option<&Asked>,
        out: &mut Out<'_, S>,
    ) {
        let link = self.link_of(slot);
        let order = self.take_out(slot);
        self.forget(&order);
        self.report_canceled(&order, reason, asked, out);
        if let Some(link) = link {
            self.note_leg(&order, link, true);
        }
    }
}
