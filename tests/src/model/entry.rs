//! A new order, from step 4 of validation to its acceptance.

use pinion_types::codes::{
    CancelReason, ExecInst, LimitId, OrdType, Scope, Side, StpMode, TimeInForce, TradingState,
};
use pinion_types::command::{NewOrder, NewOrderExtra, UNLIMITED, instrument_flags, order_flags};
use pinion_types::event::{Accepted, Rejected};
use pinion_types::{ClOrdId, Nanos, OrderId, Px, Qty, RejectCode};

use super::Model;
use super::book::status;
use super::links::{self, BRACKET, Tie};
use super::pegs::Peg;
use super::refusal::{Checked, MONEY, Refusal, money_up, refuse_if};
use super::tables::{Instrument, Order};
use super::trailing::Trail;

/// Value of the largest order at one tick, in 1e-8.
const ORDER_VALUE_MAX: i128 = 1 << 62;

/// Times of a request that are checked in step 5.
pub(super) struct Times {
    pub sending: Nanos,
    pub valid_until: Nanos,
}

impl Model {
    pub(super) fn new_order(&mut self, body: &NewOrder, extra: Option<&NewOrderExtra>) {
        if !self.admit(100, body.cl_ord_id.0, body.received_time) {
            return;
        }
        match self.checked_order(body, extra) {
            Ok(order) => self.accept(body, order),
            Err(refusal) => self.reject(body, &refusal),
        }
    }

    fn accept(&mut self, body: &NewOrder, order: Order) {
        self.make_position(order.account, order.instrument);
        let accepted = Accepted {
            cl_ord_id: body.cl_ord_id,
            order_id: OrderId(order.id),
            user_data: body.user_data,
            px: Px(order.px),
            qty: body.qty,
            display_qty: Qty(order.display),
            stop_px: Px(order.stop_px),
            received_time: body.received_time,
            instrument: body.instrument,
            account: body.account,
            side: body.side,
            ord_type: order.ord_type.into(),
            time_in_force: body.time_in_force,
            exec_inst: body.exec_inst,
            stp_mode: order.stp_mode.into(),
            ord_status: status(&order).into(),
            flags: body.flags,
            ..Accepted::default()
        };
        self.tell(order.session, &accepted);
        let empty = self.best_px(order.instrument, !order.side.is_buy()).is_none();
        if order.is_suspended {
            self.suspend(order);
        } else if order.peg.is_some() {
            self.rest(order);
        } else if order.ord_type == OrdType::Market && empty && !order.is_of_auction() {
            self.gone(order, CancelReason::NoLiquidity, None);
        } else {
            self.incoming(order);
        }
    }

    fn reject(&mut self, body: &NewOrder, refusal: &Refusal) {
        let (limit, current, would_be) = refusal.values();
        let rejected = Rejected {
            cl_ord_id: body.cl_ord_id,
            user_data: body.user_data,
            ref_seq_num: self.header.src_seq,
            limit,
            current,
            would_be,
            received_time: body.received_time,
            instrument: body.instrument,
            account: body.account,
            scope_id: refusal.scope.map_or(0, |(_, id)| id),
            code: refusal.code.into(),
            side: body.side,
            limit_id: refusal.limit_id.map(Into::into).unwrap_or_default(),
            scope: refusal.scope.map(|(scope, _)| scope.into()).unwrap_or_default(),
            ..Rejected::default()
        };
        self.tell(self.header.session.0, &rejected);
    }

