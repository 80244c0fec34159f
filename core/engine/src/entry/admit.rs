//! From the bytes of a new order to a ticket: every check that comes before acceptance.

use pinion_types::command::{NewOrder, NewOrderExtra, order_flags};
use pinion_types::{
    ExecInst, Nanos, OrdType, Px, RejectCode, SessionId, Side, StpMode, TimeInForce,
};

use super::explain::Case;
use super::linked;
use super::offer::check_offer;
use super::offset::check_offset;
use super::refusal::Refusal;
use super::risk::{Increase, Parties};
use super::rules::Priced;
use super::trail::trailing;
use crate::book::NONE;
use crate::engine::{Context, Engine};
use crate::orders::{Order, Traits, rare};
use crate::tables::{Account, Instrument};

/// An order that passed every check; its position may be still to come. Only this enters a book.
pub(crate) struct Ticket {
    order: Order,
    /// When it ends, where it is dated.
    expire_time: Nanos,
}

impl Ticket {
    /// What a replace makes of an order that was admitted once.
    pub(crate) const fn again(order: Order, expire_time: Nanos) -> Self {
        Ticket { order, expire_time }
    }

    /// When the order ends, where it is dated.
    pub(crate) const fn expire_time(&self) -> Nanos {
        self.expire_time
    }

    /// The order.
    pub(crate) const fn order(&mut self) -> &mut Order {
        &mut self.order
    }
}

/// A new order whose closed sets are read: step 4.
#[derive(Clone, Copy)]
pub(super) struct Parsed {
    /// With no self-trade prevention where the order names none.
    pub(super) traits: Traits,
    stp_mode: Option<StpMode>,
    pub(super) exec_inst: Option<ExecInst>,
    /// When it ends; 0 where it is not dated.
    pub(super) expire_time: Nanos,
}

impl Engine {
    /// Steps 4 to 17 for a new order; the first failure is the one reported.
    pub(crate) fn admit(
        &mut self,
        cx: &Context,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
    ) -> Result<Ticket, RejectCode> {
        let mut parsed = parse(body, extra)?;
        self.check_times(cx, body.sending_time, body.valid_until)?;
        self.check_role(cx.session)?;
        let account = self.check_account(cx.session, body.account)?;
        let traits = &parsed.traits;
        self.check_rights(cx.now, account, body.instrument, traits.side, traits.ord_type)?;
        let may_wait = || parsed.traits.may_wait();
        let instrument = self.check_open(cx.session, account, body.instrument, may_wait)?;
        self.instruments[instrument as usize].check_auction(&mut parsed.traits)?;
        self.use_cl_ord_id(cx.session, body.cl_ord_id)?;
        let group = self.check_shape(cx, (account, instrument), &mut parsed, (body, extra))?;
        let holder = &self.accounts[account as usize];
        let traded = &self.instruments[instrument as usize];
        let is_buy = parsed.traits.side.is_buy();
        let priced = match extra.filter(|_| parsed.traits.ord_type == OrdType::Pegged) {
            Some(extra) => self.price_peg(instrument, &mut parsed.traits, body, extra)?,
            None => price(traded, is_buy, &parsed, body, extra)?,
        };
        let position = self.position_slot(holder, account, instrument);
        let parties = Parties {
            firm: &self.firms[holder.firm as usize],
            account: holder,
            instrument: traded,
            position: self.position_at(position),
        };
        let (side, session) = (parsed.traits.side, cx.session);
        let increase = whole(account, instrument, position, side, session, &priced);
        let increase = increase.narrow(&parsed.traits);
        self.check_risk(cx.now, &parties, &increase)?;
        self.check_reducing(&parsed.traits, &parties, &increase)?;
        if parsed.traits.is_exit() {
            parsed.traits.rare &= !rare::SUSPENDED;
        }
        self.check_entry(&parsed.traits, (body, extra), &increase)?;
        parties.check_headroom(increase.qty, self.fees_in(traded))?;
        let stp_mode = parsed.stp_mode.unwrap_or(holder.stp_mode);
        if parsed.traits.rare != 0 {
            self.rare = traded.rare(&parsed.traits, body, extra);
        }
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
        Ok(Ticket { order, expire_time: parsed.expire_time })
    }

