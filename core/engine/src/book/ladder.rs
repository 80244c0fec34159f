//! One side of one book: where its best price is, and how orders join and leave its levels.

use super::NONE;
use super::pages::{Level, Pages};
use crate::orders::Orders;

/// Rank of "no order": no price has it, because the ends of the range are not prices.
const NO_RANK: u64 = u64::MAX;

/// Pages that a side remembers: 512 neighboring prices.
const SEEN: usize = 8;

/// One side of one instrument's book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ladder {
    /// Rank of the best price, or [`NO_RANK`].
    best: u64,
    /// Turns a price into its rank and back.
    mask: u64,
    /// Level of the best price, or [`NONE`].
    best_level: u32,
    /// The trie its pages hang in.
    trie: u32,
    /// Pages that were found last, by the end of their numbers. Each is looked at before it is
    /// believed: it may hang elsewhere by now.
    seen: [u32; SEEN],
}

impl Ladder {
    /// An empty side of the book with this index. Bids rank downward, offers upward.
    pub(crate) const fn new(is_bid: bool, book: u32) -> Self {
        let mask = if is_bid { i64::MAX as u64 } else { 1 << 63 };
        let trie = if is_bid { book * 2 } else { book * 2 + 1 };
        Ladder { best: NO_RANK, mask, best_level: NONE, trie, seen: [NONE; SEEN] }
    }

    /// How good a price is on this side: 0 is the best that could be.
    pub(crate) const fn rank(&self, tick: i64) -> u64 {
        tick as u64 ^ self.mask
    }

    const fn tick(&self, rank: u64) -> i64 {
        (rank ^ self.mask) as i64
    }

    /// The best price.
    pub(crate) const fn best_tick(&self) -> Option<i64> {
        if self.best == NO_RANK { None } else { Some(self.tick(self.best)) }
    }

    /// True where nobody stands on this side.
    pub(crate) const fn is_empty(&self) -> bool {
        self.best == NO_RANK
    }

    /// The level at the best price, where that is no worse than `rank`.
    #[inline]
    pub(crate) const fn within(&self, rank: u64) -> Option<u32> {
        if self.best <= rank { Some(self.best_level) } else { None }
    }

    /// True where an order at `tick` would need a page that is not there.
    pub(crate) fn needs_page(&self, pages: &Pages, tick: i64) -> bool {
        pages.find(self.trie, self.rank(tick) / 64).is_none()
    }

    /// The page with this number, hung where it is not yet.
    #[inline(always)]
    fn page(&mut self, pages: &mut Pages, number: u64) -> u32 {
        let page = self.seen[number as usize % SEEN];
        if pages.is_page(page, self.trie, number) { page } else { self.look_up(pages, number) }
    }

    #[inline(never)]
    fn look_up(&mut self, pages: &mut Pages, number: u64) -> u32 {
        let page = match pages.find(self.trie, number) {
            Some(page) => page,
            None => pages.insert(self.trie, number),
        };
        self.seen[number as usize % SEEN] = page;
        page
    }

    /// Puts an order at the back of its level.
    pub(crate) fn append(&mut self, pages: &mut Pages, orders: &mut Orders, slot: u32) {
        let rank = self.rank(orders.at(slot).tick);
        let number = rank / 64;
        let page = self.page(pages, number);
        let place = rank as u32 % 64;
        let index = page * 64 + place;
        let quantity = orders.at(slot).leaves;
        let tail = if (pages.bitmap(page) >> place) & 1 == 0 {
            pages.fill(page, place);
            *pages.level_mut(index) = Level { head: slot, tail: slot, quantity };
            if rank < self.best {
                (self.best, self.best_level) = (rank, index);
            }
            NONE
        } else {
            let level = pages.level_mut(index);
            let tail = level.tail;
            level.tail = slot;
            // At most 2^23 orders of at most 2^40 each.
            level.quantity += quantity;
            orders.at_mut(tail).next = slot;
            tail
        };
        let order = orders.at_mut(slot);
        (order.prev, order.next, order.level) = (tail, NONE, index);
    }

