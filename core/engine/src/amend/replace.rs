//! Replace: one atomic step; refused, it changes nothing.

use pinion_types::codes::CxlRejResponseTo;
use pinion_types::command::{Replace, order_flags};
use pinion_types::event::Replaced;
use pinion_types::{
    AccountId, CancelReason, ClOrdId, InstrumentId, Nanos, OrdType, RejectCode, SessionId,
    TimeInForce,
};

use super::find::{Named, Request};
use super::wish::Wish;
use crate::book::{Ladder, NONE};
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::entry::{Asked, Case, Increase, Priced, Refusal, Ticket};
use crate::orders::{Order, Rare, rare};

/// What an admitted replace does to its order.
struct Change {
    slot: u32,
    priced: Priced,
    /// The bit by which it will wait, if it will.
    waits: u8,
    account: u32,
    /// Slot of the position it will count in, or [`NONE`].
    position: u32,
    group: u32,
    time_in_force: TimeInForce,
    /// When it ends; 0 where it is not dated.
    expire_time: Nanos,
    /// What it will have left; 0 closes it.
    leaves: u64,
    /// What it will have that only rare ones have.
    rare: Rare,
    /// Whether it keeps its place, as far as what shows decides.
    keeps_display: bool,
}

impl Engine {
    /// A replace: the order changes, closes, trades, or the request is refused.
    pub(crate) fn replace<S: Sink>(&mut self, cx: &Context, body: &Replace, out: &mut Out<'_, S>) {
        let request = Request {
            cl_ord_id: body.cl_ord_id,
            named: named(body),
            response_to: CxlRejResponseTo::Replace,
        };
        match self.admit_replace(cx, body, &request.named) {
            Ok(change) => self.change(cx, body, &change, out),
            Err((slot, code)) => {
                let order = slot.map(|slot| *self.orders.at(slot));
                let refusal = self.explain_replace(cx, body, slot, code);
                let account = order.map_or(AccountId(0), |order| AccountId(order.account + 1));
                self.report_cancel_rejected(cx, &request, account, &refusal, out);
            }
        }
    }

    /// Steps 4 to 17 for a replace; a refusal names the order once it is known.
    fn admit_replace(
        &mut self,
        cx: &Context,
        body: &Replace,
        named: &Named,
    ) -> Result<Change, (Option<u32>, RejectCode)> {
        let unknown = |code| (None, code);
        parse(body).map_err(unknown)?;
        self.check_times(cx, body.sending_time, body.valid_until).map_err(unknown)?;
        self.check_role(cx.session).map_err(unknown)?;
        // What is not named is the order's own, where the order is known.
        let found = self.find(cx.session, named);
        let own = found.ok().map(|slot| *self.orders.at(slot));
        let meant = match body.account.0 {
            0 => own.map(|order| AccountId(order.account + 1)),
            _ => Some(body.account),
        };
        let account = match meant {
            Some(account) => Some(self.check_account(cx.session, account).map_err(unknown)?),
            None => None,
        };
        if let Some(account) = account {
            self.check_replace_rights(cx, account, own.as_ref()).map_err(unknown)?;
            let instrument = match body.instrument.0 {
                0 => own.map_or(body.instrument, |order| InstrumentId(order.instrument + 1)),
                _ => body.instrument,
            };
            // Post-only orders look at who stands opposite, which says nothing where all collect.
            let may_wait = || own.is_none_or(|order| order.post_only().is_none());
            self.check_open(cx.session, account, instrument, may_wait).map_err(unknown)?;
        }
        self.use_cl_ord_id(cx.session, body.cl_ord_id).map_err(unknown)?;
        let slot = found.map_err(unknown)?;
        let order = *self.orders.at(slot);
        let known = |code| (Some(slot), code);
        let account = account.unwrap_or(order.account);
        if order.session != cx.session.0 {
            return Err(known(RejectCode::OrderMismatch));
        }
        let wish = self.offered(cx, slot, body).map_err(known)?;
        self.check_change(cx, slot, account, &wish, body).map_err(known)
    }

    /// Step 6, last, for the account an order will count with; an order that is not known has
    /// neither side nor type.
    fn check_replace_rights(
        &mut self,
        cx: &Context,
        account: u32,
        order: Option<&Order>,
    ) -> Result<(), RejectCode> {
        match order {
            Some(order) => {
                let instrument = InstrumentId(order.instrument + 1);
                let traits = &order.traits;
                self.check_rights(cx.now, account, instrument, traits.side, traits.ord_type)
            }
            None => self.check_rate(cx.now, account),
        }
    }

