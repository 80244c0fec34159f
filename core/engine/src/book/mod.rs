//! Order books: for each instrument and side a ladder of price levels, oldest order first.
//!
//! ```text
//!  Ladder ──> root ─> Node (64 children by 6 bits of the page number, one bitmap) ─> ... ─> Page
//!    │ best                                                                          64 levels,
//!    └──────────────────────────────────────────────> Level {head, tail, quantity} <─ one bitmap
//!                                                       │
//!                                                       └─> Order <─> Order <─> Order
//! ```
//! Prices are ranked so that the lower rank is the better price on both sides. A page is 64 ranks.
//! Pages hang in a trie without one-way nodes: near prices stand under one root, and a price far
//! away costs one page and at most one node. The next level is two or three bit scans away, at most
//! eleven, however sparse the prices. Pages come from one pool of the whole venue.

mod ladder;
mod pages;

pub(crate) use ladder::Ladder;
pub(crate) use pages::{Level, PAGE_LEVELS, Pages};

/// No page, node, level or order.
pub(crate) const NONE: u32 = u32::MAX;
