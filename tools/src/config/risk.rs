//! What `venue.toml` says of risk: losses, rates and rights of accounts, limits of sessions and of
//! the venue.

use pinion_types::command::{side_bits, type_bits};
use pinion_types::{OrdType, Side};
use serde::{Deserialize, Serialize};

use super::number::{Bound, LimitMoney};

/// Limits of a session or of the whole venue; what is left out is unlimited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevelLimits {
    /// Open orders.
    pub open_orders_max: Bound<u32>,
    /// Largest order.
    pub order_qty_max: Bound<u64>,
    /// Largest order value.
    pub order_notional_max: Bound<LimitMoney>,
    /// Value of open orders.
    pub open_notional_max: Bound<LimitMoney>,
}

impl Default for LevelLimits {
    fn default() -> Self {
        LevelLimits {
            open_orders_max: Bound::Unlimited,
            order_qty_max: Bound::Unlimited,
            order_notional_max: Bound::Unlimited,
            open_notional_max: Bound::Unlimited,
        }
    }
}

/// Losses and rates of an account; what is left out is unlimited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Risk {
    /// Loss of the day that makes it close-only.
    pub daily_loss_max: Bound<LimitMoney>,
    /// The same in 1/100 of a percent of what the day began with.
    pub daily_loss_bps: Bound<u32>,
    /// Fall from the day's best that makes it close-only.
    pub drawdown_max: Bound<LimitMoney>,
    /// Its positions are closed by the venue then.
    pub flatten: bool,
    /// Orders and replaces a second.
    pub rate_per_second: Bound<u32>,
    /// Orders and replaces at once.
    pub rate_burst: Bound<u32>,
    /// Cancels a second, counted only.
    pub cancel_rate_per_second: Bound<u32>,
    /// Cancels at once, counted only.
    pub cancel_rate_burst: Bound<u32>,
}

impl Default for Risk {
    fn default() -> Self {
        Risk {
            daily_loss_max: Bound::Unlimited,
            daily_loss_bps: Bound::Unlimited,
            drawdown_max: Bound::Unlimited,
            flatten: false,
            rate_per_second: Bound::Unlimited,
            rate_burst: Bound::Unlimited,
            cancel_rate_per_second: Bound::Unlimited,
            cancel_rate_burst: Bound::Unlimited,
        }
    }
}

/// What an account may trade. Without: everything but the short marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    /// Only in the instrument with this number; 0 for all.
    #[serde(default)]
    pub instrument: u32,
    /// Sides, by their names.
    pub sides: Vec<String>,
    /// Types of orders, by their names.
    pub types: Vec<String>,
}

/// The bit of a side, by its name.
pub(super) fn side_bit(name: &str) -> Option<u8> {
    let side = Side::ALL.iter().find(|side| side.name() == name)?;
    Some(match side {
        Side::Buy => side_bits::BUY,
        Side::Sell => side_bits::SELL,
        Side::SellShort => side_bits::SHORT,
        Side::SellShortExempt => side_bits::SHORT_EXEMPT,
    })
}

/// The bit of a type of orders, by its name.
pub(super) fn type_bit(name: &str) -> Option<u8> {
    let ord_type = OrdType::ALL.iter().find(|ord_type| ord_type.name() == name)?;
    match ord_type {
        OrdType::Market => Some(type_bits::MARKET),
        OrdType::Limit => Some(type_bits::LIMIT),
        OrdType::Stop => Some(type_bits::STOP),
        OrdType::StopLimit => Some(type_bits::STOP_LIMIT),
        OrdType::MarketToLimit => Some(type_bits::MARKET_TO_LIMIT),
        OrdType::Pegged => Some(type_bits::PEGGED),
    }
}
