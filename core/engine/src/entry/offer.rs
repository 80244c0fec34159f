//! Step 10 of the order of validation for new orders: what goes together, and what is served.

use pinion_types::command::NewOrderExtra;
use pinion_types::{Nanos, OrdType, RejectCode, TimeInForce, TradingState};

use super::admit::Parsed;
use super::linked::is_linked;
use crate::orders::{Traits, rare};

impl Traits {
    /// Whether it rests until the day's end, its own, or its cancel.
    const fn lasts(&self) -> bool {
        use TimeInForce::{Day, GoodTillCancel, GoodTillDate};
        matches!(self.time_in_force, Day | GoodTillCancel | GoodTillDate)
    }

    /// Whether type and time in force go together.
    const fn is_pair(&self) -> bool {
        use TimeInForce::{FillOrKill, GoodTillCancel, GoodTillDate};
        // Whether it may live for one auction is asked beside.
        match self.ord_type {
            OrdType::Market => !matches!(self.time_in_force, GoodTillCancel | GoodTillDate),
            OrdType::MarketToLimit => !matches!(self.time_in_force, FillOrKill),
            OrdType::Stop | OrdType::StopLimit | OrdType::Pegged => self.lasts(),
            OrdType::Limit => true,
        }
    }

    /// Whether an order may be post-only: a limit order that does not trade at once or never.
    const fn may_post(&self) -> bool {
        use TimeInForce::{FillOrKill, ImmediateOrCancel};
        matches!(self.ord_type, OrdType::Limit)
            && !matches!(self.time_in_force, ImmediateOrCancel | FillOrKill)
    }

    /// Whether an order may be an iceberg, or hidden: a limit order that rests.
    fn may_show_part(&self) -> bool {
        self.ord_type == OrdType::Limit && self.lasts()
    }

    /// Whether an order may live for one auction: a limit or market order that asks for nothing
    /// else.
    fn may_be_of_auction(&self) -> bool {
        matches!(self.ord_type, OrdType::Limit | OrdType::Market)
            && self.exec_inst.0 == 0
            && self.rare & (rare::HIDDEN | rare::MINIMUM) == 0
    }

    /// Whether an order may ask for a quantity that trades at once.
    fn may_ask_minimum(&self) -> bool {
        self.exec_inst.0 == 0
            && self.time_in_force != TimeInForce::FillOrKill
            && !matches!(self.ord_type, OrdType::Stop | OrdType::StopLimit | OrdType::Pegged)
    }
}

/// Step 10: the legal pairs, then what is served, then when it ends.
#[inline(always)]
pub(super) fn check_offer(
    now: Nanos,
    parsed: &Parsed,
    extra: Option<&NewOrderExtra>,
    state: Option<TradingState>,
) -> Result<(), RejectCode> {
    let traits = &parsed.traits;
    let shows_part = extra.is_some_and(|extra| extra.display_qty.0 != 0);
    if !traits.is_pair()
        || parsed.exec_inst.is_some() && !traits.may_post()
        || shows_part && !traits.may_show_part()
        || traits.rare & rare::AUCTION != 0 && !traits.may_be_of_auction()
        || traits.rare & rare::MINIMUM != 0 && !traits.may_ask_minimum()
        || extra.is_some_and(|extra| is_linked(extra) && !traits.may_link(extra))
        || traits.rare & rare::HIDDEN != 0 && (shows_part || !traits.may_show_part())
        // Where all collect, no price is followed.
        || traits.ord_type == OrdType::Pegged && state != Some(TradingState::Continuous)
    {
        return Err(RejectCode::IllegalTypeAndTif);
    }
    let is_plain = extra.is_none_or(|extra| extra.trigger_kind == 0 && extra.spare == [0; 4]);
    if !is_plain {
        return Err(RejectCode::NotSupported);
    }
    if traits.time_in_force == TimeInForce::GoodTillDate && parsed.expire_time <= now {
        return Err(RejectCode::ExpireTimePassed);
    }
    Ok(())
}