    /// Steps 4 to 17; what passes is an order that may trade.
    fn checked_order(&mut self, body: &NewOrder, extra: Option<&NewOrderExtra>) -> Checked<Order> {
        let extra = extra.copied().unwrap_or_default();
        let (side, ord_type, tif) = self.well_formed(body, &extra)?;
        let times = Times { sending: body.sending_time, valid_until: body.valid_until };
        self.check_times(&times)?;
        self.check_owner(body.account.0)?;
        self.check_right(body.account.0, body.instrument.0, side, ord_type)?;
        self.take_of_account(body.account.0)?;
        self.check_blocks(body.account.0, body.instrument.0)?;
        self.check_state_of_order(body, &extra)?;
        self.use_cl_ord_id(body.cl_ord_id)?;
        let display = self.check_offer(body, &extra, ord_type, tif)?;
        let mut order = self.drawn_up(body, &extra, (side, ord_type, tif), display);
        self.check_link(&order)?;
        if order.waits_for_entry() {
            self.check_exit(&mut order, None)?;
            self.check_open_orders(&order, None)?;
            self.check_capacity(&order, None)?;
            return Ok(order);
        }
        self.check_prices(&mut order)?;
        self.check_risk(&order, None)?;
        self.check_reduce_only(&order, None)?;
        self.check_post_only(&order)?;
        let nobody = self.best_px(order.instrument, !side.is_buy()).is_none();
        refuse_if(ord_type == OrdType::MarketToLimit && nobody, RejectCode::NoLiquidity)?;
        if order.waits_for_trigger() {
            self.check_trigger(&order)?;
        }
        self.check_capacity(&order, None)?;
        Ok(order)
    }

    /// The order as it is asked for.
    fn drawn_up(
        &self,
        body: &NewOrder,
        extra: &NewOrderExtra,
        (side, ord_type, tif): (Side, OrdType, TimeInForce),
        display: u64,
    ) -> Order {
        let account = &self.accounts[&body.account.0];
        let waits = matches!(ord_type, OrdType::Stop | OrdType::StopLimit);
        let mode = body.stp_mode.get().or(account.def.stp_mode.get()).unwrap_or(StpMode::None);
        Order {
            id: self.seq,
            session: self.header.session.0,
            cl_ord_id: body.cl_ord_id.0,
            user_data: body.user_data,
            account: body.account.0,
            instrument: body.instrument.0,
            side,
            ord_type,
            tif,
            stp_mode: mode,
            stp_key: self.stp_key(body.account.0, body.stp_group),
            cod: body.cod.get(),
            post: body.exec_inst.get(),
            expire_time: extra.expire_time.0,
            px: body.px.0,
            qty: body.qty.0,
            cum: 0,
            prevented: 0,
            is_reduce_only: body.flags & order_flags::REDUCE_ONLY != 0,
            is_hidden: body.flags & order_flags::HIDDEN != 0,
            min_qty: extra.min_qty.0,
            display,
            shown: 0,
            stop_px: extra.stop_px.0,
            is_suspended: waits
                || self.waits_for_close(body)
                || (extra.link_kind, extra.link_leg) == (BRACKET, 2),
            trail: Trail::of(waits, extra),
            peg: Peg::of(ord_type, body, extra),
            protection_ticks: body.protection_ticks,
            stands: (self.seq, 0),
            turn: 0,
            link: Tie::of(extra),
        }
    }

    /// Steps 11 and 12, as the order's type asks for them.
    fn check_prices(&self, order: &mut Order) -> Checked {
        match order.ord_type {
            OrdType::Market if order.is_of_auction() => self.check_market_of_auction(order),
            OrdType::Market => self.check_market(order),
            OrdType::MarketToLimit => self.check_market_to_limit(order),
            OrdType::Pegged => self.check_peg(order),
            OrdType::Stop | OrdType::StopLimit if order.trail.is_some() => {
                self.check_trailing(order)
            }
            OrdType::Stop | OrdType::StopLimit => {
                self.check_stop(order, true, None)?;
                self.check_reference(order, None)
            }
            _ => self.check_limit_order(order),
        }
    }

