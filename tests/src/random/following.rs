//! Orders that follow prices: pegs, fixed and floating, and trailing stops; in lives of their own.

use pinion_types::codes::{ExecInst, OrdType, RawSide, TimeInForce, TradingState};
use pinion_types::command::{NewOrder, NewOrderExtra, Replace, order_flags};
use pinion_types::{Px, Qty};

use super::Stream;
use super::orders::Working;

/// Kinds of offset: pegs to the middle, to the other side, to their own; stops by ticks, by bps.
const PEGS: [u32; 3] = [2, 4, 5];
const TICKS: u32 = 8;
const BPS: u32 = 9;

impl Stream {
    /// Makes some orders follow, now and then in a way that none may.
    pub(super) fn follow(
        &mut self,
        speaker: usize,
        order: &mut NewOrder,
        extra: &mut NewOrderExtra,
    ) {
        if !self.follows || !self.rng.chance(30) {
            return;
        }
        let state = self.states.get(&order.instrument.0);
        if state != Some(&TradingState::Continuous) && self.rng.chance(80) {
            return;
        }
        let shows = |it: &&Working| {
            it.instrument == order.instrument.0 && it.ord_type == OrdType::Limit.into()
        };
        if self.working.iter().filter(shows).count() < 3 && self.rng.chance(85) {
            return;
        }
        let lasting = [TimeInForce::Day, TimeInForce::GoodTillCancel, TimeInForce::GoodTillDate];
        if order.time_in_force.get().is_none_or(|tif| !lasting.contains(&tif)) {
            order.time_in_force = self.rng.pick(&lasting[..2]).into();
        }
        if self.rng.chance(96) {
            order.exec_inst = Default::default();
            order.flags &= !order_flags::HIDDEN;
        }
        *extra = NewOrderExtra { expire_time: extra.expire_time, ..NewOrderExtra::default() };
        match self.rng.below(10) {
            0..=5 => self.peg(order, extra),
            _ => self.trail(order, extra),
        }
        if self.rng.chance(6) {
            self.misfit(order, extra);
        }
        if [TICKS, BPS].contains(&extra.offset_kind) {
            self.trailing.insert((self.peers[speaker].session, order.cl_ord_id.0));
        }
    }

    fn peg(&mut self, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        (order.ord_type, order.protection_ticks) = (OrdType::Pegged.into(), 0);
        order.px = self.cap(order.instrument.0);
        (extra.offset_kind, extra.offset_ticks) = self.peg_offset();
        extra.peg_move = u8::from(self.rng.chance(30));
    }

    fn trail(&mut self, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        let limit = self.rng.chance(40);
        if limit {
            (order.ord_type, order.protection_ticks) = (OrdType::StopLimit.into(), 0);
            order.px = self.near_px(order.instrument.0);
        } else {
            (order.ord_type, order.px) = (OrdType::Stop.into(), Px(0));
        }
        (extra.offset_kind, extra.offset_ticks) = self.trail_offset();
        if self.rng.chance(30) {
            extra.activation_px = self.activation(order.instrument.0, order.side);
        }
    }

    /// The price a peg does not pass; mostly none.
    fn cap(&mut self, instrument: u32) -> Px {
        if self.rng.chance(60) { Px(0) } else { self.near_px(instrument) }
    }

    fn peg_offset(&mut self) -> (u32, i32) {
        let ticks = match self.rng.below(60) {
            0 => self.rng.pick(&[1_000_000, -1_000_000, 1_000_001, -1_000_001, i32::MIN]),
            1 => self.rng.pick(&[-90, -40, 40, 90]),
            2..=20 => 0,
            _ => i32::try_from(self.rng.between(-3, 3)).expect("a few"),
        };
        (self.rng.pick(&PEGS), ticks)
    }

    fn trail_offset(&mut self) -> (u32, i32) {
        let few = |rng: &mut super::Rng, most| i32::try_from(rng.below(most) + 1).expect("a few");
        match self.rng.below(40) {
            0 => (TICKS, self.rng.pick(&[0, -1, 1_000_000, 1_000_001])),
            1 => (BPS, self.rng.pick(&[0, -1, 9_999, 10_000])),
            2 => (TICKS, few(&mut self.rng, 200)),
            3..=20 => (BPS, few(&mut self.rng, 400)),
            _ => (TICKS, few(&mut self.rng, 4)),
        }
    }

    /// A few ticks beyond the last trade, for a sell above it; now and then there already.
    fn activation(&mut self, instrument: u32, side: RawSide) -> Px {
        let Some(last) = self.lasts.get(&instrument).copied() else {
            return self.near_px(instrument);
        };
        let (tick, _) = self.grid(instrument);
        let away = self.rng.between(-2, 4);
        let buys = side.get().is_some_and(|side| side.is_buy());
        let away = away.saturating_mul(if buys { -tick } else { tick });
        let px = Px(last.0.saturating_add(away));
        self.snap(instrument, px)
    }

    /// Something that does not go with what the order is.
    fn misfit(&mut self, order: &mut NewOrder, extra: &mut NewOrderExtra) {
        match self.rng.below(12) {
            0 => extra.offset_kind = self.rng.pick(&[0, 1, 2, 5, 8, 9, 10, u32::MAX]),
            1 => extra.offset_ticks = 0,
            2 => extra.activation_px = self.near_px(order.instrument.0),
            3 => extra.peg_move = self.rng.pick(&[1, 2, 255]),
            4 => extra.stop_px = self.near_px(order.instrument.0),
            5 => order.ord_type = OrdType::Limit.into(),
            6 => order.time_in_force = self.rng.pick(TimeInForce::ALL).into(),
            7 => extra.display_qty = Qty(1),
            8 => extra.min_qty = order.qty,
            9 => order.exec_inst = self.rng.pick(ExecInst::ALL).into(),
            10 => order.flags |= order_flags::HIDDEN,
            _ => extra.activation_px = Px(1),
        }
    }

    /// What a replace says of an order that follows.
    pub(super) fn refollow(&mut self, body: &mut Replace, target: &Working) {
        let floats = target.ord_type == OrdType::Pegged.into();
        if !self.follows || !(floats || target.trails) {
            return;
        }
        if self.rng.chance(95) {
            (body.stop_px, body.display_qty) = (Px(0), Qty(0));
        }
        if floats {
            body.px = self.cap(target.instrument);
        } else if target.ord_type == OrdType::Stop.into() {
            body.px = Px(0);
        }
        if self.rng.chance(45) {
            let peg = floats != self.rng.chance(3);
            let offset = if peg { self.peg_offset() } else { self.trail_offset() };
            (body.offset_kind, body.offset_ticks) = offset;
        }
    }
}
