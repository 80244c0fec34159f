//! What is done when a command is done: auctions that a broken range begins, and what every auction
//! would trade now.

use alloc::boxed::Box;

use pinion_types::codes::RawSideFilter;
use pinion_types::event::AuctionIndicative;
use pinion_types::text::Spare;
use pinion_types::{Event, Px, Qty, SessionId, SideFilter, TradingState};

use super::change::is_auction;
use super::price::{Book, Crossing};
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::session::Emit;
use crate::tables::{Instrument, extras};

/// What an auction was last said to trade; nothing where it would not, and outside of auctions.
pub(crate) type Indicative = Option<Crossing>;

/// Instruments that are looked at when the command is done.
pub(crate) struct Aftermath {
    /// By index: the auction's book, or its reference, changed.
    changed: Box<[u64]>,
    /// By index: an order reached the end of the execution range.
    broken: Box<[u64]>,
    /// Words that may have a bit; none while the first is above the last.
    first: u32,
    last: u32,
}

impl Aftermath {
    /// Nothing to look at, of so many instruments.
    pub(crate) fn new(instruments_max: u32) -> Self {
        let len = instruments_max.div_ceil(64) as usize;
        Aftermath {
            changed: alloc::vec![0; len].into_boxed_slice(),
            broken: alloc::vec![0; len].into_boxed_slice(),
            first: u32::MAX,
            last: 0,
        }
    }

    /// Whether there is anything.
    #[inline(always)]
    pub(crate) const fn is_due(&self) -> bool {
        self.first != u32::MAX
    }

    /// The book of an instrument changed.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_change(&mut self, index: u32) {
        self.changed[(index / 64) as usize] |= 1 << (index % 64);
        self.widen(index / 64);
    }

    /// Positions moved that orders may only reduce.
    pub(crate) fn note_positions(&mut self) {
        self.widen(0);
    }

    /// An order of an instrument reached the end of the range.
    pub(crate) fn note_break(&mut self, index: u32) {
        self.broken[(index / 64) as usize] |= 1 << (index % 64);
        self.widen(index / 64);
    }

    /// An instrument left the state in which its range was broken.
    pub(crate) fn forget_break(&mut self, index: u32) {
        self.broken[(index / 64) as usize] &= !(1 << (index % 64));
    }

    /// Whether the range of an instrument is broken in this command.
    pub(crate) fn is_broken(&self, index: u32) -> bool {
        self.broken[(index / 64) as usize] >> (index % 64) & 1 != 0
    }

    fn widen(&mut self, word: u32) {
        self.first = self.first.min(word);
        self.last = self.last.max(word);
    }

    /// Takes the lowest instrument out of one of the two sets.
    fn take(&mut self, is_broken: bool) -> Option<u32> {
        let set = if is_broken { &mut self.broken } else { &mut self.changed };
        for word in self.first..=self.last {
            let bits = &mut set[word as usize];
            if *bits != 0 {
                let place = bits.trailing_zeros();
                *bits &= *bits - 1;
                return Some(word * 64 + place);
            }
        }
        None
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.changed) + size_of_val(&*self.broken)
    }
}

impl Instrument {
    /// The auction is over, or another begins.
    pub(crate) fn forget_indicative(&mut self) {
        self.indicative = None;
        self.renew_collar();
    }
}

impl Engine {
    /// The last of a command, where there is something: first what may only reduce and would do
    /// more, then the auctions that broken ranges begin, then what auctions would trade, each in
    /// order of ids.
    #[cold]
    pub(crate) fn look_back<S: Sink>(&mut self, cx: &Context, out: &mut Out<'_, S>) {
        self.trim_reducing(out);
        while let Some(index) = self.aftermath.take(true) {
            self.begin_volatility_auction(cx, index, out);
        }
        while let Some(index) = self.aftermath.take(false) {
            self.tell_indicative(index, out);
        }
        (self.aftermath.first, self.aftermath.last) = (u32::MAX, 0);
    }

    /// What the book of an instrument would trade as one.
    pub(crate) fn crossing(&self, index: u32) -> Option<Crossing> {
        let instrument = &self.instruments[index as usize];
        let [bids, asks] = &instrument.sides;
        let book = Book { bids, asks, pages: &self.pages };
        book.crossing(instrument.last.or(instrument.settlement))
    }

    /// Says what an auction would trade, where that is not what was said last.
    fn tell_indicative<S: Sink>(&mut self, index: u32, out: &mut Out<'_, S>) {
        let instrument = &self.instruments[index as usize];
        let Some(state) = instrument.state.filter(|&state| is_auction(state)) else { return };
        let now = self.crossing(index);
        let instrument = &mut self.instruments[index as usize];
        if instrument.indicative == now {
            return;
        }
        instrument.indicative = now;
        instrument.renew_collar();
        let crossing = now.unwrap_or_default();
        let told = AuctionIndicative {
            instrument: instrument.id(),
            state: state.into(),
            surplus_side: surplus_side(crossing.surplus),
            spare: [0; 2],
            px: now.map_or(Px(0), |it| instrument.px(it.tick)),
            volume: Qty(crossing.volume),
            surplus: Qty(crossing.surplus.unsigned_abs()),
            spare2: Spare([0; 6]),
        };
        out.emit(&Event::new(SessionId(0), 0, &told));
    }

    /// The book or the reference of an instrument changed: what its auction would trade may, too.
    pub(crate) fn note_book(&mut self, index: u32) {
        if self.instruments[index as usize].extras & extras::AUCTION != 0 {
            self.aftermath.note_change(index);
        }
    }

    /// Whether an instrument is in a state.
    pub(crate) fn is_in(&self, index: u32, state: TradingState) -> bool {
        self.instruments[index as usize].state == Some(state)
    }
}

/// On which side quantity would be left over.
fn surplus_side(surplus: i64) -> RawSideFilter {
    match surplus {
        0 => RawSideFilter::default(),
        1.. => SideFilter::Buy.into(),
        _ => SideFilter::Sell.into(),
    }
}
