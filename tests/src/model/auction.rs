//! Auctions: the one price at which most would trade, what is told of it, and the trades.

use pinion_types::codes::{CancelReason, Liquidity, RawSideFilter, SideFilter};
use pinion_types::event::AuctionIndicative;
use pinion_types::{InstrumentId, Px, Qty};

use super::Model;
use super::states::is_auction;
use super::tables::Instrument;

/// What an auction would trade: price, volume, and what would be left over on which side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cross {
    pub px: i64,
    pub volume: u64,
    pub surplus: u64,
    pub side: RawSideFilter,
}

/// One price that could be the auction's.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    px: i64,
    volume: i128,
    /// Buys less sells.
    surplus: i128,
}

impl Instrument {
    /// What the collar looks at: last trade, else what an auction would trade at, else settlement.
    pub fn collar_reference(&self) -> Option<i64> {
        let told = (is_auction(self.state) && self.told.volume > 0).then_some(self.told.px);
        self.last_px.or(told).or(self.settlement)
    }
}

impl Model {
    /// The price of an auction in an instrument, where anything is crossed: most volume, least left
    /// over, the side that is left over, nearest the reference, the higher.
    fn cross(&self, instrument: u32) -> Option<Candidate> {
        let (best_ask, best_bid) =
            (self.best_px(instrument, false)?, self.best_px(instrument, true)?);
        let reference = self.instruments[&instrument].reference();
        let sides = [true, false].map(|buys| self.queue(instrument, buys));
        let mut prices: Vec<i64> = sides.iter().flatten().map(|it| it.px).collect();
        prices.retain(|px| best_ask <= *px && *px <= best_bid);
        prices.extend(reference.filter(|px| best_ask < *px && *px < best_bid));
        let mut left: Vec<Candidate> =
            prices.into_iter().map(|px| self.candidate(instrument, px)).collect();
        let most = left.iter().map(|it| it.volume).max()?;
        left.retain(|it| it.volume == most);
        let least = left.iter().map(|it| it.surplus.abs()).min()?;
        left.retain(|it| it.surplus.abs() == least);
        if left.iter().all(|it| it.surplus > 0) {
            return left.into_iter().max_by_key(|it| it.px);
        }
        if left.iter().all(|it| it.surplus < 0) {
            return left.into_iter().min_by_key(|it| it.px);
        }
        let away = |px: i64| {
            reference.map_or(0, |reference| (i128::from(px) - i128::from(reference)).abs())
        };
        left.into_iter().min_by_key(|it| (away(it.px), -i128::from(it.px)))
    }

    /// The price of an auction now.
    pub(super) fn cross_px(&self, instrument: u32) -> Option<i64> {
        self.cross(instrument).map(|it| it.px)
    }

    fn candidate(&self, instrument: u32, px: i64) -> Candidate {
        let sum = |buys: bool| -> i128 {
            let queue = self.queue(instrument, buys).into_iter();
            let willing = queue.filter(|it| if buys { it.px >= px } else { it.px <= px });
            willing.map(|it| i128::from(it.leaves())).sum()
        };
        let (buys, sells) = (sum(true), sum(false));
        Candidate { px, volume: buys.min(sells), surplus: buys - sells }
    }

    /// Trades everything that is crossed at one price: bids by price and place, asks the same.
    ///
    /// Where trading begins, the stops that the price elects join first; they may move it, and it
    /// then may elect more.
    pub(super) fn uncross(&mut self, instrument: u32, elects: bool) {
        while elects && self.elect_for_auction(instrument) {}
        let mut is_first = true;
        // Where orders that may only reduce ended instead of trading, others are still crossed.
        while let Some(px) = self.cross_px(instrument) {
            self.uncross_at(instrument, px, &mut is_first);
        }
    }

    /// Trades, or ends, whatever meets at this price; the first trade begins the mean anew.
    fn uncross_at(&mut self, instrument: u32, px: i64, is_first: &mut bool) {
        loop {
            let first = |buys: bool| {
                let queue = self.queue(instrument, buys).into_iter();
                let mut willing = queue.filter(|it| if buys { it.px >= px } else { it.px <= px });
                willing.next().map(|it| it.id)
            };
            let (Some(bid), Some(ask)) = (first(true), first(false)) else { return };
            let ends = [bid, ask].into_iter().find(|id| self.allowed(self.working_order(*id)) == 0);
            match ends {
                Some(id) => drop(self.cancel_where(CancelReason::CloseOnly, |it| it.id == id)),
                None => {
                    if std::mem::take(is_first) {
                        self.instruments.get_mut(&instrument).expect("it trades").trades.clear();
                    }
                    self.trade_pair(bid, ask, px);
                }
            }
        }
    }

    fn trade_pair(&mut self, bid: u64, ask: u64, px: i64) {
        let most = |id: u64| {
            let order = self.working_order(id);
            order.leaves().min(self.allowed(order))
        };
        let qty = most(bid).min(most(ask));
        self.note_trade(self.working_order(bid).instrument, px);
        let trade_id = self.events + 1;
        for id in [bid, ask] {
            let index = self.orders.iter().position(|it| it.id == id).expect("it works");
            self.orders[index].cum += qty;
            let (display, leaves) = (self.orders[index].display, self.orders[index].leaves());
            self.orders[index].shown = display.min(leaves);
            let order = self.orders[index].clone();
            if order.leaves() == 0 {
                self.orders.remove(index);
                self.forget(&order);
            }
            self.traded(&order, trade_id, (px, qty), Liquidity::Auction);
        }
    }

    fn working_order(&self, id: u64) -> &super::tables::Order {
        self.orders.iter().find(|it| it.id == id).expect("it works")
    }

    /// Tells what every auction would trade, where that is not what was told last.
    pub(super) fn indicate(&mut self) {
        let auctions = self.instruments.iter().filter(|(_, it)| is_auction(it.state));
        for id in auctions.map(|(&id, _)| id).collect::<Vec<_>>() {
            let now = self.cross(id).map_or_else(Cross::default, Cross::from);
            let instrument = self.instruments.get_mut(&id).expect("it is known");
            if instrument.told == now {
                continue;
            }
            instrument.told = now;
            let state = instrument.state.into();
            self.say_of(
                0,
                &AuctionIndicative {
                    instrument: InstrumentId(id),
                    state,
                    surplus_side: now.side,
                    px: Px(now.px),
                    volume: Qty(now.volume),
                    surplus: Qty(now.surplus),
                    ..AuctionIndicative::default()
                },
            );
        }
    }
}

impl From<Candidate> for Cross {
    fn from(it: Candidate) -> Self {
        let side = match it.surplus.signum() {
            1 => SideFilter::Buy.into(),
            -1 => SideFilter::Sell.into(),
            _ => RawSideFilter::default(),
        };
        let qty = |sum: i128| u64::try_from(sum).expect("sums of a book fit");
        Cross { px: it.px, volume: qty(it.volume), surplus: qty(it.surplus.abs()), side }
    }
}
