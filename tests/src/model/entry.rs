//! A new order, from step 4 of validation to its acceptance.

use pinion_types::codes::{
    CancelReason, LimitId, OrdStatus, OrdType, Scope, Side, StpMode, TimeInForce, TradingState,
};
use pinion_types::command::{NewOrder, NewOrderExtra, order_flags};
use pinion_types::event::{Accepted, Rejected};
use pinion_types::{ClOrdId, Nanos, OrderId, Px, Qty, RejectCode};

use super::Model;
use super::refusal::{Checked, Refusal, refuse_if};
use super::tables::{Instrument, Order};

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
        self.positions.entry((order.account, order.instrument)).or_default();
        let accepted = Accepted {
            cl_ord_id: body.cl_ord_id,
            order_id: OrderId(order.id),
            user_data: body.user_data,
            px: Px(order.px),
            qty: body.qty,
            received_time: body.received_time,
            instrument: body.instrument,
            account: body.account,
            side: body.side,
            ord_type: body.ord_type,
            time_in_force: body.time_in_force,
            stp_mode: order.stp_mode.into(),
            ord_status: OrdStatus::New.into(),
            flags: body.flags,
            ..Accepted::default()
        };
        self.tell(order.session, &accepted);
        let empty = self.best_px(order.instrument, !order.side.is_buy()).is_none();
        if order.ord_type == OrdType::Market && empty {
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
        let (side, ord_type, tif) = self.well_formed(body, extra)?;
        let times = Times { sending: body.sending_time, valid_until: body.valid_until };
        self.check_times(&times)?;
        self.check_owner(body.account.0)?;
        self.check_blocks(body.account.0, body.instrument.0)?;
        self.check_state(body.instrument.0)?;
        self.use_cl_ord_id(body.cl_ord_id)?;
        self.check_pair(body, ord_type, tif)?;
        let wide = extra.is_some_and(|extra| *extra != NewOrderExtra::default());
        refuse_if(wide, RejectCode::NotSupported)?;
        let account = &self.accounts[&body.account.0];
        refuse_if(
            !self.is_group(body.stp_group, account.def.firm.0),
            RejectCode::UnregisteredStpGroup,
        )?;
        let mode = body.stp_mode.get().or(account.def.stp_mode.get()).unwrap_or(StpMode::None);
        let mut order = Order {
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
            stp_group: body.stp_group,
            cod: body.cod.get(),
            px: body.px.0,
            qty: body.qty.0,
            cum: 0,
            prevented: 0,
            turn: 0,
        };
        if ord_type == OrdType::Market {
            self.check_market(body, &mut order)?;
        } else {
            self.check_filters(&order, true)?;
            self.check_collar(&order)?;
        }
        self.check_risk(&order, None)?;
        self.check_capacity(&order, None)?;
        Ok(order)
    }

    /// Step 4: values that are none, fields that must be there, fields that must not.
    fn well_formed(
        &self,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
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
        refuse_if(body.cl_ord_id.0 == 0, RejectCode::RequiredFieldMissing)?;
        let market = ord_type == OrdType::Market;
        let reserved = (market && body.px.0 != 0)
            || (ord_type == OrdType::Limit && body.protection_ticks != 0)
            || body.flags & !order_flags::ALL != 0
            || body.spare != 0
            || extra.is_some_and(|extra| extra.spare2.0 != [0; 2]);
        refuse_if(reserved, RejectCode::ReservedNotZero)?;
        Ok((side, ord_type, tif))
    }

    /// Step 5.
    pub(super) fn check_times(&self, times: &Times) -> Checked {
        let now = i128::from(self.now);
        let (sending, valid) = (i128::from(times.sending.0), i128::from(times.valid_until.0));
        let window = i128::from(self.genesis.sending_time_window_ns);
        let ahead = now + i128::from(self.genesis.sending_time_ahead_ns);
        let time = |code: RejectCode, limit: i128, would_be: i128| {
            Err(Refusal::from(code).limit(LimitId::Time, limit, now, would_be))
        };
        if window > 0 && sending > ahead {
            return time(RejectCode::SendingTimeAhead, ahead, sending);
        }
        if window > 0 && sending < now - window {
            return time(RejectCode::SendingTimeStale, now - window, sending);
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
        let blocked = |is: bool, code: RejectCode, scope: Scope, id: u32| {
            if is { Err(Refusal::from(code).scope(scope, id)) } else { Ok(()) }
        };
        let of_session = self.session().is_some_and(|session| session.blocked);
        let of_instrument = self.instruments.get(&instrument).is_some_and(|it| it.blocked);
        blocked(self.blocked, RejectCode::BlockedGlobal, Scope::Global, 0)?;
        let of_firm = self.firms[&firm].blocked;
        blocked(of_firm, RejectCode::BlockedFirm, Scope::Firm, firm)?;
        let of_account = self.accounts[&account].blocked;
        blocked(of_account, RejectCode::BlockedAccount, Scope::Account, account)?;
        let session = self.header.session.0;
        blocked(of_session, RejectCode::BlockedSession, Scope::Session, session)?;
        blocked(of_instrument, RejectCode::BlockedInstrument, Scope::Instrument, instrument)
    }

    /// Step 8.
    pub(super) fn check_state(&self, instrument: u32) -> Checked {
        let found = self.instruments.get(&instrument).ok_or(RejectCode::UnknownInstrument)?;
        refuse_if(found.state != TradingState::Continuous, RejectCode::StateForbids)
    }

    /// Step 9: the id is used up, whatever comes after.
    pub(super) fn use_cl_ord_id(&mut self, id: ClOrdId) -> Checked {
        let session = self.header.session.0;
        let last = self.session().expect("it speaks").cl_ord_id;
        let works = self.orders.iter().any(|it| it.session == session && it.cl_ord_id == id.0);
        let duplicate = Refusal::from(RejectCode::DuplicateClOrdId).limit(
            LimitId::ClOrdId,
            i128::from(last),
            i128::from(last),
            i128::from(id.0),
        );
        if id.0 <= last {
            return Err(duplicate);
        }
        self.session_mut().expect("it speaks").cl_ord_id = id.0;
        if works { Err(duplicate) } else { Ok(()) }
    }

    /// Step 10: what goes together, and what is served.
    fn check_pair(&self, body: &NewOrder, ord_type: OrdType, tif: TimeInForce) -> Checked {
        let market = ord_type == OrdType::Market;
        let lasting = [TimeInForce::GoodTillCancel, TimeInForce::GoodTillDate];
        let at_once = [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill];
        let post_only = body.exec_inst.get().is_some();
        let conflict =
            (market && lasting.contains(&tif)) || (post_only && (market || at_once.contains(&tif)));
        refuse_if(conflict, RejectCode::IllegalTypeAndTif)?;
        let served = matches!(ord_type, OrdType::Limit | OrdType::Market)
            && matches!(
                tif,
                TimeInForce::Day
                    | TimeInForce::GoodTillCancel
                    | TimeInForce::ImmediateOrCancel
                    | TimeInForce::FillOrKill
            );
        let unserved_flags = order_flags::REDUCE_ONLY | order_flags::HIDDEN;
        let wishes = post_only || body.flags & unserved_flags != 0;
        refuse_if(!served || wishes, RejectCode::NotSupported)
    }

    /// A group is registered where an account of the firm is defined with it.
    fn is_group(&self, group: u32, firm: u32) -> bool {
        let of_firm = |it: &super::tables::Account| it.def.firm.0 == firm;
        group == 0 || self.accounts.values().any(|it| of_firm(it) && it.def.stp_group == group)
    }

    /// Steps 11 and 12 of a market order, which gets its protection price there.
    fn check_market(&self, body: &NewOrder, order: &mut Order) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let reference = instrument.reference();
        let opposite = self.best_px(order.instrument, !order.side.is_buy());
        let widest = instrument.def.protection_ticks;
        let ticks = match body.protection_ticks {
            0 => widest,
            own => own.min(widest),
        };
        if let Some(from) = opposite.or(reference) {
            order.px = instrument.protection(order.side, from, ticks);
        }
        self.check_quantity(order)?;
        refuse_if(reference.is_none(), RejectCode::NoReferencePx)?;
        self.check_value(order)?;
        self.check_collar(order)
    }

    /// Step 11 of a limit order.
    pub(super) fn check_filters(&self, order: &Order, px_is_new: bool) -> Checked {
        let def = &self.instruments[&order.instrument].def;
        if px_is_new {
            let px = i128::from(order.px);
            let refuse = |code: RejectCode, id: LimitId, limit: Px| {
                Err(Refusal::from(code).limit(id, i128::from(limit.0), 0, px))
            };
            if order.px % def.tick.0 != 0 {
                return refuse(RejectCode::BadTick, LimitId::Tick, def.tick);
            }
            let negative = pinion_types::command::instrument_flags::PX_MAY_BE_NEGATIVE;
            let floor = def.px_min.0 != 0 && order.px < def.px_min.0;
            if floor || (order.px <= 0 && def.flags & negative == 0) {
                return refuse(RejectCode::PxBelowMin, LimitId::PxMin, def.px_min);
            }
            if def.px_max.0 != 0 && order.px > def.px_max.0 {
                return refuse(RejectCode::PxAboveMax, LimitId::PxMax, def.px_max);
            }
        }
        self.check_quantity(order)?;
        self.check_value(order)
    }

    fn check_quantity(&self, order: &Order) -> Checked {
        let def = &self.instruments[&order.instrument].def;
        let (qty, lot) = (order.qty, def.lot.0);
        let refuse = |code: RejectCode, id: LimitId, limit: u64| {
            Err(Refusal::from(code).limit(id, i128::from(limit), 0, i128::from(qty)))
        };
        if qty == 0 || qty % lot != 0 {
            return refuse(RejectCode::BadLot, LimitId::Lot, lot);
        }
        if qty < def.qty_min.0 {
            return refuse(RejectCode::QtyBelowMin, LimitId::QtyMin, def.qty_min.0);
        }
        let max = if def.qty_max.0 == 0 { Qty::MAX.0 } else { def.qty_max.0.min(Qty::MAX.0) };
        if qty > max {
            return refuse(RejectCode::QtyAboveMax, LimitId::QtyMax, max);
        }
        Ok(())
    }

    fn check_value(&self, order: &Order) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let value = instrument.value(order.px, order.qty).abs();
        let refuse = |code: RejectCode, id: LimitId, limit: u64| {
            let would_be = value / 10_000;
            Err(Refusal::from(code).limit(id, i128::from(limit), 0, would_be))
        };
        let (min, max) = (instrument.def.notional_min, instrument.def.notional_max);
        if value < i128::from(min) * 10_000 {
            return refuse(RejectCode::NotionalBelowMin, LimitId::NotionalMin, min);
        }
        if max != 0 && value > i128::from(max) * 10_000 {
            return refuse(RejectCode::NotionalAboveMax, LimitId::NotionalMax, max);
        }
        Ok(())
    }
}

impl Instrument {
    /// What the collar and a market order look at: last trade, else settlement.
    pub fn reference(&self) -> Option<i64> {
        self.last_px.or(self.settlement)
    }

    /// `ticks` beyond `from`, within the instrument's lowest and highest price.
    fn protection(&self, side: Side, from: i64, ticks: u32) -> i64 {
        let width = i128::from(self.def.tick.0) * i128::from(ticks);
        let px = i128::from(from) + if side.is_buy() { width } else { -width };
        let tick = i128::from(self.def.tick.0);
        let negative = pinion_types::command::instrument_flags::PX_MAY_BE_NEGATIVE;
        let floor = match self.def.px_min.0 {
            0 if self.def.flags & negative == 0 => tick,
            0 => i128::from(i64::MIN),
            min => i128::from(min),
        };
        let ceiling = match self.def.px_max.0 {
            0 => i128::from(i64::MAX) / tick * tick,
            max => i128::from(max),
        };
        i64::try_from(px.clamp(floor, ceiling)).expect("within 64 bits")
    }
}
