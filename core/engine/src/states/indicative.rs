//! What is done when a command is done: auctions that a broken range begins, and what every auction
//! would trade now.

use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;

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

/// Best bid and offer that pegs follow, then those of all orders.
pub(crate) type Quotes = [[Option<i64>; 2]; 2];

/// Instruments that are looked at when the command is done.
pub(crate) struct Aftermath {
    /// The auction's book, or its reference, changed.
    changed: Marks,
    /// The book that floating pegs follow changed.
    pegged: Marks,
    /// By index: the prices that they followed last; none where they are to follow whatever is
    /// there.
    seen: Box<[Option<Quotes>]>,
    /// An order reached the end of the execution range.
    broken: Marks,
    /// By index: that happened in the state the instrument is in.
    is_broken: Bits,
    /// Whether any of them is marked.
    is_due: bool,
}

/// A bit for each instrument.
struct Bits(Box<[u64]>);

impl Bits {
    fn new(instruments_max: u32) -> Self {
        Bits(alloc::vec![0; instruments_max.div_ceil(64) as usize].into_boxed_slice())
    }

    fn has(&self, index: u32) -> bool {
        self.0[(index / 64) as usize] >> (index % 64) & 1 != 0
    }

    fn set(&mut self, index: u32, is_set: bool) {
        let bit = 1 << (index % 64);
        let word = &mut self.0[(index / 64) as usize];
        *word = if is_set { *word | bit } else { *word & !bit };
    }
}

/// Some of the instruments: each once, taken by rising index, at the cost of those that are there.
struct Marks {
    has: Bits,
    queue: BinaryHeap<Reverse<u32>>,
}

impl Marks {
    fn new(instruments_max: u32) -> Self {
        let queue = BinaryHeap::with_capacity(instruments_max as usize);
        Marks { has: Bits::new(instruments_max), queue }
    }

    fn note(&mut self, index: u32) {
        if !self.has.has(index) {
            self.has.set(index, true);
            // Each stands there once, and there is room for all.
            self.queue.push(Reverse(index));
        }
    }

    fn take(&mut self) -> Option<u32> {
        let Reverse(index) = self.queue.pop()?;
        self.has.set(index, false);
        Some(index)
    }

    fn memory_len(&self) -> usize {
        size_of_val(&*self.has.0) + self.queue.capacity() * size_of::<u32>()
    }
}

impl Aftermath {
    /// Nothing to look at, of so many instruments.
    pub(crate) fn new(instruments_max: u32) -> Self {
        Aftermath {
            changed: Marks::new(instruments_max),
            pegged: Marks::new(instruments_max),
            seen: alloc::vec![None; instruments_max as usize].into_boxed_slice(),
            broken: Marks::new(instruments_max),
            is_broken: Bits::new(instruments_max),
            is_due: false,
        }
    }

    /// Whether there is anything.
    #[inline(always)]
    pub(crate) const fn is_due(&self) -> bool {
        self.is_due
    }

    /// The book of an instrument changed.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_change(&mut self, index: u32) {
        self.changed.note(index);
        self.is_due = true;
    }

    /// The book that floating pegs of an instrument follow changed, or who follows it.
    #[cold]
    #[inline(never)]
    pub(crate) fn note_pegged(&mut self, index: u32) {
        self.pegged.note(index);
        self.is_due = true;
    }

    /// Takes the lowest instrument whose pegs are to follow.
    pub(crate) fn take_pegged(&mut self) -> Option<u32> {
        self.pegged.take()
    }

    /// The prices that the pegs of an instrument followed last.
    pub(crate) fn seen(&self, index: u32) -> Option<Quotes> {
        self.seen[index as usize]
    }

    /// The pegs of an instrument followed such prices.
    pub(crate) fn see(&mut self, index: u32, quotes: Quotes) {
        self.seen[index as usize] = Some(quotes);
    }

    /// The pegs of an instrument follow whatever is there when the command is done.
    pub(crate) fn forget_seen(&mut self, index: u32) {
        self.seen[index as usize] = None;
        self.note_pegged(index);
    }

    /// Positions moved that orders may only reduce.
    pub(crate) fn note_positions(&mut self) {
        self.is_due = true;
    }

    /// Exits are to start.
    pub(crate) fn note_starts(&mut self) {
        self.is_due = true;
    }

    /// An order of an instrument reached the end of the range.
    pub(crate) fn note_break(&mut self, index: u32) {
        self.broken.note(index);
        self.is_broken.set(index, true);
        self.is_due = true;
    }

    /// An instrument left the state in which its range was broken.
    pub(crate) fn forget_break(&mut self, index: u32) {
        self.is_broken.set(index, false);
    }

    /// Whether the range of an instrument is broken in this command.
    pub(crate) fn is_broken(&self, index: u32) -> bool {
        self.is_broken.has(index)
    }

    /// Takes the lowest instrument whose range is broken.
    fn take_broken(&mut self) -> Option<u32> {
        loop {
            let index = self.broken.take()?;
            if self.is_broken.has(index) {
                self.is_broken.set(index, false);
                return Some(index);
            }
        }
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        self.changed.memory_len()
            + self.pegged.memory_len()
            + size_of_val(&*self.seen)
            + self.broken.memory_len()
            + size_of_val(&*self.is_broken.0)
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
    /// more, then pegs follow, then the auctions that broken ranges begin, then what auctions would
    /// trade, each in order of ids.
    #[cold]
    pub(crate) fn look_back<S: Sink>(&mut self, cx: &Context, out: &mut Out<'_, S>) {
        if self.links.is_busy() {
            self.elect(cx, out);
            self.judge(cx, out);
        }
        self.trim_reducing(out);
        self.follow_books(out);
        while let Some(index) = self.aftermath.take_broken() {
            self.begin_volatility_auction(cx, index, out);
        }
        // Whoever left a book by that follows nothing now.
        self.follow_books(out);
        while let Some(index) = self.aftermath.changed.take() {
            self.tell_indicative(index, out);
        }
        self.aftermath.is_due = false;
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
        let bits = self.instruments[index as usize].extras;
        if bits & extras::FOLLOWED == 0 {
            return;
        }
        if bits & extras::COLLECTS != 0 {
            self.aftermath.note_change(index);
        } else {
            self.aftermath.note_pegged(index);
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

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::Aftermath;

    fn taken(next: impl FnMut() -> Option<u32>) -> Vec<u32> {
        core::iter::from_fn(next).collect()
    }

    #[test]
    fn marks_are_taken_once_by_rising_index() {
        let mut aftermath = Aftermath::new(1_000);
        assert!(!aftermath.is_due());
        for index in [999, 3, 64, 3, 0] {
            aftermath.note_change(index);
        }
        assert!(aftermath.is_due());
        assert_eq!(taken(|| aftermath.changed.take()), [0, 3, 64, 999]);
        aftermath.note_change(3);
        assert_eq!(taken(|| aftermath.changed.take()), [3]);
    }

    #[test]
    fn a_break_that_is_forgotten_is_none() {
        let mut aftermath = Aftermath::new(100);
        for index in [9, 70, 5, 1] {
            aftermath.note_break(index);
        }
        aftermath.forget_break(70);
        aftermath.forget_break(5);
        aftermath.note_break(5);
        assert!(aftermath.is_broken(5) && !aftermath.is_broken(70));
        assert_eq!(taken(|| aftermath.take_broken()), [1, 5, 9]);
        assert!(!aftermath.is_broken(5));
    }
}
