//! The execution range: how far from the moving reference an order may trade, and the auction that
//! begins where it would trade beyond.

use pinion_types::codes::TradingState;
use pinion_types::text::Chars;

use super::Model;
use super::tables::Instrument;

/// Parts of the time the moving reference looks back.
const BUCKETS: u64 = 8;

impl Instrument {
    /// Which eighth of the window `now` falls into; none without a window.
    fn bucket(&self, now: u64) -> Option<u64> {
        let window = u64::from(self.rules.window_ms) * 1_000_000;
        now.checked_div(window / BUCKETS)
    }

    /// Remembers a trade's price: as the last one, and for the average where there is one.
    fn traded_at(&mut self, now: u64, px: i64) {
        self.last_px = Some(px);
        if let Some(bucket) = self.bucket(now) {
            self.trades.push((bucket, px));
        }
    }

    /// The average price of the window's trades in whole ticks, toward zero; else the last trade,
    /// else the settlement.
    fn moving_reference(&self, now: u64) -> Option<i64> {
        let tick = i128::from(self.def.tick.0);
        let current = self.bucket(now).unwrap_or_default();
        let fresh: Vec<i128> = self
            .trades
            .iter()
            .filter(|(bucket, _)| *bucket + BUCKETS > current)
            .map(|(_, px)| i128::from(*px) / tick)
            .collect();
        let count = fresh.len() as i128;
        let ticks = fresh.iter().sum::<i128>().checked_div(count);
        let average = ticks.map(|ticks| i64::try_from(ticks * tick).expect("between prices"));
        average.or_else(|| self.reference())
    }

    /// Lowest and highest price at which an order may trade now; none where any will do.
    pub fn range(&self, now: u64) -> Option<(i128, i128)> {
        if self.rules.range_bps == 0 {
            return None;
        }
        let (reference, tick) =
            (i128::from(self.moving_reference(now)?), i128::from(self.def.tick.0));
        let width = reference.abs() / tick * i128::from(self.rules.range_bps) / 10_000 * tick;
        Some((reference - width, reference + width))
    }
}

impl Model {
    pub(super) fn note_trade(&mut self, instrument: u32, px: i64) {
        let now = self.now;
        self.instruments.get_mut(&instrument).expect("it trades").traded_at(now, px);
    }

    /// Begins the auction of an instrument in which an order would have traded beyond the range.
    pub(super) fn calm(&mut self) {
        let Some(id) = self.tripped.take() else { return };
        let rules = self.instruments[&id].rules;
        if rules.auction_ms == 0 {
            return;
        }
        let random = self.draw(self.seq, id, rules.auction_random_ms);
        let end = self.now + u64::from(rules.auction_ms) * 1_000_000 + random;
        let because = (Chars::new("venue"), Chars::new("volatility"));
        self.enter(id, TradingState::OpeningAuction, because);
        self.instruments.get_mut(&id).expect("it is known").reopens = Some(end);
    }
}
