//! What few orders ask for: a quantity that must trade at once, not to be shown, an auction alone,
//! only to reduce.
//!
//! Drawn from numbers of their own, so that the other draws of a seed stay what they were.

use pinion_types::codes::{OrdType, Side, TimeInForce, TradingState};
use pinion_types::command::{NewOrder, NewOrderExtra, Replace, order_flags};
use pinion_types::{AccountId, ClOrdId, InstrumentId, Px, Qty};

use super::Stream;
use super::orders::Working;

impl Stream {
    /// Some orders with a wish of these, now and then on an order that cannot have it.
    pub(super) fn rare(&mut self, speaker: usize, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        match self.more.below(100) {
            0..=6 => self.at_least(order, extra),
            7..=16 => self.hidden(order, extra),
            17..=22 => self.of_auction(order, extra),
            23..=34 => self.reduce_only(speaker, order),
            _ => {}
        }
    }

    /// Not to be shown.
    fn hidden(&mut self, order: &mut NewOrder, extra: &NewOrderExtra) {
        let rests = [TimeInForce::Day, TimeInForce::GoodTillCancel, TimeInForce::GoodTillDate];
        let rests = order.time_in_force.get().is_some_and(|tif| rests.contains(&tif));
        let limit = order.ord_type.get() == Some(OrdType::Limit);
        if (rests && limit && extra.display_qty.0 == 0) || self.more.chance(10) {
            order.flags |= order_flags::HIDDEN;
        }
    }

    /// For the opening or the closing auction alone.
    fn of_auction(&mut self, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        if order.ord_type != OrdType::Limit.into() && self.more.chance(95) {
            (order.ord_type, order.px) = (OrdType::Market.into(), Px(0));
        }
        let state = self.states.get(&order.instrument.0).copied();
        let early = [TradingState::PreOpen, TradingState::OpeningAuction].map(Some);
        let opening = self.more.chance(if early.contains(&state) { 60 } else { 6 });
        let tif = if opening { TimeInForce::AtTheOpening } else { TimeInForce::AtTheClose };
        order.time_in_force = tif.into();
        if self.more.chance(94) {
            (order.exec_inst, order.flags) = Default::default();
            *extra = NewOrderExtra::default();
        }
    }

    /// Only to reduce what the account holds, mostly in a way that does.
    fn reduce_only(&mut self, speaker: usize, order: &mut NewOrder) {
        let session = self.peers[speaker].session;
        let held = self.held.iter().filter(|((account, instrument), qty)| {
            let own = self.allowed.contains(&(session, *account));
            own && *instrument == order.instrument.0 && **qty != 0
        });
        let held: Vec<(u32, i64)> = held.map(|((account, _), qty)| (*account, *qty)).collect();
        if held.is_empty() || self.more.chance(4) {
            if self.more.chance(20) {
                order.flags |= order_flags::REDUCE_ONLY;
            }
            return;
        }
        let (account, held) = self.more.pick(&held);
        order.flags |= order_flags::REDUCE_ONLY;
        order.account = AccountId(account);
        order.side = if held > 0 { Side::Sell } else { Side::Buy }.into();
        let lot = self.grids.get(&order.instrument.0).map_or(1, |grid| grid.1);
        let lots = (held.unsigned_abs() / lot).max(1);
        order.qty = Qty(match self.more.below(12) {
            0 => (lots + 1) * lot,
            1..=4 => lots * lot,
            _ => (self.more.below(lots) + 1) * lot,
        });
    }

    /// A part of the quantity, often all of it; now and then none that fits.
    fn at_least(&mut self, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        let tif = order.time_in_force.get();
        let waits = [OrdType::Stop, OrdType::StopLimit].map(Some).contains(&order.ord_type.get());
        let conflicts =
            tif == Some(TimeInForce::FillOrKill) || waits || order.exec_inst.get().is_some();
        if conflicts && self.more.chance(90) {
            return;
        }
        let lot = self.grids.get(&order.instrument.0).map_or(1, |grid| grid.1);
        let lots = (order.qty.0 / lot).max(1);
        extra.min_qty = Qty(match self.more.below(24) {
            0 => 1,
            1 => lot + 1,
            2 => order.qty.0.saturating_add(lot),
            3..=5 => order.qty.0,
            6..=18 => lot,
            _ => (self.more.below(lots) + 1) * lot,
        });
        if order.ord_type == OrdType::Limit.into() && self.more.chance(80) {
            self.meet(order);
        }
    }

    /// Now and then more of an order that sells short what its account holds by now.
    pub(super) fn grow_short(&mut self, speaker: usize, body: &mut Replace) {
        let session = self.peers[speaker].session;
        let shorts = [Side::SellShort, Side::SellShortExempt].map(Some);
        let covered = |it: &&Working| {
            let held = self.held.get(&(it.account, it.instrument)).copied().unwrap_or(0);
            it.session == session && shorts.contains(&it.side.get()) && held > 0
        };
        let covered: Vec<Working> = self.working.iter().filter(covered).copied().collect();
        if covered.is_empty() || !self.more.chance(25) {
            return;
        }
        let target = self.more.pick(&covered);
        let lot = self.grids.get(&target.instrument).map_or(1, |grid| grid.1);
        *body = Replace {
            cl_ord_id: body.cl_ord_id,
            orig_cl_ord_id: ClOrdId(target.cl_ord_id),
            px: target.px,
            qty: Qty(target.qty.saturating_add(lot)),
            sending_time: body.sending_time,
            received_time: body.received_time,
            instrument: InstrumentId(target.instrument),
            side: target.side,
            ..Replace::default()
        };
    }

    /// A price at which somebody of the other side stands.
    fn meet(&mut self, order: &mut NewOrder) {
        let opposite = |it: &&Working| {
            let sides = (it.side.get(), order.side.get());
            let other = matches!(sides, (Some(a), Some(b)) if a.is_buy() != b.is_buy());
            it.instrument == order.instrument.0 && it.stop_px.0 == 0 && other
        };
        let prices: Vec<Px> = self.working.iter().filter(opposite).map(|it| it.px).collect();
        if !prices.is_empty() {
            order.px = self.more.pick(&prices);
        }
    }
}