    /// Steps 11 to 17 against the order as it stands.
    fn check_change(
        &self,
        cx: &Context,
        slot: u32,
        account: u32,
        wish: &Wish,
        body: &Replace,
    ) -> Result<Change, RejectCode> {
        let order = self.orders.at(slot);
        let instrument = &self.instruments[order.instrument as usize];
        let done = order.cum + order.prevented();
        let leaves = body.qty.0.saturating_sub(done);
        let mut rare = Rare { display: wish.display, ..Rare::default() };
        let mut waits = order.traits.rare & rare::WAITS;
        if order.waits() || order.is_special() {
            rare = self.rare_of(slot);
        }
        let tick = if order.floats() {
            let (tick, bit) = self.place_of_change(order, account, leaves, &mut rare, body)?;
            waits = bit;
            tick
        } else if order.has_trigger() {
            Some(self.check_stop_px(order, &mut rare, body)?)
        } else {
            Some(instrument.check_new_px(body.px, order.tick)?)
        };
        let moves = account != order.account;
        let holder = &self.accounts[account as usize];
        let group = if moves { holder.group } else { order.group };
        let position = self.position_slot(holder, account, order.instrument);
        let &Wish { time_in_force, expire_time, keeps_display, .. } = wish;
        let priced = Priced { tick: tick.unwrap_or(order.tick), qty: body.qty.0, notional: 0 };
        let change = Change {
            slot,
            priced,
            waits,
            account,
            position,
            group,
            time_in_force,
            expire_time,
            leaves,
            rare,
            keeps_display,
        };
        if leaves == 0 && body.qty.0 != 0 {
            return Ok(change);
        }
        let post = |tick| instrument.post(order.is_buy(), tick, order.post_only());
        let tick = tick.map(post).transpose()?;
        let qty = instrument.check_qty(body.qty)?;
        let tick = tick.ok_or(RejectCode::NoReferencePx)?;
        let priced = instrument.check_value(tick, qty)?;
        let mut increase = self.increase_of(slot, account, position, &priced, leaves);
        increase.collar_tick = collar_of(order, waits, &increase);
        let parties = self.parties(&increase);
        self.check_risk(cx.now, &parties, &increase)?;
        self.check_reducing(&order.traits, &parties, &increase)?;
        if order.post_only().is_some() {
            instrument.check_opposite(order.is_buy(), tick, &order.traits)?;
        }
        let moves_trigger = order.is_suspended() && rare.trigger != self.rare_of(slot).trigger;
        if moves_trigger && instrument.would_trigger(order.is_buy(), rare.trigger) {
            return Err(RejectCode::WouldTrigger);
        }
        let moves = waits == 0 && (tick != order.tick || order.waits());
        self.check_places(&increase, moves.then_some(tick))?;
        parties.check_headroom(increase.qty, self.fees_in(instrument))?;
        Ok(Change { priced, ..change })
    }

    /// What a replace adds to what the order counts for.
    pub(crate) fn increase_of(
        &self,
        slot: u32,
        account: u32,
        position: u32,
        priced: &Priced,
        leaves: u64,
    ) -> Increase {
        let order = self.orders.at(slot);
        let moves = account != order.account;
        let held = if moves { 0 } else { self.open_notional(order, order.leaves) };
        let held_qty = if moves { 0 } else { order.leaves };
        let instrument = &self.instruments[order.instrument as usize];
        let notional = instrument.notional(priced.tick, leaves).abs();
        let grows = moves || priced.notional > self.open_notional(order, order.qty);
        Increase {
            account,
            instrument: order.instrument,
            position,
            is_buy: order.is_buy(),
            collar_tick: (moves || priced.tick != order.tick).then_some(priced.tick),
            order_qty: if moves || priced.qty > order.qty { priced.qty } else { 0 },
            order_notional: if grows { priced.notional } else { 0 },
            orders: u32::from(moves),
            notional: (notional - held).max(0),
            qty: leaves.saturating_sub(held_qty),
            tick: priced.tick,
            leaves,
            replaced: slot,
            side: order.traits.side,
            session: SessionId(order.session),
        }
        .narrow(&order.traits)
    }

