//! Linked orders, checked from scratch: groups and their legs know each other, and who counts.

use pinion_types::OrdType;

use crate::book::NONE;
use crate::check::{Violation, hold};
use crate::engine::Engine;
use crate::orders::{Link, LinkKind, Order, Special};

impl Engine {
    /// Every leg is in its group, which fits together; nobody waits for an end that came.
    pub(crate) fn check_links(&self) -> Result<(), Violation> {
        hold(!self.links.is_busy(), "who follows a linked order has followed", 0_u32)?;
        let mut count = 0;
        for (slot, order) in self.orders.iter() {
            let row = self.specials.at(slot);
            let is_row = order.is_special() == (row != Special::None);
            hold(is_row, "a special order has a row", order.order_id)?;
            if let Some(link) = self.link_of(slot) {
                self.hold_leg(slot, order, link)?;
                count += 1;
            } else {
                hold(!order.is_uncounted(), "who counts for nothing is linked", order.order_id)?;
            }
        }
        let sound = self.links.sound_count() == Some(count);
        hold(sound, "a group has its legs, and every group is found", 0_u32)?;
        for (index, ledger) in (0_u32..).zip(&self.ledgers) {
            let slots = self.positions_of(index).flat_map(|slot| self.slots_of(slot));
            let linked = slots.filter(|&slot| self.link_of(slot).is_some()).count();
            let knows = linked == ledger.linked as usize;
            hold(knows, "an account knows how many of its orders are linked", index)?;
        }
        Ok(())
    }

    /// One leg: its group has it, it is what its place says, and it fits the others.
    fn hold_leg(&self, slot: u32, order: &Order, link: Link) -> Result<(), Violation> {
        let id = order.order_id;
        let Some(group) = self.links.find(order.session, link.id) else {
            return hold(false, "a linked order has a group", id);
        };
        let legs = self.links.at(group).legs;
        hold(legs[link.place()] == slot, "a group has its legs", id)?;
        let is_stop = matches!(order.traits.ord_type, OrdType::Stop | OrdType::StopLimit);
        let (kind_fits, counts, waits) = match (link.kind, link.leg) {
            (LinkKind::Oco, 1) => (!is_stop, true, false),
            (LinkKind::Oco, 2) => (is_stop && order.is_suspended(), false, true),
            (LinkKind::Bracket, 1) => (!is_stop, true, false),
            (LinkKind::Bracket, 2) => (!is_stop && !order.is_suspended(), false, true),
            (LinkKind::Bracket, 3) => (is_stop && !order.is_suspended(), false, true),
            _ => (false, false, false),
        };
        hold(kind_fits, "a leg is of its place's type", id)?;
        hold(counts != order.is_uncounted(), "who waits in a group counts as an order alone", id)?;
        hold(waits == order.waits(), "an exit waits for its entry", id)?;
        for other in legs.into_iter().filter(|&other| other != NONE && other != slot) {
            self.check_mates(slot, other)?;
        }
        Ok(())
    }

    /// Two legs of a group: one account, one instrument, one quantity, sides and prices that fit.
    fn check_mates(&self, slot: u32, other: u32) -> Result<(), Violation> {
        let (order, mate) = (self.orders.at(slot), self.orders.at(other));
        let id = order.order_id;
        let (Some(link), Some(with)) = (self.link_of(slot), self.link_of(other)) else {
            return hold(false, "a group has linked orders alone", id);
        };
        hold(link.kind == with.kind, "a group is of one kind", id)?;
        let one = (order.account, order.instrument, order.session, order.qty)
            == (mate.account, mate.instrument, mate.session, mate.qty);
        hold(one, "legs are of one account, instrument and quantity", id)?;
        let opens = link.kind == LinkKind::Bracket && (link.leg == 1 || with.leg == 1);
        let sides = order.is_buy() == mate.is_buy();
        hold(sides != opens, "exits stand opposite to their entry", id)?;
        let whole = link.kind == LinkKind::Bracket || order.cum == 0 && mate.cum == 0;
        hold(whole, "the first trade of a pair ends the other", id)?;
        let is_stop = |slot: u32| self.orders.at(slot).has_trigger();
        if !opens && is_stop(other) && !is_stop(slot) {
            let trigger = self.rare_of(other).trigger;
            let fits = if order.is_buy() { order.tick < trigger } else { order.tick > trigger };
            hold(fits, "a limit and a stop of a pair stand apart", id)?;
        }
        Ok(())
    }
}
