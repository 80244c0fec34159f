//! Allocation at a price: every order that stands there takes part, and each step of the
//! instrument's algorithm shares out what the steps before have left.

use pinion_types::RejectCode;
use pinion_types::codes::{CancelReason, StpMode, TradingState};
use pinion_types::command::{Allocation, AllocationAlgorithm, MakerShare};

use super::Model;
use super::control::{Done, bad_if, known};
use super::tables::{Instrument, Order};

/// Market makers of one instrument at most.
const MAKERS_MAX: usize = 4;

/// One step of an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The one order that bettered its side.
    Top,
    /// Each market maker's part.
    Makers,
    /// A part of the rest by time.
    Split,
    /// By what each shows.
    ProRata,
    /// A lot each to those that got nothing.
    Leveling,
    /// By time.
    Fifo,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Step::Top => "top",
            Step::Makers => "makers",
            Step::Split => "split",
            Step::ProRata => "pro-rata",
            Step::Leveling => "leveling",
            Step::Fifo => "fifo",
        }
    }
}

/// What one order gets.
#[derive(Clone, Copy, Debug)]
struct Share {
    id: u64,
    account: u32,
    shown: u64,
    got: u64,
}

impl Share {
    fn left(&self) -> u64 {
        self.shown - self.got
    }
}

impl Model {
    pub(super) fn set_allocation(&mut self, body: &Allocation) -> Done {
        let instrument =
            self.instruments.get_mut(&body.instrument.0).ok_or(RejectCode::UnknownTarget)?;
        bad_if(body.spare != [0; 2] || body.spare2 != 0 || body.spare3.0 != [0; 4])?;
        bad_if(body.algorithm.get().is_none() || body.leveling > 1 || body.fifo_percent > 100)?;
        let lot = instrument.def.lot.0;
        let quantities = [body.pro_rata_min, body.top_min, body.top_max];
        bad_if(quantities.iter().any(|qty| qty.0 % lot != 0))?;
        instrument.allocation = *body;
        instrument.tops = [None; 2];
        Ok(0)
    }

    pub(super) fn set_maker(&mut self, body: &MakerShare) -> Done {
        let (id, account) = (body.instrument.0, body.account.0);
        known(self.instruments.contains_key(&id) && self.accounts.contains_key(&account))?;
        bad_if(body.spare != 0 || body.spare2.0 != [0; 1] || body.percent > 100)?;
        let makers = &mut self.instruments.get_mut(&id).expect("it is known").makers;
        let mut others = makers.clone();
        others.retain(|(other, _)| *other != account);
        if body.percent > 0 {
            if others.len() == MAKERS_MAX {
                return Err(RejectCode::TableFull);
            }
            others.push((account, body.percent));
            bad_if(others.iter().map(|(_, percent)| percent).sum::<u32>() > 100)?;
        }
        *makers = others;
        Ok(0)
    }

    /// Notes an order that is about to rest at that turn, where it betters its side.
    pub(super) fn note_top(&mut self, order: &Order, turn: u64) {
        let buys = order.side.is_buy();
        let best = self.best_px(order.instrument, buys);
        let betters = best.is_none_or(|best| if buys { order.px > best } else { order.px < best });
        let of = self.instruments.get_mut(&order.instrument).expect("it is known");
        let trades = of.state == TradingState::Continuous && of.steps().contains(&Step::Top);
        if betters && trades && !order.is_hidden && order.leaves() >= of.allocation.top_min.0 {
            of.tops[usize::from(buys)] = Some((order.id, turn));
        }
    }

    /// The TOP order of a side: it works and never lost its place.
    pub(super) fn top(&self, instrument: u32, buys: bool) -> Option<u64> {
        let (id, turn) = self.instruments[&instrument].tops[usize::from(buys)]?;
        let works = self.orders.iter().any(|order| (order.id, order.turn) == (id, turn));
        works.then_some(id)
    }

    /// True where prices of the instrument are shared by time alone.
    pub(super) fn is_by_time(&self, instrument: u32) -> bool {
        self.instruments[&instrument].steps() == [Step::Fifo]
    }

    /// Lets a taker meet everybody at a price, until one side is gone; gives why the taker's rest
    /// is to be canceled.
    pub(super) fn meet_level(&mut self, taker: &mut Order, px: i64) -> Option<CancelReason> {
        let own = |order: &Order| {
            taker.stp_mode != StpMode::None && order.stp_key == taker.stp_key && order.px == px
        };
        let own: Vec<u64> = self.level(taker, px).into_iter().filter(own).map(|it| it.id).collect();
        for id in own {
            let index = self.orders.iter().position(|order| order.id == id).expect("it works");
            if self.prevent(taker, index) {
                return Some(CancelReason::SelfTrade);
            }
        }
        let mut is_first = true;
        while taker.leaves() > 0 {
            let level = self.level(taker, px);
            let Some(oldest) = level.first() else { break };
            let all: u128 = level.iter().map(|order| u128::from(order.leaves())).sum();
            let gets = if oldest.is_hidden || u128::from(taker.leaves()) >= all {
                // Nobody shows anything, or everybody trades all of it: by time.
                self.count(taker.instrument, "exception");
                vec![(oldest.id, oldest.showing())]
            } else {
                if !is_first {
                    self.count(taker.instrument, "again");
                }
                let shares = self.shares(taker, &level, std::mem::take(&mut is_first));
                shares.iter().map(|share| (share.id, share.got)).collect()
            };
            for (id, qty) in gets.into_iter().filter(|(_, qty)| *qty > 0) {
                let index = self.orders.iter().position(|order| order.id == id).expect("it works");
                let ended = self.meet(taker, index, qty);
                if ended.is_some() {
                    return ended;
                }
            }
        }
        None
    }

