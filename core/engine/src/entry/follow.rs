//! How linked orders end (rule O12): the first to trade or end takes its mate with it, and what an
//! entry traded starts its exits.
//!
//! Trades and ends are noted where they happen. Who follows does when the step is over: a matching,
//! an uncross, a cancel.

use pinion_types::{CancelReason, Nanos};

use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::{Link, LinkKind, Order, Traded};

impl Engine {
    /// [`Engine::run`] for an order that is special.
    #[cold]
    #[inline(never)]
    pub(crate) fn run_special<S: Sink>(
        &mut self,
        cx: &Context,
        order: &mut Order,
        expire_time: Nanos,
        out: &mut Out<'_, S>,
    ) {
        self.run_leg(order, expire_time, out);
        self.elect(cx, out);
    }

    /// Matches an order in hand that may be linked, and notes what others follow.
    pub(super) fn run_leg<S: Sink>(
        &mut self,
        order: &mut Order,
        expire_time: Nanos,
        out: &mut Out<'_, S>,
    ) {
        let link = self.rare.special.link();
        self.run_alone(order, expire_time, out);
        if let Some(link) = link {
            let ended = self.orders.by_order_id(order.order_id).is_none();
            self.note_leg(order, link, ended);
        }
    }

    /// Trades with a maker that may be linked.
    #[cold]
    #[inline(never)]
    pub(super) fn trade_special<S: Sink>(
        &mut self,
        slot: u32,
        taker: &mut Order,
        most: u64,
        out: &mut Out<'_, S>,
    ) {
        let (mut maker, link, before) = (*self.orders.at(slot), self.link_of(slot), taker.cum);
        // Who traded first is followed first.
        if taker.is_special()
            && let Some(link) = self.rare.special.link()
        {
            self.note_leg(taker, link, false);
        }
        self.trade_up_to(slot, taker, most, out);
        if let Some(link) = link {
            let qty = taker.cum - before;
            maker.cum += qty;
            self.note_leg(&maker, link, maker.leaves == qty);
            self.hurry(maker.instrument);
        }
    }

    /// Cancels a maker within a matching: who follows it does when that is over.
    pub(super) fn cancel_met<S: Sink>(
        &mut self,
        slot: u32,
        reason: CancelReason,
        out: &mut Out<'_, S>,
    ) {
        let instrument = self.orders.at(slot).instrument;
        self.cancel_alone(slot, reason, None, out);
        self.hurry(instrument);
    }

    /// Whoever matches looks at what it noted, as it looks at stops.
    pub(super) fn hurry(&mut self, instrument: u32) {
        if self.links.is_busy() && self.traded.is_none() {
            self.traded = Some(Traded { instrument, low: i64::MAX, high: i64::MIN });
        }
    }

    /// A linked order traded, or `ended`: whether others follow.
    pub(crate) fn note_leg(&mut self, order: &Order, link: Link, ended: bool) {
        let Some(group) = self.links.find(order.session, link.id) else { return };
        let legs = self.links.at(group).legs;
        let follows = match (link.kind, link.leg) {
            (LinkKind::Oco, 1) => (ended || order.cum > 0) && legs[1] != NONE,
            (LinkKind::Oco, _) => ended && legs[0] != NONE,
            (LinkKind::Bracket, leg) => ended && leg == 1,
        };
        if follows {
            self.links.note_end(group, order.cum);
        }
    }

    /// Whoever follows an order that traded or ended does: mates end, exits are to start.
    #[cold]
    #[inline(never)]
    pub(crate) fn follow_links<S: Sink>(&mut self, out: &mut Out<'_, S>) {
        while let Some((place, group)) = self.links.take_ended() {
            match self.kind_of(group.legs) {
                Some(LinkKind::Oco) => {
                    let [limit, stop, _] = group.legs;
                    self.end_linked(if stop == NONE { limit } else { stop }, out);
                }
                Some(LinkKind::Bracket) if group.cum == 0 => self.end_exits(group.legs, out),
                Some(LinkKind::Bracket) => {
                    self.links.note_start(place);
                    self.aftermath.note_starts();
                }
                None => {}
            }
        }
    }

    /// An order ends with the one it was linked to.
    pub(super) fn end_linked<S: Sink>(&mut self, slot: u32, out: &mut Out<'_, S>) {
        let order = self.take_out(slot);
        self.forget(&order);
        self.report_canceled(&order, CancelReason::LinkedOrder, None, out);
    }

    /// The exits of a bracket end, the oldest first.
    pub(super) fn end_exits<S: Sink>(&mut self, legs: [u32; 3], out: &mut Out<'_, S>) {
        let mut exits = [legs[1], legs[2]];
        let age = |slot: u32| if slot == NONE { 0 } else { self.orders.at(slot).order_id };
        exits.sort_unstable_by_key(|&slot| age(slot));
        for slot in exits.into_iter().filter(|&slot| slot != NONE) {
            self.end_linked(slot, out);
        }
    }

    /// A stop that is elected leaves its group: its mate ends.
    pub(super) fn end_mate<S: Sink>(&mut self, session: u32, link: Link, out: &mut Out<'_, S>) {
        let Some(group) = self.links.find(session, link.id) else { return };
        let [limit, ..] = self.links.at(group).legs;
        if link.kind == LinkKind::Oco && limit != NONE {
            self.end_linked(limit, out);
        }
    }
}
