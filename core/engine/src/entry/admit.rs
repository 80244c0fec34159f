//! From the bytes of a new order to a ticket: every check that comes before acceptance.

use pinion_types::command::{NewOrder, NewOrderExtra, order_flags};
use pinion_types::{ExecInst, OrdType, RejectCode, StpMode, TimeInForce};

use super::explain::Case;
use super::refusal::Refusal;
use super::risk::{Increase, Parties};
use super::rules::Priced;
use crate::engine::{Context, Engine};
use crate::orders::{Order, Traits};
use crate::tables::{Account, Instrument};

/// An order that passed every check; its position may be still to come. Only this enters a book.
pub(crate) struct Ticket {
    order: Order,
}

impl Ticket {
    /// What a replace makes of an order that was admitted once.
    pub(crate) const fn again(order: Order) -> Self {
        Ticket { order }
    }

    /// The order.
    pub(crate) const fn order(&mut self) -> &mut Order {
        &mut self.order
    }
}

/// A new order whose closed sets are read: step 4.
#[derive(Clone, Copy)]
struct Parsed {
    /// With no self-trade prevention where the order names none.
    traits: Traits,
    stp_mode: Option<StpMode>,
    exec_inst: Option<ExecInst>,
}

impl Engine {
    /// Steps 4 to 17 for a new order; the first failure is the one reported.
    pub(crate) fn admit(
        &mut self,
        cx: &Context,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
    ) -> Result<Ticket, RejectCode> {
        let parsed = parse(body)?;
        self.check_times(cx, body.sending_time, body.valid_until)?;
        self.check_role(cx.session)?;
        let account = self.check_account(cx.session, body.account)?;
        let instrument = self.check_open(cx.session, account, body.instrument)?;
        self.use_cl_ord_id(cx.session, body.cl_ord_id)?;
        check_offer(body, &parsed, extra)?;
        let holder = &self.accounts[account as usize];
        let traded = &self.instruments[instrument as usize];
        let group = self.group_of(holder, body.stp_group)?;
        let is_buy = parsed.traits.side.is_buy();
        let priced = price(traded, is_buy, &parsed, body)?;
        let position = self.position_slot(holder, account, instrument);
        let parties = Parties {
            firm: &self.firms[holder.firm as usize],
            account: holder,
            instrument: traded,
            position: self.position_at(position),
        };
        let increase = whole(account, instrument, position, is_buy, &priced);
        parties.check_risk(&increase)?;
        self.check_capacity(&increase, parsed.traits.time_in_force, priced.tick)?;
        parties.check_headroom(priced.qty, self.fees_in(traded))?;
        let stp_mode = parsed.stp_mode.unwrap_or(holder.stp_mode);
        let order = Order {
            leaves: priced.qty,
            qty: priced.qty,
            tick: priced.tick,
            position,
            instrument,
            account,
            group,
            session: cx.session.0,
            traits: Traits { stp_mode, ..parsed.traits },
            cl_ord_id: body.cl_ord_id.0,
            order_id: cx.seq.0,
            user_data: body.user_data,
            ..Order::FREE
        };
        Ok(Ticket { order })
    }

    /// Why [`Engine::admit`] refused an order, with the numbers behind it.
    #[cold]
    pub(crate) fn explain_new(&self, cx: &Context, body: &NewOrder, code: RejectCode) -> Refusal {
        let mut case = Case {
            cl_ord_id: body.cl_ord_id.0,
            sending_time: body.sending_time,
            valid_until: body.valid_until,
            px: body.px,
            qty: body.qty,
            ..Case::default()
        };
        let (account, instrument) =
            (body.account.0.wrapping_sub(1), body.instrument.0.wrapping_sub(1));
        if code < RejectCode::BadTick {
            return self.explain(cx, code, &case);
        }
        // Step 11 was reached, so that account, instrument and closed sets are good.
        case.instrument = Some(instrument);
        let Ok(parsed) = parse(body) else { return code.into() };
        let is_buy = parsed.traits.side.is_buy();
        let traded = &self.instruments[instrument as usize];
        let tick = match parsed.traits.ord_type {
            OrdType::Limit => traded.tick.exact_signed(body.px.0),
            _ => traded.protection(is_buy, body.protection_ticks),
        };
        let is_countable = traded.check_qty(body.qty).is_ok();
        let bound = traded.tick_bound.unsigned_abs();
        let tick = tick.filter(|tick| is_countable && tick.unsigned_abs() <= bound);
        if let Some(tick) = tick {
            let qty = body.qty.0;
            let priced = Priced { tick, qty, notional: traded.notional(tick, qty).abs() };
            let holder = &self.accounts[account as usize];
            let position = self.position_slot(holder, account, instrument);
            case.notional = priced.notional;
            case.increase = Some(whole(account, instrument, position, is_buy, &priced));
        }
        self.explain(cx, code, &case)
    }