    /// Step 4: values that are none, fields that must be there, fields that must not.
    fn well_formed(
        &self,
        body: &NewOrder,
        extra: &NewOrderExtra,
    ) -> Checked<(Side, OrdType, TimeInForce)> {
        let unknown = Refusal::from(RejectCode::UnknownEnumValue);
        let side = body.side.get().ok_or(unknown)?;
        let ord_type = body.ord_type.get().ok_or(unknown)?;
        let tif = body.time_in_force.get().ok_or(unknown)?;
        let bad = |raw: u8, known: bool| raw != 0 && !known;
        let optional = bad(body.exec_inst.0, body.exec_inst.get().is_some())
            || bad(body.stp_mode.0, body.stp_mode.get().is_some())
            || bad(body.cod.0, body.cod.get().is_some());
        refuse_if(optional, RejectCode::UnknownEnumValue)?;
        let waits = matches!(ord_type, OrdType::Stop | OrdType::StopLimit);
        let has_trigger = extra.stop_px.0 != 0 || extra.offset_kind != 0;
        let missing = body.cl_ord_id.0 == 0 || (waits && !has_trigger);
        refuse_if(missing, RejectCode::RequiredFieldMissing)?;
        let priced = matches!(ord_type, OrdType::Limit | OrdType::StopLimit | OrdType::Pegged);
        let protected = matches!(ord_type, OrdType::Market | OrdType::Stop);
        let reserved = (!priced && body.px.0 != 0)
            || (!protected && body.protection_ticks != 0)
            || (tif != TimeInForce::GoodTillDate && extra.expire_time.0 != 0)
            || (!waits && extra.stop_px.0 != 0)
            || body.flags & !order_flags::ALL != 0
            || body.spare != 0;
        refuse_if(reserved, RejectCode::ReservedNotZero)?;
        Ok((side, ord_type, tif))
    }

    /// Step 5.
    pub(super) fn check_times(&self, times: &Times) -> Checked {
        let now = i128::from(self.now);
        let (sending, valid) = (i128::from(times.sending.0), i128::from(times.valid_until.0));
        let window = i128::from(self.genesis.sending_time_window_ns);
        let ahead = i128::from(self.genesis.sending_time_ahead_ns);
        let time = |code: RejectCode, limit: i128, is: i128| {
            Err(Refusal::from(code).limit(LimitId::Time, limit, is, is))
        };
        if sending - now > ahead {
            return time(RejectCode::SendingTimeAhead, ahead, sending - now);
        }
        if window > 0 && now - sending > window {
            return time(RejectCode::SendingTimeStale, window, now - sending);
        }
        if valid > 0 && now > valid {
            return time(RejectCode::ValidUntilPassed, valid, now);
        }
        Ok(())
    }

    /// Step 6.
    pub(super) fn check_role(&self) -> Checked {
        let trader = pinion_types::SessionRole::Trader;
        let role = self.session().expect("it speaks").role;
        refuse_if(role != trader, RejectCode::RoleForbids)
    }

    fn check_owner(&self, account: u32) -> Checked {
        self.check_role()?;
        refuse_if(!self.owns(account), RejectCode::UnknownAccount)
    }

    /// True where the header's session may trade the account, and it exists.
    pub(super) fn owns(&self, account: u32) -> bool {
        let listed = self.session().is_some_and(|session| session.accounts.contains(&account));
        listed && self.accounts.contains_key(&account)
    }

    /// Step 7.
    pub(super) fn check_blocks(&self, account: u32, instrument: u32) -> Checked {
        let firm = self.accounts[&account].def.firm.0;
        let of_session = self.session().is_some_and(|session| session.blocked);
        let of_instrument = self.instruments.get(&instrument).is_some_and(|it| it.blocked);
        refuse_if(self.blocked, RejectCode::BlockedGlobal)?;
        refuse_if(self.firms[&firm].blocked, RejectCode::BlockedFirm)?;
        refuse_if(self.accounts[&account].blocked, RejectCode::BlockedAccount)?;
        refuse_if(of_session, RejectCode::BlockedSession)?;
        refuse_if(of_instrument, RejectCode::BlockedInstrument)?;
        refuse_if(self.short, RejectCode::NoRoom)
    }

    /// Step 9: the id is used up, whatever comes after.
    pub(super) fn use_cl_ord_id(&mut self, id: ClOrdId) -> Checked {
        let session = self.header.session.0;
        let last = self.session().expect("it speaks").cl_ord_id;
        let works = self.orders.iter().any(|it| it.session == session && it.cl_ord_id == id.0);
        let duplicate = |last: u64| {
            let (last, id) = (i128::from(last), i128::from(id.0));
            Err(Refusal::from(RejectCode::DuplicateClOrdId)
                .limit(LimitId::ClOrdId, last, last, id)
                .scope(Scope::Session, session))
        };
        if id.0 <= last {
            return duplicate(last);
        }
        self.session_mut().expect("it speaks").cl_ord_id = id.0;
        if works { duplicate(id.0) } else { Ok(()) }
    }

