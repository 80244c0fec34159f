//! `venue.toml`: who trades what under which limits.

use std::path::PathBuf;

use pinion_types::command::AllocationAlgorithm;
use pinion_types::{AccountKind, CancelOnDisconnect, SessionRole, StpMode, TradingState};
use serde::{Deserialize, Serialize};

use super::number::{Bound, FeeRate, LimitMoney, Money};
use super::risk::{LevelLimits, Rights, Risk};
use super::schedule::Schedule;
use super::word;

/// Everything a venue is, as it begins and as it is changed by hand between its days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VenueConfig {
    /// The venue itself.
    pub venue: Identity,
    /// Rules about time.
    pub rules: Rules,
    /// Limits of the venue as a whole.
    pub limits: Option<LevelLimits>,
    /// Member firms.
    pub firms: Vec<Firm>,
    /// Timetables of trading states.
    pub schedules: Vec<Schedule>,
    /// Instruments.
    pub instruments: Vec<Instrument>,
    /// Accounts.
    pub accounts: Vec<Account>,
    /// Sessions.
    pub sessions: Vec<Session>,
}

/// The venue's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// Market identifier code (ISO 10383).
    pub mic: String,
}

impl Default for Identity {
    fn default() -> Self {
        Identity { mic: "XXPN".to_owned() }
    }
}

/// Rules fixed when the venue begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Commands between two state hashes in the journal.
    pub hash_interval: u32,
    /// SendingTime may be this much ahead.
    pub sending_time_ahead_ms: u32,
    /// SendingTime may be this old; 0 switches the check off.
    pub sending_time_window_ms: u32,
    /// Largest difference of a logon's timestamp.
    pub logon_window_ms: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            hash_interval: 4_096,
            sending_time_ahead_ms: 1_000,
            sending_time_window_ms: 10_000,
            logon_window_ms: 5_000,
        }
    }
}

/// A member firm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Firm {
    /// Its number, from 1.
    pub id: u32,
    /// Its name, at most 16 characters.
    pub name: String,
    /// Its limits over all its accounts.
    pub limits: Option<Limits>,
}

