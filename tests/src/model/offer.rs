//! Step 10 of a new order: what it may ask for.

use pinion_types::RejectCode;
use pinion_types::codes::{OrdType, TimeInForce};
use pinion_types::command::{NewOrder, NewOrderExtra};

use super::Model;
use super::pegs::check_peg_wish;
use super::refusal::{Checked, refuse_if};
use super::trailing::check_trail_wish;

impl Model {
    /// Step 10 of a new order; gives what it is to show.
    pub(super) fn check_offer(
        &self,
        body: &NewOrder,
        extra: &NewOrderExtra,
        ord_type: OrdType,
        tif: TimeInForce,
    ) -> Checked<u64> {
        self.check_pair(body, extra, ord_type, tif)?;
        refuse_if(*extra != served(extra), RejectCode::NotSupported)?;
        let dated = tif == TimeInForce::GoodTillDate;
        let over = dated && extra.expire_time.0 <= self.now;
        refuse_if(over, RejectCode::ExpireTimePassed)?;
        let instrument = &self.instruments[&body.instrument.0];
        let display = instrument.checked_display(extra.display_qty.0, body.qty.0)?;
        let account = &self.accounts[&body.account.0];
        refuse_if(
            !self.is_group(body.stp_group, account.def.firm.0),
            RejectCode::UnregisteredStpGroup,
        )?;
        let whole_lots = extra.min_qty.0.is_multiple_of(instrument.def.lot.0);
        refuse_if(!whole_lots || extra.min_qty > body.qty, RejectCode::MinQty)?;
        let waits = matches!(ord_type, OrdType::Stop | OrdType::StopLimit);
        match ord_type {
            OrdType::Pegged => check_peg_wish(extra)?,
            _ => check_trail_wish(waits, extra)?,
        }
        Ok(display)
    }
}

/// What of the wide part is served.
fn served(extra: &NewOrderExtra) -> NewOrderExtra {
    NewOrderExtra {
        expire_time: extra.expire_time,
        display_qty: extra.display_qty,
        stop_px: extra.stop_px,
        min_qty: extra.min_qty,
        link_id: extra.link_id,
        link_kind: extra.link_kind,
        link_leg: extra.link_leg,
        offset_ticks: extra.offset_ticks,
        offset_kind: extra.offset_kind,
        activation_px: extra.activation_px,
        peg_move: extra.peg_move,
        ..NewOrderExtra::default()
    }
}