    /// Moves the last order of a level before another one of it.
    pub(crate) fn advance(pages: &mut Pages, orders: &mut Orders, slot: u32, before: u32) {
        let (level, last) = (orders.at(slot).level, orders.at(slot).prev);
        let prev = orders.at(before).prev;
        let level = pages.level_mut(level);
        assert!(level.tail == slot, "who moves stands last");
        level.tail = last;
        orders.at_mut(last).next = NONE;
        match prev {
            NONE => level.head = slot,
            _ => orders.at_mut(prev).next = slot,
        }
        orders.at_mut(before).prev = slot;
        let order = orders.at_mut(slot);
        (order.prev, order.next) = (prev, before);
    }

    /// Takes an order, with what it has left, out of its level.
    #[inline(always)]
    pub(crate) fn unlink(&mut self, pages: &mut Pages, orders: &mut Orders, slot: u32) {
        let order = orders.at(slot);
        let (prev, next, index, leaves) = (order.prev, order.next, order.level, order.leaves);
        let level = pages.level_mut(index);
        level.quantity -= leaves;
        match (prev, next) {
            (NONE, NONE) => {
                assert!(level.quantity == 0, "an empty level has nothing left");
                self.clear(pages, index);
                return;
            }
            (NONE, next) => level.head = next,
            (prev, NONE) => level.tail = prev,
            _ => {}
        }
        if prev != NONE {
            orders.at_mut(prev).next = next;
        }
        if next != NONE {
            orders.at_mut(next).prev = prev;
        }
    }

    /// Empties a level, and looks for the next best where it was the best.
    fn clear(&mut self, pages: &mut Pages, index: u32) {
        let page = index / 64;
        let bitmap = pages.clear(page, index % 64);
        if index != self.best_level {
            return;
        }
        let (page, bitmap) = if bitmap != 0 {
            (page, bitmap)
        } else if let Some(page) = pages.first(self.trie) {
            (page, pages.bitmap(page))
        } else {
            (self.best, self.best_level) = (NO_RANK, NONE);
            return;
        };
        let number = pages.number(page);
        let place = bitmap.trailing_zeros();
        self.best = number * 64 + u64::from(place);
        self.best_level = page * 64 + place;
    }

    /// Shrinks what the level of a working order has left; the order itself is the caller's.
    pub(crate) fn shrink(pages: &mut Pages, level: u32, quantity: u64) {
        pages.level_mut(level).quantity -= quantity;
    }

    /// The levels from the best, with their prices.
    pub(crate) fn levels<'a>(&self, pages: &'a Pages) -> Levels<'a> {
        let page = if self.best_level == NONE { NONE } else { self.best_level / 64 };
        let bitmap = if page == NONE { 0 } else { pages.bitmap(page) };
        Levels { pages, ladder: *self, page, bitmap }
    }

    /// The oldest order of a level.
    #[inline]
    pub(crate) fn head(pages: &Pages, level: u32) -> u32 {
        pages.level(level).head
    }

    /// What the orders of a level have left together.
    pub(crate) fn quantity(pages: &Pages, level: u32) -> u64 {
        pages.level(level).quantity
    }

    /// What is wrong with the pages of this side, if anything; adds those it uses. O(n).
    pub(crate) fn is_sound(&self, pages: &Pages, used: &mut u32) -> bool {
        let first = self.levels(pages).next();
        let best_is_first = match pages.first(self.trie) {
            Some(page) => {
                let place = pages.bitmap(page).trailing_zeros();
                self.best_level == page * 64 + place
                    && self.best == pages.number(page) * 64 + u64::from(place)
            }
            None => self.best == NO_RANK && self.best_level == NONE,
        };
        best_is_first
            && first.map(|(tick, _)| tick) == self.best_tick()
            && pages.is_sound(self.trie, used)
    }
}

/// Levels of one side, best first.
pub(crate) struct Levels<'a> {
    pages: &'a Pages,
    ladder: Ladder,
    page: u32,
    /// Levels of the page that are still to come.
    bitmap: u64,
}

impl Iterator for Levels<'_> {
    type Item = (i64, Level);

    fn next(&mut self) -> Option<(i64, Level)> {
        if self.bitmap == 0 {
            if self.page == NONE {
                return None;
            }
            let after = self.pages.after(self.ladder.trie, self.pages.number(self.page));
            self.page = after.unwrap_or(NONE);
            self.bitmap = self.pages.bitmap(after?);
        }
        let place = self.bitmap.trailing_zeros();
        self.bitmap &= self.bitmap - 1;
        let rank = self.pages.number(self.page) * 64 + u64::from(place);
        Some((self.ladder.tick(rank), *self.pages.level(self.page * 64 + place)))
    }
}