    fn count(&mut self, instrument: u32, step: &'static str) {
        let algorithm = char::from(self.instruments[&instrument].allocation.algorithm.0);
        *self.taken.entry((algorithm, step)).or_default() += 1;
    }

    /// Who stands at a price that the taker reaches, by time.
    fn level(&self, taker: &Order, px: i64) -> Vec<Order> {
        let queue = self.queue(taker.instrument, !taker.side.is_buy()).into_iter();
        queue.filter(|order| order.px == px).cloned().collect()
    }

    /// What each order of a price gets of a taker, in the order of time.
    fn shares(&mut self, taker: &Order, level: &[Order], is_first: bool) -> Vec<Share> {
        let share =
            |it: &Order| Share { id: it.id, account: it.account, shown: it.showing(), got: 0 };
        let shown = level.iter().filter(|order| !order.is_hidden);
        let mut shares: Vec<Share> = shown.map(share).collect();
        let top = self.top(taker.instrument, !taker.side.is_buy()).filter(|_| is_first);
        for step in self.instruments[&taker.instrument].steps() {
            let of = &self.instruments[&taker.instrument];
            let given: u64 = shares.iter().map(|it| it.got).sum();
            let left = taker.leaves() - given;
            match step {
                Step::Top => of.top_step(&mut shares, left, top),
                Step::Makers => of.maker_step(&mut shares, left, top),
                Step::Split => {
                    let part = of.percent_of(left, of.allocation.fifo_percent);
                    fifo_step(&mut shares, part);
                }
                Step::ProRata => of.pro_rata_step(&mut shares, left),
                Step::Leveling => of.leveling_step(&mut shares, left),
                Step::Fifo => fifo_step(&mut shares, left),
            }
            if shares.iter().map(|it| it.got).sum::<u64>() > given {
                self.count(taker.instrument, step.name());
            }
        }
        shares
    }
}

/// Shares out by time.
fn fifo_step(shares: &mut [Share], mut left: u64) {
    for share in shares {
        let gets = share.left().min(left);
        share.got += gets;
        left -= gets;
    }
}

impl Instrument {
    fn steps(&self) -> &'static [Step] {
        use Step::{Fifo, Leveling, Makers, ProRata, Split, Top};
        match self.allocation.algorithm.get().expect("it was checked") {
            AllocationAlgorithm::Fifo => &[Fifo],
            AllocationAlgorithm::ProRata => &[ProRata, Fifo],
            AllocationAlgorithm::TopProRata | AllocationAlgorithm::ThresholdProRata => {
                &[Top, ProRata, Fifo]
            }
            AllocationAlgorithm::Configurable => &[Top, Makers, Split, ProRata, Leveling, Fifo],
            AllocationAlgorithm::TopMakerProRata => &[Top, Makers, ProRata, Fifo],
            AllocationAlgorithm::TopMakerFifo => &[Top, Makers, Fifo],
            AllocationAlgorithm::MakerFifo => &[Makers, Fifo],
        }
    }

    /// A percentage of a quantity, in whole lots.
    fn percent_of(&self, qty: u64, percent: u32) -> u64 {
        let part = u128::from(qty) * u128::from(percent) / 100;
        self.in_lots(part)
    }

    /// Whole lots of a quantity.
    fn in_lots(&self, qty: u128) -> u64 {
        let lot = u128::from(self.def.lot.0);
        u64::try_from(qty - qty % lot).expect("a part of a quantity")
    }

    fn top_step(&self, shares: &mut [Share], left: u64, top: Option<u64>) {
        let most =
            if self.allocation.top_max.0 == 0 { u64::MAX } else { self.allocation.top_max.0 };
        for share in shares.iter_mut().filter(|share| Some(share.id) == top) {
            share.got += share.left().min(left).min(most);
        }
    }

    fn maker_step(&self, shares: &mut [Share], left: u64, top: Option<u64>) {
        for (account, percent) in &self.makers {
            let of_top = |share: &&Share| Some(share.id) == top && share.account == *account;
            let had: u64 = shares.iter().filter(of_top).map(|share| share.got).sum();
            let mut part = self.percent_of(left, *percent).saturating_sub(had);
            for share in shares.iter_mut().filter(|share| share.account == *account) {
                let gets = share.left().min(part);
                share.got += gets;
                part -= gets;
            }
        }
    }

    fn pro_rata_step(&self, shares: &mut [Share], left: u64) {
        let all: u128 = shares.iter().map(|share| u128::from(share.left())).sum();
        if all == 0 {
            return;
        }
        for share in shares {
            let part = self.in_lots(u128::from(left) * u128::from(share.left()) / all);
            let part = if part < self.allocation.pro_rata_min.0 { 0 } else { part };
            share.got += part.min(share.left());
        }
    }

    fn leveling_step(&self, shares: &mut [Share], mut left: u64) {
        if self.allocation.leveling == 0 {
            return;
        }
        let mut nothing: Vec<&mut Share> =
            shares.iter_mut().filter(|share| share.got == 0).collect();
        // Of equal ones the order of time stays.
        nothing.sort_by_key(|share| std::cmp::Reverse(share.shown));
        for share in nothing {
            let gets = self.def.lot.0.min(share.left()).min(left);
            share.got += gets;
            left -= gets;
        }
    }
}
