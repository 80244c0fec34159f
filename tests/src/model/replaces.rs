//! Replace: one step, the order as it was where it is refused.

use pinion_types::codes::{CancelReason, CxlRejResponseTo, OrdType, TimeInForce};
use pinion_types::command::{Replace, order_flags};
use pinion_types::event::Replaced;
use pinion_types::{ClOrdId, RejectCode};

use super::Model;
use super::book::{Asked, replaced};
use super::cancels::Naming;
use super::entry::Times;
use super::refusal::{Checked, Refusal, refuse_if};
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
        match self.checked_replace(body, &naming) {
            Ok((old, new)) => self.change(body, old, new),
            Err((account, refusal)) => {
                self.cancel_rejected(&naming, CxlRejResponseTo::Replace, account, &refusal);
            }
        }
    }

    /// Everything that can refuse a replace; gives the order before and after. A refusal comes with
    /// the order's account once the order is known, 0 before.
    fn checked_replace(
        &mut self,
        body: &Replace,
        naming: &Naming,
    ) -> Result<(Order, Order), (u32, Refusal)> {
        let named = self.find(naming);
        let account = self.checked_request(body, naming, &named).map_err(|it| (0, it))?;
        let old = named.map_err(|it| (0, it))?;
        let new = self.checked_change(body, &old, account.unwrap_or(old.account));
        new.map(|new| (old.clone(), new)).map_err(|it| (old.account, it))
    }

    /// Steps 4 to 9; gives the account it is to be for, where that can be told.
    fn checked_request(
        &mut self,
        body: &Replace,
        naming: &Naming,
        named: &Checked<Order>,
    ) -> Checked<Option<u32>> {
        let bad_tif = body.time_in_force.0 != 0 && body.time_in_force.get().is_none();
        refuse_if(bad_tif, RejectCode::UnknownEnumValue)?;
        self.named_well(naming)?;
        let tif = body.time_in_force.get();
        let undated = tif.is_some_and(|tif| tif != TimeInForce::GoodTillDate);
        let reserved = (undated && body.expire_time.0 != 0)
            || body.flags & !order_flags::POSS_RESEND != 0
            || body.spare != [0; 5]
            || body.spare2 != 0;
        refuse_if(reserved, RejectCode::ReservedNotZero)?;
        self.check_times(&Times { sending: body.sending_time, valid_until: body.valid_until })?;
        self.check_role()?;
        // What is not named is the order's own, where the order is known.
        let own = named.as_ref().ok();
        let account = match body.account.0 {
            0 => own.map(|order| order.account),
            account => Some(account),
        };
        if let Some(account) = account {
            refuse_if(!self.owns(account), RejectCode::UnknownAccount)?;
            if let Some(order) = own {
                self.check_right(account, order.instrument, order.side, order.ord_type)?;
            }
            self.take_of_account(account)?;
            let instrument = match body.instrument.0 {
                0 => own.map_or(0, |order| order.instrument),
                instrument => instrument,
            };
            self.check_blocks(account, instrument)?;
            self.check_state(instrument, own.is_some_and(|order| order.post.is_some()))?;
        }
        self.use_cl_ord_id(body.cl_ord_id)?;
        Ok(account)
    }

    /// Steps 10 to 17; gives the order as it would be.
    fn checked_change(&self, body: &Replace, old: &Order, account: u32) -> Checked<Order> {
        refuse_if(old.session != self.header.session.0, RejectCode::OrderMismatch)?;
        let tif = body.time_in_force.get().unwrap_or(old.tif);
        self.check_wishes(body, old, tif)?;
        let expire_time = self.end_of(body, old, tif)?;
        let stop_px = self.trigger_of(body, old)?;
        let display = self.display_of(body, old)?;
        let follows = self.offsets_of(body, old);
        let moves = account != old.account;
        let mut new = Order {
            cl_ord_id: body.cl_ord_id.0,
            user_data: body.user_data,
            account,
            stp_key: if moves { self.stp_key(account, 0) } else { old.stp_key },
            tif,
            expire_time,
            px: body.px.0,
            qty: body.qty.0,
            stop_px,
            display,
            ..old.clone()
        };
        self.check_relink(&new, old)?;
        (new.peg, new.trail) = follows?;
        if new.waits_for_entry() {
            self.check_exit(&mut new, Some(old))?;
            return Ok(new);
        }
        if new.peg.is_some() {
            return self.check_repeg(new, old);
        }
        if new.waits_for_trigger() {
            if new.trail.is_some() {
                self.check_retrailing(&mut new, old)?;
            } else {
                self.check_stop(&mut new, body.stop_px.0 != 0, Some(old))?;
            }
            self.check_reference(&new, Some(old))?;
            self.check_risk(&new, Some(old))?;
            self.check_reduce_only(&new, Some(old))?;
            if new.stop_px != old.stop_px {
                self.check_trigger(&new)?;
            }
            self.check_capacity(&new, Some(old))?;
            return Ok(new);
        }
        self.check_regrid(&new, new.px, old.px)?;
        if new.qty > 0 && new.qty <= new.cum + new.prevented {
            return Ok(new);
        }
        self.slide(&mut new)?;
        self.check_quantity(&new)?;
        self.check_value(&new)?;
        self.check_reference(&new, Some(old))?;
        self.check_risk(&new, Some(old))?;
        self.check_reduce_only(&new, Some(old))?;
        self.check_post_only(&new)?;
        self.check_capacity(&new, Some(old))?;
        Ok(new)
    }

    /// Step 10 of a replace.
    fn check_wishes(&self, body: &Replace, old: &Order, tif: TimeInForce) -> Checked {
        let at_once = [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill];
        let shows_all =
            old.is_suspended || old.is_hidden || old.is_of_auction() || old.link.is_some();
        let shows_all = shows_all || old.peg.is_some();
        let shows = body.display_qty.0 > 0 && shows_all;
        let of_auction = [TimeInForce::AtTheOpening, TimeInForce::AtTheClose];
        let named = body.time_in_force.get();
        let other_tif = named.is_some_and(|tif| of_auction.contains(&tif) || old.is_of_auction());
        let conflict = at_once.contains(&tif) || shows || other_tif;
        refuse_if(conflict, RejectCode::IllegalTypeAndTif)?;
        let wishes = (body.min_qty.0, body.protection_ticks) != (0, 0);
        refuse_if(wishes, RejectCode::NotSupported)
    }

    /// When the order is to end; 0 where it is not dated.
    fn end_of(&self, body: &Replace, old: &Order, tif: TimeInForce) -> Checked<u64> {
        let asked = body.expire_time.0;
        if tif != TimeInForce::GoodTillDate {
            refuse_if(asked != 0, RejectCode::ReservedNotZero)?;
            return Ok(0);
        }
        if asked == 0 && old.tif == TimeInForce::GoodTillDate {
            return Ok(old.expire_time);
        }
        refuse_if(asked <= self.now, RejectCode::ExpireTimePassed)?;
        Ok(asked)
    }

    /// The trigger the order is to wait for; only one that waits has one, and a stop no price.
    fn trigger_of(&self, body: &Replace, old: &Order) -> Checked<i64> {
        let foreign = !old.has_trigger() && body.stop_px.0 != 0;
        let priced = old.has_trigger() && old.ord_type == OrdType::Stop && body.px.0 != 0;
        refuse_if(foreign || priced, RejectCode::ReservedNotZero)?;
        Ok(if body.stop_px.0 == 0 { old.stop_px } else { body.stop_px.0 })
    }

    /// What the order is to show; 0 for all.
    fn display_of(&self, body: &Replace, old: &Order) -> Checked<u64> {
        let display = match body.display_qty.0 {
            0 if old.display >= body.qty.0 => 0,
            0 => old.display,
            named => named,
        };
        self.instruments[&old.instrument].checked_display(display, body.qty.0)
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
        let shows_alike =
            [0, old.display].contains(&body.display_qty.0) || new.display == old.display;
        let keeps = (new.account, new.px, new.stop_px) == (old.account, old.px, old.stop_px)
            && new.qty <= old.qty
            && new.peg.map(|peg| peg.wish()) == old.peg.map(|peg| peg.wish())
            && new.trail.map(|trail| trail.wish()) == old.trail.map(|trail| trail.wish())
            && shows_alike;
        self.make_position(new.account, new.instrument);
        let told = Replaced {
            orig_cl_ord_id: ClOrdId(old.cl_ord_id),
            received_time: body.received_time,
            priority_lost: u8::from(!keeps),
            ..replaced(&new)
        };
        self.tell(new.session, &told);
        if keeps {
            let shown = new.shown.min(new.leaves());
            self.orders[index] = Order { shown, ..new };
        } else if new.has_trigger() || new.waits_for_entry() {
            self.orders[index] = Order { stands: (self.seq, 0), ..new };
        } else if new.peg.is_some() {
            let order = self.orders.remove(index);
            assert_eq!(order.id, new.id, "its place");
            match new.is_suspended {
                true => self.orders.insert(index, Order { turn: 0, ..new }),
                false => self.rest(new),
            }
        } else if new.is_suspended {
            let ord_type = OrdType::Limit;
            self.orders[index] = Order { stands: (self.seq, 0), ord_type, ..new };
        } else {
            self.orders.remove(index);
            // A price of its own: no market order any more.
            self.incoming(Order { ord_type: OrdType::Limit, min_qty: 0, ..new });
        }
    }
}
