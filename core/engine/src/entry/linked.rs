//! Linked orders (rule O12): which legs there are, and what a new one has to fit.

use pinion_types::codes::RawOrdType;
use pinion_types::command::{NewOrder, NewOrderExtra, Replace};
use pinion_types::{OrdType, Px, RejectCode, SessionId, TimeInForce};

use super::risk::Increase;
use crate::book::NONE;
use crate::engine::Engine;
use crate::orders::{Link, LinkKind, Order, Special, Traits, rare};

/// Whether an order says anything of a group.
pub(super) const fn is_linked(extra: &NewOrderExtra) -> bool {
    extra.link_id != 0 || extra.link_kind != 0 || extra.link_leg != 0
}

/// What an order says of its group, where that is whole.
pub(super) fn link(extra: &NewOrderExtra) -> Option<Link> {
    let (kind, legs) = match extra.link_kind {
        1 => (LinkKind::Oco, 1..=2),
        2 => (LinkKind::Bracket, 1..=3),
        _ => return None,
    };
    let (id, leg) = (extra.link_id, extra.link_leg);
    let is_whole = id != 0 && legs.contains(&leg);
    is_whole.then_some(Link { id, kind, leg, trigger: 0, protection_ticks: 0 })
}

/// The row of a new order.
pub(super) fn row(extra: &NewOrderExtra) -> Special {
    link(extra).map_or(Special::None, Special::Linked)
}

/// What few orders are that a new leg is: what follows another counts as an order alone, and an
/// exit waits for its entry.
pub(super) fn bits(extra: Option<&NewOrderExtra>) -> u8 {
    let link = extra.and_then(link);
    link.map_or(0, |link| match (link.kind, link.leg) {
        (_, 1) => 0,
        (LinkKind::Oco, _) => rare::UNCOUNTED,
        (LinkKind::Bracket, _) => rare::UNCOUNTED | rare::PENDING,
    })
}

impl Traits {
    /// Step 10, static: whether what an order says of its group is whole, and fits its type.
    pub(super) fn may_link(&self, extra: &NewOrderExtra) -> bool {
        use OrdType::{Limit, Market, MarketToLimit, Stop, StopLimit};
        use TimeInForce::{Day, FillOrKill, GoodTillCancel, GoodTillDate, ImmediateOrCancel};
        let Some(link) = link(extra) else { return false };
        let lasts = matches!(self.time_in_force, Day | GoodTillCancel | GoodTillDate);
        let is_short = matches!(self.time_in_force, ImmediateOrCancel | FillOrKill);
        let fits = match (link.kind, link.leg) {
            (LinkKind::Oco, 1) | (LinkKind::Bracket, 2) => lasts && self.ord_type == Limit,
            (LinkKind::Bracket, 1) => {
                (lasts || is_short) && matches!(self.ord_type, Limit | Market | MarketToLimit)
            }
            _ => lasts && matches!(self.ord_type, Stop | StopLimit),
        };
        let others = rare::ICEBERG | rare::MINIMUM | rare::HIDDEN | rare::REDUCES;
        let asks_more = self.exec_inst.0 != 0
            || self.rare & others != 0
            || (extra.display_qty.0, extra.offset_ticks, extra.offset_kind) != (0, 0, 0)
            || (extra.activation_px, extra.peg_move) != (Px(0), 0);
        fits && !asks_more
    }

    /// Whether an order waits for its entry, and is to start by that.
    pub(super) const fn is_exit(&self) -> bool {
        let bits = rare::SPECIAL | rare::UNCOUNTED | rare::PENDING;
        self.rare & bits == bits
    }
}

impl Increase {
    /// What of this is asked of an order: no collar where it waits for a trigger, and where it
    /// counts as an order alone nothing that it would add but itself.
    #[inline(always)]
    pub(crate) fn narrow(self, traits: &Traits) -> Self {
        let few = rare::SUSPENDED | rare::SPECIAL;
        if traits.rare & few == 0 { self } else { self.narrow_few(traits) }
    }

    #[cold]
    fn narrow_few(mut self, traits: &Traits) -> Self {
        let uncounted = rare::SPECIAL | rare::UNCOUNTED;
        let is_uncounted = traits.rare & uncounted == uncounted;
        if is_uncounted || traits.is_unpriced() {
            self.collar_tick = None;
        }
        if is_uncounted {
            (self.notional, self.qty, self.leaves) = (0, 0, 0);
        }
        if traits.is_exit() {
            (self.order_qty, self.order_notional) = (0, 0);
        }
        self
    }
}

/// What of a leg the others of its group look at.
struct Leg {
    account: u32,
    instrument: u32,
    is_buy: bool,
    qty: u64,
    /// Of a limit order its price, of a stop its trigger.
    px: Px,
    is_stop: bool,
}

