//! Which fields go together: what does not apply to an order must be 0, so that it stays usable.
//!
//! Only what the type, the time in force or the scope decides is judged here. Whether a value is
//! one the venue takes (a tick, a display quantity, a pair of type and time in force) is the core's
//! question, and its answer an order's reject.

use crate::error::DecodeError;
use crate::message::Value;
use crate::request::{
    NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest, OrderMassCancelRequest,
    OrderStatusRequest,
};
use pinion_types::{ClOrdId, MassScope, OrdType, OrderId, RejectCode, TimeInForce};

/// Refuses a value where `applies` is false.
fn only<V: Value>(applies: bool, value: &V, tag: u16) -> Result<(), DecodeError> {
    if applies || value.is_zero() {
        Ok(())
    } else {
        Err(DecodeError::field(RejectCode::ReservedNotZero, tag))
    }
}

/// Refuses 0 where `needed` is true.
fn needs<V: Value>(needed: bool, value: &V, tag: u16) -> Result<(), DecodeError> {
    if needed && value.is_zero() {
        Err(DecodeError::field(RejectCode::RequiredFieldMissing, tag))
    } else {
        Ok(())
    }
}

/// Price, trigger, protection and offset by type; expiry by time in force.
pub(crate) fn new_order(order: &NewOrderSingle) -> Result<(), DecodeError> {
    let (limit, stop, pegged, market) = match order.ord_type.get() {
        Some(OrdType::Market) => (false, false, false, true),
        Some(OrdType::Limit) => (true, false, false, false),
        Some(OrdType::Stop) => (false, true, false, true),
        Some(OrdType::StopLimit) => (true, true, false, false),
        Some(OrdType::MarketToLimit) => (false, false, false, false),
        Some(OrdType::Pegged) => (true, false, true, false),
        None => return Err(DecodeError::field(RejectCode::UnknownEnumValue, 40)),
    };
    let dated = order.time_in_force.get() == Some(TimeInForce::GoodTillDate);
    only(limit, &order.px, 44)?;
    only(stop, &order.stop_px, 99)?;
    only(dated, &order.expire_time, 126)?;
    needs(dated, &order.expire_time, 126)?;
    only(market, &order.protection_ticks, 35556)?;
    only(stop || pegged, &order.offset_ticks, 211)?;
    only(stop || pegged, &order.offset_kind, 1094)?;
    only(pegged, &order.peg_move, 835)?;
    only(stop, &order.activation_px, 35585)?;
    needs(pegged, &order.offset_kind, 1094)
}

/// One of the two ids; an expiry only where the order may have one.
pub(crate) fn replace(request: &OrderCancelReplaceRequest) -> Result<(), DecodeError> {
    named(request.orig_cl_ord_id, request.order_id, 41)?;
    let dated = matches!(request.time_in_force.get(), None | Some(TimeInForce::GoodTillDate));
    only(dated, &request.expire_time, 126)
}

/// One of the two ids.
pub(crate) fn cancel(request: &OrderCancelRequest) -> Result<(), DecodeError> {
    named(request.orig_cl_ord_id, request.order_id, 41)
}

/// An account with scope account, and only there.
pub(crate) fn mass_cancel(request: &OrderMassCancelRequest) -> Result<(), DecodeError> {
    let account = request.scope.get() == Some(MassScope::Account);
    only(account, &request.account, 1)?;
    needs(account, &request.account, 1)
}

/// One of the two ids.
pub(crate) fn order_status(request: &OrderStatusRequest) -> Result<(), DecodeError> {
    named(request.cl_ord_id, request.order_id, 11)
}

fn named(own: ClOrdId, venue: OrderId, tag: u16) -> Result<(), DecodeError> {
    needs(venue.is_zero(), &own, tag)
}
