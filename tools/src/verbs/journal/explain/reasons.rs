//! Codes as the half of a sentence.

use pinion_types::codes::RawCancelReason;
use pinion_types::event::{Canceled, Rejected};
use pinion_types::reject::RawRejectCode;
use pinion_types::{Amount, CancelReason, LimitId, Px, Scope};

/// Limits of money are in 1e-4 of the currency, amounts in 1e-8.
const MONEY_UNIT: i128 = 10_000;

/// Why an order left the book.
pub(super) fn canceled(reason: RawCancelReason) -> &'static str {
    let Some(reason) = reason.get() else { return "for a reason this program does not know" };
    match reason {
        CancelReason::ClientRequest => "its owner asked for it",
        CancelReason::MassCancel => "its owner canceled many at once",
        CancelReason::CancelOnDisconnect => "its session was lost",
        CancelReason::IocRemainder => "what does not trade at once of such an order is canceled",
        CancelReason::FokUnfilled => "not enough could trade at once",
        CancelReason::MarketRemainder => "nobody else stood within its protection",
        CancelReason::NoLiquidity => "nobody stood on the other side",
        CancelReason::SelfTrade => "it met an order of its own self-trade group",
        CancelReason::Expired => "its time had come",
        CancelReason::KillSwitch => "the kill switch was thrown",
        CancelReason::Operator => "an operator asked for it",
        CancelReason::Halted => "the instrument was halted",
        CancelReason::ReplacedToFilled => "its owner asked for no more than was filled",
        CancelReason::CloseOnly => "the account, or the order, may only reduce",
        CancelReason::RiskAtElection => "risk did not admit it when it was to enter the book",
        CancelReason::MakerProtection => "market-maker protection took it away",
        CancelReason::ExecutionRange => "it would have traded outside the execution range",
        CancelReason::LinkedOrder => "the other order of its group traded or ended",
        CancelReason::Throttle => "it moved with the market as often as an order may",
    }
}

/// What a reject code says, number first.
pub(super) fn code(code: RawRejectCode) -> String {
    code.get().map_or_else(|| code.0.to_string(), |it| format!("{}, {}", it.code(), it.text()))
}

/// The limit that bound, where one did, in the unit it is set in.
pub(super) fn limit(it: &Rejected) -> String {
    use LimitId::{Collar, Lot, PxMax, PxMin, QtyMax, QtyMin, Tick};
    let Some(limit) = it.limit_id.get() else { return String::new() };
    let level = match it.scope.get() {
        Some(Scope::Global) => " of the venue".to_owned(),
        Some(scope) => format!(" of {} {}", scope.name(), it.scope_id),
        None => String::new(),
    };
    let value = in_unit(limit, it.limit);
    let counted = match limit {
        Tick | PxMin | PxMax | Lot | QtyMin | QtyMax | Collar => String::new(),
        _ => {
            let (current, would_be) = (in_unit(limit, it.current), in_unit(limit, it.would_be));
            format!("; {current} counted against it, with this order it would be {would_be}")
        }
    };
    format!(". The limit `{}`{level} is {value}{counted}", limit.name())
}

/// A limit's value as its unit is written.
fn in_unit(limit: LimitId, value: i64) -> String {
    use LimitId::{
        BuyingPower, Collar, DailyLoss, Drawdown, Gross, Margin, NotionalMax, NotionalMin,
        OpenNotional, OrderNotional, PxMax, PxMin, Tick,
    };
    match limit {
        Tick | PxMin | PxMax | Collar => Px(value).to_string(),
        NotionalMin | NotionalMax | OrderNotional | OpenNotional | Gross | BuyingPower | Margin
        | DailyLoss | Drawdown => Amount::from(i128::from(value) * MONEY_UNIT).to_string(),
        _ => value.to_string(),
    }
}

/// How much of an order was left when it went.
pub(super) fn rest(it: &Canceled) -> String {
    let taken = match it.prevented_qty.0 {
        0 => String::new(),
        taken => format!(", {taken} were taken away by self-trade prevention"),
    };
    format!("{} of it had traded, {} had not{taken}", it.cum_qty, it.canceled_qty)
}