    /// Step 10, the group: the account's, or one its firm has.
    #[inline(always)]
    fn group_of(&self, holder: &Account, group: u32) -> Result<u32, RejectCode> {
        if group == 0 || group == holder.group {
            return Ok(holder.group);
        }
        let is_known = self.groups.has(holder.firm, group);
        if is_known { Ok(group) } else { Err(RejectCode::UnregisteredStpGroup) }
    }
}

/// Step 11, and step 12 for the reference of market orders: price, quantity and value.
#[inline(always)]
fn price(
    traded: &Instrument,
    is_buy: bool,
    parsed: &Parsed,
    body: &NewOrder,
) -> Result<Priced, RejectCode> {
    if parsed.traits.ord_type == OrdType::Limit {
        let tick = traded.check_px(body.px)?;
        return traded.check_value(tick, traded.check_qty(body.qty)?);
    }
    let qty = traded.check_qty(body.qty)?;
    // Without any price the value cannot be told; step 12 refuses such an order.
    let priced = match traded.protection(is_buy, body.protection_ticks) {
        Some(tick) => Some(traded.check_value(tick, qty)?),
        None => None,
    };
    match priced {
        Some(priced) if traded.reference().is_some() => Ok(priced),
        _ => Err(RejectCode::NoReferencePx),
    }
}

/// What a new order adds: all of it.
#[inline(always)]
fn whole(account: u32, instrument: u32, position: u32, is_buy: bool, priced: &Priced) -> Increase {
    Increase {
        account,
        instrument,
        position,
        is_buy,
        collar_tick: Some(priced.tick),
        order_qty: priced.qty,
        order_notional: priced.notional,
        orders: 1,
        notional: priced.notional,
        qty: priced.qty,
    }
}

/// Step 4: closed sets, required and inapplicable fields.
#[inline(always)]
fn parse(body: &NewOrder) -> Result<Parsed, RejectCode> {
    let (Some(side), Some(ord_type), Some(time_in_force)) =
        (body.side.get(), body.ord_type.get(), body.time_in_force.get())
    else {
        return Err(RejectCode::UnknownEnumValue);
    };
    let exec_inst = body.exec_inst.get();
    let stp_mode = body.stp_mode.get();
    if (exec_inst.is_none() && body.exec_inst.0 != 0)
        || (stp_mode.is_none() && body.stp_mode.0 != 0)
        || (body.cod.get().is_none() && body.cod.0 != 0)
    {
        return Err(RejectCode::UnknownEnumValue);
    }
    if body.cl_ord_id.0 == 0 {
        return Err(RejectCode::RequiredFieldMissing);
    }
    let is_priced = match ord_type {
        OrdType::Limit | OrdType::StopLimit | OrdType::Pegged => true,
        OrdType::Market | OrdType::Stop | OrdType::MarketToLimit => false,
    };
    let inapplicable = if is_priced { body.protection_ticks != 0 } else { body.px.0 != 0 };
    if inapplicable || body.flags & !order_flags::ALL != 0 || body.spare != 0 {
        return Err(RejectCode::ReservedNotZero);
    }
    let traits = Traits {
        side,
        ord_type,
        time_in_force,
        stp_mode: StpMode::None,
        cod: body.cod,
        flags: body.flags,
    };
    Ok(Parsed { traits, stp_mode, exec_inst })
}

/// Step 10: the legal pairs, then what is served.
#[inline(always)]
fn check_offer(
    body: &NewOrder,
    parsed: &Parsed,
    extra: Option<&NewOrderExtra>,
) -> Result<(), RejectCode> {
    use TimeInForce::{FillOrKill, GoodTillCancel, GoodTillDate, ImmediateOrCancel};
    let is_market = parsed.traits.ord_type == OrdType::Market;
    let keeps_market = matches!(parsed.traits.time_in_force, GoodTillCancel | GoodTillDate);
    let is_immediate = matches!(parsed.traits.time_in_force, ImmediateOrCancel | FillOrKill);
    if is_market && keeps_market || parsed.exec_inst.is_some() && (is_market || is_immediate) {
        return Err(RejectCode::IllegalTypeAndTif);
    }
    let is_served_type = matches!(parsed.traits.ord_type, OrdType::Limit | OrdType::Market);
    let is_served_tif = match parsed.traits.time_in_force {
        TimeInForce::Day | GoodTillCancel | ImmediateOrCancel | FillOrKill => true,
        GoodTillDate | TimeInForce::AtTheOpening | TimeInForce::AtTheClose => false,
    };
    let is_plain = extra.is_none_or(|extra| *extra == NewOrderExtra::default());
    let wishes = order_flags::REDUCE_ONLY | order_flags::HIDDEN;
    if !is_served_type
        || !is_served_tif
        || parsed.exec_inst.is_some()
        || !is_plain
        || body.flags & wishes != 0
    {
        return Err(RejectCode::NotSupported);
    }
    Ok(())
}
