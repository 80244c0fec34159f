//! The book as the venue's reports tell it, compared with what a stream expects.

use std::collections::{BTreeMap, HashMap, VecDeque};

use pinion_types::{ClOrdId, Px, Qty, RejectCode, TradeId};
use serde::Serialize;

use super::plan::{Expected, ExpectedFill};
use super::stream::Best;

/// What the venue reports, as far as it matters to a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// An order works.
    Accepted {
        /// Its id.
        cl_ord_id: ClOrdId,
        /// Side.
        is_buy: bool,
        /// Price it works at.
        px: Px,
        /// Quantity.
        qty: Qty,
    },
    /// One side of a trade, the maker's first.
    Trade {
        /// Whose.
        cl_ord_id: ClOrdId,
        /// Shared by both sides.
        trade_id: TradeId,
        /// Price.
        px: Px,
        /// Quantity.
        qty: Qty,
    },
    /// An order is gone.
    Canceled {
        /// Id of the request; the order's own where nobody asked.
        cl_ord_id: ClOrdId,
        /// Id of the order.
        orig_cl_ord_id: ClOrdId,
    },
    /// An order was changed.
    Replaced {
        /// Its id from now on.
        cl_ord_id: ClOrdId,
        /// Its id until now.
        orig_cl_ord_id: ClOrdId,
        /// Still working.
        leaves: Qty,
    },
    /// A request was refused.
    Refused {
        /// The request.
        cl_ord_id: ClOrdId,
        /// Why.
        code: Option<RejectCode>,
    },
}

/// What was compared, and how it came out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Steps of the stream.
    pub commands: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests the venue refused.
    pub refused: u64,
    /// Steps with fills, expected or made.
    pub groups: u64,
    /// Those whose fills differ in order, maker, price or quantity.
    pub groups_wrong: u64,
    /// Fills expected.
    pub fills: u64,
    /// Fills made, each told to both sides.
    pub fills_made: u64,
    /// Reports of a fill without that of the other side next to it.
    pub one_sided: u64,
    /// Tops of book compared.
    pub tops: u64,
    /// Those that differ.
    pub tops_wrong: u64,
    /// The first differences, in words.
    pub differences: Vec<String>,
}

/// How a difference of fills begins.
const FILLS: &str = "fills ";

/// Differences that are kept in words.
const DIFFERENCES_MAX: usize = 20;

