//! Matching: best price first, oldest order first, self-trade prevention order by order.

use pinion_types::{CancelReason, StpMode};

use crate::book::Ladder;
use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::orders::Order;
use crate::tables::{OWN_GROUP, extras, side_index};

impl Engine {
    /// Trades with the opposite side as far as `limit`, the order's price or a nearer one. Every
    /// step ends an order or a tranche, so the orders of the venue and the tranches of each bound
    /// it.
    #[inline]
    pub(crate) fn cross<S: Sink>(
        &mut self,
        taker: &mut Order,
        limit: i64,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let extras = self.instruments[taker.instrument as usize].extras;
        if extras & extras::CROSSED != 0 || taker.reduces() {
            return self.cross_rare(taker, limit, extras, out);
        }
        self.cross_as::<S, false>(taker, limit, out)
    }

    #[cold]
    #[inline(never)]
    fn cross_rare<S: Sink>(
        &mut self,
        taker: &mut Order,
        limit: i64,
        extras: u8,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        if extras & extras::SHARED != 0 {
            return self.cross_shared(taker, limit, out);
        }
        self.cross_as::<S, true>(taker, limit, out)
    }

    #[inline(always)]
    fn cross_as<S: Sink, const WATCHED: bool>(
        &mut self,
        taker: &mut Order,
        limit: i64,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let index = side_index(!taker.is_buy());
        let prevents = self.may_meet_itself(taker);
        while taker.leaves > 0 {
            let side = &self.instruments[taker.instrument as usize].sides[index];
            let level = side.within(side.rank(limit))?;
            let slot = Ladder::head(&self.pages, level);
            if prevents && self.is_own(self.orders.at(slot), taker) {
                if let Some(reason) = self.prevent(slot, taker, out) {
                    return Some(reason);
                }
            } else {
                let maker = self.orders.at(slot);
                if WATCHED {
                    let (tick, cum) = (maker.tick, taker.cum);
                    if let Some(reason) = self.meet(slot, taker, out) {
                        return Some(reason);
                    }
                    if taker.cum != cum {
                        self.note_trade(taker.instrument, tick);
                    }
                } else if maker.traits.rare == 0 {
                    self.trade(slot, taker, out);
                } else {
                    self.meet(slot, taker, out);
                }
            }
        }
        None
    }

    /// Trades with a maker, where one of both is what few orders are: with what it shows, with what
    /// both may, or with all of it. Gives why the taker stops, if it does.
    #[inline(never)]
    pub(super) fn meet<S: Sink>(
        &mut self,
        slot: u32,
        taker: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        self.meet_up_to(slot, taker, u64::MAX, out)
    }

    /// The same with `most` at most.
    #[inline(always)]
    pub(super) fn meet_up_to<S: Sink>(
        &mut self,
        slot: u32,
        taker: &mut Order,
        most: u64,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let maker = self.orders.at(slot);
        if maker.reduces() || taker.reduces() {
            return self.meet_reducing(slot, taker, most, out);
        }
        if maker.is_iceberg() {
            self.trade_tranche(slot, taker, most, out);
        } else if maker.is_special() {
            self.trade_special(slot, taker, most, out);
        } else {
            self.trade_up_to(slot, taker, most, out);
        }
        None
    }

    /// Whether an order of its own group may stand opposite. An account's own group is there only
    /// if the account has orders there, which its position knows.
    pub(super) fn may_meet_itself(&self, taker: &Order) -> bool {
        if taker.traits.stp_mode == StpMode::None {
            return false;
        }
        taker.group & OWN_GROUP == 0
            || self.positions.at(taker.position).working(!taker.is_buy()) > 0
    }

    /// Whether both orders are of one group. Groups are a firm's: another firm may use the number.
    #[inline]
    pub(super) fn is_own(&self, maker: &Order, taker: &Order) -> bool {
        let firm = |order: &Order| self.accounts[order.account as usize].firm;
        maker.group == taker.group && firm(maker) == firm(taker)
    }

    /// Two orders of one group meet; gives why the taker stops, if it does. A taker that has
    /// nothing left by that was reported.
    pub(super) fn prevent<S: Sink>(
        &mut self,
        slot: u32,
        taker: &mut Order,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        match taker.traits.stp_mode {
            StpMode::CancelNewest => Some(CancelReason::SelfTrade),
            StpMode::CancelOldest => {
                self.cancel_met(slot, CancelReason::SelfTrade, out);
                None
            }
            StpMode::CancelBoth => {
                self.cancel_met(slot, CancelReason::SelfTrade, out);
                Some(CancelReason::SelfTrade)
            }
            StpMode::Decrement => {
                self.decrement(slot, taker, out);
                None
            }
            StpMode::None => self.meet(slot, taker, out),
        }
    }

    /// Both shrink by the smaller of the two.
    fn decrement<S: Sink>(&mut self, slot: u32, taker: &mut Order, out: &mut Out<'_, S>) {
        let (maker, link) = (*self.orders.at(slot), self.link_of(slot));
        let qty = maker.leaves.min(taker.leaves);
        let hidden = self.hidden_of(slot);
        self.hash = self.hash.wrapping_sub(maker.hash);
        Ladder::shrink(&mut self.pages, maker.level, qty);
        self.release(&maker, qty, u32::from(qty == maker.leaves));
        let order = self.orders.at_mut(slot);
        order.leaves -= qty;
        order.hash = order.fresh_hash();
        let maker = *order;
        if maker.is_iceberg() {
            let shown = self.tranches.at(slot).shown.min(maker.leaves);
            self.show(slot, hidden, shown);
        }
        if maker.leaves == 0 {
            self.detach(slot);
            let gained = self.orders.remember(&maker);
            self.hash = self.hash.wrapping_add(gained);
            self.report_canceled(&maker, CancelReason::SelfTrade, None, out);
            if let Some(link) = link {
                self.note_leg(&maker, link, true);
                self.hurry(maker.instrument);
            }
        } else {
            self.hash = self.hash.wrapping_add(maker.hash);
            self.report_restated(&maker, out);
        }
        taker.leaves -= qty;
        if taker.leaves == 0 {
            self.report_canceled(taker, CancelReason::SelfTrade, None, out);
        } else {
            self.report_restated(taker, out);
        }
    }

    /// Whether so much of an order can be filled: as far as `limit`, and by what prevention would
    /// leave.
    pub(crate) fn can_fill(&self, taker: &Order, limit: i64, qty: u64) -> bool {
        let instrument = &self.instruments[taker.instrument as usize];
        if instrument.extras & extras::SHARED != 0 {
            return self.can_fill_shared(taker, limit, qty);
        }
        let side = &instrument.sides[side_index(!taker.is_buy())];
        let limit = side.rank(limit);
        let within = side.levels(&self.pages).take_while(|(tick, _)| side.rank(*tick) <= limit);
        let mut missing = qty;
        let prevents = self.may_meet_itself(taker);
        if !prevents && instrument.extras & extras::UNCOMMON == 0 {
            for (_, level) in within {
                missing = missing.saturating_sub(level.quantity);
                if missing == 0 {
                    return true;
                }
            }
            return false;
        }
        let passes = taker.traits.stp_mode == StpMode::CancelOldest;
        for (_, level) in within {
            let mut slot = level.head;
            while slot != crate::book::NONE {
                let maker = self.orders.at(slot);
                if !prevents || !self.is_own(maker, taker) {
                    missing = missing.saturating_sub(self.sure_of(maker));
                } else if !passes {
                    return false;
                }
                if missing == 0 {
                    return true;
                }
                slot = maker.next;
            }
        }
        false
    }
}
