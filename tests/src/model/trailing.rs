//! Trailing stops: triggers that follow the best trade at a distance.

use pinion_types::RejectCode;
use pinion_types::codes::OrdType;
use pinion_types::command::{NewOrderExtra, Replace};

use super::Model;
use super::pegs::{Peg, is_peg};
use super::refusal::{Checked, refuse_if};
use super::tables::{Instrument, Order};

/// Kinds of offset (FIX 1094): ticks, and 1/100 of a percent.
const TICKS: u32 = 8;
const BPS: u32 = 9;

/// Largest offsets of the two.
const TICKS_MAX: i32 = 1_000_000;
const BPS_MAX: i32 = 9_999;

/// How a stop trails.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    pub kind: u32,
    pub offset: i32,
    /// It trails from a trade there on; 0 for at once.
    pub activation: i64,
    /// The best trade since; none before the first.
    pub extreme: Option<i64>,
}

impl Trail {
    /// How a new order trails, where it is a stop that does.
    pub fn of(is_stop: bool, extra: &NewOrderExtra) -> Option<Self> {
        let (kind, offset) = (extra.offset_kind, extra.offset_ticks);
        let activation = extra.activation_px.0;
        (is_stop && kind != 0).then_some(Trail { kind, offset, activation, extreme: None })
    }

    /// What its owner asked for.
    pub fn wish(&self) -> (u32, i32) {
        (self.kind, self.offset)
    }

    /// The best trade after one more price, for a buy the lowest.
    fn after(&self, buys: bool, px: i64) -> Option<i64> {
        let better = |a: i64, b: i64| if buys { a.min(b) } else { a.max(b) };
        let begins = self.activation == 0 || better(px, self.activation) == px;
        self.extreme.map(|extreme| better(extreme, px)).or(begins.then_some(px))
    }
}

/// Whether a stop may trail by so much.
fn is_trail(kind: u32, offset: i32) -> bool {
    let most = match kind {
        TICKS => TICKS_MAX,
        BPS => BPS_MAX,
        _ => 0,
    };
    (1..=most).contains(&offset)
}

/// The last of step 10 of a new order that is no peg.
pub(super) fn check_trail_wish(is_stop: bool, extra: &NewOrderExtra) -> Checked {
    let (kind, offset) = (extra.offset_kind, extra.offset_ticks);
    let none = (kind, offset, extra.activation_px.0) == (0, 0, 0);
    let fits = match is_stop && kind != 0 {
        true => is_trail(kind, offset) && extra.stop_px.0 == 0,
        false => none,
    };
    refuse_if(!fits || extra.peg_move != 0, RejectCode::PegOrTrail)
}

impl Instrument {
    /// Where a stop stands that trails behind a trade: never nearer than its offset.
    fn behind(&self, buys: bool, trail: &Trail, extreme: i64) -> i64 {
        let extreme = i128::from(extreme);
        let offset = i128::from(trail.offset);
        let distance = match trail.kind {
            TICKS => offset * i128::from(self.def.tick.0),
            _ => -(-(extreme.abs() * offset)).div_euclid(10_000),
        };
        let px = match buys {
            true => self.at_or_above(extreme + distance),
            false => self.at_or_below(extreme - distance),
        };
        let (lowest, highest) = self.ends();
        i64::try_from(px.max(lowest).min(highest)).expect("between two prices")
    }
}

impl Model {
    /// Steps 11 and 12 of a stop that trails; a trade may have begun it already.
    pub(super) fn check_trailing(&self, order: &mut Order) -> Checked {
        let of = &self.instruments[&order.instrument];
        if order.ord_type == OrdType::StopLimit {
            self.check_grid(order, order.px)?;
        }
        let trail = order.trail.as_mut().expect("it trails");
        let activation = trail.activation;
        trail.extreme = of.last_px.and_then(|px| trail.after(order.side.is_buy(), px));
        if activation != 0 {
            self.check_grid(order, activation)?;
        }
        self.pull(order);
        self.check_quantity(order)?;
        if order.ord_type == OrdType::Stop {
            let trigger = order.has_begun().then_some(order.stop_px);
            let from = trigger.or(of.reference()).ok_or(RejectCode::NoReferencePx)?;
            order.px = self.protected(order, from);
        }
        self.check_value(order)?;
        self.check_reference(order, None)
    }

    /// Step 11 of a replaced one: another offset is counted from the same trade.
    pub(super) fn check_retrailing(&self, new: &mut Order, old: &Order) -> Checked {
        let wish = |it: &Order| it.trail.map(|trail| trail.wish());
        if new.ord_type == OrdType::StopLimit {
            self.check_regrid(new, new.px, old.px)?;
        } else {
            new.px = old.px;
        }
        if wish(new) != wish(old) {
            self.pull(new);
            if new.ord_type == OrdType::Stop && new.has_begun() {
                new.px = self.protected(new, new.stop_px);
            }
        }
        self.check_quantity(new)?;
        self.check_value(new)
    }

    /// Puts the trigger where it belongs behind the best trade.
    fn pull(&self, order: &mut Order) {
        let of = &self.instruments[&order.instrument];
        let trail = order.trail.expect("it trails");
        if let Some(extreme) = trail.extreme {
            order.stop_px = of.behind(order.side.is_buy(), &trail, extreme);
        }
    }

    /// Lets stops that trail look at the trades since they last looked; true where one moved. From
    /// then on the last trade alone elects.
    pub(super) fn look(&mut self, instrument: u32) -> bool {
        let Some((low, high)) = self.traded.get(&instrument).copied() else { return false };
        let mut moved = false;
        for index in 0..self.orders.len() {
            let mut order = self.orders[index].clone();
            let Some(trail) = order.trail.as_mut().filter(|_| order.instrument == instrument)
            else {
                continue;
            };
            let buys = order.side.is_buy();
            let extreme = trail.after(buys, if buys { low } else { high });
            if extreme != trail.extreme {
                let what = if trail.extreme.is_none() { "activated" } else { "moved triggers" };
                trail.extreme = extreme;
                self.note_followed(what);
                self.pull(&mut order);
                self.orders[index] = order;
                moved = true;
            }
        }
        let last = self.instruments[&instrument].last_px.expect("it traded");
        self.traded.insert(instrument, (last, last));
        moved
    }

    /// The last of step 10 of a replace: what the order is to follow from then on.
    pub(super) fn offsets_of(
        &self,
        body: &Replace,
        old: &Order,
    ) -> Checked<(Option<Peg>, Option<Trail>)> {
        let (kind, offset) = (body.offset_kind, body.offset_ticks);
        let names = (kind, offset) != (0, 0);
        let (mut peg, mut trail) = (old.peg, old.trail);
        let fits = match (peg, trail) {
            (Some(_), _) => is_peg(kind, offset),
            (_, Some(_)) => is_trail(kind, offset),
            _ => false,
        };
        let triggers = trail.is_some() && body.stop_px.0 != 0;
        let wrong = (names && !fits) || triggers || body.activation_px.0 != 0;
        refuse_if(wrong, RejectCode::PegOrTrail)?;
        if let Some(peg) = &mut peg {
            peg.cap = body.px.0;
            (peg.kind, peg.offset) = if names { (kind, offset) } else { (peg.kind, peg.offset) };
        }
        if let Some(trail) = trail.as_mut().filter(|_| names) {
            (trail.kind, trail.offset) = (kind, offset);
        }
        Ok((peg, trail))
    }
}