    /// Why a replace was refused, with the numbers behind it.
    #[cold]
    fn explain_replace(
        &self,
        cx: &Context,
        body: &Replace,
        slot: Option<u32>,
        code: RejectCode,
    ) -> Refusal {
        let mut case = Case {
            cl_ord_id: body.cl_ord_id.0,
            sending_time: body.sending_time,
            valid_until: body.valid_until,
            px: body.px,
            qty: body.qty,
            ..Case::default()
        };
        let Some(slot) = slot else {
            case.account = match (body.account.0, self.find(cx.session, &named(body))) {
                (0, Ok(slot)) => self.orders.at(slot).account,
                (id, _) => id.wrapping_sub(1),
            };
            return self.explain(cx, code, &case);
        };
        let order = self.orders.at(slot);
        let instrument = &self.instruments[order.instrument as usize];
        case.instrument = Some(order.instrument);
        let mut rare = self.rare_in(order);
        let done = order.cum + order.prevented();
        let leaves = body.qty.0.saturating_sub(done);
        let account = match body.account.0 {
            0 => order.account,
            id => id - 1,
        };
        let mut waits = order.traits.rare & rare::WAITS;
        let tick = if order.floats() {
            let place = self.place_of_change(order, account, leaves, &mut rare, body);
            waits = place.map_or(waits, |(_, bit)| bit);
            place.and_then(|(tick, _)| tick.ok_or(RejectCode::NoReferencePx))
        } else if order.has_trigger() {
            let is_limit = order.traits.ord_type != OrdType::Stop;
            let blames_limit = is_limit && instrument.check_new_px(body.px, order.tick).is_err();
            case.px = if blames_limit { body.px } else { body.stop_px };
            self.check_stop_px(order, &mut rare, body)
        } else {
            instrument.check_new_px(body.px, order.tick)
        };
        if let Ok(tick) = tick
            && let Ok(tick) = instrument.post(order.is_buy(), tick, order.post_only())
            && let Ok(qty) = instrument.check_qty(body.qty)
            && tick.unsigned_abs() <= instrument.tick_bound.unsigned_abs()
        {
            let priced = Priced { tick, qty, notional: instrument.notional(tick, qty).abs() };
            let holder = &self.accounts[account as usize];
            let position = self.position_slot(holder, account, order.instrument);
            case.notional = priced.notional;
            let mut increase = self.increase_of(slot, account, position, &priced, leaves);
            increase.collar_tick = collar_of(order, waits, &increase);
            case.increase = Some(increase);
        }
        self.explain(cx, code, &case)
    }

    /// Does what was admitted.
    fn change<S: Sink>(
        &mut self,
        cx: &Context,
        body: &Replace,
        change: &Change,
        out: &mut Out<'_, S>,
    ) {
        let order = *self.orders.at(change.slot);
        if change.leaves == 0 {
            let asked = Asked {
                session: cx.session,
                cl_ord_id: body.cl_ord_id,
                received_time: body.received_time,
            };
            let reason = CancelReason::ReplacedToFilled;
            self.cancel_working(change.slot, reason, Some(&asked), out);
            return;
        }
        let keeps = change.account == order.account
            && change.priced.tick == order.tick
            && change.leaves <= order.leaves
            && change.keeps_display
            && self.keeps_wait(change);
        if keeps {
            self.shrink(change, body);
            let changed = *self.orders.at(change.slot);
            self.report_replaced(&changed, body, ClOrdId(order.cl_ord_id), false, out);
        } else {
            self.enter_again(cx, body, change, out);
        }
    }

    /// Whether an order that waits goes on waiting for the same.
    fn keeps_wait(&self, change: &Change) -> bool {
        let order = self.orders.at(change.slot);
        let old = self.rare_of(change.slot);
        !(order.has_trigger() || order.floats())
            || change.rare.trigger == old.trigger && change.rare.special == old.special
    }

    /// Less of the same: the order keeps its place.
    fn shrink(&mut self, change: &Change, body: &Replace) {
        let order = *self.orders.at(change.slot);
        let gone = order.leaves - change.leaves;
        self.hash = self.hash.wrapping_sub(order.hash);
        self.release(&order, gone, 0);
        if !order.waits() {
            Ladder::shrink(&mut self.pages, order.level, gone);
        }
        let hidden = self.hidden_of(change.slot);
        self.orders.rename(change.slot, body.cl_ord_id.0);
        let place = self.orders.at_mut(change.slot);
        place.leaves = change.leaves;
        place.qty = change.priced.qty;
        place.user_data = body.user_data;
        place.traits.time_in_force = change.time_in_force;
        if order.is_iceberg() {
            self.shrink_tranche(change, hidden);
        }
        let place = self.orders.at_mut(change.slot);
        place.hash = place.fresh_hash();
        let is_dated = place.is_dated();
        self.hash = self.hash.wrapping_add(place.hash);
        self.note_book(order.instrument);
        if order.is_dated() {
            self.end_expiry(change.slot);
        }
        if is_dated {
            self.begin_expiry(change.slot, order.order_id, change.expire_time);
        }
    }

