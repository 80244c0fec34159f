//! Stops that wait, by trigger and then by age: a search tree for each instrument and side.
//!
//! The trees hang in fixed memory, one node for each order's slot. They are treaps: where a node
//! hangs is decided by a mixed word of its own, so the shape depends on who is there and on the
//! venue's seed alone, and every step costs the logarithm of how many wait.

use alloc::boxed::Box;

use crate::book::NONE;
use crate::digest::{mix, sum};

/// Prices of trades, lowest and highest, that elect stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traded {
    /// Index of the instrument.
    pub(crate) instrument: u32,
    pub(crate) low: i64,
    pub(crate) high: i64,
}

/// A stop, and where it hangs.
#[derive(Clone, Copy, Debug)]
struct Node {
    trigger: i64,
    /// Its order's priority: of equal triggers the lower one is the older.
    since: u64,
    parent: u32,
    left: u32,
    right: u32,
    /// What its order said of protection, in ticks; 0 for the instrument's.
    protection_ticks: u32,
}

const EMPTY: Node =
    Node { trigger: 0, since: 0, parent: NONE, left: NONE, right: NONE, protection_ticks: 0 };

/// Every stop that waits.
pub(crate) struct Stops {
    nodes: Box<[Node]>,
    /// Buys and sells of each instrument.
    roots: Box<[[u32; 2]]>,
    count: u32,
    seed: u64,
}

impl Stops {
    /// No stop; room for every order to be one.
    pub(crate) fn new(orders_max: u32, instruments_max: u32, seed: u64) -> Self {
        Stops {
            nodes: alloc::vec![EMPTY; orders_max as usize].into_boxed_slice(),
            roots: alloc::vec![[NONE; 2]; instruments_max as usize].into_boxed_slice(),
            count: 0,
            seed,
        }
    }

    /// Stops that wait.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// True where none waits in an instrument.
    pub(crate) fn is_empty(&self, instrument: u32) -> bool {
        self.roots[instrument as usize] == [NONE; 2]
    }

    /// The trigger of a stop.
    pub(crate) fn trigger(&self, slot: u32) -> i64 {
        self.nodes[slot as usize].trigger
    }

    /// What the order of a stop said of protection, in ticks.
    pub(crate) fn protection_ticks(&self, slot: u32) -> u32 {
        self.nodes[slot as usize].protection_ticks
    }

    /// What the stop in a slot adds to the state hash beside its order.
    pub(crate) fn hash(&self, slot: u32, order_id: u64) -> u64 {
        let words = [self.trigger(slot) as u64, u64::from(self.protection_ticks(slot))];
        (mix(order_id ^ 0x73_746f_7073) | 1).wrapping_mul(sum(words))
    }

    /// Adds a stop; no other one has this `since`.
    pub(crate) fn insert(
        &mut self,
        (instrument, side): (u32, usize),
        slot: u32,
        (trigger, since): (i64, u64),
        protection_ticks: u32,
    ) {
        let key = (trigger, since);
        let (mut parent, mut at) = (NONE, self.roots[instrument as usize][side]);
        while at != NONE {
            parent = at;
            let node = &self.nodes[at as usize];
            at = if key < (node.trigger, node.since) { node.left } else { node.right };
        }
        self.nodes[slot as usize] = Node { trigger, since, parent, protection_ticks, ..EMPTY };
        if parent == NONE {
            self.roots[instrument as usize][side] = slot;
        } else if key < self.key(parent) {
            self.nodes[parent as usize].left = slot;
        } else {
            self.nodes[parent as usize].right = slot;
        }
        while self.parent(slot) != NONE
            && self.depth_word(slot) < self.depth_word(self.parent(slot))
        {
            self.rise((instrument, side), slot);
        }
        self.count += 1;
    }