/// An instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Its number, from 1.
    pub id: u32,
    /// Its symbol, at most 16 characters.
    pub symbol: String,
    /// Currency (ISO 4217).
    pub currency: String,
    /// Smallest step of the price.
    pub tick: Money,
    /// ISIN (ISO 6166); empty for none.
    #[serde(default)]
    pub isin: String,
    /// Classification (ISO 10962); empty for none.
    #[serde(default)]
    pub cfi: String,
    /// Smallest step of the quantity.
    #[serde(default = "one")]
    pub lot: u64,
    /// Smallest order; 0 for one lot.
    #[serde(default)]
    pub qty_min: u64,
    /// Largest order; 0 for none.
    #[serde(default)]
    pub qty_max: u64,
    /// Lowest price; 0 for none.
    #[serde(default)]
    pub px_min: Money,
    /// Highest price; 0 for none.
    #[serde(default)]
    pub px_max: Money,
    /// What one unit of price and quantity is worth.
    #[serde(default = "one_whole")]
    pub multiplier: Money,
    /// Smallest order value; 0 for none.
    #[serde(default)]
    pub notional_min: LimitMoney,
    /// Largest order value; 0 for none.
    #[serde(default)]
    pub notional_max: LimitMoney,
    /// Protection of market orders.
    #[serde(default = "hundred")]
    pub protection_ticks: u32,
    /// Width of the collar in ticks; 0 for none.
    #[serde(default)]
    pub collar_ticks: u32,
    /// Width of the collar in 1/100 of a percent of the reference; 0 for none.
    #[serde(default)]
    pub collar_bps: u32,
    /// Yesterday's settlement price, the reference until the first trade; 0 for none.
    #[serde(default)]
    pub settlement_px: Money,
    /// State it begins in.
    #[serde(default = "continuous", with = "word::trading_state")]
    pub state: TradingState,
    /// Name of the schedule it follows; empty for none.
    #[serde(default)]
    pub schedule: String,
    /// The rest of a market order rests at its protection price.
    #[serde(default)]
    pub market_rests: bool,
    /// Prices of zero and below are allowed.
    #[serde(default)]
    pub px_may_be_negative: bool,
    /// Ticks that hold from a price on, without its sign; the lowest price first.
    #[serde(default)]
    pub tick_bands: Vec<TickBand>,
    /// How an incoming order is shared among the orders of a price.
    #[serde(default = "fifo", with = "word::allocation")]
    pub allocation: AllocationAlgorithm,
    /// Percent that "configurable" shares by time of what the TOP order and market makers leave.
    #[serde(default)]
    pub fifo_percent: u32,
    /// Smallest pro-rata share; less is nothing. 0 for any.
    #[serde(default)]
    pub pro_rata_min: u64,
    /// Smallest order that becomes the TOP order; 0 for any.
    #[serde(default)]
    pub top_min: u64,
    /// Most that the TOP order gets before others; 0 for all of it.
    #[serde(default)]
    pub top_max: u64,
    /// "configurable" gives a lot each to those that got nothing.
    #[serde(default)]
    pub leveling: bool,
    /// Market makers' parts.
    #[serde(default)]
    pub makers: Vec<Maker>,
    /// Parts an iceberg may come in.
    #[serde(default = "thousand")]
    pub tranches_max: u32,
    /// Smallest part of an iceberg in 1/100 of a percent of its quantity; 0 for any.
    #[serde(default)]
    pub display_min_bps: u32,
    /// Stops that one command may elect before the instrument halts.
    #[serde(default = "thousand")]
    pub elections_max: u32,
    /// Width of the execution range around the moving reference, in 1/100 of a percent; 0 for none.
    #[serde(default)]
    pub range_bps: u32,
    /// Time the moving reference looks back; 0 takes the last trade.
    #[serde(default)]
    pub window_ms: u32,
    /// How long the auction lasts that a trade outside the range begins; 0 for none.
    #[serde(default)]
    pub auction_ms: u32,
    /// Longest random time added to it.
    #[serde(default)]
    pub auction_random_ms: u32,
    /// Age at which a mark is too old; 0 for never.
    #[serde(default)]
    pub mark_age_ms: u32,
    /// Initial margin in 1/100 of a percent of the position's value; 0 for none.
    #[serde(default)]
    pub margin_initial_bps: u32,
}

/// A tick that holds from a price on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TickBand {
    /// The first price, without its sign.
    pub from_px: Money,
    /// Smallest step of prices from there on.
    pub tick: Money,
}

/// A market maker's part of an incoming order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maker {
    /// Number of its account.
    pub account: u32,
    /// Percent of what the TOP order leaves.
    pub percent: u32,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its number, from 1.
    pub id: u32,
    /// Its name, at most 16 characters.
    pub name: String,
    /// Number of its firm.
    pub firm: u32,
    /// Cash or margin.
    #[serde(default = "margin", with = "word::account_kind")]
    pub kind: AccountKind,
    /// Self-trade group; 0 for one of its own.
    #[serde(default)]
    pub stp_group: u32,
    /// Self-trade prevention where the order names none.
    #[serde(default = "cancel_newest", with = "word::stp_mode")]
    pub stp_mode: StpMode,
    /// Fee for makers as a fraction of the value; negative is a rebate.
    #[serde(default)]
    pub maker_fee: FeeRate,
    /// Fee for takers.
    #[serde(default)]
    pub taker_fee: FeeRate,
    /// Cash it begins with.
    #[serde(default)]
    pub cash: Vec<Deposit>,
    /// Its limits; without them it can do nothing.
    pub limits: Option<Limits>,
    /// Its limits in single instruments.
    #[serde(default)]
    pub instrument_limits: Vec<InstrumentLimits>,
    /// Its limits of losses, and its rates.
    pub risk: Option<Risk>,
    /// What it may trade; without a word about it, everything but the short marks.
    #[serde(default)]
    pub rights: Vec<Rights>,
}

/// Cash an account begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deposit {
    /// Currency (ISO 4217).
    pub currency: String,
    /// How much.
    pub amount: Money,
}