    /// Step 10: what goes together, with the numbers beside; gives the self-trade group.
    #[inline(always)]
    fn check_shape(
        &self,
        cx: &Context,
        (account, instrument): (u32, u32),
        parsed: &mut Parsed,
        (body, extra): (&NewOrder, Option<&NewOrderExtra>),
    ) -> Result<u32, RejectCode> {
        let traded = &self.instruments[instrument as usize];
        check_offer(cx.now, parsed, extra, traded.state)?;
        if let Some(extra) = extra {
            parsed.traits.rare |= traded.check_display(body.qty, extra.display_qty)?;
        }
        let group = self.group_of(&self.accounts[account as usize], body.stp_group)?;
        traded.check_min_qty(&parsed.traits, body.qty, extra)?;
        let place = (account, instrument);
        parsed.traits.rare |= self.check_link(cx.session, place, &parsed.traits, body, extra)?;
        check_offset(parsed.traits.ord_type, extra.unwrap_or(&NewOrderExtra::default()))?;
        Ok(group)
    }

    /// Step 17, and the last of step 16: who stands opposite, what was traded last, and a place.
    #[inline(always)]
    fn check_entry(
        &self,
        traits: &Traits,
        (body, extra): (&NewOrder, Option<&NewOrderExtra>),
        increase: &Increase,
    ) -> Result<(), RejectCode> {
        let (is_buy, traded) = (increase.is_buy, &self.instruments[increase.instrument as usize]);
        if traits.asks_market() && !traits.is_exit() {
            traded.check_opposite(is_buy, increase.tick, traits)?;
            traded.check_trigger(is_buy, extra)?;
            self.check_follower(traits, (body, extra), increase)?;
        }
        self.check_stand(traits, increase)
    }

