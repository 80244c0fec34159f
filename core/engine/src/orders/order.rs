//! One order, as it works.

use pinion_types::codes::{OrderCod, RawExecInst, RawOrderCod};
use pinion_types::{CancelReason, ExecInst, OrdStatus, OrdType, Side, StpMode, TimeInForce};

use crate::book::NONE;
use crate::digest::sum;
use crate::orders::Special;

/// Bits of [`Traits::rare`]: what few orders are.
pub(crate) mod rare {
    /// Only a part of it shows (rule O7).
    pub(crate) const ICEBERG: u8 = 1;
    /// A stop that waits for its trigger (rule O8).
    pub(crate) const SUSPENDED: u8 = 2;
    /// Of a new order in hand alone: so much of it trades at once, or nothing (rule O12).
    pub(crate) const MINIMUM: u8 = 4;
    /// Of a linked order, which has no minimum: it counts as an order, and in nothing else.
    pub(crate) const UNCOUNTED: u8 = 4;
    /// Nothing of it shows (rule O12).
    pub(crate) const HIDDEN: u8 = 8;
    /// It lives for the opening or the closing auction (rule O12).
    pub(crate) const AUCTION: u8 = 16;
    /// It waits, and no price elects it: a closing order for its auction, an exit for its entry, a
    /// floating peg for somebody to follow.
    pub(crate) const PENDING: u8 = 32;
    /// It trades no more than reduces its account's position (rule O12).
    pub(crate) const REDUCES: u8 = 64;
    /// It has a row among the [`Specials`](super::Specials).
    pub(crate) const SPECIAL: u8 = 128;
    /// It stands in no book.
    pub(crate) const WAITS: u8 = SUSPENDED | PENDING;
}

/// What an order has that only rare ones have. It stands in tables of its own while the order
/// works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rare {
    /// Quantity that shows; 0 for all.
    pub(crate) display: u64,
    /// What elects it, while it waits.
    pub(crate) trigger: i64,
    /// Protection that it named, in ticks, while it waits.
    pub(crate) protection_ticks: u32,
    /// What must trade at once of an order in hand; 0 where nothing must.
    pub(crate) min_qty: u64,
    /// Its row.
    pub(crate) special: Special,
}

/// The closed sets of an order, one byte each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) struct Traits {
    pub(crate) side: Side,
    pub(crate) ord_type: OrdType,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) stp_mode: StpMode,
    /// Cancel on disconnect; 0 for the session's default.
    pub(crate) cod: RawOrderCod,
    /// Flags as sent.
    pub(crate) flags: u8,
    /// Post-only, and how; 0 for an order that may match.
    pub(crate) exec_inst: RawExecInst,
    /// [`rare`].
    pub(crate) rare: u8,
}

impl Traits {
    /// Whether who stands on the other side decides if it is accepted.
    #[inline]
    pub(crate) const fn asks_market(&self) -> bool {
        self.exec_inst.0 != 0 || !matches!(self.ord_type, OrdType::Limit | OrdType::Market)
    }

    /// Whether no price of its own is asked of the collar yet: it waits for a trade that elects it,
    /// or for somebody to follow.
    #[inline]
    pub(crate) fn is_unpriced(&self) -> bool {
        self.rare & rare::SUSPENDED != 0
            || self.rare & rare::PENDING != 0 && self.ord_type == OrdType::Pegged
    }

    const fn word(self) -> u64 {
        u64::from_le_bytes([
            self.side.code(),
            self.ord_type.code(),
            self.time_in_force.code(),
            self.stp_mode.code(),
            self.cod.0,
            self.flags,
            self.exec_inst.0,
            self.rare,
        ])
    }
}

/// An order, 128 bytes. The first line is what matching and unlinking touch.
///
/// ```text
/// 0    4    8       16   24    32     36        40          44       48     52       56
/// prev next leaves  cum  tick  level  position  instrument  account  group  session  traits
/// 64         72        80         88   96    104       112           120
/// cl_ord_id  order_id  user_data  qty  hash  priority  session list  position list
/// ```
/// What self-trade prevention took is `qty - leaves - cum`. Indexes are 0-based places in tables.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Order {
    /// Older order of the level.
    pub(crate) prev: u32,
    /// Younger order of the level; the next free slot while the slot is free.
    pub(crate) next: u32,
    pub(crate) leaves: u64,
    pub(crate) cum: u64,
    pub(crate) tick: i64,
    pub(crate) level: u32,
    pub(crate) position: u32,
    pub(crate) instrument: u32,
    pub(crate) account: u32,
    /// Self-trade group.
    pub(crate) group: u32,
    /// Session id.
    pub(crate) session: u32,
    pub(crate) traits: Traits,
    pub(crate) cl_ord_id: u64,
    /// 0 while the slot is free.
    pub(crate) order_id: u64,
    pub(crate) user_data: u64,
    pub(crate) qty: u64,
    /// What it adds to the state hash while it works.
    pub(crate) hash: u64,
    /// Number of the last event before it went to the back of its level.
    pub(crate) priority: u64,
    pub(crate) session_prev: u32,
    pub(crate) session_next: u32,
    pub(crate) position_prev: u32,
    pub(crate) position_next: u32,
}

