//! The pool of pages, and the tries they hang in.

use alloc::boxed::Box;

use pinion_types::RejectCode;

use super::NONE;

/// Levels of a page.
pub(crate) const PAGE_LEVELS: usize = 64;
/// Marks a link to a node; without it a link is to a page.
const NODE: u32 = 1 << 31;
/// Pages at most, so that every level has a number below [`NONE`].
pub(crate) const PAGES_MAX: u32 = 1 << 25;
/// Nodes on the way from a root to a page at most: 58 bits of page number by 6.
const DEPTH_MAX: usize = 10;

/// One price of one side: its orders in order of age, and what they have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) head: u32,
    pub(crate) tail: u32,
    pub(crate) quantity: u64,
}

const _: () = assert!(size_of::<Level>() == 16);

/// Which of 64 neighboring ranks have orders.
#[derive(Clone, Copy, Debug)]
struct Page {
    bitmap: u64,
    /// Rank of its first level, divided by 64.
    number: u64,
    /// The node it hangs in, [`NONE`] for a root.
    parent: u32,
    /// The trie it hangs in, [`NONE`] while it hangs nowhere.
    trie: u32,
    /// The page that was listed as empty after it.
    next: u32,
    /// True while it is on the list of empty pages, where it may have orders again by now.
    is_listed: bool,
}

const _: () = assert!(size_of::<Page>() == 32);

/// A fork of page numbers that agree above `shift + 6`.
#[derive(Clone, Debug)]
struct Node {
    /// Children with orders below.
    bitmap: u64,
    /// The bits they agree in.
    prefix: u64,
    shift: u32,
    /// Children there are.
    count: u32,
    /// The node it hangs in, [`NONE`] for a root; the next free node while it is free.
    parent: u32,
    children: [u32; 64],
}

/// Every page, level and node of the venue.
///
/// A page whose last order leaves stays where it hangs, unseen by whoever looks for orders, until
/// its place is needed: prices come back, and then nothing needs to be built.
pub(crate) struct Pages {
    pages: Box<[Page]>,
    levels: Box<[Level]>,
    nodes: Box<[Node]>,
    /// The page or node at the top of each trie.
    roots: Box<[u32]>,
    free_node: u32,
    /// The page that was listed as empty first of those that are, and the last one. Some of them
    /// have orders again: that is found out where an empty one is needed.
    oldest_empty: u32,
    latest_empty: u32,
    /// Pages without orders.
    empty_count: u32,
}

impl Node {
    fn new() -> Self {
        Node { bitmap: 0, prefix: 0, shift: 0, count: 0, parent: NONE, children: [NONE; 64] }
    }

    /// Place of a page number among the children; meaningful where the prefix agrees.
    const fn place(&self, number: u64) -> u32 {
        (number >> self.shift) as u32 & 63
    }

    const fn covers(&self, number: u64) -> bool {
        // The topmost node has nothing above it: a shift by 60 leaves the prefix 0.
        (number >> self.shift) >> 6 == self.prefix
    }

    const fn child(&self, place: u32) -> u32 {
        self.children[place as usize & 63]
    }
}

/// The node a link is to; `None` for a page or nothing.
const fn node_of(link: u32) -> Option<usize> {
    if link & NODE != 0 && link != NONE { Some((link & !NODE) as usize) } else { None }
}

impl Pages {
    /// A pool of `pages_max` pages for `tries` ladders.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where that is none or too many.
    pub(crate) fn new(pages_max: u32, tries: u32) -> Result<Self, RejectCode> {
        if pages_max == 0 || pages_max > PAGES_MAX {
            return Err(RejectCode::BadValue);
        }
        let count = pages_max as usize;
        let level = Level { head: NONE, tail: NONE, quantity: 0 };
        let (number, bitmap, is_listed) = (0, 0, false);
        let page = Page { bitmap, number, parent: NONE, trie: NONE, next: NONE, is_listed };
        let mut pages = Pages {
            pages: alloc::vec![page; count].into_boxed_slice(),
            levels: alloc::vec![level; count * PAGE_LEVELS].into_boxed_slice(),
            nodes: alloc::vec![Node::new(); count].into_boxed_slice(),
            roots: alloc::vec![NONE; tries as usize].into_boxed_slice(),
            free_node: 0,
            oldest_empty: NONE,
            latest_empty: NONE,
            empty_count: pages_max,
        };
        for index in 0..pages_max {
            pages.list_empty(index);
            let next = index + 1;
            pages.nodes[index as usize].parent = if next < pages_max { next } else { NONE };
        }
        Ok(pages)
    }