    /// Why [`Engine::admit`] refused an order, with the numbers behind it.
    #[cold]
    pub(crate) fn explain_new(
        &self,
        cx: &Context,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
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
        let (account, instrument) =
            (body.account.0.wrapping_sub(1), body.instrument.0.wrapping_sub(1));
        case.account = account;
        if code < RejectCode::BadTick {
            return self.explain(cx, code, &case);
        }
        // Step 11 was reached, so that account, instrument and closed sets are good.
        case.instrument = Some(instrument);
        let Ok(parsed) = parse(body, extra) else { return code.into() };
        let is_buy = parsed.traits.side.is_buy();
        let mut traits = parsed.traits;
        let traded = &self.instruments[instrument as usize];
        let tick = match parsed.traits.ord_type {
            OrdType::Limit => {
                let tick = traded.tick.exact_signed(body.px.0);
                tick.and_then(|tick| traded.post(is_buy, tick, parsed.exec_inst).ok())
            }
            OrdType::MarketToLimit => traded.opposite_px(is_buy),
            OrdType::Pegged => extra.and_then(|extra| {
                self.tick_of_peg(instrument, &mut traits, body, extra).ok().flatten()
            }),
            OrdType::Stop | OrdType::StopLimit => {
                case.px = traded.blamed_px(body, extra);
                match trailing(&parsed.traits, extra) {
                    Some(extra) => traded.tick_of_trail(is_buy, body, extra).ok().flatten(),
                    None => traded.check_stop(body, extra).ok().map(|(tick, _)| tick),
                }
            }
            _ => traded.market_px(&parsed.traits, body.protection_ticks),
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
            let (side, session) = (parsed.traits.side, cx.session);
            let increase = whole(account, instrument, position, side, session, &priced);
            let rare = traits.rare | linked::bits(extra);
            case.increase = Some(increase.narrow(&Traits { rare, ..traits }));
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
    extra: Option<&NewOrderExtra>,
) -> Result<Priced, RejectCode> {
    if parsed.traits.ord_type == OrdType::Limit {
        let tick = traded.post(is_buy, traded.check_px(body.px)?, parsed.exec_inst)?;
        return traded.check_value(tick, traded.check_qty(body.qty)?);
    }
    if let Some(extra) = trailing(&parsed.traits, extra) {
        return traded.price_trail(is_buy, body, extra);
    }
    if parsed.traits.rare & rare::SUSPENDED != 0 {
        let (tick, _) = traded.check_stop(body, extra)?;
        return traded.check_value(tick, traded.check_qty(body.qty)?);
    }
    let qty = traded.check_qty(body.qty)?;
    if parsed.traits.ord_type == OrdType::MarketToLimit {
        let tick = traded.opposite_px(is_buy).ok_or(RejectCode::NoReferencePx)?;
        return traded.check_value(tick, qty);
    }
    // Without any price the value cannot be told; step 12 refuses such an order.
    let priced = match traded.market_px(&parsed.traits, body.protection_ticks) {
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
pub(super) fn whole(
    account: u32,
    instrument: u32,
    position: u32,
    side: Side,
    session: SessionId,
    priced: &Priced,
) -> Increase {
    Increase {
        account,
        instrument,
        position,
        is_buy: side.is_buy(),
        collar_tick: Some(priced.tick),
        order_qty: priced.qty,
        order_notional: priced.notional,
        orders: 1,
        notional: priced.notional,
        qty: priced.qty,
        tick: priced.tick,
        leaves: priced.qty,
        replaced: NONE,
        side,
        session,
    }
}

/// Step 4: closed sets, required and inapplicable fields.
#[inline(always)]
fn parse(body: &NewOrder, extra: Option<&NewOrderExtra>) -> Result<Parsed, RejectCode> {
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
    let waits = matches!(ord_type, OrdType::Stop | OrdType::StopLimit);
    let stop_px = extra.map_or(Px(0), |extra| extra.stop_px);
    let trails = extra.is_some_and(|extra| extra.offset_kind != 0);
    if body.cl_ord_id.0 == 0 || (waits && stop_px.0 == 0 && !trails) {
        return Err(RejectCode::RequiredFieldMissing);
    }
    let inapplicable = match ord_type {
        OrdType::Limit | OrdType::StopLimit | OrdType::Pegged => body.protection_ticks != 0,
        OrdType::Market | OrdType::Stop => body.px.0 != 0,
        OrdType::MarketToLimit => body.px.0 != 0 || body.protection_ticks != 0,
    };
    let expire_time = extra.map_or(Nanos(0), |extra| extra.expire_time);
    let ends_unasked = expire_time.0 != 0 && time_in_force != TimeInForce::GoodTillDate;
    let triggers_unasked = stop_px.0 != 0 && !waits;
    if inapplicable
        || ends_unasked
        || triggers_unasked
        || body.flags & !order_flags::ALL != 0
        || body.spare != 0
    {
        return Err(RejectCode::ReservedNotZero);
    }
    let set = |bit: u8, has: bool| if has { bit } else { 0 };
    let is_of_auction =
        matches!(time_in_force, TimeInForce::AtTheOpening | TimeInForce::AtTheClose);
    let has_minimum = extra.is_some_and(|extra| extra.min_qty.0 != 0);
    let traits = Traits {
        side,
        ord_type,
        time_in_force,
        stp_mode: StpMode::None,
        cod: body.cod,
        flags: body.flags,
        exec_inst: body.exec_inst,
        rare: set(rare::SUSPENDED, waits)
            | set(rare::SPECIAL, waits && trails)
            | set(rare::MINIMUM, has_minimum)
            | set(rare::HIDDEN, body.flags & order_flags::HIDDEN != 0)
            | set(rare::AUCTION, is_of_auction)
            | set(rare::SPECIAL, extra.is_some_and(linked::is_linked))
            | set(rare::REDUCES, body.flags & order_flags::REDUCE_ONLY != 0),
    };
    Ok(Parsed { traits, stp_mode, exec_inst, expire_time })
}