    /// Takes a stop out.
    pub(crate) fn remove(&mut self, (instrument, side): (u32, usize), slot: u32) {
        loop {
            let Node { left, right, parent, .. } = self.nodes[slot as usize];
            if left != NONE && right != NONE {
                let is_left = self.depth_word(left) < self.depth_word(right);
                self.rise((instrument, side), if is_left { left } else { right });
                continue;
            }
            let child = if left == NONE { right } else { left };
            self.hang((instrument, side), parent, slot, child);
            self.count -= 1;
            return;
        }
    }

    /// The stop that the trades elect next: nearest to the `last` price, of equally near ones the
    /// oldest. Buys wait for prices at or above their trigger, sells for those at or below.
    pub(crate) fn elected(&self, traded: &Traded, last: i64) -> Option<u32> {
        let [buys, sells] = self.roots[traded.instrument as usize];
        let around = |root: u32| [self.at_or_above(root, last), self.below(root, last)];
        let buys = around(buys).into_iter().flatten();
        let buys = buys.filter(|&slot| self.trigger(slot) <= traded.high);
        let sells = around(sells).into_iter().flatten();
        let sells = sells.filter(|&slot| self.trigger(slot) >= traded.low);
        buys.chain(sells).min_by_key(|&slot| {
            let node = &self.nodes[slot as usize];
            (node.trigger.abs_diff(last), node.since)
        })
    }

    /// The oldest stop at the lowest trigger at or above a price.
    fn at_or_above(&self, root: u32, tick: i64) -> Option<u32> {
        let (mut at, mut found) = (root, None);
        while at != NONE {
            let node = &self.nodes[at as usize];
            if node.trigger >= tick {
                (found, at) = (Some(at), node.left);
            } else {
                at = node.right;
            }
        }
        found
    }

    /// The oldest stop at the highest trigger below a price.
    fn below(&self, root: u32, tick: i64) -> Option<u32> {
        let (mut at, mut found) = (root, None);
        while at != NONE {
            let node = &self.nodes[at as usize];
            if node.trigger < tick {
                (found, at) = (Some(node.trigger), node.right);
            } else {
                at = node.left;
            }
        }
        self.at_or_above(root, found?)
    }

    /// Stops of one side of an instrument, the lowest trigger first, of equal ones the oldest.
    pub(crate) fn iter(&self, instrument: u32, side: usize) -> impl Iterator<Item = u32> + '_ {
        let root = self.roots[instrument as usize][side];
        let first = self.leftmost(root);
        core::iter::successors(first, |&slot| self.next(slot))
    }

    fn leftmost(&self, root: u32) -> Option<u32> {
        let (mut at, mut found) = (root, None);
        while at != NONE {
            (found, at) = (Some(at), self.nodes[at as usize].left);
        }
        found
    }

    /// The stop after another one of its tree.
    fn next(&self, slot: u32) -> Option<u32> {
        let right = self.nodes[slot as usize].right;
        if right != NONE {
            return self.leftmost(right);
        }
        let mut at = slot;
        loop {
            let parent = self.parent(at);
            if parent == NONE {
                return None;
            }
            if self.nodes[parent as usize].left == at {
                return Some(parent);
            }
            at = parent;
        }
    }

    fn key(&self, slot: u32) -> (i64, u64) {
        let node = &self.nodes[slot as usize];
        (node.trigger, node.since)
    }

    fn parent(&self, slot: u32) -> u32 {
        self.nodes[slot as usize].parent
    }

    /// The lower one hangs above. No two are equal: `since` differs, and mixing loses nothing.
    fn depth_word(&self, slot: u32) -> u64 {
        mix(self.nodes[slot as usize].since ^ self.seed)
    }

    /// Moves a node above its parent.
    fn rise(&mut self, tree: (u32, usize), slot: u32) {
        let parent = self.parent(slot);
        let above = self.parent(parent);
        let Node { left, right, .. } = self.nodes[slot as usize];
        let inner = if self.nodes[parent as usize].left == slot {
            self.nodes[parent as usize].left = right;
            self.nodes[slot as usize].right = parent;
            right
        } else {
            self.nodes[parent as usize].right = left;
            self.nodes[slot as usize].left = parent;
            left
        };
        if inner != NONE {
            self.nodes[inner as usize].parent = parent;
        }
        self.hang(tree, above, parent, slot);
        self.nodes[parent as usize].parent = slot;
    }

    /// Puts `child` under `parent`, or at the top, in place of `old`.
    fn hang(&mut self, (instrument, side): (u32, usize), parent: u32, old: u32, child: u32) {
        if parent == NONE {
            self.roots[instrument as usize][side] = child;
        } else if self.nodes[parent as usize].left == old {
            self.nodes[parent as usize].left = child;
        } else {
            self.nodes[parent as usize].right = child;
        }
        if child != NONE {
            self.nodes[child as usize].parent = parent;
        }
    }

    /// True where a tree is in order and hangs by its words; O(n).
    pub(crate) fn is_sound(&self, instrument: u32, side: usize) -> bool {
        let root = self.roots[instrument as usize][side];
        let mut last = None;
        let tops = root == NONE || self.parent(root) == NONE;
        tops && self.iter(instrument, side).all(|slot| {
            let key = self.key(slot);
            let rises = last.replace(key).is_none_or(|before| before < key);
            let node = &self.nodes[slot as usize];
            let below = [node.left, node.right].into_iter().filter(|&child| child != NONE);
            let mut children = below.map(|child| {
                self.parent(child) == slot && self.depth_word(child) > self.depth_word(slot)
            });
            rises && children.all(|holds| holds)
        })
    }

    /// Bytes held.
    pub(crate) fn memory_len(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.roots)
    }
}

