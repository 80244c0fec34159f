//! Pegged orders: the price they follow, and how those that float move with it.

use std::collections::BTreeMap;

use pinion_types::RejectCode;
use pinion_types::codes::{CancelReason, OrdType, TradingState};
use pinion_types::command::{NewOrder, NewOrderExtra};
use pinion_types::event::Replaced;

use super::Model;
use super::book::replaced;
use super::refusal::{Checked, refuse_if};
use super::tables::{Instrument, Order};

/// Kinds of offset (FIX 1094).
const MID: u32 = 2;
const MARKET: u32 = 4;
const PRIMARY: u32 = 5;

/// Largest offset either way, in ticks.
const OFFSET_MAX: u32 = 1_000_000;

/// Floating pegs and trailing stops of one instrument.
const FOLLOWERS_MAX: usize = 1_000;

/// How often a peg moves before it is canceled.
const MOVES_MAX: u32 = 10_000;

/// What a peg follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peg {
    pub kind: u32,
    /// In ticks, added to what it follows.
    pub offset: i32,
    /// Buys not above, sells not below it; 0 for none.
    pub cap: i64,
    pub is_fixed: bool,
    /// How often it was priced anew.
    pub moves: u32,
}

impl Peg {
    /// What a new order follows, where it is a peg.
    pub fn of(ord_type: OrdType, body: &NewOrder, extra: &NewOrderExtra) -> Option<Self> {
        let peg = Peg {
            kind: extra.offset_kind,
            offset: extra.offset_ticks,
            cap: body.px.0,
            is_fixed: extra.peg_move == 1,
            moves: 0,
        };
        (ord_type == OrdType::Pegged).then_some(peg)
    }

    /// What its owner asked for.
    pub fn wish(&self) -> (u32, i32, i64) {
        (self.kind, self.offset, self.cap)
    }
}

/// The best prices of an instrument, sells first: of orders that show and do not float, and of all.
pub(super) type Fronts = [Option<i64>; 4];

/// Whether a peg may have such an offset.
pub(super) fn is_peg(kind: u32, offset: i32) -> bool {
    [MID, MARKET, PRIMARY].contains(&kind) && offset.unsigned_abs() <= OFFSET_MAX
}

/// The last of step 10 of a new peg.
pub(super) fn check_peg_wish(extra: &NewOrderExtra) -> Checked {
    let fits = is_peg(extra.offset_kind, extra.offset_ticks)
        && extra.activation_px.0 == 0
        && extra.peg_move <= 1;
    refuse_if(!fits, RejectCode::PegOrTrail)
}

impl Instrument {
    /// Lowest and highest price that the venue itself may give to an order.
    pub fn ends(&self) -> (i128, i128) {
        let end = self.ticks_max() * i128::from(self.def.tick.0);
        let (lowest, highest) = self.px_range();
        (lowest.max(-end), highest.min(end))
    }

    /// A price of the bands, away from the other side, then within the ends, where there is one.
    fn fitting(&self, buys: bool, px: i128) -> i128 {
        let (lowest, highest) = self.ends();
        let px = if buys { self.at_or_below(px) } else { self.at_or_above(px) };
        match px {
            px if px < lowest => self.at_or_above(lowest),
            px if px > highest => self.at_or_below(highest),
            px => px,
        }
    }
}

impl Model {
    /// Steps 11 and 12 of a peg, which gets its price there. One that is fixed is a limit order
    /// from then on.
    pub(super) fn check_peg(&self, order: &mut Order) -> Checked {
        let peg = order.peg.expect("a peg");
        if peg.cap != 0 {
            self.check_grid(order, peg.cap)?;
        }
        self.check_quantity(order)?;
        self.price_peg(order)?;
        if peg.is_fixed {
            (order.ord_type, order.peg) = (OrdType::Limit, None);
        }
        self.check_value(order)?;
        self.check_reference(order, None)
    }

    /// Steps 11 to 17 of a replaced one that floats.
    pub(super) fn check_repeg(&self, mut new: Order, old: &Order) -> Checked<Order> {
        let (peg, had) = (new.peg.expect("a peg"), old.peg.expect("a peg"));
        new.px = old.px;
        if peg.cap != 0 {
            self.check_regrid(&new, peg.cap, had.cap)?;
        }
        if new.qty > 0 && new.qty <= new.cum + new.prevented {
            return Ok(new);
        }
        self.check_quantity(&new)?;
        let same = (new.account, peg.wish()) == (old.account, had.wish());
        if !same || new.qty > old.qty {
            self.price_peg(&mut new)?;
        }
        self.check_value(&new)?;
        self.check_reference(&new, Some(old))?;
        self.check_risk(&new, Some(old))?;
        self.check_reduce_only(&new, Some(old))?;
        self.check_capacity(&new, Some(old))?;
        Ok(new)
    }

    /// Gives a peg its price; one that floats waits where it can have none, and then counts at its
    /// cap, else at the reference.
    fn price_peg(&self, order: &mut Order) -> Checked {
        let peg = order.peg.expect("a peg");
        let px = self.peg_px(order);
        order.is_suspended = px.is_none();
        let cap = Some(peg.cap).filter(|cap| *cap != 0);
        let counted = cap.or(self.instruments[&order.instrument].reference());
        let counted = counted.filter(|_| !peg.is_fixed);
        order.px = px.or(counted).ok_or(RejectCode::NoReferencePx)?;
        Ok(())
    }