impl Leg {
    /// Whether two legs may be of one group. One of them `opens` what the other closes, or both
    /// are on one side, and the market lies between them where one is a stop.
    fn fits(&self, other: &Leg, opens: bool) -> bool {
        let is_one = (self.account, self.instrument, self.qty)
            == (other.account, other.instrument, other.qty);
        let (limit, stop) = if self.is_stop { (other, self) } else { (self, other) };
        let apart = if limit.is_buy { limit.px < stop.px } else { limit.px > stop.px };
        is_one && (self.is_buy != other.is_buy) == opens && (opens || apart)
    }
}

const GONE: RejectCode = RejectCode::LinkGone;

impl Engine {
    /// Last of step 10: there is a group that takes such a leg, and the leg fits it. Gives what few
    /// orders are that it is.
    #[inline(always)]
    pub(super) fn check_link(
        &self,
        session: SessionId,
        place: (u32, u32),
        traits: &Traits,
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
    ) -> Result<u8, RejectCode> {
        if traits.rare & rare::SPECIAL == 0 || !extra.is_some_and(is_linked) {
            return Ok(0);
        }
        self.check_leg(session, place, body, extra).map(|()| bits(extra))
    }

    #[cold]
    #[inline(never)]
    fn check_leg(
        &self,
        session: SessionId,
        (account, instrument): (u32, u32),
        body: &NewOrder,
        extra: Option<&NewOrderExtra>,
    ) -> Result<(), RejectCode> {
        let Some(extra) = extra else { return Ok(()) };
        let Some(link) = link(extra) else { return Ok(()) };
        let group = self.links.find(session.0, link.id).map(|group| self.links.at(group));
        let legs = group.map_or([NONE; 3], |group| group.legs);
        let kind = self.kind_of(legs);
        let opens_group = kind.is_none() && (link.kind, link.leg) != (LinkKind::Oco, 2);
        match (link.kind, link.leg) {
            (LinkKind::Bracket, 1) if kind.is_none() => return Err(GONE),
            _ if opens_group => return Ok(()),
            _ if kind != Some(link.kind) || legs[link.place()] != NONE => return Err(GONE),
            (LinkKind::Oco, _) if legs[0] == NONE || self.orders.at(legs[0]).cum != 0 => {
                return Err(GONE);
            }
            (LinkKind::Bracket, 2 | 3) if legs[0] != NONE => return Err(GONE),
            _ => {}
        }
        let is_stop = is_stop(body.ord_type);
        let leg = Leg {
            account,
            instrument,
            is_buy: body.side.get().is_some_and(pinion_types::Side::is_buy),
            qty: body.qty.0,
            px: if is_stop { extra.stop_px } else { body.px },
            is_stop,
        };
        self.check_others(&leg, link, legs)
    }

    /// Last of step 10 for a replace: a leg keeps what its group has in common.
    #[cold]
    #[inline(never)]
    pub(crate) fn check_leg_change(&self, slot: u32, body: &Replace) -> Result<(), RejectCode> {
        let Some(link) = self.link_of(slot) else { return Ok(()) };
        let order = self.orders.at(slot);
        let Some(group) = self.links.find(order.session, link.id) else { return Ok(()) };
        let moves = body.account.0 != 0 && body.account.0 != order.account + 1;
        if moves || body.qty.0 != order.qty {
            return Err(RejectCode::LinkMismatch);
        }
        let mut leg = self.leg_in(slot);
        if !leg.is_stop {
            leg.px = body.px;
        } else if body.stop_px.0 != 0 {
            leg.px = body.stop_px;
        }
        self.check_others(&leg, link, self.links.at(group).legs)
    }

    fn check_others(&self, leg: &Leg, link: Link, legs: [u32; 3]) -> Result<(), RejectCode> {
        for (place, slot) in legs.into_iter().enumerate() {
            if slot == NONE || place == link.place() {
                continue;
            }
            let opens = link.kind == LinkKind::Bracket && (place == 0 || link.leg == 1);
            if !leg.fits(&self.leg_in(slot), opens) {
                return Err(RejectCode::LinkMismatch);
            }
        }
        Ok(())
    }

    /// How the legs of a group depend on each other, where there are any.
    pub(super) fn kind_of(&self, legs: [u32; 3]) -> Option<LinkKind> {
        let first = legs.into_iter().find(|&slot| slot != NONE)?;
        self.link_of(first).map(|link| link.kind)
    }

    fn leg_in(&self, slot: u32) -> Leg {
        let order: &Order = self.orders.at(slot);
        let is_stop = order.has_trigger();
        let tick = if is_stop { self.rare_of(slot).trigger } else { order.tick };
        Leg {
            account: order.account,
            instrument: order.instrument,
            is_buy: order.is_buy(),
            qty: order.qty,
            px: self.px(order.instrument, tick),
            is_stop,
        }
    }
}

fn is_stop(ord_type: RawOrdType) -> bool {
    matches!(ord_type.get(), Some(OrdType::Stop | OrdType::StopLimit))
}