#[cfg(test)]
mod tests {
    use super::{Stops, Traded, mix};
    use std::collections::BTreeMap;
    use std::vec::Vec;

    /// A sorted map is the oracle: after any changes both list the same, and elect the same.
    #[test]
    fn the_nearest_stop_is_elected_then_the_oldest() {
        let seed = 0x7374_6f70;
        std::println!("SEED={seed}");
        let mut stops = Stops::new(64, 2, seed);
        let mut map = BTreeMap::new();
        for step in 1..30_000_u64 {
            let dice = mix(seed + step);
            let slot = (dice % 64) as u32;
            let known = map.iter().find(|(_, (_, owner))| *owner == slot).map(|(key, _)| *key);
            if let Some((side, trigger, since)) = known {
                stops.remove((1, side), slot);
                map.remove(&(side, trigger, since));
            } else {
                let (side, trigger) = ((dice >> 8 & 1) as usize, (dice >> 16 & 15) as i64 - 8);
                stops.insert((1, side), slot, (trigger, step), 3);
                map.insert((side, trigger, step), (step, slot));
            }
            for side in 0..2 {
                assert!(stops.is_sound(1, side));
                let listed: Vec<_> = stops.iter(1, side).collect();
                let own = map.iter().filter(|((of, ..), _)| *of == side);
                assert_eq!(listed, own.map(|(_, (_, slot))| *slot).collect::<Vec<_>>());
            }
            assert_eq!(stops.count() as usize, map.len());
            assert_eq!(stops.is_empty(1), map.is_empty());
            let (one, two) = ((dice >> 24 & 15) as i64 - 8, (dice >> 32 & 15) as i64 - 8);
            let traded = Traded { instrument: 1, low: one.min(two), high: one.max(two) };
            let reached = |&&(side, trigger, _): &&(usize, i64, u64)| match side {
                0 => trigger <= traded.high,
                _ => trigger >= traded.low,
            };
            let nearest =
                map.keys().filter(reached).min_by_key(|(_, at, age)| (at.abs_diff(one), *age));
            let slot = nearest.map(|key| map[key].1);
            assert_eq!(stops.elected(&traded, one), slot, "after step {step}");
        }
    }
}