    /// Where a peg would stand now; none where nobody leads it, or it could stand nowhere.
    fn peg_px(&self, order: &Order) -> Option<i64> {
        let (peg, buys) = (order.peg?, order.side.is_buy());
        let of = &self.instruments[&order.instrument];
        if of.state != TradingState::Continuous {
            return None;
        }
        let shown = |buys: bool| self.shown_px(order.instrument, buys).map(i128::from);
        let reference = match peg.kind {
            PRIMARY => shown(buys)?,
            MARKET => shown(!buys)?,
            _ => {
                let sum = shown(true)? + shown(false)?;
                if buys { sum.div_euclid(2) } else { -(-sum).div_euclid(2) }
            }
        };
        let nearer = |a: i128, b: i128| if buys { a.min(b) } else { a.max(b) };
        let tick = i128::from(of.def.tick.0);
        let cap = i128::from(peg.cap);
        let mut px = reference + i128::from(peg.offset) * tick;
        if cap != 0 {
            px = nearer(px, cap);
        }
        px = of.fitting(buys, px);
        if let Some(best) = self.best_px(order.instrument, !buys).filter(|_| !peg.is_fixed) {
            let best = i128::from(best);
            let behind =
                if buys { of.at_or_below(best - tick) } else { of.at_or_above(best + tick) };
            px = nearer(px, behind);
        }
        let (lowest, highest) = of.ends();
        let within = (lowest..=highest).contains(&px) && (cap == 0 || nearer(px, cap) == px);
        within.then(|| i64::try_from(px).expect("between two prices"))
    }

    /// Best price of the orders that pegs follow: shown, and no floating pegs.
    fn shown_px(&self, instrument: u32, buys: bool) -> Option<i64> {
        let queue = self.queue(instrument, buys);
        queue.into_iter().find(|it| !it.is_hidden && it.peg.is_none()).map(|it| it.px)
    }

    /// The best prices of every instrument.
    pub(super) fn all_fronts(&self) -> BTreeMap<u32, Fronts> {
        let fronts = |id: u32| {
            let [sells, buys] = [false, true].map(|buys| self.shown_px(id, buys));
            [sells, buys, self.best_px(id, false), self.best_px(id, true)]
        };
        self.instruments.keys().map(|id| (*id, fronts(*id))).collect()
    }

    /// Last of a command: pegs follow, in every market that trades and is not as it was before.
    ///
    /// While the logs are short of room nothing moves; the command that ends that moves all.
    pub(super) fn follow(&mut self) {
        if self.short {
            return;
        }
        for (id, fronts) in self.all_fronts() {
            let trades = self.instruments[&id].state == TradingState::Continuous;
            let opened = self.has_room_again || self.opened.contains(&id);
            if !trades || (!opened && self.fronts.get(&id) == Some(&fronts)) {
                continue;
            }
            for peg in self.pegs(id) {
                self.follow_one(peg);
            }
        }
    }

    /// Floating pegs of an instrument, oldest first.
    fn pegs(&self, instrument: u32) -> Vec<u64> {
        let floats = |it: &&Order| it.instrument == instrument && it.peg.is_some();
        self.orders.iter().filter(floats).map(|it| it.id).collect()
    }

    /// Moves one peg where it would stand now; never lets it trade.
    fn follow_one(&mut self, id: u64) {
        let index = self.orders.iter().position(|it| it.id == id).expect("it works");
        let old = self.orders[index].clone();
        let px = self.peg_px(&old);
        let stands = (!old.is_suspended).then_some(old.px);
        if px == stands {
            return;
        }
        let mut new = old.clone();
        let peg = new.peg.as_mut().expect("a peg");
        peg.moves += 1;
        let is_worn = peg.moves > MOVES_MAX;
        (new.px, new.is_suspended) = (px.unwrap_or(old.px), px.is_none());
        if is_worn {
            self.orders.remove(index);
            return self.gone(old, CancelReason::Throttle, None);
        }
        if new.is_suspended {
            self.note_followed("pegs parked");
            self.orders[index] = Order { turn: 0, ..new.clone() };
            return self.tell_moved(&new);
        }
        let again = self
            .check_collar(&new)
            .and_then(|()| self.check_risk(&new, Some(&old)))
            .and_then(|()| self.check_capacity(&new, Some(&old)));
        self.orders.remove(index);
        if again.is_err() {
            self.note_followed("pegs refused where they would move");
            return self.gone(old, CancelReason::RiskAtElection, None);
        }
        self.note_followed(if stands.is_some() { "pegs moved" } else { "pegs brought back" });
        self.tell_moved(&new);
        self.rest(new);
    }

    /// Takes the pegs out of a book in which nothing will trade for a while.
    pub(super) fn park(&mut self, instrument: u32) {
        for id in self.pegs(instrument) {
            let order = self.orders.iter_mut().find(|it| it.id == id).expect("it works");
            if !order.is_suspended {
                (order.is_suspended, order.turn) = (true, 0);
                let order = order.clone();
                self.note_followed("pegs parked by a change of state");
                self.tell_moved(&order);
            }
        }
    }

    /// Counts what happened to an order that follows prices.
    pub(super) fn note_followed(&mut self, what: &'static str) {
        *self.followed.entry(what).or_default() += 1;
    }

    fn tell_moved(&mut self, order: &Order) {
        self.tell(order.session, &Replaced { restated: 1, ..replaced(order) });
    }

    /// True where the instrument has no room for one more that follows its prices.
    pub(super) fn is_full_of_followers(&self, instrument: u32) -> bool {
        let follows = |it: &&Order| it.instrument == instrument && it.follows();
        self.orders.iter().filter(follows).count() >= FOLLOWERS_MAX
    }
}
