//! The pool of pages, and the tries they hang in.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pinion_types::RejectCode;

use super::NONE;

/// Levels of a page.
const PAGE_LEVELS: usize = 64;
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
    /// Rank of its first level, divided by 64; the next free page while it is free.
    number: u64,
}

/// A fork of page numbers that agree above `shift + 6`.
#[derive(Clone, Debug)]
struct Node {
    bitmap: u64,
    /// The bits they agree in.
    prefix: u64,
    shift: u32,
    children: [u32; 64],
}

/// Every page, level and node of the venue, and which are free.
pub(crate) struct Pages {
    pages: Box<[Page]>,
    levels: Box<[Level]>,
    nodes: Box<[Node]>,
    free_page: u32,
    free_node: u32,
    free_count: u32,
}

impl Node {
    fn new() -> Self {
        Node { bitmap: 0, prefix: 0, shift: 0, children: [NONE; 64] }
    }

    /// Place of a page number among the children; meaningful where the prefix agrees.
    fn place(&self, number: u64) -> u32 {
        (number >> self.shift) as u32 & 63
    }

    fn covers(&self, number: u64) -> bool {
        // The topmost node has nothing above it: a shift by 60 leaves the prefix 0.
        (number >> self.shift) >> 6 == self.prefix
    }

    fn put(&mut self, place: u32, link: u32) {
        self.bitmap |= 1 << place;
        self.children[place as usize & 63] = link;
    }

    fn child(&self, place: u32) -> u32 {
        self.children[place as usize & 63]
    }
}

impl Pages {
    /// A pool of `pages_max` pages.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where that is none or too many.
    pub(crate) fn new(pages_max: u32) -> Result<Self, RejectCode> {
        if pages_max == 0 || pages_max > PAGES_MAX {
            return Err(RejectCode::BadValue);
        }
        let count = pages_max as usize;
        let empty = Level { head: NONE, tail: NONE, quantity: 0 };
        let mut pages = Pages {
            pages: alloc::vec![Page { bitmap: 0, number: 0 }; count].into_boxed_slice(),
            levels: alloc::vec![empty; count * PAGE_LEVELS].into_boxed_slice(),
            nodes: (0..count).map(|_| Node::new()).collect::<Vec<_>>().into_boxed_slice(),
            free_page: NONE,
            free_node: NONE,
            free_count: pages_max,
        };
        for index in (0..pages_max).rev() {
            pages.pages[index as usize].number = u64::from(pages.free_page);
            pages.free_page = index;
            pages.nodes[index as usize].prefix = u64::from(pages.free_node);
            pages.free_node = index;
        }
        Ok(pages)
    }

    /// Pages nobody uses.
    pub(crate) const fn free_count(&self) -> u32 {
        self.free_count
    }