/// Limits of a firm or an account. Each is said: a number, or "unlimited".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Open orders.
    pub open_orders_max: Bound<u32>,
    /// Largest order.
    pub order_qty_max: Bound<u64>,
    /// Largest order value.
    pub order_notional_max: Bound<LimitMoney>,
    /// Longest worst-case position.
    pub long_max: Bound<u64>,
    /// Shortest worst-case position.
    pub short_max: Bound<u64>,
    /// Gross value of positions and orders.
    pub gross_max: Bound<LimitMoney>,
    /// Value of open orders.
    pub open_notional_max: Bound<LimitMoney>,
    /// Collar, tighter than the instrument's, in 1/100 of a percent.
    pub collar_bps: Bound<u32>,
}

/// Limits of an account in one instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentLimits {
    /// Number of the instrument.
    pub instrument: u32,
    /// The limits in it.
    pub limits: Limits,
}

/// A session, or a row of sessions that differ in nothing but their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Its number, from 1; of the first one in a row.
    pub id: u32,
    /// Sessions in the row: numbers count on, and follow the name where there are several.
    #[serde(default = "one_session")]
    pub count: u32,
    /// Its name, at most 16 characters.
    pub name: String,
    /// Number of its firm.
    pub firm: u32,
    /// What it may do.
    #[serde(default = "trader", with = "word::session_role")]
    pub role: SessionRole,
    /// Its keys; several while they are exchanged.
    pub keys: Vec<Key>,
    /// Numbers of the accounts it trades for.
    #[serde(default)]
    pub accounts: Vec<u32>,
    /// Orders and replaces a second.
    #[serde(default = "thousand")]
    pub rate_per_second: u32,
    /// Orders and replaces at once.
    #[serde(default = "thousand")]
    pub rate_burst: u32,
    /// Cancels a second, counted only.
    #[serde(default = "ten_thousand")]
    pub cancel_rate_per_second: u32,
    /// Cancels at once, counted only.
    #[serde(default = "ten_thousand")]
    pub cancel_rate_burst: u32,
    /// Throttled messages in a row that end the session.
    #[serde(default = "thousand")]
    pub throttle_logout: u32,
    /// When its DAY orders are canceled, where Establish names nothing.
    #[serde(default = "both", with = "word::cod")]
    pub cod_type: CancelOnDisconnect,
    /// Longest grace before that.
    #[serde(default = "minute")]
    pub cod_window_ms_max: u32,
    /// Shortest keep-alive interval.
    #[serde(default = "thousand")]
    pub keep_alive_ms_min: u32,
    /// Longest keep-alive interval.
    #[serde(default = "minute")]
    pub keep_alive_ms_max: u32,
    /// Limits of what it entered.
    pub limits: Option<LevelLimits>,
}

/// A key of a session: its name, and where the secret is. Never the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its name, 1 to 20 characters.
    pub id: String,
    /// Its file, from the directory of this one; readable by the owner alone. `{id}` in its name
    /// stands for the session's number.
    pub file: PathBuf,
}

impl Session {
    /// The sessions of the row, one by one.
    pub fn each(&self) -> impl Iterator<Item = Session> + '_ {
        (0..self.count).map(|index| {
            let id = self.id.saturating_add(index);
            let name =
                if self.count > 1 { format!("{}{id}", self.name) } else { self.name.clone() };
            let file = |key: &Key| {
                PathBuf::from(key.file.to_string_lossy().replace("{id}", &id.to_string()))
            };
            let key = |key: &Key| Key { id: key.id.clone(), file: file(key) };
            let keys = self.keys.iter().map(key).collect();
            Session { id, count: 1, name, keys, ..self.clone() }
        })
    }
}

fn one_session() -> u32 {
    1
}

fn one() -> u64 {
    1
}

fn one_whole() -> Money {
    Money::from_units(100_000_000)
}

fn hundred() -> u32 {
    100
}

fn thousand() -> u32 {
    1_000
}

fn ten_thousand() -> u32 {
    10_000
}

fn minute() -> u32 {
    60_000
}

fn continuous() -> TradingState {
    TradingState::Continuous
}

fn fifo() -> AllocationAlgorithm {
    AllocationAlgorithm::Fifo
}

fn margin() -> AccountKind {
    AccountKind::Margin
}

fn cancel_newest() -> StpMode {
    StpMode::CancelNewest
}

fn trader() -> SessionRole {
    SessionRole::Trader
}

fn both() -> CancelOnDisconnect {
    CancelOnDisconnect::OnDisconnectOrTerminate
}