    /// Pages without orders: those that can be had.
    pub(crate) const fn empty_count(&self) -> u32 {
        self.empty_count
    }

    /// Pages in all.
    pub(crate) fn count(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.pages)
            + size_of_val(&*self.levels)
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.roots)
    }

    #[inline]
    pub(super) fn level(&self, level: u32) -> &Level {
        &self.levels[level as usize]
    }

    #[inline]
    pub(super) fn level_mut(&mut self, level: u32) -> &mut Level {
        &mut self.levels[level as usize]
    }

    /// Number of the page.
    #[inline]
    pub(super) fn number(&self, page: u32) -> u64 {
        self.pages[page as usize].number
    }

    /// Which levels of the page have orders.
    #[inline]
    pub(super) fn bitmap(&self, page: u32) -> u64 {
        self.pages[page as usize].bitmap
    }

    /// A level of the page has orders now.
    #[inline]
    pub(super) fn fill(&mut self, page: u32, place: u32) {
        let it = &mut self.pages[page as usize];
        let before = it.bitmap;
        it.bitmap = before | 1 << (place & 63);
        if before == 0 {
            self.show(page);
        }
    }

    /// A level of the page has no order any more; gives those that have.
    #[inline]
    pub(super) fn clear(&mut self, page: u32, place: u32) -> u64 {
        let it = &mut self.pages[page as usize];
        it.bitmap &= !(1 << (place & 63));
        let after = it.bitmap;
        if after == 0 {
            self.hide(page);
        }
        after
    }

    /// The page with this number in a trie, with orders or without.
    #[inline]
    pub(super) fn find(&self, trie: u32, number: u64) -> Option<u32> {
        let mut link = self.roots[trie as usize];
        while let Some(index) = node_of(link) {
            let node = &self.nodes[index];
            link = if node.covers(number) { node.child(node.place(number)) } else { NONE };
        }
        (link != NONE && self.pages[link as usize].number == number).then_some(link)
    }

    /// Whether a page hangs in a trie with this number; [`NONE`] is no page.
    #[inline(always)]
    pub(super) fn is_page(&self, page: u32, trie: u32, number: u64) -> bool {
        self.pages.get(page as usize).is_some_and(|it| it.number == number && it.trie == trie)
    }

    /// The page with the lowest number in a trie that has orders.
    #[inline]
    pub(super) fn first(&self, trie: u32) -> Option<u32> {
        self.first_below(self.roots[trie as usize])
    }

    fn first_below(&self, mut link: u32) -> Option<u32> {
        while let Some(index) = node_of(link) {
            let node = &self.nodes[index];
            if node.bitmap == 0 {
                return None;
            }
            link = node.child(node.bitmap.trailing_zeros());
        }
        (link != NONE && self.pages[link as usize].bitmap != 0).then_some(link)
    }

    /// The page with the lowest number above `number` in a trie that has orders.
    pub(super) fn after(&self, trie: u32, number: u64) -> Option<u32> {
        let mut link = self.roots[trie as usize];
        // The nearest subtree that is wholly above.
        let mut above = NONE;
        for _ in 0..DEPTH_MAX {
            let Some(index) = node_of(link) else { break };
            let node = &self.nodes[index];
            let prefix = (number >> node.shift) >> 6;
            if node.prefix != prefix {
                let is_above = node.prefix > prefix && node.bitmap != 0;
                return self.first_below(if is_above { link } else { above });
            }
            let place = node.place(number);
            // Children above the place: a shift by 64 would be none.
            let higher = node.bitmap & (u64::MAX << place << 1);
            if higher != 0 {
                above = node.child(higher.trailing_zeros());
            }
            link = node.child(place);
        }
        let is_above = node_of(link).is_none() && link != NONE && self.number(link) > number;
        let last = if is_above { self.first_below(link) } else { None };
        last.or_else(|| self.first_below(above))
    }

    /// Hangs a page in a trie that has none with this number: the one that has been empty longest.
    pub(super) fn insert(&mut self, trie: u32, number: u64) -> u32 {
        let fresh = self.take_empty();
        self.unhang(fresh);
        let page = &mut self.pages[fresh as usize];
        (page.number, page.trie) = (number, trie);
        let (mut parent, mut link) = (NONE, self.roots[trie as usize]);
        while link != NONE {
            let differs = match node_of(link) {
                None => self.pages[link as usize].number,
                Some(index) => {
                    let node = &self.nodes[index];
                    if node.covers(number) {
                        (parent, link) = (link, node.child(node.place(number)));
                        continue;
                    }
                    (node.prefix << 6) << node.shift
                }
            };
            let fork = self.fork(link, differs, number);
            self.hang(trie, parent, fork, number);
            parent = fork;
            break;
        }
        self.hang(trie, parent, fresh, number);
        fresh
    }

    /// A node in place of `link`, whose page numbers begin like `differs`, with room for `number`.
    fn fork(&mut self, link: u32, differs: u64, number: u64) -> u32 {
        assert!(differs != number, "a page number is hung once");
        let shift = (63 - (differs ^ number).leading_zeros()) / 6 * 6;
        let index = self.free_node;
        let has_orders = self.has_orders(link);
        let node = &mut self.nodes[index as usize];
        self.free_node = node.parent;
        (node.shift, node.prefix) = (shift, (number >> shift) >> 6);
        let place = node.place(differs);
        node.children[place as usize & 63] = link;
        node.count = 1;
        node.bitmap = u64::from(has_orders) << place;
        self.set_parent(link, NODE | index);
        NODE | index
    }

    fn has_orders(&self, link: u32) -> bool {
        match node_of(link) {
            Some(index) => self.nodes[index].bitmap != 0,
            None => self.pages[link as usize].bitmap != 0,
        }
    }

    fn set_parent(&mut self, link: u32, parent: u32) {
        match node_of(link) {
            Some(index) => self.nodes[index].parent = parent,
            None => self.pages[link as usize].parent = parent,
        }
    }

    /// Puts `link` under `parent`, or at the top, in place of what is there.
    fn hang(&mut self, trie: u32, parent: u32, link: u32, number: u64) {
        let has_orders = self.has_orders(link);
        match node_of(parent) {
            None => self.roots[trie as usize] = link,
            Some(index) => {
                let node = &mut self.nodes[index];
                let place = node.place(number);
                let before = core::mem::replace(&mut node.children[place as usize & 63], link);
                node.count += u32::from(before == NONE);
                let bit = u64::from(has_orders) << place;
                node.bitmap = (node.bitmap & !(1 << place)) | bit;
            }
        }
        self.set_parent(link, parent);
    }

    /// Takes an empty page out of where it hangs, and a node away that has one child left.
    fn unhang(&mut self, page: u32) {
        let Page { number, parent, trie, bitmap, .. } = self.pages[page as usize];
        assert!(bitmap == 0, "only an empty page goes");
        if trie == NONE {
            return;
        }
        self.pages[page as usize].trie = NONE;
        let Some(index) = node_of(parent) else {
            self.roots[trie as usize] = NONE;
            return;
        };
        let node = &mut self.nodes[index];
        node.children[node.place(number) as usize & 63] = NONE;
        node.count -= 1;
        if node.count > 1 {
            return;
        }
        let only = node.children.iter().position(|&link| link != NONE).unwrap_or(0);
        let link = core::mem::replace(&mut node.children[only], NONE);
        let grandparent = core::mem::replace(&mut node.parent, self.free_node);
        node.bitmap = 0;
        self.free_node = parent & !NODE;
        self.hang(trie, grandparent, link, number);
    }

    /// An empty page has orders now: it is seen from the top.
    #[inline]
    fn show(&mut self, page: u32) {
        let Page { number, mut parent, .. } = self.pages[page as usize];
        self.empty_count -= 1;
        while let Some(index) = node_of(parent) {
            let node = &mut self.nodes[index];
            let before = node.bitmap;
            node.bitmap = before | 1 << node.place(number);
            if before != 0 {
                break;
            }
            parent = node.parent;
        }
    }

    /// A page has no orders any more: it is not seen from the top, and can be had.
    #[inline]
    fn hide(&mut self, page: u32) {
        let Page { number, mut parent, is_listed, .. } = self.pages[page as usize];
        self.empty_count += 1;
        while let Some(index) = node_of(parent) {
            let node = &mut self.nodes[index];
            node.bitmap &= !(1 << node.place(number));
            if node.bitmap != 0 {
                break;
            }
            parent = node.parent;
        }
        if !is_listed {
            self.list_empty(page);
        }
    }

    fn list_empty(&mut self, page: u32) {
        let last = core::mem::replace(&mut self.latest_empty, page);
        match last {
            NONE => self.oldest_empty = page,
            _ => self.pages[last as usize].next = page,
        }
        let it = &mut self.pages[page as usize];
        (it.next, it.is_listed) = (NONE, true);
    }

    /// Takes the first page of the list that is empty still, and those before it off the list: each
    /// was put there by an order that left.
    fn take_empty(&mut self) -> u32 {
        assert!(self.empty_count > 0, "capacity is checked before");
        loop {
            let page = self.oldest_empty;
            let it = &mut self.pages[page as usize];
            it.is_listed = false;
            self.oldest_empty = it.next;
            if it.next == NONE {
                self.latest_empty = NONE;
            }
            if it.bitmap == 0 {
                return page;
            }
        }
    }

    /// Whether the pages of a trie that have orders are found in order; adds how many there are.
    pub(super) fn is_sound(&self, trie: u32, used: &mut u32) -> bool {
        let Some(mut page) = self.first(trie) else { return true };
        loop {
            *used += 1;
            let number = self.number(page);
            if self.bitmap(page) == 0 || self.find(trie, number) != Some(page) {
                return false;
            }
            match self.after(trie, number) {
                Some(next) if self.number(next) > number => page = next,
                Some(_) => return false,
                None => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pages;
    use std::collections::BTreeMap;

    /// Numbers of the shapes that matter: near, far, and at the ends of the range.
    fn number(word: u64) -> u64 {
        match word % 4 {
            0 => (word >> 32) & 0xff,
            1 => (word >> 20) & 0xf_ffff,
            2 => word >> 6,
            _ => (1 << 58) - 1 - ((word >> 40) & 0x3f),
        }
    }

    #[test]
    fn pages_hang_like_keys_in_a_tree() {
        let seed = 42_u64;
        std::println!("SEED={seed}");
        let mut pages =
            Pages::new(100, 2).ok().filter(|it| it.empty_count() == 100).expect("a pool");
        let mut models = [BTreeMap::new(), BTreeMap::new()];
        let mut word = seed;
        for _ in 0..100_000 {
            word = crate::digest::mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15));
            let trie = (word >> 63) as u32;
            let number = number(word.rotate_left(7));
            let model = &mut models[trie as usize];
            if let Some(page) = model.remove(&number) {
                assert_eq!(pages.find(trie, number), Some(page));
                assert_eq!(pages.clear(page, 5), 0);
            } else if pages.empty_count() > 0 {
                let known = pages.find(trie, number);
                let page = known.unwrap_or_else(|| pages.insert(trie, number));
                assert_eq!(pages.bitmap(page), 0);
                pages.fill(page, 5);
                model.insert(number, page);
            } else if let Some((&lowest, &page)) = model.iter().next() {
                pages.clear(page, 5);
                model.remove(&lowest);
            }
            assert_eq!(pages.first(trie), model.values().next().copied());
            let above = model.range(number + 1..).next().map(|(_, &page)| page);
            assert_eq!(pages.after(trie, number), above);
            let used = models[0].len() + models[1].len();
            assert_eq!(pages.empty_count() as usize, 100 - used);
        }
        let mut count = 0;
        assert!(pages.is_sound(0, &mut count));
        assert!(pages.is_sound(1, &mut count));
        assert_eq!(count as usize, models[0].len() + models[1].len());
    }
}