    /// Pages in all.
    pub(crate) fn count(&self) -> u32 {
        self.pages.len() as u32
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.pages) + size_of_val(&*self.levels) + size_of_val(&*self.nodes)
    }

    pub(super) fn level(&self, level: u32) -> &Level {
        &self.levels[level as usize]
    }

    pub(super) fn level_mut(&mut self, level: u32) -> &mut Level {
        &mut self.levels[level as usize]
    }

    /// Number of the page.
    pub(super) fn number(&self, page: u32) -> u64 {
        self.pages[page as usize].number
    }

    /// Which levels of the page have orders.
    pub(super) fn bitmap(&self, page: u32) -> u64 {
        self.pages[page as usize].bitmap
    }

    pub(super) fn set_bitmap(&mut self, page: u32, bitmap: u64) {
        self.pages[page as usize].bitmap = bitmap;
    }

    /// The page with this number under `root`.
    pub(super) fn find(&self, root: u32, number: u64) -> Option<u32> {
        let mut link = root;
        while link & NODE != 0 && link != NONE {
            let node = &self.nodes[(link & !NODE) as usize];
            if !node.covers(number) || node.bitmap >> node.place(number) & 1 == 0 {
                return None;
            }
            link = node.child(node.place(number));
        }
        (link != NONE && self.pages[link as usize].number == number).then_some(link)
    }

    /// Hangs a fresh page under `root`. The number must be new there and the pool not empty.
    pub(super) fn insert(&mut self, root: &mut u32, number: u64) -> u32 {
        let fresh = self.take_page(number);
        let (mut parent, mut link) = (NONE, *root);
        let mut place = 0;
        loop {
            if link == NONE {
                break;
            }
            let differs = if link & NODE == 0 {
                self.pages[link as usize].number
            } else {
                let node = &self.nodes[(link & !NODE) as usize];
                if node.covers(number) {
                    parent = link;
                    place = node.place(number);
                    link = if node.bitmap >> place & 1 == 1 { node.child(place) } else { NONE };
                    continue;
                }
                (node.prefix << 6) << node.shift
            };
            link = self.fork(link, differs, fresh, number);
            self.attach(root, parent, place, link);
            return fresh;
        }
        self.attach(root, parent, place, fresh);
        fresh
    }

    /// A node over `link`, whose page numbers begin like `differs`, and `fresh`.
    fn fork(&mut self, link: u32, differs: u64, fresh: u32, number: u64) -> u32 {
        assert!(differs != number, "a page number is hung once");
        let shift = (63 - (differs ^ number).leading_zeros()) / 6 * 6;
        let index = self.free_node;
        let node = &mut self.nodes[index as usize];
        self.free_node = node.prefix as u32;
        node.bitmap = 0;
        node.shift = shift;
        node.prefix = (number >> shift) >> 6;
        let (old, new) = (node.place(differs), node.place(number));
        node.put(old, link);
        node.put(new, fresh);
        NODE | index
    }

    fn attach(&mut self, root: &mut u32, parent: u32, place: u32, link: u32) {
        match parent {
            NONE => *root = link,
            _ => self.nodes[(parent & !NODE) as usize].put(place, link),
        }
    }

    /// Takes an empty page from under `root` and gives it back to the pool.
    pub(super) fn remove(&mut self, root: &mut u32, number: u64) {
        let (mut grandparent, mut grandplace) = (NONE, 0);
        let (mut parent, mut place) = (NONE, 0);
        let mut link = *root;
        while link & NODE != 0 {
            let node = &self.nodes[(link & !NODE) as usize];
            (grandparent, grandplace) = (parent, place);
            (parent, place) = (link, node.place(number));
            link = node.child(place);
        }
        assert!(self.pages[link as usize].number == number, "the page hangs where it belongs");
        assert!(self.pages[link as usize].bitmap == 0, "only an empty page goes");
        self.give_page(link);
        if parent == NONE {
            *root = NONE;
            return;
        }
        let node = &mut self.nodes[(parent & !NODE) as usize];
        node.bitmap &= !(1 << place);
        if node.bitmap.count_ones() == 1 {
            let only = node.child(node.bitmap.trailing_zeros());
            node.prefix = u64::from(self.free_node);
            self.free_node = parent & !NODE;
            self.attach(root, grandparent, grandplace, only);
        }
    }

    /// The page with the lowest number under `link`.
    pub(super) fn first(&self, mut link: u32) -> Option<u32> {
        if link == NONE {
            return None;
        }
        while link & NODE != 0 {
            let node = &self.nodes[(link & !NODE) as usize];
            link = node.child(node.bitmap.trailing_zeros());
        }
        Some(link)
    }

    /// The page with the lowest number above `number` under `root`.
    pub(super) fn after(&self, root: u32, number: u64) -> Option<u32> {
        let mut link = root;
        // The nearest subtree that is wholly above.
        let mut above = NONE;
        for _ in 0..=DEPTH_MAX {
            if link == NONE {
                break;
            }
            if link & NODE == 0 {
                if self.pages[link as usize].number > number {
                    return Some(link);
                }
                break;
            }
            let node = &self.nodes[(link & !NODE) as usize];
            let prefix = (number >> node.shift) >> 6;
            if node.prefix != prefix {
                if node.prefix > prefix {
                    return self.first(link);
                }
                break;
            }
            let place = node.place(number);
            // Children above the place: a shift by 64 would be none.
            let higher = node.bitmap & (u64::MAX << place << 1);
            if higher != 0 {
                above = node.child(higher.trailing_zeros());
            }
            link = if node.bitmap >> place & 1 == 1 { node.child(place) } else { NONE };
        }
        self.first(above)
    }

    fn take_page(&mut self, number: u64) -> u32 {
        let index = self.free_page;
        assert!(index != NONE, "capacity is checked before");
        let page = &mut self.pages[index as usize];
        self.free_page = page.number as u32;
        self.free_count -= 1;
        *page = Page { bitmap: 0, number };
        index
    }

    fn give_page(&mut self, index: u32) {
        self.pages[index as usize].number = u64::from(self.free_page);
        self.free_page = index;
        self.free_count += 1;
    }

    /// Pages and nodes under `link`, each with its place checked; O(n).
    pub(super) fn is_sound(&self, link: u32, pages: &mut u32) -> bool {
        let Some(mut page) = self.first(link) else { return link == NONE };
        loop {
            *pages += 1;
            let number = self.number(page);
            if self.bitmap(page) == 0 || self.find(link, number) != Some(page) {
                return false;
            }
            match self.after(link, number) {
                Some(next) if self.number(next) > number => page = next,
                Some(_) => return false,
                None => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NONE, Pages};
    use std::collections::BTreeMap;

    /// Numbers of the shapes that matter: near, far, and at the ends of the range.
    fn number(word: u64) -> u64 {
        match word % 4 {
            0 => word >> 32 & 0xff,
            1 => word >> 20 & 0xf_ffff,
            2 => word >> 6,
            _ => (1 << 58) - 1 - (word >> 40 & 0x3f),
        }
    }

    #[test]
    fn pages_hang_like_keys_in_a_tree() {
        let seed = 42_u64;
        std::println!("SEED={seed}");
        let mut pages = Pages::new(300).ok().filter(|it| it.free_count() == 300).expect("a pool");
        let (mut root, mut model, mut word) = (NONE, BTreeMap::new(), seed);
        for _ in 0..50_000 {
            word = crate::digest::mix(word.wrapping_add(0x9e37_79b9_7f4a_7c15));
            let number = number(word);
            let known = model.get(&number).copied();
            assert_eq!(pages.find(root, number), known);
            if let Some(page) = known {
                pages.set_bitmap(page, 0);
                pages.remove(&mut root, number);
                model.remove(&number);
            } else if pages.free_count() > 0 {
                let page = pages.insert(&mut root, number);
                pages.set_bitmap(page, 1);
                model.insert(number, page);
            } else {
                let (&oldest, &page) = model.iter().next().unwrap();
                pages.set_bitmap(page, 0);
                pages.remove(&mut root, oldest);
                model.remove(&oldest);
            }
            assert_eq!(pages.first(root), model.values().next().copied());
            let above = model.range(number + 1..).next().map(|(_, &page)| page);
            assert_eq!(pages.after(root, number), above);
            assert_eq!(pages.free_count() as usize, 300 - model.len());
        }
        let mut count = 0;
        assert!(pages.is_sound(root, &mut count));
        assert_eq!(count as usize, model.len());
    }
}
