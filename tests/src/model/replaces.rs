//! Replace: one step, the order as it was where it is refused.

use pinion_types::codes::{CancelReason, CxlRejResponseTo, OrdType, TimeInForce};
use pinion_types::command::{Replace, order_flags};
use pinion_types::event::Replaced;
use pinion_types::{ClOrdId, RejectCode};

use super::Model;
use super::book::{Asked, replaced};
use super::cancels::Naming;
use super::entry::Times;
use super::refusal::{Checked, refuse_if};
use super::tables::Order;

impl Model {
    pub(super) fn replace(&mut self, body: &Replace) {
        if !self.admit(101, body.cl_ord_id.0, body.received_time) {
            return;
        }
        let naming = Naming {
            cl_ord_id: body.cl_ord_id,
            orig_cl_ord_id: body.orig_cl_ord_id,
            order_id: body.order_id,
            instrument: body.instrument,
            side: body.side,
        };
        let refusal = match self.checked_replace(body, &naming) {
            Ok((old, new)) => return self.change(body, old, new),
            Err(refusal) => refusal,
        };
        self.cancel_rejected(&naming, CxlRejResponseTo::Replace, &refusal);
    }

    /// Everything that can refuse a replace; gives the order before and after.
    fn checked_replace(&mut self, body: &Replace, naming: &Naming) -> Checked<(Order, Order)> {
        let tif = body.time_in_force.get();
        self.named_well(naming)?;
        refuse_if(body.time_in_force.0 != 0 && tif.is_none(), RejectCode::UnknownEnumValue)?;
        let reserved =
            body.flags & !order_flags::ALL != 0 || body.spare != [0; 5] || body.spare2.0 != [0; 4];
        refuse_if(reserved, RejectCode::ReservedNotZero)?;
        self.check_times(&Times { sending: body.sending_time, valid_until: body.valid_until })?;
        self.check_role()?;
        let named = self.find(naming);
        let account = match (body.account.0, &named) {
            (0, Ok(order)) => order.account,
            (account, _) => account,
        };
        refuse_if(account != 0 && !self.owns(account), RejectCode::UnknownAccount)?;
        if account != 0 {
            self.check_blocks(account, body.instrument.0)?;
        }
        self.check_state(body.instrument.0)?;
        self.use_cl_ord_id(body.cl_ord_id)?;
        let old = named?;
        self.check_wishes(body, tif)?;
        let new = Order {
            cl_ord_id: body.cl_ord_id.0,
            user_data: body.user_data,
            account,
            tif: tif.unwrap_or(old.tif),
            px: body.px.0,
            qty: body.qty.0,
            ord_type: OrdType::Limit,
            ..old.clone()
        };
        if new.qty <= new.cum + new.prevented {
            return Ok((old, new));
        }
        let px_is_new = new.px != old.px;
        self.check_filters(&new, true)?;
        if px_is_new {
            self.check_collar(&new)?;
        }
        self.check_risk(&new, Some(&old))?;
        self.check_capacity(&new, Some(&old))?;
        Ok((old, new))
    }

    /// Step 10 of a replace.
    fn check_wishes(&self, body: &Replace, tif: Option<TimeInForce>) -> Checked {
        let at_once = [Some(TimeInForce::ImmediateOrCancel), Some(TimeInForce::FillOrKill)];
        refuse_if(at_once.contains(&tif), RejectCode::IllegalTypeAndTif)?;
        let served = matches!(tif, None | Some(TimeInForce::Day | TimeInForce::GoodTillCancel));
        let wishes = body.stop_px.0 != 0
            || body.display_qty.0 != 0
            || body.expire_time.0 != 0
            || body.flags & (order_flags::REDUCE_ONLY | order_flags::HIDDEN) != 0;
        refuse_if(!served || wishes, RejectCode::NotSupported)
    }

    fn change(&mut self, body: &Replace, old: Order, new: Order) {
        let index = self.orders.iter().position(|order| order.id == old.id).expect("it works");
        if new.qty <= new.cum + new.prevented {
            let order = self.orders.remove(index);
            let asked = Asked {
                session: self.header.session.0,
                cl_ord_id: body.cl_ord_id.0,
                received_time: body.received_time,
            };
            return self.gone(order, CancelReason::ReplacedToFilled, Some(asked));
        }
        let keeps = new.account == old.account && new.px == old.px && new.qty <= old.qty;
        self.positions.entry((new.account, new.instrument)).or_default();
        let told = Replaced {
            orig_cl_ord_id: ClOrdId(old.cl_ord_id),
            received_time: body.received_time,
            priority_lost: u8::from(!keeps),
            ..replaced(&new)
        };
        self.tell(new.session, &told);
        if keeps {
            self.orders[index] = new;
        } else {
            self.orders.remove(index);
            self.incoming(new);
        }
    }
}