const _: () = assert!(size_of::<Order>() == 128);

impl Order {
    /// What stands in a slot nobody uses.
    pub(crate) const FREE: Order = Order {
        prev: NONE,
        next: NONE,
        leaves: 0,
        cum: 0,
        tick: 0,
        level: NONE,
        position: NONE,
        instrument: NONE,
        account: NONE,
        group: 0,
        session: 0,
        traits: Traits {
            side: Side::Buy,
            ord_type: OrdType::Limit,
            time_in_force: TimeInForce::Day,
            stp_mode: StpMode::None,
            cod: RawOrderCod(0),
            flags: 0,
            exec_inst: RawExecInst(0),
            rare: 0,
        },
        cl_ord_id: 0,
        order_id: 0,
        user_data: 0,
        qty: 0,
        hash: 0,
        priority: 0,
        session_prev: NONE,
        session_next: NONE,
        position_prev: NONE,
        position_next: NONE,
    };

    pub(crate) const fn is_buy(&self) -> bool {
        self.traits.side.is_buy()
    }

    /// Whether it ends at a moment of its own.
    pub(crate) const fn is_dated(&self) -> bool {
        matches!(self.traits.time_in_force, TimeInForce::GoodTillDate)
    }

    /// Whether only a part of it shows.
    pub(crate) const fn is_iceberg(&self) -> bool {
        self.traits.rare & rare::ICEBERG != 0
    }

    /// Whether nothing of it shows.
    pub(crate) const fn is_hidden(&self) -> bool {
        self.traits.rare & rare::HIDDEN != 0
    }

    /// Whether it waits for its trigger.
    pub(crate) const fn is_suspended(&self) -> bool {
        self.traits.rare & rare::SUSPENDED != 0
    }

    /// Whether it stands in no book: it waits for its trigger or its auction.
    pub(crate) const fn waits(&self) -> bool {
        self.traits.rare & rare::WAITS != 0
    }

    /// Whether it is a stop that is not elected yet, whether prices elect it now or not.
    pub(crate) const fn has_trigger(&self) -> bool {
        self.waits() && matches!(self.traits.ord_type, OrdType::Stop | OrdType::StopLimit)
    }

    /// Whether its price follows the book.
    pub(crate) const fn floats(&self) -> bool {
        matches!(self.traits.ord_type, OrdType::Pegged)
    }

    /// Whether it has a row of its own beside the order.
    pub(crate) const fn is_special(&self) -> bool {
        self.traits.rare & rare::SPECIAL != 0
    }

    /// Whether it counts as an order alone: only it or another one can trade.
    pub(crate) const fn is_uncounted(&self) -> bool {
        let bits = rare::SPECIAL | rare::UNCOUNTED;
        self.traits.rare & bits == bits
    }

    /// What of it counts.
    pub(crate) const fn counted(&self) -> u64 {
        if self.is_uncounted() { 0 } else { self.leaves }
    }

    /// Whether it lives for one auction.
    pub(crate) const fn is_of_auction(&self) -> bool {
        self.traits.rare & rare::AUCTION != 0
    }

    /// Whether it may only reduce.
    pub(crate) const fn reduces(&self) -> bool {
        self.traits.rare & rare::REDUCES != 0
    }

    /// What it says about disconnects.
    pub(crate) const fn cod(&self) -> Option<OrderCod> {
        self.traits.cod.get()
    }

    /// How it keeps from matching, where it is post-only.
    pub(crate) const fn post_only(&self) -> Option<ExecInst> {
        self.traits.exec_inst.get()
    }

    /// State of an order that may be waiting.
    pub(crate) const fn whole_status(&self) -> OrdStatus {
        if self.waits() { OrdStatus::Suspended } else { self.status() }
    }

    /// State of a working or just filled order.
    pub(crate) const fn status(&self) -> OrdStatus {
        if self.leaves == 0 {
            OrdStatus::Filled
        } else if self.cum == 0 {
            OrdStatus::New
        } else {
            OrdStatus::PartiallyFilled
        }
    }

    /// State of an order that was canceled for `reason`.
    pub(crate) const fn status_canceled(reason: CancelReason) -> OrdStatus {
        if matches!(reason, CancelReason::Expired) {
            OrdStatus::Expired
        } else {
            OrdStatus::Canceled
        }
    }

    /// What self-trade prevention took of it.
    pub(crate) const fn prevented(&self) -> u64 {
        self.qty - self.leaves - self.cum
    }

    /// What it adds to the state hash. Its place among the orders of its level is its priority.
    #[inline]
    pub(crate) fn fresh_hash(&self) -> u64 {
        let pair = |high: u32, low: u32| (u64::from(high) << 32) | u64::from(low);
        let words = [
            self.leaves,
            self.cum,
            self.tick as u64,
            pair(self.instrument, self.account),
            pair(self.group, self.session),
            self.traits.word(),
            self.cl_ord_id,
            self.user_data,
            self.qty,
            self.priority,
        ];
        // An odd number of its own; ids are never used again.
        let weight = self.order_id.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        weight.wrapping_mul(sum(words))
    }
}
