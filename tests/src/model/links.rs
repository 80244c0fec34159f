//! Linked orders: groups of which one cancels another.

use pinion_types::RejectCode;
use pinion_types::codes::{CancelReason, OrdType, TimeInForce};
use pinion_types::command::{NewOrder, NewOrderExtra, order_flags};

use super::Model;
use super::refusal::{Checked, refuse_if};
use super::tables::Order;

/// One of two orders can trade.
pub(super) const PAIR: u8 = 1;

/// An entry, and what takes its profit or stops its loss.
pub(super) const BRACKET: u8 = 2;

/// What an order is in its group; the group is its session's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tie {
    pub id: u64,
    pub kind: u8,
    pub leg: u8,
}

impl Tie {
    /// The part of a new order in its group, where it has one.
    pub fn of(extra: &NewOrderExtra) -> Option<Self> {
        let (id, kind, leg) = (extra.link_id, extra.link_kind, extra.link_leg);
        (id != 0).then_some(Tie { id, kind, leg })
    }
}

/// What an order that traded or ended leaves to be done.
#[derive(Clone, Debug)]
pub(super) enum After {
    /// This order ends.
    Mate(u64),
    /// The exits of an entry end, or start.
    Entry { session: u32, id: u64, instrument: u32, cum: u64 },
}

/// A bracket whose entry has traded so much and ended: its exits are to start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    pub session: u32,
    pub id: u64,
    pub instrument: u32,
    pub cum: u64,
}

impl Order {
    /// True for an order that may never trade beside what it is linked with: that one counts.
    pub fn counts_nothing(&self) -> bool {
        self.link.is_some_and(|it| it.leg > 1)
    }

    /// True for an exit of a bracket whose entry has not ended.
    pub fn waits_for_entry(&self) -> bool {
        self.link.is_some_and(|it| it.kind == BRACKET && it.leg > 1)
    }

    /// What of it counts in positions, values and holds.
    pub fn counted(&self) -> u64 {
        if self.counts_nothing() { 0 } else { self.leaves() }
    }
}

/// Step 10, with the other pairs: what a linked order may be.
pub(super) fn check_kind(
    body: &NewOrder,
    extra: &NewOrderExtra,
    (ord_type, tif): (OrdType, TimeInForce),
) -> Checked {
    let words = (extra.link_id != 0, extra.link_kind != 0, extra.link_leg != 0);
    if words == (false, false, false) {
        return Ok(());
    }
    let waits = matches!(ord_type, OrdType::Stop | OrdType::StopLimit);
    let entry = (extra.link_kind, extra.link_leg) == (BRACKET, 1);
    let fits = match (extra.link_kind, extra.link_leg) {
        (PAIR, 1) | (BRACKET, 2) => ord_type == OrdType::Limit,
        (PAIR, 2) | (BRACKET, 3) => waits,
        (BRACKET, 1) => !waits && ord_type != OrdType::Pegged,
        _ => false,
    };
    let rests = [TimeInForce::Day, TimeInForce::GoodTillCancel, TimeInForce::GoodTillDate];
    let at_once = [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill];
    let lasts = rests.contains(&tif) || (entry && at_once.contains(&tif));
    let wishes = extra.display_qty.0 != 0
        || extra.min_qty.0 != 0
        || (extra.offset_kind, extra.offset_ticks, extra.activation_px.0) != (0, 0, 0)
        || extra.peg_move != 0
        || body.exec_inst.0 != 0
        || body.flags & (order_flags::HIDDEN | order_flags::REDUCE_ONLY) != 0;
    let whole = words == (true, true, true);
    let fault = !whole || !fits || !lasts || wishes;
    refuse_if(fault, RejectCode::IllegalTypeAndTif)
}

impl Model {
    /// The order that is such a leg of a session's group.
    pub(super) fn leg(&self, session: u32, id: u64, (kind, leg): (u8, u8)) -> Option<&Order> {
        let wanted = Some(Tie { id, kind, leg });
        self.orders.iter().find(|order| order.session == session && order.link == wanted)
    }