    /// Step 10: what goes together, and what is served.
    pub(super) fn check_pair(
        &self,
        body: &NewOrder,
        extra: &NewOrderExtra,
        ord_type: OrdType,
        tif: TimeInForce,
    ) -> Checked {
        let (shows, wants) = (extra.display_qty.0 > 0, extra.min_qty.0 > 0);
        let hidden = body.flags & order_flags::HIDDEN != 0;
        let market = ord_type == OrdType::Market;
        let lasting = [TimeInForce::GoodTillCancel, TimeInForce::GoodTillDate];
        let at_once = [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill];
        let of_auction = matches!(tif, TimeInForce::AtTheOpening | TimeInForce::AtTheClose);
        let works = tif == TimeInForce::Day || lasting.contains(&tif);
        let waits = matches!(ord_type, OrdType::Stop | OrdType::StopLimit);
        let post_only = body.exec_inst.get().is_some();
        let to_limit = ord_type == OrdType::MarketToLimit;
        let pegged = ord_type == OrdType::Pegged;
        let trades = self.instruments[&body.instrument.0].state == TradingState::Continuous;
        let conflict = (market && lasting.contains(&tif))
            || (to_limit && tif == TimeInForce::FillOrKill)
            || (waits && !works)
            || ((shows || hidden) && (ord_type != OrdType::Limit || !works))
            || (shows && hidden)
            || (pegged && (!works || wants || post_only || !trades))
            || (of_auction && !matches!(ord_type, OrdType::Limit | OrdType::Market))
            || (of_auction && post_only)
            || (wants && (waits || post_only || tif == TimeInForce::FillOrKill || of_auction))
            || (post_only && (market || to_limit || waits || at_once.contains(&tif)));
        refuse_if(conflict, RejectCode::IllegalTypeAndTif)?;
        links::check_kind(body, extra, (ord_type, tif))
    }

    /// A group is registered where an account of the firm is defined with it.
    pub(super) fn is_group(&self, group: u32, firm: u32) -> bool {
        let of_firm = |it: &super::tables::Account| it.def.firm.0 == firm;
        group == 0 || self.accounts.values().any(|it| of_firm(it) && it.def.stp_group == group)
    }

    /// Steps 11 and 12 of a limit order.
    fn check_limit_order(&self, order: &mut Order) -> Checked {
        self.check_px(order)?;
        self.slide(order)?;
        self.check_quantity(order)?;
        self.check_value(order)?;
        self.check_reference(order, None)
    }

    /// True where the order would meet one of the other side.
    fn would_match(&self, order: &Order) -> bool {
        let buys = order.side.is_buy();
        let best = self.best_px(order.instrument, !buys);
        best.is_some_and(|best| if buys { best <= order.px } else { best >= order.px })
    }

    /// A post-only order that slides stands one tick behind the best opposite price.
    pub(super) fn slide(&self, order: &mut Order) -> Checked {
        if order.post != Some(ExecInst::PostOnlySlide) || !self.would_match(order) {
            return Ok(());
        }
        let buys = order.side.is_buy();
        let best = self.best_px(order.instrument, !buys).expect("it would match");
        let instrument = &self.instruments[&order.instrument];
        let tick = i128::from(instrument.def.tick.0);
        let px = match buys {
            true => instrument.at_or_below(i128::from(best) - tick),
            false => instrument.at_or_above(i128::from(best) + tick),
        };
        let far = px.abs() / tick > instrument.ticks_max();
        refuse_if(far, RejectCode::ArithmeticOverflow)?;
        let (lowest, highest) = instrument.px_range();
        refuse_if(px < lowest || px > highest, RejectCode::PostOnlyWouldMatch)?;
        order.px = i64::try_from(px).expect("a price");
        Ok(())
    }

    /// Last of step 16: a post-only order meets nobody.
    pub(super) fn check_post_only(&self, order: &Order) -> Checked {
        let meets = order.post.is_some() && self.would_match(order);
        refuse_if(meets, RejectCode::PostOnlyWouldMatch)
    }