    /// An iceberg that has less keeps its tranche; where all of it shows, it is none any more.
    fn shrink_tranche(&mut self, change: &Change, hidden: u64) {
        let shown = self.tranches.at(change.slot).shown.min(change.leaves);
        self.show(change.slot, hidden, shown);
        if change.rare.display == 0 {
            self.end_tranche(change.slot);
            self.orders.at_mut(change.slot).traits.rare &= !rare::ICEBERG;
        }
    }

    /// Another price, account or a larger quantity: it comes in again, and may trade.
    fn enter_again<S: Sink>(
        &mut self,
        cx: &Context,
        body: &Replace,
        change: &Change,
        out: &mut Out<'_, S>,
    ) {
        let old = self.take_out(change.slot);
        let position = match change.position {
            NONE => self.make_position(change.account, old.instrument),
            slot => slot,
        };
        let mut order = old;
        order.leaves = change.leaves;
        order.qty = change.priced.qty;
        order.tick = change.priced.tick;
        order.account = change.account;
        order.position = position;
        order.group = change.group;
        order.cl_ord_id = body.cl_ord_id.0;
        order.user_data = body.user_data;
        order.traits.time_in_force = change.time_in_force;
        self.rare = change.rare;
        if order.floats() {
            order.traits.rare = order.traits.rare & !rare::WAITS | change.waits;
        } else if !order.has_trigger() {
            // A price of its own: no longer a market order that rests at its protection.
            order.traits.ord_type = OrdType::Limit;
            let bit = if change.rare.display == 0 { 0 } else { rare::ICEBERG };
            order.traits.rare = order.traits.rare & !rare::ICEBERG | bit;
        }
        let mut ticket = Ticket::again(order, change.expire_time);
        let order = ticket.order();
        self.report_replaced(order, body, ClOrdId(old.cl_ord_id), true, out);
        if order.waits() || order.is_of_auction() || order.floats() {
            self.rest(order, change.expire_time, out.events().0);
        } else if order.is_special() {
            self.run_special(cx, order, change.expire_time, out);
        } else {
            self.run(cx, order, change.expire_time, out);
        }
    }

    fn report_replaced<S: Sink>(
        &mut self,
        order: &Order,
        body: &Replace,
        orig_cl_ord_id: ClOrdId,
        priority_lost: bool,
        out: &mut Out<'_, S>,
    ) {
        let replaced = Replaced {
            orig_cl_ord_id,
            received_time: body.received_time,
            priority_lost: u8::from(priority_lost),
            ..self.replaced(order)
        };
        self.tell(SessionId(order.session), replaced, out);
    }
}

/// The price that the collar looks at, where a floating peg comes to stand by a replace: also one
/// that it counted at while it waited.
fn collar_of(order: &Order, waits: u8, increase: &Increase) -> Option<i64> {
    match order.floats() {
        true if waits != 0 => None,
        true if order.waits() => Some(increase.tick),
        _ => increase.collar_tick,
    }
}

/// The order a replace means.
const fn named(body: &Replace) -> Named {
    Named {
        orig_cl_ord_id: body.orig_cl_ord_id,
        order_id: body.order_id,
        instrument: body.instrument,
        side: body.side,
    }
}

/// Step 4: closed sets, required and inapplicable fields.
fn parse(body: &Replace) -> Result<(), RejectCode> {
    if body.side.0 != 0 && body.side.get().is_none()
        || body.time_in_force.0 != 0 && body.time_in_force.get().is_none()
    {
        return Err(RejectCode::UnknownEnumValue);
    }
    if body.cl_ord_id.0 == 0 || (body.orig_cl_ord_id.0 == 0 && body.order_id.0 == 0) {
        return Err(RejectCode::RequiredFieldMissing);
    }
    // Where the time in force is not named, it is the order's, and step 10 judges.
    let ends_unasked = body.expire_time.0 != 0
        && body.time_in_force.get().is_some_and(|it| it != TimeInForce::GoodTillDate);
    if ends_unasked
        || body.flags & !order_flags::POSS_RESEND != 0
        || body.spare != [0; 5]
        || body.spare2 != 0
    {
        return Err(RejectCode::ReservedNotZero);
    }
    Ok(())
}