    /// Last of step 10 of a new order: its group is open to it, and it fits the group.
    pub(super) fn check_link(&self, new: &Order) -> Checked {
        let Some(link) = new.link else { return Ok(()) };
        let there = self.orders.iter().filter(|order| {
            order.session == new.session && order.link.is_some_and(|it| it.id == link.id)
        });
        let there: Vec<&Order> = there.collect();
        let has = |kind: u8, leg: u8| there.iter().any(|it| it.is_leg(kind, leg));
        let open = match (link.kind, link.leg) {
            (PAIR, 1) => there.is_empty(),
            (PAIR, _) => there.len() == 1 && has(PAIR, 1) && there[0].cum == 0,
            (_, 1) => !there.is_empty() && there.iter().all(|it| it.waits_for_entry()),
            (_, leg) => there.iter().all(|it| it.waits_for_entry()) && !has(BRACKET, leg),
        };
        refuse_if(!open, RejectCode::LinkGone)?;
        let other_way = (link.kind, link.leg) == (BRACKET, 1);
        let fits = |it: &&Order| {
            (it.account, it.instrument, it.qty) == (new.account, new.instrument, new.qty)
                && (it.side.is_buy() == new.side.is_buy()) != other_way
                && (link.leg == 1 || are_apart(it, new))
        };
        refuse_if(!there.iter().all(fits), RejectCode::LinkMismatch)
    }

    /// Last of step 10 of a replace: the order goes on fitting its group.
    pub(super) fn check_relink(&self, new: &Order, old: &Order) -> Checked {
        let Some(link) = old.link else { return Ok(()) };
        let other = (new.account, new.qty) != (old.account, old.qty);
        refuse_if(other, RejectCode::LinkMismatch)?;
        let beside = self.orders.iter().filter(|it| {
            it.session == old.session
                && it.id != old.id
                && it.link.is_some_and(|other| (other.id, other.kind) == (link.id, link.kind))
        });
        let is_entry = |it: &Order| it.is_leg(BRACKET, 1);
        let apart = is_entry(new) || beside.filter(|it| !is_entry(it)).all(|it| are_apart(it, new));
        refuse_if(!apart, RejectCode::LinkMismatch)
    }

    /// Notes that a linked order traded or ended. What ends with it ends when the matching at hand
    /// is over, outside of one at once.
    pub(super) fn note_link(&mut self, order: &Order, has_ended: bool) {
        let Some(link) = order.link else { return };
        match (link.kind, link.leg) {
            (PAIR, 1) => self.note_mate(order, 2),
            (PAIR, _) => self.note_mate(order, 1),
            (_, 1) if has_ended => self.after.push(After::Entry {
                session: order.session,
                id: link.id,
                instrument: order.instrument,
                cum: order.cum,
            }),
            _ => {}
        }
        if !self.is_matching {
            self.end_mates();
        }
    }

    fn note_mate(&mut self, order: &Order, leg: u8) {
        let id = order.link.expect("it is linked").id;
        let mate = self.leg(order.session, id, (PAIR, leg)).map(|it| it.id);
        self.after.extend(mate.map(After::Mate));
    }

    /// Ends what has to end with others, in the order in which those were told.
    pub(super) fn end_mates(&mut self) {
        while !self.after.is_empty() {
            match self.after.remove(0) {
                After::Mate(id) => self.end_linked(id),
                After::Entry { session, id, instrument, cum } => {
                    let start = Start { session, id, instrument, cum };
                    if cum == 0 { self.end_exits(&start) } else { self.starts.push(start) }
                }
            }
        }
    }

    pub(super) fn end_linked(&mut self, id: u64) {
        let Some(index) = self.orders.iter().position(|it| it.id == id) else { return };
        let order = self.orders.remove(index);
        self.gone(Order { link: None, ..order }, CancelReason::LinkedOrder, None);
    }

    /// Before a stop is elected: what it was linked with ends, and it is linked no more.
    pub(super) fn part(&mut self, order: &mut Order) {
        let Some(link) = order.link.take() else { return };
        if let Some(mate) = self.leg(order.session, link.id, (PAIR, 1)).map(|it| it.id) {
            self.end_linked(mate);
        }
    }
}

impl Order {
    fn is_leg(&self, kind: u8, leg: u8) -> bool {
        self.link.is_some_and(|it| (it.kind, it.leg) == (kind, leg))
    }
}

/// True where the limit price of one lies on the far side of the other's trigger.
fn are_apart(one: &Order, other: &Order) -> bool {
    let (stop, limit) = if one.has_trigger() { (one, other) } else { (other, one) };
    if stop.side.is_buy() { limit.px < stop.stop_px } else { limit.px > stop.stop_px }
}