    /// A filter of the instrument that an order does not pass.
    pub(super) fn filter(
        &self,
        order: &Order,
        code: RejectCode,
        id: LimitId,
        (limit, is): (i128, i128),
    ) -> Checked {
        Err(Refusal::from(code).limit(id, limit, is, is).scope(Scope::Instrument, order.instrument))
    }

    pub(super) fn check_px(&self, order: &Order) -> Checked {
        self.check_grid(order, order.px)
    }

    pub(super) fn check_quantity(&self, order: &Order) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let (qty, lot) = (i128::from(order.qty), i128::from(instrument.def.lot.0));
        if qty == 0 || qty % lot != 0 {
            return self.filter(order, RejectCode::BadLot, LimitId::Lot, (lot, qty));
        }
        let min = lot.max(i128::from(instrument.def.qty_min.0));
        if qty < min {
            return self.filter(order, RejectCode::QtyBelowMin, LimitId::QtyMin, (min, qty));
        }
        let max = instrument.qty_max();
        if qty > max {
            return self.filter(order, RejectCode::QtyAboveMax, LimitId::QtyMax, (max, qty));
        }
        Ok(())
    }

    pub(super) fn check_value(&self, order: &Order) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let ticks = i128::from(order.px) / i128::from(instrument.def.tick.0);
        refuse_if(ticks.abs() > instrument.ticks_max(), RejectCode::ArithmeticOverflow)?;
        let value = instrument.value(order.px, order.qty).abs();
        let is = money_up(value);
        let min = i128::from(instrument.def.notional_min);
        let max = i128::from(instrument.def.notional_max);
        if value < min * MONEY {
            let (code, id) = (RejectCode::NotionalBelowMin, LimitId::NotionalMin);
            return self.filter(order, code, id, (min, is));
        }
        if max != 0 && max != i128::from(UNLIMITED) && value > max * MONEY {
            let (code, id) = (RejectCode::NotionalAboveMax, LimitId::NotionalMax);
            return self.filter(order, code, id, (max, is));
        }
        Ok(())
    }
}

impl Instrument {
    /// What the collar and a market order look at: last trade, else settlement.
    pub fn reference(&self) -> Option<i64> {
        self.last_px.or(self.settlement)
    }

    /// True for what can be a mark or a settlement: a price, whatever the filters say.
    pub fn may_be(&self, px: i64) -> bool {
        let tick = self.def.tick.0;
        let (lowest, _) = self.px_range();
        px % tick == 0 && (px > 0 || lowest <= 0) && i128::from(px / tick).abs() <= self.ticks_max()
    }

    /// Lowest and highest price an order may have: the filters, cut to whole ticks.
    pub fn px_range(&self) -> (i128, i128) {
        let tick = i128::from(self.def.tick.0);
        let (min, max) = (i128::from(self.def.px_min.0), i128::from(self.def.px_max.0));
        let negative = self.def.flags & instrument_flags::PX_MAY_BE_NEGATIVE != 0;
        let lowest = if negative { i128::from(i64::MIN) } else { tick };
        let up = -(-min).div_euclid(tick) * tick;
        let lowest = if min == 0 { lowest } else { lowest.max(up) };
        let highest = if max == 0 { i128::from(i64::MAX) } else { max.div_euclid(tick) * tick };
        (lowest, highest)
    }

    /// Largest quantity of one order: the filter, and what the arithmetic can hold.
    pub fn qty_max(&self) -> i128 {
        let filter = if self.def.qty_max.0 == 0 { Qty::MAX.0 } else { self.def.qty_max.0 };
        let lots = ORDER_VALUE_MAX / self.lot_value();
        i128::from(filter).min(lots * i128::from(self.def.lot.0))
    }

    /// `ticks` beyond `from`, within the prices an order may have.
    pub fn protection(&self, side: Side, from: i64, ticks: u32) -> i64 {
        let tick = i128::from(self.def.tick.0);
        let width = tick * i128::from(ticks);
        let px = i128::from(from) + if side.is_buy() { width } else { -width };
        let (lowest, highest) = self.px_range();
        let end = self.ticks_max() * tick;
        let px = px.max(lowest.max(-end)).min(highest.min(end));
        self.in_bands(side, from, i64::try_from(px).expect("within 64 bits"))
    }
}
