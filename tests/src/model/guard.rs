//! The execution range: how far from the moving reference an order may trade, and the auction that
//! begins where it would trade beyond.

use pinion_types::codes::TradingState;
use pinion_types::text::Chars;

use super::Model;
use super::states::Because;
use super::tables::Instrument;

/// Parts of the time the moving reference looks back.
const BUCKETS: u64 = 8;

/// Parts of a tick that the reference and the width are counted in.
const PARTS: i128 = 1 << 32;

impl Instrument {
    /// Which eighth of the window `now` falls into; none without a window.
    fn bucket(&self, now: u64) -> Option<u64> {
        let window = u64::from(self.rules.window_ms) * 1_000_000;
        now.checked_div(window / BUCKETS)
    }

    /// Remembers a trade's price: as the last one, and for the average where there is one.
    fn traded_at(&mut self, now: u64, px: i64) {
        self.last_px = Some(px);
        // Without a range nothing is averaged.
        if self.rules.range_bps > 0
            && let Some(bucket) = self.bucket(now)
        {
            self.trades.push((bucket, px));
        }
    }

    /// The average price of the window's trades, else the last trade, else the settlement; in parts
    /// of a tick, toward zero.
    fn moving_reference(&self, now: u64) -> Option<i128> {
        let ticks = |px: i64| i128::from(px) / i128::from(self.def.tick.0);
        let current = self.bucket(now).unwrap_or_default();
        let fresh: Vec<i128> = self
            .trades
            .iter()
            .filter(|(bucket, _)| *bucket + BUCKETS > current)
            .map(|(_, px)| ticks(*px))
            .collect();
        let sum = fresh.iter().sum::<i128>() * PARTS;
        let average = sum.checked_div(fresh.len() as i128);
        average.or_else(|| self.reference().map(|px| ticks(px) * PARTS))
    }

    /// True for a price at which an order may trade, where the reference is this one.
    pub fn is_within(&self, reference: Option<i128>, px: i64) -> bool {
        let Some(reference) = reference else { return true };
        let width = reference.abs() * i128::from(self.rules.range_bps) / 10_000;
        let px = i128::from(px) / i128::from(self.def.tick.0) * PARTS;
        (reference - width..=reference + width).contains(&px)
    }

    /// What the execution range is around now; none where any price will do.
    pub fn range(&self, now: u64) -> Option<i128> {
        if self.rules.range_bps == 0 { None } else { self.moving_reference(now) }
    }
}

impl Model {
    pub(super) fn note_trade(&mut self, instrument: u32, px: i64) {
        let now = self.now;
        let (low, high) = self.traded.entry(instrument).or_insert((px, px));
        (*low, *high) = ((*low).min(px), (*high).max(px));
        self.instruments.get_mut(&instrument).expect("it trades").traded_at(now, px);
    }

    /// Begins the auctions of instruments in which an order would have traded beyond the range.
    pub(super) fn calm(&mut self) {
        while let Some(id) = self.broken.pop_first() {
            let rules = self.instruments[&id].rules;
            let random = self.draw(self.seq, id, rules.auction_random_ms);
            let end = self.now + u64::from(rules.auction_ms) * 1_000_000 + random;
            self.change_one(id, TradingState::OpeningAuction, volatility());
            self.made += 1;
            self.instruments.get_mut(&id).expect("it is known").reopens = Some((end, self.made));
        }
    }

    /// Notes that an order stood before a price beyond the range.
    pub(super) fn break_range(&mut self, instrument: u32) {
        if self.instruments[&instrument].rules.auction_ms > 0 {
            self.broken.insert(instrument);
        }
    }
}

/// Who begins and ends such an auction, and why.
pub(super) fn volatility() -> Because {
    (Chars::new("venue"), Chars::new("volatility"))
}
