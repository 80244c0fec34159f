//! Limits as they are set, and the tightest of them as they are checked.

use pinion_types::RejectCode;
use pinion_types::command::{LimitsSet, UNLIMITED, UNLIMITED_32};

use crate::book::NONE;

/// Units of money (1e-8) in one unit of a money limit (1e-4).
pub(crate) const MONEY_UNIT: i128 = 10_000;

/// A money limit in units of 1e-8; unlimited is more than any sum can be.
pub(crate) const fn money(limit: u64) -> i128 {
    if limit == UNLIMITED { i128::MAX } else { limit as i128 * MONEY_UNIT }
}

/// The limits of one level, as they were set (rules R1 to R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) open_orders: u32,
    pub(crate) collar_bps: u32,
    pub(crate) order_qty: u64,
    pub(crate) order_notional: u64,
    pub(crate) long: u64,
    pub(crate) short: u64,
    pub(crate) gross: u64,
    pub(crate) open_notional: u64,
}

impl Limits {
    /// Nothing is allowed: what a new account has.
    pub(crate) const ZERO: Limits = Limits {
        open_orders: 0,
        collar_bps: 0,
        order_qty: 0,
        order_notional: 0,
        long: 0,
        short: 0,
        gross: 0,
        open_notional: 0,
    };

    /// Everything is allowed: what a level has that was never given limits.
    pub(crate) const NONE: Limits = Limits {
        open_orders: UNLIMITED_32,
        collar_bps: UNLIMITED_32,
        order_qty: UNLIMITED,
        order_notional: UNLIMITED,
        long: UNLIMITED,
        short: UNLIMITED,
        gross: UNLIMITED,
        open_notional: UNLIMITED,
    };

    /// Reads a command.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where bytes that must be zero are not.
    pub(crate) fn read(body: &LimitsSet) -> Result<Self, RejectCode> {
        if body.spare != [0; 3] || body.spare2 != 0 {
            return Err(RejectCode::BadValue);
        }
        Ok(Limits {
            open_orders: body.open_orders_max,
            collar_bps: body.collar_bps,
            order_qty: body.order_qty_max,
            order_notional: body.order_notional_max,
            long: body.long_max,
            short: body.short_max,
            gross: body.gross_max,
            open_notional: body.open_notional_max,
        })
    }

    /// Its words, for the state hash.
    pub(crate) const fn words(&self) -> [u64; 7] {
        [
            (self.open_orders as u64) << 32 | self.collar_bps as u64,
            self.order_qty,
            self.order_notional,
            self.long,
            self.short,
            self.gross,
            self.open_notional,
        ]
    }
}

/// The tightest of the limits that mean the same at every level: one comparison each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caps {
    /// In units of 1e-8.
    pub(crate) order_notional: i128,
    pub(crate) order_qty: u64,
    pub(crate) long: u64,
    pub(crate) short: u64,
    pub(crate) collar_bps: u32,
}

impl Caps {
    /// The tightest of three levels.
    pub(crate) fn tightest(levels: [&Limits; 3]) -> Self {
        let least =
            |limit: fn(&Limits) -> u64| levels.map(limit).into_iter().fold(u64::MAX, u64::min);
        Caps {
            order_notional: money(least(|it| it.order_notional)),
            order_qty: least(|it| it.order_qty),
            long: least(|it| it.long),
            short: least(|it| it.short),
            collar_bps: levels.map(|it| it.collar_bps).into_iter().fold(u32::MAX, u32::min),
        }
    }
}

/// What counts against the sums of one level (R6, R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    /// Working value, in units of 1e-8.
    pub(crate) open_notional: i128,
    /// Its limit.
    pub(crate) open_notional_max: i128,
    /// Working orders.
    pub(crate) open_orders: u32,
    /// Their limit.
    pub(crate) open_orders_max: u32,
    /// The first of them, where this level keeps a list.
    pub(crate) first: u32,
    /// True where money of this position, or cash of this account, may not grow any more.
    pub(crate) is_far: bool,
}

const _: () = assert!(size_of::<Load>() == 48);

impl Load {
    /// No load and no limit: where there is no position.
    pub(crate) const NONE: Load = Load::new(&Limits::NONE);

    /// No load, and what `limits` allow.
    pub(crate) const fn new(limits: &Limits) -> Self {
        Load {
            open_notional: 0,
            open_notional_max: money(limits.open_notional),
            open_orders: 0,
            open_orders_max: limits.open_orders,
            first: NONE,
            is_far: false,
        }
    }

    /// Takes new limits; what counts stays.
    pub(crate) const fn limit(&mut self, limits: &Limits) {
        self.open_notional_max = money(limits.open_notional);
        self.open_orders_max = limits.open_orders;
    }

    /// True where one more order is too many.
    #[inline]
    pub(crate) const fn orders_exceed(&self, orders: u32) -> bool {
        // Unlimited is above any count: the venue holds 2^23 orders at most.
        self.open_orders + orders > self.open_orders_max
    }

    /// True where that much more working value is too much.
    #[inline]
    pub(crate) const fn notional_exceeds(&self, notional: i128) -> bool {
        self.open_notional + notional > self.open_notional_max
    }
}