impl Tally {
    /// True where nothing differed and nothing was refused.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.groups_wrong == 0 && self.tops_wrong == 0 && self.refused == 0 && self.one_sided == 0
    }

    fn differs(&mut self, line: u64, what: String) {
        if self.differences.len() < DIFFERENCES_MAX {
            self.differences.push(format!("line {line}: {what}"));
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Order {
    is_buy: bool,
    px: Px,
    leaves: Qty,
}

/// Compares reports with expectations, in the order of the stream.
#[derive(Debug, Default)]
pub struct Checker {
    expected: VecDeque<Expected>,
    orders: HashMap<ClOrdId, Order>,
    bids: BTreeMap<Px, u64>,
    asks: BTreeMap<Px, u64>,
    maker: Option<(TradeId, ClOrdId)>,
    fills: Vec<ExpectedFill>,
    tally: Tally,
}

impl Checker {
    /// Puts the expectations of the next step in line.
    pub fn expect(&mut self, expected: Expected) {
        self.expected.push_back(expected);
    }

    /// Steps whose reports are not complete yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.expected.len()
    }

    /// Requests that were answered.
    #[must_use]
    pub fn requests_answered(&self) -> u64 {
        self.tally.answered
    }

    /// Takes the next report.
    pub fn report(&mut self, report: Report) {
        match report {
            Report::Accepted { cl_ord_id, is_buy, px, qty } => {
                self.answer(cl_ord_id);
                self.orders.insert(cl_ord_id, Order { is_buy, px, leaves: qty });
                self.shift(is_buy, px, i128::from(qty.0));
            }
            Report::Trade { cl_ord_id, trade_id, px, qty } => {
                self.trade(cl_ord_id, trade_id, px, qty);
            }
            Report::Canceled { cl_ord_id, orig_cl_ord_id } => {
                if cl_ord_id != orig_cl_ord_id && orig_cl_ord_id != ClOrdId(0) {
                    self.answer(cl_ord_id);
                    self.remove(orig_cl_ord_id);
                } else {
                    self.remove(cl_ord_id);
                }
            }
            Report::Replaced { cl_ord_id, orig_cl_ord_id, leaves } => {
                self.answer(cl_ord_id);
                if let Some(order) = self.orders.remove(&orig_cl_ord_id) {
                    let change = i128::from(leaves.0) - i128::from(order.leaves.0);
                    self.shift(order.is_buy, order.px, change);
                    self.orders.insert(cl_ord_id, Order { leaves, ..order });
                }
            }
            Report::Refused { cl_ord_id, code } => {
                self.answer(cl_ord_id);
                self.tally.refused += 1;
                let why = code.map_or("an unknown reason", RejectCode::text);
                let line = self.expected.front().map_or(0, |expected| expected.line);
                self.tally.differs(line, format!("refused: {why}"));
            }
        }
    }

    /// Everything was answered: closes the last step and gives the result.
    #[must_use]
    pub fn finish(mut self) -> Tally {
        while let Some(done) = self.expected.pop_front() {
            self.close(&done);
        }
        if self.tally.fills == 0 {
            // A stream that tells of no fill at all expects nothing of them.
            self.tally.groups_wrong = 0;
            self.tally.differences.retain(|text| !text.contains(FILLS));
        }
        self.tally
    }

    /// A request was answered: whatever stands before its step is complete.
    fn answer(&mut self, cl_ord_id: ClOrdId) {
        self.tally.answered += 1;
        while self.expected.front().is_some_and(|step| step.end <= cl_ord_id)
            && let Some(done) = self.expected.pop_front()
        {
            self.close(&done);
        }
    }

    fn close(&mut self, step: &Expected) {
        self.tally.commands += 1;
        let alone = self.maker.take();
        self.one_sided(alone);
        self.tally.fills += step.fills.len() as u64;
        let made = std::mem::take(&mut self.fills);
        if !made.is_empty() || !step.fills.is_empty() {
            self.tally.groups += 1;
            if made != step.fills {
                self.tally.groups_wrong += 1;
                self.tally.differs(step.line, format!("{FILLS}{made:?}, not {:?}", step.fills));
            }
        }
        if let Some(top) = step.top {
            self.tally.tops += 1;
            let found = self.top();
            if found != top {
                self.tally.tops_wrong += 1;
                self.tally.differs(step.line, format!("top {found:?}, not {top:?}"));
            }
        }
    }

    fn trade(&mut self, cl_ord_id: ClOrdId, trade_id: TradeId, px: Px, qty: Qty) {
        if let Some(order) = self.orders.get_mut(&cl_ord_id) {
            let taken = qty.min(order.leaves);
            order.leaves = Qty(order.leaves.0 - taken.0);
            let order = *order;
            self.shift(order.is_buy, order.px, -i128::from(taken.0));
            if order.leaves == Qty(0) {
                self.orders.remove(&cl_ord_id);
            }
        }
        match self.maker.take() {
            Some((id, maker)) if id == trade_id && maker != cl_ord_id => {
                self.tally.fills_made += 1;
                self.fills.push(ExpectedFill { taker: cl_ord_id, maker, px, qty });
            }
            alone => {
                self.maker = Some((trade_id, cl_ord_id));
                self.one_sided(alone);
            }
        }
    }

    /// A report of a fill was not followed by that of the other side.
    fn one_sided(&mut self, alone: Option<(TradeId, ClOrdId)>) {
        if let Some((id, cl_ord_id)) = alone {
            self.tally.one_sided += 1;
            let line = self.expected.front().map_or(0, |step| step.line);
            self.tally.differs(line, format!("trade {id} was told to order {cl_ord_id} alone"));
        }
    }

    fn remove(&mut self, cl_ord_id: ClOrdId) {
        if let Some(order) = self.orders.remove(&cl_ord_id) {
            self.shift(order.is_buy, order.px, -i128::from(order.leaves.0));
        }
    }

    fn shift(&mut self, is_buy: bool, px: Px, change: i128) {
        let side = if is_buy { &mut self.bids } else { &mut self.asks };
        let level = side.entry(px).or_default();
        *level = u64::try_from(i128::from(*level) + change).unwrap_or(0);
        if *level == 0 {
            side.remove(&px);
        }
    }

    /// Ask and bid.
    fn top(&self) -> (Best, Best) {
        let best = |level: Option<(&Px, &u64)>| {
            level.map_or(Best::default(), |(&px, &qty)| Best { px, qty: Qty(qty) })
        };
        (best(self.asks.first_key_value()), best(self.bids.last_key_value()))
    }
}

#[cfg(test)]
mod tests {
    use pinion_types::{ClOrdId, Px, Qty, TradeId};

    use super::{Checker, Expected, ExpectedFill, Report, Tally};

    const PX: Px = Px(100);

    fn accepted(id: u64, is_buy: bool) -> Report {
        Report::Accepted { cl_ord_id: ClOrdId(id), is_buy, px: PX, qty: Qty(5) }
    }

    fn trade(id: u64, trade: u64) -> Report {
        Report::Trade { cl_ord_id: ClOrdId(id), trade_id: TradeId(trade), px: PX, qty: Qty(5) }
    }

    /// A sell, and a buy of it, as told.
    fn tally(told: &[Report]) -> Tally {
        let (taker, maker) = (ClOrdId(2), ClOrdId(1));
        let fill = ExpectedFill { taker, maker, px: PX, qty: Qty(5) };
        let mut checker = Checker::default();
        for (line, fills) in [(1, vec![]), (2, vec![fill])] {
            let (first, end) = (ClOrdId(line), ClOrdId(line + 1));
            checker.expect(Expected { line, first, end, fills, top: None });
        }
        told.iter().for_each(|report| checker.report(*report));
        checker.finish()
    }

    #[test]
    fn a_fill_is_told_to_both_sides_once() {
        let orders = [accepted(1, false), accepted(2, true)];
        let told = |trades: &[Report]| tally(&[&orders[..], trades].concat());
        let right = told(&[trade(1, 7), trade(2, 7)]);
        assert_eq!((right.fills_made, right.one_sided, right.is_right()), (1, 0, true));
        for wrong in [
            &[trade(1, 7)][..],
            &[trade(2, 7)],
            &[trade(1, 7), trade(1, 7)],
            &[trade(1, 7), trade(2, 8)],
            &[trade(1, 7), trade(2, 7), trade(2, 7)],
        ] {
            let wrong = told(wrong);
            assert!(wrong.one_sided > 0 && !wrong.is_right(), "{wrong:?}");
        }
    }
}
