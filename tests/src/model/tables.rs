//! What the model remembers.

use pinion_types::codes::{
    CancelOnDisconnect, ExecInst, OrdType, OrderCod, SessionRole, Side, StpMode, TimeInForce,
    TradingState,
};
use pinion_types::command::{
    AccountDef, AccountRisk, Allocation, InstrumentDef, InstrumentRules, LimitsSet, SessionDef,
};

use super::auction::Cross;
use super::links::Tie;
use super::pegs::Peg;
use super::trailing::Trail;

/// A member firm.
#[derive(Clone, Debug)]
pub(super) struct Firm {
    pub blocked: bool,
    /// None of its own until they are set.
    pub limits: Option<LimitsSet>,
}

/// An instrument with its last prices.
#[derive(Clone, Debug)]
pub(super) struct Instrument {
    pub def: InstrumentDef,
    pub state: TradingState,
    pub blocked: bool,
    pub last_px: Option<i64>,
    pub mark: Option<i64>,
    /// When the mark was given.
    pub mark_at: u64,
    pub settlement: Option<i64>,
    pub rules: InstrumentRules,
    /// Trades that the moving reference may count: which part of the window, and the price.
    pub trades: Vec<(u64, i64)>,
    /// What was told last of the auction at hand.
    pub told: Cross,
    /// When an auction that the execution range began is over, and its place in the making.
    pub reopens: Option<(u64, u64)>,
    /// From which size of a price on which tick holds, the lowest first.
    pub bands: Vec<(i128, i128)>,
    /// How a price is shared among its orders.
    pub allocation: Allocation,
    /// Market makers, with their percentages.
    pub makers: Vec<(u32, u32)>,
    /// The order that bettered each side last, sells first, with the turn it then had.
    pub tops: [Option<(u64, u64)>; 2],
}

/// An account.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub def: AccountDef,
    pub blocked: bool,
    pub limits: LimitsSet,
    /// None until it is set.
    pub risk: Option<AccountRisk>,
    /// Orders and replaces left; `None` where there is no rate.
    pub bucket: Option<Bucket>,
    /// Equity that the day began with, and the highest since.
    pub start: i128,
    pub peak: i128,
    /// Highest percentage told, of the day's loss and of the drawdown.
    pub told: [u16; 2],
    /// Whether it may only reduce, by the day's loss and by the drawdown.
    pub close_only: [bool; 2],
}

/// A connection of a producer.
pub(super) type Route = (u16, u32);

/// What a session holds of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Free,
    Negotiated(Route),
    Established(Route),
}

impl Link {
    pub fn route(self) -> Option<Route> {
        match self {
            Link::Free => None,
            Link::Negotiated(route) | Link::Established(route) => Some(route),
        }
    }
}

/// Messages left, in billionths of one, and when that was true.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub level: u128,
    pub at: u64,
}

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub def: SessionDef,
    pub role: SessionRole,
    pub accounts: Vec<u32>,
    pub blocked: bool,
    /// None of its own until they are set.
    pub limits: Option<LimitsSet>,
    pub link: Link,
    pub version: u64,
    pub last_logon: u64,
    pub cod_type: CancelOnDisconnect,
    pub cod_window_ms: u32,
    /// When its orders are canceled, and whether DAY orders are among them.
    pub due: Option<(u64, bool)>,
    pub last_in: u64,
    pub last_out: u64,
    pub cl_ord_id: u64,
    pub bucket: Bucket,
    pub throttled: u32,
    /// Of orders, instruments, positions: the question whose answer was cut, and what it told last.
    pub cuts: [Option<(Asked, Key)>; 3],
}

/// A question: request, account, instrument.
pub(super) type Asked = (u64, u32, u32);

/// What the reports of an answer are in order of: an order; an instrument; an account and one.
pub(super) type Key = (u64, u32);

/// Whose orders must not trade with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StpKey {
    /// Those of one account.
    Account(u32),
    /// Those of a firm's group.
    Group(u32, u32),
}

/// A working order.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub id: u64,
    pub session: u32,
    pub cl_ord_id: u64,
    pub user_data: u64,
    pub account: u32,
    pub instrument: u32,
    pub side: Side,
    pub ord_type: OrdType,
    pub tif: TimeInForce,
    pub stp_mode: StpMode,
    pub stp_key: StpKey,
    pub cod: Option<OrderCod>,
    /// Post-only, and how.
    pub post: Option<ExecInst>,
    /// When a dated order ends; 0 for any other.
    pub expire_time: u64,
    pub px: i64,
    /// Total ordered.
    pub qty: u64,
    pub cum: u64,
    pub prevented: u64,
    pub is_hidden: bool,
    pub is_reduce_only: bool,
    /// What must trade at once for any of it to trade; 0 for no such wish.
    pub min_qty: u64,
    /// What an iceberg shows at most; 0 where all is shown.
    pub display: u64,
    /// What is left of the part an iceberg shows.
    pub shown: u64,
    /// The trigger of a stop that waits; 0 for any other.
    pub stop_px: i64,
    /// Whether it waits, for its trigger or for the closing auction.
    pub is_suspended: bool,
    /// How a stop that waits trails; none for any other.
    pub trail: Option<Trail>,
    /// What an order that floats follows; none for any other.
    pub peg: Option<Peg>,
    /// A stop's own protection; 0 for the instrument's.
    pub protection_ticks: u32,
    /// The command since which an order that waits is what it is, and its turn among those that
    /// began to wait in it.
    pub stands: (u64, u64),
    /// Place in the queue of its price: lower is earlier.
    pub turn: u64,
    /// The group it is linked in.
    pub link: Option<Tie>,
}

impl Order {
    pub fn leaves(&self) -> u64 {
        self.qty - self.cum - self.prevented
    }

    /// What of it others can trade with in its turn.
    pub fn showing(&self) -> u64 {
        if self.display == 0 { self.leaves() } else { self.shown }
    }

    /// True for a stop that has not been elected.
    pub fn has_trigger(&self) -> bool {
        self.is_suspended && matches!(self.ord_type, OrdType::Stop | OrdType::StopLimit)
    }

    /// True for a stop that a trade may elect.
    pub fn waits_for_trigger(&self) -> bool {
        self.has_trigger() && !self.waits_for_entry()
    }

    /// False for a trailing stop that no trade has begun.
    pub fn has_begun(&self) -> bool {
        self.trail.is_none_or(|trail| trail.extreme.is_some())
    }

    /// True for a peg that stands nowhere.
    pub fn is_parked(&self) -> bool {
        self.is_suspended && self.peg.is_some()
    }

    /// True for what trades and best prices may move.
    pub fn follows(&self) -> bool {
        self.trail.is_some() || self.peg.is_some()
    }

    /// True for an order that an auction alone may fill.
    pub fn is_of_auction(&self) -> bool {
        matches!(self.tif, TimeInForce::AtTheOpening | TimeInForce::AtTheClose)
    }

    /// Its place among the orders of its price: what is shown, then what is hidden, the earlier
    /// first.
    pub fn place(&self) -> (bool, u64) {
        (self.is_hidden, self.turn)
    }
}

/// Profit by average cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    pub qty: i128,
    pub open_cost: i128,
    pub realized: i128,
    pub fees: i128,
}
